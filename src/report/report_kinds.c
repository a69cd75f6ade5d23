/*
 * Cost by kind of care, and by kind and organisation. Kinds with few people are put together first,
 * so that the total of every kind may be shown in this and every other table; then the cells of
 * kind by organisation are suppressed against both sets of totals, which are exact.
 */
#include "report/chart.h"
#include "report/report_format.h"
#include "report/report_internal.h"
#include "report/report_suppress_kernel.h"

#include <ctype.h>

/* More kinds than a reader can follow go to the joined group too. */
#define KINDS_SHOWN_MAX 24
#define CHART_BARS_MAX 16
/* A joined group of up to so many names says them. */
#define KINDS_NAMED_MAX 3

static shire_status no_memory(shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the report");
}

typedef struct kind_grouping {
    shire_frame settings; /* setting, people, cost; costliest first */
    size_t *group;
    size_t group_count;
    bool last_is_joined;
} kind_grouping;

static shire_status group_settings(shire_report_draft *draft, kind_grouping *grouping,
                                   shire_error *error) {
    static const char sql[] =
        "SELECT setting, count(DISTINCT person_no), sum(amount)::DECIMAL(18,6) FROM report_cost"
        " GROUP BY setting ORDER BY sum(amount) DESC, setting";
    shire_status status = shire_report_query(draft, sql, &grouping->settings, error);
    if (status != SHIRE_OK) {
        return status;
    }
    size_t count = grouping->settings.row_count;
    int64_t *people = shire_arena_alloc_array(draft->arena, count, sizeof *people);
    int64_t *cost = shire_arena_alloc_array(draft->arena, count, sizeof *cost);
    grouping->group = shire_arena_alloc_array(draft->arena, count, sizeof *grouping->group);
    if (people == NULL || cost == NULL || grouping->group == NULL) {
        return no_memory(error);
    }
    for (size_t row = 0; row < count; row++) {
        people[row] = shire_report_row_number(&grouping->settings.columns[1], row);
        cost[row] = shire_report_row_number(&grouping->settings.columns[2], row);
    }
    grouping->group_count =
        shire_report_group_small(people, cost, count, grouping->group, &grouping->last_is_joined);
    if (grouping->group_count > KINDS_SHOWN_MAX) {
        grouping->group_count = KINDS_SHOWN_MAX;
        grouping->last_is_joined = true;
    }
    for (size_t row = 0; row < count; row++) {
        if (grouping->group[row] >= grouping->group_count) {
            grouping->group[row] = grouping->group_count - 1;
        }
    }
    return SHIRE_OK;
}

/* "Emergency or mortuary", or "Other kinds of care" where that would be long. */
static const char *joined_label(shire_report_draft *draft, const kind_grouping *grouping) {
    const char *label = NULL;
    size_t joined = 0;
    for (size_t row = 0; row < grouping->settings.row_count; row++) {
        if (grouping->group[row] != grouping->group_count - 1) {
            continue;
        }
        char *name = shire_report_row_label(draft, &grouping->settings.columns[0], row);
        if (joined++ > 0 && name != NULL) {
            name[0] = (char)tolower((unsigned char)name[0]);
            label = shire_arena_format(draft->arena, "%s or %s", label, name);
        } else {
            label = name;
        }
        if (label == NULL) {
            return NULL;
        }
    }
    return joined > KINDS_NAMED_MAX ? "Other kinds of care" : label;
}

/* Make report_kind: which kind each setting is shown under. */
static shire_status make_kinds(shire_report_draft *draft, shire_error *error) {
    kind_grouping grouping = {0};
    shire_status status = group_settings(draft, &grouping, error);
    if (status != SHIRE_OK) {
        return status;
    }
    const shire_column *settings = &grouping.settings.columns[0];
    shire_builder sql = {0};
    shire_builder_append_text(&sql, "CREATE OR REPLACE TEMP TABLE report_kind"
                                    " (setting VARCHAR, kind_no INTEGER, kind VARCHAR);");
    for (size_t row = 0; row < grouping.settings.row_count; row++) {
        bool joined = grouping.last_is_joined && grouping.group[row] == grouping.group_count - 1;
        const char *label =
            joined ? joined_label(draft, &grouping) : shire_report_row_label(draft, settings, row);
        shire_builder_append_text(&sql, row == 0 ? "INSERT INTO report_kind VALUES (" : ", (");
        shire_builder_append_sql_literal(&sql, shire_column_text(settings, row));
        shire_builder_append_format(&sql, ", %zu, ", grouping.group[row]);
        shire_builder_append_sql_literal(&sql, shire_span_of(label));
        shire_builder_append_text(&sql, ")");
    }
    status =
        sql.failed ? no_memory(error) : shire_table_execute(draft->warehouse, sql.bytes, error);
    shire_builder_free(&sql);
    return status;
}

