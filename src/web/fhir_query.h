/*
 * Search parameters of FHIR R4 (hl7.org/fhir/R4/search.html) taken apart: names with modifiers,
 * alternatives between commas, tokens with a system, and dates as stretches of time. Pure, over an
 * arena; safe from any thread. Errors hold nothing of what was asked for.
 */
#ifndef SHIRE_WEB_FHIR_QUERY_H
#define SHIRE_WEB_FHIR_QUERY_H

#include "web/http_form.h"

#include <stdbool.h>
#include <stdint.h>

#define SHIRE_FHIR_PARAMETERS_MAX 64
#define SHIRE_FHIR_VALUES_MAX 64 /* alternatives of one parameter */

typedef struct shire_fhir_parameter {
    shire_span name;          /* "birthdate" */
    shire_span modifier;      /* "exact" of name:exact; empty: none */
    bool is_chained;          /* name.other, or _has: search through another resource */
    const shire_span *values; /* as they stand between commas, escapes and all; at least one */
    size_t value_count;
} shire_fhir_parameter;

typedef struct shire_fhir_query {
    const shire_fhir_parameter *parameters; /* in the order of the text; names may repeat: and */
    size_t count;
} shire_fhir_query;

/* Of each the names of a query and of a form body (POST _search) together. SHIRE_INVALID for too
 * many; parameters without a value are passed over, as FHIR has it. */
shire_status shire_fhir_query_read(const shire_http_fields *fields, size_t fields_count,
                                   shire_arena *arena, shire_fhir_query *query_out,
                                   shire_error *error) SHIRE_MUST_CHECK;

/* The first parameter of a name, or NULL. */
const shire_fhir_parameter *shire_fhir_find(const shire_fhir_query *query, const char *name);

/* A value with its escapes (\, \| \$ \\) resolved; in the arena where there are any. The empty span
 * when out of memory. */
shire_span shire_fhir_text(shire_span value, shire_arena *arena);

/* "system|code", "|code" (no system), "code" (any system), "system|". */
typedef struct shire_fhir_token {
    shire_span system;
    shire_span code;
    bool has_system; /* a | stands there */
} shire_fhir_token;

shire_fhir_token shire_fhir_token_read(shire_span value, shire_arena *arena);

typedef enum shire_fhir_prefix {
    SHIRE_FHIR_EQUAL,
    SHIRE_FHIR_NOT_EQUAL,
    SHIRE_FHIR_GREATER,
    SHIRE_FHIR_LESS,
    SHIRE_FHIR_GREATER_OR_EQUAL,
    SHIRE_FHIR_LESS_OR_EQUAL,
    SHIRE_FHIR_STARTS_AFTER,
    SHIRE_FHIR_ENDS_BEFORE,
    SHIRE_FHIR_APPROXIMATELY
} shire_fhir_prefix;

/* Minutes since 1970-01-01T00:00 by the clock of the United Kingdom, both included. */
typedef struct shire_fhir_stretch {
    int64_t first;
    int64_t last;
} shire_fhir_stretch;

#define SHIRE_FHIR_FOREVER INT64_MAX /* of last: goes on; -SHIRE_FHIR_FOREVER of first: unknown */

typedef struct shire_fhir_when {
    shire_fhir_prefix prefix;
    shire_fhir_stretch stretch; /* a year, month, day or minute */
} shire_fhir_when;

/* [prefix]YYYY[-MM[-DD[Thh:mm[:ss[.fraction]][Z|+hh:mm|-hh:mm]]]]; a time without a zone is local.
 * SHIRE_INVALID for anything else. */
shire_status shire_fhir_when_read(shire_span value, shire_fhir_when *when_out,
                                  shire_error *error) SHIRE_MUST_CHECK;

/* Whether a resource's time fits (the table of prefixes of the search specification). */
bool shire_fhir_when_fits(const shire_fhir_when *when, shire_fhir_stretch time);

/* True when `text` begins with `start`: letters in any case, and without their accents (those of
 * Latin-1 and Latin Extended-A); white space and points at the beginning do not count. */
bool shire_fhir_begins(shire_span text, shire_span start);
/* The same, anywhere in `text`. */
bool shire_fhir_contains(shire_span text, shire_span part);

#endif
