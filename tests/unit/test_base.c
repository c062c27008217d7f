/* test_base.c - buffers, arenas, random numbers, addresses, faults, descriptors, and the loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/rng.h"

#define BYTES(literal) ((struct bytes){(const uint8_t *)(literal), sizeof(literal) - 1})

/* ---- bytes and buffers --------------------------------------------------------------------------------- */

static void same(struct bytes a, struct bytes b)
{
    assert_int_equal(a.len, b.len);
    if (a.len)
        assert_memory_equal(a.data, b.data, a.len);
}

static void views(void **state)
{
    struct bytes b = BYTES("hello"), none = {0};

    (void)state;
    same(bytes_slice(b, 1, 3), BYTES("ell"));
    same(bytes_slice(b, 3, 99), BYTES("lo"));
    same(bytes_slice(b, 9, SIZE_MAX), BYTES(""));
    same(bytes_slice(b, SIZE_MAX, SIZE_MAX), BYTES(""));
    same(bytes_slice(none, 1, 1), none);
    assert_true(bytes_equal(none, BYTES("")));
    assert_false(bytes_equal(b, BYTES("hellO")));
    assert_false(bytes_equal(b, BYTES("hell")));
    assert_ptr_equal(bytes_find(b, BYTES("l")), b.data + 2);
    assert_ptr_equal(bytes_find(b, BYTES("")), b.data);
    assert_null(bytes_find(b, BYTES("hello!")));
    assert_null(bytes_find(none, BYTES("x")));
    assert_ptr_equal(bytes_find(BYTES("a\0b"), BYTES("\0b")) != NULL, 1);
    /* The published test vectors of FNV-1a. */
    assert_true(bytes_hash(none) == UINT64_C(0xcbf29ce484222325));
    assert_true(bytes_hash(BYTES("a")) == UINT64_C(0xaf63dc4c8601ec8c));
    assert_true(bytes_hash(BYTES("foobar")) == UINT64_C(0x85944171f73967e8));
}

static void buffers_grow_and_shrink(void **state)
{
    struct buf b = BUF_INIT;

    (void)state;
    buf_append(&b, (struct bytes){0});
    assert_null(b.data);
    buf_consume(&b, 5);
    for (int i = 0; i < 5000; i++)
        buf_byte(&b, (uint8_t)i);
    assert_int_equal(b.len, 5000);
    buf_consume(&b, 4990);
    assert_int_equal(b.len, 10);
    assert_int_equal(b.data[0], 4990 & 0xff);
    buf_consume(&b, 11);
    assert_int_equal(b.len, 0);
    buf_text(&b, "x=");
    buf_printf(&b, "%d %s", 42, "and more");
    buf_printf(&b, "%s", "");
    same(buf_view(&b), BYTES("x=42 and more"));
    buf_deinit(&b);
    buf_deinit(&b);
    buf_printf(&b, "%0200d", 7);
    assert_int_equal(b.len, 200);
    buf_deinit(&b);
}

static void stealing_text(void **state)
{
    struct buf b = BUF_INIT;
    char *text = buf_steal_text(&b);

    (void)state;
    assert_string_equal(text, "");
    mem_free(text);
    buf_text(&b, "mine");
    text = buf_steal_text(&b);
    assert_string_equal(text, "mine");
    assert_null(b.data);
    assert_int_equal(b.len, 0);
    mem_free(text);
}

static void arrays(void **state)
{
    struct pair {
        int a, b;
    } *pairs = NULL;
    size_t n = 0, cap = 0;

    (void)state;
    for (int i = 0; i < 100; i++) {
        struct pair *p = array_push(pairs, n, cap);

        assert_int_equal(p->a + p->b, 0);
        *p = (struct pair){i, -i - 1};
    }
    assert_int_equal(n, 100);
    for (int i = 0; i < 100; i++)
        assert_int_equal(pairs[i].a, i);
    mem_free(pairs);
    assert_null(mem_text(NULL));
}

