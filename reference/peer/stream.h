/*
 * stream.h - one end of a conversation over TCP or a Unix socket, ours: it connects, writes when it is told,
 * and reads all that comes.
 *
 * It never blocks: what the kernel does not take at once waits in `out`, what comes is gathered in `in`. Why
 * the other side does what it does is not known here.
 */
#pragma once
#include "base/addr.h"
#include "base/buf.h"
#include "base/loop.h"
#include "peer/tap.h"
#include "peer/tls.h"

struct stream {
    struct watch watch; /* first: the callback finds the stream by it */
    struct loop *loop;  /* borrowed */
    struct tap *tap;    /* borrowed; NULL: nobody looks */
    int fd;             /* owned; -1: not open */
    struct addr local, remote;
    struct buf in;     /* came, and was not taken yet: stream_take */
    size_t room;       /* reading stops when so much is in `in` … */
    size_t usual_room; /* … which is this, unless somebody needs more for once */
    struct buf out;    /* to be sent */
    struct bytes lent; /* to be sent after `out`: borrowed, for what is too large to be copied */
    struct buf held;   /* of a handshake that is cut, and what follows it: to be sent after them, by
                          stream_let_on */
    size_t piece;      /* … so many bytes at a time; 0: nothing is cut */
    uint64_t
        sent; /* bytes given to the kernel; our end of stream counts 1, as the receiver's kernel counts it */
    uint64_t received; /* bytes that came in all */
    uint64_t lost;     /* bytes that were still to be sent when the connection broke */
    struct tls
        *tls;     /* owned; NULL: bytes go as they are. `in` is what it says in clear, `out` what goes out */
    bool is_unix; /* a Unix socket */
    bool connected;
    int error;        /* errno of a connection that failed, else 0 */
    bool ended;       /* their end of stream came */
    bool reset;       /* their reset came */
    bool shut;        /* we shall end once `out` is empty … */
    bool shut_sent;   /* … and have */
    bool hung;        /* nobody is there any more, which a deaf stream need not be told again */
    bool deaf;        /* told not to read */
    bool arrived;     /* gate: all of `sent` was seen in their kernel */
    uint64_t cookie;  /* gate: their socket, once it was seen */
    uint32_t unread;  /* gate: bytes that waited in it when it was last seen */
    uint32_t stalls;  /* gate: how often their kernel was seen to hold back what was written, until we
                         acknowledged what had come before (Nagle's algorithm) … */
    uint32_t stalled; /* … and how many bytes that was last */
};

#define STREAM_ROOM ((size_t)1 << 20)

void stream_init(struct stream *s, struct loop *loop);
void stream_deinit(struct stream *s); /* closes in good order: see stream_close */

/* Begins to connect from `host` (IPv4, host order). Returns 0, or -errno for a fault of ours; a refusal is
 * told later, by `connected` or `error`. A Unix socket is told at once, unless its listener's backlog is
 * full: then neither is set, and nothing tells when there is room but to call this again. */
int stream_connect(struct stream *s, uint32_t host, const struct addr *to);
/* Takes over a connection that was accepted; fd is owned by s from now on. 0 or -errno. */
int stream_adopt(struct stream *s, int fd);
/* Speaks TLS from here on, before a byte was sent; t is owned by s. A client's conversation begins once s is
 * connected. What breaks TLS counts as `reset`, and so does an end without close_notify: tls->note tells. */
void stream_secure(struct stream *s, struct tls *t);
/* Before stream_secure: what the handshake says is held, and goes out in pieces of so many bytes. */
void stream_cut_handshake(struct stream *s, size_t piece);
/* Lets the next piece go out, or with `all` whatever there is, uncut from here on. True: there was any. */
bool stream_let_on(struct stream *s, bool all);
/* Connected, and the handshake is done, and all of it sent, if there is one. */
bool stream_is_ready(const struct stream *s);
void stream_send(struct stream *s,
                 struct bytes b); /* all of it, in one write as far as the kernel takes it */
/* The same without a copy: b must last until stream_unsent is 0, or the stream is closed. Only while nothing
 * else is lent. */
void stream_lend(struct stream *s, struct bytes b);
/* As it goes out, without being sealed once more: what tls_seal has made. */
void stream_send_sealed(struct stream *s, struct bytes b);
size_t stream_unsent(const struct stream *s); /* bytes that the kernel did not take yet */
bool stream_is_full(const struct stream *s);  /* it does not read, for too much of what came is not taken */
void stream_take(struct stream *s, size_t n); /* drops the first n bytes that came */
void stream_need(struct stream *s,
                 size_t n);               /* reads on until at least n bytes are there, to be taken at once */
void stream_half_close(struct stream *s); /* after all that is still to be sent */
void stream_close(struct stream *s); /* drains first, so that no unread byte makes it a reset; safe twice */
void stream_cut(struct stream *s);   /* ends it without close_notify, after all that is still to be sent */
/* The other side is told that what it sent was not read: on a Unix socket only where that is so. */
void stream_reset(struct stream *s);
void stream_listen_to(struct stream *s, bool listen); /* false: leaves what comes in the kernel */
void stream_drain(struct stream *s);                  /* reads what is there now */
bool stream_is_open(const struct stream *s);          /* connected, and neither side has closed or reset it */
