/*
 * What each event cost by collection activity and resource. item_cost says what an item cost by
 * activity; an activity's cost came from resources by resource_activity, and each event's part of
 * it is split over them in those proportions by running totals: part = P * after / total - P *
 * before / total. So the parts of every event sum to it, to the micropound.
 */
#include "plics/plics_internal.h"

#include <string.h>

/* ---- activities, resources and shares, as small tables of the engine ---- */

static shire_status run_built(plics_call *call, shire_builder *sql, shire_error *error) {
    shire_status status =
        sql->failed ? PLICS_NO_MEMORY(error) : shire_table_execute(call->table, sql->bytes, error);
    shire_builder_free(sql);
    return status;
}

static void append_code(shire_builder *sql, const char *code) {
    if (code == NULL) {
        shire_builder_append_text(sql, "NULL");
    } else {
        shire_builder_append_sql_literal(sql, shire_span_of(code));
    }
}

/* plics_activity(activity_no, activity, activity_code, unit_feed) */
static shire_status make_activities(plics_call *call, const shire_frame *frame,
                                    shire_error *error) {
    shire_builder sql = {0};
    shire_builder_append_text(&sql, "CREATE OR REPLACE TEMP TABLE plics_activity (activity_no "
                                    "INTEGER, activity VARCHAR, activity_code VARCHAR, unit_feed "
                                    "VARCHAR)");
    for (size_t row = 0; row < frame->row_count; row++) {
        shire_span name = shire_column_text(&frame->columns[1], row);
        const plics_map_row *mapped =
            plics_map_find(&call->map, call->organisation, PLICS_MAP_ACTIVITY, name);
        shire_builder_append_format(&sql, "%s (%d, ",
                                    row == 0 ? "; INSERT INTO plics_activity VALUES" : ",",
                                    frame->columns[0].int32[row]);
        shire_builder_append_sql_literal(&sql, name);
        shire_builder_append_text(&sql, ", ");
        append_code(&sql, mapped == NULL ? NULL : mapped->code);
        shire_builder_append_text(&sql, ", ");
        append_code(&sql,
                    mapped == NULL || mapped->feed < 0 ? NULL : plics_feeds[mapped->feed].code);
        shire_builder_append_text(&sql, ")");
    }
    return run_built(call, &sql, error);
}

/* plics_share(activity_no, resource, resource_code, before, after, total): a running sum of each
 * activity's resources; an activity without cost has one share, which is the whole. */
static shire_status make_shares(plics_call *call, const shire_frame *frame, shire_error *error) {
    shire_builder sql = {0};
    shire_builder_append_text(&sql,
                              "CREATE OR REPLACE TEMP TABLE plics_share (activity_no INTEGER, "
                              "resource VARCHAR, resource_code VARCHAR, before HUGEINT, "
                              "after HUGEINT, total HUGEINT)");
    size_t start = 0;
    while (start < frame->row_count) {
        size_t end = start;
        shire_money total = 0;
        while (end < frame->row_count &&
               frame->columns[0].int32[end] == frame->columns[0].int32[start]) {
            total += frame->columns[2].decimal6[end++];
        }
        shire_money before = 0;
        for (size_t row = start; row < end; row++) {
            shire_span name = shire_column_text(&frame->columns[1], row);
            const plics_map_row *mapped =
                plics_map_find(&call->map, call->organisation, PLICS_MAP_RESOURCE, name);
            shire_money amount = total != 0 ? frame->columns[2].decimal6[row] : row == start;
            shire_builder_append_format(&sql, "%s (%d, ",
                                        row == 0 ? "; INSERT INTO plics_share VALUES" : ",",
                                        frame->columns[0].int32[row]);
            shire_builder_append_sql_literal(&sql, name);
            shire_builder_append_text(&sql, ", ");
            append_code(&sql, mapped == NULL ? NULL : mapped->code);
            shire_builder_append_format(&sql, ", %lld, %lld, %lld)", (long long)before,
                                        (long long)(before + amount),
                                        (long long)(total != 0 ? total : 1));
            before += amount;
        }
        start = end;
    }
    return run_built(call, &sql, error);
}

