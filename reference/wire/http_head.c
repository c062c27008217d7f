/*
 * http_head.c - see http_head.h. Of several problems in a line the first counts, and its text comes before
 * its end: so a line that is no HTTP at all is not told that its CR is missing.
 */
#include "wire/http_head.h"

#include <string.h>

enum http_state http_broken(struct http_found *out, enum http_problem problem, size_t at)
{
    out->problem = problem;
    out->at = at;
    return HTTP_BROKEN;
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

bool http_same(struct bytes a, const char *b)
{
    struct bytes other = bytes_of(b);

    if (a.len != other.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.data[i]) != lower(other.data[i]))
            return false;
    return true;
}

/* ---- classes of bytes (RFC 9110, 5.5 and 5.6) ------------------------------------------------------------
 */

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_token(uint8_t c)
{
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static bool is_visible(uint8_t c)
{
    return c > ' ' && c < 0x7f;
}

static bool is_text(uint8_t c)
{
    return is_visible(c) || is_blank(c) || c >= 0x80;
}

static bool is_chunk_digit(uint8_t c)
{
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f');
}

/* How many bytes of b, from `from` on, are of one class. */
static size_t run(struct bytes b, size_t from, bool (*is)(uint8_t c))
{
    size_t n = 0;

    while (from + n < b.len && is(b.data[from + n]))
        n++;
    return n;
}

/* ---- lines -----------------------------------------------------------------------------------------------
 */

struct line {
    struct bytes text;         /* without its end; as much of it as is there */
    enum http_state state;     /* of the end: whole, not there yet, or wrong */
    enum http_problem problem; /* HTTP_BROKEN */
};

static bool ends_line(uint8_t c)
{
    return c == '\r' || c == '\n';
}

static bool in_line(uint8_t c)
{
    return !ends_line(c);
}

static struct line line_at(struct bytes in, size_t pos)
{
    size_t n = run(in, pos, in_line), end = pos + n;
    struct line l = {.text = bytes_slice(in, pos, n), .state = HTTP_PARTIAL};

    if (end == in.len || (in.data[end] == '\r' && end + 1 == in.len))
        return l;
    if (in.data[end] == '\r' && in.data[end + 1] == '\n')
        l.state = HTTP_WHOLE;
    else {
        l.state = HTTP_BROKEN;
        l.problem = in.data[end] == '\n' ? HTTP_BARE_LF : HTTP_BARE_CR;
    }
    return l;
}

/* After its text was found right. */
static enum http_state line_end(const struct line *l, size_t *pos, struct http_found *out)
{
    if (l->state == HTTP_BROKEN)
        return http_broken(out, l->problem, *pos + l->text.len);
    if (l->state == HTTP_WHOLE)
        *pos += l->text.len + 2;
    return l->state;
}

/* ---- the start line --------------------------------------------------------------------------------------
 */

/* "HTTP/1.1", or another 1.x. */
static bool is_version(struct bytes b)
{
    return b.len == 8 && memcmp(b.data, "HTTP/1.", 7) == 0 && is_digit(b.data[7]);
}

/* Whatever else is there of a line: this much must be right, even before the line has ended. */
static enum http_state request_begins(struct bytes text, bool more, size_t pos, struct http_found *out)
{
    size_t n = run(text, 0, is_token);

    if (n == text.len)
        return more ? HTTP_PARTIAL : http_broken(out, HTTP_NO_START, pos);
    if (n == 0)
        return http_broken(out, HTTP_NO_START, pos);
    return text.data[n] == ' ' ? HTTP_WHOLE : http_broken(out, HTTP_BAD_METHOD, pos + n);
}

static enum http_state request_line(struct bytes text, size_t pos, struct http_start *start,
                                    struct http_found *out)
{
    size_t method = run(text, 0, is_token), target = run(text, method + 1, is_visible);
    size_t at = method + 1 + target;

    start->method = bytes_slice(text, 0, method);
    start->target = bytes_slice(text, method + 1, target);
    if (target == 0 || (at < text.len && text.data[at] != ' '))
        return http_broken(out, HTTP_BAD_TARGET, pos + at);
    start->version = bytes_slice(text, at + 1, text.len);
    return is_version(start->version) ? HTTP_WHOLE : http_broken(out, HTTP_BAD_VERSION, pos + at);
}

static enum http_state response_begins(struct bytes text, bool more, size_t pos, struct http_found *out)
{
    struct bytes name = bytes_of("HTTP/");
    size_t n = 0;

    while (n < text.len && n < name.len && text.data[n] == name.data[n])
        n++;
    if (n < name.len && (n < text.len || !more))
        return http_broken(out, HTTP_NO_START, pos);
    return n < name.len ? HTTP_PARTIAL : HTTP_WHOLE;
}

static enum http_state status_line(struct bytes text, size_t pos, struct http_start *start,
                                   struct http_found *out)
{
    size_t version = run(text, 0, is_visible), digits = run(text, version + 1, is_digit);
    size_t end = version + 1 + digits, reason;

    start->version = bytes_slice(text, 0, version);
    if (!is_version(start->version))
        return http_broken(out, HTTP_BAD_VERSION, pos);
    if (digits != 3 || text.data[version] != ' ' || text.data[version + 1] < '1' ||
        text.data[version + 1] > '5')
        return http_broken(out, HTTP_BAD_STATUS, pos + version);
    start->status = bytes_slice(text, version + 1, 3);
    out->status = (unsigned)(100 * (start->status.data[0] - '0') + 10 * (start->status.data[1] - '0') +
                             (start->status.data[2] - '0'));
    if (end == text.len)
        return http_broken(out, HTTP_NO_STATUS_SPACE, pos + end);
    if (text.data[end] != ' ')
        return http_broken(out, HTTP_BAD_STATUS, pos + end);
    start->reason = bytes_slice(text, end + 1, text.len);
    reason = run(start->reason, 0, is_text);
    return reason == start->reason.len ? HTTP_WHOLE
                                       : http_broken(out, HTTP_BAD_REASON, pos + end + 1 + reason);
}

enum http_state http_start_read(enum http_kind kind, struct bytes in, size_t *pos, struct http_start *start,
                                struct http_found *out)
{
    struct line l = line_at(in, *pos);
    bool more = l.state == HTTP_PARTIAL;
    enum http_state s;

    *start = (struct http_start){0};
    if (!l.text.len && more)
        return HTTP_PARTIAL;
    if (!l.text.len)
        return http_broken(out, HTTP_EMPTY_START, *pos);
    s = kind == HTTP_REQUEST ? request_begins(l.text, more, *pos, out)
                             : response_begins(l.text, more, *pos, out);
    if (s != HTTP_WHOLE || more)
        return s == HTTP_BROKEN ? s : HTTP_PARTIAL;
    s = kind == HTTP_REQUEST ? request_line(l.text, *pos, start, out) : status_line(l.text, *pos, start, out);
    return s == HTTP_WHOLE ? line_end(&l, pos, out) : s;
}

/* ---- header fields ---------------------------------------------------------------------------------------
 */

static enum http_state name_read(struct bytes text, size_t pos, struct http_field *field,
                                 struct http_found *out)
{
    const uint8_t *colon = memchr(text.data, ':', text.len);
    size_t n = colon ? (size_t)(colon - text.data) : 0, token = run(text, 0, is_token);

    if (is_blank(text.data[0]))
        return http_broken(out, HTTP_FOLDED, pos);
    if (!colon)
        return http_broken(out, HTTP_NO_COLON, pos);
    field->name = bytes_slice(text, 0, n);
    if (n && token == n)
        return HTTP_WHOLE;
    return http_broken(
        out, token && token + run(text, token, is_blank) == n ? HTTP_SPACE_BEFORE_COLON : HTTP_BAD_NAME,
        pos + token);
}

static enum http_state value_read(struct bytes text, size_t pos, struct http_field *field,
                                  struct http_found *out)
{
    size_t from = field->name.len + 1, end = text.len, right = run(text, from, is_text);

    if (from + right < text.len)
        return http_broken(out, HTTP_BAD_VALUE, pos + from + right);
    from += run(text, from, is_blank);
    while (end > from && is_blank(text.data[end - 1]))
        end--;
    field->value = bytes_slice(text, from, end - from);
    return HTTP_WHOLE;
}

enum http_state http_field_read(struct bytes in, size_t *pos, struct http_field *field,
                                struct http_found *out)
{
    struct line l = line_at(in, *pos);
    enum http_state s;

    *field = (struct http_field){0};
    if (l.state == HTTP_PARTIAL)
        return HTTP_PARTIAL;
    if (!l.text.len)
        return line_end(&l, pos, out);
    s = name_read(l.text, *pos, field, out);
    if (s == HTTP_WHOLE)
        s = value_read(l.text, *pos, field, out);
    return s == HTTP_WHOLE ? line_end(&l, pos, out) : s;
}

/* ---- chunks ----------------------------------------------------------------------------------------------
 */

enum http_state http_chunk_read(struct bytes in, size_t *pos, uint64_t *size, struct http_found *out)
{
    struct line l = line_at(in, *pos);
    size_t digits = run(l.text, 0, is_chunk_digit), rest = run(l.text, digits, is_text);

    *size = 0;
    for (size_t i = 0; i < digits; i++) {
        uint8_t c = lower(l.text.data[i]);
        uint64_t digit = is_digit(c) ? (uint64_t)(c - '0') : (uint64_t)(c - 'a' + 10);

        *size = *size > (UINT64_MAX >> 4) ? UINT64_MAX : *size << 4 | digit;
    }
    if (l.state == HTTP_PARTIAL && digits == l.text.len)
        return HTTP_PARTIAL;
    /* What stands behind a semicolon, an extension, may be ignored. */
    if (!digits || (digits < l.text.len && (l.text.data[digits] != ';' || digits + rest < l.text.len)))
        return http_broken(out, HTTP_BAD_CHUNK_SIZE, *pos + digits);
    return line_end(&l, pos, out);
}
