/* Published tables: filled row by row, then written as HTML or turned into typed columns. */
#include "report/report_table.h"

#include "report/report_format.h"
#include "report/report_suppress_kernel.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#define WITHHELD_MARK "[c]"
/* A table with more columns is set in smaller type, and with yet more also closer. */
#define NARROW_COLUMNS_MAX 6
#define WIDE_COLUMNS_MAX 9

shire_status shire_report_table_new(const shire_report_table *shape, size_t row_capacity,
                                    shire_arena *arena, shire_report_table **table_out,
                                    shire_error *error) {
    assert(shape->column_count >= 1 && shape->column_count <= SHIRE_REPORT_COLUMNS_MAX);
    assert(shape->heading_count >= 1);
    shire_report_table *table = shire_arena_alloc(arena, sizeof *table);
    shire_report_cell *cells =
        shire_arena_alloc_array(arena, row_capacity * shape->column_count, sizeof *cells);
    if (table == NULL || cells == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the report's table %s",
                          shape->name);
    }
    *table = *shape;
    table->row_count = 0;
    table->row_capacity = row_capacity;
    table->cells = cells;
    *table_out = table;
    return SHIRE_OK;
}

shire_report_cell *shire_report_table_add_row(shire_report_table *table) {
    assert(table->row_count < table->row_capacity);
    return &table->cells[table->row_count++ * table->column_count];
}

shire_report_cell shire_report_text(const char *text) {
    return (shire_report_cell){.state = SHIRE_REPORT_SHOWN, .text = text};
}

shire_report_cell shire_report_number(int64_t value) {
    return (shire_report_cell){.state = SHIRE_REPORT_SHOWN, .value = value};
}

shire_report_cell shire_report_people(int64_t people, bool withheld) {
    if (withheld || shire_report_people_small(people)) {
        return (shire_report_cell){.state = SHIRE_REPORT_WITHHELD};
    }
    if (people == 0) {
        return (shire_report_cell){.state = SHIRE_REPORT_EMPTY};
    }
    return shire_report_number(shire_report_people_round(people));
}

shire_report_cell shire_report_pounds(shire_money money, bool withheld) {
    if (withheld) {
        return (shire_report_cell){.state = SHIRE_REPORT_WITHHELD};
    }
    return shire_report_number(shire_report_divide(money, SHIRE_MILLION) * SHIRE_MILLION);
}

static void append_cell_value(shire_builder *html, const shire_report_cell *cell,
                              shire_report_kind kind) {
    char number[SHIRE_REPORT_NUMBER_BYTES];
    switch (cell->state) {
    case SHIRE_REPORT_EMPTY:
        shire_builder_append_text(html, "–");
        return;
    case SHIRE_REPORT_WITHHELD:
        shire_builder_append_text(html, "<abbr title=\"withheld: small number\">" WITHHELD_MARK
                                        "</abbr>");
        return;
    case SHIRE_REPORT_SHOWN:
        break;
    }
    switch (kind) {
    case SHIRE_REPORT_TEXT:
    case SHIRE_REPORT_FIGURE:
        shire_builder_append_html(html, shire_span_of(cell->text));
        return;
    case SHIRE_REPORT_COUNT:
        shire_report_format_count(cell->value, number);
        break;
    case SHIRE_REPORT_MONEY:
        shire_report_format_money(cell->value, number);
        break;
    case SHIRE_REPORT_POUNDS:
        shire_report_format_pounds(cell->value, number);
        break;
    case SHIRE_REPORT_PERCENT:
        shire_report_format_percent(cell->value, number);
        break;
    }
    shire_builder_append_text(html, number);
}

