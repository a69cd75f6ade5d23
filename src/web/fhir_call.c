/*
 * Parameters that the kind of resource does not take are refused, because a search that ignores a
 * condition finds too much; with `Prefer: handling=lenient` they are left out and named in the
 * answer, as the specification has it.
 */
#include "web/fhir_call.h"

#include "web/page_person.h"
#include "web/web_cursor.h"
#include "web/web_internal.h"
#include "web/web_user.h"

#include <stdlib.h>
#include <string.h>

/* ---- beginning ---- */

shire_status fhir_refuse(fhir_call *call, int http_status, const char *code, const char *sentence,
                         shire_error *error) {
    shire_http_response *response = call->web->response;
    shire_http_response_clear(response);
    response->status = http_status;
    return shire_call_json(call->web,
                           json_pack("{s:s, s:[{s:s, s:s, s:s}]}", "resourceType",
                                     "OperationOutcome", "issue", "severity", "error", "code", code,
                                     "diagnostics", sentence),
                           error);
}

shire_status fhir_begin(shire_call *web, fhir_body body, fhir_call *call, bool *answered_out,
                        shire_error *error) {
    *call = (fhir_call){.web = web, .arena = web->request->arena, .count = FHIR_COUNT_DEFAULT};
    shire_status status = fhir_negotiate(web, body, answered_out, error);
    if (status != SHIRE_OK || *answered_out) {
        return status;
    }
    status = shire_call_need_run(web, &call->record, error);
    *answered_out = status != SHIRE_OK || call->record == NULL;
    if (!*answered_out) {
        call->asker = shire_call_asker(web, NULL);
    }
    return status;
}

void fhir_done(fhir_call *call) {
    json_decref(call->entries);
    json_decref(call->issues);
    call->entries = NULL;
    call->issues = NULL;
}

/* ---- links ---- */

/* What a link holds: how many to pass over, and the search. */
static json_t *link_to(const fhir_call *call, const char *relation, size_t first) {
    const shire_http_request *request = call->web->request;
    const shire_http_fields *fields[] = {&request->query, &request->form};
    shire_builder search = {0};
    shire_builder_append_format(&search, "%zu ", first);
    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < fields[k]->count; i++) {
            shire_builder_append_url(&search, fields[k]->items[i].name);
            shire_builder_append_text(&search, "=");
            shire_builder_append_url(&search, fields[k]->items[i].value);
            shire_builder_append_text(&search, "&");
        }
    }
    json_t *cursor = search.failed || search.length > SHIRE_CURSOR_BYTES_MAX
                         ? NULL
                         : shire_cursor_seal(call->web, (shire_span){search.bytes, search.length});
    json_t *link = NULL;
    if (cursor != NULL) {
        link = json_pack("{s:s, s:o?}", "relation", relation, "url",
                         json_sprintf("%s/fhir/%s?_page=%s", shire_call_base_url(call->web),
                                      call->kind->name, json_string_value(cursor)));
    }
    json_decref(cursor);
    shire_builder_free(&search);
    return link;
}

/* Puts the search of a link in the place of the request's. */
static shire_status open_link(fhir_call *call, shire_span page, bool *answered_out,
                              shire_error *error) {
    shire_span place;
    if (!shire_cursor_open(call->web, page, &place)) {
        *answered_out = true;
        return fhir_refuse(call, 410, "expired",
                           "this page of a search has gone; send the search again", error);
    }
    char *rest = NULL;
    call->first = strtoull(place.bytes, &rest, 10);
    shire_span search = shire_span_of(*rest == ' ' ? rest + 1 : rest);
    if (search.length > 0) {
        search.length--;
    }
    call->web->request->form = (shire_http_fields){0};
    return shire_http_fields_parse(search, call->arena, &call->web->request->query, error);
}

/* ---- parameters ---- */

