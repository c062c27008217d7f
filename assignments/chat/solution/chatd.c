/*
 * chatd.c - chatd PORT: a server for people who talk to each other.
 *
 * One thread serves all clients. poll() tells which of them can be read or written without waiting, and each
 * gets one step. So a client that is idle, slow, or silent in the middle of a line costs the others nothing.
 *
 * client.c moves the bytes. room.c knows the protocol. Here are the command line, the listening socket, and
 * the loop.
 */
#include "room.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EXIT_OK = 0, EXIT_USAGE = 1, EXIT_NETWORK = 2 };

struct server {
    int listener;
    struct room room;
    bool no_descriptors; /* accept() found none left: it makes no sense to try before a client goes */
};

/* There is nothing to save, so the server may end at once. _exit() is one of the few calls that a signal
 * handler is allowed to make: exit() and printf() are not. */
static void stop(int signal_number)
{
    (void)signal_number;
    _exit(EXIT_OK);
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
    while (s->room.n_clients < MAX_CLIENTS) {
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
        s->room.clients[s->room.n_clients++] = c;
    }
}

/* Takes all out of the room for whom nothing is left to be done. */
static void remove_clients(struct server *s)
{
    struct room *r = &s->room;
    size_t kept = 0;

    for (size_t i = 0; i < r->n_clients; i++) {
        if (!client_is_over(r->clients[i])) {
            r->clients[kept++] = r->clients[i];
            continue;
        }
        client_free(r->clients[i]);
        s->no_descriptors = false;
    }
    r->n_clients = kept;
}

/* Waits until something can be done, and does it. Returns false when waiting itself fails. */
static bool serve_round(struct server *s)
{
    struct pollfd polled[1 + MAX_CLIENTS];
    struct room *r = &s->room;
    size_t n = r->n_clients;
    bool room = n < MAX_CLIENTS && !s->no_descriptors;

    polled[0] = (struct pollfd){.fd = room ? s->listener : -1, .events = POLLIN}; /* -1: poll() skips it */
    for (size_t i = 0; i < n; i++)
        polled[1 + i] = (struct pollfd){.fd = r->clients[i]->fd, .events = client_events(r->clients[i])};

    if (poll(polled, 1 + n, -1) < 0)
        return errno == EINTR;

    for (size_t i = 0; i < n; i++) {
        if (!polled[1 + i].revents)
            continue;
        client_read(r->clients[i]);
        room_hear(r, r->clients[i]);
    }
    /* Once all are heard all are told. Whoever has said something has made lines for everybody. */
    for (size_t i = 0; i < n; i++)
        client_write(r->clients[i]);
    remove_clients(s);
    if (polled[0].revents)
        accept_clients(s);
    return true;
}

int main(int argc, char **argv)
{
    static struct server server;
    unsigned short port = argc == 2 ? read_port(argv[1]) : 0;

    if (port == 0) {
        fprintf(stderr, "usage: chatd PORT\n");
        return EXIT_USAGE;
    }
    signal(SIGTERM, stop);
    signal(SIGINT, stop);

    server.listener = listen_on(port);
    if (server.listener < 0) {
        fprintf(stderr, "chatd: cannot listen on port %hu: %s\n", port, strerror(errno));
        return EXIT_NETWORK;
    }
    while (serve_round(&server))
        ;
    perror("chatd: poll");
    return EXIT_NETWORK;
}
