/* Idleness: what each way of waiting looks like, and that chains of threads and processes are never mistaken
 * for sleep. */
#include "rig.h"

#include "base/mem.h"

#define MESSAGES 1000 /* of each kind of chain: two decisions each */

/* ---- one program, one way of waiting ---- */

struct way {
    const char *mode, *number;
    enum idle_state state;
    enum wait_kind kind; /* of the first thread */
    int fd;
    int64_t soonest, latest; /* of the timer, in ms */
};

static const struct way ways[] = {
    {"read", "0", IDLE_ASLEEP, WAIT_INPUT, 0},
    {"sleep", "0", IDLE_UNTIL, WAIT_TIMED, -1, 50000, 100000},
    {"deadline", "0", IDLE_UNTIL, WAIT_TIMED, -1, 50000, 100000},
    {"poll", "-1", IDLE_ASLEEP, WAIT_INPUT, 0},
    {"poll", "90000", IDLE_UNTIL, WAIT_TIMED, 0, 50000, 90000},
    {"poll-out", "-1", IDLE_ASLEEP, WAIT_OUTPUT, 0},
    {"ppoll", "-1", IDLE_ASLEEP, WAIT_INPUT, -1},
    {"ppoll", "0", IDLE_UNTIL, WAIT_TIMED, -1, 50000, 100000},
    {"select", "-1", IDLE_ASLEEP, WAIT_INPUT, -1},
    {"select", "0", IDLE_UNTIL, WAIT_TIMED, -1, 50000, 100000},
    {"pselect", "-1", IDLE_ASLEEP, WAIT_INPUT, -1},
    {"pselect", "0", IDLE_UNTIL, WAIT_TIMED, -1, 50000, 100000},
    {"epoll", "-1", IDLE_ASLEEP, WAIT_INPUT, 3},
    {"epoll", "90000", IDLE_UNTIL, WAIT_TIMED, 3, 50000, 90000},
    {"timerfd", "0", IDLE_UNTIL, WAIT_TIMED, 3, 50000, 100000},
    {"epoll-timerfd", "0", IDLE_UNTIL, WAIT_TIMED, 3, 50000, 100000},
    {"cond", "-1", IDLE_ASLEEP, WAIT_INPUT, -1},
    {"cond", "0", IDLE_UNTIL, WAIT_TIMED, -1, 50000, 100000},
    {"monitor", "0", IDLE_ASLEEP, WAIT_TIMED, -1},
    {"named", "0", IDLE_ASLEEP, WAIT_TIMED, -1},
    {"vm-exit", "90000", IDLE_ASLEEP, WAIT_TIMED, -1},
    {"receive-timeout", "0", IDLE_UNTIL, WAIT_TIMED, 0, 50000, 100000},
    {"send", "0", IDLE_ASLEEP, WAIT_OUTPUT, 0},
    {"send-timeout", "0", IDLE_UNTIL, WAIT_TIMED, 0, 50000, 100000},
    {"poll-out", "90000", IDLE_UNTIL, WAIT_TIMED, 0, 50000, 90000},
    {"orphan", "0", IDLE_ASLEEP, WAIT_INPUT, -1},
};

static void check_way(struct rig *r, const struct way *w)
{
    const char *argv[] = {"@sleeper", w->mode, w->number, NULL};
    struct idle i;

    rig_start(r, argv);
    i = rig_settle(r);
    print_message("%s %s\n", w->mode, w->number);
    assert_int_equal(i.state, w->state);
    assert_int_equal(r->b.threads[0].pid, r->pid);
    assert_int_equal(r->b.threads[0].kind, w->kind);
    assert_int_equal(r->b.threads[0].fd, w->fd);
    assert_int_equal(r->b.threads[0].selects, strstr(w->mode, "select") != NULL);
    assert_int_equal(r->b.threads[0].selected, strstr(w->mode, "select") ? 1 : 0); /* descriptor 0 */
    assert_int_equal(i.sending, strncmp(w->mode, "send", 4) == 0 || strcmp(w->mode, "poll-out") == 0);
    if (i.threads == 1)
        assert_int_equal(i.on_stdin, w->kind == WAIT_INPUT && w->fd == STDIN_FILENO);
    if (w->state == IDLE_UNTIL)
        assert_in_range(i.until, w->soonest * NS_PER_MS, w->latest * NS_PER_MS);
    rig_stop(r);
}