static const fhir_include_form *find_include(const fhir_kind *kind, shire_span value) {
    size_t length = strlen(kind->name);
    bool is_of_kind = value.length > length && memcmp(value.bytes, kind->name, length) == 0 &&
                      value.bytes[length] == ':';
    if (!is_of_kind) {
        return NULL;
    }
    shire_span name = {value.bytes + length + 1, value.length - length - 1};
    const char *colon = memchr(name.bytes, ':', name.length);
    shire_span target = {0};
    if (colon != NULL) {
        target = (shire_span){colon + 1, (size_t)(name.bytes + name.length - colon - 1)};
        name.length = (size_t)(colon - name.bytes);
    }
    for (size_t i = 0; i < kind->include_count; i++) {
        const fhir_include_form *form = &kind->includes[i];
        if (shire_span_equal(name, shire_span_of(form->name)) &&
            (colon == NULL || shire_span_equal(target, shire_span_of(form->target)))) {
            return form;
        }
    }
    return NULL;
}

static const fhir_parameter_form *find_form(const fhir_kind *kind, shire_span name) {
    for (size_t i = 0; i < kind->parameter_count; i++) {
        if (shire_span_equal(name, shire_span_of(kind->parameters[i].name))) {
            return &kind->parameters[i];
        }
    }
    return NULL;
}

static bool takes_modifier(const fhir_parameter_form *form, shire_span modifier) {
    for (size_t i = 0; modifier.length > 0 && i < FHIR_MODIFIERS_MAX; i++) {
        if (form->modifiers[i] != NULL &&
            shire_span_equal(modifier, shire_span_of(form->modifiers[i]))) {
            return true;
        }
    }
    return modifier.length == 0;
}

/* A number of at most six digits; false for anything else. */
static bool read_count(shire_span text, size_t *count_out) {
    size_t count = 0;
    for (size_t i = 0; i < text.length; i++) {
        if (i == 6 || text.bytes[i] < '0' || text.bytes[i] > '9') {
            return false;
        }
        count = count * 10 + (size_t)(text.bytes[i] - '0');
    }
    *count_out = count;
    return text.length > 0;
}

static bool are_includes(const fhir_call *call, const shire_fhir_parameter *parameter) {
    for (size_t i = 0; i < parameter->value_count; i++) {
        if (find_include(call->kind, parameter->values[i]) == NULL) {
            return false;
        }
    }
    return shire_span_equal(parameter->name, shire_span_of("_include"));
}

/* Parameters about the answer, which every kind takes. False for none of these. */
static bool read_result_parameter(fhir_call *call, const shire_fhir_parameter *parameter,
                                  const char **problem) {
    shire_span value = parameter->values[0];
    if (parameter->modifier.length > 0) {
        return false;
    }
    if (shire_span_equal(parameter->name, shire_span_of("_total"))) {
        /* The total is always there and always right. */
        *problem = shire_span_equal(value, shire_span_of("none")) ||
                           shire_span_equal(value, shire_span_of("estimate")) ||
                           shire_span_equal(value, shire_span_of("accurate"))
                       ? NULL
                       : "_total is none, estimate or accurate";
        return true;
    }
    if (shire_span_equal(parameter->name, shire_span_of("_count"))) {
        size_t count = 0;
        *problem = read_count(value, &count) ? NULL : "_count is no number";
        call->count = count > FHIR_COUNT_MAX ? FHIR_COUNT_MAX : count;
        return true;
    }
    if (shire_span_equal(parameter->name, shire_span_of("_summary"))) {
        bool is_count = shire_span_equal(value, shire_span_of("count"));
        bool is_false = shire_span_equal(value, shire_span_of("false"));
        *problem = is_count || is_false ? NULL : "of _summary only count and false are served";
        call->count = is_count ? 0 : call->count;
        return true;
    }
    return shire_span_equal(parameter->name, shire_span_of("_format")) ||
           shire_span_equal(parameter->name, shire_span_of("_elements")) ||
           shire_span_equal(parameter->name, shire_span_of("_pretty")) ||
           are_includes(call, parameter);
}

static const char *check_dates(const shire_fhir_parameter *parameter) {
    for (size_t i = 0; i < parameter->value_count; i++) {
        shire_fhir_when when;
        shire_error error = {0};
        if (shire_fhir_when_read(parameter->values[i], &when, &error) != SHIRE_OK) {
            return "a date in the search is not of the form 2024, 2024-04, 2024-04-01 or "
                   "2024-04-01T09:30:00Z, with eq, ne, gt, lt, ge, le, sa, eb or ap before it";
        }
    }
    return NULL;
}

