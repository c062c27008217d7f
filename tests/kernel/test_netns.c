/*
 * A network namespace of one's own, and the counters that tell whether anything is still under way in it. The
 * test process enters it itself, once for all tests; the last one enters a second, silent one.
 */
#include "rig.h"

#include "base/mem.h"
#include "kernel/netns.h"

#include <net/if.h>

#define SMALL_MTU 1500
#define USUAL_MTU 65536

struct env {
    struct netns_wire wire;
    uid_t uid;
    bool entered;
};

static int setup(void **state)
{
    struct env *env = calloc(1, sizeof *env);
    struct err e = {0};
    int r;

    env->uid = geteuid();
    *state = env;
    r = netns_enter(&e);
    env->entered = r == 0;
    if (r == 0)
        return netns_wire_init(&env->wire, true);
    print_message("no network namespace: %s\n", e.text);
    return r == -EPERM || r == -EACCES || r == -ENOSPC ? 0 : r; /* not allowed here: all tests skip */
}

static int teardown(void **state)
{
    struct env *env = *state;

    if (env->entered)
        netns_wire_deinit(&env->wire);
    free(env);
    return 0;
}

static struct env *entered(void **state)
{
    struct env *env = *state;

    if (!env->entered)
        skip();
    return env;
}

/* Waits until all has arrived; how many calls it took to be told so. Where something was lost the backlogs
 * are asked, which are the whole machine's. */
static int wait_quiet(struct env *env)
{
    int64_t end = clock_now() + RIG_DEADLINE;
    int calls = 1;

    while (netns_wire_quiet(&env->wire) == 0) {
        assert_true(clock_now() < end);
        calls++;
    }
    return calls;
}

/* At rest, and exactly: nothing was lost, nothing is assumed. */
static void assert_exact(struct env *env)
{
    wait_quiet(env);
    assert_int_equal(env->wire.missing, 0);
    assert_int_equal(env->wire.undelivered, 0);
    assert_int_equal(netns_wire_quiet(&env->wire), 1);
}

static int udp(const char *host, struct addr *at)
{
    int fd;

    assert_int_equal(addr_parse(host, 0, at), 0);
    fd = socket(at->sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, &at->sa, at->len), 0);
    assert_int_equal(addr_local(fd, at), 0);
    return fd;
}

static void set_mtu(int mtu)
{
    struct ifreq lo = {.ifr_name = "lo", .ifr_mtu = mtu};
    _cleanup_fd_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    assert_int_equal(ioctl(fd, SIOCSIFMTU, &lo), 0);
}

/* ---- the namespace ---- */

static void test_identity_stays(void **state)
{
    struct env *env = entered(state);

    assert_int_equal(geteuid(), env->uid);
    assert_int_equal(getuid(), env->uid);
}

static void test_nothing_outside(void **state)
{
    struct addr outside = addr_v4(0xc0000201, 9); /* 192.0.2.1 */
    _cleanup_fd_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    entered(state);
    assert_int_equal(connect(fd, &outside.sa, outside.len), -1);
    assert_int_equal(errno, ENETUNREACH);
}

static void test_low_ports(void **state)
{
    struct addr at = addr_v4(INADDR_LOOPBACK, 80), elsewhere = addr_v4(0x7f010203, 80);
    int a = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
        b = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    _cleanup_buf_ struct buf start = BUF_INIT;

    entered(state);
    assert_int_equal(bind(a, &at.sa, at.len), 0);
    assert_int_equal(bind(b, &elsewhere.sa, elsewhere.len), 0);
    fd_close(a);
    fd_close(b);
    assert_true(fd_read_file(AT_FDCWD, "/proc/sys/net/ipv4/ip_unprivileged_port_start", 64, &start) >= 0);
    if (access("/proc/sys/net/ipv4/ip_unprivileged_port_start", W_OK) == 0)
        assert_true(bytes_equal(buf_view(&start), bytes_of("0\n")));
}

/* ---- the wire ---- */

static void check_tcp(struct env *env, const char *host)
{
    char text[4096];
    int ends[2];

    rig_pair(host, ends);
    assert_exact(env);
    memset(text, 'x', sizeof text);
    for (int i = 0; i < 40; i++) /* more than is read */
        assert_true(send(ends[0], text, sizeof text, MSG_DONTWAIT) > 0);
    assert_exact(env);
    fd_close(ends[1]); /* a reset: it leaves data unread */
    fd_close(ends[0]);
    assert_exact(env);
}

static void test_tcp(void **state)
{
    check_tcp(entered(state), "127.0.0.1");
    check_tcp(entered(state), "::1");
}

static void check_udp(struct env *env, const char *host)
{
    struct addr at, from;
    int receiver = udp(host, &at), sender = udp(host, &from);
    char text[20000] = "";

    assert_int_equal(sendto(sender, text, 1, 0, &at.sa, at.len), 1);
    assert_exact(env);
    for (int i = 0; i < 2000; i++) /* most find no room */
        sendto(sender, text, 1000, 0, &at.sa, at.len);
    assert_exact(env);
    set_mtu(SMALL_MTU);
    assert_int_equal(sendto(sender, text, sizeof text, 0, &at.sa, at.len), sizeof text);
    assert_exact(env);
    fd_close(receiver);
    assert_int_equal(sendto(sender, text, sizeof text, 0, &at.sa, at.len), sizeof text); /* nobody there */
    assert_exact(env);
    set_mtu(USUAL_MTU);
    fd_close(sender);
}

