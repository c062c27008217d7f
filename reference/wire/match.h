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

/* Its named groups, `(?<nick>...)`: name `index`, of regex_groups. */
size_t regex_groups(const struct regex *r);
const char *regex_group(const struct regex *r, size_t index);
/* The same as regex_match; where it matched, groups[i] is what the named group i stands for: a view into the
 * subject, with data NULL for one that took no part. `groups` has room for regex_groups of them. */
enum matched regex_capture(const struct regex *r, struct bytes subject, struct bytes *groups);

/* The first offset at which a and b differ; the shorter one's length when it is a prefix of the other. */
size_t match_prefix(struct bytes a, struct bytes b);
