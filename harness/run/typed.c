/* typed.c - see typed.h. */
#include "run/typed.h"
#include "base/escape.h"

#include <stdlib.h>
#include <string.h>

static bool is_condition(const struct value *v)
{
    switch (v->kind) {
    case VALUE_REGEX:
    case VALUE_LUA:
    case VALUE_ONE_OF:
    case VALUE_RANGE:
    case VALUE_NONE: return true;
    case VALUE_LIST:
        for (size_t i = 0; i < v->n; i++)
            if (is_condition(&v->items[i]))
                return true;
        return false;
    case VALUE_RECORD:
        for (size_t i = 0; i < v->n_fields; i++)
            if (is_condition(&v->fields[i].value))
                return true;
        return false;
    case VALUE_BYTES:
    case VALUE_CELL:
    case VALUE_ABSENT:
    case VALUE_TYPED:
    case VALUE_LIKE:
    case VALUE_PART:
    case VALUE_CODE:
    case VALUE_SIGNAL:
    case VALUE_HAPPENING: break;
    }
    return false;
}

/* ---- making -------------------------------------------------------------------------------------------- */

static struct datum as_text(struct datum d, struct arena *a)
{
    _cleanup_buf_ struct buf text = BUF_INIT;

    if (d.kind == DATUM_BYTES || d.kind == DATUM_NONE || d.kind == DATUM_LIST || d.kind == DATUM_RECORD)
        return d;
    datum_text(&d, &text);
    return datum_bytes(arena_bytes(a, buf_view(&text)));
}

/* What the spec gives, as bytes, and lists and records of them. */
static struct datum given(const struct value *v, const struct bindings *b, struct arena *a)
{
    struct datum d = {0};

    switch (v->kind) {
    case VALUE_BYTES: return as_text(template_datum(&v->text, b, a), a);
    case VALUE_CELL: return given(&b->test->cells[b->row * b->test->n_columns + v->index], b, a);
    case VALUE_LIST:
        d = (struct datum){
            .kind = DATUM_LIST, .n = v->n, .items = arena_new(a, (v->n + 1) * sizeof *d.items)};
        for (size_t i = 0; i < v->n; i++)
            d.items[i] = given(&v->items[i], b, a);
        break;
    case VALUE_RECORD:
        d = (struct datum){.kind = DATUM_RECORD,
                           .n = v->n_fields,
                           .names = arena_new(a, (v->n_fields + 1) * sizeof *d.names),
                           .items = arena_new(a, (v->n_fields + 1) * sizeof *d.items)};
        for (size_t i = 0; i < v->n_fields; i++) {
            d.names[i] = v->fields[i].name;
            d.items[i] = given(&v->fields[i].value, b, a);
        }
        break;
    case VALUE_ABSENT:
    case VALUE_NONE:
    case VALUE_REGEX:
    case VALUE_LUA:
    case VALUE_ONE_OF:
    case VALUE_PART:
    case VALUE_RANGE:
    case VALUE_TYPED:
    case VALUE_LIKE:
    case VALUE_CODE:
    case VALUE_SIGNAL:
    case VALUE_HAPPENING: break;
    }
    return d;
}

static void fault(const struct bindings *b, const struct mark *at, const char *what, const char *why)
{
    if (b->err && !b->err->code)
        err_say(b->err, -22, "%s:%d:%d: %s: %s", at->file, at->line, at->col, what, why);
}

/* A field of HTTP: the status is a number. */
static struct datum http_field(const char *name, struct datum d)
{
    if (strcmp(name, "status") == 0 && d.kind == DATUM_BYTES)
        return datum_int(atoi((const char *)d.bytes.data));
    return d;
}

static void known_fields(const struct value *v, const struct bindings *b, struct arena *a, struct message *m)
{
    struct datum *known = &m->fields, *named = &m->named;

    *known = (struct datum){.kind = DATUM_RECORD,
                            .names = arena_new(a, (v->n_fields + 1) * sizeof *known->names),
                            .items = arena_new(a, (v->n_fields + 1) * sizeof *known->items)};
    *named = (struct datum){.kind = DATUM_RECORD,
                            .names = arena_new(a, (v->n_fields + 1) * sizeof *known->names),
                            .items = arena_new(a, (v->n_fields + 1) * sizeof *known->items)};
    for (size_t i = 0; i < v->n_fields; i++) {
        const struct field_value *f = &v->fields[i];
        struct datum raw, is = {0};
        const char *why = "";

        named->names[named->n++] = f->name;
        if (is_condition(&f->value))
            continue;
        raw = given(&f->value, b, a);
        if (!v->def)
            is = http_field(f->name, raw);
        else if (raw.kind != DATUM_NONE && !message_value(v->def, f->name, &raw, a, &is, &why))
            fault(b, &f->value.mark, f->name, why);
        named->items[named->n - 1] = is;
        known->names[known->n] = f->name;
        known->items[known->n++] = is;
    }
}

