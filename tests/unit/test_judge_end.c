/* test_judge_end.c - what is no ordinary verdict: faults of ours, and programs that end badly after all
 * passed. */
#include "records.h"

static bool fails_always(struct docket *d, struct record *r, struct case_record *c)
{
    (void)d;
    return got_nothing(r, c);
}

/* ---- faults of ours ------------------------------------------------------------------------------------ */

static void faulty(void (*spoil)(struct record *), const char *reason)
{
    struct docket d;

    docket_init(&d, SPLIT_TEST("whole", "ab"));
    d.model.passes = fails_always;
    docket_judge(&d);
    spoil(docket_play(&d));
    assert_int_equal(docket_judge(&d), JUDGED);
    assert_int_equal(d.out.verdict, VERDICT_ERROR);
    assert_string_equal(d.out.reason, reason);
    assert_true(d.out.score == 0 && d.out.max == 4);
    docket_deinit(&d);
}

static void has_fault(struct record *r)
{
    r->fault = arena_text(&r->arena, "epoll: no memory");
}

static void has_no_end(struct record *r)
{
    r->complete = false;
}

static void has_no_case(struct record *r)
{
    r->cases[0].complete = false;
}

static void has_limit(struct record *r)
{
    r->cases[0].steps[1].outcome = STEP_LIMIT;
}

static void faults_are_errors(void **state)
{
    (void)state;
    faulty(has_fault, "epoll: no memory");
    faulty(has_no_end, "the process that played the case ended before it was done");
    faulty(has_no_case, "no case was recorded to its end");
    faulty(has_limit, "a step could not be decided");
}

/* Nothing was played, for the machine lacks what is needed: out of the maximum, and no fault of anybody. */
static void excused(void **state)
{
    struct docket d;
    struct record *r;

    (void)state;
    docket_init(&d, LINE_SPEC "  - id: t\n    points: 3\n    steps:\n      - alice sends: !raw \"a\"\n");
    r = docket_record(&d);
    r->excused = arena_text(&r->arena, "it needs port 80 \x1b");
    assert_int_equal(docket_judge(&d), JUDGED);
    assert_int_equal(d.out.verdict, VERDICT_EXCUSED);
    assert_string_equal(d.out.reason, "it needs port 80 \\x1b");
    assert_true(d.out.max == 0 && d.out.score == 0);
    docket_deinit(&d);
}

/* A plan may come to nothing: that is no pass. */
static void no_case_is_an_error(void **state)
{
    struct docket d;

    (void)state;
    docket_init(&d,
                LINE_SPEC "  - id: t\n    under: every-cut\n    steps:\n      - alice sends: !raw \"a\"\n");
    assert_int_equal(d.cases.n, 0);
    assert_int_equal(docket_judge(&d), JUDGED);
    assert_int_equal(d.out.verdict, VERDICT_ERROR);
    docket_deinit(&d);
}

/* ---- bad ends ------------------------------------------------------------------------------------------ */

static bool crashes_at_the_end(struct docket *d, struct record *r, struct case_record *c)
{
    (void)d, (void)c;
    r->programs[0].exit_status = SIGSEGV;
    return true;
}

static bool crashed_as_wanted(struct docket *d, struct record *r, struct case_record *c)
{
    (void)d, (void)c;
    r->programs[0].exit_status = SIGABRT;
    r->programs[0].terminated = false; /* a step had waited for its end */
    return true;
}

/* arg: what is in stderr. */
static bool complains(struct docket *d, struct record *r, struct case_record *c)
{
    (void)c;
    r->programs[0].exit_status = EXITED(0);
    r->programs[0].err = excerpt_text(r, d->model.arg);
    return true;
}

static void bad_ends_fail(void **state)
{
    static const char *const reports[] = {
        "==7==ERROR: AddressSanitizer: heap-use-after-free on address",
        "==7==ERROR: LeakSanitizer: detected memory leaks",
        "server.c:12:7: runtime error: signed integer overflow",
        "a runtime error: x\nserver.c:12:7: runtime error: index 4 out of bounds",
        "WARNING: ThreadSanitizer: data race (pid=7)",
    };
    struct docket d = judged(SPLIT_TEST("whole", "ab"), crashes_at_the_end, NULL);

    (void)state;
    assert_int_equal(d.out.verdict, VERDICT_FAIL);
    assert_true(d.out.score == 0);
    assert_null(d.out.failed);
    assert_int_equal(d.out.passed, 0);
    assert_string_equal(d.out.headline,
                        "every answer was right, but the program “server” was ended by SIGSEGV "
                        "(Segmentation fault) when it was told to end");
    assert_string_equal(docket_finding(&d), "crashed");
    docket_deinit(&d);
    for (size_t i = 0; i < array_len(reports); i++) {
        d = judged(SPLIT_TEST("whole", "ab"), complains, reports[i]);
        assert_int_equal(d.out.verdict, VERDICT_FAIL);
        assert_string_equal(
            d.out.headline,
            "every answer was right, but a sanitizer reported a mistake in the program “server”");
        assert_string_equal(docket_finding(&d), "crashed");
        docket_deinit(&d);
    }
}

static void other_ends_do_not(void **state)
{
    static const char *const words[] = {
        "runtime error: bad request", /* the program's own words */
        "panic: runtime error: index out of range",
        "AddressSanitizer",
        "",
    };
    struct docket d = judged(SPLIT_TEST("whole", "ab"), crashed_as_wanted, NULL);

    (void)state;
    assert_int_equal(d.out.verdict, VERDICT_PASS);
    docket_deinit(&d);
    for (size_t i = 0; i < array_len(words); i++) {
        d = judged(SPLIT_TEST("whole", "ab"), complains, words[i]);
        assert_int_equal(d.out.verdict, VERDICT_PASS);
        docket_deinit(&d);
    }
}

/* With shares too, a bad end costs something. */
static void bad_ends_cost_a_share(void **state)
{
    struct docket d = judged(SHARE_TEST, crashes_at_the_end, NULL);

    (void)state;
    assert_int_equal(d.out.verdict, VERDICT_FAIL);
    assert_int_equal(d.out.passed, 2);
    assert_true(d.out.score == 4);
    docket_deinit(&d);
}

static bool crashes_unfresh(struct docket *d, struct record *r, struct case_record *c)
{
    if (c->key.fresh || fails_unfresh(d, r, c))
        return true;
    r->programs[0].exit_status = SIGSEGV;
    r->programs[0].terminated = false;
    r->programs[0].exited = true;
    c->steps[1].outcome = STEP_RESET;
    return false;
}

/* A suspicion that was a crash is never cleared. */
static void crashes_are_no_suspicion(void **state)
{
    struct docket d = judged(SPLIT_TEST("whole, every-cut", "ab"), crashes_unfresh, "1:at:1");

    (void)state;
    assert_int_equal(d.out.verdict, VERDICT_FAIL);
    assert_string_equal(d.out.headline,
                        "the program “server” was ended by SIGSEGV (Segmentation fault) while alice "
                        "waited for `OK`");
    assert_string_equal(docket_finding(&d), "crashed");
    docket_deinit(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(excused),
        cmocka_unit_test(faults_are_errors),
        cmocka_unit_test(no_case_is_an_error),
        cmocka_unit_test(bad_ends_fail),
        cmocka_unit_test(other_ends_do_not),
        cmocka_unit_test(bad_ends_cost_a_share),
        cmocka_unit_test(crashes_are_no_suspicion),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
