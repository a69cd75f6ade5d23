/*
 * Column arrays into a table, through the engine's appender: 2,048 rows at a time are copied into
 * a chunk as blocks. Texts are not copied here at all: the chunk points into the frame's bytes,
 * and the appender takes its own copy before this function goes on. Frames beyond what it holds at
 * once go through table_bulk.c; the appender then only tells the table's types.
 */
#include "io/table_internal.h"

#include <assert.h>
#include <string.h>

/* The appender commits whenever it holds this many rows: up to here it appends all rows or none. */
#define APPENDER_ROWS_MAX 204800

typedef struct append_plan {
    duckdb_type target; /* as stored: for a DECIMAL its integer type */
    bool is_decimal6;
} append_plan;

static bool types_match(const shire_column *column, const append_plan *plan) {
    switch (column->type) {
    case SHIRE_TYPE_INT64:
        return !plan->is_decimal6 &&
               (plan->target == DUCKDB_TYPE_BIGINT || plan->target == DUCKDB_TYPE_BOOLEAN);
    case SHIRE_TYPE_INT32:
        return !plan->is_decimal6 &&
               (plan->target == DUCKDB_TYPE_INTEGER || plan->target == DUCKDB_TYPE_BIGINT);
    case SHIRE_TYPE_DECIMAL6:
        return plan->is_decimal6 && plan->target == DUCKDB_TYPE_BIGINT;
    case SHIRE_TYPE_DATE:
        return plan->target == DUCKDB_TYPE_DATE;
    case SHIRE_TYPE_TIMESTAMP:
        return plan->target == DUCKDB_TYPE_TIMESTAMP;
    case SHIRE_TYPE_DOUBLE:
        return plan->target == DUCKDB_TYPE_DOUBLE;
    case SHIRE_TYPE_TEXT:
        return plan->target == DUCKDB_TYPE_VARCHAR;
    }
    return false;
}

/* The engine takes bytes as they are: it must never be given what is not UTF-8. The column is
 * checked as one text, so what is left to check is that no row starts inside a character. */
static shire_status check_text(const shire_column *column, size_t row_count, shire_error *error) {
    const uint32_t *offsets = column->text_offsets;
    shire_span all = {column->text_bytes + offsets[0], offsets[row_count] - offsets[0]};
    bool good = shire_text_is_utf8(all);
    for (size_t row = 0; row < row_count && good; row++) {
        good = offsets[row] == offsets[row_count] ||
               ((unsigned char)column->text_bytes[offsets[row]] & 0xC0) != 0x80;
    }
    if (good) {
        return SHIRE_OK;
    }
    size_t row = 0;
    while (row < row_count && shire_text_is_utf8(shire_column_text(column, row))) {
        row++;
    }
    return SHIRE_FAIL(error, SHIRE_INVALID,
                      "column \"%s\", row %zu: the text is not UTF-8; convert it first",
                      column->name, row + 1);
}

static shire_status plan_append(duckdb_appender appender, const char *table_name,
                                const shire_frame *frame, append_plan *plans,
                                duckdb_logical_type *types, shire_error *error) {
    size_t table_columns = duckdb_appender_column_count(appender);
    if (table_columns != frame->column_count) {
        return SHIRE_FAIL(error, SHIRE_INTERNAL, "table %s has %zu columns, not the %zu given",
                          table_name, table_columns, frame->column_count);
    }
    for (size_t i = 0; i < frame->column_count; i++) {
        const shire_column *column = &frame->columns[i];
        types[i] = duckdb_appender_column_type(appender, i);
        plans[i].target = duckdb_get_type_id(types[i]);
        if (plans[i].target == DUCKDB_TYPE_DECIMAL) {
            plans[i].is_decimal6 = duckdb_decimal_scale(types[i]) == 6;
            plans[i].target = duckdb_decimal_internal_type(types[i]);
        }
        if (!types_match(column, &plans[i])) {
            char name[64];
            table_type_name(types[i], name, sizeof name);
            return SHIRE_FAIL(error, SHIRE_INTERNAL,
                              "table %s, column %zu is %s, which the values of \"%s\" are not",
                              table_name, i + 1, name, column->name);
        }
        if (column->type == SHIRE_TYPE_TEXT) {
            shire_status status = check_text(column, frame->row_count, error);
            if (status != SHIRE_OK) {
                return status;
            }
        }
    }
    return SHIRE_OK;
}

