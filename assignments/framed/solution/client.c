/* client.c - moves bytes between a socket and the buffers of its client, and never waits for anybody. */
#include "client.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void client_answer(struct client *c, const void *bytes, size_t n)
{
    memcpy(c->out + c->out_used, bytes, n);
    c->out_used += n;
}

void client_consume(struct client *c, size_t n)
{
    /* What is left over is the beginning of the next message: it moves to the front. */
    c->in_used -= n;
    memmove(c->in, c->in + n, c->in_used);
}

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
    free(c);
}

short client_events(const struct client *c)
{
    short events = 0;
    /*
     * A client that sends but does not read fills `out`, then `in`, and then is not read any more: TCP makes
     * it wait. Without such a bound it could make us use up all memory.
     */
    if (!c->ended && (c->leaving || c->in_used < IN_SIZE))
        events |= POLLIN;
    if (c->out_used > 0)
        events |= POLLOUT;
    return events;
}

/* Was this failed call only too early, rather than a broken connection? */
static bool try_later(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* One read. It may bring a piece of a message or many messages: that is for the mode to find out. */
static bool take_input(struct client *c)
{
    char *to = c->leaving ? c->in : c->in + c->in_used;
    size_t room = c->leaving ? IN_SIZE : IN_SIZE - c->in_used;
    if (c->ended || room == 0)
        return true;

    ssize_t n = recv(c->fd, to, room, 0);
    if (n < 0)
        return try_later();
    if (n == 0)
        c->ended = true;
    else if (!c->leaving)
        c->in_used += n;
    return true;
}

/* One write. The kernel takes as much as it has room for, and the rest stays for the next time. */
static bool give_output(struct client *c)
{
    if (c->out_used == 0)
        return true;
    /* MSG_NOSIGNAL: if the client is gone, an error is enough. SIGPIPE would end the server for all. */
    ssize_t n = send(c->fd, c->out, c->out_used, MSG_NOSIGNAL);
    if (n < 0)
        return try_later();
    c->out_used -= n;
    memmove(c->out, c->out + n, c->out_used);
    return true;
}

/* Answers what is whole in `in`, and sends it. Returns false when the connection is broken. */
static bool answer_all(struct client *c, serve_one *serve)
{
    bool room;
    do {
        /* One read may have brought several messages. */
        while ((room = OUT_SIZE - c->out_used >= MAX_ANSWER) && !c->leaving && serve(c))
            ;
        if (!give_output(c))
            return false;
        /* Without room there may be whole messages left. Once all is sent nothing would wake us up for them.
         */
    } while (!room && c->out_used == 0);
    return true;
}

bool client_step(struct client *c, serve_one *serve)
{
    if (!take_input(c) || !answer_all(c, serve))
        return false;
    if (c->out_used > 0)
        return true;

    /* All is answered and sent. What may be left in `in` is a piece of a message. */
    if (c->ended)
        return false; /* and will never be more */
    if (c->leaving && !c->said_bye) {
        /*
         * Not close() yet: closing while the client still sends resets the connection, and a reset may
         * destroy our last answer on its way. So we say that nothing more will come, and listen until it has
         * heard.
         */
        shutdown(c->fd, SHUT_WR);
        c->said_bye = true;
    }
    return true;
}