static void test_ways_of_waiting(void **state)
{
    for (size_t i = 0; i < array_len(ways); i++)
        check_way(*state, &ways[i]);
}

/* Stopped and continued, poll and nanosleep go on as restart_syscall, which tells nothing: it is the wait
 * that it was. */
static void check_continued(struct rig *r, const char *mode, const char *number, enum idle_state state)
{
    const char *argv[] = {"@sleeper", mode, number, NULL};
    struct idle i;

    rig_start(r, argv);
    assert_int_equal(rig_settle(r).state, state);
    kill(r->pid, SIGSTOP);
    do
        i = rig_check(r);
    while (i.stopped != i.threads);
    kill(r->pid, SIGCONT);
    do
        i = rig_check(r);
    while (i.state == IDLE_BUSY || i.stopped);
    assert_int_equal(i.state, state);
    if (state == IDLE_UNTIL)
        assert_in_range(i.until, 30000 * NS_PER_MS, 100000 * NS_PER_MS);
    rig_stop(r);
}

static void test_continued(void **state)
{
    check_continued(*state, "poll", "-1", IDLE_ASLEEP);
    check_continued(*state, "ppoll", "-1", IDLE_ASLEEP);
    check_continued(*state, "read", "0", IDLE_ASLEEP);
    check_continued(*state, "poll", "90000", IDLE_UNTIL);
    check_continued(*state, "sleep", "0", IDLE_UNTIL);
}

/* A time-out that only the socket knows, on a listener too. */
static void test_accept_with_timeout(void **state)
{
    struct rig *r = *state;
    struct timeval limit = {50, 0};
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const char *argv[] = {"@sleeper", "accept", NULL};
    struct idle i;

    r->ends[1] = listener;
    r->pid = rig_spawn(argv, listener, listener);
    i = rig_settle(r);
    assert_int_equal(i.state, IDLE_ASLEEP);
    assert_int_equal(i.reading, 1);
    rig_stop(r);

    r->ends[1] = listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    r->pid = rig_spawn(argv, listener, listener);
    i = rig_settle(r);
    assert_int_equal(i.state, IDLE_UNTIL);
    assert_in_range(i.until, 1, 50 * NS_PER_S);
    rig_stop(r);
}

/* Looking at a socket's time-out must not hold the socket: the program's close sends its FIN. */
static void test_look_keeps_no_copy(void **state)
{
    struct rig *r = *state;
    const char *argv[] = {"@sleeper", "receive-timeout", NULL};
    char one;

    rig_start(r, argv);
    assert_int_equal(rig_settle(r).state, IDLE_UNTIL);
    kill(r->pid, SIGKILL);
    assert_int_equal(read(r->ends[0], &one, 1), 0);
    rig_stop(r);
}

/* The remaining time goes down while nothing runs, although the arguments of the call stay as they are. */
static void test_timer_counts_down(void **state)
{
    struct rig *r = *state;
    const char *argv[] = {"@sleeper", "sleep", NULL};
    int64_t first;

    rig_start(r, argv);
    first = rig_settle(r).until;
    assert_true(first > 0);
    assert_true(rig_check(r).until < first);
    rig_stop(r);
}

static void check_busy(struct rig *r, const char *mode, const char *number)
{
    const char *argv[] = {"@sleeper", mode, number, NULL};

    rig_start(r, argv);
    for (int i = 0; i < 500; i++)
        assert_int_equal(rig_check(r).state, IDLE_BUSY);
    rig_stop(r);
}

static void test_spinning_thread_is_busy(void **state)
{
    check_busy(*state, "spin", NULL);
}

/* Each of its steps is a timer that fires, and none of them is the end: whoever waited for one only would
 * take a Java program on its way out for one that stays. */
static void test_ending_runtime_is_busy(void **state)
{
    check_busy(*state, "vm-exit", "10");
}

