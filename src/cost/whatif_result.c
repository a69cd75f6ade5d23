/*
 * The result of a scenario: what the chain and the sums by group hold, beside those of the run,
 * added up by organisation, pool, activity, kind of care and age. Each organisation's ledger must
 * be the sum of its parts here as in a run.
 */
#include "cost/whatif_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* One organisation's amounts in one pass. */
typedef struct totals {
    shire_money ledger;
    shire_money allocated;
    shire_money excluded;
    shire_money unallocated;
} totals;

static shire_span row_text(const cost_rows *rows, size_t column, size_t row) {
    const uint32_t *starts = rows->values[column];
    size_t end = row + 1 < rows->count ? starts[row + 1] : rows->byte_counts[column];
    return (shire_span){rows->bytes[column] + starts[row], end - starts[row]};
}

/* The ledger, and what of it never came into a pool. */
static void add_ledger(const cost_run *run, totals *all) {
    const cost_kept *kept = run->kept;
    const cost_rows *rows = &run->ledger_rows;
    for (size_t i = 0; i < kept->ledger_count; i++) {
        all[kept->ledger_organisations[i]].ledger += run->ledger_amounts[i];
    }
    for (size_t i = 0; i < rows->count; i++) {
        int64_t line = ((const int64_t *)rows->values[0])[i];
        shire_money amount = ((const shire_money *)rows->values[4])[i];
        bool has_pool = rows->valid[3][i] != 0;
        shire_span treatment = row_text(rows, 1, i);
        totals *one = &all[kept->ledger_organisations[line]];
        if (shire_span_equal(treatment, shire_span_of("unallocated"))) {
            one->unallocated += amount;
        } else if (shire_span_equal(treatment, shire_span_of(cost_treatment_names[COST_INCOME])) ||
                   shire_span_equal(treatment,
                                    shire_span_of(cost_treatment_names[COST_EXCLUDED])) ||
                   (shire_span_equal(treatment, shire_span_of(cost_treatment_names[COST_APART])) &&
                    !has_pool)) {
            one->excluded += amount;
        }
    }
}

/* What the stages left on the way, and what no item has a weight for; as in a run's reconciliation,
 * what is kept apart is excluded, and income was counted with the ledger. */
static void add_left(const cost_run *run, totals *all) {
    for (size_t i = 0; i < run->unallocated.count; i++) {
        int32_t organisation = ((const int32_t *)run->unallocated.values[0])[i];
        all[organisation].unallocated += ((const shire_money *)run->unallocated.values[4])[i];
    }
    for (size_t i = 0; i < run->kept_apart.count; i++) {
        int32_t organisation = ((const int32_t *)run->kept_apart.values[0])[i];
        all[organisation].excluded += ((const shire_money *)run->kept_apart.values[5])[i];
    }
    for (size_t i = 0; i < run->lines.count; i++) {
        const cost_line *line = &run->lines.items[i];
        if (line->segment >= COST_SEGMENT_APART) {
            all[line->organisation].excluded += line->amount;
        } else if (line->segment == COST_SEGMENT_PATIENT && line->weight_total == 0) {
            all[line->organisation].unallocated += line->amount;
        }
    }
}

/* Organisation -> its totals. */
static totals *add_up(const whatif_pass *pass, shire_arena *arena) {
    const cost_run *run = &pass->run;
    const cost_kept *kept = run->kept;
    totals *all = shire_arena_alloc_array(arena, run->organisation_count, sizeof(*all));
    if (all == NULL) {
        return NULL;
    }
    add_ledger(run, all);
    add_left(run, all);
    for (size_t i = 0; i < kept->group_count; i++) {
        const cost_group *group = &kept->groups[i];
        totals *one = &all[group->organisation];
        bool unmatched = group->setting == COST_GROUP_UNMATCHED;
        bool apart = group->segment != COST_SEGMENT_PATIENT;
        *(unmatched ? &one->unallocated
          : apart   ? &one->excluded
                    : &one->allocated) += pass->sums[i];
    }
    return all;
}

