/*
 * pair.c - programs that talk to each other through a relay. Which of them it is says the first argument;
 * what it does wrong, -DMISTAKE.
 *
 *   pair send HOST PORT FILE   a file by stop and wait: NUMBER, a block, and the same NUMBER comes back
 *   pair receive PORT FILE     until the empty block; NO_DEDUP: writes what comes again
 *   pair serve PORT            lines: ADD A B, COUNT (and an end), HANG; ONE_READ: takes a read for a line;
 *                              GREETS: says something first; SAYS_BYE: counts at any end
 *   pair ask HOST PORT LINE    prints the answer. Exits with 7 where it is reset, with 8 where it ends;
 *                              ASKS_TWICE: and does not wait for the first answer
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define BLOCK 1024
#define PATIENCE 300000 /* µs until a block is sent again */
#define TRIES 200
#define FAREWELL 400000 /* µs for which the receiver still answers after the end */

struct packet {
    uint32_t number;
    char data[BLOCK];
};

static int open_socket(int type, const char *host, const char *port, struct sockaddr_in *at)
{
    memset(at, 0, sizeof *at);
    at->sin_family = AF_INET;
    at->sin_port = htons((uint16_t)atoi(port));
    inet_pton(AF_INET, host, &at->sin_addr);
    return socket(AF_INET, type, 0);
}

static void wait_at_most(int fd, long us)
{
    struct timeval t = {us / 1000000, us % 1000000};

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
}

/* ---- datagrams ----------------------------------------------------------------------------------------- */

static int was_acknowledged(int fd, uint32_t number)
{
    uint32_t got;
    ssize_t n;

    while ((n = recv(fd, &got, sizeof got, 0)) >= 0)
        if (n == (ssize_t)sizeof got && got == number)
            return 1;
    return 0;
}

static int send_file(const char *host, const char *port, const char *name)
{
    struct sockaddr_in to;
    int fd = open_socket(SOCK_DGRAM, host, port, &to);
    FILE *f = fopen(name, "rb");
    struct packet p;
    size_t n = 1;

    if (!f)
        return 1;
#ifndef NO_RETRANSMISSION
    wait_at_most(fd, PATIENCE);
#endif
    for (uint32_t number = 0; n > 0; number++) {
        int tries = 0, last;

        n = fread(p.data, 1, BLOCK, f);
        last = n == 0;
        p.number = htonl(number);
        do
            sendto(fd, &p, sizeof p.number + n, 0, (struct sockaddr *)&to, sizeof to);
        while (!was_acknowledged(fd, p.number) && ++tries < (last ? 3 : TRIES));
        if (tries == TRIES)
            return 2;
    }
    return 0;
}

static int receive_file(const char *port, const char *name)
{
    struct sockaddr_in at, from;
    int fd = open_socket(SOCK_DGRAM, "127.0.0.1", port, &at);
    FILE *f = fopen(name, "wb");
    uint32_t want = 0;
    struct packet p;

    bind(fd, (struct sockaddr *)&at, sizeof at);
    for (;;) {
        socklen_t len = sizeof from;
        ssize_t n = recvfrom(fd, &p, sizeof p, 0, (struct sockaddr *)&from, &len);
        uint32_t number = ntohl(p.number);

        if (n < 0)
            break;
        if (n < 4 || number > want)
            continue;
        sendto(fd, &p.number, sizeof p.number, 0, (struct sockaddr *)&from, len);
#ifndef NO_DEDUP
        if (number < want)
            continue;
#endif
        want = number + 1;
        fwrite(p.data, 1, (size_t)n - 4, f);
        fflush(f);
        if (n == 4)
            wait_at_most(fd, FAREWELL);
    }
    return fclose(f);
}

/* ---- streams ------------------------------------------------------------------------------------------- */

static void answer(int fd, const char *line, size_t so_far)
{
    char reply[64];
    int a, b;

    if (sscanf(line, "ADD %d %d", &a, &b) == 2)
        snprintf(reply, sizeof reply, "SUM %d\n", a + b);
    else if (strncmp(line, "COUNT", 5) == 0)
        snprintf(reply, sizeof reply, "BYTES %zu\n", so_far);
    else if (strncmp(line, "HANG", 4) == 0)
        return;
    else
        snprintf(reply, sizeof reply, "ERROR\n");
    send(fd, reply, strlen(reply), MSG_NOSIGNAL);
}

static void serve_one(int fd)
{
    char in[4096], *end;
    size_t n = 0, all = 0;
    int counts = 0;
    ssize_t got;

#ifdef SAYS_BYE
    counts = 1;
#endif
#ifdef GREETS
    answer(fd, "ADD 0 0", 0);
#endif
    while ((got = recv(fd, in + n, sizeof in - 1 - n, 0)) > 0) {
        all += (size_t)got;
        n += (size_t)got;
        in[n] = 0;
#ifdef ONE_READ
        answer(fd, in, all);
        n = 0;
#else
        while ((end = strchr(in, '\n'))) {
            *end = 0;
            if (strcmp(in, "COUNT") != 0)
                answer(fd, in, all);
            else
                counts = 1;
            n -= (size_t)(end + 1 - in);
            memmove(in, end + 1, n + 1);
        }
#endif
        if (n == sizeof in - 1)
            n = 0;
    }
    if (got == 0 && counts)
        answer(fd, "COUNT", all);
    (void)end;
    close(fd);
}

static int serve(const char *port)
{
    struct sockaddr_in at;
    int fd = open_socket(SOCK_STREAM, "127.0.0.1", port, &at), one = 1;

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || listen(fd, 8) < 0)
        return 1;
    for (;;)
        serve_one(accept(fd, NULL, NULL));
}

static int ask(const char *host, const char *port, const char *line)
{
    struct sockaddr_in at;
    int fd = open_socket(SOCK_STREAM, host, port, &at);
    char in[256];
    size_t n = 0;
    ssize_t got;

    if (connect(fd, (struct sockaddr *)&at, sizeof at) < 0)
        return 1;
#ifdef ASKS_TWICE
    dprintf(fd, "%s\n%s\n", line, line);
#else
    dprintf(fd, "%s\n", line);
#endif
    if (strcmp(line, "COUNT") == 0)
        shutdown(fd, SHUT_WR);
    do {
        got = recv(fd, in + n, sizeof in - n, 0);
        if (got <= 0)
            return got < 0 ? 7 : 8;
        n += (size_t)got;
#ifdef ONE_READ_BACK
        break;
#endif
    } while (n < sizeof in && in[n - 1] != '\n');
    printf("%.*s%s", (int)n, in, in[n - 1] == '\n' ? "" : "\n");
    return 0;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";

    if (strcmp(what, "send") == 0 && argc == 5)
        return send_file(argv[2], argv[3], argv[4]);
    if (strcmp(what, "receive") == 0 && argc == 4)
        return receive_file(argv[2], argv[3]);
    if (strcmp(what, "serve") == 0 && argc == 3)
        return serve(argv[2]);
    if (strcmp(what, "ask") == 0 && argc == 5)
        return ask(argv[2], argv[3], argv[4]);
    return 64;
}
