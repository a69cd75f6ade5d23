/*
 * Organization and Location: the bodies of the partnership, from the last run. Nothing here is
 * about a person, so nothing is logged. A body is its own one place: extracts name no sites yet.
 */
#include "web/fhir_call.h"

typedef json_t *(*body_maker)(shire_span code, shire_span name, shire_span kind);

static json_t *make_location(shire_span code, shire_span name, shire_span kind) {
    (void)kind;
    return shire_fhir_location(code, name);
}

static json_t *make_body(fhir_call *call, uint32_t number, body_maker make) {
    const shire_record_book *book = shire_record_get_book(call->record);
    const shire_record_organisation *body = &book->organisations[number];
    return make(shire_record_book_text(book, body->code), shire_record_book_text(book, body->name),
                shire_record_book_text(book, body->kind));
}

static shire_status read_body(fhir_call *call, shire_span id, body_maker make,
                              json_t **resource_out, shire_error *error) {
    uint32_t number = shire_record_book_find_organisation(shire_record_get_book(call->record), id);
    if (number == SHIRE_RECORD_NOBODY) {
        return SHIRE_FAIL(error, SHIRE_NOT_FOUND, "no such organisation");
    }
    *resource_out = make_body(call, number, make);
    return SHIRE_OK;
}

static bool name_fits(const fhir_call *call, shire_span name) {
    for (size_t i = 0; i < call->query.count; i++) {
        const shire_fhir_parameter *parameter = &call->query.parameters[i];
        bool is_exact = shire_span_equal(parameter->modifier, shire_span_of("exact"));
        bool is_part = shire_span_equal(parameter->modifier, shire_span_of("contains"));
        bool fits = !shire_span_equal(parameter->name, shire_span_of("name"));
        for (size_t k = 0; k < parameter->value_count && !fits; k++) {
            shire_span wanted = shire_fhir_text(parameter->values[k], call->arena);
            fits = is_exact  ? shire_span_equal(name, wanted)
                   : is_part ? shire_fhir_contains(name, wanted)
                             : shire_fhir_begins(name, wanted);
        }
        if (!fits) {
            return false;
        }
    }
    return true;
}

static shire_status search_bodies(fhir_call *call, body_maker make, shire_error *error) {
    const shire_record_book *book = shire_record_get_book(call->record);
    shire_status status = SHIRE_OK;
    for (uint32_t i = 0; status == SHIRE_OK && i < book->organisation_count; i++) {
        const shire_record_organisation *body = &book->organisations[i];
        char code[64];
        shire_span text = shire_record_book_text(book, body->code);
        snprintf(code, sizeof code, "%.*s", (int)text.length, text.bytes);
        if (fhir_token_fits(call, "_id", NULL, code) &&
            fhir_token_fits(call, "identifier", SHIRE_FHIR_ODS, code) &&
            name_fits(call, shire_record_book_text(book, body->name)) && fhir_take_place(call)) {
            status = fhir_add(call, make_body(call, i, make), -1, NULL, error);
        }
    }
    return status;
}

static shire_status read_organization(fhir_call *call, shire_span id, json_t **resource_out,
                                      shire_error *error) {
    return read_body(call, id, shire_fhir_organization, resource_out, error);
}

static shire_status read_location(fhir_call *call, shire_span id, json_t **resource_out,
                                  shire_error *error) {
    return read_body(call, id, make_location, resource_out, error);
}

static shire_status search_organizations(fhir_call *call, shire_error *error) {
    return search_bodies(call, shire_fhir_organization, error);
}

static shire_status search_locations(fhir_call *call, shire_error *error) {
    return search_bodies(call, make_location, error);
}

static const fhir_parameter_form body_parameters[] = {
    {"_id", "token", {NULL}, "The body's code"},
    {"identifier", "token", {NULL}, "The body's code"},
    {"name", "string", {"exact", "contains"}, "Begins with"},
};

static const fhir_include_form location_includes[] = {
    {"organization", "managingOrganization", "Organization"},
};

#define BODY_PARAMETERS                                                                            \
    .parameters = body_parameters,                                                                 \
    .parameter_count = sizeof body_parameters / sizeof body_parameters[0]

const fhir_kind fhir_body_kinds[] = {
    {.name = "Organization",
     .profile = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Organization",
     BODY_PARAMETERS,
     .read = read_organization,
     .search = search_organizations},
    {.name = "Location",
     .profile = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Location",
     BODY_PARAMETERS,
     .includes = location_includes,
     .include_count = 1,
     .read = read_location,
     .search = search_locations},
    {.name = NULL},
};
