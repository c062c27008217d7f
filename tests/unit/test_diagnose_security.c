/* test_diagnose_security.c - TLS: what its mistakes are called. */
#include "failure.h"

#include "kernel/calls.h"
#include "peer/tls.h"

#include <errno.h>

#define IS_NOT(x, id) assert_string_not_equal(failure_name(x), id)

static const char spec_text[] = "spec: 1\nname: t\ntitle: T\nbuild: make\nprograms:\n"
                                "  server: {run: ./server, args: \"${port}\", listens: tls}\n"
                                "  dupe: {run: ./dupe, args: \"${liar.port}\"}\n"
                                "  safe: {run: ./safe, args: \"${honest.port}\"}\n"
                                "protocol: {framing: none}\n"
                                "peers:\n"
                                "  alice: {connects: server}\n"
                                "  mallory: {connects: server, tls: none}\n"
                                "  liar: {listens: tls, tls: {cert: expired}}\n"
                                "  honest: {listens: tls}\n"
                                "tests:\n  - id: t\n    steps:\n"
                                "      - alice sends: \"ab\"\n"
                                "      - alice gets: \"AB\"\n"
                                "      - alice gets: \"CD\"\n"
                                "      - alice gets end:\n"
                                "      - mallory gets no reply:\n"
                                "      - liar accepts: conn\n"
                                "      - conn gets reset:\n"
                                "      - dupe exits: 4\n"
                                "      - honest accepts: fair\n"
                                "      - fair gets: \"x\"\n"
                                "      - fair cuts off:\n"
                                "      - safe exits: 4\n"
                                "  - id: left\n    steps:\n      - honest accepts: kind\n"
                                "      - kind half-closes:\n      - safe exits: 5\n";

enum { SENDS, FIRST, SECOND, END, MALLORY, CONN = 6, DUPE, FAIR = 9, SAFE = 11 };

static void note(struct failure *x, const char *what)
{
    x->f->tls = arena_text(&x->d.arena, what);
}

static void ends_that_are_announced(void **state)
{
    struct failure x;

    (void)state;
    failure_init(&x, spec_text, END, STEP_RESET);
    IS(&x, "close-with-unread-data");
    note(&x, TLS_NO_CLOSE_NOTIFY);
    IS(&x, "no-close-notify");
    note(&x, TLS_ALERT "unknown CA");
    IS(&x, "close-with-unread-data");
    failure_deinit(&x);
    /* it should have gone on: that it did not say goodbye either is the least of it */
    failure_init(&x, spec_text, SECOND, STEP_RESET);
    note(&x, TLS_NO_CLOSE_NOTIFY);
    IS_NOT(&x, "no-close-notify");
    failure_deinit(&x);
}

static void cuts_and_ends(void **state)
{
    struct failure x;

    (void)state;
    failure_init(&x, spec_text, SAFE, STEP_OTHER_EXIT);
    x.f->exit_status = EXITED(0);
    IS(&x, "cut-taken-for-end");
    x.f->exit_status = EXITED(3); /* it did find something wrong */
    IS_NOT(&x, "cut-taken-for-end");
    x.f->exit_status = EXITED(5); /* what is for those who say goodbye in mid-answer */
    IS(&x, "cut-taken-for-end");
    failure_deinit(&x);
    failure_init(&x, spec_text, FAIR, STEP_OTHER_EXIT); /* nobody has cut anything yet */
    x.f->exit_status = EXITED(0);
    IS_NOT(&x, "cut-taken-for-end");
    failure_deinit(&x);
}

static void in_the_clear(void **state)
{
    struct failure x;

    (void)state;
    failure_init(&x, spec_text, END, STEP_RESET);
    note(&x, TLS_FOREIGN "\"hello\"");
    IS(&x, "not-encrypted");
    failure_deinit(&x);
    failure_init(&x, spec_text, MALLORY, STEP_CAME_UNASKED);
    failure_got(&x, BYTES(""), BYTES("BA"), false);
    IS(&x, "not-encrypted");
    failure_got(&x, BYTES(""), BYTES("\x15\x03\x03"), false); /* TLS, if only by half */
    IS_NOT(&x, "not-encrypted");
    failure_deinit(&x);
    failure_init(&x, spec_text, SECOND, STEP_OTHER_CAME); /* inside of TLS */
    failure_got(&x, BYTES("CD"), BYTES("BA"), false);
    IS_NOT(&x, "not-encrypted");
    failure_deinit(&x);
}

