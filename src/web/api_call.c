/* Bodies, pages and answers of /api/v1. */
#include "web/api_call.h"

#include "audit/audit_service.h"
#include "io/crypto.h"
#include "web/web_cursor.h"
#include "web/web_route.h"
#include "web/web_user.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_BYTES_MAX 500
#define NUMBER_DIGITS_MAX 15
#define TAG_BYTES 16

json_t *api_text_json(shire_span text) {
    return text.length == 0 ? json_string("") : json_stringn(text.bytes, text.length);
}

bool api_number(shire_span text, int64_t *number_out) {
    int64_t number = 0;
    for (size_t i = 0; i < text.length; i++) {
        if (i == NUMBER_DIGITS_MAX || text.bytes[i] < '0' || text.bytes[i] > '9') {
            return false;
        }
        number = number * 10 + (text.bytes[i] - '0');
    }
    *number_out = number;
    return text.length > 0;
}

/* ---- bodies ---- */

static bool is_json_type(const char *type) {
    static const char json[] = "application/json";
    size_t length = sizeof json - 1;
    return type != NULL && strncasecmp(type, json, length) == 0 &&
           (type[length] == '\0' || type[length] == ';' || type[length] == ' ');
}

static const char *type_words(json_type type) {
    return type == JSON_STRING    ? "a text"
           : type == JSON_INTEGER ? "a whole number"
           : type == JSON_ARRAY   ? "a list"
           : type == JSON_OBJECT  ? "an object"
                                  : "true or false";
}

static const char *check_member(const shire_call *call, const api_member *member,
                                const json_t *value) {
    bool fits = member->type == JSON_TRUE ? json_is_boolean(value)
                                          : value != NULL && json_typeof(value) == member->type;
    if (value == NULL || json_is_null(value)) {
        return member->is_needed
                   ? shire_arena_format(call->request->arena, "%s is missing", member->name)
                   : NULL;
    }
    if (!fits) {
        return shire_arena_format(call->request->arena, "%s has to be %s", member->name,
                                  type_words(member->type));
    }
    if (member->type != JSON_STRING) {
        return NULL;
    }
    size_t bytes_max = member->bytes_max == 0 ? TEXT_BYTES_MAX : member->bytes_max;
    shire_span text = {json_string_value(value), json_string_length(value)};
    if (text.length > bytes_max) {
        return shire_arena_format(call->request->arena, "%s is longer than %zu bytes", member->name,
                                  bytes_max);
    }
    if (memchr(text.bytes, '\0', text.length) != NULL) {
        return shire_arena_format(call->request->arena, "%s has a NUL in it", member->name);
    }
    return member->is_needed && shire_span_trim(text).length == 0
               ? shire_arena_format(call->request->arena, "%s is blank", member->name)
               : NULL;
}

/* What is wrong with the object, or NULL. */
static const char *check_members(const shire_call *call, const api_member *members,
                                 size_t member_count, json_t *body) {
    const char *name;
    json_t *value;
    json_object_foreach(body, name, value) {
        bool is_known = false;
        for (size_t i = 0; i < member_count; i++) {
            is_known = is_known || strcmp(name, members[i].name) == 0;
        }
        if (!is_known) {
            return "the object has a member that this does not take (see /api/v1/openapi.json)";
        }
    }
    for (size_t i = 0; i < member_count; i++) {
        const char *problem =
            check_member(call, &members[i], json_object_get(body, members[i].name));
        if (problem != NULL) {
            return problem;
        }
    }
    return NULL;
}

shire_status api_read_body(shire_call *call, const api_member *members, size_t member_count,
                           json_t **body_out, shire_error *error) {
    *body_out = NULL;
    if (!is_json_type(shire_http_header(call->request, "Content-Type"))) {
        return shire_call_refuse(call, 415, "Send JSON, as Content-Type: application/json.", error);
    }
    json_t *body = json_loadb(call->request->body.bytes, call->request->body.length,
                              JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(body)) {
        json_decref(body);
        return shire_call_refuse(call, 400, "The body is no JSON object.", error);
    }
    const char *problem = check_members(call, members, member_count, body);
    if (problem != NULL) {
        json_decref(body);
        return shire_call_refuse(call, 422, problem, error);
    }
    *body_out = body;
    return SHIRE_OK;
}

const char *api_text(shire_call *call, const json_t *body, const char *name) {
    const json_t *value = json_object_get(body, name);
    if (!json_is_string(value)) {
        return "";
    }
    shire_span text =
        shire_span_trim((shire_span){json_string_value(value), json_string_length(value)});
    char *kept = shire_arena_copy_text(call->request->arena, text.bytes, text.length);
    if (kept == NULL) {
        call->response->failed = true;
    }
    return kept;
}

shire_span api_span(shire_call *call, const json_t *body, const char *name) {
    const char *text = api_text(call, body, name);
    return text == NULL ? (shire_span){NULL, 0} : shire_span_of(text);
}

/* ---- pages ---- */

bool api_takes(shire_call *call, const char *const *names, shire_status *status_out,
               shire_error *error) {
    for (size_t i = 0; i < call->request->query.count; i++) {
        bool is_known = false;
        for (size_t k = 0; names[k] != NULL; k++) {
            is_known = is_known || shire_span_equal(call->request->query.items[i].name,
                                                    shire_span_of(names[k]));
        }
        if (!is_known) {
            *status_out = shire_call_refuse(
                call, 400, "This takes no such parameter (see /api/v1/openapi.json).", error);
            return false;
        }
    }
    *status_out = SHIRE_OK;
    return true;
}

