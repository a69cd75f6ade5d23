/*
 * What the files of what-if share: one pass of the chain over kept inputs, and its sums by group.
 * Private to src/cost.
 */
#ifndef SHIRE_COST_WHATIF_INTERNAL_H
#define SHIRE_COST_WHATIF_INTERNAL_H

#include "cost/whatif.h"
#include "cost/whatif_edit.h"

/* The chain from ledger to activity lines, and the cost of items by group. */
typedef struct whatif_pass {
    cost_run run;
    cost_edit_list edits;
    shire_whatif_rows *rows;   /* of each weighing, as the scenario has it */
    bool *changed;             /* weighing -> its items or weights are not the kept ones */
    shire_money *sums;         /* group -> cost */
    shire_whatif_marks marks;  /* items of delayed stays -> cost */
    shire_decimal6 *stay_left; /* delayed stay -> nights of the delay that are left */
    int64_t *released;         /* line -> weight that shorter delays took from it */
} whatif_pass;

struct shire_whatif {
    const shire_partnership *partnership;
    int thread_count;
    shire_arena *arena;
    const char *warehouse_path;
    char identity[SHIRE_COLUMNS_IDENTITY_BYTES]; /* of the warehouse */
    cost_kept kept;
    shire_arena *base_arena;
    whatif_pass base; /* no change */
};

/* Weighs items again where changes of items or of relative weights reach: the pass's rows, changed
 * and the run's weight totals. Asks the warehouse, only where there is such a change. */
shire_status whatif_items_weigh(const shire_whatif *whatif, whatif_pass *pass, shire_error *error);

/* Takes the nights that fall free from the lines' weights, and fills stay_left and released. Comes
 * behind whatif_items_weigh, and before the lines are weighed. */
shire_status whatif_delays_shorten(const shire_whatif *whatif, whatif_pass *pass,
                                   shire_error *error);
/* Delays by partner, and what fell free, of a pass beside the base. */
shire_status whatif_delays_make(const shire_whatif *whatif, const whatif_pass *pass,
                                shire_whatif_result *result, shire_error *error);

/* The result of a pass beside the base, in the arena of `whatif`. */
shire_status whatif_result_make(const shire_whatif *whatif, const whatif_pass *pass,
                                shire_whatif_result *result_out, shire_error *error);

#endif