static void append_row(const shire_report_table *table, size_t row, shire_builder *html) {
    bool total = table->has_total_row && row + 1 == table->row_count;
    shire_builder_append_text(html, total ? "<tr class=\"total\">" : "<tr>");
    for (size_t column = 0; column < table->column_count; column++) {
        const shire_report_cell *cell = &table->cells[row * table->column_count + column];
        shire_report_kind kind = table->columns[column].kind;
        /* The sort script reads exact values; what is withheld has none. */
        if (column < table->heading_count) {
            shire_builder_append_text(html, "<th scope=\"row\">");
        } else if (kind == SHIRE_REPORT_TEXT) {
            shire_builder_append_text(html, "<td>");
        } else if (cell->state == SHIRE_REPORT_SHOWN && kind != SHIRE_REPORT_FIGURE) {
            shire_builder_append_format(html, "<td class=\"number\" data-value=\"%lld\">",
                                        (long long)cell->value);
        } else {
            shire_builder_append_text(html, "<td class=\"number\">");
        }
        append_cell_value(html, cell, kind);
        shire_builder_append_text(html, column < table->heading_count ? "</th>" : "</td>");
    }
    shire_builder_append_text(html, "</tr>\n");
}

static bool has_withheld(const shire_report_table *table, size_t row_count) {
    for (size_t i = 0; i < row_count * table->column_count; i++) {
        if (table->cells[i].state == SHIRE_REPORT_WITHHELD) {
            return true;
        }
    }
    return false;
}

void shire_report_table_append_html(const shire_report_table *table, shire_builder *html) {
    size_t shown = table->row_count;
    if (table->html_row_limit != 0 && shown > table->html_row_limit) {
        shown = table->html_row_limit;
    }
    shire_builder_append_format(html,
                                "<div class=\"table-region\" role=\"region\" tabindex=\"0\" "
                                "aria-labelledby=\"table-%s\">\n<table class=\"sortable%s\">\n"
                                "<caption id=\"table-%s\"><span>",
                                table->name,
                                table->column_count > WIDE_COLUMNS_MAX     ? " wide widest"
                                : table->column_count > NARROW_COLUMNS_MAX ? " wide"
                                                                           : "",
                                table->name);
    shire_builder_append_html(html, shire_span_of(table->caption));
    shire_builder_append_text(html, "</span></caption>\n<thead><tr>");
    for (size_t column = 0; column < table->column_count; column++) {
        bool number = table->columns[column].kind != SHIRE_REPORT_TEXT;
        shire_builder_append_text(html, number ? "<th scope=\"col\" class=\"number\">"
                                               : "<th scope=\"col\">");
        shire_builder_append_html(html, shire_span_of(table->columns[column].title));
        shire_builder_append_text(html, "</th>");
    }
    shire_builder_append_text(html, "</tr></thead>\n<tbody>\n");
    for (size_t row = 0; row < shown; row++) {
        append_row(table, row, html);
    }
    shire_builder_append_text(html, "</tbody>\n</table>\n</div>\n");
    if (has_withheld(table, shown)) {
        shire_builder_append_text(html, "<p class=\"note\">" WITHHELD_MARK
                                        ": withheld, because it counts few, or would tell such a "
                                        "count. See <a href=\"#small-numbers\">small numbers</a>."
                                        "</p>\n");
    }
    if (shown < table->row_count) {
        char all[SHIRE_REPORT_NUMBER_BYTES], first[SHIRE_REPORT_NUMBER_BYTES];
        shire_report_format_count((int64_t)table->row_count, all);
        shire_report_format_count((int64_t)shown, first);
        shire_builder_append_format(html,
                                    "<p class=\"note\">The first %s of %s rows; all of them are in "
                                    "report.xlsx and tables/%s.parquet.</p>\n",
                                    first, all, table->name);
    }
}

/* "Female: cost per head" -> "female_cost_per_head". NULL when out of memory. */
static char *data_name(const char *title, shire_arena *arena) {
    char *name = shire_arena_copy_text(arena, title, strlen(title));
    size_t length = 0;
    for (const char *c = title; name != NULL && *c != '\0'; c++) {
        if (isalnum((unsigned char)*c)) {
            name[length++] = (char)tolower((unsigned char)*c);
        } else if (length > 0 && name[length - 1] != '_') {
            name[length++] = '_';
        }
    }
    if (name != NULL) {
        name[length] = '\0';
    }
    return name;
}

