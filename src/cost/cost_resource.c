/*
 * Pools to resources, resources to activity lines.
 *
 * What a keeping pool holds after support costs becomes resources by share. A resource's activity
 * rules name activities, each with one or more weighings (feed, condition, basis). All resources of
 * an organisation that name an activity with the same set of weighings meet in one activity line,
 * whose total is spread over its items once.
 */
#include "cost/cost_internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- resources ---- */

static int32_t make_resource(cost_run *run, int32_t organisation, const char *name) {
    int32_t number = cost_names_add(&run->resource_names, organisation, shire_span_of(name));
    if (number < 0 || (size_t)number < run->resources.count) {
        return number;
    }
    cost_resource resource = {.organisation = organisation,
                              .name = run->resource_names.items[number].text.bytes};
    return COST_PUSH(run->arena, &run->resources, resource) ? number : -1;
}

static shire_status add_resource(cost_run *run, int32_t pool_number, const char *name,
                                 shire_money amount, cost_rows *rows, shire_error *error) {
    int32_t number = make_resource(run, run->pools.items[pool_number].organisation, name);
    if (number < 0) {
        return COST_NO_MEMORY(error);
    }
    cost_resource *resource = &run->resources.items[number];
    int32_t segment = run->pools.items[pool_number].segment;
    if (!resource->has_pool) {
        resource->has_pool = true;
        resource->segment = segment;
        resource->place = run->pools.items[pool_number].place;
    } else if (resource->segment != segment) {
        cost_error(&run->problems, "resource_differs", (cost_place){.file = "costing/resource"},
                   "resource", "give the resources of each a name of their own",
                   "%s: the resource '%s' would be made of %s and of %s (pool '%s')",
                   cost_organisation_code(run, resource->organisation), name,
                   cost_segment_name(run, resource->segment), cost_segment_name(run, segment),
                   run->pools.items[pool_number].name);
        return SHIRE_OK;
    }
    if (!cost_money_add(&resource->amount, amount)) {
        return SHIRE_FAIL(error, SHIRE_OVERFLOW,
                          "%s: the resource '%s' comes to more than 999,999,999,999 pounds, the "
                          "most that is reckoned with; correct what its pools hold",
                          cost_organisation_code(run, resource->organisation), name);
    }
    if (amount != 0) {
        cost_rows_add(rows, pool_number, number, amount);
    }
    return SHIRE_OK;
}

static shire_status split_pool(cost_run *run, int32_t pool_number, int32_t group, shire_money total,
                               cost_rows *rows, shire_error *error) {
    const cost_groups *groups = &run->model.resource_groups;
    size_t count = 0;
    for (int32_t row = groups->first_rows.items[group]; row >= 0;
         row = groups->next_rows.items[row]) {
        count++;
    }
    int64_t *shares = shire_arena_alloc_array(run->arena, count, sizeof(*shares));
    shire_money *parts = shire_arena_alloc_array(run->arena, count, sizeof(*parts));
    if (shares == NULL || parts == NULL) {
        return COST_NO_MEMORY(error);
    }
    size_t i = 0;
    int32_t row = groups->first_rows.items[group];
    for (; row >= 0; row = groups->next_rows.items[row]) {
        shares[i++] = run->model.resources.items[row].share;
    }
    shire_status status = shire_money_split(total, shares, count, parts, error);
    row = groups->first_rows.items[group];
    for (i = 0; i < count && status == SHIRE_OK; i++, row = groups->next_rows.items[row]) {
        status = add_resource(run, pool_number, run->model.resources.items[row].resource, parts[i],
                              rows, error);
    }
    return status;
}

static void warn_of_unused_resources(cost_run *run, const bool *used) {
    const cost_groups *groups = &run->model.resource_groups;
    for (size_t group = 0; group < groups->names.count; group++) {
        const cost_resource_row *row = &run->model.resources.items[groups->first_rows.items[group]];
        if (!used[group]) {
            cost_warning(&run->problems, "resource_rule_unused", row->place, "pool", 1,
                         "correct the name, or remove the row",
                         "no pool '%s' has cost to become resources", row->pool);
        }
    }
}

