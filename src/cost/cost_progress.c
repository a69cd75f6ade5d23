/*
 * Work in progress: how far each event is in the period, what of its cost is of this period, and
 * what earlier periods brought forward. Only the days inside the period are costed here, so an
 * event that lasts over several periods has its whole cost in cost_to_date of the last of them.
 *
 * Completion status, as the NHS Data Dictionary has it (Consultant Episode Completion Status for
 * Patient Level Information Costing): 1 began before the period and ended in it, 2 began in it and
 * goes on, 3 began and ended in it, 4 began before it and goes on. An event ends in the period when
 * its last day is in it; one that is still open goes on.
 */
#include "cost/cost_internal.h"
#include "io/csv.h"
#include "io/file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PROGRESS_BYTES_MAX ((size_t)1 << 30)

typedef struct progress_state {
    cost_run *run;
    shire_arena *arena;
    shire_money *brought; /* event -> cost of earlier periods; NULL: nothing is brought forward */
    int64_t *brought_days;
} progress_state;

/* ---- what earlier periods bring forward ---- */

enum { COLUMN_ORGANISATION, COLUMN_SOURCE, COLUMN_EVENT, COLUMN_LAST, COLUMN_DAYS, COLUMN_COST };

static const char *const column_names[] = {"organisation", "source",       "event_id",
                                           "period_last",  "days_to_date", "cost_to_date"};
#define COLUMN_COUNT (sizeof(column_names) / sizeof(*column_names))

/* The file as findings name it: from the partnership folder, or its bare name. */
static const char *shown_name(const cost_run *run) {
    const char *path = run->partnership->brought_forward_path;
    size_t length = strlen(run->partnership->data_dirs[0]);
    if (strncmp(path, run->partnership->data_dirs[0], length) == 0 && path[length] == '/') {
        return path + length + 1;
    }
    return strrchr(path, '/') == NULL ? path : strrchr(path, '/') + 1;
}

/* The rows of the file as the table cost_brought. Wrong cells are problems. */
static shire_status read_rows(progress_state *state, const shire_csv *csv, shire_error *error) {
    cost_run *run = state->run;
    cost_rows rows = cost_rows_for(state->arena, "cost_brought", "lttttld");
    size_t columns[COLUMN_COUNT];
    shire_date due = run->partnership->period_first - 1;
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        columns[i] = shire_csv_column(csv, column_names[i]);
        if (columns[i] == csv->column_count) {
            cost_error(&run->problems, "missing_column", (cost_place){shown_name(run), 1},
                       column_names[i], "give the work_in_progress.csv of the period before",
                       "the column %s is missing", column_names[i]);
        }
    }
    for (size_t row = 0; row < csv->row_count && run->problems.error_count == 0; row++) {
        cost_place place = {.file = shown_name(run), .line = csv->lines[row]};
        shire_decimal6 cost = 0;
        shire_decimal6 days = 0;
        shire_date last = 0;
        bool rounded = false;
        if (shire_decimal_parse(shire_csv_cell(csv, row, columns[COLUMN_COST]), &cost, &rounded) !=
                SHIRE_OK ||
            rounded ||
            shire_decimal_parse(shire_csv_cell(csv, row, columns[COLUMN_DAYS]), &days, &rounded) !=
                SHIRE_OK ||
            days < 0 || days % SHIRE_MILLION != 0) {
            cost_error(&run->problems, "not_a_number", place, "cost_to_date",
                       "write days like 12 and cost like 1234.56",
                       "days_to_date or cost_to_date is no number of that kind");
        } else if (shire_date_parse(shire_csv_cell(csv, row, columns[COLUMN_LAST]), &last) !=
                       SHIRE_OK ||
                   last != due) {
            char text[11];
            shire_date_format(due, text);
            cost_error(&run->problems, "brought_forward_gap", place, "period_last",
                       "name the work_in_progress.csv of the period just before",
                       "the period of the row does not end on %s, the day before this one begins",
                       text);
        } else {
            cost_rows_add(&rows, csv->lines[row],
                          shire_csv_cell(csv, row, columns[COLUMN_ORGANISATION]).bytes,
                          shire_csv_cell(csv, row, columns[COLUMN_SOURCE]).bytes,
                          shire_csv_cell(csv, row, columns[COLUMN_EVENT]).bytes, "",
                          days / SHIRE_MILLION, cost);
        }
    }
    shire_status status = cost_problems_check(&run->problems, error);
    if (status == SHIRE_OK) {
        status = shire_table_execute(
            run->table,
            "CREATE OR REPLACE TEMP TABLE cost_brought (line BIGINT, organisation VARCHAR, source "
            "VARCHAR, event_id VARCHAR, file VARCHAR, days BIGINT, amount DECIMAL(18,6))",
            error);
    }
    return status == SHIRE_OK ? cost_rows_write(&rows, run->table, error) : status;
}

