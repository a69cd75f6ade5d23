/*
 * A SELECT streamed in batches: the engine makes one chunk at a time, in order, and nothing of it
 * is kept. Arrays of the engine that have our layout and no null are handed through; the others
 * are converted into buffers that are used again for every batch.
 */
#include "io/table_internal.h"

#include <string.h>

typedef struct scan {
    size_t column_count;
    table_column_plan *plans;
    table_column_sink *sinks; /* buffers of one chunk's rows */
    size_t *text_capacities;
    shire_column *columns;
    uint8_t **valid_buffers;
    void **value_buffers;
} scan;

static shire_status no_memory(shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory while reading a result");
}

static shire_status scan_prepare(scan *state, duckdb_result *result, shire_arena *arena,
                                 shire_error *error) {
    size_t count = duckdb_column_count(result);
    size_t rows = duckdb_vector_size();
    state->column_count = count;
    state->plans = shire_arena_alloc_array(arena, count, sizeof *state->plans);
    state->sinks = shire_arena_alloc_array(arena, count, sizeof *state->sinks);
    state->text_capacities = shire_arena_alloc_array(arena, count, sizeof(size_t));
    state->columns = shire_arena_alloc_array(arena, count, sizeof *state->columns);
    state->valid_buffers = shire_arena_alloc_array(arena, count, sizeof(uint8_t *));
    state->value_buffers = shire_arena_alloc_array(arena, count, sizeof(void *));
    if (state->plans == NULL || state->sinks == NULL || state->text_capacities == NULL ||
        state->columns == NULL || state->valid_buffers == NULL || state->value_buffers == NULL) {
        state->column_count = 0;
        return no_memory(error);
    }
    shire_status status = table_plan_columns(result, state->plans, count, error);
    for (size_t i = 0; i < count && status == SHIRE_OK; i++) {
        state->valid_buffers[i] = shire_arena_alloc(arena, rows);
        state->value_buffers[i] = shire_arena_alloc_array(arena, rows + 1, 8);
        if (state->valid_buffers[i] == NULL || state->value_buffers[i] == NULL) {
            status = no_memory(error);
        }
    }
    return status;
}

static shire_status convert_text(scan *state, size_t i, const duckdb_string_t *strings,
                                 const uint64_t *validity, size_t count, shire_error *error) {
    table_column_sink *sink = &state->sinks[i];
    size_t needed = table_measure_text(strings, validity, count);
    if (needed > UINT32_MAX) {
        return SHIRE_FAIL(error, SHIRE_OVERFLOW,
                          "column \"%s\" holds over 4 GiB of text in a few rows; leave it out",
                          state->plans[i].name);
    }
    if (needed >= state->text_capacities[i]) {
        size_t capacity = needed + needed / 2 + 4096;
        char *grown = shire_memory_resize(sink->bytes, capacity);
        if (grown == NULL) {
            return no_memory(error);
        }
        sink->bytes = grown;
        state->text_capacities[i] = capacity;
    }
    sink->offsets = state->value_buffers[i];
    sink->byte_count = 0;
    table_copy_text(strings, validity, count, 0, sink);
    return SHIRE_OK;
}

static shire_status convert_chunk(scan *state, duckdb_data_chunk chunk, shire_error *error) {
    size_t count = duckdb_data_chunk_get_size(chunk);
    for (size_t i = 0; i < state->column_count; i++) {
        duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, i);
        void *source = duckdb_vector_get_data(vector);
        const uint64_t *validity = duckdb_vector_get_validity(vector);
        const table_column_plan *plan = &state->plans[i];
        table_column_sink *sink = &state->sinks[i];
        bool nulls = table_has_null(validity, count);
        shire_status status = SHIRE_OK;
        if (plan->type == SHIRE_TYPE_TEXT) {
            status = convert_text(state, i, source, validity, count, error);
        } else if (plan->same_layout && !nulls) {
            sink->values = source;
        } else {
            sink->values = state->value_buffers[i];
            status = table_copy_values(plan, source, validity, count, sink->values, error);
        }
        if (status != SHIRE_OK) {
            return status;
        }
        sink->valid = NULL;
        if (nulls) {
            sink->valid = state->valid_buffers[i];
            memset(sink->valid, 1, count);
            table_mark_nulls(plan, validity, count, 0, sink);
        }
        table_column_set(&state->columns[i], plan->name, plan, sink);
    }
    return SHIRE_OK;
}

static shire_status scan_result(duckdb_result *result, shire_table_visitor visit, void *context,
                                shire_arena *arena, shire_error *error) {
    scan state = {0};
    shire_status status = scan_prepare(&state, result, arena, error);
    while (status == SHIRE_OK) {
        duckdb_data_chunk chunk = duckdb_fetch_chunk(*result);
        if (chunk == NULL) {
            const char *message = duckdb_result_error(result);
            status = message == NULL ? SHIRE_OK : table_fail(error, message);
            break;
        }
        size_t count = duckdb_data_chunk_get_size(chunk);
        if (count > 0) {
            status = convert_chunk(&state, chunk, error);
            if (status == SHIRE_OK) {
                shire_frame batch = {count, state.column_count, state.columns};
                status = visit(&batch, context, error);
            }
        }
        duckdb_destroy_data_chunk(&chunk);
    }
    for (size_t i = 0; i < state.column_count; i++) {
        shire_memory_free(state.sinks[i].bytes);
    }
    return status;
}

shire_status table_stream(shire_table *table, const char *sql,
                          duckdb_prepared_statement *statement_out, duckdb_result *result_out,
                          shire_error *error) {
    duckdb_prepared_statement statement = NULL;
    duckdb_result result;
    memset(&result, 0, sizeof result);
    shire_status status = SHIRE_OK;
    if (duckdb_prepare(table->connection, sql, &statement) != DuckDBSuccess) {
        status = table_fail(error, duckdb_prepare_error(statement));
    } else if (duckdb_execute_prepared_streaming(statement, &result) != DuckDBSuccess) {
        status = table_fail(error, duckdb_result_error(&result));
    } else if (duckdb_result_return_type(result) != DUCKDB_RESULT_TYPE_QUERY_RESULT) {
        status = SHIRE_FAIL(error, SHIRE_INVALID, "this statement yields no rows; write a SELECT");
    }
    if (status != SHIRE_OK) {
        duckdb_destroy_result(&result);
        duckdb_destroy_prepare(&statement);
        return status;
    }
    *statement_out = statement;
    *result_out = result;
    return SHIRE_OK;
}

shire_status shire_table_scan(shire_table *table, const char *sql, shire_table_visitor visit,
                              void *context, shire_error *error) {
    duckdb_prepared_statement statement = NULL;
    duckdb_result result;
    shire_status status = table_stream(table, sql, &statement, &result, error);
    if (status != SHIRE_OK) {
        return status;
    }
    shire_arena *arena = NULL;
    status = shire_arena_new("scan", 0, &arena, error);
    if (status == SHIRE_OK) {
        status = scan_result(&result, visit, context, arena, error);
    }
    shire_arena_wipe_free(arena);
    duckdb_destroy_result(&result);
    duckdb_destroy_prepare(&statement);
    return status;
}
