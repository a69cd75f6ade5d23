/*
 * Weighings: which items of a feed fulfil a condition, and the weight of each by a basis. The
 * engine evaluates condition and basis over the columns of activity_item (unqualified) and of the
 * item's event (event.NAME, a struct built of the names that are used); each distinct weighing is
 * evaluated once. Results come back in item order.
 *
 * count, days and nights need no column of the engine: they are filled in here.
 */
#include "cost/cost_internal.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

typedef enum basis_kind {
    BASIS_COUNT,
    BASIS_DAYS,
    BASIS_NIGHTS,
    BASIS_PACKAGE, /* and its other parts */
    BASIS_QUANTITY,
    BASIS_MINUTES,
    BASIS_AMOUNT,
    BASIS_WEIGHT,
    BASIS_EXPRESSION
} basis_kind;

static const char *const basis_names[] = {"count",    "days",    "nights", "package",
                                          "quantity", "minutes", "amount", "weight"};

static basis_kind kind_of(const char *basis) {
    int kind = BASIS_COUNT;
    if (cost_package_part_of(basis) != COST_PACKAGE_NONE) {
        return BASIS_PACKAGE;
    }
    while (kind < BASIS_EXPRESSION && strcmp(basis, basis_names[kind]) != 0) {
        kind++;
    }
    return (basis_kind)kind;
}

/* ---- the SELECT ---- */

static bool is_name_byte(char c) {
    return isalnum((unsigned char)c) || c == '_' || (c & 0x80) != 0;
}

/* The name behind "event." at `text`, or an empty span. */
static shire_span name_of_event_column(const char *text) {
    if (strncasecmp(text, "event", 5) != 0) {
        return (shire_span){text, 0};
    }
    text += 5 + strspn(text + 5, " \t\r\n");
    if (*text != '.') {
        return (shire_span){text, 0};
    }
    text += 1 + strspn(text + 1, " \t\r\n");
    size_t length = 0;
    if (*text == '"') {
        text++;
        length = strcspn(text, "\"");
    }
    while (text[-1] != '"' && is_name_byte(text[length])) {
        length++;
    }
    return (shire_span){text, length};
}

/* Adds the columns that `sql` names as event.NAME, outside of quoted texts. */
static bool collect_event_columns(const char *sql, cost_names *columns) {
    bool quoted = false;
    for (const char *p = sql; *p != '\0'; p++) {
        quoted ^= *p == '\'';
        if (quoted || (p > sql && is_name_byte(p[-1]))) {
            continue;
        }
        shire_span name = name_of_event_column(p);
        if (name.length > 0 && cost_names_add(columns, 0, name) < 0) {
            return false;
        }
    }
    return true;
}

/* An item's event is always one of its organisation. */
static void print_event_join(const cost_names *columns, int32_t organisation, shire_builder *sql) {
    shire_builder_append_text(sql, " LEFT JOIN (SELECT shire_match.item_no AS shire_item_no, {");
    for (size_t i = 0; i < columns->count; i++) {
        shire_builder_append_text(sql, i > 0 ? ", " : "");
        shire_builder_append_sql_name(sql, columns->items[i].text);
        shire_builder_append_text(sql, ": shire_event.");
        shire_builder_append_sql_name(sql, columns->items[i].text);
    }
    shire_builder_append_format(sql,
                                "} AS event FROM item_event AS shire_match JOIN event AS "
                                "shire_event USING (event_no) WHERE shire_event.organisation_no = "
                                "%d) AS shire_events ON shire_item_no = item.item_no",
                                organisation);
}

static void print_basis(const char *basis, shire_builder *sql) {
    basis_kind kind = kind_of(basis);
    if (kind < BASIS_QUANTITY) {
        shire_builder_append_text(sql, "1");
    } else if (kind == BASIS_WEIGHT) {
        shire_builder_append_text(sql, "coalesce(item.quantity, 1) * shire_weight");
    } else {
        shire_builder_append_text(sql, basis);
    }
}

