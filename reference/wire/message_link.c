/*
 * message_link.c - joins the parts of a set, and finds the mistakes that no field shows alone.
 *
 * What passes here can be read from any bytes and written from any values without a further look: names are
 * known where they are used, constants are of their field's type, and each hole has an end.
 */
#include "base/mem.h"
#include "wire/message_parts.h"

#include <ctype.h>
#include <string.h>

struct linking {
    struct message_set *set;
    struct arena *a;
    void (*report)(void *ctx, const struct message_problem *problem);
    void *ctx;
    size_t problems;
    bool ends;
    /* where it is */
    const struct message_def *def;
    const struct message_form *form;
    size_t known;                   /* fields of the form before this one; all for computed values */
    const struct message_def *item; /* whose fields are known, too: `until` */
    bool computed;                  /* the whole message is known */
    const void *origin;             /* of the expression that is looked at */
};

static void problem(struct linking *l, const void *origin, size_t at, const char *cure, const char *message)
{
    struct message_problem p = {.origin = origin, .offset = at, .message = message, .cure = cure};

    l->report(l->ctx, &p);
    l->problems++;
}

static void problem_word(struct linking *l, const void *origin, size_t at, const char *message,
                         const char *word, const char *const *words, size_t n)
{
    struct message_problem p = {
        .origin = origin, .offset = at, .message = message, .word = word, .words = words, .n_words = n};

    l->report(l->ctx, &p);
    l->problems++;
}

/* ---- names --------------------------------------------------------------------------------------- */

static bool field_has(const struct message_field *f, const char *name)
{
    if (f->name && strcmp(f->name, name) == 0)
        return true;
    for (size_t i = 0; i < f->n_bits; i++)
        if (f->bits[i].name && strcmp(f->bits[i].name, name) == 0)
            return true;
    return false;
}

static bool form_has(const struct message_form *form, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (field_has(&form->fields[i], name))
            return true;
    return false;
}

static bool def_has(const struct message_def *def, const char *name)
{
    for (size_t i = 0; i < def->n_forms; i++)
        if (form_has(&def->forms[i], def->forms[i].n, name))
            return true;
    return false;
}

static bool has_list(const struct message_def *def)
{
    for (size_t i = 0; i < def->n_forms; i++)
        for (size_t k = 0; k < def->forms[i].n; k++)
            if (def->forms[i].fields[k].kind == FIELD_LIST)
                return true;
    return false;
}

/* An item may use what the message around it knows. */
static bool is_outer_name(const struct linking *l, const char *name)
{
    for (size_t i = 0; l->def->is_item && i < l->set->n; i++)
        if (&l->set->defs[i] != l->def && has_list(&l->set->defs[i]) && def_has(&l->set->defs[i], name))
            return true;
    return false;
}

static bool is_known(const struct linking *l, const char *name)
{
    const struct message_eval *eval = l->set->eval;

    if (form_has(l->form, l->known, name) || (l->item && def_has(l->item, name)) || is_outer_name(l, name))
        return true;
    return (l->computed && name_is_whole(l->def, name)) ||
           (eval && eval->knows && eval->knows(eval->ctx, name));
}

static void see_name(void *ctx, const char *name, size_t offset, bool call)
{
    struct linking *l = ctx;
    const struct message_eval *eval = l->set->eval;
    const char **names, *word = arena_text(l->a, name);
    size_t n;

    if (call && (!eval || !eval->knows || eval->knows(eval->ctx, name)))
        return;
    if (call) {
        problem(l, l->origin, offset, NULL, arena_printf(l->a, "there is no function `%s`", name));
        return;
    }
    if (is_known(l, name))
        return;
    if (form_has(l->form, l->form->n, name)) {
        problem(l, l->origin, offset, "only what stands before it is known when a message is read",
                arena_printf(l->a, "`%s` comes too late to be used here", name));
        return;
    }
    n = message_names(l->def, l->a, &names);
    problem_word(l, l->origin, offset, arena_printf(l->a, "%s has no field `%s`", l->def->name, name), word,
                 names, n);
}

