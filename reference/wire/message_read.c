/*
 * message_read.c - one field of a message that came: where it ends, and what it is worth.
 *
 * The bytes are hostile. Nothing is believed of a length but that it is a number: what it counts must be
 * there before it is taken.
 */
#include "base/mem.h"
#include "wire/match.h"
#include "wire/message_reader.h"

#include <string.h>

static struct bytes left(const struct reader *r)
{
    return bytes_slice(r->in, r->at, r->in.len);
}

static enum decoded read_literal(struct reader *r, const struct frame_of_message *m,
                                 const struct message_field *f)
{
    size_t same = match_prefix(left(r), f->literal);
    enum decoded got;

    if (same == f->literal.len) {
        r->at += same;
        return DECODED;
    }
    if (same == left(r).len)
        got = reader_short(r, m, f);
    else
        got = reader_fail(r, m, f, SYNTAX_LITERAL, r->at + same);
    r->out->syntax.expected = datum_bytes(f->literal);
    r->out->syntax.came = datum_bytes(bytes_slice(left(r), 0, f->literal.len));
    return got;
}

/* ---- holes --------------------------------------------------------------------------------------- */

/* The literal behind a hole; NULL: it goes on to the message's end. */
static const struct message_field *literal_behind(const struct frame_of_message *m, size_t i)
{
    const struct message_field *next = i + 1 < m->form->n ? &m->form->fields[i + 1] : NULL;

    return next && next->kind == FIELD_LITERAL ? next : NULL;
}

/* The literal that should end the hole is not there. */
static enum decoded unended(struct reader *r, const struct frame_of_message *m, const struct message_field *f,
                            const struct message_field *end)
{
    size_t valid = text_prefix(f, left(r));
    struct bytes rest = bytes_slice(left(r), valid, left(r).len);
    bool begun = match_prefix(rest, end->literal) == rest.len;
    enum decoded got;

    if (begun && r->how->stream)
        return DECODE_PARTIAL;
    if (begun)
        got = reader_fail(r, m, f, SYNTAX_ENDS, r->in.len);
    else
        got = reader_fail(r, m, f, valid ? SYNTAX_LITERAL : SYNTAX_TYPE, r->at + valid);
    if (begun || valid)
        r->out->syntax.expected = datum_bytes(end->literal);
    return got;
}

static enum decoded read_hole(struct reader *r, const struct frame_of_message *m, size_t i, struct datum *out)
{
    const struct message_field *f = &m->form->fields[i], *end = literal_behind(m, i);
    struct bytes in = left(r);
    const uint8_t *found = end ? bytes_find(in, end->literal) : NULL;
    size_t wrong;
    bool range;

    if (end && !found)
        return unended(r, m, f, end);
    if (!end && r->how->stream)
        return DECODE_PARTIAL;
    if (found)
        in.len = (size_t)(found - in.data);
    if (!text_read(f, in, out, &wrong, &range)) {
        enum decoded got = wrong == in.len && !end && !range
                               ? reader_short(r, m, f)
                               : reader_fail(r, m, f, range ? SYNTAX_RANGE : SYNTAX_TYPE, r->at + wrong);
        r->out->syntax.came = datum_bytes(in);
        return got;
    }
    r->at += in.len;
    return DECODED;
}

/* ---- bytes --------------------------------------------------------------------------------------- */

/* Zeros at the end that may be padding: fewer than make a whole step. */
static size_t zeros_at_end(struct bytes b, size_t most)
{
    size_t n = 0;

    while (n < most && n < b.len && b.data[b.len - 1 - n] == 0)
        n++;
    return n;
}

static enum decoded take(struct reader *r, const struct frame_of_message *m, const struct message_field *f,
                         size_t n, struct bytes *out)
{
    if (n > left(r).len)
        return reader_short(r, m, f);
    *out = bytes_slice(left(r), 0, n);
    r->at += n;
    return DECODED;
}

/* Bytes of an integer: of int or long, where it is thought to be one. */
static size_t width_of(const struct reader *r, const struct message_field *f)
{
    if (!r->twist || r->twist->wider != f)
        return f->width;
    return f->width < sizeof(int) ? sizeof(int) : sizeof(uint64_t);
}

/* To a multiple of `width`, as a C compiler would place what follows. */
static enum decoded align(struct reader *r, const struct frame_of_message *m, const struct message_field *f,
                          size_t width)
{
    size_t skip = width ? (width - r->at % width) % width : 0;
    struct bytes unused;

    if (!r->twist || !r->twist->aligned)
        return DECODED;
    if (width > r->align)
        r->align = width;
    r->padding += (int64_t)skip;
    r->skipped = skip;
    return take(r, m, f, skip, &unused);
}

