/*
 * FHIR R4 under /fhir: routes, the kinds of resources, and /metadata, which is made of the same
 * tables that searches are checked by, so that it cannot promise another thing.
 */
#include "web/fhir_call.h"
#include "web/fhir_routes.h"
#include "web/web_internal.h"
#include "web/web_routes.h"

#include <string.h>
#include <time.h>

const fhir_kind *fhir_kind_at(size_t place) {
    const fhir_kind *const tables[] = {fhir_care_kinds, fhir_body_kinds};
    if (place == 0) {
        return &fhir_patient_kind;
    }
    place--;
    for (size_t table = 0; table < 2; table++) {
        for (const fhir_kind *kind = tables[table]; kind->name != NULL; kind++) {
            if (place-- == 0) {
                return kind;
            }
        }
    }
    return NULL;
}

const fhir_kind *fhir_find_kind(shire_span name) {
    const fhir_kind *kind = NULL;
    for (size_t i = 0; (kind = fhir_kind_at(i)) != NULL; i++) {
        if (shire_span_equal(name, shire_span_of(kind->name))) {
            return kind;
        }
    }
    return NULL;
}

/* ---- what is served ---- */

static json_t *kind_json(const fhir_kind *kind) {
    json_t *parameters = json_array();
    for (size_t i = 0; i < kind->parameter_count; i++) {
        const fhir_parameter_form *form = &kind->parameters[i];
        (void)json_array_append_new(parameters,
                                    json_pack("{s:s, s:s, s:s}", "name", form->name, "type",
                                              form->type, "documentation", form->documentation));
    }
    json_t *json =
        json_pack("{s:s, s:[{s:s}, {s:s}], s:s, s:[s, s], s:o}", "type", kind->name, "interaction",
                  "code", "read", "code", "search-type", "versioning", "no-version",
                  "referencePolicy", "literal", "logical", "searchParam", parameters);
    json_t *includes = json_array();
    for (size_t i = 0; i < kind->include_count; i++) {
        (void)json_array_append_new(includes,
                                    json_sprintf("%s:%s", kind->name, kind->includes[i].name));
    }
    if (json_array_size(includes) > 0) {
        (void)json_object_set(json, "searchInclude", includes);
    }
    json_decref(includes);
    if (kind->profile != NULL) {
        (void)json_object_set_new(json, "supportedProfile", json_pack("[s]", kind->profile));
    }
    if (kind == &fhir_patient_kind) {
        (void)json_object_set_new(
            json, "operation",
            json_pack("[{s:s, s:s}]", "name", "match", "definition",
                      "http://hl7.org/fhir/OperationDefinition/Patient-match"));
    }
    return json;
}

/* Those of every kind. */
static json_t *result_parameters(void) {
    static const char *const forms[][3] = {
        {"_count", "number", "How many on a page: 20 without it, at most 100"},
        {"_summary", "token", "count, false"},
        {"_total", "token", "none, estimate, accurate: the total is always accurate"},
        {"_elements", "special", "Elements to be left in what is found"},
        {"_include", "special", "What searchInclude names, as far as it may be seen"}};
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        (void)json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "name", forms[i][0], "type",
                                                    forms[i][1], "documentation", forms[i][2]));
    }
    return list;
}

