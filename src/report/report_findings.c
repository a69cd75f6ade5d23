/*
 * What was found in the extracts: a count by kind, and the first examples of each kind with the
 * place and the remedy. Findings describe rows of files and hold no personal data (the loader's
 * contract), so their counts are exact.
 */
#include "report/report_internal.h"

#define SEVERITY_ORDER                                                                             \
    "CASE severity WHEN 'error' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END, severity"
#define KIND_LABEL "replace(upper(kind[1]) || replace(kind[2:], '_', ' '), 'nhs', 'NHS')"
#define SEVERITY_LABEL "upper(severity[1]) || severity[2:]"
#define STAGE_LABEL                                                                                \
    "CASE stage WHEN 'load' THEN 'Loading' WHEN 'link' THEN 'Joining records'"                     \
    " WHEN 'cost' THEN 'Costing' ELSE stage END"

shire_status shire_report_findings(shire_report_draft *draft, shire_error *error) {
    static const shire_report_column kind_columns[] = {
        {"Kind", SHIRE_REPORT_TEXT},
        {"Severity", SHIRE_REPORT_TEXT},
        {"Found while", SHIRE_REPORT_TEXT},
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
    shire_status status = shire_report_rows_table(
        draft, "findings_table", &kinds,
        "SELECT " KIND_LABEL ", " SEVERITY_LABEL ", " STAGE_LABEL
        ", sum(coalesce(row_count, 1))::BIGINT"
        " FROM finding GROUP BY kind, severity, stage ORDER BY " SEVERITY_ORDER
        ", sum(coalesce(row_count, 1)) DESC, kind, stage",
        error);
    if (status == SHIRE_OK) {
        status = shire_report_rows_table(
            draft, "examples_table", &examples,
            "SELECT " KIND_LABEL ", file, line, column_name, problem, remedy FROM ("
            " SELECT *, row_number() OVER (PARTITION BY kind, severity, stage"
            "  ORDER BY file, line, column_name, problem) AS place FROM finding)"
            " WHERE place <= 3 ORDER BY " SEVERITY_ORDER ", kind, stage, place",
            error);
    }
    return status;
}
