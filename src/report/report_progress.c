/*
 * Work in progress, as the costing run left it in event_period: care that began before the period
 * or goes on after it, by organisation and completion status, with what earlier periods brought
 * forward, what this one cost and what is carried to the next.
 */
#include "report/report_internal.h"

static const shire_report_column columns[] = {
    {"Organisation", SHIRE_REPORT_TEXT},
    {"Completion status", SHIRE_REPORT_TEXT},
    {"People", SHIRE_REPORT_COUNT},
    {"Events", SHIRE_REPORT_COUNT},
    {"Days in the period", SHIRE_REPORT_COUNT},
    {"Brought forward", SHIRE_REPORT_POUNDS},
    {"In the period", SHIRE_REPORT_POUNDS},
    {"Carried forward", SHIRE_REPORT_POUNDS},
};

#define SUMS                                                                                       \
    " count(DISTINCT who), count(*), sum(days)::BIGINT,"                                           \
    " (sum(cost_brought_forward) * 1000000)::BIGINT, (sum(cost) * 1000000)::BIGINT,"               \
    " (sum(CASE WHEN status IN (2, 4) THEN cost_to_date ELSE 0 END) * 1000000)::BIGINT"

/* Status 3 began and ended in the period: nothing of it is in progress. Status 0 has no day in the
 * period and is only brought forward. */
static const char progress_sql[] =
    "WITH going AS MATERIALIZED (SELECT o.name AS organisation, completion_status AS status, days,"
    " cost_brought_forward, cost, cost_to_date, coalesce(l.person_no, -1 - event_no) AS who"
    " FROM (FROM event_period WHERE completion_status <> 3) JOIN event e USING (event_no)"
    " JOIN organisation o USING (organisation_no) LEFT JOIN person_link l USING (record_no))"
    " SELECT organisation, CASE status WHEN 1 THEN '1: began before the period, ended in it'"
    " WHEN 2 THEN '2: began in the period, goes on' WHEN 4 THEN '4: began before the period, goes "
    "on' ELSE 'Brought forward, no day in the period' END," SUMS
    ", status, 0 AS part FROM going GROUP BY organisation, status"
    " UNION ALL SELECT 'All', ''," SUMS ", 0, 1 FROM going HAVING count(*) > 0"
    " ORDER BY part, organisation, status LIMIT 500";

shire_status shire_report_progress(shire_report_draft *draft, shire_error *error) {
    static const shire_report_table shape = {
        .name = "work_in_progress",
        .sheet = "Work in progress",
        .caption = "Care that began before the period or goes on after it, and its cost",
        .columns = columns,
        .column_count = sizeof columns / sizeof columns[0],
        .heading_count = 2,
    };
    return shire_report_people_table(draft, "progress_table", &shape, progress_sql, error);
}