static void check_names(struct linking *l, const struct message_expr *e)
{
    l->origin = e->origin;
    if (e->kind == EXPR_NAME || e->kind == EXPR_OTHER)
        message_expr_names(e, see_name, l);
    else if (e->kind == EXPR_SIZE || e->kind == EXPR_COUNT)
        see_name(l, e->name, e->at + (size_t)(strstr(e->text + 1, e->name) - e->text), false);
}

static void check_twice(struct linking *l, const struct message_form *form, size_t i)
{
    const struct message_field *f = &form->fields[i];
    const char *twice = f->name && form_has(form, i, f->name) ? f->name : NULL;

    for (size_t k = 0; k < f->n_bits && !twice; k++) {
        const char *name = f->bits[k].name;

        if (name && (form_has(form, i, name) || (f->name && strcmp(f->name, name) == 0)))
            twice = name;
        for (size_t before = 0; name && before < k; before++)
            if (f->bits[before].name && strcmp(f->bits[before].name, name) == 0)
                twice = name;
    }
    if (twice)
        problem(l, f->origin, f->at,
                i >= form->n_header && form_has(form, form->n_header, twice)
                    ? "the header has it; a message says what it is there by `header: {NAME: VALUE}`"
                    : NULL,
                arena_printf(l->a, "%s has two fields `%s`", i < form->n_header ? "the header" : l->def->name,
                             twice));
}

/* ---- values -------------------------------------------------------------------------------------- */

/* Of an enum, a word that is no field is a member. False: it is none, which is reported. */
static bool find_choice(struct linking *l, const struct message_field *f, struct message_expr *value)
{
    const char **names;

    if (f->kind != FIELD_ENUM || value->kind != EXPR_NAME || is_known(l, value->name))
        return true;
    names = arena_new(l->a, f->n_choices * sizeof *names);
    for (size_t i = 0; i < f->n_choices; i++) {
        names[i] = f->choices[i].name;
        if (strcmp(names[i], value->name) != 0)
            continue;
        value->kind = EXPR_CONSTANT;
        value->constant = datum_bytes(bytes_of(names[i]));
        return true;
    }
    problem_word(l, value->origin, value->at, arena_printf(l->a, "the enum has no `%s`", value->name),
                 value->name, names, f->n_choices);
    return false;
}

static void check_constant(struct linking *l, const struct message_field *f, const struct message_bits *b,
                           struct message_expr *value)
{
    struct datum meant;
    const char *why = "";

    if (value->kind != EXPR_CONSTANT)
        return;
    if (b ? bits_convert(b, &value->constant, &meant, l->a, &why)
          : field_convert(f, &value->constant, l->a, &meant, &why))
        value->constant = meant;
    else
        problem(l, value->origin, value->at, NULL, why);
}

static void check_value(struct linking *l, struct message_field *f)
{
    l->known = l->form->n;
    l->computed = true;
    if (!find_choice(l, f, &f->value))
        return;
    if (f->value.kind != EXPR_ABSENT && (f->kind == FIELD_LIST || f->kind == FIELD_BITS))
        problem(l, f->value.origin, f->value.at,
                f->kind == FIELD_BITS ? "give each its own: bits(version:4 = 2, rest:4)" : NULL,
                "this has no value of its own");
    else if (field_is_computed(&f->value) && !f->name)
        problem(l, f->value.origin, f->value.at, NULL, "what is computed needs a name");
    else
        check_constant(l, f, NULL, &f->value);
    check_names(l, &f->value);
    for (size_t i = 0; i < f->n_bits; i++) {
        if (field_is_computed(&f->bits[i].value) && !f->bits[i].name)
            problem(l, f->bits[i].value.origin, f->bits[i].value.at, NULL, "what is computed needs a name");
        check_constant(l, f, &f->bits[i], &f->bits[i].value);
        check_names(l, &f->bits[i].value);
    }
    l->computed = false;
}

