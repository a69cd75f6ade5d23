/*
 * One column of the engine's: which type of ours it becomes, and how its values are copied. Types
 * that have our layout are copied as blocks, the others are widened; 128-bit sums are narrowed
 * with a check.
 */
#include "io/table_internal.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static size_t type_width(shire_type type) {
    switch (type) {
    case SHIRE_TYPE_INT32:
    case SHIRE_TYPE_DATE:
        return 4;
    case SHIRE_TYPE_INT64:
    case SHIRE_TYPE_DECIMAL6:
    case SHIRE_TYPE_TIMESTAMP:
    case SHIRE_TYPE_DOUBLE:
        return 8;
    case SHIRE_TYPE_TEXT:
        break;
    }
    return 0;
}

static const struct {
    duckdb_type source;
    shire_type type;
    bool same_layout;
} type_map[] = {
    {DUCKDB_TYPE_BOOLEAN, SHIRE_TYPE_INT64, false},
    {DUCKDB_TYPE_TINYINT, SHIRE_TYPE_INT32, false},
    {DUCKDB_TYPE_SMALLINT, SHIRE_TYPE_INT32, false},
    {DUCKDB_TYPE_INTEGER, SHIRE_TYPE_INT32, true},
    {DUCKDB_TYPE_UTINYINT, SHIRE_TYPE_INT32, false},
    {DUCKDB_TYPE_USMALLINT, SHIRE_TYPE_INT32, false},
    {DUCKDB_TYPE_UINTEGER, SHIRE_TYPE_INT64, false},
    {DUCKDB_TYPE_BIGINT, SHIRE_TYPE_INT64, true},
    {DUCKDB_TYPE_UBIGINT, SHIRE_TYPE_INT64, false},
    {DUCKDB_TYPE_HUGEINT, SHIRE_TYPE_INT64, false},
    {DUCKDB_TYPE_UHUGEINT, SHIRE_TYPE_INT64, false},
    {DUCKDB_TYPE_DATE, SHIRE_TYPE_DATE, true},
    {DUCKDB_TYPE_TIMESTAMP, SHIRE_TYPE_TIMESTAMP, true},
    {DUCKDB_TYPE_FLOAT, SHIRE_TYPE_DOUBLE, false},
    {DUCKDB_TYPE_DOUBLE, SHIRE_TYPE_DOUBLE, true},
    {DUCKDB_TYPE_VARCHAR, SHIRE_TYPE_TEXT, false},
};

static const char *const type_names[] = {
    [DUCKDB_TYPE_TIME] = "TIME",
    [DUCKDB_TYPE_INTERVAL] = "INTERVAL",
    [DUCKDB_TYPE_BLOB] = "BLOB",
    [DUCKDB_TYPE_TIMESTAMP_S] = "TIMESTAMP_S",
    [DUCKDB_TYPE_TIMESTAMP_MS] = "TIMESTAMP_MS",
    [DUCKDB_TYPE_TIMESTAMP_NS] = "TIMESTAMP_NS",
    [DUCKDB_TYPE_ENUM] = "ENUM",
    [DUCKDB_TYPE_LIST] = "LIST",
    [DUCKDB_TYPE_STRUCT] = "STRUCT",
    [DUCKDB_TYPE_MAP] = "MAP",
    [DUCKDB_TYPE_UUID] = "UUID",
    [DUCKDB_TYPE_UNION] = "UNION",
    [DUCKDB_TYPE_BIT] = "BIT",
    [DUCKDB_TYPE_TIME_TZ] = "TIME WITH TIME ZONE",
    [DUCKDB_TYPE_TIMESTAMP_TZ] = "TIMESTAMP WITH TIME ZONE",
    [DUCKDB_TYPE_ARRAY] = "ARRAY",
};

void table_type_name(duckdb_logical_type type, char *buffer, size_t buffer_bytes) {
    static const char *const plain_names[] = {
        [DUCKDB_TYPE_BOOLEAN] = "BOOLEAN",     [DUCKDB_TYPE_TINYINT] = "TINYINT",
        [DUCKDB_TYPE_SMALLINT] = "SMALLINT",   [DUCKDB_TYPE_INTEGER] = "INTEGER",
        [DUCKDB_TYPE_BIGINT] = "BIGINT",       [DUCKDB_TYPE_UTINYINT] = "UTINYINT",
        [DUCKDB_TYPE_USMALLINT] = "USMALLINT", [DUCKDB_TYPE_UINTEGER] = "UINTEGER",
        [DUCKDB_TYPE_UBIGINT] = "UBIGINT",     [DUCKDB_TYPE_HUGEINT] = "HUGEINT",
        [DUCKDB_TYPE_UHUGEINT] = "UHUGEINT",   [DUCKDB_TYPE_DATE] = "DATE",
        [DUCKDB_TYPE_TIMESTAMP] = "TIMESTAMP", [DUCKDB_TYPE_FLOAT] = "FLOAT",
        [DUCKDB_TYPE_DOUBLE] = "DOUBLE",       [DUCKDB_TYPE_VARCHAR] = "VARCHAR",
    };
    duckdb_type id = duckdb_get_type_id(type);
    if (id == DUCKDB_TYPE_DECIMAL) {
        snprintf(buffer, buffer_bytes, "DECIMAL(%d,%d)", duckdb_decimal_width(type),
                 duckdb_decimal_scale(type));
        return;
    }
    const char *name = NULL;
    if ((size_t)id < sizeof plain_names / sizeof plain_names[0]) {
        name = plain_names[id];
    }
    if (name == NULL && (size_t)id < sizeof type_names / sizeof type_names[0]) {
        name = type_names[id];
    }
    snprintf(buffer, buffer_bytes, "%s", name == NULL ? "an unknown type" : name);
}