/* What is wrong with a parameter, or NULL; an unknown one sets *unknown. */
static const char *check_parameter(fhir_call *call, const shire_fhir_parameter *parameter,
                                   bool *unknown) {
    const char *problem = NULL;
    const fhir_parameter_form *form = find_form(call->kind, parameter->name);
    *unknown = false;
    if (form == NULL && read_result_parameter(call, parameter, &problem)) {
        return problem;
    }
    if (form == NULL || parameter->is_chained || !takes_modifier(form, parameter->modifier)) {
        *unknown = true;
        return "a search parameter, modifier or inclusion is not supported (see /fhir/metadata); "
               "searches through other resources are not served";
    }
    return strcmp(form->type, "date") == 0 ? check_dates(parameter) : NULL;
}

static bool is_lenient(const fhir_call *call) {
    const char *prefer = shire_http_header(call->web->request, "Prefer");
    return prefer != NULL && strstr(prefer, "handling=lenient") != NULL;
}

static shire_status check_parameters(fhir_call *call, bool *answered_out, shire_error *error) {
    shire_fhir_parameter *kept =
        shire_arena_alloc_array(call->arena, call->query.count, sizeof *kept);
    size_t kept_count = 0;
    bool has_warned = false;
    if (kept == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "the search is too large");
    }
    for (size_t i = 0; i < call->query.count; i++) {
        bool unknown = false;
        const char *problem = check_parameter(call, &call->query.parameters[i], &unknown);
        if (problem != NULL && !(unknown && is_lenient(call))) {
            *answered_out = true;
            return fhir_refuse(call, 400, unknown ? "not-supported" : "value", problem, error);
        }
        if (problem == NULL) {
            kept[kept_count++] = call->query.parameters[i];
        } else if (!has_warned) {
            has_warned = true;
            fhir_warn(call, "not-supported",
                      "a search parameter or modifier is not supported and was left out");
        }
    }
    call->query = (shire_fhir_query){kept, kept_count};
    return SHIRE_OK;
}

shire_status fhir_begin_search(fhir_call *call, bool *answered_out, shire_error *error) {
    shire_http_request *request = call->web->request;
    shire_span page = shire_call_query(call->web, "_page");
    shire_status status = SHIRE_OK;
    *answered_out = false;
    call->entries = json_array();
    call->issues = json_array();
    if (call->entries == NULL || call->issues == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for an answer");
    }
    if (page.length > 0) {
        status = open_link(call, page, answered_out, error);
    }
    if (status != SHIRE_OK || *answered_out) {
        return status;
    }
    const shire_http_fields fields[] = {request->query, request->form};
    status = shire_fhir_query_read(fields, 2, call->arena, &call->query, error);
    return status == SHIRE_OK ? check_parameters(call, answered_out, error) : status;
}

/* ---- what was found ---- */

bool fhir_take_place(fhir_call *call) {
    size_t place = call->total++;
    return place >= call->first && place < call->first + call->count;
}

void fhir_warn(fhir_call *call, const char *code, const char *sentence) {
    (void)json_array_append_new(call->issues, json_pack("{s:s, s:s, s:s}", "severity", "warning",
                                                        "code", code, "diagnostics", sentence));
}

void fhir_log(fhir_call *call, const shire_audit_entry *entry) {
    if (entry->kind != NULL && call->log_count < sizeof call->log / sizeof call->log[0]) {
        call->log[call->log_count++] = *entry;
    }
}

/* Takes `resource` and `search`. */
static shire_status add_entry(fhir_call *call, json_t *resource, json_t *search,
                              shire_error *error) {
    char version[17];
    bool is_made = resource != NULL && search != NULL && shire_fhir_set_version(resource, version);
    json_t *url = is_made
                      ? json_sprintf("%s/fhir/%s/%s", shire_call_base_url(call->web),
                                     json_string_value(json_object_get(resource, "resourceType")),
                                     json_string_value(json_object_get(resource, "id")))
                      : NULL;
    json_t *entry =
        json_pack("{s:o?, s:o?, s:o?}", "fullUrl", url, "resource", resource, "search", search);
    return is_made && json_array_append_new(call->entries, entry) == 0
               ? SHIRE_OK
               : SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for an answer");
}

