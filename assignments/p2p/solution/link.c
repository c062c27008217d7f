/* link.c - moves bytes between a socket, its buffers and a file, and never waits for anybody. */
#include "link.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct link *link_new(int fd, bool dialled)
{
    struct link *l = calloc(1, sizeof(*l));
    if (!l)
        return NULL;
    l->fd = fd;
    l->dialled = dialled;
    l->file = -1;
    return l;
}

void link_free(struct link *l)
{
    if (!l)
        return;
    close(l->fd);
    if (l->file >= 0)
        close(l->file);
    free(l);
}

void link_say(struct link *l, const char *format, ...)
{
    va_list values;
    size_t room = sizeof(l->out) - l->out_to;

    va_start(values, format);
    int n = vsnprintf(l->out + l->out_to, room, format, values);
    va_end(values);
    if (n < 0 || (size_t)n >= room)
        l->lost = true; /* it asks and asks, and does not read: nobody has to keep up with that */
    else
        l->out_to += n;
}

void link_consume(struct link *l, size_t n)
{
    l->in_used -= n;
    memmove(l->in, l->in + n, l->in_used);
}

short link_events(const struct link *l)
{
    if (l->connecting)
        return POLLOUT; /* that is how poll() tells that somebody has answered, or that nobody will */
    short events = 0;
    if (!l->ended && l->in_used < sizeof(l->in))
        events |= POLLIN;
    if (l->out_from < l->out_to || l->file >= 0)
        events |= POLLOUT;
    return events;
}

/* Was this failed call only too early, rather than a broken connection? */
static bool try_later(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

void link_read(struct link *l)
{
    if (l->connecting || l->ended || l->in_used == sizeof(l->in))
        return;
    ssize_t n = recv(l->fd, l->in + l->in_used, sizeof(l->in) - l->in_used, 0);
    if (n > 0)
        l->in_used += n;
    if (n == 0)
        l->ended = true;
    if (n < 0 && !try_later())
        l->lost = true;
}

/* The next piece of the file comes into `out`, once that is empty. */
static void take_file(struct link *l)
{
    size_t most = l->file_left < sizeof(l->out) ? l->file_left : sizeof(l->out);
    ssize_t n = most > 0 ? read(l->file, l->out, most) : 0;

    if (n < 0 || (n == 0 && most > 0)) {
        l->lost = true; /* it has become shorter than we have said: all that is left to us is to break off */
        return;
    }
    l->out_from = 0;
    l->out_to = n;
    l->file_left -= n;
    if (l->file_left > 0)
        return;
    close(l->file);
    l->file = -1;
}

void link_write(struct link *l)
{
    if (l->connecting)
        return;
    if (l->out_from == l->out_to && l->file >= 0)
        take_file(l);
    if (l->out_from < l->out_to) {
        /* MSG_NOSIGNAL: if the other side is gone, an error is enough. SIGPIPE would end us. */
        ssize_t n = send(l->fd, l->out + l->out_from, l->out_to - l->out_from, MSG_NOSIGNAL);
        if (n >= 0)
            l->out_from += n; /* perhaps not all: the rest stays for the next time */
        else if (!try_later())
            l->lost = true;
    }
    if (l->out_from == l->out_to)
        l->out_from = l->out_to = 0;
    if (l->ask[0] != '\0' && l->file < 0) {
        link_say(l, "%s", l->ask);
        l->ask[0] = '\0';
    }
}

bool link_is_over(const struct link *l)
{
    return l->lost || (l->ended && l->out_from == l->out_to && l->file < 0);
}
