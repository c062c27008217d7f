/*
 * message_explain.c - what bytes would have meant that are no message: see enum mistake.
 *
 * A hypothesis is read, not guessed: the message is decoded again as if the mistake had been made, and only
 * if all of it is right then, the mistake is claimed. The hypotheses stand in order of how often they are
 * the cause; the first that holds is taken.
 */
#include "base/mem.h"
#include "wire/message_parts.h"

#include <string.h>

#define EXPLAIN_MAX ((size_t)256 << 10) /* a longer message is not read again and again */
#define NESTING_MAX 4u                  /* items within items whose fields are looked at */

struct inquiry {
    struct message_reading how;
    const struct message_def *def;
    const struct datum *expected;
    struct bytes in;
    struct message_read plain; /* as it came */
    struct arena scratch;      /* what one hypothesis needs: there may be hundreds, of long lists */
    struct syntax *out;
};

/* *got is good until the next one. */
static bool is_right(struct inquiry *q, struct bytes in, const struct twist *twist, struct message_read *got,
                     int64_t *padding)
{
    struct message_reading how = q->how;

    arena_deinit(&q->scratch);
    how.arena = &q->scratch;
    if (decode_twisted(&how, q->def, in, twist, got, padding) != DECODED)
        return false;
    return !q->expected || message_agrees(&got->fields, q->expected);
}

/* ---- one field is meant otherwise ---------------------------------------------------------------- */

/* Says which field it is, what came and what was meant, where the field was read at all. */
static void name_field(struct inquiry *q, const struct message_field *f, const struct datum *meant)
{
    const struct datum *came = f->name ? datum_get(&q->plain.fields, f->name) : NULL;

    q->out->mistake.field = f->name;
    q->out->mistake.type = f->type;
    q->out->mistake.at = q->plain.syntax.offset;
    if (meant && meant->wire.data)
        q->out->mistake.at = (size_t)(meant->wire.data - q->in.data);
    if (meant)
        q->out->mistake.meant = *meant;
    if (came)
        q->out->mistake.came = *came;
    else if (q->plain.syntax.field && f->name && strcmp(q->plain.syntax.field, f->name) == 0)
        q->out->mistake.came = q->plain.syntax.came;
}

static bool try_field(struct inquiry *q, const struct message_field *f, const struct twist *twist,
                      enum mistake kind, int64_t by)
{
    const struct datum *meant;
    struct message_read got;
    int64_t unused;

    if (!is_right(q, q->in, twist, &got, &unused))
        return false;
    meant = f->name ? datum_get(&got.fields, f->name) : NULL;
    q->out->mistake.kind = kind;
    q->out->mistake.by = by;
    name_field(q, f, meant);
    return true;
}

static bool try_swapped(struct inquiry *q, const struct message_field *f)
{
    bool wide = f->kind == FIELD_INTEGER || f->kind == FIELD_FLOAT || f->kind == FIELD_ENUM;
    const struct twist twist = {.swapped = f};

    return wide && f->width > 1 && try_field(q, f, &twist, MISTAKE_BYTE_ORDER, 0);
}

static bool is_integer(const struct message_field *f)
{
    return f->kind == FIELD_INTEGER || f->kind == FIELD_INT || f->kind == FIELD_UINT || f->kind == FIELD_HEX;
}

/* Whether the field counts something: it is computed so, or another field has its length from it. */
static bool is_length(const struct message_form *form, const struct message_field *f)
{
    if (!is_integer(f))
        return false;
    if (f->value.kind == EXPR_SIZE || f->value.kind == EXPR_COUNT)
        return true;
    for (size_t i = 0; i < form->n; i++) {
        const struct message_expr *size = &form->fields[i].size;

        if (size->kind == EXPR_NAME && f->name && strcmp(size->name, f->name) == 0)
            return true;
    }
    return false;
}

