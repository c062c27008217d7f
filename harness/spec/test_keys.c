/*
 * test_keys.c - the keys of a test that stand for themselves, and which of them `defaults` may give.
 *
 * What needs other parts (requires, examples, under, steps) is read by tests.c, in an order of its own.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "spec/parts.h"

#include <string.h>

#define POINTS_MAX 1e6
#define REPEAT_MAX 1000u

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

static void test_repeat(struct loader *l, const struct node *n, void *into)
{
    uint64_t times;

    if (read_int(l, n, "`repeat`", 1, REPEAT_MAX, &times))
        ((struct test *)into)->repeat = (uint32_t)times;
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

static void test_group(struct loader *l, const struct node *n, void *into)
{
    group_of_test(l, n, into);
}

static const char *const visibilities[] = {"visible", "hidden", "after-due-date", "after-published"};

const char *visibility_name(enum visibility v)
{
    return visibilities[v];
}

static void test_visibility(struct loader *l, const struct node *n, void *into)
{
    size_t i;

    if (read_choice(l, n, "`visibility`", visibilities, array_len(visibilities), &i))
        ((struct test *)into)->visibility = (enum visibility)i;
}

/* Read in an order of their own, after the rest. */
static void test_part(struct loader *l, const struct node *n, void *into)
{
    (void)l, (void)n, (void)into;
}

static const struct field test_fields[] = {
    {"id", test_id, true},     {"title", test_title},
    {"points", test_points},   {"extra-credit", test_extra_credit},
    {"group", test_group},     {"visibility", test_visibility},
    {"requires", test_part},   {"teaches", test_teaches},
    {"tags", test_tags},       {"hint", test_hint},
    {"examples", test_part},   {"under", test_part},
    {"score", test_score},     {"repeat", test_repeat},
    {"timeout", test_timeout}, {"files", test_part},
    {"before", test_part},     {"steps", test_part, true},
    {"after", test_part},      {"programs", test_part},
    {"peers", test_part},
};

void test_keys_read(struct loader *l, const struct node *n, struct test *t)
{
    map_read(l, n, "a test", test_fields, array_len(test_fields), t);
}

static void default_under(struct loader *l, const struct node *n, void *into)
{
    under_read(l, n, into);
}

/* ---- defaults ------------------------------------------------------------------------------------ */

static bool is_key(const struct node *n, const char *key)
{
    return bytes_equal(n->key->text, bytes_of(key));
}

static void not_for_all(struct loader *l, const struct node *n, void *into)
{
    bool all = is_key(n, "files") || is_key(n, "peers") || is_key(n, "programs"), steps = is_key(n, "steps");

    (void)into;
    diag_note(l->diags, diag_error(l->diags, n->key->mark, "`defaults` cannot give `%s`", n->key->text.data),
              all     ? "what all tests have stands at the top level of the spec"
              : steps ? "steps for all tests stand under `before` or `after`"
                      : "each test has its own");
}

static const struct field defaults_fields[] = {
    {"points", test_points},   {"extra-credit", test_extra_credit},
    {"group", test_group},     {"visibility", test_visibility},
    {"requires", test_part},   {"teaches", test_teaches},
    {"tags", test_tags},       {"hint", test_hint},
    {"under", default_under},  {"score", test_score},
    {"repeat", test_repeat},   {"timeout", test_timeout},
    {"before", test_part},     {"after", test_part},
    {"id", not_for_all},       {"title", not_for_all},
    {"examples", not_for_all}, {"steps", not_for_all},
    {"files", not_for_all},    {"programs", not_for_all},
    {"peers", not_for_all},
};

void defaults_keys_read(struct loader *l, const struct node *n)
{
    struct test nobody = {0};

    for (size_t i = 0; i < n->n; i++) {
        struct node *item = n->items[i], one = *n;
        size_t errors = l->diags->errors;

        one.items = &item;
        one.n = 1;
        map_read(l, &one, "`defaults`", defaults_fields, array_len(defaults_fields), &nobody);
        item->bad |= l->diags->errors > errors; /* said once, not again for each test */
    }
}
