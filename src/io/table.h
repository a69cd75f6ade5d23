/*
 * Tables: DuckDB behind a small interface. The only file of the project that knows DuckDB is
 * table*.c. SQL runs in; typed column arrays come out; column arrays are appended.
 *
 * A shire_table is one connection. One thread at a time may use it; shire_table_clone gives
 * another connection to the same database for another thread.
 */
#ifndef SHIRE_IO_TABLE_H
#define SHIRE_IO_TABLE_H

#include "core/arena.h"
#include "core/date.h"
#include "core/error.h"
#include "core/money.h"
#include "core/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct shire_table shire_table;

typedef enum shire_type {
    SHIRE_TYPE_INT64,     /* any integer type, BOOLEAN as 0/1; HUGEINT when it fits */
    SHIRE_TYPE_INT32,     /* INTEGER and narrower */
    SHIRE_TYPE_DECIMAL6,  /* DECIMAL(p<=18, 6): int64 millionths; how money and quantities travel */
    SHIRE_TYPE_DATE,      /* DATE: shire_date */
    SHIRE_TYPE_TIMESTAMP, /* TIMESTAMP: shire_timestamp */
    SHIRE_TYPE_DOUBLE,    /* FLOAT, DOUBLE */
    SHIRE_TYPE_TEXT       /* VARCHAR: offsets into one byte buffer, as Arrow */
} shire_type;

/* One column. `valid` is NULL when no row is null, else one byte a row, 0 for null; null rows hold
 * 0 (empty text). Exactly the member of `type` is set. */
typedef struct shire_column {
    const char *name;
    shire_type type;
    const uint8_t *valid;
    union {
        const int64_t *int64;
        const int32_t *int32;
        const shire_decimal6 *decimal6;
        const shire_date *date;
        const shire_timestamp *timestamp;
        const double *number;
        const uint32_t *text_offsets; /* row i: bytes [offsets[i], offsets[i+1]) */
    };
    const char *text_bytes; /* SHIRE_TYPE_TEXT only; less than 4 GiB a column */
} shire_column;

typedef struct shire_frame {
    size_t row_count;
    size_t column_count;
    shire_column *columns;
} shire_frame;

/* The text of row `row` of a text column. */
shire_span shire_column_text(const shire_column *column, size_t row);
bool shire_column_is_null(const shire_column *column, size_t row);
/* The column of that name, or NULL. */
const shire_column *shire_frame_column(const shire_frame *frame, const char *name);
/* All of a frame, in `arena`. */
shire_status shire_frame_copy(const shire_frame *frame, shire_arena *arena, shire_frame *copy_out,
                              shire_error *error) SHIRE_MUST_CHECK;

typedef struct shire_table_options {
    const char *path; /* database file; NULL for memory */
    bool read_only;
    int thread_count;          /* 0: all processors */
    int64_t memory_limit_mb;   /* 0: DuckDB's default (80 % of the machine) */
    const char *temporary_dir; /* where DuckDB spills; NULL: beside the file, in memory nowhere */
} shire_table_options;

shire_status shire_table_open(const shire_table_options *options, shire_table **table_out,
                              shire_error *error) SHIRE_MUST_CHECK;
/* Another connection to the same database; close both. */
shire_status shire_table_clone(shire_table *table, shire_table **clone_out,
                               shire_error *error) SHIRE_MUST_CHECK;
void shire_table_close(shire_table *table); /* NULL is allowed */

/* Run statements and throw results away. The message of a failure is the engine's own first line,
 * with every value that it quotes from the data replaced by '...': values may be personal. (Words
 * that a query itself passes to error() come through as they are.) */
shire_status shire_table_execute(shire_table *table, const char *sql,
                                 shire_error *error) SHIRE_MUST_CHECK;

/*
 * Run one SELECT into column arrays that live in `arena`. Column names and types are those of the
 * result; a type that is none of shire_type is SHIRE_INVALID with a sentence naming the column.
 * Row order is the query's. frame_out is written only on SHIRE_OK.
 */
shire_status shire_table_query(shire_table *table, const char *sql, shire_arena *arena,
                               shire_frame *frame_out, shire_error *error) SHIRE_MUST_CHECK;

/* The single int64 of a one-row, one-column SELECT (null is SHIRE_NOT_FOUND); a DECIMAL(p,6) is
 * given in millionths. */
shire_status shire_table_query_int64(shire_table *table, const char *sql, int64_t *value_out,
                                     shire_error *error) SHIRE_MUST_CHECK;

