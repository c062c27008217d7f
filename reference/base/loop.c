#include "base/loop.h"
#include "base/clock.h"
#include "base/fd.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <sys/epoll.h>
#include <unistd.h>

/* One event at a time: a callback may remove and free any other watch, and none is left dangling in a batch.
 */
#define BATCH 1

int loop_init(struct loop *l)
{
    *l = (struct loop){.epoll = epoll_create1(EPOLL_CLOEXEC)};
    return l->epoll < 0 ? -errno : 0;
}

void loop_deinit(struct loop *l)
{
    assert(l->watches == 0);
    if (l->epoll > 0)
        fd_closep(&l->epoll);
}

int loop_add(struct loop *l, struct watch *w, int fd, uint32_t events)
{
    struct epoll_event e = {.events = events, .data.ptr = w};

    assert(w->fd < 0);
    if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &e) < 0)
        return -errno;
    w->fd = fd;
    w->events = events;
    l->watches++;
    return 0;
}

int loop_change(struct loop *l, struct watch *w, uint32_t events)
{
    struct epoll_event e = {.events = events, .data.ptr = w};

    if (w->fd < 0 || w->events == events)
        return 0;
    if (epoll_ctl(l->epoll, EPOLL_CTL_MOD, w->fd, &e) < 0)
        return -errno;
    w->events = events;
    return 0;
}

void loop_remove(struct loop *l, struct watch *w)
{
    if (w->fd < 0)
        return;
    epoll_ctl(l->epoll, EPOLL_CTL_DEL, w->fd, NULL);
    w->fd = -1;
    l->watches--;
}

static int milliseconds(int64_t ns)
{
    if (ns < 0)
        return -1;
    return ns / NS_PER_MS >= INT_MAX ? INT_MAX : (int)((ns + NS_PER_MS - 1) / NS_PER_MS);
}

static int wait_one(struct loop *l, struct epoll_event *e, int64_t timeout)
{
    struct timespec t = {timeout / NS_PER_S, timeout % NS_PER_S};
    int n;

    if (timeout == 0)
        n = epoll_wait(l->epoll, e, BATCH, 0);
    else
        n = epoll_pwait2(l->epoll, e, BATCH, timeout < 0 ? NULL : &t, NULL);
    if (n < 0 && errno == ENOSYS) /* before Linux 5.11: whole milliseconds */
        n = epoll_wait(l->epoll, e, BATCH, milliseconds(timeout));
    if (n < 0)
        return errno == EINTR ? 0 : -errno;
    return n;
}

int loop_run(struct loop *l, int64_t timeout)
{
    int served = 0;

    /* After the first event nothing is waited for; a bound keeps a chatty descriptor from starving the
     * caller. */
    for (int budget = 64; budget > 0; budget--) {
        struct epoll_event e;
        int n = wait_one(l, &e, served ? 0 : timeout);
        struct watch *w;

        if (n < 0)
            return n;
        if (n == 0)
            break;
        w = e.data.ptr;
        w->ready(w, e.events);
        served++;
    }
    return served;
}
