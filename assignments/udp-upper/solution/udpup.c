/*
 * udpup.c - udpup HOST PORT TEXT: asks udpupd for TEXT in capitals, and prints what it answers.
 *
 * UDP promises nothing: the question may get lost on its way, and so may the answer. To us both look the
 * same, for nothing comes. So we wait a while, and ask again. That is safe because the server remembers
 * nothing: to be asked twice does no harm.
 */
#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_OK = 0, EXIT_USAGE = 1, EXIT_NETWORK = 2 };

#define MAX_DATAGRAM 1400
#define TRIES 3
#define PATIENCE_MS 1000 /* for the answer to one try */

/* A port is a number from 1 to 65535 and nothing else. */
static bool is_port(const char *text)
{
    char *end;
    long port = strtol(text, &end, 10);
    return end != text && *end == '\0' && port >= 1 && port <= 65535;
}

/*
 * Returns a socket for one server, or -1. connect() sends nothing on UDP. It tells the kernel whom we talk
 * to: from then on we hear of nobody else, and send() needs no address.
 */
static int open_to(const char *host, const char *port)
{
    struct addrinfo *server;
    struct addrinfo wanted = {
        .ai_family = AF_INET,
        .ai_socktype = SOCK_DGRAM,
    };
    int why = getaddrinfo(host, port, &wanted, &server);
    if (why != 0) {
        fprintf(stderr, "udpup: %s port %s: %s\n", host, port, gai_strerror(why));
        return -1;
    }
    int fd = socket(server->ai_family, server->ai_socktype | SOCK_CLOEXEC, server->ai_protocol);
    if (fd < 0 || connect(fd, server->ai_addr, server->ai_addrlen) < 0) {
        perror("udpup");
        if (fd >= 0)
            close(fd);
        fd = -1;
    }
    freeaddrinfo(server);
    return fd;
}

/* Milliseconds of a clock that nobody sets back. */
static long long now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* Waits for an answer until then. Returns its length, which may be 0, or -1: none came. */
static ssize_t wait_for_answer(int fd, char *answer, size_t size, long long until)
{
    for (;;) {
        long long left = until - now_ms();
        struct pollfd socket = {.fd = fd, .events = POLLIN};
        int ready = left > 0 ? poll(&socket, 1, (int)left) : 0;
        if (ready == 0)
            return -1;
        if (ready < 0)
            continue; /* interrupted by a signal: wait for the rest of the time */

        ssize_t n = recv(fd, answer, size, MSG_DONTWAIT);
        if (n >= 0)
            return n;
        /* ECONNREFUSED: the server's machine says that nobody listens. Perhaps the server is only just being
         * started, so that counts as a lost question. EAGAIN: what came was damaged, and thrown away. */
    }
}

/* Returns the length of the answer, or -1 when TRIES questions brought none. */
static ssize_t ask(int fd, const char *text, char *answer, size_t size)
{
    for (int i = 0; i < TRIES; i++) {
        /* A send that fails is a lost question. The error may even be an old one: the answer to the last try.
         */
        if (send(fd, text, strlen(text), 0) < 0)
            perror("udpup: send");
        ssize_t n = wait_for_answer(fd, answer, size, now_ms() + PATIENCE_MS);
        if (n >= 0)
            return n;
    }
    return -1;
}

int main(int argc, char **argv)
{
    if (argc != 4 || !is_port(argv[2]) || strlen(argv[3]) > MAX_DATAGRAM) {
        fprintf(stderr, "usage: udpup HOST PORT TEXT\n       with at most %d bytes of TEXT\n", MAX_DATAGRAM);
        return EXIT_USAGE;
    }
    int fd = open_to(argv[1], argv[2]);
    if (fd < 0)
        return EXIT_NETWORK;

    char answer[MAX_DATAGRAM];
    ssize_t n = ask(fd, argv[3], answer, sizeof(answer));
    close(fd);
    if (n < 0) {
        fprintf(stderr, "udpup: %s port %s does not answer\n", argv[1], argv[2]);
        return EXIT_NETWORK;
    }
    fwrite(answer, 1, (size_t)n, stdout); /* bytes, not a string */
    putchar('\n');
    return fflush(stdout) == 0 ? EXIT_OK : EXIT_NETWORK;
}
