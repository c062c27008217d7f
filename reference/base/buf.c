#include "base/buf.h"
#include "base/mem.h"

#include <stdio.h>
#include <string.h>

struct bytes bytes_of(const char *text)
{
    return (struct bytes){(const uint8_t *)text, strlen(text)};
}

size_t bytes_common(struct bytes a, struct bytes b)
{
    size_t n = 0;

    while (n < a.len && n < b.len && a.data[n] == b.data[n])
        n++;
    return n;
}

bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

int bytes_compare(struct bytes a, struct bytes b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common ? memcmp(a.data, b.data, common) : 0;

    return order ? order : a.len < b.len ? -1 : a.len > b.len;
}

struct bytes bytes_slice(struct bytes b, size_t from, size_t len)
{
    if (from > b.len)
        from = b.len;
    if (len > b.len - from)
        len = b.len - from;
    return (struct bytes){b.data ? b.data + from : NULL, len};
}

uint64_t bytes_hash(struct bytes b)
{
    uint64_t hash = 0xcbf29ce484222325u;

    for (size_t i = 0; i < b.len; i++)
        hash = (hash ^ b.data[i]) * 0x100000001b3u;
    return hash;
}

const uint8_t *bytes_find(struct bytes haystack, struct bytes needle)
{
    if (needle.len == 0)
        return haystack.data;
    return haystack.len ? memmem(haystack.data, haystack.len, needle.data, needle.len) : NULL;
}

void buf_deinit(struct buf *b)
{
    mem_free(b->data);
    *b = BUF_INIT;
}

void buf_reserve(struct buf *b, size_t more)
{
    size_t need = b->len + more;

    if (need < b->len)
        mem_exhausted();
    if (need <= b->cap)
        return;
    b->cap = need / 2 < b->cap ? 2 * b->cap : need;
    b->data = mem_grow(b->data, b->cap);
}

void buf_append(struct buf *b, struct bytes bytes)
{
    if (bytes.len == 0)
        return;
    buf_reserve(b, bytes.len);
    memcpy(b->data + b->len, bytes.data, bytes.len);
    b->len += bytes.len;
}

void buf_byte(struct buf *b, uint8_t byte)
{
    buf_append(b, (struct bytes){&byte, 1});
}

void buf_text(struct buf *b, const char *text)
{
    buf_append(b, bytes_of(text));
}

void buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
    va_list again;
    int n;

    va_copy(again, ap);
    buf_reserve(b, 64); /* enough for most, which are then formatted only once */
    n = vsnprintf((char *)b->data + b->len, b->cap - b->len, fmt, ap);
    if (n > 0 && (size_t)n >= b->cap - b->len) {
        buf_reserve(b, (size_t)n + 1);
        vsnprintf((char *)b->data + b->len, (size_t)n + 1, fmt, again);
    }
    va_end(again);
    b->len += n > 0 ? (size_t)n : 0;
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    buf_vprintf(b, fmt, ap);
    va_end(ap);
}

void buf_consume(struct buf *b, size_t n)
{
    if (n >= b->len) {
        b->len = 0;
        return;
    }
    memmove(b->data, b->data + n, b->len - n);
    b->len -= n;
}

struct bytes buf_view(const struct buf *b)
{
    return (struct bytes){b->data, b->len};
}

char *buf_steal_text(struct buf *b)
{
    char *text;

    buf_byte(b, 0);
    text = (char *)b->data;
    *b = BUF_INIT;
    return text;
}
