/*
 * Stored columns to stored costs. As many feeds as there are threads are under way at once, each
 * scanned on a connection of its own; the engine's vectors go to the kernel as they are. The parts
 * of these feeds are appended as one frame, which the engine compresses on all its threads, while
 * the next feeds are read: neither keeps every processor busy to its end.
 */
#include "england_store.h"

#include "core/meter.h"
#include "core/parallel.h"
#include "io/table.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENGINE_MEMORY_MB 3000
#define THREADS_MAX 256

/* The parts of the feeds that are under way at once. */
typedef struct store_batch {
    int64_t *item_numbers;
    shire_money *parts;
    size_t count; /* filled and not yet appended */
} store_batch;

typedef struct store_run {
    const england_store_options *options;
    england_costing *costing;
    england_people *people;
    shire_table *table;
    shire_table *scans[THREADS_MAX];        /* of each feed under way */
    shire_status statuses[THREADS_MAX + 1]; /* the last: of what is appended beside them */
    shire_error errors[THREADS_MAX + 1];
    size_t first_partition; /* of the feeds under way */
    size_t items_max;       /* of the feeds under way at once */
    store_batch batches[2];
    size_t filling; /* which of them; the other one is appended */
} store_run;

/* One feed. */
typedef struct store_task {
    store_run *run;
    size_t partition;
    size_t next_item;
    int place; /* among the feeds under way */
} store_task;

static double lap(int64_t *start) {
    int64_t now = shire_clock_nanoseconds();
    double seconds = (double)(now - *start) * 1e-9;
    *start = now;
    return seconds;
}

static size_t group_end(const store_run *run, size_t first) {
    size_t end = first + (size_t)run->options->thread_count;
    return end < run->options->partition_count ? end : run->options->partition_count;
}

static size_t first_item(const store_run *run, size_t partition) {
    return england_costing_first(run->costing, partition);
}

static size_t most_items_at_once(const store_run *run) {
    size_t most = 0;
    for (size_t first = 0; first < run->options->partition_count; first = group_end(run, first)) {
        size_t count = first_item(run, group_end(run, first)) - first_item(run, first);
        most = count > most ? count : most;
    }
    return most;
}

static shire_status no_memory(shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
}

static shire_status open_run(store_run *run, const england_store_options *options,
                             shire_arena *arena, shire_error *error) {
    *run = (store_run){.options = options};
    assert(options->thread_count <= THREADS_MAX);
    shire_table_options table_options = {.path = options->path,
                                         .thread_count = options->thread_count,
                                         .memory_limit_mb = ENGINE_MEMORY_MB};
    shire_status status = england_costing_new(options->feed, options->partition_count,
                                              options->thread_count, arena, &run->costing, error);
    if (status == SHIRE_OK) {
        run->items_max = most_items_at_once(run);
        status = shire_table_open(&table_options, &run->table, error);
    }
    return status;
}

/* ---- making the stored columns ---- */

typedef struct store_columns {
    store_run *run;
    int32_t *feeds;
    int32_t *lines;
    int64_t *weights;
    int32_t *people;
    char *scratch;
    size_t partition;
} store_columns;

static void keep_block(const england_items *items, size_t first, size_t item_count,
                       void *context_pointer) {
    store_columns *columns = context_pointer;
    size_t place = first - first_item(columns->run, columns->run->first_partition);
    for (size_t i = 0; i < item_count; i++) {
        columns->feeds[place + i] = (int32_t)columns->partition;
        columns->lines[place + i] = items->lines[i];
        columns->weights[place + i] = items->weights[i];
        columns->people[place + i] = (int32_t)items->people[i];
    }
}

static shire_status append_feeds(store_run *run, store_columns *columns, shire_error *error) {
    size_t end = group_end(run, run->first_partition);
    for (size_t partition = run->first_partition; partition < end; partition++) {
        columns->partition = partition;
        england_feed_make(run->options->feed, england_costing_block(run->costing, partition),
                          england_costing_block(run->costing, partition + 1), columns->scratch,
                          true, keep_block, columns);
    }
    shire_column shown[] = {
        {.name = "feed", .type = SHIRE_TYPE_INT32, .int32 = columns->feeds},
        {.name = "line", .type = SHIRE_TYPE_INT32, .int32 = columns->lines},
        {.name = "weight", .type = SHIRE_TYPE_INT64, .int64 = columns->weights},
        {.name = "person", .type = SHIRE_TYPE_INT32, .int32 = columns->people},
    };
    shire_frame frame = {.row_count = first_item(run, end) - first_item(run, run->first_partition),
                         .column_count = 4,
                         .columns = shown};
    return shire_table_append(run->table, "activity", &frame, error);
}

