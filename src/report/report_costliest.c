/*
 * How unequally cost falls: the share of cost of the costliest 1 %, 2 %, ... of people (a Lorenz
 * curve), and for which kinds of care the costliest 1 % are costly. Everyone in the person index
 * counts, also those who had no care. A step is shown only when enough people lie between it and
 * the step before.
 */
#include "report/chart.h"
#include "report/report_format.h"
#include "report/report_internal.h"
#include "report/report_suppress_kernel.h"

#define STEP_COUNT 13

static shire_status no_memory(shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the report");
}

static shire_status draw_curve(shire_report_draft *draft, const shire_frame *steps, int64_t total,
                               shire_error *error) {
    static const char *const names[] = {"Share of cost", "If everyone cost the same"};
    static const shire_chart_mark marks[] = {{0, "0%"},    {200, "20%"}, {400, "40%"},
                                             {600, "60%"}, {800, "80%"}, {1000, "100%"}};
    static const shire_chart_point equal[] = {{0, false, 0}, {1000, false, 1000}};
    shire_chart_point curve[STEP_COUNT + 1] = {{0, false, 0}};
    for (size_t row = 0; row < steps->row_count; row++) {
        curve[row + 1] = (shire_chart_point){
            (int32_t)shire_report_row_number(&steps->columns[0], row) * 10, false,
            shire_report_percent_tenths(shire_report_row_number(&steps->columns[2], row), total)};
    }
    const shire_chart_point *const series[] = {curve, equal};
    const size_t counts[] = {steps->row_count + 1, 2};
    const shire_chart_head head = {
        .id = "chart-costliest",
        .title = "Share of all cost against share of people, costliest first",
        .description = "A curve that rises steeply from the left: the nearer it is to the upper "
                       "left corner, the fewer people account for most of the cost. The straight "
                       "line is equal cost for everyone. The table that follows has the figures.",
        .unit = SHIRE_CHART_PERCENT,
        .series_names = names,
        .series_count = 2,
    };
    const shire_chart_lines lines = {
        .series = series,
        .point_counts = counts,
        .marks = marks,
        .mark_count = 6,
        .x_title = "Share of people, costliest first",
        .y_title = "Share of cost",
        .value_max = 1000,
    };
    shire_builder html = {0};
    shire_chart_append_lines(&html, &head, &lines);
    return shire_report_set_built(draft, "costliest_chart", &html, error);
}

static shire_status publish_steps(shire_report_draft *draft, const shire_frame *steps,
                                  int64_t total, shire_error *error) {
    static const shire_report_column columns[] = {
        {"People", SHIRE_REPORT_TEXT},          {"Number of people", SHIRE_REPORT_COUNT},
        {"Cost", SHIRE_REPORT_POUNDS},          {"Share of cost", SHIRE_REPORT_PERCENT},
        {"Cost per head", SHIRE_REPORT_POUNDS},
    };
    static const shire_report_table shape = {
        .name = "costliest_people",
        .sheet = "Costliest people",
        .caption = "Cost of the costliest people",
        .columns = columns,
        .column_count = 5,
        .heading_count = 1,
        .has_withheld = true,
    };
    shire_report_table *table = NULL;
    shire_status status =
        shire_report_table_new(&shape, steps->row_count, draft->arena, &table, error);
    for (size_t row = 0; status == SHIRE_OK && row < steps->row_count; row++) {
        int percent = (int)shire_report_row_number(&steps->columns[0], row);
        int64_t people = shire_report_row_number(&steps->columns[1], row);
        int64_t cost = shire_report_row_number(&steps->columns[2], row);
        const char *label = percent == 100
                                ? "Everyone"
                                : shire_arena_format(draft->arena, "Costliest %d%%", percent);
        if (label == NULL) {
            return no_memory(error);
        }
        shire_report_cell *cells = shire_report_table_add_row(table);
        cells[0] = shire_report_text(label);
        cells[1] = shire_report_people(people, false);
        cells[2] = shire_report_pounds(cost, false);
        cells[3] = shire_report_number(shire_report_percent_tenths(cost, total));
        cells[4] = shire_report_pounds(shire_report_divide(cost, shire_report_people_round(people)),
                                       false);
    }
    return status == SHIRE_OK ? shire_report_publish(draft, "costliest_table", table, error)
                              : status;
}

