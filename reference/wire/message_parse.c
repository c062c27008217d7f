/* message_parse.c - the types of fields, and texts with holes: from what an author wrote to a form. */
#include "base/mem.h"
#include "wire/message_parts.h"

#include <string.h>

/* ---- what stands in the brackets of a type ------------------------------------------------------- */

static bool close_bracket(struct scan *s, const char *like)
{
    scan_blanks(s);
    return scan_take(s, ')') || scan_fail(s, s->at, like, "a `)` is missing here");
}

static bool take_word(struct scan *s, const char *word)
{
    struct scan ahead = *s;
    const char *name;

    scan_blanks(&ahead);
    name = scan_name(&ahead);
    if (!name || strcmp(name, word) != 0)
        return false;
    s->at = ahead.at;
    return true;
}

static bool bracket_size(struct scan *s, struct message_field *f)
{
    bool is_bytes = f->kind == FIELD_BYTES;
    const char *like = is_bytes ? "like bytes(4), bytes(size), bytes(rest)" : "like ascii(8)";

    if (!scan_take(s, '('))
        return scan_fail(s, s->at, like, "how many bytes?");
    if (!is_bytes || !take_word(s, "rest"))
        if (!scan_expr(s, "a number of bytes", &f->size))
            return false;
    return close_bracket(s, like);
}

#define LIST_LIKE "like list(ITEM, count), list(ITEM, until size == 0), list(ITEM, rest)"

static bool bracket_list(struct scan *s, struct message_field *f)
{
    if (!scan_take(s, '('))
        return scan_fail(s, s->at, LIST_LIKE, "a list of what?");
    scan_blanks(s);
    f->item = scan_name(s);
    if (!f->item)
        return scan_fail(s, s->at, LIST_LIKE, "the name of a message is missing here");
    scan_blanks(s);
    if (!scan_take(s, ','))
        return scan_fail(s, s->at, LIST_LIKE, "how many items?");
    if (take_word(s, "until")) {
        if (!scan_expr(s, "what holds of the last item", &f->until))
            return false;
    } else if (!take_word(s, "rest") && !scan_expr(s, "a number of items", &f->size)) {
        return false;
    }
    return close_bracket(s, LIST_LIKE);
}

#define BITS_LIKE "like bits(fin:1, rsv:3, opcode:4)"
#define BITS_MAX 1024u

static bool read_bits(struct scan *s, struct message_bits *out)
{
    uint64_t width;
    size_t from;

    scan_blanks(s);
    out->name = scan_name(s);
    if (!out->name)
        return scan_fail(s, s->at, BITS_LIKE, "the name of some bits is missing here");
    if (strcmp(out->name, "_") == 0)
        out->name = NULL;
    scan_blanks(s);
    if (!scan_take(s, ':'))
        return scan_fail(s, s->at, BITS_LIKE, "how many bits?");
    scan_blanks(s);
    from = s->at;
    if (!scan_number(s, &width))
        return false;
    if (width == 0 || width > 64)
        return scan_fail(s, from, NULL, "1 to 64 bits have a name together");
    out->width = (unsigned)width;
    scan_blanks(s);
    return !scan_take(s, '=') || scan_expr(s, "a value", &out->value);
}

static bool bracket_bits(struct scan *s, struct message_field *f)
{
    struct message_bits *bits = NULL;
    size_t n = 0, cap = 0, sum = 0, from = s->at;
    bool good = scan_take(s, '(') || scan_fail(s, s->at, BITS_LIKE, "which bits?");

    while (good) {
        good = read_bits(s, array_push(bits, n, cap));
        sum += bits[n - 1].width;
        scan_blanks(s);
        if (sum > BITS_MAX)
            good = scan_fail(s, from, NULL, "more than %u bits", BITS_MAX);
        if (!scan_take(s, ','))
            break;
    }
    good = good && close_bracket(s, BITS_LIKE);
    if (good && sum % 8)
        good = scan_fail(s, from, "unused ones are `_:N`", "%zu bits are no whole bytes", sum);
    f->bits = arena_copy(s->arena, bits, n * sizeof *bits);
    f->n_bits = n;
    f->width = (unsigned)(sum / 8);
    mem_free(bits);
    return good;
}

