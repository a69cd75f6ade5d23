/*
 * One FHIR request: its parameters checked against what the kind of resource takes, and the answer
 * it builds: a resource, or a Bundle with its links.
 *
 * No name or number stands in a link: `self` and `next` carry the search sealed (web_cursor.h).
 */
#ifndef SHIRE_WEB_FHIR_CALL_H
#define SHIRE_WEB_FHIR_CALL_H

#include "web/fhir_resource.h"
#include "web/web_call.h"

#define FHIR_COUNT_DEFAULT 20
#define FHIR_COUNT_MAX 100
#define FHIR_MODIFIERS_MAX 4
/* Of what is found, what is included, and the search. */
#define FHIR_LOG_MAX (2 * FHIR_COUNT_MAX + 2)

typedef struct fhir_parameter_form {
    const char *name;
    const char *type;                          /* string, token, date, reference */
    const char *modifiers[FHIR_MODIFIERS_MAX]; /* that are taken; "" ends them */
    const char *documentation;
} fhir_parameter_form;

typedef struct fhir_call fhir_call;

/* What `_include=KIND:name` adds to a page: what `element` of the found refers to. */
typedef struct fhir_include_form {
    const char *name;
    const char *element;
    const char *target; /* the kind that is referred to */
} fhir_include_form;

typedef struct fhir_kind {
    const char *name;
    const char *profile; /* or NULL */
    const fhir_parameter_form *parameters;
    size_t parameter_count;
    const fhir_include_form *includes;
    size_t include_count;
    const char *needed[3]; /* elements that no resource of the kind is without, or NULL */
    /* A new reference; SHIRE_NOT_FOUND for what is not there or may not be seen. Logged. */
    shire_status (*read)(fhir_call *call, shire_span id, json_t **resource_out, shire_error *error);
    shire_status (*search)(fhir_call *call, shire_error *error);
} fhir_kind;

extern const fhir_kind fhir_patient_kind;
extern const fhir_kind fhir_care_kinds[]; /* end with a NULL name */
extern const fhir_kind fhir_body_kinds[];

const fhir_kind *fhir_find_kind(shire_span name);
/* The kinds in the order of the CapabilityStatement; NULL after the last. */
const fhir_kind *fhir_kind_at(size_t place);

struct fhir_call {
    shire_call *web;
    const fhir_kind *kind;
    shire_record *record;
    shire_record_asker asker;
    shire_arena *arena;
    shire_fhir_query query;
    size_t first; /* of what was found, to pass over */
    size_t count; /* to show; 0: only how many there are */
    json_t *entries;
    json_t *issues; /* of the OperationOutcome that goes with a bundle */
    size_t total;
    shire_audit_entry log[FHIR_LOG_MAX];
    size_t log_count;
};

/* ---- handlers ---- */

typedef enum fhir_body { FHIR_BODY_NONE, FHIR_BODY_FORM, FHIR_BODY_JSON } fhir_body;

/* Whether client and server speak of the same formats: what the client takes (_format, which stands
 * above Accept) and what it sends. When not, answers 406 or 415 and sets `answered_out`. */
shire_status fhir_negotiate(shire_call *web, fhir_body body, bool *answered_out,
                            shire_error *error) SHIRE_MUST_CHECK;
shire_status fhir_begin(shire_call *web, fhir_body body, fhir_call *call, bool *answered_out,
                        shire_error *error) SHIRE_MUST_CHECK;
/* Reads and checks the parameters of a search. `answered_out` is set when the answer is a refusal.
 */
shire_status fhir_begin_search(fhir_call *call, bool *answered_out,
                               shire_error *error) SHIRE_MUST_CHECK;
/* Adds what the search asks to include of what was found. */
shire_status fhir_include(fhir_call *call, shire_error *error) SHIRE_MUST_CHECK;
/* Leaves in what was found the elements that _elements names, and those that must be there. */
bool fhir_keep_elements(const fhir_call *call);
/* The Bundle as the answer, after the log. */
shire_status fhir_end_search(fhir_call *call, shire_error *error) SHIRE_MUST_CHECK;
void fhir_done(fhir_call *call);

/* ---- for searches ---- */

/* Whether the next thing found is on this page; counts it. */
bool fhir_take_place(fhir_call *call);
/* One that was found, taken. `score` of a match, or less than 0. */
shire_status fhir_add(fhir_call *call, json_t *resource, double score, const char *grade,
                      shire_error *error) SHIRE_MUST_CHECK;
/* Something that the client should know of the whole answer. */
void fhir_warn(fhir_call *call, const char *code, const char *sentence);
/* Keep an entry for the log; it is durable before the answer leaves. */
void fhir_log(fhir_call *call, const shire_audit_entry *entry);

/* One resource as the answer, with its ETag; 304 when the client has it. Takes `resource`. */
shire_status fhir_answer(fhir_call *call, json_t *resource, shire_error *error) SHIRE_MUST_CHECK;
/* 404 after the log: of what is not there and of what may not be seen. */
shire_status fhir_answer_nobody(fhir_call *call, shire_error *error) SHIRE_MUST_CHECK;
/* An OperationOutcome; `code` of the value set issue-type. */
shire_status fhir_refuse(fhir_call *call, int http_status, const char *code, const char *sentence,
                         shire_error *error) SHIRE_MUST_CHECK;

/* Read a person for this call, logged; SHIRE_NOT_FOUND. shire_record_view_done is the caller's. */
shire_status fhir_read_person(fhir_call *call, const shire_record_request *request,
                              shire_record_view *view_out, shire_error *error) SHIRE_MUST_CHECK;

/* ---- parameters ---- */

/* Whether one of the alternatives of each parameter of that name is `code` of `system` (NULL: a
 * code without a system); true without one. */
bool fhir_token_fits(const fhir_call *call, const char *name, const char *system, const char *code);
/* The same of dates, which were checked by fhir_begin_search. */
bool fhir_date_fits(const fhir_call *call, const char *name, shire_fhir_stretch time);

/* The people whom an identifier's alternatives name, without repeats; in the arena. */
shire_status fhir_find_identified(fhir_call *call, const shire_fhir_parameter *parameter,
                                  shire_span **ids_out, size_t *count_out,
                                  shire_error *error) SHIRE_MUST_CHECK;

#endif
