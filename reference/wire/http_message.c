/* http_message.c - see http.h: an HTTP message as a record of its fields, and such a record as a message. */
#include "base/mem.h"
#include "wire/http_head.h"

#include <string.h>

/* ---- decode ----------------------------------------------------------------------------------------------
 */

/* A record that grows in an arena. */
struct record {
    struct datum d;
    size_t room;
};

static struct datum *record_add(struct record *r, struct arena *a, const char *name, struct datum item)
{
    if (r->d.n == r->room) {
        size_t room = r->room ? 2 * r->room : 8;
        struct datum *items = arena_new(a, room * sizeof *items);
        const char **names = arena_new(a, room * sizeof *names);

        if (r->d.n) {
            memcpy(items, r->d.items, r->d.n * sizeof *items);
            memcpy(names, r->d.names, r->d.n * sizeof *names);
        }
        r->d.items = items;
        r->d.names = names;
        r->room = room;
    }
    r->d.names[r->d.n] = name;
    r->d.items[r->d.n] = item;
    return &r->d.items[r->d.n++];
}

static struct datum part(struct bytes b)
{
    return (struct datum){.kind = DATUM_BYTES, .bytes = b, .wire = b};
}

static const char *lower_name(struct arena *a, struct bytes name)
{
    uint8_t *text = (uint8_t *)arena_bytes(a, name).data;

    for (size_t i = 0; i < name.len; i++)
        if (text[i] >= 'A' && text[i] <= 'Z')
            text[i] |= 0x20;
    return (const char *)text;
}

static void join(struct datum *before, struct bytes value, struct arena *a)
{
    _cleanup_buf_ struct buf both = BUF_INIT;

    buf_append(&both, before->bytes);
    buf_text(&both, ", ");
    buf_append(&both, value);
    before->bytes = arena_bytes(a, buf_view(&both));
}

/* The header lines from *pos on, up to the empty one. They are known to be right. */
static struct datum headers_read(struct bytes message, size_t *pos, struct arena *a)
{
    struct record r = {.d = {.kind = DATUM_RECORD}};
    struct http_found found;
    struct http_field f;

    while (http_field_read(message, pos, &f, &found) == HTTP_WHOLE && f.name.len) {
        struct datum *before = (struct datum *)http_header(&r.d, lower_name(a, f.name));

        if (before)
            join(before, f.value, a);
        else
            record_add(&r, a, lower_name(a, f.name), part(f.value));
    }
    return r.d;
}

/* Puts the chunks together; *pos is behind the last one's line then. */
static struct bytes chunks_read(struct bytes message, size_t *pos, struct arena *a)
{
    _cleanup_buf_ struct buf whole = BUF_INIT;
    struct http_found found;
    uint64_t size;

    while (http_chunk_read(message, pos, &size, &found) == HTTP_WHOLE && size) {
        buf_append(&whole, bytes_slice(message, *pos, (size_t)size));
        *pos += (size_t)size + 2;
    }
    return arena_bytes(a, buf_view(&whole));
}

static void start_fields(enum http_kind kind, const struct http_start *start, unsigned status,
                         struct record *r, struct arena *a)
{
    struct datum number = datum_int(status);

    if (kind == HTTP_REQUEST) {
        record_add(r, a, "method", part(start->method));
        record_add(r, a, "target", part(start->target));
        record_add(r, a, "version", part(start->version));
        return;
    }
    number.wire = start->status;
    record_add(r, a, "version", part(start->version));
    record_add(r, a, "status", number);
    record_add(r, a, "reason", part(start->reason));
}

bool http_decode(struct http_context c, struct bytes message, struct arena *a, struct datum *out,
                 struct http_found *why)
{
    struct record r = {.d = {.kind = DATUM_RECORD, .wire = message}};
    struct datum body, trailers = {0};
    struct http_start start;
    size_t pos = 0;

    if (http_read(c, message, true, UINT64_MAX, why) != HTTP_WHOLE || why->total != message.len)
        return false;
    http_start_read(c.kind, message, &pos, &start, why);
    start_fields(c.kind, &start, why->status, &r, a);
    record_add(&r, a, "headers", headers_read(message, &pos, a));
    body = part(bytes_slice(message, why->head, message.len));
    if (why->body == HTTP_BODY_CHUNKED) {
        body.bytes = chunks_read(message, &pos, a);
        trailers = headers_read(message, &pos, a);
    }
    record_add(&r, a, "body", body);
    if (trailers.n)
        record_add(&r, a, "trailers", trailers);
    *out = r.d;
    return true;
}

const struct datum *http_header(const struct datum *headers, const char *name)
{
    for (size_t i = 0; headers && headers->kind == DATUM_RECORD && i < headers->n; i++)
        if (http_same(bytes_of(headers->names[i]), name))
            return &headers->items[i];
    return NULL;
}

/* ---- encode ----------------------------------------------------------------------------------------------
 */

struct writer {
    enum http_kind kind;
    const struct datum *record, *headers;
    struct buf *out;
    const char **field; /* what cannot be written */
};

static bool cannot(struct writer *w, const char *field)
{
    *w->field = field;
    return false;
}

static bool is_scalar(const struct datum *d)
{
    return d->kind != DATUM_LIST && d->kind != DATUM_RECORD;
}