shire_status table_plan_column(duckdb_result *result, size_t index, table_column_plan *plan,
                               shire_error *error) {
    plan->name = duckdb_column_name(result, index);
    duckdb_logical_type logical = duckdb_column_logical_type(result, index);
    duckdb_type id = duckdb_get_type_id(logical);
    shire_status status = SHIRE_INVALID;
    if (id == DUCKDB_TYPE_DECIMAL && duckdb_decimal_scale(logical) == 6) {
        plan->source = duckdb_decimal_internal_type(logical);
        plan->type = SHIRE_TYPE_DECIMAL6;
        plan->same_layout = plan->source == DUCKDB_TYPE_BIGINT;
        status = SHIRE_OK;
    }
    for (size_t i = 0; i < sizeof type_map / sizeof type_map[0]; i++) {
        if (type_map[i].source == id) {
            plan->source = id;
            plan->type = type_map[i].type;
            plan->same_layout = type_map[i].same_layout;
            status = SHIRE_OK;
        }
    }
    plan->width = type_width(plan->type);
    if (status != SHIRE_OK) {
        char name[64];
        table_type_name(logical, name, sizeof name);
        SHIRE_FAIL(error, SHIRE_INVALID,
                   "column \"%s\" is %s, which cannot be read; cast it, to DECIMAL(18,6) where it "
                   "is a number with decimals, else to VARCHAR, DATE or TIMESTAMP",
                   plan->name, name);
    }
    duckdb_destroy_logical_type(&logical);
    return status;
}

shire_status table_plan_columns(duckdb_result *result, table_column_plan *plans,
                                size_t column_count, shire_error *error) {
    for (size_t i = 0; i < column_count; i++) {
        shire_status status = table_plan_column(result, i, &plans[i], error);
        if (status != SHIRE_OK) {
            return status;
        }
    }
    return SHIRE_OK;
}

bool table_has_null(const uint64_t *validity, size_t count) {
    if (validity == NULL) {
        return false;
    }
    for (size_t word = 0; word < count / 64; word++) {
        if (validity[word] != UINT64_MAX) {
            return true;
        }
    }
    uint64_t tail = (UINT64_C(1) << (count % 64)) - 1;
    return (count % 64) != 0 && (validity[count / 64] & tail) != tail;
}

static shire_status too_large(const table_column_plan *plan, shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_OVERFLOW,
                      "column \"%s\" holds a number beyond the range of 64 bits; divide or filter "
                      "it in the query",
                      plan->name);
}

/* 128-bit integers: sums of DECIMAL(18,6) and of BIGINT come as these. */
static shire_status narrow_values(const table_column_plan *plan, const void *source,
                                  const uint64_t *validity, size_t count, int64_t *values,
                                  shire_error *error) {
    for (size_t i = 0; i < count; i++) {
        if (!table_row_is_valid(validity, i)) {
            continue;
        }
        if (plan->source == DUCKDB_TYPE_HUGEINT) {
            duckdb_hugeint huge = ((const duckdb_hugeint *)source)[i];
            values[i] = (int64_t)huge.lower;
            if (huge.upper != (values[i] < 0 ? -1 : 0)) {
                return too_large(plan, error);
            }
            continue;
        }
        uint64_t low = plan->source == DUCKDB_TYPE_UBIGINT
                           ? ((const uint64_t *)source)[i]
                           : ((const duckdb_uhugeint *)source)[i].lower;
        uint64_t high =
            plan->source == DUCKDB_TYPE_UBIGINT ? 0 : ((const duckdb_uhugeint *)source)[i].upper;
        if (high != 0 || low > INT64_MAX) {
            return too_large(plan, error);
        }
        values[i] = (int64_t)low;
    }
    return SHIRE_OK;
}

#define WIDEN(from, to)                                                                            \
    for (size_t i = 0; i < count; i++) {                                                           \
        ((to *)values)[i] = (to)((const from *)source)[i];                                         \
    }                                                                                              \
    break

/* Copy `count` values of a fixed width; what stands in null rows is arbitrary until they are
 * zeroed. */
