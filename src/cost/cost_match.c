/*
 * Items to events. An item that names an event goes to it: within its organisation, and where the
 * items have a column 'source' and it is filled, within that source; of several events the lowest
 * event_no. The others try the rules of match_rule in order: equal columns, the item's start inside
 * the event's window, nearest start first, then the lowest event_no.
 *
 * The engine joins; the best pair of an item is kept here, in arrays by item, so that the order in
 * which the join delivers does not matter.
 */
#include "cost/cost_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

typedef struct match_state {
    cost_run *run;
    int64_t *distances; /* item -> microseconds to the start of the event found by this rule */
    int32_t *rules;     /* item -> the rule that found its event */
    int32_t rule;       /* 0: the event_id */
} match_state;

/* Frame columns: item_no, event_no, distance. */
static shire_status keep_best(const shire_frame *frame, void *context, shire_error *error) {
    match_state *state = context;
    cost_run *run = state->run;
    (void)error;
    for (size_t row = 0; row < frame->row_count; row++) {
        size_t item = (size_t)frame->columns[0].int64[row];
        int32_t event = (int32_t)frame->columns[1].int64[row];
        int64_t distance = frame->columns[2].int64[row];
        bool open = run->item_events[item] < 0 || state->rules[item] == state->rule;
        bool better = run->item_events[item] < 0 || distance < state->distances[item] ||
                      (distance == state->distances[item] && event < run->item_events[item]);
        if (open && better) {
            run->item_events[item] = event;
            state->distances[item] = distance;
            state->rules[item] = state->rule;
        }
    }
    return SHIRE_OK;
}

static shire_status match_by_event_id(match_state *state, shire_error *error) {
    shire_table *table = state->run->table;
    int64_t has_source = 0;
    shire_status status = shire_table_query_int64(
        table,
        "SELECT count(*) FROM duckdb_columns() WHERE table_name = 'activity_item' AND "
        "column_name = 'source'",
        &has_source, error);
    if (status == SHIRE_OK && has_source > 0) {
        status = shire_table_scan(
            table,
            "SELECT i.item_no, e.event_no, 0::BIGINT FROM activity_item i JOIN event e USING "
            "(organisation_no, source, event_id)",
            keep_best, state, error);
    }
    if (status == SHIRE_OK) {
        status = shire_table_scan(
            table,
            has_source > 0
                ? "SELECT i.item_no, e.event_no, 0::BIGINT FROM activity_item i JOIN event e "
                  "USING (organisation_no, event_id) WHERE i.source IS NULL"
                : "SELECT i.item_no, e.event_no, 0::BIGINT FROM activity_item i JOIN event e "
                  "USING (organisation_no, event_id)",
            keep_best, state, error);
    }
    return status;
}

/* The items without event so far, as the table cost_unmatched. */
static shire_status list_unmatched(const cost_run *run, int64_t *count_out, shire_error *error) {
    shire_arena *arena = NULL;
    shire_status status = shire_arena_new("cost_unmatched", 0, &arena, error);
    if (status != SHIRE_OK) {
        return status;
    }
    size_t count = 0;
    int64_t *item_nos = shire_arena_alloc_array(arena, run->item_count, sizeof(*item_nos));
    if (item_nos == NULL) {
        status = COST_NO_MEMORY(error);
        goto done;
    }
    for (size_t item = 0; item < run->item_count; item++) {
        if (run->item_events[item] < 0) {
            item_nos[count++] = (int64_t)item;
        }
    }
    *count_out = (int64_t)count;
    status = shire_table_execute(
        run->table, "CREATE OR REPLACE TEMP TABLE cost_unmatched (item_no BIGINT)", error);
    if (status == SHIRE_OK) {
        shire_column column = {.name = "item_no", .type = SHIRE_TYPE_INT64, .int64 = item_nos};
        shire_frame frame = {.row_count = count, .column_count = 1, .columns = &column};
        status = shire_table_append(run->table, "cost_unmatched", &frame, error);
    }
done:
    shire_arena_free(arena);
    return status;
}

/* "local_id;code=specialty" as SQL: item.local_id = event.local_id AND item.code = ... */
static bool print_columns(const cost_match_row *rule, shire_builder *sql) {
    const char *next = rule->columns;
    size_t count = 0;
    while (*next != '\0') {
        size_t length = strcspn(next, ";,");
        shire_span pair = shire_span_trim((shire_span){next, length});
        const char *equals = memchr(pair.bytes, '=', pair.length);
        shire_span item = pair;
        shire_span event = pair;
        if (equals != NULL) {
            item.length = (size_t)(equals - pair.bytes);
            event = (shire_span){equals + 1, pair.length - item.length - 1};
        }
        if (pair.length > 0) {
            shire_builder_append_text(sql, " AND i.");
            shire_builder_append_sql_name(sql, shire_span_trim(item));
            shire_builder_append_text(sql, " = e.");
            shire_builder_append_sql_name(sql, shire_span_trim(event));
            count++;
        }
        next += length + (next[length] != '\0');
    }
    return count > 0;
}

