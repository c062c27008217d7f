/* values.c - see values.h. */
#include "spec/values.h"
#include "base/mem.h"
#include "spec/content.h"
#include "spec/typed.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define SOURCE_MAX 120u

const char *value_source(struct loader *l, const struct node *n)
{
    const uint8_t *line_end = memchr(n->source.data, '\n', n->source.len);
    size_t len = line_end ? (size_t)(line_end - n->source.data) : n->source.len;

    if (!line_end && len <= SOURCE_MAX)
        return (const char *)arena_bytes(l->arena, n->source).data;
    if (len > SOURCE_MAX)
        for (len = SOURCE_MAX; len > 0 && (n->source.data[len] & 0xc0) == 0x80;)
            len--;
    return arena_printf(l->arena, "%.*s ...", (int)len, (const char *)n->source.data);
}

static bool items_read(struct loader *l, const struct node *n, const struct scope *scope, struct value *out);
static bool text_read(struct loader *l, const struct node *n, const struct scope *scope, struct value *out);

static void value_text(struct loader *l, struct value *v, struct bytes text)
{
    struct piece *piece = arena_new(l->arena, sizeof *piece);

    *piece = (struct piece){.kind = PIECE_TEXT, .text = text};
    v->kind = VALUE_BYTES;
    v->text = (struct template){piece, text.len > 0};
}

bool value_is_message(const struct value *v)
{
    return v->kind == VALUE_BYTES;
}

/* ---- texts --------------------------------------------------------------------------------------- */

/* YAML reads "\xff" as the character U+00FF, which is two bytes. */
static bool has_byte_escape(struct bytes source)
{
    for (size_t i = 0; i + 2 < source.len; i++) {
        if (source.data[i] != '\\')
            continue;
        if (source.data[i + 1] == 'x' && strchr("89abcdefABCDEF", source.data[i + 2]))
            return true;
        i++;
    }
    return false;
}

static bool refuse_byte_escape(struct loader *l, const struct node *n)
{
    if (n->style != STYLE_DOUBLE || !has_byte_escape(n->source))
        return true;
    diag_note(l->diags, diag_error(l->diags, n->mark, "\\x80 to \\xff are characters of two bytes in YAML"),
              "use !hex for bytes, or write the character itself");
    return false;
}

static bool raw_read(struct loader *l, const struct node *n, const struct scope *scope, struct value *out)
{
    if (n->kind != NODE_SCALAR || n->style != STYLE_DOUBLE) {
        diag_note(l->diags, diag_error(l->diags, n->mark, "!raw takes a text in double quotes"),
                  "like !raw \"ADD 1 2\\n\"%s",
                  n->comment.len ? "; YAML takes what follows a ` #` for a comment" : "");
        return false;
    }
    for (size_t i = 0; i < n->text.len; i++)
        if (n->text.data[i] >= 0x80) {
            diag_note(l->diags, diag_error(l->diags, n->mark, "!raw holds ASCII only"),
                      "YAML turns such characters into several bytes: use !hex");
            return false;
        }
    out->kind = VALUE_BYTES;
    return template_read(l, n, n->text, scope, &out->text);
}

/* Named groups are known to the steps that follow. */
static bool capture_groups(struct loader *l, const struct node *n, const struct scope *scope,
                           struct value *out)
{
    size_t groups = regex_named(out->regex);
    bool fine = true;

    if (!scope->names || groups == 0)
        return true;
    out->slots = arena_new(l->arena, groups * sizeof *out->slots);
    for (size_t i = 0; i < groups; i++) {
        out->slots[i] = names_capture(l, scope->names, regex_name(out->regex, i), n->mark);
        fine &= out->slots[i] != SIZE_MAX;
    }
    return fine;
}

static bool regex_read(struct loader *l, const struct node *n, const struct scope *scope, struct value *out)
{
    size_t offset = 0;
    char message[160] = "";

    if (n->kind != NODE_SCALAR || (n->style != STYLE_SINGLE && n->style != STYLE_DOUBLE)) {
        diag_note(l->diags, diag_error(l->diags, n->mark, "!regex takes a pattern in quotes"),
                  "best in single quotes, where backslashes are themselves: !regex '^OK \\d+$'");
        return false;
    }
    if (bytes_find(n->text, bytes_of("${"))) {
        diag_note(l->diags, diag_error(l->diags, node_mark(n, "${"), "a !regex stands for itself"),
                  "use !lua to compare with what is known; for an end before a brace write $(?:)\\{");
        return false;
    }
    out->regex = regex_new(n->text, &offset, message, sizeof message);
    if (!out->regex) {
        diag_note(l->diags, diag_error(l->diags, n->mark, "no regular expression: %s", message),
                  "at character %zu of the pattern", offset + 1);
        return false;
    }
    *array_push(l->spec->regexes, l->spec->n_regexes, l->spec->cap_regexes) = out->regex;
    out->kind = VALUE_REGEX;
    return capture_groups(l, n, scope, out);
}

