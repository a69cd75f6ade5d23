/*
 * Forward through the tables of a run: an amount for each pool becomes one for each pool after
 * support, resource, activity and event, each step one pass over the flows of the run in the order
 * of their sources. Kinds of care and people are sums of events.
 */
#include "cost/explain_forward_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- rows and levels ---- */

/* Larger amounts first, whatever their sign; then the order of the run. */
static int compare_rows(const void *a_pointer, const void *b_pointer) {
    const shire_explain_row *a = *(const shire_explain_row *const *)a_pointer;
    const shire_explain_row *b = *(const shire_explain_row *const *)b_pointer;
    uint64_t x = a->amount < 0 ? 0 - (uint64_t)a->amount : (uint64_t)a->amount;
    uint64_t y = b->amount < 0 ? 0 - (uint64_t)b->amount : (uint64_t)b->amount;
    if (x != y) {
        return x > y ? -1 : 1;
    }
    return (a > b) - (a < b);
}

shire_status forward_close_level(forward_state *s, const char *name, const shire_explain_row *rows,
                                 size_t count, bool with_zeros, shire_error *error) {
    shire_explain_level level = {.name = name};
    size_t filled = 0;
    const shire_explain_row **order = shire_arena_alloc_array(s->arena, count, sizeof(*order));
    shire_explain_row *sorted = shire_arena_alloc_array(s->arena, count, sizeof(*sorted));
    if (order == NULL || sorted == NULL) {
        return COST_NO_MEMORY(error);
    }
    for (size_t i = 0; i < count; i++) {
        order[filled] = &rows[i];
        filled += with_zeros || rows[i].amount != 0;
    }
    if (filled > 0) {
        qsort(order, filled, sizeof(*order), compare_rows);
    }
    level.rows = sorted;
    level.row_count = s->row_limit == 0 || filled < s->row_limit ? filled : s->row_limit;
    for (size_t i = 0; i < filled; i++) {
        sorted[i] = *order[i];
        level.folded_amount += i < level.row_count ? 0 : sorted[i].amount;
    }
    level.folded_count = filled - level.row_count;
    s->out.levels[s->out.level_count++] = level;
    return SHIRE_OK;
}

bool forward_leave(forward_state *s, const char *kind, const char *organisation, const char *name,
                   const char *detail, shire_money amount) {
    shire_explain_row row = {.kind = kind,
                             .organisation = organisation,
                             .name = name,
                             .detail = detail,
                             .amount = amount};
    for (size_t i = 0; i < s->left.count; i++) {
        shire_explain_row *one = &s->left.items[i];
        if (strcmp(one->kind, kind) == 0 && strcmp(one->name, name) == 0 &&
            strcmp(one->detail, detail) == 0 &&
            strcmp(one->organisation == NULL ? "" : one->organisation,
                   organisation == NULL ? "" : organisation) == 0) {
            one->amount += amount;
            return true;
        }
    }
    return amount == 0 || COST_PUSH(s->arena, &s->left, row);
}

/* A level of numbered things with an amount each, and what has left by now. */
static shire_status add_level(forward_state *s, const char *name, const char *kind,
                              const shire_frame *names, const shire_money *amounts,
                              shire_error *error) {
    shire_explain_row *rows =
        shire_arena_alloc_array(s->arena, names->row_count + s->left.count, sizeof(*rows));
    size_t count = 0;
    if (rows == NULL) {
        return COST_NO_MEMORY(error);
    }
    for (size_t i = 0; i < names->row_count; i++) {
        if (amounts[i] != 0) {
            rows[count++] = (shire_explain_row){
                .kind = kind,
                .organisation = s->organisations[names->columns[0].int32[i]],
                .name = forward_text(s, &names->columns[1], i),
                .detail = names->column_count > 2 ? forward_text(s, &names->columns[2], i) : NULL,
                .amount = amounts[i]};
        }
    }
    for (size_t i = 0; i < s->left.count; i++) {
        rows[count++] = s->left.items[i];
    }
    return forward_close_level(s, name, rows, count, false, error);
}

const char *forward_text(forward_state *s, const shire_column *column, size_t row) {
    shire_span text = shire_column_text(column, row);
    return text.length == 0 ? NULL : shire_arena_copy_text(s->arena, text.bytes, text.length);
}

/* ---- loading ---- */

