/*
 * England's year from stored columns to stored costs, over the product's own tables: a database of
 * activity(feed, line, weight, person), a feed being one partition, is read twice by feeds, and
 * gets activity_cost(activity_no, amount) and person_cost(person_no, amount).
 */
#ifndef SHIRE_BENCH_ENGLAND_STORE_H
#define SHIRE_BENCH_ENGLAND_STORE_H

#include "england_memory.h"

typedef struct england_store_options {
    const char *path; /* of the database file, which must not be there before it is made */
    const england_feed *feed;
    size_t partition_count;
    int thread_count;
} england_store_options;

typedef struct england_store_times {
    double weigh;  /* reading lines and weights, pass 1 and 2 */
    double spread; /* reading all columns, pass 3, sorting parts by range of people; beside it the
                      costs of the items before are written */
    double append; /* writing the costs of the last items */
    double settle; /* adding parts to people */
    double people; /* writing the costs of people */
    double finish; /* commit and checkpoint */
    int64_t activity_bytes;
    int64_t cost_bytes;
} england_store_times;

/* Makes the stored columns; afterwards none of the file is left in the page cache. */
shire_status england_store_make(const england_store_options *options,
                                shire_error *error) SHIRE_MUST_CHECK;

shire_status england_store_run(const england_store_options *options, england_result *result_out,
                               england_store_times *times_out, shire_error *error) SHIRE_MUST_CHECK;

#endif
