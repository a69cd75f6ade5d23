/*
 * Patient: the person as the viewer may see them. The value that most records hold stands; other
 * NHS numbers are there as secondary, because two numbers on one person are a hazard to be seen.
 */
#include "web/fhir_internal.h"

#include <string.h>

#define UK_CORE "https://fhir.hl7.org.uk/StructureDefinition/"

const char *shire_fhir_gender(shire_span sex) {
    char code = sex.length == 1 ? sex.bytes[0] : '0';
    return code == '1' ? "male" : code == '2' ? "female" : code == '9' ? "other" : "unknown";
}

static const shire_record_fact *find_fact(const shire_record_view *view, const char *field) {
    for (size_t i = 0; i < view->fact_count; i++) {
        if (strcmp(view->facts[i].field, field) == 0) {
            return &view->facts[i];
        }
    }
    return NULL;
}

static shire_span best_of(const shire_record_view *view, const char *field) {
    const shire_record_fact *fact = find_fact(view, field);
    return fact == NULL ? (shire_span){0} : fact->best.text;
}

/* Nobody has asked the Personal Demographics Service; what we hold is what bodies sent. */
static json_t *nhs_number(shire_span number, const char *use) {
    json_t *identifier = fhir_identifier(SHIRE_FHIR_NHS_NUMBER, number);
    fhir_set(identifier, "use", json_string(use));
    fhir_set(identifier, "extension",
             json_pack("[{s:s, s:{s:[{s:s, s:s, s:s}]}}]", "url",
                       UK_CORE "Extension-UKCore-NHSNumberVerificationStatus",
                       "valueCodeableConcept", "coding", "system",
                       "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatus",
                       "code", "number-present-but-not-traced", "display",
                       "Number present but not traced"));
    return identifier;
}

static json_t *name_of(shire_span given, shire_span middle, shire_span family) {
    json_t *name = json_pack("{s:s}", "use", "usual");
    json_t *givens = json_array();
    fhir_set_text(name, "family", family);
    for (int i = 0; i < 2; i++) {
        shire_span part = i == 0 ? given : middle;
        if (part.length > 0) {
            (void)json_array_append_new(givens, fhir_text(part));
        }
    }
    if (json_array_size(givens) > 0) {
        fhir_set(name, "given", json_incref(givens));
    }
    json_decref(givens);
    return name;
}

static void set_home(json_t *patient, shire_span address, shire_span postcode) {
    if (address.length == 0 && postcode.length == 0) {
        return;
    }
    json_t *home = json_pack("{s:s}", "use", "home");
    if (address.length > 0) {
        fhir_set(home, "line", json_pack("[o?]", fhir_text(address)));
    }
    fhir_set_text(home, "postalCode", postcode);
    fhir_set(patient, "address", json_pack("[o?]", home));
}

static void add_telecom(json_t *list, const char *system, const shire_record_fact *fact) {
    if (fact != NULL) {
        json_t *point = json_pack("{s:s}", "system", system);
        fhir_set_text(point, "value", fact->best.text);
        (void)json_array_append_new(list, point);
    }
}

static json_t *list_identifiers(const shire_record_view *view) {
    json_t *list = json_array();
    const shire_record_fact *number = find_fact(view, "nhs_number");
    if (number != NULL) {
        (void)json_array_append_new(list, nhs_number(number->best.text, "official"));
        for (size_t i = 0; i < number->other_count; i++) {
            (void)json_array_append_new(list, nhs_number(number->others[i].text, "secondary"));
        }
    }
    for (size_t i = 0; i < view->holding_count; i++) {
        const shire_record_holding *holding = &view->holdings[i];
        json_t *local =
            fhir_local_identifier(holding->body.code, holding->source, holding->local_id);
        fhir_set(local, "assigner", fhir_organization_reference(&holding->body));
        (void)json_array_append_new(list, local);
    }
    return list;
}

/* An empty list is no FHIR. */
static void set_list(json_t *resource, const char *key, json_t *list) {
    if (json_array_size(list) > 0) {
        fhir_set(resource, key, json_incref(list));
    }
    json_decref(list);
}

static json_t *begin_patient(shire_span person_id) {
    json_t *patient = fhir_profile("Patient", UK_CORE "UKCore-Patient");
    fhir_set_text(patient, "id", person_id);
    return patient;
}

json_t *shire_fhir_patient(const shire_record_view *view) {
    json_t *patient = begin_patient(view->person_id);
    json_t *telecom = json_array();
    const shire_record_fact *death = find_fact(view, "death_date");
    set_list(patient, "identifier", list_identifiers(view));
    fhir_set(patient, "active", json_true());
    shire_span given = best_of(view, "given_name");
    shire_span family = best_of(view, "family_name");
    if (given.length + family.length > 0) {
        fhir_set(patient, "name",
                 json_pack("[o?]", name_of(given, best_of(view, "middle_names"), family)));
    }
    add_telecom(telecom, "phone", find_fact(view, "phone"));
    add_telecom(telecom, "email", find_fact(view, "email"));
    set_list(patient, "telecom", telecom);
    const shire_record_fact *sex = find_fact(view, "sex");
    if (sex != NULL) {
        fhir_set(patient, "gender", json_string(shire_fhir_gender(sex->best.text)));
    }
    fhir_set_text(patient, "birthDate", best_of(view, "birth_date"));
    if (death != NULL) {
        fhir_set_text(patient, "deceasedDateTime", death->best.text);
    }
    set_home(patient, best_of(view, "address"), best_of(view, "postcode"));
    shire_span practice = best_of(view, "gp_practice");
    if (practice.length > 0) {
        fhir_set(patient, "generalPractitioner",
                 json_pack("[{s:s, s:o?}]", "type", "Organization", "identifier",
                           fhir_identifier(SHIRE_FHIR_ODS, practice)));
    }
    return patient;
}

json_t *shire_fhir_patient_found(const shire_record_found *found) {
    json_t *patient = begin_patient(found->person_id);
    if (found->nhs_number.length > 0) {
        fhir_set(patient, "identifier",
                 json_pack("[o?]", nhs_number(found->nhs_number, "official")));
    }
    if (found->name.length > 0) {
        fhir_set(patient, "name",
                 json_pack("[{s:s, s:o?}]", "use", "usual", "text", fhir_text(found->name)));
    }
    if (found->sex.length > 0) {
        fhir_set(patient, "gender", json_string(shire_fhir_gender(found->sex)));
    }
    fhir_set_text(patient, "birthDate", found->birth);
    set_home(patient, found->address, found->postcode);
    return patient;
}
