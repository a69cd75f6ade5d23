/*
 * Cost per head by age band and sex. Bands of five years are joined from the oldest down until each
 * holds enough people, so that all totals may be shown; the cells are then suppressed against both
 * sets of totals. People whose sex is recorded otherwise or not at all are a row of their own, of
 * all ages: by age they would be so few that most figures beside them had to be withheld. Cost per
 * head divides by the rounded count.
 */
#include "report/chart.h"
#include "report/report_format.h"
#include "report/report_internal.h"
#include "report/report_suppress_kernel.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define BAND_YEARS 5
#define BAND_COUNT 20 /* 0: age not known, 1: 0 to 4, ... 19: 90 and over */
#define SEX_COUNT 3
#define OTHER_SEX 2

static const char *const sex_names[SEX_COUNT] = {"Female", "Male", "Other or not known"};

typedef struct age_grid {
    size_t band_count;    /* groups of bands */
    size_t sex_count;     /* groups of sexes */
    int64_t apart_people; /* of unknown age, or other or unknown sex, as a row of their own */
    int64_t apart_cost;
    int64_t people[BAND_COUNT][SEX_COUNT];
    int64_t cost[BAND_COUNT][SEX_COUNT];
    uint8_t withheld[BAND_COUNT][SEX_COUNT];
    size_t first_band[BAND_COUNT]; /* of each group */
    size_t last_band[BAND_COUNT];
    char band_label[BAND_COUNT][48];
    char sex_label[SEX_COUNT][48];
} age_grid;

static void label_bands(age_grid *grid, bool unknown_exists) {
    for (size_t g = 0; g < grid->band_count; g++) {
        size_t first = grid->first_band[g] == 0 ? 1 : grid->first_band[g];
        size_t last = grid->last_band[g];
        char *label = grid->band_label[g];
        size_t size = sizeof grid->band_label[g];
        if (last == 0) {
            snprintf(label, size, "Age not known");
            continue;
        }
        unsigned from = (unsigned)(first - 1) * BAND_YEARS;
        const char *also = grid->first_band[g] == 0 && unknown_exists ? ", or not known" : "";
        if (last < BAND_COUNT - 1) {
            snprintf(label, size, "%u to %u%s", from, (unsigned)last * BAND_YEARS - 1, also);
        } else if (from > 0) {
            snprintf(label, size, "%u and over%s", from, also);
        } else {
            snprintf(label, size, "All ages%s", also);
        }
    }
}

/* Group the sexes that occur; one that does not is put, with its no people, into the first group.
 */
static void group_sexes(const int64_t by_sex[SEX_COUNT], age_grid *grid,
                        size_t sex_group[SEX_COUNT]) {
    int64_t people[SEX_COUNT];
    size_t present[SEX_COUNT], group[SEX_COUNT], present_count = 0;
    for (size_t s = 0; s < SEX_COUNT; s++) {
        sex_group[s] = 0;
        if (by_sex[s] > 0) {
            present[present_count] = s;
            people[present_count++] = by_sex[s];
        }
    }
    grid->sex_count = shire_report_group_small(people, people, present_count, group, NULL);
    for (size_t i = 0; i < present_count; i++) {
        sex_group[present[i]] = group[i];
        char *label = grid->sex_label[group[i]];
        size_t length = strlen(label);
        snprintf(label + length, sizeof grid->sex_label[0] - length, "%s%s", length > 0 ? ", " : "",
                 sex_names[present[i]]);
        label[length + 2] = length > 0 ? (char)tolower(label[length + 2]) : label[length + 2];
    }
}

/* Group the raw bands and sexes and add their cells up. */
static void group_grid(int64_t people[BAND_COUNT][SEX_COUNT], int64_t cost[BAND_COUNT][SEX_COUNT],
                       age_grid *grid) {
    int64_t by_band[BAND_COUNT] = {0}, by_sex[SEX_COUNT] = {0};
    for (size_t b = 0; b < BAND_COUNT; b++) {
        for (size_t s = 0; s < SEX_COUNT; s++) {
            by_band[b] += people[b][s];
            by_sex[s] += people[b][s];
        }
    }
    size_t band_group[BAND_COUNT], sex_group[SEX_COUNT];
    /* Without anybody of unknown age that band is left out, lest it be a row of its own. */
    size_t skip = by_band[0] == 0;
    grid->band_count =
        shire_report_group_ordered(by_band + skip, BAND_COUNT - skip, band_group + skip);
    group_sexes(by_sex, grid, sex_group);
    for (size_t b = BAND_COUNT; b-- > skip;) {
        size_t g = band_group[b];
        grid->first_band[g] = b;
        grid->last_band[g] = grid->last_band[g] == 0 ? b : grid->last_band[g];
        for (size_t s = 0; s < SEX_COUNT; s++) {
            grid->people[g][sex_group[s]] += people[b][s];
            grid->cost[g][sex_group[s]] += cost[b][s];
        }
    }
    label_bands(grid, by_band[0] > 0);
}

/* Take the people of unknown age and those of other or unknown sex out of the bands, where they are
 * enough to stand alone. */
