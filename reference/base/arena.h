/* arena.h - many small allocations with one lifetime: a loaded spec, a read record. Aborts when memory is
 * out. */
#pragma once
#include "base/buf.h"

struct arena {
    struct arena_block *blocks;
};

void arena_deinit(struct arena *a);            /* frees all that was allocated; also accepts a zeroed arena */
void *arena_new(struct arena *a, size_t size); /* zeroed, aligned for any type */
char *arena_text(struct arena *a, const char *text);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
struct bytes arena_bytes(struct arena *a, struct bytes b); /* a copy, followed by a NUL that is not counted */
void *arena_copy(struct arena *a, const void *data, size_t size);