/* SELECT item_no, weight. False when out of memory. */
static bool print_weighing(const cost_run *run, const cost_weighing *weighing, shire_builder *sql) {
    basis_kind kind = kind_of(weighing->basis);
    cost_names columns = {.arena = run->arena};
    char *fits = cost_sql_fits(run->arena, "feed", weighing->feed);
    if (fits == NULL ||
        (weighing->condition != NULL && !collect_event_columns(weighing->condition, &columns)) ||
        !collect_event_columns(weighing->basis, &columns)) {
        return false;
    }
    shire_builder_append_text(sql, "SELECT item.item_no");
    if (kind >= BASIS_QUANTITY) {
        shire_builder_append_text(sql, ", CAST((");
        print_basis(weighing->basis, sql);
        shire_builder_append_text(sql, "\n) AS DECIMAL(18,6)) AS shire_basis");
    }
    shire_builder_append_text(sql, " FROM activity_item AS item");
    if (columns.count > 0) {
        print_event_join(&columns, weighing->organisation, sql);
    }
    if (kind == BASIS_WEIGHT) {
        shire_builder_append_text(
            sql, " JOIN (SELECT organisation_no AS shire_organisation_no, feed AS shire_feed, "
                 "code AS shire_code, weight AS shire_weight FROM cost_weight_of) AS shire_weights "
                 "ON shire_organisation_no = item.organisation_no AND shire_feed = item.feed AND "
                 "shire_code IS NOT DISTINCT FROM item.code");
    }
    shire_builder_append_format(sql, " WHERE item.organisation_no = %d AND item.%s",
                                weighing->organisation, fits);
    if (weighing->condition != NULL) {
        shire_builder_append_text(sql, " AND (");
        shire_builder_append_text(sql, weighing->condition);
        shire_builder_append_text(sql, "\n)");
    }
    return !sql->failed;
}

/* ---- relative weights ---- */

static bool any_weight_basis(const cost_run *run) {
    for (size_t i = 0; i < run->weighings.count; i++) {
        if (kind_of(run->weighings.items[i].basis) == BASIS_WEIGHT) {
            return true;
        }
    }
    return false;
}

/* An earlier weighing by code is of the same items. */
static bool codes_are_listed(const cost_run *run, size_t weighing) {
    const cost_weighing *one = &run->weighings.items[weighing];
    for (size_t i = 0; i < weighing; i++) {
        const cost_weighing *other = &run->weighings.items[i];
        if (kind_of(other->basis) == BASIS_WEIGHT && other->organisation == one->organisation &&
            strcmp(other->feed, one->feed) == 0) {
            return true;
        }
    }
    return false;
}

/* cost_code: every (organisation, feed, code) of the items that are weighed by code, and how many
 * items have it. A SELECT for each feed lets the engine pass over what is of others; UNION leaves
 * one row of a feed that two patterns fit. */
static shire_status list_codes(cost_run *run, shire_error *error) {
    shire_builder sql = {0};
    shire_builder_append_text(&sql, "CREATE OR REPLACE TEMP TABLE cost_code AS ");
    const char *separator = "";
    bool failed = false;
    for (size_t i = 0; i < run->weighings.count; i++) {
        const cost_weighing *weighing = &run->weighings.items[i];
        if (kind_of(weighing->basis) == BASIS_WEIGHT && !codes_are_listed(run, i)) {
            char *fits = cost_sql_fits(run->arena, "feed", weighing->feed);
            failed |= fits == NULL;
            shire_builder_append_format(
                &sql,
                "%sSELECT organisation_no, feed, code, count(*) AS item_count FROM activity_item "
                "WHERE organisation_no = %d AND %s GROUP BY ALL",
                separator, weighing->organisation, fits == NULL ? "" : fits);
            separator = " UNION ";
        }
    }
    shire_status status = failed || sql.failed ? COST_NO_MEMORY(error)
                                               : shire_table_execute(run->table, sql.bytes, error);
    shire_builder_free(&sql);
    return status;
}

/* cost_weight_of: the weight of every (organisation, feed, code) of cost_code; the
 * organisation's own row goes before one for all, a feed's name before a pattern, a code before
 * '*'. */
