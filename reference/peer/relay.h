/*
 * relay.h - a man in the middle: what clients send to it goes on to a server, and back.
 *
 * Of streams each connection has one of ours to the server as its other half. Bytes, ends and resets pass
 * both ways, cut as a split says, each part when the one before was read (gate.h); no more is read from one
 * side than the other takes. Of datagrams each source gets a socket of its own towards the server, so that
 * the answers find their way, and all go through a network (impair.h).
 *
 * Nothing moves by itself: whoever owns a relay lets it flow after each turn of the loop.
 */
#pragma once
#include "kernel/sockdiag.h"
#include "peer/datagram.h"
#include "peer/listener.h"
#include "peer/stream.h"
#include "wire/impair.h"
#include "wire/split.h"

/* What goes one way between one client and the server. */
struct relay_lane {
    uint64_t passed;  /* bytes that went on */
    size_t told;      /* of those that are here: they were told of */
    bool due;         /* what went on last must be read before more does … */
    uint64_t ungated; /* … but not so many bytes: who should read them sleeps */
    bool ended;       /* the end went on */
    struct buf heard; /* what came and nobody took; a datagram behind its length, uint32_t */
};

struct relay_link {
    size_t index;               /* among the relay's links */
    struct stream sides[2];     /* IMPAIR_THERE: from the client; IMPAIR_BACK: from the server */
    struct addr client;         /* of datagrams: who … */
    struct datagram back;       /* … and our socket towards the server for it */
    struct relay_lane lanes[2]; /* by enum impair_way */
    bool over;                  /* both connections are closed */
};

enum relay_moment {
    RELAY_CAME,
    RELAY_WENT,  /* on, to the other side */
    RELAY_ENDED, /* the end of a stream went on */
};

struct relay {
    struct loop *loop; /* borrowed */
    bool is_stream;
    struct listener listener;
    struct datagram front;
    struct addr server;        /* where to; len 0: not known yet, and whoever comes waits */
    const struct split *split; /* borrowed; NULL: nothing is cut */
    struct impair *network;    /* borrowed: of datagrams, never NULL once it is open */
    /* Told of what passes, at once: bytes of a stream, or one datagram. NULL: nobody is. */
    void (*tells)(void *arg, const struct relay_link *l, enum impair_way way, enum relay_moment moment,
                  struct bytes b);
    void *arg;
    bool listens;              /* keeps what passes in `heard` */
    bool deafened;             /* more passed than is kept: some is missing in `heard` */
    struct relay_link **links; /* owned, in the order in which they came */
    size_t n_links, cap_links;
};

#define RELAY_MAX_LINKS 1024u /* datagrams from more sources are dropped; connections wait */
#define RELAY_MAX_HEARD ((size_t)16 << 20)

void relay_init(struct relay *r, struct loop *loop, bool is_stream);
void relay_deinit(struct relay *r);                     /* closes in good order */
int relay_open(struct relay *r, const struct addr *at); /* where clients come to. 0 or -errno */
/* Lets go on what can: 1: something did, 0: nothing, or -errno. */
int relay_flow(struct relay *r, struct sockdiag *d, int64_t now);
/* Has all that was sent on its streams arrived, at the programs and here? 1, 0, or -errno. */
int relay_arrived(struct relay *r, struct sockdiag *d);
/* Who should read what went on last sleeps: the rest of what is here goes on, too. True: there was any. */
bool relay_release(struct relay *r);
void relay_cut(struct relay *r);             /* resets all connections, on both sides */
bool relay_is_linked(const struct relay *r); /* somebody is connected through it */

/* The datagram at this byte of what was heard; valid until the next flow. Returns how many bytes it takes up
 * there; 0: there is none. */
size_t relay_heard_datagram(const struct relay_lane *l, size_t at, struct bytes *out);