static void arenas(void **state)
{
    struct arena a = {0};
    struct bytes b;
    char *big, *small;

    (void)state;
    for (size_t size = 0; size < 40000; size = size * 2 + 1) {
        char *p = arena_new(&a, size);

        assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xff, size);
    }
    b = arena_bytes(&a, BYTES("abc"));
    assert_string_equal((const char *)b.data, "abc");
    assert_int_equal(arena_bytes(&a, (struct bytes){0}).len, 0);
    assert_string_equal(arena_text(&a, "text"), "text");
    assert_null(arena_text(&a, NULL));
    assert_string_equal(arena_printf(&a, "%d-%s", 4, "x"), "4-x");
    assert_string_equal(arena_printf(&a, "%s", ""), "");
    assert_memory_equal(arena_copy(&a, "data", 4), "data", 4);
    assert_non_null(arena_copy(&a, NULL, 0));
    arena_deinit(&a);
    assert_null(a.blocks);
    arena_deinit(&a);
    /* Something large does not put an end to the block that small things share. */
    small = arena_new(&a, 16);
    big = arena_new(&a, 100000);
    assert_in_range((char *)arena_new(&a, 16) - small, 16, 16 + _Alignof(max_align_t));
    assert_non_null(big);
    arena_deinit(&a);
}

/* ---- random numbers ------------------------------------------------------------------------------------ */

static void random_numbers_are_reproducible(void **state)
{
    struct rng zero = {0}, a = rng_seed(1, 2), b = rng_seed(1, 2), c = rng_seed(1, 3), d = rng_seed(2, 2);
    uint8_t bytes[9] = {0}, again[9] = {0};
    uint64_t x = rng_next(&a);

    (void)state;
    assert_true(rng_next(&zero) == UINT64_C(0xe220a8397b1dcdaf)); /* splitmix64 of seed 0, as published */
    assert_true(rng_next(&zero) == UINT64_C(0x6e789e6aa1b965f4));
    assert_true(x == rng_next(&b));
    assert_true(x != rng_next(&c));
    assert_true(x != rng_next(&d));
    rng_fill(&a, bytes, sizeof bytes);
    rng_fill(&b, again, sizeof again);
    assert_memory_equal(bytes, again, sizeof bytes);
    rng_fill(&a, NULL, 0);
}

static void random_numbers_stay_below(void **state)
{
    const uint64_t tops[] = {1, 2, 3, 10, 64, UINT64_C(1) << 63, (UINT64_C(1) << 63) + 1, UINT64_MAX};
    struct rng r = rng_seed(3, 4);
    int seen[3] = {0};

    (void)state;
    for (size_t i = 0; i < array_len(tops); i++)
        for (int k = 0; k < 1000; k++)
            assert_true(rng_below(&r, tops[i]) < tops[i]);
    for (int k = 0; k < 3000; k++)
        seen[rng_below(&r, 3)]++;
    for (int k = 0; k < 3; k++)
        assert_in_range(seen[k], 850, 1150);
}

/* ---- addresses ----------------------------------------------------------------------------------------- */

static struct addr parsed(const char *host, uint16_t port)
{
    struct addr a;

    assert_int_equal(addr_parse(host, port, &a), 0);
    return a;
}

static void has_text(const char *host, uint16_t port, const char *want)
{
    struct addr a = parsed(host, port);
    char text[ADDR_TEXT];

    assert_string_equal(addr_text(&a, text), want);
    assert_int_equal(addr_port(&a), port);
}

static void addresses_as_text(void **state)
{
    struct addr a = {0};
    char text[ADDR_TEXT];

    (void)state;
    has_text("127.0.0.1", 80, "127.0.0.1:80");
    has_text("255.255.255.255", 65535, "255.255.255.255:65535");
    has_text("::1", 80, "[::1]:80");
    has_text("1111:2222:3333:4444:5555:6666:7777:8888", 65535,
             "[1111:2222:3333:4444:5555:6666:7777:8888]:65535");
    has_text("::ffff:127.0.0.1", 1, "[::ffff:127.0.0.1]:1");
    assert_string_equal(addr_text(&a, text), "?:0");
    assert_int_equal(addr_parse("localhost", 80, &a), -EINVAL);
    assert_int_equal(addr_parse("127.0.0.1 ", 80, &a), -EINVAL);
    assert_int_equal(addr_parse("", 80, &a), -EINVAL);
}

