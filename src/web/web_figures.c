/* Tables of figures for pages and as spreadsheets. */
#include "web/web_figures.h"

#include "io/crypto.h"
#include "io/file.h"
#include "io/xlsx.h"
#include "report/chart.h"
#include "report/report_format.h"
#include "report/report_suppress_kernel.h"
#include "web/page_person.h"
#include "web/page_words.h"
#include "web/web_internal.h"
#include "web/web_user.h"
#include "web/web_world.h"

#include <string.h>
#include <unistd.h>

#define BARS_MAX 12
#define PLAIN_COLUMNS_MAX 5 /* with more, letters are smaller */
#define SPREADSHEET_BYTES_MAX ((size_t)64 << 20)

/* ---- a table as a page's values ---- */

static json_t *cell_text(const shire_report_cell *cell, shire_report_kind kind) {
    char number[SHIRE_REPORT_NUMBER_BYTES];
    if (cell->state == SHIRE_REPORT_EMPTY) {
        return json_string("–");
    }
    switch (kind) {
    case SHIRE_REPORT_TEXT:
    case SHIRE_REPORT_FIGURE:
        return json_string(cell->text == NULL ? "" : cell->text);
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
    return json_string(number);
}

static json_t *row_json(const shire_figures *figures, size_t row) {
    const shire_report_table *table = figures->table;
    const char *link = figures->links == NULL ? NULL : figures->links[row];
    json_t *heads = json_array();
    json_t *cells = json_array();
    for (size_t i = 0; i < table->column_count; i++) {
        const shire_report_cell *cell = &table->cells[row * table->column_count + i];
        bool is_withheld = cell->state == SHIRE_REPORT_WITHHELD;
        json_t *text = is_withheld ? json_string("") : cell_text(cell, table->columns[i].kind);
        json_t *item =
            json_pack("{s:s, s:o, s:b, s:b, s:s?}", "heading", table->columns[i].title, "text",
                      text, "is_withheld", is_withheld, "is_number",
                      table->columns[i].kind != SHIRE_REPORT_TEXT, "href", i == 0 ? link : NULL);
        (void)json_array_append_new(i < table->heading_count ? heads : cells, item);
    }
    return json_pack("{s:o, s:o, s:b}", "heads", heads, "cells", cells, "is_total",
                     table->has_total_row && row + 1 == table->row_count);
}

/* The first rows, which are the largest, as bars; what is withheld has none. */
static json_t *chart_json(const shire_figures *figures) {
    static const char *const names[] = {"Cost"};
    const shire_report_table *table = figures->table;
    size_t row_count = table->row_count - (table->has_total_row ? 1 : 0);
    shire_chart_bar bars[BARS_MAX];
    char values[BARS_MAX][SHIRE_REPORT_NUMBER_BYTES];
    size_t count = 0;
    for (size_t row = 0; row < row_count && count < BARS_MAX; row++) {
        const shire_report_cell *cells = &table->cells[row * table->column_count];
        if (cells[figures->chart_column].state == SHIRE_REPORT_SHOWN) {
            shire_report_format_short(cells[figures->chart_column].value, values[count]);
            bars[count] = (shire_chart_bar){
                cells[0].text, values[count], {cells[figures->chart_column].value}};
            count++;
        }
    }
    if (count < 2) {
        return json_null();
    }
    shire_builder html = {0};
    shire_chart_append_bars(&html,
                            &(shire_chart_head){.id = table->name,
                                                .title = figures->chart_title,
                                                .description = "The table below has the figures.",
                                                .unit = SHIRE_CHART_MONEY,
                                                .series_names = names,
                                                .series_count = 1},
                            bars, count);
    json_t *chart = html.failed ? NULL : json_stringn(html.bytes, html.length);
    shire_builder_free(&html);
    return chart;
}

json_t *shire_figures_json(const shire_figures *figures) {
    const shire_report_table *table = figures->table;
    json_t *columns = json_array();
    json_t *rows = json_array();
    bool has_withheld = false;
    for (size_t i = 0; i < table->column_count; i++) {
        (void)json_array_append_new(
            columns, json_pack("{s:s, s:b}", "title", table->columns[i].title, "is_number",
                               table->columns[i].kind != SHIRE_REPORT_TEXT));
    }
    for (size_t row = 0; row < table->row_count; row++) {
        (void)json_array_append_new(rows, row_json(figures, row));
        for (size_t i = 0; i < table->column_count; i++) {
            has_withheld |=
                table->cells[row * table->column_count + i].state == SHIRE_REPORT_WITHHELD;
        }
    }
    return json_pack("{s:s, s:s, s:b, s:o, s:o, s:b, s:o}", "name", table->name, "caption",
                     table->caption, "is_dense", table->column_count > PLAIN_COLUMNS_MAX, "columns",
                     columns, "rows", rows, "has_withheld", has_withheld, "chart",
                     figures->chart_column == 0 ? json_null() : chart_json(figures));
}

/* ---- a table as a spreadsheet ---- */

shire_status shire_figures_write(const shire_call *call, const shire_report_table *table,
                                 shire_span *bytes_out, shire_error *error) {
    shire_arena *arena = call->request->arena;
    uint8_t random[8];
    uint64_t number = 0;
    shire_random_bytes(random, sizeof random);
    memcpy(&number, random, sizeof number);
    const char *name =
        shire_arena_format(arena, "figures-%016llx.xlsx", (unsigned long long)number);
    char *path =
        name == NULL ? NULL : shire_partnership_state_path(&call->web->partnership, arena, name);
    shire_frame frame;
    shire_xlsx *file = NULL;
    if (path == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a spreadsheet");
    }
    shire_status status = shire_report_table_to_frame(table, arena, &frame, error);
    if (status == SHIRE_OK) {
        status = shire_xlsx_open(path, &file, error);
    }
    if (status == SHIRE_OK) {
        status = shire_xlsx_add_sheet(file, table->sheet, &frame, error);
    }
    shire_status closed = shire_xlsx_close(file, status == SHIRE_OK ? error : NULL);
    status = status == SHIRE_OK ? closed : status;
    if (status == SHIRE_OK) {
        status = shire_file_read(path, SPREADSHEET_BYTES_MAX, arena, bytes_out, error);
    }
    unlink(path);
    return status;
}

void shire_figures_answer(shire_call *call, shire_span bytes, const char *file_name) {
    shire_builder_append(&call->response->body, bytes);
    shire_http_set_header(call->response, "Content-Type",
                          "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
    const char *header =
        shire_arena_format(call->request->arena, "attachment; filename=\"%s.xlsx\"", file_name);
    shire_http_set_header(call->response, "Content-Disposition",
                          header == NULL ? "attachment" : header);
}

/* ---- the gate ---- */

bool shire_figures_shares_costs(const shire_call *call, int64_t organisation_no) {
    const shire_gate_viewer *viewer = &call->user->viewer;
    const shire_gate_role_rule *rule = shire_gate_find_rule(viewer->role, viewer->purpose);
    uint32_t cost = SHIRE_GATE_BIT(SHIRE_GATE_COST);
    return rule != NULL && (rule->categories[SHIRE_GATE_COUNT] & cost) != 0 &&
           organisation_no >= 0 && (size_t)organisation_no < viewer->organisation_count &&
           (viewer->agreed[organisation_no] & cost) != 0;
}

bool shire_figures_are_published(const shire_call *call) {
    return call->user->viewer.purpose != SHIRE_GATE_FINANCE;
}

/* ---- people ---- */

shire_status shire_figures_count_people(const shire_call *call, shire_figures_tallies *tallies_out,
                                        shire_error *error) {
    const shire_record_asker asker = shire_call_asker(call, NULL);
    shire_record *record = call->world->record;
    *tallies_out = (shire_figures_tallies){.book = shire_record_get_book(record)};
    return shire_record_count_people(record, &asker, call->request->arena, &tallies_out->items,
                                     &tallies_out->count, error);
}

int64_t shire_figures_people(const shire_figures_tallies *tallies, uint32_t organisation,
                             const shire_span *setting) {
    for (size_t i = 0; i < tallies->count; i++) {
        const shire_record_tally *tally = &tallies->items[i];
        if (tally->organisation != organisation ||
            (tally->setting == SHIRE_RECORD_NOBODY) != (setting == NULL)) {
            continue;
        }
        if (setting == NULL) {
            return tally->people;
        }
        shire_span name = shire_record_book_text(tallies->book, tally->setting);
        if (shire_span_equal(name.length == 0 ? shire_span_of("not stated") : name, *setting)) {
            return tally->people;
        }
    }
    return 0;
}

/* Rows by their names: place i of the order is row order[i]. */
static void sort_by_name(const shire_column *names, size_t first, size_t count, size_t *order) {
    for (size_t row = 0; row < count; row++) {
        shire_span name = shire_column_text(names, first + row);
        size_t at = row;
        for (; at > 0 &&
               shire_span_compare(shire_column_text(names, first + order[at - 1]), name) > 0;
             at--) {
            order[at] = order[at - 1];
        }
        order[at] = row;
    }
}

shire_status shire_figures_withhold(const shire_call *call, const shire_column *names,
                                    const int64_t *people, size_t first, size_t count,
                                    uint8_t *withheld, shire_error *error) {
    shire_arena *arena = call->request->arena;
    size_t *order = shire_arena_alloc_array(arena, count, sizeof *order);
    int64_t *judged = shire_arena_alloc_array(arena, count, sizeof *judged);
    uint8_t *chosen = shire_arena_alloc(arena, count);
    size_t exposed = 0;
    if (order == NULL || judged == NULL || chosen == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for figures");
    }
    memset(withheld, 0, count);
    if (!shire_figures_are_published(call) || count == 0) {
        return SHIRE_OK;
    }
    sort_by_name(names, first, count, order);
    for (size_t i = 0; i < count; i++) {
        judged[i] = people[order[i]] == 0 ? 1 : people[order[i]];
    }
    shire_status status = shire_report_suppress(
        &(shire_report_suppress_table){
            .row_count = count, .column_count = 1, .people = judged, .column_totals_shown = true},
        chosen, &exposed, error);
    for (size_t i = 0; status == SHIRE_OK && i < count; i++) {
        withheld[order[i]] = chosen[i];
    }
    return status;
}

/* ---- cells ---- */

const char *shire_figures_words(const shire_call *call, shire_span name) {
    char text[128];
    snprintf(text, sizeof text, "%.*s", (int)name.length, name.bytes == NULL ? "" : name.bytes);
    json_t *words = shire_words_of(text);
    const char *kept = words == NULL
                           ? NULL
                           : shire_arena_copy_text(call->request->arena, json_string_value(words),
                                                   json_string_length(words));
    json_decref(words);
    return kept;
}

const char *shire_figures_text(const shire_call *call, const shire_column *column, size_t row) {
    shire_span text = shire_column_text(column, row);
    const char *kept = text.length == 0
                           ? ""
                           : shire_arena_copy_text(call->request->arena, text.bytes, text.length);
    return kept == NULL ? "" : kept;
}

int64_t shire_figures_number(const shire_column *column, size_t row) {
    if (shire_column_is_null(column, row)) {
        return 0;
    }
    switch (column->type) {
    case SHIRE_TYPE_INT64:
        return column->int64[row];
    case SHIRE_TYPE_INT32:
        return column->int32[row];
    case SHIRE_TYPE_DECIMAL6:
        return column->decimal6[row];
    default:
        return 0;
    }
}
