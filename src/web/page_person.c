/*
 * The joined record of one person, for who looks after them and for the person themselves, and who
 * looked at it. Everything shown comes from record_service.h, which asks the gate; each answer
 * waits until its entry in the audit log is durable, refusals too.
 */
#include "web/page_person.h"
#include "gate/gate_sharing.h"

#include "record/record_service.h"
#include "web/page_entry.h"
#include "web/page_item.h"
#include "web/page_words.h"
#include "web/web_internal.h"
#include "web/web_routes.h"
#include "web/web_user.h"
#include "web/web_world.h"

#include <stdlib.h>
#include <string.h>

#define TIMELINE_PAGE 25
#define CATEGORIES_OF_CARE                                                                         \
    (SHIRE_GATE_BIT(SHIRE_GATE_ACUTE) | SHIRE_GATE_BIT(SHIRE_GATE_GP) |                            \
     SHIRE_GATE_BIT(SHIRE_GATE_COMMUNITY) | SHIRE_GATE_BIT(SHIRE_GATE_MENTAL_HEALTH) |             \
     SHIRE_GATE_BIT(SHIRE_GATE_SOCIAL_CARE) | SHIRE_GATE_BIT(SHIRE_GATE_HOUSING))
#define ACCESS_PAGE 50

shire_status shire_call_need_run(shire_call *call, shire_record **record_out, shire_error *error) {
    if (call->world->record == NULL) {
        return shire_call_refuse(
            call, 503,
            call->world->has_other_run
                ? "The last run was made by another version of this program, so no records are "
                  "shown. Whoever runs this service makes one anew with `shire run`."
                : "There was no run yet, so no records are joined. Whoever runs this service makes "
                  "one with `shire run`.",
            error);
    }
    *record_out = call->world->record;
    return SHIRE_OK;
}

void shire_call_log(shire_call *call, const shire_audit_entry *entry) {
    shire_audit_entry *kept = shire_arena_alloc(call->request->arena, sizeof *kept);
    if (kept == NULL) {
        call->response->failed = true;
        return;
    }
    *kept = *entry;
    shire_call_write(call, shire_record_log_job, NULL, kept);
}

shire_status shire_call_hide(shire_call *call, shire_error *error) {
    return shire_call_refuse(call, 404, "There is nothing at this address, or you may not see it.",
                             error);
}

static const char *text_at(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text == NULL ? "" : text;
}

/* "2024-11-16" -> "16 November 2024"; what is no day stays as it is. */
static void say_day(json_t *object, const char *key) {
    (void)json_object_set_new(object, key, shire_words_iso(shire_span_of(text_at(object, key))));
}

/* "13 March 2025, 11:00" to "13 March 2025, 11:15" is said as to "11:15", and a moment once. Of
 * many visits the days are enough. A specialty that has no words says nothing to a reader. */
static void say_when(json_t *event) {
    const char *start = text_at(event, "start_words");
    const char *end = text_at(event, "end_words");
    size_t start_day = strcspn(start, ",");
    size_t end_day = strcspn(end, ",");
    if (json_is_true(json_object_get(event, "is_folded"))) {
        (void)json_object_set_new(event, "start_words", json_stringn(start, start_day));
        (void)json_object_set_new(event, "end_words", json_stringn(end, end_day));
    } else if (strcmp(start, end) == 0) {
        (void)json_object_del(event, "end");
    } else if (start_day == end_day && strncmp(start, end, start_day) == 0 && end[end_day] == ',') {
        (void)json_object_set_new(event, "end_words", json_string(end + end_day + 2));
    }
    const char *specialty = text_at(event, "specialty");
    if (specialty[0] != '\0' && specialty[strspn(specialty, "0123456789")] == '\0') {
        (void)json_object_del(event, "specialty");
    }
}

/* Which parts the page has: a part that the viewer may not see is left out, because "there is none"
 * would be wrong. It follows from role and agreements, never from what there is. */
static void add_parts(json_t *json, const shire_record_view *view) {
    static const struct {
        const char *name;
        uint32_t categories; /* any of these */
    } parts[] = {{"shows_identity", SHIRE_GATE_BIT(SHIRE_GATE_DEMOGRAPHICS)},
                 {"shows_plan", SHIRE_GATE_BIT(SHIRE_GATE_PLAN)},
                 {"shows_care", CATEGORIES_OF_CARE | SHIRE_GATE_BIT(SHIRE_GATE_DEMOGRAPHICS)},
                 {"shows_timeline", CATEGORIES_OF_CARE}};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        (void)json_object_set_new(json, parts[i].name,
                                  json_boolean((view->open_categories & parts[i].categories) != 0));
    }
}

