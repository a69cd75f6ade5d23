/*
 * The weight of a pair of records under a model: log2 of the odds that they are one person, the
 * prior included. Equality on a rare value weighs more than on a frequent one (term frequency)
 * wherever the field's levels are those of strangers.
 * Pure; sums run in one order of fields, so the same pair always has the same weight.
 */
#ifndef SHIRE_LINK_SCORE_KERNEL_H
#define SHIRE_LINK_SCORE_KERNEL_H

#include "link/link_compare_kernel.h"
#include "link/link_em_kernel.h"

#define SHIRE_LINK_KIND_LANES 8

typedef struct shire_link_scorer {
    const shire_link_dataset *dataset;
    /* log2 probability of a level for each kind of pair, less that of STRANGER's; 0 for kinds
     * beyond the last, which make whole vectors of the sums */
    float levels[SHIRE_LINK_FIELDS_MAX][SHIRE_LINK_LEVELS_MAX][SHIRE_LINK_KIND_LANES];
    /* by value id: log2 of the mean chance of agreeing on a value over that of agreeing on this
     * one; added for the kinds that are set in `rare_kinds` with 1, else times 0 */
    float *rarities[SHIRE_LINK_FIELDS_MAX];
    float rare_kinds[SHIRE_LINK_FIELDS_MAX][SHIRE_LINK_KIND_LANES];
    float prior_logs[SHIRE_LINK_KIND_LANES];   /* less STRANGER's */
    float unequal_most[SHIRE_LINK_FIELDS_MAX]; /* the largest gain of a level beyond "equal" */
    uint8_t order[SHIRE_LINK_FIELDS_MAX];      /* fields; the one that settles most for its cost
                                                  first */
    /* for each byte of a mask of fields and each of its values */
    uint32_t places[4][256]; /* the mask with its bits in the order above */
    float mosts[4][256];     /* sum of unequal_most */
} shire_link_scorer;

/* Everything but the rarities, which the caller allocates and fills. */
void shire_link_scorer_set(shire_link_scorer *scorer, const shire_link_dataset *dataset,
                           const shire_link_model *model);

/*
 * log2 odds of records a and b. Where they are certainly below `least`, any number below `least`
 * is given without comparing what is left; -INFINITY asks for the number itself.
 */
float shire_link_score(const shire_link_scorer *scorer, size_t a, size_t b, float least,
                       shire_link_cache *cache);

/*
 * The same for the pairs of one record with `count` others, in their order. Much faster than one by
 * one: rows and values of the next pairs are fetched from memory while a pair is weighed.
 */
void shire_link_score_list(const shire_link_scorer *scorer, size_t record, const uint32_t *others,
                           size_t count, float least, shire_link_cache *cache, float *weights_out);

#endif
