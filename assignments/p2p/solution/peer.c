/*
 * peer.c - peer PORT DIR [HOST PORT]: gives the files of DIR to other peers, and fetches theirs.
 *
 * A peer is a server and a client in one program. After a connection has come to be, nobody can tell any more
 * who has dialled whom: so both kinds of links are treated by the same code, in one loop. poll() tells which
 * of them can be read or written without waiting, whether somebody dials us, and whether the user has typed.
 *
 * node.c knows the protocol. link.c moves the bytes. share.c knows the files. Here are the command line, the
 * listening socket, stdin, and the loop.
 */
#include "node.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EXIT_OK = 0, EXIT_USAGE = 1, EXIT_NETWORK = 2 };

struct peer {
    int listener;
    struct node node;
    bool no_descriptors; /* accept() found none left: it makes no sense to try before a link goes */
    char typed[MAX_LINE + 1];
    size_t typed_used;
    bool stdin_ended;
};

/* There is nothing to save, so we may end at once. _exit() is one of the few calls that a signal handler is
 * allowed to make: exit() and printf() are not. */
static void stop(int signal_number)
{
    (void)signal_number;
    _exit(EXIT_OK);
}

static void die(int status, const char *what)
{
    fprintf(stderr, "peer: %s: %s\n", what, strerror(errno));
    exit(status);
}

/* ---- connections --------------------------------------------------------------------------------------- */

/* Returns a socket that listens on every address of this machine. */
static int listen_on(uint16_t port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1;
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port), /* the network's byte order, not this machine's */
        .sin_addr.s_addr = htonl(INADDR_ANY),
    };

    if (fd < 0)
        die(EXIT_NETWORK, "no socket");
    /* Connections of an earlier run may linger for a minute. They must not keep us from the port. */
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, SOMAXCONN) < 0)
        die(EXIT_NETWORK, "cannot listen");
    return fd;
}

/* Dials the peer of the command line. Without it we would be alone, so here we wait for the answer. */
static void join(struct node *n, const char *host, const char *port)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
    int problem = getaddrinfo(host, port, &hints, &found);

    if (problem != 0) {
        fprintf(stderr, "peer: %s: %s\n", host, gai_strerror(problem));
        exit(EXIT_NETWORK);
    }
    for (struct addrinfo *a = found; a; a = a->ai_next) {
        struct sockaddr_in to;
        memcpy(&to, a->ai_addr, sizeof(to));
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) == 0) {
            fcntl(fd, F_SETFL, O_NONBLOCK);
            node_add(n, fd, true, to.sin_addr, ntohs(to.sin_port), false);
            freeaddrinfo(found);
            return;
        }
        if (fd >= 0)
            close(fd);
    }
    die(EXIT_NETWORK, "nobody answers");
}

static void accept_links(struct peer *p)
{
    while (p->node.n_links < MAX_LINKS) {
        struct sockaddr_in from;
        socklen_t size = sizeof(from);
        /* Without SOCK_NONBLOCK a single send() to a peer that does not read could stop us for all. */
        int fd = accept4(p->listener, (struct sockaddr *)&from, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            p->no_descriptors = errno == EMFILE || errno == ENFILE;
            if (errno == ECONNABORTED || errno == EINTR)
                continue;
            return;
        }
        node_add(&p->node, fd, false, from.sin_addr, 0, false); /* where to dial it, HELLO will tell */
    }
}

/* What a dialled link has come to: connect() could not wait for it. */
static void link_answered(struct link *l)
{
    int problem = 0;
    socklen_t size = sizeof(problem);

    getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &problem, &size);
    l->connecting = false;
    l->lost = problem != 0;
}

static void link_step(struct node *n, struct link *l)
{
    struct sockaddr_in here;
    socklen_t size = sizeof(here);

    if (l->connecting)
        link_answered(l);
    if (l->here.s_addr == 0 && getsockname(l->fd, (struct sockaddr *)&here, &size) == 0)
        l->here = here.sin_addr;
    if (!l->lost)
        link_read(l);
    node_hear(n, l);
}

