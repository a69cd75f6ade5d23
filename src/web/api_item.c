/*
 * Plans and alerts by /api/v1: read, put down, and changed. A change says by If-Match which version
 * it is of; where somebody else was faster it is 412 and nothing is written. What is in a body is
 * record_body.h's; version and audit entry are one transaction.
 */
#include "record/record_item.h"
#include "web/api_call.h"
#include "web/page_person.h"
#include "web/web_internal.h"
#include "web/web_routes.h"
#include "web/web_user.h"
#include "web/web_world.h"

#include <stdlib.h>
#include <string.h>

static const char *const no_parameters[] = {NULL};

typedef struct item_call {
    shire_call *call;
    shire_record *record;
    shire_record_item_kind kind;
    shire_record_change change;
    bool is_conflict;
} item_call;

/* Plans and alerts differ in their address alone. */
static shire_record_item_kind kind_of(const shire_call *call) {
    return strstr(call->route->pattern, "/alerts") != NULL ? SHIRE_RECORD_ALERT : SHIRE_RECORD_PLAN;
}

static shire_status show_item(shire_call *call, const shire_record_item *item, shire_error *error) {
    return api_answer(call, shire_record_item_json(item), item->version, error);
}

/* ---- reading ---- */

static shire_status list_items(shire_call *call, shire_error *error) {
    shire_record *record = NULL;
    shire_status status = shire_call_need_run(call, &record, error);
    if (status != SHIRE_OK || record == NULL || !api_takes(call, no_parameters, &status, error)) {
        return status;
    }
    shire_record_asker asker = shire_call_asker(call, NULL);
    shire_record_request request = {.person_id = call->ids[0], .count = 1};
    shire_record_view view = {0};
    shire_audit_entry entry = {0};
    status =
        shire_record_read(record, &asker, &request, call->request->arena, &view, &entry, error);
    if (status == SHIRE_OK) {
        json_t *items = json_array();
        for (size_t i = 0; i < view.item_count; i++) {
            if (view.items[i].kind == kind_of(call)) {
                (void)json_array_append_new(items, shire_record_item_json(&view.items[i]));
            }
        }
        status =
            api_answer(call,
                       json_pack("{s:s%, s:o, s:b}", "person_id", view.person_id.bytes,
                                 view.person_id.length, "items", items, "may_add", view.may_plan),
                       0, error);
    } else if (status == SHIRE_NOT_FOUND) {
        status = shire_call_hide(call, error);
    }
    shire_record_view_done(&view);
    if (status == SHIRE_OK && entry.kind != NULL) {
        api_log(call, &entry, 1);
    }
    return status;
}

/* One item, now or as of ?version=N. An item of the other kind is not at this address. */
static shire_status read_item(shire_call *call, shire_error *error) {
    static const char *const parameters[] = {"version", NULL};
    shire_record *record = NULL;
    shire_span asked = shire_call_query(call, "version");
    int64_t version = 0;
    shire_status status = shire_call_need_run(call, &record, error);
    if (status != SHIRE_OK || record == NULL || !api_takes(call, parameters, &status, error)) {
        return status;
    }
    if (asked.bytes != NULL && (!api_number(asked, &version) || version == 0)) {
        return shire_call_refuse(call, 400, "version is a number from 1.", error);
    }
    shire_record_asker asker = shire_call_asker(call, NULL);
    shire_record_item item = {0};
    shire_audit_entry entry = {0};
    status = shire_record_item_read(record, &asker, call->ids[0], call->ids[1], version,
                                    call->request->arena, &item, NULL, NULL, &entry, error);
    if (status == SHIRE_NOT_FOUND || (status == SHIRE_OK && item.kind != kind_of(call))) {
        status = shire_call_hide(call, error);
    } else if (status == SHIRE_OK) {
        status = show_item(call, &item, error);
    }
    json_decref(item.body_json);
    if (status == SHIRE_OK && entry.kind != NULL) {
        api_log(call, &entry, 1);
    }
    return status;
}