static void addresses_compared(void **state)
{
    struct addr v4 = addr_v4(INADDR_LOOPBACK, 80), v6 = addr_v6(&in6addr_loopback, 80);
    struct addr mapped = parsed("::ffff:127.0.0.1", 80), other = parsed("127.0.0.2", 80), none = {0};
    struct addr port = addr_v4(INADDR_LOOPBACK, 81), any = parsed("0.0.0.0", 1), any6 = parsed("::", 1);
    struct addr any_mapped = parsed("::ffff:0.0.0.0", 1), far = parsed("128.0.0.1", 1);

    (void)state;
    assert_true(addr_equal(&v4, &mapped) && addr_equal(&mapped, &v4) && addr_equal(&v6, &v6));
    assert_false(addr_equal(&v4, &v6) || addr_equal(&v6, &mapped) || addr_equal(&v4, &other));
    assert_false(addr_equal(&v4, &port) || addr_equal(&none, &none) || addr_equal(&any, &any6));
    assert_true(addr_is_any(&any) && addr_is_any(&any6) && addr_is_any(&any_mapped));
    assert_false(addr_is_any(&v4) || addr_is_any(&v6) || addr_is_any(&none));
    assert_true(addr_is_loopback(&v4) && addr_is_loopback(&v6) && addr_is_loopback(&mapped));
    assert_true(addr_is_loopback(&other));
    assert_false(addr_is_loopback(&any) || addr_is_loopback(&far) || addr_is_loopback(&none));
    assert_int_equal(v6.v6.sin6_scope_id, 0);
    assert_int_equal(v6.v6.sin6_flowinfo, 0);
}

static void addresses_of_sockets(void **state)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct addr a = addr_v4(INADDR_LOOPBACK, 0), local, remote;

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, &a.sa, a.len), 0);
    assert_int_equal(addr_local(fd, &local), 0);
    assert_true(addr_port(&local) != 0 && addr_is_loopback(&local));
    assert_int_equal(addr_remote(fd, &remote), -ENOTCONN);
    assert_int_equal(connect(fd, &local.sa, local.len), 0);
    assert_int_equal(addr_remote(fd, &remote), 0);
    assert_true(addr_equal(&local, &remote));
    fd_close(fd);
    assert_int_equal(addr_local(-1, &local), -EBADF);
}

/* ---- faults -------------------------------------------------------------------------------------------- */

static void faults_gather_context(void **state)
{
    struct err e = {0};

    (void)state;
    assert_int_equal(err_set(&e, ENOENT, "opening %s", "x"), -ENOENT);
    assert_string_equal(e.text, "opening x: No such file or directory");
    assert_int_equal(err_wrap(&e, "loading %d", 7), -ENOENT);
    assert_string_equal(e.text, "loading 7: opening x: No such file or directory");
    assert_int_equal(err_set(&e, -EIO, "reading"), -EIO);
    assert_string_equal(e.text, "reading: Input/output error");
    assert_int_equal(err_say(&e, -EPROTO, "told wholly"), -EPROTO);
    assert_string_equal(e.text, "told wholly");
    assert_int_equal(err_say(NULL, EPROTO, "nobody asks"), -EPROTO);
    assert_int_equal(err_set(NULL, EPROTO, "nobody asks"), -EPROTO);
    assert_true(err_wrap(NULL, "nobody asks") < 0);
}

static void long_faults_are_cut(void **state)
{
    struct err e = {0};

    (void)state;
    err_set(&e, EIO, "%0900d", 1);
    for (int i = 0; i < 100; i++)
        err_wrap(&e, "context number %d", i);
    assert_int_equal(strlen(e.text), sizeof e.text - 1);
    assert_int_equal(strncmp(e.text, "context number 99: context number 98: ", 38), 0);
    err_set(&e, EIO, "%02000d", 1);
    assert_int_equal(strlen(e.text), sizeof e.text - 1);
}

/* ---- descriptors --------------------------------------------------------------------------------------- */

static void descriptors_are_handed_over(void **state)
{
    int ends[2], stolen;

    (void)state;
    assert_int_equal(fd_pipe(ends), 0);
    assert_true(fcntl(ends[0], F_GETFD) & FD_CLOEXEC);
    stolen = fd_steal(&ends[0]);
    assert_int_equal(ends[0], -1);
    assert_int_equal(fd_nonblock(stolen), 0);
    assert_true(fcntl(stolen, F_GETFL) & O_NONBLOCK);
    errno = EDOM;
    fd_closep(&stolen);
    fd_closep(&stolen);
    assert_int_equal(errno, EDOM);
    fd_closep(&ends[1]);
    assert_int_equal(fd_nonblock(-1), -EBADF);
}

static void files_are_read_up_to_a_bound(void **state)
{
    struct buf b = BUF_INIT;

    (void)state;
    buf_text(&b, "kept:");
    assert_int_equal(fd_read_file(AT_FDCWD, "/proc/self/stat", 1 << 20, &b), 0);
    assert_int_equal(strncmp((const char *)b.data, "kept:", 5), 0);
    assert_true(b.len > 10);
    assert_int_equal(fd_read_file(AT_FDCWD, "/proc/self/stat", 3, &b), -EFBIG);
    assert_int_equal(fd_read_file(AT_FDCWD, "/proc/self/nothing", 3, &b), -ENOENT);
    assert_int_equal(fd_read_file(AT_FDCWD, "/proc", 3, &b), -EISDIR);
    buf_deinit(&b);
}

