/*
 * Spreadsheets: frames written as sheets of one XLSX file (libxlsxwriter). Money and quantities are
 * written as numbers at full double precision with a pounds format; files carry no clock time, so
 * that same frames give the same bytes.
 */
#ifndef SHIRE_IO_XLSX_H
#define SHIRE_IO_XLSX_H

#include "io/table.h"

typedef struct shire_xlsx shire_xlsx;

shire_status shire_xlsx_open(const char *path, shire_xlsx **xlsx_out,
                             shire_error *error) SHIRE_MUST_CHECK;
/* Adds a sheet: bold header row from column names (underscores shown as blanks), frozen, with a
 * filter and sensible widths. `title` is cut to 31 characters. */
shire_status shire_xlsx_add_sheet(shire_xlsx *xlsx, const char *title, const shire_frame *frame,
                                  shire_error *error) SHIRE_MUST_CHECK;
/* Writes the file, also frees. Call once, also after a failure (NULL is allowed). */
shire_status shire_xlsx_close(shire_xlsx *xlsx, shire_error *error) SHIRE_MUST_CHECK;

#endif
