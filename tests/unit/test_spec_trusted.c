/* test_spec_trusted.c - the assignment's own programs, as a spec names them. */
#include "base/mem.h"
#include "spec/load.h"
#include "spec/submission.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define FOLDER "tests/golden/specs/ok-trusted/"

enum { SERVER, CLIENT, REF_SERVER, REF_CLIENT, OLDER, THEIRS };

static int load(void **state)
{
    struct diags diags = {0};

    *state = spec_load(FOLDER "spec.yaml", &diags);
    diags_deinit(&diags);
    return *state ? 0 : -1;
}

static int unload(void **state)
{
    spec_free(*state);
    return 0;
}

static void each_folder_is_an_owner(void **state)
{
    const struct spec *s = *state;

    assert_int_equal(spec_owners(s), 3);
    assert_string_equal(s->trusted.word[0], FOLDER "solution");
    assert_string_equal(s->trusted.word[1], FOLDER "solution/older");
    assert_null(s->trusted.word[2]);
}

static void programs_have_owners(void **state)
{
    const struct program *p = ((struct spec *)*state)->programs;

    assert_int_equal(p[SERVER].owner, 0);
    assert_int_equal(p[CLIENT].owner, 0);
    assert_int_equal(p[REF_SERVER].owner, 1);
    assert_int_equal(p[REF_CLIENT].owner, 1);
    assert_int_equal(p[OLDER].owner, 2);
    assert_int_equal(p[THEIRS].owner, 0);
}

static void files_are_an_owners(void **state)
{
    static const size_t owners[] = {2, 1, 0, 0};
    const struct test *t = &((struct spec *)*state)->tests[0];

    for (size_t i = 0; i < array_len(owners); i++) {
        assert_int_equal(t->steps[i + 1].actor_kind, ACTOR_FILE);
        assert_string_equal(t->steps[i + 1].path, "out.bin");
        assert_int_equal(t->steps[i + 1].owner, owners[i]);
    }
}

static void who_is_told_of_whom(void **state)
{
    const struct spec *s = *state;

    assert_true(program_is_told_of(s, &s->programs[CLIENT], REF_SERVER));
    assert_false(program_is_told_of(s, &s->programs[CLIENT], SERVER));
    assert_true(program_is_told_of(s, &s->programs[REF_CLIENT], SERVER)); /* by way of a relay */
    assert_false(program_is_told_of(s, &s->programs[REF_CLIENT], REF_SERVER));
}

/* No submission says how the assignment's own programs are run. */
static void they_are_no_submissions(void **state)
{
    const struct spec *s = *state;
    struct arena arena = {0};
    struct diags diags = {0};
    struct manner m = manner_new(s, &arena);

    assert_true(manner_run(s, "server=python3 server.py", &arena, &diags, &m));
    assert_false(manner_run(s, "ref_server=python3 server.py", &arena, &diags, &m));
    assert_string_equal(diags.diags[0].message,
                        "`ref_server` is the assignment's own program, and no submission's");
    diags_deinit(&diags);
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_folder_is_an_owner), cmocka_unit_test(programs_have_owners),
        cmocka_unit_test(files_are_an_owners),     cmocka_unit_test(who_is_told_of_whom),
        cmocka_unit_test(they_are_no_submissions),
    };

    return cmocka_run_group_tests(tests, load, unload);
}
