/*
 * A scenario: the stages of a run from the model to the activity lines' totals, over kept inputs
 * with the changes applied; then the items of those lines whose cost or weights differ from the
 * run's. The ledger has thousands of lines and the model thousands of rows, so the stages take
 * milliseconds; items are millions, and a line that stays as it was keeps the sums that the run
 * stored.
 */
#include "cost/whatif_internal.h"

#include "core/parallel.h"
#include "io/file.h"
#include "io/table_identity.h"
#include "org/run_place.h"

#include <string.h>

typedef shire_status (*stage_function)(cost_run *run, shire_error *error);

/* ---- the chain ---- */

static bool preload_organisations(cost_run *run) {
    const cost_texts *codes = &run->kept->organisation_codes;
    run->organisation_count = codes->count;
    run->organisations =
        shire_arena_alloc_array(run->arena, codes->count, sizeof(*run->organisations));
    for (size_t i = 0; run->organisations != NULL && i < codes->count; i++) {
        run->organisations[i] = (cost_organisation){(int32_t)i, cost_texts_at(codes, i)};
    }
    return run->organisations != NULL;
}

/* The kept weighings under their numbers, so that the chain finds each with its total. */
static bool preload_weighings(whatif_pass *pass) {
    cost_run *run = &pass->run;
    const cost_kept *kept = run->kept;
    pass->rows = shire_arena_alloc_array(run->arena, kept->weighing_count, sizeof(*pass->rows));
    pass->changed = shire_arena_alloc(run->arena, kept->weighing_count);
    if (pass->rows == NULL || pass->changed == NULL) {
        return false;
    }
    for (size_t i = 0; i < kept->weighing_count; i++) {
        const cost_kept_weighing *weighing = &kept->weighings[i];
        const cost_activity_row row = {
            .feed = weighing->feed, .condition = weighing->condition, .basis = weighing->basis};
        if (cost_weighing_make(run, weighing->organisation, &row) != (int32_t)i) {
            return false;
        }
        run->weighings.items[i].weight_total = weighing->weight_total;
        run->weighings.items[i].item_count = weighing->rows.count;
        run->weighings.items[i].failed = weighing->failed;
        pass->rows[i] = weighing->rows;
    }
    return true;
}

/* Rules without cost were not asked to run; with cost they must. */
static shire_status check_weighings(const cost_run *run, shire_error *error) {
    for (size_t i = 0; i < run->lines.count; i++) {
        const cost_line *line = &run->lines.items[i];
        for (size_t k = 0; k < line->weighing_count; k++) {
            size_t number = (size_t)run->line_weighings.items[line->first_weighing + k];
            if (number >= run->kept->weighing_count || run->weighings.items[number].failed) {
                return SHIRE_FAIL(error, SHIRE_INVALID,
                                  "%s: the activity '%s' gets cost that it did not have, and its "
                                  "rule in costing/activity_rule does not run; correct it and run "
                                  "again",
                                  cost_organisation_code(run, line->organisation), line->activity);
            }
        }
    }
    return SHIRE_OK;
}

static shire_status run_chain(const shire_whatif *whatif, whatif_pass *pass, shire_error *error) {
    static const stage_function stages[] = {cost_model_read,     cost_ledger_map,
                                            cost_pools_transfer, cost_support_spread,
                                            cost_resources_make, cost_lines_make};
    cost_run *run = &pass->run;
    shire_status status =
        preload_organisations(run) && preload_weighings(pass) ? SHIRE_OK : COST_NO_MEMORY(error);
    for (size_t i = 0; i < sizeof(stages) / sizeof(*stages) && status == SHIRE_OK; i++) {
        status = stages[i](run, error);
    }
    if (status == SHIRE_OK) {
        status = check_weighings(run, error);
    }
    if (status == SHIRE_OK) {
        status = whatif_items_weigh(whatif, pass, error);
    }
    if (status == SHIRE_OK) {
        status = whatif_delays_shorten(whatif, pass, error);
    }
    if (status == SHIRE_OK) {
        status = cost_lines_weigh(run, error);
    }
    return status == SHIRE_OK ? cost_lines_fund(run, error) : status;
}

static shire_arena *start_pass(const shire_whatif *whatif, whatif_pass *pass, shire_error *error) {
    shire_arena *arena = NULL;
    if (shire_arena_new("whatif_pass", 0, &arena, error) != SHIRE_OK) {
        return NULL;
    }
    pass->run =
        (cost_run){.partnership = whatif->partnership,
                   .thread_count = whatif->thread_count,
                   .arena = arena,
                   .kept = &whatif->kept,
                   .edits = &pass->edits,
                   .problems = {.arena = arena},
                   .pool_names = {.arena = arena},
                   .resource_names = {.arena = arena},
                   .weighing_keys = {.arena = arena},
                   .line_keys = {.arena = arena},
                   .setting_names = {.arena = arena},
                   .segment_names = {.arena = arena},
                   .unallocated = cost_rows_for(arena, "unallocated", "itttd"),
                   .unallocated_income = cost_rows_for(arena, "unallocated_income", "itttd"),
                   .kept_apart = cost_rows_for(arena, "kept_apart", "ittttd")};
    return arena;
}

