/*
 * Activity lines to items: the items of each line with their weights, the split by the kernel in
 * batches of whole lines, the rows of item_cost, and the sums by event. What falls on items without
 * an event is summed by line.
 */
#include "cost/cost_internal.h"

#include "cost/cost_kernel.h"

#include <string.h>

/* Rows of a batch; a line that has more makes a batch of its own. */
#define BATCH_ROWS ((size_t)1 << 22)

typedef struct item_batch {
    cost_run *run;
    shire_arena *arena;
    size_t capacity;
    size_t count;
    const char *table_name;
    size_t first_line; /* lines of the batch: [first_line, last_line) */
    size_t last_line;
    int32_t *lines; /* row -> line, from first_line while the kernel runs */
    int64_t *item_nos;
    int64_t *weights;
    shire_money *parts;
} item_batch;

static const cost_weighing *weighing_of(const cost_run *run, const cost_line *line, size_t index) {
    return &run->weighings.items[run->line_weighings.items[line->first_weighing + index]];
}

static size_t rows_at_most(const cost_run *run, const cost_line *line) {
    size_t rows = 0;
    for (size_t i = 0; i < line->weighing_count; i++) {
        rows += weighing_of(run, line, i)->item_count;
    }
    return rows;
}

/* Items of several weighings in item order, the weights of an item added up. */
static size_t merge_weighings(const cost_run *run, const cost_line *line, size_t *positions,
                              int64_t *item_nos, int64_t *weights) {
    size_t count = 0;
    memset(positions, 0, line->weighing_count * sizeof(*positions));
    for (;;) {
        int64_t item = INT64_MAX;
        int64_t weight = 0;
        for (size_t i = 0; i < line->weighing_count; i++) {
            const cost_weighing *weighing = weighing_of(run, line, i);
            if (positions[i] < weighing->item_count && weighing->item_nos[positions[i]] < item) {
                item = weighing->item_nos[positions[i]];
            }
        }
        if (item == INT64_MAX) {
            return count;
        }
        for (size_t i = 0; i < line->weighing_count; i++) {
            const cost_weighing *weighing = weighing_of(run, line, i);
            if (positions[i] < weighing->item_count && weighing->item_nos[positions[i]] == item) {
                weight += weighing->weights[positions[i]++];
            }
        }
        if (weight != 0) {
            item_nos[count] = item;
            weights[count++] = weight;
        }
    }
}

shire_status cost_lines_weigh(cost_run *run, shire_error *error) {
    for (size_t i = 0; i < run->lines.count; i++) {
        cost_line *line = &run->lines.items[i];
        for (size_t k = 0; k < line->weighing_count; k++) {
            int64_t weight = weighing_of(run, line, k)->weight_total;
            if (__builtin_add_overflow(line->weight_total, weight, &line->weight_total) ||
                line->weight_total >= SHIRE_COST_WEIGHT_LIMIT ||
                line->weight_total <= -SHIRE_COST_WEIGHT_LIMIT) {
                return SHIRE_FAIL(error, SHIRE_OVERFLOW,
                                  "%s: the weights of the activity '%s' sum to more than can be "
                                  "held; state its bases in larger units",
                                  cost_organisation_code(run, line->organisation), line->activity);
            }
        }
    }
    return SHIRE_OK;
}

/* Sums by event, and by line what falls on items without event. What patient care costs at an
 * event that is of another segment is that segment's. */
