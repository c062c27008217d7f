/* What the kernel's sock_diag tells of a socket, and the traps in it. */
#include "rig.h"

#include "base/mem.h"
#include "base/rng.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <sys/stat.h>

#define ESTABLISHED 1
#define CLOSE_WAIT 8
#define LISTEN 10
#define MASK(state) (1u << (state))
#define MANY 200

static void start_pair(struct rig *r, const char *host)
{
    rig_pair(host, r->ends);
}

static void check_queue(struct rig *r, const char *host)
{
    struct sock_info before, info;
    struct addr at;
    struct stat file;
    char text[4];

    start_pair(r, host);
    assert_int_equal(rig_look(r, &before), 1);
    assert_int_equal(before.state, ESTABLISHED);
    assert_int_equal(before.rqueue, 0);
    rig_send(r, "ten bytes.");
    info = rig_arrived(r, 0);
    assert_true(info.has_info);
    assert_int_equal(info.rqueue, 10);
    assert_int_equal(info.bytes_received, 10);
    assert_int_equal(info.cookie, before.cookie);
    fstat(r->ends[1], &file);
    assert_int_equal(info.inode, file.st_ino);
    assert_int_equal(addr_local(r->ends[1], &at), 0);
    assert_true(addr_equal(&info.local, &at));
    assert_int_equal(addr_local(r->ends[0], &at), 0);
    assert_true(addr_equal(&info.remote, &at));

    assert_int_equal(recv(r->ends[1], text, 4, MSG_PEEK), 4); /* peeking drains nothing */
    assert_int_equal(rig_look(r, &info), 1);
    assert_int_equal(info.rqueue, 10);
    rig_read(r->ends[1], text, 4);
    assert_int_equal(rig_look(r, &info), 1);
    assert_int_equal(info.rqueue, 6);
    assert_int_equal(info.bytes_received, 10);
    rig_stop(r);
}

static void test_queue_v4(void **state)
{
    check_queue(*state, "127.0.0.1");
}

static void test_queue_v6(void **state)
{
    check_queue(*state, "::1");
}