/* ---- types --------------------------------------------------------------------------------------- */

static const struct message_field integers[] = {
    {.type = "u8", .width = 1},
    {.type = "u16be", .width = 2},
    {.type = "u16le", .width = 2, .little = true},
    {.type = "u32be", .width = 4},
    {.type = "u32le", .width = 4, .little = true},
    {.type = "u64be", .width = 8},
    {.type = "u64le", .width = 8, .little = true},
    {.type = "i8", .width = 1, .is_signed = true},
    {.type = "i16be", .width = 2, .is_signed = true},
    {.type = "i16le", .width = 2, .is_signed = true, .little = true},
    {.type = "i32be", .width = 4, .is_signed = true},
    {.type = "i32le", .width = 4, .is_signed = true, .little = true},
    {.type = "i64be", .width = 8, .is_signed = true},
    {.type = "i64le", .width = 8, .is_signed = true, .little = true},
};

static const struct message_field others[] = {
    {.type = "int", .kind = FIELD_INT},
    {.type = "uint", .kind = FIELD_UINT},
    {.type = "decimal", .kind = FIELD_DECIMAL},
    {.type = "hex", .kind = FIELD_HEX},
    {.type = "word", .kind = FIELD_WORD},
    {.type = "path", .kind = FIELD_PATH},
    {.type = "line", .kind = FIELD_LINE},
    {.type = "text", .kind = FIELD_TEXT},
    {.type = "bytes", .kind = FIELD_BYTES},
    {.type = "f32", .kind = FIELD_FLOAT, .width = 4},
    {.type = "f32be", .kind = FIELD_FLOAT, .width = 4},
    {.type = "f32le", .kind = FIELD_FLOAT, .width = 4, .little = true},
    {.type = "f64", .kind = FIELD_FLOAT, .width = 8},
    {.type = "f64be", .kind = FIELD_FLOAT, .width = 8},
    {.type = "f64le", .kind = FIELD_FLOAT, .width = 8, .little = true},
    {.type = "bits", .kind = FIELD_BITS},
    {.type = "ascii", .kind = FIELD_ASCII},
    {.type = "cstring", .kind = FIELD_CSTRING},
    {.type = "enum", .kind = FIELD_ENUM, .width = 1},
    {.type = "list", .kind = FIELD_LIST},
};

static const char *const type_words[] = {
    "int",   "uint",  "decimal", "hex",   "word",  "path",  "line",  "text",    "bytes", "u8",
    "u16be", "u16le", "u32be",   "u32le", "u64be", "u64le", "i8",    "i16be",   "i16le", "i32be",
    "i32le", "i64be", "i64le",   "f32",   "f64",   "bits",  "ascii", "cstring", "enum",  "list"};

static const struct message_field *type_of(const struct message_field *types, size_t n, const char *word)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(types[i].type, word) == 0)
            return &types[i];
    return NULL;
}

static bool set_type(const char *word, struct message_field *f)
{
    const struct message_field *integer = type_of(integers, array_len(integers), word);
    const struct message_field *type = integer ? integer : type_of(others, array_len(others), word);

    if (!type)
        return false;
    f->kind = integer ? FIELD_INTEGER : type->kind;
    f->width = type->width;
    f->is_signed = type->is_signed;
    f->little = type->little;
    return true;
}

#define ENUM_LIKE "like enum(GET: 1, PUT: 2), enum(u16be, GET: 1)"

static bool read_choice(struct scan *s, const struct message_field *f, struct message_choice *out)
{
    bool negative;
    size_t from;

    scan_blanks(s);
    out->name = scan_name(s);
    if (!out->name)
        return scan_fail(s, s->at, ENUM_LIKE, "a name is missing here");
    scan_blanks(s);
    if (!scan_take(s, ':'))
        return scan_fail(s, s->at, ENUM_LIKE, "which number is `%s`?", out->name);
    scan_blanks(s);
    from = s->at;
    negative = scan_take(s, '-');
    if (!scan_number(s, &out->number))
        return false;
    if (negative)
        out->number = 0 - out->number;
    if (!integer_holds(f,
                       &(struct datum){.kind = negative ? DATUM_INT : DATUM_UINT, .i = (int64_t)out->number}))
        return scan_fail(s, from, "say how wide it is, like enum(u32be, A: 70000)",
                         "this number does not fit the enum's %u bytes", f->width);
    return true;
}

