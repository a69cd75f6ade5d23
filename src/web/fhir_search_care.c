/*
 * What belongs to a person: Encounter, EpisodeOfCare, CarePlan, Condition, RelatedPerson. All are
 * parts of one view of the person, so that each is what the gate let through; an id begins with the
 * person's, and a search names the patient.
 *
 * Bodies' systems send nothing of who is related to whom, so there is no RelatedPerson yet: its
 * searches are answered, and empty.
 */
#include "web/fhir_call.h"

#include <string.h>

/* What to do with each resource of a view. */
typedef shire_status (*visitor)(fhir_call *call, json_t *resource, void *context,
                                shire_error *error);

/* Gives the resources of one kind of one page of a view; those that do not fit are passed over. */
typedef shire_status (*walker)(fhir_call *call, const shire_record_view *view, bool is_search,
                               visitor visit, void *context, shire_error *error);

/* ---- walking ---- */

static shire_status walk_encounters(fhir_call *call, const shire_record_view *view, bool is_search,
                                    visitor visit, void *context, shire_error *error) {
    shire_status status = SHIRE_OK;
    for (size_t i = 0; status == SHIRE_OK && i < view->moment_count; i++) {
        const shire_record_moment *moment = &view->moments[i];
        if (!is_search || (fhir_token_fits(call, "status", shire_fhir_encounter_status(moment)) &&
                           fhir_token_fits(call, "class", shire_fhir_encounter_class(moment)) &&
                           fhir_date_fits(call, "date", shire_fhir_moment_stretch(moment)))) {
            status = visit(call, shire_fhir_encounter(view, moment), context, error);
        }
    }
    return status;
}

static shire_status walk_episodes(fhir_call *call, const shire_record_view *view, bool is_search,
                                  visitor visit, void *context, shire_error *error) {
    shire_status status = SHIRE_OK;
    for (size_t i = 0; status == SHIRE_OK && i < view->carer_count; i++) {
        const shire_record_carer *carer = &view->carers[i];
        if (!is_search || (fhir_token_fits(call, "status", shire_fhir_episode_status(carer)) &&
                           fhir_date_fits(call, "date", shire_fhir_carer_stretch(carer)))) {
            status = visit(call, shire_fhir_episode(view, carer), context, error);
        }
    }
    return status;
}

/* The minute at which a version was made. */
static shire_fhir_stretch made_stretch(const shire_record_item *item) {
    shire_fhir_when when = {0};
    shire_error error = {0};
    return shire_fhir_when_read(item->made, &when, &error) == SHIRE_OK
               ? when.stretch
               : (shire_fhir_stretch){-SHIRE_FHIR_FOREVER, SHIRE_FHIR_FOREVER};
}

static shire_status walk_plans(fhir_call *call, const shire_record_view *view, bool is_search,
                               visitor visit, void *context, shire_error *error) {
    shire_status status = SHIRE_OK;
    for (size_t i = 0; status == SHIRE_OK && i < view->item_count; i++) {
        const shire_record_item *item = &view->items[i];
        if (item->kind == SHIRE_RECORD_PLAN &&
            (!is_search || (fhir_token_fits(call, "status", shire_fhir_plan_status(item)) &&
                            fhir_date_fits(call, "date", made_stretch(item))))) {
            status = visit(call, shire_fhir_care_plan(view, item), context, error);
        }
    }
    return status;
}

static shire_status walk_conditions(fhir_call *call, const shire_record_view *view, bool is_search,
                                    visitor visit, void *context, shire_error *error) {
    shire_status status = SHIRE_OK;
    for (size_t i = 0; status == SHIRE_OK && i < view->item_count; i++) {
        const shire_record_item *item = &view->items[i];
        const char *state = item->is_ended ? "inactive" : "active";
        if (item->kind != SHIRE_RECORD_PLAN ||
            (is_search && (!fhir_token_fits(call, "clinical-status", state) ||
                           !fhir_token_fits(call, "category", "problem-list-item") ||
                           !fhir_date_fits(call, "recorded-date", made_stretch(item))))) {
            continue;
        }
        for (size_t k = 0; status == SHIRE_OK && k < shire_fhir_condition_count(item); k++) {
            status = visit(call, shire_fhir_condition(view, item, k), context, error);
        }
    }
    return status;
}

