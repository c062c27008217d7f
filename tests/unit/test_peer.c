/* test_peer.c - streams, our end of a conversation. The other end is a socket beside it. */
#include "peer_bench.h"

static void both_ways(void **state)
{
    struct bench b;
    struct addr peer;

    (void)state;
    connected(&b);
    assert_true(stream_is_open(&b.s));
    assert_int_equal(addr_remote(b.theirs, &peer), 0);
    assert_true(addr_equal(&peer, &b.s.local));
    stream_send(&b.s, bytes_of("hello "));
    stream_send(&b.s, bytes_of("there"));
    they_get(&b, "hello there");
    assert_int_equal(b.s.sent, 11);
    they_send(&b, "good ");
    RUN_UNTIL(&b, b.s.in.len == 5);
    they_send(&b, "day");
    RUN_UNTIL(&b, b.s.in.len == 8);
    assert_true(bytes_equal(buf_view(&b.s.in), bytes_of("good day")));
    assert_int_equal(b.s.received, 8);
    assert_int_equal(loop_run(&b.loop, 0), 0); /* at rest */
    teardown(&b);
}

static void sent_before_it_is_connected(void **state)
{
    struct bench b;

    (void)state;
    setup(&b);
    assert_int_equal(listen(b.listener, 4), 0);
    assert_int_equal(stream_connect(&b.s, INADDR_LOOPBACK, &b.at), 0);
    stream_send(&b.s, bytes_of("early"));
    stream_half_close(&b.s);
    b.theirs = accept(b.listener, NULL, NULL);
    RUN_UNTIL(&b, b.s.sent == 6);
    they_get(&b, "early");
    assert_int_equal(recv(b.theirs, (char[1]){0}, 1, 0), 0);
    teardown(&b);
}

static void another_address(void **state)
{
    struct bench b;
    struct addr peer;

    (void)state;
    setup(&b);
    assert_int_equal(listen(b.listener, 4), 0);
    assert_int_equal(stream_connect(&b.s, INADDR_LOOPBACK + 4, &b.at), 0);
    RUN_UNTIL(&b, b.s.connected);
    b.theirs = accept(b.listener, NULL, NULL);
    assert_int_equal(addr_remote(b.theirs, &peer), 0);
    assert_int_equal(ntohl(peer.v4.sin_addr.s_addr), INADDR_LOOPBACK + 4);
    teardown(&b);
}

static void refused(void **state)
{
    struct bench b;

    (void)state;
    setup(&b); /* bound, but nobody listens */
    assert_int_equal(stream_connect(&b.s, INADDR_LOOPBACK, &b.at), 0);
    RUN_UNTIL(&b, b.s.error);
    assert_int_equal(b.s.error, ECONNREFUSED);
    assert_false(b.s.connected || b.s.reset || stream_is_open(&b.s));
    stream_send(&b.s, bytes_of("x"));
    stream_half_close(&b.s);
    assert_int_equal(b.s.out.len, 0);
    assert_int_equal(loop_run(&b.loop, 0), 0);
    teardown(&b);
}

/* More than the kernel takes at once goes out as it is read, and its end behind it. */
static void partial_writes(void **state)
{
    struct buf all = BUF_INIT, got = BUF_INIT;
    struct bytes sent = many_bytes(&all, 12 << 20);
    struct bench b;

    (void)state;
    connected(&b);
    stream_send(&b.s, sent);
    stream_half_close(&b.s);
    assert_in_range(b.s.out.len, 1, sent.len - 1);
    assert_int_equal(b.s.sent + b.s.out.len, sent.len);
    while (got.len < sent.len) {
        ssize_t n;

        buf_reserve(&got, 1 << 20);
        n = recv(b.theirs, got.data + got.len, 1 << 20, MSG_DONTWAIT);
        if (n > 0)
            got.len += (size_t)n;
        else
            assert_true(n < 0 && errno == EAGAIN);
        loop_run(&b.loop, n > 0 ? 0 : NS_PER_MS);
    }
    assert_true(bytes_equal(buf_view(&got), sent));
    RUN_UNTIL(&b, b.s.sent == sent.len + 1);
    assert_int_equal(recv(b.theirs, (char[1]){0}, 1, 0), 0);
    buf_deinit(&all);
    buf_deinit(&got);
    teardown(&b);
}

