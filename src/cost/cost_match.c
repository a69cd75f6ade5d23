/*
 * Items to events. An item that names an event goes to it: within its organisation, and where the
 * items have a column 'source' and it is filled, within that source; of several events the lowest
 * event_no. The others try the rules of match_rule in order: equal columns, the item's start inside
 * the event's window, nearest start first, then the lowest event_no.
 *
 * Each way is a pass (cost_match_pass.c) over the items that have no event yet.
 */
#include "cost/cost_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Whether the items have a column 'source' and where they do, the two passes are these. */
static shire_status match_by_event_id(cost_matches *matches, shire_error *error) {
    cost_match_pass pass = {.columns = "source;event_id",
                            .item_filter = "true",
                            .is_first = true,
                            .window = {.before_days = SHIRE_MATCH_NO_WINDOW}};
    shire_status status =
        matches->items_have_source ? cost_match_pass_run(matches, &pass, error) : SHIRE_OK;
    pass.columns = "event_id";
    pass.is_first = !matches->items_have_source;
    pass.item_filter = matches->items_have_source ? "i.source IS NULL" : "true";
    return status == SHIRE_OK ? cost_match_pass_run(matches, &pass, error) : status;
}

/* The items that a rule is for, as a condition; NULL when out of memory. */
static char *print_filter(const cost_run *run, const cost_match_row *rule) {
    char *fits = cost_sql_fits(run->arena, "feed", rule->feed);
    if (fits == NULL || rule->organisation < 0) {
        return fits == NULL ? NULL : shire_arena_format(run->arena, "i.%s", fits);
    }
    return shire_arena_format(run->arena, "i.%s AND i.organisation_no = %d", fits,
                              rule->organisation);
}

bool cost_column_find(const cost_run *run, const char *table, shire_span name,
                      const char **nearest_out) {
    shire_frame frame;
    char sql[128];
    const char *wanted = shire_arena_copy_text(run->arena, name.bytes, name.length);
    snprintf(sql, sizeof(sql), "SELECT name FROM pragma_table_info('%s')", table);
    *nearest_out = NULL;
    if (wanted == NULL ||
        shire_table_query(run->table, sql, run->arena, &frame, NULL) != SHIRE_OK) {
        return true;
    }
    const char **names = shire_arena_alloc_array(run->arena, frame.row_count, sizeof(*names));
    bool found = names == NULL;
    for (size_t row = 0; !found && row < frame.row_count; row++) {
        shire_span column = shire_column_text(&frame.columns[0], row);
        names[row] = shire_arena_copy_text(run->arena, column.bytes, column.length);
        found = names[row] == NULL || strcasecmp(names[row], wanted) == 0;
    }
    *nearest_out = found ? NULL : shire_text_nearest(wanted, names, frame.row_count);
    return found;
}

/* Why a rule does not run: a column that there is not, else columns that cannot be compared. */
static void report_failed_rule(cost_run *run, const cost_match_row *rule) {
    static const char *const tables[] = {"activity_item", "event"};
    static const char *const whose[] = {"items have", "events have"};
    const char *columns = rule->columns;
    shire_span names[2];
    while (cost_match_next_pair(&columns, &names[0], &names[1])) {
        for (int side = 0; side < 2; side++) {
            const char *nearest = NULL;
            if (!cost_column_find(run, tables[side], names[side], &nearest)) {
                cost_error(
                    &run->problems, "match_rule_fails", rule->place, "columns",
                    nearest == NULL ? "write columns as item=event, and see that the "
                                      "extract brings them"
                                    : shire_arena_format(run->arena, "did you mean %s?", nearest),
                    "%s no column '%.*s'", whose[side], (int)names[side].length, names[side].bytes);
                return;
            }
        }
    }
    cost_error(&run->problems, "match_rule_fails", rule->place, "columns",
               "match columns of one type, such as text with text",
               "the columns '%s' of items and events cannot be compared", rule->columns);
}

static shire_status match_by_rules(cost_matches *matches, shire_error *error) {
    cost_run *run = matches->run;
    for (size_t i = 0; i < run->model.matches.count; i++) {
        const cost_match_row *rule = &run->model.matches.items[i];
        cost_match_pass pass = {.columns = rule->columns,
                                .item_filter = print_filter(run, rule),
                                .rule = (int32_t)i + 1,
                                .window = {.before_days = rule->before_days,
                                           .after_days = rule->after_days,
                                           .nearest = true}};
        shire_error pass_error = {0};
        if (strcmp(rule->columns, COST_MATCH_NONE) == 0) {
            continue;
        }
        if (pass.item_filter == NULL) {
            return COST_NO_MEMORY(error);
        }
        shire_status status = cost_match_pass_run(matches, &pass, &pass_error);
        if (status == SHIRE_NO_MEMORY) {
            return COST_NO_MEMORY(error);
        }
        if (status == SHIRE_NOT_FOUND) {
            cost_error(&run->problems, "match_rule_empty", rule->place, "columns",
                       "name at least one, such as local_id", "the rule names no columns");
        } else if (status != SHIRE_OK) {
            report_failed_rule(run, rule);
        }
    }
    return cost_problems_check(&run->problems, error);
}

/* item_event in item order. */
static shire_status write_matches(const cost_matches *matches, shire_error *error) {
    const cost_run *run = matches->run;
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
            rules[count++] = matches->rules[item];
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
    cost_matches matches = {.run = run};
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
    matches.arena = arena;
    matches.rules = shire_arena_alloc_array(arena, run->item_count, sizeof(*matches.rules));
    matches.flags = shire_arena_alloc(arena, run->item_count);
    matches.feeds.arena = arena;
    if (run->item_events == NULL || matches.rules == NULL || matches.flags == NULL) {
        status = COST_NO_MEMORY(error);
        goto done;
    }
    memset(run->item_events, 0xff, run->item_count * sizeof(*run->item_events));
    status = cost_events_read(run, arena, matches.texts, error);
    if (status == SHIRE_OK) {
        status = cost_match_feeds_make(&matches, error);
    }
    if (status == SHIRE_OK) {
        status = match_by_event_id(&matches, error);
    }
    if (status == SHIRE_OK &&
        (!cost_match_feeds_count(&matches) || !cost_match_keys_make(&matches))) {
        status = COST_NO_MEMORY(error);
    }
    if (status == SHIRE_OK) {
        status = match_by_rules(&matches, error);
    }
    if (status == SHIRE_OK) {
        status = write_matches(&matches, error);
    }
    if (status == SHIRE_OK) {
        status = cost_match_report(&matches, error);
    }
done:
    for (int i = 0; i < COST_TEXT_COUNT; i++) {
        shire_builder_free(&matches.texts[i].bytes);
    }
    shire_builder_free(&matches.index_texts.bytes);
    shire_arena_free(matches.index_arena);
    shire_arena_free(arena);
    return status;
}
