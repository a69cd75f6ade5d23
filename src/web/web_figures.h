/*
 * Figures on a page: a published table (report/report_table.h) as the values of the template part
 * figures.njk, its largest rows as a chart, and the same cells as a spreadsheet, so that the three
 * tell one story. What a viewer must not see has no value in the table any more.
 */
#ifndef SHIRE_WEB_WEB_FIGURES_H
#define SHIRE_WEB_WEB_FIGURES_H

#include "record/record_count.h"
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

/* Whether what the viewer sees of costs is to be published, so that small numbers are withheld: for
 * every purpose but finance. */
bool shire_figures_are_published(const shire_call *call);

/* People whom the viewer may count, by body and kind of care, of the last run. */
typedef struct shire_figures_tallies {
    const shire_record_book *book;
    shire_record_tally *items;
    size_t count;
} shire_figures_tallies;

/* Not on a server thread. In the request's arena. */
shire_status shire_figures_count_people(const shire_call *call, shire_figures_tallies *tallies_out,
                                        shire_error *error) SHIRE_MUST_CHECK;
/* How many people a body looked after; `setting` NULL: by all kinds of care. */
int64_t shire_figures_people(const shire_figures_tallies *tallies, uint32_t organisation,
                             const shire_span *setting);

/*
 * Which of `count` rows from `first` on to withhold (1) when they are published, by the people of
 * each (people[i] and withheld[i] are of row first + i); their total is shown. Where nobody may be
 * counted, there may still be somebody. The same rows are chosen in whatever order they stand, as
 * long as their `names` are the same, so that two lists of them do not tell what each withholds.
 */
shire_status shire_figures_withhold(const shire_call *call, const shire_column *names,
                                    const int64_t *people, size_t first, size_t count,
                                    uint8_t *withheld, shire_error *error) SHIRE_MUST_CHECK;

/* "home_care" -> "Home care" in the request's arena; NULL when out of memory. */
const char *shire_figures_words(const shire_call *call, shire_span name);

/* Cells from a frame: the text of a row in the request's arena (empty for null), its number. */
const char *shire_figures_text(const shire_call *call, const shire_column *column, size_t row);
int64_t shire_figures_number(const shire_column *column, size_t row);

#endif
