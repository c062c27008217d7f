#include "base/rng.h"

uint64_t rng_next(struct rng *r)
{
    uint64_t z = r->state += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

struct rng rng_seed(uint64_t seed, uint64_t stream)
{
    struct rng r = {seed};

    r.state = rng_next(&r) ^ (stream * 0xd1342543de82ef95u);
    rng_next(&r);
    return r;
}

uint64_t rng_below(struct rng *r, uint64_t n)
{
    uint64_t limit = UINT64_MAX - UINT64_MAX % n, x;

    do
        x = rng_next(r);
    while (x >= limit);
    return x % n;
}

void rng_fill(struct rng *r, void *data, size_t len)
{
    uint8_t *p = data;

    for (size_t i = 0; i < len; i++)
        p[i] = (uint8_t)(rng_next(r) >> 56);
}
