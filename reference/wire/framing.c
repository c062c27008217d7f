/*
 * framing.c - finds and makes frames. Every function is pure and restarts from the first byte: whoever reads
 * a stream asks again when more came, and gets the same answer however the bytes had been cut.
 */
#include "wire/framing.h"
#include "base/escape.h"
#include "wire/message.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static uint64_t body_limit(const struct framing *f)
{
    return f->max && f->max < FRAMING_BOUND ? f->max : FRAMING_BOUND;
}

static enum framed take(struct bytes in, size_t header, size_t body, size_t trailer, struct frame *out)
{
    out->body = bytes_slice(in, header, body);
    out->header = header;
    out->total = header + body + trailer;
    return FRAMED_MESSAGE;
}

/* How many bytes at the end of `in` may be the beginning of the delimiter. */
static size_t delimiter_begun(struct bytes in, struct bytes delimiter)
{
    size_t n = delimiter.len - 1 < in.len ? delimiter.len - 1 : in.len;

    while (n && memcmp(in.data + in.len - n, delimiter.data, n) != 0)
        n--;
    return n;
}

static enum framed next_delimited(const struct framing *f, struct bytes in, struct frame *out)
{
    uint64_t limit = body_limit(f);
    /* A delimiter that begins after the limit ends a body that is too long: not looked for. */
    struct bytes near = bytes_slice(in, 0, (size_t)limit + f->delimiter.len);
    const uint8_t *end = bytes_find(near, f->delimiter);

    if (end)
        return take(in, 0, (size_t)(end - in.data), f->delimiter.len, out);
    return in.len - delimiter_begun(in, f->delimiter) > limit ? FRAMED_TOO_LONG : FRAMED_PARTIAL;
}

static enum framed next_fixed(const struct framing *f, struct bytes in, struct frame *out)
{
    if (f->size > body_limit(f))
        return FRAMED_TOO_LONG;
    return in.len < f->size ? FRAMED_PARTIAL : take(in, 0, f->size, 0, out);
}

/* The byte of a length field that has the weight 256^i. */
static size_t length_place(const struct framing *f, unsigned i)
{
    return f->little ? i : f->width - 1 - i;
}

static enum framed next_counted(const struct framing *f, struct bytes in, struct frame *out)
{
    uint64_t body;

    if (in.len < f->width)
        return FRAMED_PARTIAL;
    out->header = f->width;
    for (unsigned i = 0; i < f->width; i++)
        out->announced |= (uint64_t)in.data[length_place(f, i)] << (8 * i);
    body = out->announced;
    if (f->counts_all && body < f->width)
        return FRAMED_INVALID;
    if (f->counts_all)
        body -= f->width;
    if (body > body_limit(f))
        return FRAMED_TOO_LONG;
    return in.len - f->width < body ? FRAMED_PARTIAL : take(in, f->width, (size_t)body, 0, out);
}

/* How many digits `in` begins with, and the number they make: UINT64_MAX when they make more. */
static size_t read_decimal(struct bytes in, uint64_t *number)
{
    size_t n = 0;

    for (*number = 0; n < in.len && in.data[n] >= '0' && in.data[n] <= '9'; n++)
        if (__builtin_mul_overflow(*number, 10, number) ||
            __builtin_add_overflow(*number, (uint64_t)(in.data[n] - '0'), number))
            *number = UINT64_MAX;
    return n;
}

/* Leading zeros are a number too; a sign or a space is none. */
static enum framed next_ascii(const struct framing *f, struct bytes in, struct frame *out)
{
    struct bytes near = bytes_slice(in, 0, FRAMING_DIGITS + 1);
    uint64_t number;
    size_t digits = read_decimal(near, &number), header = digits + f->delimiter.len;
    struct bytes until = bytes_slice(in, digits, f->delimiter.len);

