#include "peer/datagram.h"
#include "base/clock.h"
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

static int open_socket(struct datagram *d, const struct addr *at, bool shared)
{
    int one = 1, room = BUFFER_WANTED;

    d->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (d->fd < 0)
        return -errno;
    setsockopt(d->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    setsockopt(d->fd, SOL_IP, IP_RECVERR, &one, sizeof one);
    setsockopt(d->fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one);
    setsockopt(d->fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof one);
    if (shared)
        setsockopt(d->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(d->fd, &at->sa, at->len) < 0)
        return -errno;
    addr_local(d->fd, &d->local);
    tap_tell(d->tap, TAP_OPENED, (struct bytes){0});
    return loop_add(d->loop, &d->watch, d->fd, EPOLLIN);
}

int datagram_open(struct datagram *d, const struct addr *at, const struct addr *to)
{
    if (to)
        d->remote = *to;
    return open_socket(d, at, false);
}

int datagram_open_broadcast(struct datagram *d, uint32_t host, uint16_t port)
{
    struct addr all = addr_v4(ADDR_LOOPBACK_BROADCAST, port);

    d->speaks_as = host;
    return open_socket(d, &all, true);
}

/* Takes over the payload, which is on the heap. */
static void keep(struct datagram *d, struct bytes payload, const struct addr *from, int64_t at)
{
    struct arrival *a = array_push(d->queue, d->n, d->cap);

    *a = (struct arrival){payload, *from, at};
    d->kept += payload.len + sizeof *a;
    if (d->kept >= DATAGRAM_MAX_KEPT) /* a flood: the rest stays in the kernel, and is lost there */
        loop_remove(d->loop, &d->watch);
}

static void arrive(struct datagram *d, struct bytes payload, const struct addr *from, int64_t at)
{
    struct packet packet = {.way = IMPAIR_BACK, .payload = payload, .partner = *from, .at = at};
    uint8_t *copy;

    if (d->network) {
        impair_feed(d->network, &packet, clock_now());
        return;
    }
    copy = mem_new(payload.len);
    if (payload.len)
        memcpy(copy, payload.data, payload.len);
    keep(d, (struct bytes){copy, payload.len}, from, at);
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

/* When the kernel got it, ns since 1970; now where it does not say. */
static int64_t arrival_time(struct msghdr *m)
{
    struct timespec at;

    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
            memcpy(&at, CMSG_DATA(c), sizeof at);
            return at.tv_sec * NS_PER_S + at.tv_nsec;
        }
    return clock_wall();
}

static void on_ready(struct watch *w, uint32_t events)
{
    struct datagram *d = (struct datagram *)w;
    uint8_t payload[PAYLOAD_MAX];
    char control[256];

    if (events & EPOLLERR)
        read_errors(d);
    for (int budget = 64; budget > 0 && !d->deaf && d->kept < DATAGRAM_MAX_KEPT; budget--) {
        struct addr from;
        struct iovec into = {payload, sizeof payload};
        struct msghdr m = {.msg_name = &from.any,
                           .msg_namelen = sizeof from.any,
                           .msg_iov = &into,
                           .msg_iovlen = 1,
                           .msg_control = control,
                           .msg_controllen = sizeof control};
        ssize_t n = recvmsg(d->fd, &m, MSG_DONTWAIT);

        from.len = m.msg_namelen;
        if (n >= 0) {
            d->received++;
            tap_tell(d->tap, TAP_CAME, (struct bytes){payload, (size_t)n});
            arrive(d, (struct bytes){payload, (size_t)n}, &from, arrival_time(&m));
        } else if (errno == EAGAIN)
            break;
        else if (errno != EINTR) /* a pending error is told once, and cleared by that */
            read_errors(d);
    }
    datagram_flow(d, clock_now());
}

/* A socket that is bound to a broadcast address has none to send from: each datagram says it (IP_PKTINFO,
 * ip(7)).
 */
static ssize_t send_as(struct datagram *d, struct bytes payload, const struct addr *to)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(struct in_pktinfo))];
    } control = {0};
    struct in_pktinfo from = {.ipi_spec_dst.s_addr = htonl(d->speaks_as)};
    struct iovec iov = {(void *)payload.data, payload.len};
    struct msghdr m = {.msg_name = (void *)&to->sa, .msg_namelen = to->len, .msg_iov = &iov, .msg_iovlen = 1};

    if (d->speaks_as) {
        m.msg_control = &control;
        m.msg_controllen = sizeof control;
        control.head = (struct cmsghdr){
            .cmsg_len = CMSG_LEN(sizeof from), .cmsg_level = SOL_IP, .cmsg_type = IP_PKTINFO};
        memcpy(CMSG_DATA(&control.head), &from, sizeof from);
    }
    return sendmsg(d->fd, &m, MSG_DONTWAIT);
}

static int send_now(struct datagram *d, struct bytes payload, const struct addr *to)
{
    tap_tell(d->tap, TAP_BEGINS, (struct bytes){0});
    for (int tries = 0; tries < 3; tries++) {
        if (send_as(d, payload, to) >= 0) {
            d->sent++;
            tap_tell(d->tap, TAP_SENT, payload);
            return 0;
        }
        if (errno == ECONNREFUSED) /* of an earlier datagram */
            read_errors(d);
        else if (errno != EINTR)
            return -errno;
    }
    return 0;
}

int datagram_send(struct datagram *d, struct bytes payload, const struct addr *to)
{
    struct packet packet = {.way = IMPAIR_THERE, .payload = payload, .partner = to ? *to : d->remote};

    if (packet.partner.len == 0)
        return -EDESTADDRREQ;
    if (!d->network)
        return send_now(d, payload, &packet.partner);
    impair_feed(d->network, &packet, clock_now());
    datagram_flow(d, clock_now());
    return 0;
}

bool datagram_flow(struct datagram *d, int64_t now)
{
    bool any = false;
    struct packet packet;

    while (d->network && impair_next(d->network, now, &packet)) {
        any = true;
        if (packet.way == IMPAIR_BACK) {
            keep(d, packet.payload, &packet.partner, packet.at);
            continue;
        }
        if (d->fd >= 0) /* what the kernel has no room for is lost, as in any network */
            send_now(d, packet.payload, &packet.partner);
        mem_free((void *)packet.payload.data);
    }
    return any;
}

const struct arrival *datagram_first(const struct datagram *d)
{
    return d->taken < d->n ? &d->queue[d->taken] : NULL;
}

const struct arrival *datagram_find(const struct datagram *d,
                                    bool (*is_mine)(const struct arrival *a, const void *arg),
                                    const void *arg)
{
    for (size_t i = d->taken; i < d->n; i++)
        if (is_mine(&d->queue[i], arg))
            return &d->queue[i];
    return NULL;
}

void datagram_take(struct datagram *d, const struct arrival *a)
{
    size_t index = (size_t)(a - d->queue);

    d->kept -= a->payload.len + sizeof *d->queue;
    mem_free((void *)a->payload.data);
    memmove(&d->queue[d->taken + 1], &d->queue[d->taken], (index - d->taken) * sizeof *d->queue);
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
        datagram_take(d, datagram_first(d));
    mem_free(d->queue);
    d->queue = NULL;
}
