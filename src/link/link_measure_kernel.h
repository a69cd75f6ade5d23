/*
 * How good a grouping is against the truth: pairwise over final people (every true pair counts,
 * whether it was ever compared or not) and B-cubed (Bagga and Baldwin 1998), in which every record
 * counts once. Pure functions.
 */
#ifndef SHIRE_LINK_MEASURE_KERNEL_H
#define SHIRE_LINK_MEASURE_KERNEL_H

#include <stddef.h>
#include <stdint.h>

typedef struct shire_link_quality {
    double precision; /* 1 when no pair was made */
    double recall;    /* 1 when there is no true pair */
    double f1;
    double b3_precision;
    double b3_recall;
    double b3_f1;
} shire_link_quality;

/* One record's place in both groupings. Records without a known truth are left out by the caller.
 */
typedef struct shire_link_placement {
    uint32_t person;
    uint32_t truth;
} shire_link_placement;

/* Sorts `placements` in place. */
void shire_link_measure(shire_link_placement *placements, size_t count,
                        shire_link_quality *quality_out);

#endif