/* Stream a SELECT through `visit` in batches of at most a few thousand rows; the frame is valid
 * during the call only, and so is nothing else done on this connection: a visit that runs SQL needs
 * a clone. A visit that returns other than SHIRE_OK ends the scan with that status. */
typedef shire_status (*shire_table_visitor)(const shire_frame *batch, void *context,
                                            shire_error *error);
shire_status shire_table_scan(shire_table *table, const char *sql, shire_table_visitor visit,
                              void *context, shire_error *error) SHIRE_MUST_CHECK;

/* Append the frame's columns, by position, to an existing table ("temp.NAME" is a temporary one,
 * which also a warehouse open for reading has) whose column types match: INT64 to
 * BIGINT or BOOLEAN, INT32 to INTEGER or BIGINT, DECIMAL6 to DECIMAL(10..18,6), the others to their
 * own; else SHIRE_INTERNAL. Rows keep their order. Text that is not UTF-8 is SHIRE_INVALID. Part of
 * the connection's transaction where one is open; in any case all rows are appended or none. */
shire_status shire_table_append(shire_table *table, const char *table_name,
                                const shire_frame *frame, shire_error *error) SHIRE_MUST_CHECK;

/* Fill a BIGINT column of an existing table anew: the row with row id i gets values[i], null where
 * `valid` is not NULL and valid[i] is 0, and where i >= count. Row ids count the rows as they were
 * appended; deleted ones keep theirs. SHIRE_INTERNAL when the table has fewer rows than values. Not
 * within a transaction that has changed the table. */
shire_status shire_table_fill(shire_table *table, const char *table_name, const char *column,
                              const int64_t *values, const uint8_t *valid, size_t count,
                              shire_error *error) SHIRE_MUST_CHECK;

typedef enum shire_file_format { SHIRE_FILE_CSV, SHIRE_FILE_PARQUET } shire_file_format;

/* Write a SELECT to a file. Same rows in the same order, same bytes, on any number of threads: a
 * SELECT whose order matters says ORDER BY. CSV has a header, LF, UTF-8. The file is written to
 * `path`.new and renamed: on failure the old one stays. */
shire_status shire_table_export(shire_table *table, const char *sql, const char *path,
                                shire_file_format format, shire_error *error) SHIRE_MUST_CHECK;

/*
 * The abstract syntax tree of one SELECT as the engine's JSON (json_serialize_sql), and back to
 * SQL text: the loader rewrites extracts through these. Terminated text in `arena`.
 */
shire_status shire_table_parse_select(shire_table *table, const char *sql, shire_arena *arena,
                                      char **json_out, shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_table_print_select(shire_table *table, const char *json, shire_arena *arena,
                                      char **sql_out, shire_error *error) SHIRE_MUST_CHECK;

/*
 * Scalar SQL functions of ours, on every connection that this module opens; each takes VARCHAR
 * and gives NULL for NULL or for text that does not parse:
 *   shire_decimal(text) -> DECIMAL(18,6)     core/money.h, rounding as there
 *   shire_decimal_rounds(text) -> BOOLEAN    true when the text has more than six decimals
 *   shire_date(text) -> DATE                 core/date.h
 *   shire_timestamp(text) -> TIMESTAMP
 *   shire_nhs_number_problem(text) -> INTEGER  core/nhs_number.h
 *   shire_nhs_number(text) -> VARCHAR        ten digits when valid, else NULL
 *   shire_text(text) -> VARCHAR              trimmed (core/text.h); NULL when nothing is left
 *   shire_shape(text) -> VARCHAR             how it looks without what it says: "8 characters, ..."
 *   shire_date_shape(text) -> BOOLEAN        numbers stand where a date has them: 31/02/2024
 */

/*
 * Table functions of ours over delimited text (io/dsv.h), VARCHAR columns, one thread, file order:
 *   shire_csv(['/a.csv', ...], delim, quote, comment, nullstr, header, skip) -> the columns of the
 *       first file, shire_source_file INTEGER (place in the list), shire_source_line BIGINT
 *   shire_csv_problems(the same) -> file INTEGER, line BIGINT, row_count BIGINT, column_name,
 *       severity, kind, problem, remedy: what io/dsv_problem.h finds
 */

/* True when the last scan of the file by shire_csv went to its end and shire_csv_problems would
 * give no row for it. Safe from any thread. */
bool shire_table_dsv_is_clean(shire_table *table, const char *path);

#endif
