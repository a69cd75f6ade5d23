/*
 * A 64-bit name for each record that comes from its values alone, so that a record is known again
 * in another run, wherever it stands in its file. Records of equal values are told apart by the
 * order in which they stand. What is sampled by these names hardly changes when a few records do.
 */
#ifndef SHIRE_LINK_LINK_IDENTITY_H
#define SHIRE_LINK_LINK_IDENTITY_H

#include "link/link_dataset.h"

/* identities_out: by record, no two equal but by a collision of 64 bits; free with
 * shire_memory_free. SHIRE_NO_MEMORY. */
shire_status shire_link_identities_make(const shire_link_dataset *dataset, int thread_count,
                                        uint64_t **identities_out,
                                        shire_error *error) SHIRE_MUST_CHECK;

/* Spreads 64 bits so that any few of them choose at random. A bijection. */
static inline uint64_t shire_link_mix(uint64_t value) {
    value = (value ^ value >> 32) * UINT64_C(0xD6E8FEB86659FD93);
    value = (value ^ value >> 32) * UINT64_C(0xD6E8FEB86659FD93);
    return value ^ value >> 32;
}

#endif
