/* wire.c - a buffer before a socket. */
#include "wire.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

void wire_init(struct wire *w, int fd)
{
    w->fd = fd;
    w->used = 0;
}

/* Takes n bytes away from the front of the buffer. */
static void consume(struct wire *w, size_t n)
{
    w->used -= n;
    memmove(w->in, w->in + n, w->used);
}

/* Appends what comes next. False: nothing more comes. */
static bool fill(struct wire *w)
{
    ssize_t n;

    do
        n = recv(w->fd, w->in + w->used, sizeof(w->in) - w->used, 0);
    while (n < 0 && errno == EINTR);
    if (n <= 0)
        return false;
    w->used += (size_t)n;
    return true;
}

enum wire_line wire_read_line(struct wire *w, char line[MAX_LINE + 1], size_t *length)
{
    /* The end is looked for in all that is there, and not in the last piece: CR may have come with one piece,
     * and LF with the next. memmem and not strstr, for a zero byte is no end of anything here. */
    for (;;) {
        char *end = memmem(w->in, w->used, "\r\n", 2);
        if (end) {
            *length = (size_t)(end - w->in);
            memcpy(line, w->in, *length);
            line[*length] = '\0';
            consume(w, *length + 2);
            return WIRE_LINE;
        }
        if (w->used == sizeof(w->in))
            return WIRE_TOO_LONG;
        if (!fill(w))
            return WIRE_END;
    }
}

size_t wire_read_bytes(struct wire *w, char *bytes, size_t n)
{
    /* The beginning of a literal has often come together with the line before it. */
    if (w->used == 0 && !fill(w))
        return 0;
    if (n > w->used)
        n = w->used;
    memcpy(bytes, w->in, n);
    consume(w, n);
    return n;
}

bool wire_write(struct wire *w, const char *bytes, size_t n)
{
    while (n > 0) {
        /* MSG_NOSIGNAL: that the other side has gone is no reason to be killed by SIGPIPE. */
        ssize_t sent = send(w->fd, bytes, n, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return false;
        bytes += sent;
        n -= (size_t)sent;
    }
    return true;
}

bool wire_print(struct wire *w, const char *format, ...)
{
    char text[MAX_LINE + 3];
    va_list list;

    va_start(list, format);
    int n = vsnprintf(text, sizeof(text), format, list);
    va_end(list);
    return n >= 0 && (size_t)n < sizeof(text) && wire_write(w, text, (size_t)n);
}
