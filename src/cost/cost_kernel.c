/*
 * The split of activity lines over their items. See cost_kernel.h for the method.
 *
 * The step of one item of weight w on a line with P = whole * W + rest and running remainder r:
 *     part = whole * w + floor((rest * w + r) / W),   r' = (rest * w + r) mod W.
 * The quotient of rest * w alone is estimated as e = floor(w * reciprocal / 2^64). Because
 * reciprocal / 2^64 is below rest / W by less than 2^-64 and w is below 2^62, e is at most 1 too
 * small: rest * w - e * W is below 2 W < 2^63, so arithmetic modulo 2^64 gives it exactly, and one
 * conditional subtraction corrects it. A second one takes in r, which is below W. Items of one line
 * wait for each other only in that second step, which is why r comes last; and neither step
 * branches, because which way it goes is as good as random.
 */
#include "cost/cost_kernel.h"

#include "core/parallel.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

/* Enough chunks to keep many threads busy, few enough to keep chunks x lines small. */
#define CHUNKS_MAX 64
#define CHUNK_ITEMS_MIN ((size_t)1 << 16)
#define SCRATCH_ALIGNMENT ((size_t)64)

__extension__ typedef __int128 wide;
__extension__ typedef unsigned __int128 unsigned_wide;

typedef struct chunk_state {
    int64_t *sums; /* line_count of them */
    shire_cost_weights weights;
    bool part_overflows;
} chunk_state;

typedef struct spread_context {
    const shire_cost_spread_input *input;
    chunk_state *chunks;
    const shire_cost_line *prepared; /* lines at the start of their items */
    shire_cost_line *thread_lines;   /* thread_count * line_count */
    shire_money *parts;
    bool negative;
} spread_context;

size_t shire_cost_chunk_size(size_t item_count) {
    size_t size = (item_count + CHUNKS_MAX - 1) / CHUNKS_MAX;
    return size < CHUNK_ITEMS_MIN ? CHUNK_ITEMS_MIN : size;
}

static size_t aligned(size_t byte_count) {
    return (byte_count + SCRATCH_ALIGNMENT - 1) & ~(SCRATCH_ALIGNMENT - 1);
}

size_t shire_cost_spread_scratch_bytes(size_t item_count, size_t line_count, int thread_count) {
    size_t chunk_count = shire_parallel_chunk_count(item_count, shire_cost_chunk_size(item_count));
    return aligned(chunk_count * sizeof(chunk_state)) +
           chunk_count * aligned(line_count * sizeof(int64_t)) +
           ((size_t)thread_count + 1) * aligned(line_count * sizeof(shire_cost_line));
}

shire_cost_weights shire_cost_sum_weights(const int32_t *lines, const int64_t *weights,
                                          size_t item_count, int64_t *sums) {
    bool overflows = false;
    int64_t signs = 0;
    for (size_t i = 0; i < item_count; i++) {
        int64_t *sum = &sums[lines[i]];
        signs |= weights[i];
        overflows |= __builtin_add_overflow(*sum, weights[i], sum);
    }
    return (shire_cost_weights){.overflows = overflows, .negative = signs < 0};
}

shire_cost_line shire_cost_line_prepare(shire_money total, int64_t weight_total) {
    assert(weight_total > -SHIRE_COST_WEIGHT_LIMIT && weight_total < SHIRE_COST_WEIGHT_LIMIT);
    shire_cost_line line = {.weight_total = 1, .weight_sign = 1, .total_sign = 1};
    if (weight_total == 0) {
        return line;
    }
    uint64_t amount = total < 0 ? 0 - (uint64_t)total : (uint64_t)total;
    line.weight_total = weight_total < 0 ? (uint64_t)-weight_total : (uint64_t)weight_total;
    line.whole = amount / line.weight_total;
    line.rest = amount % line.weight_total;
    line.reciprocal = (uint64_t)(((unsigned_wide)line.rest << 64) / line.weight_total);
    line.weight_sign = weight_total < 0 ? -1 : 1;
    line.total_sign = total < 0 ? -1 : 1;
    return line;
}

