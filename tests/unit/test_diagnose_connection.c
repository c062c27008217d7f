/* test_diagnose_connection.c - how connections fill and end, and what servers leave behind. */
#include "failure.h"

#include "kernel/sockdiag.h"

static const char spec_text[] = "spec: 1\nname: t\ntitle: T\nbuild: make\nprograms:\n"
                                "  server: {run: ./server, args: \"${port}\", listens: tcp}\n"
                                "  client: {run: ./client, args: \"${origin.port}\"}\n"
                                "protocols: {raw: {framing: none}, line: {framing: line}}\n"
                                "peers:\n  alice: {connects: server, protocol: raw}\n"
                                "  bob: {connects: server, protocol: raw}\n"
                                "  lina: {connects: server, protocol: line}\n"
                                "  origin: {listens: tcp, protocol: raw}\n"
                                "tests:\n  - id: t\n    steps:\n"
                                "      - alice stops reading:\n"
                                "      - alice sends: \"abcdef\"\n"
                                "      - alice half-closes:\n"
                                "      - alice gets: \"ABCDEF\"\n"
                                "      - alice gets end:\n"
                                "      - bob connects:\n"
                                "      - server leaks nothing:\n"
                                "      - server restarts:\n"
                                "      - bob gets: \"ABCDEF\"\n"
                                "      - client types: \"x\"\n"
                                "      - client types end:\n"
                                "      - origin accepts: conn\n"
                                "      - conn gets end:\n"
                                "      - client printed: \"X\"\n"
                                "      - lina stops reading:\n"
                                "      - lina gets: \"LAST\"\n        skipping: anything\n";

enum {
    SENDS = 1,
    GETS = 3,
    GETS_END,
    CONNECTS,
    LEAKS,
    RESTARTS,
    BOB_GETS,
    CONN_ENDS = 12,
    PRINTED,
    GETS_AT_LAST = 15
};

static void init(struct failure *x, uint32_t step, enum outcome outcome)
{
    failure_init(x, spec_text, step, outcome);
    x->f->accepted = true;
    x->f->tcp_state = TCP_STATE_ESTABLISHED;
}

static void got(struct failure *x, const char *came)
{
    failure_got(x, BYTES("ABCDEF"), bytes_of(came), false);
}

/* ---- a full connection --------------------------------------------------------------------------------- */

static void bytes_lost_in_between(void **state)
{
    struct failure x;

    (void)state;
    init(&x, GETS, STEP_OTHER_CAME);
    got(&x, "ABEF");
    IS(&x, "none");
    x.e.calm = ANSWER_FAILED; /* it fails in any case */
    IS(&x, "none");
    x.e.calm = ANSWER_PASSED;
    IS(&x, "short-send-ignored");
    got(&x, "XY"); /* wrong from the first byte on */
    IS(&x, "none");
    got(&x, "ABEF");
    x.p->exited = true;
    x.p->exit_status = EXITED(0);
    IS(&x, "none");
    failure_deinit(&x);
}

static void the_rest_is_lost(void **state)
{
    struct failure x;

    (void)state;
    init(&x, GETS, STEP_TOO_LITTLE);
    got(&x, "ABC");
    x.e.calm = ANSWER_PASSED;
    IS(&x, "short-send-ignored");
    x.f->unread = 3; /* it does not read on: what it sends is not the trouble */
    IS(&x, "none");
    x.f->unread = 0;
    x.f->sending = 1; /* it is still about to send it */
    IS(&x, "none");
    x.f->sending = 0;
    x.f->decided = BY_DEADLINE;
    IS(&x, "none");
    failure_deinit(&x);

    init(&x, GETS_AT_LAST, STEP_TOO_LITTLE); /* whatever else came: that did not */
    got(&x, "");
    IS(&x, "none");
    x.e.calm = ANSWER_PASSED;
    IS(&x, "short-send-ignored");
    failure_deinit(&x);
}

static void broken_off_when_full(void **state)
{
    static const enum outcome ends[] = {STEP_ENDED, STEP_RESET};
    struct failure x;

    (void)state;
    for (size_t i = 0; i < array_len(ends); i++) {
        init(&x, GETS, ends[i]);
        got(&x, "ABC");
        x.f->lost = 1;
        x.e.calm = ANSWER_PASSED;
        IS(&x, "eagain-fatal");
        x.e.unended = ANSWER_PASSED; /* its end has to do with it */
        IS(&x, "half-close-as-gone");
        failure_deinit(&x);
    }
    init(&x, BOB_GETS, STEP_ENDED); /* alice is slow, and it is bob who is dropped */
    IS(&x, "none");
    x.e.calm = ANSWER_PASSED;
    IS(&x, "eagain-fatal");
    failure_deinit(&x);
    init(&x, SENDS, STEP_RESET); /* more, while what was said before is not answered */
    x.e.calm = ANSWER_PASSED;
    IS(&x, "eagain-fatal");
    failure_deinit(&x);
}