shire_status fhir_add(fhir_call *call, json_t *resource, double score, const char *grade,
                      shire_error *error) {
    json_t *search = json_pack("{s:s}", "mode", "match");
    if (score >= 0) {
        (void)json_object_set_new(search, "score", json_real(score));
        (void)json_object_set_new(
            search, "extension",
            json_pack("[{s:s, s:s}]", "url", SHIRE_FHIR_GRADE, "valueCode", grade));
    }
    return add_entry(call, resource, search, error);
}

/* ---- what goes with it ---- */

static bool has_entry(const fhir_call *call, const char *kind, const char *id) {
    size_t index;
    json_t *entry;
    json_array_foreach(call->entries, index, entry) {
        const json_t *resource = json_object_get(entry, "resource");
        const char *other = json_string_value(json_object_get(resource, "id"));
        const char *type = json_string_value(json_object_get(resource, "resourceType"));
        if (other != NULL && type != NULL && strcmp(other, id) == 0 && strcmp(type, kind) == 0) {
            return true;
        }
    }
    return false;
}

/* What one resource refers to, read as it would be by itself: what may not be seen is not there. */
static shire_status include_one(fhir_call *call, const json_t *resource,
                                const fhir_include_form *form, shire_error *error) {
    const json_t *element = json_object_get(resource, form->element);
    const char *reference = json_string_value(json_object_get(element, "reference"));
    size_t length = strlen(form->target);
    if (reference == NULL || strncmp(reference, form->target, length) != 0 ||
        reference[length] != '/' || has_entry(call, form->target, reference + length + 1)) {
        return SHIRE_OK;
    }
    json_t *target = NULL;
    shire_error inner = {0};
    shire_status status = fhir_find_kind(shire_span_of(form->target))
                              ->read(call, shire_span_of(reference + length + 1), &target, &inner);
    if (status == SHIRE_OK) {
        return add_entry(call, target, json_pack("{s:s}", "mode", "include"), error);
    }
    if (status != SHIRE_NOT_FOUND && error != NULL) {
        *error = inner;
    }
    return status == SHIRE_NOT_FOUND ? SHIRE_OK : status;
}

shire_status fhir_include(fhir_call *call, shire_error *error) {
    size_t found_count = json_array_size(call->entries);
    shire_status status = SHIRE_OK;
    for (size_t i = 0; i < call->query.count; i++) {
        const shire_fhir_parameter *parameter = &call->query.parameters[i];
        if (!shire_span_equal(parameter->name, shire_span_of("_include"))) {
            continue;
        }
        for (size_t k = 0; k < parameter->value_count; k++) {
            const fhir_include_form *form = find_include(call->kind, parameter->values[k]);
            for (size_t n = 0; status == SHIRE_OK && form != NULL && n < found_count; n++) {
                const json_t *entry = json_array_get(call->entries, n);
                status = include_one(call, json_object_get(entry, "resource"), form, error);
            }
        }
    }
    return status;
}

/* ---- answers ---- */

typedef struct log_list {
    shire_audit_entry entries[FHIR_LOG_MAX];
    size_t count;
} log_list;

static shire_status append_entries(shire_store *store, void *context, shire_error *error) {
    const log_list *list = context;
    shire_status status = SHIRE_OK;
    for (size_t i = 0; status == SHIRE_OK && i < list->count; i++) {
        status = shire_audit_append(store, &list->entries[i], error);
    }
    return status;
}

/* The answer waits for the log. */
static shire_status write_log(fhir_call *call, shire_error *error) {
    if (call->log_count == 0) {
        return SHIRE_OK;
    }
    log_list *list = shire_arena_alloc(call->arena, sizeof *list);
    if (list == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for an answer");
    }
    memcpy(list->entries, call->log, call->log_count * sizeof call->log[0]);
    list->count = call->log_count;
    shire_call_write(call->web, append_entries, NULL, list);
    return SHIRE_OK;
}

