/* test_tracer.c - what a tracer hears of programs that fork, have threads, execute others, are stopped,
 * interrupted and killed; and that they notice nothing of it. */
#include "rig.h"

#include "base/mem.h"
#include "kernel/tracer.h"

struct watched {
    struct rig rig; /* first: rig_setup makes it */
    struct tracer tracer;
    pid_t pid;
    enum call_fault fault;
    bool ended;
    int status;
    struct call *calls; /* owned: as they were listed last */
    size_t n;
    uint64_t lost;
};

static int setup(void **state)
{
    struct watched *t = calloc(1, sizeof *t);

    *state = t;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    tree_init(&t->rig.tree, getpid());
    return sockdiag_init(&t->rig.diag);
}

static int teardown(void **state)
{
    struct watched *t = *state;

    mem_free(t->calls);
    tracer_deinit(&t->tracer);
    return rig_teardown(state);
}

static void begin(struct watched *t, const char *act)
{
    char self[PATH_MAX] = "", path[PATH_MAX + 64];

    if (tracer_probe() < 0)
        skip();
    assert_true(readlink("/proc/self/exe", self, sizeof self - 1) > 0);
    snprintf(path, sizeof path, "%s/../helpers/caller", dirname(self));
    t->ended = false;
    t->pid = fork();
    if (t->pid == 0) {
        setenv("ASAN_OPTIONS", "detect_leaks=0", 1); /* leaks are looked for by tracing, too */
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && tracer_begin() == 0)
            execl(path, path, act, (char *)NULL);
        _exit(127);
    }
    assert_true(t->pid > 0);
    tracer_expect(&t->tracer, t->pid, 7, t->fault);
}

/* Whatever wait tells now. False: nothing. */
static bool serve(struct watched *t)
{
    int status;
    pid_t tid = waitpid(-1, &status, WNOHANG | __WALL);

    if (tid <= 0)
        return false;
    if (WIFSTOPPED(status)) {
        tracer_stopped(&t->tracer, tid, status);
        return true;
    }
    tracer_ended(&t->tracer, tid, status);
    if (tid == t->pid) {
        t->ended = true;
        t->status = status;
    }
    return true;
}

static void list(struct watched *t)
{
    mem_free(t->calls);
    tracer_calls(&t->tracer, &t->calls, &t->n, &t->lost);
}

static void finish(struct watched *t)
{
    int64_t end = clock_now() + RIG_DEADLINE;

    while (!t->ended) {
        assert_true(clock_now() < end);
        if (!serve(t))
            sched_yield();
    }
    list(t);
}

static void run(struct watched *t, const char *act)
{
    begin(t, act);
    finish(t);
    assert_true(WIFEXITED(t->status));
    assert_int_equal(WEXITSTATUS(t->status), 0);
}

static const struct call *nth(const struct watched *t, enum call_kind kind, size_t n)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->calls[i].kind == kind && n-- == 0)
            return &t->calls[i];
    return NULL;
}

static size_t count(const struct watched *t, enum call_kind kind)
{
    size_t n = 0;

    while (nth(t, kind, n))
        n++;
    return n;
}

static void expect_bytes(const struct call *c, const char *text)
{
    assert_non_null(c);
    assert_int_equal(c->len, strlen(text));
    assert_memory_equal(c->head, text, c->len);
}

