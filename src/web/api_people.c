/*
 * People by /api/v1: who asks, finding somebody, the joined record, its timeline page by page, who
 * looked at it. A search is sent as a body, so that no name stands in an address. Everything comes
 * from record_service.h, which asks the gate.
 */
#include "record/record_search.h"
#include "web/api_call.h"
#include "web/page_person.h"
#include "web/web_internal.h"
#include "web/web_routes.h"
#include "web/web_user.h"
#include "web/web_world.h"

#include <string.h>

static const char *const no_parameters[] = {NULL};

/* ---- who asks ---- */

static json_t *names_json(shire_gate_vocabulary vocabulary, uint32_t bits) {
    json_t *names = json_array();
    for (size_t i = 0; i < shire_gate_word_count(vocabulary); i++) {
        if ((bits & SHIRE_GATE_BIT(i)) != 0) {
            (void)json_array_append_new(names, json_string(shire_gate_name(vocabulary, i)));
        }
    }
    return names;
}

static shire_status show_account(shire_call *call, shire_error *error) {
    const shire_gate_viewer *viewer = &call->user->viewer;
    shire_status status = SHIRE_OK;
    if (!api_takes(call, no_parameters, &status, error)) {
        return status;
    }
    json_t *json = json_pack(
        "{s:s, s:s, s:s, s:s, s:o, s:s?, s:b}", "account", call->user->account, "organisation",
        call->user->organisation, "role", shire_gate_name(SHIRE_GATE_ROLES, viewer->role),
        "purpose", shire_gate_name(SHIRE_GATE_PURPOSES, viewer->purpose), "purposes",
        names_json(SHIRE_GATE_PURPOSES, shire_gate_purposes(viewer->role)), "person_id",
        viewer->role == SHIRE_GATE_CITIZEN ? viewer->person_id : NULL, "is_program",
        call->user->is_program && call->user->session.ends == 0);
    return api_answer(call, json, 0, error);
}

/* ---- finding people ---- */

static const api_member search_members[] = {
    {"line", JSON_STRING, false, 0},         {"nhs_number", JSON_STRING, false, 0},
    {"given_name", JSON_STRING, false, 0},   {"family_name", JSON_STRING, false, 0},
    {"birth_date", JSON_STRING, false, 0},   {"sex", JSON_STRING, false, 0},
    {"address", JSON_STRING, false, 0},      {"postcode", JSON_STRING, false, 0},
    {"organisation", JSON_STRING, false, 0}, {"source", JSON_STRING, false, 0},
    {"local_id", JSON_STRING, false, 0},     {"limit", JSON_INTEGER, false, 0},
};

static shire_record_search read_search(shire_call *call, const json_t *body) {
    static const struct {
        const char *name;
        int role;
    } values[] = {{"nhs_number", SHIRE_LINK_ROLE_NHS_NUMBER},
                  {"given_name", SHIRE_LINK_ROLE_GIVEN},
                  {"family_name", SHIRE_LINK_ROLE_FAMILY},
                  {"birth_date", SHIRE_LINK_ROLE_DOB},
                  {"sex", SHIRE_LINK_ROLE_SEX},
                  {"address", SHIRE_LINK_ROLE_ADDRESS},
                  {"postcode", SHIRE_LINK_ROLE_POSTCODE}};
    shire_record_search search = {.line = api_span(call, body, "line"),
                                  .organisation = api_span(call, body, "organisation"),
                                  .source = api_span(call, body, "source"),
                                  .local_id = api_span(call, body, "local_id"),
                                  .count =
                                      (size_t)json_integer_value(json_object_get(body, "limit"))};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        search.query.values[values[i].role] = api_span(call, body, values[i].name);
    }
    return search;
}

/* One of the three ways to ask, as record_search.h has them. */
static bool is_one_way(const shire_record_search *search) {
    bool has_values = false;
    for (size_t i = 0; i < SHIRE_LINK_ROLE_COUNT; i++) {
        has_values = has_values || search->query.values[i].length > 0;
    }
    bool has_key = search->local_id.length > 0 && search->organisation.length > 0;
    return (search->line.length > 0) + has_values + has_key == 1;
}

