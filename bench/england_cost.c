/* England's costing: the kernel's passes over partitions, and the sums that tell whether two runs
 * gave the same parts. */
#include "england_cost.h"

#include "cost/cost_kernel.h"

#include <assert.h>

struct england_costing {
    const england_feed *feed;
    size_t partition_count;
    size_t *firsts;                /* partition -> first item; partition_count + 1 of them */
    int64_t *sums;                 /* partition, line -> sum of weights, then first remainder */
    int64_t *weight_totals;        /* line */
    shire_cost_line *prepared;     /* line */
    shire_cost_line *thread_lines; /* thread, line */
    england_sums *spread;          /* partition -> of its items so far */
    bool negative;
};

shire_status england_costing_new(const england_feed *feed, size_t partition_count, int thread_count,
                                 shire_arena *arena, england_costing **costing_out,
                                 shire_error *error) {
    england_costing *costing = shire_arena_alloc(arena, sizeof *costing);
    if (costing == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
    }
    size_t line_count = feed->line_count;
    size_t thread_lines = (size_t)thread_count * line_count;
    *costing = (england_costing){
        .feed = feed,
        .partition_count = partition_count,
        .firsts = shire_arena_alloc_array(arena, partition_count + 1, sizeof(size_t)),
        .sums = shire_arena_alloc_array(arena, partition_count * line_count, sizeof(int64_t)),
        .weight_totals = shire_arena_alloc_array(arena, line_count, sizeof(int64_t)),
        .prepared = shire_arena_alloc_array(arena, line_count, sizeof(shire_cost_line)),
        .thread_lines = shire_arena_alloc_array(arena, thread_lines, sizeof(shire_cost_line)),
        .spread = shire_arena_alloc_array(arena, partition_count, sizeof(england_sums))};
    if (costing->firsts == NULL || costing->sums == NULL || costing->weight_totals == NULL ||
        costing->prepared == NULL || costing->thread_lines == NULL || costing->spread == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
    }
    for (size_t partition = 0; partition < partition_count; partition++) {
        costing->firsts[partition] =
            england_feed_block_start(feed, england_costing_block(costing, partition));
    }
    costing->firsts[partition_count] = feed->item_count;
    for (size_t line = 0; line < line_count; line++) {
        costing->negative |= feed->totals[line] < 0;
    }
    *costing_out = costing;
    return SHIRE_OK;
}

size_t england_costing_block(const england_costing *costing, size_t partition) {
    return costing->feed->block_count * partition / costing->partition_count;
}

size_t england_costing_first(const england_costing *costing, size_t partition) {
    return costing->firsts[partition];
}

static int64_t *sums_of(const england_costing *costing, size_t partition) {
    return costing->sums + partition * costing->feed->line_count;
}

bool england_costing_sum(england_costing *costing, size_t partition, const england_stretch *items) {
    return !shire_cost_sum_weights(items->lines, items->weights, items->item_count,
                                   sums_of(costing, partition))
                .overflows;
}

shire_status england_costing_start(england_costing *costing, shire_error *error) {
    const england_feed *feed = costing->feed;
    if (!shire_cost_partitions_start(feed->totals, feed->line_count, costing->sums,
                                     feed->line_count, costing->partition_count, costing->negative,
                                     costing->weight_totals, costing->prepared)) {
        return SHIRE_FAIL(error, SHIRE_OVERFLOW, "the weights of a line leave the range");
    }
    for (size_t line = 0; line < feed->line_count; line++) {
        if (costing->weight_totals[line] == 0) {
            return SHIRE_FAIL(error, SHIRE_UNRECONCILED, "a line of the collection has no items");
        }
    }
    return SHIRE_OK;
}

england_sums england_sums_of(const shire_money *values, size_t count, size_t first) {
    england_sums sums = {0, 0};
    for (size_t i = 0; i < count; i++) {
        sums.total += values[i];
        sums.checksum += (uint64_t)values[i] * (2 * (uint64_t)(first + i) + 1);
    }
    return sums;
}

static void add_sums(england_sums *sums, england_sums more) {
    sums->total += more.total;
    sums->checksum += more.checksum;
}

static shire_cost_line *lines_of(const england_costing *costing, int thread) {
    return costing->thread_lines + (size_t)thread * costing->feed->line_count;
}

void england_costing_take_up(england_costing *costing, size_t partition, int thread) {
    shire_cost_partition_take_up(costing->prepared, sums_of(costing, partition),
                                 costing->feed->line_count, lines_of(costing, thread));
}

void england_costing_spread(england_costing *costing, size_t partition, int thread,
                            const england_stretch *items, england_people *people,
                            shire_money *parts_out) {
    bool fits = shire_cost_spread_stretch(lines_of(costing, thread), items->lines, items->weights,
                                          items->item_count, costing->negative, parts_out);
    assert(fits); /* no weight is negative, so that no part exceeds its line */
    england_people_add(people, thread, items->people, parts_out, items->item_count);
    add_sums(&costing->spread[partition],
             england_sums_of(parts_out, items->item_count, items->first_item));
}

england_sums england_costing_sums(const england_costing *costing) {
    england_sums sums = {0, 0};
    for (size_t partition = 0; partition < costing->partition_count; partition++) {
        add_sums(&sums, costing->spread[partition]);
    }
    return sums;
}