/* A given field that is worth something. */
static const struct datum *given(const struct writer *w, const char *name)
{
    const struct datum *d = datum_get(w->record, name);

    return d && d->kind != DATUM_NONE ? d : NULL;
}

static bool put_field(struct writer *w, const char *name, const char *otherwise, const char *behind)
{
    const struct datum *d = given(w, name);

    if (d && !is_scalar(d))
        return cannot(w, name);
    if (d)
        datum_text(d, w->out);
    else
        buf_text(w->out, otherwise);
    buf_text(w->out, behind);
    return true;
}

/* What is usually said with a status (RFC 9110, 15). */
static const char *reason_of(int64_t status)
{
    static const struct {
        int64_t status;
        const char *reason;
    } known[] = {
        {100, "Continue"},
        {101, "Switching Protocols"},
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {206, "Partial Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {303, "See Other"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {411, "Length Required"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {505, "HTTP Version Not Supported"},
    };

    for (size_t i = 0; i < array_len(known); i++)
        if (known[i].status == status)
            return known[i].reason;
    return "";
}

/* Given as a number or as its digits; 0: as no three of them. */
static int64_t status_of(const struct writer *w)
{
    _cleanup_buf_ struct buf text = BUF_INIT;
    const struct datum *d = given(w, "status");
    int64_t status = 0;

    if (!d)
        return 200;
    datum_text(d, &text);
    for (size_t i = 0; i < text.len; i++) {
        if (text.len != 3 || text.data[i] < '0' || text.data[i] > '9')
            return 0;
        status = 10 * status + (text.data[i] - '0');
    }
    return status;
}

static bool put_start(struct writer *w)
{
    if (w->kind == HTTP_REQUEST)
        return put_field(w, "method", "GET", " ") && put_field(w, "target", "/", " ") &&
               put_field(w, "version", "HTTP/1.1", "\r\n");
    return put_field(w, "version", "HTTP/1.1", " ") && put_field(w, "status", "200", " ") &&
           put_field(w, "reason", reason_of(status_of(w)), "\r\n");
}

static void put_header(struct writer *w, const char *name, const struct datum *value)
{
    if (value->kind == DATUM_NONE)
        return;
    buf_printf(w->out, "%s: ", name);
    datum_text(value, w->out);
    buf_text(w->out, "\r\n");
}

/* Headers, or trailers: a list is a line for each of its items. */
static bool put_headers(struct writer *w, const char *field)
{
    const struct datum *all = given(w, field);

    if (all && all->kind != DATUM_RECORD)
        return cannot(w, field);
    for (size_t i = 0; all && i < all->n; i++) {
        const struct datum *value = &all->items[i];
        bool several = value->kind == DATUM_LIST;

        for (size_t k = 0; k < (several ? value->n : 1); k++) {
            const struct datum *line = several ? &value->items[k] : value;

            if (!is_scalar(line))
                return cannot(w, field);
            put_header(w, all->names[i], line);
        }
    }
    return true;
}

static bool is_chunked(const struct writer *w)
{
    const struct datum *coding = http_header(w->headers, "Transfer-Encoding");

    return coding && coding->kind == DATUM_BYTES && http_same(coding->bytes, "chunked");
}

static void put_chunk(struct writer *w, struct bytes content)
{
    if (!content.len)
        return; /* it would be the last one */
    buf_printf(w->out, "%zx\r\n", content.len);
    buf_append(w->out, content);
    buf_text(w->out, "\r\n");
}

/* Appends the body, in chunks or as it is. */
static bool put_body(struct writer *w, bool in_chunks)
{
    const struct datum *body = given(w, "body");
    bool several = body && body->kind == DATUM_LIST;

    for (size_t i = 0; body && i < (several ? body->n : 1); i++) {
        _cleanup_buf_ struct buf text = BUF_INIT;
        const struct datum *piece = several ? &body->items[i] : body;

        if (!is_scalar(piece))
            return cannot(w, "body");
        datum_text(piece, &text);
        if (in_chunks)
            put_chunk(w, buf_view(&text));
        else
            buf_append(w->out, buf_view(&text));
    }
    if (!in_chunks)
        return true;
    buf_text(w->out, "0\r\n");
    if (!put_headers(w, "trailers"))
        return false;
    buf_text(w->out, "\r\n");
    return true;
}

/* Whether the length of a body, be it 0, is to be told. */
static bool tells_length(const struct writer *w)
{
    int64_t status = status_of(w);

    if (http_header(w->headers, "Content-Length") || http_header(w->headers, "Transfer-Encoding"))
        return false;
    if (w->kind == HTTP_REQUEST)
        return given(w, "body") != NULL;
    return status >= 200 && status != 204 && status != 304;
}

bool http_encode(enum http_kind kind, const struct datum *record, struct buf *out, const char **field)
{
    _cleanup_buf_ struct buf body = BUF_INIT;
    struct writer w = {kind, record, datum_get(record, "headers"), out, field};

    if (!put_start(&w) || !put_headers(&w, "headers"))
        return false;
    w.out = &body;
    if (!put_body(&w, is_chunked(&w)))
        return false;
    if (tells_length(&w))
        buf_printf(out, "Content-Length: %zu\r\n", body.len);
    buf_text(out, "\r\n");
    buf_append(out, buf_view(&body));
    return true;
}
