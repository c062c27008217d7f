/*
 * http.c - see http.h: where a message ends. Its head is read line by line; what that says decides how its
 * body is framed (RFC 9112, 6.3).
 */
#include "wire/http_head.h"

#define CHUNK_LINE_MAX ((size_t)4 << 10)

struct reader {
    struct http_context context;
    struct bytes in;
    size_t pos;
    uint64_t max;
    struct http_found *out;
    /* of the head */
    bool old; /* HTTP/1.0 */
    bool host;
    size_t length_at, coding_at; /* 0: there is no such header */
};

const char *http_kind_name(enum http_kind k)
{
    switch (k) {
    case HTTP_REQUEST: return "request";
    case HTTP_RESPONSE: break;
    }
    return "response";
}

static size_t place_of(const struct reader *r, struct bytes b)
{
    return (size_t)(b.data - r->in.data);
}

/* ---- the head --------------------------------------------------------------------------------------------
 */

static enum http_state length_header(struct reader *r, const struct http_field *f)
{
    size_t at = place_of(r, f->name);
    uint64_t *n = &r->out->announced;

    if (r->length_at)
        return http_broken(r->out, HTTP_LENGTH_TWICE, at);
    r->length_at = at;
    if (!f->value.len)
        return http_broken(r->out, HTTP_BAD_LENGTH, at);
    for (size_t i = 0; i < f->value.len; i++) {
        uint8_t c = f->value.data[i];

        if (c < '0' || c > '9')
            return http_broken(r->out, HTTP_BAD_LENGTH, place_of(r, f->value) + i);
        if (__builtin_mul_overflow(*n, 10, n) || __builtin_add_overflow(*n, (uint64_t)(c - '0'), n))
            *n = UINT64_MAX;
    }
    return HTTP_WHOLE;
}

static enum http_state coding_header(struct reader *r, const struct http_field *f)
{
    if (r->coding_at || !http_same(f->value, "chunked"))
        return http_broken(r->out, HTTP_CODING_UNKNOWN, place_of(r, f->name));
    r->coding_at = place_of(r, f->name);
    return HTTP_WHOLE;
}

static enum http_state header(struct reader *r, const struct http_field *f)
{
    if (http_same(f->name, "Content-Length"))
        return length_header(r, f);
    if (http_same(f->name, "Transfer-Encoding"))
        return coding_header(r, f);
    if (r->context.kind == HTTP_REQUEST && http_same(f->name, "Host")) {
        if (r->host)
            return http_broken(r->out, HTTP_HOST_TWICE, place_of(r, f->name));
        r->host = true;
    }
    return HTTP_WHOLE;
}

/* A response that never has a body, so that nothing may tell its length. */
static bool is_bodiless(const struct reader *r)
{
    return r->context.kind == HTTP_RESPONSE && (r->out->status < 200 || r->out->status == 204);
}

/* What no single header shows. */
static enum http_state head_check(struct reader *r)
{
    size_t length = r->length_at, coding = r->coding_at;

    if (length && coding)
        return http_broken(r->out, HTTP_LENGTH_BESIDE_CODING, length > coding ? length : coding);
    if (length && is_bodiless(r))
        return http_broken(r->out, HTTP_LENGTH_FORBIDDEN, length);
    if (coding && (is_bodiless(r) || r->old))
        return http_broken(r->out, HTTP_CODING_FORBIDDEN, coding);
    if (r->context.kind == HTTP_REQUEST && !r->old && !r->host)
        return http_broken(r->out, HTTP_HOST_MISSING, r->pos - 2);
    return HTTP_WHOLE;
}

/* The header lines in `near`, or the trailers, up to the empty one. */
static enum http_state fields(struct reader *r, struct bytes near,
                              enum http_state (*each)(struct reader *r, const struct http_field *f))
{
    struct http_field f;

    for (unsigned n = 0;; n++) {
        size_t at = r->pos;
        enum http_state s = http_field_read(near, &r->pos, &f, r->out);

        if (s == HTTP_PARTIAL && r->in.len > near.len)
            return http_broken(r->out, HTTP_HEAD_TOO_LONG, near.len);
        if (s != HTTP_WHOLE || !f.name.len)
            return s;
        if (n == HTTP_HEADERS_MAX)
            return http_broken(r->out, HTTP_TOO_MANY_HEADERS, at);
        if ((s = each(r, &f)) != HTTP_WHOLE)
            return s;
    }
}

static enum http_state head(struct reader *r)
{
    struct bytes near = bytes_slice(r->in, 0, HTTP_HEAD_MAX);
    struct http_start start;
    enum http_state s = http_start_read(r->context.kind, near, &r->pos, &start, r->out);

    if (s == HTTP_PARTIAL && r->in.len > near.len)
        return http_broken(r->out, HTTP_HEAD_TOO_LONG, near.len);
    if (s != HTTP_WHOLE)
        return s;
    r->old = start.version.data[7] == '0';
    r->out->problem = HTTP_CUT_IN_HEAD;
    s = fields(r, near, header);
    if (s == HTTP_WHOLE)
        s = head_check(r);
    if (s == HTTP_WHOLE)
        r->out->head = r->pos;
    return s;
}

/* ---- the body --------------------------------------------------------------------------------------------
 */