/* True when an earlier rule may have found events for the same items. */
static bool is_repeated(const cost_run *run, size_t rule_index) {
    const cost_match_row *rules = run->model.matches.items;
    for (size_t i = 0; i < rule_index; i++) {
        bool same_organisation =
            cost_applies(rules[i].organisation, rules[rule_index].organisation) ||
            rules[rule_index].organisation == COST_EVERY_ORGANISATION;
        bool same_feed = strcmp(rules[i].feed, rules[rule_index].feed) == 0 ||
                         cost_has_pattern(rules[i].feed) ||
                         cost_has_pattern(rules[rule_index].feed);
        if (same_organisation && same_feed) {
            return true;
        }
    }
    return false;
}

/* The pairs that a rule allows, as a SELECT; false when the rule has no columns. Items that have
 * their event already may be among them: keep_best passes them over. */
static bool print_rule(const cost_run *run, const cost_match_row *rule, bool only_unmatched,
                       shire_builder *sql) {
    shire_builder_append_format(
        sql,
        "SELECT i.item_no, e.event_no, "
        "coalesce(abs(epoch_us(i.start) - epoch_us(e.start)), 0)::BIGINT "
        "FROM %sactivity_item i%s JOIN event e ON e.organisation_no = i.organisation_no",
        only_unmatched ? "cost_unmatched u JOIN " : "", only_unmatched ? " USING (item_no)" : "");
    if (!print_columns(rule, sql)) {
        return false;
    }
    shire_builder_append_text(sql, " JOIN cost_dataset d ON d.organisation_no = e.organisation_no "
                                   "AND d.dataset IS NOT DISTINCT FROM e.dataset WHERE i.");
    char *fits = cost_sql_fits(run->arena, "feed", rule->feed);
    shire_builder_append_text(sql, fits == NULL ? "" : fits);
    if (rule->organisation >= 0) {
        shire_builder_append_format(sql, " AND i.organisation_no = %d", rule->organisation);
    }
    if (rule->before_days >= 0) {
        shire_builder_append_format(
            sql,
            " AND i.start >= e.start - to_days(%" PRId64
            ") AND ((e.\"end\" IS NULL AND d.has_ends) "
            "OR i.start::DATE <= greatest(coalesce(e.\"end\", e.start), e.start)::DATE + %" PRId64
            ")",
            rule->before_days, rule->after_days);
    }
    return fits != NULL;
}

static shire_status match_by_rules(match_state *state, shire_error *error) {
    cost_run *run = state->run;
    shire_builder sql = {0};
    shire_status status = SHIRE_OK;
    for (size_t i = 0; i < run->model.matches.count && status == SHIRE_OK; i++) {
        const cost_match_row *rule = &run->model.matches.items[i];
        shire_error engine_error = {0};
        int64_t unmatched = 0;
        bool only_unmatched = is_repeated(run, i);
        status = only_unmatched ? list_unmatched(run, &unmatched, error) : SHIRE_OK;
        if (status != SHIRE_OK) {
            break;
        }
        shire_builder_clear(&sql);
        state->rule = (int32_t)i + 1;
        bool has_columns = print_rule(run, rule, only_unmatched, &sql);
        if (sql.failed) {
            status = COST_NO_MEMORY(error);
        } else if (!has_columns) {
            cost_error(&run->problems, "match_rule_empty", rule->place, "columns",
                       "name at least one, such as local_id", "the rule names no columns");
        } else if (shire_table_scan(run->table, sql.bytes, keep_best, state, &engine_error) !=
                   SHIRE_OK) {
            cost_error(&run->problems, "match_rule_fails", rule->place, "columns",
                       "correct the rule; columns are item=event", "the rule does not run: %s",
                       engine_error.message);
        }
    }
    shire_builder_free(&sql);
    return status == SHIRE_OK ? cost_problems_check(&run->problems, error) : status;
}

