/*
 * Rows for a table of the warehouse, put together cell by cell, then appended at once. Memory is
 * the sheet's own; that there was not enough shows when it is appended.
 */
#ifndef SHIRE_LINK_LINK_SHEET_H
#define SHIRE_LINK_LINK_SHEET_H

#include "io/table.h"

#define SHIRE_LINK_SHEET_COLUMNS_MAX 16

typedef struct shire_link_sheet_column {
    int64_t *numbers;
    uint32_t *offsets;
    shire_builder bytes;
    uint8_t *valid;
} shire_link_sheet_column;

typedef struct shire_link_sheet {
    const char *types; /* a letter a column: t text, i int64, d double */
    size_t column_count;
    size_t column; /* of the next cell */
    size_t row_count;
    size_t capacity;
    bool failed;
    shire_link_sheet_column columns[SHIRE_LINK_SHEET_COLUMNS_MAX];
} shire_link_sheet;

/* `types` has static storage. */
shire_link_sheet shire_link_sheet_new(const char *types);
void shire_link_sheet_done(shire_link_sheet *sheet);

/* The next cell, row by row; its column must be of that type. */
void shire_link_sheet_text(shire_link_sheet *sheet, shire_span text);
void shire_link_sheet_int64(shire_link_sheet *sheet, int64_t number);
void shire_link_sheet_number(shire_link_sheet *sheet, double number);
void shire_link_sheet_null(shire_link_sheet *sheet);

/* All rows, to a table whose columns are those of the sheet by position. */
shire_status shire_link_sheet_append(const shire_link_sheet *sheet, shire_table *warehouse,
                                     const char *table, shire_error *error) SHIRE_MUST_CHECK;

#endif