static shire_status list_versions(shire_call *call, shire_error *error) {
    shire_record *record = NULL;
    shire_status status = shire_call_need_run(call, &record, error);
    if (status != SHIRE_OK || record == NULL || !api_takes(call, no_parameters, &status, error)) {
        return status;
    }
    shire_record_asker asker = shire_call_asker(call, NULL);
    shire_record_item item = {0};
    shire_record_item *versions = NULL;
    size_t count = 0;
    shire_audit_entry entry = {0};
    status = shire_record_item_read(record, &asker, call->ids[0], call->ids[1], 0,
                                    call->request->arena, &item, &versions, &count, &entry, error);
    if (status == SHIRE_NOT_FOUND || (status == SHIRE_OK && item.kind != kind_of(call))) {
        status = shire_call_hide(call, error);
    } else if (status == SHIRE_OK) {
        json_t *list = json_array();
        for (size_t i = 0; i < count; i++) {
            const shire_record_item *one = &versions[i];
            (void)json_array_append_new(
                list,
                json_pack("{s:I, s:o, s:o, s:o, s:o, s:b}", "version", (json_int_t)one->version,
                          "made", api_text_json(one->made), "actor", api_text_json(one->actor),
                          "organisation", api_text_json(one->actor_body.code), "why",
                          api_text_json(one->why), "is_ended", one->is_ended));
        }
        status = api_answer(call, json_pack("{s:o}", "versions", list), 0, error);
    }
    json_decref(item.body_json);
    if (status == SHIRE_OK && entry.kind != NULL) {
        api_log(call, &entry, 1);
    }
    return status;
}

/* ---- writing ---- */

static const api_member edit_members[] = {
    {"body", JSON_OBJECT, true, 0},
    {"why", JSON_STRING, true, SHIRE_RECORD_TEXT_BYTES_MAX},
    {"is_ended", JSON_TRUE, false, 0},
    {"sensitivity", JSON_ARRAY, false, 0},
};

/* False for a name that is no kind. */
static bool read_sensitivity(const json_t *names, uint32_t *bits_out) {
    size_t index;
    json_t *name;
    *bits_out = 0;
    json_array_foreach(names, index, name) {
        size_t bit = 0;
        shire_span text = {json_string_value(name), json_string_length(name)};
        if (!json_is_string(name) || !shire_gate_parse(SHIRE_GATE_SENSITIVITIES, text, &bit)) {
            return false;
        }
        *bits_out |= SHIRE_GATE_BIT(bit);
    }
    return true;
}

/* A conflict is no failure of the queue: nothing was written, and the answer says so. */
static shire_status write_change(shire_store *store, void *context, shire_error *error) {
    item_call *state = context;
    shire_error inner = {0};
    shire_status status = shire_record_change_job(store, &state->change, &inner);
    state->is_conflict = status == SHIRE_CONFLICT;
    if (status != SHIRE_OK && !state->is_conflict && error != NULL) {
        *error = inner;
    }
    return state->is_conflict ? SHIRE_OK : status;
}

static shire_status refuse_conflict(shire_call *call, shire_error *error) {
    return shire_call_refuse(call, 412,
                             "There is a newer version than the one that If-Match names. Nothing "
                             "was written; read it again, and change that.",
                             error);
}

/* The item as it is now, which the log knows by the entry of the change. */
static shire_status change_written(shire_call *call, void *context, shire_error *error) {
    item_call *state = context;
    if (state->is_conflict) {
        return refuse_conflict(call, error);
    }
    shire_record_asker asker = shire_call_asker(call, NULL);
    shire_record_item item = {0};
    shire_audit_entry entry = {0};
    shire_status status =
        shire_record_item_read(state->record, &asker, shire_span_of(state->change.person_id),
                               shire_span_of(state->change.item_id), 0, call->request->arena, &item,
                               NULL, NULL, &entry, error);
    if (status == SHIRE_OK) {
        bool is_new = call->request->method == SHIRE_HTTP_POST;
        call->response->status = is_new ? 201 : 200;
        status = show_item(call, &item, error);
        char *place = shire_arena_format(
            call->request->arena, "/api/v1/people/%s/%ss/%s", state->change.person_id,
            shire_record_item_kind_name(item.kind), state->change.item_id);
        if (is_new && place != NULL) {
            shire_http_set_header(call->response, "Location", place);
        }
    }
    json_decref(item.body_json);
    return status;
}

