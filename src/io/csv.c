/*
 * A CSV reader for small files. Two walks of the same scanner over the whole text: the first
 * counts cells and rows, the second fills arrays of exactly that size. Unquoting and the
 * terminators are done in the file's own buffer, which never needs more room than the text had.
 */
#include "io/csv.h"

#include "io/file.h"

#include <string.h>

typedef struct scanner {
    const char *path;
    char *at;
    char *end; /* a terminator stands here */
    int32_t line;
    int32_t cell_line; /* where the cell under way began */
} scanner;

typedef enum cell_end { CELL_FOLLOWS, ROW_ENDS } cell_end;

static shire_status fail_at(const scanner *scan, int32_t line, const char *problem,
                            shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_INVALID, "%s, line %d: %s", scan->path, line, problem);
}

/* After a cell: a comma, a line break or the end of the text. False when it is something else. */
static bool end_cell(scanner *scan, cell_end *end_out) {
    if (scan->at < scan->end && *scan->at == ',') {
        scan->at++;
        *end_out = CELL_FOLLOWS;
        return true;
    }
    *end_out = ROW_ENDS;
    if (scan->at == scan->end) {
        return true;
    }
    if (*scan->at == '\r' && scan->at + 1 < scan->end && scan->at[1] == '\n') {
        scan->at++;
    }
    if (*scan->at != '\n') {
        return false;
    }
    scan->at++;
    scan->line++;
    return true;
}

/* A quoted cell, the opening quote already behind; unquotes in place when `cell` is given. */
static shire_status quoted_cell(scanner *scan, shire_span *cell, cell_end *end_out,
                                shire_error *error) {
    char *start = scan->at;
    char *write = start;
    for (;;) {
        if (scan->at == scan->end) {
            return fail_at(scan, scan->cell_line,
                           "the quote that opens here does not end; close it, or double a quote "
                           "that belongs to the text",
                           error);
        }
        char byte = *scan->at++;
        if (byte == '"') {
            if (scan->at == scan->end || *scan->at != '"') {
                break;
            }
            scan->at++;
        }
        scan->line += byte == '\n';
        if (cell != NULL) {
            *write++ = byte;
        }
    }
    while (scan->at < scan->end && *scan->at == ' ') {
        scan->at++;
    }
    if (!end_cell(scan, end_out)) {
        return fail_at(scan, scan->line,
                       "text follows a closing quote; double a quote that belongs to the text",
                       error);
    }
    if (cell != NULL) {
        *cell = (shire_span){start, (size_t)(write - start)};
    }
    return SHIRE_OK;
}

static shire_status next_cell(scanner *scan, shire_span *cell, cell_end *end_out,
                              shire_error *error) {
    scan->cell_line = scan->line;
    char *start = scan->at;
    while (scan->at < scan->end && *scan->at == ' ') {
        scan->at++;
    }
    if (scan->at < scan->end && *scan->at == '"') {
        scan->at++;
        return quoted_cell(scan, cell, end_out, error);
    }
    while (scan->at < scan->end && *scan->at != ',' && *scan->at != '\n' && *scan->at != '\r') {
        scan->at++;
    }
    shire_span text = {start, (size_t)(scan->at - start)};
    bool ended = end_cell(scan, end_out);
    if (cell != NULL) {
        *cell = text;
    }
    return ended ? SHIRE_OK
                 : fail_at(scan, scan->line, "a line break that is neither LF nor CRLF", error);
}

/* Skips blank lines; false at the end of the text. */
static bool next_row(scanner *scan) {
    for (;;) {
        char *at = scan->at;
        while (at < scan->end && (*at == ' ' || *at == '\t' || *at == '\r')) {
            at++;
        }
        if (at == scan->end) {
            return false;
        }
        if (*at != '\n') {
            return true;
        }
        scan->at = at + 1;
        scan->line++;
    }
}

