#include "base/arena.h"
#include "base/mem.h"

#include <stdio.h>
#include <string.h>

#define BLOCK_SIZE 16384u

struct arena_block {
    struct arena_block *next;
    size_t used, size;
    _Alignas(max_align_t) char data[];
};

void arena_deinit(struct arena *a)
{
    while (a->blocks) {
        struct arena_block *next = a->blocks->next;
        mem_free(a->blocks);
        a->blocks = next;
    }
}

/* A block of its own for something large goes behind the first, which still has room for what is small. */
static void link_block(struct arena *a, struct arena_block *block, bool behind)
{
    struct arena_block **at = behind && a->blocks ? &a->blocks->next : &a->blocks;

    block->next = *at;
    *at = block;
}

void *arena_new(struct arena *a, size_t size)
{
    struct arena_block *block = a->blocks;
    void *p;

    if (size > SIZE_MAX / 2)
        mem_exhausted();
    size = (size + _Alignof(max_align_t) - 1) & ~(_Alignof(max_align_t) - 1);
    if (!block || size > block->size - block->used) {
        size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
        block = mem_new(sizeof *block + room);
        block->size = room;
        link_block(a, block, room > BLOCK_SIZE);
    }
    p = block->data + block->used;
    block->used += size;
    return p;
}

void *arena_copy(struct arena *a, const void *data, size_t size)
{
    void *p = arena_new(a, size);

    return size ? memcpy(p, data, size) : p;
}

struct bytes arena_bytes(struct arena *a, struct bytes b)
{
    uint8_t *p = arena_new(a, b.len + 1);

    if (b.len)
        memcpy(p, b.data, b.len);
    return (struct bytes){p, b.len};
}

char *arena_text(struct arena *a, const char *text)
{
    return text ? (char *)arena_bytes(a, bytes_of(text)).data : NULL;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    _cleanup_buf_ struct buf b = BUF_INIT;
    va_list ap;

    va_start(ap, fmt);
    buf_vprintf(&b, fmt, ap);
    va_end(ap);
    return (char *)arena_bytes(a, buf_view(&b)).data;
}
