/*
 * Costing: from ledger lines to the cost of every event and person, exactly.
 *
 * Reads the costing model (docs/costing/model.md) from the partnership folder and ledger_line,
 * activity_item, event, person_link and organisation from the warehouse; writes the tables of
 * ARCHITECTURE.md from item_event to reconciliation, and findings of stage 'cost'. Tables of an
 * earlier run are replaced. The same inputs give the same rows in the same order on any number of
 * threads.
 */
#ifndef SHIRE_COST_COST_H
#define SHIRE_COST_COST_H

#include "core/arena.h"
#include "core/error.h"
#include "core/money.h"
#include "io/table.h"
#include "org/partnership.h"

#include <stddef.h>
#include <stdint.h>

typedef struct shire_cost_options {
    int thread_count;         /* 0: all processors */
    const char *columns_path; /* where to keep columns for cost/whatif.h; NULL: nowhere */
} shire_cost_options;

/* One organisation's ledger = allocated + excluded + unallocated + difference, in micropounds. */
typedef struct shire_cost_reconciliation {
    int32_t organisation_no;
    const char *organisation; /* its code */
    shire_money ledger;
    shire_money allocated;   /* reached an event */
    shire_money excluded;    /* income, and lines excluded with a reason */
    shire_money unallocated; /* listed in the table of that name */
    shire_money difference;  /* 0 in a run that is good */
} shire_cost_reconciliation;

typedef struct shire_cost_summary {
    const shire_cost_reconciliation *organisations; /* in the caller's arena */
    size_t organisation_count;
    int64_t pool_count;
    int64_t resource_count;
    int64_t activity_count;
    int64_t item_count;      /* all activity items */
    int64_t unmatched_count; /* of them, items without an event */
    int64_t item_cost_count; /* rows of item_cost */
    int64_t warning_count;   /* findings that did not stop the run */
} shire_cost_summary;

/*
 * Cost a loaded and linked warehouse. `arena` gets the summary and keeps nothing else.
 *
 * SHIRE_INVALID when the costing model is wrong: every mistake is a finding (stage 'cost', severity
 * 'error'), and the message says the first and how many there are. SHIRE_UNRECONCILED when an
 * organisation's ledger is not the sum of its parts. summary_out is written on SHIRE_OK, and on
 * SHIRE_UNRECONCILED. The caller decides what becomes of a warehouse whose costing failed.
 */
shire_status shire_cost_run(shire_table *warehouse, const shire_partnership *partnership,
                            const shire_cost_options *options, shire_arena *arena,
                            shire_cost_summary *summary_out, shire_error *error) SHIRE_MUST_CHECK;

/*
 * The work in progress of a costed warehouse as CSV: the events that go on after the period, with
 * their days and cost to date. The next period's partnership.yaml names the file as
 * brought_forward.
 */
shire_status shire_cost_write_progress(shire_table *warehouse, const shire_partnership *partnership,
                                       const char *path, shire_error *error) SHIRE_MUST_CHECK;

#endif
