/* reverse.h - what the servers in C have in common: a socket that listens, and a client whose lines are
 * answered. */
#pragma once
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINE_MAX_BYTES 8000

struct client {
    int fd;
    size_t n;
    char line[LINE_MAX_BYTES + 1];
};

static inline void die(const char *what)
{
    perror(what);
    exit(2);
}

static inline int listen_on(const char *port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(port))};
    int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);

    signal(SIGPIPE, SIG_IGN);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&a, sizeof a) < 0 || listen(fd, 64) < 0)
        die("listen");
    return fd;
}

/* The same at the path of a Unix socket, where nothing is yet. */
static inline int listen_at(const char *path)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    signal(SIGPIPE, SIG_IGN);
    if (strlen(path) >= sizeof a.sun_path)
        die("path");
    memcpy(a.sun_path, path, strlen(path) + 1);
    if (bind(fd, (struct sockaddr *)&a, sizeof a) < 0 || listen(fd, 64) < 0)
        die("listen");
    return fd;
}

static inline int send_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, p, n);
        struct pollfd room = {.fd = fd, .events = POLLOUT};

        if (done < 0 && errno == EAGAIN)
            poll(&room, 1, -1);
        else if (done < 0 && errno != EINTR)
            return -1;
        p += done > 0 ? done : 0;
        n -= done > 0 ? (size_t)done : 0;
    }
    return 0;
}

static inline void turn(char *p, size_t n)
{
    for (size_t i = 0; i < n / 2; i++) {
        char c = p[i];
        p[i] = p[n - 1 - i];
        p[n - 1 - i] = c;
    }
}

/* How a server answers: in one write, unless it says otherwise. */
#ifndef ANSWER
#define ANSWER send_all
#endif

/* Answers what whole lines there are. -1: the client is gone. */
static inline int client_answer(struct client *c)
{
    char *feed;

    while ((feed = memchr(c->line, '\n', c->n))) {
        size_t len = (size_t)(feed - c->line);
        turn(c->line, len);
        if (ANSWER(c->fd, c->line, len + 1) < 0)
            return -1;
        c->n -= len + 1;
        memmove(c->line, feed + 1, c->n);
    }
    return c->n < sizeof c->line ? 0 : -1;
}

/* One read. -1: the client has finished, or is gone. */
static inline int client_read(struct client *c)
{
    ssize_t n = read(c->fd, c->line + c->n, sizeof c->line - c->n);

    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return 0;
    if (n <= 0)
        return -1;
    c->n += (size_t)n;
    return client_answer(c);
}

static inline struct client *client_new(int fd)
{
    struct client *c = calloc(1, sizeof *c);

    if (!c)
        die("calloc");
    c->fd = fd;
    return c;
}

static inline void client_serve(int fd)
{
    struct client *c = client_new(fd);

    while (client_read(c) == 0)
        ;
    close(fd);
    free(c);
}
