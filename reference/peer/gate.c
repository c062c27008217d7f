#include "peer/gate.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>

/* ---- Unix sockets -------------------------------------------------------------------------------------- */

static bool is_now(const struct stream *s, short event)
{
    struct pollfd p = {.fd = s->fd, .events = event};

    return poll(&p, 1, 0) > 0 && (p.revents & event);
}

static int unix_look(const struct stream *s, struct sock_info *info)
{
    int queued = 0;

    memset(info, 0, sizeof *info);
    if (s->fd < 0 || !s->connected)
        return GATE_GONE;
    if (ioctl(s->fd, SIOCOUTQ, &queued) < 0)
        return -errno;
    if (is_now(s, POLLHUP) && queued == 0) /* it has closed, or both sides have ended their streams */
        return GATE_GONE;
    info->state = s->shut_sent ? TCP_STATE_CLOSE_WAIT : TCP_STATE_ESTABLISHED;
    info->rqueue = (uint32_t)queued;
    return queued || stream_unsent(s) ? GATE_PENDING : GATE_READ;
}

static int unix_arrived(struct stream *s, struct sock_info *info)
{
    int r = unix_look(s, info);

    if (r < 0)
        return r;
    if (!s->deaf)
        stream_drain(s);
    return stream_unsent(s) == 0 || s->reset || !is_now(s, POLLOUT);
}

/* ---- TCP ----------------------------------------------------------------------------------------------- */

static int look_up(struct stream *s, struct sockdiag *d, struct sock_info *info)
{
    int r = sockdiag_tcp(d, &s->remote, &s->local, info);

    if (r <= 0) {
        memset(info, 0, sizeof *info);
        return r;
    }
    if (s->cookie == 0)
        s->cookie = info->cookie;
    if (s->cookie != info->cookie) { /* another connection in its place */
        memset(info, 0, sizeof *info);
        return 0;
    }
    s->unread = info->rqueue;
    if (info->has_info && info->bytes_received >= s->sent && stream_unsent(s) == 0)
        s->arrived = true;
    return 1;
}

int gate_look(struct stream *s, struct sockdiag *d, struct sock_info *info)
{
    if (s->is_unix)
        return unix_look(s, info);
    for (int look = 0; look < 2; look++) {
        bool had_arrived = s->arrived;
        int r = look_up(s, d, info);

        if (r < 0)
            return r;
        if (r && info->state == TCP_SYN_RECV) /* the backlog is full: their kernel has not taken us yet */
            return GATE_PENDING;
        if (r == 0 || !info->has_info)
            return GATE_GONE;
        if (info->rqueue)
            return GATE_PENDING;
        /* rqueue is sampled before bytes_received in one reply: only a second one shows that it was read. */
        if (had_arrived)
            return GATE_READ;
    }
    return GATE_PENDING;
}

#define QUICK_LOOKS 8 /* most programs read within microseconds */

int gate_passed(struct stream *s, struct sockdiag *d)
{
    struct sock_info info;
    int gate = GATE_PENDING;

    for (int i = 0; i < QUICK_LOOKS && gate == GATE_PENDING; i++) {
        gate = gate_look(s, d, &info);
        if (gate == GATE_PENDING)
            sched_yield();
    }
    return gate < 0 ? gate : gate != GATE_PENDING;
}

/* Their window is closed: nothing is in flight, and what our kernel still holds goes out only once the
 * program reads. */
static bool is_stalled(const struct stream *s, const struct sock_info *info)
{
    int unacknowledged = 0, unsent = 0;

    return info->rqueue && ioctl(s->fd, SIOCOUTQ, &unacknowledged) == 0 &&
           ioctl(s->fd, SIOCOUTQNSD, &unsent) == 0 && unsent > 0 && unacknowledged == unsent;
}

static bool does_not_read(const struct stream *s)
{
    return s->deaf || stream_is_full(s);
}

/* Our window is not closed yet: what it has sent is on its way. Where our kernel had no room for that it
 * sends it again and again, which may last for ever. */
static bool moves(const struct sock_info *info)
{
    return info->unacked && info->retransmits == 0;
}

/* Its kernel waits for an acknowledgement that ours delays; it is sent at once when our queue is empty. */
static void acknowledge(struct stream *s)
{
    int one = 1;

    stream_drain(s);
    setsockopt(s->fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof one);
}

/* All that was sent has come, and more was written: only an acknowledgement is missing. */
static uint32_t held_back(const struct sock_info *info)
{
    return info->unacked ? info->unsent : 0;
}

int gate_arrived(struct stream *s, struct sockdiag *d, struct sock_info *info)
{
    uint32_t held = 0;

    memset(info, 0, sizeof *info);
    if (s->fd < 0)
        return 1;
    if (!s->connected)
        return s->error != 0;
    if (s->is_unix)
        return unix_arrived(s, info);
    for (int look = 0; look < 2; look++) {
        int r = look_up(s, d, info);

        if (r < 0)
            return r;
        if (r && info->state == TCP_SYN_RECV)
            return 0;
        if (r == 0 || !info->has_info) /* it is closed: its last bytes have come once its end has */
            return s->ended || s->reset || s->deaf;
        if (held && info->unsent == 0) {
            s->stalls++;
            s->stalled = held;
        }
        if (info->wqueue == 0 || (does_not_read(s) && !moves(info)))
            return s->arrived || is_stalled(s, info);
        if (does_not_read(s))
            return 0;
        held = held_back(info);
        if (look == 0) /* the acknowledgement has mostly come before this returns */
            acknowledge(s);
    }
    return 0;
}
