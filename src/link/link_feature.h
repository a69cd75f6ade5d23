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
    SHIRE_LINK_PART_SAMPLE_3,
    SHIRE_LINK_PART_BOTH_NAMES /* of a row: given and family name, in either order */
} shire_link_part;

typedef struct shire_link_feature {
    size_t field;
    shire_link_part part;
} shire_link_feature;

/* The features that the values of a dataset's fields give; returns their number. */
size_t shire_link_features_choose(const shire_link_dataset *dataset,
                                  shire_link_feature features_out[SHIRE_LINK_FEATURES_MAX]);

/* A hash of that part of a normalised value, never 0; 0 when the value has no such part. Equal
 * parts have equal hashes; the few different ones that do too only cost a comparison. */
uint32_t shire_link_feature_hash(shire_link_part part, shire_span value);

/* The feature of both names, whose field is the family name's; false where a dataset lacks one. */
bool shire_link_feature_of_names(const shire_link_dataset *dataset,
                                 shire_link_feature *feature_out);

/* Its hash for a row: of the hashes of both names by the part, which are found in `of_value` by
 * value id; 0 where one is not known. The same for names that changed places. */
uint32_t shire_link_feature_names_hash(const shire_link_dataset *dataset, const uint32_t *row,
                                       const uint32_t *of_value);

#endif
