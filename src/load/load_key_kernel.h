/*
 * A set of hashed keys in the caller's memory: open addressing, linear probing, at most two thirds
 * full. Pure; one thread at a time may change a set.
 */
#ifndef SHIRE_LOAD_LOAD_KEY_KERNEL_H
#define SHIRE_LOAD_LOAD_KEY_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct load_key_set {
    uint64_t *slots; /* zeroed by the caller; 0 is empty */
    size_t mask;     /* slot count - 1 */
} load_key_set;

/* Slots for `key_count` keys: a power of two, at least half as many again. */
size_t load_key_slot_count(size_t key_count);

/* Add keys (0 <= key < 2^63). Keys that were there before, in the set or earlier in `keys`, are
 * also written to repeated_out, which has room for `count`. Returns how many were. */
size_t load_key_add(load_key_set *set, const int64_t *keys, size_t count, int64_t *repeated_out);

/* Write the indices of the keys that are not in the set to absent_out, which has room for `count`,
 * ascending. Returns how many. */
size_t load_key_find_absent(const load_key_set *set, const int64_t *keys, size_t count,
                            size_t *absent_out);

#endif
