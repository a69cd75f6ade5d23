/*
 * Patient: read, search and $match. A search is complete: who fits by a value that the viewer may
 * search is in it, or it is refused; $match forgives slips of the pen and says how sure it is.
 */
#include "web/fhir_call.h"

#include "record/record_select.h"

#include <string.h>

/* ---- read ---- */

/* Nothing of what happened is in a Patient. */
static shire_record_request request_of(shire_span id) {
    return (shire_record_request){.person_id = id, .count = 1, .has_no_items = true};
}

static shire_status read_patient(fhir_call *call, shire_span id, json_t **resource_out,
                                 shire_error *error) {
    shire_record_view view = {0};
    shire_record_request request = request_of(id);
    shire_status status = fhir_read_person(call, &request, &view, error);
    if (status == SHIRE_OK) {
        *resource_out = shire_fhir_patient(&view);
    }
    shire_record_view_done(&view);
    return status;
}

/* ---- conditions ---- */

/* One parameter as a condition; its alternatives are or-ed. */
typedef struct asked_value {
    const shire_span *texts;
    size_t text_count;
    const shire_fhir_when *whens;
    size_t when_count;
    bool is_exact; /* :exact */
    bool is_part;  /* :contains */
} asked_value;

static bool has_name_any(const void *context, shire_span text) {
    const asked_value *asked = context;
    for (size_t i = 0; i < asked->text_count; i++) {
        if (asked->is_exact  ? shire_span_equal(text, asked->texts[i])
            : asked->is_part ? shire_fhir_contains(text, asked->texts[i])
                             : shire_fhir_begins(text, asked->texts[i])) {
            return true;
        }
    }
    return false;
}