static shire_status add_to_events(item_batch *batch, shire_error *error) {
    cost_run *run = batch->run;
    bool overflows = false;
    for (size_t row = 0; row < batch->count; row++) {
        int32_t event = run->item_events[batch->item_nos[row]];
        cost_line *line = &run->lines.items[batch->lines[row]];
        overflows |=
            batch->parts[row] >= COST_MONEY_LIMIT || batch->parts[row] <= -COST_MONEY_LIMIT;
        if (event < 0) {
            cost_feed *feed = &run->feeds[run->item_feeds[batch->item_nos[row]]];
            shire_money of_feed = line->segment == COST_SEGMENT_PATIENT ? batch->parts[row] : 0;
            overflows |=
                __builtin_add_overflow(line->unmatched, batch->parts[row], &line->unmatched) ||
                __builtin_add_overflow(feed->unmatched, of_feed, &feed->unmatched);
            continue;
        }
        int32_t segment = line->segment;
        if (segment == COST_SEGMENT_PATIENT && run->event_segments != NULL) {
            segment = run->event_segments[event];
        }
        cost_book *book = &run->books[segment];
        book->touched[event] = 1;
        overflows |=
            __builtin_add_overflow(book->amounts[event], batch->parts[row], &book->amounts[event]);
    }
    return overflows ? SHIRE_FAIL(error, SHIRE_OVERFLOW, "the cost of an event leaves the range")
                     : SHIRE_OK;
}

static shire_status write_batch(const item_batch *batch, shire_error *error) {
    shire_column columns[] = {
        {.name = "activity_no", .type = SHIRE_TYPE_INT32, .int32 = batch->lines},
        {.name = "item_no", .type = SHIRE_TYPE_INT64, .int64 = batch->item_nos},
        {.name = "amount", .type = SHIRE_TYPE_DECIMAL6, .decimal6 = batch->parts},
    };
    shire_frame frame = {.row_count = batch->count, .column_count = 3, .columns = columns};
    return shire_table_append(batch->run->table, batch->table_name, &frame, error);
}

static shire_status flush_batch(item_batch *batch, shire_error *error) {
    cost_run *run = batch->run;
    size_t line_count = batch->last_line - batch->first_line;
    shire_arena *arena = NULL;
    if (batch->count == 0) {
        return SHIRE_OK;
    }
    shire_status status = shire_arena_new("cost_batch", 0, &arena, error);
    if (status != SHIRE_OK) {
        return status;
    }
    shire_money *totals = shire_arena_alloc_array(arena, line_count, sizeof(*totals));
    int64_t *weight_totals = shire_arena_alloc_array(arena, line_count, sizeof(*weight_totals));
    void *scratch = shire_arena_alloc(
        arena, shire_cost_spread_scratch_bytes(batch->count, line_count, run->thread_count) + 64);
    if (totals == NULL || weight_totals == NULL || scratch == NULL) {
        status = COST_NO_MEMORY(error);
        goto done;
    }
    for (size_t i = 0; i < line_count; i++) {
        totals[i] = run->lines.items[batch->first_line + i].amount;
    }
    shire_cost_spread_input input = {.lines = batch->lines,
                                     .weights = batch->weights,
                                     .item_count = batch->count,
                                     .totals = totals,
                                     .line_count = line_count};
    status =
        shire_cost_spread(&input, run->thread_count, scratch, weight_totals, batch->parts, error);
    for (size_t row = 0; row < batch->count; row++) {
        batch->lines[row] += (int32_t)batch->first_line;
    }
    if (status == SHIRE_OK) {
        status = add_to_events(batch, error);
    }
    if (status == SHIRE_OK) {
        status = write_batch(batch, error);
    }
    run->summary.item_cost_count += (int64_t)batch->count;
    batch->count = 0;
done:
    shire_arena_free(arena);
    return status;
}

static shire_status add_line(item_batch *batch, size_t number, size_t *positions,
                             shire_error *error) {
    cost_run *run = batch->run;
    cost_line *line = &run->lines.items[number];
    shire_status status = SHIRE_OK;
    if (batch->count + rows_at_most(run, line) > batch->capacity) {
        status = flush_batch(batch, error);
    }
    if (batch->count == 0) {
        batch->first_line = number;
    }
    if (status != SHIRE_OK) {
        return status;
    }
    size_t count = merge_weighings(run, line, positions, batch->item_nos + batch->count,
                                   batch->weights + batch->count);
    line->item_count = (int64_t)count;
    if (line->amount == 0 || line->weight_total == 0) {
        return SHIRE_OK; /* nothing to spread, or nothing to spread it by */
    }
    for (size_t row = batch->count; row < batch->count + count; row++) {
        batch->lines[row] = (int32_t)(number - batch->first_line);
    }
    batch->count += count;
    batch->last_line = number + 1;
    return SHIRE_OK;
}

