/*
 * messages.c - `messages` and `header` of a protocol, from YAML to struct message_set.
 *
 * What a definition means is read in wire/message; here is only where each text stands, so that a problem in
 * it gets its line, its column and a suggestion.
 */
#include "spec/messages.h"
#include "base/mem.h"

#include <ctype.h>
#include <string.h>

struct messages_read {
    struct loader *l;
    struct message_set *set;
    struct message_def *def; /* that is being read */
    const struct node *node; /* its */
    bool bad;
};

/* ---- where it stands ----------------------------------------------------------------------------- */

/* Bytes of source that an escape in double quotes takes, and how many it stands for. */
static size_t escape_length(const uint8_t *at, size_t left, size_t *stands_for)
{
    uint8_t c = left > 1 ? at[1] : 0;
    size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;

    *stands_for = 1;
    if (c == 'x' && left > 2) /* \x80 and above are two bytes of UTF-8 */
        *stands_for = at[2] > '7' ? 2 : 1;
    else if (digits)
        *stands_for = 3;
    return 2 + digits < left ? 2 + digits : left;
}

static size_t source_offset(const struct node *n, size_t offset)
{
    bool quoted_text = n->style == STYLE_DOUBLE || n->style == STYLE_SINGLE;
    size_t at = quoted_text ? 1 : 0, text = 0;

    while (text < offset && at < n->source.len) {
        size_t stands_for = 1, len = 1;

        if (n->style == STYLE_DOUBLE && n->source.data[at] == '\\')
            len = escape_length(n->source.data + at, n->source.len - at, &stands_for);
        else if (n->style == STYLE_SINGLE && n->source.data[at] == '\'')
            len = 2;
        text += stands_for;
        at += len;
    }
    return at < n->source.len ? at : n->source.len;
}

struct mark text_mark(const struct node *n, size_t offset)
{
    size_t at = source_offset(n, offset);
    struct mark m = n->mark;

    for (size_t i = 0; i < at; i++) {
        m.col += (n->source.data[i] & 0xc0) != 0x80;
        if (n->source.data[i] == '\n')
            m = (struct mark){m.file, m.line + 1, 1};
    }
    return m;
}

static void report(void *ctx, const struct message_problem *p)
{
    struct messages_read *r = ctx;
    const struct node *n = p->origin ? p->origin : r->node;
    struct diag *d = diag_error(r->l->diags, text_mark(n, p->offset), "%s", p->message);

    r->bad = true;
    if (p->word)
        suggest(r->l, d, p->word, p->words, p->n_words);
    else if (p->cure)
        diag_note(r->l->diags, d, "%s", p->cure);
}

/* ---- names and texts ----------------------------------------------------------------------------- */

/* Expressions speak of messages and fields, so their names are a program's. */
static bool identifier(struct messages_read *r, const struct node *n, const char *what, const char **out)
{
    const char *name;

    if (!read_text(r->l, n, what, &name))
        return false;
    for (const char *p = name; *p; p++)
        if (!(isalpha((unsigned char)*p) || *p == '_' || (p > name && isdigit((unsigned char)*p)))) {
            diag_note(
                r->l->diags,
                diag_error(r->l->diags, n->mark, "%s is no name of %s", quoted(r->l, bytes_of(name)), what),
                "letters, digits and _, not beginning with a digit");
            return false;
        }
    *out = name;
    return true;
}

/* No case and no capture is known where messages are defined. */
static bool has_no_hole(struct messages_read *r, const struct node *n)
{
    const char *text = (const char *)n->text.data;

    for (size_t i = 0; i + 1 < n->text.len; i++) {
        if (text[i] != '$')
            continue;
        if (text[i + 1] == '{' && !(i + 2 < n->text.len && text[i + 2] == '{')) {
            diag_note(
                r->l->diags, diag_error(r->l->diags, text_mark(n, i), "there is no ${...} in messages"),
                "a hole of a message is {name:type}; what it is worth is said in steps; a dollar before a "
                "hole is written $$");
            return false;
        }
        i += text[i + 1] == '$';
    }
    return true;
}

