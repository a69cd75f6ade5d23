/*
 * The money of each body: headline figures, ledger against what was placed, what was left out and
 * why. These are totals of a body's ledger, not of people, and are exact to the last decimal.
 */
#include "report/chart.h"
#include "report/report_format.h"
#include "report/report_internal.h"
#include "report/report_suppress_kernel.h"

static const char *count_text(shire_report_draft *draft, int64_t count) {
    char number[SHIRE_REPORT_NUMBER_BYTES];
    shire_report_format_count(count, number);
    return shire_arena_format(draft->arena, "%s", number);
}

/* Headline counts of people: rounded, or withheld. */
static const char *people_text(shire_report_draft *draft, int64_t people) {
    return shire_report_people_small(people) ? "[c]"
                                             : count_text(draft, shire_report_people_round(people));
}

static const char *money_text(shire_report_draft *draft, shire_money money) {
    char number[SHIRE_REPORT_NUMBER_BYTES];
    shire_report_format_money(money, number);
    return shire_arena_format(draft->arena, "%s", number);
}

shire_status shire_report_summary(shire_report_draft *draft, shire_error *error) {
    static const char sql[] =
        "SELECT (SELECT count(*) FROM person), (SELECT count(*) FROM person_record),"
        " (SELECT count(*) FROM event), (SELECT count(*) FROM activity_item),"
        " coalesce(sum(ledger), 0)::DECIMAL(18,6), coalesce(sum(allocated), 0)::DECIMAL(18,6),"
        " coalesce(sum(excluded), 0)::DECIMAL(18,6), coalesce(sum(unallocated), 0)::DECIMAL(18,6),"
        " coalesce(sum(difference), 0)::DECIMAL(18,6),"
        " count(*) FILTER (difference <> 0),"
        " count(*) FILTER (ledger <> 0 OR allocated <> 0 OR excluded <> 0 OR unallocated <> 0),"
        " (SELECT count(*) FROM person_cost WHERE person_no IS NULL),"
        " (SELECT coalesce(sum(amount), 0)::DECIMAL(18,6) FROM person_cost"
        "  WHERE person_no IS NULL)"
        " FROM reconciliation";
    shire_frame frame;
    shire_status status = shire_report_query(draft, sql, &frame, error);
    if (status != SHIRE_OK) {
        return status;
    }
    int64_t figures[13];
    for (size_t i = 0; i < 13; i++) {
        figures[i] = shire_report_row_number(&frame.columns[i], 0);
    }
    const shire_partnership *partnership = draft->partnership;
    const struct {
        const char *name;
        const char *text;
    } values[] = {
        {"name", partnership->name},
        {"period_first", shire_report_date_text(draft, partnership->period_first)},
        {"period_last", shire_report_date_text(draft, partnership->period_last)},
        {"population",
         partnership->population > 0 ? count_text(draft, partnership->population) : ""},
        {"people", people_text(draft, figures[0])},
        {"records", people_text(draft, figures[1])},
        {"events", count_text(draft, figures[2])},
        {"items", count_text(draft, figures[3])},
        {"ledger", money_text(draft, figures[4])},
        {"allocated", money_text(draft, figures[5])},
        {"excluded", money_text(draft, figures[6])},
        {"unallocated", money_text(draft, figures[7])},
        {"difference", money_text(draft, figures[8])},
        {"unreconciled_bodies", figures[9] > 0 ? count_text(draft, figures[9]) : ""},
        {"bodies", count_text(draft, figures[10])},
        {"personless_cost", figures[11] > 0 ? money_text(draft, figures[12]) : ""},
    };
    for (size_t i = 0; status == SHIRE_OK && i < sizeof values / sizeof values[0]; i++) {
        status = shire_report_set(draft, values[i].name, values[i].text, error);
    }
    return status;
}

static shire_status draw_bodies(shire_report_draft *draft, const shire_report_table *table,
                                shire_error *error) {
    static const char *const series[] = {"Allocated to care", "Excluded, with a reason",
                                         "Unallocated, listed"};
    size_t body_count = table->row_count - 1; /* the last row is the total */
    shire_chart_bar *bars = shire_arena_alloc_array(draft->arena, body_count, sizeof *bars);
    if (bars == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the report");
    }
    bool has_credits = false;
    for (size_t i = 0; i < body_count; i++) {
        const shire_report_cell *cells = &table->cells[i * table->column_count];
        has_credits = has_credits || cells[3].value < 0 || cells[4].value < 0 || cells[5].value < 0;
        char number[SHIRE_REPORT_NUMBER_BYTES];
        shire_report_format_short(cells[2].value, number);
        bars[i] = (shire_chart_bar){cells[0].text,
                                    shire_arena_format(draft->arena, "%s", number),
                                    {cells[3].value, cells[4].value, cells[5].value, 0}};
        if (bars[i].value_label == NULL) {
            return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the report");
        }
    }
    const shire_chart_head head = {
        .id = "chart-bodies",
        .title = "Ledger of each organisation by what became of it",
        .description = "One bar for each organisation, from the largest ledger down, divided into "
                       "what was allocated to care, what was excluded and what is unallocated. "
                       "The table that follows has the figures.",
        .unit = SHIRE_CHART_MONEY,
        .series_names = series,
        .series_count = 3,
    };
    shire_builder html = {0};
    shire_chart_append_bars(&html, &head, bars, body_count);
    shire_status status = shire_report_set_built(draft, "bodies_chart", &html, error);
    return status == SHIRE_OK
               ? shire_report_set(draft, "has_credits", has_credits ? "yes" : "", error)
               : status;
}