static shire_status make_weights(cost_run *run, shire_error *error) {
    cost_rows rows = cost_rows_for(run->arena, "cost_weight", "ntttd");
    for (size_t i = 0; i < run->model.weights.count; i++) {
        const cost_weight_row *row = &run->model.weights.items[i];
        char *pattern = cost_glob(run->arena, row->feed);
        if (pattern == NULL) {
            return COST_NO_MEMORY(error);
        }
        cost_rows_add(&rows, row->organisation, row->feed,
                      cost_has_pattern(row->feed) ? pattern : NULL, row->code, row->weight);
    }
    shire_status status = shire_table_execute(
        run->table,
        "CREATE OR REPLACE TEMP TABLE cost_weight (organisation_no INTEGER, feed VARCHAR, pattern "
        "VARCHAR, code VARCHAR, weight DECIMAL(18,6))",
        error);
    if (status == SHIRE_OK) {
        status = cost_rows_write(&rows, run->table, error);
    }
    if (status == SHIRE_OK) {
        status = shire_table_execute(
            run->table,
            "CREATE OR REPLACE TEMP TABLE cost_weight_of AS "
            "SELECT item.organisation_no, item.feed, item.code, arg_min(w.weight, "
            "(CASE WHEN w.organisation_no IS NULL THEN 4 ELSE 0 END + "
            "CASE WHEN w.pattern IS NULL THEN 0 ELSE 2 END + "
            "CASE WHEN w.code = '*' THEN 1 ELSE 0 END)::BIGINT * 1000000000 + w.rowid) AS weight "
            "FROM cost_code AS item "
            "JOIN cost_weight AS w ON (w.organisation_no IS NULL OR "
            "w.organisation_no = item.organisation_no) AND (w.feed = item.feed OR "
            "(w.pattern IS NOT NULL AND item.feed GLOB w.pattern)) AND "
            "(w.code = '*' OR w.code = item.code) GROUP BY ALL",
            error);
    }
    return status;
}

/* ---- evaluation ---- */

/* The name that stands in quotes behind `words` in the engine's message, or an empty span. */
static shire_span quoted_behind(const char *message, const char *words) {
    const char *at = strstr(message, words);
    at = at == NULL ? NULL : at + strlen(words);
    size_t length = at == NULL ? 0 : strcspn(at, "\"");
    return (shire_span){at, length};
}

/* A column that there is not, in words of ours; else what the engine says, without the SQL that
 * stands around the condition. */
static void report_unbound(cost_run *run, const cost_weighing *weighing, const char *message) {
    cost_names columns = {.arena = run->arena};
    const char *nearest = kind_of(weighing->basis) != BASIS_EXPRESSION
                              ? NULL
                              : shire_text_nearest(weighing->basis, basis_names,
                                                   sizeof(basis_names) / sizeof(*basis_names));
    const char *column = nearest == NULL ? "condition" : "basis";
    const char *remedy =
        nearest == NULL ? NULL
                        : shire_arena_format(run->arena, "did you mean the basis %s?", nearest);
    bool collected =
        (weighing->condition == NULL || collect_event_columns(weighing->condition, &columns)) &&
        collect_event_columns(weighing->basis, &columns);
    shire_span missing = quoted_behind(message, "Referenced column \"");
    const char *whose = "items have";
    if (missing.length == 0 || cost_column_find(run, "activity_item", missing, &nearest)) {
        missing.length = 0;
        whose = "events have";
    }
    for (size_t i = 0; collected && missing.length == 0 && i < columns.count; i++) {
        if (!cost_column_find(run, "event", columns.items[i].text, &nearest)) {
            missing = columns.items[i].text;
        }
    }
    if (remedy == NULL && missing.length > 0 && nearest != NULL) {
        remedy = shire_arena_format(run->arena, "did you mean %s?", nearest);
    }
    if (remedy == NULL) {
        remedy = "correct the condition or the basis; columns are those of activity_item, and "
                 "event.NAME";
    }
    const char *end = strstr(message, " at or near ");
    if (missing.length > 0) {
        cost_error(&run->problems, "rule_fails", weighing->place, column, remedy,
                   "%s no column '%.*s'", whose, (int)missing.length, missing.bytes);
    } else {
        cost_error(&run->problems, "rule_fails", weighing->place, column, remedy,
                   "the condition or basis does not run: %.*s",
                   (int)(end == NULL ? strlen(message) : (size_t)(end - message)), message);
    }
}

