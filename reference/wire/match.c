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

struct regex {
    pcre2_code *code;
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

static struct budget budget_of(struct bytes subject)
{
    uint64_t each = subject.len < BUDGET_MAX ? subject.len * BUDGET_EACH_BYTE : BUDGET_MAX;

    return (struct budget){.left = BUDGET + each < BUDGET_MAX ? BUDGET + each : BUDGET_MAX};
}

static void read_groups(pcre2_match_data *data, int found, struct span *groups, size_t n)
{
    const size_t *ends = pcre2_get_ovector_pointer(data);

    for (size_t i = 0; i < n; i++) {
        bool took_part = (int)i < found && ends[2 * i] != PCRE2_UNSET;

        groups[i] =
            took_part ? (struct span){ends[2 * i], ends[2 * i + 1]} : (struct span){SIZE_MAX, SIZE_MAX};
    }
}

enum matched regex_search(const struct regex *r, struct bytes subject, size_t start, struct span *groups,
                          size_t n, uint64_t *cost)
{
    struct budget budget = budget_of(subject);
    uint64_t all = budget.left;
    pcre2_match_data *data = pcre2_match_data_create(n ? (uint32_t)n : 1, NULL);
    pcre2_match_context *limits = limits_new(&budget);
    PCRE2_SPTR text = subject.data ? subject.data : (PCRE2_SPTR) "";
    int found;

    if (!data)
        mem_exhausted();
    found = pcre2_match(r->code, text, subject.len, start, 0, data, limits);
    if (found >= 0) /* 0: there are more groups than were asked for */
        read_groups(data, found ? found : (int)n, groups, n);
    pcre2_match_data_free(data);
    pcre2_match_context_free(limits);
    *cost = (all - budget.left) / ITEM_COST;
    if (found >= 0)
        return MATCHED;
    return found == PCRE2_ERROR_NOMATCH ? MATCH_NONE : MATCH_LIMIT;
}

enum matched regex_match(const struct regex *r, struct bytes subject)
{
    uint64_t cost;

    return regex_search(r, subject, 0, NULL, 0, &cost);
}

unsigned regex_groups(const struct regex *r)
{
    uint32_t n = 0;

    pcre2_pattern_info(r->code, PCRE2_INFO_CAPTURECOUNT, &n);
    return n;
}

/* ---- groups with a name -------------------------------------------------------------------------- */

size_t regex_named(const struct regex *r)
{
    uint32_t n = 0;

    pcre2_pattern_info(r->code, PCRE2_INFO_NAMECOUNT, &n);
    return n;
}

/* An entry of PCRE2's table of names: the group's number, big-endian, then its name with a NUL. */
static PCRE2_SPTR name_entry(const struct regex *r, size_t index)
{
    PCRE2_SPTR table = NULL;
    uint32_t width = 0;

    pcre2_pattern_info(r->code, PCRE2_INFO_NAMEENTRYSIZE, &width);
    pcre2_pattern_info(r->code, PCRE2_INFO_NAMETABLE, &table);
    return table + index * width;
}

const char *regex_name(const struct regex *r, size_t index)
{
    return (const char *)name_entry(r, index) + 2;
}

enum matched regex_capture(const struct regex *r, struct bytes subject, struct bytes *named)
{
    size_t n = 1 + (size_t)regex_groups(r);
    struct span *groups = mem_new(n * sizeof *groups);
    uint64_t cost;
    enum matched matched = regex_search(r, subject, 0, groups, n, &cost);

    for (size_t i = 0; matched == MATCHED && i < regex_named(r); i++) {
        PCRE2_SPTR entry = name_entry(r, i);
        struct span at = groups[entry[0] << 8 | entry[1]];

        named[i] = at.from == SIZE_MAX ? (struct bytes){0} : bytes_slice(subject, at.from, at.to - at.from);
    }
    mem_free(groups);
    return matched;
}

size_t match_prefix(struct bytes a, struct bytes b)
{
    size_t n = a.len < b.len ? a.len : b.len, i = 0;

    while (i < n && a.data[i] == b.data[i])
        i++;
    return i;
}
