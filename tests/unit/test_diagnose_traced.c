/* test_diagnose_traced.c - what only a program's own calls tell: a child that crashes, a signal, a short
 * send.
 */
#include "diagnose_rig.h"

#include "kernel/calls.h"

#include <errno.h>

/* The end of the second child of the program, and what it had received. */
static struct call_record calls[] = {
    {.kind = CALL_RECV, .process = 1, .fd = 4, .began = 10, .ended = 20, .result = 3},
    {.kind = CALL_RECV, .process = 2, .fd = 4, .began = 20, .ended = 30, .result = 3},
    {.kind = CALL_RECV, .process = 2, .fd = 4, .began = 40, .ended = 50, .result = -ECONNRESET},
    {.kind = CALL_END, .process = 2, .fd = -1, .began = 60, .ended = 60, .result = SIGSEGV},
};
static struct case_record traced;

static void trace(struct bench *b)
{
    calls[0].head = bytes_of("one");
    calls[1].head = bytes_of("two");
    traced.xray = (struct xray_record){.calls = calls, .n_calls = array_len(calls), .closed = 100};
    b->e.traced = &traced;
}

static void a_child_crashes(void **state)
{
    struct bench b;
    const char *seen;

    (void)state;
    bench_init(&b, 1, STEP_ENDED);
    trace(&b);
    IS(&b, "crashed");
    seen = b.d.out.findings[0].evidence;
    assert_non_null(strstr(seen, "a child process that line had forked was ended by SIGSEGV"));
    assert_non_null(strstr(seen, "after it had received `two`"));
    docket_deinit(&b.d);
}

static void other_ends_are_no_crash(void **state)
{
    static const int64_t ends[] = {0, EXITED(1), SIGTERM, SIGKILL, SIGPIPE, -1};
    struct bench b;

    (void)state;
    bench_init(&b, 1, STEP_ENDED);
    trace(&b);
    for (size_t i = 0; i < array_len(ends); i++) {
        calls[3].result = ends[i];
        assert_string_not_equal(name_of(&b), "crashed");
    }
    calls[3].result = SIGSEGV;
    calls[3].process = 0; /* the program itself: its own record says how it ended */
    assert_string_not_equal(name_of(&b), "crashed");
    calls[3].process = 2;
    calls[3].program = 1;
    assert_string_not_equal(name_of(&b), "crashed");
    calls[3].program = 0;
    traced.xray.closed = 60; /* only when its peers left */
    assert_string_not_equal(name_of(&b), "crashed");
    docket_deinit(&b.d);
}

/* ---- a call that a signal interrupts ------------------------------------------------------------------- */

static struct call_record own[] = {
    {.kind = CALL_LISTEN, .fd = 3, .began = 1, .ended = 2},
    {.kind = CALL_ACCEPT, .fd = 3, .began = 3, .ended = 50, .result = -EINTR},
    {.kind = CALL_CLOSE, .fd = 3, .began = 51, .ended = 52},
    {.kind = CALL_END, .fd = -1, .began = 60, .ended = 60, .result = EXITED(1)},
};

static void interrupted(struct bench *b)
{
    bench_init(b, 1, STEP_ENDED);
    b->p->exited = true;
    b->p->exit_status = EXITED(1);
    own[1].result = -EINTR;
    traced.xray = (struct xray_record){.calls = own, .n_calls = array_len(own), .closed = 100};
    b->e.traced = &traced;
}

static void eintr_is_taken_for_the_end(void **state)
{
    struct bench b;

    (void)state;
    interrupted(&b);
    IS(&b, "eintr-fatal");
    assert_non_null(strstr(b.d.out.findings[0].evidence, "accept() of line failed with EINTR"));
    own[1].result = -EMFILE;
    IS(&b, "exited-early");
    own[1].result = -EINTR;
    own[2].kind = CALL_RECV; /* it went on */
    IS(&b, "exited-early");
    own[2].kind = CALL_CLOSE;
    own[3].process = 1;
    IS(&b, "exited-early");
    own[3].process = 0;
    own[3].result = EXITED(2); /* of something else */
    IS(&b, "exited-early");
    own[3].result = EXITED(1);
    IS(&b, "eintr-fatal");
    docket_deinit(&b.d);
}

