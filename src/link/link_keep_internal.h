/* What the files that keep a run share: counts of the keeper, and one function a table. */
#ifndef SHIRE_LINK_LINK_KEEP_INTERNAL_H
#define SHIRE_LINK_LINK_KEEP_INTERNAL_H

#include "link/link_keep.h"
#include "link/link_waterfall_kernel.h"

/* Whether the pair is one of the sample on which it is seen what blocks bring up. */
bool shire_link_keeper_samples(const shire_link_keeper *keeper, uint32_t a, uint32_t b);
/* Before the first shire_link_keep_is_sampled_edge. */
void shire_link_keep_sort_sample(shire_link_keeper *keeper);
/* Whether a pair of the sample was brought up by a block and worth keeping. */
bool shire_link_keep_is_sampled_edge(const shire_link_keeper *keeper, uint32_t a, uint32_t b);

/* Candidate pairs at each level of a field, from the patterns learnt from. */
void shire_link_keep_count_levels(const shire_link_keeper *keeper, size_t field,
                                  double pairs_out[SHIRE_LINK_LEVELS_MAX]);

shire_status shire_link_keep_weights(const shire_link_keeper *keeper,
                                     const shire_link_engine_result *result, shire_table *table,
                                     shire_error *error) SHIRE_MUST_CHECK;
/* link_field, link_level, link_prior, link_summary, link_source. */
shire_status shire_link_keep_model(const shire_link_keeper *keeper,
                                   const shire_link_engine_result *result,
                                   const shire_column *sources, shire_table *table,
                                   shire_error *error) SHIRE_MUST_CHECK;
/* link_record, link_tie, link_capture. */
shire_status shire_link_keep_people(shire_link_keeper *keeper,
                                    const shire_link_engine_result *result, int thread_count,
                                    shire_table *table, shire_error *error) SHIRE_MUST_CHECK;

#endif
