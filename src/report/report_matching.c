/*
 * Items to events: for each feed with and without a key, by each rule, what is left, why, and what
 * it costs; and the items outside the period. These count rows of feeds, not people, and are exact.
 */
#include "report/report_internal.h"

/* Text columns first, as in the shape; then numbers, where a null is an empty cell. */
static shire_status publish(shire_report_draft *draft, const shire_report_table *shape,
                            const char *sql, const char *value_name, shire_error *error) {
    shire_frame frame;
    shire_report_table *table = NULL;
    shire_status status = shire_report_query(draft, sql, &frame, error);
    if (status == SHIRE_OK) {
        status = shire_report_table_new(shape, frame.row_count, draft->arena, &table, error);
    }
    for (size_t row = 0; status == SHIRE_OK && row < frame.row_count; row++) {
        shire_report_cell *cells = shire_report_table_add_row(table);
        for (size_t i = 0; i < shape->column_count; i++) {
            const shire_column *column = &frame.columns[i];
            if (!shire_column_is_null(column, row)) {
                cells[i] = shape->columns[i].kind == SHIRE_REPORT_TEXT
                               ? shire_report_text(shire_report_row_text(draft, column, row))
                               : shire_report_number(shire_report_row_number(column, row));
            }
        }
    }
    return status == SHIRE_OK ? shire_report_publish(draft, value_name, table, error) : status;
}

static shire_status publish_feeds(shire_report_draft *draft, shire_error *error) {
    static const shire_report_column columns[] = {
        {"Organisation", SHIRE_REPORT_TEXT},
        {"Feed", SHIRE_REPORT_TEXT},
        {"Items", SHIRE_REPORT_COUNT},
        {"With a key", SHIRE_REPORT_PERCENT},
        {"Without a key", SHIRE_REPORT_PERCENT},
        {"Unmatched", SHIRE_REPORT_COUNT},
        {"Unmatched share", SHIRE_REPORT_PERCENT},
        {"Cost unmatched", SHIRE_REPORT_MONEY},
    };
    static const shire_report_table shape = {
        .name = "matching",
        .sheet = "Matching",
        .caption = "Items that name their event, and items that no event was found for, by feed",
        .columns = columns,
        .column_count = 8,
        .heading_count = 2,
        .html_row_limit = 60,
    };
    return publish(
        draft, &shape,
        "SELECT o.name, f.feed, items, (with_key * 2000 + items) // (2 * items),"
        " ((items - with_key) * 2000 + items) // (2 * items), unmatched,"
        " (unmatched * 2000 + items) // (2 * items), coalesce(c.amount,"
        " 0)::DECIMAL(18,6) FROM match_feed f JOIN organisation o USING"
        " (organisation_no) LEFT JOIN (SELECT organisation_no, feed,"
        "  sum(unmatched_cost)::DECIMAL(18,6) AS amount FROM unmatched_item GROUP BY ALL)"
        " c ON c.organisation_no = f.organisation_no AND c.feed = f.feed"
        " ORDER BY f.organisation_no, f.feed",
        "matching_table", error);
}

static shire_status publish_rules(shire_report_draft *draft, shire_error *error) {
    static const shire_report_column columns[] = {
        {"Organisation", SHIRE_REPORT_TEXT}, {"Feed", SHIRE_REPORT_TEXT},
        {"Way", SHIRE_REPORT_TEXT},          {"Rule", SHIRE_REPORT_COUNT},
        {"Items", SHIRE_REPORT_COUNT},       {"Share", SHIRE_REPORT_PERCENT},
    };
    static const shire_report_table shape = {
        .name = "matching_by_rule",
        .sheet = "Matching by rule",
        .caption = "What each rule matched, and why items are unmatched",
        .columns = columns,
        .column_count = 6,
        .heading_count = 3,
        .html_row_limit = 60,
    };
    return publish(
        draft, &shape,
        "SELECT o.name, r.feed, CASE WHEN r.match_rule_no = 0 THEN 'by event_id' WHEN"
        " r.match_rule_no IS NULL THEN 'unmatched: ' || r.reason ELSE m.kind || ': ' || m.columns"
        " END, r.match_rule_no, r.items, (r.items * 2000 + f.items) // (2 * f.items)"
        " FROM match_result r JOIN match_feed f USING (organisation_no, feed) JOIN organisation o"
        " USING (organisation_no) LEFT JOIN match_rule m USING (match_rule_no) ORDER BY"
        " r.organisation_no, r.feed, r.match_rule_no NULLS LAST, r.reason",
        "matching_rules_table", error);
}

static shire_status publish_outside(shire_report_draft *draft, shire_error *error) {
    static const shire_report_column columns[] = {
        {"Organisation", SHIRE_REPORT_TEXT},
        {"Feed", SHIRE_REPORT_TEXT},
        {"Items outside", SHIRE_REPORT_COUNT},
        {"Of all items", SHIRE_REPORT_PERCENT},
    };
    static const shire_report_table shape = {
        .name = "outside_period",
        .sheet = "Outside the period",
        .caption = "Activity outside the period, which is not costed",
        .columns = columns,
        .column_count = 4,
        .heading_count = 2,
        .html_row_limit = 60,
    };
    return publish(draft, &shape,
                   "SELECT o.name, i.feed, count(*) AS outside,"
                   " (count(*) * 2000 + any_value(f.items)) // (2 * any_value(f.items))"
                   " FROM item_outside JOIN activity_item i USING (item_no) JOIN match_feed f ON"
                   " f.organisation_no = i.organisation_no AND f.feed = i.feed JOIN organisation o"
                   " ON o.organisation_no = i.organisation_no"
                   " GROUP BY i.organisation_no, o.name, i.feed ORDER BY i.organisation_no, i.feed",
                   "outside_table", error);
}

shire_status shire_report_matching(shire_report_draft *draft, shire_error *error) {
    shire_status status = publish_feeds(draft, error);
    if (status == SHIRE_OK) {
        status = publish_rules(draft, error);
    }
    return status == SHIRE_OK ? publish_outside(draft, error) : status;
}
