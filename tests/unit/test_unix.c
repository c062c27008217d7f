/* Our end of a conversation over a Unix socket: what differs from TCP. */
#include "peer_bench.h"

#include "peer/listener.h"

#include <stdio.h>
#include <sys/un.h>

/* An abstract name, which vanishes with its socket. */
static struct addr some_address(void)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    struct addr a = {0};
    int n = snprintf(un.sun_path + 1, sizeof un.sun_path - 1, "sockgrade-test-%d", (int)getpid());

    memcpy(&a.any, &un, sizeof un);
    a.len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
    return a;
}

static void setup_unix(struct bench *b, int backlog)
{
    setup(b);
    fd_close(b->listener);
    b->at = some_address();
    b->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(b->listener, &b->at.sa, b->at.len), 0);
    assert_int_equal(listen(b->listener, backlog), 0);
}

static void connected_unix(struct bench *b)
{
    setup_unix(b, 4);
    assert_int_equal(stream_connect(&b->s, 0, &b->at), 0);
    assert_true(b->s.connected);
    b->theirs = accept4(b->listener, NULL, NULL, SOCK_CLOEXEC);
    assert_true(b->theirs >= 0);
}

static void both_ways(void **state)
{
    struct bench b;

    (void)state;
    connected_unix(&b);
    stream_send(&b.s, bytes_of("hello"));
    they_get(&b, "hello");
    they_send(&b, "world");
    RUN_UNTIL(&b, b.s.in.len == 5);
    stream_half_close(&b.s);
    assert_int_equal(recv(b.theirs, (char[1]){0}, 1, 0), 0);
    fd_closep(&b.theirs);
    RUN_UNTIL(&b, b.s.ended);
    assert_false(b.s.reset);
    teardown(&b);
}

static void a_full_backlog_is_tried_again(void **state)
{
    struct bench b;
    struct stream other;
    int first;

    (void)state;
    setup_unix(&b, 0);
    stream_init(&other, &b.loop);
    assert_int_equal(stream_connect(&other, 0, &b.at), 0);
    assert_true(other.connected);
    assert_int_equal(stream_connect(&b.s, 0, &b.at), 0);
    assert_false(b.s.connected || b.s.error);
    assert_int_equal(loop_run(&b.loop, 0), 0); /* an unconnected socket would always be ready */
    first = accept(b.listener, NULL, NULL);
    assert_int_equal(stream_connect(&b.s, 0, &b.at), 0);
    assert_true(b.s.connected);
    fd_close(first);
    stream_deinit(&other);
    teardown(&b);
}

static void nobody_listens(void **state)
{
    struct bench b;

    (void)state;
    setup_unix(&b, 4);
    fd_closep(&b.listener);
    assert_int_equal(stream_connect(&b.s, 0, &b.at), 0);
    assert_int_equal(b.s.error, ECONNREFUSED);
    teardown(&b);
}

static void a_reset_needs_unread_bytes(void **state)
{
    struct bench b;

    (void)state;
    connected_unix(&b);
    stream_send(&b.s, bytes_of("unread"));
    fd_closep(&b.theirs);
    RUN_UNTIL(&b, b.s.reset);
    teardown(&b);
}

/* Who does not read is not told without end that nobody is there. */
static void the_deaf_sleep(void **state)
{
    struct bench b;

    (void)state;
    connected_unix(&b);
    stream_listen_to(&b.s, false);
    they_send(&b, "last words");
    fd_closep(&b.theirs);
    loop_run(&b.loop, 0);
    assert_int_equal(loop_run(&b.loop, 0), 0);
    assert_int_equal(b.s.in.len, 0);
    stream_listen_to(&b.s, true);
    RUN_UNTIL(&b, b.s.ended);
    assert_int_equal(b.s.in.len, 10);
    teardown(&b);
}

static void gate(void **state)
{
    struct sock_info info;
    struct bench b;

    (void)state;
    connected_unix(&b);
    assert_int_equal(gate_look(&b.s, &b.diag, &info), GATE_READ);
    stream_send(&b.s, bytes_of("abc"));
    assert_int_equal(gate_look(&b.s, &b.diag, &info), GATE_PENDING);
    assert_true(info.rqueue > 0);
    they_get(&b, "ab");
    assert_int_equal(gate_look(&b.s, &b.diag, &info), GATE_PENDING);
    they_get(&b, "c");
    assert_int_equal(gate_look(&b.s, &b.diag, &info), GATE_READ);
    assert_int_equal(info.state, TCP_STATE_ESTABLISHED);
    stream_half_close(&b.s);
    assert_int_equal(gate_look(&b.s, &b.diag, &info), GATE_READ);
    assert_int_equal(info.state, TCP_STATE_CLOSE_WAIT);
    fd_closep(&b.theirs);
    assert_int_equal(gate_look(&b.s, &b.diag, &info), GATE_GONE);
    teardown(&b);
}

/* What the other side does not take is no reason to wait; what it has room for is. */
static void arrival(void **state)
{
    _cleanup_buf_ struct buf data = BUF_INIT;
    struct sock_info info;
    struct bench b;
    char room[65536];
    size_t total = 0;

    (void)state;
    connected_unix(&b);
    they_send(&b, "to us");
    assert_int_equal(gate_arrived(&b.s, &b.diag, &info), 1);
    assert_int_equal(b.s.in.len, 5);
    stream_send(&b.s, many_bytes(&data, 4 << 20));
    assert_true(stream_unsent(&b.s) > 0);
    assert_int_equal(gate_arrived(&b.s, &b.diag, &info), 1);
    while (recv(b.theirs, room, sizeof room, MSG_DONTWAIT) > 0)
        total++;
    assert_true(total > 0);
    assert_int_equal(gate_arrived(&b.s, &b.diag, &info), 0);
    teardown(&b);
}

static void accepted(void **state)
{
    struct listener l;
    struct bench b;
    struct addr at = some_address();

    (void)state;
    setup(&b);
    listener_init(&l, &b.loop);
    assert_int_equal(listener_open(&l, &at), 0);
    b.theirs = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(b.theirs, &at.sa, at.len), 0);
    RUN_UNTIL(&b, listener_has(&l));
    assert_int_equal(stream_adopt(&b.s, listener_take(&l)), 0);
    assert_true(b.s.is_unix && b.s.connected);
    they_send(&b, "hi");
    RUN_UNTIL(&b, b.s.in.len == 2);
    listener_deinit(&l);
    teardown(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ways),      cmocka_unit_test(a_full_backlog_is_tried_again),
        cmocka_unit_test(nobody_listens), cmocka_unit_test(a_reset_needs_unread_bytes),
        cmocka_unit_test(the_deaf_sleep), cmocka_unit_test(gate),
        cmocka_unit_test(arrival),        cmocka_unit_test(accepted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
