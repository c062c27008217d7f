/* payload.c - see payload.h. What was not kept of a payload is never made up: offsets in it are nowhere. */
#include "report/payload.h"
#include "base/escape.h"
#include "report/wording.h"

#include <inttypes.h>
#include <stdio.h>

/* What was kept of an excerpt in one piece. */
struct region {
    struct bytes bytes;
    uint64_t base; /* offset of its first byte */
};

static struct region region_at(const struct excerpt *e, uint64_t offset)
{
    uint64_t tail = e->total > e->tail.len ? e->total - e->tail.len : 0;

    if (e->tail.len && offset >= tail)
        return (struct region){e->tail, tail};
    return (struct region){e->head, 0};
}

/* Columns of byte i as escape_c writes it. */
static unsigned byte_width(struct bytes b, size_t i)
{
    return (unsigned)escape_c_column(bytes_slice(b, i, 2), 1);
}

/* How many of b's first bytes, or of its last, take no more than `columns`. */
static size_t fit_first(struct bytes b, unsigned columns)
{
    unsigned width = 0;
    size_t n = 0;

    for (; n < b.len; n++) {
        width += byte_width(b, n);
        if (width > columns)
            break;
    }
    return n;
}

static size_t fit_last(struct bytes b, unsigned columns)
{
    unsigned width = 0;
    size_t n = 0;

    for (; n < b.len; n++) {
        width += byte_width(b, b.len - 1 - n);
        if (width > columns)
            break;
    }
    return n;
}

static void put_quoted(struct pen *p, enum ink ink, struct bytes b)
{
    _cleanup_buf_ struct buf text = BUF_INIT;

    buf_byte(&text, '"');
    escape_c(&text, b);
    buf_byte(&text, '"');
    pen_bytes(p, ink, buf_view(&text));
}

static void put_count(struct pen *p, uint64_t n)
{
    _cleanup_buf_ struct buf text = BUF_INIT;

    buf_text(&text, "(");
    wording_plural(&text, n, "byte");
    buf_text(&text, ")");
    pen_to(p, p->column + 1);
    pen_bytes(p, INK_FAINT, buf_view(&text));
}

/* ---- one line ------------------------------------------------------------------------------------------ */

/* What of b to show in `columns`, with byte i among it. Where it begins depends on what is before i only. */
static struct bytes window(struct bytes b, size_t i, unsigned columns, size_t *from)
{
    struct bytes before = bytes_slice(b, 0, i);

    *from = 0;
    if (fit_last(before, columns * 2 / 3) < before.len)
        *from = i - fit_last(before, columns / 3);
    b = bytes_slice(b, *from, b.len);
    return bytes_slice(b, 0, fit_first(b, columns));
}

/* "(20,000 bytes)", where there is room for it. */
static void put_total(struct pen *p, const struct excerpt *e, unsigned right)
{
    _cleanup_buf_ struct buf count = BUF_INIT;

    wording_plural(&count, e->total, "byte");
    if (p->column + 3 + count.len <= right)
        put_count(p, e->total);
}

unsigned payload_quote(struct pen *p, enum ink ink, const struct excerpt *e, uint64_t offset, unsigned right)
{
    struct region r = region_at(e, offset);
    bool kept = offset - r.base <= r.bytes.len, before, after;
    size_t i = kept ? (size_t)(offset - r.base) : r.bytes.len, from;
    unsigned room = right > p->column + 12 ? right - p->column - 2 : 10;
    unsigned more = pen_glyph_width(p, GLYPH_MORE) + 1, at;
    struct bytes shown = window(r.bytes, i, room, &from);

    if (from > 0 || r.base > 0 || r.base + shown.len < e->total) {
        more *= from > 0 || r.base > 0 ? 2 : 1;
        more += room > 40 ? 15 : 0; /* for the total */
        shown = window(r.bytes, i, room > more + 8 ? room - more : 8, &from);
    }
    before = r.base + from > 0;
    after = r.base + from + shown.len < e->total;
    if (before) {
        pen_glyph(p, INK_FAINT, GLYPH_MORE);
        pen_to(p, p->column + 1);
    }
    at = p->column + 1 + (unsigned)escape_c_column(shown, i - from);
    put_quoted(p, ink, shown);
    if (after) {
        pen_to(p, p->column + 1);
        pen_glyph(p, INK_FAINT, GLYPH_MORE);
    }
    if (before || after)
        put_total(p, e, right);
    return kept ? at : PAYLOAD_NOWHERE;
}

/* ---- parts --------------------------------------------------------------------------------------------- */

/* One part: all of it, or its beginning and its end, which are what lies at the cuts. */
struct part {
    struct bytes first, last;
    bool whole; /* it is all in first */
    unsigned width;
};

static struct part part_of(const struct pen *p, const struct excerpt *e, uint64_t from, uint64_t to)
{
    struct region a = region_at(e, from), z = region_at(e, to ? to - 1 : 0);
    struct part part = {0};
    uint64_t last = from > z.base ? from : z.base;

