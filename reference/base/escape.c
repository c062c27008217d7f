/*
 * escape.c - hostile bytes made printable.
 *
 * What is let through is listed, not what is stopped: printable ASCII, and for running text the code points
 * that neither move the cursor nor change the order of what is around them. Invalid UTF-8 is escaped byte by
 * byte, so nothing is lost or merged, and an escaped text that is escaped again stays as it is.
 */
#include "base/escape.h"
#include "base/mem.h"

#include <string.h>

static const char hex[] = "0123456789abcdef";

/* ---- as a C string ------------------------------------------------------------------------------------- */

/* The escape of one byte, without its NUL. A NUL byte before a digit is \x00, for \01 would read as another
 * byte. */
static size_t c_escape(uint8_t byte, bool digit_follows, char out[4])
{
    static const char plain[] = "\n\r\t\"\\", letter[] = "nrt\"\\";
    const char *found = byte ? strchr(plain, byte) : NULL;

    out[0] = '\\';
    if (found) {
        out[1] = letter[found - plain];
        return 2;
    }
    if (byte == 0 && !digit_follows) {
        out[1] = '0';
        return 2;
    }
    if (byte >= 0x20 && byte < 0x7f) {
        out[0] = (char)byte;
        return 1;
    }
    out[1] = 'x';
    out[2] = hex[byte >> 4];
    out[3] = hex[byte & 15];
    return 4;
}

static size_t c_escape_at(struct bytes b, size_t i, char out[4])
{
    bool digit = i + 1 < b.len && b.data[i + 1] >= '0' && b.data[i + 1] <= '9';

    return c_escape(b.data[i], digit, out);
}

void escape_c(struct buf *out, struct bytes b)
{
    char text[4];

    for (size_t i = 0; i < b.len; i++)
        buf_append(out, (struct bytes){(uint8_t *)text, c_escape_at(b, i, text)});
}

size_t escape_c_column(struct bytes b, size_t offset)
{
    size_t column = 0;
    char text[4];

    for (size_t i = 0; i < b.len && i < offset; i++)
        column += c_escape_at(b, i, text);
    return column;
}

/* ---- as running text ----------------------------------------------------------------------------------- */

/* Length of the well-formed UTF-8 sequence at b.data[at] and its code point (Unicode 15, table 3-7: no
 * overlong forms, no surrogates), or 0. */
static size_t utf8_next(struct bytes b, size_t at, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t first = b.data[at];
    size_t len = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 0;

    if (len == 0 || first > 0xf4 || len > b.len - at)
        return 0;
    *code = len == 1 ? first : first & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((b.data[at + i] & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | (b.data[at + i] & 0x3f);
    }
    if (*code < least[len] || *code > 0x10ffff || (*code >= 0xd800 && *code <= 0xdfff))
        return 0;
    return len;
}

/* Code points that show nothing and do something: controls, marks of direction, invisible joiners and spaces,
 * line separators, tags, and what is no character at all. */
static bool code_is_hostile(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0x7f, 0x9f},     {0xad, 0xad},       {0x34f, 0x34f},      {0x61c, 0x61c},   {0x115f, 0x1160},
        {0x17b4, 0x17b5}, {0x180b, 0x180f},   {0x200b, 0x200f},    {0x2028, 0x202e}, {0x2060, 0x206f},
        {0x3164, 0x3164}, {0xe000, 0xf8ff},   {0xfdd0, 0xfdef},    {0xfeff, 0xfeff}, {0xffa0, 0xffa0},
        {0xfff0, 0xfffb}, {0xe0000, 0xe0fff}, {0xf0000, 0x10ffff},
    };

    if (code == '\n' || code == '\t')
        return false;
    if (code < 0x20 || (code & 0xfffe) == 0xfffe)
        return true;
    for (size_t i = 0; i < array_len(ranges); i++)
        if (code >= ranges[i].first && code <= ranges[i].last)
            return true;
    return false;
}

/* Bytes of b from `at` on that may be shown together as they are, or 0: then one byte is to be escaped. */
static size_t text_run(struct bytes b, size_t at)
{
    uint32_t code;
    size_t len = utf8_next(b, at, &code);

    return len && !code_is_hostile(code) ? len : 0;
}

static void put_hex(struct buf *out, uint8_t byte)
{
    buf_append(out,
               (struct bytes){(uint8_t[]){'\\', 'x', (uint8_t)hex[byte >> 4], (uint8_t)hex[byte & 15]}, 4});
}

void escape_text(struct buf *out, struct bytes b)
{
    for (size_t i = 0; i < b.len;) {
        size_t run = text_run(b, i);

        if (run)
            buf_append(out, bytes_slice(b, i, run));
        else
            put_hex(out, b.data[i]);
        i += run ? run : 1;
    }
}

/* ---- as XML -------------------------------------------------------------------------------------------- */

static const char *xml_entity(uint8_t byte)
{
    switch (byte) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&apos;";
    default: return NULL;
    }
}

void escape_xml(struct buf *out, struct bytes b)
{
    for (size_t i = 0; i < b.len;) {
        const char *entity = xml_entity(b.data[i]);
        size_t run = text_run(b, i);

        if (entity)
            buf_text(out, entity);
        else if (run)
            buf_append(out, bytes_slice(b, i, run));
        else
            put_hex(out, b.data[i]);
        i += run ? run : 1;
    }
}
