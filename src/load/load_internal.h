/* What the files of load share: the run under way, an extract's plan, findings. */
#ifndef SHIRE_LOAD_LOAD_INTERNAL_H
#define SHIRE_LOAD_LOAD_INTERNAL_H

#include "core/progress.h"
#include "io/dsv.h"
#include "load/load.h"
#include "load/load_schema.h"

typedef struct load_run {
    shire_table *table;
    const shire_partnership *partnership;
    shire_arena *arena;
    char inputs[65]; /* load_hash_inputs: the hash of all that was read; empty: not known */
} load_run;

/* --- load_finding.c --- */

typedef struct load_finding {
    const char *severity; /* error, warning, info */
    const char *kind;
    const char *file;
    int64_t line;            /* 0: none */
    const char *column_name; /* NULL: none */
    const char *problem;
    const char *remedy;
} load_finding;

shire_status load_finding_create(load_run *run, shire_error *error) SHIRE_MUST_CHECK;
shire_status load_finding_add(load_run *run, const load_finding *finding,
                              shire_error *error) SHIRE_MUST_CHECK;
/* Sort the table, write findings.csv, count by kind. */
shire_status load_finding_finish(load_run *run, shire_load_summary *summary,
                                 shire_error *error) SHIRE_MUST_CHECK;

/* --- load_superseded.c --- */

/* The table nhs_number_superseded, empty where the folder has no such file. */
shire_status load_superseded(load_run *run, shire_error *error) SHIRE_MUST_CHECK;

/* --- load_file.c --- */

/* Tells that a file was changed without reading it again. */
typedef struct load_stamp {
    int64_t byte_count;
    int64_t changed_seconds;
    int64_t changed_ns;
} load_stamp;

/* Zero for a file that is not there. */
load_stamp load_file_stamp(const char *path);

/* A file that an extract reads. */
typedef struct load_file {
    const char *name;  /* for findings: as the extract writes it */
    const char *path;  /* where it was found */
    load_stamp before; /* as it was found */
} load_file;

typedef struct load_file_list {
    load_file *files;
    size_t count;
} load_file_list;

/*
 * The files behind one path of a scan (a pattern gives several, sorted), looked up in the data
 * folders in their order. Missing, empty and unreadable ones become findings at `sql_file` and are
 * left out: *list_out may be empty. `dsv_options` is not NULL for delimited text: the file is then
 * opened to see whether it has a header.
 */
shire_status load_file_find(load_run *run, const char *sql_file, const char *written,
                            const shire_dsv_options *dsv_options, load_file_list *list_out,
                            shire_error *error) SHIRE_MUST_CHECK;

/* Append `path` as a pattern of the engine's that fits this very path and no other. */
void load_file_append_pattern(shire_builder *pattern, const char *path);

/* --- load_plan.c --- */

typedef struct load_result_column {
    const char *name; /* of the extract's result */
    const char *type; /* the engine's name for it */
} load_result_column;

/* Delimited text that a plan reads through shire_csv. */
typedef struct load_delimited {
    size_t file_first; /* in plan->files */
    size_t file_count;
    const char *call;                /* shire_csv's arguments, in brackets */
    bool is_base;                    /* its rows are the extract's; else a look-up */
    const load_result_column *typed; /* columns that are given a type, with it */
    size_t typed_count;
} load_delimited;

/* One way to run an extract. */
typedef struct load_plan {
    const char *sql; /* columns of the result, and if traced file number and line behind them */
    bool traced;
    load_file *files; /* file number i of the trace */
    size_t file_count;
    load_delimited *delimited;
    size_t delimited_count;
    const load_result_column *columns; /* without the trace */
    size_t column_count;
} load_plan;

typedef enum load_way {
    LOAD_WAY_TRACED,          /* text as it is, typed where the extract computes; rows are traced */
    LOAD_WAY_TRACED_MOSTLY,   /* typed where the extract computes, as most of the values are */
    LOAD_WAY_TRACED_RAW,      /* all text as it is */
    LOAD_WAY_UNTRACED,        /* all typed as the engine would guess */
    LOAD_WAY_UNTRACED_MOSTLY, /* all typed as most of the values are */
    LOAD_WAY_UNTRACED_RAW,    /* all text as it is */
    LOAD_WAY_ENGINE,          /* the SQL as it stands, read by the engine's own readers */
    LOAD_WAY_COUNT
} load_way;

typedef struct load_extract {
    const char *file; /* extracts/NAME.sql */
    int extract_no;
    const load_target *target;
    const char *sql;
    load_stamp before;     /* of the SQL's file as it was read */
    bool repeatable;       /* the same rows again from the same files */
    load_file_list *scans; /* the files of each scan of the SELECT */
    size_t scan_count;
    bool in_file_order; /* the rows come as they stand in the files, on any number of threads */
    load_way way;       /* the plan's; those before it do not bind, or the data do not fit them */
    load_plan plan;
    shire_error failure; /* the one to tell if no way is left */
    bool failed;
    int64_t rows_inserted; /* of the result, before rows are rejected */
    int64_t rows_rejected; /* of the result, and records of files that were not readable */
    int64_t rows_loaded;
} load_extract;

/* Find the files of the extract's scans. What is wrong with the SQL's syntax or with the files
 * becomes findings; extract->failed is set when nothing is left to run. */
shire_status load_plan_find_files(load_run *run, load_extract *extract,
                                  shire_error *error) SHIRE_MUST_CHECK;

/* Plan the extract in that way and bind it. SHIRE_NOT_FOUND: the way does not apply.
 * SHIRE_INVALID: it does not bind; `error` has the engine's words. */
shire_status load_plan_make(load_run *run, load_extract *extract, load_way way,
                            shire_error *error) SHIRE_MUST_CHECK;

