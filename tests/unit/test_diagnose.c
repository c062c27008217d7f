/* test_diagnose.c - each diagnosis: evidence that must give it, and near misses that must not. */
#include "diagnose_rig.h"

/* ---- process ------------------------------------------------------------------------------------------- */

static void crashed(void **state)
{
    static const int deadly[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL};
    static const int other[] = {SIGTERM, SIGKILL, SIGHUP, EXITED(139)};
    struct bench b;

    (void)state;
    bench_init(&b, 1, STEP_RESET);
    b.p->terminated = false;
    b.p->exited = true;
    for (size_t i = 0; i < array_len(deadly); i++) {
        b.p->exit_status = deadly[i];
        IS(&b, "crashed");
    }
    b.p->exit_status = SIGSEGV | 0x80; /* with a core */
    IS(&b, "crashed");
    b.p->exited = false;
    for (size_t i = 0; i < array_len(other); i++) {
        b.p->exit_status = other[i];
        IS(&b, "none");
    }
    b.p->exit_status = SIGABRT; /* an `exits` step before this one had asked for it */
    IS(&b, "none");
    b.f->outcome = STEP_OTHER_EXIT;
    IS(&b, "crashed");
    b.p->exit_status = -1;
    IS(&b, "none");
    b.p->err = excerpt_text(b.r, "x.c:3:4: runtime error: null pointer");
    IS(&b, "crashed");
    docket_deinit(&b.d);
}

static void sigpipe_death(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, 1, STEP_RESET);
    b.p->exit_status = SIGPIPE;
    IS(&b, "sigpipe-death");
    b.p->exit_status = EXITED(141); /* as a shell tells it */
    b.p->exited = false;
    IS(&b, "none");
    docket_deinit(&b.d);
}

static void killed_by_limit(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, 1, STEP_RESET);
    b.p->exit_status = SIGXCPU;
    b.p->limit = arena_text(&b.r->arena, "cpu \x1b[31m");
    IS(&b, "killed-by-limit");
    assert_non_null(strstr(b.d.out.findings[0].evidence, "cpu \\x1b[31m"));
    b.p->readiness = READY_NOT_FOUND; /* then it says why */
    IS(&b, "none");
    docket_deinit(&b.d);
}

/* What it prints without end when a stream has ended, it prints of that end. */
static void prints_on_and_on(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, 11, STEP_RESET); /* alice has closed before */
    b.p->exit_status = SIGKILL;
    b.p->limit = arena_text(&b.r->arena, "output");
    IS(&b, "eof-spin");
    assert_string_equal(b.d.out.findings[0].evidence,
                        "since the end of alice's stream, line has printed without end");
    b.p->limit = arena_text(&b.r->arena, "memory");
    IS(&b, "killed-by-limit");
    docket_deinit(&b.d);
    bench_init(&b, 3, STEP_RESET); /* nobody has left */
    b.p->exit_status = SIGKILL;
    b.p->limit = arena_text(&b.r->arena, "output");
    IS(&b, "killed-by-limit");
    docket_deinit(&b.d);
}

static void never_listened(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, 0, STEP_NOT_LISTENING);
    b.p->readiness = READY_NEVER;
    b.p->n_listeners = 0;
    IS(&b, "never-listened");
    b.p->readiness = READY_OTHER_PORT;
    IS(&b, "none");
    b.p->readiness = READY_NEVER;
    b.e.program = NULL; /* of which nothing was recorded */
    IS(&b, "none");
    docket_deinit(&b.d);
}

static void exited_early(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, 0, STEP_NOT_LISTENING);
    b.p->readiness = READY_EXITED;
    b.p->exited = true;
    b.p->exit_status = EXITED(1);
    IS(&b, "exited-early");
    b.p->exit_status = -1;
    IS(&b, "none");
    docket_deinit(&b.d);

    bench_init(&b, 1, STEP_TOO_LITTLE);
    b.p->exit_status = EXITED(0); /* at our SIGTERM */
    IS(&b, "none");
    docket_deinit(&b.d);
}

static bool tells(struct bench *b, const char *err, const char *part)
{
    b->p->err = excerpt_text(b->r, err);
    IS(b, "exited-early");
    return strstr(b->d.out.findings[0].evidence, part);
}