static enum http_body body_kind(const struct reader *r)
{
    bool response = r->context.kind == HTTP_RESPONSE;

    if (response && (r->context.to_head || is_bodiless(r) || r->out->status == 304))
        return HTTP_BODY_NONE;
    if (r->coding_at)
        return HTTP_BODY_CHUNKED;
    if (r->length_at)
        return HTTP_BODY_LENGTH;
    return response ? HTTP_BODY_CLOSE : HTTP_BODY_NONE;
}

/* Bytes of the body before *pos. */
static uint64_t body_so_far(const struct reader *r)
{
    return r->pos - r->out->head;
}

/* Goes over one chunk, its size line and its end too; *last: it was the empty one. */
static enum http_state chunk(struct reader *r, bool *last)
{
    size_t line = r->pos;
    struct bytes end, near = bytes_slice(r->in, 0, line + CHUNK_LINE_MAX);
    uint64_t size;
    enum http_state s = http_chunk_read(near, &r->pos, &size, r->out);

    if (s == HTTP_PARTIAL && r->in.len > near.len)
        return http_broken(r->out, HTTP_BAD_CHUNK_SIZE, line);
    if (s != HTTP_WHOLE)
        return s;
    *last = size == 0;
    if (*last)
        return HTTP_WHOLE;
    if (size > r->max || body_so_far(r) > r->max - size)
        return http_broken(r->out, HTTP_BODY_TOO_LONG, line);
    if (r->in.len - r->pos < size)
        return HTTP_PARTIAL;
    r->pos += (size_t)size;
    end = bytes_slice(r->in, r->pos, 2);
    if (!bytes_equal(end, bytes_slice(bytes_of("\r\n"), 0, end.len)))
        return http_broken(r->out, HTTP_BAD_CHUNK_END, r->pos);
    r->pos += end.len;
    return end.len == 2 ? HTTP_WHOLE : HTTP_PARTIAL;
}

static enum http_state trailer(struct reader *r, const struct http_field *f)
{
    (void)r;
    (void)f;
    return HTTP_WHOLE;
}

static enum http_state chunked(struct reader *r)
{
    bool last = false;
    enum http_state s = HTTP_WHOLE;

    r->out->problem = HTTP_CUT_IN_CHUNKS;
    while (s == HTTP_WHOLE && !last)
        s = chunk(r, &last);
    return s == HTTP_WHOLE ? fields(r, bytes_slice(r->in, 0, r->pos + HTTP_HEAD_MAX), trailer) : s;
}

static enum http_state counted(struct reader *r)
{
    r->out->problem = HTTP_CUT_IN_BODY;
    if (r->out->announced > r->max)
        return http_broken(r->out, HTTP_BODY_TOO_LONG, r->length_at);
    if (r->in.len - r->pos < r->out->announced)
        return HTTP_PARTIAL;
    r->pos += (size_t)r->out->announced;
    return HTTP_WHOLE;
}

static enum http_state until_close(struct reader *r, bool ended)
{
    r->out->problem = HTTP_STILL_OPEN;
    if (r->in.len - r->pos > r->max)
        return http_broken(r->out, HTTP_BODY_TOO_LONG, r->pos);
    if (ended)
        r->pos = r->in.len;
    return ended ? HTTP_WHOLE : HTTP_PARTIAL;
}

static enum http_state body(struct reader *r, bool ended)
{
    r->out->body = body_kind(r);
    r->out->there = r->in.len - r->pos;
    switch (r->out->body) {
    case HTTP_BODY_NONE: return HTTP_WHOLE;
    case HTTP_BODY_LENGTH: return counted(r);
    case HTTP_BODY_CHUNKED: return chunked(r);
    case HTTP_BODY_CLOSE: return until_close(r, ended);
    }
    return HTTP_WHOLE;
}

enum http_state http_read(struct http_context c, struct bytes in, bool ended, uint64_t max,
                          struct http_found *out)
{
    struct reader r = {.context = c, .in = in, .max = max, .out = out};
    enum http_state s;

    *out = (struct http_found){.problem = HTTP_CUT_IN_START};
    s = head(&r);
    if (s == HTTP_WHOLE)
        s = body(&r, ended);
    if (s == HTTP_WHOLE) {
        out->problem = HTTP_FINE;
        out->total = r.pos;
        out->there = r.pos - out->head;
    } else if (s == HTTP_PARTIAL) {
        out->at = in.len;
        /* Of a stream that has ended, what began is all that there will be. */
        return ended && in.len ? HTTP_BROKEN : s;
    }
    return s;
}

/* ---- which request a response answers --------------------------------------------------------------------
 */

bool http_asks_head(struct bytes unanswered)
{
    return bytes_equal(bytes_slice(unanswered, 0, 5), bytes_of("HEAD "));
}

bool http_is_final(unsigned status)
{
    return status >= 200 || status == 101;
}

size_t http_answered(struct bytes unanswered, unsigned status)
{
    struct http_found f;

    if (!http_is_final(status))
        return 0;
    return http_read((struct http_context){.kind = HTTP_REQUEST}, unanswered, false, SIZE_MAX, &f) ==
                   HTTP_WHOLE
               ? f.total
               : unanswered.len;
}
