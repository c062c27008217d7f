/*
 * yaml.c - libyaml's events made into a tree.
 *
 * The event interface is used because a document tree loses how a scalar was quoted and would have followed
 * aliases already. libyaml counts lines, columns and offsets from 0 and in characters: mark_of and byte_at
 * are the only places that know.
 */
#include "spec/yaml.h"
#include "base/mem.h"
#include "spec/keys.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct open {
    struct node *node;
    size_t first;     /* of its items in `done` */
    struct node *key; /* of a map: a key that waits for its value */
    size_t start;     /* where its source begins */
};

struct parse {
    struct arena *arena;
    struct diags *diags;
    const char *file;
    struct bytes text;
    size_t chars, bytes; /* the place last asked for, as characters and as bytes */
    size_t covered;      /* all before this was searched for tabs */
    struct open open[YAML_DEPTH];
    size_t depth;
    struct node **done; /* items whose list or map is still open */
    size_t n, cap;
    struct node *root;
    bool finished; /* nothing more is worth reading */
};

static struct mark mark_of(const struct parse *p, const yaml_mark_t *m)
{
    return (struct mark){p->file, (int)m->line + 1, (int)m->column + 1};
}

static size_t byte_at(struct parse *p, const yaml_mark_t *m)
{
    const uint8_t *data = p->text.data;

    for (; p->chars < m->index && p->bytes < p->text.len; p->chars++)
        for (p->bytes++; p->bytes < p->text.len && (data[p->bytes] & 0xc0) == 0x80; p->bytes++)
            ;
    for (; p->chars > m->index && p->bytes > 0; p->chars--)
        for (p->bytes--; p->bytes > 0 && (data[p->bytes] & 0xc0) == 0x80; p->bytes--)
            ;
    return p->bytes;
}

/* ---- tabs ---------------------------------------------------------------------------------------- */

static void report_tab(struct parse *p, size_t at)
{
    struct mark m = {p->file, 1, 1};

    for (size_t i = 0; i < at; i++) {
        m.col += (p->text.data[i] & 0xc0) != 0x80;
        if (p->text.data[i] == '\n')
            m = (struct mark){p->file, m.line + 1, 1};
    }
    diag_note(p->diags, diag_error(p->diags, m, "a tab"),
              "indent and align with spaces; within texts write \\t");
}

/* Between values there are only punctuation, blanks and comments. Each line's first tab is reported. */
static void find_tabs(struct parse *p, size_t to)
{
    bool comment = false, told = false;

    for (size_t i = p->covered; i < to; i++) {
        uint8_t c = p->text.data[i];

        if (c == '\n')
            comment = told = false;
        else if (c == '#')
            comment = true;
        else if (c == '\t' && !comment && !told) {
            report_tab(p, i);
            told = true;
        }
    }
    if (to > p->covered)
        p->covered = to;
}

/* ---- nodes --------------------------------------------------------------------------------------- */

static void refuse_anchor(struct parse *p, const yaml_event_t *e, const yaml_char_t *anchor)
{
    if (anchor)
        diag_note(p->diags, diag_error(p->diags, mark_of(p, &e->start_mark), "anchors are not used in specs"),
                  "remove `&%s`: what holds for all tests stands under `defaults`, their first steps under "
                  "its `before`",
                  (const char *)anchor);
}

static const char *read_tag(struct parse *p, struct node *node, const yaml_char_t *tag)
{
    static const char *const known[] = {"raw",   "hex",  "base64", "file", "random", "repeat",
                                        "regex", "like", "one-of", "lua",  "part-of"};
    const char *name = (const char *)tag, *nearest;
    struct diag *d;

    if (!tag)
        return NULL;
    if (strncmp(name, "tag:yaml.org,2002:", 18) == 0) {
        node->bad = true;
        diag_note(p->diags, diag_error(p->diags, node->mark, "YAML's own types are not used in specs"),
                  "remove `!!%s`: whoever reads a value knows its type", name + 18);
        return NULL;
    }
    name += name[0] == '!';
    for (size_t i = 0; i < array_len(known); i++)
        if (strcmp(name, known[i]) == 0)
            return known[i];
    node->bad = true;
    d = diag_error(p->diags, node->mark, "there is no tag `!%s`", name);
    nearest = diag_nearest(name, known, array_len(known));
    if (nearest)
        diag_note(p->diags, d, "did you mean `!%s`?", nearest);
    else
        diag_note(p->diags, d,
                  "tags: !raw !hex !base64 !file !random !repeat !regex; a text that begins with `!` "
                  "is quoted");
    return NULL;
}