struct pair {
    int ends[2];
};

static struct pair message_pair(void)
{
    struct pair p;

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, p.ends), 0);
    return p;
}

static void close_pair(struct pair *p)
{
    fd_closep(&p->ends[0]);
    fd_closep(&p->ends[1]);
}

static size_t open_descriptors(void)
{
    size_t n = 0;

    for (int fd = 0; fd < 200; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

static void messages_carry_descriptors(void **state)
{
    struct pair p = message_pair();
    int got[2] = {-1, -1}, three[] = {0, 1, 2};
    char text[8];
    size_t n, before = open_descriptors();

    (void)state;
    assert_int_equal(fd_send(p.ends[0], BYTES("hello"), three, 2), 0);
    assert_int_equal(fd_receive(p.ends[1], text, sizeof text, got, 2, &n), 5);
    assert_int_equal(n, 2);
    assert_true(fcntl(got[1], F_GETFD) & FD_CLOEXEC);
    fd_closep(&got[0]);
    fd_closep(&got[1]);
    /* more than are wanted: closed */
    assert_int_equal(fd_send(p.ends[0], BYTES("hi"), three, 3), 0);
    assert_int_equal(fd_receive(p.ends[1], text, sizeof text, got, 1, &n), 2);
    assert_int_equal(n, 1);
    fd_closep(&got[0]);
    /* a message that is too long is none, and brings nothing */
    assert_int_equal(fd_send(p.ends[0], BYTES("much too long"), three, 1), 0);
    assert_int_equal(fd_receive(p.ends[1], text, sizeof text, got, 2, &n), -EMSGSIZE);
    assert_int_equal(n, 0);
    assert_int_equal(fd_send(p.ends[0], BYTES("x"), three, 99), -EINVAL);
    assert_int_equal(open_descriptors(), before);
    fd_closep(&p.ends[0]);
    assert_int_equal(fd_receive(p.ends[1], text, sizeof text, got, 2, &n), 0);
    assert_int_equal(fd_send(p.ends[1], BYTES("x"), NULL, 0), -EPIPE);
    close_pair(&p);
}

static void writing_all(void **state)
{
    int ends[2];
    char text[8] = "";

    (void)state;
    assert_int_equal(fd_pipe(ends), 0);
    assert_int_equal(fd_write_all(ends[1], BYTES("hello")), 0);
    assert_int_equal(fd_write_all(ends[1], BYTES("")), 0);
    assert_int_equal(read(ends[0], text, sizeof text), 5);
    assert_int_equal(fd_write_all(ends[0], BYTES("x")), -EBADF);
    fd_closep(&ends[0]);
    fd_closep(&ends[1]);
}

/* ---- the loop ------------------------------------------------------------------------------------------ */

struct listener {
    struct watch watch;
    struct loop *loop;
    struct listener *victim; /* removed when this one is served */
    int served;
    uint32_t last;
};

static void count_ready(struct watch *w, uint32_t events)
{
    struct listener *l = (struct listener *)w; /* watch comes first */
    char byte;

    l->served++;
    l->last = events;
    if (events & EPOLLIN && read(w->fd, &byte, 1) < 0)
        l->served += 1000;
    if (l->victim) {
        loop_remove(l->loop, &l->victim->watch);
        l->victim = NULL;
    }
}

static struct listener listening(struct loop *loop)
{
    return (struct listener){.watch = WATCH_INIT(count_ready), .loop = loop};
}

static void the_loop_serves_what_is_ready(void **state)
{
    struct loop loop;
    struct listener l = listening(&loop);
    struct pair p = message_pair();

    (void)state;
    assert_int_equal(loop_init(&loop), 0);
    assert_int_equal(loop_run(&loop, 0), 0);
    assert_int_equal(loop_add(&loop, &l.watch, p.ends[0], EPOLLIN), 0);
    assert_int_equal(loop_run(&loop, 0), 0);
    assert_int_equal(fd_write_all(p.ends[1], BYTES("x")), 0);
    assert_int_equal(loop_run(&loop, NS_PER_S), 1);
    assert_int_equal(l.served, 1);
    assert_int_equal(loop_change(&loop, &l.watch, EPOLLOUT), 0);
    assert_true(loop_run(&loop, -1) > 0);
    assert_true(l.last & EPOLLOUT);
    assert_int_equal(loop_change(&loop, &l.watch, 0), 0);
    assert_int_equal(loop_run(&loop, 0), 0);
    fd_closep(&p.ends[1]);
    assert_true(loop_run(&loop, NS_PER_S) > 0);
    assert_true(l.last & EPOLLHUP);
    loop_remove(&loop, &l.watch);
    loop_remove(&loop, &l.watch);
    assert_int_equal(loop.watches, 0);
    assert_int_equal(loop_change(&loop, &l.watch, EPOLLIN), 0);
    assert_int_equal(loop_add(&loop, &l.watch, -1, EPOLLIN), -EBADF);
    assert_int_equal(loop.watches, 0);
    loop_deinit(&loop);
    loop_deinit(&loop);
    close_pair(&p);
}

static void a_callback_may_remove_another(void **state)
{
    struct loop loop;
    struct listener a = listening(&loop), b = listening(&loop);
    struct pair p = message_pair(), q = message_pair();

    (void)state;
    assert_int_equal(loop_init(&loop), 0);
    assert_int_equal(loop_add(&loop, &a.watch, p.ends[0], EPOLLIN), 0);
    assert_int_equal(loop_add(&loop, &b.watch, q.ends[0], EPOLLIN), 0);
    a.victim = &b;
    b.victim = &a;
    assert_int_equal(fd_write_all(p.ends[1], BYTES("x")), 0);
    assert_int_equal(fd_write_all(q.ends[1], BYTES("x")), 0);
    assert_int_equal(loop_run(&loop, NS_PER_S), 1);
    assert_int_equal(a.served + b.served, 1);
    loop_remove(&loop, &a.watch);
    loop_remove(&loop, &b.watch);
    loop_deinit(&loop);
    close_pair(&p);
    close_pair(&q);
}

/* A descriptor that is always ready does not keep another from being served, nor the loop from coming back.
 */
static void nobody_starves(void **state)
{
    struct loop loop;
    struct listener busy = listening(&loop), other = listening(&loop);
    struct pair p = message_pair(), q = message_pair();

    (void)state;
    assert_int_equal(loop_init(&loop), 0);
    assert_int_equal(loop_add(&loop, &busy.watch, p.ends[0], EPOLLOUT), 0);
    assert_int_equal(loop_add(&loop, &other.watch, q.ends[0], EPOLLIN), 0);
    assert_int_equal(fd_write_all(q.ends[1], BYTES("x")), 0);
    assert_true(loop_run(&loop, 0) > 1);
    assert_int_equal(other.served, 1);
    loop_remove(&loop, &busy.watch);
    loop_remove(&loop, &other.watch);
    loop_deinit(&loop);
    close_pair(&p);
    close_pair(&q);
}

static void waiting_ends_at_its_time(void **state)
{
    struct loop loop;
    int64_t start = clock_now(), took;

    (void)state;
    assert_int_equal(loop_init(&loop), 0);
    assert_int_equal(loop_run(&loop, 2 * NS_PER_MS), 0);
    took = clock_now() - start;
    assert_true(took >= 2 * NS_PER_MS);
    assert_true(clock_wall() > INT64_C(1600000000) * NS_PER_S);
    loop_deinit(&loop);
    loop = (struct loop){0};
    loop_deinit(&loop); /* never begun: descriptor 0 is not its own */
    assert_true(fcntl(0, F_GETFD) >= 0 || errno == EBADF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(views),
        cmocka_unit_test(buffers_grow_and_shrink),
        cmocka_unit_test(stealing_text),
        cmocka_unit_test(arrays),
        cmocka_unit_test(arenas),
        cmocka_unit_test(random_numbers_are_reproducible),
        cmocka_unit_test(random_numbers_stay_below),
        cmocka_unit_test(addresses_as_text),
        cmocka_unit_test(addresses_compared),
        cmocka_unit_test(addresses_of_sockets),
        cmocka_unit_test(faults_gather_context),
        cmocka_unit_test(long_faults_are_cut),
        cmocka_unit_test(descriptors_are_handed_over),
        cmocka_unit_test(files_are_read_up_to_a_bound),
        cmocka_unit_test(messages_carry_descriptors),
        cmocka_unit_test(writing_all),
        cmocka_unit_test(the_loop_serves_what_is_ready),
        cmocka_unit_test(a_callback_may_remove_another),
        cmocka_unit_test(nobody_starves),
        cmocka_unit_test(waiting_ends_at_its_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
