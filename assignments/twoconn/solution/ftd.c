/*
 * ftd.c - ftd PORT DIR: gives and takes the files of DIR.
 *
 * One thread serves all sessions, and each session has up to two sockets. poll() tells which of all of them
 * can be read or written without waiting. So a file that crawls holds up neither the commands of its own
 * client nor anybody else.
 *
 * session.c understands commands, transfer.c moves files, folder.c finds them. Here are the command line, the
 * listening socket, and the loop.
 */
#include "session.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EXIT_OK = 0, EXIT_USAGE = 1, EXIT_NETWORK = 2 };

#define MAX_SESSIONS 64 /* each needs four descriptors at most */

struct server {
    int listener;
    int folder;
    struct session *sessions[MAX_SESSIONS];
    size_t n;
};

/* There is nothing to save, so the server may end at once. _exit() is one of the few calls that a signal
 * handler is allowed to make: exit() and printf() are not. */
static void stop(int signal_number)
{
    (void)signal_number;
    _exit(EXIT_OK);
}

/* A port is a number from 1 to 65535 and nothing else. Returns 0 for anything that is not one. */
static uint16_t read_port(const char *text)
{
    char *end;
    errno = 0;
    long port = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || port < 1 || port > 65535)
        return 0;
    return (uint16_t)port;
}

/* Returns a socket that listens on every address of this machine, or -1. */
static int listen_on(uint16_t port)
{
    int on = 1;
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port), /* the network's byte order, not this machine's */
        .sin_addr.s_addr = htonl(INADDR_ANY),
    };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    /* Connections of an earlier run may linger for a minute. They must not keep us from the port. */
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, SOMAXCONN) < 0)
        return -1;
    return fd;
}

static void accept_client(struct server *s)
{
    /* Without SOCK_NONBLOCK a single send() to a client that does not read could stop the whole server. */
    int fd = accept4(s->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0)
        return; /* who left before we came to him is no reason to stop */
    s->sessions[s->n] = session_new(fd, s->folder);
    if (s->sessions[s->n])
        s->n++;
    else
        close(fd);
}

static void remove_session(struct server *s, size_t i)
{
    session_free(s->sessions[i]);
    s->sessions[i] = s->sessions[--s->n]; /* their order does not matter */
}

/* Waits until something can be done, and does it. Returns false when waiting itself fails. */
static bool serve_round(struct server *s)
{
    struct pollfd polled[1 + 2 * MAX_SESSIONS];
    size_t n = s->n;
    int patience = -1;

    polled[0] = (struct pollfd){.fd = n < MAX_SESSIONS ? s->listener : -1, .events = POLLIN};
    for (size_t i = 0; i < n; i++) {
        int own = session_patience(s->sessions[i]);

        session_polls(s->sessions[i], &polled[1 + 2 * i]);
        if (own >= 0 && (patience < 0 || own < patience))
            patience = own;
    }
    if (poll(polled, 1 + 2 * n, patience) < 0)
        return errno == EINTR;

    /* Backwards: removing a session moves the last one into its place, which has had its turn already. */
    for (size_t i = n; i-- > 0;)
        if ((polled[1 + 2 * i].revents || polled[2 + 2 * i].revents ||
             session_patience(s->sessions[i]) == 0) &&
            !session_step(s->sessions[i]))
            remove_session(s, i);
    if (polled[0].revents)
        accept_client(s);
    return true;
}

int main(int argc, char **argv)
{
    static struct server server;
    uint16_t port = argc == 3 ? read_port(argv[1]) : 0;

    if (port == 0) {
        fprintf(stderr, "usage: ftd PORT DIR\n");
        return EXIT_USAGE;
    }
    server.folder = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (server.folder < 0) {
        perror(argv[2]);
        return EXIT_USAGE;
    }
    signal(SIGTERM, stop);
    signal(SIGINT, stop);

    server.listener = listen_on(port);
    if (server.listener < 0) {
        fprintf(stderr, "ftd: cannot listen on port %hu: %s\n", port, strerror(errno));
        return EXIT_NETWORK;
    }
    while (serve_round(&server))
        ;
    perror("ftd: poll");
    return EXIT_NETWORK;
}