static shire_status make_organisations(const shire_whatif *whatif, const whatif_pass *pass,
                                       shire_whatif_result *result, shire_error *error) {
    const cost_kept *kept = &whatif->kept;
    size_t count = kept->organisation_codes.count;
    shire_whatif_organisation *all = shire_arena_alloc_array(whatif->arena, count, sizeof(*all));
    const totals *before = add_up(&whatif->base, whatif->arena);
    const totals *after = add_up(pass, whatif->arena);
    if (all == NULL || before == NULL || after == NULL) {
        return COST_NO_MEMORY(error);
    }
    for (size_t i = 0; i < count; i++) {
        all[i] = (shire_whatif_organisation){
            .code = cost_texts_at(&kept->organisation_codes, i),
            .name = cost_texts_at(&kept->organisation_names, i),
            .ledger = {before[i].ledger, after[i].ledger},
            .allocated = {before[i].allocated, after[i].allocated},
            .excluded = {before[i].excluded, after[i].excluded},
            .unallocated = {before[i].unallocated, after[i].unallocated}};
        const totals *sides[] = {&before[i], &after[i]};
        for (int side = 0; side < 2; side++) {
            const totals *one = sides[side];
            if (one->ledger != one->allocated + one->excluded + one->unallocated) {
                return SHIRE_FAIL(error, SHIRE_UNRECONCILED,
                                  "%s: the ledger %s the change is not the sum of allocated, "
                                  "excluded and unallocated cost; report this",
                                  all[i].code, side == 0 ? "before" : "after");
            }
        }
    }
    result->organisations = all;
    result->organisation_count = count;
    return SHIRE_OK;
}

/* ---- pools ---- */

static int compare_pools(const void *a_pointer, const void *b_pointer) {
    const shire_whatif_pool *a = a_pointer;
    const shire_whatif_pool *b = b_pointer;
    int order = strcmp(a->organisation, b->organisation);
    return order != 0 ? order : strcmp(a->pool, b->pool);
}

/* Changes of amounts make no pools and unmake none. */
static shire_status make_pools(const shire_whatif *whatif, const whatif_pass *pass,
                               shire_whatif_result *result, shire_error *error) {
    const cost_run *base = &whatif->base.run;
    size_t count = pass->run.pools.count;
    shire_whatif_pool *all = shire_arena_alloc_array(whatif->arena, count, sizeof(*all));
    for (size_t i = 0; all != NULL && i < count; i++) {
        const cost_pool *after = &pass->run.pools.items[i];
        int32_t number = cost_pool_find(base, after->organisation, after->name);
        if (number < 0) {
            return SHIRE_FAIL(error, SHIRE_INTERNAL, "a change made the pool '%s'; report this",
                              after->name);
        }
        const cost_pool *before = &base->pools.items[number];
        all[i] =
            (shire_whatif_pool){.organisation = cost_organisation_code(base, before->organisation),
                                .pool = before->name,
                                .support = before->support_group >= 0 || before->mapped_as_support,
                                .own = {before->own_cost, after->own_cost},
                                .total = {before->own_cost + before->received_cost,
                                          after->own_cost + after->received_cost}};
    }
    if (all == NULL) {
        return COST_NO_MEMORY(error);
    }
    if (count > 0) {
        qsort(all, count, sizeof(*all), compare_pools);
    }
    result->pools = all;
    result->pool_count = count;
    return SHIRE_OK;
}

/* ---- activities ---- */

static int compare_activities(const void *a_pointer, const void *b_pointer) {
    const shire_whatif_activity *a = a_pointer;
    const shire_whatif_activity *b = b_pointer;
    int order = strcmp(a->organisation, b->organisation);
    return order != 0 ? order : strcmp(a->activity, b->activity);
}

/* Lines of one name are one activity: the first holds the sum, the others go. */
static size_t join_activities(shire_whatif_activity *all, size_t count) {
    size_t kept = 0;
    if (count > 0) {
        qsort(all, count, sizeof(*all), compare_activities);
    }
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && compare_activities(&all[kept - 1], &all[i]) == 0) {
            shire_whatif_activity *one = &all[kept - 1];
            one->cost.before += all[i].cost.before;
            one->cost.after += all[i].cost.after;
            one->weight.before += all[i].weight.before;
            one->weight.after += all[i].weight.after;
        } else {
            all[kept++] = all[i];
        }
    }
    return kept;
}

static shire_status make_activities(const shire_whatif *whatif, const whatif_pass *pass,
                                    shire_whatif_result *result, shire_error *error) {
    const cost_run *runs[] = {&whatif->base.run, &pass->run};
    size_t count = 0;
    shire_whatif_activity *all = shire_arena_alloc_array(
        whatif->arena, runs[0]->lines.count + runs[1]->lines.count, sizeof(*all));
    for (int side = 0; all != NULL && side < 2; side++) {
        for (size_t i = 0; i < runs[side]->lines.count; i++) {
            const cost_line *line = &runs[side]->lines.items[i];
            shire_whatif_activity *one = &all[count++];
            one->organisation = cost_organisation_code(runs[0], line->organisation);
            one->activity = shire_arena_format(whatif->arena, "%s", line->activity);
            if (one->activity == NULL) {
                return COST_NO_MEMORY(error);
            }
            *(side == 0 ? &one->cost.before : &one->cost.after) = line->amount;
            *(side == 0 ? &one->weight.before : &one->weight.after) = line->weight_total;
        }
    }
    if (all == NULL) {
        return COST_NO_MEMORY(error);
    }
    result->activities = all;
    result->activity_count = join_activities(all, count);
    return SHIRE_OK;
}