/* Amounts to the penny, each rounded by itself; the API has them exactly. */
static void say_costs(json_t *json, const shire_record_view *view) {
    json_t *events = json_object_get(json_object_get(json, "timeline"), "events");
    for (size_t i = 0; i < view->moment_count; i++) {
        if (view->moments[i].has_cost) {
            (void)json_object_set_new(json_array_get(events, i), "cost",
                                      shire_words_money(view->moments[i].cost));
        }
    }
    json_t *costs = json_object_get(json, "costs");
    json_t *rows = json_object_get(costs, "by_body_and_setting");
    for (size_t i = 0; i < view->cost_count; i++) {
        json_t *row = json_array_get(rows, i);
        (void)json_object_set_new(row, "setting_words", shire_words_of(text_at(row, "setting")));
        (void)json_object_set_new(row, "amount", shire_words_money(view->costs[i].amount));
    }
    if (costs != NULL) {
        (void)json_object_set_new(costs, "total", shire_words_money(view->cost_total));
    }
}

/* Words for what the view holds as codes: kinds of care, bodies of actions and their states. */
static void add_titles(json_t *view, const shire_record_book *book, shire_date today) {
    size_t index;
    json_t *item;
    json_t *timeline = json_object_get(view, "timeline");
    json_array_foreach(json_object_get(timeline, "events"), index, item) {
        const char *setting = text_at(item, "setting");
        (void)json_object_set_new(
            item, "setting_words",
            shire_words_of(setting[0] != '\0' ? setting : text_at(item, "dataset")));
        say_when(item);
    }
    bool has_past = false;
    bool has_documents = false;
    json_array_foreach(json_object_get(view, "alerts"), index, item) {
        const char *last = text_at(json_object_get(item, "body"), "until");
        shire_date until;
        bool is_past = shire_date_parse(shire_span_of(last), &until) == SHIRE_OK && until < today &&
                       !json_is_true(json_object_get(item, "is_ended"));
        has_past |= is_past;
        (void)json_object_set_new(item, "is_past", json_boolean(is_past));
        shire_item_say(item, book);
    }
    (void)json_object_set_new(view, "has_past_alerts", json_boolean(has_past));
    json_array_foreach(json_object_get(view, "documents"), index, item) {
        has_documents |= !json_is_true(json_object_get(item, "is_ended"));
        shire_item_say(item, book);
    }
    (void)json_object_set_new(view, "has_documents", json_boolean(has_documents));
    (void)json_object_set_new(
        view, "shows_documents",
        json_boolean(has_documents || json_is_true(json_object_get(view, "may_document"))));
    say_day(view, "death");
    json_array_foreach(json_object_get(view, "plans"), index, item) {
        shire_item_say(item, book);
    }
}

static size_t number_of(shire_span text) {
    size_t number = 0;
    for (size_t i = 0; i < text.length && i < 6; i++) {
        if (text.bytes[i] < '0' || text.bytes[i] > '9') {
            return 0;
        }
        number = number * 10 + (size_t)(text.bytes[i] - '0');
    }
    return number;
}

/* Links to the pages before and after, as the pagination shows them. */
static json_t *paging_json(const char *path, const char *kind, size_t first, size_t count,
                           size_t total) {
    json_t *paging = json_pack("{s:I, s:I, s:I}", "from", (json_int_t)(total == 0 ? 0 : first + 1),
                               "to", (json_int_t)(first + count < total ? first + count : total),
                               "total", (json_int_t)total);
    if (paging != NULL && first > 0) {
        (void)json_object_set_new(paging, "previous",
                                  json_sprintf("%s?first=%zu%s%s", path,
                                               first > count ? first - count : (size_t)0,
                                               kind[0] == '\0' ? "" : "&kind=", kind));
    }
    if (paging != NULL && first + count < total) {
        (void)json_object_set_new(paging, "next",
                                  json_sprintf("%s?first=%zu%s%s", path, first + count,
                                               kind[0] == '\0' ? "" : "&kind=", kind));
    }
    return paging;
}

