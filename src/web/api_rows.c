/* Tables of the last run as rows of JSON. A worker opens the warehouse, because that takes longer
 * than a server's thread may hold up others; the frame is turned into JSON on the way out. */
#include "web/api_call.h"

#include "io/table.h"
#include "web/page_person.h"
#include "web/web_internal.h"
#include "web/web_world.h"

#include <inttypes.h>
#include <string.h>

typedef struct rows_read {
    shire_call *call;
    const api_rows *rows;
    api_page page;
    shire_frame frame;
    size_t *shown; /* rows of the frame that are of the page */
    size_t shown_count;
    bool has_more;
    uint8_t *withheld; /* by row of the frame; NULL: none */
} rows_read;

static shire_status no_memory(shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for an answer");
}

/* Rows that are judged one by one, or beside each other, are all read: a page is of what is left.
 */
static bool is_paged_by_sql(const api_rows *rows) {
    return rows->may_show == NULL && rows->withhold == NULL;
}

static bool is_shown(const rows_read *state, const shire_column *body, size_t row) {
    if (state->rows->may_show == NULL || body == NULL) {
        return true;
    }
    int64_t number = body->type == SHIRE_TYPE_INT64 ? body->int64[row] : body->int32[row];
    return state->rows->may_show(state->call, number);
}

static shire_status choose_shown(rows_read *state, shire_error *error) {
    const shire_column *body = shire_frame_column(&state->frame, "organisation_no");
    size_t first = is_paged_by_sql(state->rows) ? 0 : state->page.first;
    size_t place = 0;
    state->shown = shire_arena_alloc_array(state->call->request->arena, state->page.count,
                                           sizeof *state->shown);
    if (state->shown == NULL) {
        return no_memory(error);
    }
    for (size_t row = 0; row < state->frame.row_count && !state->has_more; row++) {
        if (!is_shown(state, body, row) || place++ < first) {
            continue;
        }
        state->has_more = state->shown_count == state->page.count;
        if (!state->has_more) {
            state->shown[state->shown_count++] = row;
        }
    }
    return SHIRE_OK;
}

static shire_status choose_withheld(rows_read *state, shire_error *error) {
    if (state->rows->withhold == NULL) {
        return SHIRE_OK;
    }
    state->withheld = shire_arena_alloc(state->call->request->arena, state->frame.row_count);
    if (state->withheld == NULL) {
        return no_memory(error);
    }
    memset(state->withheld, 0, state->frame.row_count);
    return state->rows->withhold(state->call, &state->frame, state->withheld, error);
}

static shire_status read_rows(void *context, shire_error *error) {
    rows_read *state = context;
    shire_arena *arena = state->call->request->arena;
    /* One more than the page tells whether there is another. */
    const char *sql = is_paged_by_sql(state->rows)
                          ? shire_arena_format(arena, "%s LIMIT %zu OFFSET %zu", state->rows->sql,
                                               state->page.count + 1, state->page.first)
                          : state->rows->sql;
    if (sql == NULL) {
        return no_memory(error);
    }
    shire_status status = shire_world_query(state->call->world, sql, arena, &state->frame, error);
    if (status == SHIRE_OK) {
        status = choose_shown(state, error);
    }
    return status == SHIRE_OK ? choose_withheld(state, error) : status;
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

static json_t *row_json(const rows_read *state, size_t row) {
    bool is_withheld = state->withheld != NULL && state->withheld[row] != 0;
    json_t *json = json_object();
    for (size_t i = 0; i < state->frame.column_count; i++) {
        const shire_column *column = &state->frame.columns[i];
        if (strcmp(column->name, "organisation_no") != 0) {
            (void)json_object_set_new(json, column->name,
                                      is_withheld && i >= state->rows->withheld_from
                                          ? json_null()
                                          : value_json(column, row));
        }
    }
    return json;
}

static shire_status show_rows(shire_call *call, void *context, shire_error *error) {
    rows_read *state = context;
    json_t *list = json_array();
    for (size_t i = 0; i < state->shown_count; i++) {
        (void)json_array_append_new(list, row_json(state, state->shown[i]));
    }
    json_t *document = json_pack("{s:s, s:o, s:o?}", "run", call->world->run, state->rows->name,
                                 list, "next", api_next(call, &state->page, "", state->has_more));
    shire_status status = api_answer(call, document, 0, error);
    if (status == SHIRE_OK) {
        api_log_read(call, state->rows->name);
    }
    return status;
}

shire_status api_answer_rows(shire_call *call, const api_rows *rows, shire_error *error) {
    static const char *const parameters[] = {"limit", "cursor", NULL};
    shire_record *record = NULL;
    shire_status status = shire_call_need_run(call, &record, error);
    if (status != SHIRE_OK || record == NULL) {
        return status;
    }
    rows_read *state = shire_arena_alloc(call->request->arena, sizeof *state);
    if (state == NULL) {
        return no_memory(error);
    }
    *state = (rows_read){.call = call, .rows = rows};
    if (api_takes(call, parameters, &status, error) &&
        api_read_page(call, &state->page, &status, error)) {
        shire_call_work(call, read_rows, show_rows, state);
    }
    return status;
}
