/*
 * Passes over the candidate pairs, on many threads: patterns counted for learning, weights for
 * grouping. Work is cut into fixed stretches of records and gathered in their order, so that the
 * result does not depend on the number of threads.
 */
#ifndef SHIRE_LINK_PAIRS_H
#define SHIRE_LINK_PAIRS_H

#include "link/link_block.h"
#include "link/link_cluster.h"
#include "link/link_memory.h"
#include "link/link_score_kernel.h"

#define SHIRE_LINK_THREADS_MAX 64

/* Scratch memory of all threads. */
typedef struct shire_link_workers {
    int thread_count;
    shire_link_cache *caches[SHIRE_LINK_THREADS_MAX];
    uint32_t *stamps[SHIRE_LINK_THREADS_MAX];
    uint32_t *candidates[SHIRE_LINK_THREADS_MAX];
} shire_link_workers;

/* thread_count is cut to SHIRE_LINK_THREADS_MAX. Call done also after a failure. */
shire_status shire_link_workers_init(int thread_count, size_t record_count,
                                     shire_link_workers *workers_out,
                                     shire_error *error) SHIRE_MUST_CHECK;
void shire_link_workers_done(shire_link_workers *workers);

typedef struct shire_link_patterns {
    shire_link_pattern_count *counts; /* ascending by pattern */
    size_t count;
} shire_link_patterns;

/*
 * Patterns of the pairs of one record in `stride`, a power of two, chosen by their identities
 * (link_identity.h): what is sampled hardly changes when a few records do, nor with their order. A
 * pair counts half for each of its records that is chosen, so that `stride` times a count is what
 * all pairs would give. Free `counts` with shire_memory_free.
 */
shire_status shire_link_pairs_count(const shire_link_dataset *dataset,
                                    const shire_link_blocks *blocks, const uint64_t *identities,
                                    size_t stride, shire_link_workers *workers,
                                    shire_link_patterns *patterns_out,
                                    shire_error *error) SHIRE_MUST_CHECK;

/* Patterns of random pairs of different records, about pair_count: neighbours in as many random
 * orders of the records, or of a sample of them, as it takes. Chosen by identities as above. */
shire_status shire_link_pairs_count_random(const shire_link_dataset *dataset,
                                           const uint64_t *identities, size_t pair_count,
                                           shire_link_workers *workers,
                                           shire_link_patterns *patterns_out,
                                           shire_error *error) SHIRE_MUST_CHECK;

typedef struct shire_link_edges {
    shire_link_edge *edges; /* by the later record, then by the earlier one */
    size_t count;
    uint64_t candidate_pairs;
} shire_link_edges;

/* All candidate pairs whose weight is at least `least`; recall spares those that cannot reach it,
 * and is NULL when nothing is recalled. Free `edges` with shire_memory_free. */
shire_status shire_link_pairs_weigh(const shire_link_scorer *scorer,
                                    const shire_link_blocks *blocks,
                                    const shire_link_recall *recall, float least,
                                    shire_link_workers *workers, shire_link_edges *edges_out,
                                    shire_error *error) SHIRE_MUST_CHECK;

#endif
