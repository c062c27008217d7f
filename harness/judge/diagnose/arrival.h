/* arrival.h - the datagrams that our peers sent to a program, in the order in which they came there. For
 * judge/diagnose/ alone. */
#pragma once
#include "judge/evidence.h"

struct arrival {
    struct bytes datagram;
    uint32_t step;     /* in which it was sent */
    uint64_t number;   /* the first integer that its sender chose; 0: it has none */
    struct bytes body; /* what it carries: its first field of bytes, not empty; else empty */
};

struct arrivals {
    struct arrival *all;
    size_t n, cap;
};

/* All that e->program was sent before the failed step, in e->arena. */
struct arrivals arrivals_of(const struct evidence *e);