/* Marks the kind of care that was chosen, and gives each its link. */
static void add_kinds(json_t *view, const char *path, const char *chosen) {
    size_t index;
    json_t *category;
    json_array_foreach(json_object_get(json_object_get(view, "timeline"), "categories"), index,
                       category) {
        const char *name = text_at(category, "category");
        (void)json_object_set_new(category, "href",
                                  json_sprintf("%s?kind=%s#timeline", path, name));
        (void)json_object_set_new(category, "is_chosen", json_boolean(strcmp(name, chosen) == 0));
    }
}

typedef struct person_reading {
    shire_span person_id;
    const char *path;   /* of this page */
    const char *chosen; /* kind of care, or "" */
    shire_record_request request;
} person_reading;

static bool read_request(shire_call *call, shire_span person_id, const char *path,
                         person_reading *out) {
    size_t category = 0;
    shire_span kind = shire_call_query(call, "kind");
    bool is_chosen = shire_gate_parse(SHIRE_GATE_CATEGORIES, kind, &category);
    *out = (person_reading){.person_id = person_id,
                            .path = path,
                            .chosen =
                                is_chosen ? shire_gate_name(SHIRE_GATE_CATEGORIES, category) : "",
                            .request = {.person_id = person_id,
                                        .categories = is_chosen ? SHIRE_GATE_BIT(category) : 0,
                                        .first = number_of(shire_call_query(call, "first")),
                                        .count = TIMELINE_PAGE,
                                        .is_folded = true}};
    return path != NULL;
}

static shire_status show_view(shire_call *call, const person_reading *reading,
                              const shire_record_view *view, shire_error *error) {
    json_t *json = shire_record_view_json(view);
    if (json == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a page");
    }
    bool is_own = call->user->viewer.role == SHIRE_GATE_CITIZEN;
    add_titles(json, shire_record_get_book(call->world->record), shire_gate_day(shire_call_now()));
    add_parts(json, view);
    say_costs(json, view);
    add_kinds(json, reading->path, reading->chosen);
    json_t *paging = view->moment_total == 0
                         ? json_null()
                         : paging_json(reading->path, reading->chosen, view->moment_first,
                                       TIMELINE_PAGE, view->moment_total);
    json_t *values =
        json_pack("{s:o, s:s, s:s, s:b, s:b, s:o}", "person", json, "path", reading->path, "chosen",
                  reading->chosen, "is_own", is_own, "sees_looks",
                  shire_call_may(call, SHIRE_GATE_SEE_AUDIT), "paging", paging);
    bool may_find = shire_call_may(call, SHIRE_GATE_FIND_PEOPLE);
    if (values != NULL && (may_find || view->has_costs)) {
        (void)json_object_set_new(values, "back",
                                  json_pack("{s:s, s:s}", "text",
                                            may_find ? "Find a person" : "Money", "href",
                                            may_find ? "/people" : "/costs"));
    }
    /* A title stands in the browser's history: it names nobody. */
    return shire_call_page(call, "person", is_own ? "My record" : "Person", values, error);
}

static shire_status read_person(shire_call *call, shire_span person_id, const char *path,
                                shire_error *error) {
    person_reading reading;
    shire_record *record = NULL;
    shire_status status = shire_call_need_run(call, &record, error);
    if (status != SHIRE_OK || record == NULL) {
        return status;
    }
    if (!read_request(call, person_id, path, &reading)) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a page");
    }
    shire_record_asker asker = shire_call_asker(call, NULL);
    shire_record_view view = {0};
    shire_audit_entry entry = {0};
    status = shire_record_read(record, &asker, &reading.request, call->request->arena, &view,
                               &entry, error);
    if (status == SHIRE_OK) {
        status = show_view(call, &reading, &view, error);
    } else if (status == SHIRE_NOT_FOUND) {
        status = shire_call_hide(call, error);
    }
    shire_record_view_done(&view);
    if (status == SHIRE_OK && entry.kind != NULL) {
        shire_call_log(call, &entry);
    }
    return status;
}

const char *shire_person_path(const shire_call *call, shire_span person_id, const char *rest) {
    shire_builder path = {0};
    shire_builder_append_text(&path, "/people/");
    shire_builder_append_url(&path, person_id);
    shire_builder_append_text(&path, rest);
    const char *kept =
        path.failed ? NULL : shire_arena_copy_text(call->request->arena, path.bytes, path.length);
    shire_builder_free(&path);
    return kept;
}

