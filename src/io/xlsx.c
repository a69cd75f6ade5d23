/*
 * Frames as sheets through libxlsxwriter, row by row in its constant-memory mode. The file is
 * written beside its place when the workbook is closed, and renamed when it is whole. Its only
 * clock time, the day of creation, is fixed.
 */
#include "io/xlsx.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <xlsxwriter.h>

#define SHEET_ROWS_MAX 1048576
#define SHEET_TITLE_CHARACTERS_MAX 31
#define WIDTH_MIN 9
#define WIDTH_MAX 60
#define WIDTH_ROWS_MEASURED 1000
#define INTEGER_EXACT_MAX (INT64_C(1) << 53)
/* Spreadsheets count days from 1899-12-30, and are right from 1 March 1900 on. */
#define SERIAL_OF_1970 25569
#define SERIAL_MIN 61

struct shire_xlsx {
    lxw_workbook *workbook;
    lxw_format *header_format;
    lxw_format *whole_format;
    lxw_format *pounds_format;
    lxw_format *date_format;
    lxw_format *timestamp_format;
    bool failed; /* a sheet could not be added: the file is not written */
    char *path;
    char *new_path;
};

static void xlsx_free(shire_xlsx *xlsx) {
    shire_memory_free(xlsx->path);
    shire_memory_free(xlsx->new_path);
    shire_memory_free(xlsx);
}

static lxw_format *number_format(lxw_workbook *workbook, const char *pattern) {
    lxw_format *format = workbook_add_format(workbook);
    if (format != NULL) {
        format_set_num_format(format, pattern);
    }
    return format;
}

static bool make_formats(shire_xlsx *xlsx) {
    lxw_workbook *workbook = xlsx->workbook;
    xlsx->header_format = workbook_add_format(workbook);
    xlsx->whole_format = number_format(workbook, "0");
    xlsx->pounds_format = number_format(workbook, "#,##0.00");
    xlsx->date_format = number_format(workbook, "yyyy-mm-dd");
    xlsx->timestamp_format = number_format(workbook, "yyyy-mm-dd hh:mm:ss");
    if (xlsx->header_format == NULL || xlsx->whole_format == NULL || xlsx->pounds_format == NULL ||
        xlsx->date_format == NULL || xlsx->timestamp_format == NULL) {
        return false;
    }
    format_set_bold(xlsx->header_format);
    return true;
}

/* The library's zip entries carry a fixed time; the document's properties would carry now. */
static bool fix_creation_time(lxw_workbook *workbook) {
    lxw_doc_properties properties = {.created = 946684800 /* 2000-01-01T00:00:00Z */};
    return workbook_set_properties(workbook, &properties) == LXW_NO_ERROR;
}

/* Early, while the caller has not yet done the work, and because the library prints what it meets
 * when it opens a file itself. */
static shire_status check_writable(const char *path, const char *new_path, shire_error *error) {
    FILE *file = fopen(new_path, "w");
    if (file == NULL || fclose(file) != 0) {
        return SHIRE_FAIL(error, SHIRE_IO_FAILED, "%s: cannot be written: %s", path,
                          strerror(errno));
    }
    return SHIRE_OK;
}

shire_status shire_xlsx_open(const char *path, shire_xlsx **xlsx_out, shire_error *error) {
    size_t length = strlen(path);
    shire_xlsx *xlsx = shire_memory_resize(NULL, sizeof *xlsx);
    if (xlsx == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "%s: out of memory while writing it", path);
    }
    *xlsx = (shire_xlsx){.path = shire_memory_resize(NULL, length + 1),
                         .new_path = shire_memory_resize(NULL, length + sizeof ".new")};
    if (xlsx->path == NULL || xlsx->new_path == NULL) {
        xlsx_free(xlsx);
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "%s: out of memory while writing it", path);
    }
    memcpy(xlsx->path, path, length + 1);
    memcpy(xlsx->new_path, path, length);
    memcpy(xlsx->new_path + length, ".new", sizeof ".new");
    shire_status status = check_writable(path, xlsx->new_path, error);
    if (status != SHIRE_OK) {
        xlsx_free(xlsx);
        return status;
    }
    lxw_workbook_options options = {.constant_memory = LXW_TRUE};
    xlsx->workbook = workbook_new_opt(xlsx->new_path, &options);
    if (xlsx->workbook == NULL || !make_formats(xlsx) || !fix_creation_time(xlsx->workbook)) {
        lxw_workbook_free(xlsx->workbook);
        unlink(xlsx->new_path);
        xlsx_free(xlsx);
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "%s: out of memory while writing it", path);
    }
    *xlsx_out = xlsx;
    return SHIRE_OK;
}

