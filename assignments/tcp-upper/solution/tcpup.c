/*
 * tcpup HOST PORT - sends what comes on stdin to a tcpupd, and writes what comes back to stdout.
 *
 * It writes and reads by turns, as poll() says. A client that first writes everything and then reads would
 * get stuck with a long input: once all buffers on the way are full the server cannot write and so does not
 * read, and then nobody moves any more.
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EXIT_OK = 0, EXIT_USAGE = 1, EXIT_NETWORK = 2 };

#define BUFFER_SIZE 65536

struct transfer {
    int socket;
    char buffer[BUFFER_SIZE]; /* came from stdin */
    size_t from, to;          /* what is between them is still to be sent */
    bool input_ended;         /* stdin is at its end */
    bool said_bye;            /* and the server has been told so */
    unsigned long long sent, received;
};

static int fail(const char *what)
{
    fprintf(stderr, "tcpup: %s: %s\n", what, strerror(errno));
    return EXIT_NETWORK;
}

/* Tries each address that the name has. Returns a connected socket, or -1. */
static int connect_to(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *all, *a;
    int fd = -1;
    int problem = getaddrinfo(host, port, &hints, &all);

    if (problem != 0) {
        fprintf(stderr, "tcpup: %s: %s\n", host, gai_strerror(problem));
        return -1;
    }
    for (a = all; a && fd < 0; a = a->ai_next) {
        fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
        if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) < 0) {
            int reason = errno; /* close() may change it */
            close(fd);
            errno = reason;
            fd = -1;
        }
    }
    freeaddrinfo(all);
    if (fd < 0)
        fail("cannot connect");
    return fd;
}

/* Was this failed call only too early, rather than a broken connection? */
static bool try_later(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* stdout may well be slow, and then we simply wait for it. Returns false when it is gone. */
static bool write_all(const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t written = write(STDOUT_FILENO, bytes, n);
        if (written < 0 && errno != EINTR)
            return false;
        if (written > 0) {
            bytes += written;
            n -= (size_t)written;
        }
    }
    return true;
}

static bool take_input(struct transfer *t)
{
    ssize_t n = read(STDIN_FILENO, t->buffer, BUFFER_SIZE);

    if (n < 0)
        return try_later();
    t->input_ended = n == 0;
    t->from = 0;
    t->to = (size_t)n;
    return true;
}

/* One write. The kernel takes as much as it has room for, and the rest stays for the next time. */
static bool send_some(struct transfer *t)
{
    /* MSG_NOSIGNAL: an error tells us that the server is gone. SIGPIPE would end us without a word. */
    ssize_t n = send(t->socket, t->buffer + t->from, t->to - t->from, MSG_NOSIGNAL);

    if (n < 0)
        return try_later();
    t->from += (size_t)n;
    t->sent += (size_t)n;
    return true;
}

/* *ended: the server has said that no more will come. */
static bool receive_some(struct transfer *t, bool *ended)
{
    static char bytes[BUFFER_SIZE];
    ssize_t n = recv(t->socket, bytes, sizeof(bytes), 0);

    if (n < 0)
        return try_later();
    *ended = n == 0;
    t->received += (size_t)n;
    return write_all(bytes, (size_t)n);
}

/* Waits until something can be done, and does it. Returns false when something is broken: errno says what. */
static bool transfer_round(struct transfer *t, bool *ended)
{
    bool sending = t->from < t->to;
    struct pollfd polled[2] = {
        {.fd = t->socket, .events = sending ? POLLIN | POLLOUT : POLLIN},
        /* The next piece is read from stdin once the last is sent: -1 makes poll() skip it until then. */
        {.fd = sending || t->input_ended ? -1 : STDIN_FILENO, .events = POLLIN},
    };

    if (poll(polled, 2, -1) < 0)
        return errno == EINTR;
    if (polled[1].revents && !take_input(t))
        return false;
    if ((polled[0].revents & POLLOUT) && !send_some(t))
        return false;
    if (t->input_ended && !t->said_bye) {
        /* Only our direction ends. close() would end both, and the answers that are still due be lost. */
        shutdown(t->socket, SHUT_WR);
        t->said_bye = true;
    }
    if (polled[0].revents & (POLLIN | POLLHUP | POLLERR))
        return receive_some(t, ended);
    return true;
}

int main(int argc, char **argv)
{
    static struct transfer t;
    bool ended = false;

    if (argc != 3) {
        fprintf(stderr, "usage: tcpup HOST PORT\n");
        return EXIT_USAGE;
    }
    t.socket = connect_to(argv[1], argv[2]);
    if (t.socket < 0)
        return EXIT_NETWORK;
    /* So that send() takes what fits and returns, rather than wait until all of it does. */
    fcntl(t.socket, F_SETFL, O_NONBLOCK);

    while (!ended)
        if (!transfer_round(&t, &ended))
            return fail("the connection broke");
    if (!t.said_bye || t.received != t.sent) {
        fprintf(stderr, "tcpup: the server closed before all had come back\n");
        return EXIT_NETWORK;
    }
    return EXIT_OK;
}
