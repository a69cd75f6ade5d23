/*
 * Small CSV files that people write by hand (organisations, settings, costing rules): read whole,
 * with the line of every row, so that a mistake can be named by file and line. Extracts of any
 * size go through table.h instead.
 */
#ifndef SHIRE_IO_CSV_H
#define SHIRE_IO_CSV_H

#include "core/arena.h"
#include "core/error.h"
#include "core/text.h"

#include <stddef.h>
#include <stdint.h>

#define SHIRE_CSV_COLUMNS_MAX 256

typedef struct shire_csv {
    const char *path; /* as given, in the arena */
    size_t column_count;
    const char *const *names; /* from the header, white space around them removed */
    size_t row_count;
    const shire_span *cells; /* row by row; each terminated, white space around it removed */
    const int32_t *lines;    /* of each row's first byte; the header's first line is 1 */
} shire_csv;

/*
 * Reads RFC 4180 as spreadsheets write it: UTF-8 with or without a byte-order mark, LF or CRLF,
 * quoted cells with "" and line breaks in them, blank lines and lines of empty cells (skipped),
 * short rows (padded with empty cells), empty cells beyond the header (dropped, also in the
 * header).
 *
 * SHIRE_INVALID with file and line for: text that is not UTF-8, a quote that does not end or that
 * ends inside a cell, a cell beyond the header, a header with an empty or repeated name, no header
 * at all, more than SHIRE_CSV_COLUMNS_MAX columns, a file over limit_bytes. As shire_file_read for
 * files that cannot be read.
 */
shire_status shire_csv_read(const char *path, size_t limit_bytes, shire_arena *arena,
                            shire_csv *csv_out, shire_error *error) SHIRE_MUST_CHECK;

/* The column of that name, or column_count. */
size_t shire_csv_column(const shire_csv *csv, const char *name);

/* Empty when `column` is column_count: an optional column that the file does not have. */
shire_span shire_csv_cell(const shire_csv *csv, size_t row, size_t column);

/*
 * Checks the header: the first `required_count` of `names` must be there, and nothing but `names`.
 * SHIRE_INVALID names the column at fault and the nearest known one.
 */
shire_status shire_csv_check_columns(const shire_csv *csv, const char *const *names,
                                     size_t name_count, size_t required_count,
                                     shire_error *error) SHIRE_MUST_CHECK;

#endif
