/* netns.h - a network namespace of one's own, with its loopback up, and what is on its wire. */
#pragma once
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/* Puts the calling (single-threaded) process into a fresh network namespace with lo up; as non-root in a fresh user namespace
 * too, with its own uid and gid mapped to themselves. 0 or a fault. */
int netns_enter(struct err *e);
/* The same without any interface up: no network at all. */
int netns_enter_silent(struct err *e);

/*
 * Is any packet under way? In a namespace of one's own exactly: every packet that IP sent on lo was received
 * (/proc/self/net/snmp, Ip OutRequests against InReceives). Elsewhere: all backlogs of /proc/net/softnet_stat are empty.
 * 1: all arrived, 0: some is under way, -errno.
 */
struct netns_wire {
    int fd;        /* owned: the /proc file */
    bool is_private;
};
int netns_wire_init(struct netns_wire *w, bool is_private);
void netns_wire_deinit(struct netns_wire *w);
int netns_wire_quiet(struct netns_wire *w);