/* Puts a finished node where it belongs: into the root, or into the list or map that is open. */
static void place(struct parse *p, struct node *node)
{
    struct open *o = p->depth ? &p->open[p->depth - 1] : NULL;

    if (!o) {
        p->root = node;
    } else if (o->node->kind == NODE_MAP && !o->key) {
        o->key = node;
    } else {
        node->key = o->key;
        o->key = NULL;
        *array_push(p->done, p->n, p->cap) = node;
    }
}

static struct node *node_new(struct parse *p, const yaml_event_t *e, enum node_kind kind)
{
    struct node *node = arena_new(p->arena, sizeof *node);
    struct open *o = p->depth ? &p->open[p->depth - 1] : NULL;

    node->kind = kind;
    node->mark = mark_of(p, &e->start_mark);
    if (o && o->node->kind == NODE_MAP && !o->key && kind != NODE_SCALAR) {
        diag_note(p->diags, diag_error(p->diags, node->mark, "a key is one word or one text"),
                  "quote a text that holds any of { } [ ]");
        p->finished = true;
    }
    return node;
}

/* What YAML leaves out as a comment behind a plain text, blanks before it included. */
static struct bytes comment_after(const struct parse *p, size_t end)
{
    size_t at = end, line;

    while (at < p->text.len && p->text.data[at] == ' ')
        at++;
    if (at == end || at == p->text.len || p->text.data[at] != '#')
        return (struct bytes){0};
    for (line = at; line < p->text.len && !strchr("\r\n", p->text.data[line]); line++)
        ;
    return bytes_slice(p->text, end, line - end);
}

static void on_scalar(struct parse *p, const yaml_event_t *e)
{
    static const enum node_style styles[] = {
        [YAML_PLAIN_SCALAR_STYLE] = STYLE_PLAIN,          [YAML_SINGLE_QUOTED_SCALAR_STYLE] = STYLE_SINGLE,
        [YAML_DOUBLE_QUOTED_SCALAR_STYLE] = STYLE_DOUBLE, [YAML_LITERAL_SCALAR_STYLE] = STYLE_BLOCK,
        [YAML_FOLDED_SCALAR_STYLE] = STYLE_BLOCK,
    };
    struct node *node = node_new(p, e, NODE_SCALAR);
    size_t start = byte_at(p, &e->start_mark), end = byte_at(p, &e->end_mark);

    find_tabs(p, start);
    if (end > p->covered)
        p->covered = end;
    node->style = styles[e->data.scalar.style];
    node->tag = read_tag(p, node, e->data.scalar.tag);
    node->text = arena_bytes(p->arena, (struct bytes){e->data.scalar.value, e->data.scalar.length});
    node->source = bytes_slice(p->text, start, end - start);
    if (node->style == STYLE_PLAIN && node->text.len)
        node->comment = comment_after(p, end);
    refuse_anchor(p, e, e->data.scalar.anchor);
    place(p, node);
}

static void on_alias(struct parse *p, const yaml_event_t *e)
{
    struct node *node = node_new(p, e, NODE_SCALAR);

    node->bad = true;
    node->text = arena_bytes(p->arena, bytes_of(""));
    diag_note(p->diags, diag_error(p->diags, node->mark, "aliases are not used in specs"),
              "write it out, or put it under `defaults`; a text that begins with `*` is quoted");
    place(p, node);
}

static void on_open(struct parse *p, const yaml_event_t *e, struct node *node, const yaml_char_t *tag)
{
    if (p->depth == YAML_DEPTH) {
        diag_error(p->diags, node->mark, "lists and maps are nested more than %u deep", YAML_DEPTH);
        p->finished = true;
        return;
    }
    node->tag = read_tag(p, node, tag);
    p->open[p->depth++] = (struct open){.node = node, .first = p->n, .start = byte_at(p, &e->start_mark)};
}

static void refuse_merge(struct parse *p, struct node *item)
{
    if (item->key->style != STYLE_PLAIN || !bytes_equal(item->key->text, bytes_of("<<")))
        return;
    diag_note(p->diags, diag_error(p->diags, item->key->mark, "merge keys (`<<`) are not used in specs"),
              "write out what repeats; what holds for all tests stands under `defaults`");
    item->bad = true;
}

static void check_keys(struct parse *p, const struct node *map)
{
    for (size_t i = 0; i < map->n; i++) {
        struct node *item = map->items[i];

        refuse_merge(p, item);
        if (item->key->tag) {
            diag_error(p->diags, item->key->mark, "a key takes no tag");
            item->bad = true;
        }
    }
    keys_check(map, p->diags);
}

