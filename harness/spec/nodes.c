/* nodes.c - what readers ask of a node, and how they speak of it: see fields.h. */
#include "base/escape.h"
#include "base/mem.h"
#include "spec/fields.h"

#include <string.h>

const struct node *map_get(const struct node *map, const char *key)
{
    for (size_t i = 0; map->kind == NODE_MAP && i < map->n; i++)
        if (bytes_equal(map->items[i]->key->text, bytes_of(key)))
            return map->items[i];
    return NULL;
}

struct nodes nodes_of(struct node *const *n)
{
    if ((*n)->kind == NODE_LIST && !(*n)->tag)
        return (struct nodes){(*n)->items, (*n)->n};
    return (struct nodes){n, 1};
}

bool node_is(const struct node *n, enum node_kind kind)
{
    return n->kind == kind && !n->tag && !n->bad;
}

bool node_is_empty(const struct node *n)
{
    return node_is(n, NODE_SCALAR) && n->style == STYLE_PLAIN && n->text.len == 0;
}

bool node_says(const struct node *n, const char *word)
{
    return node_is(n, NODE_SCALAR) && bytes_equal(n->text, bytes_of(word));
}

/* `key:"value"` is one word to YAML. */
static bool lacks_space(const struct node *n)
{
    for (size_t i = 0; n->style == STYLE_PLAIN && i + 1 < n->text.len; i++)
        if (n->text.data[i] == ':' && n->text.data[i + 1] && strchr("\"'[{!", n->text.data[i + 1]))
            return true;
    return false;
}

const char *node_shape(const struct node *n)
{
    if (n->tag)
        return "a tagged value";
    switch (n->kind) {
    case NODE_LIST: return "a list";
    case NODE_MAP: return "a map";
    case NODE_SCALAR: break;
    }
    return node_is_empty(n) ? "nothing" : lacks_space(n) ? "a text whose colon lacks its space" : "a text";
}

struct mark node_mark(const struct node *n, const char *part)
{
    const uint8_t *at = bytes_find(n->source, bytes_of(part));
    struct mark m = n->mark;

    for (const uint8_t *p = n->source.data; at && p < at; p++) {
        m.col += (*p & 0xc0) != 0x80;
        if (*p == '\n')
            m = (struct mark){m.file, m.line + 1, 1};
    }
    return m;
}

const char *path_beside(struct arena *arena, const char *file, const char *name)
{
    const char *slash = strrchr(file, '/');

    return slash ? arena_printf(arena, "%.*s/%s", (int)(slash - file), file, name) : name;
}

/* ---- messages ------------------------------------------------------------------------------------ */

#define QUOTE_MAX 60u

const char *quoted(struct loader *l, struct bytes text)
{
    _cleanup_buf_ struct buf shown = BUF_INIT;
    _cleanup_buf_ struct buf out = BUF_INIT;
    size_t len = text.len;

    if (len > QUOTE_MAX)
        for (len = QUOTE_MAX; len > 0 && (text.data[len] & 0xc0) == 0x80;)
            len--;
    escape_text(&shown, bytes_slice(text, 0, len));
    buf_byte(&out, '`');
    for (size_t i = 0; i < shown.len; i++)
        if (shown.data[i] == '\n' || shown.data[i] == '\t')
            buf_text(&out, shown.data[i] == '\n' ? "\\n" : "\\t");
        else
            buf_byte(&out, shown.data[i]);
    buf_text(&out, len < text.len ? "...`" : "`");
    return (const char *)arena_bytes(&l->diags->arena, buf_view(&out)).data;
}

void report_later(struct loader *l, struct mark at, const char *what)
{
    diag_note(l->diags, diag_error(l->diags, at, "%s is not supported yet", what),
              "it is a part of the language that this version of sockgrade cannot grade");
}

void suggest(struct loader *l, struct diag *d, const char *word, const char *const *words, size_t n)
{
    const char *nearest = diag_nearest(word, words, n);
    _cleanup_buf_ struct buf all = BUF_INIT;

    if (nearest) {
        diag_note(l->diags, d, "did you mean `%s`?", nearest);
        return;
    }
    for (size_t i = 0; i < n && i < 40; i++)
        buf_printf(&all, "%s%s", i ? ", " : "", words[i]);
    buf_byte(&all, 0);
    if (n > 0)
        diag_note(l->diags, d, "%s %s%s", n == 1 ? "there is only" : "one of", (const char *)all.data,
                  n > 40 ? ", ..." : "");
}