shire_status forward_load_names(forward_state *s, shire_error *error) {
    shire_frame frame;
    const struct {
        const char *sql;
        shire_frame *frame;
    } queries[] = {
        {"SELECT code FROM organisation ORDER BY organisation_no", &frame},
        {"SELECT organisation_no, pool, treatment, own_cost, total_cost FROM cost_pool ORDER BY "
         "pool_no",
         &s->pools},
        {"SELECT organisation_no, resource, amount FROM resource_cost ORDER BY resource_no",
         &s->resources},
        {"SELECT organisation_no, activity, driver, amount FROM activity_cost ORDER BY activity_no",
         &s->activities},
    };
    for (size_t i = 0; i < sizeof(queries) / sizeof(*queries); i++) {
        shire_status status =
            shire_table_query(s->table, queries[i].sql, s->arena, queries[i].frame, error);
        if (status != SHIRE_OK) {
            return status;
        }
    }
    s->organisations =
        shire_arena_alloc_array(s->arena, frame.row_count, sizeof(*s->organisations));
    s->pool_amounts = shire_arena_alloc_array(s->arena, s->pools.row_count, sizeof(shire_money));
    for (size_t row = 0; s->organisations != NULL && row < frame.row_count; row++) {
        s->organisations[row] = forward_text(s, &frame.columns[0], row);
    }
    return s->organisations == NULL || s->pool_amounts == NULL ? COST_NO_MEMORY(error) : SHIRE_OK;
}

/* ---- one step ---- */

/* Flows of the run from sources to targets: source, target (negative: to no target), amount. */
typedef struct step {
    const char *sql;
    const shire_money *sources; /* what goes on */
    size_t source_count;
    shire_money *targets; /* where it comes to */
    const shire_frame *names;
    const char *nowhere; /* why an amount to no target leaves */
    const char *cancels; /* why it leaves where there are no flows */
} step;

/* The flows [first, last) of one source. */
static shire_status pass_on(forward_state *s, const step *one, const shire_frame *flows,
                            size_t first, size_t last, shire_error *error) {
    size_t source = (size_t)flows->columns[0].int64[first];
    shire_money amount = one->sources[source];
    const shire_money *weights = flows->columns[2].decimal6 + first;
    shire_money *parts = shire_arena_alloc_array(s->arena, last - first, sizeof(*parts));
    const char *organisation = s->organisations[one->names->columns[0].int32[source]];
    const char *name = forward_text(s, &one->names->columns[1], source);
    if (parts == NULL) {
        return COST_NO_MEMORY(error);
    }
    if (amount == 0) {
        return SHIRE_OK;
    }
    shire_status status = shire_money_split(amount, weights, last - first, parts, NULL);
    if (status == SHIRE_INVALID) {
        return forward_leave(s, "unallocated", organisation, name, one->cancels, amount)
                   ? SHIRE_OK
                   : COST_NO_MEMORY(error);
    }
    for (size_t i = first; i < last && status == SHIRE_OK; i++) {
        int64_t target = flows->columns[1].int64[i];
        if (target >= 0) {
            one->targets[target] += parts[i - first];
        } else if (!forward_leave(s, "unallocated", organisation, name, one->nowhere,
                                  parts[i - first])) {
            return COST_NO_MEMORY(error);
        }
    }
    return status == SHIRE_OK
               ? SHIRE_OK
               : SHIRE_FAIL(error, status, "the parts of '%s' cannot be followed", name);
}

static shire_status take_step(forward_state *s, const step *one, shire_error *error) {
    shire_frame flows;
    shire_status status = shire_table_query(s->table, one->sql, s->arena, &flows, error);
    uint8_t *passed = shire_arena_alloc(s->arena, one->source_count);
    if (status == SHIRE_OK && passed == NULL) {
        status = COST_NO_MEMORY(error);
    }
    for (size_t first = 0, last; status == SHIRE_OK && first < flows.row_count; first = last) {
        int64_t source = flows.columns[0].int64[first];
        for (last = first + 1; last < flows.row_count && flows.columns[0].int64[last] == source;
             last++) {
        }
        passed[source] = 1;
        status = pass_on(s, one, &flows, first, last, error);
    }
    for (size_t i = 0; status == SHIRE_OK && i < one->source_count; i++) {
        if (passed[i] == 0 && one->sources[i] != 0 &&
            !forward_leave(s, "unallocated", s->organisations[one->names->columns[0].int32[i]],
                           forward_text(s, &one->names->columns[1], i), one->cancels,
                           one->sources[i])) {
            status = COST_NO_MEMORY(error);
        }
    }
    return status;
}

/* ---- events, kinds of care and people ---- */

