/* What handlers call: templates and JSON as answers, and answers that wait for the store or for a
 * worker. */
#include "web/web_call.h"

#include "web/web_internal.h"

#include <string.h>

shire_span shire_call_query(const shire_call *call, const char *name) {
    return shire_http_field_find(&call->request->query, name);
}

shire_span shire_call_form(const shire_call *call, const char *name) {
    return shire_http_field_find(&call->request->form, name);
}

static json_t *text_of(const char *text) {
    return text == NULL ? json_null() : json_string(text);
}

/* What the layout needs besides the page's own values; those of the page stand. */
static bool add_layout(const shire_call *call, const char *title, json_t *values) {
    json_t *layout =
        json_pack("{s:{s:s}, s:s, s:s, s:[], s:n, s:n, s:b}", "site", "name",
                  call->web->partnership.name, "title", title, "nonce", call->nonce, "nav", "user",
                  "back", "has_errors", json_object_get(values, "error_list") != NULL);
    bool added = layout != NULL && json_object_update_missing_new(values, layout) == 0;
    return added;
}

shire_status shire_call_page(shire_call *call, const char *name, const char *title, json_t *values,
                             shire_error *error) {
    if (values == NULL || !add_layout(call, title, values)) {
        json_decref(values);
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a page");
    }
    shire_builder_clear(&call->response->body);
    shire_status status =
        shire_template_render(call->web->templates, name, values, &call->response->body, error);
    json_decref(values);
    shire_http_set_header(call->response, "Content-Type", "text/html; charset=utf-8");
    return status;
}

void shire_call_add_error(json_t *values, const char *field, const char *sentence) {
    json_t *list = json_object_get(values, "error_list");
    if (list == NULL) {
        list = json_array();
        (void)json_object_set_new(values, "error_list", list);
        (void)json_object_set_new(values, "errors", json_object());
    }
    (void)json_array_append_new(list, json_pack("{s:s, s:s}", "field", field, "text", sentence));
    (void)json_object_set_new(json_object_get(values, "errors"), field, text_of(sentence));
}

static int append_json(const char *bytes, size_t length, void *builder) {
    shire_builder_append(builder, (shire_span){bytes, length});
    return 0;
}

shire_status shire_call_json(shire_call *call, json_t *document, shire_error *error) {
    shire_builder_clear(&call->response->body);
    bool made = document != NULL &&
                json_dump_callback(document, append_json, &call->response->body, JSON_COMPACT) == 0;
    json_decref(document);
    if (shire_http_response_header(call->response, "Content-Type") == NULL) {
        shire_http_set_header(call->response, "Content-Type",
                              call->route != NULL && call->route->form == SHIRE_ROUTE_FHIR
                                  ? "application/fhir+json; charset=utf-8"
                                  : "application/json; charset=utf-8");
    }
    return made ? SHIRE_OK : SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for an answer");
}

static const char *title_of(int http_status) {
    switch (http_status) {
    case 400:
        return "That could not be understood";
    case 401:
        return "Sign in first";
    case 403:
        return "You may not see this";
    case 404:
        return "Page not found";
    case 405:
        return "That cannot be done here";
    case 409:
        return "Somebody else changed this";
    case 503:
        return "The service is busy";
    default:
        return http_status < 500 ? "That could not be done" : "Something went wrong";
    }
}

static const char *issue_code(int http_status) {
    switch (http_status) {
    case 401:
        return "login";
    case 403:
        return "forbidden";
    case 404:
        return "not-found";
    case 405:
        return "not-supported";
    case 409:
        return "conflict";
    case 503:
        return "transient";
    default:
        return http_status < 500 ? "invalid" : "exception";
    }
}

shire_status shire_call_refuse(shire_call *call, int http_status, const char *sentence,
                               shire_error *error) {
    shire_route_form form = call->route == NULL ? SHIRE_ROUTE_PAGE : call->route->form;
    shire_http_response_clear(call->response);
    call->response->status = http_status;
    if (http_status == 503) {
        shire_http_set_header(call->response, "Retry-After", "1");
    }
    if (form == SHIRE_ROUTE_FHIR) {
        return shire_call_json(call,
                               json_pack("{s:s, s:[{s:s, s:s, s:s}]}", "resourceType",
                                         "OperationOutcome", "issue", "severity", "error", "code",
                                         issue_code(http_status), "diagnostics", sentence),
                               error);
    }
    const char *title = title_of(http_status);
    if (form == SHIRE_ROUTE_API) {
        return shire_call_json(call,
                               json_pack("{s:{s:i, s:s, s:s}}", "error", "status", http_status,
                                         "title", title, "detail", sentence),
                               error);
    }
    return shire_call_page(call, "error", title, json_pack("{s:s}", "sentence", sentence), error);
}

/* ---- answers that wait ---- */

typedef struct waiting {
    shire_call *call;
    shire_call_job job;
    shire_call_labour labour;
    shire_call_then then;
    void *context;
} waiting;

static void job_done(void *context, shire_status status, const shire_error *error) {
    shire_http_resume(((waiting *)context)->call->request, status, error);
}

static shire_status run_job(shire_store *store, void *context, shire_error *error) {
    waiting *state = context;
    return state->job(store, state->context, error);
}

static shire_status start_job(void *context, shire_http_request *request, shire_error *error) {
    (void)request;
    waiting *state = context;
    shire_status status =
        shire_store_queue_submit(state->call->web->queue, run_job, job_done, state);
    return status == SHIRE_BUSY
               ? SHIRE_FAIL(error, SHIRE_BUSY, "too much is being written; try again in a moment")
               : status;
}

static void run_labour(void *context) {
    waiting *state = context;
    shire_error error = {0};
    shire_status status = state->labour(state->context, &error);
    shire_http_resume(state->call->request, status, &error);
}

static shire_status start_labour(void *context, shire_http_request *request, shire_error *error) {
    (void)request;
    waiting *state = context;
    shire_status status = shire_web_workers_give(state->call->web->workers, run_labour, state);
    return status == SHIRE_BUSY
               ? SHIRE_FAIL(error, SHIRE_BUSY, "too many are signing in; try again in a moment")
               : status;
}

static void go_on(void *context, shire_http_request *request, shire_http_response *response,
                  shire_status status, shire_error *error) {
    (void)request;
    (void)response;
    waiting *state = context;
    if (status == SHIRE_OK && state->then != NULL) {
        status = state->then(state->call, state->context, error);
    }
    shire_web_settle(state->call, status, error);
}

static void wait_for(shire_call *call, waiting state, shire_http_start start) {
    waiting *kept = shire_arena_alloc(call->request->arena, sizeof *kept);
    if (kept == NULL) {
        call->response->failed = true;
        return;
    }
    *kept = state;
    shire_http_wait(call->request, start, go_on, kept);
}

void shire_call_write(shire_call *call, shire_call_job job, shire_call_then then, void *context) {
    wait_for(call, (waiting){.call = call, .job = job, .then = then, .context = context},
             start_job);
}

void shire_call_work(shire_call *call, shire_call_labour labour, shire_call_then then,
                     void *context) {
    wait_for(call, (waiting){.call = call, .labour = labour, .then = then, .context = context},
             start_labour);
}