shire_status table_copy_values(const table_column_plan *plan, const void *source,
                               const uint64_t *validity, size_t count, void *values,
                               shire_error *error) {
    if (plan->same_layout) {
        memcpy(values, source, count * plan->width);
        return SHIRE_OK;
    }
    switch (plan->source) {
    case DUCKDB_TYPE_BOOLEAN:
        WIDEN(uint8_t, int64_t);
    case DUCKDB_TYPE_TINYINT:
        WIDEN(int8_t, int32_t);
    case DUCKDB_TYPE_SMALLINT:
        WIDEN(int16_t, int32_t);
    case DUCKDB_TYPE_INTEGER:
        assert(plan->type == SHIRE_TYPE_DECIMAL6); /* of at most nine digits */
        WIDEN(int32_t, int64_t);
    case DUCKDB_TYPE_UTINYINT:
        WIDEN(uint8_t, int32_t);
    case DUCKDB_TYPE_USMALLINT:
        WIDEN(uint16_t, int32_t);
    case DUCKDB_TYPE_UINTEGER:
        WIDEN(uint32_t, int64_t);
    case DUCKDB_TYPE_FLOAT:
        WIDEN(float, double);
    default:
        return narrow_values(plan, source, validity, count, values, error);
    }
    return SHIRE_OK;
}

size_t table_measure_text(const duckdb_string_t *strings, const uint64_t *validity, size_t count) {
    size_t byte_count = 0;
    if (!table_has_null(validity, count)) {
        for (size_t i = 0; i < count; i++) {
            byte_count += strings[i].value.inlined.length;
        }
        return byte_count;
    }
    for (size_t i = 0; i < count; i++) {
        byte_count += table_row_is_valid(validity, i) ? strings[i].value.inlined.length : 0;
    }
    return byte_count;
}

/* Appends after sink->byte_count; writes the offsets of rows first + 1 .. first + count. */
void table_copy_text(const duckdb_string_t *strings, const uint64_t *validity, size_t count,
                     size_t first, table_column_sink *sink) {
    size_t used = sink->byte_count;
    for (size_t i = 0; i < count; i++) {
        if (table_row_is_valid(validity, i)) {
            uint32_t length = strings[i].value.inlined.length;
            const char *bytes = length <= sizeof strings[i].value.inlined.inlined
                                    ? strings[i].value.inlined.inlined
                                    : strings[i].value.pointer.ptr;
            memcpy(sink->bytes + used, bytes, length);
            used += length;
        }
        sink->offsets[first + i + 1] = (uint32_t)used;
    }
    sink->byte_count = used;
}

void table_mark_nulls(const table_column_plan *plan, const uint64_t *validity, size_t count,
                      size_t first, table_column_sink *sink) {
    char *values = sink->values;
    for (size_t i = 0; i < count; i++) {
        if (!table_row_is_valid(validity, i)) {
            sink->valid[first + i] = 0;
            if (values != NULL) { /* text has none: its offsets say that it is empty */
                memset(values + (first + i) * plan->width, 0, plan->width);
            }
        }
    }
}

void table_column_set(shire_column *column, const char *name, const table_column_plan *plan,
                      const table_column_sink *sink) {
    *column = (shire_column){.name = name, .type = plan->type, .valid = sink->valid};
    if (plan->type == SHIRE_TYPE_TEXT) {
        column->text_offsets = sink->offsets;
        column->text_bytes = sink->bytes;
    } else {
        column->int64 = sink->values;
    }
}

/* ---- copies ---- */

static void *copy_bytes(shire_arena *arena, const void *bytes, size_t byte_count) {
    void *copy = shire_arena_alloc(arena, byte_count);
    if (copy != NULL && byte_count > 0) {
        memcpy(copy, bytes, byte_count);
    }
    return copy;
}

static bool copy_column(const shire_column *column, size_t row_count, shire_arena *arena,
                        shire_column *copy_out) {
    bool is_text = column->type == SHIRE_TYPE_TEXT;
    size_t byte_count = is_text ? (row_count + 1) * sizeof *column->text_offsets
                                : row_count * type_width(column->type);
    *copy_out = (shire_column){
        .name = copy_bytes(arena, column->name, strlen(column->name) + 1),
        .type = column->type,
        .valid = column->valid == NULL ? NULL : copy_bytes(arena, column->valid, row_count),
        .int64 = copy_bytes(arena, column->int64, byte_count)};
    if (is_text) {
        copy_out->text_bytes =
            copy_bytes(arena, column->text_bytes, column->text_offsets[row_count]);
    }
    return copy_out->name != NULL && (column->valid == NULL || copy_out->valid != NULL) &&
           copy_out->int64 != NULL && (!is_text || copy_out->text_bytes != NULL);
}

shire_status shire_frame_copy(const shire_frame *frame, shire_arena *arena, shire_frame *copy_out,
                              shire_error *error) {
    shire_frame copy = *frame;
    copy.columns = shire_arena_alloc_array(arena, frame->column_count, sizeof *copy.columns);
    bool is_whole = copy.columns != NULL;
    for (size_t i = 0; is_whole && i < frame->column_count; i++) {
        is_whole = copy_column(&frame->columns[i], frame->row_count, arena, &copy.columns[i]);
    }
    if (!is_whole) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for a copy of rows");
    }
    *copy_out = copy;
    return SHIRE_OK;
}
