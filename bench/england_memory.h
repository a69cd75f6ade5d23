/*
 * England's year in memory: items are made twice, block by block and near the processor, rather
 * than kept; once to sum their weights, once to be costed. What is kept is the lines, the parts on
 * their way to people, and the people.
 */
#ifndef SHIRE_BENCH_ENGLAND_MEMORY_H
#define SHIRE_BENCH_ENGLAND_MEMORY_H

#include "england_cost.h"

/* Parts are added to people this often: the more, the less memory, and the more it is read. */
#define ENGLAND_MEMORY_BATCHES ((size_t)8)

/* What a run comes to, the same on any number of threads and partitions. */
typedef struct england_result {
    england_sums parts;  /* item by item */
    england_sums people; /* person by person, and nobody last */
    shire_money nobody;  /* the lines without activity */
} england_result;

typedef struct england_times {
    double sum;    /* making items, and pass 1 */
    double start;  /* pass 2 */
    double spread; /* making items again, pass 3, and scattering parts by person */
    double settle; /* adding parts to people */
} england_times;

shire_status england_memory_run(const england_feed *feed, size_t partition_count, int thread_count,
                                shire_arena *arena, england_result *result_out,
                                england_times *times_out, shire_error *error) SHIRE_MUST_CHECK;

#endif