static void on_close(struct parse *p, const yaml_event_t *e)
{
    struct open o = p->open[--p->depth];
    struct node *node = o.node;
    size_t end = byte_at(p, &e->end_mark);

    node->n = p->n - o.first;
    node->items = arena_copy(p->arena, p->done ? p->done + o.first : NULL, node->n * sizeof *node->items);
    p->n = o.first;
    while (end > o.start && strchr(" \n\r", p->text.data[end - 1]))
        end--; /* a block ends where the next begins */
    node->source = bytes_slice(p->text, o.start, end - o.start);
    if (node->kind == NODE_MAP)
        check_keys(p, node);
    place(p, node);
}

static void on_document(struct parse *p, const yaml_event_t *e)
{
    if (!p->root)
        return;
    diag_note(p->diags, diag_error(p->diags, mark_of(p, &e->start_mark), "a second document"),
              "a file holds one spec: remove the `---` before this");
    p->finished = true;
}

static void on_event(struct parse *p, const yaml_event_t *e)
{
    struct node *node;

    switch (e->type) {
    case YAML_SCALAR_EVENT: on_scalar(p, e); break;
    case YAML_ALIAS_EVENT: on_alias(p, e); break;
    case YAML_SEQUENCE_START_EVENT:
        node = node_new(p, e, NODE_LIST);
        node->flow = e->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
        refuse_anchor(p, e, e->data.sequence_start.anchor);
        on_open(p, e, node, e->data.sequence_start.tag);
        break;
    case YAML_MAPPING_START_EVENT:
        node = node_new(p, e, NODE_MAP);
        node->flow = e->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
        refuse_anchor(p, e, e->data.mapping_start.anchor);
        on_open(p, e, node, e->data.mapping_start.tag);
        break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT: on_close(p, e); break;
    case YAML_DOCUMENT_START_EVENT: on_document(p, e); break;
    case YAML_STREAM_END_EVENT:
        find_tabs(p, p->text.len);
        p->finished = true;
        break;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_DOCUMENT_END_EVENT: break;
    }
}

/* ---- errors -------------------------------------------------------------------------------------- */

static void report_yaml(struct parse *p, const yaml_parser_t *y)
{
    struct yaml_advice advice = yaml_reword(y->problem, y->context);
    size_t at = byte_at(p, &y->problem_mark);
    struct diag *d;

    if (y->problem && strstr(y->problem, "character that cannot start") && at < p->text.len &&
        p->text.data[at] == '\t') {
        report_tab(p, at);
        return;
    }
    if (at + 1 < p->text.len && !memcmp(p->text.data + at, "- ", 2))
        advice = yaml_reword_item(y->problem, advice);
    /* A quote that is never closed is looked for where it was opened, not at the end of the file. */
    d = diag_error(p->diags, mark_of(p, advice.cure || !y->context ? &y->problem_mark : &y->context_mark),
                   "%s", advice.message);
    if (advice.cure)
        diag_note(p->diags, d, "%s", advice.cure);
}

static void parse_events(struct parse *p)
{
    yaml_parser_t y;

    if (!yaml_parser_initialize(&y))
        mem_exhausted();
    yaml_parser_set_encoding(&y, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&y, p->text.data, p->text.len);
    while (!p->finished) {
        yaml_event_t e;

        if (!yaml_parser_parse(&y, &e)) {
            if (y.error == YAML_MEMORY_ERROR)
                mem_exhausted();
            report_yaml(p, &y);
            p->root = NULL;
            break;
        }
        on_event(p, &e);
        yaml_event_delete(&e);
    }
    yaml_parser_delete(&y);
}

const struct node *yaml_parse(struct arena *arena, const char *file, struct bytes text, struct diags *d)
{
    static const char bom[] = "\xef\xbb\xbf";
    struct parse p = {.arena = arena, .diags = d, .file = file, .text = text};
    size_t errors = d->errors;

    if (text.len >= 3 && memcmp(text.data, bom, 3) == 0)
        p.text = bytes_slice(text, 3, text.len);
    if (text.len > YAML_MAX) {
        diag_error(d, (struct mark){file, 0, 0}, "the file is larger than %u MiB", YAML_MAX >> 20);
        return NULL;
    }
    if (!yaml_text_check(file, p.text, d))
        return NULL;
    parse_events(&p);
    mem_free(p.done);
    if (!p.root && d->errors == errors)
        diag_note(d, diag_error(d, (struct mark){file, 1, 1}, "the file is empty"),
                  "a spec begins with `spec: 1`");
    return p.root;
}