shire_status cost_resources_make(cost_run *run, shire_error *error) {
    cost_rows rows = cost_rows_for(run->arena, "pool_resource", "iid");
    shire_status status = SHIRE_OK;
    bool *used = shire_arena_alloc(run->arena, run->model.resource_groups.names.count);
    if (used == NULL) {
        return COST_NO_MEMORY(error);
    }
    for (size_t i = 0; i < run->pools.count && status == SHIRE_OK; i++) {
        const cost_pool *pool = &run->pools.items[i];
        shire_money total = pool->own_cost + pool->received_cost;
        int32_t group = cost_groups_find(&run->model.resource_groups, pool->organisation,
                                         shire_span_of(pool->name));
        if (group >= 0 && pool->support_group < 0) { /* one that gives has nothing left */
            used[group] = true;
        }
        if (total == 0 || pool->support_group >= 0) {
            continue;
        }
        if (pool->mapped_as_support) {
            cost_rows_add(&run->unallocated, pool->organisation, "support", pool->name,
                          "support pool without a support rule", total);
            cost_warning(&run->problems, "support_pool_without_rule", pool->support_place, "pool",
                         1, "add a row to costing/support_rule",
                         "the support pool '%s' has no support rule, so its cost is unallocated",
                         pool->name);
        } else if (group >= 0) {
            status = split_pool(run, (int32_t)i, group, total, &rows, error);
        } else {
            status = add_resource(run, (int32_t)i, pool->name, total, &rows, error);
        }
    }
    if (status == SHIRE_OK) {
        status = cost_problems_check(&run->problems, error);
    }
    if (status == SHIRE_OK) {
        warn_of_unused_resources(run, used);
        status = cost_rows_write(&rows, run->table, error);
    }
    return status;
}

/* ---- activity lines ---- */

int32_t cost_weighing_make(cost_run *run, int32_t organisation, const cost_activity_row *row) {
    const char *condition = row->condition == NULL ? "" : row->condition;
    char *key = shire_arena_format(run->arena, "%s\x1F%s\x1F%s", row->feed, condition, row->basis);
    int32_t number =
        key == NULL ? -1 : cost_names_add(&run->weighing_keys, organisation, shire_span_of(key));
    if (number < 0 || (size_t)number < run->weighings.count) {
        return number;
    }
    cost_weighing weighing = {.organisation = organisation,
                              .feed = row->feed,
                              .condition = row->condition,
                              .basis = row->basis,
                              .place = row->place};
    return COST_PUSH(run->arena, &run->weighings, weighing) ? number : -1;
}

static int compare_numbers(const void *a_pointer, const void *b_pointer) {
    int32_t a = *(const int32_t *)a_pointer;
    int32_t b = *(const int32_t *)b_pointer;
    return a < b ? -1 : a > b;
}

/* The line of an activity and a set of weighings, made if need be. */
static int32_t make_line(cost_run *run, int32_t organisation, int32_t segment, const char *activity,
                         int32_t *weighings, size_t count) {
    shire_builder key = {0};
    size_t kept = 0;
    qsort(weighings, count, sizeof(*weighings), compare_numbers);
    shire_builder_append_format(&key, "%d\x1F%s", segment, activity);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || weighings[i] != weighings[i - 1]) {
            weighings[kept++] = weighings[i];
            shire_builder_append_format(&key, "\x1F%d", weighings[i]);
        }
    }
    int32_t number = key.failed ? -1
                                : cost_names_add(&run->line_keys, organisation,
                                                 (shire_span){key.bytes, key.length});
    shire_builder_free(&key);
    if (number < 0 || (size_t)number < run->lines.count) {
        return number;
    }
    cost_line line = {.organisation = organisation,
                      .segment = segment,
                      .activity = activity,
                      .first_weighing = run->line_weighings.count,
                      .weighing_count = kept};
    for (size_t i = 0; i < kept; i++) {
        if (!COST_PUSH(run->arena, &run->line_weighings, weighings[i])) {
            return -1;
        }
    }
    return COST_PUSH(run->arena, &run->lines, line) ? number : -1;
}