static void set_apart(int64_t people[BAND_COUNT][SEX_COUNT], int64_t cost[BAND_COUNT][SEX_COUNT],
                      age_grid *grid) {
    int64_t others = 0, apart = 0;
    for (size_t b = 0; b < BAND_COUNT; b++) {
        for (size_t s = 0; s < SEX_COUNT; s++) {
            *(b == 0 || s == OTHER_SEX ? &apart : &others) += people[b][s];
        }
    }
    if (others <= SHIRE_REPORT_PEOPLE_WITHHELD_MAX || apart <= SHIRE_REPORT_PEOPLE_WITHHELD_MAX) {
        return;
    }
    grid->apart_people = apart;
    for (size_t b = 0; b < BAND_COUNT; b++) {
        for (size_t s = 0; s < SEX_COUNT; s++) {
            if (b == 0 || s == OTHER_SEX) {
                grid->apart_cost += cost[b][s];
                people[b][s] = 0;
                cost[b][s] = 0;
            }
        }
    }
}

static shire_status suppress_grid(age_grid *grid, shire_error *error) {
    int64_t people[BAND_COUNT * SEX_COUNT];
    uint8_t withheld[BAND_COUNT * SEX_COUNT];
    for (size_t b = 0; b < grid->band_count; b++) {
        memcpy(&people[b * grid->sex_count], grid->people[b], grid->sex_count * sizeof people[0]);
    }
    const shire_report_suppress_table table = {grid->band_count, grid->sex_count, people, true,
                                               true};
    size_t exposed = 0; /* groups are large, so a cell alone in its band is not small */
    shire_status status = shire_report_suppress(&table, withheld, &exposed, error);
    for (size_t b = 0; status == SHIRE_OK && b < grid->band_count; b++) {
        memcpy(grid->withheld[b], &withheld[b * grid->sex_count], grid->sex_count);
    }
    return status;
}

static shire_status load_grid(shire_report_draft *draft, age_grid *grid, shire_error *error) {
    static const char sql[] =
        "SELECT CASE WHEN age IS NULL THEN 0 ELSE 1 + least(age // 5, 18) END AS band, sex,"
        " count(*), sum(amount)::DECIMAL(18,6) FROM report_person GROUP BY ALL ORDER BY ALL";
    shire_frame frame;
    shire_status status = shire_report_query(draft, sql, &frame, error);
    if (status != SHIRE_OK) {
        return status;
    }
    int64_t people[BAND_COUNT][SEX_COUNT] = {{0}}, cost[BAND_COUNT][SEX_COUNT] = {{0}};
    for (size_t row = 0; row < frame.row_count; row++) {
        size_t band = (size_t)shire_report_row_number(&frame.columns[0], row);
        size_t sex = (size_t)shire_report_row_number(&frame.columns[1], row) - 1;
        people[band][sex] = shire_report_row_number(&frame.columns[2], row);
        cost[band][sex] = shire_report_row_number(&frame.columns[3], row);
    }
    if (frame.row_count == 0) {
        return SHIRE_OK;
    }
    set_apart(people, cost, grid);
    group_grid(people, cost, grid);
    return suppress_grid(grid, error);
}

/* Pounds for each person of the rounded count. */
static int64_t per_head(int64_t cost, int64_t people) {
    int64_t rounded = shire_report_people_round(people);
    return rounded == 0 ? 0 : shire_report_divide(cost, rounded);
}

static shire_status draw_ages(shire_report_draft *draft, const age_grid *grid, shire_error *error) {
    shire_chart_point points[SEX_COUNT][BAND_COUNT];
    const shire_chart_point *series[SEX_COUNT];
    const char *names[SEX_COUNT];
    size_t counts[SEX_COUNT];
    shire_chart_mark marks[BAND_COUNT];
    char mark_labels[BAND_COUNT][16];
    size_t mark_count = 0;
    size_t series_count = grid->sex_count;
    for (size_t s = 0; s < series_count; s++) {
        counts[s] = 0;
        for (size_t b = 0; b < grid->band_count; b++) {
            size_t first = grid->first_band[b], last = grid->last_band[b];
            if (last == 0) {
                continue; /* age not known has no place on the axis */
            }
            int32_t x = (int32_t)((first + last - 1) * 500 / (BAND_COUNT - 1));
            if (s == 0 && (first - 1) % 4 == 0) {
                snprintf(mark_labels[mark_count], sizeof mark_labels[0], "%zu",
                         (first - 1) * BAND_YEARS);
                marks[mark_count] = (shire_chart_mark){x, mark_labels[mark_count]};
                mark_count++;
            }
            points[s][counts[s]++] =
                (shire_chart_point){x, grid->withheld[b][s] || grid->people[b][s] == 0,
                                    per_head(grid->cost[b][s], grid->people[b][s])};
        }
        series[s] = points[s];
        names[s] = grid->sex_label[s];
    }
    const shire_chart_head head = {
        .id = "chart-ages",
        .title = "Cost per head by age and sex",
        .description = "A line for each sex across age bands from the youngest to the oldest. "
                       "A gap is a withheld figure. The table that follows has the figures.",
        .unit = SHIRE_CHART_MONEY,
        .series_names = names,
        .series_count = series_count,
    };
    const shire_chart_lines lines = {
        .series = series,
        .point_counts = counts,
        .marks = marks,
        .mark_count = mark_count,
        .x_title = "Age (start of band)",
        .y_title = "Cost per head",
    };
    shire_builder html = {0};
    if (series_count > 0) {
        shire_chart_append_lines(&html, &head, &lines);
    }
    return shire_report_set_built(draft, "ages_chart", &html, error);
}