static bool make_batch(item_batch *batch, size_t **positions_out) {
    const cost_run *run = batch->run;
    size_t largest = 0;
    size_t total = 0;
    size_t weighings = 0;
    for (size_t i = 0; i < run->lines.count; i++) {
        const cost_line *line = &run->lines.items[i];
        size_t rows = rows_at_most(run, line);
        largest = rows > largest ? rows : largest;
        weighings = line->weighing_count > weighings ? line->weighing_count : weighings;
        total += rows;
    }
    batch->capacity = total < BATCH_ROWS ? total : largest > BATCH_ROWS ? largest : BATCH_ROWS;
    batch->lines = shire_arena_alloc_array(batch->arena, batch->capacity, sizeof(*batch->lines));
    batch->item_nos =
        shire_arena_alloc_array(batch->arena, batch->capacity, sizeof(*batch->item_nos));
    batch->weights =
        shire_arena_alloc_array(batch->arena, batch->capacity, sizeof(*batch->weights));
    batch->parts = shire_arena_alloc_array(batch->arena, batch->capacity, sizeof(*batch->parts));
    *positions_out = shire_arena_alloc_array(batch->arena, weighings, sizeof(**positions_out));
    return batch->lines != NULL && batch->item_nos != NULL && batch->weights != NULL &&
           batch->parts != NULL && *positions_out != NULL;
}

/* The books that may get amounts: patient care's always. */
static bool open_books(cost_run *run) {
    size_t count = run->segment_names.count;
    bool *used = shire_arena_alloc(run->arena, count);
    run->books = shire_arena_alloc_array(run->arena, count, sizeof(*run->books));
    if (used == NULL || run->books == NULL) {
        return false;
    }
    used[COST_SEGMENT_PATIENT] = true;
    for (size_t i = 0; i < run->lines.count; i++) {
        used[run->lines.items[i].segment] = true;
    }
    for (size_t event = 0; run->event_segments != NULL && event < run->event_count; event++) {
        used[run->event_segments[event]] = true;
    }
    for (size_t i = 0; i < count; i++) {
        cost_book *book = &run->books[i];
        if (used[i]) {
            book->amounts =
                shire_arena_alloc_array(run->arena, run->event_count, sizeof(*book->amounts));
            book->touched = shire_arena_alloc(run->arena, run->event_count);
            if (book->amounts == NULL || book->touched == NULL) {
                return false;
            }
        }
    }
    return true;
}

/* The lines of one kind, whose items' amounts go into one table. */
static const char *table_of_line(const cost_line *line) {
    return line->segment == COST_SEGMENT_PATIENT  ? "item_cost"
           : line->segment == COST_SEGMENT_INCOME ? "item_income"
                                                  : "item_apart";
}

shire_status cost_lines_spread(cost_run *run, shire_error *error) {
    static const char *const table_names[] = {"item_cost", "item_income", "item_apart"};
    item_batch batch = {.run = run};
    size_t *positions = NULL;
    if (!open_books(run)) {
        return COST_NO_MEMORY(error);
    }
    shire_status status = shire_arena_new("cost_items", 0, &batch.arena, error);
    if (status == SHIRE_OK && !make_batch(&batch, &positions)) {
        status = COST_NO_MEMORY(error);
    }
    for (size_t table = 0; table < 3 && status == SHIRE_OK; table++) {
        batch.table_name = table_names[table];
        for (size_t i = 0; i < run->lines.count && status == SHIRE_OK; i++) {
            if (strcmp(table_of_line(&run->lines.items[i]), batch.table_name) == 0) {
                status = add_line(&batch, i, positions, error);
            }
        }
        if (status == SHIRE_OK) {
            status = flush_batch(&batch, error);
        }
    }
    shire_arena_free(batch.arena);
    return status;
}
