/*
 * The linkage engine: from a dataset to people, with nothing to set. Blocks, learns the model,
 * weighs the candidate pairs, groups. link_service.c and link_file.c feed it.
 */
#ifndef SHIRE_LINK_ENGINE_H
#define SHIRE_LINK_ENGINE_H

#include "link/link_dataset.h"
#include "link/link_em_kernel.h"

typedef struct shire_link_engine_result {
    uint32_t *people; /* by record: dense person number, in order of first record */
    uint32_t person_count;
    uint32_t largest;         /* records of the largest person */
    uint64_t candidate_pairs; /* distinct pairs that blocking brought up */
    uint64_t pairs_scored;    /* pairs weighed: candidates, and what grouping asked for besides */
    shire_link_model model;
} shire_link_engine_result;

/* Same people on any number of threads. The caller frees result_out->people with
 * shire_memory_free; it is NULL on failure. */
shire_status shire_link_engine_run(const shire_link_dataset *dataset, int thread_count,
                                   shire_link_engine_result *result_out,
                                   shire_error *error) SHIRE_MUST_CHECK;

#endif