static bool try_length(struct inquiry *q, const struct message_form *form, const struct message_field *f)
{
    const struct datum *came = f->name ? datum_get(&q->plain.fields, f->name) : NULL;
    bool there = came && came->wire.data;
    struct twist twist = {.moved = f};
    const struct {
        enum mistake kind;
        int64_t by;
    } shifts[] = {
        {MISTAKE_LENGTH, 1},
        {MISTAKE_LENGTH, -1},
        {MISTAKE_LENGTH_SELF, there ? (int64_t)came->wire.len : 0},
        {MISTAKE_LENGTH_HEADER, there ? came->wire.data + came->wire.len - q->in.data : 0},
    };

    if (!is_length(form, f))
        return false;
    for (size_t i = 0; i < array_len(shifts); i++) {
        twist.by = shifts[i].by;
        if (twist.by && try_field(q, f, &twist, shifts[i].kind, twist.by))
            return true;
    }
    return false;
}

/* Each field of the message, then those of its items. */
static bool try_fields(struct inquiry *q, const struct message_def *def, bool lengths, unsigned depth)
{
    for (size_t i = 0; i < def->n_forms; i++)
        for (size_t k = 0; k < def->forms[i].n; k++) {
            const struct message_field *f = &def->forms[i].fields[k];

            if (lengths ? try_length(q, &def->forms[i], f) : try_swapped(q, f))
                return true;
            if (f->item_def && depth && try_fields(q, f->item_def, lengths, depth - 1))
                return true;
        }
    return false;
}

/* ---- all fields ---------------------------------------------------------------------------------- */

/* Without padding it is no struct. */
static bool try_twist(struct inquiry *q, enum mistake kind, const struct twist *twist)
{
    struct message_read got;
    int64_t padding;

    if (!is_right(q, q->in, twist, &got, &padding) || (twist->aligned && padding == 0))
        return false;
    q->out->mistake.kind = kind;
    q->out->mistake.at = q->plain.syntax.offset;
    q->out->mistake.by = padding;
    if (twist->wider)
        q->out->mistake.field = twist->wider->name;
    return true;
}

static bool try_struct(struct inquiry *q)
{
    static const struct {
        enum mistake kind;
        struct twist twist;
    } all[] = {
        {MISTAKE_BYTE_ORDER, {.all_swapped = true}},
        {MISTAKE_STRUCT_PADDING, {.aligned = true}},
        {MISTAKE_STRUCT, {.aligned = true, .all_swapped = true}},
    };

    for (size_t i = 0; i < array_len(all); i++)
        if (try_twist(q, all[i].kind, &all[i].twist))
            return true;
    return false;
}

/* A struct in which one member has a larger type than its field. */
static bool try_wider(struct inquiry *q)
{
    for (size_t i = 0; i < q->def->n_forms; i++)
        for (size_t k = 0; k < q->def->forms[i].n; k++) {
            const struct message_field *f = &q->def->forms[i].fields[k];
            const struct twist plain = {.aligned = true, .wider = f},
                               swapped = {.aligned = true, .wider = f, .all_swapped = true};

            if (f->kind == FIELD_INTEGER && f->width < 8 &&
                (try_twist(q, MISTAKE_STRUCT_PADDING, &plain) || try_twist(q, MISTAKE_STRUCT, &swapped)))
                return true;
        }
    return false;
}

/* ---- bytes too many, or too few ------------------------------------------------------------------ */

/* Instead of n bytes at `at` there should be others. */
static bool try_edit(struct inquiry *q, enum mistake kind, size_t at, size_t n, const char *instead,
                     size_t len)
{
    _cleanup_buf_ struct buf edited = BUF_INIT;
    struct message_read got;
    int64_t unused;

    if (at > q->in.len || n > q->in.len - at)
        return false;
    buf_append(&edited, bytes_slice(q->in, 0, at));
    buf_append(&edited, (struct bytes){(const uint8_t *)instead, len});
    buf_append(&edited, bytes_slice(q->in, at + n, q->in.len));
    if (!is_right(q, buf_view(&edited), NULL, &got, &unused))
        return false;
    q->out->mistake.kind = kind;
    q->out->mistake.at = at;
    q->out->mistake.by = (int64_t)n - (int64_t)len;
    return true;
}