#define SIZE_MOST (INT64_C(256) << 20)

static void check_size(struct linking *l, const struct message_expr *size)
{
    const struct datum *n = &size->constant;

    if (size->kind == EXPR_CONSTANT && (n->kind != DATUM_INT || n->i < 0 || n->i > SIZE_MOST))
        problem(l, size->origin, size->at, "a number, a field's name, or an expression", "this is no size");
    check_names(l, size);
}

/* ---- where fields end ---------------------------------------------------------------------------- */

static bool is_open(const struct message_field *f)
{
    bool endless = f->kind == FIELD_BYTES || f->kind == FIELD_LIST;

    return field_is_text(f) || (endless && f->size.kind == EXPR_ABSENT && f->until.kind == EXPR_ABSENT);
}

static void check_end(struct linking *l, const struct message_form *form, size_t i)
{
    const struct message_field *f = &form->fields[i];
    const struct message_field *next = i + 1 < form->n ? &form->fields[i + 1] : NULL;
    bool item = l->def->is_item;

    if (!is_open(f) || (next && field_is_text(f) && next->kind == FIELD_LITERAL))
        return;
    if (next && field_is_text(f))
        problem(l, f->origin, f->at,
                l->def->is_text ? "put text between the two, or count: {body:bytes(n)}"
                                : "use ascii(n), cstring or bytes(n)",
                "nothing says where this ends");
    else if (next)
        problem(l, f->origin, f->at, "a number of bytes or items", "`rest` is for the last field");
    else if (l->ends || item)
        problem(
            l, f->origin, f->at, "say how long it is, or end it by some text",
            item ? arena_printf(l->a, "%s is an item of a list, and nothing says where it ends", l->def->name)
                 : "with `framing: fields` each message must say where it ends");
    else if (f->kind == FIELD_LIST && l->def->pad)
        problem(l, f->origin, f->at, "give the number of items", "nothing tells the padding from more items");
}

/* ---- items --------------------------------------------------------------------------------------- */

static void find_item(struct linking *l, struct message_field *f)
{
    const char **names;

    for (size_t i = 0; i < l->set->n; i++)
        if (strcmp(l->set->defs[i].name, f->item) == 0) {
            f->item_def = &l->set->defs[i];
            l->set->defs[i].is_item = true;
            return;
        }
    names = arena_new(l->a, l->set->n * sizeof *names);
    for (size_t i = 0; i < l->set->n; i++)
        names[i] = l->set->defs[i].name;
    problem_word(l, f->origin, f->at, arena_printf(l->a, "there is no message `%s`", f->item), f->item, names,
                 l->set->n);
}

/* At least one item is always there. */
static bool must_have(const struct message_field *f)
{
    if (f->kind != FIELD_LIST || !f->item_def || f->condition.kind != EXPR_ABSENT)
        return false;
    return f->until.kind != EXPR_ABSENT || (f->size.kind == EXPR_CONSTANT && f->size.constant.i > 0);
}

static bool must_reach(const struct message_def *from, const struct message_def *to, size_t depth)
{
    for (size_t i = 0; i < from->n_forms; i++)
        for (size_t k = from->forms[i].n_header; k < from->forms[i].n; k++) {
            const struct message_field *f = &from->forms[i].fields[k];

            if (must_have(f) && (f->item_def == to || (depth && must_reach(f->item_def, to, depth - 1))))
                return true;
        }
    return false;
}

static void check_item(struct linking *l, const struct message_field *f)
{
    if (f->kind != FIELD_LIST || !f->item_def)
        return;
    if (must_have(f) && (f->item_def == l->def || must_reach(f->item_def, l->def, MESSAGE_DEPTH_MAX)))
        problem(l, f->origin, f->at, "let a field say how many there are, or add `if`",
                arena_printf(l->a, "%s always holds another %s, without end", f->item, l->def->name));
    l->item = f->item_def;
    check_names(l, &f->until);
    l->item = NULL;
}