/* item_event in item order. */
static shire_status write_matches(const match_state *state, shire_error *error) {
    const cost_run *run = state->run;
    shire_arena *arena = NULL;
    shire_status status = shire_arena_new("cost_matches", 0, &arena, error);
    if (status != SHIRE_OK) {
        return status;
    }
    int64_t *item_nos = shire_arena_alloc_array(arena, run->item_count, sizeof(*item_nos));
    int64_t *event_nos = shire_arena_alloc_array(arena, run->item_count, sizeof(*event_nos));
    int32_t *rules = shire_arena_alloc_array(arena, run->item_count, sizeof(*rules));
    size_t count = 0;
    if (item_nos == NULL || event_nos == NULL || rules == NULL) {
        status = COST_NO_MEMORY(error);
        goto done;
    }
    for (size_t item = 0; item < run->item_count; item++) {
        if (run->item_events[item] >= 0) {
            item_nos[count] = (int64_t)item;
            event_nos[count] = run->item_events[item];
            rules[count++] = state->rules[item];
        }
    }
    shire_column columns[] = {
        {.name = "item_no", .type = SHIRE_TYPE_INT64, .int64 = item_nos},
        {.name = "event_no", .type = SHIRE_TYPE_INT64, .int64 = event_nos},
        {.name = "match_rule_no", .type = SHIRE_TYPE_INT32, .int32 = rules},
    };
    shire_frame frame = {.row_count = count, .column_count = 3, .columns = columns};
    status = shire_table_append(run->table, "item_event", &frame, error);
done:
    shire_arena_free(arena);
    return status;
}

/* One warning a feed that has items without event. */
static shire_status report_unmatched(cost_run *run, shire_error *error) {
    shire_frame frame;
    shire_status status = list_unmatched(run, &run->summary.unmatched_count, error);
    if (status != SHIRE_OK || run->summary.unmatched_count == 0) {
        return status;
    }
    status =
        shire_table_query(run->table,
                          "SELECT organisation_no::INTEGER, feed, count(*) FROM cost_unmatched "
                          "JOIN activity_item USING (item_no) GROUP BY ALL ORDER BY ALL",
                          run->arena, &frame, error);
    for (size_t row = 0; status == SHIRE_OK && row < frame.row_count; row++) {
        shire_span feed = shire_column_text(&frame.columns[1], row);
        int64_t count = frame.columns[2].int64[row];
        cost_warning(&run->problems, "item_unmatched", (cost_place){0}, "event_id", count,
                     "see the view unmatched_item, and add rules to costing/match_rule",
                     "%s: %" PRId64 " items of feed %.*s match no event, so what they cost is "
                     "unallocated",
                     cost_organisation_code(run, frame.columns[0].int32[row]), count,
                     (int)feed.length, feed.bytes);
    }
    return status;
}

/* An event without an end is still open; but where no event of a dataset has an end, its events are
 * points in time. */
static shire_status list_datasets(cost_run *run, shire_error *error) {
    return shire_table_execute(
        run->table,
        "CREATE OR REPLACE TEMP TABLE cost_dataset AS SELECT organisation_no, dataset, "
        "count(\"end\") > 0 AS has_ends FROM event GROUP BY ALL",
        error);
}

static shire_status count_dense(shire_table *table, const char *name, const char *key,
                                size_t *count_out, shire_error *error) {
    char sql[256];
    int64_t count = 0;
    int64_t last = 0;
    snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", name);
    shire_status status = shire_table_query_int64(table, sql, &count, error);
    snprintf(sql, sizeof(sql), "SELECT coalesce(max(%s), -1) FROM %s", key, name);
    if (status == SHIRE_OK) {
        status = shire_table_query_int64(table, sql, &last, error);
    }
    if (status == SHIRE_OK && (last != count - 1 || count > INT32_MAX)) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "the warehouse's %s is not numbered from 0 without gaps; load again",
                          name);
    }
    *count_out = (size_t)count;
    return status;
}

shire_status cost_items_match(cost_run *run, shire_error *error) {
    shire_arena *arena = NULL;
    match_state state = {.run = run};
    shire_status status =
        count_dense(run->table, "activity_item", "item_no", &run->item_count, error);
    if (status == SHIRE_OK) {
        status = count_dense(run->table, "event", "event_no", &run->event_count, error);
    }
    if (status == SHIRE_OK) {
        status = shire_arena_new("cost_match", 0, &arena, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    run->summary.item_count = (int64_t)run->item_count;
    run->item_events =
        shire_arena_alloc_array(run->arena, run->item_count, sizeof(*run->item_events));
    state.distances = shire_arena_alloc_array(arena, run->item_count, sizeof(*state.distances));
    state.rules = shire_arena_alloc_array(arena, run->item_count, sizeof(*state.rules));
    if (run->item_events == NULL || state.distances == NULL || state.rules == NULL) {
        status = COST_NO_MEMORY(error);
        goto done;
    }
    memset(run->item_events, 0xff, run->item_count * sizeof(*run->item_events));
    status = list_datasets(run, error);
    if (status == SHIRE_OK) {
        status = match_by_event_id(&state, error);
    }
    if (status == SHIRE_OK) {
        status = match_by_rules(&state, error);
    }
    if (status == SHIRE_OK) {
        status = write_matches(&state, error);
    }
    if (status == SHIRE_OK) {
        status = report_unmatched(run, error);
    }
done:
    shire_arena_free(arena);
    return status;
}
