/* test_peer.c - our end of a conversation: streams, the gate, datagrams. The other end is a socket beside it. */
#include "../kernel/rig.h"

#include "base/mem.h"
#include "base/rng.h"
#include "peer/datagram.h"
#include "peer/gate.h"

#include <sys/epoll.h>

enum { ESTABLISHED = 1, SYN_RECV = 3, CLOSE_WAIT = 8 }; /* linux/tcp_states.h, which clashes with <linux/tcp.h> */

struct bench {
    struct loop loop;
    struct sockdiag diag;
    struct stream s;
    struct datagram d;
    struct addr at;
    int listener, theirs;
};

static void setup(struct bench *b)
{
    int one = 1;

    *b = (struct bench){.listener = -1, .theirs = -1};
    assert_int_equal(loop_init(&b->loop), 0);
    assert_int_equal(sockdiag_init(&b->diag), 0);
    stream_init(&b->s, &b->loop);
    datagram_init(&b->d, &b->loop);
    b->at = addr_v4(INADDR_LOOPBACK, 0);
    b->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(b->listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    assert_int_equal(bind(b->listener, &b->at.sa, b->at.len), 0);
    assert_int_equal(addr_local(b->listener, &b->at), 0);
}

static void teardown(struct bench *b)
{
    stream_deinit(&b->s);
    datagram_deinit(&b->d);
    assert_int_equal(b->loop.watches, 0);
    sockdiag_deinit(&b->diag);
    loop_deinit(&b->loop);
    fd_close(b->theirs);
    fd_close(b->listener);
}

/* Serves events until the condition holds. */
#define RUN_UNTIL(b, condition)                                                                                        \
    for (int64_t deadline = clock_now() + RIG_DEADLINE; !(condition);) {                                               \
        assert_true(clock_now() < deadline);                                                                           \
        loop_run(&(b)->loop, 5 * NS_PER_MS);                                                                           \
    }

static void connected(struct bench *b)
{
    setup(b);
    assert_int_equal(listen(b->listener, 4), 0);
    assert_int_equal(stream_connect(&b->s, INADDR_LOOPBACK, &b->at), 0);
    RUN_UNTIL(b, b->s.connected);
    b->theirs = accept4(b->listener, NULL, NULL, SOCK_CLOEXEC);
    assert_true(b->theirs >= 0);
}

static void they_send(const struct bench *b, const char *text)
{
    assert_int_equal(send(b->theirs, text, strlen(text), 0), strlen(text));
}

/* Blocks for exactly this. */
static void they_get(const struct bench *b, const char *text)
{
    char data[100];

    assert_int_equal(recv(b->theirs, data, strlen(text), MSG_WAITALL), strlen(text));
    assert_memory_equal(data, text, strlen(text));
}

static void they_reset(struct bench *b)
{
    const struct linger now = {.l_onoff = 1};

    setsockopt(b->theirs, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    fd_closep(&b->theirs);
}

static int unread(int fd)
{
    int n = -1;

    assert_int_equal(ioctl(fd, FIONREAD, &n), 0);
    return n;
}

/* ---- streams ----------------------------------------------------------------------------------------------------------- */

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

static struct bytes many_bytes(struct buf *buf, size_t n)
{
    struct rng r = rng_seed(3, n);

    buf_reserve(buf, n);
    rng_fill(&r, buf->data, n);
    buf->len = n;
    return buf_view(buf);
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
        for (int64_t deadline = clock_now() + RIG_DEADLINE; unread(b.s.fd) < 6;)
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
    for (int64_t deadline = clock_now() + RIG_DEADLINE; unread(b.s.fd) < 4;)
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

/* ---- the gate ---------------------------------------------------------------------------------------------------------- */

/* While their side closes, it has read all until it is gone. */
static void look_until(struct bench *b, enum gate wanted, struct sock_info *info)
{
    int64_t deadline = clock_now() + RIG_DEADLINE;
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
    for (int64_t deadline = clock_now() + RIG_DEADLINE; unread(b.theirs) < 3;)
        assert_true(clock_now() < deadline);
    assert_int_equal(gate_look(&b.s, &b.diag, &info), GATE_PENDING);
    assert_int_equal(info.rqueue, 3);
    assert_int_not_equal(info.inode, 0);
    assert_int_equal(info.state, ESTABLISHED);
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
    assert_int_equal(info.state, CLOSE_WAIT);
    teardown(&b);
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
    for (int64_t deadline = clock_now() + RIG_DEADLINE; gate_arrived(&b.s, &b.diag, &info) != 1;)
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
    assert_int_equal(info.state, SYN_RECV);
    assert_int_equal(gate_arrived(&b.s, &b.diag, &info), 0);
    stream_send(&b.s, bytes_of("abc"));
    b.theirs = accept(b.listener, NULL, NULL);
    they_get(&b, "abc");
    look_until(&b, GATE_READ, &info);
    teardown(&b);
}

/* The promise of the gate: whatever the reader does in between, the parts are read apart. */
static void parts_are_read_apart(const char *turns)
{
    enum { PARTS = 400 };
    const char *const argv[] = {"@taker", turns, NULL};
    struct rng rng = rng_seed(5, 5);
    uint32_t sizes[PARTS] = {0}, got[PARTS + 2] = {0};
    struct sock_info info;
    struct bench b;
    int ends[2];
    pid_t pid;

    setup(&b);
    assert_int_equal(listen(b.listener, 4), 0);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid = rig_spawn(argv, b.listener, ends[1]);
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
        int64_t deadline = clock_now() + RIG_DEADLINE;

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
    int64_t deadline = clock_now() + RIG_DEADLINE;

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
    int64_t deadline = clock_now() + RIG_DEADLINE;

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

/* ---- datagrams --------------------------------------------------------------------------------------------------------- */

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
    setup(b);
    b->theirs = udp_socket(&b->at);
    assert_int_equal(datagram_open(&b->d, INADDR_LOOPBACK, &b->at), 0);
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
    assert_int_equal(datagram_send(&b.d, bytes_of("ask")), 0);
    assert_int_equal(recvfrom(b.theirs, data, sizeof data, 0, &from.sa, &from.len), 3);
    assert_true(addr_equal(&from, &b.d.local));
    they_reply(&b, b.theirs, "answer", 6);
    assert_first(&b, "answer");
    assert_true(addr_equal(&datagram_first(&b.d)->from, &b.at));
    datagram_take(&b.d);
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
    datagram_take(&b.d);
    RUN_UNTIL(&b, datagram_first(&b.d));
    assert_true(bytes_equal(datagram_first(&b.d)->payload, buf_view(&large)));
    assert_int_equal(datagram_send(&b.d, (struct bytes){0}), 0);
    assert_int_equal(recv(b.theirs, (char[1]){0}, 1, 0), 0);
    assert_int_equal(datagram_send(&b.d, many_bytes(&large, LARGEST + 1)), -EMSGSIZE);
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
            for (; datagram_first(&b.d); datagram_take(&b.d), next++)
                assert_memory_equal(datagram_first(&b.d)->payload.data, &next, sizeof next);
    }
    for (; next < MANY; datagram_take(&b.d), next++) {
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
        assert_int_equal(datagram_send(&b.d, bytes_of("x")), 0);
        RUN_UNTIL(&b, b.d.refused);
        assert_int_equal(loop_run(&b.loop, 0), 0); /* told once */
        assert_int_equal(datagram_send(&b.d, bytes_of("x")), 0);
        assert_int_equal(datagram_send(&b.d, bytes_of("x")), 0);
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
    assert_int_equal(datagram_send(&b.d, bytes_of("lost")), 0);
    b.theirs = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(b.theirs, &b.at.sa, b.at.len), 0);
    assert_int_equal(datagram_send(&b.d, bytes_of("here")), 0);
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
    for (int64_t deadline = clock_now() + RIG_DEADLINE; unread(b.d.fd) < 4;)
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
        cmocka_unit_test(gate_of_a_reader),
        cmocka_unit_test(gate_of_a_gone),
        cmocka_unit_test(gate_of_an_unaccepted),
        cmocka_unit_test(gate_of_a_half_open),
        cmocka_unit_test(gated_parts),
        cmocka_unit_test(arrival_is_complete),
        cmocka_unit_test(arrival_of_an_end),
        cmocka_unit_test(arrival_at_the_deaf),
        cmocka_unit_test(arrival_without_a_connection),
        cmocka_unit_test(replies),
        cmocka_unit_test(empty_and_large),
        cmocka_unit_test(many),
        cmocka_unit_test(nobody_there),
        cmocka_unit_test(sent_after_a_refusal),
        cmocka_unit_test(deaf_datagrams),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
