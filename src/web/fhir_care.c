/*
 * What belongs to a person: encounters are events, episodes the dated relationships with those who
 * look after them, care plans the integrated plan, and conditions the needs that it names.
 */
#include "web/fhir_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ACT_CODE "http://terminology.hl7.org/CodeSystem/v3-ActCode"
#define MINUTES_PER_DAY 1440

/* ---- encounters ---- */

const char *shire_fhir_encounter_status(const shire_record_moment *moment) {
    return moment->goes_on ? "in-progress" : "finished";
}

static bool is_dataset(const shire_record_moment *moment, const char *name) {
    return shire_span_equal_ignoring_case(moment->dataset, shire_span_of(name));
}

/* Admissions are of the data set APC, emergency attendances of EC (or ECDS); care in people's own
 * homes is social care's and housing's, and everything else somebody goes to. */
const char *shire_fhir_encounter_class(const shire_record_moment *moment) {
    if (is_dataset(moment, "APC")) {
        return "IMP";
    }
    if (is_dataset(moment, "EC") || is_dataset(moment, "ECDS")) {
        return "EMER";
    }
    bool is_at_home =
        moment->category == SHIRE_GATE_SOCIAL_CARE || moment->category == SHIRE_GATE_HOUSING;
    return is_at_home ? "HH" : "AMB";
}

static const char *class_words(const char *code) {
    return code[0] == 'I'   ? "inpatient encounter"
           : code[0] == 'E' ? "emergency"
           : code[0] == 'H' ? "home health"
                            : "ambulatory";
}

/* 16 hex digits of a key whose parts come with a separator that no key holds. */
static void hash_key(const shire_span *parts, size_t count, char hash_out[17]) {
    uint64_t hash = 0;
    for (size_t i = 0; i < count; i++) {
        hash = shire_text_hash(parts[i], hash + i + 1);
    }
    snprintf(hash_out, 17, "%016" PRIx64, hash);
}

json_t *shire_fhir_encounter(const shire_record_view *view, const shire_record_moment *moment) {
    char hash[17];
    shire_span key[] = {moment->body.code, moment->source, moment->event_id};
    const char *class = shire_fhir_encounter_class(moment);
    json_t *encounter =
        fhir_profile("Encounter", "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Encounter");
    hash_key(key, 3, hash);
    fhir_set_id(encounter, view, hash);
    fhir_set(encounter, "identifier",
             json_pack("[o?]",
                       fhir_local_identifier(moment->body.code, moment->source, moment->event_id)));
    fhir_set(encounter, "status", json_string(shire_fhir_encounter_status(moment)));
    fhir_set(encounter, "class",
             json_pack("{s:s, s:s, s:s}", "system", ACT_CODE, "code", class, "display",
                       class_words(class)));
    json_t *types = json_array();
    if (moment->setting.length > 0) {
        (void)json_array_append_new(types, json_pack("{s:o?}", "text", fhir_text(moment->setting)));
    }
    if (moment->code.length > 0) {
        json_t *coding = json_pack("{s:o?}", "code", fhir_text(moment->code));
        fhir_set_text(coding, "display", moment->description);
        (void)json_array_append_new(types, json_pack("{s:[o?]}", "coding", coding));
    }
    if (json_array_size(types) > 0) {
        fhir_set(encounter, "type", json_incref(types));
    }
    json_decref(types);
    if (moment->specialty.length > 0) {
        fhir_set(encounter, "serviceType",
                 json_pack("{s:o?}", "text", fhir_text(moment->specialty)));
    }
    fhir_set(encounter, "subject", fhir_patient_reference(view));
    json_t *period = json_pack("{s:o?}", "start", fhir_minute(moment->start));
    if (moment->end != SHIRE_RECORD_NO_TIME) {
        fhir_set(period, "end", fhir_minute(moment->end));
    }
    fhir_set(encounter, "period", period);
    fhir_set(encounter, "serviceProvider", fhir_organization_reference(&moment->body));
    return encounter;
}

shire_fhir_stretch shire_fhir_moment_stretch(const shire_record_moment *moment) {
    bool has_end = moment->end != SHIRE_RECORD_NO_TIME;
    return (shire_fhir_stretch){moment->start, has_end           ? moment->end
                                               : moment->goes_on ? SHIRE_FHIR_FOREVER
                                                                 : moment->start};
}

