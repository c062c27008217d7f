#include "kernel/sockdiag.h"
#include "kernel/netlink.h"

#include "base/fd.h"
#include "base/mem.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define STATES_ALL (~0u)
#define ATTEMPTS 3

struct request {
    struct nlmsghdr head;
    struct inet_diag_req_v2 body;
};

int sockdiag_init(struct sockdiag *d)
{
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};

    *d = (struct sockdiag){.fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG)};
    if (d->fd < 0)
        return -errno;
    /* Connected to the kernel, nobody else can send to it. */
    if (connect(d->fd, (struct sockaddr *)&kernel, sizeof kernel) < 0) {
        int r = -errno;

        sockdiag_deinit(d);
        return r;
    }
    return 0;
}

void sockdiag_deinit(struct sockdiag *d)
{
    fd_closep(&d->fd);
}

/* ---- decoding ---- */

static struct addr decode_addr(uint8_t family, const __be32 *host, __be16 port)
{
    struct in6_addr v6;

    if (family == AF_INET)
        return addr_v4(ntohl(host[0]), ntohs(port));
    memcpy(&v6, host, sizeof v6);
    return addr_v6(&v6, ntohs(port));
}

static void decode_tcp_info(struct bytes b, struct sock_info *out)
{
    struct tcp_info info = {0}; /* what an older kernel does not tell is 0 */

    if (b.len < offsetof(struct tcp_info, tcpi_bytes_received) + sizeof info.tcpi_bytes_received)
        return;
    memcpy(&info, b.data, b.len < sizeof info ? b.len : sizeof info);
    out->unacked = info.tcpi_unacked;
    out->retransmits = info.tcpi_retransmits;
    out->bytes_received = info.tcpi_bytes_received;
    out->bytes_sent = info.tcpi_bytes_sent - info.tcpi_bytes_retrans;
    out->unsent = info.tcpi_notsent_bytes;
    out->has_info = true;
}

static void take_attribute(uint16_t type, struct bytes value, void *arg)
{
    struct sock_info *out = arg;

    if (type == INET_DIAG_INFO)
        decode_tcp_info(value, out);
    if (type == INET_DIAG_SKV6ONLY && value.len)
        out->v6only = value.data[0] != 0;
}

int sockdiag_decode(const void *msg, size_t len, struct sock_info *out)
{
    struct inet_diag_msg m;
    struct bytes rest;
    int r = netlink_open(msg, len, &m, sizeof m, &rest);

    *out = (struct sock_info){0};
    if (r <= 0)
        return r;
    if (m.idiag_family != AF_INET && m.idiag_family != AF_INET6)
        return -EBADMSG;
    out->family = m.idiag_family;
    out->state = m.idiag_state;
    out->local = decode_addr(m.idiag_family, m.id.idiag_src, m.id.idiag_sport);
    out->remote = decode_addr(m.idiag_family, m.id.idiag_dst, m.id.idiag_dport);
    out->rqueue = m.idiag_rqueue;
    out->wqueue = m.idiag_wqueue;
    out->inode = m.idiag_inode;
    out->cookie = (uint64_t)m.id.idiag_cookie[1] << 32 | m.id.idiag_cookie[0];
    return netlink_attributes(rest, take_attribute, out);
}

static int take_info(const void *msg, size_t len, void *arg)
{
    struct sock_infos *out = arg;
    struct sock_info info;
    int r = sockdiag_decode(msg, len, &info);

    if (r > 0)
        *array_push(out->infos, out->n, out->cap) = info;
    return r;
}

int sockdiag_decode_dump(const void *reply, size_t len, uint32_t seq, bool *torn, struct sock_infos *out)
{
    return netlink_walk(reply, len, seq, torn, take_info, out);
}

/* ---- asking ---- */

static struct addr unmapped(const struct addr *a)
{
    uint32_t v4;

    if (a->sa.sa_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&a->v6.sin6_addr))
        return *a;
    memcpy(&v4, &a->v6.sin6_addr.s6_addr[12], sizeof v4);
    return addr_v4(ntohl(v4), addr_port(a));
}