/* ---- all ----------------------------------------------------------------------------------------- */

static void check_field(struct linking *l, struct message_form *form, size_t i)
{
    struct message_field *f = &form->fields[i];

    l->form = form;
    l->known = i;
    check_twice(l, form, i);
    check_size(l, &f->size);
    check_names(l, &f->condition);
    check_item(l, f);
    for (size_t k = 0; k < f->n_args; k++)
        check_names(l, &f->args[k]);
    if (f->via && f->kind != FIELD_BYTES)
        problem(l, f->origin, f->at, "like bytes(rest) via mask(seq)",
                "`via` changes bytes, and these are none");
    check_end(l, form, i);
    check_value(l, f);
}

/* What the message sets of the header's fields. */
static void set_header(struct linking *l, struct message_form *form)
{
    for (size_t i = 0; i < l->def->n_header; i++) {
        const struct message_field *set = &l->def->header[i];
        const char **names = arena_new(l->a, form->n_header * sizeof *names);
        bool found = false;
        size_t n = 0;

        for (size_t k = 0; k < form->n_header; k++) {
            struct message_field *f = &form->fields[k];

            if (f->name)
                names[n++] = f->name;
            if (!f->name || strcmp(f->name, set->name) != 0)
                continue;
            f->value = set->value;
            found = true;
        }
        if (!found)
            problem_word(l, set->origin, set->at,
                         arena_printf(l->a, "the header has no field `%s`", set->name), set->name, names, n);
    }
}

static void join_header(struct linking *l, struct message_form *form)
{
    size_t n = l->set->n_header;
    struct message_field *all = arena_new(l->a, (n + form->n) * sizeof *all);

    for (size_t i = 0; i < n; i++)
        all[i] = l->set->header[i];
    for (size_t i = 0; i < form->n; i++)
        all[n + i] = form->fields[i];
    *form = (struct message_form){all, n + form->n, n};
    set_header(l, form);
}

static const char *lower(struct arena *a, const char *name)
{
    char *out = arena_text(a, name);

    for (char *p = out; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    return out;
}

bool message_set_link(struct message_set *set, struct arena *a, bool ends,
                      void (*report)(void *ctx, const struct message_problem *problem), void *ctx)
{
    struct linking l = {.set = set, .a = a, .report = report, .ctx = ctx, .ends = ends};

    for (size_t i = 0; i < set->n; i++) {
        l.def = &set->defs[i];
        set->defs[i].lower = lower(a, set->defs[i].name);
        for (size_t k = 0; k < set->defs[i].n_forms; k++) {
            struct message_form *form = &set->defs[i].forms[k];

            join_header(&l, form);
            for (size_t f = 0; f < form->n; f++) {
                if (form->fields[f].kind == FIELD_LIST)
                    find_item(&l, &form->fields[f]);
            }
        }
    }
    for (size_t i = 0; i < set->n; i++)
        for (size_t k = 0; k < set->defs[i].n_forms; k++)
            for (size_t f = 0; f < set->defs[i].forms[k].n; f++) {
                l.def = &set->defs[i];
                check_field(&l, &set->defs[i].forms[k], f);
            }
    return l.problems == 0;
}

static void forget(struct message_field *fields, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        regex_free(fields[i].regex);
        fields[i].regex = NULL;
    }
}

void message_set_deinit(struct message_set *set)
{
    for (size_t i = 0; i < set->n; i++)
        for (size_t k = 0; k < set->defs[i].n_forms; k++) {
            struct message_form *form = &set->defs[i].forms[k];

            forget(form->fields + form->n_header, form->n - form->n_header);
        }
    forget(set->header, set->n_header);
    *set = (struct message_set){0};
}
