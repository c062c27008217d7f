#include "report/calls.h"
#include "base/mem.h"
#include "kernel/call_log.h"
#include "report/wording.h"

#include <inttypes.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

struct name {
    int32_t number;
    const char *name;
};

static const char *find(const struct name *names, size_t n, int32_t number)
{
    for (size_t i = 0; i < n; i++)
        if (names[i].number == number)
            return names[i].name;
    return NULL;
}

static void put_name(struct buf *out, const struct name *names, size_t n, int32_t number)
{
    const char *name = find(names, n, number);

    if (name)
        buf_text(out, name);
    else
        buf_printf(out, "%d", number);
}

static void put_socket(struct buf *out, const struct call_record *c)
{
    static const struct name families[] = {
        {AF_INET, "AF_INET"}, {AF_INET6, "AF_INET6"}, {AF_UNIX, "AF_UNIX"}, {AF_NETLINK, "AF_NETLINK"}};
    static const struct name types[] = {{SOCK_STREAM, "SOCK_STREAM"},
                                        {SOCK_DGRAM, "SOCK_DGRAM"},
                                        {SOCK_SEQPACKET, "SOCK_SEQPACKET"},
                                        {SOCK_RAW, "SOCK_RAW"}};

    put_name(out, families, array_len(families), c->level);
    buf_text(out, ", ");
    put_name(out, types, array_len(types), c->option & 0xf);
}

static void put_option(struct buf *out, const struct call_record *c)
{
    static const struct name general[] = {{SO_REUSEADDR, "SO_REUSEADDR"}, {SO_REUSEPORT, "SO_REUSEPORT"},
                                          {SO_BROADCAST, "SO_BROADCAST"}, {SO_RCVTIMEO, "SO_RCVTIMEO"},
                                          {SO_SNDTIMEO, "SO_SNDTIMEO"},   {SO_KEEPALIVE, "SO_KEEPALIVE"},
                                          {SO_LINGER, "SO_LINGER"},       {SO_RCVBUF, "SO_RCVBUF"},
                                          {SO_SNDBUF, "SO_SNDBUF"},       {SO_RCVLOWAT, "SO_RCVLOWAT"}};
    static const struct name tcp[] = {{TCP_NODELAY, "TCP_NODELAY"},          {TCP_CORK, "TCP_CORK"},
                                      {TCP_QUICKACK, "TCP_QUICKACK"},        {TCP_KEEPIDLE, "TCP_KEEPIDLE"},
                                      {TCP_KEEPINTVL, "TCP_KEEPINTVL"},      {TCP_KEEPCNT, "TCP_KEEPCNT"},
                                      {TCP_DEFER_ACCEPT, "TCP_DEFER_ACCEPT"}};
    static const struct name ipv6[] = {{IPV6_V6ONLY, "IPV6_V6ONLY"}};

    switch (c->level) {
    case SOL_SOCKET: put_name(out, general, array_len(general), c->option); break;
    case IPPROTO_TCP: put_name(out, tcp, array_len(tcp), c->option); break;
    case IPPROTO_IPV6: put_name(out, ipv6, array_len(ipv6), c->option); break;
    default: buf_printf(out, "%d, %d", c->level, c->option);
    }
    buf_printf(out, ", %d", c->value);
}

static enum call_kind kind_of(const struct call_record *c)
{
    return (enum call_kind)c->kind;
}

bool call_is_event(const struct call_record *c)
{
    return c->kind == CALL_FORK || c->kind == CALL_SIGNAL || c->kind == CALL_END;
}

struct excerpt call_bytes(const struct call_record *c)
{
    int64_t total = call_sends(c->kind) ? c->asked : call_receives(c->kind) && c->ended >= 0 ? c->result : 0;
    struct excerpt e = {.total = total > 0 ? (uint64_t)total : 0, .head = c->head};

