/*
 * ports.h - ports to hand to programs: from 20000–32767, below the range from which the kernel takes ports of
 * its own choice, so that no client socket on the machine takes one in between.
 */
#pragma once
#include "base/loop.h"
#include "base/rng.h"
#include "kernel/sockdiag.h"

/*
 * Chooses n different ports, none of them among the n_taken. In a network namespace of one's own any will do.
 * Elsewhere each is locked against other gradings (an abstract Unix socket, which vanishes with its process)
 * and is free now; locks[i] then owns the lock. No port is the byte-swapped form of one of them, or of
 * itself. 0 or -EADDRINUSE.
 */
int ports_choose(struct rng *r, bool net_private, struct sockdiag *d, const uint16_t *taken, size_t n_taken,
                 uint16_t *ports, int *locks, size_t n);

enum port_claim {
    PORT_CLAIMED,
    PORT_TAKEN,      /* somebody listens there, or it did not get free while we waited */
    PORT_PRIVILEGED, /* an ordinary user may not bind it */
};
/* A certain port, where the network is shared: waits for other gradings that have it, and until all that is
 * left of earlier connections (TIME_WAIT, 60 s) is gone. *lock is owned by the caller. */
enum port_claim ports_claim(struct loop *loop, struct sockdiag *d, uint16_t port, int *lock);
void ports_release(int *locks, size_t n);