typedef const char *(*text_of_row)(const shire_report_table *table, size_t row, size_t column);

static const char *cell_text(const shire_report_table *table, size_t row, size_t column) {
    const char *text = table->cells[row * table->column_count + column].text;
    return text == NULL ? "" : text;
}

static const char *withheld_text(const shire_report_table *table, size_t row, size_t column) {
    (void)column;
    for (size_t i = 0; i < table->column_count; i++) {
        if (table->cells[row * table->column_count + i].state == SHIRE_REPORT_WITHHELD) {
            return WITHHELD_MARK;
        }
    }
    return "";
}

static bool fill_text(const shire_report_table *table, size_t column, text_of_row text_of,
                      shire_arena *arena, shire_column *out) {
    size_t byte_count = 0;
    for (size_t row = 0; row < table->row_count; row++) {
        byte_count += strlen(text_of(table, row, column));
    }
    uint32_t *offsets = shire_arena_alloc_array(arena, table->row_count + 1, sizeof *offsets);
    char *bytes = shire_arena_alloc(arena, byte_count);
    if (offsets == NULL || bytes == NULL) {
        return false;
    }
    size_t length = 0;
    for (size_t row = 0; row < table->row_count; row++) {
        const char *text = text_of(table, row, column);
        memcpy(bytes + length, text, strlen(text));
        length += strlen(text);
        offsets[row + 1] = (uint32_t)length;
    }
    out->type = SHIRE_TYPE_TEXT;
    out->text_offsets = offsets;
    out->text_bytes = bytes;
    return true;
}

static bool fill_numbers(const shire_report_table *table, size_t column, shire_arena *arena,
                         shire_column *out) {
    bool percent = table->columns[column].kind == SHIRE_REPORT_PERCENT;
    int64_t *values = shire_arena_alloc_array(arena, table->row_count, sizeof *values);
    double *numbers = shire_arena_alloc_array(arena, table->row_count, sizeof *numbers);
    uint8_t *valid = shire_arena_alloc(arena, table->row_count);
    if (values == NULL || numbers == NULL || valid == NULL) {
        return false;
    }
    for (size_t row = 0; row < table->row_count; row++) {
        const shire_report_cell *cell = &table->cells[row * table->column_count + column];
        valid[row] = cell->state == SHIRE_REPORT_SHOWN;
        values[row] = valid[row] ? cell->value : 0;
        numbers[row] = (double)values[row] / 10.0;
    }
    out->valid = valid;
    if (percent) {
        out->type = SHIRE_TYPE_DOUBLE;
        out->number = numbers;
    } else if (table->columns[column].kind == SHIRE_REPORT_COUNT) {
        out->type = SHIRE_TYPE_INT64;
        out->int64 = values;
    } else {
        out->type = SHIRE_TYPE_DECIMAL6;
        out->decimal6 = values;
    }
    return true;
}

shire_status shire_report_table_to_frame(const shire_report_table *table, shire_arena *arena,
                                         shire_frame *frame_out, shire_error *error) {
    size_t column_count = table->column_count + table->has_withheld;
    shire_column *columns = shire_arena_alloc_array(arena, column_count, sizeof *columns);
    bool done = columns != NULL;
    for (size_t column = 0; done && column < table->column_count; column++) {
        columns[column].name = data_name(table->columns[column].title, arena);
        done = columns[column].name != NULL &&
               (table->columns[column].kind == SHIRE_REPORT_TEXT ||
                        table->columns[column].kind == SHIRE_REPORT_FIGURE
                    ? fill_text(table, column, cell_text, arena, &columns[column])
                    : fill_numbers(table, column, arena, &columns[column]));
    }
    if (done && table->has_withheld) {
        columns[table->column_count].name = "withheld";
        done = fill_text(table, 0, withheld_text, arena, &columns[table->column_count]);
    }
    if (!done) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the report's table %s",
                          table->name);
    }
    *frame_out = (shire_frame){table->row_count, column_count, columns};
    return SHIRE_OK;
}