/* Every weighing must bind; those that do not are named all at once. */
static shire_status bind_weighings(cost_run *run, shire_error *error) {
    shire_builder sql = {0};
    shire_status status = SHIRE_OK;
    for (size_t i = 0; i < run->weighings.count && status == SHIRE_OK; i++) {
        const cost_weighing *weighing = &run->weighings.items[i];
        shire_error engine_error = {0};
        shire_frame frame;
        shire_builder_clear(&sql);
        if (!print_weighing(run, weighing, &sql)) {
            status = COST_NO_MEMORY(error);
            break;
        }
        shire_builder_append_text(&sql, " LIMIT 0");
        if (sql.failed) {
            status = COST_NO_MEMORY(error);
        } else if (shire_table_query(run->table, sql.bytes, run->arena, &frame, &engine_error) !=
                   SHIRE_OK) {
            report_unbound(run, weighing, engine_error.message);
        }
    }
    shire_builder_free(&sql);
    return status == SHIRE_OK ? cost_problems_check(&run->problems, error) : status;
}

static shire_decimal6 package_weight(const cost_run *run, const char *basis, int64_t item) {
    const cost_package *package = cost_package_find(run, item);
    return package == NULL ? 0 : cost_package_planned(package, cost_package_part_of(basis));
}

/* `kind` is the weighing's, found once for all its rows. */
static shire_decimal6 weight_of(const cost_run *run, const cost_weighing *weighing, basis_kind kind,
                                const shire_frame *frame, size_t row) {
    int64_t item = frame->columns[0].int64[row];
    int32_t event = run->item_events[item];
    switch (kind) {
    case BASIS_COUNT:
        return SHIRE_MILLION;
    case BASIS_DAYS:
        return event < 0 ? 0 : run->event_days[event] * SHIRE_MILLION;
    case BASIS_NIGHTS:
        return event < 0 ? 0 : run->event_nights[event] * SHIRE_MILLION;
    case BASIS_PACKAGE:
        return package_weight(run, weighing->basis, item);
    default:
        return frame->columns[1].decimal6[row]; /* 0 where it is null */
    }
}

/* Items out of order (a join delivered them so): scattered over the range of their numbers. */
static bool sort_items(shire_arena *arena, int64_t *item_nos, shire_decimal6 *weights,
                       size_t count) {
    int64_t low = INT64_MAX;
    int64_t high = INT64_MIN;
    for (size_t i = 0; i < count; i++) {
        low = item_nos[i] < low ? item_nos[i] : low;
        high = item_nos[i] > high ? item_nos[i] : high;
    }
    shire_decimal6 *by_item =
        shire_arena_alloc_array(arena, (size_t)(high - low) + 1, sizeof(*by_item));
    if (by_item == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        by_item[item_nos[i] - low] = weights[i];
    }
    size_t filled = 0;
    for (int64_t item = low; item <= high; item++) {
        if (by_item[item - low] != 0) {
            item_nos[filled] = item;
            weights[filled++] = by_item[item - low];
        }
    }
    return filled == count;
}

