/*
 * codec.c - structs to bytes and back, by their tables. The reader believes nothing: it takes no length,
 * count or number that the table or the bytes that are left forbid, before it allocates anything for it.
 */
#include "record/codec.h"

#include <string.h>

#define ABSENT UINT32_MAX

void codec_put_number(struct buf *out, uint64_t number, size_t size)
{
    for (size_t i = 0; i < size; i++)
        buf_byte(out, (uint8_t)(number >> (8 * i)));
}

static uint64_t load(const void *at, size_t size)
{
    uint8_t u8;
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;

    switch (size) {
    case 1: return memcpy(&u8, at, 1), u8;
    case 2: return memcpy(&u16, at, 2), u16;
    case 4: return memcpy(&u32, at, 4), u32;
    default: return memcpy(&u64, at, 8), u64;
    }
}

static void put_bytes(struct buf *out, struct bytes b, uint64_t most)
{
    b = bytes_slice(b, 0, most);
    codec_put_number(out, b.len, 4);
    buf_append(out, b);
}

static void put_text(struct buf *out, const char *text, uint64_t most)
{
    if (text)
        put_bytes(out, bytes_of(text), most);
    else
        codec_put_number(out, ABSENT, 4);
}

static void put_list(struct buf *out, const struct field *f, const char *first, uint64_t n)
{
    if (n > f->most)
        n = f->most;
    codec_put_number(out, n, 4);
    for (uint64_t i = 0; i < n; i++)
        codec_put(out, f->of, first + i * f->of->size);
}

void codec_put(struct buf *out, const struct layout *layout, const void *from)
{
    for (size_t i = 0; i < layout->n; i++) {
        const struct field *f = &layout->fields[i];
        const char *at = (const char *)from + f->offset;
        struct bytes b;
        const char *p;

        switch (f->type) {
        case MEMBER_NUMBER: codec_put_number(out, load(at, f->size), f->size); break;
        case MEMBER_STRUCT: codec_put(out, f->of, at); break;
        case MEMBER_TEXT: put_text(out, (memcpy(&p, at, sizeof p), p), f->most); break;
        case MEMBER_BYTES: put_bytes(out, (memcpy(&b, at, sizeof b), b), f->most); break;
        case MEMBER_LIST:
            put_list(out, f, (memcpy(&p, at, sizeof p), p), load((const char *)from + f->count, f->size));
            break;
        }
    }
}

/* ---- reading ------------------------------------------------------------------------------------------- */

static bool wrong(struct cursor *c, const char *why)
{
    if (!c->wrong)
        c->wrong = why;
    return false;
}

bool codec_get_number(struct cursor *c, size_t size, uint64_t *number)
{
    *number = 0;
    if (c->left.len < size)
        return wrong(c, "an event ends too early");
    for (size_t i = 0; i < size; i++)
        *number |= (uint64_t)c->left.data[i] << (8 * i);
    c->left = bytes_slice(c->left, size, c->left.len);
    return true;
}

static void store(void *at, uint64_t number, size_t size)
{
    uint8_t u8 = (uint8_t)number;
    uint16_t u16 = (uint16_t)number;
    uint32_t u32 = (uint32_t)number;

    switch (size) {
    case 1: memcpy(at, &u8, 1); break;
    case 2: memcpy(at, &u16, 2); break;
    case 4: memcpy(at, &u32, 4); break;
    default: memcpy(at, &number, 8); break;
    }
}

static bool get_number(struct cursor *c, const struct field *f, void *at)
{
    uint64_t number;

    if (!codec_get_number(c, f->size, &number))
        return false;
    if (f->most && number > f->most)
        return wrong(c, "a number is out of its range");
    store(at, number, f->size);
    return true;
}

/* A view of the bytes that begin with their length. */
static bool get_view(struct cursor *c, uint64_t most, struct bytes *view)
{
    uint64_t len;

    if (!codec_get_number(c, 4, &len))
        return false;
    if (len > most)
        return wrong(c, "something is longer than it may be");
    if (len > c->left.len)
        return wrong(c, "an event ends too early");
    *view = bytes_slice(c->left, 0, len);
    c->left = bytes_slice(c->left, len, c->left.len);
    return true;
}

static bool get_bytes(struct cursor *c, const struct field *f, void *at)
{
    struct bytes b;

    if (!get_view(c, f->most, &b))
        return false;
    b = c->drop_bytes ? (struct bytes){0} : arena_bytes(c->arena, b);
    memcpy(at, &b, sizeof b);
    return true;
}

static bool get_text(struct cursor *c, const struct field *f, void *at)
{
    struct cursor ahead = *c;
    struct bytes b;
    uint64_t len;

    if (codec_get_number(&ahead, 4, &len) && len == ABSENT) {
        memcpy(at, &(char *){NULL}, sizeof(char *));
        c->left = ahead.left;
        return true;
    }
    if (!get_view(c, f->most, &b))
        return false;
    if (b.len && memchr(b.data, 0, b.len))
        return wrong(c, "a text holds a zero byte");
    b = arena_bytes(c->arena, b);
    memcpy(at, &(char *){(char *)b.data}, sizeof(char *));
    return true;
}

static bool get_list(struct cursor *c, const struct field *f, void *into)
{
    uint64_t n;
    char *list = NULL;

    if (!codec_get_number(c, 4, &n))
        return false;
    if (n > f->most || n > c->left.len / f->of->least)
        return wrong(c, "a list is longer than it may be");
    if (n)
        list = arena_new(c->arena, n * f->of->size);
    for (uint64_t i = 0; i < n; i++)
        if (!codec_get(c, f->of, list + i * f->of->size))
            return false;
    memcpy((char *)into + f->offset, &list, sizeof list);
    store((char *)into + f->count, n, f->size);
    return true;
}

bool codec_get(struct cursor *c, const struct layout *layout, void *into)
{
    for (size_t i = 0; i < layout->n; i++) {
        const struct field *f = &layout->fields[i];
        char *at = (char *)into + f->offset;
        bool got = false;

        switch (f->type) {
        case MEMBER_NUMBER: got = get_number(c, f, at); break;
        case MEMBER_STRUCT: got = codec_get(c, f->of, at); break;
        case MEMBER_TEXT: got = get_text(c, f, at); break;
        case MEMBER_BYTES: got = get_bytes(c, f, at); break;
        case MEMBER_LIST: got = get_list(c, f, into); break;
        }
        if (!got)
            return false;
    }
    if (layout->believable && !layout->believable(into))
        return wrong(c, "an event contradicts itself");
    return true;
}
