/*
 * Explaining forward: where ledger lines, or a pool, went: level by level from the pools that the
 * lines are in, by support costs, resources and activities, to the kinds of care, events and people
 * that they reached. What leaves on the way (excluded, unallocated) is carried along, so that each
 * level sums exactly to the lines' amount.
 *
 * The rule. A pool, resource or activity mixes what comes into it, so no single pound of it has one
 * way: an amount that came in goes on in the proportions in which the run sent the whole on, split
 * by largest remainder (core/money.h), ties to the lower number. Where the whole is zero because
 * credits cancel, the amount stays there and is named.
 */
#ifndef SHIRE_COST_EXPLAIN_FORWARD_H
#define SHIRE_COST_EXPLAIN_FORWARD_H

#include "core/arena.h"
#include "core/error.h"
#include "core/money.h"
#include "io/table.h"

#include <stddef.h>
#include <stdint.h>

typedef struct shire_explain_row {
    const char *kind; /* ledger_line, pool, resource, activity, kind_of_care, event, person; or what
                         left on the way: excluded, unallocated */
    const char *organisation; /* code, or NULL */
    const char *name;
    const char *detail; /* or NULL: a reason, a dataset and day, what items are weighed by */
    const char *file;   /* of a ledger line, else NULL */
    int64_t line;
    shire_money amount;
} shire_explain_row;

typedef struct shire_explain_level {
    const char *name; /* ledger_lines, or made_of; pools, pools_after_support, resources,
                         activities, kinds_of_care, events, people */
    const shire_explain_row *rows; /* largest first, at most the limit */
    size_t row_count;
    size_t folded_count; /* the rest */
    shire_money folded_amount;
} shire_explain_level;

#define SHIRE_EXPLAIN_LEVELS_MAX 10

typedef struct shire_explain_forward {
    const char *subject; /* what was asked: lines, or the pool */
    shire_money amount;
    shire_explain_level levels[SHIRE_EXPLAIN_LEVELS_MAX]; /* each sums to the amount */
    size_t level_count;
} shire_explain_forward;

/*
 * selector   a line of the ledger's file (17), FILE:LINE as findings name it, or conditions as
 *            `shire whatif` has them (cost_centre=W1*, account=4000).
 * row_limit  rows a level at most; 0: all.
 *
 * SHIRE_NOT_FOUND when no line fits; SHIRE_INVALID when several files have the line.
 */
shire_status shire_explain_ledger(shire_table *warehouse, const char *selector, size_t row_limit,
                                  shire_arena *arena, shire_explain_forward *forward_out,
                                  shire_error *error) SHIRE_MUST_CHECK;

/* A pool by its name, or ORGANISATION/name: what it is made of (its ledger lines and the support
 * pools that gave to it), then where it went. A support pool goes to the pools that it supports. */
shire_status shire_explain_pool(shire_table *warehouse, const char *name, size_t row_limit,
                                shire_arena *arena, shire_explain_forward *forward_out,
                                shire_error *error) SHIRE_MUST_CHECK;

#endif
