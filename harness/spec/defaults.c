/*
 * defaults.c - `defaults`, `before` and `after`: what a test has beside its own lines.
 *
 * A test is completed as a tree, before it is read: its readers see one map with all that holds for it.
 */
#include "spec/defaults.h"
#include "base/mem.h"

#include <string.h>

const struct node *defaults_read(struct loader *l, const struct node *n)
{
    if (!n || n->bad)
        return NULL;
    if (!node_is(n, NODE_MAP)) {
        diag_note(l->diags, diag_error(l->diags, n->mark, "`defaults` is a map of keys of tests"),
                  "like {points: 2, under: [whole, bytes]}");
        return NULL;
    }
    defaults_keys_read(l, n);
    return n;
}

/* ---- steps --------------------------------------------------------------------------------------- */

static bool is_steps(struct loader *l, const struct node *n)
{
    if (node_is(n, NODE_LIST) && n->n > 0)
        return true;
    if (!n->bad)
        diag_note(l->diags,
                  diag_error(l->diags, n->key->mark, "`%s` is a list of sentences",
                             (const char *)n->key->text.data),
                  "like `- alice sends: \"text\"`");
    return false;
}

static const struct node *steps_of(struct loader *l, const struct node *map, const char *key)
{
    const struct node *n = map ? map_get(map, key) : NULL;

    return n && is_steps(l, n) ? n : NULL;
}

struct node *test_steps(struct loader *l, const struct node *defaults, const struct node *test)
{
    const struct node *own = steps_of(l, test, "steps");
    const struct node *parts[] = {steps_of(l, defaults, "before"), steps_of(l, test, "before"), own,
                                  steps_of(l, test, "after"), steps_of(l, defaults, "after")};
    struct node *all;
    size_t n = 0;

    for (size_t i = 0; i < array_len(parts); i++)
        n += parts[i] ? parts[i]->n : 0;
    if (!own)
        return NULL;
    all = arena_copy(l->arena, own, sizeof *all);
    all->items = arena_new(l->arena, n * sizeof(struct node *));
    all->n = 0;
    for (size_t i = 0; i < array_len(parts); i++)
        for (size_t k = 0; parts[i] && k < parts[i]->n; k++)
            all->items[all->n++] = parts[i]->items[k];
    return all;
}

/* ---- the other keys ------------------------------------------------------------------------------ */

/* Steps are joined, and what a test requires is chosen from what stands before it. */
static bool is_joined(const struct node *item)
{
    static const char *const keys[] = {"before", "after", "requires"};

    for (size_t i = 0; i < array_len(keys); i++)
        if (bytes_equal(item->key->text, bytes_of(keys[i])))
            return true;
    return false;
}

const struct node *test_with_defaults(struct loader *l, const struct node *defaults, const struct node *test)
{
    struct node *all;

    if (!defaults || !node_is(test, NODE_MAP))
        return test;
    all = arena_copy(l->arena, test, sizeof *all);
    all->items = arena_new(l->arena, (test->n + defaults->n) * sizeof(struct node *));
    all->n = 0;
    for (size_t i = 0; i < test->n; i++)
        all->items[all->n++] = test->items[i];
    for (size_t i = 0; i < defaults->n; i++) {
        struct node *item = defaults->items[i];

        if (!item->bad && !is_joined(item) && !map_get(test, (const char *)item->key->text.data))
            all->items[all->n++] = item;
    }
    return all;
}

/* ---- blame --------------------------------------------------------------------------------------- */

static bool spans(const struct node *n, const struct mark *m)
{
    int last = n->mark.line;

    for (size_t i = 0; i < n->source.len; i++)
        last += n->source.data[i] == '\n';
    return m->file && strcmp(m->file, n->mark.file) == 0 && m->line >= n->key->mark.line && m->line <= last;
}

void defaults_mark_steps(const struct node *defaults, struct test *t)
{
    static const char *const keys[] = {"before", "after"};

    for (size_t k = 0; defaults && k < array_len(keys); k++) {
        const struct node *n = map_get(defaults, keys[k]);

        for (size_t i = 0; n && i < t->n_steps; i++)
            t->steps[i].shared |= spans(n, &t->steps[i].mark);
    }
}

void defaults_blame(struct loader *l, const struct node *defaults, const struct test *t, size_t from)
{
    static const char *const keys[] = {"before", "after", "under"};

    for (size_t i = from; defaults && t->id && i < l->diags->n; i++) {
        struct diag *d = &l->diags->diags[i];
        const struct node *n;
        bool within = false;

        for (size_t k = 0; k < array_len(keys); k++)
            within |= (n = map_get(defaults, keys[k])) && spans(n, &d->mark);
        if (within)
            diag_note(l->diags, d, "as the test `%s` takes it%s%s", t->id, d->note ? "; " : "",
                      d->note ? d->note : "");
    }
}
