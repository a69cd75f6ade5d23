/*
 * The table of what can be asked for. Each route says who may ask: without a word it is who is
 * signed in, so that no handler is reachable by omission.
 */
#ifndef SHIRE_WEB_ROUTE_H
#define SHIRE_WEB_ROUTE_H

#include "web/web_call.h"

typedef enum shire_route_access {
    SHIRE_ROUTE_SIGNED_IN = 0,
    SHIRE_ROUTE_PUBLIC,    /* anybody; a page that knows who is signed in */
    SHIRE_ROUTE_OPEN_DATA, /* anybody, from any site's script (CORS *), without cookies */
    SHIRE_ROUTE_LASTING    /* anybody; never changes, so browsers keep it */
} shire_route_access;

typedef enum shire_route_form {
    SHIRE_ROUTE_PAGE = 0,
    SHIRE_ROUTE_API, /* errors are JSON */
    SHIRE_ROUTE_FHIR /* errors are an OperationOutcome */
} shire_route_form;

struct shire_route {
    shire_http_method method;
    const char *pattern; /* "/people/{id}/plan": {word} is one part of the path */
    shire_handler handle;
    shire_route_access access;
    shire_route_form form;
    uint32_t abilities; /* SHIRE_GATE_* abilities, any of which is needed; 0: none */
};

/* All routes: tables that end with a NULL pattern, and a NULL after the last table. */
extern const shire_route *const shire_route_tables[];

typedef enum shire_route_found {
    SHIRE_ROUTE_FOUND,
    SHIRE_ROUTE_NO_PATH,
    SHIRE_ROUTE_NO_METHOD
} shire_route_found;

/* Whether a path fits a pattern; ids_out gets what stands for the {words}. */
bool shire_route_matches(const char *pattern, shire_span path,
                         shire_span ids_out[SHIRE_CALL_IDS_MAX]);

/* The route of a method and path; of several, the one with the fewest {words}. On
 * SHIRE_ROUTE_NO_METHOD `allowed`, of at least 64 bytes, lists the methods that the path has, and
 * *route_out is one of those routes. */
shire_route_found shire_route_find(shire_http_method method, shire_span path,
                                   const shire_route **route_out, size_t *route_no_out,
                                   shire_span ids_out[SHIRE_CALL_IDS_MAX], char *allowed);

/* The form of a call's route; at no route the form of what would stand beside it. */
shire_route_form shire_call_answer_form(const shire_call *call);

size_t shire_route_count(void);
const shire_route *shire_route_at(size_t route_no);
const char *shire_http_method_name(shire_http_method method);

#endif