/* The letters and digits alone: postcodes and NHS numbers come with blanks and without. */
static size_t squeeze(shire_span text, char *buffer, size_t buffer_bytes) {
    size_t length = 0;
    for (size_t i = 0; i < text.length && length < buffer_bytes; i++) {
        char letter = text.bytes[i];
        if (letter >= 'a' && letter <= 'z') {
            letter = (char)(letter - 'a' + 'A');
        }
        if ((letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9')) {
            buffer[length++] = letter;
        }
    }
    return length;
}

static bool is_squeezed_any(const void *context, shire_span text) {
    const asked_value *asked = context;
    char held[32];
    char wanted[32];
    size_t held_length = squeeze(text, held, sizeof held);
    for (size_t i = 0; i < asked->text_count; i++) {
        size_t length = squeeze(asked->texts[i], wanted, sizeof wanted);
        const char *found =
            length == 0 ? NULL : memmem(held, held_length, wanted, length); /* the first place */
        if (found != NULL && (asked->is_part || found == held) &&
            (!asked->is_exact || length == held_length)) {
            return true;
        }
    }
    return false;
}

/* Where the text is looked for as a whole: a token's code. */
static bool is_squeezed_whole(const void *context, shire_span text) {
    asked_value asked = *(const asked_value *)context;
    asked.is_exact = true;
    return is_squeezed_any(&asked, text);
}

static bool is_same_any(const void *context, shire_span text) {
    const asked_value *asked = context;
    for (size_t i = 0; i < asked->text_count; i++) {
        if (shire_span_equal_ignoring_case(text, asked->texts[i])) {
            return true;
        }
    }
    return false;
}

static bool is_gender_any(const void *context, shire_span sex) {
    const asked_value *asked = context;
    for (size_t i = 0; i < asked->text_count; i++) {
        if (shire_span_equal(asked->texts[i], shire_span_of(shire_fhir_gender(sex)))) {
            return true;
        }
    }
    return false;
}

static bool is_birth_any(const void *context, shire_date birth) {
    const asked_value *asked = context;
    shire_fhir_stretch day = {(int64_t)birth * 1440, (int64_t)birth * 1440 + 1439};
    for (size_t i = 0; i < asked->when_count; i++) {
        if (shire_fhir_when_fits(&asked->whens[i], day)) {
            return true;
        }
    }
    return false;
}

#define FIELD(name) (1u << SHIRE_RECORD_##name)

static const struct {
    const char *name;
    uint32_t fields;
    bool (*fits)(const void *context, shire_span text);
    const char *system; /* of a token's codes; NULL: the parameter is a string */
} text_parameters[] = {
    {"family", FIELD(FAMILY_NAME), has_name_any, NULL},
    {"given", FIELD(GIVEN_NAME) | FIELD(MIDDLE_NAMES), has_name_any, NULL},
    {"name", FIELD(FAMILY_NAME) | FIELD(GIVEN_NAME) | FIELD(MIDDLE_NAMES), has_name_any, NULL},
    {"gender", FIELD(SEX), is_gender_any, "http://hl7.org/fhir/administrative-gender"},
    {"address-postalcode", FIELD(POSTCODE), is_squeezed_any, NULL},
    {"phone", FIELD(PHONE), is_squeezed_whole, "phone"},
    {"email", FIELD(EMAIL), is_same_any, "email"},
};

/* A token of another system is nobody's, and so left out; a string has no system. */
static bool add_texts(fhir_call *call, const shire_fhir_parameter *parameter, size_t form,
                      asked_value *asked) {
    const char *system = text_parameters[form].system;
    shire_span *texts = shire_arena_alloc_array(call->arena, parameter->value_count, sizeof *texts);
    size_t count = 0;
    for (size_t i = 0; texts != NULL && i < parameter->value_count; i++) {
        shire_fhir_token token = shire_fhir_token_read(parameter->values[i], call->arena);
        if (system == NULL) {
            texts[count++] = shire_fhir_text(parameter->values[i], call->arena);
        } else if (!token.has_system || shire_span_equal(token.system, shire_span_of(system))) {
            texts[count++] = token.code;
        }
    }
    asked->texts = texts;
    asked->text_count = count;
    return texts != NULL;
}

static bool add_whens(fhir_call *call, const shire_fhir_parameter *parameter, asked_value *asked) {
    shire_fhir_when *whens =
        shire_arena_alloc_array(call->arena, parameter->value_count, sizeof *whens);
    for (size_t i = 0; whens != NULL && i < parameter->value_count; i++) {
        shire_error error = {0};
        if (shire_fhir_when_read(parameter->values[i], &whens[i], &error) != SHIRE_OK) {
            return false;
        }
    }
    asked->whens = whens;
    asked->when_count = whens == NULL ? 0 : parameter->value_count;
    return whens != NULL;
}

/* A condition of a parameter other than _id and identifier. */
static bool make_condition(fhir_call *call, const shire_fhir_parameter *parameter,
                           shire_record_condition *condition) {
    asked_value *asked = shire_arena_alloc(call->arena, sizeof *asked);
    if (asked == NULL) {
        return false;
    }
    *asked =
        (asked_value){.is_exact = shire_span_equal(parameter->modifier, shire_span_of("exact")),
                      .is_part = shire_span_equal(parameter->modifier, shire_span_of("contains"))};
    *condition = (shire_record_condition){.context = asked};
    if (shire_span_equal(parameter->name, shire_span_of("birthdate"))) {
        condition->day_fits = is_birth_any;
        return add_whens(call, parameter, asked);
    }
    size_t form = 0;
    while (!shire_span_equal(parameter->name, shire_span_of(text_parameters[form].name))) {
        if (++form == sizeof text_parameters / sizeof text_parameters[0]) {
            return false;
        }
    }
    condition->fields = text_parameters[form].fields;
    condition->text_fits = text_parameters[form].fits;
    return add_texts(call, parameter, form, asked);
}

static bool make_number_condition(fhir_call *call, shire_span number,
                                  shire_record_condition *condition) {
    asked_value *asked = shire_arena_alloc(call->arena, sizeof *asked);
    shire_span *text = shire_arena_alloc(call->arena, sizeof *text);
    if (asked == NULL || text == NULL) {
        return false;
    }
    *text = number;
    *asked = (asked_value){.texts = text, .text_count = 1, .is_exact = true};
    *condition = (shire_record_condition){
        .fields = FIELD(NHS_NUMBER), .text_fits = is_squeezed_any, .context = asked};
    return true;
}

/* ---- who was meant ---- */

/* Ids that one parameter, or all conditions together, select. */
typedef struct id_set {
    shire_span *ids;
    size_t count;
    bool is_everybody;
} id_set;

static bool holds(const id_set *set, shire_span id) {
    for (size_t i = 0; i < set->count; i++) {
        if (shire_span_equal(set->ids[i], id)) {
            return true;
        }
    }
    return set->is_everybody;
}

static void keep_common(id_set *set, const id_set *other) {
    if (set->is_everybody) {
        *set = *other;
        return;
    }
    size_t kept = 0;
    for (size_t i = 0; i < set->count; i++) {
        if (holds(other, set->ids[i])) {
            set->ids[kept++] = set->ids[i];
        }
    }
    set->count = kept;
}

static shire_status select_by(fhir_call *call, const shire_record_condition *conditions,
                              size_t condition_count, id_set *set_out, shire_error *error) {
    shire_audit_entry entry = {0};
    size_t total = 0;
    *set_out = (id_set){0};
    shire_status status = shire_record_select(
        call->record, &call->asker, conditions, condition_count, 0, SHIRE_RECORD_SELECT_MAX,
        call->arena, &set_out->ids, &set_out->count, &total, &entry, error);
    fhir_log(call, &entry);
    return status;
}

/* "urn:shire:BODY:SYSTEM" taken apart; false for another system. */
static bool read_local_system(shire_span system, shire_span *body, shire_span *source) {
    size_t prefix = strlen(SHIRE_FHIR_LOCAL);
    if (system.length <= prefix || memcmp(system.bytes, SHIRE_FHIR_LOCAL, prefix) != 0) {
        return false;
    }
    *body = (shire_span){system.bytes + prefix, system.length - prefix};
    const char *colon = memchr(body->bytes, ':', body->length);
    if (colon == NULL) {
        return false;
    }
    *source = (shire_span){colon + 1, (size_t)(body->bytes + body->length - colon - 1)};
    body->length = (size_t)(colon - body->bytes);
    return true;
}

static shire_status add_local(fhir_call *call, const shire_record_search *search, id_set *set,
                              shire_error *error) {
    shire_record_result result = {0};
    shire_audit_entry entry = {0};
    shire_status status =
        shire_record_find(call->record, &call->asker, search, call->arena, &result, &entry, error);
    fhir_log(call, &entry);
    for (size_t i = 0; status == SHIRE_OK && i < result.found_count; i++) {
        if (!holds(set, result.found[i].person_id)) {
            set->ids[set->count++] = result.found[i].person_id;
        }
    }
    return status;
}

/* The people of an identifier's alternatives. An identifier without a system is an NHS number. */
static shire_status find_identified(fhir_call *call, const shire_fhir_parameter *parameter,
                                    id_set *set_out, shire_error *error) {
    size_t room = parameter->value_count * SHIRE_RECORD_SELECT_MAX;
    *set_out = (id_set){.ids = shire_arena_alloc_array(call->arena, room, sizeof(shire_span))};
    shire_status status = set_out->ids == NULL
                              ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "the search is too large")
                              : SHIRE_OK;
    for (size_t i = 0; status == SHIRE_OK && i < parameter->value_count; i++) {
        shire_fhir_token token = shire_fhir_token_read(parameter->values[i], call->arena);
        shire_record_search search = {.local_id = token.code};
        shire_record_condition condition;
        id_set found = {0};
        bool is_number = !token.has_system ||
                         shire_span_equal(token.system, shire_span_of(SHIRE_FHIR_NHS_NUMBER));
        if (token.code.length == 0) {
            return SHIRE_FAIL(error, SHIRE_INVALID,
                              "a search by identifier needs a number: identifier=SYSTEM|NUMBER");
        }
        if (is_number) {
            status = make_number_condition(call, token.code, &condition)
                         ? select_by(call, &condition, 1, &found, error)
                         : SHIRE_FAIL(error, SHIRE_NO_MEMORY, "the search is too large");
        } else if (read_local_system(token.system, &search.organisation, &search.source)) {
            status = add_local(call, &search, set_out, error);
        }
        for (size_t k = 0; status == SHIRE_OK && k < found.count; k++) {
            if (!holds(set_out, found.ids[k])) {
                set_out->ids[set_out->count++] = found.ids[k];
            }
        }
    }
    return status;
}