static void fill_text(const shire_column *column, size_t first, size_t count,
                      duckdb_string_t *strings) {
    const uint32_t *offsets = column->text_offsets + first;
    for (size_t i = 0; i < count; i++) {
        const char *bytes = column->text_bytes + offsets[i];
        uint32_t length = offsets[i + 1] - offsets[i];
        duckdb_string_t string = {0};
        string.value.inlined.length = length;
        if (length <= sizeof string.value.inlined.inlined) {
            memcpy(string.value.inlined.inlined, bytes, length);
        } else {
            memcpy(string.value.pointer.prefix, bytes, sizeof string.value.pointer.prefix);
            string.value.pointer.ptr = (char *)bytes;
        }
        strings[i] = string;
    }
}

static void fill_vector(const shire_column *column, const append_plan *plan, size_t first,
                        size_t count, duckdb_vector vector) {
    void *target = duckdb_vector_get_data(vector);
    if (column->type == SHIRE_TYPE_TEXT) {
        fill_text(column, first, count, target);
    } else if (plan->target == DUCKDB_TYPE_BOOLEAN) {
        for (size_t i = 0; i < count; i++) {
            ((bool *)target)[i] = column->int64[first + i] != 0;
        }
    } else if (column->type == SHIRE_TYPE_INT32 && plan->target == DUCKDB_TYPE_BIGINT) {
        for (size_t i = 0; i < count; i++) {
            ((int64_t *)target)[i] = column->int32[first + i];
        }
    } else if (column->type == SHIRE_TYPE_INT32 || column->type == SHIRE_TYPE_DATE) {
        memcpy(target, column->int32 + first, count * sizeof(int32_t));
    } else {
        memcpy(target, column->int64 + first, count * sizeof(int64_t));
    }
    if (column->valid == NULL || memchr(column->valid + first, 0, count) == NULL) {
        return;
    }
    duckdb_vector_ensure_validity_writable(vector);
    uint64_t *validity = duckdb_vector_get_validity(vector);
    for (size_t i = 0; i < count; i++) {
        if (column->valid[first + i] == 0) {
            validity[i / 64] &= ~(UINT64_C(1) << (i % 64));
        }
    }
}

static shire_status append_rows(duckdb_appender appender, duckdb_data_chunk chunk,
                                const shire_frame *frame, const append_plan *plans,
                                shire_error *error) {
    size_t step = duckdb_vector_size();
    for (size_t first = 0; first < frame->row_count; first += step) {
        size_t count = frame->row_count - first < step ? frame->row_count - first : step;
        duckdb_data_chunk_reset(chunk);
        for (size_t i = 0; i < frame->column_count; i++) {
            fill_vector(&frame->columns[i], &plans[i], first, count,
                        duckdb_data_chunk_get_vector(chunk, i));
        }
        duckdb_data_chunk_set_size(chunk, count);
        if (duckdb_append_data_chunk(appender, chunk) != DuckDBSuccess) {
            return table_fail(error, duckdb_appender_error(appender));
        }
    }
    return SHIRE_OK;
}

shire_status shire_table_append(shire_table *table, const char *table_name,
                                const shire_frame *frame, shire_error *error) {
    shire_arena *arena = NULL;
    duckdb_appender appender = NULL;
    duckdb_data_chunk chunk = NULL;
    duckdb_logical_type *types = NULL;
    shire_status status = shire_arena_new("append", 0, &arena, error);
    if (status != SHIRE_OK) {
        return status;
    }
    append_plan *plans = shire_arena_alloc_array(arena, frame->column_count, sizeof *plans);
    types = shire_arena_alloc_array(arena, frame->column_count, sizeof *types);
    if (plans == NULL || types == NULL) {
        types = NULL;
        status =
            SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory while writing table %s", table_name);
        goto done;
    }
    bool is_temporary = strncmp(table_name, "temp.", 5) == 0;
    if (duckdb_appender_create_ext(table->connection, is_temporary ? "temp" : NULL, NULL,
                                   is_temporary ? table_name + 5 : table_name,
                                   &appender) != DuckDBSuccess) {
        status = table_fail(error, duckdb_appender_error(appender));
        goto done;
    }
    status = plan_append(appender, table_name, frame, plans, types, error);
    if (status != SHIRE_OK) {
        goto done;
    }
    if (frame->row_count > APPENDER_ROWS_MAX && !is_temporary) {
        status = table_bulk_append(table, table_name, frame, arena, error);
        goto done;
    }
    chunk = duckdb_create_data_chunk(types, frame->column_count);
    status = append_rows(appender, chunk, frame, plans, error);
    if (status == SHIRE_OK && duckdb_appender_close(appender) != DuckDBSuccess) {
        status = table_fail(error, duckdb_appender_error(appender));
    }
done:
    duckdb_destroy_data_chunk(&chunk);
    for (size_t i = 0; types != NULL && i < frame->column_count; i++) {
        duckdb_destroy_logical_type(&types[i]);
    }
    duckdb_appender_destroy(&appender);
    shire_arena_free(arena);
    return status;
}
