/*
 * The report of a run: one self-contained HTML page, the same tables as one spreadsheet and as
 * Parquet files, all made from the warehouse.
 *
 * The same warehouse gives the same bytes, on any number of threads: no clock, no timings, every
 * query ordered. Counts of people are suppressed and rounded (report_suppress_kernel.h); totals of
 * a body's ledger are exact. No name, address, identifier or date of birth of a person is read into
 * the report.
 */
#ifndef SHIRE_REPORT_REPORT_H
#define SHIRE_REPORT_REPORT_H

#include "core/arena.h"
#include "io/table.h"
#include "org/partnership.h"

#include <stdbool.h>

typedef struct shire_report_options {
    bool truth_known; /* the three below are pairwise figures against a known truth, 0..1 */
    double precision;
    double recall;
    double f1;
} shire_report_options;

/*
 * Write output_dir/report.html, output_dir/report.xlsx and output_dir/tables/NAME.parquet; the
 * folder is made when it is not there. `options` may be NULL. The page is written last and in one
 * piece, so that a page never stands beside tables of a later run. Only temporary tables named
 * report_* are made in the warehouse, which may be open read-only.
 *
 * SHIRE_NOT_FOUND when a table of the warehouse is missing; SHIRE_IO_FAILED when a file cannot be
 * written. One thread at a time for each warehouse connection.
 */
shire_status shire_report_run(shire_table *warehouse, const shire_partnership *partnership,
                              const char *output_dir, const shire_report_options *options,
                              shire_arena *arena, shire_error *error) SHIRE_MUST_CHECK;

#endif