static shire_status walk_nothing(fhir_call *call, const shire_record_view *view, bool is_search,
                                 visitor visit, void *context, shire_error *error) {
    (void)call;
    (void)view;
    (void)is_search;
    (void)visit;
    (void)context;
    (void)error;
    return SHIRE_OK;
}

/* All pages of a person's timeline for encounters, one reading for the rest. */
static shire_status walk_person(fhir_call *call, shire_span person_id, walker walk, bool is_search,
                                visitor visit, void *context, shire_error *error) {
    bool of_events = walk == walk_encounters;
    shire_record_request request = {.person_id = person_id,
                                    .count = of_events ? SHIRE_RECORD_PAGE_MAX : 1,
                                    .has_no_items = of_events};
    shire_status status = SHIRE_OK;
    bool has_more = true;
    while (status == SHIRE_OK && has_more) {
        shire_record_view view = {0};
        shire_audit_entry entry = {0};
        status = shire_record_read(call->record, &call->asker, &request, call->arena, &view, &entry,
                                   error);
        if (request.first == 0) {
            fhir_log(call, &entry);
        }
        if (status == SHIRE_OK && request.first == 0 && is_search && view.is_partial) {
            fhir_warn(call, "suppressed",
                      "some kinds of care, or some bodies', are not shared with you; whether there "
                      "is anything of them is not said");
        }
        if (status == SHIRE_OK) {
            status = walk(call, &view, is_search, visit, context, error);
        }
        request.first += view.moment_count;
        has_more = of_events && view.moment_count > 0 && request.first < view.moment_total;
        shire_record_view_done(&view);
    }
    return status;
}

/* ---- read ---- */

typedef struct sought {
    shire_span id;
    json_t *found;
} sought;

static shire_status compare_id(fhir_call *call, json_t *resource, void *context,
                               shire_error *error) {
    (void)call;
    sought *state = context;
    if (resource == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for an answer");
    }
    const char *id = json_string_value(json_object_get(resource, "id"));
    if (state->found == NULL && id != NULL && shire_span_equal(shire_span_of(id), state->id)) {
        state->found = json_incref(resource);
    }
    json_decref(resource);
    return SHIRE_OK;
}

static shire_status read_one(fhir_call *call, shire_span id, walker walk, shire_error *error) {
    const char *point = memchr(id.bytes, '.', id.length);
    sought state = {.id = id};
    /* An id without a person's before the point is read as nobody's, so that it is logged too. */
    shire_span person_id = {id.bytes, point == NULL ? id.length : (size_t)(point - id.bytes)};
    shire_status status = walk_person(call, person_id, walk, false, compare_id, &state, error);
    if (status == SHIRE_OK && state.found != NULL) {
        return fhir_answer(call, state.found, error);
    }
    json_decref(state.found);
    return status == SHIRE_OK ? SHIRE_FAIL(error, SHIRE_NOT_FOUND, "no such resource") : status;
}

/* ---- search ---- */

static shire_status add_found(fhir_call *call, json_t *resource, void *context,
                              shire_error *error) {
    (void)context;
    const char *id = json_string_value(json_object_get(resource, "id"));
    if (resource == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for an answer");
    }
    if (!fhir_token_fits(call, "_id", id == NULL ? "" : id) || !fhir_take_place(call)) {
        json_decref(resource);
        return SHIRE_OK;
    }
    return fhir_add(call, resource, -1, NULL, error);
}

/* The person whom `patient` (or `subject`) names: an id, Patient/ID, or a whole URL of that end. */
static bool find_patient_parameter(const fhir_call *call, shire_span *person_id_out) {
    const shire_fhir_parameter *patient = shire_fhir_find(&call->query, "patient");
    if (patient == NULL) {
        patient = shire_fhir_find(&call->query, "subject");
    }
    if (patient == NULL || patient->value_count != 1) {
        return false;
    }
    shire_span value = shire_fhir_text(patient->values[0], call->arena);
    for (size_t i = value.length; i > 0; i--) {
        if (value.bytes[i - 1] == '/') {
            value = (shire_span){value.bytes + i, value.length - i};
            break;
        }
    }
    *person_id_out = value;
    return value.length > 0;
}