/* ---- ends ---------------------------------------------------------------------------------------------- */

static void an_end_loses_the_answer(void **state)
{
    static const enum outcome ways[] = {STEP_ENDED, STEP_RESET, STEP_TOO_LITTLE};
    struct failure x;

    (void)state;
    for (size_t i = 0; i < array_len(ways); i++) {
        init(&x, GETS, ways[i]);
        got(&x, "");
        IS(&x, "none");
        x.e.unended = ANSWER_FAILED;
        IS(&x, "none");
        x.e.unended = ANSWER_PASSED;
        IS(&x, "half-close-as-gone");
        failure_deinit(&x);
    }
    init(&x, GETS, STEP_OTHER_CAME); /* bytes are lost in between: no end does that */
    got(&x, "ABEF");
    x.e.unended = ANSWER_PASSED;
    IS(&x, "none");
    failure_deinit(&x);

    init(&x, BOB_GETS, STEP_RESET); /* alice's end, and his answer */
    got(&x, "");
    x.e.unended = ANSWER_PASSED;
    IS(&x, "none");
    failure_deinit(&x);

    init(&x, PRINTED, STEP_NOT_PRINTED);
    failure_got(&x, BYTES("X"), BYTES(""), false);
    x.e.unended = ANSWER_PASSED;
    IS(&x, "half-close-as-gone");
    x.e.unended = ANSWER_FAILED;
    IS(&x, "none");
    failure_deinit(&x);
}

static void closed_too_soon(void **state)
{
    struct failure x;

    (void)state;
    init(&x, GETS, STEP_RESET);
    got(&x, "ABC");
    IS(&x, "none"); /* all that was sent had been read */
    x.f->lost = 10;
    IS(&x, "close-with-unread-data");
    x.f->lost = 0;
    x.f->unread = 4;
    IS(&x, "close-with-unread-data");
    x.e.calm = ANSWER_FAILED;
    IS(&x, "close-with-unread-data");
    got(&x, ""); /* no answer that could be lost */
    IS(&x, "none");
    got(&x, "ABX");
    IS(&x, "none");
    got(&x, "ABC");
    x.f->outcome = STEP_ENDED;
    IS(&x, "none");
    x.f->outcome = STEP_RESET;
    x.p->exited = true;
    x.p->exit_status = SIGSEGV;
    IS(&x, "crashed");
    failure_deinit(&x);
}

static void left_open(void **state)
{
    struct failure x;

    (void)state;
    init(&x, GETS_END, STEP_STILL_OPEN);
    x.f->tcp_state = TCP_STATE_CLOSE_WAIT;
    IS(&x, "never-closes");
    x.f->unread = 1; /* it has not read so far */
    IS(&x, "none");
    x.f->unread = 0;
    x.f->accepted = false;
    IS(&x, "none");
    x.f->accepted = true;
    x.f->decided = BY_DEADLINE; /* it is at work */
    IS(&x, "none");
    x.f->decided = BY_TIMER;
    IS(&x, "never-closes");
    x.f->tcp_state = TCP_STATE_ESTABLISHED; /* it cannot know that alice has finished */
    IS(&x, "none");
    failure_deinit(&x);
}

static void never_half_closed(void **state)
{
    struct failure x;

    (void)state;
    init(&x, CONN_ENDS, STEP_STILL_OPEN);
    IS(&x, "never-closes");
    x.f->tcp_state = TCP_STATE_CLOSE_WAIT;
    IS(&x, "never-closes");
    x.f->decided = BY_DEADLINE;
    IS(&x, "none");
    failure_deinit(&x);
}

static void answers_after_the_end(void **state)
{
    struct release_record ending = {.tried = true, .answered = true};
    struct failure x;

    (void)state;
    init(&x, GETS, STEP_TOO_LITTLE);
    got(&x, "");
    x.e.ending = &ending;
    IS(&x, "read-until-eof");
    ending.answered = false;
    IS(&x, "none");
    failure_deinit(&x);
}

/* ---- starting, and what is left ------------------------------------------------------------------------ */

