/* What handlers call: templates and JSON as answers, and answers that wait for the store or for a
 * worker. */
#include "web/web_call.h"

#include "web/web_internal.h"
#include "web/web_user.h"

#include <string.h>

shire_span shire_call_query(const shire_call *call, const char *name) {
    return shire_http_field_find(&call->request->query, name);
}

shire_span shire_call_form(const shire_call *call, const char *name) {
    return shire_http_field_find(&call->request->form, name);
}

/* "..." or W/"..." without the letters, which do not count; moves `list` behind it. Empty at the
 * end, and where no tag stands. */
static shire_span take_tag(const char **list) {
    const char *at = *list + strspn(*list, " \t,");
    at += strncmp(at, "W/", 2) == 0 ? 2 : 0;
    const char *end = at[0] == '"' ? strchr(at + 1, '"') : NULL;
    shire_span tag = end == NULL ? (shire_span){at, 0} : (shire_span){at, (size_t)(end - at) + 1};
    *list = at + tag.length;
    return tag;
}

bool shire_call_has_tag(const shire_call *call, const char *tag) {
    const char *known = shire_http_header(call->request, "If-None-Match");
    if (known == NULL || call->request->method != SHIRE_HTTP_GET) {
        return false;
    }
    shire_span wanted = take_tag(&tag);
    bool has = strcmp(known, "*") == 0;
    for (shire_span one = take_tag(&known); !has && one.length > 0; one = take_tag(&known)) {
        has = shire_span_equal(one, wanted);
    }
    return has;
}

const char *shire_call_base_url(const shire_call *call) {
    const char *url = call->web->options.public_url;
    if (url != NULL) {
        size_t length = strlen(url);
        bool has_slash = length > 0 && url[length - 1] == '/';
        return shire_arena_copy_text(call->request->arena, url, length - has_slash);
    }
    const char *host = shire_http_header(call->request, "Host");
    return shire_arena_format(call->request->arena, "http://%s", host == NULL ? "localhost" : host);
}

/* ---- the layout ---- */

typedef struct nav_entry {
    const char *text;
    const char *path;
    uint32_t abilities; /* any of these; 0: of everybody who is signed in */
    const char *description;
} nav_entry;

static const nav_entry nav_entries[] = {
    {"Find a person", "/people", SHIRE_GATE_FIND_PEOPLE,
     "By NHS number, name, birth date or address"},
    {"My record", "/own", 0, "What is held about you"},
    {"Who looked", "/own/access-log", 0, "Each look at your own record"},
    {"Money", "/costs", SHIRE_GATE_SEE_COSTS, "What care cost each body, and what if"},
    {"Review joins", "/review", SHIRE_GATE_REVIEW_JOINS,
     "Records that may or may not be of one person"},
    {"Runs", "/admin/runs", SHIRE_GATE_SEE_RUNS,
     "The last run: what it read, found and reconciled"},
    {"Accounts", "/admin/accounts", SHIRE_GATE_MANAGE_ACCOUNTS,
     "Who may sign in, and in which role"},
    {"Teams", "/admin/teams", SHIRE_GATE_MANAGE_ACCOUNTS,
     "Who works together, and sees a caseload's records"},
    {"Agreements", "/admin/agreements", SHIRE_GATE_MANAGE_AGREEMENTS,
     "Who shares what with whom, and for what"},
    {"Notices", "/admin/notices", SHIRE_GATE_SEE_NOTICES, "Records opened without a relationship"},
    {"Audit", "/admin/audit", SHIRE_GATE_SEE_AUDIT, "Who did what"},
    {"Server", "/admin/server", SHIRE_GATE_SEE_SERVER, "Its health and security check"},
};

static pthread_once_t nav_once = PTHREAD_ONCE_INIT;
static bool nav_has_route[sizeof nav_entries / sizeof nav_entries[0]];

static void look_up_nav(void) {
    for (size_t i = 0; i < sizeof nav_entries / sizeof nav_entries[0]; i++) {
        const shire_route *route = NULL;
        size_t route_no;
        shire_span ids[SHIRE_CALL_IDS_MAX];
        char allowed[64];
        nav_has_route[i] = shire_route_find(SHIRE_HTTP_GET, shire_span_of(nav_entries[i].path),
                                            &route, &route_no, ids, allowed) == SHIRE_ROUTE_FOUND;
    }
}

static bool is_offered(const shire_call *call, size_t entry) {
    uint32_t abilities = nav_entries[entry].abilities;
    return nav_has_route[entry] && (abilities == 0 ? call->user->viewer.role == SHIRE_GATE_CITIZEN
                                                   : shire_call_may(call, abilities));
}

static bool is_under(shire_span path, shire_span entry) {
    return path.length >= entry.length && memcmp(path.bytes, entry.bytes, entry.length) == 0 &&
           (path.length == entry.length || path.bytes[entry.length] == '/');
}

