/*
 * xoshiro256++ (Blackman and Vigna, public domain) seeded by splitmix64, and draws from it that use
 * integers only, so that every machine draws the same.
 */
#include "core/random.h"

#include <assert.h>

static uint64_t splitmix_next(uint64_t *state) {
    uint64_t mixed = *state += UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ mixed >> 31;
}

shire_random shire_random_seed(uint64_t seed, uint64_t stream) {
    /* Each word mixes a hash of the seed with one of the stream: neighbouring seeds and streams
     * do not share states, as they would if the two were merely added. */
    uint64_t stream_state = stream ^ UINT64_C(0xd1b54a32d192ed03);
    uint64_t seed_state = seed ^ splitmix_next(&stream_state);
    shire_random random;
    for (int i = 0; i < 4; i++) {
        random.state[i] = splitmix_next(&seed_state);
    }
    return random;
}

static uint64_t rotate_left(uint64_t word, int bits) {
    return word << bits | word >> (64 - bits);
}

uint64_t shire_random_next(shire_random *random) {
    uint64_t *state = random->state;
    uint64_t result = rotate_left(state[0] + state[3], 23) + state[0];
    uint64_t shifted = state[1] << 17;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = rotate_left(state[3], 45);
    return result;
}

uint64_t shire_random_below(shire_random *random, uint64_t bound) {
    assert(bound >= 1);
    /* Lemire 2019: the high word of a product is uniform once the few low words that would give
     * some results one chance more are drawn again. */
    unsigned __int128 product = (unsigned __int128)shire_random_next(random) * bound;
    if ((uint64_t)product < bound) {
        uint64_t surplus = -bound % bound;
        while ((uint64_t)product < surplus) {
            product = (unsigned __int128)shire_random_next(random) * bound;
        }
    }
    return (uint64_t)(product >> 64);
}

int64_t shire_random_between(shire_random *random, int64_t low, int64_t high) {
    assert(low <= high);
    uint64_t span = (uint64_t)high - (uint64_t)low;
    uint64_t offset =
        span == UINT64_MAX ? shire_random_next(random) : shire_random_below(random, span + 1);
    return (int64_t)((uint64_t)low + offset);
}

bool shire_random_chance(shire_random *random, uint32_t numerator, uint32_t denominator) {
    return shire_random_below(random, denominator) < numerator;
}

size_t shire_random_pick(shire_random *random, const uint32_t *cumulative, size_t count) {
    assert(count > 0 && cumulative[count - 1] > 0);
    uint64_t drawn = shire_random_below(random, cumulative[count - 1]);
    size_t first = 0; /* of the indices whose cumulative weight may exceed `drawn` */
    size_t left = count;
    while (left > 1) {
        size_t half = left / 2;
        if (cumulative[first + half - 1] <= drawn) {
            first += half;
            left -= half;
        } else {
            left = half;
        }
    }
    return first;
}
