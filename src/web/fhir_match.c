/*
 * Patient/$match: a partial Patient in, the people that it may be out, ranked and graded by the
 * linkage engine (certain, probable, possible), with the chance of each as the score.
 */
#include "web/fhir_call.h"

#include "web/fhir_routes.h"

#include <string.h>

static shire_span text_at(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    return (shire_span){json_string_value(value), json_string_length(value)};
}

/* The resource of Parameters, or a Patient as it stands. */
static const json_t *find_patient(const json_t *body, size_t *count, bool *only_certain) {
    size_t index;
    json_t *parameter;
    if (shire_span_equal(text_at(body, "resourceType"), shire_span_of("Patient"))) {
        return body;
    }
    const json_t *patient = NULL;
    json_array_foreach(json_object_get(body, "parameter"), index, parameter) {
        shire_span name = text_at(parameter, "name");
        if (shire_span_equal(name, shire_span_of("resource"))) {
            patient = json_object_get(parameter, "resource");
        } else if (shire_span_equal(name, shire_span_of("count"))) {
            json_int_t asked = json_integer_value(json_object_get(parameter, "valueInteger"));
            *count = asked > 0 && asked < SHIRE_RECORD_FOUND_MAX ? (size_t)asked : *count;
        } else if (shire_span_equal(name, shire_span_of("onlyCertainMatches"))) {
            *only_certain = json_is_true(json_object_get(parameter, "valueBoolean"));
        }
    }
    return patient;
}

static void read_identifiers(const json_t *patient, shire_link_query *query) {
    size_t index;
    json_t *identifier;
    json_array_foreach(json_object_get(patient, "identifier"), index, identifier) {
        if (shire_span_equal(text_at(identifier, "system"), shire_span_of(SHIRE_FHIR_NHS_NUMBER))) {
            query->values[SHIRE_LINK_ROLE_NHS_NUMBER] = text_at(identifier, "value");
        }
    }
}

static void read_name(const json_t *patient, shire_link_query *query) {
    const json_t *name = json_array_get(json_object_get(patient, "name"), 0);
    const json_t *given = json_object_get(name, "given");
    query->values[SHIRE_LINK_ROLE_FAMILY] = text_at(name, "family");
    const json_t *first = json_array_get(given, 0);
    const json_t *second = json_array_get(given, 1);
    query->values[SHIRE_LINK_ROLE_GIVEN] =
        (shire_span){json_string_value(first), json_string_length(first)};
    query->values[SHIRE_LINK_ROLE_MIDDLE] =
        (shire_span){json_string_value(second), json_string_length(second)};
    if (query->values[SHIRE_LINK_ROLE_FAMILY].length == 0 && json_array_size(given) == 0) {
        query->values[SHIRE_LINK_ROLE_FULL_NAME] = text_at(name, "text");
    }
}

static void read_places(const json_t *patient, shire_link_query *query) {
    const json_t *address = json_array_get(json_object_get(patient, "address"), 0);
    const json_t *line = json_array_get(json_object_get(address, "line"), 0);
    size_t index;
    json_t *point;
    query->values[SHIRE_LINK_ROLE_ADDRESS] =
        line == NULL ? text_at(address, "text")
                     : (shire_span){json_string_value(line), json_string_length(line)};
    query->values[SHIRE_LINK_ROLE_POSTCODE] = text_at(address, "postalCode");
    json_array_foreach(json_object_get(patient, "telecom"), index, point) {
        bool is_phone = shire_span_equal(text_at(point, "system"), shire_span_of("phone"));
        bool is_email = shire_span_equal(text_at(point, "system"), shire_span_of("email"));
        if (is_phone || is_email) {
            query->values[is_phone ? SHIRE_LINK_ROLE_PHONE : SHIRE_LINK_ROLE_EMAIL] =
                text_at(point, "value");
        }
    }
}

static void read_patient(const json_t *patient, shire_link_query *query) {
    shire_span gender = text_at(patient, "gender");
    read_identifiers(patient, query);
    read_name(patient, query);
    read_places(patient, query);
    query->values[SHIRE_LINK_ROLE_DOB] = text_at(patient, "birthDate");
    if (shire_span_equal(gender, shire_span_of("male"))) {
        query->values[SHIRE_LINK_ROLE_SEX] = shire_span_of("1");
    } else if (shire_span_equal(gender, shire_span_of("female"))) {
        query->values[SHIRE_LINK_ROLE_SEX] = shire_span_of("2");
    }
}

static shire_status add_matches(fhir_call *call, const shire_record_result *result,
                                bool only_certain, shire_error *error) {
    shire_status status = SHIRE_OK;
    for (size_t i = 0; status == SHIRE_OK && i < result->found_count; i++) {
        const shire_record_found *found = &result->found[i];
        if (only_certain && found->grade != SHIRE_LINK_GRADE_CERTAIN) {
            continue;
        }
        call->total++;
        status = fhir_add(call, shire_fhir_patient_found(found), found->probability,
                          shire_link_grade_name(found->grade), error);
    }
    return status;
}

static shire_status match_patient(fhir_call *call, const json_t *body, shire_error *error) {
    size_t count = 10;
    bool only_certain = false;
    const json_t *patient = find_patient(body, &count, &only_certain);
    shire_record_search search = {0};
    shire_record_result result = {0};
    shire_audit_entry entry = {0};
    if (!shire_span_equal(text_at(patient, "resourceType"), shire_span_of("Patient"))) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "the body of $match is Parameters with a Patient as `resource`");
    }
    read_patient(patient, &search.query);
    search.count = count;
    shire_status status =
        shire_record_find(call->record, &call->asker, &search, call->arena, &result, &entry, error);
    fhir_log(call, &entry);
    if (status == SHIRE_OK) {
        status = add_matches(call, &result, only_certain, error);
    }
    call->count = call->total > 0 ? call->total : 1;
    return status == SHIRE_OK ? fhir_end_search(call, error) : status;
}

shire_status fhir_serve_match(shire_call *web, shire_error *error) {
    fhir_call call;
    bool answered = false;
    shire_status status = fhir_begin(web, FHIR_BODY_JSON, &call, &answered, error);
    if (status != SHIRE_OK || answered) {
        return status;
    }
    json_error_t problem;
    json_t *body = json_loadb(web->request->body.bytes == NULL ? "" : web->request->body.bytes,
                              web->request->body.length, JSON_REJECT_DUPLICATES, &problem);
    call.kind = &fhir_patient_kind;
    call.entries = json_array();
    call.issues = json_array();
    if (body == NULL) {
        status = fhir_refuse(&call, 400, "structure", "the body of $match is no JSON", error);
    } else {
        status = match_patient(&call, body, error);
    }
    json_decref(body);
    fhir_done(&call);
    return status;
}
