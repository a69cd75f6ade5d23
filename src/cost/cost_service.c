/*
 * The costing run: reads the model, then each stage in turn on what the stage before it left.
 *   ledger lines -> pools -> transfers -> support costs -> resources -> activity lines
 *   items -> events, period, weights -> lines' totals -> items' costs -> events, persons
 * and last the reconciliation. Findings are written whether the run succeeds or not.
 */
#include "cost/cost.h"

#include "core/parallel.h"
#include "cost/cost_kept.h"

#include <stdio.h>
#include <string.h>

typedef shire_status (*stage_function)(cost_run *run, shire_error *error);

/* One a line, so that additions of several people do not meet. */
static const stage_function stages[] = {
    // clang-format off
    cost_model_read,
    cost_tables_make,
    cost_ledger_map,
    cost_pools_transfer,
    cost_support_spread,
    cost_resources_make,
    cost_lines_make,
    cost_items_match,
    cost_events_segment,
    cost_packages_read,
    cost_items_scope,
    cost_weighings_evaluate,
    cost_lines_weigh,
    cost_lines_fund,
    cost_lines_spread,
    cost_packages_write,
    cost_progress_write,
    cost_delays_write,
    cost_persons_write,
    cost_kinds_write,
    cost_results_write,
    cost_reconcile,
    cost_ledgers_reconcile,
    cost_columns_keep,
    // clang-format on
};

static shire_status read_organisations(cost_run *run, shire_error *error) {
    shire_frame frame;
    shire_status status = shire_table_query(
        run->table, "SELECT organisation_no::INTEGER, code FROM organisation ORDER BY 1",
        run->arena, &frame, error);
    if (status != SHIRE_OK) {
        return status;
    }
    run->organisation_count = frame.row_count;
    run->organisations =
        shire_arena_alloc_array(run->arena, frame.row_count, sizeof(*run->organisations));
    for (size_t row = 0; row < frame.row_count && run->organisations != NULL; row++) {
        shire_span code = shire_column_text(&frame.columns[1], row);
        run->organisations[row].organisation_no = frame.columns[0].int32[row];
        run->organisations[row].code = shire_arena_copy_text(run->arena, code.bytes, code.length);
        if (run->organisations[row].code == NULL) {
            return COST_NO_MEMORY(error);
        }
        if (frame.columns[0].int32[row] != (int32_t)row) {
            return SHIRE_FAIL(error, SHIRE_INVALID,
                              "the warehouse's organisation is not numbered from 0 without gaps; "
                              "load again");
        }
    }
    return run->organisations == NULL ? COST_NO_MEMORY(error) : SHIRE_OK;
}

/* The summary in the caller's arena. */
static shire_status hand_over(cost_run *run, shire_arena *arena, shire_cost_summary *summary_out,
                              shire_error *error) {
    size_t count = run->summary.organisation_count;
    shire_cost_reconciliation *kept = shire_arena_alloc_array(arena, count, sizeof(*kept));
    if (kept == NULL) {
        return COST_NO_MEMORY(error);
    }
    for (size_t i = 0; i < count; i++) {
        kept[i] = run->reconciliations[i];
        kept[i].organisation = shire_arena_format(arena, "%s", kept[i].organisation);
        if (kept[i].organisation == NULL) {
            return COST_NO_MEMORY(error);
        }
    }
    run->summary.organisations = kept;
    run->summary.warning_count = (int64_t)(run->problems.count - run->problems.error_count);
    *summary_out = run->summary;
    return SHIRE_OK;
}

shire_status shire_cost_run(shire_table *warehouse, const shire_partnership *partnership,
                            const shire_cost_options *options, shire_arena *arena,
                            shire_cost_summary *summary_out, shire_error *error) {
    shire_arena *run_arena = NULL;
    shire_status status = shire_arena_new("cost_run", 0, &run_arena, error);
    if (status != SHIRE_OK) {
        return status;
    }
    cost_run run = {.table = warehouse,
                    .partnership = partnership,
                    .thread_count = options->thread_count > 0 ? options->thread_count
                                                              : shire_parallel_processor_count(),
                    .arena = run_arena,
                    .columns_path = options->columns_path,
                    .problems = {.arena = run_arena},
                    .pool_names = {.arena = run_arena},
                    .resource_names = {.arena = run_arena},
                    .weighing_keys = {.arena = run_arena},
                    .line_keys = {.arena = run_arena},
                    .setting_names = {.arena = run_arena},
                    .segment_names = {.arena = run_arena},
                    .unallocated = cost_rows_for(run_arena, "unallocated", "itttd"),
                    .unallocated_income = cost_rows_for(run_arena, "unallocated_income", "itttd"),
                    .kept_apart = cost_rows_for(run_arena, "kept_apart", "ittttd")};
    status = read_organisations(&run, error);
    for (size_t i = 0; i < sizeof(stages) / sizeof(*stages) && status == SHIRE_OK; i++) {
        status = stages[i](&run, error);
    }
    /* The run's own failure goes before one in writing its findings. */
    shire_status written =
        cost_problems_write(&run.problems, warehouse, status == SHIRE_OK ? error : NULL);
    status = status == SHIRE_OK ? written : status;
    if (status == SHIRE_OK || status == SHIRE_UNRECONCILED) {
        shire_status handed =
            hand_over(&run, arena, summary_out, status == SHIRE_OK ? error : NULL);
        status = status == SHIRE_OK ? handed : status;
    }
    shire_arena_free(run_arena);
    return status;
}
