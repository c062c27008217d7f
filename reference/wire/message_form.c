/* message_form.c - texts with holes: "ADD {a:int} {b:int}". `{{`, `}}` and `$$` are one brace, one dollar. */
#include "base/mem.h"
#include "wire/message_parts.h"

#include <string.h>

struct fields {
    struct message_field *fields;
    size_t n, cap;
    struct buf literal; /* before the next hole */
    size_t literal_at;
};

static void literal_end(struct scan *s, struct fields *f)
{
    if (f->literal.len == 0)
        return;
    *array_push(f->fields, f->n, f->cap) = (struct message_field){
        .kind = FIELD_LITERAL,
        .literal = arena_bytes(s->arena, buf_view(&f->literal)),
        .origin = s->origin,
        .at = f->literal_at,
    };
    f->literal.len = 0;
}

/* Behind a pattern, which may hold braces and quotes. */
static size_t pattern_end(const struct scan *s, size_t at)
{
    for (at++; at < s->text.len && s->text.data[at] != '/'; at++)
        if (s->text.data[at] == '\\')
            at++;
    return at;
}

/* Where the hole that is open at s->at ends: at a brace of its own level, outside quotes. */
static bool hole_end(struct scan *s, size_t *end)
{
    uint8_t quote = 0;
    size_t depth = 0, at = s->at;

    if (scan_is(s, '/'))
        at = pattern_end(s, at) + 1;
    for (; at < s->text.len; at++) {
        uint8_t c = s->text.data[at];

        if (quote) {
            quote = c == quote ? 0 : quote;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '{') {
            depth++;
        } else if (c == '}' && depth-- == 0) {
            *end = at;
            return true;
        }
    }
    return false;
}

#define HOLE_LIKE "a hole is like {name:int}; a brace itself is written twice"

static bool hole(struct scan *s, struct fields *f)
{
    size_t from = s->at++, end = 0;
    char *name = scan_name(s);
    bool good;

    literal_end(s, f);
    if (!name || !scan_take(s, ':'))
        return scan_fail(s, s->at < s->text.len ? s->at : from, HOLE_LIKE,
                         name ? "this hole has no type" : "this hole has no name");
    scan_blanks(s);
    if (!hole_end(s, &end))
        return scan_fail(s, from, HOLE_LIKE, "this hole has no `}` at its end");
    s->end = end;
    good = scan_field(s, name, array_push(f->fields, f->n, f->cap));
    s->end = s->text.len;
    s->at = end + 1;
    return good;
}

static bool doubled(const struct scan *s)
{
    return s->at + 1 < s->end && s->text.data[s->at + 1] == s->text.data[s->at];
}

static bool next_part(struct scan *s, struct fields *f)
{
    bool open = scan_is(s, '{'), close = scan_is(s, '}'), dollar = scan_is(s, '$') && doubled(s);

    if (open && !doubled(s))
        return hole(s, f);
    if (close && !doubled(s))
        return scan_fail(s, s->at, HOLE_LIKE, "this `}` closes no hole");
    if (f->literal.len == 0)
        f->literal_at = s->at;
    buf_byte(&f->literal, s->text.data[s->at]);
    s->at += open || close || dollar ? 2 : 1;
    return true;
}

bool message_parse_text(struct arena *a, struct bytes text, const void *origin, struct message_form *out,
                        struct message_problem *problem)
{
    struct scan s = {a, text, 0, text.len, origin, problem};
    struct fields f = {0};
    bool good = true;

    while (good && s.at < s.end)
        good = next_part(&s, &f);
    literal_end(&s, &f);
    *out = (struct message_form){arena_copy(a, f.fields, f.n * sizeof *f.fields), f.n, 0};
    for (size_t i = 0; i < f.n && !good; i++) {
        regex_free(f.fields[i].regex);
        out->fields[i].regex = NULL;
    }
    mem_free(f.fields);
    buf_deinit(&f.literal);
    return good;
}
