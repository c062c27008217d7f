/*
 * message_expr.c - what expressions of a definition are worth, among the fields that are known so far.
 *
 * Nearly all expressions are a number, a name, or a size. These need no interpreter, so a layout can be read
 * without one; the rest goes to message_eval.
 */
#include "wire/message_parts.h"

#include <string.h>

#define SIZE_MOST (UINT64_C(1) << 40) /* a size beyond this is a mistake, wherever it comes from */

bool name_is_whole(const struct message_def *def, const char *name)
{
    return strcmp(name, "packet") == 0 || strcmp(name, "message") == 0 || strcmp(name, def->lower) == 0;
}

/* The nearest field of that name. */
static const struct datum *look_up(const struct scope *scope, const char *name)
{
    for (; scope; scope = scope->outer) {
        const struct datum *found = datum_get(scope->fields, name);

        if (found)
            return found;
    }
    return NULL;
}

/* All bytes of the message, with the field that is being computed as zeros. */
static bool whole_value(const struct scope *scope, struct arena *a, struct datum *out, const char **why)
{
    struct bytes copy;

    if (!scope->whole.data) {
        *why = "not all of the message is known yet";
        return false;
    }
    copy = arena_bytes(a, scope->whole);
    if (scope->begin < copy.len && scope->len <= copy.len - scope->begin)
        memset((uint8_t *)copy.data + scope->begin, 0, scope->len);
    *out = datum_bytes(copy);
    out->wire = copy;
    return true;
}

static bool name_value(const char *name, const struct scope *scope, struct arena *a, struct datum *out,
                       const char **why)
{
    const struct datum *found = look_up(scope, name);

    if (!found && name_is_whole(scope->def, name))
        return whole_value(scope, a, out, why);
    if (!found) {
        *why = arena_printf(a, "`%s` is not known here", name);
        return false;
    }
    *out = *found;
    return true;
}

/* The bytes that a value takes: those on the wire; of bytes that never were there, their own. */
static size_t wire_size(const struct datum *d)
{
    return d->kind == DATUM_BYTES && !d->wire.data ? d->bytes.len : d->wire.len;
}

static bool size_value(const struct message_expr *e, const struct scope *scope, struct arena *a,
                       struct datum *out, const char **why)
{
    const struct datum *found = look_up(scope, e->name);

    if (!found && name_is_whole(scope->def, e->name) && scope->whole.data) {
        *out = datum_uint(scope->whole.len);
        return true;
    }
    if (!found) {
        *why = arena_printf(a, "`%s` is not known here", e->name);
        return false;
    }
    *out = datum_uint(wire_size(found));
    return true;
}

static bool count_value(const struct message_expr *e, const struct scope *scope, struct arena *a,
                        struct datum *out, const char **why)
{
    const struct datum *found = look_up(scope, e->name);

    if (!found || (found->kind != DATUM_LIST && found->kind != DATUM_NONE)) {
        *why = arena_printf(a, "`%s` is no list that is known here", e->name);
        return false;
    }
    *out = datum_uint(found->n);
    return true;
}

/* ---- for the interpreter ------------------------------------------------------------------------- */

struct gathering {
    const struct scope *scope;
    struct arena *a;
    struct datum names;
    bool whole[3]; /* which of its names the expression uses */
};

static const char *whole_name(const struct gathering *g, size_t i)
{
    return i == 0 ? "packet" : i == 1 ? "message" : g->scope->def->lower;
}

static void see_whole(void *ctx, const char *name, size_t offset, bool call)
{
    struct gathering *g = ctx;

    (void)offset;
    for (size_t i = 0; i < 3 && !call; i++)
        g->whole[i] |= strcmp(name, whole_name(g, i)) == 0;
}

