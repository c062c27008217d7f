/* groups.c - `groups`: tests that stand together in reports, in an order and with titles. */
#include "base/mem.h"
#include "spec/parts.h"

#include <string.h>

static void group_title(struct loader *l, const struct node *n, void *into)
{
    read_text(l, n, "a group's title", &((struct test_group *)into)->title);
}

static const struct field group_fields[] = {{"title", group_title, true}};

static void group_read(struct loader *l, const struct node *n)
{
    struct test_group g = {.mark = n->key->mark, .declared = true};

    if (n->bad || !read_name(l, n->key, "a group", &g.name))
        return;
    g.title = g.name;
    if (node_is(n, NODE_MAP))
        map_read(l, n, "a group", group_fields, array_len(group_fields), &g);
    else
        group_title(l, n, &g);
    l->spec->groups[l->spec->n_groups++] = g;
}

void groups_read(struct loader *l, const struct node *n, size_t n_tests)
{
    struct spec *s = l->spec;
    bool is_map = n && node_is(n, NODE_MAP);

    /* Where none is declared, tests make them: one each at most, and one by `defaults`. */
    s->groups = arena_new(l->arena, ((is_map ? n->n : 0) + n_tests + 1) * sizeof *s->groups);
    if (n && !is_map && !n->bad)
        diag_note(l->diags, diag_error(l->diags, n->mark, "`groups` is a map of names"),
                  "like {basics: \"The basics\", robust: \"What breaks servers\"}: reports keep this order");
    for (size_t i = 0; is_map && i < n->n; i++)
        group_read(l, n->items[i]);
    l->groups_declared = is_map;
}

static void unknown_group(struct loader *l, const struct node *n, const char *name)
{
    const struct spec *s = l->spec;
    const char **names = mem_new(s->n_groups * sizeof *names + 1);

    for (size_t i = 0; i < s->n_groups; i++)
        names[i] = s->groups[i].name;
    suggest(l, diag_error(l->diags, n->mark, "`groups` declares no %s", quoted(l, n->text)), name, names,
            s->n_groups);
    mem_free(names);
}

void group_of_test(struct loader *l, const struct node *n, struct test *t)
{
    struct spec *s = l->spec;
    const char *name;
    size_t i = 0;

    if (!read_name(l, n, "a group", &name))
        return;
    while (i < s->n_groups && strcmp(s->groups[i].name, name) != 0)
        i++;
    if (i == s->n_groups && l->groups_declared) {
        unknown_group(l, n, name);
        return;
    }
    if (i == s->n_groups)
        s->groups[s->n_groups++] = (struct test_group){.name = name, .title = name, .mark = n->mark};
    t->group = i + 1;
}

void groups_check(struct loader *l)
{
    const struct spec *s = l->spec;

    for (size_t g = 0; g < s->n_groups && s->absent.n + l->diags->errors == 0; g++) {
        bool used = false;

        for (size_t i = 0; i < s->n_tests; i++)
            used |= s->tests[i].group == g + 1;
        if (!used && s->groups[g].declared)
            diag_note(
                l->diags,
                diag_warning(l->diags, s->groups[g].mark, "no test is in the group `%s`", s->groups[g].name),
                "write `group: %s` in its tests", s->groups[g].name);
    }
}