/* ---- what is expected otherwise ------------------------------------------------------------------ */

/* Where its first line stands: of a block, below its tag. */
static struct mark block_mark(const struct node *n)
{
    return n->style == STYLE_BLOCK ? (struct mark){n->mark.file, n->mark.line + 1, 1} : n->mark;
}

static bool lua_read(struct loader *l, const struct node *n, const struct scope *scope, struct value *out)
{
    struct scope with_got = *scope;

    with_got.got = true;
    if (n->kind != NODE_SCALAR || n->style == STYLE_PLAIN || n->text.len == 0) {
        diag_note(l->diags, diag_error(l->diags, n->mark, "!lua takes Lua in quotes, or a block"),
                  "like !lua 'return size(got) > 4'; it returns true, or false and a reason");
        return false;
    }
    out->kind = VALUE_LUA;
    out->expr = expression_read(l, block_mark(n), n->text, true, &with_got);
    return out->expr != NULL;
}

static bool one_of_read(struct loader *l, const struct node *n, const struct scope *scope, struct value *out)
{
    if (n->kind != NODE_LIST || n->n == 0) {
        diag_note(l->diags, diag_error(l->diags, n->mark, "!one-of takes a list"),
                  "like !one-of [\"yes\", \"no\"]");
        return false;
    }
    out->kind = VALUE_ONE_OF;
    return items_read(l, n, scope, out);
}

static bool part_read(struct loader *l, const struct node *n, const struct scope *scope, struct value *out)
{
    if (n->kind == NODE_LIST && n->n == 1)
        return items_read(l, n, scope, out) && (out->kind = VALUE_PART);
    if (n->kind == NODE_SCALAR && n->style == STYLE_DOUBLE) {
        out->kind = VALUE_PART;
        out->n = 1;
        out->items = arena_new(l->arena, sizeof *out->items);
        *out->items = (struct value){.mark = n->mark, .source = out->source};
        return text_read(l, n, scope, out->items);
    }
    diag_note(l->diags, diag_error(l->diags, n->mark, "!part-of takes what the bytes are a part of"),
              "like !part-of \"a text\", or !part-of [!file in.bin]");
    return false;
}

static bool tagged_read(struct loader *l, const struct node *n, const struct scope *scope, struct value *out)
{
    struct bytes content;

    if (strcmp(n->tag, "raw") == 0)
        return raw_read(l, n, scope, out);
    if (strcmp(n->tag, "regex") == 0)
        return regex_read(l, n, scope, out);
    if (strcmp(n->tag, "like") == 0)
        return like_read(l, n, scope, out);
    if (strcmp(n->tag, "lua") == 0)
        return lua_read(l, n, scope, out);
    if (strcmp(n->tag, "one-of") == 0)
        return one_of_read(l, n, scope, out);
    if (strcmp(n->tag, "part-of") == 0)
        return part_read(l, n, scope, out);
    if (!is_content_tag(n->tag)) {
        report_later(l, n->mark, arena_printf(l->arena, "!%s", n->tag));
        return false;
    }
    if (!content_of_tag(l, n, &content))
        return false;
    value_text(l, out, content);
    out->framed = strcmp(n->tag, "hex") != 0 && strcmp(n->tag, "base64") != 0;
    return true;
}

static bool text_read(struct loader *l, const struct node *n, const struct scope *scope, struct value *out)
{
    struct diag *d;

    if (n->style == STYLE_DOUBLE) {
        out->kind = VALUE_BYTES;
        out->framed = true;
        return refuse_byte_escape(l, n) && template_read(l, n, n->text, scope, &out->text);
    }
    if (node_is_empty(n)) {
        diag_note(l->diags, diag_error(l->diags, n->mark, "a value is missing"),
                  "an empty message is \"\"; a text goes in double quotes");
        return false;
    }
    d = diag_error(l->diags, n->mark, "a message's text goes in double quotes");
    if (scope->events)
        diag_note(l->diags, d, "write \"%s\"; or one of end, reset, nothing, without quotes",
                  (const char *)n->text.data);
    else if (n->comment.len)
        diag_note(l->diags, d, "write \"%s\", or \"%s%.*s\" if what YAML takes for a comment belongs to it",
                  (const char *)n->text.data, (const char *)n->text.data, (int)n->comment.len,
                  (const char *)n->comment.data);
    else if (n->style == STYLE_BLOCK)
        diag_note(
            l->diags, d,
            "write line ends as \\n: \"ADD 1 2\\nQUIT\\n\"; several messages are a list, [\"one\", \"two\"]");
    else if (n->style == STYLE_PLAIN)
        diag_note(l->diags, d, "write \"%s\": without quotes YAML would drop what follows a ` #`",
                  (const char *)n->text.data);
    else
        diag_note(l->diags, d, "only there backslashes, like \\r\\n, mean what they say");
    return false;
}