/* Cut to 31 characters, and without those that a sheet's name may not have. */
static void title_clean(const char *title, char *clean, size_t capacity) {
    size_t length = 0;
    size_t characters = 0;
    for (const char *at = title; *at != '\0' && length + 1 < capacity; at++) {
        bool starts_character = ((unsigned char)*at & 0xC0) != 0x80;
        if (starts_character && characters++ == SHEET_TITLE_CHARACTERS_MAX) {
            break;
        }
        clean[length++] = strchr("[]:*?/\\", *at) != NULL ? '-' : *at;
    }
    clean[length] = '\0';
    if (length > 0 && clean[0] == '\'') {
        clean[0] = '-';
    }
    if (length > 0 && clean[length - 1] == '\'') {
        clean[length - 1] = '-';
    }
}

static lxw_error write_text(lxw_worksheet *sheet, lxw_row_t row, lxw_col_t at, shire_span text,
                            shire_builder *scratch) {
    shire_builder_clear(scratch);
    shire_builder_append(scratch, text);
    if (scratch->failed) {
        return LXW_ERROR_MEMORY_MALLOC_FAILED;
    }
    return worksheet_write_string(sheet, row, at, text.length == 0 ? "" : scratch->bytes, NULL);
}

static lxw_error write_date(const shire_xlsx *xlsx, lxw_worksheet *sheet, lxw_row_t row,
                            lxw_col_t at, shire_date date) {
    if (date + SERIAL_OF_1970 >= SERIAL_MIN) {
        return worksheet_write_number(sheet, row, at, date + SERIAL_OF_1970, xlsx->date_format);
    }
    char text[11];
    shire_date_format(date, text);
    return worksheet_write_string(sheet, row, at, text, NULL);
}

static lxw_error write_timestamp(const shire_xlsx *xlsx, lxw_worksheet *sheet, lxw_row_t row,
                                 lxw_col_t at, shire_timestamp timestamp) {
    double serial = (double)timestamp / (double)SHIRE_MICROSECONDS_PER_DAY + SERIAL_OF_1970;
    if (serial >= SERIAL_MIN) {
        return worksheet_write_number(sheet, row, at, serial, xlsx->timestamp_format);
    }
    char text[20];
    shire_timestamp_format(timestamp, text);
    return worksheet_write_string(sheet, row, at, text, NULL);
}

/* A whole number that a double cannot hold is written as text, digit by digit. */
static lxw_error write_integer(const shire_xlsx *xlsx, lxw_worksheet *sheet, lxw_row_t row,
                               lxw_col_t at, int64_t number) {
    if (number >= -INTEGER_EXACT_MAX && number <= INTEGER_EXACT_MAX) {
        return worksheet_write_number(sheet, row, at, (double)number, xlsx->whole_format);
    }
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)number);
    return worksheet_write_string(sheet, row, at, text, NULL);
}

