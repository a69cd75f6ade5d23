/*
 * The cost of activity lines by group, without an array of its items' costs: the same parts as
 * cost/cost_kernel.h gives, item by item, each added to the sum of its item's group at once. So
 * group sums agree with a full run to the micropound, whatever the rounding of single items.
 *
 * The rows of all lines are cut into fixed chunks; a chunk starts from the running weight before
 * it. Sums are of integers, so the threads' order does not matter.
 */
#ifndef SHIRE_COST_WHATIF_KERNEL_H
#define SHIRE_COST_WHATIF_KERNEL_H

#include "core/error.h"
#include "core/money.h"

#include <stddef.h>
#include <stdint.h>

/* The items of a line, ascending, each with its weight. */
typedef struct shire_whatif_rows {
    size_t count;
    const int32_t *items; /* NULL: first_item, first_item + 1, ... */
    int32_t first_item;
    const int64_t *weights; /* NULL: all of them `weight` */
    int64_t weight;
} shire_whatif_rows;

/* The item of a row. */
static inline int32_t shire_whatif_item(const shire_whatif_rows *rows, size_t row) {
    return rows->items == NULL ? rows->first_item + (int32_t)row : rows->items[row];
}

/* Items whose own cost is wanted beside the sums. */
typedef struct shire_whatif_marks {
    const int32_t *items; /* ascending */
    size_t count;
    shire_money *parts; /* mark -> micropounds, added to */
} shire_whatif_marks;

/* One activity line: its cost and who shares it. */
typedef struct shire_whatif_line {
    shire_money total;
    shire_whatif_rows rows;
} shire_whatif_line;

/* Bytes of scratch memory, aligned to 64 bytes. */
size_t shire_whatif_scratch_bytes(const shire_whatif_line *lines, size_t line_count,
                                  size_t group_count, int thread_count);

/*
 * sums_inout   group -> micropounds, added to.
 * marks        or NULL.
 *
 * A line whose weights sum to zero gives nothing: the caller places its total elsewhere.
 * SHIRE_OVERFLOW as shire_cost_spread.
 */
shire_status shire_whatif_spread(const shire_whatif_line *lines, size_t line_count,
                                 const uint32_t *item_groups, size_t group_count,
                                 const shire_whatif_marks *marks, int thread_count, void *scratch,
                                 shire_money *sums_inout, shire_error *error) SHIRE_MUST_CHECK;

#endif
