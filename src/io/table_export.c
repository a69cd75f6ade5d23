/*
 * A SELECT into a CSV or Parquet file. The file is written beside its place and renamed when it is
 * whole.
 *
 * Where the engine writes Parquet on several threads, the sizes of row groups depend on which
 * thread was first. So the SELECT is streamed on one connection, on all threads and in order, and
 * a table function of ours hands its rows, cut anew into full chunks, to a COPY on a second
 * connection: every row group but the last has exactly 122,880 rows.
 */
#include "io/table_internal.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* 60 chunks of 2,048 rows: the engine's own default. */
#define PARQUET_OPTIONS "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880"
#define CSV_OPTIONS "FORMAT csv, HEADER true, DELIMITER ','"

struct table_export {
    duckdb_result *result; /* streamed; its chunks are fetched by the table function */
    duckdb_selection_vector identity;
    duckdb_data_chunk chunk; /* under way, NULL between chunks */
    size_t chunk_used;       /* rows of it handed over */
};

static void rows_bind(duckdb_bind_info info) {
    table_database *database = duckdb_bind_get_extra_info(info);
    table_export *export = database->export;
    if (export == NULL) {
        duckdb_bind_set_error(info, "shire_export_rows serves exports only");
        return;
    }
    size_t column_count = duckdb_column_count(export->result);
    for (size_t i = 0; i < column_count; i++) {
        duckdb_logical_type type = duckdb_column_logical_type(export->result, i);
        duckdb_bind_add_result_column(info, duckdb_column_name(export->result, i), type);
        duckdb_destroy_logical_type(&type);
    }
}

static void rows_init(duckdb_init_info info) {
    duckdb_init_set_max_threads(info, 1);
}

/* Fetch the next chunk that has rows. False at the end, or when the SELECT failed. */
static bool fetch(table_export *export) {
    duckdb_destroy_data_chunk(&export->chunk);
    export->chunk_used = 0;
    for (;;) {
        export->chunk = duckdb_fetch_chunk(*export->result);
        if (export->chunk == NULL || duckdb_data_chunk_get_size(export->chunk) > 0) {
            return export->chunk != NULL;
        }
        duckdb_destroy_data_chunk(&export->chunk);
    }
}

static void rows_next(duckdb_function_info info, duckdb_data_chunk output) {
    table_database *database = duckdb_function_get_extra_info(info);
    table_export *export = database->export;
    size_t column_count = duckdb_data_chunk_get_column_count(output);
    size_t capacity = duckdb_vector_size();
    size_t filled = 0;
    while (filled < capacity) {
        if (export->chunk == NULL && !fetch(export)) {
            break;
        }
        size_t size = duckdb_data_chunk_get_size(export->chunk);
        size_t count = size - export->chunk_used;
        count = count < capacity - filled ? count : capacity - filled;
        for (size_t i = 0; i < column_count; i++) {
            duckdb_vector_copy_sel(duckdb_data_chunk_get_vector(export->chunk, i),
                                   duckdb_data_chunk_get_vector(output, i), export->identity,
                                   export->chunk_used + count, export->chunk_used, filled);
        }
        filled += count;
        export->chunk_used += count;
        if (export->chunk_used == size) {
            duckdb_destroy_data_chunk(&export->chunk);
        }
    }
    const char *message = duckdb_result_error(export->result);
    if (message != NULL && message[0] != '\0') {
        duckdb_function_set_error(info, message);
        return;
    }
    duckdb_data_chunk_set_size(output, filled);
}

shire_status table_export_register(shire_table *table, shire_error *error) {
    duckdb_table_function function = duckdb_create_table_function();
    duckdb_table_function_set_name(function, "shire_export_rows");
    duckdb_table_function_set_extra_info(function, table->database, NULL);
    duckdb_table_function_set_bind(function, rows_bind);
    duckdb_table_function_set_init(function, rows_init);
    duckdb_table_function_set_function(function, rows_next);
    duckdb_state state = duckdb_register_table_function(table->connection, function);
    duckdb_destroy_table_function(&function);
    if (state != DuckDBSuccess) {
        return SHIRE_FAIL(error, SHIRE_INTERNAL,
                          "the warehouse engine refuses the function shire_export_rows");
    }
    return SHIRE_OK;
}

/* COPY of `select` to `path` on this connection; adds nothing to the message of a failure. */
static shire_status copy_to(shire_table *table, const char *select, const char *path,
                            const char *options, shire_error *error) {
    shire_builder statement = {0};
    /* The line break ends a comment that the SELECT may end with. */
    shire_builder_append_format(&statement, "COPY (%s\n) TO ", select);
    shire_builder_append_sql_literal(&statement, shire_span_of(path));
    shire_builder_append_format(&statement, " (%s, PER_THREAD_OUTPUT false, USE_TMP_FILE false)",
                                options);
    shire_status status = statement.failed ? SHIRE_FAIL(error, SHIRE_NO_MEMORY,
                                                        "out of memory while writing %s", path)
                                           : shire_table_execute(table, statement.bytes, error);
    shire_builder_free(&statement);
    return status;
}

/* The second connection reads what the first one streams. One export at a time per database. */
static shire_status copy_streamed(shire_table *table, duckdb_result *result, const char *path,
                                  shire_error *error) {
    shire_table *writer = NULL;
    shire_status status = shire_table_clone(table, &writer, error);
    if (status != SHIRE_OK) {
        return status;
    }
    size_t capacity = duckdb_vector_size();
    table_export export = {.result = result, .identity = duckdb_create_selection_vector(capacity)};
    sel_t *identity = duckdb_selection_vector_get_data_ptr(export.identity);
    for (size_t i = 0; i < capacity; i++) {
        identity[i] = (sel_t)i;
    }
    pthread_mutex_lock(&table->database->export_lock);
    table->database->export = &export;
    status = copy_to(writer, "FROM shire_export_rows()", path, PARQUET_OPTIONS, error);
    table->database->export = NULL;
    pthread_mutex_unlock(&table->database->export_lock);
    duckdb_destroy_data_chunk(&export.chunk);
    duckdb_destroy_selection_vector(export.identity);
    shire_table_close(writer);
    return status;
}

static shire_status copy_parquet(shire_table *table, const char *sql, const char *path,
                                 shire_error *error) {
    duckdb_prepared_statement statement = NULL;
    duckdb_result result;
    shire_status status = table_stream(table, sql, &statement, &result, error);
    if (status != SHIRE_OK) {
        return status;
    }
    status = copy_streamed(table, &result, path, error);
    duckdb_destroy_result(&result);
    duckdb_destroy_prepare(&statement);
    return status;
}

shire_status shire_table_export(shire_table *table, const char *sql, const char *path,
                                shire_file_format format, shire_error *error) {
    shire_builder new_path = {0};
    shire_builder_append_format(&new_path, "%s.new", path);
    if (new_path.failed) {
        shire_builder_free(&new_path);
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory while writing %s", path);
    }
    shire_status status = format == SHIRE_FILE_PARQUET
                              ? copy_parquet(table, sql, new_path.bytes, error)
                              : copy_to(table, sql, new_path.bytes, CSV_OPTIONS, error);
    if (status == SHIRE_OK && rename(new_path.bytes, path) != 0) {
        status =
            SHIRE_FAIL(error, SHIRE_IO_FAILED, "%s: cannot be written: %s", path, strerror(errno));
    }
    if (status != SHIRE_OK) {
        unlink(new_path.bytes);
    }
    shire_builder_free(&new_path);
    return status;
}
