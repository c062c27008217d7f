/* The facts on which "read apart" rests: when a part was read, and that the next one is then read by another
 * call. */
#include "rig.h"

#include <linux/sock_diag.h>

#define PARTS 3000

/* A holder; its reports come to *report. Both ends of the connection stay open here. */
static void start_holder(struct rig *r, const char *mode, int *report)
{
    const char *argv[] = {"@holder", mode, NULL};
    int pair[2];

    rig_pair("127.0.0.1", r->ends);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    r->pid = rig_spawn(argv, r->ends[1], pair[1]);
    fd_close(pair[1]);
    *report = pair[0];
    assert_true(r->pid > 0);
}

static int32_t next_size(int report)
{
    int32_t size;

    rig_read(report, &size, sizeof size);
    return size;
}

/* Waits until something lies in the backlog of the helper's socket: read by a copy of our own, without taking
 * its lock. */
static void wait_backlog(struct rig *r)
{
    int64_t end = clock_now() + RIG_DEADLINE;
    uint32_t memory[SK_MEMINFO_VARS] = {0};

    while (memory[SK_MEMINFO_BACKLOG] == 0) {
        socklen_t len = sizeof memory;

        assert_int_equal(getsockopt(r->ends[1], SOL_SOCKET, SO_MEMINFO, memory, &len), 0);
        assert_true(clock_now() < end);
    }
}

/*
 * The obvious gate is unsound: what is sent while a read owns the socket waits in its backlog, and joins the
 * same read. And the remedy: a reply with INET_DIAG_INFO comes only when that read has let go.
 */
static void test_part_joins_a_read_that_holds(void **state)
{
    struct rig *r = *state;
    int report;
    char fault;

    start_holder(r, "hold", &report);
    rig_send(r, "x");
    rig_read(report, &fault, 1);
    if (fault == 'F') {
        rig_send(r, "yz"); /* the read is in the midst of copying "x" */
        wait_backlog(r);
        assert_int_equal(send(report, "g", 1, MSG_NOSIGNAL), 1);
        assert_int_equal(next_size(report), 3);
    }
    rig_stop(r);
    fd_close(report);
    if (fault != 'F')
        skip();
}

/* A second process asks, because the asking blocks: it is the one that must not be answered before the read
 * has let go. */
static void test_info_waits_for_the_read(void **state)
{
    struct rig *r = *state;
    int report, answer[2];
    pid_t asker;
    char fault, reply = 0;

    start_holder(r, "hold", &report);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, answer), 0);
    rig_send(r, "x");
    rig_read(report, &fault, 1);
    if (fault == 'F') {
        const char *argv[] = {"@asker", NULL};

        asker = rig_spawn(argv, r->ends[0], answer[1]);
        assert_true(asker > 0);
        rig_read(answer[0], &reply, 1);
        assert_int_equal(reply, 'Q');    /* it is about to ask */
        for (int i = 0; i < 2000; i++) { /* it never comes through, however often it could have run */
            assert_int_equal(recv(answer[0], &reply, 1, MSG_DONTWAIT), -1);
            sched_yield();
        }
        assert_int_equal(send(report, "g", 1, MSG_NOSIGNAL), 1);
        rig_read(answer[0], &reply, 1);
        assert_int_equal(reply, 'A');
        assert_int_equal(next_size(report), 1);
    }
    fd_close(answer[0]);
    fd_close(answer[1]);
    rig_stop(r);
    fd_close(report);
    if (fault != 'F')
        skip();
}

/* Sends one part; returns once it was read: arrival is seen in an earlier reply than the one with an empty
 * queue. */
static void send_gated(struct rig *r, const char *part)
{
    int64_t end = clock_now() + RIG_DEADLINE;
    bool arrived = false;
    struct sock_info info;

    rig_send(r, part);
    for (;;) {
        assert_int_equal(rig_look(r, &info), 1);
        if (arrived && info.rqueue == 0)
            return;
        if (info.bytes_received >= r->sent)
            arrived = true;
        if (!arrived || info.rqueue)
            sched_yield();
        assert_true(clock_now() < end);
    }
}

static void test_gated_parts_are_read_apart(void **state)
{
    static const char *const parts[] = {"a", "bc", "def", "ghijklmn", "\n"};
    struct rig *r = *state;
    int report, merged = 0;

    start_holder(r, "report", &report);
    for (int i = 0; i < PARTS; i++) {
        const char *part = parts[i % 5];

        send_gated(r, part);
        merged += next_size(report) != (int32_t)strlen(part);
    }
    assert_int_equal(merged, 0);
    fd_close(report);
    rig_stop(r);
}

/* Parts sent without waiting are read together: the gate is needed. (The reader is stopped, so that this is
 * certain.) */
static void test_ungated_parts_merge(void **state)
{
    struct rig *r = *state;
    siginfo_t stopped;
    int report;

    start_holder(r, "report", &report);
    kill(r->pid, SIGSTOP);
    assert_int_equal(waitid(P_PID, (id_t)r->pid, &stopped, WSTOPPED), 0);
    rig_send(r, "a");
    rig_send(r, "b");
    assert_int_equal(rig_arrived(r, 0).rqueue, 2);
    kill(r->pid, SIGCONT);
    assert_int_equal(next_size(report), 2);
    fd_close(report);
    rig_stop(r);
}

/* A program that sleeps elsewhere leaves the queue full: idle with unread bytes, which is the finding. */
static void test_not_reading_is_idle(void **state)
{
    struct rig *r = *state;
    const char *argv[] = {"@sleeper", "cond", "-1", NULL};

    rig_start(r, argv);
    rig_send(r, "unread");
    rig_arrived(r, 0);
    assert_int_equal(rig_settle(r).state, IDLE_ASLEEP);
    assert_int_equal(rig_arrived(r, 0).rqueue, 6);
    rig_stop(r);
}

#define RIGGED(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIGGED(test_part_joins_a_read_that_holds), RIGGED(test_info_waits_for_the_read),
        RIGGED(test_gated_parts_are_read_apart),   RIGGED(test_ungated_parts_merge),
        RIGGED(test_not_reading_is_idle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
