/* tests.c - `tests`: each with its examples, its variations and its steps. */
#include "base/mem.h"
#include "spec/defaults.h"
#include "spec/values.h"

#include <string.h>

/* All tests, and what holds for each of them. */
struct reading {
    const struct node *tests, *defaults; /* defaults: may be NULL */
};

/* ---- requires ------------------------------------------------------------------------------------ */

/* n's list of tests: the ids of those that stand later, too, for better messages. */
static bool is_later(const struct node *tests, const struct node *id)
{
    for (size_t i = 0; i < tests->n; i++) {
        const struct node *other = map_get(tests->items[i], "id");

        if (other && bytes_equal(other->text, id->text))
            return true;
    }
    return false;
}

/* Suggests a test that was meant: of the first n. */
static void suggest_test(struct loader *l, struct diag *d, const struct node *tests, size_t n,
                         const char *text)
{
    const char **names = mem_new(n * sizeof *names + 1);
    size_t known = 0;

    for (size_t i = 0; i < n; i++) {
        const struct node *id = map_get(tests->items[i], "id"), *title = map_get(tests->items[i], "title");

        if (!id || !node_is(id, NODE_SCALAR) || id->text.len == 0)
            continue;
        names[known++] = (const char *)id->text.data;
        if (title && node_says(title, text))
            diag_note(l->diags, d, "tests are named by their `id`: `%s`", (const char *)id->text.data);
    }
    if (!d->note)
        suggest(l, d, text, names, known);
    mem_free(names);
}

/* Whom a visible test builds on, students should see. */
static void check_shown(struct loader *l, const struct node *id, const struct test *t, const struct test *on)
{
    if (t->visibility == VISIBLE && on->visibility != VISIBLE)
        diag_note(l->diags,
                  diag_warning(l->diags, id->mark, "`%s` is %s, and a visible test builds on it", on->id,
                               visibility_name(on->visibility)),
                  "where it fails, students see a test that was not run, and not why");
}

/* False: no test of that name stands before. */
static bool require_earlier(struct loader *l, const struct node *id, const char *text, struct test *t)
{
    const struct spec *s = l->spec;

    for (size_t i = 0; i < s->n_tests; i++)
        if (s->tests[i].id && strcmp(s->tests[i].id, text) == 0) {
            t->requires[t->n_requires++] = i;
            check_shown(l, id, t, &s->tests[i]);
            return true;
        }
    return false;
}

static void require_one(struct loader *l, const struct node *tests, const struct node *id, struct test *t)
{
    const char *text;

    if (!read_text(l, id, "a required test", &text) || require_earlier(l, id, text, t))
        return;
    if (t->id && strcmp(t->id, text) == 0)
        diag_error(l->diags, id->mark, "a test cannot require itself");
    else if (is_later(tests, id))
        diag_note(l->diags, diag_error(l->diags, id->mark, "the test `%s` stands later", text),
                  "tests run in their order: put it before this one");
    else if (l->spec->absent.n == 0) /* else it may be a hidden one, and hinders nobody here */
        suggest_test(
            l, diag_error(l->diags, id->mark, "there is no test %s before this one", quoted(l, id->text)),
            tests, l->spec->n_tests, text);
}

/* What `defaults` require holds for those tests that stand behind it. */
static void require_default(struct loader *l, const struct node *tests, const struct node *id, struct test *t)
{
    const char *text;

    if (node_is(id, NODE_SCALAR) && is_later(tests, id))
        require_earlier(l, id, (const char *)id->text.data, t);
    else if (read_text(l, id, "a required test", &text) && l->spec->absent.n == 0)
        suggest_test(l, diag_error(l->diags, id->mark, "there is no test %s", quoted(l, id->text)), tests,
                     tests->n, text);
}

static void requires_read(struct loader *l, const struct reading *r, const struct node *own, struct test *t)
{
    const struct node *n = own ? own : r->defaults ? map_get(r->defaults, "requires") : NULL;
    struct node *self = (struct node *)n;
    struct nodes ids = n ? nodes_of(&self) : (struct nodes){0};

    t->requires = arena_new(l->arena, ids.n * sizeof *t->requires);
    for (size_t i = 0; i < ids.n; i++)
        if (own)
            require_one(l, r->tests, ids.item[i], t);
        else
            require_default(l, r->tests, ids.item[i], t);
}

/* ---- examples ------------------------------------------------------------------------------------ */

static void column_read(struct loader *l, const struct node *key, struct test *t)
{
    const char *name;

    if (!read_name(l, key, "a column", &name))
        return;
    if (strcmp(name, "port") == 0 || strcmp(name, "seed") == 0 || strchr("0123456789-", name[0]))
        diag_note(l->diags, diag_error(l->diags, key->mark, "a column cannot be called `%s`", name),
                  "a name begins with a letter, and `port` and `seed` have a meaning already");
    t->columns[t->n_columns++] = name;
}

static bool is_known(const struct test *t, struct bytes name)
{
    for (size_t i = 0; i < t->n_columns; i++)
        if (bytes_equal(bytes_of(t->columns[i]), name))
            return true;
    return false;
}

