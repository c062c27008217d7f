/* test_gate.c - were the parts read apart, and has everything arrived? */
#include "peer_bench.h"

#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>

/* While their side closes, it has read all until it is gone. */
static void look_until(struct bench *b, enum gate wanted, struct sock_info *info)
{
    int64_t deadline = clock_now() + BENCH_DEADLINE;
    int r;

    while ((r = gate_look(&b->s, &b->diag, info)) != (int)wanted) {
        assert_true(clock_now() < deadline);
        assert_true(r == GATE_PENDING || wanted == GATE_GONE);
    }
}

static void gate_of_a_reader(void **state)
{
    struct sock_info info;
    struct bench b;

    (void)state;
    connected(&b);
    stream_send(&b.s, bytes_of("abc"));
    for (int64_t deadline = clock_now() + BENCH_DEADLINE; unread(b.theirs) < 3;)
        assert_true(clock_now() < deadline);
    assert_int_equal(gate_look(&b.s, &b.diag, &info), GATE_PENDING);
    assert_int_equal(info.rqueue, 3);
    assert_int_not_equal(info.inode, 0);
    assert_int_equal(info.state, TCP_ESTABLISHED);
    they_get(&b, "ab");
    assert_int_equal(gate_look(&b.s, &b.diag, &info), GATE_PENDING);
    assert_int_equal(info.rqueue, 1);
    they_get(&b, "c");
    look_until(&b, GATE_READ, &info);
    assert_int_equal(info.bytes_received, 3);
    stream_half_close(&b.s);
    assert_int_equal(gate_look(&b.s, &b.diag, &info), GATE_PENDING); /* the end has to be read too */
    assert_int_equal(recv(b.theirs, (char[1]){0}, 1, 0), 0);
    look_until(&b, GATE_READ, &info);
    assert_int_equal(info.state, TCP_CLOSE_WAIT);
    teardown(&b);
}

/* An empty queue proves nothing as long as bytes are under way. */
static void gate_of_bytes_under_way(void **state)
{
    struct sock_info info;
    struct bench b;

    (void)state;
    connected(&b);
    stream_send(&b.s, bytes_of("abc"));
    they_get(&b, "abc");
    b.s.sent += 2; /* as if the kernel had not delivered them yet */
    for (int i = 0; i < 10; i++) {
        assert_int_equal(gate_look(&b.s, &b.diag, &info), GATE_PENDING);
        assert_int_equal(gate_arrived(&b.s, &b.diag, &info), 0);
    }
    b.s.sent -= 2;
    look_until(&b, GATE_READ, &info);
    teardown(&b);
}