static bool is_settled(const struct message_expr *value, const char *name, const struct datum *known)
{
    return value->kind != EXPR_ABSENT || (name && datum_get(known, name));
}

/* Do the fields that are known leave nothing open? */
static bool leaves_nothing_open(const struct message_def *def, const struct datum *known)
{
    const struct message_form *form = &def->forms[0];

    if (def->n_forms > 1)
        return false;
    for (size_t i = 0; i < form->n; i++) {
        const struct message_field *f = &form->fields[i];

        for (size_t k = 0; k < f->n_bits; k++)
            if (!is_settled(&f->bits[k].value, f->bits[k].name, known))
                return false;
        if (f->kind != FIELD_LITERAL && f->kind != FIELD_BITS && !is_settled(&f->value, f->name, known))
            return false;
        if (f->condition.kind != EXPR_ABSENT && !datum_get(known, f->name))
            return false;
    }
    return true;
}

void typed_resolve(const struct value *v, const struct bindings *b, struct arena *a, struct message *m)
{
    _cleanup_buf_ struct buf out = BUF_INIT;
    const char *why = "";
    bool made;

    known_fields(v, b, a, m);
    m->exact = v->kind == VALUE_TYPED && v->def && m->fields.n == v->n_fields &&
               leaves_nothing_open(v->def, &m->fields);
    if (v->kind == VALUE_LIKE)
        return;
    made = v->def ? message_encode(v->set, v->def, &m->fields, a, &out, &why)
                  : http_encode(v->http, &m->fields, &out, &why);
    if (made)
        m->content = arena_bytes(a, buf_view(&out));
    else if (m->fields.n == v->n_fields)
        fault(b, &v->mark, v->def ? v->def->name : "this message", why);
}

/* ---- comparing ----------------------------------------------------------------------------------------- */

struct comparing {
    const struct bindings *b;
    struct arena *a;
    struct caught *caught;
};

static void capture(const struct comparing *c, size_t slot, const struct datum *d)
{
    size_t n = c->b->test->n_names;

    if (!c->caught || slot >= n)
        return;
    if (!c->caught->names)
        c->caught->names = arena_new(c->a, n * sizeof *c->caught->names);
    c->caught->names[slot] = *d;
}

/* Says why not; false. */
static bool because(const struct comparing *c, const char *reason)
{
    if (c->caught && reason)
        c->caught->reason = reason;
    return false;
}

static bool number(const struct datum *d, struct arena *a, double *out)
{
    struct datum text = as_text(*d, a);
    char *end;

    if (text.kind != DATUM_BYTES || text.bytes.len == 0)
        return false;
    *out = strtod((const char *)arena_bytes(a, text.bytes).data, &end);
    return *end == 0;
}

/* Integers are compared as such: a double holds only 53 bits of them. */
static int compare(const struct datum *x, const struct datum *y, struct arena *a)
{
    double p, q;

    if (x->kind == DATUM_INT && y->kind == DATUM_INT)
        return (x->i > y->i) - (x->i < y->i);
    if (!number(x, a, &p) || !number(y, a, &q))
        return 2;
    return (p > q) - (p < q);
}

const char *typed_worth(const struct datum *d, struct arena *a)
{
    _cleanup_buf_ struct buf text = BUF_INIT, out = BUF_INIT;

    datum_text(d, &text);
    escape_c(&out, bytes_slice(buf_view(&text), 0, 200));
    return (const char *)arena_bytes(a, buf_view(&out)).data;
}

static bool range_is(const struct value *v, const struct datum *got, const struct comparing *c)
{
    static const char *const words[] = {"less than", "more than"};

    for (size_t i = 0; i < v->n; i++) {
        struct datum end;
        int order;

        if (v->items[i].kind == VALUE_NONE)
            continue;
        end = given(&v->items[i], c->b, c->a);
        order = compare(got, &end, c->a);
        if (order == 2)
            return because(c, arena_printf(c->a, "%s is no number", typed_worth(got, c->a)));
        if (order == (i == 0 ? -1 : 1))
            return because(c, arena_printf(c->a, "%s is %s %s", typed_worth(got, c->a), words[i],
                                           typed_worth(&end, c->a)));
    }
    capture(c, v->capture, got);
    return true;
}