static bool text_form(struct messages_read *r, const struct node *n, struct message_form *out)
{
    struct message_problem p = {0};

    if (n->bad)
        return false;
    if (!node_is(n, NODE_SCALAR) || n->style != STYLE_DOUBLE) {
        diag_note(r->l->diags,
                  diag_error(r->l->diags, n->mark, "the text of a message goes in double quotes%s%s",
                             node_is(n, NODE_SCALAR) ? "" : ", this is ",
                             node_is(n, NODE_SCALAR) ? "" : node_shape(n)),
                  "like \"ADD {a:int} {b:int}\", a list of such, or a map with `fields:`");
        return false;
    }
    if (!has_no_hole(r, n))
        return false;
    if (message_parse_text(r->l->arena, n->text, n, out, &p))
        return true;
    report(r, &p);
    return false;
}

static void text_forms(struct loader *l, const struct node *n, void *into)
{
    struct messages_read *r = into;
    struct node *const one = (struct node *)n;
    struct nodes all = nodes_of(&one);

    (void)l;
    r->def->is_text = true;
    r->def->forms = arena_new(r->l->arena, all.n * sizeof *r->def->forms);
    if (all.n == 0) {
        diag_error(r->l->diags, n->mark, "a message has one text at least");
        r->bad = true;
    }
    for (size_t i = 0; i < all.n; i++) {
        if (text_form(r, all.item[i], &r->def->forms[r->def->n_forms]))
            r->def->n_forms++;
        else
            r->bad = true;
    }
}

/* ---- layouts ------------------------------------------------------------------------------------- */

static bool layout_field(struct messages_read *r, const struct node *n, struct message_field *out)
{
    struct message_problem p = {0};
    const struct node *type;
    const char *name;

    if (n->bad)
        return false;
    if (!node_is(n, NODE_MAP) || n->n != 1) {
        diag_note(r->l->diags,
                  diag_error(r->l->diags, n->mark, "a field is one name and its type, this is %s",
                             node_is(n, NODE_MAP) ? "a map of several" : node_shape(n)),
                  "one item each, in wire order, like `- seq: u32be`");
        return false;
    }
    type = n->items[0];
    if (type->bad || !identifier(r, type->key, "a field", &name))
        return false;
    if (!read_scalar(r->l, type, "the type of a field") || !has_no_hole(r, type))
        return false;
    if (message_parse_field(r->l->arena, name, type->text, type, out, &p))
        return true;
    report(r, &p);
    return false;
}

static struct message_field *layout(struct messages_read *r, const struct node *n, size_t *count)
{
    struct message_field *fields = arena_new(r->l->arena, n->n * sizeof *fields);

    if (!node_is(n, NODE_LIST)) {
        diag_note(r->l->diags,
                  diag_error(r->l->diags, n->mark, "fields are a list, this is %s", node_shape(n)),
                  "they have an order: `- seq: u32be`, `- body: bytes(rest)`");
        r->bad = true;
        return fields;
    }
    for (size_t i = 0; i < n->n; i++) {
        if (layout_field(r, n->items[i], &fields[*count]))
            (*count)++;
        else
            r->bad = true;
    }
    return fields;
}

static void message_fields(struct loader *l, const struct node *n, void *into)
{
    struct messages_read *r = into;

    r->def->forms = arena_new(l->arena, sizeof *r->def->forms);
    r->def->forms->fields = layout(r, n, &r->def->forms->n);
    r->def->n_forms = 1;
}

static void message_from(struct loader *l, const struct node *n, void *into)
{
    static const char *const words[] = {"client", "server", "dialer", "acceptor"};
    struct messages_read *r = into;
    size_t i;

    if (read_choice(l, n, "`from`", words, array_len(words), &i))
        r->def->from = i % 2 == 0 ? FROM_CLIENT : FROM_SERVER;
    else
        r->bad = true;
}

#define PAD_MAX 4096u

static void message_pad(struct loader *l, const struct node *n, void *into)
{
    struct messages_read *r = into;
    uint64_t pad;

    if (read_int(l, n, "`pad`", 2, PAD_MAX, &pad))
        r->def->pad = (size_t)pad;
    else
        r->bad = true;
}

/* One value that a message sets of the common header. */
static bool header_value(struct messages_read *r, const struct node *n, struct message_field *out)
{
    struct message_problem p = {0};

    *out = (struct message_field){.origin = n->key};
    if (n->bad || !identifier(r, n->key, "a field", &out->name))
        return false;
    if (!read_scalar(r->l, n, "the value of a header's field") || !has_no_hole(r, n))
        return false;
    if (message_parse_expr(r->l->arena, n->text, n, &out->value, &p))
        return true;
    report(r, &p);
    return false;
}