/* After the extract ran: findings about the files that shire_csv read, and about values that are
 * not of the type they are computed with. Counts the rows that were not given on. */
shire_status load_plan_list_problems(load_run *run, load_extract *extract,
                                     shire_error *error) SHIRE_MUST_CHECK;

/* --- load_check.c --- */

/* The column travels along under its own name. */
bool load_is_attribute(const load_target *target, const char *name);

/* Compare the result's columns with the target's; missing and misspelt ones become findings. Sets
 * extract->failed when a required one is missing. */
shire_status load_check_columns(load_run *run, load_extract *extract,
                                shire_error *error) SHIRE_MUST_CHECK;

/* Create the target's table for these extracts, attributes included. */
shire_status load_table_create(load_run *run, const load_target *target,
                               const load_extract *extracts, size_t extract_count,
                               shire_error *error) SHIRE_MUST_CHECK;

/* --- load_insert.c --- */

/* Run the extract into its table, every value checked; rows with problems carry them. */
shire_status load_table_insert(load_run *run, const load_extract *extract,
                               shire_error *error) SHIRE_MUST_CHECK;

/* Turn what the target's rows carry into findings. Rejected rows are still there. */
shire_status load_table_list_problems(load_run *run, const load_target *target,
                                      shire_error *error) SHIRE_MUST_CHECK;

/* --- load_key.c --- */

/* The rows' problems and repeated keys become findings, rejected rows are deleted, the numbers
 * given and the helper column is dropped. Counts rows loaded and rejected into the extracts. */
shire_status load_key_finish(load_run *run, const load_target *target, load_extract *extracts,
                             size_t extract_count, shire_error *error) SHIRE_MUST_CHECK;

/* A temporary table of one BIGINT column. */
shire_status load_key_table(load_run *run, const char *table, const char *column,
                            const int64_t *values, size_t count,
                            shire_error *error) SHIRE_MUST_CHECK;

/* --- load_reference.c --- */

/* event.record_no, and references that lead nowhere. */
shire_status load_reference_resolve(load_run *run, shire_error *error) SHIRE_MUST_CHECK;

/* The column that carries a row's problems while it is loaded; NULL for a good row. A problem is
 * COLUMN.CODE:WORDS, several are parted by U+001E; the code of one that rejects the row opens with
 * '!'. */
#define LOAD_PROBLEMS_COLUMN "shire_problems"

/* --- load_extract.c --- */

/* The extract of extracts/NAME. What is wrong with it becomes a finding, and extract->failed. */
shire_status load_extract_read(load_run *run, const char *name, int extract_no,
                               load_extract *extract_out, shire_error *error) SHIRE_MUST_CHECK;

/* Find its files, choose the first way that binds, compare its columns with the table's. */
shire_status load_extract_plan(load_run *run, load_extract *extract,
                               shire_error *error) SHIRE_MUST_CHECK;

/* Try the ways from extract->way on until one binds; when none does, that is a finding. */
shire_status load_extract_plan_further(load_run *run, load_extract *extract,
                                       shire_error *error) SHIRE_MUST_CHECK;

/* Run the extract into its table, in the caller's transaction. *fits_out is false when the data do
 * not fit the plan: to be rolled back and planned further. */
shire_status load_extract_run(load_run *run, load_extract *extract, bool *fits_out,
                              shire_error *error) SHIRE_MUST_CHECK;

/* --- load_rows.c --- */

/* Plan the extracts, make the tables and fill them, on up to thread_count threads; then keys,
 * rejected rows and numbers, and the hashes of all files. Neither plans nor files of the extracts
 * are to be used afterwards. */
shire_status load_rows(load_run *run, load_extract *extracts, size_t extract_count,
                       int thread_count, shire_progress *progress,
                       shire_error *error) SHIRE_MUST_CHECK;

/* --- load_hash.c --- */

/* The tables extract and extract_file, and run->inputs. */
shire_status load_hash_inputs(load_run *run, const load_extract *extracts, size_t count,
                              int thread_count, shire_error *error) SHIRE_MUST_CHECK;

/* run->inputs alone, before anything is loaded. */
shire_status load_hash_present(load_run *run, const load_extract *extracts, size_t count,
                               int thread_count, shire_error *error) SHIRE_MUST_CHECK;

/* --- load_recall.c --- */

/* The table load_input, which lets a later run recall this one's rows. */
shire_status load_recall_note(load_run *run, shire_error *error) SHIRE_MUST_CHECK;

/* In a copy of the last run's warehouse: away with all that stages after loading made. */
shire_status load_recall_clear(load_run *run, shire_error *error) SHIRE_MUST_CHECK;

/* --- load_service.c --- */

/* Another connection to the warehouse, set as the run's own. On failure *table_out may be set: the
 * caller closes it in any case. */
shire_status load_connection_open(const load_run *run, shire_table **table_out,
                                  shire_error *error) SHIRE_MUST_CHECK;

/* --- small things --- */

/* builder's SQL, run; the builder is freed in any case. */
shire_status load_execute(load_run *run, shire_builder *sql, shire_error *error) SHIRE_MUST_CHECK;
shire_status load_query_int64(load_run *run, shire_builder *sql, int64_t *value_out,
                              shire_error *error) SHIRE_MUST_CHECK;
static inline shire_status load_out_of_memory(shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory while loading");
}
void load_append_name(shire_builder *builder, const char *name);    /* "quoted" */
void load_append_literal(shire_builder *builder, const char *text); /* 'quoted'; NULL: NULL */

/* The column of a one-column text SELECT, in the run's arena. */
shire_status load_query_texts(load_run *run, shire_builder *sql, const char ***texts_out,
                              size_t *count_out, shire_error *error) SHIRE_MUST_CHECK;

#endif