static shire_status keep_items(cost_run *run, cost_weighing *weighing, const shire_frame *frame,
                               shire_arena *arena, shire_error *error) {
    basis_kind kind = kind_of(weighing->basis);
    int64_t *item_nos = shire_arena_alloc_array(arena, frame->row_count, sizeof(*item_nos));
    shire_decimal6 *weights = shire_arena_alloc_array(arena, frame->row_count, sizeof(*weights));
    size_t count = 0;
    bool ascending = true;
    bool overflows = false;
    if (item_nos == NULL || weights == NULL) {
        return COST_NO_MEMORY(error);
    }
    for (size_t row = 0; row < frame->row_count; row++) {
        int64_t item = frame->columns[0].int64[row];
        shire_decimal6 weight =
            run->item_outside[item] != 0 ? 0 : weight_of(run, weighing, kind, frame, row);
        if (weight != 0) {
            ascending &= count == 0 || item_nos[count - 1] < item;
            item_nos[count] = item;
            weights[count++] = weight;
            overflows |=
                __builtin_add_overflow(weighing->weight_total, weight, &weighing->weight_total);
        }
    }
    if (overflows) {
        return SHIRE_FAIL(error, SHIRE_OVERFLOW,
                          "%s line %" PRId64 ": the weights sum to more than can be held; state "
                          "the basis in a larger unit",
                          weighing->place.file, weighing->place.line);
    }
    if (!ascending && !sort_items(arena, item_nos, weights, count)) {
        return COST_NO_MEMORY(error);
    }
    int64_t *kept_items = shire_arena_alloc_array(run->arena, count, sizeof(*kept_items));
    shire_decimal6 *kept_weights =
        shire_arena_alloc_array(run->arena, count, sizeof(*kept_weights));
    if (kept_items == NULL || kept_weights == NULL) {
        return COST_NO_MEMORY(error);
    }
    memcpy(kept_items, item_nos, count * sizeof(*kept_items));
    memcpy(kept_weights, weights, count * sizeof(*kept_weights));
    weighing->item_count = count;
    weighing->item_nos = kept_items;
    weighing->weights = kept_weights;
    return SHIRE_OK;
}

/* A rule that weighs nothing: because there is no such feed, or for another reason. */
static shire_status report_idle_rule(cost_run *run, const cost_weighing *weighing,
                                     shire_error *error) {
    const char *remedy = kind_of(weighing->basis) == BASIS_WEIGHT
                             ? "see whether the feed's codes are in costing/weight, and whether "
                               "feed and condition are right"
                             : "see whether feed, condition and basis are right";
    const char **feeds = shire_arena_alloc_array(run->arena, run->feed_count, sizeof(*feeds));
    size_t count = 0;
    bool found = cost_has_pattern(weighing->feed);
    if (feeds == NULL) {
        return COST_NO_MEMORY(error);
    }
    for (size_t i = 0; i < run->feed_count; i++) {
        if (run->feeds_in_order[i]->organisation == weighing->organisation) {
            feeds[count] = run->feeds_in_order[i]->name;
            found |= strcmp(feeds[count++], weighing->feed) == 0;
        }
    }
    const char *nearest = found ? NULL : shire_text_nearest(weighing->feed, feeds, count);
    if (nearest != NULL) {
        remedy = shire_arena_format(run->arena, "did you mean %s?", nearest);
    }
    cost_warning(&run->problems, "rule_without_items", weighing->place, "feed", 1, remedy,
                 found ? "%s: no item of feed %s in the period has a weight by this rule"
                       : "%s: no item is of feed %s",
                 cost_organisation_code(run, weighing->organisation), weighing->feed);
    return SHIRE_OK;
}

static shire_status evaluate(cost_run *run, cost_weighing *weighing, shire_builder *sql,
                             shire_error *error) {
    shire_arena *arena = NULL;
    shire_frame frame;
    shire_status status = shire_arena_new("cost_weighing", 0, &arena, error);
    if (status != SHIRE_OK) {
        return status;
    }
    shire_builder_clear(sql);
    if (!print_weighing(run, weighing, sql)) {
        status = COST_NO_MEMORY(error);
        goto done;
    }
    shire_error engine_error = {0};
    status = shire_table_query(run->table, sql->bytes, arena, &frame, &engine_error);
    if (status == SHIRE_NO_MEMORY) {
        status = COST_NO_MEMORY(error);
        goto done;
    }
    if (status != SHIRE_OK) {
        /* The engine's message holds the value, which may be personal. */
        cost_error(&run->problems, "basis_no_number", weighing->place, "basis",
                   "make it a number for every item, for example with "
                   "coalesce(try_cast(... AS DECIMAL(18,6)), 0)",
                   "the condition or basis fails for an item: text, NaN, or a number beyond "
                   "999,999,999,999");
        status = SHIRE_OK;
        goto done;
    }
    status = keep_items(run, weighing, &frame, arena, error);
    if (status == SHIRE_OK && weighing->item_count == 0) {
        status = report_idle_rule(run, weighing, error);
    }
done:
    shire_arena_free(arena);
    return status;
}

