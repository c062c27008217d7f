/* test_diagnose_once.c - a file that holds what one read brought, and no more: seen in a traced play. */
#include "failure.h"

#include "kernel/calls.h"

static const char spec_text[] =
    "spec: 1\nname: t\ntitle: T\nbuild: make\nprograms:\n"
    "  server: {run: ./server, args: \"${port}\", listens: tcp}\n"
    "  clock: {run: ./clock, args: \"${port}\", listens: udp}\n"
    "protocol: {framing: none}\n"
    "peers:\n  ann: {connects: server}\n  bob: {connects: server}\n  tim: {connects: clock}\n"
    "tests:\n  - id: t\n    steps:\n"
    "      - ann sends: \"x\"\n      - bob sends: \"x\"\n      - ann closes:\n"
    "      - file out.bin equals: \"x\"\n";

enum { ANN = 1, BOB, TIM }; /* as calls name them */
#define EQUALS 3u

struct bench {
    struct failure x;
    struct case_record traced;
    struct step_record steps[EQUALS + 1];
    struct call_record calls[4];
};

/* "one two three" was sent by ann, and only "one" is in the file: as planned, and while it was traced. */
static void bench_init(struct bench *b)
{
    static const struct call_record calls[] = {
        {.kind = CALL_ACCEPT, .peer = ANN, .began = 5, .ended = 6, .result = 4},
        {.kind = CALL_RECV, .peer = ANN, .began = 10, .ended = 20, .result = 3},
        {.kind = CALL_CLOSE, .peer = ANN, .began = 30, .ended = 40},
        {.kind = CALL_RECV, .peer = ANN, .began = 110, .ended = 110, .result = 3},
    };

    *b = (struct bench){0};
    failure_init(&b->x, spec_text, EQUALS, STEP_OTHER_FILE);
    failure_got(&b->x, BYTES("one two three"), BYTES("one"), false);
    for (uint32_t i = 0; i <= EQUALS; i++)
        b->steps[i] = b->x.c->steps[i];
    b->steps[0].sent = excerpt_text(b->x.r, "one two three");
    b->steps[1].sent = excerpt_text(b->x.r, "1");
    memcpy(b->calls, calls, sizeof calls);
    b->traced.steps = b->steps;
    b->traced.n_steps = EQUALS + 1;
    b->traced.xray = (struct xray_record){.calls = b->calls, .n_calls = array_len(b->calls), .closed = 100};
    b->x.e.traced = &b->traced;
}

static void one_read_is_the_file(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b);
    IS(&b.x, "one-read-one-message");
    assert_string_equal(
        b.x.d.out.findings[0].evidence,
        "played again while its calls were traced, server read once of what ann sent: 3 bytes "
        "of 13, and it kept no more");
    b.calls[1].kind = CALL_READ;
    IS(&b.x, "one-read-one-message");
    b.x.e.traced = NULL;
    IS(&b.x, "none");
    failure_deinit(&b.x);
}

/* Each of these tells another story. */
static void other_reads(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b);
    b.calls[3].began = 50; /* a second read */
    IS(&b.x, "none");
    b.calls[3].result = 0; /* it looked for the end */
    IS(&b.x, "none");
    b.calls[3].peer = BOB;
    IS(&b.x, "one-read-one-message");
    b.calls[1].more = 1;
    IS(&b.x, "none");
    b.calls[1].more = 0;
    b.calls[1].result = 4; /* it kept less */
    IS(&b.x, "none");
    b.calls[1].result = 3;
    b.calls[1].peer = TIM; /* of another program */
    IS(&b.x, "none");
    b.calls[1].peer = ANN;
    b.steps[0].sent = excerpt_text(b.x.r, "one"); /* that was all */
    IS(&b.x, "none");
    failure_deinit(&b.x);
}

static void other_files(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b);
    b.steps[EQUALS].came = excerpt_text(b.x.r, "two");
    IS(&b.x, "none");
    b.steps[EQUALS].came = excerpt_text(b.x.r, "one");
    b.steps[EQUALS].outcome = STEP_NO_FILE;
    IS(&b.x, "none");
    b.steps[EQUALS].outcome = STEP_OTHER_FILE;
    b.steps[EQUALS].step = 2; /* what failed then was something else */
    IS(&b.x, "none");
    b.steps[EQUALS].step = EQUALS;
    b.traced.xray.more_calls = 1; /* who knows what they were */
    IS(&b.x, "none");
    b.traced.xray.more_calls = 0;
    IS(&b.x, "one-read-one-message");
    failure_deinit(&b.x);
}

/* ---- is it asked? -------------------------------------------------------------------------------------- */

static bool keeps_some(struct docket *d, struct record *r, struct case_record *c)
{
    static struct call_record read_of_ann[] = {{.kind = CALL_RECV, .peer = ANN, .result = 3}};
    const char *came = d->model.arg;
    struct step_record *s;

    for (uint32_t i = 0; i < EQUALS; i++)
        add_step(r, c, i, STEP_PASSED);
    c->steps[0].sent = excerpt_text(r, "one two three");
    s = add_step(r, c, EQUALS, STEP_OTHER_FILE);
    s->program = UINT32_MAX;
    s->expected = excerpt_text(r, "one two three");
    s->came = excerpt_text(r, came);
    if (c->key.experiment == TRACED)
        c->xray = (struct xray_record){.calls = read_of_ann, .n_calls = 1, .closed = 100};
    return false;
}

static void asked_where_an_end_is_missing(void **state)
{
    static const struct {
        const char *came, *finding;
        size_t plays;
    } rows[] = {{"one", "one-read-one-message", 3},
                {"two", "none", 2},
                {"", "none", 2},
                {"one two three four", "none", 2}};

    (void)state;
    for (size_t i = 0; i < array_len(rows); i++) {
        struct docket d = judged(spec_text, keeps_some, rows[i].came);

        assert_string_equal(docket_finding(&d), rows[i].finding);
        assert_int_equal(d.plays, rows[i].plays);
        docket_deinit(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_read_is_the_file),
        cmocka_unit_test(other_reads),
        cmocka_unit_test(other_files),
        cmocka_unit_test(asked_where_an_end_is_missing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