/* The cells of one row, trimmed; those beyond `capacity` must be empty. */
static shire_status read_row(scanner *scan, shire_span *cells, size_t capacity, size_t *count_out,
                             shire_error *error) {
    size_t count = 0;
    int32_t row_line = scan->line;
    cell_end end = CELL_FOLLOWS;
    while (end == CELL_FOLLOWS) {
        shire_span cell;
        shire_status status = next_cell(scan, &cell, &end, error);
        if (status != SHIRE_OK) {
            return status;
        }
        cell = shire_span_trim(cell);
        if (count < capacity) {
            cells[count++] = cell;
        } else if (cell.length > 0) {
            return SHIRE_FAIL(error, SHIRE_INVALID,
                              "%s, line %d: more cells than the header's %zu; quote a cell that "
                              "holds a comma",
                              scan->path, row_line, capacity);
        }
    }
    *count_out = count;
    return SHIRE_OK;
}

static bool has_text(const shire_span *cells, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (cells[i].length > 0) {
            return true;
        }
    }
    return false;
}

static shire_status count_rows(scanner scan, size_t *count_out, shire_error *error) {
    size_t count = 0;
    while (next_row(&scan)) {
        cell_end end = CELL_FOLLOWS;
        while (end == CELL_FOLLOWS) {
            shire_status status = next_cell(&scan, NULL, &end, error);
            if (status != SHIRE_OK) {
                return status;
            }
        }
        count++;
    }
    *count_out = count;
    return SHIRE_OK;
}

static shire_status read_header(scanner *scan, shire_arena *arena, shire_csv *csv,
                                shire_error *error) {
    shire_span cells[SHIRE_CSV_COLUMNS_MAX];
    size_t count = 0;
    if (!next_row(scan)) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "%s: the file is empty; write a header line",
                          scan->path);
    }
    int32_t line = scan->line;
    shire_status status = read_row(scan, cells, SHIRE_CSV_COLUMNS_MAX, &count, error);
    if (status != SHIRE_OK) {
        return status;
    }
    while (count > 0 && cells[count - 1].length == 0) {
        count--;
    }
    const char **names = shire_arena_alloc_array(arena, count, sizeof *names);
    for (size_t i = 0; names != NULL && i < count; i++) {
        if (cells[i].length == 0) {
            return SHIRE_FAIL(error, SHIRE_INVALID, "%s, line %d: column %zu has no name",
                              scan->path, line, i + 1);
        }
        for (size_t k = 0; k < i; k++) {
            if (shire_span_equal(cells[i], cells[k])) {
                return SHIRE_FAIL(error, SHIRE_INVALID, "%s, line %d: two columns are named \"%s\"",
                                  scan->path, line, names[k]);
            }
        }
        names[i] = shire_arena_copy_text(arena, cells[i].bytes, cells[i].length);
        names = names[i] == NULL ? NULL : names;
    }
    if (names == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "%s: out of memory", scan->path);
    }
    csv->names = names;
    csv->column_count = count;
    return SHIRE_OK;
}

static shire_status read_rows(scanner *scan, shire_arena *arena, shire_csv *csv,
                              shire_error *error) {
    size_t row_count = 0;
    shire_status status = count_rows(*scan, &row_count, error);
    if (status != SHIRE_OK) {
        return status;
    }
    shire_span *cells =
        shire_arena_alloc_array(arena, row_count * csv->column_count, sizeof *cells);
    int32_t *lines = shire_arena_alloc_array(arena, row_count, sizeof *lines);
    if (cells == NULL || lines == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "%s: out of memory", scan->path);
    }
    size_t row = 0;
    while (next_row(scan)) {
        lines[row] = scan->line;
        shire_span *row_cells = cells + row * csv->column_count;
        size_t count = 0;
        status = read_row(scan, row_cells, csv->column_count, &count, error);
        if (status != SHIRE_OK) {
            return status;
        }
        for (size_t i = count; i < csv->column_count; i++) {
            row_cells[i] = (shire_span){"", 0};
        }
        row += has_text(row_cells, count);
    }
    /* Only now may terminators be written: each stands on a byte that the scanner has passed. */
    for (size_t i = 0; i < row * csv->column_count; i++) {
        if (cells[i].length > 0) {
            ((char *)cells[i].bytes)[cells[i].length] = '\0';
        } else {
            cells[i].bytes = "";
        }
    }
    csv->cells = cells;
    csv->lines = lines;
    csv->row_count = row;
    return SHIRE_OK;
}

