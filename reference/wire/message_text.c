/* message_text.c - the holes of texts: which bytes are a value, and how a value is written. */
#include "wire/message_parts.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool field_is_text(const struct message_field *f)
{
    return f->kind >= FIELD_INT && f->kind <= FIELD_REGEX;
}

static size_t digits(struct bytes in, size_t from)
{
    size_t n = 0;

    while (from + n < in.len && isdigit(in.data[from + n]))
        n++;
    return n;
}

static size_t decimal_prefix(struct bytes in, bool sign, bool fraction)
{
    size_t at = sign && in.len && in.data[0] == '-', n = digits(in, at);

    at += n;
    if (n && fraction && at < in.len && in.data[at] == '.')
        at += 1 + digits(in, at + 1);
    return at;
}

static bool is_of(enum field_kind kind, uint8_t c)
{
    switch (kind) {
    case FIELD_HEX: return isxdigit(c);
    case FIELD_WORD: return c > ' ' && c != 0x7f;
    case FIELD_PATH: return c >= ' ' && c != 0x7f;
    case FIELD_LINE: return c != '\n' && c != '\r';
    case FIELD_TEXT:
    case FIELD_REGEX:
    case FIELD_LITERAL:
    case FIELD_INT:
    case FIELD_UINT:
    case FIELD_DECIMAL:
    case FIELD_BYTES:
    case FIELD_INTEGER:
    case FIELD_FLOAT:
    case FIELD_BITS:
    case FIELD_ASCII:
    case FIELD_CSTRING:
    case FIELD_ENUM:
    case FIELD_LIST: break;
    }
    return true;
}

size_t text_prefix(const struct message_field *f, struct bytes in)
{
    size_t n = 0;

    if (f->kind == FIELD_INT || f->kind == FIELD_UINT || f->kind == FIELD_DECIMAL)
        return decimal_prefix(in, f->kind != FIELD_UINT, f->kind == FIELD_DECIMAL);
    while (n < in.len && is_of(f->kind, in.data[n]))
        n++;
    return n;
}

/* ---- values -------------------------------------------------------------------------------------- */

static bool number(struct bytes in, unsigned base, uint64_t *out)
{
    for (*out = 0; in.len; in = bytes_slice(in, 1, in.len)) {
        uint8_t c = in.data[0];
        uint64_t digit = isdigit(c) ? (uint64_t)(c - '0') : (uint64_t)(tolower(c) - 'a' + 10);

        if (__builtin_mul_overflow(*out, base, out) || __builtin_add_overflow(*out, digit, out))
            return false;
    }
    return true;
}

static bool integer(const struct message_field *f, struct bytes in, struct datum *out)
{
    bool negative = in.data[0] == '-';
    uint64_t n;

    if (!number(bytes_slice(in, negative, in.len), f->kind == FIELD_HEX ? 16 : 10, &n))
        return false;
    if (negative && n > UINT64_C(1) << 63)
        return false;
    *out = negative ? datum_int((int64_t)(0 - n)) : datum_uint(n);
    return true;
}

static struct datum decimal(struct bytes in)
{
    _cleanup_buf_ struct buf text = BUF_INIT;

    buf_append(&text, in);
    buf_byte(&text, 0);
    return (struct datum){.kind = DATUM_REAL, .real = strtod((const char *)text.data, NULL)};
}

/* Whether a number stands there, whose last byte is a digit. */
static bool is_whole_number(struct bytes in)
{
    return in.len && isxdigit(in.data[in.len - 1]);
}

bool text_read(const struct message_field *f, struct bytes in, struct datum *out, size_t *wrong, bool *range)
{
    *range = false;
    *wrong = text_prefix(f, in);
    if (*wrong < in.len)
        return false;
    *out = datum_bytes(in);
    switch (f->kind) {
    case FIELD_INT:
    case FIELD_UINT:
    case FIELD_HEX:
        if (!is_whole_number(in))
            return false;
        *range = !integer(f, in, out);
        *wrong = 0;
        return !*range;
    case FIELD_DECIMAL:
        if (!is_whole_number(in))
            return false;
        *out = decimal(in);
        *range = out->real - out->real != 0; /* infinite */
        return !*range;
    case FIELD_WORD:
    case FIELD_PATH: return in.len > 0;
    case FIELD_REGEX: *wrong = 0; return regex_match(f->regex, in) == MATCHED;
    case FIELD_LINE:
    case FIELD_TEXT:
    case FIELD_LITERAL:
    case FIELD_BYTES:
    case FIELD_INTEGER:
    case FIELD_FLOAT:
    case FIELD_BITS:
    case FIELD_ASCII:
    case FIELD_CSTRING:
    case FIELD_ENUM:
    case FIELD_LIST: break;
    }
    return true;
}

#define REAL_ROOM 800 /* DBL_MAX in digits, or 340 of them behind the point */

/* The fewest digits that read back as the same number; without an exponent, which the holes do not know. */
static void write_real(double real, struct buf *out)
{
    char text[REAL_ROOM];
    size_t len;

    for (int precision = 15; precision <= 17; precision++) {
        snprintf(text, sizeof text, "%.*g", precision, real);
        if (strtod(text, NULL) - real == 0)
            break;
    }
    if (strchr(text, 'e')) {
        len = (size_t)snprintf(text, sizeof text, "%.340f", real);
        while (len > 2 && text[len - 1] == '0' && text[len - 2] != '.')
            text[--len] = 0;
    }
    buf_text(out, text);
}

void text_write(const struct message_field *f, const struct datum *value, struct buf *out)
{
    if (f->kind == FIELD_HEX && (value->kind == DATUM_INT || value->kind == DATUM_UINT))
        buf_printf(out, "%llx", (unsigned long long)value->i);
    else if (value->kind == DATUM_REAL)
        write_real(value->real, out);
    else
        datum_text(value, out);
}