    part.first = bytes_slice(a.bytes, (size_t)(from - a.base), (size_t)(to - from));
    part.last = bytes_slice(z.bytes, (size_t)(last - z.base), (size_t)(to - last));
    part.whole = part.first.len == to - from;
    part.width = 2 + (unsigned)escape_c_column(part.first, part.first.len);
    if (!part.whole)
        part.width +=
            5 + pen_glyph_width(p, GLYPH_MORE) + (unsigned)escape_c_column(part.last, part.last.len);
    return part;
}

/* Makes it fit: of a first part the end says most, of a last one the beginning. */
static void part_shorten(const struct pen *p, struct part *part, unsigned columns, bool is_first,
                         bool is_last)
{
    unsigned quotes = 6 + pen_glyph_width(p, GLYPH_MORE);
    unsigned room = columns > quotes + 8 ? columns - quotes : 8;
    unsigned begin = is_last && !is_first ? room * 3 / 4 : is_first && !is_last ? room / 4 : room / 2;
    struct bytes end = part->whole ? part->first : part->last;

    if (part->width <= columns)
        return;
    part->first = bytes_slice(part->first, 0, fit_first(part->first, begin));
    part->last = bytes_slice(end, end.len - fit_last(end, room - begin), end.len);
    part->whole = false;
    part->width = quotes + (unsigned)escape_c_column(part->first, part->first.len) +
                  (unsigned)escape_c_column(part->last, part->last.len);
}

static void part_put(struct pen *p, const struct part *part)
{
    put_quoted(p, INK_PLAIN, part->first);
    if (part->whole)
        return;
    pen_to(p, p->column + 1);
    pen_glyph(p, INK_FAINT, GLYPH_MORE);
    pen_to(p, p->column + 1);
    put_quoted(p, INK_PLAIN, part->last);
}

/* Columns that a part may take: with a single cut the shorter part leaves its room to the other. */
static unsigned part_share(const struct pen *p, const struct excerpt *e, const uint32_t *at, size_t n,
                           unsigned room)
{
    unsigned share, first, last;

    if (n != 1)
        return room / ((unsigned)n + 1) < 27 ? 24 : room / ((unsigned)n + 1) - 3;
    share = (room - 3) / 2;
    first = part_of(p, e, 0, at[0]).width;
    last = part_of(p, e, at[0], e->total).width;
    if (first < share || last < share)
        share = room - 3 - (first < last ? first : last);
    return share;
}

/* The mark between two parts, on a new line when the next part has no room on this one. false: it is. */
static bool part_mark(struct pen *p, unsigned left, unsigned right, unsigned width, unsigned *mark)
{
    bool fits = p->column + 3 + width <= right;

    if (!fits)
        pen_end(p);
    pen_to(p, fits ? p->column + 1 : left);
    *mark = p->column;
    pen_glyph(p, INK_CUT, GLYPH_CUT);
    pen_to(p, p->column + 1);
    return fits;
}

unsigned payload_parts(struct pen *p, const struct excerpt *e, const uint32_t *at, size_t n, unsigned right)
{
    unsigned left = p->column, room = right > left + 24 ? right - left : 24;
    unsigned share = part_share(p, e, at, n, room), first = PAYLOAD_NOWHERE, mark;
    uint64_t from = 0;
    bool one_line = true;

    for (size_t i = 0; i <= n; i++) {
        uint64_t to = i < n && at[i] < e->total ? at[i] : e->total;
        struct part part = part_of(p, e, from, to);

        part_shorten(p, &part, share, i == 0, i == n);
        if (i > 0) {
            one_line &= part_mark(p, left, right, part.width, &mark);
            first = first == PAYLOAD_NOWHERE ? mark : first;
        }
        part_put(p, &part);
        from = to;
    }
    return one_line ? first : PAYLOAD_NOWHERE;
}

bool payload_bytes(struct pen *p, const struct excerpt *e, unsigned right)
{
    unsigned width = (unsigned)escape_c_column(e->head, e->head.len) + (unsigned)e->head.len + 1;
    _cleanup_buf_ struct buf text = BUF_INIT;

    /* A bar of ASCII could be one of the bytes. */
    if (p->ascii || e->head.len < e->total || e->head.len < 2 || p->column + width > right)
        return false;
    pen_text(p, INK_PLAIN, "\"");
    for (size_t i = 0; i < e->head.len; i++) {
        text.len = 0;
        escape_c(&text, bytes_slice(e->head, i, 1));
        if (i > 0)
            pen_glyph(p, INK_CUT, GLYPH_CUT);
        pen_bytes(p, INK_PLAIN, buf_view(&text));
    }
    pen_text(p, INK_PLAIN, "\"");
    return true;
}

/* ---- numbers ------------------------------------------------------------------------------------------- */

#define DUMP_ROW 8u
#define DUMP_HEX (DUMP_ROW * 3 - 1)
#define DUMP_BEFORE 1u /* rows before the one with the difference, and after it */
#define DUMP_AFTER 2u

