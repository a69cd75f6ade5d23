/*
 * Loading a partnership: each .sql file of extracts is run, every value checked, and the
 * warehouse's tables organisation, extract, extract_file, person_record, event, activity_item,
 * ledger_line and finding are filled (ARCHITECTURE.md says what is in them). Every row that an
 * extract yields is loaded or listed in `finding`, and so is every row of a delimited file that
 * could not be read.
 *
 * Findings are data: `error` is a row or an extract that was not loaded, `warning` a value that was
 * dropped or a reference that leads nowhere, `info` something worth knowing.
 * DIR/.shire/findings.csv gets them all, in the order of file, line, column. Texts never hold a
 * value.
 *
 * Same inputs give the same tables and the same findings.csv on any number of threads.
 */
#ifndef SHIRE_LOAD_LOAD_H
#define SHIRE_LOAD_LOAD_H

#include "org/partnership.h"

typedef struct shire_load_options {
    int thread_count;   /* of ours: tables side by side, hashes of files; 0: all processors. The
                           warehouse has its own */
    bool show_progress; /* a line on standard error, if that is a terminal */
    bool recalled;      /* `warehouse` is what shire_load_recall has copied */
} shire_load_options;

typedef struct shire_load_extract {
    const char *file;   /* extracts/NAME.sql */
    const char *target; /* the canonical table; NULL when the name says none */
    int64_t rows_read;  /* = loaded + rejected */
    int64_t rows_loaded;
    int64_t rows_rejected;
    bool failed; /* could not be loaded at all: a finding says why */
} shire_load_extract;

typedef struct shire_load_count {
    const char *kind;
    const char *severity;
    int64_t finding_count;
} shire_load_count;

typedef struct shire_load_summary {
    int64_t person_record_count;
    int64_t event_count;
    int64_t activity_item_count;
    int64_t ledger_line_count;
    const shire_load_extract *extracts; /* in the order of their file names; none when recalled */
    size_t extract_count;
    size_t failed_extract_count;
    int64_t finding_count;
    const shire_load_count *counts; /* by severity (error, warning, info), then kind */
    size_t count_count;
    const char *findings_path;
    const char *stopped_on; /* the first kind of stop_on that was found, or NULL */
} shire_load_summary;

/*
 * Copies the warehouse of the last run to `next_path` when loading would give what is loaded there:
 * the same extracts, files, settings and program, nothing that depends on the clock or on chance.
 * Tells whether it did; on false there is no file at `next_path`. Failures count as false: loading
 * then meets them and tells.
 */
bool shire_load_recall(const shire_partnership *partnership, const char *last_path,
                       const char *next_path, int thread_count,
                       shire_arena *arena) SHIRE_MUST_CHECK;

/*
 * Fills `warehouse`, replacing those tables. `options` may be NULL. Texts of the summary live in
 * `arena`.
 *
 * SHIRE_INVALID when an extract could not be loaded at all, when a kind of finding in stop_on was
 * met, or when there is no extract; then too every finding is listed and, but for the last case,
 * *summary_out is filled in: summary_out->findings_path is not NULL exactly when it is. Other
 * failures leave it zero.
 */
shire_status shire_load_partnership(shire_table *warehouse, const shire_partnership *partnership,
                                    const shire_load_options *options, shire_arena *arena,
                                    shire_load_summary *summary_out,
                                    shire_error *error) SHIRE_MUST_CHECK;

/* Write the table `finding` as it now is, of all stages, as CSV: by file, line, column. */
shire_status shire_load_write_findings(shire_table *warehouse, const char *path,
                                       shire_error *error) SHIRE_MUST_CHECK;

#endif