static void message_header(struct loader *l, const struct node *n, void *into)
{
    struct messages_read *r = into;

    if (!node_is(n, NODE_MAP)) {
        diag_note(l->diags,
                  diag_error(l->diags, n->mark, "a message's `header` is a map, not %s", node_shape(n)),
                  "what it says of the protocol's `header`, like {type: 3}");
        r->bad = true;
        return;
    }
    r->def->header = arena_new(l->arena, n->n * sizeof *r->def->header);
    for (size_t i = 0; i < n->n; i++) {
        if (header_value(r, n->items[i], &r->def->header[r->def->n_header]))
            r->def->n_header++;
        else
            r->bad = true;
    }
}

static const struct field message_keys[] = {{"text", text_forms},
                                            {"fields", message_fields},
                                            {"from", message_from},
                                            {"pad", message_pad},
                                            {"header", message_header}};

/* ---- messages ------------------------------------------------------------------------------------ */

static void message_map(struct messages_read *r, const struct node *n)
{
    const struct node *text = map_get(n, "text"), *fields = map_get(n, "fields"), *pad = map_get(n, "pad");

    if (text && fields)
        diag_error(r->l->diags, n->mark, "a message has `text:` or `fields:`, not both");
    else if (!text && !fields)
        diag_note(r->l->diags,
                  diag_error(r->l->diags, n->mark, "this message has neither `text:` nor `fields:`"),
                  "a layout is {fields: [...]}, a text just \"ADD {a:int}\"");
    if (pad && text)
        diag_error(r->l->diags, pad->key->mark, "`pad` fills up a layout, and this is a text");
    if (!text == !fields || (pad && text))
        r->bad = true;
    map_read(r->l, n, "a message", message_keys, array_len(message_keys), r);
}

static void message(struct messages_read *r, const struct node *n)
{
    if (n->bad || !identifier(r, n->key, "a message", &r->def->name)) {
        r->bad = true;
        return;
    }
    r->def->origin = r->node = n;
    if (node_is(n, NODE_MAP))
        message_map(r, n);
    else
        text_forms(r->l, n, r);
    if (!r->def->forms)
        return;
    r->set->n++;
    r->def++;
}

/* A size that nobody computes is 0 in all that is sent. */
static void warn_of_size(struct messages_read *r, const struct message_form *form,
                         const struct message_field *f)
{
    for (size_t i = 0; f->size.kind == EXPR_NAME && i < form->n; i++) {
        const struct message_field *size = &form->fields[i];

        if (!size->name || strcmp(size->name, f->size.name) != 0 || size->value.kind != EXPR_ABSENT ||
            !f->name)
            continue;
        diag_note(r->l->diags,
                  diag_warning(r->l->diags, text_mark(size->origin, size->at),
                               "`%s` says how long `%s` is, but nothing computes it: where a step leaves it "
                               "out, 0 is sent",
                               size->name, f->name),
                  "write `%s = %s(%s)`", size->type, f->kind == FIELD_LIST ? "count" : "size", f->name);
    }
}

static void warn_of_sizes(struct messages_read *r)
{
    for (size_t i = 0; i < r->set->n; i++)
        for (size_t k = 0; k < r->set->defs[i].n_forms; k++)
            for (size_t f = 0; f < r->set->defs[i].forms[k].n; f++)
                warn_of_size(r, &r->set->defs[i].forms[k], &r->set->defs[i].forms[k].fields[f]);
}

void messages_read(struct loader *l, const struct node *messages, const struct node *header, bool ends,
                   struct message_set *out)
{
    struct messages_read r = {.l = l, .set = out, .node = messages};
    size_t errors = l->diags->errors;

    if (header && !header->bad)
        out->header = layout(&r, header, &out->n_header);
    if (header && !messages)
        diag_error(l->diags, header->key->mark, "a `header` is common to all `messages`, and there are none");
    if (messages && !messages->bad && !node_is(messages, NODE_MAP))
        diag_note(l->diags,
                  diag_error(l->diags, messages->mark, "`messages` is a map, not %s", node_shape(messages)),
                  "each has a name, like `ADD: \"ADD {a:int}\"`");
    else if (messages && !messages->bad) {
        out->defs = r.def = arena_new(l->arena, messages->n * sizeof *out->defs);
        for (size_t i = 0; i < messages->n; i++)
            message(&r, messages->items[i]);
    }
    if (!r.bad && l->diags->errors == errors && message_set_link(out, l->arena, ends, report, &r))
        warn_of_sizes(&r);
    else
        message_set_deinit(out);
}
