/*
 * The checks, each one INSERT over the costed warehouse. The last run's warehouse stands beside it
 * as a database of its own for the time of the comparison; a table that an older version did not
 * write leaves that comparison out.
 */
#include "cost/assurance.h"

#include "io/file.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LENGTH_OF(array) (sizeof(array) / sizeof(*(array)))
#define INSERT "INSERT INTO assurance "

static const char make_sql[] =
    "CREATE OR REPLACE TABLE assurance (kind VARCHAR, organisation VARCHAR, name VARCHAR, before "
    "DECIMAL(18,6), after DECIMAL(18,6), row_count BIGINT, materiality DECIMAL(18,6), note "
    "VARCHAR)";

/* NAME's amounts of two runs side by side, those that differ. `this` and `last` are SELECTs of
 * organisation, name, amount. */
#define COMPARE(kind, select_last, select_this)                                                    \
    INSERT "SELECT '" kind                                                                         \
           "', nullif(organisation, ''), name, coalesce(l.amount, 0)::DECIMAL(18,6), "             \
           "coalesce(t.amount, 0)::DECIMAL(18,6), NULL, abs(coalesce(t.amount, 0) - "              \
           "coalesce(l.amount, 0))::DECIMAL(18,6), CASE WHEN l.amount IS NULL THEN 'new' WHEN "    \
           "t.amount IS NULL THEN 'gone' END FROM (" select_last ") AS l FULL JOIN (" select_this  \
           ") AS t USING (organisation, name) WHERE coalesce(l.amount, 0) <> coalesce(t.amount, "  \
           "0) ORDER BY 7 DESC, 2, 3"

#define ORGANISATIONS(db)                                                                          \
    "SELECT o.code AS organisation, 'cost that reached care' AS name, sum(r.allocated) AS amount " \
    "FROM " db "reconciliation AS r JOIN " db "organisation AS o USING (organisation_no) GROUP "   \
    "BY ALL"
#define POOLS(db)                                                                                  \
    "SELECT o.code AS organisation, p.pool AS name, sum(p.total_cost) AS amount FROM " db          \
    "cost_pool AS p JOIN " db "organisation AS o USING (organisation_no) GROUP BY ALL"
#define ACTIVITIES(db)                                                                             \
    "SELECT o.code AS organisation, a.activity AS name, sum(a.amount) AS amount FROM " db          \
    "activity_cost AS a JOIN " db "organisation AS o USING (organisation_no) GROUP BY ALL"
#define KINDS(db)                                                                                  \
    "SELECT '' AS organisation, coalesce(nullif(setting, ''), 'not stated') AS name, sum(amount) " \
    "AS amount FROM " db "person_cost GROUP BY ALL"
#define COST_CENTRES(db)                                                                           \
    "SELECT o.code AS organisation, coalesce(l.cost_centre, '') AS name, sum(l.amount)::DECIMAL("  \
    "18,6) AS amount FROM " db "ledger_line AS l JOIN " db                                         \
    "organisation AS o USING (organisation_no) GROUP BY ALL"
#define COUNTS(db)                                                                                 \
    "SELECT 1 AS place, 'person records' AS name, count(*) AS n FROM " db                          \
    "person_record UNION ALL SELECT 2, 'people', count(*) FROM " db                                \
    "person UNION ALL SELECT 3, 'events', count(*) FROM " db                                       \
    "event UNION ALL SELECT 4, 'activity items', count(*) FROM " db                                \
    "activity_item UNION ALL SELECT 5, 'ledger lines', count(*) FROM " db "ledger_line"