/* How often what they answer, in so many pieces, was seen to be held back until we acknowledged the first. */
static uint32_t stalls_of(int pieces, bool no_delay)
{
    struct sock_info info;
    struct bench b;
    int one = no_delay;
    uint32_t stalls;

    connected(&b);
    setsockopt(b.theirs, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    for (int i = 0; i < 3; i++) {
        stream_send(&b.s, bytes_of("ask"));
        they_get(&b, "ask");
        for (int k = 0; k < pieces; k++)
            they_send(&b, "answer");
        for (int64_t deadline = clock_now() + BENCH_DEADLINE; gate_arrived(&b.s, &b.diag, &info) != 1;)
            assert_true(clock_now() < deadline);
        RUN_UNTIL(&b, b.s.in.len == (size_t)pieces * 6);
        stream_take(&b.s, b.s.in.len);
    }
    stalls = b.s.stalls;
    assert_int_equal(stalls ? b.s.stalled : 0, stalls ? (pieces - 1) * 6 : 0);
    teardown(&b);
    return stalls;
}

static void gate_of_the_held_back(void **state)
{
    (void)state;
    assert_int_equal(stalls_of(1, false), 0);
    assert_int_equal(stalls_of(2, false), 3);
    assert_int_equal(stalls_of(3, false), 3);
    assert_int_equal(stalls_of(2, true), 0);
}

static void gate_of_a_gone(void **state)
{
    struct sock_info info;
    struct bench b;

    (void)state;
    connected(&b);
    look_until(&b, GATE_READ, &info);
    fd_closep(&b.theirs);
    look_until(&b, GATE_GONE, &info);
    teardown(&b);

    connected(&b);
    they_reset(&b);
    look_until(&b, GATE_GONE, &info);
    assert_int_equal(info.state, 0);
    teardown(&b);
}

/* Nobody has accepted it: its bytes are seen all the same. */
static void gate_of_an_unaccepted(void **state)
{
    struct sock_info info;
    struct bench b;

    (void)state;
    setup(&b);
    assert_int_equal(listen(b.listener, 4), 0);
    assert_int_equal(stream_connect(&b.s, INADDR_LOOPBACK, &b.at), 0);
    RUN_UNTIL(&b, b.s.connected);
    stream_send(&b.s, bytes_of("abc"));
    for (int64_t deadline = clock_now() + BENCH_DEADLINE; gate_arrived(&b.s, &b.diag, &info) != 1;)
        assert_true(clock_now() < deadline);
    assert_int_equal(gate_look(&b.s, &b.diag, &info), GATE_PENDING);
    assert_int_equal(info.inode, 0);
    assert_int_equal(info.rqueue, 3);
    teardown(&b);
}

/* A listener that waits for data leaves the connection in SYN_RECV, as a full backlog does. */
static void gate_of_a_half_open(void **state)
{
    struct sock_info info;
    struct bench b;
    int seconds = 20;

    (void)state;
    setup(&b);
    assert_int_equal(setsockopt(b.listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof seconds), 0);
    assert_int_equal(listen(b.listener, 4), 0);
    assert_int_equal(stream_connect(&b.s, INADDR_LOOPBACK, &b.at), 0);
    RUN_UNTIL(&b, b.s.connected);
    assert_int_equal(gate_look(&b.s, &b.diag, &info), GATE_PENDING);
    assert_int_equal(info.state, TCP_SYN_RECV);
    assert_int_equal(gate_arrived(&b.s, &b.diag, &info), 0);
    stream_send(&b.s, bytes_of("abc"));
    b.theirs = accept(b.listener, NULL, NULL);
    they_get(&b, "abc");
    look_until(&b, GATE_READ, &info);
    teardown(&b);
}

/* The helper program, which serves the listener and writes the sizes of its reads to `out`. */
static pid_t start_taker(const char *turns, int listener, int out)
{
    char self[PATH_MAX] = "", path[PATH_MAX + 64];
    const char *const argv[] = {"taker", turns, NULL};
    posix_spawn_file_actions_t files;
    pid_t pid = -1;

    assert_true(readlink("/proc/self/exe", self, sizeof self - 1) > 0);
    snprintf(path, sizeof path, "%s/../helpers/taker", dirname(self));
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, listener, 0);
    posix_spawn_file_actions_adddup2(&files, out, 1);
    assert_int_equal(posix_spawn(&pid, path, &files, NULL, (char *const *)argv, environ), 0);
    posix_spawn_file_actions_destroy(&files);
    return pid;
}