/* Frame columns: line, event_no or -1, days, amount. */
static void take_brought(progress_state *state, const shire_frame *frame, const char *file) {
    cost_run *run = state->run;
    for (size_t row = 0; row < frame->row_count; row++) {
        int64_t event = frame->columns[1].int64[row];
        shire_money amount = frame->columns[3].decimal6[row];
        if (event < 0) {
            cost_warning(&run->problems, "brought_forward_unknown",
                         (cost_place){file, frame->columns[0].int64[row]}, "event_id", 1,
                         "load the event again, so that its whole cost is known",
                         "no event of this period has the organisation, source and event_id of the "
                         "work in progress brought forward");
            continue;
        }
        state->brought_days[event] += frame->columns[2].int64[row];
        if (__builtin_add_overflow(state->brought[event], amount, &state->brought[event])) {
            cost_error(&run->problems, "not_a_number",
                       (cost_place){file, frame->columns[0].int64[row]}, "cost_to_date",
                       "correct it", "the costs brought forward of one event are too large");
        }
    }
}

static shire_status read_brought(progress_state *state, shire_error *error) {
    cost_run *run = state->run;
    const char *path = run->partnership->brought_forward_path;
    shire_csv csv;
    shire_frame frame;
    if (path == NULL) {
        return SHIRE_OK;
    }
    shire_status status = shire_csv_read(path, PROGRESS_BYTES_MAX, state->arena, &csv, error);
    if (status == SHIRE_OK) {
        status = read_rows(state, &csv, error);
    }
    if (status == SHIRE_OK) {
        status = shire_table_query(
            run->table,
            "SELECT b.line, coalesce(min(event_no), -1)::BIGINT, any_value(b.days), "
            "any_value(b.amount) FROM cost_brought AS b LEFT JOIN organisation AS o ON o.code = "
            "b.organisation LEFT JOIN event AS e ON e.organisation_no = o.organisation_no AND "
            "coalesce(e.source, '') = coalesce(b.source, '') AND e.event_id = b.event_id GROUP BY "
            "b.line ORDER BY b.line",
            state->arena, &frame, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    state->brought =
        shire_arena_alloc_array(state->arena, run->event_count, sizeof(*state->brought));
    state->brought_days =
        shire_arena_alloc_array(state->arena, run->event_count, sizeof(*state->brought_days));
    if (state->brought == NULL || state->brought_days == NULL) {
        return COST_NO_MEMORY(error);
    }
    take_brought(state, &frame, shown_name(run));
    return cost_problems_check(&run->problems, error);
}

/* ---- this period ---- */

/* 1 to 4; the event touches the period. */
static int32_t status_of(const cost_run *run, size_t event) {
    bool began_before =
        shire_timestamp_date(run->event_starts[event]) < run->partnership->period_first;
    bool goes_on = run->event_last_days[event] > run->partnership->period_last;
    return goes_on ? (began_before ? 4 : 2) : (began_before ? 1 : 3);
}

static bool cost_of_event(const cost_run *run, size_t event, shire_money *cost_out) {
    bool overflows = false;
    *cost_out = 0;
    for (size_t i = 0; i < run->segment_names.count; i++) {
        if (i != COST_SEGMENT_INCOME && run->books[i].amounts != NULL) {
            overflows |= __builtin_add_overflow(*cost_out, run->books[i].amounts[event], cost_out);
        }
    }
    return !overflows;
}

typedef struct progress_columns {
    size_t count;
    int64_t *event_nos;
    int32_t *statuses;
    int32_t *days;
    int64_t *days_to_date;
    shire_money *brought;
    shire_money *costs;
    shire_money *to_date;
} progress_columns;

static bool make_columns(const progress_state *state, progress_columns *columns) {
    size_t count = state->run->event_count;
    columns->event_nos = shire_arena_alloc_array(state->arena, count, sizeof(int64_t));
    columns->statuses = shire_arena_alloc_array(state->arena, count, sizeof(int32_t));
    columns->days = shire_arena_alloc_array(state->arena, count, sizeof(int32_t));
    columns->days_to_date = shire_arena_alloc_array(state->arena, count, sizeof(int64_t));
    columns->brought = shire_arena_alloc_array(state->arena, count, sizeof(shire_money));
    columns->costs = shire_arena_alloc_array(state->arena, count, sizeof(shire_money));
    columns->to_date = shire_arena_alloc_array(state->arena, count, sizeof(shire_money));
    return columns->event_nos != NULL && columns->statuses != NULL && columns->days != NULL &&
           columns->days_to_date != NULL && columns->brought != NULL && columns->costs != NULL &&
           columns->to_date != NULL;
}

/* Events that touch the period; with a status of 0 those that are only brought forward. */
static bool fill_columns(const progress_state *state, progress_columns *columns) {
    const cost_run *run = state->run;
    bool fits = true;
    for (size_t event = 0; event < run->event_count; event++) {
        shire_money brought = state->brought == NULL ? 0 : state->brought[event];
        int64_t brought_days = state->brought == NULL ? 0 : state->brought_days[event];
        size_t row = columns->count;
        if (run->event_days[event] == 0 && brought_days == 0 && brought == 0) {
            continue;
        }
        columns->event_nos[row] = (int64_t)event;
        columns->statuses[row] = run->event_days[event] == 0 ? 0 : status_of(run, event);
        columns->days[row] = run->event_days[event];
        columns->days_to_date[row] = brought_days + run->event_days[event];
        columns->brought[row] = brought;
        fits &= cost_of_event(run, event, &columns->costs[row]);
        fits &= !__builtin_add_overflow(columns->costs[row], brought, &columns->to_date[row]);
        columns->count++;
    }
    return fits;
}

shire_status cost_progress_write(cost_run *run, shire_error *error) {
    progress_state state = {.run = run};
    progress_columns filled = {.count = 0};
    shire_status status = shire_arena_new("cost_progress", 0, &state.arena, error);
    if (status == SHIRE_OK) {
        status = read_brought(&state, error);
    }
    if (status == SHIRE_OK && !make_columns(&state, &filled)) {
        status = COST_NO_MEMORY(error);
    }
    if (status == SHIRE_OK && !fill_columns(&state, &filled)) {
        status = SHIRE_FAIL(error, SHIRE_OVERFLOW, "the cost of an event to date leaves the range");
    }
    if (status == SHIRE_OK) {
        shire_column columns[] = {
            {.name = "event_no", .type = SHIRE_TYPE_INT64, .int64 = filled.event_nos},
            {.name = "status", .type = SHIRE_TYPE_INT32, .int32 = filled.statuses},
            {.name = "days", .type = SHIRE_TYPE_INT32, .int32 = filled.days},
            {.name = "days_to_date", .type = SHIRE_TYPE_INT64, .int64 = filled.days_to_date},
            {.name = "brought", .type = SHIRE_TYPE_DECIMAL6, .decimal6 = filled.brought},
            {.name = "cost", .type = SHIRE_TYPE_DECIMAL6, .decimal6 = filled.costs},
            {.name = "to_date", .type = SHIRE_TYPE_DECIMAL6, .decimal6 = filled.to_date},
        };
        shire_frame frame = {.row_count = filled.count, .column_count = 7, .columns = columns};
        status = shire_table_append(run->table, "event_period", &frame, error);
    }
    shire_arena_free(state.arena);
    return status;
}

/* ---- carried to the next period ---- */

shire_status shire_cost_write_progress(shire_table *warehouse, const shire_partnership *partnership,
                                       const char *path, shire_error *error) {
    char first[11];
    char last[11];
    shire_builder sql = {0};
    shire_date_format(partnership->period_first, first);
    shire_date_format(partnership->period_last, last);
    shire_builder_append_format(
        &sql,
        "SELECT o.code AS organisation, e.source, e.event_id, e.dataset, strftime(e.start, "
        "'%%Y-%%m-%%d') AS start, p.completion_status, '%s' AS period_first, '%s' AS period_last, "
        "p.days, p.days_to_date, p.cost_brought_forward, p.cost, p.cost_to_date FROM event_period "
        "AS p JOIN event AS e USING (event_no) JOIN organisation AS o ON o.organisation_no = "
        "e.organisation_no WHERE p.completion_status IN (2, 4) ORDER BY event_no",
        first, last);
    shire_status status =
        sql.failed ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory while costing")
                   : shire_table_export(warehouse, sql.bytes, path, SHIRE_FILE_CSV, error);
    shire_builder_free(&sql);
    return status;
}
