/* transfer.c - see transfer.h. */
#include "transfer.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void transfer_init(struct transfer *t)
{
    t->data = t->file = -1;
}

void transfer_begin(struct transfer *t, enum direction direction, int data, int file)
{
    t->direction = direction;
    t->data = data;
    t->file = file;
    t->used = 0;
}

void transfer_end(struct transfer *t)
{
    if (t->data >= 0)
        close(t->data);
    if (t->file >= 0)
        close(t->file);
    transfer_init(t);
}

short transfer_events(const struct transfer *t)
{
    return t->direction == OUTGOING ? POLLOUT : POLLIN;
}

/* Was this failed call only too early, rather than a broken connection? */
static bool try_later(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* One piece of the file. The socket may take less of it than there is: the rest waits for the next time. */
static enum progress step_out(struct transfer *t)
{
    ssize_t n = 0;

    if (t->used == 0)
        n = read(t->file, t->bytes, sizeof(t->bytes));
    if (n < 0)
        return BROKEN;
    t->used += (size_t)n;
    if (t->used == 0)
        return COMPLETE;
    /* MSG_NOSIGNAL: if the client is gone, an error is enough. SIGPIPE would end the server for all. */
    n = send(t->data, t->bytes, t->used, MSG_NOSIGNAL);
    if (n < 0)
        return try_later() ? UNDER_WAY : BROKEN;
    t->used -= (size_t)n;
    memmove(t->bytes, t->bytes + n, t->used);
    return UNDER_WAY;
}

static bool write_all(int file, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t written = write(file, bytes, n);
        if (written < 0)
            return false; /* the disk is full, perhaps */
        bytes += written;
        n -= (size_t)written;
    }
    return true;
}

/* An end says that the file is whole. A reset says nothing of the kind. */
static enum progress step_in(struct transfer *t)
{
    ssize_t n = recv(t->data, t->bytes, sizeof(t->bytes), 0);

    if (n < 0)
        return try_later() ? UNDER_WAY : BROKEN;
    if (n == 0)
        return COMPLETE;
    return write_all(t->file, t->bytes, (size_t)n) ? UNDER_WAY : BROKEN;
}

enum progress transfer_step(struct transfer *t)
{
    return t->direction == OUTGOING ? step_out(t) : step_in(t);
}
