/*
 * Seeded pseudo-random numbers (xoshiro256++ seeded by splitmix64): the same sequence on every
 * machine. For synthetic data and tests, never for secrets.
 */
#ifndef SHIRE_CORE_RANDOM_H
#define SHIRE_CORE_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct shire_random {
    uint64_t state[4];
} shire_random;

/* `stream` gives independent sequences from one seed, so that parts can be made in any order. */
shire_random shire_random_seed(uint64_t seed, uint64_t stream);
uint64_t shire_random_next(shire_random *random);
/* Uniform in [0, bound), bound >= 1, without modulo bias. */
uint64_t shire_random_below(shire_random *random, uint64_t bound);
int64_t shire_random_between(shire_random *random, int64_t low, int64_t high); /* inclusive */
/* True with probability numerator / denominator, in integers. */
bool shire_random_chance(shire_random *random, uint32_t numerator, uint32_t denominator);
/* An index drawn in proportion to cumulative weights (ascending, last is the total). */
size_t shire_random_pick(shire_random *random, const uint32_t *cumulative, size_t count);

#endif
