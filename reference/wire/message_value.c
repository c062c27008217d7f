/* message_value.c - what a field can be worth, of the values that specs, captures and expressions give. */
#include "base/escape.h"
#include "wire/message_parts.h"

#include <string.h>

struct datum names_new(struct arena *a, size_t n)
{
    return (struct datum){
        .kind = DATUM_RECORD,
        .items = arena_new(a, n * sizeof(struct datum)),
        .names = arena_new(a, n * sizeof(const char *)),
    };
}

void names_add(struct datum *record, const char *name, struct datum value)
{
    record->names[record->n] = name;
    record->items[record->n++] = value;
}

const struct datum *given_field(const struct datum *given, const struct message_field *f)
{
    return given && f->name ? datum_get(given, f->name) : NULL;
}

/* By its own name, or in a record that stands for all bits of the field. */
const struct datum *given_bits(const struct datum *given, const struct message_field *f,
                               const struct message_bits *b)
{
    const struct datum *own = given && b->name ? datum_get(given, b->name) : NULL;
    const struct datum *all = given_field(given, f);

    return own || !all || !b->name ? own : datum_get(all, b->name);
}

size_t form_names(const struct message_form *form)
{
    size_t n = 0;

    for (size_t i = 0; i < form->n; i++)
        n += form->fields[i].n_bits + 1;
    return n;
}

const char *field_name(const struct message_field *f)
{
    return f->kind == FIELD_LITERAL ? "a literal" : f->name ? f->name : "an unnamed field";
}

struct datum field_zero(const struct message_field *f)
{
    switch (f->kind) {
    case FIELD_INT:
    case FIELD_UINT:
    case FIELD_HEX:
    case FIELD_INTEGER: return datum_int(0);
    case FIELD_ENUM: return choice_datum(f, 0);
    case FIELD_DECIMAL:
    case FIELD_FLOAT: return (struct datum){.kind = DATUM_REAL};
    case FIELD_LIST: return (struct datum){.kind = DATUM_LIST};
    case FIELD_BITS: return (struct datum){.kind = DATUM_RECORD};
    case FIELD_LITERAL:
    case FIELD_WORD:
    case FIELD_PATH:
    case FIELD_LINE:
    case FIELD_TEXT:
    case FIELD_REGEX:
    case FIELD_BYTES:
    case FIELD_ASCII:
    case FIELD_CSTRING: break;
    }
    return datum_bytes(bytes_of(""));
}

/* ---- conversion ---------------------------------------------------------------------------------- */

static bool refuse(struct arena *a, const char **why, const char *what, const struct datum *given)
{
    _cleanup_buf_ struct buf text = BUF_INIT;
    _cleanup_buf_ struct buf shown = BUF_INIT;

    datum_text(given, &text);
    escape_c(&shown, bytes_slice(buf_view(&text), 0, 40));
    *why = arena_printf(a, "\"%.*s\" is no %s", (int)shown.len, (const char *)shown.data, what);
    return false;
}

/* Digits, in decimal, or behind 0x (and in hex anyway where a hole is written so). */
static bool text_number(struct bytes text, bool hex, struct datum *out)
{
    bool marked = text.len > 2 && text.data[0] == '0' && (text.data[1] | 32) == 'x';
    const struct message_field how = {.kind = hex || marked ? FIELD_HEX : FIELD_INT};
    size_t wrong;
    bool range;

    return text_read(&how, bytes_slice(text, marked ? 2 : 0, text.len), out, &wrong, &range);
}

static bool to_integer(const struct message_field *f, const struct datum *given, struct datum *out)
{
    switch (given->kind) {
    case DATUM_INT:
    case DATUM_UINT: *out = *given; return true;
    case DATUM_BOOL: *out = datum_int(given->i); return true;
    case DATUM_BYTES: return text_number(given->bytes, f && f->kind == FIELD_HEX, out);
    case DATUM_REAL:
        if (!(given->real >= -9223372036854775808.0 && given->real < 9223372036854775808.0) ||
            (double)(int64_t)given->real - given->real != 0)
            return false;
        *out = datum_int((int64_t)given->real);
        return true;
    case DATUM_NONE:
    case DATUM_LIST:
    case DATUM_RECORD: break;
    }
    return false;
}