    if (e.head.len > e.total) /* recvmmsg counts messages */
        e.total = e.head.len;
    return e;
}

void call_error(struct buf *out, int64_t error)
{
    const char *name = error > 0 && error < 4096 ? strerrorname_np((int)error) : NULL;

    if (name)
        buf_text(out, name);
    else
        buf_printf(out, "error %" PRId64, error);
}

void call_who(struct buf *out, const struct result *r, const struct xray_record *x, const bool *shown,
              const struct call_record *c)
{
    bool programs = false, threads = false;

    for (size_t i = 0; i < x->n_calls; i++) {
        const struct call_record *other = &x->calls[i];

        if (!shown[i])
            continue;
        programs |= other->program != c->program;
        threads |= other->program == c->program && other->process == c->process && other->thread != c->thread;
    }
    if (programs && c->program < r->spec->n_programs)
        buf_printf(out, " %s", r->spec->programs[c->program].name);
    if (c->process)
        buf_printf(out, " child %u", c->process);
    if (threads && c->thread && !call_is_event(c))
        buf_printf(out, " thread %u", c->thread + 1);
    if (out->len)
        buf_consume(out, 1);
}

void call_begin(struct buf *out, const struct call_record *c)
{
    if (c->kind == CALL_FORK) {
        buf_printf(out, "child %" PRId64 " is born", c->result);
        return;
    }
    if (c->kind == CALL_SIGNAL) {
        wording_signal(out, (int)c->result);
        buf_text(out, " comes");
        return;
    }
    if (c->kind == CALL_END) {
        buf_text(out, "ends: ");
        wording_exit(out, (int32_t)c->result);
        return;
    }
    buf_printf(out, "%s(", call_name(kind_of(c)));
    if (c->fd >= 0)
        buf_printf(out, "%d", c->fd);
}

static void put_arguments(struct buf *out, const struct call_record *c)
{
    switch (kind_of(c)) {
    case CALL_SOCKET: put_socket(out, c); break;
    case CALL_SETSOCKOPT:
        buf_text(out, ", ");
        put_option(out, c);
        break;
    case CALL_SHUTDOWN:
        buf_text(out, c->asked == SHUT_RD ? ", SHUT_RD" : c->asked == SHUT_WR ? ", SHUT_WR" : ", SHUT_RDWR");
        break;
    case CALL_BIND:
    case CALL_CONNECT: buf_printf(out, ", %s", c->address ? c->address : "?"); break;
    case CALL_LISTEN:
    case CALL_READ:
    case CALL_READV:
    case CALL_RECV:
    case CALL_RECVFROM:
    case CALL_RECVMSG:
    case CALL_WRITE:
    case CALL_WRITEV:
    case CALL_SEND:
    case CALL_SENDTO:
    case CALL_SENDMSG:
    case CALL_SENDFILE: buf_printf(out, ", %" PRId64, c->asked); break;
    case CALL_ACCEPT:
    case CALL_CLOSE:
    case CALL_RECVMMSG:
    case CALL_SENDMMSG:
    case CALL_POLL:
    case CALL_SELECT:
    case CALL_EPOLL_WAIT:
    case CALL_OTHER:
    case CALL_FORK:
    case CALL_SIGNAL:
    case CALL_END:
    case CALL_KINDS: break;
    }
    if ((kind_of(c) == CALL_SENDTO || kind_of(c) == CALL_SENDMSG) && c->address)
        buf_printf(out, ", to %s", c->address);
}

void call_end(struct buf *out, const struct call_record *c)
{
    if (call_is_event(c))
        return;
    put_arguments(out, c);
    buf_text(out, ")");
    if (c->ended < 0)
        return;
    if (c->result < 0) {
        buf_text(out, " = -1 ");
        call_error(out, -c->result);
    } else
        buf_printf(out, " = %" PRId64, c->result);
    if (c->more)
        buf_printf(out, " (%u times)", c->more + 1);
}