/* ---- is it asked? -------------------------------------------------------------------------------------- */

static bool loses_its_peer(struct docket *d, struct record *r, struct case_record *c)
{
    const enum outcome *how = d->model.arg;

    got_nothing(r, c);
    c->steps[1].outcome = *how;
    if (c->key.experiment == TRACED)
        c->xray = (struct xray_record){.calls = calls, .n_calls = array_len(calls), .closed = 100};
    return false;
}

static bool loses_it_and_ends(struct docket *d, struct record *r, struct case_record *c)
{
    r->programs[0].exited = true;
    r->programs[0].exit_status = EXITED(1);
    loses_its_peer(d, r, c);
    if (c->key.experiment == INTERRUPTED)
        c->xray = (struct xray_record){.calls = own, .n_calls = array_len(own), .closed = 100};
    return false;
}

static bool leaves_zombies(struct docket *d, struct record *r, struct case_record *c)
{
    bool passes = loses_its_peer(d, r, c);

    c->steps[1].zombies = 1;
    return passes;
}

static void asked_where_it_can_matter(void **state)
{
    static const enum outcome ended = STEP_ENDED, reset = STEP_RESET, silent = STEP_TOO_LITTLE;
    static const struct {
        bool (*passes)(struct docket *, struct record *, struct case_record *);
        const enum outcome *how;
        const char *finding;
        size_t plays;
    } rows[] = {
        {loses_its_peer, &ended, "crashed", 3},
        {loses_its_peer, &reset, "crashed", 3},
        {loses_its_peer, &silent, NULL, 2},
        {leaves_zombies, &silent, "crashed", 3},
        {loses_it_and_ends, &ended, "eintr-fatal", 3},
    };

    (void)state;
    trace(&(struct bench){0});
    for (size_t i = 0; i < array_len(rows); i++) {
        struct docket d = judged(SPLIT_TEST("whole", "ab"), rows[i].passes, rows[i].how);

        assert_int_equal(d.plays, rows[i].plays);
        if (rows[i].finding)
            assert_string_equal(docket_finding(&d), rows[i].finding);
        docket_deinit(&d);
    }
}

/* ---- sends that take less ------------------------------------------------------------------------------ */

enum with_short_sends { PASS, FAIL, NONE_CUT };

static const char late_reader[] = LINE_SPEC "  - id: t\n    steps:\n      - alice stops reading:\n"
                                            "      - alice sends: \"ab\"\n      - alice gets: \"OK\"\n";

/* Bytes are missing where alice reads late. */
static bool loses_bytes(struct docket *d, struct record *r, struct case_record *c)
{
    static struct call_record sends[] = {{.kind = CALL_SEND, .asked = 9, .result = 8, .cut = 1}};
    enum with_short_sends how = *(const enum with_short_sends *)d->model.arg;
    struct step_record *s;

    if (c->key.experiment == SHORT_SENDS)
        c->xray = (struct xray_record){.calls = sends, .n_calls = how != NONE_CUT};
    if (c->key.experiment == CALM || (c->key.experiment == SHORT_SENDS && how == PASS))
        return true;
    add_step(r, c, 0, STEP_PASSED);
    add_step(r, c, 1, STEP_PASSED);
    s = add_step(r, c, 2, STEP_OTHER_CAME);
    s->came = excerpt_text(r, "OX");
    s->expected = excerpt_text(r, "OK");
    s->at = 1;
    return false;
}

static void short_sends_are_asked_about(void **state)
{
    static const enum with_short_sends pass = PASS, fail = FAIL, none_cut = NONE_CUT;
    static const char sentence[] = "each of its sends taking a byte less";
    struct docket d = judged(late_reader, loses_bytes, &fail);

    (void)state;
    assert_string_equal(docket_finding(&d), "short-send-ignored");
    assert_non_null(strstr(d.out.findings[0].evidence, sentence));
    docket_deinit(&d);
    d = judged(late_reader, loses_bytes, &none_cut); /* nothing was tried */
    assert_string_equal(docket_finding(&d), "short-send-ignored");
    assert_null(strstr(d.out.findings[0].evidence, sentence));
    docket_deinit(&d);
    d = judged(late_reader, loses_bytes, &pass);
    assert_string_not_equal(docket_finding(&d), "short-send-ignored");
    docket_deinit(&d);
}

