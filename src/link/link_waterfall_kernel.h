/*
 * The weight of a pair taken apart. A weight is log2 of the odds that two records are of one
 * person; here it is a sum of parts that a reader can follow:
 *
 *   prior      log2 of how many pairs are SAME for each pair of STRANGERs, before anything is known
 *   fields     for each field log2(m / u): how much more often one person's records agree so than
 *              strangers' do; and, where they are equal, more for a rare value, less for a frequent
 *   move       the gain from that the person may have moved: then the fields of the home may differ
 *   others     the loss from that two people of a neighbourhood or a family agree more than chance
 *
 * prior + fields + move + others is the weight. Pure functions.
 */
#ifndef SHIRE_LINK_LINK_WATERFALL_KERNEL_H
#define SHIRE_LINK_LINK_WATERFALL_KERNEL_H

#include "link/link_compare_kernel.h"
#include "link/link_em_kernel.h"

typedef struct shire_link_waterfall_field {
    int level;     /* link_compare_kernel.h; 0: not known on a side, all else is 0 then */
    bool swapped;  /* counted with the given name: the names changed places */
    double m;      /* chance of this level for one person's two records */
    double u;      /* the same for two strangers' */
    double weight; /* log2(m / u) */
    double rarity; /* log2 of the mean chance of agreeing on a value over that on this one */
} shire_link_waterfall_field;

typedef struct shire_link_waterfall {
    double prior;
    size_t field_count;
    shire_link_waterfall_field fields[SHIRE_LINK_FIELDS_MAX];
    double move;   /* never negative */
    double others; /* never positive */
    double weight;
} shire_link_waterfall;

/*
 * pattern   levels of all fields before names that changed places are counted once
 *           (shire_link_pattern_swap_once is applied here when both fields are given).
 * rarities  by field: of the value that both have; ignored unless the level is "equal".
 */
void shire_link_waterfall_make(const shire_link_model *model, shire_link_pattern pattern,
                               const double *rarities, int given_field, int family_field,
                               shire_link_waterfall *waterfall_out);

/* 2^w / (1 + 2^w): the probability for a weight. */
double shire_link_probability(double weight);

#endif
