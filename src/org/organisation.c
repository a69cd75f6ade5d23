/*
 * Organisations and successions from their two small files. Both are checked whole before a table
 * is touched; the first mistake is told with its line, the others are counted.
 */
#include "org/organisation.h"

#include "io/csv.h"
#include "io/file.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_BYTES_MAX ((size_t)64 << 20)

/* Mistakes in one file: the first as an error, the rest as a number. */
typedef struct mistakes {
    const shire_csv *csv;
    shire_error first;
    size_t count;
} mistakes;

static void add_mistake(mistakes *all, size_t row, const char *format, ...) SHIRE_PRINTF(3, 4);

static void add_mistake(mistakes *all, size_t row, const char *format, ...) {
    if (all->count++ > 0) {
        return;
    }
    char problem[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(problem, sizeof problem, format, arguments);
    va_end(arguments);
    (void)SHIRE_FAIL(&all->first, SHIRE_INVALID, "%s, line %d: %s", all->csv->path,
                     (int)all->csv->lines[row], problem);
}

static shire_status end_mistakes(const mistakes *all, shire_error *error) {
    if (all->count == 0) {
        return SHIRE_OK;
    }
    if (all->count == 1) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "%s", all->first.message);
    }
    return SHIRE_FAIL(error, SHIRE_INVALID, "%s (and %zu more in this file)", all->first.message,
                      all->count - 1);
}

static shire_status no_memory(shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory while loading organisations");
}

static shire_status read_file(const shire_partnership *partnership, const char *name,
                              const char *const *columns, size_t column_count,
                              size_t required_count, shire_arena *arena, shire_csv *csv,
                              shire_error *error) {
    const char *path = shire_arena_format(arena, "%s/%s", partnership->dir, name);
    if (path == NULL) {
        return no_memory(error);
    }
    shire_status status = shire_csv_read(path, FILE_BYTES_MAX, arena, csv, error);
    if (status == SHIRE_OK) {
        status = shire_csv_check_columns(csv, columns, column_count, required_count, error);
    }
    return status;
}

/* A text column made of one column of the file. */
static shire_status text_column(const shire_csv *csv, const char *name, shire_arena *arena,
                                shire_column *column, shire_error *error) {
    size_t index = shire_csv_column(csv, name);
    uint32_t *offsets = shire_arena_alloc_array(arena, csv->row_count + 1, sizeof *offsets);
    if (offsets == NULL) {
        return no_memory(error);
    }
    for (size_t row = 0; row < csv->row_count; row++) {
        offsets[row + 1] = offsets[row] + (uint32_t)shire_csv_cell(csv, row, index).length;
    }
    char *bytes = shire_arena_alloc(arena, offsets[csv->row_count]);
    if (bytes == NULL) {
        return no_memory(error);
    }
    for (size_t row = 0; row < csv->row_count; row++) {
        shire_span cell = shire_csv_cell(csv, row, index);
        memcpy(bytes + offsets[row], cell.bytes, cell.length);
    }
    *column = (shire_column){
        .name = name, .type = SHIRE_TYPE_TEXT, .text_offsets = offsets, .text_bytes = bytes};
    return SHIRE_OK;
}

/* Dates of one column; empty is null. What is no date is a mistake. */
static shire_status date_column(const shire_csv *csv, const char *name, shire_arena *arena,
                                mistakes *all, shire_column *column, shire_error *error) {
    size_t index = shire_csv_column(csv, name);
    shire_date *dates = shire_arena_alloc_array(arena, csv->row_count, sizeof *dates);
    uint8_t *valid = shire_arena_alloc(arena, csv->row_count);
    if (dates == NULL || valid == NULL) {
        return no_memory(error);
    }
    for (size_t row = 0; row < csv->row_count; row++) {
        shire_span cell = shire_csv_cell(csv, row, index);
        valid[row] = cell.length > 0;
        if (cell.length > 0 && shire_date_parse(cell, &dates[row]) != SHIRE_OK) {
            add_mistake(all, row, "%s: \"%.40s\" is no date; write one such as 2024-04-01", name,
                        cell.bytes);
        }
    }
    *column = (shire_column){.name = name, .type = SHIRE_TYPE_DATE, .valid = valid, .date = dates};
    return SHIRE_OK;
}