/* ---- kinds of care and ages ---- */

static int compare_parts(const void *a_pointer, const void *b_pointer) {
    const shire_whatif_part *a = a_pointer;
    const shire_whatif_part *b = b_pointer;
    if (a->name == NULL || b->name == NULL) {
        return (a->name == NULL) - (b->name == NULL);
    }
    return strcmp(a->name, b->name);
}

static size_t drop_empty(shire_whatif_part *parts, size_t count) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].cost.before != 0 || parts[i].cost.after != 0) {
            parts[kept++] = parts[i];
        }
    }
    return kept;
}

static shire_status make_parts(const shire_whatif *whatif, const whatif_pass *pass,
                               shire_whatif_result *result, shire_error *error) {
    const cost_kept *kept = &whatif->kept;
    size_t settings = kept->setting_names.count;
    shire_whatif_part *kinds = shire_arena_alloc_array(whatif->arena, settings + 1, sizeof(*kinds));
    shire_whatif_part *ages = shire_arena_alloc_array(whatif->arena, COST_AGE_BANDS, sizeof(*ages));
    if (kinds == NULL || ages == NULL) {
        return COST_NO_MEMORY(error);
    }
    for (size_t i = 0; i < settings; i++) {
        kinds[i].name = cost_texts_at(&kept->setting_names, i);
    }
    for (size_t i = 0; i < COST_AGE_BANDS; i++) {
        ages[i].name = cost_age_bands[(i + 1) % COST_AGE_BANDS];
    }
    for (size_t i = 0; i < kept->group_count; i++) {
        const cost_group *group = &kept->groups[i];
        if (group->setting == COST_GROUP_UNMATCHED || group->segment != COST_SEGMENT_PATIENT) {
            continue;
        }
        shire_whatif_part *kind = &kinds[group->setting < 0 ? settings : (size_t)group->setting];
        shire_whatif_part *age =
            &ages[(size_t)(group->age_band + COST_AGE_BANDS - 1) % COST_AGE_BANDS];
        kind->cost.before += whatif->base.sums[i];
        age->cost.before += whatif->base.sums[i];
        kind->cost.after += pass->sums[i];
        age->cost.after += pass->sums[i];
    }
    qsort(kinds, settings + 1, sizeof(*kinds), compare_parts);
    result->kinds = kinds;
    result->kind_count = drop_empty(kinds, settings + 1);
    result->ages = ages;
    result->age_count = drop_empty(ages, COST_AGE_BANDS);
    return SHIRE_OK;
}

/* ---- all ---- */

static shire_status make_changes(const shire_whatif *whatif, const whatif_pass *pass,
                                 shire_whatif_result *result, shire_error *error) {
    size_t count = pass->edits.list.count;
    shire_whatif_change *changes = shire_arena_alloc_array(whatif->arena, count, sizeof(*changes));
    for (size_t i = 0; changes != NULL && i < count; i++) {
        const cost_edit *edit = &pass->edits.list.items[i];
        changes[i] =
            (shire_whatif_change){.text = edit->text,
                                  .is_of_items = strcmp(edit->table, COST_EDIT_ACTIVITY) == 0,
                                  .is_delay = strcmp(edit->column, COST_EDIT_DELAY) == 0,
                                  .row_count = edit->row_count,
                                  .before = edit->before,
                                  .after = edit->after};
    }
    result->changes = changes;
    result->change_count = count;
    return changes == NULL ? COST_NO_MEMORY(error) : SHIRE_OK;
}

shire_status whatif_result_make(const shire_whatif *whatif, const whatif_pass *pass,
                                shire_whatif_result *result_out, shire_error *error) {
    shire_whatif_result result = {0};
    shire_status status = make_changes(whatif, pass, &result, error);
    if (status == SHIRE_OK) {
        status = make_organisations(whatif, pass, &result, error);
    }
    if (status == SHIRE_OK) {
        status = make_pools(whatif, pass, &result, error);
    }
    if (status == SHIRE_OK) {
        status = make_activities(whatif, pass, &result, error);
    }
    if (status == SHIRE_OK) {
        status = make_parts(whatif, pass, &result, error);
    }
    if (status == SHIRE_OK) {
        status = whatif_delays_make(whatif, pass, &result, error);
    }
    if (status == SHIRE_OK) {
        *result_out = result;
    }
    return status;
}