static void test_calls_are_told(void **state)
{
    struct watched *t = *state;
    const struct call *c;

    run(t, "talk");
    assert_int_equal(t->lost, 0);
    assert_int_equal(count(t, CALL_SOCKET), 2);
    c = nth(t, CALL_SOCKET, 0);
    assert_int_equal(c->level, AF_INET);
    assert_int_equal(c->option & 0xf, SOCK_STREAM);
    assert_true(c->result > 2);
    assert_int_equal(c->program, 7);
    assert_int_equal(c->process, 0);
    assert_int_equal(c->thread, 0);
    assert_string_equal(nth(t, CALL_BIND, 0)->address, "127.0.0.1:0");
    assert_int_equal(nth(t, CALL_LISTEN, 0)->asked, 7);
    c = nth(t, CALL_ACCEPT, 0);
    assert_int_equal(c->local, nth(t, CALL_CONNECT, 0)->remote);
    assert_int_equal(c->remote, nth(t, CALL_CONNECT, 0)->local);
    assert_true(c->remote > 0);
    expect_bytes(nth(t, CALL_SEND, 0), "hello");
    c = nth(t, CALL_RECV, 0);
    expect_bytes(c, "hel");
    assert_int_equal(c->asked, 3);
    assert_int_equal(c->result, 3);
    assert_int_equal(c->remote, nth(t, CALL_ACCEPT, 0)->remote);
    expect_bytes(nth(t, CALL_READ, 0), "lo");
    c = nth(t, CALL_WRITEV, 0);
    expect_bytes(c, "abc");
    assert_int_equal(c->asked, 3);
    assert_int_equal(nth(t, CALL_RECV, 2)->result, 0);
    assert_int_equal(nth(t, CALL_RECV, 3)->result, -EBADF);
    assert_int_equal(count(t, CALL_CLOSE), 2);
    assert_int_equal(nth(t, CALL_END, 0)->result, 0);
    for (size_t i = 0; i < t->n; i++) {
        assert_true(t->calls[i].ended >= t->calls[i].began);
        assert_true(i == 0 || t->calls[i].ended >= t->calls[i - 1].ended);
    }
}

/* A byte less each time, on streams; the program's own variables are as they were. */
static void test_shortened_sends(void **state)
{
    struct watched *t = *state;

    t->fault = FAULT_SHORT_SENDS;
    run(t, "pieces");
    assert_int_equal(nth(t, CALL_SEND, 0)->asked, 5);
    assert_int_equal(nth(t, CALL_SEND, 0)->result, 4);
    assert_int_equal(nth(t, CALL_SEND, 0)->cut, 1);
    assert_int_equal(nth(t, CALL_SEND, 1)->asked, 1);
    assert_int_equal(nth(t, CALL_SEND, 1)->result, 1);
    assert_int_equal(nth(t, CALL_SEND, 1)->cut, 0);
    assert_int_equal(nth(t, CALL_WRITE, 0)->result, 2); /* a datagram: all or nothing */
    assert_int_equal(nth(t, CALL_WRITE, 0)->cut, 0);
}

/* The program checks that it got less, and that its own parts are as they were. */
static void test_shortened_parts(void **state)
{
    struct watched *t = *state;

    t->fault = FAULT_SHORT_SENDS;
    run(t, "parts");
    assert_int_equal(nth(t, CALL_WRITEV, 0)->cut, 1);
    assert_int_equal(nth(t, CALL_SENDMSG, 0)->cut, 1);
    assert_int_equal(nth(t, CALL_SENDFILE, 0)->cut, 1);
    assert_int_equal(nth(t, CALL_SENDMSG, 0)->asked, 3);
}

static void exits_with(struct watched *t, const char *act, int status)
{
    tracer_deinit(&t->tracer);
    begin(t, act);
    finish(t);
    assert_true(WIFEXITED(t->status));
    assert_int_equal(WEXITSTATUS(t->status), status);
}

/* A signal that came before a wait comes within it, just as it was; and it is the program's own word whether
 * the wait then goes on. */
static void test_signals_come_while_it_waits(void **state)
{
    struct watched *t = *state;

    exits_with(t, "early", 0);
    t->fault = FAULT_INTERRUPTIONS;
    exits_with(t, "early", 4);
    assert_int_equal(nth(t, CALL_RECV, 0)->result, -EINTR);
    assert_int_equal(count(t, CALL_SIGNAL), 1);
    exits_with(t, "early-restart", 0);
    exits_with(t, "awaited", 0);
    exits_with(t, "breed-disturbed", 0);
    exits_with(t, "eintr", 4);
    exits_with(t, "restart", 0);
    exits_with(t, "breed", 0);
    exits_with(t, "threads", 0);
    exits_with(t, "exec", 0);
}

