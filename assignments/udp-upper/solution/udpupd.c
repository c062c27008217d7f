/*
 * udpupd.c - udpupd PORT: answers each datagram with the same bytes, ASCII letters in upper case.
 *
 * UDP knows no connections. One socket serves everybody: each datagram comes with the address of its sender,
 * and that is all there is to know about a client. So the server keeps nothing between two datagrams.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EXIT_OK = 0, EXIT_USAGE = 1, EXIT_NETWORK = 2 };

#define MAX_DATAGRAM 1400

/* A datagram, who sent it, and which of our addresses it was sent to. */
struct request {
    char bytes[MAX_DATAGRAM + 1]; /* one more, or we could not tell a datagram that is too long */
    size_t n;
    struct sockaddr_in sender;
    struct in_addr asked;
};

/* There is nothing to save, and _exit() is one of the few calls that a signal handler is allowed to make. */
static void stop(int signal_number)
{
    (void)signal_number;
    _exit(EXIT_OK);
}

/* A port is a number from 1 to 65535 and nothing else. Returns 0 for anything that is not one. */
static unsigned short read_port(const char *text)
{
    char *end;
    errno = 0;
    long port = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || port < 1 || port > 65535)
        return 0;
    return (unsigned short)port;
}

/* Returns a socket that receives on every address of this machine, or -1. UDP needs no listen() and no
 * accept(). */
static int open_service(unsigned short port)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;

    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port), /* the network's byte order, not this machine's */
        .sin_addr.s_addr = htonl(INADDR_ANY),
    };
    /*
     * A socket bound to every address answers from whichever the kernel likes best. A client that asked
     * 127.0.0.2 may not want to hear from 127.0.0.1. So have each datagram tell where it was sent to.
     */
    int on = 1;
    if (setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)) < 0 ||
        bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        int reason = errno; /* close() may change it */
        close(fd);
        errno = reason;
        return -1;
    }
    return fd;
}

/* recvmsg() is recvfrom() with room for more: here for the address that was asked. Returns false on an error.
 */
static bool receive(int fd, struct request *r)
{
    union {
        struct cmsghdr header; /* makes the union aligned as a control message must be */
        char room[CMSG_SPACE(sizeof(struct in_pktinfo))];
    } control;
    struct iovec bytes = {.iov_base = r->bytes, .iov_len = sizeof(r->bytes)};
    struct msghdr message = {
        .msg_name = &r->sender,
        .msg_namelen = sizeof(r->sender), /* before each call: the kernel overwrites it */
        .msg_iov = &bytes,
        .msg_iovlen = 1,
        .msg_control = &control,
        .msg_controllen = sizeof(control),
    };

    ssize_t n = recvmsg(fd, &message, 0);
    if (n < 0)
        return false;
    r->n = (size_t)n; /* 0 is a datagram without bytes: UDP has no end of file */
    r->asked.s_addr = htonl(INADDR_ANY);
    for (struct cmsghdr *h = CMSG_FIRSTHDR(&message); h; h = CMSG_NXTHDR(&message, h)) {
        if (h->cmsg_level == IPPROTO_IP && h->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo info;
            memcpy(&info, CMSG_DATA(h), sizeof(info));
            r->asked = info.ipi_spec_dst;
        }
    }
    return true;
}

/* Sends the request's bytes back on the socket that it came on: the client waits for an answer from that
 * port. */
static void answer(int fd, struct request *r)
{
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(struct in_pktinfo))];
    } control;
    memset(&control, 0, sizeof(control));
    control.header.cmsg_level = IPPROTO_IP;
    control.header.cmsg_type = IP_PKTINFO;
    control.header.cmsg_len = CMSG_LEN(sizeof(struct in_pktinfo));
    struct in_pktinfo from = {.ipi_spec_dst = r->asked};
    memcpy(CMSG_DATA(&control.header), &from, sizeof(from));

    struct iovec bytes = {.iov_base = r->bytes, .iov_len = r->n};
    struct msghdr message = {
        .msg_name = &r->sender,
        .msg_namelen = sizeof(r->sender),
        .msg_iov = &bytes,
        .msg_iovlen = 1,
        .msg_control = &control,
        .msg_controllen = sizeof(control),
    };
    /* An answer that cannot be sent is a lost answer. Clients ask again, and one client's trouble is not
     * ours. */
    if (sendmsg(fd, &message, 0) < 0)
        perror("udpupd: sendmsg");
}

/* Bytes, not a string: a zero byte does not end it. And only ASCII, where toupper() would ask the locale. */
static void to_upper(char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (bytes[i] >= 'a' && bytes[i] <= 'z')
            bytes[i] += 'A' - 'a';
}

int main(int argc, char **argv)
{
    unsigned short port = argc == 2 ? read_port(argv[1]) : 0;
    if (port == 0) {
        fprintf(stderr, "usage: udpupd PORT\n");
        return EXIT_USAGE;
    }
    signal(SIGTERM, stop);
    signal(SIGINT, stop);

    int fd = open_service(port);
    if (fd < 0) {
        fprintf(stderr, "udpupd: cannot use port %hu: %s\n", port, strerror(errno));
        return EXIT_NETWORK;
    }
    for (;;) {
        struct request r;
        if (!receive(fd, &r)) {
            if (errno == EINTR)
                continue;
            perror("udpupd: recvmsg");
            return EXIT_NETWORK;
        }
        if (r.n > MAX_DATAGRAM)
            continue; /* not a request of this protocol */
        to_upper(r.bytes, r.n);
        answer(fd, &r);
    }
}
