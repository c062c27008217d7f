#include "peer/listener.h"
#include "base/fd.h"
#include "base/mem.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

static void on_ready(struct watch *w, uint32_t events)
{
    struct listener *l = (struct listener *)w;
    int fd;

    (void)events;
    while (l->n - l->taken < LISTENER_MAX_KEPT &&
           (fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0)
        *array_push(l->queue, l->n, l->cap) = fd;
    if (l->n - l->taken >= LISTENER_MAX_KEPT)
        loop_remove(l->loop, &l->watch);
}

void listener_init(struct listener *l, struct loop *loop)
{
    *l = (struct listener){.watch = WATCH_INIT(on_ready), .loop = loop, .fd = -1};
}

int listener_open(struct listener *l, const struct addr *at)
{
    int one = 1;

    l->fd = socket(at->sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (l->fd < 0 || setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) < 0 ||
        bind(l->fd, &at->sa, at->len) < 0 || listen(l->fd, SOMAXCONN) < 0)
        return -errno;
    return loop_add(l->loop, &l->watch, l->fd, EPOLLIN);
}

bool listener_has(const struct listener *l)
{
    return l->taken < l->n;
}

int listener_take(struct listener *l)
{
    return listener_has(l) ? l->queue[l->taken++] : -1;
}

void listener_close(struct listener *l)
{
    if (l->fd < 0)
        return;
    loop_remove(l->loop, &l->watch);
    fd_closep(&l->fd);
}

void listener_deinit(struct listener *l)
{
    char drained[4096];
    int fd;

    if (l->loop)
        listener_close(l);
    while ((fd = listener_take(l)) >= 0) {
        while (recv(fd, drained, sizeof drained, MSG_DONTWAIT) > 0)
            ; /* what is left unread would make the end a reset */
        fd_closep(&fd);
    }
    mem_free(l->queue);
    l->queue = NULL;
    l->n = l->cap = l->taken = 0;
}
