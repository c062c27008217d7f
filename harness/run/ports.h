/*
 * ports.h - ports to hand to programs: from 20000–32767, below the range from which the kernel takes ports of
 * its own choice, so that no client socket on the machine takes one in between.
 */
#pragma once
#include "base/rng.h"
#include "kernel/sockdiag.h"

/*
 * Chooses n different ports. In a network namespace of one's own any will do. Elsewhere each is locked
 * against other gradings (an abstract Unix socket, which vanishes with its process) and is free now; locks[i]
 * then owns the lock. No port is the byte-swapped form of one of them, or of itself. 0 or -EADDRINUSE.
 */
int ports_choose(struct rng *r, bool net_private, struct sockdiag *d, uint16_t *ports, int *locks, size_t n);
void ports_release(int *locks, size_t n);
