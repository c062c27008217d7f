/*
 * codec.h - structs to bytes and back, as their layouts say.
 *
 * Integers have the width of their member and are little-endian. A text, bytes, or a list begin with a u32
 * that counts; a text may be absent (NULL).
 */
#pragma once
#include "record/layout.h"

void codec_put_number(struct buf *out, uint64_t number, size_t size);           /* size bytes of it */
void codec_put(struct buf *out, const struct layout *layout, const void *from); /* what is too long is cut */

struct cursor {
    struct bytes left;   /* what is not read yet */
    struct arena *arena; /* of what is read: texts, bytes, lists */
    bool drop_bytes;     /* bytes are checked, but left empty */
    const char *wrong;   /* static: what could not be believed first */
};

/* Both return false, and say why in c->wrong, for what cannot be believed. */
bool codec_get_number(struct cursor *c, size_t size, uint64_t *number);
bool codec_get(struct cursor *c, const struct layout *layout, void *into);
