/*
 * tcpupd PORT - sends back, in capitals, what each client sends.
 *
 * One thread serves all clients: poll() tells which of them can be read or written without waiting. Each
 * client has one buffer. It is filled by one read and emptied by as many writes as that takes, and only then
 * filled again. So a client that does not read its answers is not read any further either: TCP makes it wait,
 * and nobody can make this server use more memory than one buffer a client.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EXIT_OK = 0, EXIT_USAGE = 1, EXIT_NETWORK = 2 };

#define MAX_CLIENTS 256
#define BUFFER_SIZE 65536

struct client {
    int fd;
    char buffer[BUFFER_SIZE];
    size_t from, to; /* what is between them is still to be sent */
    bool ended;      /* the client sends no more; we may still have something for it */
};

struct server {
    int listener;
    struct client *clients[MAX_CLIENTS];
    size_t n_clients;
    bool no_descriptors; /* accept() found none left: it makes no sense to try before a client goes */
};

/* ---- one client --------------------------------------------------------------------------------------- */

/* toupper() would do what the user's language wants. Here only the 26 letters of ASCII count. */
static void make_capitals(char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (bytes[i] >= 'a' && bytes[i] <= 'z')
            bytes[i] -= 'a' - 'A';
}

/* Was this failed call only too early, rather than a broken connection? */
static bool try_later(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

static short client_events(const struct client *c)
{
    return c->from < c->to ? POLLOUT : POLLIN;
}

/* One read. Returns false when the connection is broken. */
static bool client_read(struct client *c)
{
    ssize_t n = recv(c->fd, c->buffer, BUFFER_SIZE, 0);

    if (n < 0)
        return try_later();
    if (n == 0)
        c->ended = true;
    make_capitals(c->buffer, (size_t)n);
    c->from = 0;
    c->to = (size_t)n;
    return true;
}

/* One write. The kernel takes as much as it has room for, and the rest stays for the next time. */
static bool client_write(struct client *c)
{
    /* MSG_NOSIGNAL: if the client is gone, an error is enough. SIGPIPE would end the server for all. */
    ssize_t n = send(c->fd, c->buffer + c->from, c->to - c->from, MSG_NOSIGNAL);

    if (n < 0)
        return try_later();
    c->from += (size_t)n;
    return true;
}

/* Does what can be done without waiting. Returns false when the connection is over. */
static bool client_step(struct client *c)
{
    if (c->from == c->to && !client_read(c))
        return false;
    if (c->from < c->to && !client_write(c))
        return false;
    /* The client's end of file ends its direction only. Ours ends once the last answer is on its way. */
    return !(c->ended && c->from == c->to);
}

/* ---- the server --------------------------------------------------------------------------------------- */

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
        struct client *c = calloc(1, sizeof(*c));
        if (!c) {
            close(fd);
            return;
        }
        c->fd = fd;
        s->clients[s->n_clients++] = c;
    }
}

static void remove_client(struct server *s, size_t i)
{
    close(s->clients[i]->fd);
    free(s->clients[i]);
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
        if (polled[1 + i].revents && !client_step(s->clients[i]))
            remove_client(s, i);
    if (polled[0].revents)
        accept_clients(s);
    return true;
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

int main(int argc, char **argv)
{
    static struct server server;
    unsigned short port = argc == 2 ? read_port(argv[1]) : 0;

    if (port == 0) {
        fprintf(stderr, "usage: tcpupd PORT\n");
        return EXIT_USAGE;
    }
    signal(SIGTERM, stop);
    signal(SIGINT, stop);

    server.listener = listen_on(port);
    if (server.listener < 0) {
        fprintf(stderr, "tcpupd: cannot listen on port %hu: %s\n", port, strerror(errno));
        return EXIT_NETWORK;
    }
    while (serve_round(&server))
        ;
    perror("tcpupd: poll");
    return EXIT_NETWORK;
}
