/*
 * Care packages by organisation and kind of care: what was planned by price and frequency, what the
 * clients were to pay of it, and what the ledger says it cost.
 */
#include "report/report_internal.h"

static const shire_report_column columns[] = {
    {"Organisation", SHIRE_REPORT_TEXT},
    {"Kind of care", SHIRE_REPORT_TEXT},
    {"People", SHIRE_REPORT_COUNT},
    {"Weeks", SHIRE_REPORT_COUNT},
    {"Planned gross", SHIRE_REPORT_POUNDS},
    {"Planned contributions", SHIRE_REPORT_POUNDS},
    {"Planned net", SHIRE_REPORT_POUNDS},
    {"Actual gross", SHIRE_REPORT_POUNDS},
    {"Actual contributions", SHIRE_REPORT_POUNDS},
    {"Actual net", SHIRE_REPORT_POUNDS},
    {"Actual less planned", SHIRE_REPORT_POUNDS},
};

#define MICROPOUNDS(column) ", (coalesce(sum(" #column "), 0) * 1000000)::BIGINT"

#define SUMS                                                                                       \
    " count(DISTINCT who), round(sum(days) / 7)::BIGINT" MICROPOUNDS(gross)                        \
        MICROPOUNDS(contribution) MICROPOUNDS(net) MICROPOUNDS(actual_gross)                       \
            MICROPOUNDS(actual_contribution) MICROPOUNDS(actual_net)                               \
                MICROPOUNDS(coalesce(actual_net, 0) - net)

static const char packages_sql[] =
    "WITH packages AS MATERIALIZED (SELECT o.name AS organisation, c.kind, p.*,"
    " coalesce(l.person_no, -1 - coalesce(c.event_no, -2 - item_no)) AS who FROM package p"
    " JOIN package_place c USING (item_no) JOIN organisation o USING (organisation_no)"
    " LEFT JOIN person_link l USING (record_no))"
    " SELECT organisation, kind," SUMS ", 0 AS part FROM packages GROUP BY organisation, kind"
    " UNION ALL SELECT 'All', ''," SUMS ", 1 FROM packages HAVING count(*) > 0"
    " ORDER BY part, organisation, kind LIMIT 500";

shire_status shire_report_packages(shire_report_draft *draft, shire_error *error) {
    static const shire_report_table shape = {
        .name = "care_packages",
        .sheet = "Care packages",
        .caption = "Care packages: planned and actual cost by organisation and kind of care",
        .columns = columns,
        .column_count = sizeof columns / sizeof columns[0],
        .heading_count = 2,
    };
    return shire_report_people_table(draft, "packages_table", &shape, packages_sql, error);
}
