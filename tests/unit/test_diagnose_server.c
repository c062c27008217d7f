/* test_diagnose_server.c - the mistakes of a server with several clients: evidence that must give each, and
 * near misses that must not. */
#include "diagnose_rig.h"

#include "kernel/calls.h"

#include <errno.h>

static void accepts_once(void **state)
{
    static const struct release_record unanswered = {.tried = true, .closed = 0};
    struct bench b;

    (void)state;
    bench_init(&b, 3, STEP_TOO_LITTLE);
    b.f->tcp_state = 1;
    b.e.release = &unanswered;
    IS(&b, "accepts-once");
    b.e.release = NULL; /* nobody asked whether it only waits for alice */
    IS(&b, "none");
    b.e.release = &unanswered;
    b.f->accepted = true;
    IS(&b, "none");
    b.f->accepted = false;
    b.c->steps[1].outcome = STEP_OTHER_CAME; /* alice got no answer either */
    IS(&b, "none");
    b.c->steps[1].outcome = STEP_PASSED;
    b.f->outcome = STEP_RESET;
    IS(&b, "none");
    b.p->exited = true;
    b.p->exit_status = EXITED(0);
    IS(&b, "accepts-once");
    b.p->exit_status = EXITED(1);
    IS(&b, "exited-early");
    docket_deinit(&b.d);
}

/* It lived when bob was not answered, and left when alice did. */
static void leaves_with_its_client(void **state)
{
    static const struct release_record unanswered = {.tried = true, .closed = 0};
    struct bench b;

    (void)state;
    bench_init(&b, 3, STEP_TOO_LITTLE);
    b.c->steps[1].outcome = STEP_OTHER_CAME; /* alice was not served, so that nobody was first */
    b.f->tcp_state = TCP_STATE_ESTABLISHED;
    b.f->decided = BY_IDLE;
    b.e.release = &unanswered;
    b.p->exited = true;
    b.p->terminated = false;
    b.p->exit_status = EXITED(0);
    IS(&b, "sequential-server");
    assert_null(strstr(story_how(&b.e), "has ended"));
    b.f->accepted = true; /* and it did take bob */
    IS(&b, "exited-early");
    b.f->accepted = false;
    b.e.release = NULL;
    IS(&b, "exited-early");
    b.e.release = &unanswered;
    b.p->exit_status = EXITED(1);
    IS(&b, "exited-early");
    b.p->exit_status = EXITED(0);
    b.f->tcp_state = 0; /* gone before bob was waited for */
    IS(&b, "exited-early");
    assert_non_null(strstr(story_how(&b.e), "has ended"));
    b.f->outcome = STEP_OTHER_CAME; /* an answer, and a wrong one: its end is not what was wrong */
    IS(&b, "none");
    docket_deinit(&b.d);
}

static void closes_listener(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, 2, STEP_REFUSED);
    b.c->spun_after = true; /* accept fails at once, over and over: no stream has ended */
    b.c->spun_cpu = NS_PER_S;
    IS(&b, "closes-listener");
    b.f->decided = BY_DEADLINE; /* nobody refused it: it was not taken in time */
    IS(&b, "none");
    b.f->decided = BY_FACT;
    b.f->queued = 2; /* a full queue refuses too */
    IS(&b, "tiny-backlog");
    b.f->queued = 0;
    b.c->steps[1].outcome = STEP_OTHER_CAME;
    IS(&b, "none");
    b.c->steps[1].outcome = STEP_PASSED;
    b.p->exited = true;
    b.p->exit_status = EXITED(1);
    IS(&b, "exited-early");
    docket_deinit(&b.d);
}

/* It closes its listening socket, 3, while alice is there, on 4, and ends when she has gone. */
static struct call_record closing[] = {
    {.kind = CALL_LISTEN, .fd = 3, .began = 1, .ended = 2},
    {.kind = CALL_ACCEPT, .fd = 3, .began = 3, .ended = 4, .result = 4, .peer = 1},
    {.kind = CALL_ACCEPT, .fd = 3, .began = 4, .ended = 5, .result = -EAGAIN},
    {.kind = CALL_CLOSE, .fd = 3, .began = 5, .ended = 6},
    {.kind = CALL_CLOSE, .fd = 4, .began = 7, .ended = 8},
    {.kind = CALL_END, .fd = -1, .began = 9, .ended = 9},
};

static void closes_listener_and_leaves(void **state)
{
    struct case_record traced = {.xray = {.calls = closing, .n_calls = array_len(closing), .closed = 100}};
    struct bench b;

    (void)state;
    bench_init(&b, 2, STEP_REFUSED);
    b.p->exited = true;
    b.p->exit_status = EXITED(0);
    IS(&b, "accepts-once");
    b.e.traced = &traced;
    IS(&b, "closes-listener");
    assert_non_null(strstr(b.d.out.findings[0].evidence, "while alice was still connected"));
    b.f->outcome = STEP_EXITED;
    IS(&b, "closes-listener");
    b.f->outcome = STEP_OTHER_CAME; /* nobody has missed it yet */
    IS(&b, "accepts-once");
    b.f->outcome = STEP_NOT_LISTENING;
    IS(&b, "closes-listener");
    traced.xray.more_calls = 1;
    IS(&b, "accepts-once");
    traced.xray.more_calls = 0;
    traced.xray.closed = 5; /* only when its peers left */
    IS(&b, "accepts-once");
    traced.xray.closed = 100;
    b.p->exit_status = EXITED(1);
    IS(&b, "exited-early");
    docket_deinit(&b.d);
}