static shire_status make_maps(plics_call *call, shire_error *error) {
    shire_frame activities;
    shire_frame shares;
    char *sql = shire_arena_format(
        call->arena,
        "SELECT activity_no, activity FROM activity_cost WHERE organisation_no = %d "
        "ORDER BY activity_no",
        call->organisation_no);
    char *share_sql = shire_arena_format(
        call->arena,
        "SELECT a.activity_no, coalesce(r.resource, '') AS resource, "
        "coalesce(x.amount, 0)::DECIMAL(18,6) AS amount FROM activity_cost a "
        "LEFT JOIN resource_activity x USING (activity_no) "
        "LEFT JOIN resource_cost r USING (resource_no) WHERE a.organisation_no = %d "
        "AND (x.amount <> 0 OR a.amount = 0 OR x.amount IS NULL) "
        "ORDER BY a.activity_no, x.resource_no",
        call->organisation_no);
    if (sql == NULL || share_sql == NULL) {
        return PLICS_NO_MEMORY(error);
    }
    shire_status status = shire_table_query(call->table, sql, call->arena, &activities, error);
    if (status == SHIRE_OK) {
        status = shire_table_query(call->table, share_sql, call->arena, &shares, error);
    }
    if (status == SHIRE_OK) {
        status = make_activities(call, &activities, error);
    }
    return status == SHIRE_OK ? make_shares(call, &shares, error) : status;
}

/* ---- parts and cells ---- */

/* Which events go where: the names that analysts give the three data sets. */
#define EVENT_FEED                                                                                 \
    "CASE WHEN upper(e.dataset) IN ('APC', 'IP') THEN 'APC' "                                      \
    "WHEN upper(e.dataset) IN ('OP', 'OPA', 'OPD') THEN 'OP' "                                     \
    "WHEN upper(e.dataset) IN ('EC', 'AE', 'A&E', 'ECDS', 'ED') THEN 'EC' END"

static const char cells_sql[] =
    "CREATE OR REPLACE TEMP TABLE plics_item AS "
    "SELECT m.event_no, CASE WHEN a.unit_feed IS NULL THEN -1 ELSE c.item_no END AS unit_no, "
    "c.item_no, c.activity_no, a.activity_code, c.amount FROM item_cost c "
    "JOIN plics_activity a USING (activity_no) JOIN item_event m USING (item_no) "
    "ANTI JOIN event_segment x ON x.event_no = m.event_no;"
    "CREATE OR REPLACE TEMP TABLE plics_count AS "
    "SELECT event_no, unit_no, activity_code, count(DISTINCT item_no) AS item_count "
    "FROM plics_item WHERE activity_code IS NOT NULL GROUP BY ALL;"
    "CREATE OR REPLACE TEMP TABLE plics_split AS "
    "WITH part AS (SELECT event_no, unit_no, activity_no, "
    "(sum(amount)::DECIMAL(25,6) * 1000000::DECIMAL(7,0))::HUGEINT AS micro "
    "FROM plics_item GROUP BY ALL), placed AS (SELECT p.event_no, p.unit_no, " EVENT_FEED
    " AS event_feed, a.unit_feed, a.activity, a.activity_code, s.resource, s.resource_code, "
    "p.micro * s.after // s.total - p.micro * s.before // s.total AS micro "
    "FROM part p JOIN plics_activity a USING (activity_no) JOIN plics_share s USING (activity_no) "
    "JOIN event e USING (event_no)) "
    "SELECT event_no, unit_no, CASE WHEN event_feed IS NOT NULL THEN coalesce(unit_feed, "
    "event_feed) END AS feed, activity_code, resource_code, "
    "CASE WHEN event_feed IS NULL THEN 'care that is not acute: its data set is none of APC, OP, "
    "EC' "
    "WHEN activity_code IS NULL THEN 'the activity ''' || activity || ''' has no collection code' "
    "WHEN resource_code IS NULL THEN 'the resource ''' || resource || ''' has no collection code' "
    "END AS reason, sum(micro)::BIGINT AS amount FROM placed GROUP BY ALL;"
    "CREATE OR REPLACE TEMP TABLE plics_cell AS "
    "SELECT event_no, unit_no, feed, activity_code, resource_code, item_count, amount "
    "FROM plics_split JOIN plics_count USING (event_no, unit_no, activity_code) "
    "WHERE reason IS NULL;"
    "DROP TABLE plics_item; DROP TABLE plics_count";