static const char *const last_run_checks[] = {
    INSERT "SELECT 'changed_count', NULL, name, l.n::DECIMAL(18,6), t.n::DECIMAL(18,6), t.n, NULL, "
           "NULL FROM (" COUNTS("last_run.main.") ") AS l JOIN (" COUNTS(
               "") ") AS t USING (place, name) WHERE l.n <> t.n ORDER BY place",
    COMPARE("changed_organisation", ORGANISATIONS("last_run.main."), ORGANISATIONS("")),
    COMPARE("changed_pool", POOLS("last_run.main."), POOLS("")),
    COMPARE("changed_activity", ACTIVITIES("last_run.main."), ACTIVITIES("")),
    COMPARE("changed_kind_of_care", KINDS("last_run.main."), KINDS("")),
    INSERT "SELECT 'new_cost_centre', organisation, name, NULL, amount, NULL, abs(amount), NULL "
           "FROM (" COST_CENTRES("") ") ANTI JOIN (" COST_CENTRES(
               "last_run.main.") ") USING (organisation, name) ORDER BY 7 DESC, 2, 3",
    INSERT "SELECT 'vanished_cost_centre', organisation, name, amount, NULL, NULL, abs(amount), "
           "NULL FROM (" COST_CENTRES("last_run.main.") ") ANTI JOIN (" COST_CENTRES(
               "") ") USING (organisation, name) ORDER BY 7 DESC, 2, 3",
};

#define TEXT_OF(number) #number
#define TIMES(number) TEXT_OF(number)
#define KIND_COSTS " FROM kind_cost JOIN organisation AS o USING (organisation_no) WHERE "

/* An event of care that costs many times what its kind's middle one does, costs nothing (mostly
 * because no item of a costed activity is its own), or gives money back. What a costless one is
 * worth is taken to be its kind's median. */
static const char *const event_checks[] = {
    INSERT "SELECT 'outlier', o.code, setting, median, (outlier_amount::DECIMAL(38,6) / "
           "outliers)::DECIMAL(18,6), outliers, (outlier_amount - outliers * "
           "median)::DECIMAL(18,6), 'over " TIMES(
               SHIRE_ASSURANCE_OUTLIER_TIMES) " times the median'" KIND_COSTS
                                              "outliers > 0 ORDER BY 7 DESC, 2, 3",
    INSERT "SELECT 'zero_cost', o.code, setting, median, 0, nothings, least(nothings * median, "
           "999999999999)::DECIMAL(18,6), 'worth the median each' FROM (SELECT e.organisation_no, "
           "coalesce(nullif(e.setting, ''), 'not stated') AS setting, count(*) AS nothings FROM "
           "event_period AS p JOIN event AS e USING (event_no) ANTI JOIN event_segment USING "
           "(event_no) WHERE p.completion_status > 0 AND p.cost = 0 GROUP BY ALL) JOIN kind_cost "
           "USING (organisation_no, setting) JOIN organisation AS o USING (organisation_no) WHERE "
           "median > 0 ORDER BY 7 DESC, 2, 3",
    INSERT "SELECT 'negative_cost', o.code, setting, NULL, negative_amount, negatives, "
           "-negative_amount, NULL" KIND_COSTS "negatives > 0 ORDER BY 7 DESC, 2, 3",
};

/* Items of no minutes or of more than a day's are few, so they are taken out first and only what
 * is theirs is looked up. A stay on a ward has more minutes than a day, and none has more than its
 * days have: those of the item, else of its event; what is still open lasts to the period's last
 * day. */