static shire_status draw_kinds(shire_report_draft *draft, const shire_frame *kinds,
                               shire_error *error) {
    size_t bar_count = kinds->row_count < CHART_BARS_MAX ? kinds->row_count : CHART_BARS_MAX;
    shire_chart_bar *bars = shire_arena_alloc_array(draft->arena, bar_count, sizeof *bars);
    if (bars == NULL) {
        return no_memory(error);
    }
    int64_t total = 0;
    for (size_t row = 0; row < kinds->row_count; row++) {
        total += shire_report_row_number(&kinds->columns[3], row);
    }
    for (size_t i = 0; i < bar_count; i++) {
        int64_t cost = shire_report_row_number(&kinds->columns[3], i);
        char money[SHIRE_REPORT_NUMBER_BYTES], share[SHIRE_REPORT_NUMBER_BYTES];
        shire_report_format_short(cost, money);
        shire_report_format_percent(shire_report_percent_tenths(cost, total), share);
        bars[i] = (shire_chart_bar){shire_report_row_text(draft, &kinds->columns[1], i),
                                    shire_arena_format(draft->arena, "%s, %s", money, share),
                                    {cost, 0, 0, 0}};
        if (bars[i].label == NULL || bars[i].value_label == NULL) {
            return no_memory(error);
        }
    }
    const shire_chart_head head = {
        .id = "chart-kinds",
        .title = "Cost by kind of care",
        .description = "One bar for each kind of care with its cost and its share of all cost of "
                       "care. The tables that follow have the figures.",
        .unit = SHIRE_CHART_MONEY,
        .series_count = 1,
    };
    shire_builder html = {0};
    if (bar_count > 0) {
        shire_chart_append_bars(&html, &head, bars, bar_count);
    }
    return shire_report_set_built(draft, "kinds_chart", &html, error);
}

static const shire_report_column kind_columns[] = {
    {"Kind of care", SHIRE_REPORT_TEXT},
    {"People", SHIRE_REPORT_COUNT},
    {"Cost", SHIRE_REPORT_POUNDS},
    {"Share of cost", SHIRE_REPORT_PERCENT},
    {"Cost per person", SHIRE_REPORT_POUNDS},
};

static shire_status publish_kinds(shire_report_draft *draft, const shire_frame *kinds,
                                  shire_error *error) {
    static const shire_report_table shape = {
        .name = "cost_by_kind",
        .sheet = "Cost by kind of care",
        .caption = "People who had care of each kind, and what it cost",
        .columns = kind_columns,
        .column_count = 5,
        .heading_count = 1,
        .has_withheld = true,
    };
    shire_report_table *table = NULL;
    shire_status status =
        shire_report_table_new(&shape, kinds->row_count, draft->arena, &table, error);
    int64_t total = 0;
    for (size_t row = 0; row < kinds->row_count; row++) {
        total += shire_report_row_number(&kinds->columns[3], row);
    }
    for (size_t row = 0; status == SHIRE_OK && row < kinds->row_count; row++) {
        int64_t people = shire_report_row_number(&kinds->columns[2], row);
        int64_t cost = shire_report_row_number(&kinds->columns[3], row);
        int64_t rounded = shire_report_people_round(people);
        shire_report_cell *cells = shire_report_table_add_row(table);
        cells[0] = shire_report_text(shire_report_row_text(draft, &kinds->columns[1], row));
        cells[1] = shire_report_people(people, false);
        bool withheld = cells[1].state == SHIRE_REPORT_WITHHELD;
        cells[2] = shire_report_pounds(cost, withheld);
        if (withheld) {
            cells[3] = cells[4] = cells[1];
        } else {
            cells[3] = shire_report_number(shire_report_percent_tenths(cost, total));
            /* Per rounded person: dividing by the true count would give it away. */
            cells[4] =
                shire_report_pounds(shire_report_divide(cost, rounded > 0 ? rounded : 1), false);
        }
    }
    return status == SHIRE_OK ? shire_report_publish(draft, "kinds_table", table, error) : status;
}

typedef struct kind_grid {
    size_t body_count;
    size_t kind_count;
    int64_t *people; /* body by body */
    int64_t *cost;
    uint8_t *withheld;
} kind_grid;

