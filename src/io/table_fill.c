/*
 * A column filled anew from an array, as ALTER ... USING a function of ours that gives the array's
 * values one after the other. The engine then builds the column once, row group by row group in the
 * rows' order on one thread. An UPDATE would keep the old values beside the new ones, log both and
 * merge them later: for a table whose every row changes, ten times the work.
 */
#include "io/table_internal.h"

#include <string.h>

struct table_fill {
    table_fill *next;
    int64_t number;
    const int64_t *values;
    const uint8_t *valid;
    size_t count;
    size_t given; /* rows so far */
};

static void give(table_fill *fill, size_t count, duckdb_vector output) {
    int64_t *values = duckdb_vector_get_data(output);
    uint64_t *validity = NULL;
    size_t left = fill->given < fill->count ? fill->count - fill->given : 0;
    size_t copied = count < left ? count : left;
    if (copied > 0) {
        memcpy(values, fill->values + fill->given, copied * sizeof *values);
    }
    for (size_t row = 0; row < count; row++) {
        if (row < copied && (fill->valid == NULL || fill->valid[fill->given + row] != 0)) {
            continue;
        }
        if (validity == NULL) {
            duckdb_vector_ensure_validity_writable(output);
            validity = duckdb_vector_get_validity(output);
        }
        duckdb_validity_set_row_validity(validity, row, false);
    }
    fill->given += count;
}

static void given_vector(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
    table_database *database = duckdb_scalar_function_get_extra_info(info);
    size_t count = duckdb_data_chunk_get_size(input);
    if (count == 0) {
        return;
    }
    const int64_t *numbers = duckdb_vector_get_data(duckdb_data_chunk_get_vector(input, 1));
    pthread_mutex_lock(&database->fill_lock);
    table_fill *fill = database->fills;
    while (fill != NULL && fill->number != numbers[0]) {
        fill = fill->next;
    }
    if (fill != NULL) {
        give(fill, count, output);
    } else {
        duckdb_scalar_function_set_error(info, "shire_given serves the filling of columns only");
    }
    pthread_mutex_unlock(&database->fill_lock);
}

shire_status table_fill_register(shire_table *table, shire_error *error) {
    duckdb_logical_type whole = duckdb_create_logical_type(DUCKDB_TYPE_BIGINT);
    duckdb_scalar_function function = duckdb_create_scalar_function();
    duckdb_scalar_function_set_name(function, "shire_given");
    duckdb_scalar_function_add_parameter(function, whole);
    duckdb_scalar_function_add_parameter(function, whole);
    duckdb_scalar_function_set_return_type(function, whole);
    duckdb_scalar_function_set_special_handling(function); /* null in does not mean null out */
    duckdb_scalar_function_set_volatile(function);
    duckdb_scalar_function_set_extra_info(function, table->database, NULL);
    duckdb_scalar_function_set_function(function, given_vector);
    duckdb_state state = duckdb_register_scalar_function(table->connection, function);
    duckdb_destroy_scalar_function(&function);
    duckdb_destroy_logical_type(&whole);
    return state == DuckDBSuccess
               ? SHIRE_OK
               : SHIRE_FAIL(error, SHIRE_INTERNAL,
                            "the warehouse engine refuses the function shire_given");
}

static void add_fill(table_database *database, table_fill *fill) {
    pthread_mutex_lock(&database->fill_lock);
    fill->number = ++database->fill_count;
    fill->next = database->fills;
    database->fills = fill;
    pthread_mutex_unlock(&database->fill_lock);
}

static void remove_fill(table_database *database, const table_fill *fill) {
    pthread_mutex_lock(&database->fill_lock);
    table_fill **link = &database->fills;
    while (*link != fill) {
        link = &(*link)->next;
    }
    *link = fill->next;
    pthread_mutex_unlock(&database->fill_lock);
}

shire_status shire_table_fill(shire_table *table, const char *table_name, const char *column,
                              const int64_t *values, const uint8_t *valid, size_t count,
                              shire_error *error) {
    table_fill fill = {.values = values, .valid = valid, .count = count};
    shire_builder sql = {0}, name = {0};
    add_fill(table->database, &fill);
    shire_builder_append_sql_name(&name, shire_span_of(column));
    shire_builder_append_text(&sql, "ALTER TABLE ");
    shire_builder_append_sql_name(&sql, shire_span_of(table_name));
    if (!name.failed) {
        shire_builder_append_format(
            &sql, " ALTER %s SET DATA TYPE BIGINT USING shire_given(CAST(%s AS BIGINT), %lld)",
            name.bytes, name.bytes, (long long)fill.number);
    }
    shire_status status =
        sql.failed || name.failed
            ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory while filling table %s", table_name)
            : shire_table_execute(table, sql.bytes, error);
    shire_builder_free(&name);
    shire_builder_free(&sql);
    remove_fill(table->database, &fill);
    if (status == SHIRE_OK && fill.given < count) {
        status =
            SHIRE_FAIL(error, SHIRE_INTERNAL, "table %s took %zu of %zu values; please report this",
                       table_name, fill.given, count);
    }
    return status;
}