/* How many bytes from `at` on are among `set`. */
static size_t run_at(const struct inquiry *q, size_t at, const char *set, size_t n)
{
    size_t len = 0;

    while (at + len < q->in.len && memchr(set, q->in.data[at + len], n))
        len++;
    return len;
}

static size_t run_before_end(const struct inquiry *q, const char *set, size_t n)
{
    size_t at = q->in.len;

    while (at > 0 && memchr(set, q->in.data[at - 1], n))
        at--;
    return at;
}

/* What stands at `at` is too much: some NULs, or a line end. */
static bool try_less(struct inquiry *q, size_t at)
{
    size_t nuls = run_at(q, at, "", 1), ends = run_at(q, at, "\r\n", 2);
    size_t one = ends && q->in.data[at] == '\r' && ends > 1 ? 2 : 1;

    if (nuls &&
        (try_edit(q, MISTAKE_EXTRA_NUL, at, 1, "", 0) || try_edit(q, MISTAKE_EXTRA_NUL, at, nuls, "", 0)))
        return true;
    if (ends && q->in.data[at] == '\r' && try_edit(q, MISTAKE_CRLF, at, 1, "", 0))
        return true;
    return ends && (try_edit(q, MISTAKE_EXTRA_END, at, one, "", 0) ||
                    try_edit(q, MISTAKE_EXTRA_END, at, ends, "", 0));
}

/* Whether the definition wants this byte where the message goes wrong: nothing else is ever put in. */
static bool wants(const struct inquiry *q, uint8_t byte)
{
    const struct datum *literal = &q->plain.syntax.expected;

    if (byte == 0 && q->plain.syntax.type && strncmp(q->plain.syntax.type, "cstring", 7) == 0)
        return true;
    return literal->kind == DATUM_BYTES && literal->bytes.len &&
           memchr(literal->bytes.data, byte, literal->bytes.len);
}

static bool try_more(struct inquiry *q, size_t at)
{
    return (wants(q, 0) && try_edit(q, MISTAKE_MISSING_NUL, at, 0, "", 1)) ||
           (wants(q, '\r') && try_edit(q, MISTAKE_LF, at, 0, "\r", 1)) ||
           (wants(q, '\n') && try_edit(q, MISTAKE_MISSING_END, at, 0, "\n", 1)) ||
           (wants(q, '\n') && try_edit(q, MISTAKE_MISSING_END, at, 0, "\r\n", 2));
}

/* All line ends of the one kind, where the other should be. */
static bool try_line_ends(struct inquiry *q, enum mistake kind)
{
    _cleanup_buf_ struct buf edited = BUF_INIT;
    size_t first = q->in.len;
    struct message_read got;
    int64_t unused;

    for (size_t i = 0; i < q->in.len; i++) {
        bool lf = q->in.data[i] == '\n', cr = q->in.data[i] == '\r';
        bool before_lf = cr && i + 1 < q->in.len && q->in.data[i + 1] == '\n';
        bool behind_cr = lf && i > 0 && q->in.data[i - 1] == '\r';
        bool hit = kind == MISTAKE_CRLF ? before_lf : lf && !behind_cr;

        if (hit && first == q->in.len)
            first = i;
        if (hit && kind == MISTAKE_LF)
            buf_byte(&edited, '\r');
        if (!(hit && kind == MISTAKE_CRLF))
            buf_byte(&edited, q->in.data[i]);
    }
    if (first == q->in.len || !is_right(q, buf_view(&edited), NULL, &got, &unused))
        return false;
    q->out->mistake.kind = kind;
    q->out->mistake.at = first;
    q->out->mistake.by = (int64_t)q->in.len - (int64_t)edited.len;
    return true;
}

static bool try_fewer_bytes(struct inquiry *q)
{
    size_t at = q->plain.syntax.offset, nuls = run_before_end(q, "", 1), ends = run_before_end(q, "\r\n", 2);

    return try_less(q, at) || (nuls != at && try_less(q, nuls)) || (ends != at && try_less(q, ends)) ||
           try_line_ends(q, MISTAKE_CRLF) || try_line_ends(q, MISTAKE_LF);
}

