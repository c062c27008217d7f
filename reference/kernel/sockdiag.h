/*
 * sockdiag.h - NETLINK_SOCK_DIAG: the kernel's own view of sockets, by exact look-up or as a list. No
 * privilege is needed.
 *
 * Source: sock_diag(7), linux/inet_diag.h, net/ipv4/inet_diag.c, udp_diag.c. A netlink socket belongs to the
 * network namespace in which it was made. bytes_received needs <linux/tcp.h>: glibc's struct tcp_info lacks
 * it.
 */
#pragma once
#include "base/addr.h"

#include <stdint.h>

/* Of the kernel's net/tcp_states.h, which no header for programs has; <netinet/tcp.h> excludes <linux/tcp.h>.
 */
#define TCP_STATE_ESTABLISHED 1
#define TCP_STATE_TIME_WAIT 6
#define TCP_STATE_CLOSE 7
#define TCP_STATE_CLOSE_WAIT 8
#define TCP_STATE_LISTEN 10

struct sockdiag {
    int fd; /* owned; -1 after deinit */
    uint32_t seq;
};

struct sock_info {
    struct addr local, remote;
    uint8_t family, state;   /* state: linux/tcp_states.h (TCP_ESTABLISHED 1 … TCP_LISTEN 10) */
    uint32_t rqueue, wqueue; /* bytes; of a listener: connections that wait for accept, and the backlog */
    uint64_t inode;          /* 0 until the program has accepted the connection */
    uint64_t cookie;         /* identifies the socket for its whole life */
    bool v6only;             /* a listener, or a UDP socket without a peer, that takes no IPv4 */
    bool has_info;
    uint64_t bytes_received; /* has_info: a FIN counts 1, here and in rqueue (but see below) */
    uint64_t bytes_sent;     /* each counted once, no FIN; 0 before Linux 4.19 */
    uint32_t unsent;  /* bytes that its kernel holds back, for want of room over there or of more to send */
    uint32_t unacked; /* segments of its own that are under way */
    uint8_t retransmits; /* … and are being sent again, for want of an answer */
};

/*
 * In CLOSE_WAIT an rqueue of 0 means that the program has read all data. It has also seen the end of the
 * stream if the FIN came when the queue was empty. A FIN that finds unread data may be joined to it and leave
 * the queue with its last byte, before any read has returned 0 (tcp_try_coalesce; measured): so drain first,
 * then send the FIN, if that is to be known.
 */

/* A message holds at most one socket. From the kernel, but checked as if it were not: len bounds all that is
 * read. 1: decoded, 0: a message of another kind, -EBADMSG: malformed. */
int sockdiag_decode(const void *msg, size_t len, struct sock_info *out);

struct sock_infos {
    struct sock_info *infos; /* owned */
    size_t n, cap;
};
void sock_infos_deinit(struct sock_infos *s);
/* Appends the sockets of one reply to the dump that was asked for as `seq`; *torn: the list changed
 * meanwhile. 1: more to come, 0: the dump is complete, -errno: the kernel's, or -EBADMSG. */
int sockdiag_decode_dump(const void *reply, size_t len, uint32_t seq, bool *torn, struct sock_infos *out);

int sockdiag_init(struct sockdiag *d); /* 0 or -errno */
void sockdiag_deinit(struct sockdiag *d);

/*
 * The TCP socket with exactly these addresses, seen from that socket: local is its own end. With
 * INET_DIAG_INFO: the reply waits until a recvmsg that owns the socket has let go (tcp_get_info takes the
 * socket lock), after rqueue was sampled. 1: found, 0: none (a listener in its place counts as none), -errno.
 */
int sockdiag_tcp(struct sockdiag *d, const struct addr *local, const struct addr *remote,
                 struct sock_info *out);

/*
 * Has a connection between two sockets of this network yet to carry what was written to it, though nothing
 * that came before waits to be read? TCP holds data back by timers of its own (zero window probes, too little
 * to be worth a segment, retransmission), while both programs sleep. It costs a walk
 * through the kernel's table, a millisecond. 1: yes, 0: no, -errno.
 */
int sockdiag_tcp_holds_back(struct sockdiag *d);

/*
 * Appends all sockets of a protocol (IPPROTO_TCP, IPPROTO_UDP), IPv4 and IPv6, whose state is in the mask (1
 * << state; ~0u: all). The rqueue of a UDP socket is memory, not bytes of data. 0, or -errno: -EAGAIN when
 * the list changed under each of three dumps.
 */
int sockdiag_list(struct sockdiag *d, int protocol, uint32_t states, struct sock_infos *out);