static void started_again(void **state)
{
    struct failure x;

    (void)state;
    init(&x, RESTARTS, STEP_NOT_LISTENING);
    x.p->readiness = READY_EXITED;
    x.p->exited = true;
    x.p->exit_status = EXITED(2);
    IS(&x, "exited-early");
    x.p->lingering = 1; /* which alone keeps nobody out */
    IS(&x, "exited-early");
    x.p->no_reuse = true;
    IS(&x, "no-reuseaddr");
    x.p->exited = false; /* it did not look at what bind returned, and the kernel chose a port */
    x.p->exit_status = -1;
    x.p->readiness = READY_OTHER_PORT;
    x.p->listeners[0].port = 45000;
    IS(&x, "no-reuseaddr");
    x.p->no_reuse = false;
    IS(&x, "port-not-bound");
    x.p->exited = true;
    x.p->exit_status = EXITED(2);
    x.p->readiness = READY_EXITED;
    x.p->no_reuse = false;
    x.p->err = excerpt_text(x.r, "bind: Address already in use\n");
    IS(&x, "no-reuseaddr");
    x.p->port_held = true;
    IS(&x, "left-processes-behind");
    x.p->port_held = false;
    x.p->lingering = 0;
    IS(&x, "exited-early");
    failure_deinit(&x);

    init(&x, SENDS, STEP_NOT_LISTENING); /* at its first start there is nothing that could linger */
    x.p->readiness = READY_EXITED;
    x.p->exited = x.p->no_reuse = true;
    x.p->exit_status = EXITED(2);
    x.p->lingering = 1;
    IS(&x, "exited-early");
    failure_deinit(&x);
}

static void port_of_two(void **state)
{
    static const char shared[] = "spec: 1\nname: t\ntitle: T\nbuild: make\nprograms:\n"
                                 "  first: {run: ./server, args: \"${port}\", listens: udp}\n"
                                 "  second: {like: first, shares: first}\n"
                                 "protocol: {framing: datagram}\n"
                                 "peers:\n  alice: {connects: first}\n  bob: {connects: second}\n"
                                 "tests:\n  - id: t\n    steps:\n"
                                 "      - alice sends: \"ab\"\n      - bob sends: \"ab\"\n";
    struct failure x;

    (void)state;
    failure_init(&x, shared, 1, STEP_NOT_LISTENING);
    x.p->readiness = READY_EXITED;
    x.p->exited = true;
    x.p->exit_status = EXITED(2);
    IS(&x, "exited-early");
    x.p->err = excerpt_text(x.r, "bind: Address already in use\n");
    IS(&x, "no-reuseaddr");
    failure_deinit(&x);

    failure_init(&x, shared, 0, STEP_NOT_LISTENING); /* nobody was to be there before this one */
    x.p->readiness = READY_EXITED;
    x.p->exited = true;
    x.p->exit_status = EXITED(2);
    x.p->err = excerpt_text(x.r, "bind: Address already in use\n");
    IS(&x, "exited-early");
    failure_deinit(&x);
}

static void full_queue(void **state)
{
    struct failure x;

    (void)state;
    init(&x, CONNECTS, STEP_REFUSED);
    x.f->queued = 1;
    IS(&x, "tiny-backlog");
    x.f->backlog = 1;
    IS(&x, "none"); /* there is room for one more */
    x.f->queued = 2;
    IS(&x, "tiny-backlog");
    x.f->backlog = 128;
    x.f->queued = 129; /* no backlog is endless */
    IS(&x, "none");
    x.f->backlog = x.f->queued = 0; /* nobody listens there */
    x.f->decided = BY_FACT;
    IS(&x, "closes-listener");
    failure_deinit(&x);
}

static void left_behind(void **state)
{
    struct failure x;

    (void)state;
    init(&x, LEAKS, STEP_LEAKS);
    x.f->fds_before = 4;
    x.f->fds_now = 24;
    x.f->visits = 20;
    IS(&x, "fd-leak");
    x.f->zombies = 20;
    x.f->fds_now = 4;
    IS(&x, "zombie-children");
    x.f->outcome = STEP_EXITED;
    IS(&x, "none");
    failure_deinit(&x);

    init(&x, LEAKS, STEP_EXITED);
    x.p->exited = true;
    x.p->exit_status = 1 << 8;
    x.p->err = excerpt_text(x.r, "java.net.SocketException: Too many open files\n");
    IS(&x, "fd-leak");
    x.p->err = excerpt_text(x.r, "java.net.SocketException: No route to host\n");
    IS(&x, "exited-early");
    failure_deinit(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_lost_in_between),
        cmocka_unit_test(the_rest_is_lost),
        cmocka_unit_test(broken_off_when_full),
        cmocka_unit_test(an_end_loses_the_answer),
        cmocka_unit_test(closed_too_soon),
        cmocka_unit_test(left_open),
        cmocka_unit_test(never_half_closed),
        cmocka_unit_test(answers_after_the_end),
        cmocka_unit_test(started_again),
        cmocka_unit_test(port_of_two),
        cmocka_unit_test(full_queue),
        cmocka_unit_test(left_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