static void row_read(struct loader *l, const struct node *row, struct test *t)
{
    struct scope scope = {.what = "an example", .seed = true};
    struct value *cells = &t->cells[t->n_rows * t->n_columns];

    for (size_t c = 0; c < t->n_columns; c++) {
        const struct node *cell = map_get(row, t->columns[c]);

        if (!cell)
            diag_note(l->diags, diag_error(l->diags, row->mark, "this row has no `%s`", t->columns[c]),
                      "every row has the columns of the first one");
        else if (!cell_read(l, cell, &scope, &cells[c]))
            cells[c].kind = VALUE_NONE;
    }
    for (size_t i = 0; i < row->n; i++)
        if (t->n_rows > 0 && !row->items[i]->bad && !is_known(t, row->items[i]->key->text))
            suggest(l,
                    diag_error(l->diags, row->items[i]->key->mark, "the first row has no column %s",
                               quoted(l, row->items[i]->key->text)),
                    (const char *)row->items[i]->key->text.data, t->columns, t->n_columns);
    t->n_rows++;
}

static void examples_read(struct loader *l, const struct node *n, struct test *t)
{
    const struct node *first = node_is(n, NODE_LIST) && n->n > 0 ? n->items[0] : NULL;

    for (size_t i = 0; first && i < n->n; i++)
        if (!node_is(n->items[i], NODE_MAP) || n->items[i]->n == 0)
            first = NULL;
    if (!first) {
        if (!n->bad)
            diag_note(l->diags, diag_error(l->diags, n->key->mark, "`examples` is a list of rows"),
                      "like `- {a: 2, b: 40, total: 42}`");
        return;
    }
    t->columns = arena_new(l->arena, first->n * sizeof *t->columns);
    for (size_t i = 0; i < first->n; i++)
        if (!first->items[i]->bad)
            column_read(l, first->items[i]->key, t);
    t->cells = arena_new(l->arena, n->n * t->n_columns * sizeof *t->cells);
    for (size_t i = 0; i < n->n; i++)
        row_read(l, n->items[i], t);
}

static void warn_of_unused(struct loader *l, const struct node *examples, const struct test *t,
                           const bool *used)
{
    for (size_t c = 0; c < t->n_columns; c++)
        if (!used[c])
            diag_note(l->diags,
                      diag_warning(l->diags, map_get(examples->items[0], t->columns[c])->key->mark,
                                   "no step uses the column `%s`", t->columns[c]),
                      "write ${%s} in a double-quoted text", t->columns[c]);
}

/* ---- tests --------------------------------------------------------------------------------------- */

/* A variation that `defaults` ask of all tests is left out where there is nothing to vary. */
static void under_default(struct loader *l, const struct node *n, struct test *t)
{
    size_t kept = 0;

    under_read(l, n, t);
    for (size_t i = 0; i < t->n_under; i++)
        if (plan_fits(l->spec, t, &t->under[i]))
            t->under[kept++] = t->under[i];
    t->n_under = kept;
    if (kept == 0)
        under_read(l, NULL, t);
}

/* The files of the spec, with those of the test behind them or in their place. */
static void test_files(struct loader *l, const struct node *n, struct test *t)
{
    files_read(l, n);
    files_fill(l, n);
    t->files = l->files;
    t->n_files = l->n_files;
}

static void parts_read(struct loader *l, const struct reading *r, const struct node *own, struct test *t)
{
    const struct node *all = test_with_defaults(l, r->defaults, own), *examples = map_get(own, "examples"),
                      *steps;
    size_t errors = l->diags->errors;
    struct names names = {.test = t};
    bool *used;

    test_keys_read(l, all, t);
    if (!t->title)
        t->title = t->id;
    requires_read(l, r, map_get(own, "requires"), t);
    test_files(l, map_get(own, "files"), t);
    if (examples)
        examples_read(l, examples, t);
    test_programs_read(l, map_get(own, "programs"), t);
    test_peers_read(l, map_get(own, "peers"), t);
    used = arena_new(l->arena, t->n_columns + 1);
    if ((steps = test_steps(l, r->defaults, own)))
        steps_read(l, steps, t, &names, used);
    test_programs_tell(l, map_get(own, "programs"), t, &names, used);
    defaults_mark_steps(r->defaults, t);
    if (map_get(own, "under"))
        under_read(l, map_get(own, "under"), t);
    else
        under_default(l, map_get(all, "under"), t);
    if (examples && l->diags->errors == errors)
        warn_of_unused(l, examples, t, used);
    peers_find_visitors(l, t);
    test_check(l, t, l->diags->errors == errors);
}

static void test_read(struct loader *l, const struct reading *r, const struct node *n, struct test *t)
{
    const struct file *files = l->files;
    size_t n_files = l->n_files, told = l->diags->n;

    *t = (struct test){.mark = n->mark, .points = 1, .repeat = 1};
    if (node_is(n, NODE_MAP))
        parts_read(l, r, n, t);
    else
        test_keys_read(l, n, t); /* which says so */
    defaults_blame(l, r->defaults, t, told);
    l->files = (struct file *)files;
    l->n_files = n_files;
}

void tests_read(struct loader *l, const struct node *n, const struct node *defaults,
                const struct node *groups)
{
    struct spec *s = l->spec;
    struct reading r = {.tests = n};

    if (!node_is(n, NODE_LIST) || n->n == 0) {
        if (!n->bad)
            diag_note(l->diags, diag_error(l->diags, n->key->mark, "`tests` is a list of tests"),
                      "each begins with `- id: NAME`");
        return;
    }
    groups_read(l, groups, n->n);
    r.defaults = defaults_read(l, defaults);
    s->tests = arena_new(l->arena, n->n * sizeof *s->tests);
    for (size_t i = 0; i < n->n; i++) {
        test_read(l, &r, n->items[i], &s->tests[i]);
        s->n_tests++;
    }
    groups_check(l);
}
