/*
 * Columns grow together, by doubling. A double is kept in the eight bytes of its int64.
 */
#include "link/link_sheet.h"

#include "core/arena.h"

#include <assert.h>
#include <string.h>

shire_link_sheet shire_link_sheet_new(const char *types) {
    shire_link_sheet sheet = {.types = types, .column_count = strlen(types)};
    assert(sheet.column_count <= SHIRE_LINK_SHEET_COLUMNS_MAX);
    return sheet;
}

void shire_link_sheet_done(shire_link_sheet *sheet) {
    for (size_t i = 0; i < sheet->column_count; i++) {
        shire_memory_free(sheet->columns[i].numbers);
        shire_memory_free(sheet->columns[i].offsets);
        shire_memory_free(sheet->columns[i].valid);
        shire_builder_free(&sheet->columns[i].bytes);
    }
    *sheet = (shire_link_sheet){0};
}

static void *resize(shire_link_sheet *sheet, void *old, size_t byte_count) {
    void *bigger = shire_memory_resize(old, byte_count);
    sheet->failed |= bigger == NULL;
    return bigger == NULL ? old : bigger;
}

static void grow(shire_link_sheet *sheet) {
    size_t capacity = sheet->capacity * 2 + 64;
    for (size_t i = 0; i < sheet->column_count && !sheet->failed; i++) {
        shire_link_sheet_column *column = &sheet->columns[i];
        column->valid = resize(sheet, column->valid, capacity);
        if (sheet->types[i] == 't') {
            column->offsets =
                resize(sheet, column->offsets, (capacity + 1) * sizeof *column->offsets);
            if (sheet->capacity == 0 && column->offsets != NULL) {
                column->offsets[0] = 0;
            }
        } else {
            column->numbers = resize(sheet, column->numbers, capacity * sizeof *column->numbers);
        }
    }
    sheet->capacity = sheet->failed ? sheet->capacity : capacity;
}

/* The column of the next cell, with room for it; NULL when there is no memory. */
static shire_link_sheet_column *next_cell(shire_link_sheet *sheet, char type, bool is_valid) {
    if (sheet->column == 0 && sheet->row_count == sheet->capacity && !sheet->failed) {
        grow(sheet);
    }
    if (sheet->failed) {
        return NULL;
    }
    assert(type == 0 || sheet->types[sheet->column] == type);
    shire_link_sheet_column *column = &sheet->columns[sheet->column];
    column->valid[sheet->row_count] = is_valid;
    return column;
}

static void end_cell(shire_link_sheet *sheet) {
    sheet->column++;
    if (sheet->column == sheet->column_count) {
        sheet->column = 0;
        sheet->row_count++;
    }
}

static void add_text(shire_link_sheet *sheet, shire_link_sheet_column *column, shire_span text) {
    shire_builder_append(&column->bytes, text);
    sheet->failed |= column->bytes.failed || column->bytes.length > UINT32_MAX;
    column->offsets[sheet->row_count + 1] = (uint32_t)column->bytes.length;
}

void shire_link_sheet_text(shire_link_sheet *sheet, shire_span text) {
    shire_link_sheet_column *column = next_cell(sheet, 't', true);
    if (column != NULL) {
        add_text(sheet, column, text);
        end_cell(sheet);
    }
}

void shire_link_sheet_int64(shire_link_sheet *sheet, int64_t number) {
    shire_link_sheet_column *column = next_cell(sheet, 'i', true);
    if (column != NULL) {
        column->numbers[sheet->row_count] = number;
        end_cell(sheet);
    }
}

void shire_link_sheet_number(shire_link_sheet *sheet, double number) {
    shire_link_sheet_column *column = next_cell(sheet, 'd', true);
    if (column != NULL) {
        memcpy(&column->numbers[sheet->row_count], &number, sizeof number);
        end_cell(sheet);
    }
}

void shire_link_sheet_null(shire_link_sheet *sheet) {
    shire_link_sheet_column *column = next_cell(sheet, 0, false);
    if (column == NULL) {
        return;
    }
    if (sheet->types[sheet->column] == 't') {
        add_text(sheet, column, shire_span_of(NULL));
    } else {
        column->numbers[sheet->row_count] = 0;
    }
    end_cell(sheet);
}

shire_status shire_link_sheet_append(const shire_link_sheet *sheet, shire_table *warehouse,
                                     const char *table, shire_error *error) {
    shire_column columns[SHIRE_LINK_SHEET_COLUMNS_MAX] = {{0}};
    if (sheet->failed) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the rows of %s", table);
    }
    assert(sheet->column == 0);
    if (sheet->row_count == 0) {
        return SHIRE_OK;
    }
    for (size_t i = 0; i < sheet->column_count; i++) {
        const shire_link_sheet_column *from = &sheet->columns[i];
        columns[i] = (shire_column){.name = "", .valid = from->valid};
        if (sheet->types[i] == 't') {
            columns[i].type = SHIRE_TYPE_TEXT;
            columns[i].text_offsets = from->offsets;
            columns[i].text_bytes = from->bytes.bytes == NULL ? "" : from->bytes.bytes;
        } else if (sheet->types[i] == 'd') {
            columns[i].type = SHIRE_TYPE_DOUBLE;
            columns[i].number = (const double *)from->numbers;
        } else {
            columns[i].type = SHIRE_TYPE_INT64;
            columns[i].int64 = from->numbers;
        }
    }
    const shire_frame frame = {sheet->row_count, sheet->column_count, columns};
    return shire_table_append(warehouse, table, &frame, error);
}
