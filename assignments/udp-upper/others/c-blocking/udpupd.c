/* udpupd PORT, with poll() before each receive, and an IPv6 socket that takes IPv4 too. Which of our
 * addresses was asked comes with each datagram (IPV6_RECVPKTINFO), and goes back with the answer. */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
    struct sockaddr_in6 me = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_ANY_INIT}, client;
    int port = argc == 2 ? atoi(argv[1]) : 0, fd, off = 0, on = 1;
    char buf[65536];
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(struct in6_pktinfo))];
    } control;

    if (port < 1 || port > 65535) {
        fprintf(stderr, "usage: %s PORT\n", argv[0]);
        return 1;
    }
    me.sin6_port = htons(port);
    fd = socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    if (fd < 0 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) < 0 ||
        setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on)) < 0 ||
        bind(fd, (struct sockaddr *)&me, sizeof(me)) < 0) {
        perror("udpupd");
        return 2;
    }
    for (;;) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        struct iovec data = {buf, sizeof(buf)};
        struct msghdr m = {&client, sizeof(client), &data, 1, &control, sizeof(control), 0};
        ssize_t n;

        if (poll(&wait, 1, -1) < 0 && errno != EINTR)
            return 2;
        n = recvmsg(fd, &m, 0);
        if (n < 0 || n > 1400 || m.msg_controllen == 0)
            continue;
        for (ssize_t i = 0; i < n; i++)
            if ('a' <= buf[i] && buf[i] <= 'z')
                buf[i] ^= 0x20;
        data.iov_len = n;
        sendmsg(fd, &m, 0);
    }
}
