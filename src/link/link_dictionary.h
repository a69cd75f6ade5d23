/*
 * A dictionary of values: text to dense ids, 0 for the empty text, in order of first appearance.
 * Also used as a memo from a raw value to its normalised id, so that each distinct value of a
 * column is normalised once. Not safe to share while values are added.
 */
#ifndef SHIRE_LINK_DICTIONARY_H
#define SHIRE_LINK_DICTIONARY_H

#include "core/text.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct shire_link_dictionary {
    uint32_t count;      /* ids below it are in use; 1 when empty: id 0 is the empty text */
    uint32_t capacity;   /* of hashes and offsets */
    uint32_t slot_count; /* a power of two */
    uint32_t *slots;     /* id, or 0 for a free slot */
    uint64_t *hashes;    /* by id; NULL when sealed */
    uint64_t *offsets;   /* by id: bytes [offsets[id], offsets[id + 1]) */
    char *bytes;
    uint64_t byte_capacity;
} shire_link_dictionary;

/* False when out of memory; done is safe then, and for a zeroed dictionary. */
bool shire_link_dictionary_init(shire_link_dictionary *dictionary) SHIRE_MUST_CHECK;
void shire_link_dictionary_done(shire_link_dictionary *dictionary);

/* The id of `text`, added when it is new. False when out of memory (or beyond 2^32 - 2 values). */
bool shire_link_dictionary_add(shire_link_dictionary *dictionary, shire_span text,
                               uint32_t *id_out) SHIRE_MUST_CHECK;

/* Give back the memory that only adding needs. Nothing is added after; finding and texts stay. */
void shire_link_dictionary_seal(shire_link_dictionary *dictionary);

/* The id of `text`, or 0 when it was never added. */
uint32_t shire_link_dictionary_find(const shire_link_dictionary *dictionary, shire_span text);

static inline shire_span shire_link_dictionary_text(const shire_link_dictionary *dictionary,
                                                    uint32_t id) {
    uint64_t from = dictionary->offsets[id];
    return (shire_span){dictionary->bytes + from, dictionary->offsets[id + 1] - from};
}

#endif