static shire_status load_grid(shire_report_draft *draft, const shire_frame *bodies,
                              size_t kind_count, kind_grid *grid_out, shire_error *error) {
    static const char sql[] =
        "SELECT organisation_no, kind_no, count(*), sum(amount)::DECIMAL(18,6) FROM ("
        " SELECT c.organisation_no, k.kind_no, c.person_no, sum(c.amount) AS amount"
        " FROM report_cost c JOIN report_kind k USING (setting) GROUP BY ALL)"
        " GROUP BY ALL ORDER BY organisation_no, kind_no";
    shire_frame cells;
    shire_status status = shire_report_query(draft, sql, &cells, error);
    kind_grid grid = {.body_count = bodies->row_count, .kind_count = kind_count};
    size_t count = grid.body_count * grid.kind_count;
    grid.people = shire_arena_alloc_array(draft->arena, count, sizeof *grid.people);
    grid.cost = shire_arena_alloc_array(draft->arena, count, sizeof *grid.cost);
    grid.withheld = shire_arena_alloc(draft->arena, count);
    if (status != SHIRE_OK || grid.people == NULL || grid.cost == NULL || grid.withheld == NULL) {
        return status != SHIRE_OK ? status : no_memory(error);
    }
    size_t body = 0;
    for (size_t row = 0; row < cells.row_count; row++) {
        int64_t organisation_no = shire_report_row_number(&cells.columns[0], row);
        /* Both frames are sorted by organisation_no. */
        while (shire_report_row_number(&bodies->columns[0], body) != organisation_no) {
            body++;
        }
        size_t cell = body * kind_count + (size_t)shire_report_row_number(&cells.columns[1], row);
        grid.people[cell] = shire_report_row_number(&cells.columns[2], row);
        grid.cost[cell] = shire_report_row_number(&cells.columns[3], row);
    }
    const shire_report_suppress_table table = {grid.body_count, kind_count, grid.people, true,
                                               grid.body_count > 1};
    size_t exposed = 0; /* a cell alone in its body is that body's finance total: not hidden */
    *grid_out = grid;
    return shire_report_suppress(&table, grid.withheld, &exposed, error);
}

static shire_status publish_grid(shire_report_draft *draft, const shire_frame *kinds,
                                 shire_error *error) {
    static const shire_report_column columns[] = {
        {"Organisation", SHIRE_REPORT_TEXT},      {"Kind of care", SHIRE_REPORT_TEXT},
        {"People", SHIRE_REPORT_COUNT},           {"Cost", SHIRE_REPORT_POUNDS},
        {"Cost per person", SHIRE_REPORT_POUNDS},
    };
    static const shire_report_table shape = {
        .name = "cost_by_kind_and_organisation",
        .sheet = "Kind of care by organisation",
        .caption = "People and cost by kind of care within each organisation",
        .columns = columns,
        .column_count = 5,
        .heading_count = 2,
        .has_withheld = true,
        .html_row_limit = 100,
    };
    shire_frame bodies;
    kind_grid grid = {0};
    shire_report_table *table = NULL;
    shire_status status = shire_report_query(draft,
                                             "SELECT organisation_no, o.name FROM report_cost JOIN "
                                             "organisation o USING (organisation_no)"
                                             " GROUP BY ALL ORDER BY organisation_no",
                                             &bodies, error);
    if (status == SHIRE_OK) {
        status = load_grid(draft, &bodies, kinds->row_count, &grid, error);
    }
    if (status == SHIRE_OK) {
        status = shire_report_table_new(&shape, grid.body_count * grid.kind_count, draft->arena,
                                        &table, error);
    }
    for (size_t cell = 0; status == SHIRE_OK && cell < grid.body_count * grid.kind_count; cell++) {
        bool withheld = grid.withheld[cell];
        if (grid.people[cell] == 0 && !withheld) {
            continue; /* a body without this kind of care has no row */
        }
        int64_t rounded = shire_report_people_round(grid.people[cell]);
        shire_report_cell *cells = shire_report_table_add_row(table);
        cells[0] = shire_report_text(
            shire_report_row_text(draft, &bodies.columns[1], cell / grid.kind_count));
        cells[1] = shire_report_text(
            shire_report_row_text(draft, &kinds->columns[1], cell % grid.kind_count));
        cells[2] = shire_report_people(grid.people[cell], withheld);
        cells[3] = shire_report_pounds(grid.cost[cell], withheld);
        cells[4] = shire_report_pounds(
            shire_report_divide(grid.cost[cell], rounded > 0 ? rounded : 1), withheld);
    }
    return status == SHIRE_OK ? shire_report_publish(draft, "kinds_bodies_table", table, error)
                              : status;
}

shire_status shire_report_kinds(shire_report_draft *draft, shire_error *error) {
    shire_frame kinds;
    shire_status status = make_kinds(draft, error);
    if (status == SHIRE_OK) {
        status = shire_report_query(
            draft,
            "SELECT k.kind_no, k.kind, count(DISTINCT c.person_no), sum(c.amount)::DECIMAL(18,6)"
            " FROM report_cost c JOIN report_kind k USING (setting)"
            " GROUP BY k.kind_no, k.kind ORDER BY k.kind_no",
            &kinds, error);
    }
    if (status == SHIRE_OK) {
        status = draw_kinds(draft, &kinds, error);
    }
    if (status == SHIRE_OK) {
        status = publish_kinds(draft, &kinds, error);
    }
    return status == SHIRE_OK ? publish_grid(draft, &kinds, error) : status;
}