/* The amounts by event, as a table for the engine: the names are asked for there. */
static shire_status keep_reached(forward_state *s, const shire_money *events, size_t event_count,
                                 shire_error *error) {
    int64_t *numbers = shire_arena_alloc_array(s->arena, event_count, sizeof(*numbers));
    shire_money *amounts = shire_arena_alloc_array(s->arena, event_count, sizeof(*amounts));
    size_t count = 0;
    if (numbers == NULL || amounts == NULL) {
        return COST_NO_MEMORY(error);
    }
    for (size_t i = 0; i < event_count; i++) {
        if (events[i] != 0) {
            numbers[count] = (int64_t)i;
            amounts[count++] = events[i];
        }
    }
    shire_column columns[] = {{.name = "event_no", .type = SHIRE_TYPE_INT64, .int64 = numbers},
                              {.name = "amount", .type = SHIRE_TYPE_DECIMAL6, .decimal6 = amounts}};
    const shire_frame frame = {.row_count = count, .column_count = 2, .columns = columns};
    shire_status status = shire_table_execute(s->table,
                                              "CREATE OR REPLACE TEMP TABLE explain_reached "
                                              "(event_no BIGINT, amount DECIMAL(18,6))",
                                              error);
    return status == SHIRE_OK ? shire_table_append(s->table, "temp.explain_reached", &frame, error)
                              : status;
}

/* One of the last levels: organisation code, name, detail, amount, largest first. */
static shire_status add_reached(forward_state *s, const char *level_name, const char *kind,
                                const char *sql, shire_error *error) {
    shire_frame frame;
    shire_status status = shire_table_query(s->table, sql, s->arena, &frame, error);
    if (status != SHIRE_OK) {
        return status;
    }
    shire_explain_row *rows =
        shire_arena_alloc_array(s->arena, frame.row_count + s->left.count, sizeof(*rows));
    if (rows == NULL) {
        return COST_NO_MEMORY(error);
    }
    for (size_t i = 0; i < frame.row_count; i++) {
        rows[i] = (shire_explain_row){.kind = kind,
                                      .organisation = forward_text(s, &frame.columns[0], i),
                                      .name = forward_text(s, &frame.columns[1], i),
                                      .detail = forward_text(s, &frame.columns[2], i),
                                      .amount = frame.columns[3].decimal6[i]};
    }
    for (size_t i = 0; i < s->left.count; i++) {
        rows[frame.row_count + i] = s->left.items[i];
    }
    return forward_close_level(s, level_name, rows, frame.row_count + s->left.count, false, error);
}

static shire_status add_last_levels(forward_state *s, shire_error *error) {
    shire_status status = add_reached(
        s, "kinds_of_care", "kind_of_care",
        "SELECT NULL::VARCHAR, coalesce(nullif(setting, ''), 'not stated') AS kind, count(*) || "
        "CASE count(*) WHEN 1 THEN ' event' ELSE ' events' END, sum(amount)::DECIMAL(18,6) FROM "
        "explain_reached JOIN event USING (event_no) GROUP BY kind ORDER BY 4 DESC, kind",
        error);
    if (status == SHIRE_OK) {
        status = add_reached(
            s, "events", "event",
            "SELECT code, event_id, concat_ws(', ', dataset, start::DATE::VARCHAR), amount FROM "
            "explain_reached JOIN (SELECT event_no, event_id, dataset, start, organisation_no FROM "
            "event) USING (event_no) JOIN organisation USING (organisation_no) ORDER BY event_no",
            error);
    }
    if (status == SHIRE_OK) {
        status = add_reached(
            s, "people", "person",
            "SELECT NULL::VARCHAR, coalesce(person_id, 'nobody: the event names no person'), "
            "NULL::VARCHAR, sum(amount)::DECIMAL(18,6) FROM explain_reached JOIN event USING "
            "(event_no) LEFT JOIN person_link USING (record_no) LEFT JOIN person USING (person_no) "
            "GROUP BY person_id ORDER BY person_id",
            error);
    }
    return status;
}

static bool any_amount(const shire_money *amounts, size_t count) {
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        any |= amounts[i] != 0;
    }
    return any;
}

