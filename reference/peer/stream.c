#include "peer/stream.h"
#include "base/fd.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_AT_ONCE ((size_t)64 << 10)

static void on_ready(struct watch *w, uint32_t events);

void stream_init(struct stream *s, struct loop *loop)
{
    *s = (struct stream){.watch = WATCH_INIT(on_ready),
                         .loop = loop,
                         .fd = -1,
                         .room = STREAM_ROOM,
                         .usual_room = STREAM_ROOM};
}

/* What we want to hear of. A stream whose end has come would be readable for ever. */
static void update_interest(struct stream *s)
{
    uint32_t events = 0;

    if (s->fd < 0 || (s->is_unix && !s->connected)) /* that would look connected */
        return;
    if (!s->connected || stream_unsent(s))
        events |= EPOLLOUT;
    if (s->connected && !s->deaf && !s->ended && !stream_is_full(s))
        events |= EPOLLIN;
    if (s->reset || ((s->ended || s->hung) && !events)) { /* EPOLLHUP cannot be masked */
        loop_remove(s->loop, &s->watch);
        return;
    }
    if (s->watch.fd < 0)
        loop_add(s->loop, &s->watch, s->fd, events);
    else
        loop_change(s->loop, &s->watch, events);
}

static void on_error(struct stream *s, int error)
{
    if (!s->connected)
        s->error = error;
    else if (error == ECONNRESET || error == EPIPE || error == ECONNABORTED)
        s->reset = true;
    else
        s->error = error;
    if (s->reset)
        tap_tell(s->tap, TAP_LOST, (struct bytes){0});
    s->lost += s->out.len + s->lent.len;
    s->out.len = s->lent.len = 0;
}

static void on_sent(struct stream *s, struct bytes what, size_t n)
{
    tap_tell(s->tap, TAP_SENT, bytes_slice(what, 0, n));
    s->sent += (uint64_t)n;
    s->arrived = false;
    if (s->out.len)
        buf_consume(&s->out, n);
    else
        s->lent = bytes_slice(s->lent, n, s->lent.len);
}

/* What is to be said waits for the end of it. */
static bool shakes_hands(const struct stream *s)
{
    return s->tls && s->tls->state == TLS_HANDSHAKE;
}

/* Where TLS puts what goes out next: behind all that is held. */
static struct buf *outlet(struct stream *s)
{
    return s->held.len || (s->piece && shakes_hands(s)) ? &s->held : &s->out;
}

/* Who talks back sends acknowledgements along with that, and the kernel delays them (tcp(7), TCP_QUICKACK):
 * from the first message on, and not only once it has noticed. */
static void delay_acknowledgements(struct stream *s)
{
    int zero = 0;

    if (!s->is_unix)
        setsockopt(s->fd, IPPROTO_TCP, TCP_QUICKACK, &zero, sizeof zero);
}

static void flush(struct stream *s)
{
    if (stream_unsent(s) && !s->reset)
        delay_acknowledgements(s);
    while (stream_unsent(s) && !s->reset) {
        struct bytes next = s->out.len ? buf_view(&s->out) : s->lent;
        ssize_t n;

        tap_tell(s->tap, TAP_BEGINS, (struct bytes){0});
        n = send(s->fd, next.data, next.len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            /* After EPIPE what their side sent before the reset may still be read. */
            if (errno != EAGAIN)
                on_error(s, errno);
            break;
        }
        on_sent(s, next, (size_t)n);
    }
    if (s->shut && !shakes_hands(s) && s->held.len == 0 && stream_unsent(s) == 0 && s->connected &&
        !s->reset && shutdown(s->fd, SHUT_WR) == 0) {
        s->sent++;
        s->arrived = false;
        s->shut = false;
        s->shut_sent = true;
        tap_tell(s->tap, TAP_SHUT, (struct bytes){0});
    }
}

/* All that is held, and nothing more is. */
static void let_go(struct stream *s)
{
    buf_append(&s->out, buf_view(&s->held));
    s->held.len = 0;
    s->piece = 0;
}