static shire_status search_person(fhir_call *call, walker walk, shire_error *error) {
    shire_span person_id;
    if (!find_patient_parameter(call, &person_id)) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "a search of what belongs to people names one patient: patient=ID");
    }
    shire_status status = walk_person(call, person_id, walk, true, add_found, NULL, error);
    if (status == SHIRE_NOT_FOUND) {
        /* Of somebody who may not be known there is nothing, as of nobody. */
        *error = (shire_error){0};
        status = SHIRE_OK;
    }
    return status;
}

/* ---- kinds ---- */

#define KIND_FUNCTIONS(name)                                                                       \
    static shire_status read_##name(fhir_call *call, shire_span id, shire_error *error) {          \
        return read_one(call, id, walk_##name, error);                                             \
    }                                                                                              \
    static shire_status search_##name(fhir_call *call, shire_error *error) {                       \
        return search_person(call, walk_##name, error);                                            \
    }

KIND_FUNCTIONS(encounters)
KIND_FUNCTIONS(episodes)
KIND_FUNCTIONS(plans)
KIND_FUNCTIONS(conditions)
KIND_FUNCTIONS(nothing)

#define ID_PARAMETER                                                                               \
    { "_id", "token", {NULL}, "The resource's id" }
#define PATIENT_PARAMETER                                                                          \
    { "patient", "reference", {"Patient"}, "Whose; needed" }
#define SUBJECT_PARAMETER                                                                          \
    { "subject", "reference", {"Patient"}, "The same as patient" }

static const fhir_parameter_form encounter_parameters[] = {
    ID_PARAMETER,
    PATIENT_PARAMETER,
    SUBJECT_PARAMETER,
    {"date", "date", {NULL}, "Any time of the encounter"},
    {"status", "token", {NULL}, "finished, in-progress"},
    {"class", "token", {NULL}, "IMP, EMER, AMB, HH"},
};
static const fhir_parameter_form episode_parameters[] = {
    ID_PARAMETER,
    PATIENT_PARAMETER,
    {"date", "date", {NULL}, "Any time of the episode"},
    {"status", "token", {NULL}, "active, finished"},
};
static const fhir_parameter_form plan_parameters[] = {
    ID_PARAMETER,
    PATIENT_PARAMETER,
    SUBJECT_PARAMETER,
    {"date", "date", {NULL}, "When this version was made"},
    {"status", "token", {NULL}, "active, completed"},
};
static const fhir_parameter_form condition_parameters[] = {
    ID_PARAMETER,
    PATIENT_PARAMETER,
    SUBJECT_PARAMETER,
    {"clinical-status", "token", {NULL}, "active, inactive"},
    {"category", "token", {NULL}, "problem-list-item"},
    {"recorded-date", "date", {NULL}, "When the plan's version was made"},
};
static const fhir_parameter_form related_parameters[] = {ID_PARAMETER, PATIENT_PARAMETER};

#define PARAMETERS(list) .parameters = (list), .parameter_count = sizeof(list) / sizeof((list)[0])

const fhir_kind fhir_care_kinds[] = {
    {.name = "Encounter",
     .profile = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Encounter",
     PARAMETERS(encounter_parameters),
     .read = read_encounters,
     .search = search_encounters},
    {.name = "EpisodeOfCare",
     PARAMETERS(episode_parameters),
     .read = read_episodes,
     .search = search_episodes},
    {.name = "CarePlan", PARAMETERS(plan_parameters), .read = read_plans, .search = search_plans},
    {.name = "Condition",
     .profile = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Condition",
     PARAMETERS(condition_parameters),
     .read = read_conditions,
     .search = search_conditions},
    {.name = "RelatedPerson",
     PARAMETERS(related_parameters),
     .read = read_nothing,
     .search = search_nothing},
    {.name = NULL},
};