/* Activities to events: the items' amounts by activity and event are what goes on. */
static shire_status reach_events(forward_state *s, const shire_money *amounts, shire_error *error) {
    shire_builder sql = {0};
    int64_t event_count = 0;
    shire_builder_append_text(
        &sql, "SELECT a.activity_no::BIGINT, coalesce(event_no, -1)::BIGINT, "
              "sum(a.amount)::DECIMAL(18,6) FROM (FROM item_cost UNION ALL FROM item_income UNION "
              "ALL FROM item_apart) AS a LEFT JOIN item_event USING (item_no) WHERE activity_no "
              "IN (-1");
    for (size_t i = 0; i < s->activities.row_count; i++) {
        if (amounts[i] != 0) {
            shire_builder_append_format(&sql, ", %zu", i);
        }
    }
    shire_builder_append_text(&sql, ") GROUP BY ALL ORDER BY 1, 2");
    shire_status status = shire_table_query_int64(
        s->table, "SELECT coalesce(max(event_no), -1) + 1 FROM event", &event_count, error);
    shire_money *events = shire_arena_alloc_array(s->arena, (size_t)event_count, sizeof(*events));
    if (status == SHIRE_OK && (events == NULL || sql.failed)) {
        status = COST_NO_MEMORY(error);
    }
    if (status == SHIRE_OK && any_amount(amounts, s->activities.row_count)) {
        const step one = {.sql = sql.bytes,
                          .sources = amounts,
                          .source_count = s->activities.row_count,
                          .targets = events,
                          .names = &s->activities,
                          .nowhere = "items without an event",
                          .cancels = "no item has a weight"};
        status = take_step(s, &one, error);
    }
    shire_builder_free(&sql);
    if (status == SHIRE_OK) {
        status = keep_reached(s, events, (size_t)event_count, error);
    }
    return status == SHIRE_OK ? add_last_levels(s, error) : status;
}

shire_status forward_from_pools(forward_state *s, shire_error *error) {
    size_t pools = s->pools.row_count;
    shire_money *kept = shire_arena_alloc_array(s->arena, pools, sizeof(*kept));
    shire_money *resources =
        shire_arena_alloc_array(s->arena, s->resources.row_count, sizeof(*resources));
    shire_money *activities =
        shire_arena_alloc_array(s->arena, s->activities.row_count, sizeof(*activities));
    if (kept == NULL || resources == NULL || activities == NULL) {
        return COST_NO_MEMORY(error);
    }
    /* A pool that gives nothing keeps what it has. */
    const step steps[] = {
        {.sql = "SELECT from_pool_no::BIGINT, to_pool_no::BIGINT, amount FROM support_flow UNION "
                "ALL SELECT pool_no, pool_no, 1 FROM cost_pool WHERE pool_no NOT IN (SELECT "
                "from_pool_no FROM support_flow) ORDER BY 1, 2",
         .sources = s->pool_amounts,
         .source_count = pools,
         .targets = kept,
         .names = &s->pools,
         .cancels = "credits cancel in this pool"},
        {.sql = "SELECT pool_no::BIGINT, resource_no::BIGINT, amount FROM pool_resource ORDER BY "
                "1, 2",
         .sources = kept,
         .source_count = pools,
         .targets = resources,
         .names = &s->pools,
         .cancels = "the pool's cost does not go on: credits cancel, or it has no support rule"},
        {.sql = "SELECT resource_no::BIGINT, coalesce(activity_no, -1)::BIGINT, amount FROM (FROM "
                "resource_activity UNION ALL SELECT resource_no, NULL, (r.amount - "
                "coalesce((SELECT sum(f.amount) FROM resource_activity AS f WHERE f.resource_no = "
                "r.resource_no), 0))::DECIMAL(18,6) FROM resource_cost AS r) WHERE amount <> 0 "
                "ORDER BY 1, activity_no NULLS LAST",
         .sources = resources,
         .source_count = s->resources.row_count,
         .targets = activities,
         .names = &s->resources,
         .nowhere = "no activity takes this part of the resource",
         .cancels = "credits cancel in this resource"},
    };
    static const char *const level_names[] = {"pools_after_support", "resources", "activities"};
    static const char *const kinds[] = {"pool", "resource", "activity"};
    shire_frame names[] = {s->pools, s->resources, s->activities};
    names[0].column_count = 3;
    names[1].column_count = 2;
    names[2].column_count = 3;
    shire_status status = SHIRE_OK;
    for (size_t i = 0; i < 3 && status == SHIRE_OK; i++) {
        status = take_step(s, &steps[i], error);
        if (status == SHIRE_OK) {
            status = add_level(s, level_names[i], kinds[i], &names[i], steps[i].targets, error);
        }
    }
    return status == SHIRE_OK ? reach_events(s, activities, error) : status;
}

shire_status forward_add_pools(forward_state *s, shire_error *error) {
    shire_frame names = s->pools;
    names.column_count = 3;
    return add_level(s, "pools", "pool", &names, s->pool_amounts, error);
}