/* What a part of TLS has made of what came. Where that breaks it, an alert goes out, and nothing after it. */
static void after_tls(struct stream *s)
{
    if (s->tls->state == TLS_BROKEN)
        let_go(s);
    flush(s);
    s->ended |= s->tls->state == TLS_ENDED;
    s->reset |= s->tls->state == TLS_BROKEN;
}

/* One read of what is sealed. Its length, 0 at the end, or -1 with errno. */
static ssize_t receive_sealed(struct stream *s)
{
    uint8_t wire[READ_AT_ONCE];
    ssize_t n = recv(s->fd, wire, sizeof wire, MSG_DONTWAIT);

    if (n < 0)
        return n;
    tap_tell(s->tap, n ? TAP_CAME : TAP_ENDED, (struct bytes){wire, (size_t)n});
    if (n == 0)
        tls_feed_end(s->tls);
    else
        tls_feed(s->tls, (struct bytes){wire, (size_t)n}, &s->in, outlet(s));
    after_tls(s);
    return n;
}

static ssize_t receive(struct stream *s)
{
    ssize_t n;

    if (s->tls)
        return receive_sealed(s);
    buf_reserve(&s->in, READ_AT_ONCE);
    n = recv(s->fd, s->in.data + s->in.len, s->in.cap - s->in.len, MSG_DONTWAIT);
    if (n >= 0)
        tap_tell(s->tap, n ? TAP_CAME : TAP_ENDED, (struct bytes){s->in.data + s->in.len, (size_t)n});
    s->in.len += n > 0 ? (size_t)n : 0;
    s->ended |= n == 0;
    return n;
}

void stream_drain(struct stream *s)
{
    while (s->fd >= 0 && s->connected && !s->ended && !s->reset && !stream_is_full(s)) {
        size_t before = s->in.len;
        ssize_t n = receive(s);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            if (errno != EAGAIN)
                on_error(s, errno);
            return;
        }
        s->received += s->in.len - before;
    }
}

static void begin_tls(struct stream *s)
{
    tls_begin(s->tls, outlet(s));
    after_tls(s);
}

static void on_connected(struct stream *s)
{
    int error = 0, one = 1;
    socklen_t len = sizeof error;

    getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &len);
    if (error) {
        on_error(s, error);
        loop_remove(s->loop, &s->watch);
        return;
    }
    s->connected = true;
    addr_local(s->fd, &s->local);
    setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    tap_tell(s->tap, TAP_OPENED, (struct bytes){0});
    if (s->tls)
        begin_tls(s);
}

void stream_secure(struct stream *s, struct tls *t)
{
    s->tls = t;
    if (s->connected)
        begin_tls(s);
    update_interest(s);
}

void stream_cut_handshake(struct stream *s, size_t piece)
{
    s->piece = piece;
}

bool stream_let_on(struct stream *s, bool all)
{
    struct bytes next = bytes_slice(buf_view(&s->held), 0, s->piece);

    if (s->held.len == 0 || s->fd < 0 || s->error || s->reset)
        return false;
    if (all) {
        let_go(s);
    } else {
        buf_append(&s->out, next);
        buf_consume(&s->held, next.len);
    }
    flush(s);
    update_interest(s);
    return true;
}

bool stream_is_ready(const struct stream *s)
{
    return s->connected && (!s->tls || (s->tls->opened && s->held.len == 0));
}