static bool lua_is(const struct value *v, const struct datum *got, const struct comparing *c)
{
    struct bindings with = *c->b;
    const char *reason;

    with.got = got;
    return expression_holds(v->expr, &with, c->a, &reason) || because(c, reason);
}

static bool groups_are(const struct value *v, struct bytes subject, const struct comparing *c)
{
    size_t n = regex_named(v->regex);
    struct bytes *groups = arena_new(c->a, (n + 1) * sizeof *groups);

    if (regex_capture(v->regex, subject, groups) != MATCHED)
        return false;
    for (size_t i = 0; i < n && v->slots; i++) {
        struct datum d = datum_bytes(groups[i]);
        capture(c, v->slots[i], &d);
    }
    return true;
}

static bool field_is(const struct value *v, const struct datum *got, const struct comparing *c);

static bool record_is(const struct value *v, const struct datum *got, const struct comparing *c)
{
    for (size_t i = 0; i < v->n_fields; i++)
        if (!field_is(&v->fields[i].value, http_header(got, v->fields[i].name), c))
            return false;
    return got->kind == DATUM_RECORD;
}

static bool list_is(const struct value *v, const struct datum *got, const struct comparing *c)
{
    if (got->kind != DATUM_LIST || got->n != v->n)
        return false;
    for (size_t i = 0; i < v->n; i++)
        if (!field_is(&v->items[i], &got->items[i], c))
            return false;
    return true;
}

/* One that is known by its text alone. got NULL: it is not there. */
static bool field_is(const struct value *v, const struct datum *got, const struct comparing *c)
{
    struct datum text;

    if (v->kind == VALUE_ABSENT)
        return !got || got->kind == DATUM_NONE;
    if (!got || got->kind == DATUM_NONE)
        return false;
    switch (v->kind) {
    case VALUE_RANGE: return range_is(v, got, c);
    case VALUE_LUA: return lua_is(v, got, c);
    case VALUE_RECORD: return record_is(v, got, c);
    case VALUE_LIST: return list_is(v, got, c);
    case VALUE_REGEX: return groups_are(v, as_text(*got, c->a).bytes, c);
    case VALUE_ONE_OF:
        for (size_t i = 0; i < v->n; i++)
            if (field_is(&v->items[i], got, c))
                return true;
        return false;
    case VALUE_NONE: capture(c, v->capture, got); return true;
    case VALUE_BYTES:
    case VALUE_CELL: text = given(v, c->b, c->a); return bytes_equal(text.bytes, as_text(*got, c->a).bytes);
    case VALUE_ABSENT:
    case VALUE_PART:
    case VALUE_TYPED:
    case VALUE_LIKE:
    case VALUE_CODE:
    case VALUE_SIGNAL:
    case VALUE_HAPPENING: break;
    }
    return false;
}

/* The fields of `in` as the message of v; false: it is none. */
static bool read_as(const struct message *m, const struct incoming *in, struct arena *a, struct datum *fields)
{
    const struct value *v = m->value;
    struct message_reading how = {.set = v->set, .arena = a, .explicit = &m->named};
    struct message_read read;
    struct http_found found;

    if (!v->def)
        return v->http == in->http.kind && http_decode(in->http, in->content, a, fields, &found);
    if (message_decode(&how, v->def, in->content, &read) != DECODED)
        return false;
    *fields = read.fields;
    return true;
}

static bool typed_is(const struct message *m, const struct incoming *in, const struct comparing *c)
{
    const struct value *v = m->value;
    struct datum fields;

    if (!read_as(m, in, c->a, &fields))
        return false;
    for (size_t i = 0; i < v->n_fields; i++) {
        const struct field_value *f = &v->fields[i];
        const struct datum *got = datum_get(&fields, f->name), *known = datum_get(&m->fields, f->name);

        if (v->def && known && f->value.kind != VALUE_ABSENT) {
            if (!got || !message_agrees(got, known))
                return false;
        } else if (!field_is(&f->value, got, c)) {
            return because(c, c->caught && c->caught->reason
                                  ? arena_printf(c->a, "`%s`: %s", f->name, c->caught->reason)
                                  : NULL);
        }
    }
    return true;
}

/* What it is called, and its fields; NULL: it is none of its protocol's messages. */
static const char *fields_of(const struct incoming *in, struct arena *a, struct datum *fields)
{
    const struct message_def *def = incoming_which(in, NULL, a, fields);
    struct http_found found;

    if (def)
        return def->name;
    if (in->protocol && in->protocol->framing.kind == FRAMING_HTTP &&
        http_decode(in->http, in->content, a, fields, &found))
        return http_kind_name(in->http.kind);
    return NULL;
}