/* ---- episodes of care ---- */

const char *shire_fhir_episode_status(const shire_record_carer *carer) {
    return carer->is_current ? "active" : "finished";
}

json_t *shire_fhir_episode(const shire_record_view *view, const shire_record_carer *carer) {
    char hash[17];
    char from[16];
    snprintf(from, sizeof from, "%d/%d", (int)carer->kind, (int)carer->from);
    shire_span key[] = {carer->body.code, carer->what, shire_span_of(from)};
    json_t *episode = fhir_profile("EpisodeOfCare", NULL);
    hash_key(key, 3, hash);
    fhir_set_id(episode, view, hash);
    fhir_set(episode, "status", json_string(shire_fhir_episode_status(carer)));
    json_t *type =
        json_pack("{s:s}", "text", shire_gate_label(SHIRE_GATE_RELATIONSHIPS, carer->kind));
    if (carer->what.length > 0) {
        fhir_set(type, "coding", json_pack("[{s:o?}]", "display", fhir_text(carer->what)));
    }
    fhir_set(episode, "type", json_pack("[o?]", type));
    fhir_set(episode, "patient", fhir_patient_reference(view));
    fhir_set(episode, "managingOrganization", fhir_organization_reference(&carer->body));
    json_t *period = json_object();
    if (carer->from != SHIRE_RECORD_NO_TIME) {
        fhir_set(period, "start", fhir_day(carer->from));
    }
    if (carer->until != SHIRE_GATE_NO_END && carer->until != SHIRE_RECORD_NO_TIME) {
        fhir_set(period, "end", fhir_day(carer->until));
    }
    if (json_object_size(period) > 0) {
        fhir_set(episode, "period", json_incref(period));
    }
    json_decref(period);
    return episode;
}

shire_fhir_stretch shire_fhir_carer_stretch(const shire_record_carer *carer) {
    bool has_end = carer->until != SHIRE_GATE_NO_END && carer->until != SHIRE_RECORD_NO_TIME;
    return (shire_fhir_stretch){
        carer->from == SHIRE_RECORD_NO_TIME ? -SHIRE_FHIR_FOREVER
                                            : (int64_t)carer->from * MINUTES_PER_DAY,
        has_end ? ((int64_t)carer->until + 1) * MINUTES_PER_DAY - 1 : SHIRE_FHIR_FOREVER};
}

/* ---- plans and their needs ---- */

const char *shire_fhir_plan_status(const shire_record_item *plan) {
    return plan->is_ended ? "completed" : "active";
}

static const char *text_at(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text == NULL ? "" : text;
}

static const char *action_status(const char *status) {
    return strcmp(status, "under_way") == 0 ? "in-progress"
           : strcmp(status, "done") == 0    ? "completed"
           : strcmp(status, "stopped") == 0 ? "stopped"
                                            : "not-started";
}

static json_t *activity_of(const json_t *action) {
    const json_t *owner = json_object_get(action, "owner");
    const char *due = text_at(action, "due");
    json_t *detail = json_pack("{s:s, s:s}", "status", action_status(text_at(action, "status")),
                               "description", text_at(action, "text"));
    if (due[0] != '\0') {
        fhir_set(detail, "scheduledPeriod", json_pack("{s:s}", "end", due));
    }
    json_t *performer =
        json_pack("{s:s, s:o?}", "type", "Organization", "identifier",
                  fhir_identifier(SHIRE_FHIR_ODS, shire_span_of(text_at(owner, "organisation"))));
    const char *who =
        text_at(owner, "person")[0] != '\0' ? text_at(owner, "person") : text_at(owner, "team");
    fhir_set_text(performer, "display", shire_span_of(who));
    fhir_set(detail, "performer", json_pack("[o?]", performer));
    return json_pack("{s:o?}", "detail", detail);
}

