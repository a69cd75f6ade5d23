/*
 * `_elements`: of each resource that was found, what the client names, and what FHIR has in every
 * one of its kind. What goes with it stays whole, and so does its version, which is that of all of
 * it; a tag says that there is more.
 */
#include "web/fhir_call.h"

#include <string.h>

static bool is_named(const fhir_call *call, const char *element) {
    for (size_t i = 0; i < call->query.count; i++) {
        const shire_fhir_parameter *parameter = &call->query.parameters[i];
        bool is_list = shire_span_equal(parameter->name, shire_span_of("_elements"));
        for (size_t k = 0; is_list && k < parameter->value_count; k++) {
            if (shire_span_equal(parameter->values[k], shire_span_of(element))) {
                return true;
            }
        }
    }
    return false;
}

static bool is_kept(const fhir_call *call, const char *element) {
    static const char *const always[] = {"resourceType", "id", "meta"};
    for (size_t i = 0; i < 3; i++) {
        const char *needed = call->kind->needed[i];
        if (strcmp(element, always[i]) == 0 || (needed != NULL && strcmp(element, needed) == 0)) {
            return true;
        }
    }
    /* What is contained is of the goals that a plan refers to. */
    return is_named(call, strcmp(element, "contained") == 0 ? "goal" : element);
}

static bool keep_of_one(const fhir_call *call, json_t *resource) {
    void *next = NULL;
    const char *element;
    json_t *value;
    json_object_foreach_safe(resource, next, element, value) {
        if (!is_kept(call, element)) {
            (void)json_object_del(resource, element);
        }
    }
    json_t *tag =
        json_pack("[{s:s, s:s}]", "system",
                  "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code", "SUBSETTED");
    return json_object_set_new(json_object_get(resource, "meta"), "tag", tag) == 0;
}

bool fhir_keep_elements(const fhir_call *call) {
    size_t index;
    json_t *entry;
    if (shire_fhir_find(&call->query, "_elements") == NULL) {
        return true;
    }
    json_array_foreach(call->entries, index, entry) {
        const char *mode =
            json_string_value(json_object_get(json_object_get(entry, "search"), "mode"));
        if (mode != NULL && strcmp(mode, "match") == 0 &&
            !keep_of_one(call, json_object_get(entry, "resource"))) {
            return false;
        }
    }
    return true;
}