static shire_status search_people(shire_call *call, shire_error *error) {
    shire_record *record = NULL;
    json_t *body = NULL;
    shire_status status = shire_call_need_run(call, &record, error);
    if (status == SHIRE_OK && record != NULL && api_takes(call, no_parameters, &status, error)) {
        status = api_read_body(call, search_members,
                               sizeof search_members / sizeof search_members[0], &body, error);
    }
    if (body == NULL) {
        return status;
    }
    json_int_t limit = json_integer_value(json_object_get(body, "limit"));
    shire_record_search search = read_search(call, body);
    json_decref(body);
    if (limit < 0 || limit > SHIRE_RECORD_FOUND_MAX || !is_one_way(&search)) {
        return shire_call_refuse(call, 422,
                                 "Ask by a line, or by what is known of the person (nhs_number, "
                                 "family_name, ...), or by organisation and local_id; at most 50 "
                                 "are found.",
                                 error);
    }
    shire_record_asker asker = shire_call_asker(call, NULL);
    shire_record_result *result = shire_arena_alloc(call->request->arena, sizeof *result);
    shire_audit_entry entry = {0};
    if (result == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a search");
    }
    shire_error inner = {0};
    status =
        shire_record_find(record, &asker, &search, call->request->arena, result, &entry, &inner);
    if (status == SHIRE_INVALID) {
        return shire_call_refuse(call, 422, inner.message, error);
    }
    if (status == SHIRE_OK) {
        status = api_answer(call, shire_record_result_json(result), 0, error);
    } else if (status == SHIRE_NOT_FOUND) {
        status = shire_call_refuse(call, 403, "Your role does not include searching.", error);
    } else if (error != NULL) {
        *error = inner;
    }
    if (status == SHIRE_OK && entry.kind != NULL) {
        api_log(call, &entry, 1);
    }
    return status;
}

/* ---- one person ---- */

/* Reads and shows; `show` makes the answer's JSON of the view. */
static shire_status read_person(shire_call *call, const shire_record_request *request,
                                json_t *(*show)(shire_call *call, const shire_record_view *view,
                                                const void *context),
                                const void *context, shire_error *error) {
    shire_record *record = NULL;
    shire_status status = shire_call_need_run(call, &record, error);
    if (status != SHIRE_OK || record == NULL) {
        return status;
    }
    shire_record_asker asker = shire_call_asker(call, NULL);
    shire_record_view view = {0};
    shire_audit_entry entry = {0};
    shire_error inner = {0};
    status =
        shire_record_read(record, &asker, request, call->request->arena, &view, &entry, &inner);
    if (status == SHIRE_OK) {
        status = api_answer(call, show(call, &view, context), 0, error);
    } else if (status == SHIRE_NOT_FOUND) {
        status = shire_call_hide(call, error);
    } else if (error != NULL) {
        *error = inner;
    }
    shire_record_view_done(&view);
    if (status == SHIRE_OK && entry.kind != NULL) {
        api_log(call, &entry, 1);
    }
    return status;
}

/* The record without the timeline's events, which have pages of their own. */
static json_t *person_json(shire_call *call, const shire_record_view *view, const void *context) {
    (void)call;
    (void)context;
    json_t *json = shire_record_view_json(view);
    json_t *timeline = json_object_get(json, "timeline");
    (void)json_object_del(timeline, "events");
    (void)json_object_del(timeline, "first");
    (void)json_object_del(timeline, "count");
    return json;
}

static shire_status show_person(shire_call *call, shire_error *error) {
    shire_status status = SHIRE_OK;
    shire_record_request request = {.person_id = call->ids[0], .count = 1};
    return api_takes(call, no_parameters, &status, error)
               ? read_person(call, &request, person_json, NULL, error)
               : status;
}

static json_t *timeline_json(shire_call *call, const shire_record_view *view, const void *context) {
    const api_page *page = context;
    json_t *json = shire_record_view_json(view);
    json_t *timeline = json_object_get(json, "timeline");
    bool has_more = view->moment_first + view->moment_count < view->moment_total;
    json_t *answer = json_pack(
        "{s:s%, s:O?, s:I, s:b, s:o?}", "person_id", view->person_id.bytes, view->person_id.length,
        "events", json_object_get(timeline, "events"), "total", (json_int_t)view->moment_total,
        "is_partial", view->is_partial, "next",
        api_next(call, page, page->choice.bytes == NULL ? "" : page->choice.bytes, has_more));
    json_decref(json);
    return answer;
}

