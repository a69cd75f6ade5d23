/*
 * Connections to DuckDB: open, clone, close, run. A database is shared by its connections and
 * closed with the last one. Every database is opened with the same settings: no extension is ever
 * fetched, rows keep their order on any number of threads, and scalar functions of ours are there.
 */
#include "io/table_internal.h"

#include "core/parallel.h"
#include "io/file.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

shire_span shire_column_text(const shire_column *column, size_t row) {
    assert(column->type == SHIRE_TYPE_TEXT);
    uint32_t first = column->text_offsets[row];
    return (shire_span){column->text_bytes + first, column->text_offsets[row + 1] - first};
}

bool shire_column_is_null(const shire_column *column, size_t row) {
    return column->valid != NULL && column->valid[row] == 0;
}

const shire_column *shire_frame_column(const shire_frame *frame, const char *name) {
    for (size_t i = 0; i < frame->column_count; i++) {
        if (strcmp(frame->columns[i].name, name) == 0) {
            return &frame->columns[i];
        }
    }
    return NULL;
}

typedef struct setting {
    const char *name;
    const char *value; /* NULL: leave the engine's default */
} setting;

static shire_status config_make(const shire_table_options *options, duckdb_config *config_out,
                                shire_error *error) {
    char threads[16];
    char memory[32];
    int thread_count =
        options->thread_count > 0 ? options->thread_count : shire_parallel_processor_count();
    snprintf(threads, sizeof threads, "%d", thread_count);
    snprintf(memory, sizeof memory, "%lldMB", (long long)options->memory_limit_mb);
    /* In memory there is no file to spill beside; the working directory is not ours to fill. */
    const char *temporary_dir = options->temporary_dir;
    if (temporary_dir == NULL && options->path == NULL) {
        temporary_dir = "";
    }
    const setting settings[] = {
        {"autoinstall_known_extensions", "false"},
        {"autoload_known_extensions", "false"},
        {"allow_community_extensions", "false"},
        {"preserve_insertion_order", "true"},
        {"threads", threads},
        {"access_mode", options->read_only ? "READ_ONLY" : NULL},
        {"memory_limit", options->memory_limit_mb > 0 ? memory : NULL},
        {"temp_directory", temporary_dir},
    };
    duckdb_config config = NULL;
    if (duckdb_create_config(&config) != DuckDBSuccess) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory while opening the warehouse");
    }
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        if (settings[i].value != NULL &&
            duckdb_set_config(config, settings[i].name, settings[i].value) != DuckDBSuccess) {
            duckdb_destroy_config(&config);
            return SHIRE_FAIL(error, SHIRE_INVALID,
                              "the warehouse engine refuses the setting %s = %s", settings[i].name,
                              settings[i].value);
        }
    }
    *config_out = config;
    return SHIRE_OK;
}

static shire_status database_open(const shire_table_options *options, duckdb_database *handle_out,
                                  shire_error *error) {
    if (options->path != NULL && options->read_only && !shire_file_exists(options->path)) {
        return SHIRE_FAIL(error, SHIRE_NOT_FOUND,
                          "%s: there is no warehouse here; run `shire run` on the folder first",
                          options->path);
    }
    duckdb_config config = NULL;
    shire_status status = config_make(options, &config, error);
    if (status != SHIRE_OK) {
        return status;
    }
    char *message = NULL;
    if (duckdb_open_ext(options->path, handle_out, config, &message) != DuckDBSuccess) {
        bool locked = message != NULL && strstr(message, "Could not set lock") != NULL;
        if (locked) {
            status = SHIRE_FAIL(error, SHIRE_IO_FAILED,
                                "%s: another process has the warehouse open; wait for it to end",
                                options->path);
        } else {
            status = table_fail(error, message);
            shire_error_prefix(error, "cannot open the warehouse");
        }
        duckdb_free(message);
    }
    duckdb_destroy_config(&config);
    return status;
}

static void database_release(table_database *database) {
    if (atomic_fetch_sub(&database->connection_count, 1) == 1) {
        duckdb_close(&database->handle);
        table_dsv_notes_free(database->dsv_notes);
        shire_memory_free(database);
    }
}

/* Connects, and takes over one count of `database`: on failure it is released. */
static shire_status connection_new(table_database *database, shire_table **table_out,
                                   shire_error *error) {
    shire_table *table = shire_memory_resize(NULL, sizeof *table);
    if (table == NULL || duckdb_connect(database->handle, &table->connection) != DuckDBSuccess) {
        shire_memory_free(table);
        database_release(database);
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY,
                          "out of memory while connecting to the warehouse");
    }
    table->database = database;
    *table_out = table;
    return SHIRE_OK;
}

shire_status shire_table_open(const shire_table_options *options, shire_table **table_out,
                              shire_error *error) {
    table_database *database = shire_memory_resize(NULL, sizeof *database);
    if (database == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory while opening the warehouse");
    }
    *database = (table_database){.dsv_notes = table_dsv_notes_new()};
    shire_status status = SHIRE_OK;
    if (database->dsv_notes == NULL) {
        status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory while opening the warehouse");
    } else {
        status = database_open(options, &database->handle, error);
    }
    if (status != SHIRE_OK) {
        table_dsv_notes_free(database->dsv_notes);
        shire_memory_free(database);
        return status;
    }
    atomic_init(&database->connection_count, 1);
    atomic_init(&database->bulk_count, 0);
    pthread_mutex_init(&database->export_lock, NULL);
    pthread_mutex_init(&database->fill_lock, NULL);
    shire_table *table = NULL;
    status = connection_new(database, &table, error);
    if (status != SHIRE_OK) {
        return status;
    }
    status = table_functions_register(table, error);
    if (status == SHIRE_OK) {
        status = table_export_register(table, error);
    }
    if (status == SHIRE_OK) {
        status = table_dsv_register(table, error);
    }
    if (status == SHIRE_OK) {
        status = table_fill_register(table, error);
    }
    if (status != SHIRE_OK) {
        shire_table_close(table);
        return status;
    }
    *table_out = table;
    return SHIRE_OK;
}

shire_status shire_table_clone(shire_table *table, shire_table **clone_out, shire_error *error) {
    atomic_fetch_add(&table->database->connection_count, 1);
    return connection_new(table->database, clone_out, error);
}

void shire_table_close(shire_table *table) {
    if (table == NULL) {
        return;
    }
    duckdb_disconnect(&table->connection);
    database_release(table->database);
    shire_memory_free(table);
}

shire_status table_run(shire_table *table, const char *sql, duckdb_result *result_out,
                       shire_error *error) {
    duckdb_result result;
    memset(&result, 0, sizeof result);
    shire_status status = SHIRE_OK;
    if (duckdb_query(table->connection, sql, &result) != DuckDBSuccess) {
        status = table_fail(error, duckdb_result_error(&result));
        duckdb_destroy_result(&result);
        return status;
    }
    *result_out = result;
    return SHIRE_OK;
}

shire_status shire_table_execute(shire_table *table, const char *sql, shire_error *error) {
    duckdb_result result;
    shire_status status = table_run(table, sql, &result, error);
    if (status == SHIRE_OK) {
        duckdb_destroy_result(&result);
    }
    return status;
}
