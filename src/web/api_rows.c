/* Tables of the last run as rows of JSON. A worker opens the warehouse, because that takes longer
 * than a server's thread may hold up others; the frame is turned into JSON on the way out. */
#include "web/api_call.h"

#include "io/table.h"
#include "web/page_person.h"
#include "web/web_internal.h"
#include "web/web_world.h"

#include <inttypes.h>
#include <string.h>

#define WAREHOUSE_MEMORY_MB 512

typedef struct rows_read {
    shire_call *call;
    const char *name;
    const char *sql;
    bool (*may_show)(const shire_call *call, int64_t organisation_no);
    api_page page;
    shire_frame frame;
} rows_read;

static shire_status read_rows(void *context, shire_error *error) {
    rows_read *state = context;
    shire_arena *arena = state->call->request->arena;
    shire_table *warehouse = NULL;
    /* One more than the page tells whether there is another. */
    char *sql = shire_arena_format(arena, "%s LIMIT %zu OFFSET %zu", state->sql,
                                   state->page.count + 1, state->page.first);
    char *path =
        shire_partnership_state_path(&state->call->web->partnership, arena, "warehouse.duckdb");
    if (sql == NULL || path == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for an answer");
    }
    shire_status status =
        shire_table_open(&(shire_table_options){.path = path,
                                                .read_only = true,
                                                .thread_count = 1,
                                                .memory_limit_mb = WAREHOUSE_MEMORY_MB},
                         &warehouse, error);
    if (status == SHIRE_OK) {
        status = shire_table_query(warehouse, sql, arena, &state->frame, error);
    }
    shire_table_close(warehouse);
    return status;
}

static json_t *day_json(shire_date day) {
    char text[11];
    shire_date_format(day, text);
    return json_string(text);
}

static json_t *value_json(const shire_column *column, size_t row) {
    if (shire_column_is_null(column, row)) {
        return json_null();
    }
    switch (column->type) {
    case SHIRE_TYPE_INT64:
        return json_integer(column->int64[row]);
    case SHIRE_TYPE_INT32:
        return json_integer(column->int32[row]);
    case SHIRE_TYPE_DECIMAL6:
        return shire_json_decimal(column->decimal6[row], 2);
    case SHIRE_TYPE_DATE:
        return day_json(column->date[row]);
    case SHIRE_TYPE_DOUBLE:
        return json_real(column->number[row]);
    case SHIRE_TYPE_TEXT:
        return api_text_json(shire_column_text(column, row));
    default:
        return json_null();
    }
}

static bool is_shown(const rows_read *state, const shire_column *body, size_t row) {
    if (state->may_show == NULL || body == NULL) {
        return true;
    }
    int64_t number = body->type == SHIRE_TYPE_INT64 ? body->int64[row] : body->int32[row];
    return state->may_show(state->call, number);
}

static shire_status show_rows(shire_call *call, void *context, shire_error *error) {
    rows_read *state = context;
    const shire_frame *frame = &state->frame;
    const shire_column *body = shire_frame_column(frame, "organisation_no");
    json_t *rows = json_array();
    size_t count = frame->row_count < state->page.count ? frame->row_count : state->page.count;
    for (size_t row = 0; row < count; row++) {
        if (!is_shown(state, body, row)) {
            continue;
        }
        json_t *one = json_object();
        for (size_t i = 0; i < frame->column_count; i++) {
            if (&frame->columns[i] != body) {
                (void)json_object_set_new(one, frame->columns[i].name,
                                          value_json(&frame->columns[i], row));
            }
        }
        (void)json_array_append_new(rows, one);
    }
    json_t *document =
        json_pack("{s:s, s:o, s:o?}", "run", call->world->run, state->name, rows, "next",
                  api_next(call, &state->page, "", frame->row_count > state->page.count));
    shire_status status = api_answer(call, document, 0, error);
    if (status == SHIRE_OK) {
        api_log_read(call, state->name);
    }
    return status;
}

shire_status api_answer_rows(shire_call *call, const char *name, const char *sql,
                             bool (*may_show)(const shire_call *call, int64_t organisation_no),
                             shire_error *error) {
    static const char *const parameters[] = {"limit", "cursor", NULL};
    shire_record *record = NULL;
    shire_status status = shire_call_need_run(call, &record, error);
    if (status != SHIRE_OK || record == NULL) {
        return status;
    }
    rows_read *state = shire_arena_alloc(call->request->arena, sizeof *state);
    if (state == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for an answer");
    }
    *state = (rows_read){.call = call, .name = name, .sql = sql, .may_show = may_show};
    if (api_takes(call, parameters, &status, error) &&
        api_read_page(call, &state->page, &status, error)) {
        shire_call_work(call, read_rows, show_rows, state);
    }
    return status;
}
