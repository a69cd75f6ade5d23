/*
 * Delayed discharges, as the costing run left them in event_delay and delay_partner: people, days
 * and cost by organisation, by reason and who is responsible, and by the partner who bears them.
 * The number of people decides what is withheld, in each table by itself.
 */
#include "report/report_internal.h"
#include "report/report_suppress_kernel.h"

/* One row a cell of `columns`: labels first, then people, days and cost; the last row is of all,
 * because a person may be delayed in two. Further reasons than fit are one row. */
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

/* DELAYS yields label, detail, who, days, amount. */
#define DELAYS_BY(delays)                                                                          \
    "WITH delays AS (" delays "),"                                                                 \
    " ranked AS (SELECT label, detail, row_number() OVER (ORDER BY sum(days) DESC, label, detail)" \
    "  AS place FROM delays GROUP BY label, detail),"                                              \
    " placed AS (SELECT who, days, amount, CASE WHEN place <= 60 THEN label ELSE 'All others' END" \
    "  AS label, CASE WHEN place <= 60 THEN detail END AS detail"                                  \
    "  FROM delays JOIN ranked USING (label, detail))"                                             \
    " SELECT label, coalesce(detail, '') AS detail, count(DISTINCT who),"                          \
    "  round(sum(days))::BIGINT, (sum(amount) * 1000000)::BIGINT, 0 AS part"                       \
    " FROM placed GROUP BY label, detail"                                                          \
    " UNION ALL SELECT 'All', '', count(DISTINCT who), round(sum(days))::BIGINT,"                  \
    "  (sum(amount) * 1000000)::BIGINT, 1 FROM placed HAVING count(*) > 0"                         \
    " ORDER BY part, 4 DESC, label, detail"
#define WHO "coalesce(l.person_no, -1 - d.event_no) AS who, d.days, d.amount"

static const delay_table delay_tables[] = {
    {.value_name = "delays_table",
     .shape = {.name = "delayed_discharges",
               .sheet = "Delayed discharges",
               .caption = "Delayed discharges: people, days and cost by organisation",
               .columns = organisation_columns,
               .column_count = 4,
               .heading_count = 1},
     .sql = DELAYS_BY("SELECT o.name AS label, '' AS detail, " WHO " FROM event_delay d"
                      " JOIN event e USING (event_no) JOIN organisation o USING (organisation_no)"
                      " LEFT JOIN person_link l USING (record_no)")},
    {.value_name = "delay_reasons_table",
     .shape = {.name = "delayed_discharges_by_reason",
               .sheet = "Delays by reason",
               .caption = "Delayed discharges by reason and who is responsible",
               .columns = reason_columns,
               .column_count = 5,
               .heading_count = 2},
     .sql = DELAYS_BY("SELECT d.reason AS label, coalesce(o.name, d.responsible) AS detail, " WHO
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
     .sql = DELAYS_BY("SELECT coalesce(o.name, d.partner) AS label, '' AS detail, " WHO
                      " FROM delay_partner d JOIN event e USING (event_no)"
                      " LEFT JOIN organisation o ON o.code = d.partner"
                      " LEFT JOIN person_link l USING (record_no)")},
};

static void fill_row(shire_report_draft *draft, shire_report_cell *cells, const shire_frame *frame,
                     size_t row, size_t heading_count, bool withheld) {
    for (size_t i = 0; i < heading_count; i++) {
        const char *text = shire_report_row_text(draft, &frame->columns[i], row);
        cells[i] =
            text != NULL && text[0] == '\0' ? (shire_report_cell){0} : shire_report_text(text);
    }
    cells += heading_count;
    cells[0] = shire_report_people(shire_report_row_number(&frame->columns[2], row), withheld);
    withheld = cells[0].state == SHIRE_REPORT_WITHHELD;
    cells[1] =
        withheld ? cells[0] : shire_report_number(shire_report_row_number(&frame->columns[3], row));
    cells[2] = shire_report_pounds(shire_report_row_number(&frame->columns[4], row), withheld);
}

static shire_status add_table(shire_report_draft *draft, const delay_table *one,
                              shire_error *error) {
    shire_report_table shape = one->shape;
    shire_frame frame;
    shire_report_table *table = NULL;
    shape.has_withheld = true;
    shape.has_total_row = true;
    shire_status status = shire_report_query(draft, one->sql, &frame, error);
    if (status == SHIRE_OK) {
        status = shire_report_table_new(&shape, frame.row_count, draft->arena, &table, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    size_t part_count = frame.row_count == 0 ? 0 : frame.row_count - 1;
    int64_t *people = shire_arena_alloc_array(draft->arena, frame.row_count, sizeof *people);
    uint8_t *withheld = shire_arena_alloc(draft->arena, frame.row_count);
    if (people == NULL || withheld == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the report");
    }
    for (size_t row = 0; row < frame.row_count; row++) {
        people[row] = shire_report_row_number(&frame.columns[2], row);
    }
    const shire_report_suppress_table grid = {1, part_count, people, true, false};
    size_t exposed =
        0; /* a cell alone has no total of its own beside it: the total is withheld too */
    status = shire_report_suppress(&grid, withheld, &exposed, error);
    for (size_t row = 0; status == SHIRE_OK && row < frame.row_count; row++) {
        fill_row(draft, shire_report_table_add_row(table), &frame, row, shape.heading_count,
                 row < part_count && withheld[row]);
    }
    return status == SHIRE_OK ? shire_report_publish(draft, one->value_name, table, error) : status;
}

shire_status shire_report_delays(shire_report_draft *draft, shire_error *error) {
    shire_status status = SHIRE_OK;
    for (size_t i = 0; i < sizeof delay_tables / sizeof delay_tables[0] && status == SHIRE_OK;
         i++) {
        status = add_table(draft, &delay_tables[i], error);
    }
    return status;
}
