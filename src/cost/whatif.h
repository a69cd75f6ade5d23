/*
 * What if: the costs of the last run beside those of the same run with some inputs changed, from
 * columns that the run kept ready.
 *
 * A scenario is a list of changes, each one line of a small language (docs/what-if.md):
 *     ledger.amount[cost_centre=1020*] *= 1.03
 *     driver.quantity[driver=Floor space, pool=Theatre] = 1200
 *     activity[feed=theatre and minutes>240] minutes -= 15
 *     activity[activity=Acute bed] discharge_delay = 0
 * The changed inputs go through the same stages as a run's, so that every amount is what a run over
 * a folder with those inputs would give, to the micropound; items are looked at only where their
 * activity's cost or weights change. Nothing is written.
 */
#ifndef SHIRE_COST_WHATIF_H
#define SHIRE_COST_WHATIF_H

#include "core/arena.h"
#include "core/error.h"
#include "core/money.h"
#include "org/partnership.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct shire_whatif shire_whatif;

typedef struct shire_whatif_amounts {
    shire_money before;
    shire_money after;
} shire_whatif_amounts;

/* What one change touched. */
typedef struct shire_whatif_change {
    const char *text;
    bool is_of_items;      /* its rows are activity items or delayed stays, so of people */
    bool is_delay;         /* its rows are delayed stays and its values nights */
    int64_t row_count;     /* rows that it fits: 0 where the change does nothing */
    shire_decimal6 before; /* sum of their values */
    shire_decimal6 after;
} shire_whatif_change;

typedef struct shire_whatif_organisation {
    const char *code;
    const char *name;
    shire_whatif_amounts ledger; /* each = allocated + excluded + unallocated, exactly */
    shire_whatif_amounts allocated;
    shire_whatif_amounts excluded;
    shire_whatif_amounts unallocated;
} shire_whatif_organisation;

typedef struct shire_whatif_pool {
    const char *organisation; /* code */
    const char *pool;
    bool support;
    shire_whatif_amounts own;   /* before support costs */
    shire_whatif_amounts total; /* after them; 0 of a pool that gives its cost away */
} shire_whatif_pool;

typedef struct shire_whatif_activity {
    const char *organisation; /* code */
    const char *activity;
    shire_whatif_amounts cost;
    shire_whatif_amounts weight; /* of its items, in millionths of their unit */
} shire_whatif_activity;

/* Cost that reached events, by kind of care or by age band. */
typedef struct shire_whatif_part {
    const char *name; /* NULL: not stated */
    shire_whatif_amounts cost;
} shire_whatif_part;

/* What delayed discharges cost a partner: the nights that are put down to it, and their cost as the
 * costing run counts it (docs/costing/delayed-discharges.md). */
typedef struct shire_whatif_delay {
    const char *partner;         /* as the model names it */
    const char *name;            /* that of the organisation, where the partner is one's code */
    shire_whatif_amounts nights; /* in millionths */
    shire_whatif_amounts cost;
} shire_whatif_delay;

/* What shorter delays took from an activity, and what that much of it cost in the run. No ledger
 * falls by it: it is capacity. */
typedef struct shire_whatif_release {
    const char *organisation; /* code */
    const char *activity;
    const char *basis;
    shire_decimal6 weight; /* in the unit of the basis */
    shire_money value;
} shire_whatif_release;

typedef struct shire_whatif_result {
    const char *name; /* of the scenario */
    const shire_whatif_change *changes;
    size_t change_count;
    const shire_whatif_organisation *organisations; /* all, in the order of the warehouse */
    size_t organisation_count;
    const shire_whatif_pool *pools; /* by organisation and pool */
    size_t pool_count;
    const shire_whatif_activity *activities; /* by organisation and activity */
    size_t activity_count;
    const shire_whatif_part *kinds; /* by name */
    size_t kind_count;
    const shire_whatif_part *ages; /* by age, not known last */
    size_t age_count;
    const shire_whatif_delay *delays; /* by partner; none where no discharge was delayed */
    size_t delay_count;
    const shire_whatif_release *releases; /* by organisation, activity and basis */
    size_t release_count;
    shire_decimal6 released_nights; /* of all stays */
    shire_money released_value;
} shire_whatif_result;

typedef struct shire_whatif_scenario {
    const char *name;
    const char *const *changes; /* lines of the language */
    size_t change_count;
} shire_whatif_scenario;

/* Is the line good? SHIRE_INVALID with a sentence that names the column where it is not. */
shire_status shire_whatif_check(const char *change, shire_error *error) SHIRE_MUST_CHECK;

/* The same, and SHIRE_INVALID for a change of items that is chosen by what one of them is known by
 * (its ids, its start, its numbers): how many rows it fits would tell of a person. */
shire_status shire_whatif_check_impersonal(const char *change, shire_error *error) SHIRE_MUST_CHECK;

/*
 * The columns of the partnership's last run. `arena` must live until closed.
 *
 * SHIRE_NOT_FOUND when there was no run, SHIRE_INVALID when its columns are not those of the
 * warehouse (a run was killed as it ended): both say to run.
 */
shire_status shire_whatif_open(const shire_partnership *partnership, int thread_count,
                               shire_arena *arena, shire_whatif **whatif_out,
                               shire_error *error) SHIRE_MUST_CHECK;

/*
 * One scenario; the result lives in the arena that the columns were opened with.
 *
 * SHIRE_INVALID when a change is wrong, or when the changed model is (a driver without quantities,
 * shares that do not sum to 1): the same sentence as a run would give. SHIRE_UNRECONCILED when a
 * ledger is not the sum of its parts, which is a mistake of ours.
 */
shire_status shire_whatif_run(shire_whatif *whatif, const shire_whatif_scenario *scenario,
                              shire_whatif_result *result_out, shire_error *error) SHIRE_MUST_CHECK;

/* Names the run: 64 hex digits of its warehouse's identity (io/table_identity.h). */
const char *shire_whatif_identity(const shire_whatif *whatif);

void shire_whatif_close(shire_whatif *whatif); /* NULL is allowed */

#endif
