/* client.c - moves bytes between a socket and the buffers of its client, and never waits for anybody. */
#include "client.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct client *client_new(int fd)
{
    struct client *c = calloc(1, sizeof(*c));
    if (c)
        c->fd = fd;
    return c;
}

void client_free(struct client *c)
{
    if (!c)
        return;
    close(c->fd);
    free(c->out);
    free(c);
}

void client_consume(struct client *c, size_t n)
{
    c->in_used -= n;
    memmove(c->in, c->in + n, c->in_used);
}

/* Makes room for n more bytes behind `to`. Returns false when there is none to be had. */
static bool make_room(struct client *c, size_t n)
{
    size_t used = c->out_to - c->out_from;

    if (used + n > OUT_MAX)
        return false;
    /* The bytes move to the front only where that frees half of the buffer: once for each line would be slow.
     */
    if (c->out_from > c->out_room / 2) {
        memmove(c->out, c->out + c->out_from, used);
        c->out_from = 0;
        c->out_to = used;
    }
    if (c->out_room - c->out_to >= n)
        return true;

    size_t room = 2 * c->out_room + n + 1024;
    char *out = realloc(c->out, room);
    if (!out)
        return false;
    c->out = out;
    c->out_room = room;
    return true;
}

void client_put(struct client *c, const void *bytes, size_t n)
{
    if (c->lost)
        return;
    if (!make_room(c, n)) {
        c->lost = true; /* and with it what it has not read: a talk with holes in it would be worse */
        return;
    }
    memcpy(c->out + c->out_to, bytes, n);
    c->out_to += n;
}

static bool wants_input(const struct client *c)
{
    return !c->ended && (c->leaving || (c->in_used < IN_SIZE && c->out_to - c->out_from < OUT_BUSY));
}

short client_events(const struct client *c)
{
    return (wants_input(c) ? POLLIN : 0) | (c->out_to > c->out_from ? POLLOUT : 0);
}

/* Was this failed call only too early, rather than a broken connection? */
static bool try_later(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

void client_read(struct client *c)
{
    char *to = c->leaving ? c->in : c->in + c->in_used;
    size_t room = c->leaving ? IN_SIZE : IN_SIZE - c->in_used;

    if (!wants_input(c))
        return;
    ssize_t n = recv(c->fd, to, room, 0);
    if (n > 0 && !c->leaving)
        c->in_used += n;
    if (n == 0)
        c->ended = true;
    if (n < 0 && !try_later())
        c->lost = true;
}

void client_write(struct client *c)
{
    if (c->out_from == c->out_to)
        return;
    /* MSG_NOSIGNAL: if the client is gone, an error is enough. SIGPIPE would end the server for all. */
    ssize_t n = send(c->fd, c->out + c->out_from, c->out_to - c->out_from, MSG_NOSIGNAL);
    if (n >= 0)
        c->out_from += n; /* perhaps not all: the rest stays for the next time */
    else if (!try_later())
        c->lost = true;
}

bool client_is_over(struct client *c)
{
    if (c->lost)
        return true;
    if (c->out_from < c->out_to)
        return false;
    if (c->leaving && !c->said_bye) {
        /*
         * Not close() yet: closing while the client still sends resets the connection, and a reset may
         * destroy our last reply on its way. So we say that nothing more will come, and listen until it has
         * heard.
         */
        shutdown(c->fd, SHUT_WR);
        c->said_bye = true;
    }
    return c->ended;
}
