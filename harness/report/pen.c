/* pen.c - see pen.h. Text is made clean first (escaped, one line, ASCII if asked), then measured and written.
 */
#include "report/pen.h"
#include "base/escape.h"
#include "base/mem.h"

#include <string.h>

static const char *const glyphs[][2] = {
    [GLYPH_PASS] = {"✓", "+"},     [GLYPH_FAIL] = {"✗", "x"},   [GLYPH_NOT_RUN] = {"–", "-"},
    [GLYPH_ERROR] = {"!", "!"},    [GLYPH_TO] = {"→", "->"},    [GLYPH_FROM] = {"←", "<-"},
    [GLYPH_CUT] = {"┊", "|"},      [GLYPH_MORE] = {"…", "..."}, [GLYPH_BAR] = {"│", "|"},
    [GLYPH_DOT] = {"·", "-"},      [GLYPH_RULE] = {"─", "-"},   [GLYPH_CARET] = {"^", "^"},
    [GLYPH_SCISSORS] = {"✂", "x"},
};

struct pen pen_on(struct buf *out, unsigned width, bool colour, bool ascii)
{
    width = width == 0 ? 80 : width < 60 ? 60 : width > 110 ? 110 : width;
    return (struct pen){.out = out, .width = width, .colour = colour, .ascii = ascii};
}

/* ---- characters ---------------------------------------------------------------------------------------- */

/* The character at text[at], which is valid UTF-8: its bytes and its code point. */
static size_t character(struct bytes text, size_t at, uint32_t *code)
{
    uint8_t first = text.data[at];
    size_t len = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;

    if (len > text.len - at)
        len = text.len - at;
    *code = len == 1 ? first : first & (0x7fu >> len);
    for (size_t i = 1; i < len; i++)
        *code = *code << 6 | (text.data[at + i] & 0x3f);
    return len;
}

/* Columns of a character: marks that sit on another one take none, East Asian wide ones and emoji take two.
 */
static unsigned character_width(uint32_t code)
{
    static const struct {
        uint32_t first, last;
        unsigned width;
    } ranges[] = {
        {0x300, 0x36f, 0},     {0x483, 0x489, 0},     {0x591, 0x5bd, 0},     {0x64b, 0x65f, 0},
        {0x1ab0, 0x1aff, 0},   {0x1dc0, 0x1dff, 0},   {0x20d0, 0x20ff, 0},   {0xfe00, 0xfe0f, 0},
        {0xfe20, 0xfe2f, 0},   {0x1100, 0x115e, 2},   {0x2e80, 0x303e, 2},   {0x3041, 0xa4cf, 2},
        {0xac00, 0xd7a3, 2},   {0xf900, 0xfaff, 2},   {0xfe30, 0xfe6f, 2},   {0xff00, 0xff60, 2},
        {0xffe0, 0xffe6, 2},   {0x1f300, 0x1f64f, 2}, {0x1f680, 0x1f6ff, 2}, {0x1f900, 0x1f9ff, 2},
        {0x20000, 0x3fffd, 2},
    };

    for (size_t i = 0; i < array_len(ranges); i++)
        if (code >= ranges[i].first && code <= ranges[i].last)
            return ranges[i].width;
    return 1;
}

/* How a terminal without UTF-8 gets a character: our own punctuation has a twin, the rest is not shown. */
static const char *ascii_twin(uint32_t code)
{
    switch (code) {
    case 0x2026: return "...";
    case 0x2013:
    case 0x2014:
    case 0xb7: return "-";
    case 0x2018:
    case 0x2019: return "'";
    case 0x201c:
    case 0x201d: return "\"";
    case 0x2192: return "->";
    case 0x2190: return "<-";
    case 0x250a:
    case 0x2502: return "|";
    case 0xd7: return "x";
    case 0x2264: return "<=";
    case 0x2265: return ">=";
    default: return "?";
    }
}

/* Escaped, on one line, and in ASCII when the pen has no other: what pen_text writes. */
static void clean(const struct pen *p, struct bytes text, struct buf *out)
{
    _cleanup_buf_ struct buf escaped = BUF_INIT;
    struct bytes all;
    uint32_t code;

    escape_text(&escaped, text);
    all = buf_view(&escaped);
    for (size_t i = 0, n; i < all.len; i += n) {
        n = character(all, i, &code);
        if (code == '\n' || code == '\t')
            buf_byte(out, ' ');
        else if (p->ascii && code > 0x7e)
            buf_text(out, ascii_twin(code));
        else
            buf_append(out, bytes_slice(all, i, n));
    }
}

static unsigned clean_width(struct bytes text)
{
    unsigned width = 0;
    uint32_t code;

    for (size_t i = 0; i < text.len;) {
        i += character(text, i, &code);
        width += character_width(code);
    }
    return width;
}

static size_t clean_fit(struct bytes text, unsigned columns)
{
    unsigned width = 0;
    size_t i = 0, n;
    uint32_t code;

    for (; i < text.len; i += n) {
        n = character(text, i, &code);
        width += character_width(code);
        if (width > columns)
            break;
    }
    return i;
}

unsigned pen_width(const struct pen *p, struct bytes text)
{
    _cleanup_buf_ struct buf b = BUF_INIT;

    clean(p, text, &b);
    return clean_width(buf_view(&b));
}

unsigned pen_glyph_width(const struct pen *p, enum glyph g)
{
    return clean_width(bytes_of(glyphs[g][p->ascii]));
}

/* ---- writing ------------------------------------------------------------------------------------------- */

