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

/* The first offset at which a and b differ; the shorter one's length when it is a prefix of the other. */
size_t match_prefix(struct bytes a, struct bytes b);
