/* udpupd PORT, with four threads that receive on one socket: whoever is free takes the next datagram. With it
 * comes which of our addresses it was sent to (IP_PKTINFO), and given back, that is where the answer comes
 * from. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

static int service;

static void *serve(void *unused)
{
    unsigned char buf[1401];

    for (;;) {
        struct sockaddr_in client;
        union {
            struct cmsghdr head;
            char room[CMSG_SPACE(sizeof(struct in_pktinfo))];
        } control;
        struct iovec data = {buf, sizeof(buf)};
        struct msghdr m = {&client, sizeof(client), &data, 1, &control, sizeof(control), 0};
        ssize_t n = recvmsg(service, &m, 0);

        if (n < 0 || n > 1400 || m.msg_controllen == 0)
            continue;
        for (ssize_t i = 0; i < n; i++)
            buf[i] =
                toupper(buf[i]); /* in the locale "C", where every program begins, only a to z are letters */
        data.iov_len = n;
        ((struct in_pktinfo *)CMSG_DATA(&control.head))->ipi_ifindex = 0; /* by whichever way leads there */
        sendmsg(service, &m, 0);
    }
    return unused;
}

int main(int argc, char **argv)
{
    struct sockaddr_in me = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY)};
    pthread_t thread;
    int on = 1;

    if (argc != 2 || atoi(argv[1]) < 1 || atoi(argv[1]) > 65535) {
        fprintf(stderr, "usage: udpupd PORT\n");
        return 1;
    }
    me.sin_port = htons(atoi(argv[1]));
    service = socket(AF_INET, SOCK_DGRAM, 0);
    if (service < 0 || setsockopt(service, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)) < 0 ||
        bind(service, (struct sockaddr *)&me, sizeof(me)) < 0) {
        perror("udpupd");
        return 2;
    }
    for (int i = 0; i < 3; i++)
        if (pthread_create(&thread, NULL, serve, NULL) != 0)
            return 2;
    serve(NULL);
}