    if (digits > FRAMING_DIGITS || (digits == 0 && in.len))
        return FRAMED_INVALID;
    if (!bytes_equal(until, bytes_slice(f->delimiter, 0, until.len)))
        return FRAMED_INVALID;
    if (in.len < header)
        return FRAMED_PARTIAL;
    out->header = header;
    out->announced = number;
    if (number > body_limit(f))
        return FRAMED_TOO_LONG;
    return in.len - header < number ? FRAMED_PARTIAL : take(in, header, (size_t)number, 0, out);
}

static enum framed next_whole(const struct framing *f, struct bytes in, struct frame *out)
{
    if (in.len > body_limit(f))
        return FRAMED_TOO_LONG;
    return take(in, 0, in.len, 0, out);
}

/* The first message, in order of definition, that is there or may come to be there: so the answer is the same
 * however the bytes were cut. */
static enum framed next_fields(const struct framing *f, struct bytes in, struct frame *out)
{
    struct arena arena = {0};
    struct message_reading how = {.set = f->messages, .arena = &arena, .stream = true, .framing = true};
    struct message_read read = {0};
    enum decoded got =
        in.len ? message_decode_any(&how, (enum message_from)f->from, NULL, in, &read) : DECODE_PARTIAL;
    size_t len = got == DECODED ? read.used : in.len;

    arena_deinit(&arena);
    if (got == DECODE_OTHER || len == 0)
        return got == DECODE_PARTIAL ? FRAMED_PARTIAL : FRAMED_INVALID;
    if (len > body_limit(f))
        return FRAMED_TOO_LONG;
    return got == DECODED ? take(in, 0, len, 0, out) : FRAMED_PARTIAL;
}

static enum framed next_http(const struct framing *f, struct bytes in, bool ended, struct frame *out)
{
    switch (http_read(f->http, in, ended, body_limit(f), &out->http)) {
    case HTTP_WHOLE: return take(in, 0, out->http.total, 0, out);
    case HTTP_PARTIAL: return FRAMED_PARTIAL;
    case HTTP_BROKEN: break;
    }
    return out->http.problem == HTTP_BODY_TOO_LONG ? FRAMED_TOO_LONG : FRAMED_INVALID;
}

enum framed framing_next(const struct framing *f, struct bytes in, struct frame *out)
{
    *out = (struct frame){0};
    switch (f->kind) {
    case FRAMING_NONE: return in.len ? next_whole(f, in, out) : FRAMED_PARTIAL;
    case FRAMING_DELIMITER: return next_delimited(f, in, out);
    case FRAMING_FIXED: return next_fixed(f, in, out);
    case FRAMING_LENGTH: return next_counted(f, in, out);
    case FRAMING_ASCII: return next_ascii(f, in, out);
    case FRAMING_EOF: return in.len > body_limit(f) ? FRAMED_TOO_LONG : FRAMED_PARTIAL;
    case FRAMING_FIELDS: return next_fields(f, in, out);
    case FRAMING_HTTP: return next_http(f, in, false, out);
    case FRAMING_DATAGRAM: return next_whole(f, in, out);
    }
    return FRAMED_INVALID;
}

enum framed framing_last(const struct framing *f, struct bytes in, struct frame *out)
{
    if (f->kind != FRAMING_EOF && f->kind != FRAMING_HTTP)
        return framing_next(f, in, out);
    *out = (struct frame){0};
    return f->kind == FRAMING_HTTP ? next_http(f, in, true, out) : next_whole(f, in, out);
}

static int put_length(const struct framing *f, size_t body, struct buf *out)
{
    uint64_t number = body;
    size_t at = out->len;

    if (f->counts_all && __builtin_add_overflow(number, f->width, &number))
        return -EMSGSIZE;
    if (f->width < 8 && number >> (8 * f->width))
        return -EMSGSIZE;
    buf_reserve(out, f->width);
    out->len += f->width;
    for (unsigned i = 0; i < f->width; i++)
        out->data[at + length_place(f, i)] = (uint8_t)(number >> (8 * i));
    return 0;
}

