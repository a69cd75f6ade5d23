/*
 * One request, read whole before it is handled. Everything lives in its arena, which has a byte
 * limit and is wiped when the answer has been sent. One thread at a time uses a request.
 */
#ifndef SHIRE_WEB_HTTP_REQUEST_H
#define SHIRE_WEB_HTTP_REQUEST_H

#include "web/http_form.h"
#include "web/http_multipart.h"
#include "web/http_response.h"

#include <stdint.h>

typedef struct shire_http_request shire_http_request;

typedef enum shire_http_method {
    SHIRE_HTTP_GET, /* HEAD too: the answer's body is left out */
    SHIRE_HTTP_POST,
    SHIRE_HTTP_PUT,
    SHIRE_HTTP_PATCH,
    SHIRE_HTTP_DELETE,
    SHIRE_HTTP_OPTIONS,
    SHIRE_HTTP_OTHER
} shire_http_method;

/* Called when what was waited for is done: makes the answer, or waits again. `status` and `error`
 * tell how it went. */
typedef void (*shire_http_then)(void *context, shire_http_request *request,
                                shire_http_response *response, shire_status status,
                                shire_error *error);

/* Begins what is waited for. Exactly one shire_http_resume must follow, from any thread, unless it
 * returns a failure: then none may. */
typedef shire_status (*shire_http_start)(void *context, shire_http_request *request,
                                         shire_error *error);

struct shire_http_request {
    shire_arena *arena;
    shire_http_method method;
    const char *method_name;
    shire_span path; /* decoded, terminated; never in a log */
    shire_span raw_query;
    shire_http_fields query;
    shire_http_fields cookies;
    shire_span body;
    shire_http_fields form;      /* of a body that is a form */
    shire_http_files files;      /* of a form that carries files */
    int64_t started_nanoseconds; /* monotonic */
    void *user;                  /* the router's, in the arena */
};

/* The first value of a header, by any case of its name; NULL when there is none. */
const char *shire_http_header(const shire_http_request *request, const char *name);

/* The network address that asks, as text in the arena; "" when out of memory. Behind a proxy on
 * this machine it is the last one of X-Forwarded-For. */
const char *shire_http_address(const shire_http_request *request, bool is_behind_proxy);

/*
 * Let the answer wait without a thread: after the handler has returned, the connection is set
 * aside, `start` is called, and `then` makes the answer once shire_http_resume was called. `then`
 * is called on a thread of the server, also when `start` fails.
 */
void shire_http_wait(shire_http_request *request, shire_http_start start, shire_http_then then,
                     void *context);
/* From any thread. `error` is copied and may be NULL. */
void shire_http_resume(shire_http_request *request, shire_status status, const shire_error *error);

#endif