static void test_children(void **state)
{
    struct watched *t = *state;
    const struct call *c;

    run(t, "breed");
    assert_int_equal(nth(t, CALL_FORK, 0)->process, 0);
    assert_int_equal(nth(t, CALL_FORK, 0)->result, 1);
    assert_int_equal(nth(t, CALL_ACCEPT, 0)->process, 1);
    assert_int_equal(nth(t, CALL_ACCEPT, 0)->program, 7);
    c = nth(t, CALL_END, 0);
    assert_int_equal(c->process, 1);
    assert_int_equal(c->result, SIGSEGV);
    assert_int_equal(nth(t, CALL_SIGNAL, 0)->result, SIGCHLD);
    assert_int_equal(nth(t, CALL_END, 1)->process, 0);
}

static void test_threads(void **state)
{
    struct watched *t = *state;
    uint32_t seen = 0;

    run(t, "threads");
    assert_int_equal(count(t, CALL_ACCEPT), 4);
    for (size_t i = 0; i < t->n; i++) {
        assert_int_equal(t->calls[i].process, 0);
        if (t->calls[i].kind == CALL_ACCEPT)
            seen |= 1u << t->calls[i].thread;
    }
    assert_int_equal(seen, 0x1e);
    assert_int_equal(count(t, CALL_END), 1);
}

static void test_exec(void **state)
{
    struct watched *t = *state;

    run(t, "exec");
    assert_int_equal(count(t, CALL_ACCEPT), 1);
    assert_int_equal(count(t, CALL_END), 1);
    assert_int_equal(t->tracer.n, 0);
}

/* With SA_RESTART the call goes on, and is one call; without, it fails. */
static void test_interrupted_calls(void **state)
{
    struct watched *t = *state;

    run(t, "restart");
    assert_int_equal(count(t, CALL_RECV), 1);
    assert_int_equal(nth(t, CALL_RECV, 0)->result, 1);
    tracer_deinit(&t->tracer);
    begin(t, "eintr");
    finish(t);
    assert_int_equal(WEXITSTATUS(t->status), 4);
    assert_int_equal(nth(t, CALL_RECV, 0)->result, -EINTR);
}

/* As the owner of a tracer looks at programs. */
static struct idle look(struct watched *t)
{
    t->rig.tree.traced = tracer_traced(&t->tracer);
    return rig_check(&t->rig);
}

static struct idle settle(struct watched *t, bool stopped)
{
    int64_t end = clock_now() + RIG_DEADLINE;
    struct idle i;

    do {
        while (serve(t))
            ;
        i = look(t);
        assert_true(clock_now() < end);
        sched_yield();
    } while (i.state == IDLE_BUSY || (i.stopped > 0) != stopped);
    return i;
}

/* Asleep in a call: as idle as without a tracer. */
static void test_sleep_is_sleep(void **state)
{
    struct watched *t = *state;

    begin(t, "receive");
    assert_int_equal(settle(t, false).state, IDLE_ASLEEP);
    list(t);
    assert_int_equal(t->calls[t->n - 1].kind, CALL_RECV);
    assert_int_equal(t->calls[t->n - 1].ended, 0);
    kill(t->pid, SIGKILL);
    finish(t);
    assert_true(WIFSIGNALED(t->status));
    assert_int_equal(nth(t, CALL_RECV, 0)->ended, 0);
    assert_int_equal(nth(t, CALL_END, 0)->result, SIGKILL);
}

/* Until the tracer lets it go on, it is at work. */
static void test_a_stop_for_the_tracer_is_work(void **state)
{
    struct watched *t = *state;
    int64_t end = clock_now() + RIG_DEADLINE;
    siginfo_t any = {0};

    begin(t, "receive");
    while (t->tracer.log.n < 4) {
        assert_true(clock_now() < end);
        serve(t);
    }
    assert_int_equal(waitid(P_ALL, 0, &any, WSTOPPED | WNOWAIT | __WALL), 0);
    for (int i = 0; i < 100; i++)
        assert_int_equal(look(t).state, IDLE_BUSY);
    assert_int_equal(settle(t, false).state, IDLE_ASLEEP);
}

