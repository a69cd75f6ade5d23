/* What the files that make FHIR resources share. References are new; NULL when out of memory, which
 * json_dumps shows in the end. */
#ifndef SHIRE_WEB_FHIR_INTERNAL_H
#define SHIRE_WEB_FHIR_INTERNAL_H

#include "web/fhir_resource.h"

json_t *fhir_text(shire_span text);
void fhir_set(json_t *object, const char *key, json_t *value); /* takes `value` */
/* Only where there is a text: FHIR has no empty ones. */
void fhir_set_text(json_t *object, const char *key, shire_span text);
json_t *fhir_identifier(const char *system, shire_span value);
json_t *fhir_local_identifier(shire_span organisation, shire_span source, shire_span value);
json_t *fhir_organization_reference(const shire_record_body *body);
json_t *fhir_patient_reference(const shire_record_view *view);
json_t *fhir_profile(const char *resource, const char *profile); /* `profile` may be NULL */
void fhir_set_id(json_t *resource, const shire_record_view *view, const char *rest);
json_t *fhir_minute(int32_t minute); /* 2024-09-09T10:30:00+01:00 */
json_t *fhir_day(shire_date day);

#endif
