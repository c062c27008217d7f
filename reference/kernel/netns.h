/* netns.h - a network namespace of one's own, with its loopback up, and what is on its wire. */
#pragma once
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/* Puts the calling (single-threaded) process into a fresh network namespace with lo up; as non-root in a
 * fresh user namespace too, with its own uid and gid mapped to themselves. 0 or a fault. */
int netns_enter(struct err *e);
/* The same without any interface up: no network at all. */
int netns_enter_silent(struct err *e);
/* Gives the loopback interface one more address, IPv4 in host order: what goes there stays on this machine,
 * and comes from elsewhere for all that a program can see. `index` is another one for each, from 0. 0 or
 * -errno. */
int netns_add_host(unsigned index, uint32_t host);

/*
 * Is any packet under way? In a namespace of one's own exactly, by counters of /proc/self/net/{snmp,snmp6},
 * for IPv4 and IPv6:
 *
 *   every packet that left arrived:  OutTransmits == InReceives    (both count fragments; OutRequests counts
 * whole datagrams) and its handler has returned:    OutRequests == InDelivers     (both count whole
 * datagrams)
 *
 * Measured on Linux 6.18, at rest after TCP, UDP, port unreachable, resets, receive buffer overflow,
 * fragments, raw and ping sockets, multicast and broadcast: the first always holds, the second but for
 * multicast that nobody joined and unknown protocols, which are dropped without a count. So where they
 * differ, the same difference seen twice in succession, with all backlogs empty, counts as quiet too: the
 * first call after such a drop says 0, the second 1. A kernel before 6.6 lacks OutTransmits: there it is
 * computed as OutRequests - FragOKs + FragCreates.
 *
 * Elsewhere: all backlogs of /proc/net/softnet_stat are empty, which misses a packet in the midst of being
 * handled.
 */
struct netns_wire {
    int snmp, snmp6, softnet; /* owned; -1: none. They belong to the namespace in which they were opened */
    bool is_private;
    int64_t missing, undelivered; /* as the last call saw them */
};
int netns_wire_init(struct netns_wire *w, bool is_private); /* 0 or -errno */
void netns_wire_deinit(struct netns_wire *w);
/* Datagrams of UDP that were sent in a namespace of one's own, wherever to: Udp OutDatagrams. -ENOENT: it is
 * none, or the kernel does not say; or -errno. */
int64_t netns_wire_datagrams(struct netns_wire *w);
int netns_wire_quiet(struct netns_wire *w); /* 1: all arrived, 0: some may be under way, -errno */
