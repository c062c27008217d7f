/*
 * message_decode.c - from bytes to named fields, or to what is wrong with them: see message.h.
 *
 * Fields are read in wire order; constants are compared at once, for they tell messages apart. What is
 * computed is compared when all has been read, since a size may stand before what it counts.
 */
#include "base/mem.h"
#include "wire/message_reader.h"

#include <string.h>

/* ---- what is wrong ------------------------------------------------------------------------------- */

/* "items[2].size": outer lists first. */
static void path(const struct frame_of_message *m, struct buf *out)
{
    if (!m->outer)
        return;
    path(m->outer, out);
    buf_printf(out, "%s[%zu].", field_name(m->list), m->index);
}

static const char *path_of(const struct reader *r, const struct frame_of_message *m, const char *name)
{
    _cleanup_buf_ struct buf text = BUF_INIT;

    if (!name)
        return NULL;
    path(m, &text);
    buf_text(&text, name);
    return (const char *)arena_bytes(r->how->arena, buf_view(&text)).data;
}

static const struct message_def *outermost(const struct frame_of_message *m)
{
    while (m->outer)
        m = m->outer;
    return m->def;
}

enum decoded reader_fail(struct reader *r, const struct frame_of_message *m, const struct message_field *f,
                         enum syntax_kind kind, size_t offset)
{
    r->out->reached = kind == SYNTAX_COMPUTED ? r->at : offset;
    r->out->syntax = (struct syntax){
        .kind = kind,
        .message = outermost(m),
        .field = path_of(r, m, f ? f->name : NULL),
        .type = f ? f->type : NULL,
        .offset = offset,
        .begin = r->at < offset ? r->at : offset,
    };
    return DECODE_OTHER;
}

enum decoded reader_short(struct reader *r, const struct frame_of_message *m, const struct message_field *f)
{
    if (r->how->stream)
        return DECODE_PARTIAL;
    return reader_fail(r, m, f, SYNTAX_ENDS, r->in.len);
}

enum decoded reader_why(struct reader *r, const struct frame_of_message *m, const struct message_field *f,
                        const char *why)
{
    reader_fail(r, m, f, SYNTAX_EXPRESSION, r->at);
    r->out->syntax.why = why;
    return DECODE_OTHER;
}

/* ---- constants and sums -------------------------------------------------------------------------- */

static enum decoded differs(struct reader *r, const struct frame_of_message *m, const struct message_field *f,
                            enum syntax_kind kind, const struct datum *expected, const struct datum *came)
{
    size_t begin = (size_t)(came->wire.data - r->in.data);

    reader_fail(r, m, f, kind, begin);
    r->out->syntax.begin = begin;
    r->out->syntax.expected = *expected;
    r->out->syntax.came = *came;
    return DECODE_OTHER;
}

static enum decoded check_constant(struct reader *r, const struct frame_of_message *m,
                                   const struct message_field *f, const struct message_expr *value,
                                   const struct datum *given, const struct datum *came)
{
    if (value->kind != EXPR_CONSTANT || given || datum_equal(&value->constant, came))
        return DECODED;
    return differs(r, m, f, SYNTAX_CONSTANT, &value->constant, came);
}

static enum decoded check_constants(struct reader *r, const struct frame_of_message *m,
                                    const struct message_field *f, const struct datum *came)
{
    enum decoded got = check_constant(r, m, f, &f->value, given_field(m->explicit, f), came);

    for (size_t i = 0; i < f->n_bits && got == DECODED; i++) {
        const struct message_bits *b = &f->bits[i];
        const struct datum *bits = b->name ? datum_get(&m->record, b->name) : NULL;

        if (!bits)
            continue;
        got = check_constant(r, m, f, &b->value, given_bits(m->explicit, f, b), bits);
        if (got != DECODED)
            r->out->syntax.field = path_of(r, m, b->name);
    }
    return got;
}

/* One field, or one member of its bits: what does the rest make of it? */
static enum decoded check_sum(struct reader *r, struct frame_of_message *m, const struct message_field *f,
                              const struct message_bits *b, const struct datum *came)
{
    const struct message_expr *value = b ? &b->value : &f->value;
    const char *why = "";
    struct datum computed, meant;
    bool good;

    m->scope.begin = (size_t)(came->wire.data - r->in.data) - m->begin;
    m->scope.len = came->wire.len;
    good = message_expr_value(r->how->set, value, &m->scope, r->how->arena, &computed, &why);
    if (good && b)
        good = bits_convert(b, &computed, &meant, r->how->arena, &why);
    else if (good)
        good = field_convert(f, &computed, r->how->arena, &meant, &why);
    if (!good)
        return reader_why(r, m, f, why);
    if (datum_equal(&meant, came))
        return DECODED;
    differs(r, m, f, SYNTAX_COMPUTED, &meant, came);
    if (b)
        r->out->syntax.field = path_of(r, m, b->name);
    return DECODE_OTHER;
}

