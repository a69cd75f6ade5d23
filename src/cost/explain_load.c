/*
 * What explaining backwards reads: the small tables of the chain whole (pools, resources,
 * activities and what flows between them), and the items of the events in question.
 */
#include "cost/explain_internal.h"

/* A SELECT of target (0 .. target_count - 1), source, amount, ordered by target. */
static shire_status load_flows(explainer *e, const char *sql, size_t target_count,
                               flow_table *flows, shire_error *error) {
    shire_frame frame;
    shire_status status = shire_table_query(e->table, sql, e->arena, &frame, error);
    if (status != SHIRE_OK) {
        return status;
    }
    flows->target_count = target_count;
    flows->starts = shire_arena_alloc_array(e->arena, target_count + 1, sizeof(*flows->starts));
    if (flows->starts == NULL) {
        return EXPLAIN_NO_MEMORY(error);
    }
    for (size_t row = 0; row < frame.row_count; row++) {
        flows->starts[frame.columns[0].int64[row] + 1]++;
    }
    for (size_t target = 0; target < target_count; target++) {
        flows->starts[target + 1] += flows->starts[target];
    }
    flows->sources = frame.columns[1].int64;
    flows->amounts = frame.columns[2].decimal6;
    return SHIRE_OK;
}

static shire_status load_names(explainer *e, shire_error *error) {
    shire_frame frame;
    shire_status status =
        shire_table_query(e->table, "SELECT code FROM organisation ORDER BY organisation_no",
                          e->arena, &frame, error);
    if (status != SHIRE_OK) {
        return status;
    }
    e->organisations =
        shire_arena_alloc_array(e->arena, frame.row_count, sizeof(*e->organisations));
    for (size_t row = 0; row < frame.row_count && e->organisations != NULL; row++) {
        shire_span code = shire_column_text(&frame.columns[0], row);
        e->organisations[row] = shire_arena_copy_text(e->arena, code.bytes, code.length);
    }
    if (e->organisations == NULL) {
        return EXPLAIN_NO_MEMORY(error);
    }
    status = shire_table_query(e->table,
                               "SELECT organisation_no, pool, own_cost FROM cost_pool "
                               "ORDER BY pool_no",
                               e->arena, &e->pools, error);
    if (status == SHIRE_OK) {
        status = shire_table_query(e->table,
                                   "SELECT organisation_no, resource FROM resource_cost "
                                   "ORDER BY resource_no",
                                   e->arena, &e->resources, error);
    }
    if (status == SHIRE_OK) {
        status = shire_table_query(e->table,
                                   "SELECT organisation_no, activity, driver FROM activity_cost "
                                   "ORDER BY activity_no",
                                   e->arena, &e->activities, error);
    }
    return status;
}

shire_status explain_load_chain(explainer *e, shire_error *error) {
    shire_status status = load_names(e, error);
    if (status == SHIRE_OK) {
        status = load_flows(e,
                            "SELECT activity_no::BIGINT, resource_no::BIGINT, amount FROM "
                            "resource_activity ORDER BY 1, 2",
                            e->activities.row_count, &e->activity_resources, error);
    }
    if (status == SHIRE_OK) {
        status = load_flows(e,
                            "SELECT resource_no::BIGINT, pool_no::BIGINT, amount FROM "
                            "pool_resource ORDER BY 1, 2",
                            e->resources.row_count, &e->resource_pools, error);
    }
    if (status == SHIRE_OK) {
        status = load_flows(e,
                            "SELECT to_pool_no::BIGINT, from_pool_no::BIGINT, amount FROM "
                            "support_flow ORDER BY 1, 2",
                            e->pools.row_count, &e->pool_supports, error);
    }
    if (status == SHIRE_OK) {
        status = load_flows(e,
                            "SELECT pool_no::BIGINT, coalesce(line_no, -1), amount FROM pool_line "
                            "ORDER BY 1, 2",
                            e->pools.row_count, &e->pool_lines, error);
    }
    return status;
}

/* Where a book's amounts stand. What patient care cost at an event of another segment stands in
 * item_cost, and is of that segment's book. */
