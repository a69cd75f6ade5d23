/*
 * What was found in the extracts: a count by kind, and the first examples of each kind with the
 * place and the remedy. Findings describe rows of files and hold no personal data (the loader's
 * contract), so their counts are exact.
 */
#include "report/report_internal.h"

#define SEVERITY_ORDER                                                                             \
    "CASE severity WHEN 'error' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END, severity"

static shire_status publish(shire_report_draft *draft, const shire_report_table *shape,
                            const char *sql, const char *value_name, shire_error *error) {
    shire_frame frame;
    shire_report_table *table = NULL;
    shire_status status = shire_report_query(draft, sql, &frame, error);
    if (status == SHIRE_OK) {
        status = shire_report_table_new(shape, frame.row_count, draft->arena, &table, error);
    }
    for (size_t row = 0; status == SHIRE_OK && row < frame.row_count; row++) {
        shire_report_cell *cells = shire_report_table_add_row(table);
        for (size_t i = 0; i < shape->column_count; i++) {
            const shire_column *column = &frame.columns[i];
            if (shire_column_is_null(column, row)) {
                continue;
            }
            cells[i] = shape->columns[i].kind == SHIRE_REPORT_TEXT
                           ? shire_report_text(shire_report_row_text(draft, column, row))
                           : shire_report_number(shire_report_row_number(column, row));
        }
    }
    return status == SHIRE_OK ? shire_report_publish(draft, value_name, table, error) : status;
}

shire_status shire_report_findings(shire_report_draft *draft, shire_error *error) {
    static const shire_report_column kind_columns[] = {
        {"Kind", SHIRE_REPORT_TEXT},
        {"Severity", SHIRE_REPORT_TEXT},
        {"Stage", SHIRE_REPORT_TEXT},
        {"Rows", SHIRE_REPORT_COUNT},
    };
    static const shire_report_table kinds = {
        .name = "findings",
        .sheet = "Findings",
        .caption = "Findings by severity and kind",
        .columns = kind_columns,
        .column_count = 4,
        .heading_count = 1,
    };
    static const shire_report_column example_columns[] = {
        {"Kind", SHIRE_REPORT_TEXT},    {"File", SHIRE_REPORT_TEXT},
        {"Line", SHIRE_REPORT_COUNT},   {"Column", SHIRE_REPORT_TEXT},
        {"Problem", SHIRE_REPORT_TEXT}, {"What to do", SHIRE_REPORT_TEXT},
    };
    static const shire_report_table examples = {
        .name = "finding_examples",
        .sheet = "Examples of findings",
        .caption = "The first three findings of each kind",
        .columns = example_columns,
        .column_count = 6,
        .heading_count = 1,
        .html_row_limit = 40,
    };
    shire_status status = publish(
        draft, &kinds,
        "SELECT replace(kind, '_', ' '), severity, stage, sum(coalesce(row_count, 1))::BIGINT"
        " FROM finding GROUP BY kind, severity, stage ORDER BY " SEVERITY_ORDER
        ", sum(coalesce(row_count, 1)) DESC, kind, stage",
        "findings_table", error);
    if (status == SHIRE_OK) {
        status = publish(
            draft, &examples,
            "SELECT replace(kind, '_', ' '), file, line, column_name, problem, remedy FROM ("
            " SELECT *, row_number() OVER (PARTITION BY kind, severity, stage"
            "  ORDER BY file, line, column_name, problem) AS place FROM finding)"
            " WHERE place <= 3 ORDER BY " SEVERITY_ORDER ", kind, stage, place",
            "examples_table", error);
    }
    return status;
}
