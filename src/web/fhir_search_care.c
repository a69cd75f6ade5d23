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

#define PEOPLE_MAX 16 /* that one search may name */
#define CLINICAL_STATUS "http://terminology.hl7.org/CodeSystem/condition-clinical"
#define CATEGORY "http://terminology.hl7.org/CodeSystem/condition-category"

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
        if (!is_search ||
            (fhir_token_fits(call, "status", "http://hl7.org/fhir/encounter-status",
                             shire_fhir_encounter_status(moment)) &&
             fhir_token_fits(call, "class", "http://terminology.hl7.org/CodeSystem/v3-ActCode",
                             shire_fhir_encounter_class(moment)) &&
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
        if (!is_search ||
            (fhir_token_fits(call, "status", "http://hl7.org/fhir/episode-of-care-status",
                             shire_fhir_episode_status(carer)) &&
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
            (!is_search || (fhir_token_fits(call, "status", "http://hl7.org/fhir/request-status",
                                            shire_fhir_plan_status(item)) &&
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
            (is_search && (!fhir_token_fits(call, "clinical-status", CLINICAL_STATUS, state) ||
                           !fhir_token_fits(call, "category", CATEGORY, "problem-list-item") ||
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

/* Of several people it is told once. */
static bool has_told_partial(const fhir_call *call) {
    const json_t *last = json_array_get(call->issues, json_array_size(call->issues) - 1);
    const char *code = json_string_value(json_object_get(last, "code"));
    return code != NULL && strcmp(code, "suppressed") == 0;
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
        if (status == SHIRE_OK && request.first == 0 && is_search && view.is_partial &&
            !has_told_partial(call)) {
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

/* An id begins with the person's; one without a point is read as nobody's, so that it is logged. */
static shire_span person_of(shire_span id) {
    const char *point = id.length == 0 ? NULL : memchr(id.bytes, '.', id.length);
    return (shire_span){id.bytes, point == NULL ? id.length : (size_t)(point - id.bytes)};
}

static shire_status read_one(fhir_call *call, shire_span id, walker walk, json_t **resource_out,
                             shire_error *error) {
    sought state = {.id = id};
    shire_status status = walk_person(call, person_of(id), walk, false, compare_id, &state, error);
    if (status == SHIRE_OK && state.found != NULL) {
        *resource_out = state.found;
        return SHIRE_OK;
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
    if (!fhir_token_fits(call, "_id", NULL, id == NULL ? "" : id) || !fhir_take_place(call)) {
        json_decref(resource);
        return SHIRE_OK;
    }
    return fhir_add(call, resource, -1, NULL, error);
}

/* Whose resources are asked for: all people, until a parameter names some. */
typedef struct people {
    shire_span ids[PEOPLE_MAX];
    size_t count;
    bool is_everybody;
} people;

static bool has_person(const people *set, shire_span id) {
    for (size_t i = 0; i < set->count; i++) {
        if (shire_span_equal(set->ids[i], id)) {
            return true;
        }
    }
    return false;
}

/* False when there are too many. */
static bool add_person(people *set, shire_span id) {
    if (has_person(set, id)) {
        return true;
    }
    if (set->count == PEOPLE_MAX) {
        return false;
    }
    set->ids[set->count++] = id;
    return true;
}

/* Each parameter narrows what the others say. */
static void narrow(people *set, const people *other) {
    size_t kept = 0;
    if (set->is_everybody) {
        *set = *other;
        return;
    }
    for (size_t i = 0; i < set->count; i++) {
        if (has_person(other, set->ids[i])) {
            set->ids[kept++] = set->ids[i];
        }
    }
    set->count = kept;
}

/* A reference to a patient of this server: an id, Patient/ID or the whole address of that. What
 * refers to something else refers to nobody here. */
static shire_span read_reference(const fhir_call *call, shire_span value) {
    static const char kind[] = "Patient/";
    const char *base = shire_call_base_url(call->web);
    size_t base_length = base == NULL ? 0 : strlen(base);
    shire_span text = shire_fhir_text(value, call->arena);
    if (base_length > 0 && text.length > base_length + 6 &&
        memcmp(text.bytes, base, base_length) == 0 &&
        memcmp(text.bytes + base_length, "/fhir/", 6) == 0) {
        text = (shire_span){text.bytes + base_length + 6, text.length - base_length - 6};
    }
    if (text.length > sizeof kind - 1 && memcmp(text.bytes, kind, sizeof kind - 1) == 0) {
        text = (shire_span){text.bytes + sizeof kind - 1, text.length - (sizeof kind - 1)};
    }
    bool is_id = text.length > 0 && memchr(text.bytes, '/', text.length) == NULL;
    return is_id ? text : (shire_span){0};
}

/* The people whom one parameter names. */
static shire_status read_people(fhir_call *call, const shire_fhir_parameter *parameter,
                                people *set_out, shire_error *error) {
    bool is_id = shire_span_equal(parameter->name, shire_span_of("_id"));
    const shire_span *values = parameter->values;
    size_t count = parameter->value_count;
    shire_span *identified = NULL;
    bool by_identifier = shire_span_equal(parameter->modifier, shire_span_of("identifier"));
    shire_status status = SHIRE_OK;
    *set_out = (people){0};
    if (by_identifier) {
        status = fhir_find_identified(call, parameter, &identified, &count, error);
        values = identified;
    }
    for (size_t i = 0; status == SHIRE_OK && i < count; i++) {
        shire_span id = by_identifier ? values[i]
                        : is_id       ? person_of(shire_fhir_text(values[i], call->arena))
                                      : read_reference(call, values[i]);
        if (id.length > 0 && !add_person(set_out, id)) {
            status = SHIRE_FAIL(error, SHIRE_INVALID,
                                "a search of what belongs to people names at most %d of them",
                                PEOPLE_MAX);
        }
    }
    return status;
}

static shire_status find_people(fhir_call *call, people *set_out, shire_error *error) {
    static const char *const names[] = {"patient", "subject", "_id"};
    shire_status status = SHIRE_OK;
    *set_out = (people){.is_everybody = true};
    for (size_t i = 0; status == SHIRE_OK && i < call->query.count; i++) {
        const shire_fhir_parameter *parameter = &call->query.parameters[i];
        for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
            if (status == SHIRE_OK && shire_span_equal(parameter->name, shire_span_of(names[k]))) {
                people other;
                status = read_people(call, parameter, &other, error);
                narrow(set_out, &other);
            }
        }
    }
    return status;
}

static shire_status search_people(fhir_call *call, walker walk, shire_error *error) {
    people set;
    shire_status status = find_people(call, &set, error);
    if (status == SHIRE_OK && set.is_everybody) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "a search of what belongs to people names whose: patient=ID, "
                          "patient:identifier=SYSTEM|NUMBER or _id");
    }
    for (size_t i = 0; status == SHIRE_OK && i < set.count; i++) {
        shire_error inner = {0};
        status = walk_person(call, set.ids[i], walk, true, add_found, NULL, &inner);
        if (status == SHIRE_NOT_FOUND) {
            /* Of somebody who may not be known there is nothing, as of nobody. */
            status = SHIRE_OK;
        } else if (status != SHIRE_OK && error != NULL) {
            *error = inner;
        }
    }
    return status;
}

/* ---- kinds ---- */

#define KIND_FUNCTIONS(name)                                                                       \
    static shire_status read_##name(fhir_call *call, shire_span id, json_t **resource_out,         \
                                    shire_error *error) {                                          \
        return read_one(call, id, walk_##name, resource_out, error);                               \
    }                                                                                              \
    static shire_status search_##name(fhir_call *call, shire_error *error) {                       \
        return search_people(call, walk_##name, error);                                            \
    }

KIND_FUNCTIONS(encounters)
KIND_FUNCTIONS(episodes)
KIND_FUNCTIONS(plans)
KIND_FUNCTIONS(conditions)
KIND_FUNCTIONS(nothing)

#define ID_PARAMETER                                                                               \
    { "_id", "token", {NULL}, "The resource's id, which says whose it is" }
#define PATIENT_PARAMETER                                                                          \
    {                                                                                              \
        "patient", "reference", {"Patient", "identifier"},                                         \
            "Whose: an id, or patient:identifier with a system and number as of a Patient's "      \
            "identifier"                                                                           \
    }
#define SUBJECT_PARAMETER                                                                          \
    { "subject", "reference", {"Patient", "identifier"}, "The same as patient" }

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

static const fhir_include_form encounter_includes[] = {
    {"patient", "subject", "Patient"},
    {"subject", "subject", "Patient"},
    {"service-provider", "serviceProvider", "Organization"},
};
static const fhir_include_form episode_includes[] = {
    {"patient", "patient", "Patient"},
    {"organization", "managingOrganization", "Organization"},
};
static const fhir_include_form subject_includes[] = {
    {"patient", "subject", "Patient"},
    {"subject", "subject", "Patient"},
};

#define INCLUDES(list) .includes = (list), .include_count = sizeof(list) / sizeof((list)[0])
#define PARAMETERS(list) .parameters = (list), .parameter_count = sizeof(list) / sizeof((list)[0])

const fhir_kind fhir_care_kinds[] = {
    {.name = "Encounter",
     .needed = {"status", "class"},
     .profile = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Encounter",
     PARAMETERS(encounter_parameters),
     INCLUDES(encounter_includes),
     .read = read_encounters,
     .search = search_encounters},
    {.name = "EpisodeOfCare",
     .needed = {"status", "patient"},
     PARAMETERS(episode_parameters),
     INCLUDES(episode_includes),
     .read = read_episodes,
     .search = search_episodes},
    {.name = "CarePlan",
     .needed = {"status", "intent", "subject"},
     PARAMETERS(plan_parameters),
     INCLUDES(subject_includes),
     .read = read_plans,
     .search = search_plans},
    {.name = "Condition",
     .needed = {"clinicalStatus", "subject"},
     .profile = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Condition",
     PARAMETERS(condition_parameters),
     INCLUDES(subject_includes),
     .read = read_conditions,
     .search = search_conditions},
    {.name = "RelatedPerson",
     .needed = {"patient"},
     PARAMETERS(related_parameters),
     .read = read_nothing,
     .search = search_nothing},
    {.name = NULL},
};