static const struct {
    const char *events; /* event_no, amount */
    const char *items;  /* item_no, activity_no, amount, and whether the event must be apart */
} books[SHIRE_EXPLAIN_BOOK_COUNT] = {
    [SHIRE_EXPLAIN_CARE] = {"SELECT event_no, amount, NULL::VARCHAR AS segment FROM event_cost",
                            "SELECT *, false AS apart FROM item_cost"},
    [SHIRE_EXPLAIN_INCOME] = {"SELECT event_no, amount, NULL::VARCHAR AS segment FROM event_income",
                              "SELECT *, NULL::BOOLEAN AS apart FROM item_income"},
    [SHIRE_EXPLAIN_APART] = {"SELECT event_no, sum(amount)::DECIMAL(18,6) AS amount, "
                             "string_agg(segment, ', ' ORDER BY segment) AS segment FROM "
                             "event_apart GROUP BY event_no",
                             "SELECT *, NULL::BOOLEAN AS apart FROM item_apart UNION ALL SELECT *, "
                             "true AS apart FROM item_cost"},
};

shire_status explain_load_events(explainer *e, const char *condition, shire_explain_book book,
                                 shire_error *error) {
    char *events = shire_arena_format(
        e->arena,
        "SELECT event.event_no, organisation_no, event_id, dataset, start, "
        "coalesce(booked.amount, 0)::DECIMAL(18,6) AS amount, coalesce(nullif(setting, ''), "
        "'not stated'), booked.segment FROM event LEFT JOIN (%s) AS booked "
        "USING (event_no) WHERE %s ORDER BY start, event.event_no",
        books[book].events, condition);
    char *activities = shire_arena_format(
        e->arena,
        "WITH chosen AS (SELECT event_no, row_number() OVER (ORDER BY start, event_no) - 1 AS "
        "place, event_no IN (SELECT event_no FROM event_segment) AS is_apart "
        "FROM event WHERE %s), chosen_item AS (SELECT item_no, place, is_apart FROM item_event "
        "JOIN chosen USING (event_no)) SELECT place::BIGINT, activity_no::BIGINT, "
        "sum(amount)::DECIMAL(18,6) FROM (%s) AS booked JOIN chosen_item USING (item_no) WHERE "
        "coalesce(apart = is_apart, true) GROUP BY ALL ORDER BY ALL",
        condition, books[book].items);
    if (events == NULL || activities == NULL) {
        return EXPLAIN_NO_MEMORY(error);
    }
    shire_status status = shire_table_query(e->table, events, e->arena, &e->events, error);
    return status == SHIRE_OK
               ? load_flows(e, activities, e->events.row_count, &e->event_activities, error)
               : status;
}

/* ---- the warehouse ---- */

shire_status explain_check_warehouse(shire_table *warehouse, shire_arena *arena,
                                     shire_error *error) {
    static const char *const needed[] = {
        "activity_cost.driver",  "activity_cost.segment",   "cost_ledger.segment",
        "cost_pool.segment",     "event_apart.segment",     "event_income.amount",
        "event_segment.segment", "item_apart.amount",       "item_income.amount",
        "kept_apart.segment",    "ledger_line.source_line", "pool_line.amount",
        "pool_transfer.reason",  "resource_cost.segment",   "support_flow.amount"};
    const size_t count = sizeof(needed) / sizeof(*needed);
    shire_builder sql = {0};
    shire_frame frame;
    shire_builder_append_text(&sql, "SELECT count(DISTINCT name) FROM (SELECT table_name || '.' || "
                                    "column_name AS name FROM duckdb_columns()) WHERE name IN (");
    for (size_t i = 0; i < count; i++) {
        shire_builder_append_text(&sql, i > 0 ? ", " : "");
        shire_builder_append_sql_literal(&sql, shire_span_of(needed[i]));
    }
    shire_builder_append_text(&sql, ")");
    shire_status status = sql.failed
                              ? EXPLAIN_NO_MEMORY(error)
                              : shire_table_query(warehouse, sql.bytes, arena, &frame, error);
    shire_builder_free(&sql);
    if (status == SHIRE_OK && frame.columns[0].int64[0] != (int64_t)count) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "the last run was made by an older version of shire, which did not keep "
                          "all that an explanation needs; run `shire run` on the folder again");
    }
    return status;
}
