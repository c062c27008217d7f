/* test_datagram.c - our UDP sockets: replies from anywhere, refusals, empty datagrams. */
#include "peer_bench.h"

static int udp_socket(struct addr *at)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    *at = addr_v4(INADDR_LOOPBACK, 0);
    assert_int_equal(bind(fd, &at->sa, at->len), 0);
    assert_int_equal(addr_local(fd, at), 0);
    return fd;
}

static void opened(struct bench *b)
{
    struct addr from = addr_v4(INADDR_LOOPBACK, 0);

    setup(b);
    b->theirs = udp_socket(&b->at);
    assert_int_equal(datagram_open(&b->d, &from, &b->at), 0);
}

static void they_reply(const struct bench *b, int fd, const void *data, size_t len)
{
    assert_int_equal(sendto(fd, data, len, 0, &b->d.local.sa, b->d.local.len), len);
}

static void assert_first(struct bench *b, const char *text)
{
    RUN_UNTIL(b, datagram_first(&b->d));
    assert_true(bytes_equal(datagram_first(&b->d)->payload, bytes_of(text)));
}

static void replies(void **state)
{
    char data[100];
    struct addr from = {.len = sizeof from.any}, other;
    struct bench b;
    int fd;

    (void)state;
    opened(&b);
    assert_null(datagram_first(&b.d));
    assert_int_equal(datagram_send(&b.d, bytes_of("ask"), NULL), 0);
    assert_int_equal(recvfrom(b.theirs, data, sizeof data, 0, &from.sa, &from.len), 3);
    assert_true(addr_equal(&from, &b.d.local));
    they_reply(&b, b.theirs, "answer", 6);
    assert_first(&b, "answer");
    assert_true(addr_equal(&datagram_first(&b.d)->from, &b.at));
    datagram_take(&b.d, datagram_first(&b.d));
    assert_null(datagram_first(&b.d));
    fd = udp_socket(&other); /* a reply from elsewhere is seen, and told apart */
    they_reply(&b, fd, "elsewhere", 9);
    assert_first(&b, "elsewhere");
    assert_int_equal(addr_port(&datagram_first(&b.d)->from), addr_port(&other));
    assert_int_not_equal(addr_port(&other), addr_port(&b.d.remote));
    fd_close(fd);
    teardown(&b);
}

static void empty_and_large(void **state)
{
    enum { LARGEST = 65507 }; /* 65535 less the headers of IP and UDP */
    struct buf large = BUF_INIT;
    struct bench b;

    (void)state;
    opened(&b);
    they_reply(&b, b.theirs, "", 0);
    they_reply(&b, b.theirs, many_bytes(&large, LARGEST).data, LARGEST);
    assert_first(&b, "");
    datagram_take(&b.d, datagram_first(&b.d));
    RUN_UNTIL(&b, datagram_first(&b.d));
    assert_true(bytes_equal(datagram_first(&b.d)->payload, buf_view(&large)));
    assert_int_equal(datagram_send(&b.d, (struct bytes){0}, NULL), 0);
    assert_int_equal(recv(b.theirs, (char[1]){0}, 1, 0), 0);
    assert_int_equal(datagram_send(&b.d, many_bytes(&large, LARGEST + 1), NULL), -EMSGSIZE);
    buf_deinit(&large);
    teardown(&b);
}

/* In order, and none is lost between two looks. */
static void many(void **state)
{
    enum { MANY = 300 };
    struct bench b;
    uint32_t next = 0;

    (void)state;
    opened(&b);
    for (uint32_t i = 0; i < MANY; i++) {
        they_reply(&b, b.theirs, &i, sizeof i);
        if (i % 7 == 0)
            loop_run(&b.loop, 0);
        if (i % 50 == 49)
            for (; datagram_first(&b.d); datagram_take(&b.d, datagram_first(&b.d)), next++)
                assert_memory_equal(datagram_first(&b.d)->payload.data, &next, sizeof next);
    }
    for (; next < MANY; datagram_take(&b.d, datagram_first(&b.d)), next++) {
        RUN_UNTIL(&b, datagram_first(&b.d));
        assert_memory_equal(datagram_first(&b.d)->payload.data, &next, sizeof next);
    }
    assert_int_equal(b.d.kept, 0);
    teardown(&b);
}