static void test_udp(void **state)
{
    check_udp(entered(state), "127.0.0.1");
    check_udp(entered(state), "::1");
}

static void test_broadcast(void **state)
{
    struct env *env = entered(state);
    struct addr at, all;
    int receiver = udp("0.0.0.0", &at), sender = udp("0.0.0.0", &all), on = 1;

    all = addr_v4(0x7fffffff, addr_port(&at));
    setsockopt(sender, SOL_SOCKET, SO_BROADCAST, &on, sizeof on);
    assert_int_equal(sendto(sender, "x", 1, 0, &all.sa, all.len), 1);
    assert_exact(env);
    fd_close(receiver);
    fd_close(sender);
}

/* Wherever they go, and whether or not anybody is there. */
static void test_datagrams_are_counted(void **state)
{
    struct env *env = entered(state);
    struct netns_wire shared = {.snmp = env->wire.snmp};
    struct addr at, nobody = addr_v4(INADDR_LOOPBACK, 9);
    int self = udp("127.0.0.1", &at);
    int64_t before = netns_wire_datagrams(&env->wire);

    assert_in_range(before, 0, INT64_MAX);
    assert_int_equal(sendto(self, "x", 1, 0, &at.sa, at.len), 1);
    assert_int_equal(sendto(self, "y", 1, 0, &nobody.sa, nobody.len), 1);
    assert_int_equal(netns_wire_datagrams(&env->wire), before + 2);
    assert_int_equal(netns_wire_datagrams(&shared), -ENOENT);
    assert_exact(env);
    fd_close(self);
}

static int multicast_sender(void)
{
    struct in_addr lo = {htonl(INADDR_LOOPBACK)};
    struct addr from;
    int fd = udp("127.0.0.1", &from);

    assert_int_equal(setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &lo, sizeof lo), 0);
    return fd;
}

/* The group of all hosts: any other's membership the kernel announces, and again at some random time. */
static void test_multicast(void **state)
{
    struct env *env = entered(state);
    struct ip_mreq group = {{htonl(INADDR_ALLHOSTS_GROUP)}, {htonl(INADDR_LOOPBACK)}};
    struct addr at, to;
    int receiver = udp("0.0.0.0", &at), sender = multicast_sender();

    assert_int_equal(setsockopt(receiver, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group), 0);
    to = addr_v4(INADDR_ALLHOSTS_GROUP, addr_port(&at));
    assert_int_equal(sendto(sender, "x", 1, 0, &to.sa, to.len), 1);
    assert_exact(env);
    fd_close(receiver);
    fd_close(sender);
}

/* A datagram to a group that nobody joined is dropped without a count: told by the second call, not by the
 * first. */
static void test_uncounted_drop(void **state)
{
    struct env *env = entered(state);
    struct addr to = addr_v4(0xef030201, 4000);
    int64_t undelivered, missing;
    int sender = multicast_sender();

    wait_quiet(env);
    undelivered = env->wire.undelivered;
    missing = env->wire.missing;
    assert_int_equal(sendto(sender, "x", 1, 0, &to.sa, to.len), 1);
    assert_true(wait_quiet(env) >= 2);
    assert_int_equal(env->wire.undelivered, undelivered + 1);
    assert_int_equal(env->wire.missing, missing);
    fd_close(sender);
}

/* The descriptors stay with the namespace in which they were opened; other namespaces have only the backlogs.
 */
static void test_shared_wire(void **state)
{
    struct netns_wire wire;
    int64_t end = clock_now() + RIG_DEADLINE;

    (void)state;
    assert_int_equal(netns_wire_init(&wire, false), 0);
    while (netns_wire_quiet(&wire) != 1)
        assert_true(clock_now() < end);
    netns_wire_deinit(&wire);
    netns_wire_deinit(&wire);
}

static void test_silent(void **state)
{
    struct addr at = addr_v4(INADDR_LOOPBACK, 9);
    _cleanup_fd_ int fd = -1;
    struct err e = {0};

    entered(state);
    assert_int_equal(netns_enter_silent(&e), 0);
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, &at.sa, at.len), -1);
    assert_int_equal(errno, ENETUNREACH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_identity_stays),
        cmocka_unit_test(test_nothing_outside),
        cmocka_unit_test(test_low_ports),
        cmocka_unit_test(test_tcp),
        cmocka_unit_test(test_udp),
        cmocka_unit_test(test_broadcast),
        cmocka_unit_test(test_datagrams_are_counted),
        cmocka_unit_test(test_multicast),
        cmocka_unit_test(test_uncounted_drop),
        cmocka_unit_test(test_shared_wire),
        cmocka_unit_test(test_silent),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
