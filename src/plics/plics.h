/*
 * PLICS: the patient-level cost extracts that an acute trust in England sends to the National Cost
 * Collection, written from a costed warehouse and checked, our own files and anybody else's.
 *
 * A file is CSV in UTF-8: the names of the message header, its values, the names of the feed's
 * columns, then one record a line (docs/plics.md). Every message names line and field and never
 * holds a value: values may be personal.
 */
#ifndef SHIRE_PLICS_PLICS_H
#define SHIRE_PLICS_PLICS_H

#include "core/arena.h"
#include "core/error.h"
#include "core/money.h"
#include "io/table.h"
#include "org/partnership.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* PLICS SUBMISSION RECORD COUNT has seven digits. */
#define SHIRE_PLICS_RECORDS_MAX INT64_C(9999999)
/* Violations that a summary holds; the file of findings holds all. */
#define SHIRE_PLICS_SHOWN_MAX 100
#define SHIRE_PLICS_SUM_BYTES 48

/* ---- checking a file ---- */

typedef struct shire_plics_violation {
    int64_t line;
    const char *field; /* the dictionary's name; empty: the whole line */
    const char *kind;
    const char *problem;
    const char *remedy;
} shire_plics_violation;

typedef struct shire_plics_count {
    const char *kind;
    const char *field;
    int64_t count;
} shire_plics_count;

typedef struct shire_plics_check_summary {
    const char *feed;         /* APC; NULL when the file does not say and no feed has its columns */
    const char *organisation; /* that submits; NULL when the header does not say it well */
    int64_t record_count;
    char total[SHIRE_PLICS_SUM_BYTES]; /* of the records' costs, as text: exact; of REC the cost or
                                          income value */
    char excluded[SHIRE_PLICS_SUM_BYTES]; /* REC: total of the exclusions */
    int64_t byte_count;
    int64_t violation_count;
    const shire_plics_violation *shown; /* the first SHIRE_PLICS_SHOWN_MAX, in file order */
    size_t shown_count;
    const shire_plics_count *counts; /* by kind, then field, in the order of the dictionary */
    size_t count_count;
    const shire_plics_count *empty; /* required (R) fields left empty: allowed, and counted */
    size_t empty_count;
} shire_plics_check_summary;

/*
 * Check the file at `path`; all violations go to the CSV file `findings_path` (line, field, kind,
 * problem, remedy), which is replaced. The file is read once; of each record 16 bytes are kept.
 * SHIRE_OK also when there are violations. As shire_line_open for a file that cannot be read.
 */
shire_status shire_plics_check(const char *path, const char *findings_path, shire_arena *arena,
                               shire_plics_check_summary *summary_out,
                               shire_error *error) SHIRE_MUST_CHECK;

/* ---- writing the feeds ---- */

typedef struct shire_plics_options {
    const char *feeds;        /* "APC,OP"; NULL: all */
    const char *organisation; /* code; NULL: all that have costed acute activity */
    const char *output_dir;
    int64_t records_max; /* of one file; 0: SHIRE_PLICS_RECORDS_MAX */
    shire_timestamp created;
} shire_plics_options;

typedef struct shire_plics_file {
    const char *organisation;
    const char *feed;
    const char *path;
    int64_t record_count;
    shire_money total; /* of REC: cost or income value, which is the ledger */
} shire_plics_file;

/* What is in no feed, or had to be left empty in one. */
typedef struct shire_plics_left_out {
    const char *organisation;
    const char *feed;   /* empty: none */
    const char *reason; /* a clause without a value of a patient */
    int64_t event_count;
    int64_t record_count;
    shire_money amount;
} shire_plics_left_out;

typedef struct shire_plics_organisation {
    const char *organisation;
    shire_money ledger;
    shire_money allocated;
    shire_money in_feeds;
    shire_money left_out;
} shire_plics_organisation;

typedef struct shire_plics_summary {
    const shire_plics_organisation *organisations;
    size_t organisation_count;
    const shire_plics_file *files;
    size_t file_count;
    const shire_plics_left_out *left_out; /* money in no feed */
    size_t left_out_count;
    const shire_plics_left_out *emptied; /* required fields whose value was not fit to be sent */
    size_t emptied_count;
} shire_plics_summary;

/*
 * Write the feeds of a costed warehouse into options->output_dir, with the list of what is left
 * out. Files take their place only when all are written, every record is checked, the sum of the
 * feeds and of what is left out is the costed activity and the reconciliation is the ledger; files
 * of an earlier call for the same organisations and feeds are then removed. Only temporary tables
 * named plics_* are made in the warehouse, which may be open read-only.
 *
 * SHIRE_INVALID for a feed or organisation that is not there, a mapping (costing/plics_map.csv)
 * that is wrong, a period that is in no single financial year, or nothing to send;
 * SHIRE_UNRECONCILED when the sums do not agree.
 */
shire_status shire_plics_report(shire_table *warehouse, const shire_partnership *partnership,
                                const shire_plics_options *options, shire_arena *arena,
                                shire_plics_summary *summary_out,
                                shire_error *error) SHIRE_MUST_CHECK;

#endif
