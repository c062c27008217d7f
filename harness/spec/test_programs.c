/* test_programs.c - programs as one test has them: told something else, or with another stdin or stdout. */
#include "base/mem.h"
#include "spec/parts.h"

#include <string.h>

const struct program *test_program(const struct spec *s, const struct test *t, size_t index)
{
    return t && t->programs ? &t->programs[index] : &s->programs[index];
}

static bool is_map_of_programs(struct loader *l, const struct node *n)
{
    if (!node_is(n, NODE_MAP) && !n->bad)
        diag_note(l->diags, diag_error(l->diags, n->mark, "`programs` of a test is a map of names"),
                  "like server: {args: \"--slow ${port}\"}");
    return node_is(n, NODE_MAP);
}

/* n_programs after a diagnostic. */
static size_t find(struct loader *l, const struct node *key)
{
    const struct spec *s = l->spec;
    const char **names = arena_new(l->arena, (s->n_programs + 1) * sizeof *names);
    struct diag *d;

    for (size_t i = 0; i < s->n_programs; i++) {
        names[i] = s->programs[i].name;
        if (bytes_equal(bytes_of(names[i]), key->text))
            return i;
    }
    d = diag_error(l->diags, key->mark, "the spec has no program %s", quoted(l, key->text));
    suggest(l, d, (const char *)key->text.data, names, s->n_programs);
    return s->n_programs;
}

void test_programs_read(struct loader *l, const struct node *n, struct test *t)
{
    const struct spec *s = l->spec;

    if (!n || !is_map_of_programs(l, n))
        return;
    t->programs = arena_copy(l->arena, s->programs, s->n_programs * sizeof *s->programs);
    for (size_t i = 0; i < n->n; i++) {
        size_t program = n->items[i]->bad ? s->n_programs : find(l, n->items[i]->key);

        if (program < s->n_programs)
            program_changes(l, n->items[i], &t->programs[program]);
    }
}

void test_programs_tell(struct loader *l, const struct node *n, struct test *t, struct names *names,
                        bool *used)
{
    for (size_t i = 0; t->programs && i < n->n; i++)
        for (size_t k = 0; !n->items[i]->bad && k < l->spec->n_programs; k++)
            if (bytes_equal(n->items[i]->key->text, bytes_of(l->spec->programs[k].name)))
                program_changes_tell(l, n->items[i], &l->spec->programs[k], t, names, used, &t->programs[k]);
}

void test_programs_settle(struct spec *s)
{
    for (size_t i = 0; i < s->n_tests; i++)
        for (size_t k = 0; s->tests[i].programs && k < s->n_programs; k++)
            if (!s->tests[i].programs[k].stdin_given && s->programs[k].stdin_kind == STDIN_OPEN)
                s->tests[i].programs[k].stdin_kind = STDIN_OPEN;
}