static shire_status change_item(shire_call *call, shire_span item_id, int64_t version,
                                shire_error *error) {
    json_t *body = NULL;
    uint32_t sensitivity = 0;
    item_call *state = shire_arena_alloc(call->request->arena, sizeof *state);
    shire_status status = state == NULL
                              ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a change")
                              : shire_call_need_run(call, &state->record, error);
    if (status == SHIRE_OK && state->record != NULL) {
        status = api_read_body(call, edit_members, sizeof edit_members / sizeof edit_members[0],
                               &body, error);
    }
    if (body == NULL) {
        return status;
    }
    bool is_understood = read_sensitivity(json_object_get(body, "sensitivity"), &sensitivity);
    char *text = json_dumps(json_object_get(body, "body"), JSON_COMPACT);
    shire_record_asker asker = shire_call_asker(call, NULL);
    shire_record_edit edit = {.person_id = call->ids[0],
                              .kind = kind_of(call),
                              .item_id = item_id,
                              .version = version,
                              .body = text == NULL ? (shire_span){NULL, 0} : shire_span_of(text),
                              .why = api_span(call, body, "why"),
                              .is_ended = json_is_true(json_object_get(body, "is_ended")),
                              .sensitivity = sensitivity};
    json_decref(body);
    shire_error inner = {0};
    status = text == NULL ? SHIRE_FAIL(&inner, SHIRE_NO_MEMORY, "out of memory for a change")
             : is_understood
                 ? shire_record_change_prepare(state->record, &asker, &edit, call->request->arena,
                                               &state->change, &inner)
                 : SHIRE_FAIL(&inner, SHIRE_INVALID, "sensitivity: this is no sensitive kind");
    free(text);
    switch (status) {
    case SHIRE_OK:
        shire_call_change(call, write_change, change_written, state);
        return SHIRE_OK;
    case SHIRE_INVALID:
        return shire_call_refuse(call, 422, inner.message, error);
    case SHIRE_CONFLICT:
        return refuse_conflict(call, error);
    case SHIRE_NOT_FOUND:
        return shire_call_hide(call, error);
    default:
        if (error != NULL) {
            *error = inner;
        }
        return status;
    }
}

static shire_status add_item(shire_call *call, shire_error *error) {
    shire_status status = SHIRE_OK;
    return api_takes(call, no_parameters, &status, error)
               ? change_item(call, (shire_span){NULL, 0}, 0, error)
               : status;
}

static shire_status put_item(shire_call *call, shire_error *error) {
    shire_status status = SHIRE_OK;
    int64_t version = api_version(call);
    if (!api_takes(call, no_parameters, &status, error)) {
        return status;
    }
    return version == 0
               ? shire_call_refuse(call, 428,
                                   "Send the ETag of the version that you read as If-Match, so "
                                   "that nobody's change is written over.",
                                   error)
               : change_item(call, call->ids[1], version, error);
}

#define API .form = SHIRE_ROUTE_API

const shire_route shire_api_item_routes[] = {
    {.pattern = "/api/v1/people/{id}/plans", .handle = list_items, API},
    {.method = SHIRE_HTTP_POST, .pattern = "/api/v1/people/{id}/plans", .handle = add_item, API},
    {.pattern = "/api/v1/people/{id}/plans/{item}", .handle = read_item, API},
    {.method = SHIRE_HTTP_PUT,
     .pattern = "/api/v1/people/{id}/plans/{item}",
     .handle = put_item,
     API},
    {.pattern = "/api/v1/people/{id}/plans/{item}/versions", .handle = list_versions, API},
    {.pattern = "/api/v1/people/{id}/alerts", .handle = list_items, API},
    {.method = SHIRE_HTTP_POST, .pattern = "/api/v1/people/{id}/alerts", .handle = add_item, API},
    {.pattern = "/api/v1/people/{id}/alerts/{item}", .handle = read_item, API},
    {.method = SHIRE_HTTP_PUT,
     .pattern = "/api/v1/people/{id}/alerts/{item}",
     .handle = put_item,
     API},
    {.pattern = "/api/v1/people/{id}/alerts/{item}/versions", .handle = list_versions, API},
    {.pattern = NULL},
};
