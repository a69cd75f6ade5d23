/*
 * What the table*.c files share: the connection, the run of one statement, and the one way in
 * which a message of the engine becomes a message of ours. The only header that shows DuckDB.
 */
#ifndef SHIRE_IO_TABLE_INTERNAL_H
#define SHIRE_IO_TABLE_INTERNAL_H

#include "io/table.h"

#include <duckdb.h>
#include <pthread.h>
#include <stdatomic.h>

/* Which delimited files were read without anything to tell: table_dsv.c. */
typedef struct table_dsv_notes table_dsv_notes;

/* The export under way on a database; see table_export.c. */
typedef struct table_export table_export;

/* A column that is being filled; see table_fill.c. */
typedef struct table_fill table_fill;

/* One database, shared by the connections to it; closed with the last of them. */
typedef struct table_database {
    duckdb_database handle;
    atomic_int connection_count;
    pthread_mutex_t export_lock; /* held for the length of an export */
    table_export *export;
    atomic_int bulk_count; /* names the views of bulk appends */
    table_dsv_notes *dsv_notes;
    pthread_mutex_t fill_lock;
    table_fill *fills;  /* under the lock */
    int64_t fill_count; /* under the lock: numbers them */
} table_database;

struct shire_table {
    table_database *database;
    duckdb_connection connection;
};

/*
 * Fill in `error` from a message of the engine ("Binder Error: ..."). The status follows from the
 * kind of error that the message opens with. Messages about data lose every quoted value and
 * every number but line numbers; messages about names and files keep them.
 */
shire_status table_fail(shire_error *error, const char *engine_message);

/* The message itself, as table_fail would word it; buffer is always terminated. */
shire_status table_error_word(const char *engine_message, char *buffer, size_t buffer_bytes);

/* Run `sql`. On SHIRE_OK the caller destroys the result, else nothing is left to destroy. */
shire_status table_run(shire_table *table, const char *sql, duckdb_result *result_out,
                       shire_error *error) SHIRE_MUST_CHECK;

/* Run one SELECT whose rows are fetched as they are made. On SHIRE_OK the caller destroys the
 * result, then the statement, else nothing is left to destroy. */
shire_status table_stream(shire_table *table, const char *sql,
                          duckdb_prepared_statement *statement_out, duckdb_result *result_out,
                          shire_error *error) SHIRE_MUST_CHECK;

/* Register the table function that exports read from. */
shire_status table_export_register(shire_table *table, shire_error *error) SHIRE_MUST_CHECK;

/* Register the scalar function that fills columns. */
shire_status table_fill_register(shire_table *table, shire_error *error) SHIRE_MUST_CHECK;

/* Register the scalar functions listed at the end of table.h. */
shire_status table_functions_register(shire_table *table, shire_error *error) SHIRE_MUST_CHECK;

/* Register the table functions over delimited text (table_dsv.c). */
shire_status table_dsv_register(shire_table *table, shire_error *error) SHIRE_MUST_CHECK;
table_dsv_notes *table_dsv_notes_new(void); /* NULL when out of memory */
void table_dsv_notes_free(table_dsv_notes *notes);

typedef struct table_column_plan {
    const char *name;   /* the result's */
    duckdb_type source; /* as stored: for a DECIMAL its integer type */
    shire_type type;
    size_t width;     /* of one value here; 0 for text */
    bool same_layout; /* the engine's array is ours */
} table_column_plan;

/* Where the rows of one column go. */
typedef struct table_column_sink {
    uint8_t *valid; /* NULL until the first null */
    void *values;
    uint32_t *offsets;
    char *bytes;
    size_t byte_count; /* used; while measuring: needed */
} table_column_sink;

/* Append a frame whose types are known to fit, on all threads; for large frames. */
shire_status table_bulk_append(shire_table *table, const char *table_name, const shire_frame *frame,
                               shire_arena *arena, shire_error *error) SHIRE_MUST_CHECK;

/* Decide how column `index` of a result is read; the name stays the result's. */
shire_status table_plan_column(duckdb_result *result, size_t index, table_column_plan *plan,
                               shire_error *error) SHIRE_MUST_CHECK;
shire_status table_plan_columns(duckdb_result *result, table_column_plan *plans,
                                size_t column_count, shire_error *error) SHIRE_MUST_CHECK;

/* `validity` is the engine's bit mask, NULL when every row is valid. */
static inline bool table_row_is_valid(const uint64_t *validity, size_t row) {
    return validity == NULL || (validity[row / 64] >> (row % 64) & 1) != 0;
}
bool table_has_null(const uint64_t *validity, size_t count);

/* Copy `count` values of a fixed width; what then stands in null rows is arbitrary. */
shire_status table_copy_values(const table_column_plan *plan, const void *source,
                               const uint64_t *validity, size_t count, void *values,
                               shire_error *error) SHIRE_MUST_CHECK;
/* Zero the null rows' values and validity; the sink's row `first` is the engine's row 0. */
void table_mark_nulls(const table_column_plan *plan, const uint64_t *validity, size_t count,
                      size_t first, table_column_sink *sink);
/* Bytes of the valid rows. */
size_t table_measure_text(const duckdb_string_t *strings, const uint64_t *validity, size_t count);
/* Appends at sink->byte_count; writes the offsets of rows first + 1 .. first + count. */
void table_copy_text(const duckdb_string_t *strings, const uint64_t *validity, size_t count,
                     size_t first, table_column_sink *sink);

/* The finished column; `name` must live as long as the frame. */
void table_column_set(shire_column *column, const char *name, const table_column_plan *plan,
                      const table_column_sink *sink);

/* The type's SQL name, for messages: "DECIMAL(18,2)". */
void table_type_name(duckdb_logical_type type, char *buffer, size_t buffer_bytes);

#endif