static void test_stopped_counts_as_asleep(void **state)
{
    struct rig *r = *state;
    const char *argv[] = {"@sleeper", "spin", NULL};
    struct idle i;
    siginfo_t info;

    rig_start(r, argv);
    kill(r->pid, SIGSTOP);
    assert_int_equal(waitid(P_PID, (id_t)r->pid, &info, WSTOPPED), 0);
    i = rig_settle(r);
    assert_int_equal(i.state, IDLE_ASLEEP);
    assert_true(i.stopped > 0);
    assert_int_equal(i.stopped, i.threads);
    kill(r->pid, SIGCONT);
    rig_stop(r);
}

static void test_zombie_is_ignored(void **state)
{
    struct rig *r = *state;
    const char *argv[] = {"@sleeper", "zombie", NULL};
    struct idle i;

    rig_start(r, argv);
    do
        i = rig_settle(r);
    while (i.zombies == 0 && i.state == IDLE_ASLEEP && i.threads > 1);
    assert_int_equal(i.state, IDLE_ASLEEP);
    assert_int_equal(i.zombies, 1);
    assert_int_equal(i.threads, 1);
    rig_stop(r);
}

/* main left with pthread_exit: its thread is a zombie, the program lives. */
static void test_leader_gone(void **state)
{
    struct rig *r = *state;
    const char *argv[] = {"@sleeper", "leaderless", NULL};
    struct idle i;

    rig_start(r, argv);
    i = rig_settle(r);
    assert_int_equal(i.state, IDLE_ASLEEP);
    assert_int_equal(i.zombies, 1);
    assert_int_equal(i.threads, 1);
    rig_stop(r);
}

/* More children than one read of the list gives, and more threads than descriptors are kept for. */
static void test_many_children(void **state)
{
    struct rig *r = *state;
    const char *argv[] = {"@sleeper", "children", "900", NULL};
    struct idle i;

    rig_start(r, argv);
    i = rig_settle(r);
    assert_int_equal(i.state, IDLE_ASLEEP);
    assert_int_equal(i.threads, 901);
    for (size_t k = 1; k < r->b.n; k++)
        assert_true(r->b.threads[k - 1].pid < r->b.threads[k].pid);
    assert_true(proc_count_fds(getpid()) < 700);
    rig_stop(r);
    assert_int_equal(rig_check(r).threads, 0);
}

static void test_hidden_program(void **state)
{
    struct rig *r = *state;
    const char *argv[] = {"@sleeper", "hiding", NULL};

    if (geteuid() == 0)
        skip(); /* nothing is hidden from root */
    rig_start(r, argv);
    assert_int_equal(rig_settle(r).state, IDLE_HIDDEN);
    rig_stop(r);
}

static void test_sockets_of_the_tree(void **state)
{
    struct rig *r = *state;
    const char *argv[] = {"@sleeper", "orphan", NULL};
    struct socket_list list = {0};
    struct sock_info info;
    int found = 0;

    rig_start(r, argv);
    assert_int_equal(rig_settle(r).state, IDLE_ASLEEP);
    assert_int_equal(rig_look(r, &info), 1);
    assert_int_equal(tree_sockets(getpid(), &list), 0);
    for (size_t i = 0; i < list.n; i++)
        found += list.refs[i].inode == info.inode;
    assert_int_equal(found, 4); /* descriptors 0 and 1, of the program and of its grandchild */
    socket_list_deinit(&list);
    rig_stop(r);
}

static void test_count_of_descriptors(void **state)
{
    int before = proc_count_fds(getpid()), fd = dup(2);

    (void)state;
    assert_true(before > 0);
    assert_int_equal(proc_count_fds(getpid()), before + 1);
    fd_close(fd);
    assert_int_equal(proc_count_fds(getpid()), before);
    assert_int_equal(proc_count_fds(INT_MAX), -ENOENT);
}

/* ---- chains ---- */