/* One activity of a resource: all rows of the group that name it. */
static bool add_activity(cost_run *run, int32_t resource, int32_t first_row) {
    const cost_groups *groups = &run->model.activity_groups;
    const cost_activity_row *first = &run->model.activities.items[first_row];
    int32_t organisation = run->resources.items[resource].organisation;
    COST_LIST(int32_t) weighings = {0};
    for (int32_t row = first_row; row >= 0; row = groups->next_rows.items[row]) {
        const cost_activity_row *rule = &run->model.activities.items[row];
        if (strcmp(rule->activity, first->activity) != 0 || rule->feed == NULL) {
            continue;
        }
        int32_t weighing = cost_weighing_make(run, organisation, rule);
        if (weighing < 0 || !COST_PUSH(run->arena, &weighings, weighing)) {
            return false;
        }
    }
    int32_t none = 0;
    cost_resource_line link = {.resource = resource, .share = first->share};
    link.line =
        make_line(run, organisation, run->resources.items[resource].segment, first->activity,
                  weighings.count == 0 ? &none : weighings.items, weighings.count);
    return link.line >= 0 && COST_PUSH(run->arena, &run->resource_lines, link);
}

static bool add_activities(cost_run *run, int32_t resource, int32_t group) {
    const cost_groups *groups = &run->model.activity_groups;
    const cost_activity_row *rows = run->model.activities.items;
    int32_t first = groups->first_rows.items[group];
    for (int32_t row = first; row >= 0; row = groups->next_rows.items[row]) {
        int32_t same = first;
        while (strcmp(rows[same].activity, rows[row].activity) != 0) {
            same = groups->next_rows.items[same];
        }
        if (same == row && !add_activity(run, resource, row)) {
            return false;
        }
    }
    return true;
}

/* A resource without a rule: a rule's name may have been meant. */
static const char *remedy_for(const cost_run *run, const cost_resource *resource) {
    const cost_groups *groups = &run->model.activity_groups;
    const char **names = shire_arena_alloc_array(run->arena, groups->names.count, sizeof(*names));
    size_t count = 0;
    for (size_t i = 0; names != NULL && i < groups->names.count; i++) {
        if (cost_applies(groups->names.items[i].scope, resource->organisation)) {
            names[count++] = groups->names.items[i].text.bytes;
        }
    }
    const char *nearest = names == NULL ? NULL : shire_text_nearest(resource->name, names, count);
    const char *remedy = nearest == NULL
                             ? NULL
                             : shire_arena_format(run->arena,
                                                  "add a row to costing/activity_rule, or did you "
                                                  "mean '%s'?",
                                                  nearest);
    return remedy == NULL ? "add a row to costing/activity_rule" : remedy;
}

shire_status cost_lines_make(cost_run *run, shire_error *error) {
    const cost_groups *groups = &run->model.activity_groups;
    bool *used = shire_arena_alloc(run->arena, groups->names.count);
    if (used == NULL) {
        return COST_NO_MEMORY(error);
    }
    for (size_t i = 0; i < run->resources.count; i++) {
        const cost_resource *resource = &run->resources.items[i];
        int32_t group =
            cost_groups_find(groups, resource->organisation, shire_span_of(resource->name));
        if (group >= 0) {
            used[group] = true;
        }
        if (resource->amount == 0) {
            continue;
        }
        if (group < 0) {
            cost_leave(run, resource->segment, resource->organisation, "resource", resource->name,
                       "no activity rule", resource->amount);
        }
        if (group < 0 && resource->segment == COST_SEGMENT_PATIENT) {
            cost_warning(&run->problems, "resource_without_rule", resource->place, "resource", 1,
                         remedy_for(run, resource),
                         "%s: the resource '%s' has no activity rule, so its cost is unallocated",
                         cost_organisation_code(run, resource->organisation), resource->name);
        } else if (group >= 0 && !add_activities(run, (int32_t)i, group)) {
            return COST_NO_MEMORY(error);
        }
    }
    for (size_t group = 0; group < groups->names.count; group++) {
        const cost_activity_row *row =
            &run->model.activities.items[groups->first_rows.items[group]];
        if (!used[group]) {
            cost_warning(&run->problems, "activity_rule_unused", row->place, "resource", 1,
                         "correct the name, or remove the row", "no pool makes a resource '%s'",
                         row->resource);
        }
    }
    return SHIRE_OK;
}