/* The promise of the gate: whatever the reader does in between, the parts are read apart. */
static void parts_are_read_apart(const char *turns)
{
    enum { PARTS = 400 };
    struct rng rng = rng_seed(5, 5);
    uint32_t sizes[PARTS] = {0}, got[PARTS + 2] = {0};
    struct sock_info info;
    struct bench b;
    int ends[2];
    pid_t pid;

    setup(&b);
    assert_int_equal(listen(b.listener, 4), 0);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid = start_taker(turns, b.listener, ends[1]);
    assert_true(pid > 0);
    fd_close(ends[1]);
    assert_int_equal(stream_connect(&b.s, INADDR_LOOPBACK, &b.at), 0);
    RUN_UNTIL(&b, b.s.connected);
    for (size_t i = 0; i < PARTS; i++) {
        char data[2000] = {0};

        sizes[i] = (uint32_t)(1 + rng_below(&rng, i % 2 ? 3 : sizeof data));
        stream_send(&b.s, (struct bytes){(uint8_t *)data, sizes[i]});
        look_until(&b, GATE_READ, &info);
    }
    stream_close(&b.s);
    for (size_t n = 0; n < sizeof got;) {
        ssize_t r = read(ends[0], (char *)got + n, sizeof got - n);

        assert_true(r >= 0);
        if (r == 0)
            break;
        n += (size_t)r;
    }
    assert_memory_equal(got, sizes, sizeof sizes);
    assert_int_equal(got[PARTS], 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    fd_close(ends[0]);
    teardown(&b);
}

static void gated_parts(void **state)
{
    (void)state;
    parts_are_read_apart("0");
    parts_are_read_apart("20000");
}

/* Once all has arrived, all that was sent can be read: no event is still on its way. */
static void arrival_is_complete(void **state)
{
    struct sock_info info;
    struct bench b;
    size_t total = 0;

    (void)state;
    connected(&b);
    for (size_t i = 0; i < 500; i++) {
        int64_t deadline = clock_now() + BENCH_DEADLINE;

        stream_send(&b.s, bytes_of("to them"));
        they_send(&b, "to us");
        total += 5;
        while (gate_arrived(&b.s, &b.diag, &info) != 1)
            assert_true(clock_now() < deadline);
        assert_int_equal(unread(b.theirs), 7);
        stream_drain(&b.s);
        assert_int_equal(b.s.in.len, total);
        they_get(&b, "to them");
    }
    teardown(&b);
}

static void arrival_of_an_end(void **state)
{
    struct sock_info info;
    struct bench b;
    int64_t deadline = clock_now() + BENCH_DEADLINE;

    (void)state;
    connected(&b);
    they_send(&b, "bye");
    fd_closep(&b.theirs);
    while (gate_arrived(&b.s, &b.diag, &info) != 1) {
        assert_true(clock_now() < deadline);
        loop_run(&b.loop, NS_PER_MS);
    }
    stream_drain(&b.s);
    assert_true(b.s.ended && b.s.in.len == 3);
    teardown(&b);
}

/* For one who does not read, what waits in their kernel is no reason to wait; what we sent is. */
static void arrival_at_the_deaf(void **state)
{
    struct buf flood = BUF_INIT;
    struct bytes all = many_bytes(&flood, 16 << 20);
    struct sock_info info;
    struct bench b;
    int64_t deadline = clock_now() + BENCH_DEADLINE;

    (void)state;
    connected(&b);
    stream_listen_to(&b.s, false);
    while (send(b.theirs, all.data, all.len, MSG_DONTWAIT) > 0)
        ;
    stream_send(&b.s, bytes_of("x"));
    while (gate_arrived(&b.s, &b.diag, &info) != 1)
        assert_true(clock_now() < deadline);
    assert_true(info.wqueue > 0);
    assert_int_equal(unread(b.theirs), 1);
    assert_int_equal(b.s.in.len, 0);
    buf_deinit(&flood);
    teardown(&b);
}

static void arrival_without_a_connection(void **state)
{
    struct sock_info info;
    struct bench b;

    (void)state;
    setup(&b);
    assert_int_equal(gate_arrived(&b.s, &b.diag, &info), 1); /* never opened */
    assert_int_equal(stream_connect(&b.s, INADDR_LOOPBACK, &b.at), 0);
    RUN_UNTIL(&b, b.s.error);
    assert_int_equal(gate_arrived(&b.s, &b.diag, &info), 1);
    teardown(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gate_of_a_reader),
        cmocka_unit_test(gate_of_bytes_under_way),
        cmocka_unit_test(gate_of_the_held_back),
        cmocka_unit_test(gate_of_a_gone),
        cmocka_unit_test(gate_of_an_unaccepted),
        cmocka_unit_test(gate_of_a_half_open),
        cmocka_unit_test(gated_parts),
        cmocka_unit_test(arrival_is_complete),
        cmocka_unit_test(arrival_of_an_end),
        cmocka_unit_test(arrival_at_the_deaf),
        cmocka_unit_test(arrival_without_a_connection),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