static void uncaught_errors_are_named(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, 1, STEP_RESET);
    b.p->exited = true;
    b.p->exit_status = EXITED(1);
    assert_true(tells(&b, "events:495\n  throw er;\n\nError: read ECONNRESET\n    at x\n  code: 'E'\n",
                      "nobody caught `Error: read ECONNRESET`"));
    assert_true(
        tells(&b, "Traceback:\n  File \"s.py\"\nIndexError: list\x1b[0m", "`IndexError: list\\x1b[0m`"));
    assert_true(tells(&b, "panic: no\n", "`panic: no`"));
    assert_true(tells(&b, "Exception in thread \"main\" java.lang.X: y\n", "caught `Exception in thread"));
    assert_false(tells(&b, "", "caught"));
    assert_false(tells(&b, "it says: Error: no\nerror\n", "caught"));
    b.p->err =
        excerpt_text(b.r, "Traceback (most recent call last):\nKeyError: 'x'\n\nDuring handling of the above "
                          "exception, another exception occurred:\n\nTraceback (most recent call "
                          "last):\nTypeError: not 'str'\n");
    IS(&b, "exited-early");
    assert_non_null(strstr(b.d.out.findings[0].evidence, "nobody caught `TypeError: not 'str'`"));
    docket_deinit(&b.d);
}

static const char *last_words(struct bench *b, const char *err)
{
    b->p->err = excerpt_text(b->r, err);
    return name_of(b);
}

static void eintr_fatal(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, 1, STEP_REFUSED);
    b.p->exited = true;
    b.p->exit_status = EXITED(2);
    assert_string_equal(last_words(&b, "starts\naccept: Interrupted system call\n"), "eintr-fatal");
    assert_non_null(strstr(b.d.out.findings[0].evidence, "`accept: Interrupted system call`"));
    assert_string_equal(last_words(&b, "errno 4 (EINTR)"), "eintr-fatal");
    assert_string_equal(last_words(&b, "accept: Interrupted system call\nbye\n"), "exited-early");
    assert_string_equal(last_words(&b, "accept: Bad file descriptor\n"), "exited-early");
    assert_string_equal(last_words(&b, "\n\n"), "exited-early");
    assert_string_equal(last_words(&b, ""), "exited-early");
    b.p->exit_status = SIGSEGV; /* it was not the call that ended it */
    assert_string_equal(last_words(&b, "EINTR"), "crashed");
    b.p->exit_status = EXITED(0); /* at our SIGTERM, which interrupts calls */
    b.p->exited = false;
    assert_string_equal(last_words(&b, "EINTR"), "none");
    docket_deinit(&b.d);
}

static void usage_printed(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, 0, STEP_NOT_LISTENING);
    b.p->readiness = READY_EXITED;
    b.p->terminated = false;
    b.p->exited = true;
    b.p->exit_status = EXITED(1);
    b.p->command = arena_text(&b.r->arena, "./line 20000 \x1b");
    assert_string_equal(last_words(&b, "line 1.0\nUsage: line PORT ROOT\nbye\n"), "usage-printed");
    assert_string_equal(
        b.d.out.findings[0].evidence,
        "started as `./line 20000 \\x1b`, line wrote `Usage: line PORT ROOT` and exited with status 1");
    assert_string_equal(last_words(&b, "no such port\n"), "exited-early");
    b.p->out = excerpt_text(b.r, "usage: line PORT");
    assert_string_equal(last_words(&b, ""), "usage-printed");
    b.p->readiness = READY; /* it did take its arguments */
    assert_string_equal(last_words(&b, ""), "exited-early");
    b.p->readiness = READY_EXITED;
    b.p->terminated = true; /* it was told to end */
    b.p->exited = false;
    assert_string_equal(last_words(&b, ""), "none");
    docket_deinit(&b.d);

    bench_init(&b, 9, STEP_OTHER_EXIT);
    b.p->readiness = READY_NOT_ASKED;
    b.p->terminated = false;
    b.p->exit_status = EXITED(1);
    b.p->command = arena_text(&b.r->arena, "./tool");
    assert_string_equal(last_words(&b, "usage: tool X\n"), "none"); /* a wrong command line, maybe */
    b.f->outcome = STEP_NOT_PRINTED;
    assert_string_equal(last_words(&b, "usage: tool X\n"), "usage-printed");
    docket_deinit(&b.d);
}

