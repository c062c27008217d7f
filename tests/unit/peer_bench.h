/* peer_bench.h - what the tests of our ends of a conversation share: a loop, a stream, a datagram socket, and
 * the socket that is their other end. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/rng.h"
#include "peer/datagram.h"
#include "peer/gate.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define BENCH_DEADLINE (20 * NS_PER_S) /* generous: only a failing test ever waits so long */
#define UNUSED __attribute__((unused))

struct bench {
    struct loop loop;
    struct sockdiag diag;
    struct stream s;
    struct datagram d;
    struct addr at;
    int listener, theirs;
};

UNUSED static void setup(struct bench *b)
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

UNUSED static void teardown(struct bench *b)
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
#define RUN_UNTIL(b, condition)                                                                              \
    for (int64_t deadline = clock_now() + BENCH_DEADLINE; !(condition);) {                                   \
        assert_true(clock_now() < deadline);                                                                 \
        loop_run(&(b)->loop, 5 * NS_PER_MS);                                                                 \
    }

UNUSED static void connected(struct bench *b)
{
    setup(b);
    assert_int_equal(listen(b->listener, 4), 0);
    assert_int_equal(stream_connect(&b->s, INADDR_LOOPBACK, &b->at), 0);
    RUN_UNTIL(b, b->s.connected);
    b->theirs = accept4(b->listener, NULL, NULL, SOCK_CLOEXEC);
    assert_true(b->theirs >= 0);
}

UNUSED static void they_send(const struct bench *b, const char *text)
{
    assert_int_equal(send(b->theirs, text, strlen(text), 0), strlen(text));
}

/* Blocks for exactly this. */
UNUSED static void they_get(const struct bench *b, const char *text)
{
    char data[100];

    assert_int_equal(recv(b->theirs, data, strlen(text), MSG_WAITALL), strlen(text));
    assert_memory_equal(data, text, strlen(text));
}

UNUSED static void they_reset(struct bench *b)
{
    const struct linger now = {.l_onoff = 1};

    setsockopt(b->theirs, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    fd_closep(&b->theirs);
}

UNUSED static int unread(int fd)
{
    int n = -1;

    assert_int_equal(ioctl(fd, FIONREAD, &n), 0);
    return n;
}

UNUSED static struct bytes many_bytes(struct buf *buf, size_t n)
{
    struct rng r = rng_seed(3, n);

    buf_reserve(buf, n);
    rng_fill(&r, buf->data, n);
    buf->len = n;
    return buf_view(buf);
}
