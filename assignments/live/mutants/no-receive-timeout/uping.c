/*
 * uping HOST PORT N: a thread sends, and the program receives.
 * The mistake: recv() has no time-out, so what is lost is waited for as long as it takes.
 */
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int fd, n;
static long long *sent_at;

static long long now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static void *sender(void *arg)
{
    long long start = now();
    for (int i = 1; i <= n; i++) {
        long long wait = start + (i - 1) * 20000 - now();
        if (wait > 0)
            usleep(wait);
        sent_at[i] = now();
        dprintf(fd, "PING %d %lld\n", i, sent_at[i]);
    }
    return arg;
}

int main(int argc, char **argv)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_DGRAM}, *ai;
    pthread_t thread;
    int received = 0;
    if (argc != 4 || getaddrinfo(argv[1], argv[2], &hints, &ai) != 0)
        return 1;
    n = atoi(argv[3]);
    sent_at = calloc(n + 1, sizeof *sent_at);
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    connect(fd, ai->ai_addr, ai->ai_addrlen);
    pthread_create(&thread, NULL, sender, NULL);
    while (received < n) {
        char text[100];
        int seq;
        ssize_t len = recv(fd, text, sizeof text - 1, 0);
        if (len < 0)
            continue;
        text[len] = '\0';
        if (sscanf(text, "PING %d", &seq) != 1 || seq < 1 || seq > n || sent_at[seq] == 0)
            continue;
        received++;
        printf("%d %.3f\n", seq, (now() - sent_at[seq]) / 1e3);
        fflush(stdout);
        sent_at[seq] = 0; /* answered */
    }
    printf("%d sent, %d received, %d lost\n", n, received, n - received);
    return 0;
}
