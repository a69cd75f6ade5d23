/*
 * Tables that count people and sum money, straight from a query: which rows are withheld follows
 * from the number of people, each table by itself. See report_internal.h for what the query yields.
 */
#include "report/report_internal.h"
#include "report/report_suppress_kernel.h"

/* Headings, people, then the values; empty text is an empty cell. */
static void fill_row(shire_report_draft *draft, const shire_report_table *shape,
                     shire_report_cell *cells, const shire_frame *frame, size_t row,
                     bool withheld) {
    size_t people = shape->heading_count;
    for (size_t i = 0; i < people; i++) {
        const char *text = shire_report_row_text(draft, &frame->columns[i], row);
        cells[i] =
            text != NULL && text[0] == '\0' ? (shire_report_cell){0} : shire_report_text(text);
    }
    cells[people] =
        shire_report_people(shire_report_row_number(&frame->columns[people], row), withheld);
    withheld = cells[people].state == SHIRE_REPORT_WITHHELD;
    for (size_t i = people + 1; i < shape->column_count; i++) {
        int64_t value = shire_report_row_number(&frame->columns[i], row);
        cells[i] = shape->columns[i].kind == SHIRE_REPORT_POUNDS
                       ? shire_report_pounds(value, withheld)
                   : withheld ? cells[people]
                              : shire_report_number(value);
    }
}

shire_status shire_report_people_table(shire_report_draft *draft, const char *value_name,
                                       const shire_report_table *shape, const char *sql,
                                       shire_error *error) {
    shire_frame frame;
    shire_report_table *table = NULL;
    shire_report_table counted = *shape;
    counted.has_withheld = true;
    counted.has_total_row = true;
    shire_status status = shire_report_query(draft, sql, &frame, error);
    if (status == SHIRE_OK) {
        status = shire_report_table_new(&counted, frame.row_count, draft->arena, &table, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    size_t part_count = frame.row_count == 0 ? 0 : frame.row_count - 1;
    int64_t *people = shire_arena_alloc_array(draft->arena, frame.row_count, sizeof *people);
    uint8_t *withheld = shire_arena_alloc(draft->arena, frame.row_count);
    if (people == NULL || withheld == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the report");
    }
    for (size_t row = 0; row < frame.row_count; row++) {
        people[row] = shire_report_row_number(&frame.columns[shape->heading_count], row);
    }
    const shire_report_suppress_table grid = {1, part_count, people, true, false};
    size_t exposed =
        0; /* a cell alone has no total of its own beside it: the total is withheld too */
    status = shire_report_suppress(&grid, withheld, &exposed, error);
    for (size_t row = 0; status == SHIRE_OK && row < frame.row_count; row++) {
        fill_row(draft, &counted, shire_report_table_add_row(table), &frame, row,
                 row < part_count && withheld[row]);
    }
    return status == SHIRE_OK ? shire_report_publish(draft, value_name, table, error) : status;
}
