/* test_diagnose_broken.c - a server that does not outlive a client which has left. */
#include "failure.h"

static const char spec_text[] = "spec: 1\nname: t\ntitle: T\nbuild: make\nprograms:\n"
                                "  server: {run: ./server, args: \"${port}\", listens: tcp}\n"
                                "protocol: {framing: line}\n"
                                "peers:\n  alice: {connects: server}\n  bob: {connects: server}\n"
                                "tests:\n  - id: t\n    steps:\n"
                                "      - alice sends: \"a\"\n"
                                "      - alice gets: \"A\"\n"
                                "      - alice resets:\n"
                                "      - bob sends: \"b\"\n"
                                "      - bob gets: \"B\"\n"
                                "      - bob sends: \"c\"\n";

enum { GETS = 1, RESETS, BOB_SENDS, BOB_GETS, BOB_SENDS_AGAIN };

static void init(struct failure *x, uint32_t step, int status)
{
    failure_init(x, spec_text, step, STEP_REFUSED);
    x->p->exited = true;
    x->p->exit_status = status;
}

static void ends_with_a_reset(void **state)
{
    struct failure x;

    (void)state;
    init(&x, BOB_SENDS, EXITED(0)); /* or for having served one client */
    IS(&x, "exited-early");
    assert_true(x.d.out.findings[0].one_of);
    assert_string_equal(x.d.out.findings[1].diagnosis->id, "accepts-once");
    assert_string_equal(x.d.out.findings[0].evidence,
                        "server exited with status 0 when alice had reset its connection");
    failure_deinit(&x);
    init(&x, BOB_SENDS, EXITED(1));
    IS(&x, "exited-early");
    assert_int_equal(x.d.out.n_findings, 1);
    assert_string_equal(x.d.out.findings[0].evidence,
                        "server exited with status 1 when alice had reset its connection");
    failure_deinit(&x);
}

static void ends_later(void **state)
{
    struct failure x;

    (void)state;
    init(&x, BOB_SENDS_AGAIN, EXITED(1)); /* bob was answered after that */
    IS(&x, "exited-early");
    assert_string_equal(x.d.out.findings[0].evidence, "server exited with status 1 without being told to");
    failure_deinit(&x);
}

static void prints_of_an_end(void **state)
{
    static const char text[] = "spec: 1\nname: t\ntitle: T\nbuild: make\nprograms:\n"
                               "  server: {run: ./server, args: \"${port}\", listens: tcp}\n"
                               "protocol: {framing: line}\n"
                               "peers:\n  alice: {connects: server}\n  bob: {connects: server}\n"
                               "tests:\n  - id: t\n    steps:\n"
                               "      - alice closes:\n"
                               "      - bob sends: \"b\"\n"
                               "      - bob gets: \"B\"\n";
    struct failure x;

    (void)state;
    failure_init(&x, text, 2, STEP_RESET); /* bob has not been answered */
    x.p->exit_status = SIGKILL;
    x.p->limit = arena_text(&x.r->arena, "output");
    IS(&x, "eof-spin");
    assert_string_equal(x.d.out.findings[0].evidence,
                        "since the end of alice's stream, server has printed without end");
    failure_deinit(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_with_a_reset),
        cmocka_unit_test(ends_later),
        cmocka_unit_test(prints_of_an_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