static lxw_error write_cell(const shire_xlsx *xlsx, lxw_worksheet *sheet,
                            const shire_column *column, size_t row, lxw_col_t at,
                            shire_builder *scratch) {
    lxw_row_t sheet_row = (lxw_row_t)row + 1;
    if (shire_column_is_null(column, row)) {
        return LXW_NO_ERROR;
    }
    switch (column->type) {
    case SHIRE_TYPE_INT64:
        return write_integer(xlsx, sheet, sheet_row, at, column->int64[row]);
    case SHIRE_TYPE_INT32:
        return write_integer(xlsx, sheet, sheet_row, at, column->int32[row]);
    case SHIRE_TYPE_DECIMAL6:
        return worksheet_write_number(sheet, sheet_row, at,
                                      (double)column->decimal6[row] / (double)SHIRE_MILLION,
                                      xlsx->pounds_format);
    case SHIRE_TYPE_DATE:
        return write_date(xlsx, sheet, sheet_row, at, column->date[row]);
    case SHIRE_TYPE_TIMESTAMP:
        return write_timestamp(xlsx, sheet, sheet_row, at, column->timestamp[row]);
    case SHIRE_TYPE_DOUBLE:
        return worksheet_write_number(sheet, sheet_row, at, column->number[row], NULL);
    case SHIRE_TYPE_TEXT:
        return write_text(sheet, sheet_row, at, shire_column_text(column, row), scratch);
    }
    return LXW_NO_ERROR;
}

static size_t character_count(shire_span text) {
    size_t count = 0;
    for (size_t i = 0; i < text.length; i++) {
        count += ((unsigned char)text.bytes[i] & 0xC0) != 0x80;
    }
    return count;
}

static double column_width(const shire_column *column, size_t row_count) {
    size_t width = strlen(column->name) + 3; /* room for the filter's button */
    size_t measured = row_count < WIDTH_ROWS_MEASURED ? row_count : WIDTH_ROWS_MEASURED;
    for (size_t row = 0; column->type == SHIRE_TYPE_TEXT && row < measured; row++) {
        size_t length = character_count(shire_column_text(column, row)) + 1;
        width = length > width ? length : width;
    }
    if (column->type == SHIRE_TYPE_TIMESTAMP && width < 20) {
        width = 20;
    }
    if ((column->type == SHIRE_TYPE_DATE || column->type == SHIRE_TYPE_DECIMAL6) && width < 15) {
        width = 15;
    }
    width = width < WIDTH_MIN ? WIDTH_MIN : width;
    return (double)(width > WIDTH_MAX ? WIDTH_MAX : width);
}

static lxw_error write_header(const shire_xlsx *xlsx, lxw_worksheet *sheet,
                              const shire_column *column, lxw_col_t at, size_t row_count,
                              shire_builder *scratch) {
    shire_builder_clear(scratch);
    shire_builder_append_text(scratch, column->name);
    if (scratch->failed) {
        return LXW_ERROR_MEMORY_MALLOC_FAILED;
    }
    for (size_t i = 0; i < scratch->length; i++) {
        scratch->bytes[i] = scratch->bytes[i] == '_' ? ' ' : scratch->bytes[i];
    }
    lxw_error code = worksheet_set_column(sheet, at, at, column_width(column, row_count), NULL);
    return code != LXW_NO_ERROR
               ? code
               : worksheet_write_string(sheet, 0, at, scratch->bytes, xlsx->header_format);
}

/* The library does not look at what its own writes to temporary files return: a full disk would
 * go unseen into a damaged sheet. But a failed write leaves its mark in errno, which is cleared
 * before the library is called and looked at after. */
static bool disk_failed(void) {
    return errno == ENOSPC || errno == EFBIG || errno == EDQUOT || errno == EIO;
}

static shire_status fail_to_write(const shire_xlsx *xlsx, const char *reason, shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_IO_FAILED, "%s: cannot be written: %s", xlsx->path, reason);
}

static shire_status refuse(const shire_xlsx *xlsx, const char *title, const shire_column *column,
                           size_t row, lxw_error code, shire_error *error) {
    if (code == LXW_ERROR_MEMORY_MALLOC_FAILED) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "%s: out of memory while writing it", xlsx->path);
    }
    if (code == LXW_ERROR_MAX_STRING_LENGTH_EXCEEDED) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "%s, sheet \"%s\", column \"%s\", row %zu: a text over the 32,767 "
                          "characters that a cell can hold; write Parquet or CSV instead",
                          xlsx->path, title, column->name, row + 1);
    }
    return SHIRE_FAIL(error, SHIRE_INTERNAL, "%s, sheet \"%s\", column \"%s\": %s", xlsx->path,
                      title, column->name, lxw_strerror(code));
}