static shire_status make_columns(store_run *run, shire_arena *arena, shire_error *error) {
    store_columns columns = {
        .run = run,
        .feeds = shire_arena_alloc_array(arena, run->items_max, sizeof(int32_t)),
        .lines = shire_arena_alloc_array(arena, run->items_max, sizeof(int32_t)),
        .weights = shire_arena_alloc_array(arena, run->items_max, sizeof(int64_t)),
        .people = shire_arena_alloc_array(arena, run->items_max, sizeof(int32_t)),
        .scratch = shire_arena_alloc(arena, england_feed_scratch_bytes(run->options->feed))};
    if (columns.feeds == NULL || columns.lines == NULL || columns.weights == NULL ||
        columns.people == NULL || columns.scratch == NULL) {
        return no_memory(error);
    }
    shire_status status = shire_table_execute(
        run->table,
        "CREATE TABLE activity (feed INTEGER, line INTEGER, weight BIGINT, person INTEGER); BEGIN",
        error);
    size_t partition_count = run->options->partition_count;
    for (size_t first = 0; first < partition_count && status == SHIRE_OK;
         first = group_end(run, first)) {
        run->first_partition = first;
        status = append_feeds(run, &columns, error);
    }
    if (status == SHIRE_OK) {
        status = shire_table_execute(run->table, "COMMIT; CHECKPOINT", error);
    }
    return status;
}

/* What is read next comes from the disk. */
static shire_status leave_page_cache(const char *path, shire_error *error) {
    int file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0) {
        return SHIRE_FAIL(error, SHIRE_IO_FAILED, "%s: %s", path, strerror(errno));
    }
    shire_status status = SHIRE_OK;
    if (fsync(file) != 0 || posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED) != 0) {
        status = SHIRE_FAIL(error, SHIRE_IO_FAILED, "%s: cannot be flushed", path);
    }
    close(file);
    return status;
}

shire_status england_store_make(const england_store_options *options, shire_error *error) {
    shire_arena *arena = NULL;
    store_run run = {0};
    shire_status status = shire_arena_new("columns", 0, &arena, error);
    if (status == SHIRE_OK) {
        status = open_run(&run, options, arena, error);
    }
    if (status == SHIRE_OK) {
        status = make_columns(&run, arena, error);
    }
    shire_table_close(run.table);
    shire_arena_free(arena);
    return status == SHIRE_OK ? leave_page_cache(options->path, error) : status;
}

/* ---- costing ---- */

static shire_status weigh_batch(const shire_frame *batch, void *context, shire_error *error) {
    store_task *task = context;
    england_stretch stretch = {.lines = batch->columns[0].int32,
                               .weights = batch->columns[1].int64,
                               .item_count = batch->row_count};
    if (!england_costing_sum(task->run->costing, task->partition, &stretch)) {
        return SHIRE_FAIL(error, SHIRE_OVERFLOW, "the weights of a line are too large");
    }
    return SHIRE_OK;
}

static shire_status spread_batch(const shire_frame *batch, void *context, shire_error *error) {
    store_task *task = context;
    store_run *run = task->run;
    store_batch *filled = &run->batches[run->filling];
    size_t place = task->next_item - first_item(run, run->first_partition);
    if (task->next_item + batch->row_count > first_item(run, task->partition + 1)) {
        return SHIRE_FAIL(error, SHIRE_INTERNAL, "a feed has grown between the passes");
    }
    england_stretch stretch = {.lines = batch->columns[0].int32,
                               .weights = batch->columns[1].int64,
                               .people = (const uint32_t *)batch->columns[2].int32,
                               .first_item = task->next_item,
                               .item_count = batch->row_count};
    england_costing_spread(run->costing, task->partition, task->place, &stretch, run->people,
                           filled->parts + place);
    for (size_t i = 0; i < batch->row_count; i++) {
        filled->item_numbers[place + i] = (int64_t)(task->next_item + i);
    }
    task->next_item += batch->row_count;
    return SHIRE_OK;
}

