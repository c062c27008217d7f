/*
 * message_encode.c - from named values to bytes: see message.h.
 *
 * What is computed may depend on any other field, before or behind it, and on other computed ones. So the
 * message is written again with what the last pass made of it, until nothing changes: a size is right in the
 * second pass, a checksum over it in the third. No order of computing need be found.
 */
#include "base/mem.h"
#include "wire/message_parts.h"

#include <string.h>

#define ZEROS_MAX (UINT64_C(64) << 20) /* of a field that is nothing but its size */

struct writer {
    const struct message_set *set;
    struct arena *arena;
    size_t depth, n_items; /* in all passes: lists in lists, each with a few, are many together */
};

struct writing {
    const struct message_def *def;
    const struct message_form *form;
    const struct datum *given;
    struct datum record; /* of the last pass; a slot for each name */
    size_t *begin, *len; /* of each slot, on the wire */
    struct scope scope;
    struct buf out;  /* of this pass */
    const char *why; /* what failed in this pass; it may be right in the next */
};

static bool write_form(struct writer *w, struct writing *m);

static bool fail(struct writer *w, struct writing *m, const char *name, const char *why)
{
    if (!m->why)
        m->why = arena_printf(w->arena, "`%s`: %s", name, why);
    return false;
}

/* What a field is worth: as given, constant, or computed; `none` when none of these. */
static struct datum worth(struct writer *w, struct writing *m, const struct message_field *f,
                          const struct datum *given, bool *none)
{
    struct datum raw, value = field_zero(f);
    const char *why = "";

    *none = !given && f->value.kind == EXPR_ABSENT;
    if (*none)
        return value;
    if (given)
        raw = *given;
    else if (!message_expr_value(w->set, &f->value, &m->scope, w->arena, &raw, &why)) {
        fail(w, m, field_name(f), why);
        return value;
    }
    if (!field_convert(f, &raw, w->arena, &value, &why))
        fail(w, m, field_name(f), why);
    return value;
}

/* ---- bytes --------------------------------------------------------------------------------------- */

static bool size_of(struct writer *w, struct writing *m, const struct message_field *f, size_t *n)
{
    const char *why = "";

    *n = 0;
    if (f->size.kind == EXPR_ABSENT)
        return true;
    if (!message_expr_size(w->set, &f->size, &m->scope, w->arena, n, &why))
        return fail(w, m, field_name(f), why);
    return *n <= ZEROS_MAX || fail(w, m, field_name(f), "it is too large");
}

static void zeros(struct buf *out, size_t n)
{
    if (n == 0)
        return;
    buf_reserve(out, n);
    memset(out->data + out->len, 0, n);
    out->len += n;
}

/* `none`: it is worth as many zeros as it has bytes. */
static void write_bytes(struct writer *w, struct writing *m, const struct message_field *f, bool none,
                        struct datum *value)
{
    _cleanup_buf_ struct buf empty = BUF_INIT;
    struct bytes wire;
    const char *why = "";
    size_t n;

    if (none && size_of(w, m, f, &n)) {
        zeros(&empty, n);
        *value = datum_bytes(arena_bytes(w->arena, buf_view(&empty)));
    }
    if (!field_transform(w->set, f, &m->scope, w->arena, value->bytes, true, &wire, &why)) {
        fail(w, m, field_name(f), why);
        return;
    }
    if (f->size.kind == EXPR_CONSTANT && wire.len != (size_t)f->size.constant.i)
        fail(w, m, field_name(f),
             arena_printf(w->arena, "%zu bytes, where it has %s", wire.len, f->size.text));
    buf_append(&m->out, wire);
}

static void write_ascii(struct writer *w, struct writing *m, const struct message_field *f,
                        const struct datum *value)
{
    size_t n;

    if (!size_of(w, m, f, &n))
        return;
    if (value->bytes.len > n) {
        fail(w, m, field_name(f), arena_printf(w->arena, "%zu bytes, where it has %zu", value->bytes.len, n));
        return;
    }
    buf_append(&m->out, value->bytes);
    zeros(&m->out, n - value->bytes.len);
}

/* ---- bits and lists ------------------------------------------------------------------------------ */

static uint64_t bits_worth(struct writer *w, struct writing *m, const struct message_field *f,
                           const struct message_bits *b)
{
    const struct datum *given = given_bits(m->given, f, b);
    struct datum raw = datum_int(0), value = datum_int(0);
    const char *why = "";

    if (given)
        raw = *given;
    else if (!message_expr_value(w->set, &b->value, &m->scope, w->arena, &raw, &why)) {
        fail(w, m, b->name ? b->name : field_name(f), why);
        return 0;
    }
    if (raw.kind != DATUM_NONE && !bits_convert(b, &raw, &value, w->arena, &why))
        fail(w, m, b->name ? b->name : field_name(f), why);
    return (uint64_t)value.i;
}

static void write_bits(struct writer *w, struct writing *m, const struct message_field *f,
                       struct datum *value)
{
    unsigned from = 0;
    size_t at = m->out.len;