static bool to_real(const struct datum *given, struct datum *out)
{
    static const struct message_field how = {.kind = FIELD_DECIMAL};
    struct datum n;
    size_t wrong;
    bool range;

    if (given->kind == DATUM_BYTES)
        return text_read(&how, given->bytes, out, &wrong, &range);
    if (given->kind == DATUM_REAL) {
        *out = *given;
        return true;
    }
    if (!to_integer(NULL, given, &n))
        return false;
    *out = (struct datum){.kind = DATUM_REAL,
                          .real = n.kind == DATUM_UINT ? (double)(uint64_t)n.i : (double)n.i};
    return true;
}

static bool to_bytes(const struct datum *given, struct arena *a, struct datum *out)
{
    _cleanup_buf_ struct buf text = BUF_INIT;

    if (given->kind == DATUM_BYTES) {
        *out = datum_bytes(given->bytes);
        return true;
    }
    if (given->kind == DATUM_NONE || given->kind == DATUM_LIST || given->kind == DATUM_RECORD)
        return false;
    datum_text(given, &text);
    *out = datum_bytes(arena_bytes(a, buf_view(&text)));
    return true;
}

static bool is_ascii(struct bytes b)
{
    for (size_t i = 0; i < b.len; i++)
        if (b.data[i] < ' ' || b.data[i] > '~')
            return false;
    return true;
}

static bool convert_integer(const struct message_field *f, const struct datum *given, struct arena *a,
                            struct datum *out, const char **why)
{
    if (!to_integer(f, given, out))
        return refuse(a, why, "integer", given);
    if (f->kind == FIELD_UINT && out->kind == DATUM_INT && out->i < 0)
        return refuse(a, why, "integer from 0 on", given);
    if (f->kind == FIELD_INTEGER && !integer_holds(f, out))
        return refuse(a, why, arena_printf(a, "value of %s", f->type), given);
    return true;
}

static bool convert_choice(const struct message_field *f, const struct datum *given, struct arena *a,
                           struct datum *out, const char **why)
{
    uint64_t number;

    if (given->kind == DATUM_BYTES && choice_number(f, given, &number)) {
        *out = datum_bytes(given->bytes);
        return true;
    }
    if (!to_integer(f, given, out))
        return refuse(a, why, "name of the enum", given);
    if (!integer_holds(f, out))
        return refuse(a, why, "number that fits the enum", given);
    *out = choice_datum(f, (uint64_t)out->i);
    return true;
}

bool bits_convert(const struct message_bits *b, const struct datum *given, struct datum *out, struct arena *a,
                  const char **why)
{
    if (!to_integer(NULL, given, out))
        return refuse(a, why, "integer", given);
    if ((out->kind == DATUM_INT && out->i < 0) || (b->width < 64 && (uint64_t)out->i >> b->width))
        return refuse(a, why, arena_printf(a, "number of %u bit%s", b->width, b->width > 1 ? "s" : ""),
                      given);
    return true;
}

static bool convert_group(const struct message_field *f, const struct datum *given, struct arena *a,
                          struct datum *out, const char **why)
{
    if (given->kind != DATUM_RECORD)
        return refuse(a, why, "map of bits", given);
    *out = names_new(a, given->n);
    for (size_t i = 0; i < given->n; i++) {
        const struct message_bits *b = NULL;
        struct datum value;

        for (size_t k = 0; k < f->n_bits && !b; k++)
            if (f->bits[k].name && strcmp(f->bits[k].name, given->names[i]) == 0)
                b = &f->bits[k];
        if (!b) {
            *why = arena_printf(a, "`%s` has no bits `%s`", field_name(f), given->names[i]);
            return false;
        }
        if (!bits_convert(b, &given->items[i], &value, a, why))
            return false;
        names_add(out, b->name, value);
    }
    return true;
}

static bool convert_record(const struct message_def *def, const struct datum *given, struct arena *a,
                           struct datum *out, const char **why)
{
    if (given->kind != DATUM_RECORD)
        return refuse(a, why, arena_printf(a, "map of %s's fields", def->name), given);
    *out = names_new(a, given->n);
    for (size_t i = 0; i < given->n; i++) {
        struct datum value;

        if (!message_value(def, given->names[i], &given->items[i], a, &value, why))
            return false;
        names_add(out, given->names[i], value);
    }
    return true;
}

static bool convert_list(const struct message_field *f, const struct datum *given, struct arena *a,
                         struct datum *out, const char **why)
{
    if (given->kind != DATUM_LIST || !f->item_def)
        return refuse(a, why, "list", given);
    *out = (struct datum){
        .kind = DATUM_LIST, .n = given->n, .items = arena_new(a, given->n * sizeof *out->items)};
    for (size_t i = 0; i < given->n; i++)
        if (!convert_record(f->item_def, &given->items[i], a, &out->items[i], why))
            return false;
    return true;
}