/* What has no feed or no code, and acute events that cost nothing. */
static shire_status list_unplaced(plics_call *call, shire_error *error) {
    shire_frame frame;
    char first[11];
    char last[11];
    shire_date_format(call->period.first, first);
    shire_date_format(call->period.last, last);
    char *sql = shire_arena_format(
        call->arena,
        "SELECT coalesce(feed, '') AS feed, reason, count(DISTINCT event_no) AS events, "
        "count(*) AS records, sum(amount)::BIGINT AS amount FROM plics_split "
        "WHERE reason IS NOT NULL GROUP BY ALL "
        "UNION ALL SELECT " EVENT_FEED " AS feed, 'events without a costed item', count(*), 0, 0 "
        "FROM event e ANTI JOIN event_cost USING (event_no) "
        "ANTI JOIN event_segment USING (event_no) WHERE organisation_no = %d "
        "AND " EVENT_FEED " IS NOT NULL AND e.start::DATE <= '%s' "
        "AND coalesce(e.\"end\", e.start)::DATE >= '%s' GROUP BY ALL ORDER BY ALL",
        call->organisation_no, last, first);
    if (sql == NULL) {
        return PLICS_NO_MEMORY(error);
    }
    shire_status status = shire_table_query(call->table, sql, call->arena, &frame, error);
    for (size_t row = 0; status == SHIRE_OK && row < frame.row_count; row++) {
        shire_span reason = shire_column_text(&frame.columns[1], row);
        shire_span feed = shire_column_text(&frame.columns[0], row);
        char *feed_text = shire_arena_copy_text(call->arena, feed.bytes, feed.length);
        char *reason_text = shire_arena_copy_text(call->arena, reason.bytes, reason.length);
        if (feed_text == NULL || reason_text == NULL ||
            !plics_list_add(call, &call->left_out, feed_text, reason_text, -1,
                            frame.columns[2].int64[row], frame.columns[3].int64[row],
                            frame.columns[4].int64[row])) {
            status = PLICS_NO_MEMORY(error);
        }
    }
    return status;
}

/* Cells with and without a place are the costed activity, or a join lost some. */
static shire_status check_sum(plics_call *call, shire_error *error) {
    shire_money split = 0;
    char *sql = shire_arena_format(
        call->arena,
        "SELECT (SELECT coalesce(sum(amount), 0)::BIGINT FROM plics_split) - "
        "(SELECT (coalesce(sum(c.amount), 0)::DECIMAL(25,6) * 1000000::DECIMAL(7,0))::BIGINT "
        "FROM event_cost c JOIN event USING (event_no) WHERE organisation_no = %d)",
        call->organisation_no);
    if (sql == NULL) {
        return PLICS_NO_MEMORY(error);
    }
    shire_status status = shire_table_query_int64(call->table, sql, &split, error);
    if (status == SHIRE_OK && split != 0) {
        char amount[24];
        shire_decimal_format(split, 2, amount);
        status =
            SHIRE_FAIL(error, SHIRE_UNRECONCILED,
                       "%s: the parts of the costed activity differ from it by %s; report this",
                       call->organisation, amount);
    }
    return status;
}

shire_status plics_cells_make(plics_call *call, shire_error *error) {
    shire_status status = make_maps(call, error);
    if (status == SHIRE_OK) {
        status = shire_table_execute(call->table, cells_sql, error);
    }
    if (status == SHIRE_OK) {
        status = check_sum(call, error);
    }
    return status == SHIRE_OK ? list_unplaced(call, error) : status;
}