/* ---- items ---- */

/* The pass's line of that organisation and key, or -1. */
static int32_t find_line(const cost_run *run, const cost_kept_line *kept) {
    return cost_names_find(&run->line_keys, kept->organisation, shire_span_of(kept->key));
}

static bool stays(const whatif_pass *pass, const cost_line *line, const cost_kept_line *kept) {
    bool same = line->amount == kept->amount && line->weight_total == kept->weight_total;
    for (size_t i = 0; i < line->weighing_count && same; i++) {
        same = !pass->changed[pass->run.line_weighings.items[line->first_weighing + i]];
    }
    return same;
}

/* The line's rows for the kernel. False when out of memory. */
static bool prepare_line(const whatif_pass *pass, const cost_line *line, shire_arena *arena,
                         shire_whatif_line *line_out) {
    const shire_whatif_rows **weighings =
        shire_arena_alloc_array(arena, line->weighing_count, sizeof(*weighings));
    for (size_t i = 0; weighings != NULL && i < line->weighing_count; i++) {
        weighings[i] = &pass->rows[pass->run.line_weighings.items[line->first_weighing + i]];
    }
    line_out->total = line->amount;
    return weighings != NULL &&
           cost_rows_merge(weighings, line->weighing_count, arena, &line_out->rows);
}

/* The lines that do not stay, all at once. */
static shire_status spread_changed(const shire_whatif *whatif, whatif_pass *pass,
                                   const bool *stayed, shire_error *error) {
    const cost_kept *kept = &whatif->kept;
    const cost_run *run = &pass->run;
    size_t count = 0;
    shire_whatif_line *lines =
        shire_arena_alloc_array(run->arena, run->lines.count, sizeof(*lines));
    if (lines == NULL) {
        return COST_NO_MEMORY(error);
    }
    for (size_t i = 0; i < run->lines.count; i++) {
        const cost_line *line = &run->lines.items[i];
        if (!stayed[i] && line->segment == COST_SEGMENT_PATIENT && line->amount != 0 &&
            line->weight_total != 0 && !prepare_line(pass, line, run->arena, &lines[count++])) {
            return COST_NO_MEMORY(error);
        }
    }
    void *scratch = shire_arena_alloc(
        run->arena,
        shire_whatif_scratch_bytes(lines, count, kept->group_count, whatif->thread_count) + 64);
    return scratch == NULL ? COST_NO_MEMORY(error)
                           : shire_whatif_spread(lines, count, kept->item_groups, kept->group_count,
                                                 &pass->marks, whatif->thread_count, scratch,
                                                 pass->sums, error);
}

/* The sums by group: those that the run stored for lines that stay, the kernel's for the others. */
static shire_status spread_lines(const shire_whatif *whatif, whatif_pass *pass,
                                 shire_error *error) {
    const cost_kept *kept = &whatif->kept;
    cost_run *run = &pass->run;
    bool *stayed = shire_arena_alloc(run->arena, run->lines.count);
    pass->sums = shire_arena_alloc_array(run->arena, kept->group_count, sizeof(*pass->sums));
    pass->marks = (shire_whatif_marks){
        .items = kept->mark_items,
        .count = kept->mark_count,
        .parts = shire_arena_alloc_array(run->arena, kept->mark_count, sizeof(shire_money))};
    if (stayed == NULL || pass->sums == NULL || pass->marks.parts == NULL) {
        return COST_NO_MEMORY(error);
    }
    for (size_t i = 0; i < kept->line_count; i++) {
        const cost_kept_line *line = &kept->lines[i];
        int32_t number = find_line(run, line);
        if (number < 0 || !stays(pass, &run->lines.items[number], line)) {
            continue;
        }
        stayed[number] = true;
        for (size_t k = line->first_sum; k < line->first_sum + line->sum_count; k++) {
            pass->sums[kept->sum_groups[k]] += kept->sums[k];
        }
        for (size_t k = 0; k < line->mark_sum_count; k++) {
            pass->marks.parts[kept->sum_marks[line->first_mark_sum + k]] +=
                kept->mark_sums[line->first_mark_sum + k];
        }
    }
    return spread_changed(whatif, pass, stayed, error);
}

/* ---- the interface ---- */

static shire_status check_change(const char *change, bool is_impersonal, shire_error *error) {
    shire_arena *arena = NULL;
    cost_edit edit;
    shire_status status = shire_arena_new("whatif_check", 0, &arena, error);
    if (status == SHIRE_OK) {
        status = cost_edit_parse(change, arena, &edit, error);
    }
    if (status == SHIRE_OK && is_impersonal) {
        status = cost_edit_check_impersonal(&edit, error);
    }
    shire_arena_free(arena);
    return status;
}

shire_status shire_whatif_check(const char *change, shire_error *error) {
    return check_change(change, false, error);
}

shire_status shire_whatif_check_impersonal(const char *change, shire_error *error) {
    return check_change(change, true, error);
}

