/* control.c - see control.h. */
#include "control.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void die(int status, const char *why)
{
    fprintf(stderr, "ft: %s\n", why);
    exit(status);
}

/* ---- connecting ---------------------------------------------------------------------------------------- */

static int dial(const struct sockaddr_in *to)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 && connect(fd, (const struct sockaddr *)to, sizeof(*to)) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* A name may stand for several addresses: the first that answers is taken. */
void control_connect(struct control *c, const char *host, const char *port)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;

    c->fd = -1;
    c->used = 0;
    if (getaddrinfo(host, port, &hints, &found) != 0)
        die(EXIT_NETWORK, "there is no such host");
    for (struct addrinfo *a = found; a && c->fd < 0; a = a->ai_next) {
        memcpy(&c->server, a->ai_addr, sizeof(c->server));
        c->fd = dial(&c->server);
    }
    freeaddrinfo(found);
    if (c->fd < 0)
        die(EXIT_NETWORK, "cannot connect");
}

int control_connect_data(const struct control *c, unsigned short port)
{
    struct sockaddr_in to = c->server;
    int fd;

    to.sin_port = htons(port);
    fd = dial(&to);
    if (fd < 0)
        die(EXIT_NETWORK, "nobody listens at the data port");
    return fd;
}

/* ---- talking ------------------------------------------------------------------------------------------- */

void control_say(const struct control *c, const char *command, const char *argument)
{
    char line[MAX_LINE];
    int n = snprintf(line, sizeof(line), "%s%s\r\n", command, argument), done = 0;

    while (done < n) { /* one send() may take less than all */
        ssize_t sent = send(c->fd, line + done, (size_t)(n - done), MSG_NOSIGNAL);
        if (sent < 0)
            die(EXIT_PROTOCOL, "the control connection is broken");
        done += (int)sent;
    }
}

/* Takes the first line out of `in`, without its end. Returns 0 when there is none as a whole. */
static int take_line(struct control *c, char line[MAX_LINE])
{
    const char *end = memmem(c->in, c->used, "\r\n", 2);
    size_t n = end ? (size_t)(end - c->in) : 0;

    if (!end)
        return 0;
    memcpy(line, c->in, n);
    line[n] = '\0';
    /* What is left over is the beginning of the next reply: one read may bring two. */
    c->used -= n + 2;
    memmove(c->in, end + 2, c->used);
    return 1;
}

int control_hear(struct control *c, char text[MAX_LINE])
{
    char line[MAX_LINE];

    while (!take_line(c, line)) {
        ssize_t n = recv(c->fd, c->in + c->used, sizeof(c->in) - c->used, 0);
        if (n <= 0) /* also when `in` is full, and holds no line */
            die(EXIT_PROTOCOL, "the server has hung up, or says what nobody can read");
        c->used += (size_t)n;
    }
    if (strspn(line, "0123456789") != 3 || line[3] != ' ')
        die(EXIT_PROTOCOL, "that is no reply");
    fprintf(stderr, "ft: %s\n", line);
    strcpy(text, line + 4);
    return atoi(line);
}
