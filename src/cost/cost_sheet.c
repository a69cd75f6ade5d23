/*
 * Sheets: one table of the costing model, from costing/NAME.csv or costing/NAME.sql, as text cells
 * under the column names that the model knows, each row with its line.
 *
 * A SELECT runs in the warehouse, where relative file names are looked up in the partnership's data
 * folders; it may read the warehouse's own tables too.
 */
#include "cost/cost_internal.h"
#include "io/csv.h"
#include "io/file.h"
#include "io/select.h"

#include <stdlib.h>
#include <string.h>

#define SHEET_BYTES_MAX ((size_t)256 << 20)

static const char *const sheet_names[] = {
    // clang-format off
    "treatment",
    "segment_rule",
    "ledger_map",
    "pool_transfer",
    "support_rule",
    "driver",
    "resource",
    "activity_rule",
    "weight",
    "match_rule",
    "delay_reason",
    "delay_responsible",
    "frequency",
    "plics_map",
    // clang-format on
};
#define SHEET_COUNT (sizeof(sheet_names) / sizeof(*sheet_names))

/* Where the cells of a file's columns go: its n-th column -> column of the sheet, or -1. */
typedef struct sheet_header {
    int targets[SHIRE_CSV_COLUMNS_MAX];
    size_t count;
} sheet_header;

static bool add_header_cell(cost_sheet *sheet, shire_arena *arena, cost_problems *problems,
                            sheet_header *header, shire_span cell, bool *seen) {
    const char *known[COST_SHEET_COLUMNS_MAX];
    cost_place place = {.file = sheet->file, .line = 1};
    char *name = shire_arena_copy_text(arena, cell.bytes, cell.length);
    if (name == NULL || header->count == SHIRE_CSV_COLUMNS_MAX) {
        return false;
    }
    int target = -1;
    for (size_t i = 0; i < sheet->column_count; i++) {
        known[i] = sheet->columns[i].name;
        if (strcmp(name, known[i]) == 0) {
            target = (int)i;
        }
    }
    if (target >= 0 && seen[target]) {
        cost_error(problems, "column_twice", place, name, "keep one of them",
                   "the column %s stands there twice", name);
    } else if (target >= 0) {
        seen[target] = true;
    } else if (cell.length > 0) {
        const char *nearest = shire_text_nearest(name, known, sheet->column_count);
        if (nearest != NULL) {
            cost_error(problems, "unknown_column", place, name,
                       shire_arena_format(arena, "did you mean %s?", nearest),
                       "there is no column %s in this table", name);
        } else {
            cost_warning(problems, "unknown_column", place, name, 1, "remove it, if it is no note",
                         "the column %s is none of this table and is not used", name);
        }
    }
    header->targets[header->count++] = target;
    return true;
}

static void check_required_columns(const cost_sheet *sheet, cost_problems *problems,
                                   const bool *seen) {
    for (size_t i = 0; i < sheet->column_count; i++) {
        if (sheet->columns[i].required && !seen[i]) {
            cost_error(problems, "missing_column", (cost_place){.file = sheet->file, .line = 1},
                       sheet->columns[i].name, "add it", "the column %s is missing",
                       sheet->columns[i].name);
        }
    }
}

/* Room for the cells of one more row; they are empty. */
static const char **add_row(cost_sheet *sheet, shire_arena *arena, int64_t line,
                            size_t *cell_capacity, size_t *line_capacity) {
    size_t cells = sheet->row_count * sheet->column_count;
    for (size_t i = 0; i < sheet->column_count; i++) {
        if (!cost_grow(arena, &sheet->cells, cell_capacity, cells + i, sizeof(*sheet->cells))) {
            return NULL;
        }
        sheet->cells[cells + i] = NULL;
    }
    if (!cost_grow(arena, &sheet->lines, line_capacity, sheet->row_count, sizeof(*sheet->lines))) {
        return NULL;
    }
    sheet->lines[sheet->row_count++] = line;
    return sheet->cells + cells;
}

/* ---- CSV ---- */

/* The reader's message names path and line, which the problem's place says already. */
static void report_bad_csv(const char *path, const char *message, cost_problems *problems,
                           const cost_sheet *sheet) {
    cost_place place = {.file = sheet->file};
    const char *remedy = "correct the file";
    if (strncmp(message, path, strlen(path)) == 0) {
        message += strlen(path);
        message += strspn(message, ":, ");
    }
    if (strncmp(message, "line ", 5) == 0) {
        char *rest;
        place.line = strtoll(message + 5, &rest, 10);
        message = rest + strspn(rest, ": ");
    }
    const char *semicolon = strstr(message, "; ");
    if (semicolon != NULL) {
        remedy = semicolon + 2;
    }
    cost_error(problems, "bad_csv", place, NULL, remedy, "%.*s",
               (int)(semicolon == NULL ? strlen(message) : (size_t)(semicolon - message)), message);
}

