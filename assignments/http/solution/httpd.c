/*
 * httpd.c - httpd PORT ROOT: the files below ROOT, by HTTP/1.1.
 *
 * One thread serves all clients. poll() tells which of them can be read or written without waiting, and each
 * gets one step. So a client that is idle, slow, or silent in the middle of a request costs the others
 * nothing.
 *
 * request.c understands requests, file.c finds files, client.c moves the bytes. Here are the command line,
 * the listening socket, and the loop.
 */
#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EXIT_OK = 0, EXIT_USAGE = 1, EXIT_NETWORK = 2 };

#define MAX_CLIENTS 512

struct server {
    int listener;
    char root[PATH_MAX]; /* as realpath() gives it */
    struct client *clients[MAX_CLIENTS];
    size_t n_clients;
    bool no_descriptors; /* accept() found none left: it makes no sense to try before a client goes */
};

/* There is nothing to save, so the server may end at once. _exit() is one of the few calls that a signal
 * handler is allowed to make: exit() and printf() are not. */
static void stop(int signal_number)
{
    (void)signal_number;
    _exit(EXIT_OK);
}

static int usage(void)
{
    fprintf(stderr, "usage: httpd PORT ROOT\n");
    return EXIT_USAGE;
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

/* Returns a socket that listens on every address of this machine, or -1. */
static int listen_on(unsigned short port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;

    /* Connections of an earlier run may linger for a minute. They must not keep us from the port. */
    int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));

    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port), /* the network's byte order, not this machine's */
        .sin_addr.s_addr = htonl(INADDR_ANY),
    };
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, SOMAXCONN) < 0) {
        int reason = errno; /* close() may change it */
        close(fd);
        errno = reason;
        return -1;
    }
    return fd;
}

/* Takes all clients that wait at the door. */
static void accept_clients(struct server *s)
{
    while (s->n_clients < MAX_CLIENTS) {
        /* Without SOCK_NONBLOCK a single send() to a client that does not read could stop the whole server.
         */
        int fd = accept4(s->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            s->no_descriptors = errno == EMFILE || errno == ENFILE;
            /* A client that left before we came to it is no reason to stop. */
            if (errno == ECONNABORTED || errno == EINTR)
                continue;
            return;
        }
        struct client *c = client_new(fd);
        if (!c) {
            close(fd);
            return;
        }
        s->clients[s->n_clients++] = c;
    }
}

static void remove_client(struct server *s, size_t i)
{
    client_free(s->clients[i]);
    s->clients[i] = s->clients[--s->n_clients]; /* their order does not matter */
    s->no_descriptors = false;
}

/* Waits until something can be done, and does it. Returns false when waiting itself fails. */
static bool serve_round(struct server *s)
{
    struct pollfd polled[1 + MAX_CLIENTS];
    size_t n = s->n_clients;
    bool room = n < MAX_CLIENTS && !s->no_descriptors;

    polled[0] = (struct pollfd){.fd = room ? s->listener : -1, .events = POLLIN}; /* -1: poll() skips it */
    for (size_t i = 0; i < n; i++)
        polled[1 + i] = (struct pollfd){.fd = s->clients[i]->fd, .events = client_events(s->clients[i])};

    if (poll(polled, 1 + n, -1) < 0)
        return errno == EINTR;

    /* Backwards: removing a client moves the last one into its place, which has had its turn already. */
    for (size_t i = n; i-- > 0;)
        if (polled[1 + i].revents && !client_step(s->clients[i], s->root))
            remove_client(s, i);
    if (polled[0].revents)
        accept_clients(s);
    return true;
}

int main(int argc, char **argv)
{
    static struct server server;
    if (argc != 3)
        return usage();
    unsigned short port = read_port(argv[1]);
    if (port == 0 || !realpath(argv[2], server.root))
        return usage();

    signal(SIGTERM, stop);
    signal(SIGINT, stop);

    server.listener = listen_on(port);
    if (server.listener < 0) {
        fprintf(stderr, "httpd: cannot listen on port %hu: %s\n", port, strerror(errno));
        return EXIT_NETWORK;
    }
    while (serve_round(&server))
        ;
    perror("httpd: poll");
    return EXIT_NETWORK;
}