/* A struct ends before bytes of any number, which stand behind it. */
static enum decoded end_head(struct reader *r, const struct frame_of_message *m,
                             const struct message_field *f)
{
    enum decoded got = align(r, m, f, r->align);

    r->align = 0;
    return got;
}

static enum decoded read_bytes(struct reader *r, const struct frame_of_message *m,
                               const struct message_field *f, struct datum *out)
{
    struct bytes raw, value;
    const char *why = "";
    enum decoded got;
    size_t n;

    if (f->size.kind == EXPR_ABSENT && r->how->stream)
        return DECODE_PARTIAL;
    got = f->size.kind == EXPR_ABSENT ? end_head(r, m, f) : DECODED;
    if (got != DECODED)
        return got;
    n = left(r).len;
    if (f->size.kind == EXPR_ABSENT)
        n -= zeros_at_end(left(r), m->def->pad ? m->def->pad - 1 : 0);
    else if (!message_expr_size(r->how->set, &f->size, &m->scope, r->how->arena, &n, &why))
        return reader_why(r, m, f, why);
    got = take(r, m, f, n, &raw);
    if (got != DECODED)
        return got;
    if (!field_transform(r->how->set, f, &m->scope, r->how->arena, raw, false, &value, &why))
        return reader_why(r, m, f, why);
    *out = datum_bytes(value);
    return DECODED;
}

static enum decoded read_ascii(struct reader *r, const struct frame_of_message *m,
                               const struct message_field *f, struct datum *out)
{
    struct bytes raw;
    const char *why = "";
    size_t n, len = 0, begin = r->at;
    enum decoded got;

    if (!message_expr_size(r->how->set, &f->size, &m->scope, r->how->arena, &n, &why))
        return reader_why(r, m, f, why);
    got = take(r, m, f, n, &raw);
    if (got != DECODED)
        return got;
    while (len < n && raw.data[len] >= ' ' && raw.data[len] <= '~')
        len++;
    for (size_t i = len; i < n; i++)
        if (raw.data[i])
            return reader_fail(r, m, f, SYNTAX_TYPE, begin + i);
    *out = datum_bytes(bytes_slice(raw, 0, len));
    return DECODED;
}

static enum decoded read_cstring(struct reader *r, const struct frame_of_message *m,
                                 const struct message_field *f, struct datum *out)
{
    const uint8_t *end = left(r).len ? memchr(left(r).data, 0, left(r).len) : NULL;
    size_t len;

    if (!end)
        return reader_short(r, m, f);
    len = (size_t)(end - left(r).data);
    *out = datum_bytes(bytes_slice(left(r), 0, len));
    r->at += len + 1;
    return DECODED;
}

/* ---- numbers ------------------------------------------------------------------------------------- */

static bool is_swapped(const struct reader *r, const struct message_field *f)
{
    return r->twist && (r->twist->all_swapped || r->twist->swapped == f);
}

static bool all_zero(struct bytes b)
{
    for (size_t i = 0; i < b.len; i++)
        if (b.data[i])
            return false;
    return true;
}

/* The bytes that count of an integer in a wider type, at its one end or the other: the rest of it is zero. */
static bool narrow(struct bytes *raw, size_t width)
{
    size_t more = raw->len - width;
    struct bytes first = bytes_slice(*raw, 0, width), last = bytes_slice(*raw, more, width);

    if (!all_zero(bytes_slice(*raw, width, more)) && !all_zero(bytes_slice(*raw, 0, more)))
        return false;
    *raw = all_zero(bytes_slice(*raw, width, more)) ? first : last;
    return true;
}

static enum decoded read_integer(struct reader *r, const struct frame_of_message *m,
                                 const struct message_field *f, struct datum *out)
{
    size_t width = width_of(r, f);
    enum decoded got = align(r, m, f, width);
    uint64_t number;
    struct bytes raw;

    if (got == DECODED)
        got = take(r, m, f, width, &raw);
    if (got != DECODED)
        return got;
    if (!narrow(&raw, f->width))
        return reader_fail(r, m, f, SYNTAX_RANGE, r->at - width);
    if (f->kind == FIELD_FLOAT) {
        *out = float_read(f, raw.data, is_swapped(r, f));
        return DECODED;
    }
    number = integer_read(f, raw.data, is_swapped(r, f));
    *out = f->kind == FIELD_ENUM ? choice_datum(f, number) : integer_datum(f, number);
    if (f->kind == FIELD_INTEGER || out->kind == DATUM_BYTES || given_field(m->explicit, f))
        return DECODED;
    reader_fail(r, m, f, SYNTAX_RANGE, r->at - width);
    r->out->syntax.came = *out;
    return DECODE_OTHER;
}