/* Arrived, asleep, and nothing came back meanwhile. Adds what was received to *got. */
static bool is_settled(struct rig *r, size_t *got)
{
    struct sock_info info;
    char text[64];
    int one = 1, waiting = 0;
    ssize_t n;

    while ((n = recv(r->ends[0], text, sizeof text, MSG_DONTWAIT)) > 0)
        *got += (size_t)n;
    setsockopt(r->ends[0], IPPROTO_TCP, TCP_QUICKACK, &one, sizeof one); /* lets go what Nagle holds back */
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
    assert_int_equal(rig_look(r, &info), 1);
    if (info.bytes_received < r->sent || info.wqueue || rig_check(r).state != IDLE_ASLEEP)
        return false;
    assert_int_equal(rig_look(r, &info), 1);
    ioctl(r->ends[0], FIONREAD, &waiting);
    return info.wqueue == 0 && waiting == 0;
}

static size_t receive_until_settled(struct rig *r)
{
    int64_t end = clock_now() + RIG_DEADLINE;
    size_t got = 0;

    while (!is_settled(r, &got)) {
        assert_true(clock_now() < end);
        sched_yield();
    }
    return got;
}

/* Half a message settles without an answer, the other half never before it. */
static void check_chain(struct rig *r, const char *const argv[], int messages, size_t answer)
{
    int false_idle = 0;

    rig_start(r, argv);
    for (int i = 0; i < messages; i++) {
        char rest[64];
        size_t got;

        rig_send(r, "ab");
        assert_int_equal(receive_until_settled(r), answer == 4 ? 0 : 2);
        rig_send(r, "cd");
        got = receive_until_settled(r);
        if (answer == 2)
            got += 2;
        if (got < 4) {
            false_idle++;
            rig_read(r->ends[0], rest, 4 - got);
        }
    }
    rig_stop(r);
    assert_int_equal(false_idle, 0);
}

static void check_kind(void **state, const char *kind, int messages)
{
    const char *argv[] = {"@relay_chain", kind, NULL};

    check_chain(*state, argv, messages, 4);
}

static void test_single(void **state)
{
    check_kind(state, "single", MESSAGES);
}

static void test_epoll(void **state)
{
    check_kind(state, "epoll", MESSAGES);
}

static void test_threads(void **state)
{
    check_kind(state, "threads", MESSAGES);
}

static void test_threads_backwards(void **state)
{
    check_kind(state, "backwards", MESSAGES);
}

static void test_processes(void **state)
{
    check_kind(state, "processes", MESSAGES);
}

static void test_double_forks(void **state)
{
    check_kind(state, "forks", MESSAGES / 2);
}

static void test_delayed_by_nagle(void **state)
{
    check_kind(state, "twice", MESSAGES / 2);
}

static void test_python(void **state)
{
    char script[PATH_MAX + 64], self[PATH_MAX] = "";
    const char *argv[] = {"python3", script, NULL};

    assert_true(readlink("/proc/self/exe", self, sizeof self - 1) > 0);
    /* …/build/VARIANT/tests/kernel/test_idle: the scripts are not copied to where programs are built. */
    snprintf(script, sizeof script, "%s/../../../../tests/helpers/blocking_server.py", dirname(self));
    if (access(script, R_OK) < 0)
        skip();
    check_chain(*state, argv, MESSAGES / 2, 2);
}

/* ---- comparing, without programs ---- */

static struct thread_sample thread(pid_t pid, enum wait_kind kind, uint64_t runs)
{
    return (struct thread_sample){
        .pid = pid, .tid = pid, .kind = kind, .runs = runs, .fd = -1, .timeout = -1};
}

static struct idle compare(const struct thread_sample *a, size_t n, const struct thread_sample *b, size_t m)
{
    struct tree_sample x = {(struct thread_sample *)a, n, n}, y = {(struct thread_sample *)b, m, m};
    struct idle out;

    idle_compare(&x, &y, &out);
    return out;
}