/* ---- bytes that are lost by chance --------------------------------------------------------------------- */

static const char crowded[] =
    LINE_SPEC "  - id: t\n    steps:\n      - alice gets: \"OK\"\n      - alice stops reading:\n"
              "      - bob gets: \"OK\"\n        skipping: anything\n"
              "      - same order: {actors: [bob, alice], message: \"OK\"}\n";

enum { FIRST, STOPS, LAST, ORDER };

struct loss {
    uint32_t step;
    enum outcome outcome;
    uint64_t unheard;
    bool calm;           /* it passes when all read */
    uint32_t short_step; /* where it fails with short sends */
    const char *finding; /* NULL: any but short-send-ignored */
};

static void fail_at(struct record *r, struct case_record *c, uint32_t step, const struct loss *l)
{
    struct step_record *s;

    for (uint32_t i = 0; i < step; i++)
        add_step(r, c, i, STEP_PASSED);
    s = add_step(r, c, step, step == l->step ? l->outcome : STEP_TOO_LITTLE);
    s->expected = excerpt_text(r, "OK");
    s->unheard = l->unheard;
    s->decided = s->outcome == STEP_BAD_FRAME ? BY_FACT : BY_IDLE;
    s->items = 1;
}

static bool loses_some(struct docket *d, struct record *r, struct case_record *c)
{
    static struct call_record sends[] = {{.kind = CALL_SEND, .asked = 9, .result = 8, .cut = 1}};
    const struct loss *l = d->model.arg;

    if (c->key.experiment == SHORT_SENDS)
        c->xray = (struct xray_record){.calls = sends, .n_calls = 1};
    if ((c->key.experiment == CALM && l->calm) || (c->key.experiment == SHORT_SENDS && l->short_step > ORDER))
        return true;
    fail_at(r, c, c->key.experiment == SHORT_SENDS ? l->short_step : l->step, l);
    return false;
}

static void lost_by_chance(void **state)
{
    static const char ignored[] = "short-send-ignored";
    static const struct loss rows[] = {
        {LAST, STEP_TOO_LITTLE, 0, true, FIRST, ignored},
        {LAST, STEP_TOO_LITTLE, 0, false, FIRST, ignored},
        {LAST, STEP_TOO_LITTLE, 0, true, LAST, ignored},
        {LAST, STEP_TOO_LITTLE, 0, false, LAST, NULL}, /* so it fails in any case */
        {LAST, STEP_TOO_LITTLE, 0, true, ORDER + 1, NULL},
        {LAST, STEP_TOO_LITTLE, 7, false, FIRST, NULL}, /* it has not even read all */
        {LAST, STEP_BAD_FRAME, 7, false, FIRST, ignored},
        {LAST, STEP_BAD_FRAME, 7, true, ORDER + 1, NULL},
        {LAST, STEP_ENDED, 0, false, FIRST, NULL},
        {ORDER, STEP_OTHER_ORDER, 0, true, FIRST, ignored},
        {ORDER, STEP_OTHER_ORDER, 0, true, ORDER, ignored},
        {ORDER, STEP_OTHER_ORDER, 0, false, LAST, ignored},
        {ORDER, STEP_OTHER_ORDER, 0, false, ORDER, NULL},
        {ORDER, STEP_OTHER_ORDER, 0, true, ORDER + 1, NULL},
    };

    (void)state;
    for (size_t i = 0; i < array_len(rows); i++) {
        struct docket d = judged(crowded, loses_some, &rows[i]);

        print_message("row %zu\n", i);
        if (rows[i].finding)
            assert_string_equal(docket_finding(&d), rows[i].finding);
        else
            assert_string_not_equal(docket_finding(&d), ignored);
        docket_deinit(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_crashes),
        cmocka_unit_test(other_ends_are_no_crash),
        cmocka_unit_test(eintr_is_taken_for_the_end),
        cmocka_unit_test(asked_where_it_can_matter),
        cmocka_unit_test(short_sends_are_asked_about),
        cmocka_unit_test(lost_by_chance),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