static const char *ink_code(enum ink ink)
{
    switch (ink) {
    case INK_PLAIN: return "";
    case INK_STRONG: return "\033[1m";
    case INK_FAINT: return "\033[2m";
    case INK_GOOD: return "\033[32m";
    case INK_BAD: return "\033[31m";
    case INK_STRONG_BAD: return "\033[1;31m";
    case INK_WARN: return "\033[33m";
    case INK_NAME: return "\033[36m";
    case INK_CUT: return "\033[1;35m";
    }
    return "";
}

/* Changes to an ink; text in one ink needs no codes between its words. */
static void take_ink(struct pen *p, enum ink ink)
{
    if (!p->colour || ink == p->ink)
        return;
    if (p->ink != INK_PLAIN)
        buf_text(p->out, "\033[0m");
    buf_text(p->out, ink_code(ink));
    p->ink = ink;
}

static void put_clean(struct pen *p, enum ink ink, struct bytes text)
{
    if (text.len == 0)
        return;
    if (p->gap)
        buf_byte(p->out, '\n');
    p->gap = false;
    for (; p->owed; p->owed--)
        buf_byte(p->out, ' ');
    take_ink(p, ink);
    buf_append(p->out, text);
    p->column += clean_width(text);
}

void pen_bytes(struct pen *p, enum ink ink, struct bytes text)
{
    _cleanup_buf_ struct buf b = BUF_INIT;

    clean(p, text, &b);
    put_clean(p, ink, buf_view(&b));
}

void pen_text(struct pen *p, enum ink ink, const char *text)
{
    pen_bytes(p, ink, bytes_of(text));
}

void pen_cut(struct pen *p, enum ink ink, const char *text, unsigned right)
{
    _cleanup_buf_ struct buf b = BUF_INIT;

    clean(p, bytes_of(text), &b);
    if (p->column < right)
        put_clean(p, ink, bytes_slice(buf_view(&b), 0, clean_fit(buf_view(&b), right - p->column)));
}

void pen_glyph(struct pen *p, enum ink ink, enum glyph g)
{
    put_clean(p, ink, bytes_of(glyphs[g][p->ascii]));
}

void pen_to(struct pen *p, unsigned column)
{
    if (column <= p->column)
        return;
    p->owed += column - p->column;
    p->column = column;
}

void pen_end(struct pen *p)
{
    take_ink(p, INK_PLAIN);
    buf_byte(p->out, '\n');
    p->column = p->owed = 0;
}

void pen_gap(struct pen *p)
{
    p->gap = true;
}

/* ---- wrapping ------------------------------------------------------------------------------------------ */

#define QUOTE_MOST 40u /* bytes in backquotes that are kept together */

static const uint8_t *find_byte(struct bytes text, size_t from, char byte)
{
    return from < text.len ? memchr(text.data + from, byte, text.len - from) : NULL;
}

/* Bytes of text up to the next blank. The blanks of a short quotation in backquotes are no places to break:
 * they are what somebody sent. */
static size_t word_len(struct bytes text)
{
    const uint8_t *blank = find_byte(text, 0, ' '), *open = find_byte(text, 0, '`'), *close;

    while (blank && open && open < blank) {
        close = find_byte(text, (size_t)(open - text.data) + 1, '`');
        if (!close || close - open > QUOTE_MOST)
            break;
        if (close > blank)
            blank = find_byte(text, (size_t)(close - text.data) + 1, ' ');
        open = find_byte(text, (size_t)(close - text.data) + 1, '`');
    }
    return blank ? (size_t)(blank - text.data) : text.len;
}

static void next_line(struct pen *p)
{
    pen_end(p);
    pen_to(p, p->indent);
}

/* One word, on a new line when this one has no room for it. `fresh`: nothing of the text is on this line yet.
 */
static void put_word(struct pen *p, enum ink ink, struct bytes word, unsigned right, bool fresh)
{
    unsigned width = clean_width(word);

    if (!fresh && p->column + 1 + width <= right)
        pen_to(p, p->column + 1);
    else if (!fresh || (p->column > p->indent && p->column + width > right))
        next_line(p);
    while (p->column + width > right) {
        size_t n = clean_fit(word, p->column < right ? right - p->column : 1);

        if (n == 0 || n == word.len)
            break;
        put_clean(p, ink, bytes_slice(word, 0, n));
        next_line(p);
        word = bytes_slice(word, n, word.len);
        width = clean_width(word);
    }
    put_clean(p, ink, word);
}

void pen_wrap_to(struct pen *p, enum ink ink, struct bytes text, unsigned right)
{
    _cleanup_buf_ struct buf b = BUF_INIT;
    struct bytes rest;
    bool fresh = true;

    clean(p, text, &b);
    for (rest = buf_view(&b); rest.len;) {
        size_t n = word_len(rest);

        if (n == 0) {
            rest = bytes_slice(rest, 1, rest.len);
            continue;
        }
        put_word(p, ink, bytes_slice(rest, 0, n), right, fresh);
        rest = bytes_slice(rest, n, rest.len);
        fresh = false;
    }
}

void pen_wrap(struct pen *p, enum ink ink, const char *text)
{
    pen_wrap_to(p, ink, bytes_of(text), p->width);
}

void pen_fill(struct pen *p, enum ink ink, struct bytes text)
{
    _cleanup_buf_ struct buf b = BUF_INIT;
    struct bytes rest;

    clean(p, text, &b);
    for (rest = buf_view(&b); rest.len;) {
        size_t n = clean_fit(rest, p->width - p->column);

        /* Blanks at the end of a line are seen by nobody. */
        for (size_t k = n; k > 0 && n == rest.len && rest.data[k - 1] == ' ';)
            rest.len = n = --k;
        if (n == 0)
            break;
        put_clean(p, ink, bytes_slice(rest, 0, n));
        rest = bytes_slice(rest, n, rest.len);
        if (rest.len)
            next_line(p);
    }
}
