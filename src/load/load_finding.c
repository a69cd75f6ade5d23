/*
 * Findings: rows of the table `finding`, sorted and written to findings.csv at the end. They are
 * never held in memory, so a million bad rows are a million table rows.
 */
#include "load/load_internal.h"

#include "io/file.h"

#include <string.h>

void load_append_name(shire_builder *builder, const char *name) {
    shire_builder_append_sql_name(builder, shire_span_of(name));
}

void load_append_literal(shire_builder *builder, const char *text) {
    if (text == NULL) {
        shire_builder_append_text(builder, "NULL");
    } else {
        shire_builder_append_sql_literal(builder, shire_span_of(text));
    }
}

shire_status load_execute(load_run *run, shire_builder *sql, shire_error *error) {
    shire_status status = sql->failed ? load_out_of_memory(error)
                                      : shire_table_execute(run->table, sql->bytes, error);
    shire_builder_free(sql);
    return status;
}

shire_status load_query_int64(load_run *run, shire_builder *sql, int64_t *value_out,
                              shire_error *error) {
    shire_status status = sql->failed
                              ? load_out_of_memory(error)
                              : shire_table_query_int64(run->table, sql->bytes, value_out, error);
    shire_builder_free(sql);
    return status;
}

shire_status load_query_texts(load_run *run, shire_builder *sql, const char ***texts_out,
                              size_t *count_out, shire_error *error) {
    shire_frame frame;
    shire_status status =
        sql->failed ? load_out_of_memory(error)
                    : shire_table_query(run->table, sql->bytes, run->arena, &frame, error);
    shire_builder_free(sql);
    if (status != SHIRE_OK) {
        return status;
    }
    const char **texts = shire_arena_alloc_array(run->arena, frame.row_count, sizeof *texts);
    for (size_t i = 0; texts != NULL && i < frame.row_count; i++) {
        shire_span text = shire_column_text(&frame.columns[0], i);
        texts[i] = shire_arena_copy_text(run->arena, text.bytes, text.length);
        if (texts[i] == NULL) {
            return load_out_of_memory(error);
        }
    }
    *texts_out = texts;
    *count_out = frame.row_count;
    return texts == NULL ? load_out_of_memory(error) : SHIRE_OK;
}

shire_status load_finding_create(load_run *run, shire_error *error) {
    return shire_table_execute(
        run->table,
        "CREATE OR REPLACE TABLE finding (stage VARCHAR, severity VARCHAR, kind VARCHAR, "
        "file VARCHAR, line BIGINT, column_name VARCHAR, problem VARCHAR, remedy VARCHAR, "
        "row_count BIGINT)",
        error);
}

shire_status load_finding_add(load_run *run, const load_finding *finding, shire_error *error) {
    shire_builder sql = {0};
    const char *texts[] = {finding->severity, finding->kind, finding->file};
    shire_builder_append_text(&sql, "INSERT INTO finding VALUES ('load'");
    for (size_t i = 0; i < 3; i++) {
        shire_builder_append_text(&sql, ", ");
        load_append_literal(&sql, texts[i]);
    }
    if (finding->line > 0) {
        shire_builder_append_format(&sql, ", %lld, ", (long long)finding->line);
    } else {
        shire_builder_append_text(&sql, ", NULL, ");
    }
    load_append_literal(&sql, finding->column_name);
    shire_builder_append_text(&sql, ", ");
    load_append_literal(&sql, finding->problem);
    shire_builder_append_text(&sql, ", ");
    load_append_literal(&sql, finding->remedy);
    shire_builder_append_text(&sql, ", 1)");
    return load_execute(run, &sql, error);
}

/* Every column takes part, so that the order is the same whatever order they came in. */
#define FINDING_ORDER                                                                              \
    "ORDER BY file NULLS FIRST, line NULLS FIRST, column_name NULLS FIRST, kind, severity, "       \
    "problem, remedy, row_count, stage"

/* What is said of a file as a whole is said once, however many extracts read it. */
static const char sort_sql[] =
    "CREATE OR REPLACE TABLE finding AS "
    "SELECT * FROM (SELECT * FROM finding WHERE severity <> 'info' "
    "UNION ALL SELECT DISTINCT * FROM finding WHERE severity = 'info') " FINDING_ORDER;

static const char counts_sql[] =
    "SELECT kind, severity, findings FROM (SELECT kind, severity, count(*) AS findings FROM "
    "finding GROUP BY kind, severity) ORDER BY list_position(['error', 'warning', 'info'], "
    "severity), kind";

static shire_status read_counts(load_run *run, shire_load_summary *summary, shire_error *error) {
    shire_frame frame;
    shire_status status = shire_table_query(run->table, counts_sql, run->arena, &frame, error);
    if (status != SHIRE_OK) {
        return status;
    }
    shire_load_count *counts = shire_arena_alloc_array(run->arena, frame.row_count, sizeof *counts);
    if (counts == NULL) {
        return load_out_of_memory(error);
    }
    for (size_t i = 0; i < frame.row_count; i++) {
        shire_span kind = shire_column_text(&frame.columns[0], i);
        shire_span severity = shire_column_text(&frame.columns[1], i);
        counts[i] = (shire_load_count){
            .kind = shire_arena_copy_text(run->arena, kind.bytes, kind.length),
            .severity = shire_arena_copy_text(run->arena, severity.bytes, severity.length),
            .finding_count = frame.columns[2].int64[i]};
        if (counts[i].kind == NULL || counts[i].severity == NULL) {
            return load_out_of_memory(error);
        }
        summary->finding_count += counts[i].finding_count;
    }
    summary->counts = counts;
    summary->count_count = frame.row_count;
    return SHIRE_OK;
}

shire_status shire_load_write_findings(shire_table *warehouse, const char *path,
                                       shire_error *error) {
    return shire_table_export(warehouse, "SELECT * FROM finding " FINDING_ORDER, path,
                              SHIRE_FILE_CSV, error);
}

shire_status load_finding_finish(load_run *run, shire_load_summary *summary, shire_error *error) {
    char *path = shire_partnership_state_path(run->partnership, run->arena, "findings.csv");
    if (path == NULL) {
        return load_out_of_memory(error);
    }
    shire_status status = shire_table_execute(run->table, sort_sql, error);
    if (status == SHIRE_OK) {
        status = read_counts(run, summary, error);
    }
    if (status == SHIRE_OK) {
        status =
            shire_table_export(run->table, "SELECT * FROM finding", path, SHIRE_FILE_CSV, error);
    }
    if (status == SHIRE_OK) {
        summary->findings_path = path;
    }
    return status;
}