static void closes_it_behind_the_last(void **state)
{
    struct case_record traced = {.xray = {.calls = closing, .n_calls = array_len(closing), .closed = 100}};
    struct bench b;

    (void)state;
    bench_init(&b, 2, STEP_REFUSED);
    b.p->exited = true;
    b.p->exit_status = EXITED(0);
    b.e.traced = &traced;
    closing[3].fd = 4; /* alice first, and then the other */
    closing[4].fd = 3;
    IS(&b, "accepts-once");
    closing[3].fd = 3;
    closing[4].fd = 4;
    closing[3].process = 1; /* a child may close it */
    IS(&b, "accepts-once");
    closing[3].process = 0;
    closing[3].result = -EBADF;
    IS(&b, "accepts-once");
    closing[3].result = 0;
    closing[4].fd = 5; /* that of alice ended with the program */
    IS(&b, "accepts-once");
    closing[4].fd = 4;
    IS(&b, "closes-listener");
    closing[2].kind = CALL_EPOLL_WAIT;
    IS(&b, "closes-listener");
    closing[2].thread = 1; /* which serves alice */
    IS(&b, "accepts-once");
    closing[2].thread = 0;
    closing[2].kind = CALL_RECV; /* it accepted once, and never meant to again */
    IS(&b, "accepts-once");
    closing[2].kind = CALL_ACCEPT;
    docket_deinit(&b.d);
}

/* That alice was served by one program says nothing about another. */
static void another_program_served(void **state)
{
    static const struct release_record unanswered = {.tried = true, .closed = 0};
    struct bench b;

    (void)state;
    bench_init(&b, 5, STEP_TOO_LITTLE);
    b.f->tcp_state = 1;
    b.e.release = &unanswered;
    IS(&b, "none");
    docket_deinit(&b.d);
}

static void sequential_server(void **state)
{
    struct release_record release = {.tried = true, .answered = true, .closed = 0};
    struct bench b;

    (void)state;
    bench_init(&b, 3, STEP_TOO_LITTLE);
    b.f->tcp_state = 1;
    b.e.release = &release;
    IS(&b, "sequential-server");
    assert_string_equal(b.d.out.findings[0].evidence,
                        "bob got its answer only after alice had closed its connection");
    release.answered = false;
    b.f->accepted = true;
    IS(&b, "none");
    docket_deinit(&b.d);
}

/* Dora and dina are at two ports of one program: for all that is known, they are one client. */
static void one_client_at_two_ports(void **state)
{
    struct release_record release = {.tried = true, .answered = true, .closed = 5};
    struct bench b;

    (void)state;
    bench_init(&b, 5, STEP_TOO_LITTLE);
    b.f->tcp_state = TCP_STATE_ESTABLISHED;
    b.f->accepted = true;
    b.e.release = &release;
    IS(&b, "none");
    release.closed = 0;
    IS(&b, "none"); /* it served alice and bob at once */
    b.c->steps[3].outcome = STEP_OTHER_CAME;
    IS(&b, "sequential-server");
    docket_deinit(&b.d);
}

/* Carol does not read, and the program waits until it can send to her. */
static void slow_reader(void **state)
{
    static const struct release_record release = {.tried = true, .answered = true, .closed = 4};
    struct bench b;

    (void)state;
    bench_init(&b, 13, STEP_TOO_LITTLE);
    b.f->sending = 1;
    b.e.calm = ANSWER_PASSED;
    b.e.release = &release; /* that looks like one client at a time */
    IS(&b, "slow-reader-blocks-all");
    assert_non_null(strstr(b.d.out.findings[0].evidence, "bob got nothing while carol did not read"));
    b.f->sending = 0;
    b.f->unheard = 70000;
    IS(&b, "slow-reader-blocks-all");
    assert_non_null(strstr(b.d.out.findings[0].evidence, "unread what the others sent (70000 bytes)"));
    b.f->unheard = 0;
    IS(&b, "none"); /* it has served bob before */
    b.c->steps[3].outcome = b.c->steps[11].outcome = STEP_OTHER_CAME;
    IS(&b, "sequential-server");
    b.f->sending = 1;
    b.e.calm = ANSWER_UNKNOWN; /* there was no play left to ask with */
    IS(&b, "sequential-server");
    assert_int_equal(b.d.out.n_findings, 2);
    assert_true(b.d.out.findings[0].one_of);
    assert_string_equal(b.d.out.findings[1].diagnosis->id, "slow-reader-blocks-all");
    b.e.calm = ANSWER_FAILED; /* nor does it come when she reads */
    IS(&b, "sequential-server");
    docket_deinit(&b.d);

    bench_init(&b, 15, STEP_TOO_LITTLE);
    for (size_t i = 0; i < 15; i++)
        b.c->steps[i].outcome = STEP_OTHER_CAME;
    b.f->sending = 1;
    b.e.calm = ANSWER_PASSED;
    b.e.release = &release;
    IS(&b, "sequential-server"); /* she reads again */
    docket_deinit(&b.d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_once),
        cmocka_unit_test(leaves_with_its_client),
        cmocka_unit_test(closes_listener),
        cmocka_unit_test(closes_listener_and_leaves),
        cmocka_unit_test(closes_it_behind_the_last),
        cmocka_unit_test(another_program_served),
        cmocka_unit_test(sequential_server),
        cmocka_unit_test(one_client_at_two_ports),
        cmocka_unit_test(slow_reader),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
