/*
 * http.h - HTTP/1.x messages (RFC 9112): where one ends, what it says, what is wrong with it, and how one is
 * made. Strict, for it reads the bytes of somebody who learns to send them: what browsers forgive is a
 * problem here. Bytes in, bytes out; nothing is kept between two calls, so the answer is the same however a
 * stream was cut.
 */
#pragma once
#include "wire/datum.h"

enum http_kind {
    HTTP_REQUEST,
    HTTP_RESPONSE,
};

const char *http_kind_name(enum http_kind k); /* "request", "response" */

/* What the end of a message depends on, beside its own bytes. */
struct http_context {
    enum http_kind kind;
    bool to_head; /* a response to HEAD: no body, whatever its headers say */
};

#define HTTP_HEAD_MAX ((size_t)64 << 10) /* most bytes of start line and headers; of trailers as well */
#define HTTP_HEADERS_MAX 256u            /* most of them; of trailers as well */

enum http_problem {
    HTTP_FINE,
    /* the start line */
    HTTP_NO_START,    /* no message of this kind begins like this */
    HTTP_EMPTY_START, /* an empty line where a message should begin */
    HTTP_BAD_METHOD,
    HTTP_BAD_TARGET,
    HTTP_BAD_VERSION,
    HTTP_BAD_STATUS,
    HTTP_NO_STATUS_SPACE, /* the space behind the status, due without a reason too */
    HTTP_BAD_REASON,
    /* header lines */
    HTTP_BARE_LF,
    HTTP_BARE_CR,
    HTTP_FOLDED,   /* a line that goes on with the one before it */
    HTTP_NO_COLON, /* a line that is no header: often the body, whose empty line is missing */
    HTTP_BAD_NAME,
    HTTP_SPACE_BEFORE_COLON,
    HTTP_BAD_VALUE,
    HTTP_HEAD_TOO_LONG,
    HTTP_TOO_MANY_HEADERS,
    HTTP_HOST_MISSING,
    HTTP_HOST_TWICE,
    /* what says where the body ends */
    HTTP_BAD_LENGTH,
    HTTP_LENGTH_TWICE,
    HTTP_LENGTH_BESIDE_CODING, /* Content-Length and Transfer-Encoding */
    HTTP_LENGTH_FORBIDDEN,     /* in a message that never has a body */
    HTTP_CODING_FORBIDDEN,     /* there, and in HTTP/1.0 */
    HTTP_CODING_UNKNOWN,       /* a Transfer-Encoding other than chunked */
    HTTP_BODY_TOO_LONG,
    /* the body */
    HTTP_BAD_CHUNK_SIZE,
    HTTP_BAD_CHUNK_END, /* no CRLF behind as many bytes as the chunk's size says */
    /* what is missing, if nothing more comes */
    HTTP_CUT_IN_START,
    HTTP_CUT_IN_HEAD, /* the empty line behind the headers is missing */
    HTTP_CUT_IN_BODY, /* fewer bytes than Content-Length says */
    HTTP_CUT_IN_CHUNKS,
    HTTP_STILL_OPEN, /* a body without a length, on a connection that stays open */
};

enum http_state {
    HTTP_WHOLE,
    HTTP_PARTIAL, /* `problem` tells what is missing */
    HTTP_BROKEN,  /* `problem` tells why, whatever may still come */
};

enum http_body {
    HTTP_BODY_NONE,
    HTTP_BODY_LENGTH,
    HTTP_BODY_CHUNKED,
    HTTP_BODY_CLOSE, /* up to the end of the stream */
};

/* Of the first message of some bytes. */
struct http_found {
    enum http_problem problem;
    size_t at;    /* offset of what is wrong; of the end, where something is missing */
    size_t head;  /* bytes up to the body, the empty line among them; 0: not all there yet */
    size_t total; /* bytes of the whole message: HTTP_WHOLE */
    enum http_body body;
    uint64_t announced; /* HTTP_BODY_LENGTH: what Content-Length says; UINT64_MAX: that, or more */
    uint64_t there;     /* bytes of the body that are there, coding and all */
    unsigned status;    /* of a response, once its start line is there */
};

/* Reads the first message of `in`; `ended`: the stream ended behind it in good order. `max` bounds the bytes
 * of a body (coding and all). */
enum http_state http_read(struct http_context c, struct bytes in, bool ended, uint64_t max,
                          struct http_found *out);

/* A sentence for whoever sent it: what is wrong, and what is right instead. */
void http_describe(struct http_context c, const struct http_found *f, struct buf *out);

/*
 * One whole message as a record, with all it holds in `a`:
 *   request  {method, target, version, headers, body}
 *   response {version, status (integer), reason, headers, body}
 * `headers` is a record: names in lower case, those that came several times joined by ", "; then
 * `trailers`, of the same form, if there are any. A chunked body is put together. `wire` of each item is the
 * place in `message` that it comes from. False, with *why, when `message` is not just one whole message.
 */
bool http_decode(struct http_context c, struct bytes message, struct arena *a, struct datum *out,
                 struct http_found *why);

/*
 * Appends the message of such a record: headers in the given order and spelling. Missing: version HTTP/1.1,
 * method GET, target /, status 200, the reason is the status's own. Content-Length is computed for a body,
 * and for a response that may have one, unless it is there or a Transfer-Encoding is; DATUM_NONE as a
 * header's worth leaves that header out, and Content-Length uncomputed. With `Transfer-Encoding: chunked` the
 * body is chunked: in one chunk, or, where it is a list, in one for each item. False when a field is not of a
 * kind that can be written: *field is its name.
 */
bool http_encode(enum http_kind kind, const struct datum *record, struct buf *out, const char **field);

/* The item of `headers` with this name, whatever its case; NULL: there is none. */
const struct datum *http_header(const struct datum *headers, const char *name);

/* `unanswered` are the requests that one side sent and the other has not answered, as their bytes: whether
 * the next response answers HEAD, … */
bool http_asks_head(struct bytes unanswered);
bool http_is_final(unsigned status); /* the response to a request, not an interim one before it */
/* … and how many of the bytes it answers: none with an interim status (1xx), all of them where no requests
 * can be told apart. */
size_t http_answered(struct bytes unanswered, unsigned status);
