/*
 * http_head.h - the lines of an HTTP message: its start line, its header fields. For http.c, which finds
 * where a message ends, and http_message.c, which says what is in it.
 */
#pragma once
#include "wire/http.h"

struct http_start {
    struct bytes method, target; /* of a request */
    struct bytes version;
    struct bytes status, reason; /* of a response */
};

struct http_field {
    struct bytes name, value; /* without the spaces around the value; no name: the empty line that ends all */
};

/* Each reads one line of `in` from *pos on, and moves *pos behind it. On HTTP_BROKEN `problem` and `at` of
 * *out are set. */
enum http_state http_start_read(enum http_kind kind, struct bytes in, size_t *pos, struct http_start *start,
                                struct http_found *out);
enum http_state http_field_read(struct bytes in, size_t *pos, struct http_field *field,
                                struct http_found *out);
/* A chunk's size line. A size above UINT64_MAX is that. */
enum http_state http_chunk_read(struct bytes in, size_t *pos, uint64_t *size, struct http_found *out);

/* "Content-Length" is "content-length": the case of ASCII letters does not count. */
bool http_same(struct bytes a, const char *b);
enum http_state http_broken(struct http_found *out, enum http_problem problem, size_t at);