static const char *const minutes_checks[] = {
    "CREATE OR REPLACE TEMP TABLE minutes_item AS SELECT item_no, organisation_no, feed, minutes, "
    "start, \"end\" FROM activity_item WHERE minutes > 1440 UNION ALL SELECT item_no, "
    "organisation_no, feed, minutes, start, \"end\" FROM activity_item WHERE minutes <= 0",
    "CREATE OR REPLACE TEMP TABLE minutes_event AS SELECT item_no, event_no FROM item_event JOIN "
    "(SELECT item_no FROM minutes_item WHERE minutes > 1440) USING (item_no)",
    "CREATE OR REPLACE TEMP TABLE minutes_days AS SELECT event_no, start, \"end\" FROM event SEMI "
    "JOIN minutes_event USING (event_no)",
    "CREATE OR REPLACE TEMP TABLE minutes_open AS SELECT event_no FROM event_period SEMI JOIN "
    "minutes_event USING (event_no) WHERE completion_status IN (2, 4)",
    "CREATE OR REPLACE TEMP TABLE minutes_wrong AS SELECT i.item_no, i.organisation_no, i.feed, "
    "CASE WHEN i.minutes = 0 THEN 2 WHEN i.minutes < 0 THEN 3 ELSE 1 END AS place FROM "
    "minutes_item AS i LEFT JOIN minutes_event USING (item_no) LEFT JOIN minutes_days AS e USING "
    "(event_no) LEFT JOIN minutes_open AS p USING (event_no) WHERE i.minutes <= 0 OR i.minutes > "
    "1440 * (1 + greatest(0, coalesce(date_diff('day', coalesce(i.start, e.start)::DATE, "
    "coalesce(i.\"end\"::DATE, e.\"end\"::DATE, CASE WHEN p.event_no IS NOT NULL THEN "
    "getvariable('assurance_last_day')::DATE END)), 0)))",
    /* The cost that rests on the minutes of these items, whatever their sign. */
    INSERT "SELECT ['minutes_over_a_day', 'minutes_zero', 'minutes_negative'][place], o.code, "
           "feed, NULL, NULL, count(*), coalesce(sum(abs(c.amount)), 0)::DECIMAL(18,6), ['an item "
           "of over 24 hours for each of its days', 'an item of no minutes', 'an item of less than "
           "no minutes'][place] FROM minutes_wrong JOIN organisation AS o USING (organisation_no) "
           "LEFT JOIN (SELECT item_no, sum(amount) AS amount FROM item_cost SEMI JOIN "
           "minutes_wrong USING (item_no) GROUP BY item_no) AS c USING (item_no) GROUP BY place, "
           "o.code, feed ORDER BY place, 7 DESC, 2, 3",
};

static shire_status run_checks(shire_table *table, const char *const *checks, size_t count,
                               shire_error *error) {
    shire_status status = SHIRE_OK;
    for (size_t i = 0; i < count && status == SHIRE_OK; i++) {
        status = shire_table_execute(table, checks[i], error);
    }
    return status;
}

static shire_status check_minutes(shire_table *table, const shire_partnership *partnership,
                                  shire_error *error) {
    char last[11];
    char sql[64];
    shire_date_format(partnership->period_last, last);
    snprintf(sql, sizeof(sql), "SET VARIABLE assurance_last_day = '%s'", last);
    shire_status status = shire_table_execute(table, sql, error);
    return status == SHIRE_OK ? run_checks(table, minutes_checks, LENGTH_OF(minutes_checks), error)
                              : status;
}

/* ---- against the last run ---- */

static shire_status note(shire_table *table, const char *kind, const char *text,
                         shire_error *error) {
    shire_builder sql = {0};
    shire_builder_append_format(&sql, INSERT "VALUES ('%s', NULL, NULL, NULL, NULL, NULL, NULL, ",
                                kind);
    shire_builder_append_sql_literal(&sql, shire_span_of(text));
    shire_builder_append_text(&sql, ")");
    shire_status status = sql.failed ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory")
                                     : shire_table_execute(table, sql.bytes, error);
    shire_builder_free(&sql);
    return status;
}

static shire_status compare_with_last(shire_table *table, const char *last_path,
                                      shire_error *error) {
    shire_builder attach = {0};
    shire_error older = {0};
    int64_t found = 0;
    if (last_path == NULL) {
        return note(table, "last_run", "there is no earlier run to compare with", error);
    }
    shire_builder_append_text(&attach, "ATTACH ");
    shire_builder_append_sql_literal(&attach, shire_span_of(last_path));
    shire_builder_append_text(&attach, " AS last_run (READ_ONLY)");
    shire_status status = attach.failed ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory")
                                        : shire_table_execute(table, attach.bytes, &older);
    shire_builder_free(&attach);
    if (status != SHIRE_OK) {
        return status == SHIRE_NO_MEMORY
                   ? status
                   : note(table, "last_run", "the last run's warehouse cannot be read", error);
    }
    for (size_t i = 0; i < LENGTH_OF(last_run_checks); i++) {
        /* What an older version did not write cannot be compared. */
        if (shire_table_execute(table, last_run_checks[i], &older) == SHIRE_NO_MEMORY) {
            status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory while comparing runs");
        }
    }
    shire_status detached = shire_table_execute(table, "DETACH last_run", error);
    status = status == SHIRE_OK ? detached : status;
    if (status == SHIRE_OK) {
        status = shire_table_query_int64(table, "SELECT count(*) FROM assurance", &found, error);
    }
    return status == SHIRE_OK && found == 0
               ? note(table, "last_run", "nothing changed since the last run", error)
               : status;
}

