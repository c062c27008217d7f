/*
 * match.h - does what came equal what was expected? Regular expressions are PCRE2 on bytes, with a match
 * limit: a hostile subject costs bounded time.
 */
#pragma once
#include "base/buf.h"

struct regex;

/* NULL when the pattern is wrong: then *offset says where, and message why (at most size bytes are written).
 */
struct regex *regex_new(struct bytes pattern, size_t *offset, char *message, size_t size);
void regex_free(struct regex *r); /* accepts NULL */

enum matched {
    MATCHED,
    MATCH_NONE,
    MATCH_LIMIT, /* gave up: the pattern needs too many steps on this subject */
};
enum matched regex_match(const struct regex *r, struct bytes subject); /* anywhere in it, unless anchored */

/* From `from` to before `to`; SIZE_MAX both: a group that took no part. */
struct span {
    size_t from, to;
};
/* The first match that begins at `start` or behind; lookbehind sees what is before. groups[0] is all of it;
 * those that the pattern does not have take no part. `cost`: set to what it took, in steps of a few dozen ns.
 */
enum matched regex_search(const struct regex *r, struct bytes subject, size_t start, struct span *groups,
                          size_t n, uint64_t *cost);
unsigned regex_groups(const struct regex *r); /* without groups[0] */

/* The groups that have a name, `(?<nick>...)`: how many, and their names. */
size_t regex_named(const struct regex *r);
const char *regex_name(const struct regex *r, size_t index);
/* The same as regex_match; where it matched, named[i] is what the group with name i stands for: a view into
 * the subject, with data NULL for one that took no part. `named` has room for regex_named of them. */
enum matched regex_capture(const struct regex *r, struct bytes subject, struct bytes *named);

/* The first offset at which a and b differ; the shorter one's length when it is a prefix of the other. */
size_t match_prefix(struct bytes a, struct bytes b);
