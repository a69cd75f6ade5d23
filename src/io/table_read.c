/*
 * Results into column arrays. A query is materialised by the engine first; its text columns are
 * measured in one pass over the chunks so that every buffer has its exact size, and a second pass
 * copies. Types that have our layout are copied as blocks; the others are widened. Validity is
 * made when the first null turns up. A scan does the same for one chunk at a time, and hands the
 * engine's own arrays through where they need no change.
 */
#include "io/table_internal.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static shire_status no_memory(shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_NO_MEMORY,
                      "out of memory while reading a result; raise the memory limit or use a "
                      "machine with more");
}

/* Chunk rows to result rows first .. first + count; row_count is the whole result's. */
static shire_status sink_chunk(const table_column_plan *plans, table_column_sink *sinks,
                               size_t column_count, duckdb_data_chunk chunk, size_t first,
                               size_t row_count, shire_arena *arena, shire_error *error) {
    size_t count = duckdb_data_chunk_get_size(chunk);
    for (size_t i = 0; i < column_count; i++) {
        duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, i);
        const void *source = duckdb_vector_get_data(vector);
        const uint64_t *validity = duckdb_vector_get_validity(vector);
        table_column_sink *sink = &sinks[i];
        if (plans[i].type == SHIRE_TYPE_TEXT) {
            table_copy_text(source, validity, count, first, sink);
        } else {
            char *values = (char *)sink->values + first * plans[i].width;
            shire_status status =
                table_copy_values(&plans[i], source, validity, count, values, error);
            if (status != SHIRE_OK) {
                return status;
            }
        }
        if (table_has_null(validity, count)) {
            if (sink->valid == NULL) {
                sink->valid = shire_arena_alloc(arena, row_count);
                if (sink->valid == NULL) {
                    return no_memory(error);
                }
                memset(sink->valid, 1, row_count);
            }
            table_mark_nulls(&plans[i], validity, count, first, sink);
        }
    }
    return SHIRE_OK;
}

/* First pass: the bytes that each text column needs. */
static shire_status measure_columns(duckdb_result *result, const table_column_plan *plans,
                                    table_column_sink *sinks, size_t column_count,
                                    shire_error *error) {
    size_t chunk_count = duckdb_result_chunk_count(*result);
    for (size_t c = 0; c < chunk_count; c++) {
        duckdb_data_chunk chunk = duckdb_result_get_chunk(*result, c);
        size_t count = duckdb_data_chunk_get_size(chunk);
        for (size_t i = 0; i < column_count; i++) {
            if (plans[i].type == SHIRE_TYPE_TEXT) {
                duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, i);
                sinks[i].byte_count += table_measure_text(
                    duckdb_vector_get_data(vector), duckdb_vector_get_validity(vector), count);
            }
        }
        duckdb_destroy_data_chunk(&chunk);
    }
    for (size_t i = 0; i < column_count; i++) {
        if (sinks[i].byte_count > UINT32_MAX) {
            return SHIRE_FAIL(error, SHIRE_OVERFLOW,
                              "column \"%s\" holds over 4 GiB of text; read it in parts, or leave "
                              "it out of the query",
                              plans[i].name);
        }
    }
    return SHIRE_OK;
}

static shire_status allocate_sinks(const table_column_plan *plans, table_column_sink *sinks,
                                   size_t column_count, size_t row_count, shire_arena *arena,
                                   shire_error *error) {
    for (size_t i = 0; i < column_count; i++) {
        if (plans[i].type == SHIRE_TYPE_TEXT) {
            sinks[i].offsets = shire_arena_alloc_array(arena, row_count + 1, sizeof(uint32_t));
            sinks[i].bytes = shire_arena_alloc(arena, sinks[i].byte_count);
            sinks[i].byte_count = 0;
            if (sinks[i].offsets == NULL || sinks[i].bytes == NULL) {
                return no_memory(error);
            }
        } else {
            sinks[i].values = shire_arena_alloc_array(arena, row_count, plans[i].width);
            if (sinks[i].values == NULL) {
                return no_memory(error);
            }
        }
    }
    return SHIRE_OK;
}

