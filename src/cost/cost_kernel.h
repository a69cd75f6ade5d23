/*
 * The split of activity lines over their items: pure arrays, exact, on any number of threads.
 *
 * A line is a cost (an activity's, in micropounds) that is spread over the items that name it, in
 * proportion to their weights, by the running total: with P = |total|, W the sum of the line's
 * weights and C_i the running sum in item order, item i gets
 *     floor(P * C_i / W) - floor(P * C_(i-1) / W)          (negated where the total is negative).
 * The parts sum to the total, a reversed total gives the negated parts, and any stretch of items
 * can be computed alone once the sum of the weights before it is known. Items of different lines
 * may stand in any order.
 *
 * Three passes over fixed chunks of items, whose size depends on the number of items alone:
 *   1. each chunk sums its weights line by line;
 *   2. line by line, the sums become the running remainder P * C mod W with which a chunk starts;
 *   3. each chunk walks its items: an item costs one multiplication by the line's reciprocal and a
 *      correction, no division.
 * Passes 1 and 3 run on threads. The functions below it are the passes one by one, for a caller
 * whose items lie on several machines or do not fit in memory at once.
 *
 * Nothing here allocates, reads a clock or keeps state: all of it is safe from any thread.
 */
#ifndef SHIRE_COST_COST_KERNEL_H
#define SHIRE_COST_COST_KERNEL_H

#include "core/error.h"
#include "core/money.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sums of weights stay below this, in absolute value: 4.6e12 units of a millionth. */
#define SHIRE_COST_WEIGHT_LIMIT (INT64_C(1) << 62)

/* What one line's split needs, and how far it has come. Made by shire_cost_line_prepare. */
typedef struct shire_cost_line {
    uint64_t weight_total; /* |W|; 1 where there is no weight */
    uint64_t whole;        /* P div W */
    uint64_t rest;         /* P mod W */
    uint64_t reciprocal;   /* floor(rest * 2^64 / W) */
    uint64_t remainder;    /* P * C mod W, of the items before the next one */
    int32_t weight_sign;   /* -1 where W is negative: all weights are then negated */
    int32_t total_sign;    /* -1 where the total is a credit: all parts are then negated */
} shire_cost_line;

/* What the weights of a stretch of items are like: which of two loops pass 3 may use. */
typedef struct shire_cost_weights {
    bool overflows; /* a sum left the limit */
    bool negative;  /* at least one weight is negative */
} shire_cost_weights;

typedef struct shire_cost_spread_input {
    const int32_t *lines;   /* item -> line, each in [0, line_count) */
    const int64_t *weights; /* item -> weight, any one unit within a line */
    size_t item_count;
    const shire_money *totals; /* line -> cost */
    size_t line_count;
} shire_cost_spread_input;

/* Items in a chunk: fixed by the number of items alone, so that results are too. */
size_t shire_cost_chunk_size(size_t item_count);

/* Bytes of scratch memory that shire_cost_spread needs; aligned to 64 bytes. */
size_t shire_cost_spread_scratch_bytes(size_t item_count, size_t line_count, int thread_count);

/*
 * Spread every line over its items.
 *
 * scratch            of shire_cost_spread_scratch_bytes with the same three numbers.
 * weight_totals_out  line -> sum of its weights. A line whose weights sum to zero cannot be spread:
 *                    all its items get 0, and the caller must place its total elsewhere.
 * parts_out          item -> micropounds.
 *
 * SHIRE_OVERFLOW, where a line's weights reach SHIRE_COST_WEIGHT_LIMIT or weights of both signs
 * make a part too large; parts_out is then undefined.
 */
shire_status shire_cost_spread(const shire_cost_spread_input *input, int thread_count,
                               void *scratch, int64_t *weight_totals_out, shire_money *parts_out,
                               shire_error *error) SHIRE_MUST_CHECK;

/* Pass 1: add the weights of a stretch of items to sums[line]. */
shire_cost_weights shire_cost_sum_weights(const int32_t *lines, const int64_t *weights,
                                          size_t item_count, int64_t *sums);

/* A line at the start of its items; weight_total of any sign, below the limit. */
shire_cost_line shire_cost_line_prepare(shire_money total, int64_t weight_total);

/* Pass 2: move a line past items whose weights sum to weight_sum. */
void shire_cost_line_advance(shire_cost_line *line, int64_t weight_sum);

/*
 * Pass 2 for all partitions at once, which lie one behind the other in the order of the items.
 *
 * sums               partition p, line l at p * stride + l: pass 1's sums of weights, which become
 *                    the remainders that the partition starts with. stride >= line_count.
 * negative           some total is negative, or some weight of some partition is.
 * weight_totals_out  line -> sum of its weights.
 * lines_out          the lines at the start of the first partition.
 *
 * False where the weights of a line reach SHIRE_COST_WEIGHT_LIMIT; sums are then as they were.
 */
bool shire_cost_partitions_start(const shire_money *totals, size_t line_count, int64_t *sums,
                                 size_t stride, size_t partition_count, bool negative,
                                 int64_t *weight_totals_out, shire_cost_line *lines_out);

/* The lines at the start of one partition: those of partitions_start with its remainders. */
void shire_cost_partition_take_up(const shire_cost_line *lines, const int64_t *remainders,
                                  size_t line_count, shire_cost_line *lines_out);

/* Pass 3: the parts of a stretch of items, moving the lines along. `negative`: some total or
 * weight, of this stretch or another, is negative; else the faster loop is taken. False when a part
 * leaves the range. */
bool shire_cost_spread_stretch(shire_cost_line *line_states, const int32_t *lines,
                               const int64_t *weights, size_t item_count, bool negative,
                               shire_money *parts_out);

#endif