/* An integer type before the first member says how wide it is. */
static void enum_width(struct scan *s, struct message_field *f)
{
    struct scan ahead = *s;
    const struct message_field *type;
    const char *word;

    scan_blanks(&ahead);
    word = scan_name(&ahead);
    scan_blanks(&ahead);
    type = word ? type_of(integers, array_len(integers), word) : NULL;
    if (!type || !scan_take(&ahead, ','))
        return;
    f->width = type->width;
    f->little = type->little;
    f->is_signed = type->is_signed;
    s->at = ahead.at;
}

static bool choice_twice(struct scan *s, const struct message_choice *choices, size_t n, size_t from)
{
    const struct message_choice *last = &choices[n - 1];

    for (size_t i = 0; i + 1 < n; i++)
        if (strcmp(choices[i].name, last->name) == 0 || choices[i].number == last->number)
            return !scan_fail(s, from, NULL, "`%s` and `%s` are one name or one number", choices[i].name,
                              last->name);
    return false;
}

static bool bracket_enum(struct scan *s, struct message_field *f)
{
    struct message_choice *choices = NULL;
    size_t n = 0, cap = 0;
    bool good = scan_take(s, '(') || scan_fail(s, s->at, ENUM_LIKE, "which names?");

    if (good)
        enum_width(s, f);
    while (good) {
        size_t from;

        scan_blanks(s);
        from = s->at;
        good = read_choice(s, f, array_push(choices, n, cap)) && !choice_twice(s, choices, n, from);
        scan_blanks(s);
        if (!scan_take(s, ','))
            break;
    }
    good = good && close_bracket(s, ENUM_LIKE);
    f->choices = arena_copy(s->arena, choices, n * sizeof *choices);
    f->n_choices = n;
    mem_free(choices);
    return good;
}

/* /pattern/, in which a slash is \/. */
static bool read_regex(struct scan *s, struct message_field *f)
{
    _cleanup_buf_ struct buf pattern = BUF_INIT;
    size_t from = s->at++, offset = 0;
    char message[128] = "";

    f->kind = FIELD_REGEX;
    buf_text(&pattern, "\\A(?:");
    while (s->at < s->end && s->text.data[s->at] != '/') {
        bool escaped = s->text.data[s->at] == '\\' && s->at + 1 < s->end;

        buf_append(&pattern, bytes_slice(s->text, s->at, escaped ? 2 : 1));
        s->at += escaped ? 2 : 1;
    }
    buf_text(&pattern, ")\\z");
    if (!scan_take(s, '/'))
        return scan_fail(s, from, "like {code:/[0-9]{3}/}", "this pattern has no `/` at its end");
    f->regex = regex_new(buf_view(&pattern), &offset, message, sizeof message);
    if (f->regex)
        return true;
    offset = offset < 5 ? 0 : offset - 5;
    return scan_fail(s, from + 1 + (offset < s->at - from - 2 ? offset : s->at - from - 2), NULL,
                     "no regular expression: %s", message);
}

static bool unknown_type(struct scan *s, size_t from, const char *word)
{
    static const char *const wide[] = {"u16", "u32", "u64", "i16", "i32", "i64"};

    for (size_t i = 0; i < array_len(wide); i++)
        if (strcmp(word, wide[i]) == 0)
            return scan_fail(
                s, from, arena_printf(s->arena, "`%sbe` has its high byte first, `%sle` last", word, word),
                "which byte order?");
    scan_fail(s, from, NULL, "there is no type `%s`", word);
    s->problem->word = word;
    s->problem->words = type_words;
    s->problem->n_words = array_len(type_words);
    return false;
}