bool field_convert(const struct message_field *f, const struct datum *given, struct arena *a,
                   struct datum *out, const char **why)
{
    if (given->kind == DATUM_NONE && f->condition.kind != EXPR_ABSENT) {
        *out = *given;
        return true;
    }
    switch (f->kind) {
    case FIELD_INT:
    case FIELD_UINT:
    case FIELD_HEX:
    case FIELD_INTEGER: return convert_integer(f, given, a, out, why);
    case FIELD_DECIMAL:
    case FIELD_FLOAT:
        if (!to_real(given, out))
            return refuse(a, why, "number", given);
        if (f->kind == FIELD_FLOAT && f->width == 4)
            out->real = (float)out->real;
        return true;
    case FIELD_ENUM: return convert_choice(f, given, a, out, why);
    case FIELD_BITS: return convert_group(f, given, a, out, why);
    case FIELD_LIST: return convert_list(f, given, a, out, why);
    case FIELD_ASCII:
        if (!to_bytes(given, a, out) || !is_ascii(out->bytes))
            return refuse(a, why, "text of ASCII", given);
        return true;
    case FIELD_CSTRING:
        if (!to_bytes(given, a, out) || memchr(out->bytes.data, 0, out->bytes.len))
            return refuse(a, why, "text without NUL", given);
        return true;
    case FIELD_LITERAL:
    case FIELD_WORD:
    case FIELD_PATH:
    case FIELD_LINE:
    case FIELD_TEXT:
    case FIELD_REGEX:
    case FIELD_BYTES: return to_bytes(given, a, out) || refuse(a, why, "text", given);
    }
    return false;
}

/* ---- by name ------------------------------------------------------------------------------------- */

/* One field or its bits; *known: the name is there. */
static bool value_in(const struct message_field *f, const char *name, const struct datum *given,
                     struct arena *a, struct datum *out, const char **why, bool *known)
{
    *known = f->name && strcmp(f->name, name) == 0;
    if (*known)
        return field_convert(f, given, a, out, why);
    for (size_t i = 0; i < f->n_bits; i++) {
        *known = f->bits[i].name && strcmp(f->bits[i].name, name) == 0;
        if (*known)
            return bits_convert(&f->bits[i], given, out, a, why);
    }
    return false;
}

bool message_value(const struct message_def *def, const char *name, const struct datum *given,
                   struct arena *a, struct datum *out, const char **why)
{
    for (size_t i = 0; i < def->n_forms; i++)
        for (size_t k = 0; k < def->forms[i].n; k++) {
            bool known;

            if (value_in(&def->forms[i].fields[k], name, given, a, out, why, &known))
                return true;
            if (known)
                return false;
        }
    *why = arena_printf(a, "%s has no field `%s`", def->name, name);
    return false;
}

static bool is_among(const char *name, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

size_t message_names(const struct message_def *def, struct arena *a, const char ***names)
{
    size_t n = 0, most = 0;

    for (size_t i = 0; i < def->n_forms; i++)
        most += form_names(&def->forms[i]);
    *names = arena_new(a, most * sizeof **names);
    for (size_t i = 0; i < def->n_forms; i++)
        for (size_t k = 0; k < def->forms[i].n; k++) {
            const struct message_field *f = &def->forms[i].fields[k];

            if (f->name && !is_among(f->name, *names, n))
                (*names)[n++] = f->name;
            for (size_t b = 0; b < f->n_bits; b++)
                if (f->bits[b].name && !is_among(f->bits[b].name, *names, n))
                    (*names)[n++] = f->bits[b].name;
        }
    return n;
}

bool message_agrees(const struct datum *fields, const struct datum *expected)
{
    if (fields->kind != expected->kind || (expected->kind == DATUM_LIST && fields->n != expected->n))
        return false;
    for (size_t i = 0; expected->kind == DATUM_LIST && i < expected->n; i++)
        if (!message_agrees(&fields->items[i], &expected->items[i]))
            return false;
    for (size_t i = 0; expected->kind == DATUM_RECORD && i < expected->n; i++) {
        const struct datum *field = datum_get(fields, expected->names[i]);

        if (!field || !message_agrees(field, &expected->items[i]))
            return false;
    }
    return expected->kind == DATUM_LIST || expected->kind == DATUM_RECORD || datum_equal(fields, expected);
}

const struct message_def *message_find(const struct message_set *set, const char *name)
{
    for (size_t i = 0; i < set->n; i++)
        if (strcmp(set->defs[i].name, name) == 0)
            return &set->defs[i];
    return NULL;
}
