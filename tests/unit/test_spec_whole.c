/* test_spec_whole.c - a spec in several files, and what `defaults`, `groups` and `repeat` make of its tests.
 */
#include "spec/load.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define GOLDEN "tests/golden/specs/"

static int load(void **state, const char *path)
{
    struct diags diags = {0};

    *state = spec_load(path, &diags);
    diags_deinit(&diags);
    return *state ? 0 : -1;
}

static int load_include(void **state)
{
    return load(state, GOLDEN "ok-include/spec.yaml");
}

static int load_defaults(void **state)
{
    return load(state, GOLDEN "ok-defaults/spec.yaml");
}

static int free_spec(void **state)
{
    spec_free(*state);
    return 0;
}

static void assert_file(const struct file *f, const char *path, const char *content)
{
    assert_string_equal(f->path, path);
    assert_int_equal(f->content.len, strlen(content));
    assert_memory_equal(f->content.data, content, strlen(content));
}

/* ---- include ------------------------------------------------------------------------------------- */

static void files_are_one_spec(void **state)
{
    const struct spec *s = *state;

    assert_string_equal(s->name, "echo");
    assert_int_equal(s->n_programs, 1);
    assert_string_equal(s->programs[0].mark.file, GOLDEN "ok-include/common/programs.yaml");
    assert_int_equal(s->n_peers, 2);
    assert_string_equal(s->peers[0].name, "alice");
    assert_string_equal(s->peers[1].name, "bob");
    assert_file(&s->files[0], "in.txt", "beside peers.yaml");
    assert_int_equal(s->n_tests, 2);
    assert_string_equal(s->tests[1].id, "hidden");
    assert_string_equal(s->tests[1].mark.file, GOLDEN "ok-include/later.yaml");
    assert_int_equal(s->tests[1].n_requires, 1); /* the other may be in the file that is not here */
    assert_int_equal(s->tests[1].requires[0], 0);
}

static void an_optional_file_may_be_absent(void **state)
{
    const struct spec *s = *state;

    assert_int_equal(s->absent.n, 1);
    assert_string_equal(s->absent.word[0], GOLDEN "ok-include/hidden.yaml");
}

/* ---- defaults ------------------------------------------------------------------------------------ */

static void defaults_give_way(void **state)
{
    const struct spec *s = *state;
    const struct test *zero = &s->tests[0], *first = &s->tests[1], *second = &s->tests[2],
                      *third = &s->tests[3];

    assert_true(zero->points == 2 && first->points == 5);
    assert_int_equal(zero->visibility, HIDDEN);
    assert_int_equal(first->visibility, VISIBLE);
    assert_int_equal(second->repeat, 2);
    assert_int_equal(third->repeat, 1);
    assert_int_equal(second->timeout, INT64_C(20000000000));
    assert_int_equal(third->n_under, 1);
    assert_string_equal(third->title, "third");
    assert_int_equal(third->n_rows, 2);
}

/* `first` is required by those behind it: neither by itself nor by those before. */
static void defaults_require_what_came_before(void **state)
{
    const struct spec *s = *state;

    assert_int_equal(s->tests[0].n_requires, 0);
    assert_int_equal(s->tests[1].n_requires, 0);
    assert_int_equal(s->tests[2].n_requires, 1);
    assert_int_equal(s->tests[2].requires[0], 1);
    assert_int_equal(s->tests[3].n_requires, 1);
    assert_int_equal(s->tests[3].requires[0], 2);
}

/* A variation is left out where there is nothing to vary. */
static void defaults_vary_what_they_can(void **state)
{
    const struct spec *s = *state;

    assert_int_equal(s->tests[1].n_under, 3); /* nothing to join */
    assert_int_equal(s->tests[1].under[2].kind, PLAN_AT);
    assert_int_equal(s->tests[2].n_under, 4);
    assert_int_equal(s->tests[2].under[2].kind, PLAN_COALESCED);
}

static void steps_stand_around(void **state)
{
    const struct spec *s = *state;
    const struct test *t = &s->tests[2];
    static const enum verb verbs[] = {VERB_SENDS, VERB_GETS,     VERB_GETS,  VERB_SENDS,
                                      VERB_SENDS, VERB_GETS_END, VERB_CLOSES};
    static const int lines[] = {23, 24, 40, 44, 45, 42, 26};

    assert_int_equal(t->n_steps, 7);
    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(t->steps[i].verb, verbs[i]);
        assert_int_equal(t->steps[i].mark.line, lines[i]);
        assert_int_equal(t->steps[i].shared, lines[i] < 30);
    }
    assert_string_equal(t->steps[2].value.source, "\"NEWS\"");
    assert_int_equal(s->tests[1].n_steps, 4);
}

static void files_of_a_test(void **state)
{
    const struct spec *s = *state;
    const struct test *first = &s->tests[1], *second = &s->tests[2];

    assert_int_equal(s->n_files, 2);
    assert_int_equal(first->n_files, 2);
    assert_file(&first->files[0], "in.txt", "for all");
    assert_int_equal(second->n_files, 3);
    assert_file(&second->files[0], "in.txt", "for this");
    assert_file(&second->files[1], "www/a.txt", "a");
    assert_file(&second->files[2], "b.txt", "b");
    assert_int_equal(s->tests[3].n_files, 2);
    assert_file(&s->tests[3].files[0], "in.txt", "for all");
}

static void peers_of_a_test(void **state)
{
    const struct spec *s = *state;
    const struct test *second = &s->tests[2], *third = &s->tests[3];

    assert_int_equal(s->n_peers, 2);
    assert_int_equal(second->n_peers, 2);
    assert_int_equal(second->peers[0].host, 0x7f000001);
    assert_int_equal(third->n_peers, 3);
    assert_int_equal(third->peers[0].host, 0x7f000009);
    assert_string_equal(third->peers[2].name, "bob");
    assert_int_equal(third->steps[3].actor, 2);
}

static void groups(void **state)
{
    const struct spec *s = *state;

    assert_int_equal(s->n_groups, 2);
    assert_string_equal(s->groups[0].title, "The basics");
    assert_string_equal(s->groups[1].name, "robust");
    assert_int_equal(s->tests[1].group, 1);
    assert_int_equal(s->tests[2].group, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(files_are_one_spec, load_include, free_spec),
        cmocka_unit_test_setup_teardown(an_optional_file_may_be_absent, load_include, free_spec),
        cmocka_unit_test_setup_teardown(defaults_give_way, load_defaults, free_spec),
        cmocka_unit_test_setup_teardown(defaults_require_what_came_before, load_defaults, free_spec),
        cmocka_unit_test_setup_teardown(defaults_vary_what_they_can, load_defaults, free_spec),
        cmocka_unit_test_setup_teardown(steps_stand_around, load_defaults, free_spec),
        cmocka_unit_test_setup_teardown(files_of_a_test, load_defaults, free_spec),
        cmocka_unit_test_setup_teardown(peers_of_a_test, load_defaults, free_spec),
        cmocka_unit_test_setup_teardown(groups, load_defaults, free_spec),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