static void nobody_there(void **state)
{
    struct bench b;

    (void)state;
    for (int deaf = 0; deaf < 2; deaf++) {
        opened(&b);
        fd_closep(&b.theirs);
        datagram_listen_to(&b.d, !deaf);
        assert_int_equal(datagram_send(&b.d, bytes_of("x"), NULL), 0);
        RUN_UNTIL(&b, b.d.refused);
        assert_int_equal(loop_run(&b.loop, 0), 0); /* told once */
        assert_int_equal(datagram_send(&b.d, bytes_of("x"), NULL), 0);
        assert_int_equal(datagram_send(&b.d, bytes_of("x"), NULL), 0);
        teardown(&b);
    }
}

/* A refusal of one datagram keeps none of the next from going out. */
static void sent_after_a_refusal(void **state)
{
    struct bench b;
    char data[4];

    (void)state;
    opened(&b);
    fd_closep(&b.theirs);
    assert_int_equal(datagram_send(&b.d, bytes_of("lost"), NULL), 0);
    b.theirs = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(b.theirs, &b.at.sa, b.at.len), 0);
    assert_int_equal(datagram_send(&b.d, bytes_of("here"), NULL), 0);
    assert_int_equal(recv(b.theirs, data, sizeof data, 0), 4);
    assert_memory_equal(data, "here", 4);
    RUN_UNTIL(&b, b.d.refused);
    teardown(&b);
}

static void deaf_datagrams(void **state)
{
    struct bench b;

    (void)state;
    opened(&b);
    datagram_listen_to(&b.d, false);
    they_reply(&b, b.theirs, "wait", 4);
    for (int64_t deadline = clock_now() + BENCH_DEADLINE; unread(b.d.fd) < 4;)
        assert_true(clock_now() < deadline);
    assert_int_equal(loop_run(&b.loop, 0), 0);
    assert_null(datagram_first(&b.d));
    datagram_listen_to(&b.d, true);
    assert_first(&b, "wait");
    datagram_close(&b.d);
    datagram_close(&b.d);
    assert_first(&b, "wait"); /* what came stays */
    teardown(&b);
}

/* What goes out and what comes in, each by its own numbers. */
static void through_a_bad_network(void **state)
{
    static const uint32_t first[] = {1}, second[] = {2};
    static const struct impairment list[] = {
        {.kind = IMPAIR_DROP, .ways = {true}, .nth = second, .n_nth = 1, .share = IMPAIR_ALL},
        {.kind = IMPAIR_DELAY,
         .ways = {false, true},
         .nth = first,
         .n_nth = 1,
         .share = IMPAIR_ALL,
         .delay = NS_PER_MS},
    };
    struct impair network;
    struct bench b;
    char data[8];

    (void)state;
    opened(&b);
    impair_init(&network, list, 2, 1);
    b.d.network = &network;
    for (int i = 0; i < 3; i++)
        assert_int_equal(datagram_send(&b.d, bytes_of(i == 0 ? "a" : i == 1 ? "b" : "c"), NULL), 0);
    assert_int_equal(recv(b.theirs, data, sizeof data, MSG_DONTWAIT), 1);
    assert_int_equal(data[0], 'a');
    assert_int_equal(recv(b.theirs, data, sizeof data, MSG_DONTWAIT), 1);
    assert_int_equal(data[0], 'c');
    they_reply(&b, b.theirs, "late", 4);
    they_reply(&b, b.theirs, "soon", 4);
    assert_first(&b, "soon");
    datagram_take(&b.d, datagram_first(&b.d));
    assert_true(impair_due(&network) > 0);
    assert_true(datagram_flow(&b.d, clock_now() + NS_PER_MS));
    assert_first(&b, "late");
    assert_false(datagram_flow(&b.d, clock_now() + NS_PER_MS));
    datagram_close(&b.d);
    assert_int_equal(datagram_send(&b.d, bytes_of("gone"), NULL),
                     0); /* nobody hears of it, as in any network */
    teardown(&b);
    impair_deinit(&network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replies),
        cmocka_unit_test(empty_and_large),
        cmocka_unit_test(many),
        cmocka_unit_test(nobody_there),
        cmocka_unit_test(sent_after_a_refusal),
        cmocka_unit_test(deaf_datagrams),
        cmocka_unit_test(through_a_bad_network),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