/* Items whose code has no weight get none: one warning a feed. */
static shire_status report_codes_without_weight(cost_run *run, shire_error *error) {
    shire_frame frame;
    shire_status status = shire_table_query(
        run->table,
        "SELECT organisation_no::INTEGER, feed, sum(item_count)::BIGINT FROM cost_code ANTI JOIN "
        "cost_weight_of USING (organisation_no, feed, code) WHERE code IS NOT NULL GROUP BY ALL "
        "ORDER BY ALL",
        run->arena, &frame, error);
    for (size_t row = 0; status == SHIRE_OK && row < frame.row_count; row++) {
        shire_span feed = shire_column_text(&frame.columns[1], row);
        int64_t count = frame.columns[2].int64[row];
        cost_warning(&run->problems, "code_without_weight", (cost_place){0}, "code", count,
                     "add the codes to costing/weight, or a row for code *",
                     "%s: %" PRId64 " item%s of feed %.*s %s",
                     cost_organisation_code(run, frame.columns[0].int32[row]), count,
                     count == 1 ? "" : "s", (int)feed.length, feed.bytes,
                     count == 1 ? "has a code without a weight, so it gets no cost by weight"
                                : "have a code without a weight, so they get no cost by weight");
    }
    return status;
}

/* The relative weights, where one of the chosen weighings needs them. */
static shire_status prepare_weights(cost_run *run, const bool *chosen, shire_error *error) {
    bool has_weights = false;
    for (size_t i = 0; i < run->weighings.count; i++) {
        has_weights |= chosen[i] && kind_of(run->weighings.items[i].basis) == BASIS_WEIGHT;
    }
    shire_status status = has_weights ? list_codes(run, error) : SHIRE_OK;
    return status == SHIRE_OK && has_weights ? make_weights(run, error) : status;
}

shire_status cost_weighings_evaluate_chosen(cost_run *run, const bool *chosen, shire_error *error) {
    shire_builder sql = {0};
    shire_status status = prepare_weights(run, chosen, error);
    for (size_t i = 0; i < run->weighings.count && status == SHIRE_OK; i++) {
        status = chosen[i] ? evaluate(run, &run->weighings.items[i], &sql, error) : SHIRE_OK;
    }
    shire_builder_free(&sql);
    return status;
}

shire_status cost_weighings_try(cost_run *run, const bool *chosen, shire_error *error) {
    shire_builder sql = {0};
    size_t problem_count = run->problems.count;
    shire_status status = prepare_weights(run, chosen, error);
    for (size_t i = 0; i < run->weighings.count && status == SHIRE_OK; i++) {
        shire_error ignored = {0};
        if (chosen[i]) {
            shire_status tried = evaluate(run, &run->weighings.items[i], &sql, &ignored);
            run->weighings.items[i].failed = tried != SHIRE_OK;
            status = tried == SHIRE_NO_MEMORY ? COST_NO_MEMORY(error) : SHIRE_OK;
        }
    }
    run->problems.count = problem_count; /* nothing depends on these rules as yet */
    shire_builder_free(&sql);
    return status;
}

shire_status cost_weighings_evaluate(cost_run *run, shire_error *error) {
    shire_builder sql = {0};
    bool has_weights = any_weight_basis(run);
    shire_status status = has_weights ? list_codes(run, error) : SHIRE_OK;
    if (status == SHIRE_OK && has_weights) {
        status = make_weights(run, error);
    }
    if (status == SHIRE_OK) {
        status = bind_weighings(run, error);
    }
    for (size_t i = 0; i < run->weighings.count && status == SHIRE_OK; i++) {
        status = evaluate(run, &run->weighings.items[i], &sql, error);
    }
    if (status == SHIRE_OK) {
        status = cost_problems_check(&run->problems, error);
    }
    if (status == SHIRE_OK && has_weights) {
        status = report_codes_without_weight(run, error);
    }
    shire_builder_free(&sql);
    return status;
}