static void half_close(void **state)
{
    struct bench b;

    (void)state;
    connected(&b);
    stream_send(&b.s, bytes_of("ask"));
    stream_half_close(&b.s);
    assert_int_equal(b.s.sent, 4); /* an end counts 1 */
    they_get(&b, "ask");
    assert_int_equal(recv(b.theirs, (char[1]){0}, 1, 0), 0);
    they_send(&b, "answer"); /* the other way is open still */
    RUN_UNTIL(&b, b.s.in.len == 6);
    assert_false(b.s.ended);
    fd_closep(&b.theirs);
    RUN_UNTIL(&b, b.s.ended);
    assert_false(b.s.reset || stream_is_open(&b.s));
    assert_int_equal(loop_run(&b.loop, 0), 0); /* an end that was seen wakes nobody again */
    teardown(&b);
}

static void their_end(void **state)
{
    struct bench b;

    (void)state;
    connected(&b);
    they_send(&b, "last");
    assert_int_equal(shutdown(b.theirs, SHUT_WR), 0);
    RUN_UNTIL(&b, b.s.ended);
    assert_true(bytes_equal(buf_view(&b.s.in), bytes_of("last")));
    stream_send(&b.s, bytes_of("more")); /* they still read */
    they_get(&b, "more");
    assert_int_equal(loop_run(&b.loop, 0), 0);
    teardown(&b);
}

static void their_reset(void **state)
{
    struct bench b;

    (void)state;
    connected(&b);
    they_send(&b, "last");
    RUN_UNTIL(&b, b.s.in.len == 4);
    they_reset(&b);
    RUN_UNTIL(&b, b.s.reset);
    assert_false(b.s.ended || stream_is_open(&b.s));
    assert_true(bytes_equal(buf_view(&b.s.in), bytes_of("last")));
    stream_send(&b.s, bytes_of("x"));
    assert_int_equal(b.s.out.len, 0);
    assert_int_equal(loop_run(&b.loop, 0), 0);
    teardown(&b);
}

/* A reset that comes with bytes before it loses none of them. */
static void bytes_before_a_reset(void **state)
{
    struct bench b;

    (void)state;
    connected(&b);
    stream_send(&b.s, bytes_of("never read"));
    they_send(&b, "last");
    fd_closep(&b.theirs); /* with unread bytes, which makes it a reset */
    RUN_UNTIL(&b, b.s.reset);
    assert_true(bytes_equal(buf_view(&b.s.in), bytes_of("last")));
    teardown(&b);
}

/* What we have not read must not become a reset of our making. */
static void close_drains_first(void **state)
{
    struct bench b;

    (void)state;
    for (int deaf = 0; deaf < 2; deaf++) {
        connected(&b);
        stream_listen_to(&b.s, !deaf);
        they_send(&b, "unread");
        for (int64_t deadline = clock_now() + BENCH_DEADLINE; unread(b.s.fd) < 6;)
            assert_true(clock_now() < deadline);
        stream_close(&b.s);
        assert_int_equal(b.s.fd, -1);
        assert_true(bytes_equal(buf_view(&b.s.in), bytes_of("unread")));
        assert_int_equal(recv(b.theirs, (char[1]){0}, 1, 0), 0);
        stream_close(&b.s);
        stream_reset(&b.s);
        stream_send(&b.s, bytes_of("x"));
        stream_half_close(&b.s);
        teardown(&b);
    }
}

static void our_reset(void **state)
{
    struct bench b;

    (void)state;
    connected(&b);
    stream_reset(&b.s);
    assert_int_equal(recv(b.theirs, (char[1]){0}, 1, 0), -1);
    assert_int_equal(errno, ECONNRESET);
    teardown(&b);
}

static void deaf(void **state)
{
    struct bench b;

    (void)state;
    connected(&b);
    stream_listen_to(&b.s, false);
    they_send(&b, "wait");
    for (int64_t deadline = clock_now() + BENCH_DEADLINE; unread(b.s.fd) < 4;)
        assert_true(clock_now() < deadline);
    assert_int_equal(loop_run(&b.loop, 0), 0);
    assert_int_equal(b.s.in.len, 0);
    stream_send(&b.s, bytes_of("but speaks"));
    they_get(&b, "but speaks");
    stream_listen_to(&b.s, true);
    RUN_UNTIL(&b, b.s.in.len == 4);
    stream_listen_to(&b.s, false);
    they_reset(&b);
    RUN_UNTIL(&b, b.s.reset); /* that much it hears */
    assert_int_equal(loop_run(&b.loop, 0), 0);
    teardown(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ways),
        cmocka_unit_test(sent_before_it_is_connected),
        cmocka_unit_test(another_address),
        cmocka_unit_test(refused),
        cmocka_unit_test(partial_writes),
        cmocka_unit_test(half_close),
        cmocka_unit_test(their_end),
        cmocka_unit_test(their_reset),
        cmocka_unit_test(bytes_before_a_reset),
        cmocka_unit_test(close_drains_first),
        cmocka_unit_test(our_reset),
        cmocka_unit_test(deaf),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
