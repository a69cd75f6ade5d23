/*
 * Features of records for blocking: a field's value itself, its sound, its start, its district, ...
 * Records that share a feature may be compared (link_block.h). Pure functions.
 */
#ifndef SHIRE_LINK_FEATURE_H
#define SHIRE_LINK_FEATURE_H

#include "link/link_dataset.h"

#define SHIRE_LINK_FEATURES_MAX 128

typedef enum shire_link_part {
    SHIRE_LINK_PART_WHOLE,
    SHIRE_LINK_PART_SOUND,
    SHIRE_LINK_PART_START_3,
    SHIRE_LINK_PART_START_4,
    SHIRE_LINK_PART_WITHOUT_LAST_2,
    SHIRE_LINK_PART_WITHOUT_LAST_3,
    SHIRE_LINK_PART_FIRST_HALF,
    SHIRE_LINK_PART_SECOND_HALF,
    SHIRE_LINK_PART_YEAR,
    SHIRE_LINK_PART_YEAR_MONTH,
    SHIRE_LINK_PART_MONTH_DAY,
    SHIRE_LINK_PART_FIRST_WORD,
    SHIRE_LINK_PART_LAST_3,
    SHIRE_LINK_PART_SAMPLE_0, /* of an encoding: a few of its bits, */
    SHIRE_LINK_PART_SAMPLE_1, /* others, */
    SHIRE_LINK_PART_SAMPLE_2,
    SHIRE_LINK_PART_SAMPLE_3
} shire_link_part;

typedef struct shire_link_feature {
    size_t field;
    shire_link_part part;
} shire_link_feature;

/* The features that the fields of a dataset give; returns their number. */
size_t shire_link_features_choose(const shire_link_dataset *dataset,
                                  shire_link_feature features_out[SHIRE_LINK_FEATURES_MAX]);

/* A hash of that part of a normalised value, never 0; 0 when the value has no such part. Equal
 * parts have equal hashes; the few different ones that do too only cost a comparison. */
uint32_t shire_link_feature_hash(shire_link_part part, shire_span value);

#endif