/* The activity lines of one resource, whatever it costs. */
static bool complete_resource(cost_run *run, const cost_pool *pool, const char *name) {
    int32_t number = make_resource(run, pool->organisation, name);
    int32_t group =
        cost_groups_find(&run->model.activity_groups, pool->organisation, shire_span_of(name));
    if (number >= 0 && !run->resources.items[number].has_pool) {
        run->resources.items[number].has_pool = true;
        run->resources.items[number].segment = pool->segment;
    }
    return number >= 0 && (group < 0 || add_activities(run, number, group));
}

shire_status cost_weighings_complete(cost_run *run, shire_error *error) {
    const cost_groups *groups = &run->model.resource_groups;
    size_t known = run->weighings.count;
    bool good = true;
    for (size_t i = 0; i < run->pools.count && good; i++) {
        const cost_pool *pool = &run->pools.items[i];
        if (pool->support_group >= 0 || pool->mapped_as_support) {
            continue;
        }
        int32_t group = cost_groups_find(groups, pool->organisation, shire_span_of(pool->name));
        int32_t row = group < 0 ? -1 : groups->first_rows.items[group];
        good = group >= 0 || complete_resource(run, pool, pool->name);
        for (; row >= 0 && good; row = groups->next_rows.items[row]) {
            good = complete_resource(run, pool, run->model.resources.items[row].resource);
        }
    }
    bool *chosen = shire_arena_alloc(run->arena, run->weighings.count);
    if (!good || chosen == NULL) {
        return COST_NO_MEMORY(error);
    }
    memset(chosen + known, true, run->weighings.count - known);
    return cost_weighings_try(run, chosen, error);
}

/* ---- the lines' totals ---- */

/* Shares fixed by the model; what they leave is unallocated. */
static shire_status fund_by_share(cost_run *run, const cost_resource *resource,
                                  cost_resource_line *links, size_t count, shire_error *error) {
    int64_t *shares = shire_arena_alloc_array(run->arena, count + 1, sizeof(*shares));
    shire_money *parts = shire_arena_alloc_array(run->arena, count + 1, sizeof(*parts));
    if (shares == NULL || parts == NULL) {
        return COST_NO_MEMORY(error);
    }
    shares[count] = SHIRE_MILLION;
    for (size_t i = 0; i < count; i++) {
        shares[i] = links[i].share;
        shares[count] -= links[i].share;
    }
    shire_status status = shire_money_split(resource->amount, shares, count + 1, parts, error);
    for (size_t i = 0; i < count && status == SHIRE_OK; i++) {
        links[i].amount = parts[i];
    }
    if (status == SHIRE_OK && parts[count] != 0) {
        cost_leave(run, resource->segment, resource->organisation, "resource", resource->name,
                   "the activities' shares sum to less than 1", parts[count]);
        cost_warning(&run->problems, "shares_below_1", (cost_place){0}, "share", 1,
                     "complete the shares in costing/activity_rule",
                     "%s: the activities' shares of the resource '%s' sum to less than 1, so a "
                     "part is unallocated",
                     cost_organisation_code(run, resource->organisation), resource->name);
    }
    return status;
}