static void scan_feed(store_task *task, const char *columns, shire_table_visitor visit,
                      size_t place) {
    store_run *run = task->run;
    char sql[128];
    snprintf(sql, sizeof sql, "SELECT %s FROM activity WHERE feed = %zu", columns, task->partition);
    run->statuses[place] =
        shire_table_scan(run->scans[place], sql, visit, task, &run->errors[place]);
}

static void weigh_feed(size_t first, size_t last, size_t chunk, int thread, void *context) {
    (void)last;
    (void)chunk;
    (void)thread;
    store_run *run = context;
    store_task task = {run, run->first_partition + first, 0, (int)first};
    scan_feed(&task, "line, weight", weigh_batch, first);
}

static shire_status append_amounts(store_run *run, const char *table_name, const int64_t *numbers,
                                   const shire_money *amounts, size_t count, shire_error *error) {
    shire_column shown[] = {
        {.name = "number", .type = SHIRE_TYPE_INT64, .int64 = numbers},
        {.name = "amount", .type = SHIRE_TYPE_DECIMAL6, .decimal6 = amounts},
    };
    shire_frame frame = {.row_count = count, .column_count = 2, .columns = shown};
    return shire_table_append(run->table, table_name, &frame, error);
}

static shire_status append_batch(store_run *run, store_batch *batch, shire_error *error) {
    size_t count = batch->count;
    batch->count = 0;
    return count == 0 ? SHIRE_OK
                      : append_amounts(run, "activity_cost", batch->item_numbers, batch->parts,
                                       count, error);
}

/* The first of the loop is what the feeds before left to append, as it takes longest. */
static void spread_feed(size_t first, size_t last, size_t chunk, int thread, void *context) {
    (void)last;
    (void)chunk;
    (void)thread;
    store_run *run = context;
    if (first == 0) {
        run->statuses[THREADS_MAX] =
            append_batch(run, &run->batches[1 - run->filling], &run->errors[THREADS_MAX]);
        return;
    }
    size_t place = first - 1;
    store_task task = {run, run->first_partition + place, 0, (int)place};
    task.next_item = first_item(run, task.partition);
    england_costing_take_up(run->costing, task.partition, task.place);
    scan_feed(&task, "line, weight, person", spread_batch, place);
}

/* The first failure among the feeds [run->first_partition, end) and what was appended. */
static shire_status outcome(const store_run *run, size_t end, shire_error *error) {
    for (size_t i = 0; i <= end - run->first_partition; i++) {
        size_t place = i < end - run->first_partition ? i : THREADS_MAX;
        if (run->statuses[place] != SHIRE_OK) {
            *error = run->errors[place];
            return run->statuses[place];
        }
    }
    return SHIRE_OK;
}

static shire_status weigh_all(store_run *run, shire_error *error) {
    shire_status status = SHIRE_OK;
    size_t partition_count = run->options->partition_count;
    for (size_t first = 0; first < partition_count && status == SHIRE_OK;
         first = group_end(run, first)) {
        size_t end = group_end(run, first);
        run->first_partition = first;
        shire_parallel_for(run->options->thread_count, end - first, 1, weigh_feed, run);
        status = outcome(run, end, error);
    }
    return status == SHIRE_OK ? england_costing_start(run->costing, error) : status;
}

static bool is_batch_end(const store_run *run, size_t end) {
    size_t count = run->options->partition_count;
    size_t batches = ENGLAND_MEMORY_BATCHES;
    return end == count || end * batches / count != run->first_partition * batches / count;
}

static shire_status spread_all(store_run *run, england_store_times *times, int64_t *start,
                               shire_error *error) {
    shire_status status = SHIRE_OK;
    size_t partition_count = run->options->partition_count;
    for (size_t first = 0; first < partition_count && status == SHIRE_OK;
         first = group_end(run, first)) {
        size_t end = group_end(run, first);
        run->first_partition = first;
        run->filling = 1 - run->filling;
        shire_parallel_for(run->options->thread_count + 1, end - first + 1, 1, spread_feed, run);
        status = outcome(run, end, error);
        run->batches[run->filling].count = first_item(run, end) - first_item(run, first);
        times->spread += lap(start);
        if (is_batch_end(run, end)) {
            england_people_settle(run->people);
        }
        times->settle += lap(start);
    }
    if (status == SHIRE_OK) {
        status = append_batch(run, &run->batches[run->filling], error);
    }
    times->append = lap(start);
    return status;
}