static shire_status write_sheet(const shire_xlsx *xlsx, lxw_worksheet *sheet, const char *title,
                                const shire_frame *frame, shire_builder *scratch,
                                shire_error *error) {
    for (size_t i = 0; i < frame->column_count; i++) {
        lxw_error code =
            write_header(xlsx, sheet, &frame->columns[i], (lxw_col_t)i, frame->row_count, scratch);
        if (code != LXW_NO_ERROR) {
            return refuse(xlsx, title, &frame->columns[i], 0, code, error);
        }
    }
    for (size_t row = 0; row < frame->row_count; row++) {
        for (size_t i = 0; i < frame->column_count; i++) {
            const shire_column *column = &frame->columns[i];
            lxw_error code = write_cell(xlsx, sheet, column, row, (lxw_col_t)i, scratch);
            if (code != LXW_NO_ERROR) {
                return refuse(xlsx, title, column, row, code, error);
            }
        }
    }
    if (frame->column_count > 0) {
        worksheet_freeze_panes(sheet, 1, 0);
        worksheet_autofilter(sheet, 0, 0, (lxw_row_t)frame->row_count,
                             (lxw_col_t)(frame->column_count - 1));
    }
    return SHIRE_OK;
}

shire_status shire_xlsx_add_sheet(shire_xlsx *xlsx, const char *title, const shire_frame *frame,
                                  shire_error *error) {
    char clean[4 * SHEET_TITLE_CHARACTERS_MAX + 1];
    title_clean(title, clean, sizeof clean);
    bool failed_before = xlsx->failed;
    xlsx->failed = true; /* until the sheet is whole */
    if (frame->row_count >= SHEET_ROWS_MAX || frame->column_count > LXW_COL_MAX) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "%s, sheet \"%s\": %zu rows of %zu columns are more than a sheet can "
                          "hold; write Parquet or CSV instead",
                          xlsx->path, clean, frame->row_count, frame->column_count);
    }
    if (workbook_validate_sheet_name(xlsx->workbook, clean) != LXW_NO_ERROR) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "%s: a second sheet \"%s\", or one without a name; choose another",
                          xlsx->path, clean);
    }
    lxw_worksheet *sheet = workbook_add_worksheet(xlsx->workbook, clean);
    if (sheet == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "%s: out of memory while writing it", xlsx->path);
    }
    shire_builder scratch = {0};
    errno = 0;
    shire_status status = write_sheet(xlsx, sheet, clean, frame, &scratch, error);
    if (status == SHIRE_OK && disk_failed()) {
        status = fail_to_write(xlsx, strerror(errno), error);
    }
    shire_builder_free(&scratch);
    xlsx->failed = failed_before || status != SHIRE_OK;
    return status;
}

shire_status shire_xlsx_close(shire_xlsx *xlsx, shire_error *error) {
    if (xlsx == NULL) {
        return SHIRE_OK;
    }
    shire_status status = SHIRE_OK;
    if (xlsx->failed) {
        lxw_workbook_free(xlsx->workbook);
        unlink(xlsx->new_path);
        xlsx_free(xlsx);
        return status;
    }
    errno = 0;
    lxw_error code = workbook_close(xlsx->workbook);
    if (code != LXW_NO_ERROR || disk_failed()) {
        status = fail_to_write(xlsx, errno != 0 ? strerror(errno) : lxw_strerror(code), error);
    } else if (rename(xlsx->new_path, xlsx->path) != 0) {
        status = fail_to_write(xlsx, strerror(errno), error);
    }
    if (status != SHIRE_OK) {
        unlink(xlsx->new_path);
    }
    xlsx_free(xlsx);
    return status;
}