/* ---- against national unit costs ---- */

/* The file's column of one of these names; NULL when it has none. */
static const char *find_column(const shire_frame *columns, const char *const *names, size_t count,
                               shire_arena *arena) {
    for (size_t i = 0; i < count; i++) {
        for (size_t row = 0; row < columns->row_count; row++) {
            shire_span text = shire_column_text(&columns->columns[0], row);
            if (shire_span_equal_ignoring_case(text, shire_span_of(names[i]))) {
                return shire_arena_copy_text(arena, text.bytes, text.length);
            }
        }
    }
    return NULL;
}

/* Lines that cannot be compared with are left out, and said to be. */
static shire_status note_left_out(shire_table *table, const char *path, const char *cost_column,
                                  shire_arena *arena, shire_error *error) {
    shire_builder sql = {0};
    int64_t count = 0;
    shire_builder_append_text(&sql, "SELECT count(*) FROM national_file WHERE shire_decimal(");
    shire_builder_append_sql_name(&sql, shire_span_of(cost_column));
    shire_builder_append_text(&sql, ") IS NULL");
    shire_status status = sql.failed ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory")
                                     : shire_table_query_int64(table, sql.bytes, &count, error);
    shire_builder_free(&sql);
    if (status != SHIRE_OK || count == 0) {
        return status;
    }
    const char *name = strrchr(path, '/') == NULL ? path : strrchr(path, '/') + 1;
    const char *text = shire_arena_format(
        arena, "%" PRId64 " line%s of %s left out: no unit cost that is a number", count,
        count == 1 ? "" : "s", name);
    return text == NULL ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory")
                        : note(table, "national_unit_costs", text, error);
}

static shire_status read_national(shire_table *table, const char *path, shire_arena *arena,
                                  shire_error *error) {
    static const char *const currency_names[] = {"currency", "currency_code", "code"};
    static const char *const activity_names[] = {"activity", "activities"};
    static const char *const cost_names[] = {"unit_cost", "unit cost", "national_unit_cost"};
    shire_builder sql = {0};
    shire_frame columns;
    shire_builder_append_text(
        &sql, "CREATE OR REPLACE TEMP TABLE national_file AS SELECT * FROM read_csv(");
    shire_builder_append_sql_literal(&sql, shire_span_of(path));
    shire_builder_append_text(&sql, ", header = true, all_varchar = true)");
    shire_status status = sql.failed ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory")
                                     : shire_table_execute(table, sql.bytes, error);
    if (status == SHIRE_OK) {
        status = shire_table_query(table,
                                   "SELECT column_name FROM duckdb_columns() WHERE table_name = "
                                   "'national_file' ORDER BY column_index",
                                   arena, &columns, error);
    } else {
        shire_error_prefix(error, "%s", path);
    }
    const char *currency = NULL;
    const char *activity = NULL;
    const char *cost = NULL;
    if (status == SHIRE_OK) {
        currency = find_column(&columns, currency_names, 3, arena);
        activity = find_column(&columns, activity_names, 2, arena);
        cost = find_column(&columns, cost_names, 3, arena);
        if (currency == NULL || activity == NULL || cost == NULL) {
            status = SHIRE_FAIL(error, SHIRE_INVALID,
                                "%s: the column %s is missing; the file of national unit costs has "
                                "currency (or currency_code), activity and unit_cost",
                                path,
                                currency == NULL   ? "currency"
                                : activity == NULL ? "activity"
                                                   : "unit_cost");
        }
    }
    if (status == SHIRE_OK) {
        /* Of a currency with several lines the mean, weighed by activity where that is told. */
        shire_builder_clear(&sql);
        shire_builder_append_text(
            &sql, "CREATE OR REPLACE TEMP TABLE national_unit AS SELECT currency, (CASE WHEN "
                  "sum(activity) > 0 THEN (sum(unit_cost::DECIMAL(38,6) * activity) FILTER "
                  "(activity > 0)) / sum(activity) ELSE avg(unit_cost) END)::DECIMAL(18,6) AS "
                  "unit_cost FROM (SELECT trim(");
        shire_builder_append_sql_name(&sql, shire_span_of(currency));
        shire_builder_append_text(&sql, ") AS currency, coalesce(shire_decimal(");
        shire_builder_append_sql_name(&sql, shire_span_of(activity));
        shire_builder_append_text(&sql, ")::BIGINT, 0) AS activity, shire_decimal(");
        shire_builder_append_sql_name(&sql, shire_span_of(cost));
        shire_builder_append_text(&sql, ") AS unit_cost FROM national_file) WHERE unit_cost IS NOT "
                                        "NULL GROUP BY currency");
        status = sql.failed ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory")
                            : shire_table_execute(table, sql.bytes, error);
    }
    shire_builder_free(&sql);
    return status == SHIRE_OK ? note_left_out(table, path, cost, arena, error) : status;
}