shire_status shire_report_bodies(shire_report_draft *draft, shire_error *error) {
    /* Bodies that were closed before the period have nothing to show. */
    static const char sql[] =
        "SELECT o.name, o.code, r.ledger, r.allocated, r.excluded, r.unallocated, r.difference"
        " FROM reconciliation r JOIN organisation o USING (organisation_no)"
        " WHERE ledger <> 0 OR allocated <> 0 OR excluded <> 0 OR unallocated <> 0"
        "  OR difference <> 0"
        " ORDER BY r.ledger DESC, o.code";
    static const shire_report_column columns[] = {
        {"Organisation", SHIRE_REPORT_TEXT}, {"Code", SHIRE_REPORT_TEXT},
        {"Ledger", SHIRE_REPORT_MONEY},      {"Allocated", SHIRE_REPORT_MONEY},
        {"Excluded", SHIRE_REPORT_MONEY},    {"Unallocated", SHIRE_REPORT_MONEY},
        {"Difference", SHIRE_REPORT_MONEY},
    };
    static const shire_report_table shape = {
        .name = "organisations",
        .sheet = "Organisations",
        .caption = "Reconciliation: ledger less allocated, excluded and unallocated, exactly",
        .columns = columns,
        .column_count = 7,
        .heading_count = 1,
        .has_total_row = true,
    };
    shire_frame frame;
    shire_report_table *table = NULL;
    shire_status status = shire_report_query(draft, sql, &frame, error);
    if (status == SHIRE_OK) {
        status = shire_report_table_new(&shape, frame.row_count + 1, draft->arena, &table, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    shire_money totals[7] = {0};
    for (size_t row = 0; row < frame.row_count; row++) {
        shire_report_cell *cells = shire_report_table_add_row(table);
        cells[0] = shire_report_text(shire_report_row_text(draft, &frame.columns[0], row));
        cells[1] = shire_report_text(shire_report_row_text(draft, &frame.columns[1], row));
        for (size_t i = 2; i < 7; i++) {
            cells[i] = shire_report_number(shire_report_row_number(&frame.columns[i], row));
            status = status == SHIRE_OK ? shire_money_add(totals[i], cells[i].value, &totals[i])
                                        : status;
        }
    }
    if (status != SHIRE_OK) {
        return SHIRE_FAIL(error, status, "the ledgers together are more than the report can hold");
    }
    shire_report_cell *cells = shire_report_table_add_row(table);
    cells[0] = shire_report_text("All organisations");
    for (size_t i = 2; i < 7; i++) {
        cells[i] = shire_report_number(totals[i]);
    }
    status = draw_bodies(draft, table, error);
    return status == SHIRE_OK ? shire_report_publish(draft, "bodies_table", table, error) : status;
}

shire_status shire_report_unplaced(shire_report_draft *draft, shire_error *error) {
    static const shire_report_column excluded_columns[] = {
        {"Organisation", SHIRE_REPORT_TEXT},
        {"Reason", SHIRE_REPORT_TEXT},
        {"Ledger lines", SHIRE_REPORT_COUNT},
        {"Amount", SHIRE_REPORT_MONEY},
    };
    static const shire_report_table excluded = {
        .name = "excluded",
        .sheet = "Excluded",
        .caption = "Ledger amounts excluded from the cost of care, by reason; income is negative",
        .columns = excluded_columns,
        .column_count = 4,
        .heading_count = 2,
        .html_row_limit = 30,
    };
    static const shire_report_column unallocated_columns[] = {
        {"Organisation", SHIRE_REPORT_TEXT}, {"What", SHIRE_REPORT_TEXT},
        {"Name", SHIRE_REPORT_TEXT},         {"Reason", SHIRE_REPORT_TEXT},
        {"Amount", SHIRE_REPORT_MONEY},
    };
    static const shire_report_table unallocated = {
        .name = "unallocated",
        .sheet = "Unallocated",
        .caption = "Amounts that the costing model could not place, largest first",
        .columns = unallocated_columns,
        .column_count = 5,
        .heading_count = 1,
        .html_row_limit = 30,
    };
    shire_status status = shire_report_rows_table(
        draft, "excluded_table", &excluded,
        "SELECT o.name, coalesce(nullif(c.reason, ''),"
        "  CASE c.treatment WHEN 'income' THEN 'income' ELSE 'no reason given' END) AS reason,"
        " count(DISTINCT c.line_no), sum(c.amount)::DECIMAL(18,6) AS amount"
        " FROM cost_ledger c JOIN ledger_line l USING (line_no)"
        " JOIN organisation o ON o.organisation_no = l.organisation_no"
        " WHERE c.treatment IN ('excluded', 'income') GROUP BY o.name, 2"
        " ORDER BY abs(sum(c.amount)) DESC, 1, 2",
        error);
    if (status == SHIRE_OK) {
        status = shire_report_rows_table(
            draft, "unallocated_table", &unallocated,
            "SELECT o.name, CASE u.stage WHEN 'ledger' THEN 'Ledger lines' WHEN 'item' THEN 'Items'"
            " ELSE upper(u.stage[1]) || u.stage[2:] END, coalesce(u.name, ''), coalesce(u.reason, "
            "''),"
            " sum(u.amount)::DECIMAL(18,6) AS amount"
            " FROM unallocated u JOIN organisation o USING (organisation_no)"
            " GROUP BY ALL ORDER BY abs(sum(u.amount)) DESC, 1, 2, 3, 4",
            error);
    }
    return status;
}