static shire_status prepare(store_run *run, shire_arena *arena, shire_error *error) {
    const england_feed *feed = run->options->feed;
    size_t batch_items = feed->item_count / ENGLAND_MEMORY_BATCHES + 2 * run->items_max;
    shire_status status =
        england_people_new((size_t)feed->population + 1, batch_items, feed->total,
                           run->options->thread_count, arena, &run->people, error);
    size_t number_count =
        run->items_max > feed->population ? run->items_max : (size_t)feed->population + 1;
    for (size_t i = 0; i < 2; i++) {
        store_batch *batch = &run->batches[i];
        batch->item_numbers = shire_arena_alloc_array(arena, number_count, sizeof(int64_t));
        batch->parts = shire_arena_alloc_array(arena, run->items_max, sizeof(shire_money));
        if (status == SHIRE_OK && (batch->item_numbers == NULL || batch->parts == NULL)) {
            status = no_memory(error);
        }
    }
    for (int i = 0; i < run->options->thread_count && status == SHIRE_OK; i++) {
        status = shire_table_clone(run->table, &run->scans[i], error);
    }
    if (status == SHIRE_OK) {
        status = shire_table_execute(
            run->table,
            "CREATE TABLE activity_cost (activity_no BIGINT, amount DECIMAL(18,6));"
            "CREATE TABLE person_cost (person_no BIGINT, amount DECIMAL(18,6)); BEGIN",
            error);
    }
    return status;
}

static shire_status store_people(store_run *run, shire_error *error) {
    size_t count = (size_t)run->options->feed->population + 1;
    int64_t *numbers = run->batches[0].item_numbers; /* appended by now */
    for (size_t i = 0; i < count; i++) {
        numbers[i] = (int64_t)i;
    }
    return append_amounts(run, "person_cost", numbers, england_people_totals(run->people), count,
                          error);
}

static int64_t file_bytes(const char *path) {
    struct stat about;
    return stat(path, &about) == 0 ? (int64_t)about.st_size : 0;
}

static shire_status cost_stored(store_run *run, shire_arena *arena, england_store_times *times,
                                shire_error *error) {
    int64_t start = shire_clock_nanoseconds();
    shire_status status = prepare(run, arena, error);
    times->activity_bytes = file_bytes(run->options->path);
    if (status == SHIRE_OK) {
        status = weigh_all(run, error);
        times->weigh = lap(&start);
    }
    if (status == SHIRE_OK) {
        status = spread_all(run, times, &start, error);
    }
    if (status == SHIRE_OK) {
        status = store_people(run, error);
        times->people = lap(&start);
    }
    if (status == SHIRE_OK) {
        status = shire_table_execute(run->table, "COMMIT; CHECKPOINT", error);
        times->finish = lap(&start);
        times->cost_bytes = file_bytes(run->options->path) - times->activity_bytes;
    }
    return status;
}

shire_status england_store_run(const england_store_options *options, england_result *result_out,
                               england_store_times *times_out, shire_error *error) {
    shire_arena *arena = NULL;
    store_run run = {0};
    *times_out = (england_store_times){0};
    shire_status status = shire_arena_new("costing", 0, &arena, error);
    if (status == SHIRE_OK) {
        status = open_run(&run, options, arena, error);
    }
    if (status == SHIRE_OK) {
        status = cost_stored(&run, arena, times_out, error);
    }
    if (status == SHIRE_OK) {
        size_t people = options->feed->population;
        const shire_money *totals = england_people_totals(run.people);
        *result_out = (england_result){.parts = england_costing_sums(run.costing),
                                       .people = england_sums_of(totals, people + 1, 0),
                                       .nobody = totals[people]};
    }
    for (int i = 0; i < options->thread_count; i++) {
        shire_table_close(run.scans[i]);
    }
    shire_table_close(run.table);
    shire_arena_free(arena);
    return status;
}
