/*
 * framed line|bin PORT, one loop and poll() for all clients.
 * The mistake: when the stream ends in mid-message it goes on waiting for the rest. read() returns 0
 * for ever, and poll() never sleeps again.
 */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENTS 100
#define SIZE 8192

struct client {
    int fd;
    unsigned char buf[SIZE];
    int used;
    int skip;
};

static struct client clients[CLIENTS];
static int n_clients;

static int parse(const char *line, long long *sum)
{
    long long a, b;
    char *end;

    errno = 0;
    if (strncmp(line, "ADD ", 4) != 0)
        return 0;
    line += 4;
    a = strtoll(line, &end, 10);
    if (end == line || *end != ' ')
        return 0;
    line = end + 1;
    b = strtoll(line, &end, 10);
    if (end == line || *end != '\0' || errno)
        return 0;
    return !__builtin_add_overflow(a, b, sum);
}

/* These return the number of bytes that the message took, 0 when it is not complete, -1 to close. */
static int serve_line(struct client *c)
{
    unsigned char *feed = memchr(c->buf, '\n', c->used);
    char out[64];
    long long sum;
    int size = feed ? feed + 1 - c->buf : c->used;

    if (size > 1024 + (feed != NULL) && !c->skip) {
        write(c->fd, "ERR too long\n", 13);
        c->skip = 1;
    }
    if (!feed)
        return c->skip ? c->used : 0;
    if (!c->skip) {
        *feed = '\0';
        if (parse((char *)c->buf, &sum))
            sprintf(out, "OK %lld\n", sum);
        else
            sprintf(out, "ERR bad request\n");
        write(c->fd, out, strlen(out));
    }
    c->skip = 0;
    return size;
}

static int serve_frame(struct client *c)
{
    unsigned char out[2 + 4096];
    int n, i;

    if (c->used < 2)
        return 0;
    n = c->buf[0] * 256 + c->buf[1];
    if (n > 4096)
        return -1;
    if (c->used < 2 + n)
        return 0;
    memcpy(out, c->buf, 2);
    for (i = 0; i < n; i++)
        out[2 + i] = c->buf[2 + n - 1 - i];
    write(c->fd, out, 2 + n);
    return n == 0 ? -1 : 2 + n;
}

/* Returns 0 when the client is to be closed. */
static int step(struct client *c, int (*serve)(struct client *))
{
    int n = read(c->fd, c->buf + c->used, SIZE - c->used);
    if (n < 0 || (n == 0 && c->used == 0))
        return 0;
    c->used += n;
    while (c->used > 0 && (n = serve(c)) != 0) {
        if (n < 0)
            return 0;
        c->used -= n;
        memmove(c->buf, c->buf + n, c->used);
    }
    return 1;
}

int main(int argc, char **argv)
{
    struct pollfd fds[1 + CLIENTS];
    struct sockaddr_in addr = {0};
    int i, fd, yes = 1, server;
    int (*serve)(struct client *);

    if (argc < 3) {
        fprintf(stderr, "usage: %s line|bin PORT\n", argv[0]);
        exit(1);
    }
    serve = strcmp(argv[1], "bin") == 0 ? serve_frame : serve_line;
    signal(SIGPIPE, SIG_IGN);

    server = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    addr.sin_family = AF_INET;
    addr.sin_port = htons(atoi(argv[2]));
    addr.sin_addr.s_addr = INADDR_ANY;
    if (bind(server, (struct sockaddr *)&addr, sizeof(addr)) != 0 || listen(server, 100) != 0) {
        perror("framed");
        exit(2);
    }
    while (1) {
        fds[0].fd = n_clients < CLIENTS ? server : -1;
        fds[0].events = POLLIN;
        for (i = 0; i < n_clients; i++) {
            fds[1 + i].fd = clients[i].fd;
            fds[1 + i].events = POLLIN;
        }
        if (poll(fds, 1 + n_clients, -1) < 0)
            continue;
        for (i = n_clients - 1; i >= 0; i--) {
            if (fds[1 + i].revents && !step(&clients[i], serve)) {
                close(clients[i].fd);
                clients[i] = clients[--n_clients];
            }
        }
        if (fds[0].revents && (fd = accept(server, NULL, NULL)) >= 0) {
            memset(&clients[n_clients], 0, sizeof(clients[0]));
            clients[n_clients++].fd = fd;
        }
    }
}