/* Takes off one divisor where the value, below two of them, reaches it; adds to the quotient what
 * was taken. A difference below zero wraps to the larger of the two. */
static inline uint64_t take_off(uint64_t value, uint64_t divisor, uint64_t *quotient) {
    uint64_t lower = value - divisor;
    *quotient += value >= divisor;
    return lower < value ? lower : value;
}

/* The step of the file's opening comment, for 0 <= weight < 2^62; gives the part of P. */
static inline uint64_t take_step(shire_cost_line *line, uint64_t weight) {
    uint64_t divisor = line->weight_total;
    uint64_t quotient = (uint64_t)(((unsigned_wide)weight * line->reciprocal) >> 64);
    uint64_t remainder = line->rest * weight - quotient * divisor;
    quotient += line->whole * weight;
    remainder = take_off(remainder, divisor, &quotient);
    line->remainder = take_off(remainder + line->remainder, divisor, &quotient);
    return quotient;
}

/* The same for a weight of either sign: rest * weight + remainder may be negative, and the
 * quotient is rounded down. False when the part does not fit. */
static bool take_signed_step(shire_cost_line *line, int64_t weight, shire_money *part_out) {
    wide product = (wide)(weight * line->weight_sign) * (wide)line->rest + line->remainder;
    wide divisor = (wide)line->weight_total;
    wide quotient = product / divisor;
    wide remainder = product % divisor;
    if (remainder < 0) {
        remainder += divisor;
        quotient--;
    }
    line->remainder = (uint64_t)remainder;
    wide part = ((wide)line->whole * (weight * line->weight_sign) + quotient) * line->total_sign;
    *part_out = (shire_money)part;
    return part == *part_out;
}

void shire_cost_line_advance(shire_cost_line *line, int64_t weight_sum) {
    shire_money part;
    (void)take_signed_step(line, weight_sum, &part); /* only the remainder is wanted */
}

bool shire_cost_spread_stretch(shire_cost_line *line_states, const int32_t *lines,
                               const int64_t *weights, size_t item_count, bool negative,
                               shire_money *parts_out) {
    if (!negative) {
        for (size_t i = 0; i < item_count; i++) {
            parts_out[i] = (shire_money)take_step(&line_states[lines[i]], (uint64_t)weights[i]);
        }
        return true;
    }
    bool fits = true;
    for (size_t i = 0; i < item_count; i++) {
        fits &= take_signed_step(&line_states[lines[i]], weights[i], &parts_out[i]);
    }
    return fits;
}

static void sum_chunk(size_t first, size_t last, size_t chunk, int thread, void *context_pointer) {
    (void)thread;
    spread_context *context = context_pointer;
    chunk_state *state = &context->chunks[chunk];
    memset(state->sums, 0, context->input->line_count * sizeof(int64_t));
    state->weights = shire_cost_sum_weights(
        context->input->lines + first, context->input->weights + first, last - first, state->sums);
}

static void spread_chunk(size_t first, size_t last, size_t chunk, int thread,
                         void *context_pointer) {
    spread_context *context = context_pointer;
    const shire_cost_spread_input *input = context->input;
    chunk_state *state = &context->chunks[chunk];
    shire_cost_line *lines = context->thread_lines + (size_t)thread * input->line_count;
    shire_cost_partition_take_up(context->prepared, state->sums, input->line_count, lines);
    state->part_overflows =
        !shire_cost_spread_stretch(lines, input->lines + first, input->weights + first,
                                   last - first, context->negative, context->parts + first);
}

/* Sums of weights by line, over all partitions; false when one leaves the limit. */
static bool total_weights(const int64_t *sums, size_t stride, size_t partition_count,
                          size_t line_count, int64_t *weight_totals) {
    bool overflows = false;
    memset(weight_totals, 0, line_count * sizeof(*weight_totals));
    for (size_t partition = 0; partition < partition_count; partition++) {
        for (size_t line = 0; line < line_count; line++) {
            overflows |= __builtin_add_overflow(
                weight_totals[line], sums[partition * stride + line], &weight_totals[line]);
            overflows |= weight_totals[line] >= SHIRE_COST_WEIGHT_LIMIT ||
                         weight_totals[line] <= -SHIRE_COST_WEIGHT_LIMIT;
        }
    }
    return !overflows;
}