shire_status fhir_serve_metadata(shire_call *web, shire_error *error) {
    char date[32];
    bool answered = false;
    shire_status status = fhir_negotiate(web, FHIR_BODY_NONE, &answered, error);
    if (status != SHIRE_OK || answered) {
        return status;
    }
    time_t started = (time_t)web->web->started;
    struct tm parts;
    gmtime_r(&started, &parts);
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", &parts);
    json_t *resources = json_array();
    const fhir_kind *kind = NULL;
    for (size_t i = 0; (kind = fhir_kind_at(i)) != NULL; i++) {
        (void)json_array_append_new(resources, kind_json(kind));
    }
    json_t *rest = json_pack(
        "{s:s, s:{s:b, s:s}, s:o, s:o?}", "mode", "server", "security", "cors", 0, "description",
        "Sign in, or send a token of a service account as `Authorization: Bearer`. What is shown "
        "is "
        "what the gate lets through for the account, its role and purpose; every read is logged.",
        "resource", resources, "searchParam", result_parameters());
    const char *base = shire_call_base_url(web);
    return shire_call_json(
        web,
        json_pack("{s:s, s:s, s:s, s:s, s:{s:s, s:s}, s:{s:s, s:o?}, s:s, s:[s, s], s:[o?]}",
                  "resourceType", "CapabilityStatement", "status", "active", "date", date, "kind",
                  "instance", "software", "name", "Shire", "version", SHIRE_VERSION,
                  "implementation", "description", web->web->partnership.name, "url",
                  base == NULL ? NULL : json_sprintf("%s/fhir", base), "fhirVersion", "4.0.1",
                  "format", "application/fhir+json", "json", "rest", rest),
        error);
}

/* ---- reads and searches ---- */

static shire_status refuse_kind(fhir_call *call, shire_error *error) {
    return fhir_refuse(call, 404, "not-supported",
                       "this kind of resource is not served (see /fhir/metadata)", error);
}

static shire_status serve_read(shire_call *web, shire_error *error) {
    fhir_call call;
    bool answered = false;
    json_t *resource = NULL;
    shire_error inner = {0};
    shire_status status = fhir_begin(web, FHIR_BODY_NONE, &call, &answered, error);
    if (status != SHIRE_OK || answered) {
        return status;
    }
    call.kind = fhir_find_kind(web->ids[0]);
    if (call.kind == NULL) {
        return refuse_kind(&call, error);
    }
    status = call.kind->read(&call, web->ids[1], &resource, &inner);
    if (status == SHIRE_OK) {
        status = fhir_answer(&call, resource, error);
    } else if (status == SHIRE_NOT_FOUND) {
        status = fhir_answer_nobody(&call, error);
    } else if (error != NULL) {
        *error = inner;
    }
    fhir_done(&call);
    return status;
}

static shire_status serve_search(shire_call *web, shire_error *error) {
    fhir_call call;
    bool answered = false;
    fhir_body body = web->request->method == SHIRE_HTTP_POST ? FHIR_BODY_FORM : FHIR_BODY_NONE;
    shire_status status = fhir_begin(web, body, &call, &answered, error);
    if (status != SHIRE_OK || answered) {
        return status;
    }
    call.kind = fhir_find_kind(web->ids[0]);
    if (call.kind == NULL) {
        return refuse_kind(&call, error);
    }
    status = fhir_begin_search(&call, &answered, error);
    if (status == SHIRE_OK && !answered) {
        status = call.kind->search(&call, error);
        if (status == SHIRE_OK) {
            status = fhir_include(&call, error);
        }
        if (status == SHIRE_OK) {
            status = fhir_end_search(&call, error);
        }
    }
    fhir_done(&call);
    return status;
}

const shire_route shire_api_fhir_routes[] = {
    {.pattern = "/fhir/metadata",
     .handle = fhir_serve_metadata,
     .access = SHIRE_ROUTE_PUBLIC,
     .form = SHIRE_ROUTE_FHIR},
    {.pattern = "/fhir/{kind}", .handle = serve_search, .form = SHIRE_ROUTE_FHIR},
    {.method = SHIRE_HTTP_POST,
     .pattern = "/fhir/{kind}/_search",
     .handle = serve_search,
     .form = SHIRE_ROUTE_FHIR},
    {.method = SHIRE_HTTP_POST,
     .pattern = "/fhir/Patient/$match",
     .handle = fhir_serve_match,
     .form = SHIRE_ROUTE_FHIR},
    {.pattern = "/fhir/{kind}/{id}", .handle = serve_read, .form = SHIRE_ROUTE_FHIR},
    {.pattern = NULL},
};
