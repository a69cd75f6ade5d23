/*
 * What the model learnt and how weights are spread: link_level, link_prior, link_weight.
 */
#include "report/chart.h"
#include "report/report_format.h"
#include "report/report_linkage_internal.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static shire_status no_memory(shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the report");
}

shire_status shire_linkage_weights(shire_report_draft *draft, shire_error *error) {
    static const char *const series[] = {"Pairs"};
    static const char sql[] =
        "SELECT CAST(floor(greatest(-40, least(weight, 39)) / 4) * 4 AS BIGINT) AS band, "
        "sum(pairs)::BIGINT FROM link_weight GROUP BY band ORDER BY band";
    shire_frame frame;
    shire_status status = shire_report_query(draft, sql, &frame, error);
    if (status != SHIRE_OK) {
        return status;
    }
    shire_chart_bar *bars =
        shire_arena_alloc_array(draft->arena, frame.row_count + 1, sizeof *bars);
    bool is_done = bars != NULL;
    for (size_t row = 0; row < frame.row_count && is_done; row++) {
        char count[SHIRE_REPORT_NUMBER_BYTES];
        int64_t band = shire_report_row_number(&frame.columns[0], row);
        int64_t pairs = shire_report_row_number(&frame.columns[1], row);
        int64_t from = band <= -40 ? -36 : band;
        shire_report_format_count(pairs, count);
        bars[row].label =
            band <= -40  ? shire_arena_format(draft->arena, "below %" PRId64 " bits", from)
            : band >= 36 ? shire_arena_format(draft->arena, "%" PRId64 " bits and more", from)
                         : shire_arena_format(draft->arena, "%" PRId64 " to %" PRId64 " bits", from,
                                              from + 4);
        bars[row].value_label = shire_arena_format(draft->arena, "%s", count);
        bars[row].values[0] = llround(1000 * log10((double)pairs + 1));
        is_done = bars[row].label != NULL && bars[row].value_label != NULL;
    }
    if (!is_done) {
        return no_memory(error);
    }
    const shire_chart_head head = {
        .id = "weights-chart",
        .title = "Candidate pairs by weight",
        .description = "A bar for each band of four bits; bars grow with the power of ten of the "
                       "number of pairs, which stands beside each.",
        .unit = SHIRE_CHART_POWER,
        .series_names = series,
        .series_count = 1};
    shire_builder html = {0};
    if (frame.row_count > 0) {
        shire_chart_append_bars(&html, &head, bars, frame.row_count);
    }
    return shire_report_set_built(draft, "weights_chart", &html, error);
}

static shire_status publish_texts(shire_report_draft *draft, const char *sql,
                                  const shire_report_table *shape, const char *value_name,
                                  shire_error *error) {
    shire_frame frame;
    shire_report_table *table = NULL;
    shire_status status = shire_report_query(draft, sql, &frame, error);
    if (status == SHIRE_OK) {
        status = shire_report_table_new(shape, frame.row_count, draft->arena, &table, error);
    }
    for (size_t row = 0; status == SHIRE_OK && row < frame.row_count; row++) {
        shire_report_cell *cells = shire_report_table_add_row(table);
        for (size_t i = 0; i < shape->column_count; i++) {
            cells[i] = shape->columns[i].kind != SHIRE_REPORT_COUNT
                           ? shire_report_text(shire_report_row_text(draft, &frame.columns[i], row))
                           : shire_report_number(shire_report_row_number(&frame.columns[i], row));
        }
    }
    return status == SHIRE_OK ? shire_report_publish(draft, value_name, table, error) : status;
}

shire_status shire_linkage_levels(shire_report_draft *draft, shire_error *error) {
    static const shire_report_column level_columns[] = {
        {"Field", SHIRE_REPORT_TEXT},    {"Agreement", SHIRE_REPORT_TEXT},
        {"m", SHIRE_REPORT_FIGURE},      {"u", SHIRE_REPORT_FIGURE},
        {"Weight", SHIRE_REPORT_FIGURE}, {"Candidate pairs", SHIRE_REPORT_COUNT}};
    static const shire_report_table levels = {
        .name = "levels",
        .sheet = "Levels",
        .caption = "Fields by how two values agree, with chances and weight in bits",
        .columns = level_columns,
        .column_count = 6,
        .heading_count = 2};
    static const shire_report_column prior_columns[] = {{"Kind of pair", SHIRE_REPORT_TEXT},
                                                        {"One in so many", SHIRE_REPORT_FIGURE}};
    static const shire_report_table priors = {.name = "priors",
                                              .sheet = "Priors",
                                              .caption =
                                                  "Kinds of pairs among all pairs of records",
                                              .columns = prior_columns,
                                              .column_count = 2,
                                              .heading_count = 1};
    shire_status status = publish_texts(
        draft,
        "SELECT replace(field, '_', ' '), description, printf('%.4f', m), printf('%.6f', u), "
        "printf('%+.2f', weight), pairs FROM link_level ORDER BY field_no, level",
        &levels, "levels_table", error);
    if (status == SHIRE_OK) {
        status = publish_texts(
            draft,
            "SELECT CASE kind WHEN 'same' THEN 'One person, same home' WHEN 'moved' THEN 'One "
            "person, another home' WHEN 'stranger' THEN 'Two strangers' WHEN 'neighbour' THEN 'Two "
            "people who live near each other' ELSE 'Two people of one family' END, CASE WHEN share "
            "> 0 THEN format('{:,}', CAST(round(1 / share) AS BIGINT)) ELSE 'none' END FROM "
            "link_prior ORDER BY CASE kind WHEN 'same' THEN 0 WHEN 'moved' THEN 1 WHEN 'relative' "
            "THEN 2 WHEN 'neighbour' THEN 3 ELSE 4 END",
            &priors, "priors_table", error);
    }
    return status;
}

