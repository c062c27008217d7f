/*
 * datagram.h - one UDP socket of ours. It is not connected, so that a reply from an unexpected port is seen,
 * not lost.
 */
#pragma once
#include "base/addr.h"
#include "base/buf.h"
#include "base/loop.h"
#include "peer/tap.h"
#include "wire/impair.h"

struct arrival {
    struct bytes payload; /* owned by the socket's queue */
    struct addr from;
    int64_t at; /* ns since 1970, when the kernel got it (SO_TIMESTAMPNS, socket(7)) */
};

struct datagram {
    struct watch watch; /* first: the callback finds the socket by it */
    struct loop *loop;  /* borrowed */
    struct tap *tap;    /* borrowed; NULL: nobody looks */
    int fd;             /* owned; -1: not open */
    struct addr local, remote;
    struct arrival *queue; /* came, and was not taken yet: from `taken` on */
    size_t n, cap, taken;
    size_t kept;  /* bytes of memory that the queue takes */
    bool refused; /* an ICMP "port unreachable" answered something that we sent */
    bool deaf;
    uint64_t sent, received; /* datagrams, as the kernel saw them: on either side of the network below */
    uint32_t speaks_as; /* of a socket that hears broadcasts: the address that it answers from; 0: its own */
    struct impair *network; /* borrowed: what is done to all that goes and comes; NULL: nothing */
};

#define DATAGRAM_MAX_KEPT ((size_t)64 << 20) /* after so much no more is taken */

void datagram_init(struct datagram *d, struct loop *loop);
void datagram_deinit(struct datagram *d);
/* Binds to `at`, whose port may be 0: any; what is sent goes to `to`, NULL: nowhere yet. 0 or -errno. */
int datagram_open(struct datagram *d, const struct addr *at, const struct addr *to);
/* Hears what is broadcast to the port on the loopback network, with whoever else does, and nothing else;
 * speaks as `host`. Both in host order. 0 or -errno. */
int datagram_open_broadcast(struct datagram *d, uint32_t host, uint16_t port);
/* Hands on what the network lets through by now. True: there was something. */
bool datagram_flow(struct datagram *d, int64_t now);
/* To `to`, NULL: to `remote`. 0 or -errno; -EAGAIN: the kernel has no room now, -EDESTADDRREQ: to whom? */
int datagram_send(struct datagram *d, struct bytes payload, const struct addr *to);
const struct arrival *datagram_first(const struct datagram *d); /* NULL: none; valid until the next call */
/* The first for which `is_mine` is true; NULL: none. */
const struct arrival *datagram_find(const struct datagram *d,
                                    bool (*is_mine)(const struct arrival *a, const void *arg),
                                    const void *arg);
void datagram_take(struct datagram *d, const struct arrival *a); /* drops it: one of the queue's */
void datagram_listen_to(struct datagram *d, bool listen);
void datagram_close(struct datagram *d); /* what came stays; safe twice */
