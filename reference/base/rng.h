/* rng.h - reproducible pseudo-random numbers (splitmix64): the same seed gives the same ones everywhere. */
#pragma once
#include <stddef.h>
#include <stdint.h>

struct rng {
    uint64_t state;
};

struct rng rng_seed(uint64_t seed, uint64_t stream); /* independent sequences for each (seed, stream) */
uint64_t rng_next(struct rng *r);
uint64_t rng_below(struct rng *r, uint64_t n); /* 0 … n-1, unbiased; n > 0 */
void rng_fill(struct rng *r, void *data, size_t len);