bool shire_cost_partitions_start(const shire_money *totals, size_t line_count, int64_t *sums,
                                 size_t stride, size_t partition_count, bool negative,
                                 int64_t *weight_totals_out, shire_cost_line *lines_out) {
    if (!total_weights(sums, stride, partition_count, line_count, weight_totals_out)) {
        return false;
    }
    for (size_t line = 0; line < line_count; line++) {
        lines_out[line] = shire_cost_line_prepare(totals[line], weight_totals_out[line]);
    }
    for (size_t partition = 0; partition < partition_count; partition++) {
        int64_t *remainders = sums + partition * stride;
        for (size_t line = 0; line < line_count; line++) {
            int64_t sum = remainders[line];
            remainders[line] = (int64_t)lines_out[line].remainder;
            if (negative) {
                shire_cost_line_advance(&lines_out[line], sum);
            } else {
                (void)take_step(&lines_out[line], (uint64_t)sum);
            }
        }
    }
    for (size_t line = 0; line < line_count; line++) {
        lines_out[line].remainder = 0;
    }
    return true;
}

void shire_cost_partition_take_up(const shire_cost_line *lines, const int64_t *remainders,
                                  size_t line_count, shire_cost_line *lines_out) {
    memcpy(lines_out, lines, line_count * sizeof(*lines));
    for (size_t line = 0; line < line_count; line++) {
        lines_out[line].remainder = (uint64_t)remainders[line];
    }
}

shire_status shire_cost_spread(const shire_cost_spread_input *input, int thread_count,
                               void *scratch, int64_t *weight_totals_out, shire_money *parts_out,
                               shire_error *error) {
    size_t chunk_size = shire_cost_chunk_size(input->item_count);
    size_t chunk_count = shire_parallel_chunk_count(input->item_count, chunk_size);
    size_t stride = aligned(input->line_count * sizeof(int64_t)) / sizeof(int64_t);
    char *memory = (char *)scratch + aligned(chunk_count * sizeof(chunk_state));
    spread_context context = {.input = input, .chunks = scratch, .parts = parts_out};
    int64_t *sums = (void *)memory;
    for (size_t chunk = 0; chunk < chunk_count; chunk++) {
        context.chunks[chunk] = (chunk_state){.sums = sums + chunk * stride};
    }
    memory += chunk_count * stride * sizeof(int64_t);
    shire_cost_line *prepared = (void *)memory;
    context.prepared = prepared;
    context.thread_lines = (void *)(memory + aligned(input->line_count * sizeof(*prepared)));

    shire_parallel_for(thread_count, input->item_count, chunk_size, sum_chunk, &context);
    bool overflows = false;
    for (size_t line = 0; line < input->line_count; line++) {
        context.negative |= input->totals[line] < 0;
    }
    for (size_t chunk = 0; chunk < chunk_count; chunk++) {
        context.negative |= context.chunks[chunk].weights.negative;
        overflows |= context.chunks[chunk].weights.overflows;
    }
    if (overflows ||
        !shire_cost_partitions_start(input->totals, input->line_count, sums, stride, chunk_count,
                                     context.negative, weight_totals_out, prepared)) {
        return SHIRE_FAIL(error, SHIRE_OVERFLOW,
                          "the weights of one activity sum to more than %" PRId64
                          " units; state the basis in a larger unit",
                          SHIRE_COST_WEIGHT_LIMIT / SHIRE_MILLION);
    }
    shire_parallel_for(thread_count, input->item_count, chunk_size, spread_chunk, &context);
    for (size_t chunk = 0; chunk < chunk_count; chunk++) {
        if (context.chunks[chunk].part_overflows) {
            return SHIRE_FAIL(
                error, SHIRE_OVERFLOW,
                "an activity's positive and negative weights nearly cancel, so that a "
                "part would be too large; change the basis");
        }
    }
    return SHIRE_OK;
}