static void nobody_shakes_hands(void **state)
{
    const struct release_record let_go = {.tried = true, .answered = true, .closed = 1};
    struct failure x;

    (void)state;
    failure_init(&x, spec_text, SENDS, STEP_NO_TLS);
    IS_NOT(&x, "no-handshake"); /* not even accepted */
    x.f->accepted = true;
    IS(&x, "no-handshake");
    x.f->unread = 1;
    IS_NOT(&x, "no-handshake");
    x.f->unread = 0;
    x.e.release = &let_go; /* it waited for another */
    IS_NOT(&x, "no-handshake");
    x.e.release = NULL;
    note(&x, TLS_ALERT "handshake failure");
    IS_NOT(&x, "no-handshake");
    failure_deinit(&x);
}

static void what_is_left_of_a_record(void **state)
{
    const struct release_record ended = {.tried = true, .answered = true};
    struct failure x;

    (void)state;
    failure_init(&x, spec_text, FIRST, STEP_TOO_LITTLE);
    IS_NOT(&x, "forgets-pending");
    x.e.ending = &ended;
    IS_NOT(&x, "forgets-pending"); /* perhaps it always reads up to the end */
    x.e.apart = ANSWER_PASSED;
    IS(&x, "forgets-pending");
    failure_deinit(&x);
    failure_init(&x, spec_text, SECOND, STEP_TOO_LITTLE);
    x.e.ending = &ended;
    IS(&x, "forgets-pending"); /* it did not with what it answered before */
    failure_deinit(&x);
}

/* The calls of a server that was traced: alice is the first peer. */
static const struct call_record reads[] = {
    {.kind = CALL_RECV, .peer = 1, .began = 10, .ended = 20, .result = 5},
    {.kind = CALL_READ, .peer = 1, .began = 30, .ended = 40, .result = 24},
    {.kind = CALL_RECV, .peer = 2, .began = 50, .ended = 60, .result = -EAGAIN},
    {.kind = CALL_WRITE, .peer = 1, .began = 70, .ended = 80, .result = -EAGAIN},
    {.kind = CALL_READ, .peer = 1, .began = 110, .ended = 110, .result = -EAGAIN},
};

static void waits_without_asking(void **state)
{
    const struct release_record ended = {.tried = true, .answered = true}, silent = {.tried = true};
    struct call_record calls[array_len(reads)];
    struct case_record traced = {.xray = {.calls = calls, .n_calls = array_len(calls), .closed = 100}};
    struct failure x;

    (void)state;
    memcpy(calls, reads, sizeof calls);
    failure_init(&x, spec_text, FIRST, STEP_TOO_LITTLE);
    x.e.ending = &ended;
    IS(&x, "read-until-eof");
    x.e.traced = &traced;
    IS(&x, "forgets-pending");
    calls[1].result = -EAGAIN; /* the library had nothing left */
    IS(&x, "read-until-eof");
    calls[1].result = 0;
    IS(&x, "read-until-eof");
    calls[1].result = 24;
    calls[1].ended = -1; /* it still waits in it */
    IS(&x, "read-until-eof");
    calls[1].ended = 40;
    traced.xray.closed = 120; /* it looked once more */
    IS(&x, "read-until-eof");
    traced.xray.closed = 10; /* it had read nothing before its peers left */
    IS(&x, "read-until-eof");
    traced.xray.closed = 100;
    IS(&x, "forgets-pending");
    x.e.ending = &silent;
    IS_NOT(&x, "forgets-pending");
    failure_deinit(&x);
}