shire_status fhir_find_identified(fhir_call *call, const shire_fhir_parameter *parameter,
                                  shire_span **ids_out, size_t *count_out, shire_error *error) {
    id_set set = {0};
    shire_status status = find_identified(call, parameter, &set, error);
    *ids_out = set.ids;
    *count_out = set.count;
    return status;
}

static id_set list_ids(fhir_call *call, const shire_fhir_parameter *parameter) {
    id_set set = {
        .ids = shire_arena_alloc_array(call->arena, parameter->value_count, sizeof(shire_span))};
    for (size_t i = 0; set.ids != NULL && i < parameter->value_count; i++) {
        shire_span id = shire_fhir_text(parameter->values[i], call->arena);
        if (!holds(&set, id)) {
            set.ids[set.count++] = id;
        }
    }
    return set;
}

static shire_status find_people(fhir_call *call, id_set *set, shire_error *error) {
    shire_record_condition conditions[SHIRE_RECORD_CONDITIONS_MAX];
    size_t condition_count = 0;
    shire_status status = SHIRE_OK;
    *set = (id_set){.is_everybody = true};
    for (size_t i = 0; status == SHIRE_OK && i < call->query.count; i++) {
        const shire_fhir_parameter *parameter = &call->query.parameters[i];
        id_set found = {0};
        if (parameter->name.bytes[0] == '_') {
            if (shire_span_equal(parameter->name, shire_span_of("_id"))) {
                found = list_ids(call, parameter);
                keep_common(set, &found);
            }
        } else if (shire_span_equal(parameter->name, shire_span_of("identifier"))) {
            status = find_identified(call, parameter, &found, error);
            keep_common(set, &found);
        } else if (condition_count == SHIRE_RECORD_CONDITIONS_MAX ||
                   !make_condition(call, parameter, &conditions[condition_count++])) {
            return SHIRE_FAIL(error, SHIRE_INVALID, "the search is too large");
        }
    }
    if (status == SHIRE_OK && condition_count > 0) {
        id_set found = {0};
        status = select_by(call, conditions, condition_count, &found, error);
        keep_common(set, &found);
    }
    return status;
}

