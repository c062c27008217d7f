#include "peer/datagram.h"
#include "base/fd.h"
#include "base/mem.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define PAYLOAD_MAX 65536
#define BUFFER_WANTED (4 << 20)

static void on_ready(struct watch *w, uint32_t events);

void datagram_init(struct datagram *d, struct loop *loop)
{
    *d = (struct datagram){.watch = WATCH_INIT(on_ready), .loop = loop, .fd = -1};
}

int datagram_open(struct datagram *d, uint32_t host, const struct addr *to)
{
    struct addr from = addr_v4(host, 0);
    int one = 1, room = BUFFER_WANTED;

    d->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (d->fd < 0)
        return -errno;
    setsockopt(d->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    setsockopt(d->fd, SOL_IP, IP_RECVERR, &one, sizeof one);
    if (bind(d->fd, &from.sa, from.len) < 0)
        return -errno;
    d->remote = *to;
    addr_local(d->fd, &d->local);
    return loop_add(d->loop, &d->watch, d->fd, EPOLLIN);
}

static void keep(struct datagram *d, const uint8_t *payload, size_t len, const struct addr *from)
{
    struct arrival *a = array_push(d->queue, d->n, d->cap);
    uint8_t *copy = mem_new(len);

    if (len)
        memcpy(copy, payload, len);
    *a = (struct arrival){{copy, len}, *from};
    d->kept += len + sizeof *a;
    if (d->kept >= DATAGRAM_MAX_KEPT) /* a flood: the rest stays in the kernel, and is lost there */
        loop_remove(d->loop, &d->watch);
}

static void read_errors(struct datagram *d)
{
    char control[512];
    struct msghdr m = {.msg_control = control, .msg_controllen = sizeof control};

    while (recvmsg(d->fd, &m, MSG_ERRQUEUE | MSG_DONTWAIT) >= 0) {
        for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
            struct sock_extended_err e;

            if (c->cmsg_level != SOL_IP || c->cmsg_type != IP_RECVERR)
                continue;
            memcpy(&e, CMSG_DATA(c), sizeof e);
            if (e.ee_errno == ECONNREFUSED)
                d->refused = true;
        }
        m.msg_controllen = sizeof control;
    }
}

static void on_ready(struct watch *w, uint32_t events)
{
    struct datagram *d = (struct datagram *)w;
    uint8_t payload[PAYLOAD_MAX];

    if (events & EPOLLERR)
        read_errors(d);
    for (int budget = 64; budget > 0 && !d->deaf && d->kept < DATAGRAM_MAX_KEPT; budget--) {
        struct addr from = {.len = sizeof from.any};
        ssize_t n = recvfrom(d->fd, payload, sizeof payload, MSG_DONTWAIT, &from.sa, &from.len);

        if (n >= 0)
            keep(d, payload, (size_t)n, &from);
        else if (errno == EAGAIN)
            break;
        else if (errno != EINTR) /* a pending error is told once, and cleared by that */
            read_errors(d);
    }
}

int datagram_send(struct datagram *d, struct bytes payload)
{
    for (int tries = 0; tries < 3; tries++) {
        if (sendto(d->fd, payload.data, payload.len, MSG_DONTWAIT, &d->remote.sa, d->remote.len) >= 0)
            return 0;
        if (errno == ECONNREFUSED) /* of an earlier datagram */
            read_errors(d);
        else if (errno != EINTR)
            return -errno;
    }
    return 0;
}

const struct arrival *datagram_first(const struct datagram *d)
{
    return d->taken < d->n ? &d->queue[d->taken] : NULL;
}

void datagram_take(struct datagram *d)
{
    d->kept -= d->queue[d->taken].payload.len + sizeof *d->queue;
    mem_free((void *)d->queue[d->taken].payload.data);
    d->taken++;
    if (d->taken == d->n)
        d->taken = d->n = 0;
}

void datagram_listen_to(struct datagram *d, bool listen)
{
    d->deaf = !listen;
    loop_change(d->loop, &d->watch, listen ? EPOLLIN : 0);
}

void datagram_close(struct datagram *d)
{
    if (d->fd < 0)
        return;
    loop_remove(d->loop, &d->watch);
    fd_closep(&d->fd);
}

void datagram_deinit(struct datagram *d)
{
    if (d->loop)
        datagram_close(d);
    while (datagram_first(d))
        datagram_take(d);
    mem_free(d->queue);
    d->queue = NULL;
}
