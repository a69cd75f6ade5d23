/*
 * From weighted pairs to people. Connected components chain: one doubtful pair joins two crowds.
 * Here groups are joined from the strongest evidence down, and two groups only when the evidence
 * of all their pairs together, also of those that no block brought up, speaks for it.
 */
#ifndef SHIRE_LINK_CLUSTER_H
#define SHIRE_LINK_CLUSTER_H

#include "core/error.h"

#include <stddef.h>
#include <stdint.h>

typedef struct shire_link_edge {
    uint32_t a;
    uint32_t b;
    float weight; /* log2 odds that a and b are one person */
} shire_link_edge;

/* The weight of any pair; -INFINITY where the two must never be one person, SHIRE_LINK_WEIGHT_SAME
 * where they are one by decision: both are taken as they are, not cut. */
typedef float (*shire_link_weigher)(size_t a, size_t b, void *context);

typedef struct shire_link_cluster_options {
    double join_min;   /* two groups join when their linkage is above this */
    double weight_low; /* a pair's weight is cut to [weight_low, weight_high] */
    double weight_high;
    uint32_t people_max; /* records of one person at most */
} shire_link_cluster_options;

/*
 * edges       in any order, each pair once; sorted in place.
 * people_out  by record: the lowest record of its group.
 * Deterministic: ties go to the lower records.
 */
shire_status shire_link_cluster(shire_link_edge *edges, size_t edge_count, size_t record_count,
                                const shire_link_cluster_options *options, shire_link_weigher weigh,
                                void *context, uint32_t *people_out,
                                shire_error *error) SHIRE_MUST_CHECK;

#endif
