/* message_rig.h - sets of messages made from a few words, and a tiny interpreter for their expressions. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "wire/message.h"

#define BYTES(literal) ((struct bytes){(const uint8_t *)(literal), sizeof(literal) - 1})
#define RIG_MOST 8

struct rig {
    struct arena a;
    struct message_set set;
    struct message_def defs[RIG_MOST];
    struct buf problems; /* `offset: message` by lines */
};

/* ---- the interpreter: `name == number`, sum(name), twice(name); via flip(name) ------------------------- */

static inline bool rig_name(const struct datum *names, const char *name, struct datum *out, const char **why)
{
    const struct datum *found = datum_get(names, name);

    *why = "no such name";
    if (found)
        *out = *found;
    return found != NULL;
}

static inline bool rig_value(void *ctx, const char *text, const struct datum *names, struct arena *a,
                             struct datum *out, const char **why)
{
    char name[32];
    long long number;
    struct datum d;
    uint16_t sum = 0;

    (void)ctx;
    (void)a;
    if (sscanf(text, "%31[a-z_] == %lli", name, &number) == 2) {
        if (!rig_name(names, name, &d, why))
            return false;
        *out = (struct datum){.kind = DATUM_BOOL, .i = d.kind == DATUM_INT && d.i == number};
        return true;
    }
    if (sscanf(text, "twice(%31[a-z_])", name) == 1) {
        if (!rig_name(names, name, &d, why))
            return false;
        *out = datum_int(2 * d.i);
        return true;
    }
    if (sscanf(text, "sum(%31[a-z_])", name) == 1) {
        if (!rig_name(names, name, &d, why))
            return false;
        for (size_t i = 0; i < d.bytes.len; i++)
            sum = (uint16_t)(sum + d.bytes.data[i]);
        *out = datum_int(sum);
        return true;
    }
    *why = "this interpreter does not know that";
    return false;
}

static inline bool rig_transform(void *ctx, const char *function, const struct datum *args, size_t n,
                                 struct bytes in, bool encode, struct arena *a, struct bytes *out,
                                 const char **why)
{
    (void)ctx;
    (void)encode;
    *why = "no such function";
    if (strcmp(function, "flip") != 0 || n != 1)
        return false;
    *out = arena_bytes(a, in);
    for (size_t i = 0; i < in.len; i++)
        ((uint8_t *)out->data)[i] ^= (uint8_t)args[0].i;
    return true;
}

static const struct message_eval rig_eval = {.value = rig_value, .transform = rig_transform};

/* ---- definitions --------------------------------------------------------------------------------------- */

static inline void rig_problem(void *ctx, const struct message_problem *p)
{
    struct rig *r = ctx;

    buf_printf(&r->problems, "%zu: %s\n", p->offset, p->message);
}

static inline struct message_def *rig_def(struct rig *r, const char *name)
{
    struct message_def *def = &r->defs[r->set.n++];

    assert_true(r->set.n <= RIG_MOST);
    r->set.defs = r->defs;
    r->set.eval = &rig_eval;
    def->name = name;
    return def;
}

static inline struct message_def *rig_text(struct rig *r, const char *name, const char *text)
{
    struct message_def *def = (struct message_def *)message_find(&r->set, name);
    struct message_problem p = {0};
    struct message_form *forms;

    if (!def)
        def = rig_def(r, name);
    forms = arena_new(&r->a, (def->n_forms + 1) * sizeof *forms);
    if (def->n_forms)
        memcpy(forms, def->forms, def->n_forms * sizeof *forms);
    def->forms = forms;
    def->is_text = true;
    if (message_parse_text(&r->a, bytes_of(text), NULL, &forms[def->n_forms], &p))
        def->n_forms++;
    else
        rig_problem(r, &p);
    return def;
}

/* "name: type; name: type" */
static inline size_t rig_fields(struct rig *r, const char *text, struct message_field **out)
{
    char *part = arena_text(&r->a, text), *next;
    size_t n = 0;

    *out = arena_new(&r->a, 32 * sizeof **out);
    for (; part; part = next) {
        struct message_problem p = {0};
        char *colon = strchr(part, ':');

        next = strstr(part, "; ");
        if (next) {
            *next = 0;
            next += 2;
        }
        *colon = 0;
        if (message_parse_field(&r->a, part, bytes_of(colon + 2), NULL, &(*out)[n], &p))
            n++;
        else
            rig_problem(r, &p);
    }
    return n;
}

