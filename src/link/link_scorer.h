/*
 * A scorer for a dataset under a model, values' rarities included: what weighs pairs in a run, and
 * again afterwards when a pair is explained or one record is matched.
 */
#ifndef SHIRE_LINK_LINK_SCORER_H
#define SHIRE_LINK_LINK_SCORER_H

#include "link/link_score_kernel.h"

/* Pairs of records from which on only the data speak. */
#define SHIRE_LINK_PAIRS_ENOUGH 500000

/* 1 for data that teach nothing, 0 where there are SHIRE_LINK_PAIRS_ENOUGH pairs. Pure. */
double shire_link_scarcity(const shire_link_dataset *dataset);

/* The caller zeroes scorer_out before and calls done after, also on failure. The dataset must
 * outlive the scorer, which is read-only once made: safe from any thread. */
shire_status shire_link_scorer_init(const shire_link_dataset *dataset,
                                    const shire_link_model *model, shire_link_scorer *scorer_out,
                                    shire_error *error) SHIRE_MUST_CHECK;
void shire_link_scorer_done(shire_link_scorer *scorer);

#endif