/* Each currency's events of an organisation at their own mean beside the nation's. */
static const char national_sql[] =
    INSERT "SELECT 'national_unit_cost', organisation, name, national, ours, events, "
           "abs(cost - national * events)::DECIMAL(18,6), CASE WHEN national <= 0 THEN NULL WHEN "
           "ours > 2 * national THEN 'over twice the national unit cost' WHEN ours * 2 < national "
           "THEN 'under half the national unit cost' END FROM (SELECT o.code AS organisation, "
           "e.code AS name, n.unit_cost AS national, (sum(c.amount) / count(*))::DECIMAL(18,6) AS "
           "ours, sum(c.amount) AS cost, count(*) AS events FROM event_cost AS c JOIN event AS e "
           "USING (event_no) JOIN "
           "organisation AS o USING (organisation_no) JOIN national_unit AS n ON n.currency = "
           "e.code GROUP BY ALL) ORDER BY 7 DESC, 2, 3";

static shire_status compare_with_nation(shire_table *table, const shire_partnership *partnership,
                                        shire_arena *arena, shire_error *error) {
    int64_t found = 0;
    if (partnership->national_unit_costs_path == NULL) {
        return note(table, "national_unit_costs",
                    "partnership.yaml names no file of national unit costs", error);
    }
    shire_status status = read_national(table, partnership->national_unit_costs_path, arena, error);
    if (status == SHIRE_OK) {
        status = shire_table_execute(table, national_sql, error);
    }
    if (status == SHIRE_OK) {
        status = shire_table_query_int64(
            table, "SELECT count(*) FROM assurance WHERE kind = 'national_unit_cost'", &found,
            error);
    }
    return status == SHIRE_OK && found == 0
               ? note(table, "national_unit_costs",
                      "no event has a code that is a currency of the national file", error)
               : status;
}

shire_status shire_assurance_run(shire_table *warehouse, const shire_partnership *partnership,
                                 const char *last_path, shire_arena *arena, shire_error *error) {
    shire_status status = shire_table_execute(warehouse, make_sql, error);
    if (status == SHIRE_OK) {
        status = compare_with_last(
            warehouse, last_path != NULL && shire_file_exists(last_path) ? last_path : NULL, error);
    }
    if (status == SHIRE_OK) {
        status = compare_with_nation(warehouse, partnership, arena, error);
    }
    if (status == SHIRE_OK) {
        status = run_checks(warehouse, event_checks, LENGTH_OF(event_checks), error);
    }
    return status == SHIRE_OK ? check_minutes(warehouse, partnership, error) : status;
}
