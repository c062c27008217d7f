/*
 * framed line|bin PORT, all clients in one loop around select.
 * The mistake: select is called again on the set in which it has left only what was ready.
 */
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_LINE 1024
#define MAX_PAYLOAD 4096

struct client {
    unsigned char in[2 + MAX_PAYLOAD];
    int used, skipping;
};

static struct client clients[FD_SETSIZE];

static int say(int fd, const void *what, int size)
{
    const char *p = what;
    while (size > 0) {
        int n = send(fd, p, size, MSG_NOSIGNAL);
        if (n < 0)
            return -1;
        p += n;
        size -= n;
    }
    return 0;
}

static char *number(char *s, long long *value)
{
    char *end;
    if (!isdigit((unsigned char)s[*s == '-']))
        return NULL;
    errno = 0;
    *value = strtoll(s, &end, 10);
    return errno ? NULL : end;
}

static int answer(int fd, char *line)
{
    long long a, b, sum;
    char reply[64], *p;
    if (strncmp(line, "ADD ", 4) == 0 && (p = number(line + 4, &a)) && *p == ' ' && (p = number(p + 1, &b)) && *p == 0 &&
        !__builtin_add_overflow(a, b, &sum))
        sprintf(reply, "OK %lld\n", sum);
    else
        strcpy(reply, "ERR what?\n");
    return say(fd, reply, strlen(reply));
}

/* Each of these two takes one message from the buffer: how many bytes it had, 0: it is not whole yet, -1: the client goes. */
static int take_line(int fd, struct client *c)
{
    unsigned char *feed = memchr(c->in, '\n', c->used);
    int size = feed ? feed - c->in + 1 : c->used;
    if (!feed && c->used <= MAX_LINE)
        return 0;
    if (size > MAX_LINE + 1 || !feed) {
        if (!c->skipping && say(fd, "ERR too long\n", 13) < 0)
            return -1;
        c->skipping = !feed;
        return size;
    }
    *feed = 0;
    if (!c->skipping && answer(fd, (char *)c->in) < 0)
        return -1;
    c->skipping = 0;
    return size;
}

static int take_frame(int fd, struct client *c)
{
    unsigned char reply[2 + MAX_PAYLOAD];
    int size = c->in[0] << 8 | c->in[1];
    if (c->used < 2)
        return 0;
    if (size > MAX_PAYLOAD)
        return -1;
    if (c->used < 2 + size)
        return 0;
    memcpy(reply, c->in, 2);
    for (int i = 0; i < size; i++)
        reply[2 + i] = c->in[2 + size - 1 - i];
    if (say(fd, reply, 2 + size) < 0 || size == 0)
        return -1;
    return 2 + size;
}

/* -1: the client goes */
static int serve(int fd, int is_line)
{
    struct client *c = &clients[fd];
    int n = recv(fd, c->in + c->used, sizeof(c->in) - c->used, 0);
    if (n <= 0)
        return -1;
    c->used += n;
    while (c->used > 0 && (n = is_line ? take_line(fd, c) : take_frame(fd, c)) != 0) {
        if (n < 0)
            return -1;
        c->used -= n;
        memmove(c->in, c->in + n, c->used);
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY)};
    int door, top, one = 1;
    fd_set set;

    if (argc != 3) {
        fprintf(stderr, "usage: framed line|bin PORT\n");
        return 1;
    }
    door = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    addr.sin_port = htons(atoi(argv[2]));
    if (bind(door, (struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(door, 64) < 0) {
        perror("framed");
        return 2;
    }
    FD_ZERO(&set);
    FD_SET(door, &set);
    top = door;
    for (;;) {
        if (select(top + 1, &set, NULL, NULL, NULL) < 0) {
            perror("select");
            return 2;
        }
        for (int fd = 0, last = top; fd <= last; fd++) {
            if (!FD_ISSET(fd, &set))
                continue;
            if (fd == door) {
                int guest = accept(door, NULL, NULL);
                if (guest < 0 || guest >= FD_SETSIZE)
                    continue;
                clients[guest].used = clients[guest].skipping = 0;
                FD_SET(guest, &set);
                if (guest > top)
                    top = guest;
            } else if (serve(fd, argv[1][0] == 'l') < 0) {
                close(fd);
                FD_CLR(fd, &set);
            }
        }
    }
}
