/*
 * match.c - comparing, by bytes or by regular expression. Why PCRE2 without UTF, UCP and JIT: subjects are
 * hostile bytes, not text, and only the interpreter counts on every path.
 *
 * PCRE2's own limits are not enough: they count anew at each place where a match may begin (pcre2api, "The
 * match context"), and running along a subject of any length is one step to them. So a callout before each
 * item of the pattern keeps a budget for the whole match. It counts steps and bytes, never time: the same
 * subject always gets the same answer. A limit that is hit is told apart from "no".
 */
#include "wire/match.h"
#include "base/mem.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* Steps from one beginning, nesting, and KiB of heap. */
#define STEPS_MAX 100000
#define DEPTH_MAX 50000
#define HEAP_MAX 32768

/* What a whole match may cost, in bytes run along; an item of the pattern costs as much as a few. That is a
 * second or so at the most, and more than a simple pattern needs on any message that is not huge. */
#define BUDGET 64000000
#define BUDGET_EACH_BYTE 256
#define BUDGET_MAX 512000000
#define ITEM_COST 16

/* An entry of PCRE2's table of names: the group's number, big-endian, then its name with a NUL. */
struct names {
    PCRE2_SPTR table;
    uint32_t n, width;
};

struct regex {
    pcre2_code *code;
    struct names names;
};

struct budget {
    uint64_t left;
    size_t position; /* in the subject, at the last callout */
};

static pcre2_code *compile(struct bytes pattern, int *err, size_t *offset)
{
    /* A pattern cannot switch UTF on by "(*UTF)": then bytes that are not UTF-8 would be an error, not a
     * mismatch. */
    uint32_t options = PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | PCRE2_AUTO_CALLOUT;
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
    pcre2_pattern_info(code, PCRE2_INFO_NAMECOUNT, &r->names.n);
    pcre2_pattern_info(code, PCRE2_INFO_NAMEENTRYSIZE, &r->names.width);
    pcre2_pattern_info(code, PCRE2_INFO_NAMETABLE, &r->names.table);
    return r;
}

void regex_free(struct regex *r)
{
    if (!r)
        return;
    pcre2_code_free(r->code);
    mem_free(r);
}

/* Before each item of the pattern: pays for it, and for the bytes that the one before it ran along. */
static int spend(pcre2_callout_block *at, void *data)
{
    struct budget *b = data;
    size_t ran = at->current_position > b->position ? at->current_position - b->position : 0;

    b->position = at->current_position;
    if (ran + ITEM_COST > b->left)
        return PCRE2_ERROR_CALLOUT;
    b->left -= ran + ITEM_COST;
    return 0;
}

static pcre2_match_context *limits_new(struct budget *b)
{
    pcre2_match_context *limits = pcre2_match_context_create(NULL);

    if (!limits)
        mem_exhausted();
    pcre2_set_match_limit(limits, STEPS_MAX);
    pcre2_set_depth_limit(limits, DEPTH_MAX);
    pcre2_set_heap_limit(limits, HEAP_MAX);
    pcre2_set_callout(limits, spend, b);
    return limits;
}

static struct bytes group_of(const struct regex *r, size_t index, pcre2_match_data *data, int found,
                             struct bytes subject)
{
    const uint8_t *entry = r->names.table + index * r->names.width;
    int number = entry[0] << 8 | entry[1];
    const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(data) + 2 * (ptrdiff_t)number;

    if (number >= found || ends[0] == PCRE2_UNSET || ends[1] < ends[0])
        return (struct bytes){0};
    return bytes_slice(subject, ends[0], ends[1] - ends[0]);
}

/* `groups` NULL: nobody asks for them. */
static enum matched match(const struct regex *r, struct bytes subject, struct bytes *groups)
{
    uint64_t each = subject.len < BUDGET_MAX ? subject.len * BUDGET_EACH_BYTE : BUDGET_MAX;
    struct budget budget = {.left = BUDGET + each < BUDGET_MAX ? BUDGET + each : BUDGET_MAX};
    pcre2_match_data *data =
        groups ? pcre2_match_data_create_from_pattern(r->code, NULL) : pcre2_match_data_create(1, NULL);
    pcre2_match_context *limits = limits_new(&budget);
    PCRE2_SPTR text = subject.data ? subject.data : (PCRE2_SPTR) "";
    int found;

    if (!data)
        mem_exhausted();
    found = pcre2_match(r->code, text, subject.len, 0, 0, data, limits);
    for (size_t i = 0; groups && found > 0 && i < r->names.n; i++)
        groups[i] = group_of(r, i, data, found, subject);
    pcre2_match_data_free(data);
    pcre2_match_context_free(limits);
    if (found >= 0) /* 0: there are groups for which the match data has no room */
        return MATCHED;
    return found == PCRE2_ERROR_NOMATCH ? MATCH_NONE : MATCH_LIMIT;
}

enum matched regex_match(const struct regex *r, struct bytes subject)
{
    return match(r, subject, NULL);
}

size_t regex_groups(const struct regex *r)
{
    return r->names.n;
}

const char *regex_group(const struct regex *r, size_t index)
{
    return (const char *)r->names.table + index * r->names.width + 2;
}

enum matched regex_capture(const struct regex *r, struct bytes subject, struct bytes *groups)
{
    return match(r, subject, groups);
}

size_t match_prefix(struct bytes a, struct bytes b)
{
    size_t n = a.len < b.len ? a.len : b.len, i = 0;

    while (i < n && a.data[i] == b.data[i])
        i++;
    return i;
}
