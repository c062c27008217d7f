/*
 * claim.h - a uid that no other grading on this machine uses now.
 *
 * As root each open box has a host uid of its own: at level B everything with that uid is killed in the end,
 * and processes are counted by it. Two gradings at once must not share one. A claim is an abstract Unix
 * socket, which vanishes with its process.
 */
#pragma once
#include "base/err.h"

#include <sys/types.h>

struct claim {
    int lock; /* owned; -1: none is needed */
    uid_t uid;
    gid_t gid;
};

/* As root a free uid from 61001 on, else our own. 0 or a fault. */
int claim_take(struct claim *c, struct err *e);
void claim_release(struct claim *c); /* safe on a released one */
