/*
 * Every item is made once, in order, and costed by the definition of the running total in 128 bits:
 * floor(P C_i / W) less floor(P C_(i-1) / W). Costs are compared by their checksum, which takes
 * each with its item's number.
 */
#include "england_check.h"

#include "england_store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define COLLECTION_TOTAL INT64_C(99178955511631201) /* its lines' costs, each in micropounds */

__extension__ typedef __int128 wide;

typedef struct naive_line {
    wide weight_total;
    wide reached;
} naive_line;

typedef struct naive {
    const england_feed *feed;
    naive_line *lines;
    shire_money *people;
    england_result result;
} naive;

static void *allocate(size_t count, size_t size) {
    void *memory = calloc(count, size);
    if (memory == NULL) {
        fprintf(stderr, "bench-england: out of memory\n");
        exit(1);
    }
    return memory;
}

static void weigh(const england_items *items, size_t first_item, size_t item_count,
                  void *context_pointer) {
    (void)first_item;
    naive *reference = context_pointer;
    for (size_t i = 0; i < item_count; i++) {
        reference->lines[items->lines[i]].weight_total += items->weights[i];
    }
}

static void cost(const england_items *items, size_t first_item, size_t item_count,
                 void *context_pointer) {
    naive *reference = context_pointer;
    for (size_t i = 0; i < item_count; i++) {
        naive_line *line = &reference->lines[items->lines[i]];
        wide total = reference->feed->totals[items->lines[i]];
        wide before = total * line->reached / line->weight_total;
        line->reached += items->weights[i];
        shire_money part = (shire_money)(total * line->reached / line->weight_total - before);
        reference->people[items->people[i]] += part;
        england_sums sums = england_sums_of(&part, 1, first_item + i);
        reference->result.parts.total += sums.total;
        reference->result.parts.checksum += sums.checksum;
    }
}

static england_result cost_naively(const england_feed *feed) {
    naive reference = {.feed = feed,
                       .lines = allocate(feed->line_count, sizeof(naive_line)),
                       .people = allocate((size_t)feed->population + 1, sizeof(shire_money))};
    void *scratch = allocate(1, england_feed_scratch_bytes(feed));
    england_feed_make(feed, 0, feed->block_count, scratch, false, weigh, &reference);
    england_feed_make(feed, 0, feed->block_count, scratch, true, cost, &reference);
    reference.result.people = england_sums_of(reference.people, (size_t)feed->population + 1, 0);
    reference.result.nobody = reference.people[feed->population];
    free(scratch);
    free(reference.lines);
    free(reference.people);
    return reference.result;
}

static bool results_agree(const england_result *a, const england_result *b) {
    return a->parts.total == b->parts.total && a->parts.checksum == b->parts.checksum &&
           a->people.total == b->people.total && a->people.checksum == b->people.checksum &&
           a->nobody == b->nobody;
}

static int report(int number, bool good, const char *name) {
    printf("%s %d - %s\n", good ? "ok" : "not ok", number, name);
    return good ? 0 : 1;
}

static bool run_agrees(const england_feed *feed, size_t partition_count, int thread_count,
                       const england_result *expected) {
    england_result result;
    england_times times;
    shire_arena *arena = NULL;
    shire_error error = {0};
    shire_status status = shire_arena_new("check", 0, &arena, &error);
    if (status == SHIRE_OK) {
        status =
            england_memory_run(feed, partition_count, thread_count, arena, &result, &times, &error);
    }
    shire_arena_free(arena);
    if (status != SHIRE_OK) {
        printf("# %s\n", error.message);
    }
    return status == SHIRE_OK && results_agree(&result, expected);
}

static bool stored_run_agrees(const england_feed *feed, size_t partition_count, int thread_count,
                              const england_result *expected) {
    const char *dir = getenv("TMPDIR");
    char path[4096];
    snprintf(path, sizeof path, "%s/shire-check-england-%d.duckdb", dir == NULL ? "/tmp" : dir,
             (int)getpid());
    england_store_options options = {.path = path,
                                     .feed = feed,
                                     .partition_count = partition_count,
                                     .thread_count = thread_count};
    england_result result;
    england_store_times times;
    shire_error error = {0};
    shire_status status = england_store_make(&options, &error);
    if (status == SHIRE_OK) {
        status = england_store_run(&options, &result, &times, &error);
    }
    unlink(path);
    if (status != SHIRE_OK) {
        printf("# %s\n", error.message);
    }
    return status == SHIRE_OK && results_agree(&result, expected);
}

int england_check(const england_feed *feed) {
    england_result expected = cost_naively(feed);
    int failures = 0;
    printf("1..6\n");
    failures += report(1, feed->total == COLLECTION_TOTAL, "lines_sum_to_the_published_cost");
    failures +=
        report(2, expected.parts.total == feed->total && expected.people.total == feed->total,
               "parts_and_people_sum_to_the_lines");
    failures += report(3, run_agrees(feed, 64, 1, &expected), "costs_agree_with_the_definition");
    failures += report(4, run_agrees(feed, 64, 2, &expected) && run_agrees(feed, 64, 3, &expected),
                       "threads_change_nothing");
    failures += report(5,
                       run_agrees(feed, 1, 2, &expected) && run_agrees(feed, 7, 2, &expected) &&
                           run_agrees(feed, 50, 1, &expected),
                       "partitions_change_nothing");
    failures += report(
        6, stored_run_agrees(feed, 9, 2, &expected) && stored_run_agrees(feed, 3, 1, &expected),
        "stored_columns_change_nothing");
    return failures == 0 ? 0 : 1;
}