/* Codes sorted, each with its row, to find duplicates and to look codes up. */
typedef struct code_entry {
    shire_span code;
    int32_t organisation_no;
} code_entry;

typedef struct code_index {
    const code_entry *entries;
    size_t count;
} code_index;

static int compare_codes(const void *a, const void *b) {
    const code_entry *left = a;
    const code_entry *right = b;
    int order = shire_span_compare(left->code, right->code);
    if (order != 0) {
        return order;
    }
    return (left->organisation_no > right->organisation_no) -
           (left->organisation_no < right->organisation_no);
}

/* The organisation's number, or -1. */
static int32_t find_code(const code_index *index, shire_span code) {
    size_t low = 0;
    size_t high = index->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (shire_span_compare(index->entries[middle].code, code) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    bool found = low < index->count && shire_span_equal(index->entries[low].code, code);
    return found ? index->entries[low].organisation_no : -1;
}

static shire_status index_codes(const shire_csv *csv, shire_arena *arena, mistakes *all,
                                code_index *index, shire_error *error) {
    size_t column = shire_csv_column(csv, "code");
    code_entry *entries = shire_arena_alloc_array(arena, csv->row_count, sizeof *entries);
    uint8_t *repeats = shire_arena_alloc(arena, csv->row_count);
    if (entries == NULL || repeats == NULL) {
        return no_memory(error);
    }
    for (size_t row = 0; row < csv->row_count; row++) {
        entries[row] = (code_entry){shire_csv_cell(csv, row, column), (int32_t)row};
    }
    qsort(entries, csv->row_count, sizeof *entries, compare_codes);
    for (size_t i = 1; i < csv->row_count; i++) {
        if (entries[i].code.length > 0 && shire_span_equal(entries[i].code, entries[i - 1].code)) {
            repeats[entries[i].organisation_no] = 1;
        }
    }
    for (size_t row = 0; row < csv->row_count; row++) {
        if (repeats[row]) {
            shire_span code = shire_csv_cell(csv, row, column);
            add_mistake(all, row, "code: \"%.40s\" stands on line %d already; keep one", code.bytes,
                        (int)csv->lines[find_code(&(code_index){entries, csv->row_count}, code)]);
        }
    }
    *index = (code_index){entries, csv->row_count};
    return SHIRE_OK;
}

static void check_present(const shire_csv *csv, const char *name, mistakes *all) {
    size_t column = shire_csv_column(csv, name);
    for (size_t row = 0; row < csv->row_count; row++) {
        if (shire_csv_cell(csv, row, column).length == 0) {
            add_mistake(all, row, "%s: this is empty; every row needs one", name);
        }
    }
}

static shire_status number_rows(size_t count, shire_arena *arena, shire_column *column,
                                shire_error *error) {
    int32_t *numbers = shire_arena_alloc_array(arena, count, sizeof *numbers);
    if (numbers == NULL) {
        return no_memory(error);
    }
    for (size_t row = 0; row < count; row++) {
        numbers[row] = (int32_t)row;
    }
    *column = (shire_column){.name = "organisation_no", .type = SHIRE_TYPE_INT32, .int32 = numbers};
    return SHIRE_OK;
}

/* The six columns of table organisation. */
static shire_status read_organisations(const shire_partnership *partnership, shire_arena *arena,
                                       shire_column columns[6], code_index *index,
                                       size_t *row_count_out, shire_error *error) {
    static const char *const names[] = {"code", "name", "kind", "opened", "closed"};
    shire_csv csv;
    shire_status status =
        read_file(partnership, "organisations.csv", names, 5, 3, arena, &csv, error);
    if (status != SHIRE_OK) {
        return status;
    }
    if (csv.row_count == 0) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "%s: no organisation in it; add one a line",
                          csv.path);
    }
    mistakes all = {.csv = &csv};
    status = number_rows(csv.row_count, arena, &columns[0], error);
    for (size_t i = 0; i < 3 && status == SHIRE_OK; i++) {
        check_present(&csv, names[i], &all);
        status = text_column(&csv, names[i], arena, &columns[1 + i], error);
    }
    for (size_t i = 3; i < 5 && status == SHIRE_OK; i++) {
        status = date_column(&csv, names[i], arena, &all, &columns[1 + i], error);
    }
    if (status == SHIRE_OK) {
        status = index_codes(&csv, arena, &all, index, error);
    }
    for (size_t row = 0; row < csv.row_count && status == SHIRE_OK; row++) {
        if (columns[4].valid[row] && columns[5].valid[row] &&
            columns[4].date[row] > columns[5].date[row]) {
            add_mistake(&all, row, "closed comes before opened; swap them");
        }
    }
    *row_count_out = csv.row_count;
    return status == SHIRE_OK ? end_mistakes(&all, error) : status;
}