/* Its parent hears of its end only once the tracer has: until then the parent looks asleep, and is not. */
static void test_an_end_untold_is_work(void **state)
{
    struct watched *t = *state;
    int64_t end = clock_now() + RIG_DEADLINE;
    siginfo_t next = {0};

    begin(t, "breed");
    while (next.si_code != CLD_KILLED && next.si_code != CLD_DUMPED) {
        assert_true(clock_now() < end);
        assert_int_equal(waitid(P_ALL, 0, &next, WEXITED | WSTOPPED | WNOWAIT | __WALL), 0);
        if (next.si_code != CLD_KILLED && next.si_code != CLD_DUMPED)
            serve(t);
    }
    for (int i = 0; i < 100; i++)
        assert_int_equal(look(t).state, IDLE_BUSY);
    finish(t);
    assert_int_equal(t->status, 0);
}

static void test_stopped_by_a_signal(void **state)
{
    struct watched *t = *state;

    begin(t, "rest");
    assert_int_equal(settle(t, false).state, IDLE_ASLEEP);
    kill(t->pid, SIGSTOP);
    assert_int_equal(settle(t, true).stopped, 1);
    kill(t->pid, SIGCONT);
    assert_int_equal(settle(t, false).state, IDLE_ASLEEP);
    list(t);
    assert_int_equal(count(t, CALL_POLL), 1); /* it goes on, as one call */
    kill(t->pid, SIGTERM);
    finish(t);
    assert_true(WIFSIGNALED(t->status));
    assert_int_equal(WTERMSIG(t->status), SIGTERM);
}

static void test_too_many_calls(void **state)
{
    struct watched *t = *state;

    run(t, "spam");
    assert_int_equal(t->n, CALLS_KEPT);
    assert_int_equal(t->lost, 10000 + 1 - CALLS_KEPT);
    expect_bytes(&t->calls[CALLS_FIRST - 1], "x");
    assert_int_equal(t->calls[t->n - 1].kind, CALL_END);
    assert_int_equal(t->calls[t->n - 2].kind, CALL_RECV);
}

/* What is rare is kept, in its place: between the first calls and the last. */
static void test_a_signal_among_too_many_calls(void **state)
{
    struct watched *t = *state;

    run(t, "drown");
    assert_int_equal(t->n, CALLS_KEPT);
    assert_int_equal(t->lost, 10000 + 2 - CALLS_KEPT);
    assert_int_equal(t->calls[CALLS_FIRST].kind, CALL_SIGNAL);
    assert_int_equal(count(t, CALL_SIGNAL), 1);
    for (size_t i = 1; i < t->n; i++)
        assert_true(t->calls[i].ended >= t->calls[i - 1].ended);
}

static void test_hostile_programs(void **state)
{
    struct watched *t = *state;

    run(t, "shy");
    run(t, "bomb");
    while (serve(t))
        ;
    assert_int_equal(t->tracer.n, 0);
}

static void test_nothing_is_left_of_it(void **state)
{
    struct watched *t = *state;
    int fds = proc_count_fds(getpid());

    run(t, "breed");
    assert_int_equal(proc_count_fds(getpid()), fds);
    assert_int_equal(waitpid(-1, NULL, WNOHANG | __WALL), -1);
}

#define TRACED(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TRACED(test_calls_are_told),
        TRACED(test_children),
        TRACED(test_shortened_sends),
        TRACED(test_shortened_parts),
        TRACED(test_signals_come_while_it_waits),
        TRACED(test_threads),
        TRACED(test_exec),
        TRACED(test_interrupted_calls),
        TRACED(test_sleep_is_sleep),
        TRACED(test_stopped_by_a_signal),
        TRACED(test_an_end_untold_is_work),
        TRACED(test_a_stop_for_the_tracer_is_work),
        TRACED(test_too_many_calls),
        TRACED(test_a_signal_among_too_many_calls),
        TRACED(test_hostile_programs),
        TRACED(test_nothing_is_left_of_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