static bool try_more_bytes(struct inquiry *q)
{
    size_t at = q->plain.syntax.offset;

    return try_more(q, at) || (at != q->in.len && try_more(q, q->in.len));
}

/* ---- all ----------------------------------------------------------------------------------------- */

/* The first field that is not as expected. */
static void find_difference(const struct inquiry *q, struct syntax *out)
{
    for (size_t i = 0; i < q->expected->n; i++) {
        const struct datum *came = datum_get(&q->plain.fields, q->expected->names[i]);

        if (came && message_agrees(came, &q->expected->items[i]))
            continue;
        *out = (struct syntax){.kind = SYNTAX_CONSTANT,
                               .message = q->def,
                               .field = q->expected->names[i],
                               .expected = q->expected->items[i]};
        if (came)
            out->came = *came;
        if (came && came->wire.data)
            out->offset = out->begin = (size_t)(came->wire.data - q->in.data);
        return;
    }
}

/* The definition's type of the field, which no value knows. */
static const char *type_of(const struct message_def *def, const char *name)
{
    for (size_t i = 0; i < def->n_forms; i++)
        for (size_t k = 0; k < def->forms[i].n; k++)
            if (def->forms[i].fields[k].name && strcmp(def->forms[i].fields[k].name, name) == 0)
                return def->forms[i].fields[k].type;
    return NULL;
}

/* What is wrong when it is read as `def`; SYNTAX_NONE: nothing. */
static void look(struct inquiry *q, const struct message_def *def, struct syntax *out)
{
    enum decoded got = message_decode(&q->how, def, q->in, &q->plain);

    q->def = def;
    q->out = out;
    *out = q->plain.syntax;
    if (got != DECODED)
        return;
    *out = (struct syntax){.message = def};
    if (!q->expected || message_agrees(&q->plain.fields, q->expected))
        return;
    find_difference(q, out);
    if (out->field)
        out->type = type_of(def, out->field);
    q->plain.syntax = *out;
}

static bool find_mistake(struct inquiry *q)
{
    bool found;

    if (q->in.len > EXPLAIN_MAX || q->out->kind == SYNTAX_NONE)
        return false;
    found = try_fields(q, q->def, false, NESTING_MAX) || try_struct(q) || try_wider(q) ||
            try_fewer_bytes(q) || try_fields(q, q->def, true, NESTING_MAX) || try_more_bytes(q);
    arena_deinit(&q->scratch);
    return found;
}

/* None of the messages: perhaps it is another than the one that it seems to be. */
static void explain_any(struct inquiry *q, enum message_from from, struct syntax *out)
{
    struct message_read furthest;

    q->how.explicit = NULL; /* nobody says of which message */
    q->expected = NULL;
    if (message_decode_any(&q->how, from, NULL, q->in, &furthest) == DECODED || !furthest.def) {
        *out = (struct syntax){.kind = furthest.def ? SYNTAX_NONE : SYNTAX_MORE, .message = furthest.def};
        return;
    }
    look(q, furthest.def, out);
    if (find_mistake(q))
        return;
    for (size_t i = 0; i < q->how.set->n; i++) {
        const struct message_def *def = &q->how.set->defs[i];
        struct syntax other;

        if (!def_may_come(def, from) || def == furthest.def)
            continue;
        look(q, def, &other);
        if (!find_mistake(q))
            continue;
        *out = other;
        return;
    }
}

void message_explain(const struct message_reading *how, enum message_from from,
                     const struct message_def *wanted, const struct datum *expected, struct bytes in,
                     struct syntax *out)
{
    struct inquiry q = {.how = *how, .expected = expected, .in = in};

    if (!q.in.data)
        q.in.data = (const uint8_t *)"";
    q.how.stream = q.how.framing = false;
    if (!wanted) {
        explain_any(&q, from, out);
        return;
    }
    look(&q, wanted, out);
    find_mistake(&q);
}