/* Shares of pairs at and above each weight against the truth, in steps of two bits. */
shire_status shire_linkage_curve(shire_report_draft *draft, shire_error *error) {
    static const char *const series[] = {"Precision", "Recall"};
    static const char sql[] =
        "WITH total AS (SELECT coalesce(sum((n * (n - 1) // 2)::BIGINT), 0)::DOUBLE AS pairs FROM "
        "(SELECT count(*) AS n FROM link_record WHERE truth IS NOT NULL GROUP BY truth)), "
        "bands AS (SELECT CAST(floor(greatest(-4, least(weight, 30)) / 2) * 2 AS BIGINT) AS band, "
        "sum(pairs)::DOUBLE AS pairs, sum(true_pairs)::DOUBLE AS true_pairs FROM link_weight WHERE "
        "true_pairs IS NOT NULL GROUP BY band), "
        "above AS (SELECT band, sum(pairs) OVER w AS made, sum(true_pairs) OVER w AS found FROM "
        "bands WINDOW w AS (ORDER BY band DESC)) "
        "SELECT band, CAST(round(1000 * found / made) AS BIGINT), "
        "CAST(round(1000 * found / total.pairs) AS BIGINT), CAST(made AS BIGINT), printf('%.2f%%', "
        "100 * found / made), printf('%.2f%%', 100 * found / total.pairs) FROM above, total WHERE "
        "made > 0 AND total.pairs > 0 ORDER BY band";
    static const shire_report_column columns[] = {{"Weight from", SHIRE_REPORT_TEXT},
                                                  {"Pairs", SHIRE_REPORT_COUNT},
                                                  {"Precision", SHIRE_REPORT_FIGURE},
                                                  {"Recall", SHIRE_REPORT_FIGURE}};
    static const shire_report_table shape = {
        .name = "curve",
        .sheet = "Curve",
        .caption = "Precision and recall of the pairs at and above a weight, before grouping",
        .columns = columns,
        .column_count = 4,
        .heading_count = 1};
    shire_frame frame;
    shire_report_table *table = NULL;
    shire_status status = shire_report_query(draft, sql, &frame, error);
    if (status == SHIRE_OK) {
        status = shire_report_table_new(&shape, frame.row_count, draft->arena, &table, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    size_t count = frame.row_count;
    shire_chart_point *points =
        shire_arena_alloc_array(draft->arena, 2 * count + 1, sizeof *points);
    if (points == NULL) {
        return no_memory(error);
    }
    for (size_t row = 0; row < count; row++) {
        int64_t band = shire_report_row_number(&frame.columns[0], row);
        int32_t x = (int32_t)((band + 4) * 1000 / 34);
        points[row] =
            (shire_chart_point){x, false, shire_report_row_number(&frame.columns[1], row)};
        points[count + row] =
            (shire_chart_point){x, false, shire_report_row_number(&frame.columns[2], row)};
        shire_report_cell *cells = shire_report_table_add_row(table);
        cells[0] = shire_report_text(shire_arena_format(draft->arena, "%" PRId64 " bits", band));
        cells[1] = shire_report_number(shire_report_row_number(&frame.columns[3], row));
        cells[2] = shire_report_text(shire_report_row_text(draft, &frame.columns[4], row));
        cells[3] = shire_report_text(shire_report_row_text(draft, &frame.columns[5], row));
    }
    const shire_chart_mark marks[] = {
        {0, "-4"}, {118, "0"}, {412, "10"}, {706, "20"}, {1000, "30"}};
    const shire_chart_point *lines[2] = {points, points + count};
    const size_t counts[2] = {count, count};
    const shire_chart_lines chart = {.series = lines,
                                     .point_counts = counts,
                                     .marks = marks,
                                     .mark_count = 5,
                                     .x_title = "Weight from (bits)",
                                     .y_title = "Share of pairs",
                                     .value_max = 1000};
    const shire_chart_head head = {
        .id = "curve-chart",
        .title = "Precision and recall by the weight from which pairs would be joined",
        .description = "Two lines over the weight: the table below has the same figures.",
        .unit = SHIRE_CHART_PERCENT,
        .series_names = series,
        .series_count = 2};
    shire_builder html = {0};
    if (count > 0) {
        shire_chart_append_lines(&html, &head, &chart);
    }
    status = shire_report_set_built(draft, "curve_chart", &html, error);
    return status == SHIRE_OK ? shire_report_publish(draft, "curve_table", table, error) : status;
}