static shire_status open_columns(shire_whatif *whatif, shire_error *error) {
    shire_error cause = {0};
    const char *run = shire_run_place_last(whatif->partnership, whatif->arena);
    const char *path = shire_arena_format(whatif->arena, "%s/columns.bin", run == NULL ? "" : run);
    whatif->warehouse_path =
        shire_arena_format(whatif->arena, "%s/warehouse.duckdb", run == NULL ? "" : run);
    if (run == NULL || path == NULL || whatif->warehouse_path == NULL) {
        return COST_NO_MEMORY(error);
    }
    if (!shire_file_exists(whatif->warehouse_path)) {
        return SHIRE_FAIL(error, SHIRE_NOT_FOUND,
                          "%s/.shire/warehouse.duckdb: there is no run to start from; make one "
                          "with `shire run %s`",
                          whatif->partnership->dir, whatif->partnership->dir);
    }
    shire_status status = shire_table_identity(whatif->warehouse_path, whatif->identity, error);
    if (status != SHIRE_OK) {
        return status;
    }
    status = cost_kept_open(path, whatif->identity, whatif->arena, &whatif->kept, &cause);
    if (status == SHIRE_INVALID || status == SHIRE_NOT_FOUND) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "%s/.shire/columns.bin: the columns are not those of the warehouse "
                          "beside them; run `shire run %s` again",
                          whatif->partnership->dir, whatif->partnership->dir);
    }
    return status == SHIRE_OK ? SHIRE_OK : SHIRE_FAIL(error, status, "%s", cause.message);
}

/* Without a change every line must stay: else the columns and this program do not fit. */
static shire_status check_base(const shire_whatif *whatif, shire_error *error) {
    const cost_kept *kept = &whatif->kept;
    for (size_t i = 0; i < kept->line_count; i++) {
        int32_t number = find_line(&whatif->base.run, &kept->lines[i]);
        bool idle = number < 0 && kept->lines[i].amount == 0;
        if (!idle && (number < 0 || !stays(&whatif->base, &whatif->base.run.lines.items[number],
                                           &kept->lines[i]))) {
            return SHIRE_FAIL(error, SHIRE_INVALID,
                              "the last run was made by another version of shire; run `shire run "
                              "%s` again",
                              whatif->partnership->dir);
        }
    }
    return SHIRE_OK;
}

shire_status shire_whatif_open(const shire_partnership *partnership, int thread_count,
                               shire_arena *arena, shire_whatif **whatif_out, shire_error *error) {
    shire_whatif *whatif = shire_arena_alloc(arena, sizeof(*whatif));
    if (whatif == NULL) {
        return COST_NO_MEMORY(error);
    }
    *whatif = (shire_whatif){.partnership = partnership,
                             .thread_count =
                                 thread_count > 0 ? thread_count : shire_parallel_processor_count(),
                             .arena = arena};
    shire_status status = open_columns(whatif, error);
    if (status == SHIRE_OK) {
        whatif->base_arena = start_pass(whatif, &whatif->base, error);
        status =
            whatif->base_arena == NULL ? SHIRE_NO_MEMORY : run_chain(whatif, &whatif->base, error);
    }
    if (status == SHIRE_OK) {
        status = check_base(whatif, error);
    }
    if (status == SHIRE_OK) {
        status = spread_lines(whatif, &whatif->base, error);
    }
    if (status != SHIRE_OK) {
        shire_whatif_close(whatif);
        return status;
    }
    *whatif_out = whatif;
    return SHIRE_OK;
}

const char *shire_whatif_identity(const shire_whatif *whatif) {
    return whatif->identity;
}

shire_status shire_whatif_run(shire_whatif *whatif, const shire_whatif_scenario *scenario,
                              shire_whatif_result *result_out, shire_error *error) {
    whatif_pass pass = {0};
    shire_status status = SHIRE_OK;
    shire_arena *arena = start_pass(whatif, &pass, error);
    if (arena == NULL) {
        return SHIRE_NO_MEMORY;
    }
    for (size_t i = 0; i < scenario->change_count && status == SHIRE_OK; i++) {
        cost_edit edit;
        status = cost_edit_parse(scenario->changes[i], whatif->arena, &edit, error);
        if (status == SHIRE_OK && !COST_PUSH(arena, &pass.edits.list, edit)) {
            status = COST_NO_MEMORY(error);
        }
    }
    if (status == SHIRE_OK) {
        status = run_chain(whatif, &pass, error);
    }
    if (status == SHIRE_OK) {
        status = spread_lines(whatif, &pass, error);
    }
    if (status == SHIRE_OK) {
        status = whatif_result_make(whatif, &pass, result_out, error);
    }
    if (status == SHIRE_OK) {
        result_out->name = shire_arena_format(whatif->arena, "%s", scenario->name);
        status = result_out->name == NULL ? COST_NO_MEMORY(error) : SHIRE_OK;
    }
    shire_arena_free(arena);
    return status;
}

void shire_whatif_close(shire_whatif *whatif) {
    if (whatif == NULL) {
        return;
    }
    shire_arena_free(whatif->base_arena);
    whatif->base_arena = NULL;
    cost_kept_close(&whatif->kept);
}