static inline struct message_def *rig_layout(struct rig *r, const char *name, const char *fields)
{
    struct message_def *def = rig_def(r, name);

    def->forms = arena_new(&r->a, sizeof *def->forms);
    def->n_forms = 1;
    def->forms[0].n = rig_fields(r, fields, &def->forms[0].fields);
    return def;
}

static inline const char *rig_problems(struct rig *r, bool ends)
{
    bool good = r->problems.len == 0 && message_set_link(&r->set, &r->a, ends, rig_problem, r);

    assert_int_equal(good, r->problems.len == 0);
    buf_byte(&r->problems, 0);
    return (const char *)r->problems.data;
}

static inline void rig_link(struct rig *r)
{
    assert_string_equal(rig_problems(r, false), "");
}

static inline void rig_done(struct rig *r)
{
    message_set_deinit(&r->set);
    arena_deinit(&r->a);
    buf_deinit(&r->problems);
    *r = (struct rig){0};
}

/* ---- use ----------------------------------------------------------------------------------------------- */

static inline const char *rig_show(struct rig *r, struct bytes b)
{
    struct buf out = BUF_INIT;
    const char *text;

    escape_c(&out, b);
    text = (const char *)arena_bytes(&r->a, buf_view(&out)).data;
    buf_deinit(&out);
    return text;
}

static inline const char *rig_datum(struct rig *r, const struct datum *d)
{
    struct buf out = BUF_INIT;
    const char *text;

    datum_text(d, &out);
    text = rig_show(r, buf_view(&out));
    buf_deinit(&out);
    return text;
}

/* A record from "name=value name=value": values are bytes, as a spec gives them. */
static inline struct datum rig_record(struct rig *r, const char *text)
{
    struct datum d = {.kind = DATUM_RECORD,
                      .items = arena_new(&r->a, 16 * sizeof(struct datum)),
                      .names = arena_new(&r->a, 16 * sizeof(const char *))};
    char *rest, *part = strtok_r(arena_text(&r->a, text), " ", &rest);

    for (; part; part = strtok_r(NULL, " ", &rest)) {
        char *value = strchr(part, '=');

        *value++ = 0;
        d.names[d.n] = part;
        d.items[d.n++] = datum_bytes(bytes_of(value));
    }
    return d;
}

/* The bytes, escaped; or "!why". */
static inline const char *rig_encode_datum(struct rig *r, const char *name, const struct datum *given)
{
    struct buf out = BUF_INIT;
    const char *why = NULL, *text;

    if (message_encode(&r->set, message_find(&r->set, name), given, &r->a, &out, &why))
        text = rig_show(r, buf_view(&out));
    else
        text = arena_printf(&r->a, "!%s", why);
    buf_deinit(&out);
    return text;
}

static inline const char *rig_encode(struct rig *r, const char *name, const char *given)
{
    struct datum d = rig_record(r, given);

    return rig_encode_datum(r, name, &d);
}

static const char *const rig_kinds[] = {[SYNTAX_NONE] = "none",         [SYNTAX_ENDS] = "ends",
                                        [SYNTAX_MORE] = "more",         [SYNTAX_LITERAL] = "literal",
                                        [SYNTAX_TYPE] = "type",         [SYNTAX_RANGE] = "range",
                                        [SYNTAX_CONSTANT] = "constant", [SYNTAX_COMPUTED] = "computed",
                                        [SYNTAX_PADDING] = "padding",   [SYNTAX_EXPRESSION] = "expression",
                                        [SYNTAX_LIMIT] = "limit"};

static inline const char *rig_syntax(struct rig *r, const struct syntax *s)
{
    return arena_printf(&r->a, "!%s at %zu of %s, expected %s, came %s", rig_kinds[s->kind], s->offset,
                        s->field ? s->field : "-", rig_datum(r, &s->expected), rig_datum(r, &s->came));
}

/* The fields; or "!kind at offset of field, expected …, came …"; "?": partial. */
static inline const char *rig_decode_as(struct rig *r, const struct message_reading *like, const char *name,
                                        struct bytes in, struct message_read *out)
{
    struct message_reading how = *like;

    how.set = &r->set;
    how.arena = &r->a;
    in = arena_bytes(&r->a, in);
    switch (message_decode(&how, message_find(&r->set, name), in, out)) {
    case DECODED: return rig_datum(r, &out->fields);
    case DECODE_PARTIAL: return "?";
    case DECODE_OTHER: return rig_syntax(r, &out->syntax);
    }
    return NULL;
}

static inline const char *rig_decode(struct rig *r, const char *name, struct bytes in)
{
    struct message_read out;

    return rig_decode_as(r, &(struct message_reading){0}, name, in, &out);
}
