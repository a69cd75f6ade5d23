/*
 * The hashes of a record's values, each with its field, added up; then the number of equal records
 * before it is mixed in. Equal records are found by a table that holds the last one seen.
 */
#include "link/link_identity.h"

#include "core/arena.h"
#include "core/parallel.h"

#include <string.h>

#define STRETCH 16384
#define NEXT_EQUAL UINT64_C(0x9E3779B97F4A7C15)

typedef struct hasher {
    const shire_link_dataset *dataset;
    uint64_t *hashes;
} hasher;

static void hash_stretch(size_t first, size_t last, size_t chunk, int thread, void *context) {
    const hasher *work = context;
    const shire_link_dataset *dataset = work->dataset;
    (void)chunk;
    (void)thread;
    for (size_t record = first; record < last; record++) {
        const uint32_t *row = shire_link_dataset_row(dataset, record);
        uint64_t hash = 0;
        for (size_t field = 0; field < dataset->field_count; field++) {
            if (row[field] != 0) {
                hash += shire_link_mix(dataset->fields[field].values->hashes[row[field]] + field);
            }
        }
        for (uint64_t at = dataset->tokens == NULL ? 0 : dataset->token_offsets[record];
             dataset->tokens != NULL && at < dataset->token_offsets[record + 1]; at++) {
            hash += dataset->names.hashes[dataset->tokens[at]];
        }
        work->hashes[record] = shire_link_mix(hash);
    }
}

/* equals_out[r]: records before r with the same hash. */
static void count_equals(const uint64_t *hashes, size_t record_count, uint32_t *slots,
                         size_t slot_count, uint32_t *equals_out) {
    memset(slots, 0, slot_count * sizeof *slots);
    for (size_t record = 0; record < record_count; record++) {
        size_t at = (size_t)hashes[record] & (slot_count - 1);
        while (slots[at] != 0 && hashes[slots[at] - 1] != hashes[record]) {
            at = (at + 1) & (slot_count - 1);
        }
        equals_out[record] = slots[at] == 0 ? 0 : equals_out[slots[at] - 1] + 1;
        slots[at] = (uint32_t)record + 1;
    }
}

shire_status shire_link_identities_make(const shire_link_dataset *dataset, int thread_count,
                                        uint64_t **identities_out, shire_error *error) {
    size_t count = dataset->record_count;
    size_t slot_count = 1024;
    while (slot_count < count + count / 2) {
        slot_count *= 2;
    }
    uint64_t *hashes = shire_memory_resize(NULL, (count + 1) * sizeof *hashes);
    uint32_t *equals = shire_memory_resize(NULL, (count + 1) * sizeof *equals);
    uint32_t *slots = shire_memory_resize(NULL, slot_count * sizeof *slots);
    shire_status status = SHIRE_OK;
    if (hashes == NULL || equals == NULL || slots == NULL) {
        shire_memory_free(hashes);
        status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory to tell the records apart");
    } else {
        hasher work = {dataset, hashes};
        shire_parallel_for(thread_count, count, STRETCH, hash_stretch, &work);
        count_equals(hashes, count, slots, slot_count, equals);
        for (size_t record = 0; record < count; record++) {
            hashes[record] = shire_link_mix(hashes[record] + equals[record] * NEXT_EQUAL);
        }
        *identities_out = hashes;
    }
    shire_memory_free(equals);
    shire_memory_free(slots);
    return status;
}
