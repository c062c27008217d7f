#include "launch/capture.h"
#include "base/fd.h"
#include "launch/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static void on_ready(struct watch *w, uint32_t events);

void capture_init(struct capture *c, struct loop *loop, uint64_t limit)
{
    *c = (struct capture){
        .watch = WATCH_INIT(on_ready), .loop = loop, .fd = -1, .ended = true, .limit = limit};
}

static void end(struct capture *c)
{
    loop_remove(c->loop, &c->watch);
    c->ended = true;
}

void capture_deinit(struct capture *c)
{
    if (c->loop)
        end(c);
    fd_closep(&c->fd);
    buf_deinit(&c->text);
    buf_deinit(&c->head);
}

/* A terminal's far end tells EIO once the last program that held it is gone. */
static void on_ready(struct watch *w, uint32_t events)
{
    struct capture *c = (struct capture *)w;
    uint8_t chunk[16384];
    ssize_t n = read(c->fd, chunk, sizeof chunk);

    (void)events;
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        end(c);
        return;
    }
    c->since += (uint64_t)n;
    if (capture_over_limit(c))
        c->dropped += (uint64_t)n;
    else
        buf_append(&c->text, (struct bytes){chunk, (size_t)n});
}

int capture_open(struct capture *c, bool terminal, int *theirs)
{
    int ends[2] = {-1, -1};
    int r = terminal ? terminal_open(TERMINAL_OUTPUT, &ends[0], &ends[1]) : fd_pipe(ends);

    if (r == 0)
        r = fd_nonblock(ends[0]);
    if (r == 0)
        r = loop_add(c->loop, &c->watch, ends[0], EPOLLIN);
    if (r < 0) {
        fd_close(ends[0]);
        fd_close(ends[1]);
        return r;
    }
    c->fd = ends[0];
    c->ended = false;
    *theirs = ends[1];
    return 0;
}

/* What is written to a pseudo-terminal reaches us by a worker of the kernel's. epoll does not wait for it;
 * poll does. */
bool capture_drain(struct capture *c)
{
    struct pollfd p = {.fd = c->fd, .events = POLLIN};
    bool any = false;

    while (!c->ended && poll(&p, 1, 0) > 0 && !capture_over_limit(c)) {
        on_ready(&c->watch, EPOLLIN);
        any = true;
    }
    return any;
}

void capture_begin_case(struct capture *c)
{
    size_t keep = EXCERPT_MAX, old = c->text.len;

    c->since = 0;
    if (old > 16 * keep) {
        if (c->head.len == 0)
            buf_append(&c->head, bytes_slice(buf_view(&c->text), 0, keep));
        c->dropped += old - keep;
        buf_consume(&c->text, old - keep);
    }
    c->taken = c->text.len;
}

bool capture_over_limit(const struct capture *c)
{
    return c->since > c->limit;
}

struct bytes capture_rest(const struct capture *c)
{
    return bytes_slice(buf_view(&c->text), c->taken, c->text.len);
}

struct excerpt capture_excerpt(const struct capture *c, struct arena *a)
{
    struct bytes text = buf_view(&c->text), head = c->head.len ? buf_view(&c->head) : text, tail = text;
    struct excerpt e = excerpt_of(a, text);

    if (c->dropped == 0)
        return e;
    /* What is in the head stands in the tail only where the text lost its beginning. */
    head = bytes_slice(head, 0, EXCERPT_MAX);
    if (c->head.len == 0)
        tail = bytes_slice(text, head.len, text.len);
    tail = bytes_slice(tail, tail.len > EXCERPT_MAX ? tail.len - EXCERPT_MAX : 0, EXCERPT_MAX);
    e.head = arena_bytes(a, head);
    e.tail = arena_bytes(a, tail);
    e.total += c->dropped;
    return e;
}