int framing_encode(const struct framing *f, struct bytes body, struct buf *out)
{
    int err = f->kind == FRAMING_LENGTH ? put_length(f, body.len, out) : 0;

    if (err)
        return err;
    if (f->kind == FRAMING_ASCII) {
        buf_printf(out, "%zu", body.len);
        buf_append(out, f->delimiter);
    }
    buf_append(out, body);
    if (f->kind == FRAMING_DELIMITER)
        buf_append(out, f->delimiter);
    return 0;
}

/* Keeps those of two offsets that lie strictly inside. */
static size_t inside(struct bytes frame, size_t a, size_t b, size_t edges[2])
{
    size_t n = 0;

    if (a > 0 && a < frame.len)
        edges[n++] = a;
    if (b > a && b < frame.len)
        edges[n++] = b;
    return n;
}

static size_t ascii_edges(const struct framing *f, struct bytes frame, size_t edges[2])
{
    uint64_t number;
    size_t digits = read_decimal(frame, &number), n = f->delimiter.len;

    if (!digits || !bytes_equal(bytes_slice(frame, digits, n), f->delimiter))
        return 0;
    return inside(frame, digits, digits + n, edges);
}

/* Behind the start line, and behind the headers. */
static size_t http_edges(struct bytes frame, size_t edges[2])
{
    const uint8_t *line = bytes_find(frame, bytes_of("\r\n"));
    const uint8_t *empty = bytes_find(frame, bytes_of("\r\n\r\n"));

    return inside(frame, line ? (size_t)(line - frame.data) + 2 : 0,
                  empty ? (size_t)(empty - frame.data) + 4 : 0, edges);
}

size_t framing_edges(const struct framing *f, struct bytes frame, size_t edges[2])
{
    size_t n = f->delimiter.len;

    switch (f->kind) {
    case FRAMING_LENGTH: return inside(frame, f->width, 0, edges);
    case FRAMING_ASCII: return ascii_edges(f, frame, edges);
    case FRAMING_DELIMITER:
        if (frame.len <= n || !bytes_equal(bytes_slice(frame, frame.len - n, n), f->delimiter))
            return 0;
        return inside(frame, frame.len - n, 0, edges);
    case FRAMING_HTTP: return http_edges(frame, edges);
    case FRAMING_FIELDS:
    case FRAMING_NONE:
    case FRAMING_FIXED:
    case FRAMING_EOF:
    case FRAMING_DATAGRAM: break;
    }
    return 0;
}

static const char *name_delimited(const struct framing *f, const char *what, char out[48])
{
    _cleanup_buf_ struct buf text = BUF_INIT;

    escape_c(&text, f->delimiter);
    if (text.len > 20)
        snprintf(out, 48, "%s \"%.20s…\"", what, (const char *)text.data);
    else
        snprintf(out, 48, "%s \"%.*s\"", what, (int)text.len, (const char *)text.data);
    return out;
}

static const char *name_delimiter(const struct framing *f, char out[48])
{
    if (bytes_equal(f->delimiter, bytes_of("\n")))
        return "line";
    if (bytes_equal(f->delimiter, bytes_of("\r\n")))
        return "crlf";
    return name_delimited(f, "delimiter", out);
}

const char *framing_name(const struct framing *f, char out[48])
{
    switch (f->kind) {
    case FRAMING_NONE: return "none";
    case FRAMING_DELIMITER: return name_delimiter(f, out);
    case FRAMING_ASCII: return name_delimited(f, "ascii-length until", out);
    case FRAMING_EOF: return "eof";
    case FRAMING_FIELDS: return "fields";
    case FRAMING_HTTP: return "http";
    case FRAMING_FIXED: snprintf(out, 48, "fixed %zu", f->size); return out;
    case FRAMING_LENGTH:
        snprintf(out, 48, "u%u%s length%s", 8 * f->width,
                 f->width == 1 ? ""
                 : f->little   ? "le"
                               : "be",
                 f->counts_all ? " that counts itself" : "");
        return out;
    case FRAMING_DATAGRAM: return "datagram";
    }
    return "none";
}
