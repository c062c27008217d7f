/* test_diagnose_watching.c - descriptors that nobody looks at, or several threads: evidence that must give
 * each diagnosis, and near misses that must not. */
#include "failure.h"

#include "kernel/sockdiag.h"

static const char spec_text[] = "spec: 1\nname: t\ntitle: T\nbuild: make\nprograms:\n"
                                "  server: {run: ./server, args: \"${port}\", listens: tcp}\n"
                                "protocol: {framing: line}\n"
                                "peers:\n  alice: {connects: server}\n  bob: {connects: server}\n"
                                "tests:\n  - id: t\n    steps:\n"
                                "      - alice sends: \"a\"\n      - alice gets: \"A\"\n"
                                "      - bob sends: \"b\"\n      - bob gets: \"B\"\n"
                                "      - alice half-closes:\n      - alice gets end:\n";

enum { BOB_GETS = 3, ALICE_ENDS = 5 };

static void fd_set_reused(void **state)
{
    struct release_record release = {.tried = true};
    struct failure x;

    (void)state;
    failure_init(&x, spec_text, BOB_GETS, STEP_TOO_LITTLE);
    x.e.release = &release;
    x.f->tcp_state = TCP_STATE_ESTABLISHED;
    x.f->unwatched = 3 + 1;
    x.f->selected = 1 << 4 | 1 << 5;
    IS(&x, "accepts-once"); /* it may never have looked there */
    x.f->watched_before = true;
    IS(&x, "fd-set-reused");
    assert_string_equal(
        x.d.out.findings[0].evidence,
        "server sleeps in select, which looks only at descriptors 4, 5; something waits to be read "
        "from descriptor 3, at which it had looked before");
    x.f->selected = 0;
    x.f->unwatched = 0 + 1;
    IS(&x, "fd-set-reused");
    assert_non_null(strstr(x.d.out.findings[0].evidence, "looks at none at all"));
    assert_non_null(strstr(x.d.out.findings[0].evidence, "descriptor 0, its stdin"));
    release.answered = true; /* it waited for alice on purpose */
    IS(&x, "sequential-server");
    failure_deinit(&x);
}

/* What the play shows in which the program was at rest before anybody came. */
static void seen_when_rested(void **state)
{
    struct step_record rested = {.unwatched = 4, .selected = 1 << 4};
    struct failure x;

    (void)state;
    failure_init(&x, spec_text, BOB_GETS, STEP_TOO_LITTLE);
    x.f->unwatched = 4;
    x.e.rested = &rested;
    IS(&x, "none");
    rested.watched_before = true;
    IS(&x, "fd-set-reused");
    rested.unwatched = 0;
    IS(&x, "none");
    failure_deinit(&x);
}

static void shared_fd_argument(void **state)
{
    struct failure x;

    (void)state;
    failure_init(&x, spec_text, BOB_GETS, STEP_TOO_LITTLE);
    x.f->shared = 1;
    x.f->shared_fd = 7;
    x.f->sharers = 2;
    IS(&x, "shared-fd-argument");
    assert_string_equal(x.d.out.findings[0].evidence,
                        "2 threads of server wait to read from the connection of alice, descriptor 7");
    x.f->sharers = 1;
    IS(&x, "none");
    x.f->sharers = x.f->shared = 0;
    x.f->closed = 8;
    IS(&x, "none"); /* closed by another thread, maybe to wake it */
    failure_deinit(&x);
}

/* The thread that read her end has closed what another one reads. */
static void closes_anothers(void **state)
{
    struct failure x;

    (void)state;
    failure_init(&x, spec_text, ALICE_ENDS, STEP_STILL_OPEN);
    x.f->accepted = true;
    x.f->tcp_state = TCP_STATE_CLOSE_WAIT;
    IS(&x, "never-closes");
    x.f->closed = 8;
    IS(&x, "shared-fd-argument");
    assert_non_null(strstr(x.d.out.findings[0].evidence, "closed descriptor 7, from which another thread"));
    failure_deinit(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fd_set_reused),
        cmocka_unit_test(seen_when_rested),
        cmocka_unit_test(shared_fd_argument),
        cmocka_unit_test(closes_anothers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