/* "${name}" alone, where what was given is more than a text: it stands here as it stands there. */
static bool whole_given(const struct node *n, const struct scope *scope, struct value *out)
{
    const struct piece *p = NULL;

    if (n->tag || n->style != STYLE_DOUBLE || n->text.len < 4 || memcmp(n->text.data, "${", 2) != 0 ||
        n->text.data[n->text.len - 1] != '}')
        return false;
    p = names_find(scope->names, bytes_slice(n->text, 2, n->text.len - 3));
    if (!p || p->kind != PIECE_GIVEN || (value_is_message(p->value) && p->value->framed))
        return false;
    *out = *p->value;
    return true;
}

/* ---- any value ----------------------------------------------------------------------------------- */

static bool whole_cell(struct loader *l, const struct node *n, const struct scope *scope, struct value *out)
{
    const struct test *t = scope->test;
    size_t column, row;

    (void)l;
    if (n->kind != NODE_SCALAR || n->tag || n->style != STYLE_DOUBLE || !is_column(n, scope, &column))
        return false;
    for (row = 0; row < t->n_rows; row++) {
        const struct value *cell = &t->cells[row * t->n_columns + column];

        if (cell->kind != VALUE_NONE && (!value_is_message(cell) || !cell->framed))
            break;
    }
    if (row == t->n_rows)
        return false;
    scope->used[column] = true;
    out->kind = VALUE_CELL;
    out->index = column;
    return true;
}

static bool items_read(struct loader *l, const struct node *n, const struct scope *scope, struct value *out)
{
    bool fine = n->n > 0;

    if (!fine)
        diag_error(l->diags, n->mark, "this list is empty");
    out->n = n->n;
    out->items = arena_new(l->arena, n->n * sizeof *out->items);
    for (size_t i = 0; i < n->n; i++) {
        if (node_is(n->items[i], NODE_LIST)) {
            diag_error(l->diags, n->items[i]->mark, "a list of messages holds no lists");
            fine = false;
        } else if (!value_read(l, n->items[i], scope, &out->items[i])) {
            fine = false;
        }
        if (scope->in_turn && out->kind == VALUE_LIST)
            names_settle(scope->names);
    }
    return fine;
}

/* An outcome that is no message, where these may stand. */
static bool event_read(const struct node *n, const struct scope *scope, struct value *out)
{
    static const char *const names[] = {
        [HAPPENING_END] = "end", [HAPPENING_RESET] = "reset", [HAPPENING_NOTHING] = "nothing"};

    for (int e = HAPPENING_END; scope->events && n->style == STYLE_PLAIN && e <= HAPPENING_NOTHING; e++)
        if (node_says(n, names[e])) {
            out->kind = VALUE_HAPPENING;
            out->number = e;
            return true;
        }
    return false;
}

bool value_read(struct loader *l, const struct node *n, const struct scope *scope, struct value *out)
{
    *out = (struct value){.mark = n->mark, .source = value_source(l, n), .capture = SIZE_MAX};
    if (n->bad)
        return false;
    if (n->tag)
        return tagged_read(l, n, scope, out);
    switch (n->kind) {
    case NODE_LIST: out->kind = VALUE_LIST; return items_read(l, n, scope, out);
    case NODE_MAP: return typed_read(l, n, scope, out);
    case NODE_SCALAR: break;
    }
    return event_read(n, scope, out) || whole_cell(l, n, scope, out) || whole_given(n, scope, out) ||
           text_read(l, n, scope, out);
}

