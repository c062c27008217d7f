/* tests.c - `tests`: each with its examples, its variations and its steps. */
#include "base/clock.h"
#include "base/mem.h"
#include "spec/parts.h"
#include "spec/values.h"

#include <string.h>

#define POINTS_MAX 1e6

/* ---- plain keys ---------------------------------------------------------------------------------- */

static void test_id(struct loader *l, const struct node *n, void *into)
{
    struct test *t = into;

    if (!read_name(l, n, "a test", &t->id))
        return;
    for (size_t i = 0; i < l->spec->n_tests; i++)
        if (l->spec->tests[i].id && strcmp(l->spec->tests[i].id, t->id) == 0) {
            diag_note(l->diags, diag_error(l->diags, n->mark, "another test is called `%s`", t->id),
                      "it stands in %s", diag_place(l->diags, l->spec->tests[i].mark, n->mark));
            return;
        }
}

static void test_title(struct loader *l, const struct node *n, void *into)
{
    read_text(l, n, "a title", &((struct test *)into)->title);
}

static void test_points(struct loader *l, const struct node *n, void *into)
{
    read_number(l, n, "`points`", POINTS_MAX, &((struct test *)into)->points);
}

static void test_extra_credit(struct loader *l, const struct node *n, void *into)
{
    read_bool(l, n, "`extra-credit`", &((struct test *)into)->extra_credit);
}

static void test_teaches(struct loader *l, const struct node *n, void *into)
{
    read_name(l, n, "what a test teaches", &((struct test *)into)->teaches);
}

static void test_hint(struct loader *l, const struct node *n, void *into)
{
    read_text(l, n, "a hint", &((struct test *)into)->hint);
}

static void test_score(struct loader *l, const struct node *n, void *into)
{
    static const char *const words[] = {"all", "share"};
    size_t i;

    if (read_choice(l, n, "`score`", words, 2, &i))
        ((struct test *)into)->score_share = i == 1;
}

static void test_timeout(struct loader *l, const struct node *n, void *into)
{
    read_duration(l, n, "`timeout`", 600 * NS_PER_S, &((struct test *)into)->timeout);
}

static void test_tags(struct loader *l, const struct node *n, void *into)
{
    struct test *t = into;
    struct node *self = (struct node *)n;
    struct nodes tags = nodes_of(&self);
    const char **words = arena_new(l->arena, (tags.n + 1) * sizeof *words);

    for (size_t i = 0; i < tags.n; i++)
        t->tags.n += read_name(l, tags.item[i], "a tag", &words[t->tags.n]);
    t->tags.word = words;
}

static void test_visibility(struct loader *l, const struct node *n, void *into)
{
    static const char *const words[] = {"visible", "hidden", "after-due-date", "after-published"};
    size_t i;

    (void)into;
    if (read_choice(l, n, "`visibility`", words, array_len(words), &i) && i > 0)
        diag_note(l->diags, diag_warning(l->diags, n->key->mark, "`visibility` has no effect yet"),
                  "this test is shown to everybody who sees results");
}

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

static void require_one(struct loader *l, const struct node *tests, const struct node *id, struct test *t)
{
    const struct spec *s = l->spec;
    const char *text, **names;
    size_t n = 0;

    if (!read_text(l, id, "a required test", &text))
        return;
    for (size_t i = 0; i < s->n_tests; i++)
        if (s->tests[i].id && strcmp(s->tests[i].id, text) == 0) {
            t->requires[t->n_requires++] = i;
            return;
        }
    if (t->id && strcmp(t->id, text) == 0) {
        diag_error(l->diags, id->mark, "a test cannot require itself");
    } else if (is_later(tests, id)) {
        diag_note(l->diags, diag_error(l->diags, id->mark, "the test `%s` stands later", text),
                  "tests run in their order: put it before this one");
    } else {
        names = mem_new(s->n_tests * sizeof *names + 1);
        for (size_t i = 0; i < s->n_tests; i++)
            if (s->tests[i].id)
                names[n++] = s->tests[i].id;
        suggest(l, diag_error(l->diags, id->mark, "there is no test %s before this one", quoted(l, id->text)),
                text, names, n);
        mem_free(names);
    }
}

static void requires_read(struct loader *l, const struct node *tests, const struct node *n, struct test *t)
{
    struct node *self = (struct node *)n;
    struct nodes ids = nodes_of(&self);

    t->requires = arena_new(l->arena, ids.n * sizeof *t->requires);
    for (size_t i = 0; i < ids.n; i++)
        require_one(l, tests, ids.item[i], t);
}

/* ---- examples ------------------------------------------------------------------------------------ */

static void column_read(struct loader *l, const struct node *key, struct test *t)
{
    const char *name;

    if (!read_name(l, key, "a column", &name))
        return;
    if (strcmp(name, "port") == 0 || strcmp(name, "seed") == 0 || strchr("0123456789-", name[0]))
        diag_error(l->diags, key->mark, "a column cannot be called `%s`", name);
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

/* Read in an order of their own, after the rest. */
static void test_part(struct loader *l, const struct node *n, void *into)
{
    (void)l, (void)n, (void)into;
}

static const struct field test_fields[] = {
    {"id", test_id, true},
    {"title", test_title},
    {"points", test_points},
    {"extra-credit", test_extra_credit},
    {"requires", test_part},
    {"teaches", test_teaches},
    {"hint", test_hint},
    {"examples", test_part},
    {"under", test_part},
    {"score", test_score},
    {"timeout", test_timeout},
    {"tags", test_tags},
    {"visibility", test_visibility},
    {"steps", test_part, true},
    {"group", NULL},
    {"repeat", NULL},
    {"before", NULL},
    {"after", NULL},
    {"programs", NULL},
    {"peers", NULL},
    {"files", NULL},
};

static void test_read(struct loader *l, const struct node *tests, const struct node *n, struct test *t)
{
    const struct node *requires, *examples, *steps;
    size_t errors = l->diags->errors;
    bool *used;

    *t = (struct test){.mark = n->mark, .points = 1};
    map_read(l, n, "a test", test_fields, array_len(test_fields), t);
    if (!node_is(n, NODE_MAP))
        return;
    if (!t->title)
        t->title = t->id;
    if ((requires = map_get(n, "requires")))
        requires_read(l, tests, requires, t);
    if ((examples = map_get(n, "examples")))
        examples_read(l, examples, t);
    used = arena_new(l->arena, t->n_columns + 1);
    if ((steps = map_get(n, "steps")))
        steps_read(l, steps, t, used);
    under_read(l, map_get(n, "under"), t);
    if (examples && l->diags->errors == errors)
        warn_of_unused(l, examples, t, used);
    test_check(l, t, l->diags->errors == errors);
}

void tests_read(struct loader *l, const struct node *n)
{
    struct spec *s = l->spec;

    if (!node_is(n, NODE_LIST) || n->n == 0) {
        if (!n->bad)
            diag_note(l->diags, diag_error(l->diags, n->key->mark, "`tests` is a list of tests"),
                      "each begins with `- id: NAME`");
        return;
    }
    s->tests = arena_new(l->arena, n->n * sizeof *s->tests);
    for (size_t i = 0; i < n->n; i++) {
        test_read(l, n, n->items[i], &s->tests[i]);
        s->n_tests++;
    }
}
