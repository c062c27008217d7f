/* test_spec_programs.c - programs as one test has them, otherwise than the spec. */
#include "spec/load.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { SERVER, CLIENT, OTHER };
enum { AS_IT_IS, SLOW, TYPED, ELSEWHERE, LED_THERE };
enum { ORIGIN, LED };

static int load(void **state)
{
    struct diags diags = {0};

    *state = spec_load("tests/golden/specs/ok-test-programs/spec.yaml", &diags);
    diags_deinit(&diags);
    return *state ? 0 : -1;
}

static int unload(void **state)
{
    spec_free(*state);
    return 0;
}

static const struct program *program(const struct spec *s, size_t test, size_t program)
{
    return test_program(s, &s->tests[test], program);
}

static void what_is_given_takes_the_place(void **state)
{
    const struct spec *s = *state;

    assert_int_equal(program(s, AS_IT_IS, SERVER)->n_args, 1);
    assert_int_equal(program(s, AS_IT_IS, SERVER)->n_env, 2);
    assert_int_equal(program(s, SLOW, SERVER)->n_args, 2);
    assert_true(bytes_equal(program(s, SLOW, SERVER)->args[0].pieces[0].text, bytes_of("--slow")));
    assert_int_equal(program(s, SLOW, SERVER)->args[1].pieces[0].kind, PIECE_PORT);
    assert_int_equal(program(s, SLOW, SERVER)->n_env, 1);
    assert_int_equal(program(s, ELSEWHERE, OTHER)->n_args, 0);
}

static void what_is_not_given_stays(void **state)
{
    const struct spec *s = *state;

    assert_int_equal(program(s, SLOW, CLIENT)->n_args, 2);
    assert_int_equal(program(s, SLOW, CLIENT)->stdin_kind, STDIN_TEXT);
    assert_int_equal(program(s, SLOW, CLIENT)->stdin_text.n, 1);
    assert_int_equal(program(s, TYPED, CLIENT)->n_args, 2);
    assert_int_equal(s->programs[SERVER].n_args, 1);
    assert_int_equal(s->programs[CLIENT].stdin_kind, STDIN_TEXT);
    assert_false(s->programs[CLIENT].stdout_is_pipe);
}

static void stdin_stdout_and_cwd(void **state)
{
    const struct program *p = program(*state, TYPED, CLIENT);

    assert_int_equal(p->stdin_kind, STDIN_OPEN);
    assert_int_equal(p->stdin_text.n, 0);
    assert_true(p->stdout_is_pipe);
    assert_string_equal(p->cwd, "sub");
}

/* A test that types to it opens it in all tests, in those too which have it otherwise. */
static void who_is_typed_to_has_a_stdin(void **state)
{
    const struct spec *s = *state;

    assert_int_equal(program(s, TYPED, OTHER)->stdin_kind, STDIN_OPEN);
    assert_int_equal(program(s, AS_IT_IS, OTHER)->stdin_kind, program(s, ELSEWHERE, OTHER)->stdin_kind);
}

/* Who comes to a peer follows from what the programs are told in this test. */
static void who_visits_whom(void **state)
{
    const struct spec *s = *state;

    assert_true(program_visits(s, &s->tests[AS_IT_IS], OTHER, 0));
    assert_false(program_visits(s, &s->tests[AS_IT_IS], CLIENT, 0));
    assert_false(program_visits(s, &s->tests[ELSEWHERE], OTHER, 0));
    assert_true(program_visits(s, &s->tests[ELSEWHERE], CLIENT, 0));
}

/* Where no arguments tell of a peer, messages do: to the program that the test is about. */
static void who_is_led_to_a_peer(void **state)
{
    const struct spec *s = *state;

    assert_int_equal(s->tests[LED_THERE].peers[LED].program, OTHER);
    assert_int_equal(s->tests[ELSEWHERE].peers[LED].program, CLIENT);
    assert_int_equal(s->tests[ELSEWHERE].peers[ORIGIN].program, CLIENT);
}

/* Where nobody is told of a peer's port: who has no other place to go to. */
static void who_knows_a_port_by_itself(void **state)
{
    enum { SERVES, PINGER, PROBER, TRADER };
    enum { ECHO = 1, FLOOR };
    struct diags diags = {0};
    struct spec *s = spec_load("tests/golden/specs/ok-known-port/spec.yaml", &diags);

    (void)state;
    assert_non_null(s);
    assert_int_equal(s->programs[PINGER].n_args, 0);
    assert_true(program_visits(s, &s->tests[0], PINGER, ECHO));
    assert_false(program_visits(s, &s->tests[0], SERVES, ECHO));
    assert_false(program_visits(s, &s->tests[0], PROBER, ECHO));
    assert_false(program_visits(s, &s->tests[0], TRADER, ECHO));
    assert_true(program_visits(s, &s->tests[1], TRADER, FLOOR));
    assert_false(program_visits(s, &s->tests[1], PINGER, FLOOR));
    spec_free(s);
    diags_deinit(&diags);
}

static void who_finds_a_peer_by_its_name(void **state)
{
    struct diags diags = {0};
    struct spec *s = spec_load("tests/golden/specs/ok-names/spec.yaml", &diags);
    const struct piece *told;

    (void)state;
    assert_non_null(s);
    assert_string_equal(s->peers[0].domain, "calc.test");
    assert_string_equal(s->peers[1].domain, "a-b.7seas");
    told = &s->programs[0].args[0].pieces[0];
    assert_int_equal(told->kind, PIECE_PEER_NAME);
    assert_true(bytes_equal(told->text, bytes_of("calc.test")));
    assert_true(program_names_peer(&s->programs[0], 1)); /* by its name alone, and in `env` */
    spec_free(s);
    diags_deinit(&diags);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_given_takes_the_place),
        cmocka_unit_test(what_is_not_given_stays),
        cmocka_unit_test(stdin_stdout_and_cwd),
        cmocka_unit_test(who_is_typed_to_has_a_stdin),
        cmocka_unit_test(who_visits_whom),
        cmocka_unit_test(who_is_led_to_a_peer),
        cmocka_unit_test(who_knows_a_port_by_itself),
        cmocka_unit_test(who_finds_a_peer_by_its_name),
    };

    return cmocka_run_group_tests(tests, load, unload);
}
