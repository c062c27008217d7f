/*
 * uping HOST PORT N.
 * The mistake: the k-th answer is taken for that of the k-th ping, whatever its number.
 */
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

static long long now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

int main(int argc, char **argv)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_DGRAM}, *ai;
    if (argc != 4 || getaddrinfo(argv[1], argv[2], &hints, &ai) != 0) {
        fprintf(stderr, "usage: uping HOST PORT N\n");
        return 1;
    }
    int n = atoi(argv[3]), sent = 0, received = 0;
    long long *at = calloc(n + 1, sizeof *at), start = now();
    char *answered = calloc(n + 1, 1), buf[100];
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    connect(fd, ai->ai_addr, ai->ai_addrlen);
    while (received < n) {
        long long due = sent < n ? start + sent * 20000LL : at[n] + 2000000;
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int ms = due > now() ? (due - now() + 999) / 1000 : 0;
        if (poll(&p, 1, ms) > 0) {
            int len = recv(fd, buf, sizeof buf - 1, 0), seq;
            long long usec;
            if (len < 0)
                continue;
            buf[len] = 0;
            if (sscanf(buf, "PING %d %lld", &seq, &usec) != 2)
                continue;
            if (seq < 1 || seq > sent || answered[received + 1])
                continue;
            seq = received + 1;
            answered[seq] = 1;
            received++;
            printf("%d %.3f\n", seq, (now() - at[seq]) / 1000.0);
            fflush(stdout);
        } else if (sent < n) {
            sent++;
            at[sent] = now();
            int len = sprintf(buf, "PING %d %lld\n", sent, at[sent]);
            send(fd, buf, len, 0);
        } else {
            break;
        }
    }
    for (int seq = 1; seq <= n; seq++)
        if (!answered[seq])
            printf("%d lost\n", seq);
    printf("%d sent, %d received, %d lost\n", n, received, n - received);
    return received ? 0 : 2;
}