/* No items, of which a warning of each rule tells, or weights of both signs that cancel. */
static void leave_unweighed(cost_run *run, const cost_resource *resource,
                            const cost_resource_line *links, size_t count) {
    const cost_weighing *weighed = NULL;
    for (size_t i = 0; i < count && weighed == NULL; i++) {
        const cost_line *line = &run->lines.items[links[i].line];
        for (size_t k = 0; k < line->weighing_count && weighed == NULL; k++) {
            int32_t number = run->line_weighings.items[line->first_weighing + k];
            const cost_weighing *weighing = &run->weighings.items[number];
            weighed = weighing->item_count > 0 ? weighing : NULL;
        }
    }
    cost_leave(run, resource->segment, resource->organisation, "resource", resource->name,
               weighed == NULL ? "no item of its activities has a weight"
                               : "the weights of its activities' items sum to zero",
               resource->amount);
    if (weighed != NULL) {
        cost_warning(&run->problems, "weights_cancel", weighed->place, "basis", 1,
                     "change the basis so that its weights do not sum to zero",
                     "%s: the positive and negative weights of the resource '%s' sum to zero, so "
                     "its cost is unallocated",
                     cost_organisation_code(run, resource->organisation), resource->name);
    }
}

/* In proportion to the weight of each activity's items. */
static shire_status fund_by_weight(cost_run *run, const cost_resource *resource,
                                   cost_resource_line *links, size_t count, shire_error *error) {
    int64_t *weights = shire_arena_alloc_array(run->arena, count, sizeof(*weights));
    shire_money *parts = shire_arena_alloc_array(run->arena, count, sizeof(*parts));
    int64_t sum = 0;
    if (weights == NULL || parts == NULL) {
        return COST_NO_MEMORY(error);
    }
    for (size_t i = 0; i < count; i++) {
        weights[i] = run->lines.items[links[i].line].weight_total;
        if (__builtin_add_overflow(sum, weights[i], &sum)) {
            return SHIRE_FAIL(error, SHIRE_OVERFLOW,
                              "the weights of the resource '%s' are too large; state the bases in "
                              "larger units",
                              resource->name);
        }
    }
    if (sum == 0) {
        leave_unweighed(run, resource, links, count);
        return SHIRE_OK;
    }
    shire_status status = shire_money_split(resource->amount, weights, count, parts, error);
    for (size_t i = 0; i < count && status == SHIRE_OK; i++) {
        links[i].amount = parts[i];
    }
    return status;
}

shire_status cost_lines_fund(cost_run *run, shire_error *error) {
    cost_rows rows = cost_rows_for(run->arena, "resource_activity", "iid");
    shire_status status = SHIRE_OK;
    for (size_t first = 0, last; first < run->resource_lines.count && status == SHIRE_OK;
         first = last) {
        cost_resource_line *links = &run->resource_lines.items[first];
        const cost_resource *resource = &run->resources.items[links->resource];
        for (last = first; last < run->resource_lines.count &&
                           run->resource_lines.items[last].resource == links->resource;
             last++) {
        }
        status = links->share == COST_NO_SHARE
                     ? fund_by_weight(run, resource, links, last - first, error)
                     : fund_by_share(run, resource, links, last - first, error);
        for (size_t i = 0; i < last - first && status == SHIRE_OK; i++) {
            cost_line *line = &run->lines.items[links[i].line];
            if (!cost_money_add(&line->amount, links[i].amount)) {
                status =
                    SHIRE_FAIL(error, SHIRE_OVERFLOW,
                               "%s: the activity '%s' comes to more than 999,999,999,999 "
                               "pounds, the most that is reckoned with; correct what its "
                               "resources hold",
                               cost_organisation_code(run, line->organisation), line->activity);
            }
            if (links[i].amount != 0) {
                cost_rows_add(&rows, links[i].resource, links[i].line, links[i].amount);
            }
        }
    }
    return status == SHIRE_OK ? cost_rows_write(&rows, run->table, error) : status;
}