static shire_status read_csv(const char *path, shire_arena *arena, cost_problems *problems,
                             cost_sheet *sheet, shire_error *error) {
    sheet_header header = {.count = 0};
    bool seen[COST_SHEET_COLUMNS_MAX] = {false};
    shire_csv csv;
    shire_error csv_error = {0};
    size_t cell_capacity = 0;
    size_t line_capacity = 0;
    shire_status status = shire_csv_read(path, SHEET_BYTES_MAX, arena, &csv, &csv_error);
    if (status == SHIRE_INVALID) {
        report_bad_csv(path, csv_error.message, problems, sheet);
        return SHIRE_OK;
    }
    if (status != SHIRE_OK) {
        return SHIRE_FAIL(error, status, "%s", csv_error.message);
    }
    if (csv.column_count == 1 && strpbrk(csv.names[0], ";\t|") != NULL) {
        cost_error(problems, "bad_csv", (cost_place){.file = sheet->file, .line = 1}, NULL,
                   "save the file as CSV with commas",
                   "its cells are not parted by commas, but by '%c'",
                   *strpbrk(csv.names[0], ";\t|"));
        return SHIRE_OK;
    }
    for (size_t i = 0; i < csv.column_count; i++) {
        if (!add_header_cell(sheet, arena, problems, &header, shire_span_of(csv.names[i]), seen)) {
            return COST_NO_MEMORY(error);
        }
    }
    check_required_columns(sheet, problems, seen);
    for (size_t row = 0; row < csv.row_count; row++) {
        const char **cells = add_row(sheet, arena, csv.lines[row], &cell_capacity, &line_capacity);
        if (cells == NULL) {
            return COST_NO_MEMORY(error);
        }
        for (size_t i = 0; i < csv.column_count; i++) {
            shire_span cell = shire_csv_cell(&csv, row, i);
            if (header.targets[i] >= 0 && cell.length > 0) {
                cells[header.targets[i]] = cell.bytes;
            }
        }
    }
    return SHIRE_OK;
}

/* ---- SQL ---- */

static shire_status set_search_path(const shire_partnership *partnership, shire_table *table,
                                    shire_error *error) {
    shire_builder paths = {0};
    shire_builder sql = {0};
    for (size_t i = 0; i < partnership->data_dir_count; i++) {
        shire_builder_append_format(&paths, "%s%s", i > 0 ? "," : "", partnership->data_dirs[i]);
    }
    shire_builder_append_text(&sql, "SET file_search_path = ");
    shire_builder_append_sql_literal(&sql, (shire_span){paths.bytes, paths.length});
    shire_status status = paths.failed || sql.failed ? COST_NO_MEMORY(error)
                                                     : shire_table_execute(table, sql.bytes, error);
    shire_builder_free(&paths);
    shire_builder_free(&sql);
    return status;
}

static shire_status fill_from_frame(const shire_frame *frame, shire_arena *arena,
                                    cost_problems *problems, cost_sheet *sheet,
                                    shire_error *error) {
    sheet_header header = {.count = 0};
    bool seen[COST_SHEET_COLUMNS_MAX] = {false};
    size_t cell_capacity = 0;
    size_t line_capacity = 0;
    for (size_t i = 0; i < frame->column_count; i++) {
        if (!add_header_cell(sheet, arena, problems, &header, shire_span_of(frame->columns[i].name),
                             seen)) {
            return COST_NO_MEMORY(error);
        }
    }
    check_required_columns(sheet, problems, seen);
    for (size_t row = 0; row < frame->row_count; row++) {
        const char **cells =
            add_row(sheet, arena, (int64_t)row + 1, &cell_capacity, &line_capacity);
        if (cells == NULL) {
            return COST_NO_MEMORY(error);
        }
        for (size_t i = 0; i < frame->column_count; i++) {
            shire_span cell = shire_span_trim(shire_column_text(&frame->columns[i], row));
            if (header.targets[i] < 0 || cell.length == 0) {
                continue;
            }
            cells[header.targets[i]] = shire_arena_copy_text(arena, cell.bytes, cell.length);
            if (cells[header.targets[i]] == NULL) {
                return COST_NO_MEMORY(error);
            }
        }
    }
    return SHIRE_OK;
}

