/*
 * One request on its way through a handler: what a page or an API function sees. Handlers are
 * listed in tables of routes (web_route.h); a page is one file page_NAME.c with its table, a
 * template web/site/pages/NAME.njk, and a line in web_routes.c.
 */
#ifndef SHIRE_WEB_CALL_H
#define SHIRE_WEB_CALL_H

#include "io/json.h"
#include "io/store.h"
#include "web/http_request.h"

typedef struct shire_web shire_web;
typedef struct shire_route shire_route;
typedef struct shire_call_user shire_call_user; /* web_user.h */

#define SHIRE_CALL_IDS_MAX 4
#define SHIRE_NONCE_BYTES 25

typedef struct shire_call {
    shire_web *web;
    shire_http_request *request;
    shire_http_response *response;
    const shire_route *route;
    size_t route_no;
    shire_span ids[SHIRE_CALL_IDS_MAX]; /* what stands for {id} in the route's pattern, in order */
    char nonce[SHIRE_NONCE_BYTES];      /* of the page's scripts */
    struct shire_world *world;          /* web_world.h: run and rules, kept for this request */
    const struct shire_gate_policy *policy; /* of the world */
    const shire_call_user *user;            /* who is signed in; NULL: nobody */
    shire_span owes_code;                   /* token of a session that has to give a code yet */
    const char *form_token;
} shire_call;

/* Makes the answer. What it returns other than SHIRE_OK becomes an error page (or its JSON): its
 * message is shown for SHIRE_INVALID, SHIRE_NOT_FOUND and SHIRE_BUSY, and logged for the rest. */
typedef shire_status (*shire_handler)(shire_call *call, shire_error *error);

shire_span shire_call_query(const shire_call *call, const char *name);
/* Whether the client says by If-None-Match, on a GET or HEAD, that it has `tag`, "..." or W/"...";
 * compared weakly (RFC 9110, 13.1.2). */
bool shire_call_has_tag(const shire_call *call, const char *tag);
shire_span shire_call_form(const shire_call *call, const char *name);

/* What addresses of ours begin with, "https://record.example.org", without a slash at the end; in
 * the request's arena, NULL when out of memory. */
const char *shire_call_base_url(const shire_call *call);

/*
 * Fill the template `name` as the answer. `values` (taken, also on failure; NULL counts as out of
 * memory) are the page's own; the layout's are added: site, title, nav, user, csrf, nonce. Pages
 * may set: back {text, href} and breadcrumbs [{text, href}] (the page's parent, and what lies above
 * it), message, error_list [{field, text}].
 */
shire_status shire_call_page(shire_call *call, const char *name, const char *title, json_t *values,
                             shire_error *error) SHIRE_MUST_CHECK;

/* One more mistake for the summary on top of a form page and for its field: values.error_list and
 * values.errors.FIELD. */
void shire_call_add_error(json_t *values, const char *field, const char *sentence);

/* `document` as the answer; taken, also on failure. */
shire_status shire_call_json(shire_call *call, json_t *document,
                             shire_error *error) SHIRE_MUST_CHECK;

/* An answer that refuses, in the form of the route: page, problem details (RFC 9457) or
 * OperationOutcome. */
shire_status shire_call_refuse(shire_call *call, int http_status, const char *sentence,
                               shire_error *error) SHIRE_MUST_CHECK;

/*
 * Let the answer wait until `job` is durable: it runs on the store's writer thread in the batch's
 * transaction (io/store_queue.h), then `then` makes the answer on a server thread, or what the job
 * failed with becomes the answer. `then` may be NULL: the answer that was made already is sent.
 * `context` lives in the request's arena. Call it last in a handler.
 */
typedef shire_status (*shire_call_job)(shire_store *store, void *context, shire_error *error);
typedef shire_status (*shire_call_then)(shire_call *call, void *context, shire_error *error);
void shire_call_write(shire_call *call, shire_call_job job, shire_call_then then, void *context);

/* The same for what can wait for another day: refused with 503 when the disk is full and only room
 * for the entries of what is read is left (docs/recovery.md). */
void shire_call_change(shire_call *call, shire_call_job job, shire_call_then then, void *context);

/* The same for work of long computing (a password's hash): one other thread does it. */
typedef shire_status (*shire_call_labour)(void *context, shire_error *error);
void shire_call_work(shire_call *call, shire_call_labour labour, shire_call_then then,
                     void *context);

/* The same for work that waits for the sign-in provider: threads of its own do it, so that nobody
 * else waits for a provider that is slow. */
void shire_call_ask(shire_call *call, shire_call_labour labour, shire_call_then then,
                    void *context);

#endif