/* What listens nowhere may end when its work is done: a wrong word that it printed is no early exit. */
static void a_tool_may_exit(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, 9, STEP_NOT_PRINTED);
    assert_int_equal(b.p->program, TOOL);
    b.p->exited = true;
    b.p->exit_status = EXITED(0);
    IS(&b, "none");
    b.p->exit_status = EXITED(1);
    IS(&b, "exited-early");
    b.p->exit_status = EXITED(0);
    b.f->outcome = STEP_EXITED;
    IS(&b, "exited-early");
    docket_deinit(&b.d);
}

static void eof_spin(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, 1, STEP_STILL_OPEN);
    b.f->accepted = true;
    b.f->tcp_state = 8;
    b.f->decided = BY_DEADLINE;
    b.f->cpu = NS_PER_S;
    IS(&b, "eof-spin");
    b.f->decided = BY_IDLE; /* it sleeps: it never closes, but burns nothing */
    IS(&b, "none");
    b.f->decided = BY_DEADLINE;
    b.f->cpu = NS_PER_MS;
    IS(&b, "none");
    b.f->cpu = NS_PER_S;
    b.f->unread = 1;
    IS(&b, "none");
    b.f->unread = 0;
    b.f->tcp_state = 1; /* established: there was no end to read */
    IS(&b, "none");
    b.c->spun_after = true;
    b.c->spun_cpu = NS_PER_S;
    IS(&b, "none"); /* it spun before there was an end */
    b.f->decided = BY_IDLE;
    IS(&b, "eof-spin");
    b.e.whole = ANSWER_PASSED; /* it minds where a message is cut, and spins besides */
    assert_string_not_equal(name_of(&b), "eof-spin");
    docket_deinit(&b.d);
}

/* It spins on the end of one connection, and another client is waiting. */
static void eof_spin_starves_others(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, 11, STEP_TOO_LITTLE);
    b.f->accepted = true;
    b.f->tcp_state = TCP_STATE_ESTABLISHED;
    b.f->decided = BY_DEADLINE;
    b.f->took = 5 * NS_PER_S;
    b.f->cpu = 4 * NS_PER_S;
    IS(&b, "eof-spin");
    b.f->cpu = NS_PER_S; /* little of the time */
    IS(&b, "none");
    b.f->cpu = 4 * NS_PER_S;
    b.f->step = 3; /* nobody had left then */
    b.e.step = &b.e.test->steps[3];
    IS(&b, "none");
    docket_deinit(&b.d);
}

/* ---- address ------------------------------------------------------------------------------------------- */

static void listen_on(struct bench *b, size_t i, uint16_t port)
{
    b->p->readiness = READY_OTHER_PORT;
    b->p->listeners[i].port = port;
}

static void missing_htons(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, 0, STEP_NOT_LISTENING);
    assert_int_equal(b.p->ports[0], 20000);
    listen_on(&b, 0, 8270); /* 0x4e20, 0x204e */
    IS(&b, "missing-htons");
    listen_on(&b, 0, 8271);
    IS(&b, "none");
    listen_on(&b, 0, 8270);
    b.f->outcome = STEP_TOO_LITTLE;
    IS(&b, "none");
    docket_deinit(&b.d);
}

/* Of two ports one is right: the other is told. */
static void the_second_port_is_wrong(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, 4, STEP_NOT_LISTENING);
    assert_int_equal(b.p->program, BIN);
    assert_int_equal(b.p->ports[1], 20002);
    listen_on(&b, 1, 8782); /* 0x4e22, 0x224e */
    IS(&b, "missing-htons");
    assert_non_null(strstr(b.d.out.findings[0].evidence, "20002"));
    listen_on(&b, 1, 44444);
    IS(&b, "port-not-bound");
    listen_on(&b, 1, 5000);
    IS(&b, "none");
    docket_deinit(&b.d);
}

static void port_not_bound(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, 0, STEP_NOT_LISTENING);
    listen_on(&b, 0, 40001);
    IS(&b, "port-not-bound");
    listen_on(&b, 0, 8080); /* a number of its own */
    IS(&b, "none");
    listen_on(&b, 0, 40001);
    b.p->listeners[0].transport = TRANSPORT_UDP; /* some other socket */
    IS(&b, "none");
    b.p->n_listeners = 0;
    IS(&b, "none");
    docket_deinit(&b.d);
}