static shire_status show_person(shire_call *call, shire_error *error) {
    return read_person(call, call->ids[0], shire_person_path(call, call->ids[0], ""), error);
}

static shire_span own_id(const shire_call *call) {
    return shire_span_of(call->user->viewer.person_id);
}

static shire_status show_own(shire_call *call, shire_error *error) {
    return own_id(call).length == 0 ? shire_call_hide(call, error)
                                    : read_person(call, own_id(call), "/own", error);
}

/* ---- who looked ---- */

/* Without a body it was the person, who reads their own record, or a command on the server. */
static json_t *access_who(const shire_record_access *access, bool is_own) {
    bool is_person = shire_span_equal(access->purpose, shire_span_of("own"));
    return access->organisation.length > 0 ? shire_words_text(access->organisation)
           : !is_person                    ? json_string("Whoever runs this service")
           : is_own                        ? json_string("You")
                                           : json_string("The person");
}

/* Officers are told the account; the person is told the body, which answers for its people. */
static json_t *access_json(const shire_call *call, const shire_record_access *access, bool is_own) {
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "at", shire_words_text(access->at),
                     "when", shire_words_iso(access->at), "who", access_who(access, is_own),
                     "actor", is_own ? json_null() : shire_words_text(access->actor), "what",
                     shire_entry_kind(access->kind), "told",
                     shire_entry_detail(call, access->kind, access->detail), "why",
                     shire_entry_purpose(access->purpose));
}

static shire_status read_accesses(shire_call *call, shire_span person_id, const char *path,
                                  shire_error *error) {
    shire_record *record = NULL;
    shire_status status = shire_call_need_run(call, &record, error);
    if (status != SHIRE_OK || record == NULL) {
        return status;
    }
    shire_record_asker asker = shire_call_asker(call, NULL);
    shire_record_access *accesses = NULL;
    shire_audit_entry entry = {0};
    size_t count = 0;
    size_t total = 0;
    size_t first = number_of(shire_call_query(call, "first"));
    status = shire_record_accesses(record, &asker, person_id, first, ACCESS_PAGE,
                                   call->request->arena, &accesses, &count, &total, &entry, error);
    if (status == SHIRE_NOT_FOUND) {
        status = shire_call_hide(call, error);
    } else if (status == SHIRE_OK) {
        json_t *list = json_array();
        bool is_own = call->user->viewer.role == SHIRE_GATE_CITIZEN;
        for (size_t i = 0; i < count; i++) {
            (void)json_array_append_new(list, access_json(call, &accesses[i], is_own));
        }
        json_t *values = json_pack("{s:o, s:b, s:o, s:o}", "accesses", list, "is_own", is_own,
                                   "person_id", shire_words_text(person_id), "paging",
                                   paging_json(path, "", first, ACCESS_PAGE, total));
        if (!is_own && values != NULL) {
            (void)json_object_set_new(
                values, "back",
                json_pack("{s:s, s:s}", "text", "Audit log", "href", "/admin/audit"));
        }
        status = shire_call_page(call, "access-log",
                                 is_own ? "Who looked at my record" : "Who looked at this record",
                                 values, error);
    }
    if (status == SHIRE_OK && entry.kind != NULL) {
        shire_call_log(call, &entry);
    }
    return status;
}

static shire_status show_own_accesses(shire_call *call, shire_error *error) {
    return own_id(call).length == 0 ? shire_call_hide(call, error)
                                    : read_accesses(call, own_id(call), "/own/access-log", error);
}

static shire_status show_accesses(shire_call *call, shire_error *error) {
    const char *path = shire_person_path(call, call->ids[0], "/access-log");
    return path == NULL ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a page")
                        : read_accesses(call, call->ids[0], path, error);
}

const shire_route shire_page_person_routes[] = {
    {.pattern = "/people/{id}", .handle = show_person},
    {.pattern = "/people/{id}/access-log",
     .handle = show_accesses,
     .abilities = SHIRE_GATE_SEE_AUDIT},
    {.pattern = "/own", .handle = show_own},
    {.pattern = "/own/access-log", .handle = show_own_accesses},
    {.pattern = NULL},
};