struct datum incoming_got(const struct incoming *in, struct arena *a)
{
    struct datum fields, all = {.kind = DATUM_RECORD};
    const char *name = fields_of(in, a, &fields);

    if (!name)
        return datum_bytes(in->content);
    all.names = arena_new(a, (fields.n + 2) * sizeof *all.names);
    all.items = arena_new(a, (fields.n + 2) * sizeof *all.items);
    for (all.n = 0; all.n < fields.n; all.n++) {
        all.names[all.n] = fields.names[all.n];
        all.items[all.n] = fields.items[all.n];
    }
    all.names[all.n] = "message";
    all.items[all.n++] = datum_bytes(bytes_of(name));
    all.names[all.n] = "bytes";
    all.items[all.n++] = datum_bytes(in->content);
    return all;
}

static bool value_is(const struct message *m, const struct incoming *in, const struct comparing *c)
{
    struct messages inner;
    struct datum got;

    switch (m->value->kind) {
    case VALUE_TYPED:
    case VALUE_LIKE: return typed_is(m, in, c);
    case VALUE_REGEX: return groups_are(m->value, in->content, c);
    case VALUE_LUA: got = incoming_got(in, c->a); return lua_is(m->value, &got, c);
    case VALUE_ONE_OF:
        for (size_t i = 0; i < m->value->n; i++) {
            inner = messages_resolve(&m->value->items[i], c->b, c->a);
            if (inner.n && message_is(&inner.items[0], in, c->b, c->a, c->caught))
                return true;
        }
        return false;
    case VALUE_PART:
        inner = messages_resolve(&m->value->items[0], c->b, c->a);
        return in->content.len == 0 || (inner.n && bytes_find(inner.items[0].content, in->content));
    case VALUE_NONE:
    case VALUE_BYTES:
    case VALUE_LIST:
    case VALUE_CELL:
    case VALUE_RECORD:
    case VALUE_RANGE:
    case VALUE_ABSENT:
    case VALUE_CODE:
    case VALUE_SIGNAL:
    case VALUE_HAPPENING: break;
    }
    return false;
}

bool message_is(const struct message *m, const struct incoming *in, const struct bindings *b, struct arena *a,
                struct caught *caught)
{
    const struct comparing c = {b, a, caught};

    if (m->event != HAPPENING_NONE)
        return false;
    if (m->value)
        return value_is(m, in, &c);
    return m->regex ? regex_match(m->regex, in->content) == MATCHED : bytes_equal(m->content, in->content);
}

bool message_is_any(const struct messages *all, const struct incoming *in, const struct bindings *b,
                    struct arena *a)
{
    for (size_t i = 0; i < all->n; i++)
        if (message_is(&all->items[i], in, b, a, NULL))
            return true;
    return false;
}

/* ---- captures ------------------------------------------------------------------------------------------ */

/* With all that it holds: what came is about to be dropped. */
static struct datum datum_kept(const struct datum *d, struct arena *a)
{
    struct datum copy = *d;

    copy.wire = (struct bytes){0};
    copy.bytes = d->kind == DATUM_BYTES ? arena_bytes(a, d->bytes) : (struct bytes){0};
    copy.items = d->n ? arena_new(a, d->n * sizeof *copy.items) : NULL;
    for (size_t i = 0; i < d->n; i++)
        copy.items[i] = datum_kept(&d->items[i], a);
    return copy;
}

void caught_name(struct caught *c, size_t slot, const struct incoming *in, const struct bindings *b,
                 struct arena *a)
{
    if (slot == SIZE_MAX)
        return;
    if (!c->names)
        c->names = arena_new(a, b->test->n_names * sizeof *c->names);
    c->names[slot] = incoming_got(in, a);
}

void caught_keep(const struct caught *c, const struct bindings *b, struct arena *a)
{
    for (size_t i = 0; c->names && i < b->test->n_names; i++)
        if (c->names[i].kind != DATUM_NONE)
            b->names[i] = datum_kept(&c->names[i], a);
}

/* ---- which message? ------------------------------------------------------------------------------------ */

const struct message_def *incoming_which(const struct incoming *in, const struct message *expected,
                                         struct arena *a, struct datum *fields)
{
    struct message_reading how = {.arena = a,
                                  .explicit = message_is_typed(expected) ? &expected->named : NULL};
    struct message_read read;

    if (!in->protocol || in->protocol->messages.n == 0)
        return NULL;
    how.set = &in->protocol->messages;
    if (message_decode_any(&how, in->from, message_is_typed(expected) ? expected->value->def : NULL,
                           in->content, &read) != DECODED)
        return NULL;
    *fields = read.fields;
    return read.def;
}