/* The cursor is bound to person and choice: "PERSON CATEGORY FOLDED". */
static shire_status show_timeline(shire_call *call, shire_error *error) {
    static const char *const parameters[] = {"limit", "cursor", "category", "folded", NULL};
    shire_span given = shire_call_query(call, "category");
    shire_span folded = shire_call_query(call, "folded");
    bool is_folded = shire_span_equal(folded, shire_span_of("true"));
    size_t category = 0;
    api_page page;
    shire_status status = SHIRE_OK;
    if (!api_takes(call, parameters, &status, error) ||
        !api_read_page(call, &page, &status, error)) {
        return status;
    }
    if ((given.bytes != NULL && !shire_gate_parse(SHIRE_GATE_CATEGORIES, given, &category)) ||
        (folded.bytes != NULL && !is_folded && !shire_span_equal(folded, shire_span_of("false")))) {
        return shire_call_refuse(call, 400,
                                 "category is a kind of care such as acute, folded is true or "
                                 "false.",
                                 error);
    }
    const char *choice = shire_arena_format(
        call->request->arena, "%.*s %.*s %d", (int)call->ids[0].length, call->ids[0].bytes,
        (int)given.length, given.bytes == NULL ? "" : given.bytes, is_folded);
    if (choice == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for an answer");
    }
    if (page.choice.bytes != NULL && !shire_span_equal(page.choice, shire_span_of(choice))) {
        return shire_call_refuse(
            call, 400, "A cursor goes with the person, category and folded that it was given for.",
            error);
    }
    page.choice = shire_span_of(choice);
    shire_record_request request = {.person_id = call->ids[0],
                                    .categories =
                                        given.bytes == NULL ? 0 : SHIRE_GATE_BIT(category),
                                    .first = page.first,
                                    .count = page.count,
                                    .is_folded = is_folded,
                                    .has_no_items = true};
    return read_person(call, &request, timeline_json, &page, error);
}

/* ---- who looked ---- */

static json_t *access_json(const shire_record_access *access) {
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "at", api_text_json(access->at), "kind",
                     api_text_json(access->kind), "organisation",
                     api_text_json(access->organisation), "purpose", api_text_json(access->purpose),
                     "detail", api_text_json(access->detail));
}

static shire_status show_accesses(shire_call *call, shire_error *error) {
    static const char *const parameters[] = {"limit", "cursor", NULL};
    api_page page;
    shire_record *record = NULL;
    shire_status status = shire_call_need_run(call, &record, error);
    if (status != SHIRE_OK || record == NULL || !api_takes(call, parameters, &status, error) ||
        !api_read_page(call, &page, &status, error)) {
        return status;
    }
    shire_record_asker asker = shire_call_asker(call, NULL);
    shire_record_access *accesses = NULL;
    shire_audit_entry entry = {0};
    shire_error inner = {0};
    size_t count = 0;
    size_t total = 0;
    status = shire_record_accesses(record, &asker, call->ids[0], page.first, page.count,
                                   call->request->arena, &accesses, &count, &total, &entry, &inner);
    if (status == SHIRE_NOT_FOUND) {
        status = shire_call_hide(call, error);
    } else if (status == SHIRE_OK) {
        json_t *list = json_array();
        for (size_t i = 0; i < count; i++) {
            (void)json_array_append_new(list, access_json(&accesses[i]));
        }
        status =
            api_answer(call,
                       json_pack("{s:o, s:I, s:o?}", "accesses", list, "total", (json_int_t)total,
                                 "next", api_next(call, &page, "", page.first + count < total)),
                       0, error);
    } else if (error != NULL) {
        *error = inner;
    }
    if (status == SHIRE_OK && entry.kind != NULL) {
        api_log(call, &entry, 1);
    }
    return status;
}

const shire_route shire_api_people_routes[] = {
    {.pattern = "/api/v1/account", .handle = show_account, .form = SHIRE_ROUTE_API},
    {.method = SHIRE_HTTP_POST,
     .pattern = "/api/v1/people/search",
     .handle = search_people,
     .form = SHIRE_ROUTE_API,
     .abilities = SHIRE_GATE_FIND_PEOPLE},
    {.pattern = "/api/v1/people/{id}", .handle = show_person, .form = SHIRE_ROUTE_API},
    {.pattern = "/api/v1/people/{id}/timeline", .handle = show_timeline, .form = SHIRE_ROUTE_API},
    {.pattern = "/api/v1/people/{id}/accesses", .handle = show_accesses, .form = SHIRE_ROUTE_API},
    {.pattern = NULL},
};