static shire_status code_column(const shire_csv *csv, const char *name, const code_index *index,
                                shire_arena *arena, mistakes *all, shire_column *column,
                                shire_error *error) {
    size_t position = shire_csv_column(csv, name);
    int32_t *numbers = shire_arena_alloc_array(arena, csv->row_count, sizeof *numbers);
    if (numbers == NULL) {
        return no_memory(error);
    }
    for (size_t row = 0; row < csv->row_count; row++) {
        shire_span code = shire_csv_cell(csv, row, position);
        numbers[row] = find_code(index, code);
        if (numbers[row] < 0) {
            add_mistake(all, row,
                        "%s: \"%.40s\" is no code of organisations.csv; add it there, or correct "
                        "it here",
                        name, code.bytes);
        }
    }
    *column = (shire_column){.name = name, .type = SHIRE_TYPE_INT32, .int32 = numbers};
    return SHIRE_OK;
}

static shire_status share_column(const shire_csv *csv, shire_arena *arena, mistakes *all,
                                 shire_column *column, shire_error *error) {
    size_t position = shire_csv_column(csv, "share");
    shire_decimal6 *shares = shire_arena_alloc_array(arena, csv->row_count, sizeof *shares);
    if (shares == NULL) {
        return no_memory(error);
    }
    for (size_t row = 0; row < csv->row_count; row++) {
        shire_span text = shire_csv_cell(csv, row, position);
        bool rounded = false;
        shares[row] = SHIRE_MILLION;
        if (text.length == 0) {
            continue;
        }
        if (shire_decimal_parse(text, &shares[row], &rounded) != SHIRE_OK || rounded ||
            shares[row] <= 0 || shares[row] > SHIRE_MILLION) {
            add_mistake(all, row,
                        "share: \"%.40s\" is no share; write a number over 0 and up to 1, with at "
                        "most six decimals",
                        text.bytes);
            shares[row] = 0;
        }
    }
    *column = (shire_column){.name = "share", .type = SHIRE_TYPE_DECIMAL6, .decimal6 = shares};
    return SHIRE_OK;
}

/* Rows of one predecessor on one day are one succession: told at the first of its rows. The files
 * are small: a quadratic walk is well under a second at ten thousand rows. */
static void check_successions(const shire_csv *csv, const shire_column columns[4], mistakes *all) {
    const int32_t *from = columns[0].int32;
    const int32_t *to = columns[1].int32;
    const shire_date *on = columns[2].date;
    for (size_t row = 0; row < csv->row_count; row++) {
        if (!columns[2].valid[row]) {
            add_mistake(all, row, "on: this is empty; write the day of the change");
        }
        if (from[row] >= 0 && from[row] == to[row]) {
            add_mistake(all, row, "an organisation cannot succeed itself; name another successor");
        }
        int64_t sum = 0;
        bool first = true;
        for (size_t other = 0; other < csv->row_count; other++) {
            if (from[other] != from[row] || on[other] != on[row]) {
                continue;
            }
            sum += columns[3].decimal6[other];
            first = first && other >= row;
            if (other < row && to[other] == to[row]) {
                add_mistake(all, row, "the same succession stands on line %d already; keep one",
                            (int)csv->lines[other]);
            }
        }
        if (first && sum != SHIRE_MILLION) {
            char text[24];
            shire_decimal_format(sum, 0, text);
            add_mistake(all, row,
                        "the shares of this predecessor on this day sum to %s; make them sum to 1",
                        text);
        }
    }
}