/* Three cells of one group: people, cost, cost per head. */
static void fill_cells(shire_report_cell *cells, int64_t people, int64_t cost, bool withheld) {
    cells[0] = shire_report_people(people, withheld);
    withheld = cells[0].state == SHIRE_REPORT_WITHHELD;
    if (people == 0 && !withheld) {
        return;
    }
    cells[1] = shire_report_pounds(cost, withheld);
    cells[2] = shire_report_pounds(per_head(cost, people), withheld);
}

static void fill_row(const age_grid *grid, size_t band, shire_report_cell *cells) {
    int64_t people = 0, cost = 0;
    cells[0] = shire_report_text(grid->band_label[band]);
    for (size_t s = 0; s < grid->sex_count; s++) {
        people += grid->people[band][s];
        cost += grid->cost[band][s];
        fill_cells(&cells[4 + 3 * s], grid->people[band][s], grid->cost[band][s],
                   grid->withheld[band][s]);
    }
    fill_cells(&cells[1], people, cost, false);
}

static void fill_total(const age_grid *grid, shire_report_cell *cells) {
    int64_t people[SEX_COUNT + 1] = {0}, cost[SEX_COUNT + 1] = {0};
    for (size_t b = 0; b < grid->band_count; b++) {
        for (size_t s = 0; s < grid->sex_count; s++) {
            people[s + 1] += grid->people[b][s];
            people[0] += grid->people[b][s];
            cost[s + 1] += grid->cost[b][s];
            cost[0] += grid->cost[b][s];
        }
    }
    people[0] += grid->apart_people;
    cost[0] += grid->apart_cost;
    cells[0] = shire_report_text("All ages");
    for (size_t i = 0; i <= grid->sex_count; i++) {
        fill_cells(&cells[1 + 3 * i], people[i], cost[i], false);
    }
}

static shire_status publish_ages(shire_report_draft *draft, const age_grid *grid,
                                 shire_error *error) {
    static const char *const measures[] = {"people", "cost", "cost per head"};
    static const shire_report_kind kinds[] = {SHIRE_REPORT_COUNT, SHIRE_REPORT_POUNDS,
                                              SHIRE_REPORT_POUNDS};
    size_t column_count = 4 + 3 * grid->sex_count;
    shire_report_column *columns =
        shire_arena_alloc_array(draft->arena, column_count, sizeof *columns);
    if (columns == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the report");
    }
    columns[0] = (shire_report_column){"Age", SHIRE_REPORT_TEXT};
    for (size_t i = 0; i < column_count - 1; i++) {
        const char *group = i < 3 ? "All" : grid->sex_label[i / 3 - 1];
        columns[i + 1] = (shire_report_column){
            shire_arena_format(draft->arena, "%s: %s", group, measures[i % 3]), kinds[i % 3]};
        if (columns[i + 1].title == NULL) {
            return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the report");
        }
    }
    const shire_report_table shape = {
        .name = "cost_by_age_and_sex",
        .sheet = "Cost by age and sex",
        .caption = "People, cost and cost per head by age band and sex",
        .columns = columns,
        .column_count = column_count,
        .heading_count = 1,
        .has_withheld = true,
        .has_total_row = true,
    };
    shire_report_table *table = NULL;
    shire_status status =
        shire_report_table_new(&shape, grid->band_count + 2, draft->arena, &table, error);
    for (size_t b = 0; status == SHIRE_OK && b < grid->band_count; b++) {
        shire_report_cell *cells = shire_report_table_add_row(table);
        fill_row(grid, b, cells);
    }
    if (status == SHIRE_OK && grid->apart_people > 0) {
        shire_report_cell *cells = shire_report_table_add_row(table);
        cells[0] = shire_report_text("Age not known, or sex other or not known");
        fill_cells(&cells[1], grid->apart_people, grid->apart_cost, false);
    }
    if (status == SHIRE_OK && grid->band_count > 0) {
        fill_total(grid, shire_report_table_add_row(table));
    }
    return status == SHIRE_OK ? shire_report_publish(draft, "ages_table", table, error) : status;
}

shire_status shire_report_ages(shire_report_draft *draft, shire_error *error) {
    age_grid *grid = shire_arena_alloc(draft->arena, sizeof *grid);
    if (grid == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the report");
    }
    shire_status status = load_grid(draft, grid, error);
    if (status == SHIRE_OK) {
        status = draw_ages(draft, grid, error);
    }
    return status == SHIRE_OK ? publish_ages(draft, grid, error) : status;
}
