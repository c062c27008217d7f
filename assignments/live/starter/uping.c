/* uping.c - uping HOST PORT N: how long do datagrams take to a server and back, and how many get lost? */
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

/* Microseconds of a clock that nobody sets. */
static long long now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

/* Returns a socket that sends to the server and hears of nobody else, or -1. */
static int open_to(const char *host, const char *port)
{
    struct addrinfo wanted = {.ai_family = AF_INET, .ai_socktype = SOCK_DGRAM}, *server;
    if (getaddrinfo(host, port, &wanted, &server) != 0)
        return -1;
    int fd = socket(server->ai_family, server->ai_socktype, 0);
    if (fd >= 0 && connect(fd, server->ai_addr, server->ai_addrlen) < 0)
        fd = -1;
    freeaddrinfo(server);
    return fd;
}

int main(int argc, char **argv)
{
    int n = argc == 4 ? atoi(argv[3]) : 0;
    if (n < 1) {
        fprintf(stderr, "usage: uping HOST PORT N\n");
        return 1;
    }
    int fd = open_to(argv[1], argv[2]);
    if (fd < 0)
        return 2;
    long long begun = now_us();
    fprintf(stderr, "uping: it is %lld, and the first ping is due\n", begun);
    /*
     * TODO: until all pings have been answered, or it is too late for answers:
     *   wait until something can be read from fd, but no longer than until the next ping is due;
     *   take the answers that are there: whose are they, and are they the first?
     *   send the ping that is due.
     */
    /* TODO: print what is lost, and the summary. */
    return 2;
}