static shire_status check_utf8(const scanner *scan, shire_error *error) {
    shire_span all = {scan->at, (size_t)(scan->end - scan->at)};
    if (shire_text_is_utf8(all) && memchr(all.bytes, '\0', all.length) == NULL) {
        return SHIRE_OK;
    }
    int32_t line = 1;
    for (const char *at = scan->at; at < scan->end; line++) {
        const char *stop = memchr(at, '\n', (size_t)(scan->end - at));
        stop = stop == NULL ? scan->end : stop + 1;
        shire_span text = {at, (size_t)(stop - at)};
        if (!shire_text_is_utf8(text) || memchr(at, '\0', text.length) != NULL) {
            break;
        }
        at = stop;
    }
    return fail_at(scan, line, "the text is not UTF-8; save the file as UTF-8", error);
}

shire_status shire_csv_read(const char *path, size_t limit_bytes, shire_arena *arena,
                            shire_csv *csv_out, shire_error *error) {
    shire_span contents;
    shire_status status = shire_file_read(path, limit_bytes, arena, &contents, error);
    if (status != SHIRE_OK) {
        return status;
    }
    char *start = (char *)contents.bytes; /* the arena's copy is ours to change */
    if (contents.length >= 3 && memcmp(start, "\xEF\xBB\xBF", 3) == 0) {
        start += 3;
    }
    scanner scan = {.path = path,
                    .at = start,
                    .end = (char *)contents.bytes + contents.length,
                    .line = 1,
                    .cell_line = 1};
    shire_csv csv = {.path = shire_arena_copy_text(arena, path, strlen(path))};
    if (csv.path == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "%s: out of memory", path);
    }
    status = check_utf8(&scan, error);
    if (status == SHIRE_OK) {
        status = read_header(&scan, arena, &csv, error);
    }
    if (status == SHIRE_OK) {
        status = read_rows(&scan, arena, &csv, error);
    }
    if (status == SHIRE_OK) {
        *csv_out = csv;
    }
    return status;
}

size_t shire_csv_column(const shire_csv *csv, const char *name) {
    size_t column = 0;
    while (column < csv->column_count && strcmp(csv->names[column], name) != 0) {
        column++;
    }
    return column;
}

shire_span shire_csv_cell(const shire_csv *csv, size_t row, size_t column) {
    if (column >= csv->column_count) {
        return (shire_span){"", 0};
    }
    return csv->cells[row * csv->column_count + column];
}

static bool is_among(const char *name, const char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

shire_status shire_csv_check_columns(const shire_csv *csv, const char *const *names,
                                     size_t name_count, size_t required_count, shire_error *error) {
    for (size_t i = 0; i < csv->column_count; i++) {
        if (is_among(csv->names[i], names, name_count)) {
            continue;
        }
        const char *nearest = shire_text_nearest(csv->names[i], names, name_count);
        if (nearest != NULL) {
            return SHIRE_FAIL(error, SHIRE_INVALID,
                              "%s, line 1: unknown column \"%s\"; did you mean \"%s\"?", csv->path,
                              csv->names[i], nearest);
        }
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "%s, line 1: unknown column \"%s\"; remove or rename it", csv->path,
                          csv->names[i]);
    }
    for (size_t i = 0; i < required_count; i++) {
        if (!is_among(names[i], csv->names, csv->column_count)) {
            return SHIRE_FAIL(error, SHIRE_INVALID,
                              "%s, line 1: the column \"%s\" is missing; add it", csv->path,
                              names[i]);
        }
    }
    return SHIRE_OK;
}