struct dump {
    const struct excerpt *side[2]; /* expected, came */
    unsigned column[2];
    unsigned left;
    bool text; /* there is room for the bytes as text */
};

static bool dump_byte(const struct excerpt *e, uint64_t offset, uint8_t *byte)
{
    struct region r = region_at(e, offset);

    if (offset - r.base >= r.bytes.len)
        return false;
    *byte = r.bytes.data[offset - r.base];
    return true;
}

/* The byte of a side, and how it is shown: as a difference where the other side has not the same. */
static bool dump_cell(const struct dump *d, int side, uint64_t offset, uint8_t *byte, enum ink *ink)
{
    uint8_t other;

    if (!dump_byte(d->side[side], offset, byte))
        return false;
    *ink = INK_PLAIN;
    if (!dump_byte(d->side[!side], offset, &other) || other != *byte)
        *ink = side ? INK_STRONG_BAD : INK_GOOD;
    return true;
}

static void dump_half(struct pen *p, const struct dump *d, int side, uint64_t row)
{
    static const char digits[] = "0123456789abcdef";
    enum ink ink;
    uint8_t byte;

    for (unsigned i = 0; i < DUMP_ROW; i++) {
        if (!dump_cell(d, side, row + i, &byte, &ink))
            continue;
        pen_to(p, d->column[side] + 3 * i);
        pen_text(p, ink, (char[]){digits[byte >> 4], digits[byte & 15], 0});
    }
    for (unsigned i = 0; d->text && i < DUMP_ROW; i++) {
        if (!dump_cell(d, side, row + i, &byte, &ink) || byte == ' ')
            continue;
        pen_to(p, d->column[side] + DUMP_HEX + 2 + i);
        pen_text(p, ink == INK_PLAIN ? INK_FAINT : ink,
                 (char[]){byte >= 0x20 && byte < 0x7f ? (char)byte : '.', 0});
    }
}

static void dump_gap(struct pen *p, const struct dump *d)
{
    pen_to(p, d->left);
    pen_glyph(p, INK_FAINT, GLYPH_MORE);
    pen_end(p);
}

/* Nothing when neither side has a byte of it that was kept. */
static void dump_row(struct pen *p, const struct dump *d, uint64_t row)
{
    bool any = false;
    char offset[24];
    uint8_t byte;

    for (unsigned i = 0; i < DUMP_ROW; i++)
        any |= dump_byte(d->side[0], row + i, &byte) || dump_byte(d->side[1], row + i, &byte);
    if (!any)
        return;
    snprintf(offset, sizeof offset, "%04" PRIx64, row);
    pen_to(p, d->left);
    pen_text(p, INK_FAINT, offset);
    dump_half(p, d, 0, row);
    pen_to(p, d->column[1] - 2);
    pen_glyph(p, INK_FAINT, GLYPH_BAR);
    dump_half(p, d, 1, row);
    pen_end(p);
}

static void dump_carets(struct pen *p, const struct dump *d, uint64_t at)
{
    for (int side = 0; side < 2; side++) {
        pen_to(p, d->column[side] + 3 * (unsigned)(at % DUMP_ROW));
        pen_text(p, side ? INK_BAD : INK_GOOD, "^^");
    }
    pen_end(p);
}

static void dump_head(struct pen *p, const struct dump *d)
{
    static const char *const name[] = {"expected", "came"};

    for (int side = 0; side < 2; side++) {
        pen_to(p, d->column[side]);
        pen_text(p, side ? INK_BAD : INK_GOOD, name[side]);
        put_count(p, d->side[side]->total);
    }
    pen_end(p);
}

void payload_dump(struct pen *p, const struct excerpt *expected, const struct excerpt *came, uint64_t at,
                  unsigned left)
{
    unsigned offsets = at > 0xff00 ? 10 : 6, half = DUMP_HEX + 2 + DUMP_ROW;
    struct dump d = {.side = {expected, came}, .left = left};
    uint64_t row = at - at % DUMP_ROW, end = expected->total > came->total ? expected->total : came->total;

    d.text = left + offsets + 2 * half + 4 <= p->width;
    d.column[0] = left + offsets;
    d.column[1] = d.column[0] + (d.text ? half : DUMP_HEX) + 4;
    dump_head(p, &d);
    if (row > DUMP_BEFORE * DUMP_ROW)
        dump_gap(p, &d);
    for (unsigned i = row >= DUMP_BEFORE * DUMP_ROW ? DUMP_BEFORE : 0; i > 0; i--)
        dump_row(p, &d, row - i * DUMP_ROW);
    dump_row(p, &d, row);
    dump_carets(p, &d, at);
    for (unsigned i = 1; i <= DUMP_AFTER && row + i * DUMP_ROW < end; i++)
        dump_row(p, &d, row + i * DUMP_ROW);
    if (row + (DUMP_AFTER + 1) * DUMP_ROW < end)
        dump_gap(p, &d);
}
