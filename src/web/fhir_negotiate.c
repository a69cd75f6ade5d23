/*
 * What client and server understand: JSON of R4 alone. `_format` stands above Accept, which is a
 * list of types with ranks; whoever takes JSON at any rank gets it, and only who takes nothing of
 * it is refused.
 */
#include "web/fhir_call.h"

#include <string.h>

static shire_span up_to(shire_span text, char mark) {
    const char *found = text.length == 0 ? NULL : memchr(text.bytes, mark, text.length);
    if (found != NULL) {
        text.length = (size_t)(found - text.bytes);
    }
    return text;
}

/* `;fhirVersion=` of a type that another version than R4 is meant by. */
static bool is_of_another_version(shire_span type) {
    static const char name[] = "fhirVersion=";
    size_t length = sizeof name - 1;
    for (size_t i = 0; i + length <= type.length; i++) {
        if (strncasecmp(type.bytes + i, name, length) == 0) {
            shire_span rest = {type.bytes + i + length, type.length - i - length};
            rest = shire_span_trim(up_to(rest, ';'));
            return !shire_span_equal(rest, shire_span_of("4.0")) &&
                   !shire_span_equal(rest, shire_span_of("\"4.0\""));
        }
    }
    return false;
}

static bool is_one_of(shire_span type, const char *const *names) {
    if (is_of_another_version(type)) {
        return false;
    }
    type = shire_span_trim(up_to(type, ';'));
    for (size_t i = 0; names[i] != NULL; i++) {
        if (shire_span_equal_ignoring_case(type, shire_span_of(names[i]))) {
            return true;
        }
    }
    return false;
}

/* The last is application/fhir+json of a query in which the + was not encoded: a blank. */
static const char *const formats[] = {"json",      "application/json",      "application/fhir+json",
                                      "text/json", "application/fhir json", NULL};
static const char *const taken[] = {
    "*/*", "application/*", "application/json", "application/fhir+json", "text/json", NULL};
static const char *const sent_json[] = {"application/json", "application/fhir+json", "text/json",
                                        NULL};
static const char *const sent_form[] = {"application/x-www-form-urlencoded", NULL};

/* `;q=0` says that a type is not taken. */
static bool has_rank_zero(shire_span type) {
    for (size_t i = 0; i + 3 <= type.length; i++) {
        if (strncasecmp(type.bytes + i, "q=0", 3) == 0) {
            shire_span rest = {type.bytes + i + 3, type.length - i - 3};
            rest = shire_span_trim(up_to(rest, ';'));
            for (size_t k = 0; k < rest.length; k++) {
                if (rest.bytes[k] != '.' && rest.bytes[k] != '0') {
                    return false;
                }
            }
            return true;
        }
    }
    return false;
}

static bool takes_json(const char *accept) {
    shire_span rest = shire_span_of(accept);
    if (shire_span_trim(rest).length == 0) {
        return true;
    }
    while (rest.length > 0) {
        shire_span type = up_to(rest, ',');
        if (is_one_of(type, taken) && !has_rank_zero(type)) {
            return true;
        }
        size_t passed = type.length < rest.length ? type.length + 1 : type.length;
        rest = (shire_span){rest.bytes + passed, rest.length - passed};
    }
    return false;
}

static bool takes_answer(const shire_call *web) {
    shire_span format = shire_call_query(web, "_format");
    format = format.length > 0 ? format : shire_call_form(web, "_format");
    const char *accept = shire_http_header(web->request, "Accept");
    return format.length > 0 ? is_one_of(format, formats) : accept == NULL || takes_json(accept);
}

shire_status fhir_negotiate(shire_call *web, fhir_body body, bool *answered_out,
                            shire_error *error) {
    fhir_call call = {.web = web};
    const char *type = shire_http_header(web->request, "Content-Type");
    *answered_out = true;
    if (!takes_answer(web)) {
        return fhir_refuse(
            &call, 406, "not-supported",
            "only JSON of FHIR R4 is served: Accept: application/fhir+json, or _format=json",
            error);
    }
    if (body == FHIR_BODY_FORM && web->request->body.length > 0 &&
        (type == NULL || !is_one_of(shire_span_of(type), sent_form))) {
        return fhir_refuse(&call, 415, "not-supported",
                           "a search is sent as a form: Content-Type: "
                           "application/x-www-form-urlencoded",
                           error);
    }
    if (body == FHIR_BODY_JSON && type != NULL && !is_one_of(shire_span_of(type), sent_json)) {
        return fhir_refuse(&call, 415, "not-supported",
                           "only JSON of FHIR R4 is read: Content-Type: application/fhir+json",
                           error);
    }
    *answered_out = false;
    return SHIRE_OK;
}