static void on_ready(struct watch *w, uint32_t events)
{
    struct stream *s = (struct stream *)w;

    if (!s->connected)
        on_connected(s);
    if (s->connected && (events & EPOLLOUT))
        flush(s);
    if (s->connected && !s->deaf && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
        stream_drain(s);
    if (s->deaf && (events & EPOLLERR))
        s->reset = true;
    s->hung = s->deaf && (events & EPOLLHUP);
    if (!s->error)
        update_interest(s);
}

int stream_adopt(struct stream *s, int fd)
{
    int r;

    s->fd = fd;
    r = addr_remote(fd, &s->remote);
    s->is_unix = s->remote.sa.sa_family == AF_UNIX;
    if (r == -ENOTCONN) { /* it was reset before it was taken */
        s->connected = s->reset = true;
        return addr_local(fd, &s->local);
    }
    if (r < 0)
        return r;
    on_connected(s);
    update_interest(s);
    return 0;
}

int stream_connect(struct stream *s, uint32_t host, const struct addr *to)
{
    struct addr from = addr_v4(host, 0);

    if (s->fd < 0)
        s->fd = socket(to->sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s->fd < 0)
        return -errno;
    s->is_unix = to->sa.sa_family == AF_UNIX;
    if (to->sa.sa_family == AF_INET && host != INADDR_LOOPBACK && bind(s->fd, &from.sa, from.len) < 0)
        return -errno;
    s->remote = *to;
    tap_tell(s->tap, TAP_BEGINS, (struct bytes){0});
    if (connect(s->fd, &to->sa, to->len) == 0)
        on_connected(s);
    else if (errno != EINPROGRESS && !(s->is_unix && errno == EAGAIN)) {
        on_error(s, errno);
        return 0;
    }
    update_interest(s);
    return 0;
}

void stream_send(struct stream *s, struct bytes b)
{
    if (s->fd < 0 || s->error || s->reset)
        return;
    if (s->tls)
        tls_seal(s->tls, b, outlet(s));
    else
        buf_append(&s->out, b);
    if (s->connected)
        flush(s);
    update_interest(s);
}

void stream_send_sealed(struct stream *s, struct bytes b)
{
    if (s->fd < 0 || s->error || s->reset)
        return;
    buf_append(&s->out, b);
    if (s->connected)
        flush(s);
    update_interest(s);
}

void stream_lend(struct stream *s, struct bytes b)
{
    if (s->tls) { /* its records are another copy anyway */
        stream_send(s, b);
        return;
    }
    if (s->fd < 0 || s->error || s->reset)
        return;
    s->lent = b;
    if (s->connected)
        flush(s);
    update_interest(s);
}

size_t stream_unsent(const struct stream *s)
{
    return s->out.len + s->lent.len;
}

bool stream_is_full(const struct stream *s)
{
    return s->in.len >= s->room;
}

void stream_take(struct stream *s, size_t n)
{
    bool was_full = stream_is_full(s);

    buf_consume(&s->in, n);
    s->room = s->usual_room;
    if (was_full && s->fd >= 0 && !s->error)
        update_interest(s);
}

void stream_need(struct stream *s, size_t n)
{
    if (n < s->room)
        return;
    s->room = n + 1;
    if (s->fd >= 0 && !s->error)
        update_interest(s);
}

void stream_half_close(struct stream *s)
{
    if (s->fd >= 0 && !s->error && !s->reset && s->tls)
        tls_end(s->tls, outlet(s));
    stream_cut(s);
}

void stream_cut(struct stream *s)
{
    if (s->fd < 0 || s->error || s->reset)
        return;
    s->shut = true;
    if (s->connected)
        flush(s);
    update_interest(s);
}

void stream_listen_to(struct stream *s, bool listen)
{
    s->deaf = !listen;
    update_interest(s);
}

static void end(struct stream *s)
{
    loop_remove(s->loop, &s->watch);
    fd_closep(&s->fd);
}

void stream_close(struct stream *s)
{
    if (s->fd < 0)
        return;
    stream_drain(s);
    if (s->tls && stream_is_ready(s) && !s->shut_sent && !s->reset) {
        tls_end(s->tls, &s->out);
        flush(s);
    }
    tap_tell(s->tap, TAP_CLOSED, (struct bytes){0});
    end(s);
}

void stream_reset(struct stream *s)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};

    if (s->fd < 0)
        return;
    setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    tap_tell(s->tap, TAP_RESET, (struct bytes){0});
    end(s);
}

void stream_deinit(struct stream *s)
{
    if (s->loop)
        stream_close(s);
    buf_deinit(&s->in);
    buf_deinit(&s->out);
    buf_deinit(&s->held);
    tls_free(s->tls);
    s->tls = NULL;
}

bool stream_is_open(const struct stream *s)
{
    return s->fd >= 0 && s->connected && !s->ended && !s->reset && !s->error;
}