static void wrong_transport(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, 0, STEP_NOT_LISTENING);
    b.p->readiness = READY_OTHER_TRANSPORT;
    b.p->listeners[0].transport = TRANSPORT_UDP;
    IS(&b, "wrong-transport");
    b.f->outcome = STEP_REFUSED;
    IS(&b, "none");
    docket_deinit(&b.d);

    bench_init(&b, 0, STEP_NOT_LISTENING); /* it has ended, or its socket can be seen nowhere */
    b.p->readiness = READY_EXITED;
    b.p->n_listeners = 0;
    b.p->exited = true;
    b.p->exit_status = 2 << 8;
    b.p->err = excerpt_text(b.r, "listen: Operation not supported\n");
    IS(&b, "wrong-transport");
    b.p->err = excerpt_text(b.r, "recvfrom: Transport endpoint is not connected\n"); /* it is of datagrams */
    IS(&b, "exited-early");
    docket_deinit(&b.d);
}

/* ---- message ------------------------------------------------------------------------------------------- */

static void came(struct bench *b, const char *expected, const void *data, size_t len)
{
    b->f->expected = excerpt_text(b->r, expected);
    b->f->came = excerpt_of(&b->r->arena, (struct bytes){data, len});
}

static void nul_on_the_wire(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, 1, STEP_OTHER_CAME);
    came(&b, "OK", "OK\0", 3);
    IS(&b, "nul-on-the-wire");
    came(&b, "OK", "\0OK", 3); /* left over from the message before */
    IS(&b, "nul-on-the-wire");
    came(&b, "", "\0", 1);
    IS(&b, "nul-on-the-wire");
    came(&b, "OK", "O\0K", 3);
    IS(&b, "none");
    came(&b, "OK", "OK\0\0", 4);
    IS(&b, "none");
    came(&b, "OK", "NO\0", 3);
    IS(&b, "none");
    came(&b, "OK", "OK ", 3);
    IS(&b, "none");
    b.f->outcome = STEP_CAME_UNASKED;
    came(&b, "", "\0", 1);
    IS(&b, "nul-on-the-wire");
    came(&b, "", "\n", 1);
    IS(&b, "none");
    came(&b, "", "\0\0", 2);
    IS(&b, "none");
    docket_deinit(&b.d);
}

/* Nothing is concluded from bytes that were not kept. */
static void dropped_payloads_prove_nothing(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, 1, STEP_OTHER_CAME);
    came(&b, "OK", "\0", 1);
    b.f->expected.head = (struct bytes){0};
    IS(&b, "none");
    came(&b, "OK", "OK\0", 3);
    b.f->came.head = (struct bytes){0};
    IS(&b, "none");
    docket_deinit(&b.d);
}

/* ---- stream -------------------------------------------------------------------------------------------- */

static void one_read(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, 1, STEP_TOO_LITTLE); /* "ab\ncd\n" was sent */
    b.e.whole = ANSWER_PASSED;
    cut(&b, 0, 1);
    IS(&b, "one-read-one-message");
    assert_string_equal(b.d.out.findings[0].evidence,
                        "the same bytes pass in one piece, and fail when the first of them is read alone");
    cut(&b, 0, 5);
    IS(&b, "one-read-one-message");
    cut(&b, 0, 3); /* between two messages */
    IS(&b, "none");
    cut(&b, 0, 5);
    b.e.whole = ANSWER_FAILED;
    IS(&b, "none");
    b.e.whole = ANSWER_UNKNOWN;
    IS(&b, "none");
    b.e.whole = ANSWER_PASSED;
    b.c->key.split = (struct split){.kind = SPLIT_BYTES};
    IS(&b, "one-read-one-message");
    b.c->key.split.kind = SPLIT_COALESCED;
    IS(&b, "drops-rest-of-read");
    docket_deinit(&b.d);
}

static void drops_rest(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, 1, STEP_TOO_LITTLE);
    b.e.whole = ANSWER_FAILED;
    b.e.apart = ANSWER_PASSED;
    IS(&b, "drops-rest-of-read");
    b.e.apart = ANSWER_FAILED;
    IS(&b, "none");
    b.e.apart = ANSWER_UNKNOWN;
    b.e.whole = ANSWER_PASSED;
    b.e.parted = ANSWER_PASSED;
    cut(&b, 0, 4);
    IS(&b, "drops-rest-of-read");
    b.e.parted = ANSWER_FAILED;
    IS(&b, "one-read-one-message");
    docket_deinit(&b.d);
}

