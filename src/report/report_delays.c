/*
 * Delayed discharges: days between being ready for discharge and leaving, within the period, and
 * their part of the stay's cost, day for day. The number of people decides what is withheld.
 */
#include "report/report_internal.h"
#include "report/report_suppress_kernel.h"

#include <stdio.h>

static const shire_report_column columns[] = {
    {"Organisation", SHIRE_REPORT_TEXT},
    {"People delayed", SHIRE_REPORT_COUNT},
    {"Days of delay", SHIRE_REPORT_COUNT},
    {"Cost of delay", SHIRE_REPORT_POUNDS},
};

static void fill_row(shire_report_cell *cells, const char *label, int64_t people, int64_t days,
                     int64_t cost, bool withheld) {
    cells[0] = shire_report_text(label);
    cells[1] = shire_report_people(people, withheld);
    withheld = cells[1].state == SHIRE_REPORT_WITHHELD;
    cells[2] = withheld ? cells[1] : shire_report_number(days);
    cells[3] = shire_report_pounds(cost, withheld);
}

static shire_status load_delays(shire_report_draft *draft, shire_frame *frame_out,
                                shire_error *error) {
    char first[11], last[11];
    shire_date_format(draft->partnership->period_first, first);
    shire_date_format(draft->partnership->period_last, last);
    /* The last row, organisation null, is of all organisations: a person may be delayed in two. */
    const char *sql = shire_arena_format(
        draft->arena,
        "SELECT coalesce(any_value(name) FILTER (grouping_no = 0), '') AS name,"
        " count(DISTINCT coalesce(person_no, -1 - event_no)), sum(delay)::BIGINT,"
        " coalesce(sum(((coalesce(amount, 0) * 1000000)::HUGEINT * delay) // stay), 0)::BIGINT "
        "FROM ("
        " SELECT d.*, g.grouping_no FROM ("
        "  SELECT o.name, e.organisation_no, e.event_no, l.person_no, c.amount,"
        "   datediff('day', greatest(e.discharge_ready::DATE, e.start::DATE, DATE '%s'),"
        "    least(e.\"end\"::DATE, DATE '%s' + 1)) AS delay,"
        "   greatest(datediff('day', greatest(e.start::DATE, DATE '%s'),"
        "    least(e.\"end\"::DATE, DATE '%s' + 1)), 1) AS stay"
        "  FROM event e JOIN organisation o USING (organisation_no)"
        "  LEFT JOIN person_link l USING (record_no) LEFT JOIN event_cost c USING (event_no)"
        "  WHERE e.discharge_ready IS NOT NULL AND e.\"end\" IS NOT NULL) d,"
        "  (VALUES (0), (1)) AS g(grouping_no) WHERE d.delay > 0)"
        " GROUP BY grouping_no, CASE WHEN grouping_no = 0 THEN organisation_no END"
        " ORDER BY grouping_no, sum(delay) DESC, name",
        first, last, first, last);
    return shire_report_query(draft, sql, frame_out, error);
}

shire_status shire_report_delays(shire_report_draft *draft, shire_error *error) {
    static const shire_report_table shape = {
        .name = "delayed_discharges",
        .sheet = "Delayed discharges",
        .caption = "Delayed discharges: people, days and cost by organisation",
        .columns = columns,
        .column_count = 4,
        .heading_count = 1,
        .has_withheld = true,
        .has_total_row = true,
    };
    shire_frame frame;
    shire_report_table *table = NULL;
    shire_status status = load_delays(draft, &frame, error);
    if (status == SHIRE_OK) {
        status = shire_report_table_new(&shape, frame.row_count, draft->arena, &table, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    size_t body_count = frame.row_count == 0 ? 0 : frame.row_count - 1;
    int64_t *people = shire_arena_alloc_array(draft->arena, frame.row_count, sizeof *people);
    uint8_t *withheld = shire_arena_alloc(draft->arena, frame.row_count);
    if (people == NULL || withheld == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the report");
    }
    for (size_t row = 0; row < frame.row_count; row++) {
        people[row] = shire_report_row_number(&frame.columns[1], row);
    }
    const shire_report_suppress_table grid = {1, body_count, people, true, false};
    size_t exposed =
        0; /* a cell alone has no total of its own beside it: the total is withheld too */
    status = shire_report_suppress(&grid, withheld, &exposed, error);
    for (size_t row = 0; status == SHIRE_OK && row < frame.row_count; row++) {
        bool total = row == body_count;
        fill_row(shire_report_table_add_row(table),
                 total ? "All organisations" : shire_report_row_text(draft, &frame.columns[0], row),
                 people[row], shire_report_row_number(&frame.columns[2], row),
                 shire_report_row_number(&frame.columns[3], row), !total && withheld[row]);
    }
    return status == SHIRE_OK ? shire_report_publish(draft, "delays_table", table, error) : status;
}