shire_status fhir_end_search(fhir_call *call, shire_error *error) {
    if (!fhir_keep_elements(call)) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for an answer");
    }
    json_t *links = json_array();
    if (json_array_size(call->issues) > 0 && call->count > 0) {
        json_t *outcome =
            json_pack("{s:s, s:O}", "resourceType", "OperationOutcome", "issue", call->issues);
        (void)json_array_append_new(call->entries, json_pack("{s:o?, s:{s:s}}", "resource", outcome,
                                                             "search", "mode", "outcome"));
    }
    if (call->query.count > 0) {
        (void)json_array_append_new(links, link_to(call, "self", call->first));
    }
    if (call->count > 0 && call->first + call->count < call->total) {
        (void)json_array_append_new(links, link_to(call, "next", call->first + call->count));
    }
    if (call->count > 0 && call->first > 0) {
        size_t before = call->first > call->count ? call->first - call->count : 0;
        (void)json_array_append_new(links, link_to(call, "previous", before));
    }
    json_t *bundle = json_pack("{s:s, s:s, s:I}", "resourceType", "Bundle", "type", "searchset",
                               "total", (json_int_t)call->total);
    if (bundle != NULL && json_array_size(links) > 0) {
        (void)json_object_set(bundle, "link", links);
    }
    json_decref(links);
    if (bundle != NULL && json_array_size(call->entries) > 0) {
        (void)json_object_set(bundle, "entry", call->entries);
    }
    shire_status status = shire_call_json(call->web, bundle, error);
    return status == SHIRE_OK ? write_log(call, error) : status;
}

shire_status fhir_answer(fhir_call *call, json_t *resource, shire_error *error) {
    char version[17];
    char tag[24];
    if (resource == NULL || !shire_fhir_set_version(resource, version)) {
        json_decref(resource);
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for an answer");
    }
    snprintf(tag, sizeof tag, "W/\"%s\"", version);
    shire_status status = SHIRE_OK;
    if (shire_call_has_tag(call->web, tag)) {
        json_decref(resource);
        call->web->response->status = 304;
    } else {
        status = shire_call_json(call->web, resource, error);
    }
    shire_http_set_header(call->web->response, "ETag", tag);
    return status == SHIRE_OK ? write_log(call, error) : status;
}

shire_status fhir_answer_nobody(fhir_call *call, shire_error *error) {
    shire_status status = fhir_refuse(call, 404, "not-found",
                                      "There is nothing of this id, or you may not see it.", error);
    return status == SHIRE_OK ? write_log(call, error) : status;
}

shire_status fhir_read_person(fhir_call *call, const shire_record_request *request,
                              shire_record_view *view_out, shire_error *error) {
    shire_audit_entry entry = {0};
    shire_status status = shire_record_read(call->record, &call->asker, request, call->arena,
                                            view_out, &entry, error);
    fhir_log(call, &entry);
    return status;
}

/* ---- parameters of a search ---- */

static bool is_token(shire_fhir_token token, const char *system, const char *code) {
    bool is_of_system = !token.has_system ||
                        (system == NULL ? token.system.length == 0
                                        : shire_span_equal(token.system, shire_span_of(system)));
    bool is_any = token.has_system && token.code.length == 0 && system != NULL;
    return is_of_system && (is_any || shire_span_equal(token.code, shire_span_of(code)));
}

bool fhir_token_fits(const fhir_call *call, const char *name, const char *system,
                     const char *code) {
    for (size_t i = 0; i < call->query.count; i++) {
        const shire_fhir_parameter *parameter = &call->query.parameters[i];
        bool fits = !shire_span_equal(parameter->name, shire_span_of(name));
        for (size_t k = 0; k < parameter->value_count && !fits; k++) {
            fits = is_token(shire_fhir_token_read(parameter->values[k], call->arena), system, code);
        }
        if (!fits) {
            return false;
        }
    }
    return true;
}

bool fhir_date_fits(const fhir_call *call, const char *name, shire_fhir_stretch time) {
    for (size_t i = 0; i < call->query.count; i++) {
        const shire_fhir_parameter *parameter = &call->query.parameters[i];
        bool fits = !shire_span_equal(parameter->name, shire_span_of(name));
        for (size_t k = 0; k < parameter->value_count && !fits; k++) {
            shire_fhir_when when;
            shire_error error = {0};
            fits = shire_fhir_when_read(parameter->values[k], &when, &error) == SHIRE_OK &&
                   shire_fhir_when_fits(&when, time);
        }
        if (!fits) {
            return false;
        }
    }
    return true;
}
