/*
 * Asks each section for its values and fills the page's template. Head figures and quality against
 * a truth come from link_summary and link_record.
 */
#include "report/report_linkage.h"

#include "io/file.h"
#include "report/report_assets.h"
#include "report/report_format.h"
#include "report/report_linkage_internal.h"

static shire_status no_memory(shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the report");
}

static shire_status set_count(shire_report_draft *draft, const char *name, int64_t count,
                              shire_error *error) {
    char text[SHIRE_REPORT_NUMBER_BYTES];
    shire_report_format_count(count, text);
    return shire_report_set(draft, name, shire_arena_format(draft->arena, "%s", text), error);
}

/* Pairwise, over the records whose truth is known; empty where none is. */
static shire_status set_quality(shire_report_draft *draft, shire_error *error) {
    static const char *const names[] = {"precision", "recall", "f1"};
    shire_frame frame;
    shire_status status = shire_report_query(
        draft,
        "WITH pairs AS (SELECT (n * (n - 1) // 2)::BIGINT AS pair_count, kind FROM ("
        " SELECT count(*) AS n, 0 AS kind FROM link_record WHERE truth IS NOT NULL GROUP BY "
        "person_no UNION ALL"
        " SELECT count(*), 1 FROM link_record WHERE truth IS NOT NULL GROUP BY truth UNION ALL"
        " SELECT count(*), 2 FROM link_record WHERE truth IS NOT NULL GROUP BY person_no, truth))"
        " SELECT coalesce(sum(pair_count) FILTER (kind = 0), 0)::BIGINT,"
        " coalesce(sum(pair_count) FILTER (kind = 1), 0)::BIGINT,"
        " coalesce(sum(pair_count) FILTER (kind = 2), 0)::BIGINT FROM pairs",
        &frame, error);
    if (status != SHIRE_OK) {
        return status;
    }
    double made = (double)frame.columns[0].int64[0];
    double true_pairs = (double)frame.columns[1].int64[0];
    double right = (double)frame.columns[2].int64[0];
    double figures[3] = {made > 0 ? right / made : 1, true_pairs > 0 ? right / true_pairs : 1, 0};
    double sum = figures[0] + figures[1];
    figures[2] = sum > 0 ? 2 * figures[0] * figures[1] / sum : 0;
    for (int i = 0; i < 3 && status == SHIRE_OK; i++) {
        status = shire_report_set(
            draft, names[i],
            true_pairs > 0 ? shire_arena_format(draft->arena, "%.2f%%", figures[i] * 100) : "",
            error);
    }
    return status;
}

shire_status shire_linkage_figures(shire_report_draft *draft, shire_error *error) {
    static const char *const names[] = {"records", "people", "candidate_pairs", "pairs_scored",
                                        "largest"};
    shire_frame frame;
    shire_status status = shire_report_query(
        draft,
        "SELECT records, people, candidate_pairs, pairs_scored, (SELECT coalesce(max(n), 0) FROM "
        "(SELECT count(*) AS n FROM link_record GROUP BY person_no)) FROM link_summary",
        &frame, error);
    for (size_t i = 0; i < 5 && status == SHIRE_OK; i++) {
        int64_t count = frame.row_count == 0 ? 0 : shire_report_row_number(&frame.columns[i], 0);
        status = set_count(draft, names[i], count, error);
    }
    return status == SHIRE_OK ? set_quality(draft, error) : status;
}

static shire_status check_tables(shire_report_draft *draft, shire_error *error) {
    int64_t count = 0;
    shire_status status = shire_table_query_int64(
        draft->warehouse,
        "SELECT count(*) FROM duckdb_tables() WHERE table_name IN ('link_summary', 'link_level', "
        "'link_prior', 'link_source', 'link_weight', 'link_record', 'link_capture')",
        &count, error);
    return status == SHIRE_OK && count != 7
               ? SHIRE_FAIL(error, SHIRE_NOT_FOUND,
                            "the warehouse holds no linkage of this version of shire; make one "
                            "with `shire run`")
               : status;
}

static shire_status write_page(shire_report_draft *draft, const char *path, shire_error *error) {
    draft->values[draft->value_count++] =
        (shire_report_value){"style", {shire_report_style, shire_report_style_bytes}};
    return shire_report_write_page(
        draft, (shire_span){shire_linkage_page, shire_linkage_page_bytes}, path, error);
}

shire_status shire_linkage_report_write(shire_table *table,
                                        const shire_linkage_report_options *options,
                                        const char *path, shire_arena *arena, shire_error *error) {
    static shire_status (*const sections[])(shire_report_draft *, shire_error *) = {
        check_tables,        shire_linkage_figures, shire_linkage_weights, shire_linkage_levels,
        shire_linkage_reach, shire_linkage_missed,  shire_linkage_curve};
    shire_report_draft *draft = shire_arena_alloc(arena, sizeof *draft);
    if (draft == NULL) {
        return no_memory(error);
    }
    draft->warehouse = table;
    draft->arena = arena;
    shire_status status = shire_report_set(draft, "title", options->title, error);
    for (size_t i = 0; status == SHIRE_OK && i < sizeof sections / sizeof sections[0]; i++) {
        status = sections[i](draft, error);
    }
    if (status == SHIRE_OK) {
        status = shire_linkage_groups(draft, options, error);
    }
    return status == SHIRE_OK ? write_page(draft, path, error) : status;
}