    zeros(&m->out, f->width);
    *value = names_new(w->arena, f->n_bits);
    for (size_t i = 0; i < f->n_bits; from += f->bits[i++].width) {
        uint64_t number = bits_worth(w, m, f, &f->bits[i]);

        bits_write(m->out.data + at, from, f->bits[i].width, number);
        if (f->bits[i].name)
            names_add(value, f->bits[i].name, datum_uint(number));
    }
}

static const struct message_form *form_for(const struct message_def *def, const struct datum *given);

/* It is worth as many items as it has, each with nothing given. Within an item of another list only those
 * that are always there: what a field counts there is 0, and a list that holds itself would not end. */
static void list_of_nothing(struct writer *w, struct writing *m, const struct message_field *f,
                            struct datum *value)
{
    size_t n;

    if (w->depth > 0 && f->size.kind != EXPR_CONSTANT)
        return;
    if (!size_of(w, m, f, &n))
        return;
    if (n > MESSAGE_ITEMS_MAX - w->n_items) {
        fail(w, m, field_name(f), "more items than there may be");
        return;
    }
    value->items = arena_new(w->arena, n * sizeof *value->items);
    for (value->n = 0; value->n < n; value->n++)
        value->items[value->n].kind = DATUM_RECORD;
}

static void write_list(struct writer *w, struct writing *m, const struct message_field *f, bool none,
                       struct datum *value)
{
    if (none)
        list_of_nothing(w, m, f, value);
    if (value->n > 0 && w->depth == MESSAGE_DEPTH_MAX) {
        fail(w, m, field_name(f), "more lists within lists than there may be");
        return;
    }
    if (value->n > MESSAGE_ITEMS_MAX - w->n_items) {
        fail(w, m, field_name(f), "more items than there may be");
        return;
    }
    w->n_items += value->n;
    w->depth++;
    for (size_t i = 0; i < value->n; i++) {
        struct writing item = {
            .def = f->item_def,
            .form = form_for(f->item_def, &value->items[i]),
            .given = &value->items[i],
            .scope.outer = &m->scope,
        };

        if (!write_form(w, &item))
            fail(w, m, arena_printf(w->arena, "%s[%zu]", field_name(f), i), item.why);
        buf_append(&m->out, buf_view(&item.out));
        buf_deinit(&item.out);
        value->items[i] = item.record;
    }
    w->depth--;
}

/* ---- fields -------------------------------------------------------------------------------------- */

static void write_value(struct writer *w, struct writing *m, const struct message_field *f, bool none,
                        struct datum *value)
{
    uint64_t number = 0;

    switch (f->kind) {
    case FIELD_LITERAL: buf_append(&m->out, f->literal); break;
    case FIELD_INT:
    case FIELD_UINT:
    case FIELD_DECIMAL:
    case FIELD_HEX:
    case FIELD_WORD:
    case FIELD_PATH:
    case FIELD_LINE:
    case FIELD_TEXT:
    case FIELD_REGEX: text_write(f, value, &m->out); break;
    case FIELD_BYTES: write_bytes(w, m, f, none, value); break;
    case FIELD_INTEGER: integer_write(f, (uint64_t)value->i, &m->out); break;
    case FIELD_FLOAT: float_write(f, value->real, &m->out); break;
    case FIELD_BITS: write_bits(w, m, f, value); break;
    case FIELD_ASCII: write_ascii(w, m, f, value); break;
    case FIELD_CSTRING:
        buf_append(&m->out, value->bytes);
        buf_byte(&m->out, 0);
        break;
    case FIELD_ENUM:
        choice_number(f, value, &number);
        integer_write(f, number, &m->out);
        break;
    case FIELD_LIST: write_list(w, m, f, none, value); break;
    }
}

/* An optional field is there when it is given, else when its condition holds. */
static bool is_there(struct writer *w, struct writing *m, const struct message_field *f,
                     const struct datum *given)
{
    const char *why = "";
    bool holds = true;

    if (given)
        return given->kind != DATUM_NONE;
    if (f->condition.kind != EXPR_ABSENT &&
        !message_expr_holds(w->set, &f->condition, &m->scope, w->arena, &holds, &why))
        fail(w, m, field_name(f), why);
    return holds;
}

/* Into the slot of its name, where expressions find it. */
static void keep(struct writing *m, size_t *slot, struct datum value, size_t begin)
{
    value.wire = m->record.items[*slot].wire; /* of the last pass, until this one is over */
    m->record.items[*slot] = value;
    m->begin[*slot] = begin;
    m->len[(*slot)++] = m->out.len - begin;
}

