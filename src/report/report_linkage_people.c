/*
 * What linkage means for records and people: which cannot be linked, what blocking may have missed,
 * and link rate and accuracy by age, sex and area.
 */
#include "report/chart.h"
#include "report/report_format.h"
#include "report/report_linkage_internal.h"
#include "report/report_suppress_kernel.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define FAMILIES 4
#define AREAS_MAX 40

static shire_status no_memory(shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the report");
}

/*
 * A table of groups: `sql` gives a label, records that are so, records that are not, and further
 * texts. Columns: label, all, so, share, further texts. Small numbers are withheld with what
 * belongs to them.
 */
static shire_status publish_groups(shire_report_draft *draft, const char *sql,
                                   const shire_report_table *shape, const char *value_name,
                                   shire_error *error) {
    shire_frame frame;
    shire_report_table *table = NULL;
    shire_status status = shire_report_query(draft, sql, &frame, error);
    if (status == SHIRE_OK) {
        status = shire_report_table_new(shape, frame.row_count, draft->arena, &table, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    int64_t *people =
        shire_arena_alloc_array(draft->arena, 2 * frame.row_count + 1, sizeof *people);
    uint8_t *withheld = shire_arena_alloc(draft->arena, 2 * frame.row_count + 1);
    size_t exposed = 0;
    if (people == NULL || withheld == NULL) {
        return no_memory(error);
    }
    for (size_t i = 0; i < 2 * frame.row_count; i++) {
        people[i] = shire_report_row_number(&frame.columns[1 + i % 2], i / 2);
    }
    const shire_report_suppress_table grid = {frame.row_count, 2, people, true, true};
    status = shire_report_suppress(&grid, withheld, &exposed, error);
    for (size_t row = 0; status == SHIRE_OK && row < frame.row_count; row++) {
        shire_report_cell *cells = shire_report_table_add_row(table);
        int64_t all = people[2 * row] + people[2 * row + 1];
        bool is_withheld = withheld[2 * row] || withheld[2 * row + 1];
        cells[0] = shire_report_text(shire_report_row_text(draft, &frame.columns[0], row));
        cells[1] = shire_report_people(all, false);
        cells[2] = shire_report_people(people[2 * row], is_withheld);
        cells[3] =
            cells[2].state == SHIRE_REPORT_WITHHELD || cells[1].state != SHIRE_REPORT_SHOWN
                ? cells[2]
                : shire_report_number(shire_report_percent_tenths(
                      shire_report_people_round(people[2 * row]), shire_report_people_round(all)));
        for (size_t i = 4; i < shape->column_count; i++) {
            cells[i] =
                cells[3].state == SHIRE_REPORT_WITHHELD
                    ? cells[3]
                    : shire_report_text(shire_report_row_text(draft, &frame.columns[i - 1], row));
        }
    }
    return status == SHIRE_OK ? shire_report_publish(draft, value_name, table, error) : status;
}

/* Shares of records by what they could weigh at most. */
static shire_status draw_reach(shire_report_draft *draft, shire_error *error) {
    static const char *const series[] = {"Records"};
    static const char sql[] =
        "WITH points AS (SELECT unnest(range(-10, 61, 2)) AS weight), records AS (SELECT reach, "
        "count(*) OVER () AS n FROM link_record) SELECT weight, CAST(round(1000.0 * (SELECT "
        "count(*) FROM link_record WHERE reach < weight) / greatest((SELECT count(*) FROM "
        "link_record), 1)) AS BIGINT) FROM points ORDER BY weight";
    shire_frame frame;
    shire_status status = shire_report_query(draft, sql, &frame, error);
    if (status != SHIRE_OK) {
        return status;
    }
    shire_chart_point *points =
        shire_arena_alloc_array(draft->arena, frame.row_count + 1, sizeof *points);
    if (points == NULL) {
        return no_memory(error);
    }
    for (size_t row = 0; row < frame.row_count; row++) {
        int64_t weight = shire_report_row_number(&frame.columns[0], row);
        points[row] = (shire_chart_point){(int32_t)((weight + 10) * 1000 / 70), false,
                                          shire_report_row_number(&frame.columns[1], row)};
    }
    const shire_chart_mark marks[] = {
        {0, "-10"}, {143, "0"}, {429, "20"}, {714, "40"}, {1000, "60"}};
    const shire_chart_point *lines[1] = {points};
    const size_t counts[1] = {frame.row_count};
    const shire_chart_lines chart = {.series = lines,
                                     .point_counts = counts,
                                     .marks = marks,
                                     .mark_count = 5,
                                     .x_title = "Weight (bits)",
                                     .y_title = "Share of records that cannot reach it",
                                     .value_max = 1000};
    const shire_chart_head head = {
        .id = "reach-chart",
        .title = "Records that could not reach a weight even if all they hold agreed",
        .description = "A line that rises from 0% to 100% over the weight.",
        .unit = SHIRE_CHART_PERCENT,
        .series_names = series,
        .series_count = 1};
    shire_builder html = {0};
    shire_chart_append_lines(&html, &head, &chart);
    return shire_report_set_built(draft, "reach_chart", &html, error);
}

shire_status shire_linkage_reach(shire_report_draft *draft, shire_error *error) {
    static const shire_report_column columns[] = {{"Source", SHIRE_REPORT_TEXT},
                                                  {"Records", SHIRE_REPORT_COUNT},
                                                  {"Cannot be linked", SHIRE_REPORT_COUNT},
                                                  {"Share", SHIRE_REPORT_PERCENT}};
    static const shire_report_table shape = {
        .name = "unlinkable",
        .sheet = "Unlinkable",
        .caption = "Records of each source that tell too little to be linked to anything",
        .columns = columns,
        .column_count = 4,
        .heading_count = 1,
        .has_withheld = true};
    shire_status status = draw_reach(draft, error);
    return status == SHIRE_OK
               ? publish_groups(draft,
                                "SELECT CASE WHEN s.source = '' THEN 'All' ELSE s.source END, "
                                "count(*) FILTER (r.reach < 0), count(*) FILTER (r.reach >= 0) "
                                "FROM link_record r JOIN link_source s USING (source_no) GROUP BY "
                                "s.source_no, s.source ORDER BY s.source_no",
                                &shape, "unlinkable_table", error)
               : status;
}

double shire_linkage_unseen(const double *pairs_of, int family_count) {
    double one = pairs_of[1];
    double two = pairs_of[2];
    return (family_count - 1.0) / family_count * one * fmax(one - 1, 0) / (2 * (two + 1));
}

shire_status shire_linkage_missed(shire_report_draft *draft, shire_error *error) {
    static const char sql[] =
        "SELECT families, CAST(is_brought_up AS INTEGER), pairs FROM link_capture ORDER BY ALL";
    shire_frame frame;
    int64_t joined = 0;
    shire_status status = shire_report_query(draft, sql, &frame, error);
    if (status == SHIRE_OK) {
        status = shire_table_query_int64(
            draft->warehouse,
            "SELECT coalesce(sum((n * (n - 1) // 2)::BIGINT), 0)::BIGINT FROM (SELECT count(*) AS "
            "n FROM link_record GROUP BY person_no)",
            &joined, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    double pairs_of[FAMILIES + 1] = {0};
    double sampled = 0;
    double not_brought_up = 0;
    unsigned present = 0;
    for (size_t row = 0; row < frame.row_count; row++) {
        unsigned families = (unsigned)shire_report_row_number(&frame.columns[0], row);
        double pairs = (double)shire_report_row_number(&frame.columns[2], row);
        pairs_of[__builtin_popcount(families)] += pairs;
        sampled += pairs;
        not_brought_up += shire_report_row_number(&frame.columns[1], row) == 0 ? pairs : 0;
        present |= families;
    }
    int family_count = __builtin_popcount(present);
    bool is_told = sampled >= 100 && family_count >= 3;
    double unseen = is_told ? shire_linkage_unseen(pairs_of, family_count) : 0;
    char sample[SHIRE_REPORT_NUMBER_BYTES];
    char lost[SHIRE_REPORT_NUMBER_BYTES];
    shire_report_format_count((int64_t)sampled, sample);
    shire_report_format_count(is_told ? llround(unseen * (double)joined / sampled) : 0, lost);
    status = shire_report_set(draft, "missed_pairs",
                              is_told ? shire_arena_format(draft->arena, "%s", lost) : "", error);
    if (status == SHIRE_OK) {
        status =
            shire_report_set(draft, "missed_share",
                             shire_arena_format(draft->arena, "%.3f%%",
                                                is_told ? 100 * unseen / (sampled + unseen) : 0.0),
                             error);
    }
    if (status == SHIRE_OK) {
        status = shire_report_set(draft, "missed_sample",
                                  shire_arena_format(draft->arena, "%s", sample), error);
    }
    if (status == SHIRE_OK) {
        status =
            shire_report_set(draft, "not_brought_up",
                             shire_arena_format(draft->arena, "%.2f%%",
                                                sampled > 0 ? 100 * not_brought_up / sampled : 0.0),
                             error);
    }
    return status;
}

/* Records in pairs of one true person, of those joined, in tenths of a percent by group. */
#define GROUPS_SQL(group, order)                                                                   \
    "WITH sized AS (SELECT *, count(*) OVER (PARTITION BY person_no) AS size, CASE WHEN truth IS " \
    "NOT NULL THEN count(*) OVER (PARTITION BY truth) - 1 END AS true_pairs, CASE WHEN truth IS "  \
    "NOT NULL THEN count(truth) OVER (PARTITION BY person_no) - 1 END AS made, CASE WHEN truth "   \
    "IS NOT NULL THEN count(*) OVER (PARTITION BY truth, person_no) - 1 END AS found FROM "        \
    "link_record), grouped AS (SELECT *, " group " AS label, " order " AS place FROM sized) "      \
    "SELECT label, count(*) FILTER (size > 1), count(*) FILTER (size = 1), CASE WHEN sum(made) > " \
    "0 THEN printf('%.2f%%', 100.0 * sum(found) / sum(made)) ELSE '' END, CASE WHEN "              \
    "sum(true_pairs) > 0 THEN printf('%.2f%%', 100.0 * sum(found) / sum(true_pairs)) ELSE '' END " \
    "FROM grouped GROUP BY label ORDER BY min(place), label"

static shire_status publish_by(shire_report_draft *draft, const char *sql, const char *title,
                               const char *name, const char *caption, bool has_truth,
                               shire_error *error) {
    shire_report_column *columns = shire_arena_alloc_array(draft->arena, 6, sizeof *columns);
    if (columns == NULL) {
        return no_memory(error);
    }
    columns[0] = (shire_report_column){title, SHIRE_REPORT_TEXT};
    columns[1] = (shire_report_column){"Records", SHIRE_REPORT_COUNT};
    columns[2] = (shire_report_column){"Joined with another", SHIRE_REPORT_COUNT};
    columns[3] = (shire_report_column){"Share joined", SHIRE_REPORT_PERCENT};
    columns[4] = (shire_report_column){"Precision", SHIRE_REPORT_FIGURE};
    columns[5] = (shire_report_column){"Recall", SHIRE_REPORT_FIGURE};
    const shire_report_table shape = {.name = name,
                                      .sheet = name,
                                      .caption = caption,
                                      .columns = columns,
                                      .column_count = has_truth ? 6 : 4,
                                      .heading_count = 1,
                                      .has_withheld = true};
    const char *value_name = shire_arena_format(draft->arena, "%s_table", name);
    return value_name == NULL ? no_memory(error)
                              : publish_groups(draft, sql, &shape, value_name, error);
}

shire_status shire_linkage_groups(shire_report_draft *draft,
                                  const shire_linkage_report_options *options, shire_error *error) {
    static const char by_sex[] =
        GROUPS_SQL("CASE sex WHEN 'm' THEN 'Male' WHEN 'f' THEN 'Female' WHEN '' THEN 'Not known' "
                   "ELSE 'Other' END",
                   "CASE sex WHEN 'f' THEN 0 WHEN 'm' THEN 1 WHEN '' THEN 3 ELSE 2 END");
    static const char by_decade[] = GROUPS_SQL(
        "CASE WHEN birth_year IS NULL THEN 'Not known' ELSE printf('Born %d to %d', birth_year // "
        "10 * 10, birth_year // 10 * 10 + 9) END",
        "coalesce(birth_year, 9999)");
    static const char by_area[] = GROUPS_SQL(
        "CASE WHEN area = '' THEN 'Not known' WHEN (SELECT count(*) FROM link_record AS o WHERE "
        "o.area = sized.area) >= 100 THEN upper(area) ELSE 'Smaller areas' END",
        "CASE WHEN area = '' THEN 2 WHEN (SELECT count(*) FROM link_record AS o WHERE o.area = "
        "sized.area) >= 100 THEN 0 ELSE 1 END");
    int64_t truths = 0;
    int year = 0;
    int month = 0;
    int day = 0;
    shire_status status = shire_table_query_int64(
        draft->warehouse, "SELECT count(truth) FROM link_record", &truths, error);
    char *set_year = NULL;
    if (options->ages_on != 0) {
        shire_date_parts(options->ages_on, &year, &month, &day);
        set_year = shire_arena_format(draft->arena, "SET VARIABLE shire_year = %d", year);
        if (status == SHIRE_OK) {
            status = set_year == NULL ? no_memory(error)
                                      : shire_table_execute(draft->warehouse, set_year, error);
        }
    }
    static const char age_sql[] = GROUPS_SQL(
        "CASE WHEN birth_year IS NULL THEN 'Not known' ELSE ['0 to 4', '5 to 17', '18 to 24', '25 "
        "to 44', '45 to 64', '65 to 74', '75 to 84', '85 and over'][1 + "
        "list_count(list_filter([5, 18, 25, 45, 65, 75, 85], lambda least: "
        "getvariable('shire_year') - birth_year >= least))] END",
        "coalesce(-birth_year, 9999)");
    if (status == SHIRE_OK) {
        status = publish_by(draft, options->ages_on != 0 ? age_sql : by_decade,
                            options->ages_on != 0 ? "Age" : "Born", "ages",
                            "Records by age: how many are joined with another, and how rightly",
                            truths > 0, error);
    }
    if (status == SHIRE_OK) {
        status = publish_by(draft, by_sex, "Sex", "sexes",
                            "Records by sex: how many are joined with another, and how rightly",
                            truths > 0, error);
    }
    if (status == SHIRE_OK) {
        status = publish_by(draft, by_area, "Area", "areas",
                            "Records by postcode district: how many are joined with another, and "
                            "how rightly",
                            truths > 0, error);
    }
    return status == SHIRE_OK ? shire_report_set(draft, "has_truth", truths > 0 ? "yes" : "", error)
                              : status;
}