#define ECHO_OVER(transport)                                                                                 \
    "spec: 1\nname: t\ntitle: T\nbuild: make\nprograms:\n"                                                   \
    "  server: {run: ./server, args: \"${port}\", listens: " transport "}\n"                                 \
    "protocol: {framing: line}\npeers:\n  alice: {connects: server}\n"                                       \
    "tests:\n  - id: t\n    steps:\n      - alice sends: \"ab\"\n      - alice gets: \"OK\"\n"

/* arg: does it answer once alice has half-closed? */
static bool answers_at_the_end(struct docket *d, struct record *r, struct case_record *c)
{
    static struct call_record calls[array_len(reads)];

    memcpy(calls, reads, sizeof calls);
    if (c->key.experiment == ENDING)
        c->release = (struct release_record){.tried = true, .answered = *(const bool *)d->model.arg};
    if (c->key.experiment == TRACED)
        c->xray = (struct xray_record){.calls = calls, .n_calls = array_len(calls), .closed = 100};
    got_nothing(r, c);
    c->steps[1].accepted = true;
    return false;
}

static size_t count_traced(const struct docket *d)
{
    size_t n = 0;

    for (size_t i = 0; i < d->n; i++)
        for (size_t k = 0; k < d->records[i]->n_cases; k++)
            n += d->records[i]->cases[k].key.experiment == TRACED;
    return n;
}

static void asked_over_tls_alone(void **state)
{
    static const bool yes = true, no = false;
    static const struct {
        const char *spec;
        const bool *answers;
        const char *finding;
        size_t traced;
    } rows[] = {
        {ECHO_OVER("tls"), &yes, "forgets-pending", 1},
        {ECHO_OVER("tls"), &no, "none", 0},
        {ECHO_OVER("tcp"), &yes, "read-until-eof", 0},
    };

    (void)state;
    for (size_t i = 0; i < array_len(rows); i++) {
        struct docket d = judged(rows[i].spec, answers_at_the_end, rows[i].answers);

        assert_string_equal(docket_finding(&d), rows[i].finding);
        assert_int_equal(count_traced(&d), rows[i].traced);
        docket_deinit(&d);
    }
}

static void who_is_trusted(void **state)
{
    struct failure x;

    (void)state;
    failure_init(&x, spec_text, CONN, STEP_CAME_UNASKED);
    IS(&x, "no-certificate-check");
    failure_deinit(&x);
    failure_init(&x, spec_text, DUPE, STEP_OTHER_EXIT);
    x.f->exit_status = EXITED(0);
    IS(&x, "no-certificate-check");
    x.f->exit_status = EXITED(3); /* it did find something wrong */
    IS_NOT(&x, "no-certificate-check");
    failure_deinit(&x);
    failure_init(&x, spec_text, FAIR, STEP_CAME_UNASKED); /* there was nothing to be found */
    IS_NOT(&x, "no-certificate-check");
    failure_deinit(&x);
}

static void who_is_not(void **state)
{
    struct failure x;

    (void)state;
    failure_init(&x, spec_text, FAIR, STEP_RESET);
    note(&x, TLS_ALERT "unknown CA");
    IS(&x, "refuses-good-certificate");
    note(&x, TLS_ALERT "bad certificate");
    IS(&x, "refuses-good-certificate");
    note(&x, TLS_ALERT "decode error");
    IS_NOT(&x, "refuses-good-certificate");
    failure_deinit(&x);
    failure_init(&x, spec_text, CONN, STEP_RESET); /* rightly so */
    note(&x, TLS_ALERT "certificate expired");
    IS_NOT(&x, "refuses-good-certificate");
    failure_deinit(&x);
    failure_init(&x, spec_text, SENDS, STEP_NO_TLS);
    note(&x, TLS_WRONG_CERT "self-signed certificate");
    IS(&x, "wrong-certificate");
    failure_deinit(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_that_are_announced),
        cmocka_unit_test(cuts_and_ends),
        cmocka_unit_test(in_the_clear),
        cmocka_unit_test(nobody_shakes_hands),
        cmocka_unit_test(what_is_left_of_a_record),
        cmocka_unit_test(waits_without_asking),
        cmocka_unit_test(asked_over_tls_alone),
        cmocka_unit_test(who_is_trusted),
        cmocka_unit_test(who_is_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