static shire_status read_result(duckdb_result *result, shire_arena *arena, shire_frame *frame,
                                shire_error *error) {
    size_t column_count = duckdb_column_count(result);
    size_t row_count = duckdb_row_count(result);
    table_column_plan *plans = shire_arena_alloc_array(arena, column_count, sizeof *plans);
    table_column_sink *sinks = shire_arena_alloc_array(arena, column_count, sizeof *sinks);
    shire_column *columns = shire_arena_alloc_array(arena, column_count, sizeof *columns);
    if (plans == NULL || sinks == NULL || columns == NULL) {
        return no_memory(error);
    }
    shire_status status = table_plan_columns(result, plans, column_count, error);
    bool has_text = false;
    for (size_t i = 0; i < column_count; i++) {
        has_text = has_text || plans[i].type == SHIRE_TYPE_TEXT;
    }
    if (status == SHIRE_OK && has_text) {
        status = measure_columns(result, plans, sinks, column_count, error);
    }
    if (status == SHIRE_OK) {
        status = allocate_sinks(plans, sinks, column_count, row_count, arena, error);
    }
    size_t chunk_count = duckdb_result_chunk_count(*result);
    size_t first = 0;
    for (size_t c = 0; c < chunk_count && status == SHIRE_OK; c++) {
        duckdb_data_chunk chunk = duckdb_result_get_chunk(*result, c);
        status = sink_chunk(plans, sinks, column_count, chunk, first, row_count, arena, error);
        first += duckdb_data_chunk_get_size(chunk);
        duckdb_destroy_data_chunk(&chunk);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    assert(first == row_count);
    for (size_t i = 0; i < column_count; i++) {
        const char *name = shire_arena_copy_text(arena, plans[i].name, strlen(plans[i].name));
        if (name == NULL) {
            return no_memory(error);
        }
        table_column_set(&columns[i], name, &plans[i], &sinks[i]);
    }
    *frame = (shire_frame){row_count, column_count, columns};
    return SHIRE_OK;
}

static shire_status run_select(shire_table *table, const char *sql, duckdb_result *result,
                               shire_error *error) {
    shire_status status = table_run(table, sql, result, error);
    if (status == SHIRE_OK &&
        duckdb_result_return_type(*result) != DUCKDB_RESULT_TYPE_QUERY_RESULT) {
        duckdb_destroy_result(result);
        return SHIRE_FAIL(error, SHIRE_INVALID, "this statement yields no rows; write a SELECT");
    }
    return status;
}

shire_status shire_table_query(shire_table *table, const char *sql, shire_arena *arena,
                               shire_frame *frame_out, shire_error *error) {
    duckdb_result result;
    shire_status status = run_select(table, sql, &result, error);
    if (status == SHIRE_OK) {
        status = read_result(&result, arena, frame_out, error);
        duckdb_destroy_result(&result);
    }
    return status;
}

static shire_status read_int64(duckdb_result *result, int64_t *value_out, shire_error *error) {
    table_column_plan plan;
    shire_status status = table_plan_column(result, 0, &plan, error);
    if (status != SHIRE_OK) {
        return status;
    }
    if (plan.type != SHIRE_TYPE_INT64 && plan.type != SHIRE_TYPE_INT32 &&
        plan.type != SHIRE_TYPE_DECIMAL6) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "column \"%s\" is no whole number; cast it",
                          plan.name);
    }
    duckdb_data_chunk chunk = duckdb_result_get_chunk(*result, 0);
    duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, 0);
    const uint64_t *validity = duckdb_vector_get_validity(vector);
    if (!table_row_is_valid(validity, 0)) {
        status = SHIRE_FAIL(error, SHIRE_NOT_FOUND, "column \"%s\" is null where a number is due",
                            plan.name);
    } else {
        int64_t value = 0;
        status =
            table_copy_values(&plan, duckdb_vector_get_data(vector), validity, 1, &value, error);
        if (status == SHIRE_OK) {
            *value_out = plan.type == SHIRE_TYPE_INT32 ? (int32_t)value : value;
        }
    }
    duckdb_destroy_data_chunk(&chunk);
    return status;
}

shire_status shire_table_query_int64(shire_table *table, const char *sql, int64_t *value_out,
                                     shire_error *error) {
    duckdb_result result;
    shire_status status = run_select(table, sql, &result, error);
    if (status != SHIRE_OK) {
        return status;
    }
    if (duckdb_row_count(&result) != 1 || duckdb_column_count(&result) != 1) {
        status = SHIRE_FAIL(error, SHIRE_INVALID,
                            "the query yields %llu rows of %llu columns where one number is due",
                            (unsigned long long)duckdb_row_count(&result),
                            (unsigned long long)duckdb_column_count(&result));
    } else {
        status = read_int64(&result, value_out, error);
    }
    duckdb_destroy_result(&result);
    return status;
}