static shire_status read_select(const shire_partnership *partnership, shire_table *table,
                                const char *path, shire_arena *arena, cost_problems *problems,
                                cost_sheet *sheet, shire_error *error) {
    shire_frame frame;
    shire_span text;
    shire_error engine_error = {0};
    shire_select_repeat repeat = {0};
    shire_status status = shire_file_read(path, SHEET_BYTES_MAX, arena, &text, error);
    if (status != SHIRE_OK) {
        return status;
    }
    while (text.length > 0 && strchr("; \t\r\n", text.bytes[text.length - 1]) != NULL) {
        text.length--;
    }
    char *sql = shire_arena_format(arena, "SELECT CAST(COLUMNS(*) AS VARCHAR) FROM (\n%.*s\n)",
                                   (int)text.length, text.bytes);
    if (sql == NULL) {
        return COST_NO_MEMORY(error);
    }
    if (shire_select_check_repeat(table, sql, arena, &repeat, NULL) == SHIRE_NO_MEMORY) {
        return COST_NO_MEMORY(error);
    }
    status = set_search_path(partnership, table, error);
    if (status != SHIRE_OK) {
        return status;
    }
    if (repeat.cause != NULL) {
        cost_error(problems, "not_repeatable", (cost_place){.file = sheet->file}, NULL,
                   "write the date or value itself, such as DATE '2025-03-31'",
                   "the SELECT uses %s, so the same inputs would cost otherwise another time",
                   repeat.cause);
    } else if (shire_table_query(table, sql, arena, &frame, &engine_error) != SHIRE_OK) {
        cost_error(problems, "select_failed", (cost_place){.file = sheet->file}, NULL,
                   "correct the SELECT", "the SELECT does not run: %s", engine_error.message);
    } else {
        status = fill_from_frame(&frame, arena, problems, sheet, error);
    }
    return status == SHIRE_OK ? shire_table_execute(table, "RESET file_search_path", error)
                              : status;
}

shire_status cost_sheet_read(const shire_partnership *partnership, shire_table *table,
                             shire_arena *arena, cost_problems *problems, cost_sheet *sheet,
                             shire_error *error) {
    static const char *const suffixes[] = {"csv", "sql"};
    sheet->file = NULL;
    for (int kind = 0; kind < 2; kind++) {
        char *path = shire_arena_format(arena, "%s/costing/%s.%s", partnership->dir, sheet->name,
                                        suffixes[kind]);
        char *file = shire_arena_format(arena, "costing/%s.%s", sheet->name, suffixes[kind]);
        if (path == NULL || file == NULL) {
            return COST_NO_MEMORY(error);
        }
        if (!shire_file_exists(path)) {
            continue;
        }
        if (sheet->file != NULL) {
            cost_error(problems, "table_twice", (cost_place){.file = file}, NULL,
                       "keep one of them", "the table %s is given as CSV and as SQL", sheet->name);
            return SHIRE_OK;
        }
        sheet->file = file;
        shire_status status =
            kind == 0 ? read_csv(path, arena, problems, sheet, error)
                      : read_select(partnership, table, path, arena, problems, sheet, error);
        if (status != SHIRE_OK) {
            return status;
        }
    }
    return SHIRE_OK;
}

/* A spreadsheet or text file beside the tables: likely meant as one of them. */
static shire_status check_other_files(const char *dir, shire_arena *arena, cost_problems *problems,
                                      shire_error *error) {
    static const char *const suffixes[] = {".xlsx", ".xls", ".ods", ".txt", ".tsv", ".CSV", ".SQL"};
    for (size_t kind = 0; kind < sizeof(suffixes) / sizeof(*suffixes); kind++) {
        const char *const *names;
        size_t count;
        shire_status status = shire_dir_list(dir, suffixes[kind], arena, &names, &count, error);
        for (size_t i = 0; status == SHIRE_OK && i < count; i++) {
            char *file = shire_arena_format(arena, "costing/%s", names[i]);
            if (file == NULL) {
                return COST_NO_MEMORY(error);
            }
            cost_warning(problems, "unknown_table", (cost_place){.file = file}, NULL, 1,
                         "save it as NAME.csv, or move it out of the folder",
                         "the tables of the costing model are .csv or .sql; the file is not used");
        }
        if (status != SHIRE_OK) {
            return status;
        }
    }
    return SHIRE_OK;
}

shire_status cost_sheets_check_folder(const shire_partnership *partnership, shire_arena *arena,
                                      cost_problems *problems, shire_error *error) {
    static const char *const suffixes[] = {".csv", ".sql"};
    char *dir = shire_arena_format(arena, "%s/costing", partnership->dir);
    if (dir == NULL) {
        return COST_NO_MEMORY(error);
    }
    if (!shire_dir_exists(dir)) {
        return SHIRE_OK;
    }
    for (int kind = 0; kind < 2; kind++) {
        const char *const *names;
        size_t count;
        shire_status status = shire_dir_list(dir, suffixes[kind], arena, &names, &count, error);
        if (status != SHIRE_OK) {
            return status;
        }
        for (size_t i = 0; i < count; i++) {
            char *base = shire_arena_copy_text(arena, names[i], strlen(names[i]) - 4);
            char *file = shire_arena_format(arena, "costing/%s", names[i]);
            bool known = false;
            if (base == NULL || file == NULL) {
                return COST_NO_MEMORY(error);
            }
            for (size_t k = 0; k < SHEET_COUNT; k++) {
                known |= strcmp(base, sheet_names[k]) == 0;
            }
            const char *nearest = shire_text_nearest(base, sheet_names, SHEET_COUNT);
            if (!known) {
                cost_warning(problems, "unknown_table", (cost_place){.file = file}, NULL, 1,
                             nearest == NULL
                                 ? "move it out of the folder"
                                 : shire_arena_format(arena, "did you mean %s?", nearest),
                             "the costing model has no table %s; the file is not used", base);
            }
        }
    }
    return check_other_files(dir, arena, problems, error);
}
