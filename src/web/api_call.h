/*
 * What the functions of /api/v1 share: bodies checked member by member, pages by opaque cursors,
 * and answers with an ETag. web/site/openapi.mjs describes them; tests/api/api.mjs holds both
 * against each other. What a function is asked for and does not know is refused, because a
 * condition that is passed over finds too much.
 */
#ifndef SHIRE_WEB_API_CALL_H
#define SHIRE_WEB_API_CALL_H

#include "audit/audit_log.h"
#include "io/table.h"
#include "web/web_call.h"

#define API_PAGE_DEFAULT 50
#define API_PAGE_MAX 500
#define API_ENTRIES_MAX 128 /* of the audit log, of one answer */

/* One member of a body. */
typedef struct api_member {
    const char *name;
    json_type type;   /* JSON_TRUE: true or false */
    bool is_needed;   /* a text may then not be blank either */
    size_t bytes_max; /* of a text; 0: 500 */
} api_member;

/*
 * The body, checked: application/json, an object of these members and no others.
 *
 * body_out  the caller's reference. NULL when the request was answered by a refusal (400, 415, 422)
 *           that says which member and why and quotes nothing of the values.
 */
shire_status api_read_body(shire_call *call, const api_member *members, size_t member_count,
                           json_t **body_out, shire_error *error) SHIRE_MUST_CHECK;
/* A text of a checked body without white space around, in the request's arena; "" where it is
 * absent. NULL when out of memory. */
const char *api_text(shire_call *call, const json_t *body, const char *name);
/* The same as a span. */
shire_span api_span(shire_call *call, const json_t *body, const char *name);

/* What is not one of these parameters (ended by NULL) is refused; true: go on. */
bool api_takes(shire_call *call, const char *const *names, shire_status *status_out,
               shire_error *error) SHIRE_MUST_CHECK;

typedef struct api_page {
    size_t first;      /* how many to pass over */
    size_t count;      /* at most so many */
    shire_span choice; /* what the cursor's page was chosen by */
} api_page;

/*
 * The parameters `limit` and `cursor`; true: go on, else *status_out is the handler's status and
 * the refusal is made. A cursor is good for the path that it was given for.
 */
bool api_read_page(shire_call *call, api_page *page_out, shire_status *status_out,
                   shire_error *error) SHIRE_MUST_CHECK;
/* The cursor of what follows the page, or null when nothing does. `choice`: kept in the cursor. */
json_t *api_next(const shire_call *call, const api_page *page, const char *choice, bool has_more);

/* `document` (taken, also on failure) as the answer with the ETag of its bytes, before which
 * `version` stands where it is over 0; 304 when the client has it. */
shire_status api_answer(shire_call *call, json_t *document, int64_t version,
                        shire_error *error) SHIRE_MUST_CHECK;

/* The version that If-Match names: of an ETag that api_answer made. 0: none, or another form. */
int64_t api_version(const shire_call *call);

/* The answer that was made waits for these entries. Call it last in a handler. */
void api_log(shire_call *call, const shire_audit_entry *entries, size_t entry_count);
/* One entry of kind read about no person, `detail` saying what was read. */
void api_log_read(shire_call *call, const char *detail);

/* An entry by who asks, for their purpose; `subject` is a person's id or "". */
shire_audit_entry api_entry(const shire_call *call, const char *kind, const char *subject,
                            const char *detail);

json_t *api_text_json(shire_span text);
/* A whole number of at most 15 digits; false for anything else. */
bool api_number(shire_span text, int64_t *number_out);

/* ---- what the last run left in the warehouse ---- */

typedef struct api_rows {
    const char *name; /* in the answer */
    const char *sql;  /* ends with its ORDER BY */
    /* NULL: every row; else asked with the row's column `organisation_no`, which is not shown
     * itself. What is not shown is not counted either: pages are of the others. */
    bool (*may_show)(const shire_call *call, int64_t organisation_no);
    /* NULL: none; else sets withheld[i], which come as 0, for each row whose columns from
     * `withheld_from` on are answered as null. On a worker. */
    shire_status (*withhold)(const shire_call *call, const shire_frame *rows, uint8_t *withheld,
                             shire_error *error);
    size_t withheld_from;
} api_rows;

/*
 * The rows of a SELECT, {"run", NAME: [{column: value}], "next"}: integers, texts, amounts as
 * decimal texts with two digits or more, days, null. Read by a worker; `rows` has to last.
 */
shire_status api_answer_rows(shire_call *call, const api_rows *rows,
                             shire_error *error) SHIRE_MUST_CHECK;

#endif