/* ---- search ---- */

/* A person that an _id names may not be there, or not for this viewer: then they do not count. */
static shire_status add_person(fhir_call *call, shire_span id, shire_error *error) {
    shire_record_view view = {0};
    shire_record_request request = request_of(id);
    shire_audit_entry entry = {0};
    shire_status status =
        shire_record_read(call->record, &call->asker, &request, call->arena, &view, &entry, error);
    if (status == SHIRE_OK && fhir_take_place(call)) {
        fhir_log(call, &entry);
        status = fhir_add(call, shire_fhir_patient(&view), -1, NULL, error);
    }
    shire_record_view_done(&view);
    if (status == SHIRE_NOT_FOUND) {
        *error = (shire_error){0};
        status = SHIRE_OK;
    }
    return status;
}

static shire_status search_patients(fhir_call *call, shire_error *error) {
    id_set set;
    shire_status status = find_people(call, &set, error);
    if (status == SHIRE_OK && set.is_everybody) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "a search for patients needs something to search by: identifier, name, "
                          "family, given, birthdate, gender, address-postalcode or _id");
    }
    for (size_t i = 0; status == SHIRE_OK && i < set.count; i++) {
        status = add_person(call, set.ids[i], error);
    }
    return status;
}

static const fhir_parameter_form patient_parameters[] = {
    {"_id", "token", {NULL}, "The person's id"},
    {"identifier",
     "token",
     {NULL},
     "An NHS number (system https://fhir.nhs.uk/Id/nhs-number, also when none is given), or a "
     "body's own number (urn:shire:BODY:SYSTEM)"},
    {"name", "string", {"exact", "contains"}, "Begins with; given, middle or family name"},
    {"family", "string", {"exact", "contains"}, "Begins with"},
    {"given", "string", {"exact", "contains"}, "Begins with; given or middle name"},
    {"birthdate", "date", {NULL}, "Day of birth"},
    {"gender", "token", {NULL}, "male, female, other, unknown"},
    {"address-postalcode", "string", {"exact", "contains"}, "Begins with; blanks do not count"},
    {"phone", "token", {NULL}, "The whole number; blanks do not count"},
    {"email", "token", {NULL}, "The whole address, letters in any case"},
};

const fhir_kind fhir_patient_kind = {
    .name = "Patient",
    .profile = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient",
    .parameters = patient_parameters,
    .parameter_count = sizeof patient_parameters / sizeof patient_parameters[0],
    .read = read_patient,
    .search = search_patients,
};