static void write_field(struct writer *w, struct writing *m, const struct message_field *f, size_t *slot)
{
    const struct datum *given = given_field(m->given, f);
    struct datum value = {0};
    size_t begin = m->out.len;

    if (is_there(w, m, f, given)) {
        bool none = false;

        value = f->kind == FIELD_BITS ? field_zero(f) : worth(w, m, f, given, &none);
        write_value(w, m, f, none, &value);
    }
    for (size_t i = 0, k = 0; i < f->n_bits; i++)
        if (f->bits[i].name)
            keep(m, slot, value.n ? value.items[k++] : (struct datum){0}, begin);
    if (f->name)
        keep(m, slot, value, begin);
}

/* ---- passes -------------------------------------------------------------------------------------- */

/* A slot for each name, worth nothing yet. Returns how many fields are computed, and so may need a pass. */
static size_t begin_record(struct writer *w, struct writing *m, size_t from)
{
    size_t names = form_names(m->form), computed = 0;

    m->record = names_new(w->arena, names);
    m->begin = arena_new(w->arena, names * sizeof *m->begin);
    m->len = arena_new(w->arena, names * sizeof *m->len);
    for (size_t i = from; i < m->form->n; i++) {
        const struct message_field *f = &m->form->fields[i];

        for (size_t k = 0; k < f->n_bits; k++) {
            computed += field_is_computed(&f->bits[k].value) && !given_bits(m->given, f, &f->bits[k]);
            if (f->bits[k].name)
                names_add(&m->record, f->bits[k].name, datum_int(0));
        }
        computed += field_is_computed(&f->value) && !given_field(m->given, f);
        if (f->name)
            names_add(&m->record, f->name, field_zero(f));
    }
    m->scope.fields = &m->record;
    m->scope.def = m->def;
    return computed;
}

/* Which bytes of the last pass are zeros for what is computed now: the field's own. */
static void computed_range(struct writing *m, const struct message_field *f, size_t slot)
{
    bool named = f->name || f->n_bits;

    m->scope.begin = named && slot < m->record.n ? m->begin[slot] : 0;
    m->scope.len = named && slot < m->record.n ? m->len[slot] : 0;
}

static void pass(struct writer *w, struct writing *m, size_t from)
{
    size_t slot = 0;

    m->out.len = 0;
    m->why = NULL;
    for (size_t i = from; i < m->form->n; i++) {
        computed_range(m, &m->form->fields[i], slot);
        write_field(w, m, &m->form->fields[i], &slot);
    }
    if (m->def->pad && m->out.len % m->def->pad)
        zeros(&m->out, m->def->pad - m->out.len % m->def->pad);
}

/* What this pass made is what the next one knows. False: it made the same as the last. */
static bool learn(struct writer *w, struct writing *m)
{
    bool changed = !m->scope.whole.data || !bytes_equal(m->scope.whole, buf_view(&m->out));

    m->scope.whole = arena_bytes(w->arena, buf_view(&m->out));
    for (size_t i = 0; i < m->record.n; i++)
        m->record.items[i].wire = bytes_slice(m->scope.whole, m->begin[i], m->len[i]);
    return changed;
}

/* Into m->out, which the caller frees. */
static bool write_form(struct writer *w, struct writing *m)
{
    size_t from = m->scope.outer ? m->form->n_header : 0;
    size_t computed = begin_record(w, m, from), left = computed ? computed + 3 : 1;
    bool changed;

    do {
        pass(w, m, from);
        changed = learn(w, m);
    } while (--left > 0 && (changed || m->why));
    if (computed && changed && !m->why)
        m->why = arena_printf(w->arena, "the computed fields of %s depend on each other", m->def->name);
    return !m->why;
}

static bool has_name(const struct message_form *form, const char *name)
{
    for (size_t i = 0; i < form->n; i++) {
        const struct message_field *f = &form->fields[i];

        if (f->name && strcmp(f->name, name) == 0)
            return true;
        for (size_t k = 0; k < f->n_bits; k++)
            if (f->bits[k].name && strcmp(f->bits[k].name, name) == 0)
                return true;
    }
    return false;
}

static const char *unknown_in(const struct message_form *form, const struct datum *given)
{
    for (size_t i = 0; given && i < given->n; i++)
        if (!has_name(form, given->names[i]))
            return given->names[i];
    return NULL;
}

/* The first that has all names that are given; else the first. */
static const struct message_form *form_for(const struct message_def *def, const struct datum *given)
{
    for (size_t i = 0; i < def->n_forms; i++)
        if (!unknown_in(&def->forms[i], given))
            return &def->forms[i];
    return &def->forms[0];
}

bool message_encode(const struct message_set *set, const struct message_def *def, const struct datum *given,
                    struct arena *a, struct buf *out, const char **why)
{
    struct writer w = {set, a, 0};
    struct writing m = {.def = def, .form = form_for(def, given), .given = given};
    const char *unknown = unknown_in(m.form, given);

    if (unknown) {
        *why = arena_printf(a, "%s has no field `%s`", def->name, unknown);
        return false;
    }
    if (write_form(&w, &m))
        buf_append(out, buf_view(&m.out));
    buf_deinit(&m.out);
    *why = m.why;
    return !m.why;
}
