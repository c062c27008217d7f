/*
 * uping HOST PORT N: sends with sendto(), and receives what has come in between.
 * The mistake: the pings are sent one right behind the other.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

struct ping {
    double at; /* seconds */
    int answered;
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

/* Receives answers until that time. */
static void receive(int fd, struct sockaddr_in *server, struct ping *pings, int n, int *received,
                    double until)
{
    while (*received < n && now() < until) {
        double left = until - now();
        struct timeval tv = {.tv_sec = (int)left, .tv_usec = (left - (int)left) * 1e6};
        struct sockaddr_in from;
        socklen_t size = sizeof from;
        char buf[200] = "";
        int seq = 0;
        if (tv.tv_sec == 0 && tv.tv_usec == 0)
            tv.tv_usec = 1; /* 0 would be for ever */
        if (left <= 0)
            break;
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
        if (recvfrom(fd, buf, sizeof buf - 1, 0, (struct sockaddr *)&from, &size) < 0)
            continue;
        if (from.sin_port != server->sin_port || from.sin_addr.s_addr != server->sin_addr.s_addr)
            continue;
        if (sscanf(buf, "PING %d", &seq) != 1 || seq < 1 || seq > n)
            continue;
        if (pings[seq - 1].at == 0 || pings[seq - 1].answered)
            continue;
        pings[seq - 1].answered = 1;
        ++*received;
        printf("%d %.3f\n", seq, (now() - pings[seq - 1].at) * 1e3);
        fflush(stdout);
    }
}

int main(int argc, char **argv)
{
    struct sockaddr_in server = {.sin_family = AF_INET};
    if (argc != 4) {
        fprintf(stderr, "usage: uping HOST PORT N\n");
        return 1;
    }
    struct hostent *h = gethostbyname(argv[1]);
    if (!h)
        return 2;
    memcpy(&server.sin_addr, h->h_addr_list[0], 4);
    server.sin_port = htons(atoi(argv[2]));
    int fd = socket(AF_INET, SOCK_DGRAM, 0), n = atoi(argv[3]), received = 0;
    struct ping pings[n];
    memset(pings, 0, sizeof pings);
    for (int i = 0; i < n; i++) {
        char buf[100];
        pings[i].at = now();
        sprintf(buf, "PING %d %.0f\n", i + 1, pings[i].at * 1e6);
        sendto(fd, buf, strlen(buf), 0, (struct sockaddr *)&server, sizeof server);
    }
    receive(fd, &server, pings, n, &received, now() + 2);
    for (int i = 0; i < n; i++)
        if (!pings[i].answered)
            printf("%d lost\n", i + 1);
    printf("%d sent, %d received, %d lost\n", n, received, n - received);
    return received > 0 ? 0 : 2;
}
