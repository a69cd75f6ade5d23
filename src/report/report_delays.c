/*
 * Delayed discharges, as the costing run left them in event_delay and delay_partner: people, days
 * and cost by organisation, by reason and who is responsible, and by the partner who bears them.
 */
#include "report/report_internal.h"

typedef struct delay_table {
    const char *value_name;
    shire_report_table shape;
    const char *sql;
} delay_table;

static const shire_report_column organisation_columns[] = {
    {"Organisation", SHIRE_REPORT_TEXT},
    {"People delayed", SHIRE_REPORT_COUNT},
    {"Days of delay", SHIRE_REPORT_COUNT},
    {"Cost of delay", SHIRE_REPORT_POUNDS},
};
static const shire_report_column reason_columns[] = {
    {"Reason", SHIRE_REPORT_TEXT},          {"Responsible", SHIRE_REPORT_TEXT},
    {"People delayed", SHIRE_REPORT_COUNT}, {"Days of delay", SHIRE_REPORT_COUNT},
    {"Cost of delay", SHIRE_REPORT_POUNDS},
};
static const shire_report_column partner_columns[] = {
    {"Partner", SHIRE_REPORT_TEXT},
    {"People delayed", SHIRE_REPORT_COUNT},
    {"Days of delay", SHIRE_REPORT_COUNT},
    {"Cost of delay", SHIRE_REPORT_POUNDS},
};

/* DELAYS yields label, detail, who, days, amount; HEADINGS are one or both of the first. Further
 * reasons than fit are one row. */
#define DELAYS_BY(headings, all_headings, delays)                                                  \
    "WITH delays AS (" delays "),"                                                                 \
    " ranked AS (SELECT label, detail, row_number() OVER (ORDER BY sum(days) DESC, label, detail)" \
    "  AS place FROM delays GROUP BY label, detail),"                                              \
    " placed AS (SELECT who, days, amount, CASE WHEN place <= 60 THEN label ELSE 'All others' END" \
    "  AS label, CASE WHEN place <= 60 THEN detail ELSE '' END AS detail"                          \
    "  FROM delays JOIN ranked USING (label, detail))"                                             \
    " SELECT " headings ", count(DISTINCT who), round(sum(days))::BIGINT AS days,"                 \
    "  (sum(amount) * 1000000)::BIGINT, 0 AS part FROM placed GROUP BY " headings                  \
    " UNION ALL SELECT " all_headings ", count(DISTINCT who), round(sum(days))::BIGINT,"           \
    "  (sum(amount) * 1000000)::BIGINT, 1 FROM placed HAVING count(*) > 0"                         \
    " ORDER BY part, days DESC, " headings
#define WHO "coalesce(l.person_no, -1 - d.event_no) AS who, d.days, d.amount"

static const delay_table delay_tables[] = {
    {.value_name = "delays_table",
     .shape = {.name = "delayed_discharges",
               .sheet = "Delayed discharges",
               .caption = "Delayed discharges: people, days and cost by organisation",
               .columns = organisation_columns,
               .column_count = 4,
               .heading_count = 1},
     .sql = DELAYS_BY("label", "'All'",
                      "SELECT o.name AS label, '' AS detail, " WHO " FROM event_delay d"
                      " JOIN event e USING (event_no) JOIN organisation o USING (organisation_no)"
                      " LEFT JOIN person_link l USING (record_no)")},
    {.value_name = "delay_reasons_table",
     .shape = {.name = "delayed_discharges_by_reason",
               .sheet = "Delays by reason",
               .caption = "Delayed discharges by reason and who is responsible",
               .columns = reason_columns,
               .column_count = 5,
               .heading_count = 2},
     .sql = DELAYS_BY("label, detail", "'All', ''",
                      "SELECT d.reason AS label, coalesce(o.name, d.responsible) AS detail, " WHO
                      " FROM event_delay d JOIN event e USING (event_no)"
                      " LEFT JOIN organisation o ON o.code = d.responsible"
                      " LEFT JOIN person_link l USING (record_no)")},
    {.value_name = "delay_partners_table",
     .shape = {.name = "delayed_discharges_by_partner",
               .sheet = "Delays by partner",
               .caption =
                   "Delayed discharges by the partner who bears them: days and cost by share",
               .columns = partner_columns,
               .column_count = 4,
               .heading_count = 1},
     .sql = DELAYS_BY("label", "'All'",
                      "SELECT coalesce(o.name, d.partner) AS label, '' AS detail, " WHO
                      " FROM delay_partner d JOIN event e USING (event_no)"
                      " LEFT JOIN organisation o ON o.code = d.partner"
                      " LEFT JOIN person_link l USING (record_no)")},
};

shire_status shire_report_delays(shire_report_draft *draft, shire_error *error) {
    shire_status status = SHIRE_OK;
    for (size_t i = 0; i < sizeof delay_tables / sizeof delay_tables[0] && status == SHIRE_OK;
         i++) {
        const delay_table *one = &delay_tables[i];
        status = shire_report_people_table(draft, one->value_name, &one->shape, one->sql, error);
    }
    return status;
}
