/* Handlers of FHIR's routes that stand in files of their own. */
#ifndef SHIRE_WEB_FHIR_ROUTES_H
#define SHIRE_WEB_FHIR_ROUTES_H

#include "web/web_call.h"

shire_status fhir_serve_match(shire_call *web, shire_error *error) SHIRE_MUST_CHECK;
shire_status fhir_serve_metadata(shire_call *web, shire_error *error) SHIRE_MUST_CHECK;

#endif
