/*
 * match.c - comparing, by bytes or by regular expression. Why PCRE2 without UTF, UCP and JIT: subjects are
 * hostile bytes, not text, and the interpreter counts its steps on every path. A limit that is hit is told
 * apart from "no".
 */
#include "wire/match.h"
#include "base/mem.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* Steps, nesting and KiB of heap that one match may take: about 10 ms at the very worst. */
#define STEPS_MAX 100000
#define DEPTH_MAX 50000
#define HEAP_MAX 32768

struct regex {
    pcre2_code *code;
    pcre2_match_context *limits;
};

static pcre2_code *compile(struct bytes pattern, int *err, size_t *offset)
{
    /* A pattern cannot switch UTF on by "(*UTF)": then bytes that are not UTF-8 would be an error, not a
     * mismatch. */
    uint32_t options = PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_UTF | PCRE2_NEVER_UCP;
    PCRE2_SPTR text = pattern.data ? pattern.data : (PCRE2_SPTR) "";

    return pcre2_compile(text, pattern.len, options, err, offset, NULL);
}

struct regex *regex_new(struct bytes pattern, size_t *offset, char *message, size_t size)
{
    int err = 0;
    pcre2_code *code = compile(pattern, &err, offset);
    struct regex *r;

    if (!code) {
        if (size)
            pcre2_get_error_message(err, (PCRE2_UCHAR *)message, size);
        return NULL;
    }
    r = mem_new(sizeof *r);
    r->code = code;
    r->limits = pcre2_match_context_create(NULL);
    if (!r->limits)
        mem_exhausted();
    pcre2_set_match_limit(r->limits, STEPS_MAX);
    pcre2_set_depth_limit(r->limits, DEPTH_MAX);
    pcre2_set_heap_limit(r->limits, HEAP_MAX);
    return r;
}

void regex_free(struct regex *r)
{
    if (!r)
        return;
    pcre2_match_context_free(r->limits);
    pcre2_code_free(r->code);
    mem_free(r);
}

enum matched regex_match(const struct regex *r, struct bytes subject)
{
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    PCRE2_SPTR text = subject.data ? subject.data : (PCRE2_SPTR) "";
    int found;

    if (!data)
        mem_exhausted();
    found = pcre2_match(r->code, text, subject.len, 0, 0, data, r->limits);
    pcre2_match_data_free(data);
    if (found >= 0) /* 0: there are groups for which the match data has no room */
        return MATCHED;
    return found == PCRE2_ERROR_NOMATCH ? MATCH_NONE : MATCH_LIMIT;
}

size_t match_prefix(struct bytes a, struct bytes b)
{
    size_t n = a.len < b.len ? a.len : b.len, i = 0;

    while (i < n && a.data[i] == b.data[i])
        i++;
    return i;
}
