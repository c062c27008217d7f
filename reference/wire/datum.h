/*
 * datum.h - what a field of a message, a capture, or an expression is worth: an integer, a number, bytes, a
 * list, or a record of named ones. Plain data; all of it lives in one arena, or is static.
 */
#pragma once
#include "base/arena.h"

enum datum_kind {
    DATUM_NONE, /* no value: an optional field that is not there, Lua's nil */
    DATUM_INT,
    DATUM_UINT, /* an integer above INT64_MAX: its 64 bits, in `i` */
    DATUM_REAL,
    DATUM_BOOL, /* in `i` */
    DATUM_BYTES,
    DATUM_LIST,
    DATUM_RECORD,
};

struct datum {
    enum datum_kind kind;
    int64_t i;
    double real;
    struct bytes bytes;
    struct datum *items; /* list, record */
    const char **names;  /* record: of each item */
    size_t n;
    struct bytes wire; /* how it is encoded in a message, where it comes from one: what size() counts */
};

struct datum datum_int(int64_t i);
struct datum datum_uint(uint64_t u); /* DATUM_INT where that can hold it */
struct datum datum_bytes(struct bytes b);
const struct datum *datum_get(const struct datum *record, const char *name); /* NULL: it has no such item */
/* Integers compare by value, DATUM_NONE equals itself; `wire` does not count. */
bool datum_equal(const struct datum *a, const struct datum *b);
/* As it stands in a text: integers in decimal, bytes as they are; lists and records as a reader may like
 * them.
 */
void datum_text(const struct datum *d, struct buf *out);
