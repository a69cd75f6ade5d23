/*
 * The parts that several resources share: references, identifiers, periods, versions; and the
 * resources about bodies.
 */
#include "web/fhir_internal.h"

#include "core/calendar.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *fhir_text(shire_span text) {
    return json_stringn(text.bytes == NULL ? "" : text.bytes, text.length);
}

void fhir_set(json_t *object, const char *key, json_t *value) {
    (void)json_object_set_new(object, key, value);
}

void fhir_set_text(json_t *object, const char *key, shire_span text) {
    if (text.length > 0) {
        fhir_set(object, key, fhir_text(text));
    }
}

json_t *fhir_identifier(const char *system, shire_span value) {
    json_t *identifier = json_pack("{s:s}", "system", system);
    fhir_set_text(identifier, "value", value);
    return identifier;
}

json_t *fhir_local_identifier(shire_span organisation, shire_span source, shire_span value) {
    shire_builder system = {0};
    shire_builder_append_text(&system, SHIRE_FHIR_LOCAL);
    shire_builder_append_url(&system, organisation);
    shire_builder_append_text(&system, ":");
    shire_builder_append_url(&system, source);
    json_t *identifier = system.failed ? NULL : fhir_identifier(system.bytes, value);
    shire_builder_free(&system);
    return identifier;
}

json_t *fhir_organization_reference(const shire_record_body *body) {
    json_t *reference =
        json_pack("{s:o?}", "identifier", fhir_identifier(SHIRE_FHIR_ODS, body->code));
    if (body->code.length > 0) {
        fhir_set(reference, "reference",
                 json_sprintf("Organization/%.*s", (int)body->code.length, body->code.bytes));
    }
    fhir_set_text(reference, "display", body->name);
    return reference;
}

json_t *fhir_patient_reference(const shire_record_view *view) {
    json_t *text = json_sprintf("Patient/%.*s", (int)view->person_id.length, view->person_id.bytes);
    return json_pack("{s:o?}", "reference", text);
}

json_t *fhir_profile(const char *resource, const char *profile) {
    json_t *object = json_pack("{s:s, s:{}}", "resourceType", resource, "meta");
    if (profile != NULL) {
        fhir_set(json_object_get(object, "meta"), "profile", json_pack("[s]", profile));
    }
    return object;
}

void fhir_set_id(json_t *resource, const shire_record_view *view, const char *rest) {
    fhir_set(resource, "id",
             json_sprintf("%.*s.%s", (int)view->person_id.length, view->person_id.bytes, rest));
}

json_t *fhir_minute(int32_t minute) {
    char text[20];
    int offset = shire_uk_offset_of_local(minute);
    shire_timestamp_format((shire_timestamp)minute * 60 * 1000000, text);
    return json_sprintf("%s%s", text, offset == 0 ? "+00:00" : "+01:00");
}

json_t *fhir_day(shire_date day) {
    char text[11];
    shire_date_format(day, text);
    return json_string(text);
}

bool shire_fhir_set_version(json_t *resource, char version_out[17]) {
    char *text = json_dumps(resource, JSON_COMPACT);
    if (text == NULL) {
        return false;
    }
    snprintf(version_out, 17, "%016" PRIx64, shire_text_hash(shire_span_of(text), 0));
    memset(text, 0, strlen(text));
    free(text);
    json_t *meta = json_object_get(resource, "meta");
    return json_object_set_new(meta, "versionId", json_string(version_out)) == 0;
}

/* ---- bodies ---- */

json_t *shire_fhir_organization(shire_span code, shire_span name, shire_span kind) {
    json_t *resource = fhir_profile(
        "Organization", "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Organization");
    fhir_set_text(resource, "id", code);
    fhir_set(resource, "identifier", json_pack("[o?]", fhir_identifier(SHIRE_FHIR_ODS, code)));
    fhir_set(resource, "active", json_true());
    if (kind.length > 0) {
        fhir_set(resource, "type", json_pack("[{s:o?}]", "text", fhir_text(kind)));
    }
    fhir_set_text(resource, "name", name);
    return resource;
}

json_t *shire_fhir_location(shire_span code, shire_span name) {
    json_t *resource =
        fhir_profile("Location", "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Location");
    json_t *reference = json_sprintf("Organization/%.*s", (int)code.length, code.bytes);
    fhir_set_text(resource, "id", code);
    fhir_set(resource, "identifier", json_pack("[o?]", fhir_identifier(SHIRE_FHIR_ODS, code)));
    fhir_set(resource, "status", json_string("active"));
    fhir_set_text(resource, "name", name);
    fhir_set(resource, "mode", json_string("instance"));
    fhir_set(resource, "managingOrganization", json_pack("{s:o?}", "reference", reference));
    return resource;
}