static enum decoded read_bits(struct reader *r, struct frame_of_message *m, const struct message_field *f,
                              struct datum *out)
{
    unsigned from = 0;
    struct bytes raw;
    enum decoded got = take(r, m, f, f->width, &raw);

    if (got != DECODED)
        return got;
    *out = names_new(r->how->arena, f->n_bits);
    for (size_t i = 0; i < f->n_bits; from += f->bits[i++].width)
        if (f->bits[i].name)
            names_add(out, f->bits[i].name, datum_uint(bits_read(raw.data, from, f->bits[i].width)));
    return DECODED;
}

/* ---- lists --------------------------------------------------------------------------------------- */

struct items {
    struct datum *items; /* on the heap */
    size_t n, cap;
    size_t want; /* where a number is given */
};

/* Whether another item follows: what the definition says, on the last one. */
static enum decoded goes_on(struct reader *r, struct frame_of_message *m, const struct message_field *f,
                            const struct items *l, bool *more)
{
    struct scope scope = {.outer = &m->scope, .def = m->def};
    const char *why = "";
    bool last = false;

    *more = f->size.kind != EXPR_ABSENT ? l->n < l->want : r->at < r->in.len;
    if (f->until.kind == EXPR_ABSENT)
        return DECODED;
    scope.fields = l->n ? &l->items[l->n - 1] : NULL;
    if (l->n && !message_expr_holds(r->how->set, &f->until, &scope, r->how->arena, &last, &why))
        return reader_why(r, m, f, why);
    *more = !last;
    return DECODED;
}

static enum decoded read_items(struct reader *r, struct frame_of_message *m, const struct message_field *f,
                               struct items *l)
{
    const char *why = "";

    if (f->size.kind != EXPR_ABSENT &&
        !message_expr_size(r->how->set, &f->size, &m->scope, r->how->arena, &l->want, &why))
        return reader_why(r, m, f, why);
    for (;;) {
        struct datum item;
        bool more;
        enum decoded got = goes_on(r, m, f, l, &more);

        if (got != DECODED || !more)
            return got;
        if (++r->n_items > MESSAGE_ITEMS_MAX)
            return reader_fail(r, m, f, SYNTAX_LIMIT, r->at);
        got = reader_item(r, m, f, l->n, &item);
        if (got != DECODED)
            return got;
        *array_push(l->items, l->n, l->cap) = item;
    }
}

static enum decoded read_list(struct reader *r, struct frame_of_message *m, const struct message_field *f,
                              struct datum *out)
{
    struct items l = {0};
    enum decoded got;

    if (f->size.kind == EXPR_ABSENT && f->until.kind == EXPR_ABSENT && r->how->stream)
        return DECODE_PARTIAL;
    got = read_items(r, m, f, &l);
    *out = (struct datum){
        .kind = DATUM_LIST, .n = l.n, .items = arena_copy(r->how->arena, l.items, l.n * sizeof *l.items)};
    mem_free(l.items);
    return got;
}

/* ---- all ----------------------------------------------------------------------------------------- */

/* A number that, by the hypothesis, is meant to be another. */
static enum decoded move(struct reader *r, const struct frame_of_message *m, const struct message_field *f,
                         struct datum *value)
{
    if (!r->twist || r->twist->moved != f || value->kind != DATUM_INT)
        return DECODED;
    value->i -= r->twist->by;
    return value->i < 0 ? reader_fail(r, m, f, SYNTAX_RANGE, r->at) : DECODED;
}

enum decoded reader_field(struct reader *r, struct frame_of_message *m, size_t i, struct datum *out)
{
    const struct message_field *f = &m->form->fields[i];
    enum decoded got = DECODE_OTHER;

    *out = (struct datum){0};
    switch (f->kind) {
    case FIELD_LITERAL: return read_literal(r, m, f);
    case FIELD_INT:
    case FIELD_UINT:
    case FIELD_DECIMAL:
    case FIELD_HEX:
    case FIELD_WORD:
    case FIELD_PATH:
    case FIELD_LINE:
    case FIELD_TEXT:
    case FIELD_REGEX: got = read_hole(r, m, i, out); break;
    case FIELD_BYTES: return read_bytes(r, m, f, out);
    case FIELD_INTEGER:
    case FIELD_FLOAT:
    case FIELD_ENUM: got = read_integer(r, m, f, out); break;
    case FIELD_BITS: return read_bits(r, m, f, out);
    case FIELD_ASCII: return read_ascii(r, m, f, out);
    case FIELD_CSTRING: return read_cstring(r, m, f, out);
    case FIELD_LIST: return read_list(r, m, f, out);
    }
    return got == DECODED ? move(r, m, f, out) : got;
}