/* The kernel keeps v4-mapped connections among those of IPv4. 0 or -EINVAL. */
static int put_addresses(struct inet_diag_req_v2 *q, const struct addr *local, const struct addr *remote)
{
    struct addr src = unmapped(local), dst = unmapped(remote);

    if (src.sa.sa_family != dst.sa.sa_family)
        return -EINVAL;
    q->sdiag_family = (uint8_t)src.sa.sa_family;
    q->id.idiag_sport = htons(addr_port(&src));
    q->id.idiag_dport = htons(addr_port(&dst));
    q->id.idiag_cookie[0] = q->id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
    switch (src.sa.sa_family) {
    case AF_INET:
        memcpy(q->id.idiag_src, &src.v4.sin_addr, sizeof src.v4.sin_addr);
        memcpy(q->id.idiag_dst, &dst.v4.sin_addr, sizeof dst.v4.sin_addr);
        return 0;
    case AF_INET6:
        memcpy(q->id.idiag_src, &src.v6.sin6_addr, sizeof src.v6.sin6_addr);
        memcpy(q->id.idiag_dst, &dst.v6.sin6_addr, sizeof dst.v6.sin6_addr);
        q->id.idiag_if = src.v6.sin6_scope_id;
        return 0;
    default: return -EINVAL;
    }
}

int sockdiag_tcp(struct sockdiag *d, const struct addr *local, const struct addr *remote,
                 struct sock_info *out)
{
    struct request q = {.body = {.sdiag_protocol = IPPROTO_TCP, .idiag_states = STATES_ALL}};
    _Alignas(struct nlmsghdr) uint8_t reply[NETLINK_REPLY_MAX];
    int r = put_addresses(&q.body, local, remote);
    ptrdiff_t n;

    if (r < 0)
        return r;
    q.body.idiag_ext = 1 << (INET_DIAG_INFO - 1);
    n = netlink_answer(d, &q.head, sizeof q, reply, sizeof reply);
    if (n <= 0)
        return (int)n;
    r = sockdiag_decode(reply, (size_t)n, out);
    if (r <= 0)
        return r < 0 ? r : -EBADMSG;
    /* The look-up falls back to the listener once the connection is gone. */
    return out->state == TCP_STATE_LISTEN ? 0 : 1;
}

/* ---- lists ---- */

void sock_infos_deinit(struct sock_infos *s)
{
    mem_free(s->infos);
    *s = (struct sock_infos){0};
}

int sockdiag_list(struct sockdiag *d, int protocol, uint32_t states, struct sock_infos *out)
{
    static const uint8_t families[] = {AF_INET, AF_INET6};
    size_t start = out->n;
    int r = 1;

    for (size_t f = 0; f < array_len(families) && r > 0; f++) {
        size_t first = out->n;

        r = 0;
        for (int i = 0; i < ATTEMPTS && r == 0; i++) {
            struct request q = {.head = {.nlmsg_flags = NLM_F_DUMP}};

            q.body.sdiag_family = families[f];
            q.body.sdiag_protocol = (uint8_t)protocol;
            q.body.idiag_states = states;
            if (protocol == IPPROTO_TCP && (states & ~(1u << TCP_STATE_LISTEN)))
                q.body.idiag_ext = 1 << (INET_DIAG_INFO - 1);
            out->n = first;
            r = netlink_dump(d, &q.head, sizeof q, take_info, out);
        }
        if (families[f] == AF_INET6 && (r == -ENOENT || r == -EAFNOSUPPORT))
            r = 1; /* a kernel without IPv6 */
    }
    if (r > 0)
        return 0;
    out->n = start;
    return r < 0 ? r : -EAGAIN;
}

/* 1: yes, 0: no, or its other end is elsewhere, -errno */
static int holds_back(struct sockdiag *d, const struct sock_info *near)
{
    struct sock_info far;
    int r;

    if (near->wqueue == 0)
        return 0;
    r = sockdiag_tcp(d, &near->remote, &near->local, &far);
    if (r <= 0)
        return r;
    return far.rqueue == 0 && (near->unsent > 0 || far.bytes_received < near->bytes_sent);
}

int sockdiag_tcp_holds_back(struct sockdiag *d)
{
    struct sock_infos all = {0};
    int r = sockdiag_list(d, IPPROTO_TCP, ~(1u << TCP_STATE_LISTEN | 1u << TCP_STATE_TIME_WAIT), &all);

    if (r == -EAGAIN) /* connections come and go */
        r = 1;
    for (size_t i = 0; i < all.n && r == 0; i++)
        r = holds_back(d, &all.infos[i]);
    sock_infos_deinit(&all);
    return r;
}