/* ---- stdin --------------------------------------------------------------------------------------------- */

/* Takes the line at the front of `typed`, if a whole one is there. */
static bool take_line(struct peer *p)
{
    char *feed = memchr(p->typed, '\n', p->typed_used);

    if (!feed)
        return false;
    *feed = '\0';
    if (strncmp(p->typed, "get ", 4) == 0)
        node_get(&p->node, p->typed + 4);
    else
        fprintf(stderr, "peer: say `get NAME`\n");
    p->typed_used -= feed + 1 - p->typed;
    memmove(p->typed, feed + 1, p->typed_used);
    return true;
}

static void read_stdin(struct peer *p)
{
    ssize_t n = read(STDIN_FILENO, p->typed + p->typed_used, sizeof(p->typed) - p->typed_used);

    if (n > 0)
        p->typed_used += n;
    else {
        p->stdin_ended = true; /* nobody types any more: the files of others are still served */
        if (p->typed_used > 0)
            p->typed[p->typed_used++] = '\n'; /* the last line had none */
    }
    if (p->typed_used == sizeof(p->typed) && !memchr(p->typed, '\n', p->typed_used)) {
        fprintf(stderr, "peer: a line is too long\n");
        p->typed_used = 0;
    }
}

static bool is_fetching(const struct peer *p)
{
    return p->node.fetch.name[0] != '\0';
}

/* ---- all ----------------------------------------------------------------------------------------------- */

static void remove_links(struct peer *p)
{
    struct node *n = &p->node;

    /* Losing one may make the node give up others: backwards, and those wait for the next round. */
    for (size_t i = n->n_links; i-- > 0;)
        if (link_is_over(n->links[i])) {
            node_lose(n, n->links[i]);
            p->no_descriptors = false;
        }
}

static void serve_round(struct peer *p)
{
    struct node *n = &p->node;
    struct pollfd polled[2 + MAX_LINKS];
    size_t links = n->n_links;
    bool room = links < MAX_LINKS && !p->no_descriptors;

    /* poll() skips -1. The user's next line is read when the last one is done with. */
    polled[0] = (struct pollfd){.fd = room ? p->listener : -1, .events = POLLIN};
    polled[1] = (struct pollfd){.fd = p->stdin_ended || is_fetching(p) ? -1 : STDIN_FILENO, .events = POLLIN};
    for (size_t i = 0; i < links; i++)
        polled[2 + i] = (struct pollfd){.fd = n->links[i]->fd, .events = link_events(n->links[i])};
    if (poll(polled, 2 + links, -1) < 0) {
        if (errno != EINTR)
            die(EXIT_NETWORK, "poll");
        return;
    }

    for (size_t i = 0; i < links; i++)
        if (polled[2 + i].revents)
            link_step(n, n->links[i]);
    for (size_t i = 0; i < links; i++)
        if (polled[2 + i].revents) {
            link_write(n->links[i]);
            node_hear(n, n->links[i]); /* a request may have waited for the end of a file */
        }
    remove_links(p);
    if (polled[0].revents)
        accept_links(p);
    if (polled[1].revents)
        read_stdin(p);
    while (!is_fetching(p) && take_line(p))
        ;
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

int main(int argc, char **argv)
{
    static struct peer peer;
    struct node *n = &peer.node;

    n->fetch.fd = -1;
    n->port = argc == 3 || argc == 5 ? read_port(argv[1]) : 0;
    if (n->port == 0 || (argc == 5 && read_port(argv[4]) == 0)) {
        fprintf(stderr, "usage: peer PORT DIR [HOST PORT]\n");
        return EXIT_USAGE;
    }
    n->dir = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (n->dir < 0)
        die(EXIT_USAGE, argv[2]);
    signal(SIGTERM, stop);
    signal(SIGINT, stop);

    /* First listen, then dial: who is told of us by the one that we dial may dial us at once. */
    peer.listener = listen_on(n->port);
    if (argc == 5)
        join(n, argv[3], argv[4]);
    for (;;)
        serve_round(&peer);
}
