/* client.c - moves bytes between a socket, its buffers and files, and never waits for anybody. */
#include "client.h"
#include "file.h"
#include "request.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct client *client_new(int fd)
{
    struct client *c = calloc(1, sizeof(*c));

    if (c) {
        c->fd = fd;
        c->file = -1;
    }
    return c;
}

static void close_file(struct client *c)
{
    if (c->file >= 0)
        close(c->file);
    c->file = -1;
    c->left = 0;
}

void client_free(struct client *c)
{
    if (!c)
        return;
    close_file(c);
    close(c->fd);
    free(c);
}

short client_events(const struct client *c)
{
    short events = 0;

    /* A client that asks and asks but does not read fills `in`, and then is not read any more: TCP makes it
     * wait. Without such a bound it could make us use up all memory. */
    if (!c->ended && (c->leaving || c->in_used < IN_SIZE))
        events |= POLLIN;
    if (c->out_used > 0 || c->file >= 0)
        events |= POLLOUT;
    return events;
}

/* Was this failed call only too early, rather than a broken connection? */
static bool try_later(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* One read. It may bring a piece of a request or many requests. */
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
        c->in_used += (size_t)n;
    return true;
}

static const char *reason(int status)
{
    switch (status) {
    case 200: return "OK";
    case 400: return "Bad Request";
    case 404: return "Not Found";
    default: return "Not Implemented";
    }
}

/* The head of an answer, and of an error the body too. A file's body follows from the file itself. */
static void begin_answer(struct client *c, const struct request *r, int status, off_t length)
{
    char body[64] = "";

    if (status != 200)
        length = snprintf(body, sizeof(body), "%d %s\n", status, reason(status));
    c->out_used += (size_t)snprintf(c->out + c->out_used, OUT_SIZE - c->out_used,
                                    "HTTP/1.1 %d %s\r\n"
                                    "Content-Length: %lld\r\n"
                                    "%s"
                                    "\r\n" /* the empty line: the body begins behind it */
                                    "%s",
                                    status, reason(status), (long long)length,
                                    r->close ? "Connection: close\r\n" : "", r->head ? "" : body);
}

static void answer(struct client *c, const struct request *r, const char *root)
{
    int status = r->status;
    off_t size = 0;

    if (status == 200) {
        c->file = file_open(root, r->path, &size);
        c->left = size;
        if (c->file < 0)
            status = 404;
    }
    begin_answer(c, r, status, size);
    if (r->head)
        close_file(c); /* HEAD: the length is told, and the body stays here */
    if (r->close)
        c->leaving = true;
}

/* Answers the first request in `in`. Returns false when none is there as a whole. */
static bool serve_one(struct client *c, const char *root)
{
    struct request r;

    if (!request_read(c->in, c->in_used, &r))
        return false;
    answer(c, &r, root);
    /* What is left over belongs to the next request: it moves to the front. */
    c->in_used -= r.bytes;
    memmove(c->in, c->in + r.bytes, c->in_used);
    return true;
}

/* Moves a piece of the file into `out`, as much as there is room for. */
static bool load(struct client *c)
{
    size_t room = OUT_SIZE - c->out_used;
    ssize_t n;

    if (c->file < 0)
        return true;
    if (c->left > 0 && room > 0) {
        n = read(c->file, c->out + c->out_used, (off_t)room < c->left ? room : (size_t)c->left);
        if (n <= 0)
            return false; /* it has become shorter than we said: only closing can tell the client */
        c->out_used += (size_t)n;
        c->left -= n;
    }
    if (c->left == 0)
        close_file(c);
    return true;
}

/* One send. The kernel takes as much as it has room for, and the rest stays for the next time. */
static bool give_output(struct client *c)
{
    if (c->out_used == 0)
        return true;
    /* MSG_NOSIGNAL: if the client is gone, an error is enough. SIGPIPE would end the server for all. */
    ssize_t n = send(c->fd, c->out, c->out_used, MSG_NOSIGNAL);
    if (n < 0)
        return try_later();
    c->out_used -= (size_t)n;
    memmove(c->out, c->out + n, c->out_used);
    return true;
}

bool client_step(struct client *c, const char *root)
{
    bool busy;

    if (!take_input(c))
        return false;
    do {
        /* In the order of the requests: the next one is looked at when the last answer is out. One read may
         * have brought several. */
        busy = c->file >= 0 || c->out_used > 0 || (!c->leaving && serve_one(c, root));
        if (!load(c) || !give_output(c))
            return false;
    } while (busy && c->out_used == 0);

    if (c->out_used > 0 || c->file >= 0)
        return true; /* poll() tells when the client takes more */
    if (c->ended)
        return false; /* what may be left is a piece of a request that will never be whole */
    if (c->leaving && !c->said_bye) {
        /* Not close() yet: closing while the client still sends resets the connection, and a reset may
         * destroy our last answer on its way. So we say that nothing more will come, and listen until it has
         * heard. */
        shutdown(c->fd, SHUT_WR);
        c->said_bye = true;
    }
    return true;
}