/* A listener on [::] takes IPv4 clients: their connections are found with IPv4 addresses, mapped or plain. */
static void test_queue_v4_mapped(void **state)
{
    struct rig *r = *state;
    struct addr any, to, ours, theirs;
    struct sock_info info;
    int listener = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(addr_parse("::", 0, &any), 0);
    assert_int_equal(bind(listener, &any.sa, any.len), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(addr_local(listener, &any), 0);
    to = addr_v4(INADDR_LOOPBACK, addr_port(&any));
    r->ends[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(r->ends[0], &to.sa, to.len), 0);
    r->ends[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    rig_send(r, "seven..");
    info = rig_arrived(r, 0);
    assert_int_equal(info.rqueue, 7);
    assert_int_equal(addr_local(r->ends[1], &ours), 0); /* ::ffff:127.0.0.1 */
    assert_int_equal(addr_remote(r->ends[1], &theirs), 0);
    assert_int_equal(ours.sa.sa_family, AF_INET6);
    assert_int_equal(sockdiag_tcp(&r->diag, &ours, &theirs, &info), 1);
    assert_int_equal(info.rqueue, 7);
    assert_int_equal(sockdiag_tcp(&r->diag, &ours, &to, &info), 0); /* mixed forms, and no such socket */
    fd_close(listener);
    rig_stop(r);
}

static const struct sock_info *find_port(const struct sock_infos *list, uint16_t port, uint8_t state)
{
    for (size_t i = 0; i < list->n; i++)
        if (addr_port(&list->infos[i].local) == port && list->infos[i].state == state)
            return &list->infos[i];
    return NULL;
}

/* Each connection shows whether it was accepted; the listener shows how many wait, and its backlog. */
static void test_accept_is_visible(void **state)
{
    struct rig *r = *state;
    struct addr at = addr_v4(INADDR_LOOPBACK, 0);
    struct sock_infos list = {0};
    struct sock_info before, after;
    const struct sock_info *found;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(listener, &at.sa, at.len), 0);
    assert_int_equal(listen(listener, 5), 0);
    assert_int_equal(addr_local(listener, &at), 0);
    r->ends[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(r->ends[0], &at.sa, at.len), 0);

    assert_int_equal(rig_look(r, &before), 1);
    assert_int_equal(before.inode, 0);
    assert_int_equal(sockdiag_list(&r->diag, IPPROTO_TCP, MASK(LISTEN), &list), 0);
    found = find_port(&list, addr_port(&at), LISTEN);
    assert_non_null(found);
    assert_int_equal(found->rqueue, 1);
    assert_int_equal(found->wqueue, 5);

    r->ends[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    assert_int_equal(rig_look(r, &after), 1);
    assert_int_not_equal(after.inode, 0);
    assert_int_equal(after.cookie, before.cookie);
    list.n = 0;
    assert_int_equal(sockdiag_list(&r->diag, IPPROTO_TCP, MASK(LISTEN), &list), 0);
    found = find_port(&list, addr_port(&at), LISTEN);
    assert_non_null(found);
    assert_int_equal(found->rqueue, 0);
    fd_close(listener);
    sock_infos_deinit(&list);
    rig_stop(r);
}

/* Once a connection is gone the kernel answers with the listener on its port. */
static void test_listener_is_not_the_connection(void **state)
{
    struct rig *r = *state;
    struct addr at = addr_v4(INADDR_LOOPBACK, 0), ours;
    struct linger reset = {1, 0};
    struct sock_info info;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(listener, &at.sa, at.len), 0);
    assert_int_equal(listen(listener, 5), 0);
    assert_int_equal(addr_local(listener, &at), 0);
    r->ends[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(r->ends[0], &at.sa, at.len), 0);
    r->ends[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    assert_int_equal(addr_local(r->ends[0], &ours), 0);
    setsockopt(r->ends[1], SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    fd_closep(&r->ends[1]); /* a reset leaves nothing behind, at once */
    assert_int_equal(sockdiag_tcp(&r->diag, &at, &ours, &info), 0);
    assert_int_equal(info.state, LISTEN); /* the trap itself: the kernel did give one */
    fd_close(listener);
    assert_int_equal(sockdiag_tcp(&r->diag, &at, &ours, &info), 0);
    rig_stop(r);
}

/* A FIN counts 1 while it is unread: it comes alone, so that an empty queue means that the end was read. */
static void test_fin_counts_one(void **state)
{
    struct rig *r = *state;
    struct sock_info info;
    char text[8];

    start_pair(r, "127.0.0.1");
    rig_send(r, "four");
    rig_read(r->ends[1], text, 4);
    shutdown(r->ends[0], SHUT_WR);
    info = rig_arrived(r, 1);
    assert_int_equal(info.state, CLOSE_WAIT);
    assert_int_equal(info.bytes_received, 5);
    assert_int_equal(info.rqueue, 1); /* the end is not yet read */
    assert_int_equal(read(r->ends[1], text, 1), 0);
    assert_int_equal(rig_look(r, &info), 1);
    assert_int_equal(info.state, CLOSE_WAIT);
    assert_int_equal(info.rqueue, 0);
    rig_stop(r);
}

/*
 * The trap: a FIN that finds data unread may be joined to it, and leave the queue with the last byte, before
 * any read returned 0. Whether it does depends on how the packets were handed over (1 remains under receive
 * packet steering, 0 without).
 */
static void test_fin_may_leave_with_the_data(void **state)
{
    struct rig *r = *state;
    struct sock_info info;
    char text[8];

    start_pair(r, "127.0.0.1");
    rig_send(r, "four");
    shutdown(r->ends[0], SHUT_WR);
    info = rig_arrived(r, 1);
    assert_int_equal(info.state, CLOSE_WAIT);
    assert_int_equal(info.bytes_received, 5);
    assert_int_equal(info.rqueue, 5);
    rig_read(r->ends[1], text, 4);
    assert_int_equal(rig_look(r, &info), 1);
    assert_in_range(info.rqueue, 0, 1); /* and the program has not seen the end */
    assert_int_equal(read(r->ends[1], text, 1), 0);
    rig_stop(r);
}

/* One's own side tells nothing: all is acknowledged long before it is read. */
static void test_own_side_is_blind(void **state)
{
    struct rig *r = *state;
    int64_t end = clock_now() + RIG_DEADLINE;
    int unsent = -1;

    start_pair(r, "127.0.0.1");
    rig_send(r, "unread");
    while (ioctl(r->ends[0], TIOCOUTQ, &unsent) == 0 && unsent)
        assert_true(clock_now() < end);
    assert_int_equal(unsent, 0);
    assert_int_equal(rig_arrived(r, 0).rqueue, 6);
    rig_stop(r);
}

static void test_udp_list(void **state)
{
    struct rig *r = *state;
    struct addr at = addr_v4(INADDR_LOOPBACK, 0);
    struct sock_infos list = {0};
    int64_t end = clock_now() + RIG_DEADLINE;
    const struct sock_info *found;
    struct stat file;

    r->ends[1] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(r->ends[1], &at.sa, at.len), 0);
    assert_int_equal(addr_local(r->ends[1], &at), 0);
    r->ends[0] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(sendto(r->ends[0], "x", 1, 0, &at.sa, at.len), 1);
    do {
        assert_true(clock_now() < end);
        list.n = 0;
        assert_int_equal(sockdiag_list(&r->diag, IPPROTO_UDP, ~0u, &list), 0);
        found = find_port(&list, addr_port(&at), 7);
        assert_non_null(found);
    } while (found->rqueue == 0);
    fstat(r->ends[1], &file);
    assert_int_equal(found->inode, file.st_ino);
    assert_true(found->rqueue > 1); /* memory, not bytes */
    sock_infos_deinit(&list);
    rig_stop(r);
}

/* Which takes IPv4 too: that is told of listeners, and of UDP sockets that are connected to nobody. */
static void check_v6only(struct rig *r, int type, int on)
{
    int protocol = type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP;
    struct sock_infos list = {0};
    const struct sock_info *found;
    struct addr at = addr_v6(&in6addr_any, 0);

    r->ends[0] = socket(AF_INET6, type | SOCK_CLOEXEC, 0);
    assert_int_equal(setsockopt(r->ends[0], IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on), 0);
    assert_int_equal(bind(r->ends[0], &at.sa, at.len), 0);
    if (type == SOCK_STREAM)
        assert_int_equal(listen(r->ends[0], 1), 0);
    assert_int_equal(addr_local(r->ends[0], &at), 0);
    assert_int_equal(sockdiag_list(&r->diag, protocol, ~0u, &list), 0);
    found = find_port(&list, addr_port(&at), type == SOCK_STREAM ? LISTEN : 7);
    assert_non_null(found);
    assert_int_equal(found->v6only, on);
    sock_infos_deinit(&list);
    rig_stop(r);
}

static void test_v6only(void **state)
{
    for (int on = 0; on < 2; on++) {
        check_v6only(*state, SOCK_STREAM, on);
        check_v6only(*state, SOCK_DGRAM, on);
    }
}

static size_t count_ports(const struct sock_infos *list, const uint16_t *ports, size_t n)
{
    size_t found = 0;

    for (size_t i = 0; i < n; i++)
        found += find_port(list, ports[i], LISTEN) != NULL;
    return found;
}

/* More sockets than one message of a dump holds, of both families; and what is left of a dump does not
 * disturb. */
static void test_long_list(void **state)
{
    struct rig *r = *state;
    struct sock_infos list = {0};
    uint16_t ports[MANY];
    int fds[MANY];
    struct {
        struct nlmsghdr head;
        struct inet_diag_req_v2 body;
    } ask = {.head = {sizeof ask, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP, 77, 0},
             .body = {.sdiag_family = AF_INET, .sdiag_protocol = IPPROTO_TCP, .idiag_states = ~0u}};

    for (size_t i = 0; i < MANY; i++) {
        struct addr at;

        assert_int_equal(addr_parse(i % 2 ? "127.0.0.1" : "::1", 0, &at), 0);
        fds[i] = socket(at.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(bind(fds[i], &at.sa, at.len), 0);
        assert_int_equal(listen(fds[i], 1), 0);
        assert_int_equal(addr_local(fds[i], &at), 0);
        ports[i] = addr_port(&at);
    }
    assert_int_equal(sockdiag_list(&r->diag, IPPROTO_TCP, ~0u, &list), 0);
    assert_int_equal(count_ports(&list, ports, MANY), MANY);

    assert_int_equal(send(r->diag.fd, &ask, sizeof ask, 0), sizeof ask); /* nobody reads this answer */
    start_pair(r, "127.0.0.1");
    rig_send(r, "after");
    assert_int_equal(rig_arrived(r, 0).rqueue, 5);
    for (size_t i = 0; i < MANY; i++)
        fd_close(fds[i]);
    sock_infos_deinit(&list);
    rig_stop(r);
}

/* A message as the kernel makes it, with two attributes. Its length. */
static size_t make_message(uint8_t *out)
{
    struct nlmsghdr head = {.nlmsg_type = SOCK_DIAG_BY_FAMILY};
    struct inet_diag_msg m = {.idiag_family = AF_INET6, .idiag_state = ESTABLISHED, .idiag_rqueue = 9};
    struct rtattr skip = {RTA_LENGTH(1), INET_DIAG_SHUTDOWN},
                  info = {RTA_LENGTH(sizeof(struct tcp_info)), INET_DIAG_INFO};
    struct tcp_info tcp = {.tcpi_bytes_received = 11};
    size_t at = NLMSG_LENGTH(0);

    memcpy(out + at, &m, sizeof m);
    at += NLMSG_ALIGN(sizeof m);
    memcpy(out + at, &skip, sizeof skip);
    at += RTA_SPACE(1);
    memcpy(out + at, &info, sizeof info);
    memcpy(out + at + RTA_LENGTH(0), &tcp, sizeof tcp);
    at += RTA_SPACE(sizeof tcp);
    head.nlmsg_len = (uint32_t)at;
    memcpy(out, &head, sizeof head);
    return at;
}

/* Decodes a copy of exactly this length, so that a read beyond it is seen by the sanitizers. */
static int decode(const uint8_t *message, size_t len, struct sock_info *out)
{
    uint8_t *copy = malloc(len ? len : 1);
    int r;

    memcpy(copy, message, len);
    r = sockdiag_decode(copy, len, out);
    free(copy);
    return r;
}

static void test_decode_checks_bounds(void **state)
{
    uint8_t message[1024] = {0}, bent[1024];
    size_t len = make_message(message);
    struct rng rng = rng_seed(1, 1);
    struct sock_info info;

    (void)state;
    assert_int_equal(decode(message, len, &info), 1);
    assert_int_equal(info.rqueue, 9);
    assert_true(info.has_info);
    assert_int_equal(info.bytes_received, 11);
    for (size_t cut = 0; cut < len; cut++) {
        uint32_t claimed = (uint32_t)cut;
        int r;

        assert_int_equal(decode(message, cut, &info), -EBADMSG);
        memcpy(bent, message, len);
        memcpy(bent, &claimed, sizeof claimed);
        r = decode(bent, cut, &info);
        assert_true(r == -EBADMSG || (r == 1 && cut >= NLMSG_LENGTH(sizeof(struct inet_diag_msg))));
    }
    for (int i = 0; i < 20000; i++) {
        int r;

        memcpy(bent, message, len);
        for (int k = 0; k < 4; k++)
            bent[rng_below(&rng, k < 2 ? len : 120)] = (uint8_t)rng_next(&rng);
        r = decode(bent, len, &info);
        assert_true(r == 0 || r == 1 || r == -EBADMSG);
    }
}

static void test_unusable_addresses(void **state)
{
    struct rig *r = *state;
    struct addr v4 = addr_v4(INADDR_LOOPBACK, 1), v6, unix_addr = {.sa.sa_family = AF_UNIX};
    struct sock_info info;

    assert_int_equal(addr_parse("::1", 1, &v6), 0);
    assert_int_equal(sockdiag_tcp(&r->diag, &v4, &v6, &info), -EINVAL);
    assert_int_equal(sockdiag_tcp(&r->diag, &unix_addr, &unix_addr, &info), -EINVAL);
    assert_int_equal(sockdiag_tcp(&r->diag, &v6, &v6, &info), 0);
}

#define RIGGED(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)

static bool holds_back(struct rig *r)
{
    int held = sockdiag_tcp_holds_back(&r->diag);

    assert_true(held >= 0);
    return held;
}

/* A corked socket keeps what is less than a segment, for a while. Other sockets of this network may hold
 * something back too, but not for ever. */
static void test_holds_back(void **state)
{
    struct rig *r = *state;
    int64_t end = clock_now() + RIG_DEADLINE;
    char text[16];
    int one = 1;

    start_pair(r, "127.0.0.1");
    while (holds_back(r))
        assert_true(clock_now() < end);
    setsockopt(r->ends[0], IPPROTO_TCP, TCP_CORK, &one, sizeof one);
    do {
        rig_send(r, "held back");
        if (holds_back(r))
            break;
        rig_read(r->ends[1], text, 9); /* this test was asleep until the kernel sent it after all */
    } while (clock_now() < end);
    assert_true(clock_now() < end);
    rig_read(r->ends[1], text, 9);
    while (holds_back(r))
        assert_true(clock_now() < end);
    rig_stop(r);
}

/* What waits behind unread bytes waits for the program. */
static void test_holds_back_unread(void **state)
{
    static const char block[1 << 16];
    struct rig *r = *state;
    int64_t end = clock_now() + RIG_DEADLINE;

    start_pair(r, "127.0.0.1");
    while (send(r->ends[0], block, sizeof block, MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
        ;
    assert_int_equal(errno, EAGAIN);
    while (holds_back(r))
        assert_true(clock_now() < end);
    rig_stop(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIGGED(test_queue_v4),
        RIGGED(test_queue_v6),
        RIGGED(test_v6only),
        RIGGED(test_queue_v4_mapped),
        RIGGED(test_accept_is_visible),
        RIGGED(test_listener_is_not_the_connection),
        RIGGED(test_fin_counts_one),
        RIGGED(test_fin_may_leave_with_the_data),
        RIGGED(test_own_side_is_blind),
        RIGGED(test_holds_back),
        RIGGED(test_holds_back_unread),
        RIGGED(test_udp_list),
        RIGGED(test_long_list),
        RIGGED(test_unusable_addresses),
        cmocka_unit_test(test_decode_checks_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