static void test_compare_kinds(void **state)
{
    static const enum idle_state expected[] = {
        [WAIT_RUNNING] = IDLE_BUSY,  [WAIT_INPUT] = IDLE_ASLEEP,   [WAIT_OUTPUT] = IDLE_ASLEEP,
        [WAIT_TIMED] = IDLE_UNTIL,   [WAIT_STOPPED] = IDLE_ASLEEP, [WAIT_UNKNOWN] = IDLE_BUSY,
        [WAIT_ZOMBIE] = IDLE_ASLEEP, [WAIT_HIDDEN] = IDLE_HIDDEN,
    };

    (void)state;
    for (size_t kind = 0; kind < array_len(expected); kind++) {
        struct thread_sample a[] = {thread(1, WAIT_INPUT, 5), thread(2, (enum wait_kind)kind, 7)}, b[2];

        memcpy(b, a, sizeof b);
        assert_int_equal(compare(a, 2, b, 2).state, expected[kind]);
        b[0].runs++;
        assert_int_equal(compare(a, 2, b, 2).state, kind == WAIT_HIDDEN ? IDLE_HIDDEN : IDLE_BUSY);
    }
}

static void test_compare_sets(void **state)
{
    struct thread_sample both[] = {thread(1, WAIT_INPUT, 5), thread(2, WAIT_INPUT, 7)};
    struct thread_sample dead[] = {thread(1, WAIT_INPUT, 5), thread(2, WAIT_ZOMBIE, 7)};

    (void)state;
    assert_int_equal(compare(both, 0, both, 0).state, IDLE_ASLEEP);
    assert_int_equal(compare(both, 2, both, 1).state, IDLE_BUSY);
    assert_int_equal(compare(both, 1, both, 2).state, IDLE_BUSY);
    assert_int_equal(compare(both, 1, both + 1, 1).state, IDLE_BUSY);
    assert_int_equal(compare(both, 2, dead, 2).state, IDLE_BUSY);
    /* born and ended since: its parent was looked at just before */
    assert_int_equal(compare(both, 1, dead, 2).state, IDLE_BUSY);
    assert_int_equal(compare(dead, 2, both, 1).state, IDLE_BUSY);
    assert_int_equal(compare(dead, 2, dead, 2).state, IDLE_ASLEEP);
    assert_int_equal(compare(dead, 2, dead, 2).zombies, 1);
}

static void test_compare_timers(void **state)
{
    struct thread_sample a[] = {thread(1, WAIT_TIMED, 5), thread(2, WAIT_TIMED, 7)}, b[2];

    (void)state;
    a[0].timeout = 30;
    a[1].timeout = 20;
    assert_int_equal(compare(a, 2, a, 2).until, 20);
    assert_int_equal(compare(a, 2, a, 2).timers, 2);
    a[1].excused = 1;
    assert_int_equal(compare(a, 2, a, 2).until, 30);
    memcpy(b, a, sizeof b);
    b[1].runs++;
    assert_int_equal(compare(a, 2, b, 2).state, IDLE_UNTIL); /* the runtime's own timer fired */
    b[1].where++;
    assert_int_equal(compare(a, 2, b, 2).state, IDLE_BUSY);
    a[0].timeout = -1;
    a[1] = b[1] = thread(2, WAIT_TIMED, 7);
    a[1].timeout = 20;
    assert_int_equal(compare(a, 2, a, 2).until, -1);
}

#define RIGGED(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIGGED(test_ways_of_waiting),
        RIGGED(test_continued),
        RIGGED(test_accept_with_timeout),
        RIGGED(test_look_keeps_no_copy),
        RIGGED(test_timer_counts_down),
        RIGGED(test_spinning_thread_is_busy),
        RIGGED(test_ending_runtime_is_busy),
        RIGGED(test_stopped_counts_as_asleep),
        RIGGED(test_zombie_is_ignored),
        RIGGED(test_leader_gone),
        RIGGED(test_many_children),
        RIGGED(test_hidden_program),
        RIGGED(test_sockets_of_the_tree),
        cmocka_unit_test(test_count_of_descriptors),
        RIGGED(test_single),
        RIGGED(test_epoll),
        RIGGED(test_threads),
        RIGGED(test_threads_backwards),
        RIGGED(test_processes),
        RIGGED(test_double_forks),
        RIGGED(test_delayed_by_nagle),
        RIGGED(test_python),
        cmocka_unit_test(test_compare_kinds),
        cmocka_unit_test(test_compare_sets),
        cmocka_unit_test(test_compare_timers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
