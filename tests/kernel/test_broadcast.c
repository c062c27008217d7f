/* The facts on which broadcast over loopback rests. */
#include "rig.h"

#include <poll.h>

#define EVERYBODY ADDR_LOOPBACK_BROADCAST

static int open_at(uint32_t host, uint16_t port, bool shared)
{
    struct addr at = addr_v4(host, port);
    int one = 1, fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (shared)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    assert_int_equal(bind(fd, &at.sa, at.len), 0);
    return fd;
}

static uint16_t port_of(int fd)
{
    struct addr at;

    assert_int_equal(addr_local(fd, &at), 0);
    return addr_port(&at);
}

static bool hears(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    return poll(&p, 1, 0) > 0;
}

static ssize_t say(int from, uint32_t host, uint16_t port)
{
    struct addr to = addr_v4(host, port);

    return sendto(from, "x", 1, 0, &to.sa, to.len);
}

/* Whoever is bound to the broadcast address or to any hears it, each of those that share the port; whoever is
 * bound to one address does not. And only who has asked for leave may send it. */
static void test_all_hear_it(void **state)
{
    int one = open_at(EVERYBODY, 0, true), two, any, lone, sender, yes = 1;
    uint16_t port = port_of(one);

    (void)state;
    two = open_at(EVERYBODY, port, true);
    any = open_at(INADDR_ANY, port, true);
    lone = open_at(INADDR_LOOPBACK, port, true);
    sender = open_at(INADDR_LOOPBACK, 0, false);
    assert_int_equal(say(sender, EVERYBODY, port), -1);
    assert_int_equal(errno, EACCES);
    setsockopt(sender, SOL_SOCKET, SO_BROADCAST, &yes, sizeof yes);
    assert_int_equal(say(sender, EVERYBODY, port), 1);
    assert_true(hears(one) && hears(two) && hears(any));
    assert_false(hears(lone));
    assert_int_equal(recv(one, (char[1]){0}, 1, 0), 1);
    assert_int_equal(say(sender, INADDR_LOOPBACK, port), 1); /* for one alone: not theirs */
    assert_true(hears(lone));
    assert_false(hears(one));
    fd_close(one);
    fd_close(two);
    fd_close(any);
    fd_close(lone);
    fd_close(sender);
}

/* What such a socket sends may come from any address of the machine, if it says so. */
static void test_answers_from_an_address(void **state)
{
    int hearer = open_at(EVERYBODY, 0, true), asker = open_at(INADDR_LOOPBACK, 0, false);
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(struct in_pktinfo))];
    } control = {.head = {CMSG_LEN(sizeof(struct in_pktinfo)), SOL_IP, IP_PKTINFO}};
    struct in_pktinfo from = {.ipi_spec_dst.s_addr = htonl(0x7f000003)};
    struct addr to = addr_v4(INADDR_LOOPBACK, port_of(asker)), sender = {.len = sizeof sender.any};
    struct iovec iov = {(char[]){'x'}, 1};
    struct msghdr m = {.msg_name = &to.sa,
                       .msg_namelen = to.len,
                       .msg_iov = &iov,
                       .msg_iovlen = 1,
                       .msg_control = &control,
                       .msg_controllen = sizeof control};

    (void)state;
    memcpy(CMSG_DATA(&control.head), &from, sizeof from);
    assert_int_equal(sendmsg(hearer, &m, 0), 1);
    assert_int_equal(recvfrom(asker, (char[1]){0}, 1, 0, &sender.sa, &sender.len), 1);
    to = addr_v4(0x7f000003, port_of(hearer));
    assert_true(addr_equal(&sender, &to));
    fd_close(hearer);
    fd_close(asker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_hear_it),
        cmocka_unit_test(test_answers_from_an_address),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
