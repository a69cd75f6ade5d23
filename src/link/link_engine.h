/*
 * The linkage engine: from a dataset to people, with nothing to set. Blocks, learns the model,
 * weighs the candidate pairs, groups. link_service.c and link_file.c feed it.
 */
#ifndef SHIRE_LINK_ENGINE_H
#define SHIRE_LINK_ENGINE_H

#include "link/link_cluster.h"
#include "link/link_constraint.h"
#include "link/link_dataset.h"
#include "link/link_em_kernel.h"
#include "link/link_memory.h"

/*
 * Looks on while the engine works, for what is kept of a run to explain it later (link_keep.h).
 * Called from one thread; either function may be NULL. The arrays are the engine's and valid during
 * the call only. Neither can change the outcome.
 */
typedef struct shire_link_observer {
    /* The patterns that the model was learnt from; each stands for `stride` times its count of
     * candidate pairs. */
    void (*see_patterns)(const shire_link_pattern_count *patterns, size_t count, size_t stride,
                         void *context);
    /* Weighed candidate pairs whose weight is worth keeping, those included that must never be one
     * person; once or in several parts. */
    void (*see_edges)(const shire_link_edge *edges, size_t count, void *context);
    void *context;
} shire_link_observer;

typedef struct shire_link_engine_options {
    int thread_count;
    const shire_link_observer *observer;       /* NULL: nobody looks on */
    const shire_link_constraints *constraints; /* NULL: nothing is decided */
    const shire_link_memory *memory;           /* of an earlier run; NULL: nothing is recalled */
    shire_link_memory *memory_out;             /* zeroed; NULL: nothing is remembered */
} shire_link_engine_options;

typedef struct shire_link_engine_result {
    uint32_t *people; /* by record: dense person number, in order of first record */
    uint32_t person_count;
    uint32_t largest;          /* records of the largest person */
    uint64_t candidate_pairs;  /* distinct pairs that blocking brought up */
    uint64_t pairs_scored;     /* pairs weighed: candidates, and what grouping asked for besides */
    uint64_t records_compared; /* records compared anew, all but those that the memory spared */
    shire_link_model model;
    uint8_t *is_clean;   /* by source: holds each person once; NULL when there was nothing to do */
    uint32_t single_max; /* records of the largest block by one feature that was taken, at most */
    uint32_t pair_max;   /* the same by two features */
} shire_link_engine_result;

/* Same people on any number of threads, and with or without a memory of an earlier run. The caller
 * frees result_out->people and is_clean with shire_link_engine_result_done; they are NULL on
 * failure. */
shire_status shire_link_engine_run(const shire_link_dataset *dataset,
                                   const shire_link_engine_options *options,
                                   shire_link_engine_result *result_out,
                                   shire_error *error) SHIRE_MUST_CHECK;
void shire_link_engine_result_done(shire_link_engine_result *result);

#endif