/* Goals live inside the plan: nobody refers to them from elsewhere. */
static void set_goals(json_t *plan, const json_t *goals, const shire_record_view *view) {
    json_t *contained = json_array();
    json_t *references = json_array();
    for (size_t i = 0; i < json_array_size(goals); i++) {
        const char *text = text_at(json_array_get(goals, i), "text");
        json_t *goal =
            json_pack("{s:s, s:o?, s:s, s:{s:s}, s:o?}", "resourceType", "Goal", "id",
                      json_sprintf("goal-%zu", i + 1), "lifecycleStatus", "active", "description",
                      "text", text, "subject", fhir_patient_reference(view));
        (void)json_array_append_new(contained, goal);
        (void)json_array_append_new(
            references, json_pack("{s:o?}", "reference", json_sprintf("#goal-%zu", i + 1)));
    }
    if (json_array_size(contained) > 0) {
        fhir_set(plan, "contained", json_incref(contained));
        fhir_set(plan, "goal", json_incref(references));
    }
    json_decref(contained);
    json_decref(references);
}

static void condition_id(const shire_record_item *plan, size_t number, char *id, size_t id_bytes) {
    snprintf(id, id_bytes, "%.*s.%zu", (int)plan->item_id.length, plan->item_id.bytes, number + 1);
}

json_t *shire_fhir_care_plan(const shire_record_view *view, const shire_record_item *plan) {
    char id[64];
    const json_t *body = plan->body_json;
    const json_t *actions = json_object_get(body, "actions");
    json_t *resource = fhir_profile("CarePlan", NULL);
    snprintf(id, sizeof id, "%.*s", (int)plan->item_id.length, plan->item_id.bytes);
    fhir_set_id(resource, view, id);
    set_goals(resource, json_object_get(body, "goals"), view);
    fhir_set(resource, "status", json_string(shire_fhir_plan_status(plan)));
    fhir_set(resource, "intent", json_string("plan"));
    fhir_set_text(resource, "title", shire_span_of(text_at(body, "title")));
    fhir_set(resource, "subject", fhir_patient_reference(view));
    fhir_set_text(resource, "created", plan->made);
    fhir_set(resource, "author", fhir_organization_reference(&plan->actor_body));
    json_t *addresses = json_array();
    for (size_t i = 0; i < shire_fhir_condition_count(plan); i++) {
        condition_id(plan, i, id, sizeof id);
        (void)json_array_append_new(
            addresses, json_pack("{s:o?}", "reference",
                                 json_sprintf("Condition/%.*s.%s", (int)view->person_id.length,
                                              view->person_id.bytes, id)));
    }
    if (json_array_size(addresses) > 0) {
        fhir_set(resource, "addresses", json_incref(addresses));
    }
    json_decref(addresses);
    json_t *activities = json_array();
    for (size_t i = 0; i < json_array_size(actions); i++) {
        (void)json_array_append_new(activities, activity_of(json_array_get(actions, i)));
    }
    if (json_array_size(activities) > 0) {
        fhir_set(resource, "activity", json_incref(activities));
    }
    json_decref(activities);
    return resource;
}

size_t shire_fhir_condition_count(const shire_record_item *plan) {
    return json_array_size(json_object_get(plan->body_json, "needs"));
}

json_t *shire_fhir_condition(const shire_record_view *view, const shire_record_item *plan,
                             size_t number) {
    char id[64];
    const json_t *need = json_array_get(json_object_get(plan->body_json, "needs"), number);
    json_t *condition =
        fhir_profile("Condition", "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Condition");
    condition_id(plan, number, id, sizeof id);
    fhir_set_id(condition, view, id);
    fhir_set(condition, "clinicalStatus",
             json_pack("{s:[{s:s, s:s}]}", "coding", "system",
                       "http://terminology.hl7.org/CodeSystem/condition-clinical", "code",
                       plan->is_ended ? "inactive" : "active"));
    fhir_set(condition, "category",
             json_pack("[{s:[{s:s, s:s, s:s}]}]", "coding", "system",
                       "http://terminology.hl7.org/CodeSystem/condition-category", "code",
                       "problem-list-item", "display", "Problem List Item"));
    fhir_set(condition, "code", json_pack("{s:s}", "text", text_at(need, "text")));
    fhir_set(condition, "subject", fhir_patient_reference(view));
    fhir_set_text(condition, "recordedDate", plan->made);
    return condition;
}