static enum decoded check_sums(struct reader *r, struct frame_of_message *m, size_t from)
{
    enum decoded got = DECODED;

    m->scope.whole = bytes_slice(r->in, m->begin, r->at - m->begin);
    for (size_t i = from; i < m->form->n && got == DECODED; i++) {
        const struct message_field *f = &m->form->fields[i];
        const struct datum *came = f->name ? datum_get(&m->record, f->name) : NULL;

        if (came && came->kind != DATUM_NONE && field_is_computed(&f->value) && !given_field(m->explicit, f))
            got = check_sum(r, m, f, NULL, came);
        for (size_t k = 0; k < f->n_bits && got == DECODED; k++) {
            const struct message_bits *b = &f->bits[k];
            const struct datum *bits = b->name ? datum_get(&m->record, b->name) : NULL;

            if (bits && bits->kind != DATUM_NONE && field_is_computed(&b->value) &&
                !given_bits(m->explicit, f, b))
                got = check_sum(r, m, f, b, bits);
        }
    }
    return got;
}

bool field_is_computed(const struct message_expr *value)
{
    return value->kind != EXPR_ABSENT && value->kind != EXPR_CONSTANT;
}

/* ---- fields in their order ----------------------------------------------------------------------- */

static void add(struct frame_of_message *m, const struct message_field *f, struct datum value)
{
    for (size_t i = 0, k = 0; i < f->n_bits; i++) {
        struct datum member =
            value.kind == DATUM_NONE || !f->bits[i].name ? (struct datum){0} : value.items[k++];

        member.wire = value.wire;
        if (f->bits[i].name)
            names_add(&m->record, f->bits[i].name, member);
    }
    if (f->name)
        names_add(&m->record, f->name, value);
}

static enum decoded read_field(struct reader *r, struct frame_of_message *m, size_t i)
{
    const struct message_field *f = &m->form->fields[i];
    size_t begin = r->at;
    struct datum value = {0};
    const char *why = "";
    bool there = true;
    enum decoded got;

    if (f->condition.kind != EXPR_ABSENT &&
        !message_expr_holds(r->how->set, &f->condition, &m->scope, r->how->arena, &there, &why))
        return reader_why(r, m, f, why);
    if (!there) {
        add(m, f, value);
        return DECODED;
    }
    r->skipped = 0;
    got = reader_field(r, m, i, &value);
    if (got != DECODED)
        return got;
    begin += r->skipped;
    value.wire = bytes_slice(r->in, begin, r->at - begin);
    if (r->wants_edges)
        *array_push(r->edges, r->n_edges, r->cap_edges) = r->at;
    add(m, f, value);
    return check_constants(r, m, f, &value);
}

static enum decoded read_padding(struct reader *r, const struct frame_of_message *m)
{
    size_t pad = m->def->pad, size = r->at - m->begin, n = pad ? (pad - size % pad) % pad : 0;

    for (; n > 0; n--) {
        if (r->at == r->in.len && r->how->stream)
            return DECODE_PARTIAL;
        if (r->at == r->in.len || r->in.data[r->at])
            return reader_fail(r, m, NULL, SYNTAX_PADDING, r->at);
        r->at++;
    }
    return DECODED;
}

static enum decoded read_form(struct reader *r, struct frame_of_message *m, struct datum *out)
{
    size_t from = m->outer ? m->form->n_header : 0;
    enum decoded got = DECODED;

    m->begin = r->at;
    m->record = names_new(r->how->arena, form_names(m->form));
    m->scope =
        (struct scope){.fields = &m->record, .outer = m->outer ? &m->outer->scope : NULL, .def = m->def};
    for (size_t i = from; i < m->form->n && got == DECODED; i++)
        got = read_field(r, m, i);
    if (got == DECODED)
        got = read_padding(r, m);
    if (got == DECODED && !m->outer && !r->how->stream && r->at < r->in.len &&
        !(r->twist && r->twist->aligned))
        got = reader_fail(r, m, NULL, SYNTAX_MORE, r->at);
    if (got == DECODED && !r->how->framing)
        got = check_sums(r, m, from);
    m->record.wire = bytes_slice(r->in, m->begin, r->at - m->begin);
    *out = m->record;
    return got;
}

/* In the first form that is not another's; else *r->out tells of the one that fits furthest. */
static enum decoded read_forms(struct reader *r, const struct frame_of_message *like, struct datum *out)
{
    size_t begin = r->at, items = r->n_items, edges = r->n_edges;
    struct message_read furthest = *r->out;
    enum decoded got = DECODE_OTHER;

