/*
 * What the sections of the report share. Each section asks the warehouse, fills tables, draws
 * charts and leaves values for the page's template under the names that web/report/report.html
 * uses.
 */
#ifndef SHIRE_REPORT_REPORT_INTERNAL_H
#define SHIRE_REPORT_REPORT_INTERNAL_H

#include "report/report.h"
#include "report/report_table.h"

#define SHIRE_REPORT_TABLES_MAX 32
#define SHIRE_REPORT_VALUES_MAX 96

/* What stands for {{name}} in the page's template. */
typedef struct shire_report_value {
    const char *name;
    shire_span value;
} shire_report_value;

typedef struct shire_report_draft {
    shire_table *warehouse;
    const shire_partnership *partnership;
    const shire_report_options *options;
    shire_arena *arena;
    const shire_report_table *tables[SHIRE_REPORT_TABLES_MAX]; /* in the order of the sheets */
    size_t table_count;
    shire_report_value values[SHIRE_REPORT_VALUES_MAX];
    size_t value_count;
} shire_report_draft;

/* SHIRE_NOT_FOUND where the warehouse lacks a table that the sections read. */
shire_status shire_report_check(shire_report_draft *draft, shire_error *error) SHIRE_MUST_CHECK;

/* The sections, in the order of the page. shire_report_prepare makes the temporary tables that the
 * others read: report_person (person_no, sex, age, amount, cost_rank) and report_cost (person_no,
 * organisation_no, setting, amount; one row each, none of amount 0). shire_report_kinds adds
 * report_kind (setting, kind_no, kind). */
shire_status shire_report_prepare(shire_report_draft *draft, shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_report_summary(shire_report_draft *draft, shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_report_bodies(shire_report_draft *draft, shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_report_kinds(shire_report_draft *draft, shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_report_ages(shire_report_draft *draft, shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_report_costliest(shire_report_draft *draft, shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_report_flows(shire_report_draft *draft, shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_report_unplaced(shire_report_draft *draft, shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_report_matching(shire_report_draft *draft, shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_report_income(shire_report_draft *draft, shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_report_delays(shire_report_draft *draft, shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_report_progress(shire_report_draft *draft, shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_report_packages(shire_report_draft *draft, shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_report_assurance(shire_report_draft *draft, shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_report_links(shire_report_draft *draft, shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_report_findings(shire_report_draft *draft, shire_error *error) SHIRE_MUST_CHECK;

/* A value for the template. The text is not copied; NULL counts as out of memory. */
shire_status shire_report_set(shire_report_draft *draft, const char *name, const char *text,
                              shire_error *error) SHIRE_MUST_CHECK;
/* The same from a builder, which is emptied and freed. */
shire_status shire_report_set_built(shire_report_draft *draft, const char *name,
                                    shire_builder *html, shire_error *error) SHIRE_MUST_CHECK;
/* Add the table to those that are published; its HTML becomes the value `value_name`. A table
 * without rows is published as data, and its HTML value is empty. */
shire_status shire_report_publish(shire_report_draft *draft, const char *value_name,
                                  const shire_report_table *table,
                                  shire_error *error) SHIRE_MUST_CHECK;

/*
 * Publish a table of no people, straight from a query: a column of texts or numbers for each of the
 * shape, in its order (micropounds where it shows money). A null is an empty cell.
 */
shire_status shire_report_rows_table(shire_report_draft *draft, const char *value_name,
                                     const shire_report_table *shape, const char *sql,
                                     shire_error *error) SHIRE_MUST_CHECK;

/*
 * Publish a table that counts people from a query, which yields shape->heading_count texts, the
 * number of people, and for each further column a whole number (micropounds where it shows pounds);
 * further result columns are not shown. The last row is of all. Rows of few people are withheld.
 */
shire_status shire_report_people_table(shire_report_draft *draft, const char *value_name,
                                       const shire_report_table *shape, const char *sql,
                                       shire_error *error) SHIRE_MUST_CHECK;

/* A query whose frame lives in the draft's arena. */
shire_status shire_report_query(shire_report_draft *draft, const char *sql, shire_frame *frame_out,
                                shire_error *error) SHIRE_MUST_CHECK;

/* Text of a row, copied; an empty string for null. NULL when out of memory. */
const char *shire_report_row_text(shire_report_draft *draft, const shire_column *column,
                                  size_t row);
/* "home_care" -> "Home care", "gp" -> "GP"; NULL when out of memory. */
char *shire_report_row_label(shire_report_draft *draft, const shire_column *column, size_t row);
/* The number of a row of an integer or money column; 0 for null. */
int64_t shire_report_row_number(const shire_column *column, size_t row);

/* Fill the page's template (io/template.h) with the draft's values, HTML escaped by {{name}} and as
 * it is by {{{name}}}, and put it into the place of the file at `path`. */
shire_status shire_report_write_page(const shire_report_draft *draft, shire_span page,
                                     const char *path, shire_error *error) SHIRE_MUST_CHECK;

/* "1 April 2024"; NULL when out of memory. */
const char *shire_report_date_text(shire_report_draft *draft, shire_date date);

#endif