/* The four columns of table succession; no row when there is no file. */
static shire_status read_successions(const shire_partnership *partnership, const code_index *index,
                                     shire_arena *arena, shire_column columns[4],
                                     size_t *row_count_out, shire_error *error) {
    static const char *const names[] = {"predecessor", "successor", "on", "share"};
    *row_count_out = 0;
    const char *path = shire_arena_format(arena, "%s/successions.csv", partnership->dir);
    if (path == NULL) {
        return no_memory(error);
    }
    if (!shire_file_exists(path) && !shire_dir_exists(path)) {
        return SHIRE_OK;
    }
    shire_csv csv;
    shire_status status =
        read_file(partnership, "successions.csv", names, 4, 3, arena, &csv, error);
    if (status != SHIRE_OK) {
        return status;
    }
    mistakes all = {.csv = &csv};
    for (size_t i = 0; i < 2 && status == SHIRE_OK; i++) {
        status = code_column(&csv, names[i], index, arena, &all, &columns[i], error);
    }
    if (status == SHIRE_OK) {
        status = date_column(&csv, names[2], arena, &all, &columns[2], error);
    }
    if (status == SHIRE_OK) {
        status = share_column(&csv, arena, &all, &columns[3], error);
    }
    if (status == SHIRE_OK) {
        check_successions(&csv, columns, &all);
        *row_count_out = csv.row_count;
        status = end_mistakes(&all, error);
    }
    return status;
}

static shire_status write_tables(shire_table *table, const shire_frame *organisations,
                                 const shire_frame *successions, shire_error *error) {
    shire_status status = shire_table_execute(
        table,
        "CREATE OR REPLACE TABLE organisation(organisation_no INTEGER, code VARCHAR, "
        "name VARCHAR, kind VARCHAR, opened DATE, closed DATE); "
        "CREATE OR REPLACE TABLE succession(predecessor_no INTEGER, successor_no INTEGER, "
        "\"on\" DATE, share DECIMAL(18,6))",
        error);
    if (status == SHIRE_OK) {
        status = shire_table_append(table, "organisation", organisations, error);
    }
    if (status == SHIRE_OK && successions->row_count > 0) {
        status = shire_table_append(table, "succession", successions, error);
    }
    return status;
}

shire_status shire_organisation_load(shire_table *table, const shire_partnership *partnership,
                                     shire_error *error) {
    shire_arena *arena = NULL;
    shire_status status = shire_arena_new("organisations", 0, &arena, error);
    if (status != SHIRE_OK) {
        return status;
    }
    shire_column organisation_columns[6];
    shire_column succession_columns[4];
    shire_frame organisations = {.column_count = 6, .columns = organisation_columns};
    shire_frame successions = {.column_count = 4, .columns = succession_columns};
    code_index index = {0};
    status = read_organisations(partnership, arena, organisation_columns, &index,
                                &organisations.row_count, error);
    if (status == SHIRE_OK) {
        status = read_successions(partnership, &index, arena, succession_columns,
                                  &successions.row_count, error);
    }
    if (status != SHIRE_OK) {
        goto done;
    }
    status = shire_table_execute(table, "BEGIN TRANSACTION", error);
    if (status != SHIRE_OK) {
        goto done;
    }
    status = write_tables(table, &organisations, &successions, error);
    if (status == SHIRE_OK) {
        status = shire_table_execute(table, "COMMIT", error);
    } else {
        (void)!shire_table_execute(table, "ROLLBACK", NULL);
    }
done:
    shire_arena_free(arena);
    return status;
}
