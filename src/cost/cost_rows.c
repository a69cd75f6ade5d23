/*
 * Rows on their way into a table: columns that grow in an arena, then one append. For the small
 * tables of the chain; the items' costs go from their arrays straight to the table.
 */
#include "cost/cost_internal.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

cost_rows cost_rows_for(shire_arena *arena, const char *table_name, const char *kinds) {
    assert(strlen(kinds) <= COST_ROWS_COLUMNS_MAX);
    return (cost_rows){.arena = arena, .table_name = table_name, .kinds = kinds};
}

static size_t value_bytes(char kind) {
    return kind == 'i' || kind == 'n' || kind == 't' ? sizeof(int32_t) : sizeof(int64_t);
}

/* Room for one more row in every column. Text columns hold where a row's text starts. */
static bool make_room(cost_rows *rows) {
    if (rows->count < rows->capacity) {
        return true;
    }
    size_t capacity = 0;
    for (size_t i = 0; rows->kinds[i] != '\0'; i++) {
        capacity = rows->capacity;
        size_t valid_capacity = rows->capacity;
        if (!cost_grow(rows->arena, &rows->values[i], &capacity, rows->count,
                       value_bytes(rows->kinds[i])) ||
            !cost_grow(rows->arena, &rows->valid[i], &valid_capacity, rows->count, 1)) {
            return false;
        }
    }
    rows->capacity = capacity;
    return true;
}

static bool add_text(cost_rows *rows, size_t column, const char *text) {
    size_t length = text == NULL ? 0 : strlen(text);
    size_t needed = rows->byte_counts[column] + length;
    if (needed > UINT32_MAX) {
        return false;
    }
    if (needed > rows->byte_capacities[column]) {
        size_t capacity = needed < 512 ? 1024 : needed * 2;
        char *larger = shire_arena_alloc(rows->arena, capacity);
        if (larger == NULL) {
            return false;
        }
        if (rows->byte_counts[column] > 0) {
            memcpy(larger, rows->bytes[column], rows->byte_counts[column]);
        }
        rows->bytes[column] = larger;
        rows->byte_capacities[column] = capacity;
    }
    ((uint32_t *)rows->values[column])[rows->count] = (uint32_t)rows->byte_counts[column];
    rows->valid[column][rows->count] = text != NULL;
    if (length > 0) {
        memcpy(rows->bytes[column] + rows->byte_counts[column], text, length);
    }
    rows->byte_counts[column] = needed;
    return true;
}

void cost_rows_add(cost_rows *rows, ...) {
    if (rows->failed || !make_room(rows)) {
        rows->failed = true;
        return;
    }
    va_list arguments;
    va_start(arguments, rows);
    for (size_t i = 0; rows->kinds[i] != '\0'; i++) {
        char kind = rows->kinds[i];
        rows->valid[i][rows->count] = 1;
        if (kind == 't') {
            rows->failed |= !add_text(rows, i, va_arg(arguments, const char *));
        } else if (kind == 'i' || kind == 'n') {
            int32_t value = va_arg(arguments, int32_t);
            bool is_null = kind == 'n' && value < 0;
            ((int32_t *)rows->values[i])[rows->count] = is_null ? 0 : value;
            rows->valid[i][rows->count] = !is_null;
        } else {
            int64_t value = va_arg(arguments, int64_t);
            bool is_null = kind == 'm' && value < 0;
            ((int64_t *)rows->values[i])[rows->count] = is_null ? 0 : value;
            rows->valid[i][rows->count] = !is_null;
        }
    }
    va_end(arguments);
    rows->count++;
}

shire_status cost_rows_write(cost_rows *rows, shire_table *table, shire_error *error) {
    shire_column columns[COST_ROWS_COLUMNS_MAX] = {0};
    size_t column_count = strlen(rows->kinds);
    size_t row_count = rows->count;
    if (rows->failed || !make_room(rows)) {
        return COST_NO_MEMORY(error);
    }
    if (row_count == 0 || table == NULL) { /* a scenario writes nothing */
        return SHIRE_OK;
    }
    for (size_t i = 0; i < column_count; i++) {
        shire_column *column = &columns[i];
        column->name = rows->table_name;
        column->valid = rows->valid[i];
        switch (rows->kinds[i]) {
        case 't':
            column->type = SHIRE_TYPE_TEXT;
            ((uint32_t *)rows->values[i])[row_count] = (uint32_t)rows->byte_counts[i];
            column->text_offsets = rows->values[i];
            column->text_bytes = rows->bytes[i] == NULL ? "" : rows->bytes[i];
            break;
        case 'i':
        case 'n':
            column->type = SHIRE_TYPE_INT32;
            column->int32 = rows->values[i];
            break;
        case 'd':
            column->type = SHIRE_TYPE_DECIMAL6;
            column->decimal6 = rows->values[i];
            break;
        default:
            column->type = SHIRE_TYPE_INT64;
            column->int64 = rows->values[i];
            break;
        }
    }
    shire_frame frame = {.row_count = row_count, .column_count = column_count, .columns = columns};
    return shire_table_append(table, rows->table_name, &frame, error);
}
