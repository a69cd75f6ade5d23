/*
 * The set of hashed keys. A look-up is one cache miss, so the slots of the keys some places ahead
 * are fetched while the present one is dealt with. Keys are hashes already: their low bits choose
 * the slot.
 */
#include "load/load_key_kernel.h"

#define AHEAD 16

size_t load_key_slot_count(size_t key_count) {
    size_t count = 16;
    while (count < key_count + key_count / 2) {
        count *= 2;
    }
    return count;
}

/* The slot that holds the key, or the empty one where it would stand. */
static inline size_t find_slot(const load_key_set *set, uint64_t stored) {
    size_t slot = (size_t)stored & set->mask;
    while (set->slots[slot] != 0 && set->slots[slot] != stored) {
        slot = (slot + 1) & set->mask;
    }
    return slot;
}

/* One more than the key, so that no key is stored as 0. */
static inline uint64_t stored_form(int64_t key) {
    return (uint64_t)key + 1;
}

static inline void fetch_ahead(const load_key_set *set, const int64_t *keys, size_t count,
                               size_t i) {
    if (i + AHEAD < count) {
        __builtin_prefetch(&set->slots[stored_form(keys[i + AHEAD]) & set->mask], 1);
    }
}

size_t load_key_add(load_key_set *set, const int64_t *keys, size_t count, int64_t *repeated_out) {
    size_t repeated_count = 0;
    for (size_t i = 0; i < count; i++) {
        fetch_ahead(set, keys, count, i);
        uint64_t stored = stored_form(keys[i]);
        size_t slot = find_slot(set, stored);
        if (set->slots[slot] == stored) {
            repeated_out[repeated_count++] = keys[i];
        }
        set->slots[slot] = stored;
    }
    return repeated_count;
}

size_t load_key_find_absent(const load_key_set *set, const int64_t *keys, size_t count,
                            size_t *absent_out) {
    size_t absent_count = 0;
    for (size_t i = 0; i < count; i++) {
        fetch_ahead(set, keys, count, i);
        if (set->slots[find_slot(set, stored_form(keys[i]))] == 0) {
            absent_out[absent_count++] = i;
        }
    }
    return absent_count;
}
