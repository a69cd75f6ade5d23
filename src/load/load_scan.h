/* What stands in a scan's place when an extract is run: load_scan.c. */
#ifndef SHIRE_LOAD_LOAD_SCAN_H
#define SHIRE_LOAD_LOAD_SCAN_H

#include "io/select.h"
#include "load/load_internal.h"

/* Each row of the result is traced to its file and line. */
bool load_way_is_traced(load_way way);

/* The options of read_csv in the terms of shire_csv; false when it says something that shire_csv
 * does not know, so that the engine's own reader must read the file. */
bool load_scan_dsv_options(const shire_scan *scan, shire_dsv_options *options_out);

/*
 * SQL to stand behind FROM in the place of `scan`, which reads `files`. For traced ways a base scan
 * gets the columns shire_source_file (counted from plan->file_count on) and shire_source_line.
 * Adds the files, and delimited text, to the plan. *sql_out is NULL when the scan is to stay as it
 * is; SHIRE_NOT_FOUND when a base scan cannot be traced.
 */
shire_status load_scan_write(load_run *run, const shire_select *select, size_t scan_index,
                             const load_file_list *files, load_way way, load_plan *plan,
                             const char **sql_out, shire_error *error) SHIRE_MUST_CHECK;

/* `column` (SQL) turned from text into the engine's type, NULL where it is not one. */
void load_scan_append_cast(shire_builder *sql, const char *column, const char *type);

#endif