/* The longest entry that the page lies under is the current one. */
static json_t *make_nav(const shire_call *call) {
    json_t *nav = json_array();
    size_t count = call->user == NULL ? 0 : sizeof nav_entries / sizeof nav_entries[0];
    const nav_entry *current = NULL;
    (void)pthread_once(&nav_once, look_up_nav);
    for (size_t i = 0; i < count; i++) {
        shire_span path = shire_span_of(nav_entries[i].path);
        if (is_under(call->request->path, path) &&
            (current == NULL || path.length > strlen(current->path))) {
            current = &nav_entries[i];
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (is_offered(call, i)) {
            (void)json_array_append_new(
                nav, json_pack("{s:s, s:s, s:s, s:b}", "text", nav_entries[i].text, "href",
                               nav_entries[i].path, "description", nav_entries[i].description,
                               "current", current == &nav_entries[i]));
        }
    }
    return nav;
}

static json_t *make_user(const shire_call *call) {
    if (call->user == NULL) {
        return json_null();
    }
    const shire_gate_viewer *viewer = &call->user->viewer;
    return json_pack("{s:s, s:s, s:s, s:s}", "name", call->user->account, "role",
                     shire_gate_label(SHIRE_GATE_ROLES, viewer->role), "purpose",
                     viewer->purpose < SHIRE_GATE_PURPOSE_COUNT
                         ? shire_gate_label(SHIRE_GATE_PURPOSES, viewer->purpose)
                         : "",
                     "organisation", call->user->organisation);
}

/* What the layout needs besides the page's own values; those of the page stand. */
static bool add_layout(shire_call *call, const char *title, json_t *values) {
    const char *token = shire_call_form_token(call);
    json_t *nav = make_nav(call);
    json_t *layout =
        json_pack("{s:{s:s}, s:s, s:s, s:b, s:o, s:o, s:s?, s:n, s:n, s:b}", "site", "name",
                  call->web->partnership.name, "title", title, "nonce", call->nonce, "has_nav",
                  json_array_size(nav) > 0, "nav", nav, "user", make_user(call), "csrf", token,
                  "back", "message", "has_errors", json_object_get(values, "error_list") != NULL);
    return layout != NULL && json_object_update_missing_new(values, layout) == 0;
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
    (void)json_object_set_new(json_object_get(values, "errors"), field, json_string(sentence));
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
    case 412:
        return "Somebody else changed this";
    case 410:
        return "This page has gone";
    case 428:
        return "Say which version you change";
    case 503:
        return "The service cannot answer just now";
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

shire_route_form shire_call_answer_form(const shire_call *call) {
    return call->route != NULL                                     ? call->route->form
           : is_under(call->request->path, shire_span_of("/api"))  ? SHIRE_ROUTE_API
           : is_under(call->request->path, shire_span_of("/fhir")) ? SHIRE_ROUTE_FHIR
                                                                   : SHIRE_ROUTE_PAGE;
}

shire_status shire_call_refuse(shire_call *call, int http_status, const char *sentence,
                               shire_error *error) {
    shire_route_form form = shire_call_answer_form(call);
    shire_http_response_clear(call->response);
    call->response->status = http_status;
    if (http_status == 503) {
        shire_http_set_header(call->response, "Retry-After", "1");
    }
    if (http_status == 401 && form != SHIRE_ROUTE_PAGE) {
        shire_http_set_header(call->response, "WWW-Authenticate", "Bearer");
    }
    if (form == SHIRE_ROUTE_FHIR) {
        shire_http_set_header(call->response, "Content-Type",
                              "application/fhir+json; charset=utf-8");
        return shire_call_json(call,
                               json_pack("{s:s, s:[{s:s, s:s, s:s}]}", "resourceType",
                                         "OperationOutcome", "issue", "severity", "error", "code",
                                         issue_code(http_status), "diagnostics", sentence),
                               error);
    }
    const char *title = title_of(http_status);
    if (form == SHIRE_ROUTE_API) {
        shire_http_set_header(call->response, "Content-Type", "application/problem+json");
        return shire_call_json(call,
                               json_pack("{s:s, s:i, s:s, s:s}", "type", "about:blank", "status",
                                         http_status, "title", title, "detail", sentence),
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
    bool is_change;
    bool is_asking;
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
    if (state->is_change && !shire_web_may_change(state->call->web)) {
        return SHIRE_FAIL(error, SHIRE_BUSY,
                          "The disk of this service is full: nothing can be changed until whoever "
                          "runs it has made room. Nothing was changed. What is there can be read.");
    }
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
    shire_web *web = state->call->web;
    shire_status status =
        shire_web_workers_give(state->is_asking ? web->askers : web->workers, run_labour, state);
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

void shire_call_change(shire_call *call, shire_call_job job, shire_call_then then, void *context) {
    wait_for(
        call,
        (waiting){.call = call, .job = job, .then = then, .context = context, .is_change = true},
        start_job);
}

void shire_call_work(shire_call *call, shire_call_labour labour, shire_call_then then,
                     void *context) {
    wait_for(call, (waiting){.call = call, .labour = labour, .then = then, .context = context},
             start_labour);
}

void shire_call_ask(shire_call *call, shire_call_labour labour, shire_call_then then,
                    void *context) {
    wait_for(
        call,
        (waiting){
            .call = call, .labour = labour, .then = then, .context = context, .is_asking = true},
        start_labour);
}