/* All names that the expression may use: inner ones hide outer ones. */
static bool gather(struct gathering *g, const struct message_expr *e, const char **why)
{
    size_t n = 3;

    for (const struct scope *s = g->scope; s; s = s->outer)
        n += s->fields->n;
    g->names = names_new(g->a, n);
    for (const struct scope *s = g->scope; s; s = s->outer)
        for (size_t i = 0; i < s->fields->n; i++)
            if (!datum_get(&g->names, s->fields->names[i]))
                names_add(&g->names, s->fields->names[i], s->fields->items[i]);
    message_expr_names(e, see_whole, g);
    for (size_t i = 0; i < 3; i++) {
        struct datum whole;

        if (!g->whole[i] || datum_get(&g->names, whole_name(g, i)))
            continue;
        if (!whole_value(g->scope, g->a, &whole, why))
            return false;
        names_add(&g->names, whole_name(g, i), whole);
    }
    return true;
}

static bool other_value(const struct message_set *set, const struct message_expr *e,
                        const struct scope *scope, struct arena *a, struct datum *out, const char **why)
{
    struct gathering g = {.scope = scope, .a = a};

    if (!set->eval || !set->eval->value) {
        *why = arena_printf(a, "`%s` needs an interpreter, and there is none", e->text);
        return false;
    }
    return gather(&g, e, why) && set->eval->value(set->eval->ctx, e->text, &g.names, a, out, why);
}

bool message_expr_value(const struct message_set *set, const struct message_expr *e,
                        const struct scope *scope, struct arena *a, struct datum *out, const char **why)
{
    *out = (struct datum){0};
    switch (e->kind) {
    case EXPR_ABSENT: return true;
    case EXPR_CONSTANT: *out = e->constant; return true;
    case EXPR_NAME: return name_value(e->name, scope, a, out, why);
    case EXPR_SIZE: return size_value(e, scope, a, out, why);
    case EXPR_COUNT: return count_value(e, scope, a, out, why);
    case EXPR_OTHER: return other_value(set, e, scope, a, out, why);
    }
    return false;
}

bool message_expr_size(const struct message_set *set, const struct message_expr *e, const struct scope *scope,
                       struct arena *a, size_t *out, const char **why)
{
    struct datum d;

    if (!message_expr_value(set, e, scope, a, &d, why))
        return false;
    if (d.kind == DATUM_REAL && d.real >= 0 && d.real < (double)SIZE_MOST &&
        d.real == (double)(int64_t)d.real)
        d = datum_int((int64_t)d.real);
    if (d.kind != DATUM_INT || d.i < 0) {
        *why = arena_printf(a, "`%s` is no size", e->text);
        return false;
    }
    *out = (uint64_t)d.i > SIZE_MOST ? SIZE_MOST : (size_t)d.i;
    return true;
}

bool message_expr_holds(const struct message_set *set, const struct message_expr *e,
                        const struct scope *scope, struct arena *a, bool *out, const char **why)
{
    struct datum d;

    if (!message_expr_value(set, e, scope, a, &d, why))
        return false;
    switch (d.kind) {
    case DATUM_NONE: *out = false; break;
    case DATUM_INT: /* a flag among bits: 0 is no, whatever Lua makes of it */
    case DATUM_UINT:
    case DATUM_BOOL: *out = d.i != 0; break;
    case DATUM_REAL: *out = d.real < 0 || d.real > 0; break;
    case DATUM_BYTES: *out = true; break;
    case DATUM_LIST:
    case DATUM_RECORD: *out = d.n > 0; break;
    }
    return true;
}

bool field_transform(const struct message_set *set, const struct message_field *f, const struct scope *scope,
                     struct arena *a, struct bytes in, bool encode, struct bytes *out, const char **why)
{
    struct datum *args = arena_new(a, f->n_args * sizeof *args);

    *out = in;
    if (!f->via)
        return true;
    if (!set->eval || !set->eval->transform) {
        *why = arena_printf(a, "`via %s` needs an interpreter, and there is none", f->via);
        return false;
    }
    for (size_t i = 0; i < f->n_args; i++)
        if (!message_expr_value(set, &f->args[i], scope, a, &args[i], why))
            return false;
    return set->eval->transform(set->eval->ctx, f->via, args, f->n_args, in, encode, a, out, why);
}