static void short_header(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, 5, STEP_TOO_LITTLE);
    b.e.whole = ANSWER_PASSED;
    b.e.cut_in_header = ANSWER_FAILED;
    b.e.cut_in_body = ANSWER_PASSED;
    cut(&b, 4, 1);
    IS(&b, "short-header-read");
    b.e.cut_in_body = ANSWER_FAILED;
    IS(&b, "one-read-one-message");
    b.e.cut_in_body = ANSWER_UNKNOWN;
    IS(&b, "one-read-one-message");
    b.e.cut_in_header = ANSWER_PASSED;
    b.e.cut_in_body = ANSWER_PASSED;
    IS(&b, "one-read-one-message");
    docket_deinit(&b.d);
}

/* A split that was asked for by hand may name steps that send nothing, or are not there. */
static void odd_cuts_are_no_cuts(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, 1, STEP_TOO_LITTLE);
    b.e.whole = ANSWER_PASSED;
    b.e.cut_in_header = ANSWER_FAILED;
    b.e.cut_in_body = ANSWER_PASSED;
    for (uint32_t step = 1; step < 40; step++) {
        cut(&b, step, 3);
        if (!step_sends_stream(b.e.test, &b.e.test->steps[step % b.e.test->n_steps]) ||
            step >= b.e.test->n_steps)
            assert_null(evidence_only_cut(&b.e));
        name_of(&b);
    }
    docket_deinit(&b.d);
}

/* ---- datagram ------------------------------------------------------------------------------------------ */

static void new_reply_socket(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, 7, STEP_OTHER_CAME);
    assert_int_equal(b.p->program, ECHO_);
    b.f->from_port = 40000;
    IS(&b, "new-reply-socket");
    b.f->from_port = 0;
    IS(&b, "none");
    docket_deinit(&b.d);

    bench_init(&b, 8, STEP_OTHER_CAME); /* where it comes from does not matter: the answer was wrong */
    b.f->from_port = 40000;
    IS(&b, "none");
    docket_deinit(&b.d);
}

/* ---- the catalog --------------------------------------------------------------------------------------- */

static void the_catalog_is_in_order(void **state)
{
    size_t n = 0;

    (void)state;
    for (const struct diagnosis *d; (d = diagnosis_at(n)); n++) {
        assert_ptr_equal(diagnosis_find(d->id), d);
        assert_int_equal(strspn(d->id, "abcdefghijklmnopqrstuvwxyz-"), strlen(d->id));
        assert_non_null(strchr("SDAMRLOTPIE", d->concept));
        assert_int_equal(d->hint[strlen(d->hint) - 1], '.');
        assert_true(d->mistake[strlen(d->mistake) - 1] != '.');
    }
    assert_true(n >= 15);
    assert_null(diagnosis_find("no-such-mistake"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crashed),
        cmocka_unit_test(sigpipe_death),
        cmocka_unit_test(killed_by_limit),
        cmocka_unit_test(prints_on_and_on),
        cmocka_unit_test(never_listened),
        cmocka_unit_test(exited_early),
        cmocka_unit_test(eintr_fatal),
        cmocka_unit_test(usage_printed),
        cmocka_unit_test(uncaught_errors_are_named),
        cmocka_unit_test(a_tool_may_exit),
        cmocka_unit_test(eof_spin),
        cmocka_unit_test(eof_spin_starves_others),
        cmocka_unit_test(missing_htons),
        cmocka_unit_test(the_second_port_is_wrong),
        cmocka_unit_test(port_not_bound),
        cmocka_unit_test(wrong_transport),
        cmocka_unit_test(nul_on_the_wire),
        cmocka_unit_test(dropped_payloads_prove_nothing),
        cmocka_unit_test(one_read),
        cmocka_unit_test(drops_rest),
        cmocka_unit_test(short_header),
        cmocka_unit_test(odd_cuts_are_no_cuts),
        cmocka_unit_test(new_reply_socket),
        cmocka_unit_test(the_catalog_is_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
