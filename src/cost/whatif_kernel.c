/*
 * Sums of lines' item costs by group: pass 1 adds up the weights of each chunk, then each chunk's
 * line state is made from the running weight before it, and pass 2 walks the rows in stretches that
 * stay in cache: weights in, parts out, parts to groups. Two parallel loops for all lines together.
 */
#include "cost/whatif_kernel.h"

#include "core/parallel.h"
#include "cost/cost_kernel.h"

#include <stdbool.h>
#include <string.h>

#define CHUNK_ROWS ((size_t)1 << 16)
#define STRETCH_ROWS ((size_t)2048)

typedef struct chunk_state {
    const shire_whatif_rows *rows;
    size_t first;
    size_t last;
    int64_t weight_sum;
    shire_cost_line line; /* at the chunk's start */
    shire_cost_weights weights;
    bool idle;     /* of a line without cost or weight */
    bool negative; /* the line has a negative weight or total */
    bool part_overflows;
} chunk_state;

typedef struct spread_context {
    const uint32_t *item_groups;
    const shire_whatif_marks *marks;
    chunk_state *chunks;
    size_t chunk_count;
    size_t sums_stride;
    uint64_t *thread_sums; /* thread, group; they wrap, the whole fits */
} spread_context;

static const int32_t one_line[STRETCH_ROWS];

static size_t aligned(size_t bytes) {
    return (bytes + 63) / 64 * 64;
}

static size_t count_chunks(const shire_whatif_line *lines, size_t line_count) {
    size_t count = 0;
    for (size_t i = 0; i < line_count; i++) {
        count += shire_parallel_chunk_count(lines[i].rows.count, CHUNK_ROWS);
    }
    return count;
}

size_t shire_whatif_scratch_bytes(const shire_whatif_line *lines, size_t line_count,
                                  size_t group_count, int thread_count) {
    return aligned(count_chunks(lines, line_count) * sizeof(chunk_state)) +
           (size_t)thread_count * aligned(group_count * sizeof(uint64_t));
}

static void sum_chunk(size_t number, size_t last, size_t unused, int thread,
                      void *context_pointer) {
    spread_context *context = context_pointer;
    chunk_state *chunk = &context->chunks[number];
    const shire_whatif_rows *rows = chunk->rows;
    (void)last, (void)unused, (void)thread;
    if (rows->weights == NULL) {
        chunk->weight_sum = rows->weight * (int64_t)(chunk->last - chunk->first);
        chunk->weights.negative = rows->weight < 0;
        return;
    }
    for (size_t row = chunk->first; row < chunk->last; row += STRETCH_ROWS) {
        size_t count = chunk->last - row < STRETCH_ROWS ? chunk->last - row : STRETCH_ROWS;
        shire_cost_weights seen =
            shire_cost_sum_weights(one_line, rows->weights + row, count, &chunk->weight_sum);
        chunk->weights.overflows |= seen.overflows;
        chunk->weights.negative |= seen.negative;
    }
}

