/*
 * FHIR R4 resources (UK Core where it has a profile) made of what the record module let through:
 * one function a resource, JSON in, nothing read. What is no part of a view cannot get into one.
 *
 * Ids. A Patient has the person's id, an Organization and its Location the body's code. What
 * belongs to a person has the person's id, a point and a word of its own: the hash of the body's
 * own key for an Encounter or EpisodeOfCare, the plan's id for a CarePlan and, with its number,
 * each Condition. They last as long as the person and the key.
 *
 * Functions give a new reference, or NULL when out of memory. Safe from any thread.
 */
#ifndef SHIRE_WEB_FHIR_RESOURCE_H
#define SHIRE_WEB_FHIR_RESOURCE_H

#include "record/record_search.h"
#include "record/record_view.h"
#include "web/fhir_query.h"

#define SHIRE_FHIR_NHS_NUMBER "https://fhir.nhs.uk/Id/nhs-number"
#define SHIRE_FHIR_ODS "https://fhir.nhs.uk/Id/ods-organization-code"
/* Identifiers of a body's own system: this, the body's code, ':' and the system's name. */
#define SHIRE_FHIR_LOCAL "urn:shire:"
#define SHIRE_FHIR_GRADE "http://hl7.org/fhir/StructureDefinition/match-grade"

json_t *shire_fhir_patient(const shire_record_view *view);
/* Of a person found: what the list of the found shows. */
json_t *shire_fhir_patient_found(const shire_record_found *found);
json_t *shire_fhir_encounter(const shire_record_view *view, const shire_record_moment *moment);
json_t *shire_fhir_episode(const shire_record_view *view, const shire_record_carer *carer);
json_t *shire_fhir_care_plan(const shire_record_view *view, const shire_record_item *plan);
/* One for each need of a plan. */
size_t shire_fhir_condition_count(const shire_record_item *plan);
json_t *shire_fhir_condition(const shire_record_view *view, const shire_record_item *plan,
                             size_t number);
json_t *shire_fhir_organization(shire_span code, shire_span name, shire_span kind);
json_t *shire_fhir_location(shire_span code, shire_span name);

/* "finished" or "in-progress"; "active" or "finished"; the code of the encounter's class. */
const char *shire_fhir_encounter_status(const shire_record_moment *moment);
const char *shire_fhir_encounter_class(const shire_record_moment *moment);
const char *shire_fhir_episode_status(const shire_record_carer *carer);
const char *shire_fhir_plan_status(const shire_record_item *plan);
/* The NHS code of sex as FHIR's gender: male, female, other, unknown. */
const char *shire_fhir_gender(shire_span sex);

shire_fhir_stretch shire_fhir_moment_stretch(const shire_record_moment *moment);
shire_fhir_stretch shire_fhir_carer_stretch(const shire_record_carer *carer);

/* Give the resource its version: meta.versionId, a hash of all else in it. `version_out`, of at
 * least 17 bytes, gets it too. False when out of memory. */
bool shire_fhir_set_version(json_t *resource, char version_out[17]);

#endif
