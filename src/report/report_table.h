/*
 * A published table: one set of cells that becomes the HTML table, the spreadsheet's sheet and the
 * Parquet file, so that the three cannot tell different stories. Disclosure control has been done
 * by the time a cell is here: what is withheld has no value at all.
 *
 * Tables and their text live in the run's arena. Not thread-safe.
 */
#ifndef SHIRE_REPORT_REPORT_TABLE_H
#define SHIRE_REPORT_REPORT_TABLE_H

#include "core/arena.h"
#include "io/table.h"

#define SHIRE_REPORT_COLUMNS_MAX 16

typedef enum shire_report_kind {
    SHIRE_REPORT_TEXT,
    SHIRE_REPORT_FIGURE, /* a number as text, in a form of its own; aligned as numbers are */
    SHIRE_REPORT_COUNT,  /* whole number: events, rows, days, and people (already rounded) */
    SHIRE_REPORT_MONEY,  /* micropounds, shown to the penny; the data have them exactly */
    SHIRE_REPORT_POUNDS, /* micropounds in whole pounds */
    SHIRE_REPORT_PERCENT /* tenths of a percent */
} shire_report_kind;

typedef struct shire_report_column {
    const char *title; /* of the HTML column and, in lower case with underscores, of the data */
    shire_report_kind kind;
} shire_report_column;

typedef enum shire_report_cell_state {
    SHIRE_REPORT_EMPTY = 0, /* nothing to show: "–", null in the data */
    SHIRE_REPORT_SHOWN,
    SHIRE_REPORT_WITHHELD /* "[c]", null in the data */
} shire_report_cell_state;

typedef struct shire_report_cell {
    shire_report_cell_state state;
    int64_t value;
    const char *text;
} shire_report_cell;

typedef struct shire_report_table {
    const char *name;    /* "cost_by_age": file name, HTML id; letters, digits, underscores */
    const char *sheet;   /* at most 31 characters */
    const char *caption; /* what the table shows, where and when */
    const shire_report_column *columns;
    size_t column_count;
    size_t heading_count;  /* leading text columns that head their row; at least 1 */
    bool has_withheld;     /* people are counted: the data gets a column "withheld" */
    bool has_total_row;    /* the last row is a total */
    size_t html_row_limit; /* further rows are in the data only; 0: no limit */
    size_t row_count;
    size_t row_capacity;
    shire_report_cell *cells; /* row by row */
} shire_report_table;

/* Takes `columns` as it is: static storage or the same arena. */
shire_status shire_report_table_new(const shire_report_table *shape, size_t row_capacity,
                                    shire_arena *arena, shire_report_table **table_out,
                                    shire_error *error) SHIRE_MUST_CHECK;

/* The cells of a new last row, all empty. There must be capacity for it. */
shire_report_cell *shire_report_table_add_row(shire_report_table *table);

/* Cells. Text is not copied. People are rounded here; a small count comes out withheld. */
shire_report_cell shire_report_text(const char *text);
shire_report_cell shire_report_number(int64_t value);
shire_report_cell shire_report_people(int64_t people, bool withheld);
/* To the nearest pound, unless withheld. */
shire_report_cell shire_report_pounds(shire_money money, bool withheld);

void shire_report_table_append_html(const shire_report_table *table, shire_builder *html);

/* The table as typed columns in `arena`: text, whole numbers, money as DECIMAL(18,6), percentages
 * as numbers (27.3), and where people are counted a text column "withheld" that holds "[c]". */
shire_status shire_report_table_to_frame(const shire_report_table *table, shire_arena *arena,
                                         shire_frame *frame_out,
                                         shire_error *error) SHIRE_MUST_CHECK;

#endif
