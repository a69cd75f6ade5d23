/*
 * The person index of a partnership: reads person_record, writes person and person_link.
 */
#ifndef SHIRE_LINK_LINK_H
#define SHIRE_LINK_LINK_H

#include "org/partnership.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct shire_link_options {
    int thread_count; /* 0: all processors */
    /* What the last run remembered (link_memory.h) and where this one does; either NULL: nothing.
     * The outcome does not depend on it. */
    const char *memory_path;
    const char *memory_path_out;
} shire_link_options;

typedef struct shire_link_summary {
    uint64_t records;
    uint64_t records_compared; /* anew: the others' pairs are known from the last run */
    uint64_t people;
    uint64_t largest; /* records of the largest person */
    uint64_t candidate_pairs;
    uint64_t pairs_scored;
    bool truth_known; /* the partnership names a truth file; the rest is 0 when not */
    double precision; /* pairwise, over the records that the truth names */
    double recall;
    double f1;
} shire_link_summary;

/*
 * Link the person records of the warehouse and replace the tables person, person_link and index_*
 * (ARCHITECTURE.md). Reads decisions and last memberships from the partnership's store, which is
 * not changed; ids last from run to run as link_index.h says. person_no is dense in order of the
 * person's first record. Each attribute of a person is the one that most of its records carry; of
 * equally frequent ones, that of the earliest record.
 *
 * Same tables on any number of threads. `arena` holds what lives as long as the call; it holds
 * personal data. summary_out is written on SHIRE_OK only.
 */
shire_status shire_link_run(shire_table *warehouse, const shire_partnership *partnership,
                            const shire_link_options *options, shire_arena *arena,
                            shire_link_summary *summary_out, shire_error *error) SHIRE_MUST_CHECK;

#endif