static bool read_type(struct scan *s, struct message_field *f)
{
    size_t from = s->at;
    const char *word;

    if (scan_is(s, '/'))
        return read_regex(s, f);
    word = scan_name(s);
    if (!word)
        return scan_fail(s, from, "like u16be, bytes(rest), int", "a type is missing here");
    if (!set_type(word, f))
        return unknown_type(s, from, word);
    switch (f->kind) {
    case FIELD_BYTES:
    case FIELD_ASCII: return bracket_size(s, f);
    case FIELD_BITS: return bracket_bits(s, f);
    case FIELD_ENUM: return bracket_enum(s, f);
    case FIELD_LIST: return bracket_list(s, f);
    case FIELD_LITERAL:
    case FIELD_INT:
    case FIELD_UINT:
    case FIELD_DECIMAL:
    case FIELD_HEX:
    case FIELD_WORD:
    case FIELD_PATH:
    case FIELD_LINE:
    case FIELD_TEXT:
    case FIELD_REGEX:
    case FIELD_INTEGER:
    case FIELD_FLOAT:
    case FIELD_CSTRING: break;
    }
    return true;
}

/* ---- what follows a type ------------------------------------------------------------------------- */

static bool read_via(struct scan *s, struct message_field *f)
{
    struct message_expr *args = NULL;
    size_t n = 0, cap = 0;
    bool good;

    scan_blanks(s);
    f->via = scan_name(s);
    good = f->via || scan_fail(s, s->at, "like `via mask(seq)`", "the name of a function is missing here");
    scan_blanks(s);
    if (good && scan_take(s, '(')) {
        scan_blanks(s);
        while (good && !scan_is(s, ')')) {
            good = scan_expr(s, "a value", array_push(args, n, cap));
            if (!scan_take(s, ','))
                break;
        }
        good = good && close_bracket(s, "like `via mask(seq)`");
    }
    f->args = arena_copy(s->arena, args, n * sizeof *args);
    f->n_args = n;
    mem_free(args);
    return good;
}

static bool read_value(struct scan *s, struct message_field *f, size_t from)
{
    if (f->value.kind != EXPR_ABSENT || f->condition.kind != EXPR_ABSENT || f->via)
        return scan_fail(s, from, "to compare two values, write `==`",
                         "`=` stands once, right behind the type");
    return scan_expr(s, "a value", &f->value);
}

static bool read_suffix(struct scan *s, struct message_field *f)
{
    size_t from = s->at;

    if (scan_take(s, '='))
        return read_value(s, f, from);
    if (take_word(s, "if"))
        return f->condition.kind == EXPR_ABSENT ? scan_expr(s, "a condition", &f->condition)
                                                : scan_fail(s, from, "use `and`", "a second `if`");
    if (take_word(s, "via"))
        return !f->via ? read_via(s, f)
                       : scan_fail(s, from, "one function may call others", "a second `via`");
    return scan_fail(s, from, "behind a type stand `= value`, `if condition`, `via function(...)`",
                     "this is no part of a type");
}

bool scan_field(struct scan *s, const char *name, struct message_field *out)
{
    size_t from;

    scan_blanks(s);
    from = s->at;
    *out =
        (struct message_field){.name = strcmp(name, "_") != 0 ? name : NULL, .origin = s->origin, .at = from};
    if (!read_type(s, out))
        return false;
    out->type = (const char *)arena_bytes(s->arena, bytes_slice(s->text, from, s->at - from)).data;
    for (scan_blanks(s); s->at < s->end; scan_blanks(s))
        if (!read_suffix(s, out))
            return false;
    return true;
}

static void forget(struct message_field *f)
{
    regex_free(f->regex);
    f->regex = NULL;
}

bool message_parse_field(struct arena *a, const char *name, struct bytes type, const void *origin,
                         struct message_field *out, struct message_problem *problem)
{
    struct scan s = {a, type, 0, type.len, origin, problem};

    if (scan_field(&s, name, out))
        return true;
    forget(out);
    return false;
}

bool message_parse_expr(struct arena *a, struct bytes text, const void *origin, struct message_expr *out,
                        struct message_problem *problem)
{
    struct scan s = {a, text, 0, text.len, origin, problem};

    if (!scan_expr(&s, "a value", out))
        return false;
    return s.at == s.end || scan_fail(&s, s.at, NULL, "this is no part of a value");
}
