/*
 * The costing of England's items over the kernel's passes (cost/cost_kernel.h). The items are cut
 * into partitions of blocks; a partition's weights are summed on their own, the sums of all are put
 * together, and every partition is then spread on its own. Partitions may be worked on by several
 * threads at once, a partition by one at a time.
 */
#ifndef SHIRE_BENCH_ENGLAND_COST_H
#define SHIRE_BENCH_ENGLAND_COST_H

#include "england_feed.h"
#include "england_people.h"

typedef struct england_costing england_costing;

/* Some items in their order, as the kernel takes them. */
typedef struct england_stretch {
    const int32_t *lines;
    const int64_t *weights; /* none is negative */
    const uint32_t *people;
    size_t first_item;
    size_t item_count;
} england_stretch;

shire_status england_costing_new(const england_feed *feed, size_t partition_count, int thread_count,
                                 shire_arena *arena, england_costing **costing_out,
                                 shire_error *error) SHIRE_MUST_CHECK;

/* The first block of a partition; with partition_count, the number of blocks. */
size_t england_costing_block(const england_costing *costing, size_t partition);
/* The number of its first item; with partition_count, the number of items. */
size_t england_costing_first(const england_costing *costing, size_t partition);

/* Pass 1: add the weights of some items of a partition to its sums; people are not looked at. False
 * when a sum leaves the kernel's limit. */
bool england_costing_sum(england_costing *costing, size_t partition, const england_stretch *items);

/* Pass 2: put the partitions' sums together into how each stands at its start. */
shire_status england_costing_start(england_costing *costing, shire_error *error) SHIRE_MUST_CHECK;

/* Pass 3: the thread takes up a partition, then spreads the lines over its items in their order, by
 * as many calls as it likes, to parts_out and to their people. */
void england_costing_take_up(england_costing *costing, size_t partition, int thread);
void england_costing_spread(england_costing *costing, size_t partition, int thread,
                            const england_stretch *items, england_people *people,
                            shire_money *parts_out);

typedef struct england_sums {
    shire_money total;
    uint64_t checksum; /* sum of part * (2 item + 1), modulo 2^64 */
} england_sums;

/* Of all items that were spread. */
england_sums england_costing_sums(const england_costing *costing);

/* Of an array whose first member has number `first`. */
england_sums england_sums_of(const shire_money *values, size_t count, size_t first);

#endif
