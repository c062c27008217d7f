/*
 * seek.c - seek SVC PORT [BCAST]: asks everybody in the room who offers the service SVC, prints where it is,
 * and reads the banner of the first one.
 *
 * A question to everybody may be answered by nobody, by one, or by many, and no answer says whether it is the
 * last. So the only end there is, is the clock.
 */
#include "banner.h"
#include "places.h"
#include "words.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_OK = 0, EXIT_USAGE = 1, EXIT_NETWORK = 2, EXIT_PROTOCOL = 3 };

#define COLLECT_MS 500

static void die(const char *what)
{
    fprintf(stderr, "seek: %s: %s\n", what, strerror(errno));
    exit(EXIT_NETWORK);
}

/* Asks, and returns the socket on which the answers will come. It is not bound to any port: sendto() gives it
 * one of its own, which is where the answers go. */
static int ask(const char *service, struct in_addr everybody, uint16_t port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = everybody};
    char question[MAX_MESSAGE + 1];
    int length = snprintf(question, sizeof(question), "WHO %s\n", service);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    int on = 1;

    if (fd < 0)
        die("no socket");
    /* A broadcast is work for all machines of a network. So that none is sent by mistake the kernel wants to
     * hear that we mean it: without this option sendto() fails, with EACCES. */
    if (setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on)) < 0)
        die("SO_BROADCAST");
    if (sendto(fd, question, (size_t)length, 0, (struct sockaddr *)&to, sizeof(to)) < 0)
        die("asking");
    return fd;
}

/* The port in an answer `HERE SVC port\n`, or 0: it is none. The beginning is the part before the port. */
static uint16_t answered_port(const char *answer, size_t n, const char *beginning)
{
    size_t length = strlen(beginning);

    if (n <= length || memcmp(answer, beginning, length) != 0 || answer[n - 1] != '\n')
        return 0;
    return word_port(answer + length, n - length - 1);
}

/* Milliseconds of a clock that nobody sets back. */
static long long now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static void hear_one(int fd, const char *beginning, struct places *found)
{
    char answer[MAX_MESSAGE + 1]; /* one more: what is too long has its line feed cut off, and is no answer */
    struct sockaddr_in from;
    socklen_t size = sizeof(from);
    ssize_t n = recvfrom(fd, answer, sizeof(answer), MSG_DONTWAIT, (struct sockaddr *)&from, &size);
    uint16_t port = n > 0 ? answered_port(answer, (size_t)n, beginning) : 0;

    /* Where the service is we learn from two sides: the port is in the answer, and the address is the one
     * that the answer comes from. The announcer would not know by which of its addresses we can reach it. */
    if (port)
        places_add(found, from.sin_addr, port);
}

/* Takes what comes until the time is over. The end is computed once, and poll() is told what is left: were it
 * given the whole time after each answer, a few announcers that repeat themselves would keep us here for
 * ever. */
static void collect(int fd, const char *service, struct places *found)
{
    char beginning[MAX_MESSAGE + 1];
    long long end = now_ms() + COLLECT_MS, left;

    snprintf(beginning, sizeof(beginning), "HERE %s ", service);
    while ((left = end - now_ms()) > 0) {
        struct pollfd socket = {.fd = fd, .events = POLLIN};
        if (poll(&socket, 1, (int)left) > 0)
            hear_one(fd, beginning, found);
    }
}

int main(int argc, char **argv)
{
    static struct places found;
    struct in_addr everybody = {.s_addr = htonl(INADDR_BROADCAST)};
    uint16_t port = argc == 3 || argc == 4 ? word_port(argv[2], strlen(argv[2])) : 0;
    char banner[MAX_BANNER + 1];

    if (port == 0 || !word_is_service(argv[1]) ||
        (argc == 4 && inet_pton(AF_INET, argv[3], &everybody) != 1)) {
        fprintf(stderr, "usage: seek SVC PORT [BCAST]\n");
        return EXIT_USAGE;
    }

    int fd = ask(argv[1], everybody, port);
    collect(fd, argv[1], &found);
    close(fd);
    places_print(&found, stdout);
    fflush(stdout); /* the service may keep us waiting for its banner, and somebody may be reading */

    int conn = banner_dial(&found);
    if (conn < 0) {
        fprintf(stderr, "seek: %s\n", found.n ? "none of these takes a connection" : "nobody answers");
        return EXIT_NETWORK;
    }
    if (!banner_read(conn, banner)) {
        fprintf(stderr, "seek: the service says no line\n");
        return EXIT_PROTOCOL;
    }
    close(conn);
    printf("%s\n", banner);
    return fflush(stdout) == 0 ? EXIT_OK : EXIT_NETWORK;
}
