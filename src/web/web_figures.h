/*
 * Figures on a page: a published table (report/report_table.h) as the values of the template part
 * figures.njk, its largest rows as a chart, and the same cells as a spreadsheet, so that the three
 * tell one story. What a viewer must not see has no value in the table any more.
 */
#ifndef SHIRE_WEB_WEB_FIGURES_H
#define SHIRE_WEB_WEB_FIGURES_H

#include "report/report_table.h"
#include "web/web_call.h"

/* Shapes start with these; add rows by shire_report_table_add_row. */
typedef struct shire_figures {
    shire_report_table *table;
    const char **links;      /* by row: a path, or NULL; of the first cell. NULL: none */
    size_t chart_column;     /* 0: no chart; its cells are micropounds */
    const char *chart_title; /* what the chart shows, in a few words */
} shire_figures;

/* {name, caption, columns, rows, chart}; NULL when out of memory. */
json_t *shire_figures_json(const shire_figures *figures);

/* The table as an XLSX file to be kept; `file_name` without its ending. Not on a server thread: it
 * writes a file. The bytes go to the answer's body by shire_figures_answer. */
shire_status shire_figures_write(const shire_call *call, const shire_report_table *table,
                                 shire_span *bytes_out, shire_error *error) SHIRE_MUST_CHECK;
void shire_figures_answer(shire_call *call, shire_span bytes, const char *file_name);

/* The gate: whether costs of a body, by its place in the warehouse, may be counted by the viewer's
 * organisation for its purpose. */
bool shire_figures_shares_costs(const shire_call *call, int64_t organisation_no);

/* The warehouse of the last run, for reading on a worker. SHIRE_NOT_FOUND before the first run. */
shire_status shire_figures_open(const shire_call *call, shire_table **warehouse_out,
                                shire_error *error) SHIRE_MUST_CHECK;

/* "home_care" -> "Home care" in the request's arena; NULL when out of memory. */
const char *shire_figures_words(const shire_call *call, shire_span name);

/* Cells from a frame: the text of a row in the request's arena (empty for null), its number. */
const char *shire_figures_text(const shire_call *call, const shire_column *column, size_t row);
int64_t shire_figures_number(const shire_column *column, size_t row);

#endif