/* The place of a cursor is "FIRST PATTERN CHOICE", so that it opens no other list. */
bool api_read_page(shire_call *call, api_page *page_out, shire_status *status_out,
                   shire_error *error) {
    shire_span limit = shire_call_query(call, "limit");
    shire_span cursor = shire_call_query(call, "cursor");
    int64_t number = API_PAGE_DEFAULT;
    *page_out = (api_page){0};
    *status_out = SHIRE_OK;
    if (limit.bytes != NULL &&
        (!api_number(limit, &number) || number < 1 || number > API_PAGE_MAX)) {
        *status_out = shire_call_refuse(call, 400, "limit is a number from 1 to 500.", error);
        return false;
    }
    page_out->count = (size_t)number;
    if (cursor.bytes == NULL) {
        return true;
    }
    shire_span place;
    bool is_ours = shire_cursor_open(call, cursor, &place);
    if (is_ours) {
        char *rest = NULL;
        page_out->first = strtoull(place.bytes, &rest, 10);
        size_t length = strlen(call->route->pattern);
        is_ours = rest[0] == ' ' && strncmp(rest + 1, call->route->pattern, length) == 0 &&
                  rest[1 + length] == ' ';
        page_out->choice = is_ours ? shire_span_of(rest + length + 2) : (shire_span){NULL, 0};
    }
    if (!is_ours) {
        *status_out = shire_call_refuse(
            call, 410, "This page has gone; ask for the first page again, without a cursor.",
            error);
    }
    return is_ours;
}

json_t *api_next(const shire_call *call, const api_page *page, const char *choice, bool has_more) {
    if (!has_more) {
        return json_null();
    }
    shire_builder place = {0};
    shire_builder_append_format(&place, "%zu %s %s", page->first + page->count,
                                call->route->pattern, choice);
    json_t *next =
        place.failed ? NULL : shire_cursor_seal(call, (shire_span){place.bytes, place.length});
    shire_builder_free(&place);
    return next;
}

/* ---- answers ---- */

shire_status api_answer(shire_call *call, json_t *document, int64_t version, shire_error *error) {
    shire_status status = shire_call_json(call, document, error);
    if (status != SHIRE_OK) {
        return status;
    }
    shire_span body = {call->response->body.bytes, call->response->body.length};
    shire_hash hash = shire_sha256(&body, 1);
    char tag[2 * TAG_BYTES + 32];
    int length = version > 0 ? snprintf(tag, sizeof tag, "\"%lld.", (long long)version)
                             : snprintf(tag, sizeof tag, "\"");
    for (size_t i = 0; i < TAG_BYTES / 2; i++) {
        length += snprintf(tag + length, sizeof tag - (size_t)length, "%02x", hash.bytes[i]);
    }
    snprintf(tag + length, sizeof tag - (size_t)length, "\"");
    if (call->response->status == 200 && shire_call_has_tag(call, tag)) {
        shire_http_response_clear(call->response);
        call->response->status = 304;
    }
    shire_http_set_header(call->response, "ETag", tag);
    return SHIRE_OK;
}

int64_t api_version(const shire_call *call) {
    const char *given = shire_http_header(call->request, "If-Match");
    int64_t version = 0;
    if (given == NULL || given[0] != '"') {
        return 0;
    }
    const char *point = strchr(given, '.');
    return point != NULL &&
                   api_number((shire_span){given + 1, (size_t)(point - given) - 1}, &version)
               ? version
               : 0;
}

/* ---- the log ---- */

typedef struct entry_list {
    size_t count;
    shire_audit_entry entries[];
} entry_list;

static shire_status append_entries(shire_store *store, void *context, shire_error *error) {
    const entry_list *list = context;
    shire_status status = SHIRE_OK;
    for (size_t i = 0; status == SHIRE_OK && i < list->count; i++) {
        status = shire_audit_append(store, &list->entries[i], error);
    }
    return status;
}

void api_log(shire_call *call, const shire_audit_entry *entries, size_t entry_count) {
    size_t bytes = entry_count * sizeof entries[0];
    entry_list *list = shire_arena_alloc(call->request->arena, sizeof *list + bytes);
    if (list == NULL) {
        call->response->failed = true;
        return;
    }
    list->count = entry_count;
    memcpy(list->entries, entries, bytes);
    if (entry_count > 0) {
        shire_call_write(call, append_entries, NULL, list);
    }
}

shire_audit_entry api_entry(const shire_call *call, const char *kind, const char *subject,
                            const char *detail) {
    shire_gate_purpose purpose = call->user->viewer.purpose;
    return (shire_audit_entry){.kind = kind,
                               .actor = call->user->account,
                               .organisation = call->user->organisation,
                               .purpose = shire_gate_name(SHIRE_GATE_PURPOSES, purpose),
                               .subject = subject,
                               .detail = detail};
}

void api_log_read(shire_call *call, const char *detail) {
    shire_audit_entry entry = api_entry(call, "read", "", detail);
    api_log(call, &entry, 1);
}
