/*
 * tcpupd PORT, one loop and poll() for all clients.
 * The mistake: when a client does not read and send() would block, that is taken for an error.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENTS 100
#define SIZE 32768

struct client {
    int fd;
    char buf[SIZE];
    int from, to; /* still to be sent */
};

static struct client *clients[CLIENTS];
static int n_clients;

static void up(char *p, ssize_t n)
{
    for (; n > 0; n--, p++)
        if (*p >= 'a' && *p <= 'z')
            *p -= 32;
}

static int later(void)
{
    return errno == EAGAIN || errno == EINTR;
}

/* Returns 0 when the client is to be closed. */
static int step(struct client *c)
{
    int n;

    n = recv(c->fd, c->buf, SIZE, 0);
    if (n <= 0)
        return n < 0 && later();
    up(c->buf, n);
    for (c->from = 0, c->to = n; c->from < c->to; c->from += n) {
        n = send(c->fd, c->buf + c->from, c->to - c->from, 0);
        if (n < 0)
            return 0;
    }
    return 1;
}

int main(int argc, char **argv)
{
    struct pollfd fds[1 + CLIENTS];
    struct sockaddr_in addr = {0};
    int i, fd, yes = 1, server;

    if (argc != 2) {
        fprintf(stderr, "usage: %s PORT\n", argv[0]);
        exit(1);
    }
    signal(SIGPIPE, SIG_IGN);
    server = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    addr.sin_family = AF_INET;
    addr.sin_port = htons(atoi(argv[1]));
    addr.sin_addr.s_addr = INADDR_ANY;
    if (bind(server, (struct sockaddr *)&addr, sizeof(addr)) != 0 || listen(server, 100) != 0) {
        perror("tcpupd");
        exit(2);
    }
    while (1) {
        fds[0].fd = n_clients < CLIENTS ? server : -1;
        fds[0].events = POLLIN;
        for (i = 0; i < n_clients; i++) {
            fds[1 + i].fd = clients[i]->fd;
            fds[1 + i].events = POLLIN;
        }
        if (poll(fds, 1 + n_clients, -1) < 0)
            continue;
        for (i = n_clients - 1; i >= 0; i--) {
            if (fds[1 + i].revents && !step(clients[i])) {
                close(clients[i]->fd);
                free(clients[i]);
                clients[i] = clients[--n_clients];
            }
        }
        if (fds[0].revents && (fd = accept(server, NULL, NULL)) >= 0) {
            fcntl(fd, F_SETFL, O_NONBLOCK);
            clients[n_clients] = calloc(1, sizeof(struct client));
            clients[n_clients++]->fd = fd;
        }
    }
}