/* The first mark whose item is `item` or later. */
static size_t find_mark(const shire_whatif_marks *marks, int32_t item) {
    size_t low = 0;
    size_t high = marks->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (marks->items[middle] < item) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Two lines may add to one mark at a time. */
static void add_to_marks(const shire_whatif_marks *marks, const shire_whatif_rows *rows,
                         size_t first, size_t count, const shire_money *parts, size_t *mark) {
    for (size_t i = 0; i < count; i++) {
        int32_t item = shire_whatif_item(rows, first + i);
        while (*mark < marks->count && marks->items[*mark] < item) {
            (*mark)++;
        }
        if (*mark < marks->count && marks->items[*mark] == item) {
            __atomic_fetch_add(&marks->parts[*mark], parts[i], __ATOMIC_RELAXED);
        }
    }
}

static void add_to_groups(const uint32_t *item_groups, const shire_whatif_rows *rows, size_t first,
                          size_t count, const shire_money *parts, uint64_t *sums) {
    if (rows->items == NULL) {
        const uint32_t *groups = item_groups + rows->first_item + first;
        for (size_t i = 0; i < count; i++) {
            sums[groups[i]] += (uint64_t)parts[i];
        }
        return;
    }
    for (size_t i = 0; i < count; i++) {
        sums[item_groups[rows->items[first + i]]] += (uint64_t)parts[i];
    }
}

static void spread_chunk(size_t number, size_t last, size_t unused, int thread,
                         void *context_pointer) {
    spread_context *context = context_pointer;
    chunk_state *chunk = &context->chunks[number];
    const shire_whatif_rows *rows = chunk->rows;
    uint64_t *sums = context->thread_sums + (size_t)thread * context->sums_stride;
    int64_t alike[STRETCH_ROWS];
    shire_money parts[STRETCH_ROWS];
    (void)last, (void)unused;
    if (chunk->idle) {
        return;
    }
    size_t mark = context->marks == NULL
                      ? 0
                      : find_mark(context->marks, shire_whatif_item(rows, chunk->first));
    for (size_t i = 0; rows->weights == NULL && i < STRETCH_ROWS; i++) {
        alike[i] = rows->weight;
    }
    for (size_t row = chunk->first; row < chunk->last; row += STRETCH_ROWS) {
        size_t count = chunk->last - row < STRETCH_ROWS ? chunk->last - row : STRETCH_ROWS;
        const int64_t *weights = rows->weights == NULL ? alike : rows->weights + row;
        chunk->part_overflows |= !shire_cost_spread_stretch(&chunk->line, one_line, weights, count,
                                                            chunk->negative, parts);
        add_to_groups(context->item_groups, rows, row, count, parts, sums);
        if (context->marks != NULL) {
            add_to_marks(context->marks, rows, row, count, parts, &mark);
        }
    }
}

static void cut(const shire_whatif_line *lines, size_t line_count, spread_context *context) {
    for (size_t i = 0; i < line_count; i++) {
        const shire_whatif_rows *rows = &lines[i].rows;
        for (size_t first = 0; first < rows->count; first += CHUNK_ROWS) {
            size_t rest = rows->count - first;
            context->chunks[context->chunk_count++] =
                (chunk_state){.rows = rows,
                              .first = first,
                              .last = first + (rest < CHUNK_ROWS ? rest : CHUNK_ROWS)};
        }
    }
}

/* The line state at the start of each of a line's chunks; false when the weights cannot be held. */
static bool start_chunks(chunk_state *chunks, size_t chunk_count, shire_money total) {
    int64_t weight_total = 0;
    bool overflows = false;
    bool negative = total < 0;
    for (size_t i = 0; i < chunk_count; i++) {
        overflows |= chunks[i].weights.overflows ||
                     __builtin_add_overflow(weight_total, chunks[i].weight_sum, &weight_total) ||
                     weight_total >= SHIRE_COST_WEIGHT_LIMIT ||
                     weight_total <= -SHIRE_COST_WEIGHT_LIMIT;
        negative |= chunks[i].weights.negative;
    }
    if (overflows) {
        return false;
    }
    shire_cost_line line = shire_cost_line_prepare(total, weight_total);
    for (size_t i = 0; i < chunk_count; i++) {
        chunks[i].idle = total == 0 || weight_total == 0;
        chunks[i].negative = negative;
        chunks[i].line = line;
        shire_cost_line_advance(&line, chunks[i].weight_sum);
    }
    return true;
}

shire_status shire_whatif_spread(const shire_whatif_line *lines, size_t line_count,
                                 const uint32_t *item_groups, size_t group_count,
                                 const shire_whatif_marks *marks, int thread_count, void *scratch,
                                 shire_money *sums_inout, shire_error *error) {
    spread_context context = {.item_groups = item_groups,
                              .marks = marks,
                              .chunks = scratch,
                              .sums_stride =
                                  aligned(group_count * sizeof(uint64_t)) / sizeof(uint64_t)};
    cut(lines, line_count, &context);
    context.thread_sums =
        (void *)((char *)scratch + aligned(context.chunk_count * sizeof(chunk_state)));
    memset(context.thread_sums, 0, (size_t)thread_count * context.sums_stride * sizeof(uint64_t));
    int used_threads = context.chunk_count < 2 ? 1 : thread_count;
    shire_parallel_for(used_threads, context.chunk_count, 1, sum_chunk, &context);
    chunk_state *chunks = context.chunks;
    for (size_t i = 0; i < line_count; i++) {
        size_t count = shire_parallel_chunk_count(lines[i].rows.count, CHUNK_ROWS);
        if (!start_chunks(chunks, count, lines[i].total)) {
            return SHIRE_FAIL(error, SHIRE_OVERFLOW,
                              "the weights of one activity sum to more than can be held; state the "
                              "basis in a larger unit");
        }
        chunks += count;
    }
    shire_parallel_for(used_threads, context.chunk_count, 1, spread_chunk, &context);
    for (size_t i = 0; i < context.chunk_count; i++) {
        if (context.chunks[i].part_overflows) {
            return SHIRE_FAIL(error, SHIRE_OVERFLOW,
                              "an activity's positive and negative weights nearly cancel, so that "
                              "a part would be too large; change the basis");
        }
    }
    for (size_t i = 0; i < (size_t)thread_count * context.sums_stride; i++) {
        size_t group = i % context.sums_stride;
        if (group < group_count) {
            sums_inout[group] = (shire_money)((uint64_t)sums_inout[group] + context.thread_sums[i]);
        }
    }
    return SHIRE_OK;
}