/* Kinds of care of the costliest 1 % against everyone else: two columns, one of them published. */
static shire_status publish_kinds(shire_report_draft *draft, shire_error *error) {
    static const char sql[] =
        "SELECT kind_no, kind, count(*) FILTER (top), count(*) FILTER (NOT top),"
        " coalesce(sum(amount) FILTER (top), 0)::DECIMAL(18,6), sum(amount)::DECIMAL(18,6) FROM ("
        " SELECT k.kind_no, k.kind, c.person_no, sum(c.amount) AS amount,"
        "  any_value(p.cost_rank * 100 <= (SELECT count(*) FROM person)) AS top"
        " FROM report_cost c JOIN report_kind k USING (setting)"
        " JOIN report_person p USING (person_no) GROUP BY k.kind_no, k.kind, c.person_no)"
        " GROUP BY kind_no, kind ORDER BY kind_no";
    static const shire_report_column columns[] = {
        {"Kind of care", SHIRE_REPORT_TEXT},
        {"People of the costliest 1%", SHIRE_REPORT_COUNT},
        {"Their cost", SHIRE_REPORT_POUNDS},
        {"Share of this kind of care", SHIRE_REPORT_PERCENT},
    };
    static const shire_report_table shape = {
        .name = "costliest_people_by_kind",
        .sheet = "Costliest 1% by kind of care",
        .caption = "What the costliest 1% of people cost, by kind of care",
        .columns = columns,
        .column_count = 4,
        .heading_count = 1,
        .has_withheld = true,
    };
    shire_frame frame;
    shire_report_table *table = NULL;
    shire_status status = shire_report_query(draft, sql, &frame, error);
    if (status == SHIRE_OK) {
        status = shire_report_table_new(&shape, frame.row_count, draft->arena, &table, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    int64_t *people = shire_arena_alloc_array(draft->arena, 2 * frame.row_count, sizeof *people);
    uint8_t *withheld = shire_arena_alloc(draft->arena, 2 * frame.row_count);
    if (people == NULL || withheld == NULL) {
        return no_memory(error);
    }
    for (size_t row = 0; row < frame.row_count; row++) {
        people[2 * row] = shire_report_row_number(&frame.columns[2], row);
        people[2 * row + 1] = shire_report_row_number(&frame.columns[3], row);
    }
    const shire_report_suppress_table grid = {frame.row_count, 2, people, true, true};
    size_t exposed = 0;
    status = shire_report_suppress(&grid, withheld, &exposed, error);
    for (size_t row = 0; status == SHIRE_OK && row < frame.row_count; row++) {
        bool hidden = withheld[2 * row];
        int64_t cost = shire_report_row_number(&frame.columns[4], row);
        shire_report_cell *cells = shire_report_table_add_row(table);
        cells[0] = shire_report_text(shire_report_row_text(draft, &frame.columns[1], row));
        cells[1] = shire_report_people(people[2 * row], hidden);
        cells[2] = shire_report_pounds(cost, hidden);
        cells[3] = hidden ? cells[2]
                          : shire_report_number(shire_report_percent_tenths(
                                cost, shire_report_row_number(&frame.columns[5], row)));
    }
    return status == SHIRE_OK ? shire_report_publish(draft, "costliest_kinds_table", table, error)
                              : status;
}

shire_status shire_report_costliest(shire_report_draft *draft, shire_error *error) {
    static const char sql[] =
        "SELECT s.percent, count(*), sum(p.amount)::DECIMAL(18,6)"
        " FROM (VALUES (1), (2), (5), (10), (20), (30), (40), (50), (60), (70), (80), (90), (100))"
        "  AS s(percent) JOIN (SELECT count(*) AS people FROM person) n ON n.people >= 800"
        " JOIN report_person p ON p.cost_rank <= n.people * s.percent // 100"
        " GROUP BY s.percent ORDER BY s.percent";
    shire_frame steps;
    shire_status status = shire_report_query(draft, sql, &steps, error);
    if (status != SHIRE_OK) {
        return status;
    }
    int64_t total =
        steps.row_count == 0 ? 0 : shire_report_row_number(&steps.columns[2], steps.row_count - 1);
    if (total <= 0) {
        static const char *const empty[] = {"costliest_share", "costliest_chart", "costliest_table",
                                            "costliest_kinds_table"};
        for (size_t i = 0; status == SHIRE_OK && i < sizeof empty / sizeof empty[0]; i++) {
            status = shire_report_set(draft, empty[i], "", error);
        }
        return status;
    }
    char share[SHIRE_REPORT_NUMBER_BYTES];
    shire_report_format_percent(
        shire_report_percent_tenths(shire_report_row_number(&steps.columns[2], 0), total), share);
    status = shire_report_set(draft, "costliest_share",
                              shire_arena_format(draft->arena, "%s", share), error);
    if (status == SHIRE_OK) {
        status = draw_curve(draft, &steps, total, error);
    }
    if (status == SHIRE_OK) {
        status = publish_steps(draft, &steps, total, error);
    }
    return status == SHIRE_OK ? publish_kinds(draft, error) : status;
}
