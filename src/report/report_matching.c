/*
 * Items to events: for each feed with and without a key, by each rule, what is left, why, and what
 * it costs; and the items outside the period. These count rows of feeds, not people, and are exact.
 */
#include "report/report_internal.h"

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
    return shire_report_rows_table(
        draft, "matching_table", &shape,
        "SELECT o.name, f.feed, items, (with_key * 2000 + items) // (2 * items),"
        " ((items - with_key) * 2000 + items) // (2 * items), unmatched,"
        " (unmatched * 2000 + items) // (2 * items), coalesce(c.amount,"
        " 0)::DECIMAL(18,6) FROM match_feed f JOIN organisation o USING"
        " (organisation_no) LEFT JOIN match_cost c ON c.organisation_no = f.organisation_no"
        " AND c.feed = f.feed"
        " ORDER BY f.organisation_no, f.feed",
        error);
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
    return shire_report_rows_table(
        draft, "matching_rules_table", &shape,
        "SELECT o.name, r.feed, CASE WHEN r.match_rule_no = 0 THEN 'by event_id' WHEN"
        " r.match_rule_no IS NULL THEN 'unmatched: ' || r.reason ELSE m.kind || ': ' || m.columns"
        " END, nullif(r.match_rule_no, 0), r.items, (r.items * 2000 + f.items) // (2 * f.items)"
        " FROM match_result r JOIN match_feed f USING (organisation_no, feed) JOIN organisation o"
        " USING (organisation_no) LEFT JOIN match_rule m USING (match_rule_no) ORDER BY"
        " r.organisation_no, r.feed, r.match_rule_no NULLS LAST, r.reason",
        error);
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
    return shire_report_rows_table(
        draft, "outside_table", &shape,
        "SELECT o.name, i.feed, count(*) AS outside,"
        " (count(*) * 2000 + any_value(f.items)) // (2 * any_value(f.items))"
        " FROM item_outside JOIN activity_item i USING (item_no) JOIN match_feed f ON"
        " f.organisation_no = i.organisation_no AND f.feed = i.feed JOIN organisation o"
        " ON o.organisation_no = i.organisation_no"
        " GROUP BY i.organisation_no, o.name, i.feed ORDER BY i.organisation_no, i.feed",
        error);
}

shire_status shire_report_matching(shire_report_draft *draft, shire_error *error) {
    shire_status status = publish_feeds(draft, error);
    if (status == SHIRE_OK) {
        status = publish_rules(draft, error);
    }
    return status == SHIRE_OK ? publish_outside(draft, error) : status;
}
