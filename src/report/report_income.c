/*
 * Cost beside income: each organisation's two ledgers by what they were for, which are exact, and
 * the margin of each service, that is income less cost, where income was matched to events or
 * events are kept apart. The number of people decides what is withheld in the second table.
 */
#include "report/report_internal.h"
#include "report/report_suppress_kernel.h"

static shire_status publish_ledgers(shire_report_draft *draft, shire_error *error) {
    static const char sql[] =
        "SELECT o.name, CASE ledger WHEN 'cost' THEN 'Cost' ELSE 'Income' END, CASE segment WHEN "
        "'patient' THEN 'Patient care' ELSE upper(segment[1]) || segment[2:] END, s.amount"
        " FROM ledger_segment s JOIN organisation o USING (organisation_no)"
        " WHERE organisation_no IN (SELECT organisation_no FROM ledger_segment WHERE ledger ="
        "  'income' OR segment NOT IN ('patient', 'excluded', 'unallocated'))"
        " ORDER BY o.name, organisation_no, ledger, segment <> 'patient', segment";
    static const shire_report_column columns[] = {
        {"Organisation", SHIRE_REPORT_TEXT},
        {"Ledger", SHIRE_REPORT_TEXT},
        {"For", SHIRE_REPORT_TEXT},
        {"Amount", SHIRE_REPORT_MONEY},
    };
    static const shire_report_table shape = {
        .name = "ledgers",
        .sheet = "Cost and income",
        .caption = "Cost and income of each organisation by what they were for, as in the ledger: "
                   "income is negative",
        .columns = columns,
        .column_count = 4,
        .heading_count = 3,
        .html_row_limit = 40,
    };
    return shire_report_rows_table(draft, "ledgers_table", &shape, sql, error);
}

/* The last row is of all; services beyond the 60 dearest are one row. */
static const char margins_sql[] =
    "WITH side AS ("
    " SELECT event_no, amount AS cost, 0 AS income, 'Patient care' AS purpose FROM event_cost"
    " UNION ALL SELECT event_no, amount, 0, upper(segment[1]) || segment[2:] FROM event_apart"
    " UNION ALL SELECT event_no, 0, -amount, coalesce(upper(s.segment[1]) || s.segment[2:],"
    "  'Patient care') FROM event_income LEFT JOIN event_segment s USING (event_no)),"
    " chosen AS (SELECT DISTINCT organisation_no FROM event WHERE event_no IN (SELECT event_no"
    "  FROM event_income UNION ALL SELECT event_no FROM event_apart)),"
    " booked AS (SELECT o.name, coalesce(nullif(e.specialty, ''), nullif(e.setting, ''),"
    "  'Not recorded') AS service, purpose, coalesce(l.person_no, -1 - event_no) AS who, event_no,"
    "  cost, income FROM side JOIN event e USING (event_no) JOIN chosen USING (organisation_no)"
    "  JOIN organisation o USING (organisation_no) LEFT JOIN person_link l USING (record_no)),"
    " ranked AS (SELECT name, service, purpose, row_number() OVER (ORDER BY sum(cost) DESC, name,"
    "  service, purpose) AS place FROM booked GROUP BY name, service, purpose),"
    " placed AS (SELECT who, event_no, cost, income,"
    "  CASE WHEN place <= 60 THEN name ELSE 'All others' END AS name,"
    "  CASE WHEN place <= 60 THEN service ELSE '' END AS service,"
    "  CASE WHEN place <= 60 THEN purpose ELSE '' END AS purpose"
    "  FROM booked JOIN ranked USING (name, service, purpose)) "
    "SELECT name, service, purpose, count(DISTINCT who), count(DISTINCT event_no),"
    " (sum(cost) * 1000000)::BIGINT, (sum(income) * 1000000)::BIGINT, 0 AS part"
    " FROM placed GROUP BY name, service, purpose "
    "UNION ALL SELECT 'All', '', '', count(DISTINCT who), count(DISTINCT event_no),"
    " (sum(cost) * 1000000)::BIGINT, (sum(income) * 1000000)::BIGINT, 1"
    " FROM placed HAVING count(*) > 0 ORDER BY part, name, 6 DESC, service, purpose";

static void fill_margin(shire_report_draft *draft, shire_report_cell *cells,
                        const shire_frame *frame, size_t row, bool withheld) {
    int64_t figures[4];
    for (size_t i = 0; i < 4; i++) {
        figures[i] = shire_report_row_number(&frame->columns[i + 3], row);
    }
    for (size_t i = 0; i < 3; i++) {
        const char *text = shire_report_row_text(draft, &frame->columns[i], row);
        cells[i] =
            text != NULL && text[0] == '\0' ? (shire_report_cell){0} : shire_report_text(text);
    }
    cells[3] = shire_report_people(figures[0], withheld);
    withheld = cells[3].state == SHIRE_REPORT_WITHHELD;
    cells[4] = withheld ? cells[3] : shire_report_number(figures[1]);
    cells[5] = shire_report_pounds(figures[2], withheld);
    cells[6] = shire_report_pounds(figures[3], withheld);
    cells[7] = shire_report_pounds(figures[3] - figures[2], withheld);
}

static shire_status publish_margins(shire_report_draft *draft, shire_error *error) {
    static const shire_report_column columns[] = {
        {"Organisation", SHIRE_REPORT_TEXT}, {"Service", SHIRE_REPORT_TEXT},
        {"For", SHIRE_REPORT_TEXT},          {"People", SHIRE_REPORT_COUNT},
        {"Events", SHIRE_REPORT_COUNT},      {"Cost", SHIRE_REPORT_POUNDS},
        {"Income", SHIRE_REPORT_POUNDS},     {"Margin", SHIRE_REPORT_POUNDS},
    };
    static const shire_report_table shape = {
        .name = "margins",
        .sheet = "Margin by service",
        .caption = "Cost, income and margin by service: what reached events of care",
        .columns = columns,
        .column_count = 8,
        .heading_count = 3,
        .has_withheld = true,
        .has_total_row = true,
    };
    shire_frame frame = {0};
    shire_report_table *table = NULL;
    int64_t has_events = 0;
    shire_status status = shire_table_query_int64(
        draft->warehouse,
        "SELECT (SELECT count(*) FROM event_income) + (SELECT count(*) FROM event_apart)",
        &has_events, error);
    if (status == SHIRE_OK && has_events > 0) { /* else all events would be joined for nothing */
        status = shire_report_query(draft, margins_sql, &frame, error);
    }
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
        people[row] = shire_report_row_number(&frame.columns[3], row);
    }
    const shire_report_suppress_table grid = {1, part_count, people, true, false};
    size_t exposed = 0;
    status = shire_report_suppress(&grid, withheld, &exposed, error);
    for (size_t row = 0; status == SHIRE_OK && row < frame.row_count; row++) {
        bool alone = exposed > 0 && row == part_count; /* the total would tell of the one row */
        fill_margin(draft, shire_report_table_add_row(table), &frame, row,
                    (row < part_count && withheld[row]) || alone);
    }
    return status == SHIRE_OK ? shire_report_publish(draft, "margins_table", table, error) : status;
}

shire_status shire_report_income(shire_report_draft *draft, shire_error *error) {
    shire_status status = publish_ledgers(draft, error);
    return status == SHIRE_OK ? publish_margins(draft, error) : status;
}
