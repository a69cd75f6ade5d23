/* England's year in memory: partitions on threads, parts settled on people in batches. */
#include "england_memory.h"

#include "core/meter.h"
#include "core/parallel.h"

#include <assert.h>

#define STRETCH_ITEMS ((size_t)1024) /* widened at a time, in the first-level cache */

typedef struct wide_columns {
    int32_t lines[STRETCH_ITEMS];
    int64_t weights[STRETCH_ITEMS];
} wide_columns;

typedef struct memory_run {
    const england_feed *feed;
    england_costing *costing;
    england_people *people;
    size_t partition_count;
    int thread_count;
    char *scratch; /* of all threads */
    size_t scratch_bytes;
    size_t first_partition; /* of the batch under way */
} memory_run;

/* One partition on one thread. */
typedef struct memory_task {
    memory_run *run;
    size_t partition;
    int thread;
} memory_task;

static double lap(int64_t *start) {
    int64_t now = shire_clock_nanoseconds();
    double seconds = (double)(now - *start) * 1e-9;
    *start = now;
    return seconds;
}

static void make(memory_task *task, bool with_people, england_feed_visitor visit) {
    memory_run *run = task->run;
    england_feed_make(run->feed, england_costing_block(run->costing, task->partition),
                      england_costing_block(run->costing, task->partition + 1),
                      run->scratch + (size_t)task->thread * run->scratch_bytes, with_people, visit,
                      task);
}

/* What the kernel takes of the items from `next` on, widened; at most STRETCH_ITEMS of them. */
static england_stretch widen(const england_items *items, size_t first_item, size_t next,
                             size_t item_count, wide_columns *wide) {
    size_t count = item_count - next < STRETCH_ITEMS ? item_count - next : STRETCH_ITEMS;
    for (size_t i = 0; i < count; i++) {
        wide->lines[i] = items->lines[next + i];
    }
    for (size_t i = 0; i < count; i++) {
        wide->weights[i] = items->weights[next + i];
    }
    return (england_stretch){wide->lines, wide->weights, items->people + next, first_item + next,
                             count};
}

static void sum_block(const england_items *items, size_t first_item, size_t item_count,
                      void *context_pointer) {
    memory_task *task = context_pointer;
    wide_columns wide;
    for (size_t next = 0; next < item_count; next += STRETCH_ITEMS) {
        england_stretch stretch = widen(items, first_item, next, item_count, &wide);
        bool fits = england_costing_sum(task->run->costing, task->partition, &stretch);
        assert(fits); /* sixteen bits a weight */
    }
}

static void sum_partition(size_t first, size_t last, size_t chunk, int thread,
                          void *context_pointer) {
    (void)last;
    (void)chunk;
    memory_task task = {context_pointer, first, thread};
    make(&task, false, sum_block);
}

static void spread_block(const england_items *items, size_t first_item, size_t item_count,
                         void *context_pointer) {
    memory_task *task = context_pointer;
    memory_run *run = task->run;
    wide_columns wide;
    shire_money parts[STRETCH_ITEMS];
    for (size_t next = 0; next < item_count; next += STRETCH_ITEMS) {
        england_stretch stretch = widen(items, first_item, next, item_count, &wide);
        england_costing_spread(run->costing, task->partition, task->thread, &stretch, run->people,
                               parts);
    }
}

static void spread_partition(size_t first, size_t last, size_t chunk, int thread,
                             void *context_pointer) {
    (void)last;
    (void)chunk;
    memory_run *run = context_pointer;
    memory_task task = {run, run->first_partition + first, thread};
    england_costing_take_up(run->costing, task.partition, thread);
    make(&task, true, spread_block);
}

static size_t batch_partition(const memory_run *run, size_t batch) {
    return run->partition_count * batch / ENGLAND_MEMORY_BATCHES;
}

static size_t batch_items_max(const memory_run *run) {
    size_t most = 0;
    for (size_t batch = 0; batch < ENGLAND_MEMORY_BATCHES; batch++) {
        size_t count = england_costing_first(run->costing, batch_partition(run, batch + 1)) -
                       england_costing_first(run->costing, batch_partition(run, batch));
        most = count > most ? count : most;
    }
    return most;
}

static shire_status prepare(memory_run *run, shire_arena *arena, shire_error *error) {
    shire_status status = england_costing_new(run->feed, run->partition_count, run->thread_count,
                                              arena, &run->costing, error);
    if (status == SHIRE_OK) {
        status =
            england_people_new((size_t)run->feed->population + 1, batch_items_max(run),
                               run->feed->total, run->thread_count, arena, &run->people, error);
    }
    run->scratch_bytes = england_feed_scratch_bytes(run->feed);
    run->scratch = shire_arena_alloc_array(arena, (size_t)run->thread_count, run->scratch_bytes);
    if (status == SHIRE_OK && run->scratch == NULL) {
        status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
    }
    return status;
}

static void spread_batches(memory_run *run, england_times *times, int64_t *start) {
    for (size_t batch = 0; batch < ENGLAND_MEMORY_BATCHES; batch++) {
        run->first_partition = batch_partition(run, batch);
        shire_parallel_for(run->thread_count,
                           batch_partition(run, batch + 1) - run->first_partition, 1,
                           spread_partition, run);
        times->spread += lap(start);
        england_people_settle(run->people);
        times->settle += lap(start);
    }
}

shire_status england_memory_run(const england_feed *feed, size_t partition_count, int thread_count,
                                shire_arena *arena, england_result *result_out,
                                england_times *times_out, shire_error *error) {
    memory_run run = {
        .feed = feed, .partition_count = partition_count, .thread_count = thread_count};
    england_times times = {0};
    int64_t start = shire_clock_nanoseconds();
    shire_status status = prepare(&run, arena, error);
    if (status == SHIRE_OK) {
        shire_parallel_for(thread_count, partition_count, 1, sum_partition, &run);
        times.sum = lap(&start);
        status = england_costing_start(run.costing, error);
        times.start = lap(&start);
    }
    if (status == SHIRE_OK) {
        spread_batches(&run, &times, &start);
        const shire_money *totals = england_people_totals(run.people);
        *result_out = (england_result){
            .parts = england_costing_sums(run.costing),
            .people = england_sums_of(totals, (size_t)feed->population + 1, 0),
            .nobody = totals[feed->population],
        };
        times.settle += lap(&start);
        *times_out = times;
    }
    return status;
}