bool cell_read(struct loader *l, const struct node *n, const struct scope *scope, struct value *out)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:-";

    if (!node_is(n, NODE_SCALAR) || n->style != STYLE_PLAIN || n->text.len == 0)
        return value_read(l, n, scope, out);
    *out = (struct value){.mark = n->mark, .source = value_source(l, n), .framed = true, .plain = true};
    value_text(l, out, n->text);
    if (strspn((const char *)n->text.data, plain) == n->text.len)
        return true;
    diag_note(l->diags, diag_error(l->diags, n->mark, "this text needs double quotes"),
              "plain words are made of A-Z a-z 0-9 _ . / : -");
    return false;
}

bool content_template_read(struct loader *l, const struct node *n, const struct scope *scope,
                           struct template *out)
{
    struct piece piece = {.kind = PIECE_TEXT};

    if (n->bad)
        return false;
    if (is_content_tag(n->tag)) {
        *out = (struct template){arena_copy(l->arena, &piece, sizeof piece), 1};
        return content_of_tag(l, n, &out->pieces->text);
    }
    if (n->tag || n->kind != NODE_SCALAR || n->style == STYLE_PLAIN) {
        diag_note(l->diags, diag_error(l->diags, n->mark, "%s is a text in quotes, or content", scope->what),
                  "like \"hello\\n\", !hex 00ff, !random {bytes: 1MiB, seed: 7}, !file data.bin");
        return false;
    }
    return refuse_byte_escape(l, n) && template_read(l, n, n->text, scope, out);
}

bool content_read(struct loader *l, const struct node *n, const char *what, struct bytes *out)
{
    struct scope none = {.what = what};
    struct template t = {0};

    if (!content_template_read(l, n, &none, &t))
        return false;
    *out = t.n ? t.pieces[0].text : arena_bytes(l->arena, bytes_of(""));
    return true;
}

/* ---- exits, signals ------------------------------------------------------------------------------ */

int signal_number(const char *name)
{
    for (int i = 1; strncmp(name, "SIG", 3) == 0 && i < 32; i++) {
        const char *abbreviation = sigabbrev_np(i);

        if (abbreviation && strcmp(abbreviation, name + 3) == 0)
            return i;
    }
    return 0;
}

bool signal_read(struct loader *l, const struct node *n, const struct scope *scope, struct value *out)
{
    const char *name;

    *out = (struct value){.kind = VALUE_SIGNAL, .mark = n->mark, .source = value_source(l, n)};
    if (!read_text(l, n, "a signal", &name))
        return false;
    if (bytes_find(n->text, bytes_of("${"))) {
        out->kind = VALUE_BYTES; /* which one is known when it is played */
        return template_read(l, n, n->text, scope, &out->text);
    }
    out->number = signal_number(name);
    if (out->number)
        return true;
    diag_note(l->diags, diag_error(l->diags, n->mark, "there is no signal %s", quoted(l, n->text)),
              "signals are named like SIGTERM, SIGINT, SIGSEGV");
    return false;
}

static void not_code(struct loader *l, const struct node *n, void *into)
{
    struct value *v = into;
    uint64_t code;

    if (read_int(l, n, "`not`", 0, 255, &code)) {
        v->number = (int)code;
        v->unlike = true;
    }
}

static const struct field not_fields[] = {{"not", not_code, true}};

bool exit_parse(struct bytes text, struct value *out)
{
    const char *s = (const char *)text.data;
    size_t digits = strspn(s, "0123456789");

    out->kind = VALUE_CODE;
    if (digits > 0 && digits == text.len && digits <= 3 && atoi(s) <= 255) {
        out->number = atoi(s);
        return true;
    }
    out->any = strcmp(s, "any") == 0;
    if (out->any)
        return true;
    out->number = signal_number(s);
    out->kind = VALUE_SIGNAL;
    return out->number != 0;
}

bool exit_read(struct loader *l, const struct node *n, const struct scope *scope, struct value *out)
{
    size_t errors = l->diags->errors;

    *out = (struct value){.kind = VALUE_CODE, .mark = n->mark, .source = value_source(l, n)};
    if (node_is(n, NODE_MAP)) {
        map_read(l, n, "`exits`", not_fields, array_len(not_fields), out);
        return l->diags->errors == errors;
    }
    if (!read_scalar(l, n, "an exit status"))
        return false;
    if (bytes_find(n->text, bytes_of("${"))) {
        out->kind = VALUE_BYTES; /* what it says is known when it is played */
        return template_read(l, n, n->text, scope, &out->text);
    }
    if (exit_parse(n->text, out))
        return true;
    diag_note(l->diags, diag_error(l->diags, n->mark, "no program exits with %s", quoted(l, n->text)),
              "write a code from 0 to 255, a signal like SIGSEGV, any, or {not: 0}");
    return false;
}