    for (size_t i = 0; i < like->def->n_forms; i++) {
        struct frame_of_message m = *like;

        r->at = begin;
        r->n_items = items;
        r->n_edges = edges;
        m.form = &like->def->forms[i];
        got = read_form(r, &m, out);
        if (got != DECODE_OTHER)
            return got;
        if (i == 0 || r->out->reached > furthest.reached)
            furthest = *r->out;
    }
    *r->out = furthest;
    return got;
}

enum decoded reader_item(struct reader *r, struct frame_of_message *m, const struct message_field *list,
                         size_t index, struct datum *out)
{
    struct frame_of_message item = {.def = list->item_def, .outer = m, .list = list, .index = index};
    const struct datum *given = given_field(m->explicit, list);
    enum decoded got;

    if (given && given->kind == DATUM_LIST && index < given->n)
        item.explicit = &given->items[index];
    if (r->depth == MESSAGE_DEPTH_MAX)
        return reader_fail(r, m, list, SYNTAX_LIMIT, r->at);
    r->depth++;
    got = read_forms(r, &item, out);
    r->depth--;
    return got;
}

/* ---- whole messages ------------------------------------------------------------------------------ */

/* What a C compiler puts behind a struct. */
static enum decoded end_of_struct(struct reader *r, const struct frame_of_message *m)
{
    size_t skip = r->align ? (r->align - r->at % r->align) % r->align : 0;

    if (r->in.len - r->at != skip)
        return reader_fail(r, m, NULL, SYNTAX_MORE, r->at);
    r->at += skip;
    r->padding += (int64_t)skip;
    return DECODED;
}

static enum decoded read_whole(struct reader *r, const struct message_def *def)
{
    struct frame_of_message m = {.def = def, .explicit = r->how->explicit};
    enum decoded got;

    *r->out = (struct message_read){.def = def};
    got = read_forms(r, &m, &r->out->fields);
    if (got == DECODED && r->twist && r->twist->aligned)
        got = end_of_struct(r, &m);
    r->out->used = r->at;
    if (got == DECODED)
        r->out->reached = r->at;
    return got;
}

enum decoded decode_twisted(const struct message_reading *how, const struct message_def *def, struct bytes in,
                            const struct twist *twist, struct message_read *out, int64_t *padding)
{
    struct reader r = {.how = how, .twist = twist, .in = in, .out = out};
    enum decoded got;

    if (!r.in.data) /* fields point into it, also where there are none */
        r.in.data = (const uint8_t *)"";
    got = read_whole(&r, def);
    *padding = r.padding;
    return got;
}

enum decoded message_decode(const struct message_reading *how, const struct message_def *def, struct bytes in,
                            struct message_read *out)
{
    int64_t unused;

    return decode_twisted(how, def, in, NULL, out, &unused);
}

bool def_may_come(const struct message_def *def, enum message_from from)
{
    if (def->is_item && def->from == FROM_EITHER)
        return false;
    return def->from == FROM_EITHER || from == FROM_EITHER || def->from == from;
}

enum decoded message_decode_any(const struct message_reading *how, enum message_from from,
                                const struct message_def *wanted, struct bytes in, struct message_read *out)
{
    struct message_read furthest = {.syntax.kind = SYNTAX_MORE};
    struct message_reading plain = *how;
    enum decoded got;

    if (wanted) {
        got = message_decode(how, wanted, in, out);
        if (got != DECODE_OTHER)
            return got;
        furthest = *out;
    }
    plain.explicit = NULL; /* what an expectation says is of the message that it names */
    for (size_t i = 0; i < how->set->n; i++) {
        if (&how->set->defs[i] == wanted || !def_may_come(&how->set->defs[i], from))
            continue;
        got = message_decode(&plain, &how->set->defs[i], in, out);
        if (got != DECODE_OTHER)
            return got;
        if (!furthest.def || out->reached > furthest.reached)
            furthest = *out;
    }
    *out = furthest;
    return DECODE_OTHER;
}

size_t message_edges(const struct message_reading *how, const struct message_def *def, struct bytes in,
                     size_t **edges)
{
    struct message_read out;
    struct reader r = {.how = how, .in = in, .out = &out, .wants_edges = true};
    size_t n = 0;

    if (!r.in.data)
        r.in.data = (const uint8_t *)"";
    read_whole(&r, def);
    *edges = arena_new(how->arena, r.n_edges * sizeof **edges);
    for (size_t i = 0; i < r.n_edges; i++)
        if (r.edges[i] > (n ? (*edges)[n - 1] : 0) && r.edges[i] < in.len)
            (*edges)[n++] = r.edges[i];
    mem_free(r.edges);
    return n;
}
