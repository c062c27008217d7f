/*
 * request.h - one HTTP request, read from bytes.
 *
 * Bytes in, a request out: no socket is known here, which is why it does not matter how the bytes arrived,
 * and why it can be tried by itself.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#define MAX_HEAD 8192 /* bytes of a request line and its headers, with the empty line */

struct request {
    int status;          /* 200: may be served; else what is wrong with it: 400, 501 */
    bool head;           /* HEAD: all of the answer but its body */
    bool close;          /* no further request will be read from this connection */
    char path[MAX_HEAD]; /* decoded; begins with a slash, holds no zero byte */
    size_t bytes;        /* how many it takes up at the front of the input */
};

/* Returns false when the request is not all there yet: then only more input helps. */
bool request_read(const char *in, size_t n, struct request *r);

#endif
