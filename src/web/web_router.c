/*
 * From a request to a handler and back: finds the route, says who may not, sets the headers that
 * every answer has, turns failures into pages, counts and logs. A line of the log has the route's
 * pattern, never the path, so that no id of a person gets into it.
 */
#include "core/meter.h"
#include "io/crypto.h"
#include "web/web_internal.h"
#include "web/web_user.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

const int64_t shire_web_bucket_microseconds[SHIRE_WEB_TIME_BUCKETS] = {
    500, 1000, 2500, 5000, 10000, 50000, 250000, 1000000};

static void set_common_headers(shire_call *call) {
    shire_http_response *response = call->response;
    shire_route_access access = call->route == NULL ? SHIRE_ROUTE_PUBLIC : call->route->access;
    char policy[512];
    snprintf(policy, sizeof policy,
             "default-src 'none'; style-src 'self'; script-src 'nonce-%s'; img-src 'self'; "
             "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
             call->nonce);
    shire_http_set_header(response, "Content-Security-Policy", policy);
    shire_http_set_header(response, "X-Content-Type-Options", "nosniff");
    shire_http_set_header(response, "X-Frame-Options", "DENY");
    /* For browsers of old alone: no page may be framed, so that none can learn what it blocks. */
    shire_http_set_header(response, "X-XSS-Protection", "1; mode=block");
    shire_http_set_header(response, "Referrer-Policy", "no-referrer");
    shire_http_set_header(response, "Cross-Origin-Opener-Policy", "same-origin");
    shire_http_set_header(response, "Cross-Origin-Resource-Policy",
                          access == SHIRE_ROUTE_OPEN_DATA ? "cross-origin" : "same-origin");
    shire_http_set_header(response, "Permissions-Policy",
                          "camera=(), microphone=(), geolocation=(), payment=()");
    if (access == SHIRE_ROUTE_OPEN_DATA) {
        shire_http_set_header(response, "Access-Control-Allow-Origin", "*");
    }
    if (call->web->is_secure) {
        shire_http_set_header(response, "Strict-Transport-Security", "max-age=31536000");
    }
    if (shire_http_response_header(response, "Cache-Control") == NULL) {
        shire_http_set_header(response, "Cache-Control",
                              access == SHIRE_ROUTE_OPEN_DATA ? "no-cache" : "no-store");
    }
}

static const char *now_text(char buffer[32]) {
    time_t now = time(NULL);
    struct tm parts;
    gmtime_r(&now, &parts);
    strftime(buffer, 32, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return buffer;
}

static void log_failure(const shire_call *call, shire_status status, const shire_error *error) {
    char now[32];
    fprintf(stderr, "%s %s %s failed (%s): %s\n", now_text(now), call->request->method_name,
            call->route == NULL ? "-" : call->route->pattern, shire_status_name(status),
            error->message);
}

static void refuse_failure(shire_call *call, shire_status status, shire_error *error) {
    int http_status = status == SHIRE_INVALID     ? 400
                      : status == SHIRE_OVERFLOW  ? 400
                      : status == SHIRE_NOT_FOUND ? 404
                      : status == SHIRE_CONFLICT  ? 409
                      : status == SHIRE_BUSY      ? 503
                      : status == SHIRE_IO_FAILED ? 503
                                                  : 500;
    const char *sentence = error->message;
    if (http_status == 500) {
        log_failure(call, status, error);
        sentence = "The server made a mistake. Nothing was changed. Try again; if it goes on, tell "
                   "whoever runs this service.";
    } else if (status == SHIRE_IO_FAILED) {
        /* A connection that breaks while it confirms leaves open whether it was done. */
        log_failure(call, status, error);
        sentence = "The server could not save or read what this needs. Look whether anything was "
                   "changed before you try again; if it goes on, tell whoever runs this service.";
    } else if (http_status == 404) {
        sentence = "There is nothing at this address, or you may not see it.";
    }
    shire_error inner = {0};
    char copy[SHIRE_ERROR_MESSAGE_BYTES];
    snprintf(copy, sizeof copy, "%s", sentence);
    if (shire_call_refuse(call, http_status, copy, &inner) != SHIRE_OK) {
        log_failure(call, inner.status, &inner);
        shire_http_response_clear(call->response);
        call->response->status = http_status;
        shire_http_set_header(call->response, "Content-Type", "text/plain; charset=utf-8");
        shire_builder_append_text(&call->response->body, "The server could not make this page.\n");
    }
}

void shire_web_settle(shire_call *call, shire_status status, shire_error *error) {
    if (status != SHIRE_OK) {
        refuse_failure(call, status, error);
    }
    set_common_headers(call);
}

/* ---- before the handler ---- */

/* A form of another site must not act here. Browsers say where a request comes from; what comes
 * without a word is no browser's form, or of one so old that the form's token alone must do. The
 * same holds for the origin `null`, which a form of ours has too (Referrer-Policy: no-referrer);
 * but scripts of ours never have it, and the API knows no form's token. */
static bool comes_from_elsewhere(const shire_call *call) {
    const char *site = shire_http_header(call->request, "Sec-Fetch-Site");
    if (site != NULL) {
        return strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0;
    }
    const char *origin = shire_http_header(call->request, "Origin");
    if (origin == NULL) {
        return false;
    }
    if (strcmp(origin, "null") == 0) {
        return call->route->form != SHIRE_ROUTE_PAGE;
    }
    const char *host = call->web->public_host != NULL ? call->web->public_host
                                                      : shire_http_header(call->request, "Host");
    const char *mark = strstr(origin, "://");
    return host == NULL || mark == NULL || strcasecmp(mark + 3, host) != 0;
}

/* Who may not: answers, and says so by *refused_out. */
static shire_status refuse_visitor(shire_call *call, bool *refused_out, shire_error *error) {
    const shire_route *route = call->route;
    bool is_form = route->form == SHIRE_ROUTE_PAGE && call->request->method != SHIRE_HTTP_GET;
    bool has_no_cookie = call->user != NULL && call->user->is_program;
    *refused_out = true;
    if (call->request->method != SHIRE_HTTP_GET && !has_no_cookie && comes_from_elsewhere(call)) {
        return shire_call_refuse(call, 403, "This form was sent from another site.", error);
    }
    if (route->access == SHIRE_ROUTE_SIGNED_IN && call->user == NULL) {
        if (route->form != SHIRE_ROUTE_PAGE) {
            return shire_call_refuse(call, 401, "Sign in, or send a token.", error);
        }
        shire_http_redirect(call->response, "/sign-in");
        return SHIRE_OK;
    }
    if (route->abilities != 0 && !shire_call_may(call, route->abilities)) {
        return shire_call_refuse(call, 403, "Your role does not include this.", error);
    }
    if (is_form && !shire_call_form_is_ours(call)) {
        return shire_call_refuse(call, 403,
                                 "This form is out of date, because you signed in or out since it "
                                 "was shown. Go back, load the page again and repeat it.",
                                 error);
    }
    *refused_out = false;
    return SHIRE_OK;
}

static shire_status answer(shire_call *call, shire_error *error) {
    char allowed[64];
    shire_route_found found = shire_route_find(call->request->method, call->request->path,
                                               &call->route, &call->route_no, call->ids, allowed);
    if (found == SHIRE_ROUTE_NO_PATH) {
        return SHIRE_FAIL(error, SHIRE_NOT_FOUND, "no such page");
    }
    if (found == SHIRE_ROUTE_NO_METHOD) {
        bool asks = call->request->method == SHIRE_HTTP_OPTIONS &&
                    call->route->access == SHIRE_ROUTE_OPEN_DATA;
        shire_status status =
            asks ? SHIRE_OK
                 : shire_call_refuse(call, 405, "This address does not take that method.", error);
        if (asks) {
            call->response->status = 204;
            shire_http_set_header(call->response, "Access-Control-Allow-Methods", allowed);
            shire_http_set_header(call->response, "Access-Control-Allow-Headers", "Accept");
        }
        shire_http_set_header(call->response, "Allow", allowed);
        return status;
    }
    shire_status status = SHIRE_OK;
    if (call->route->access != SHIRE_ROUTE_LASTING &&
        call->route->access != SHIRE_ROUTE_OPEN_DATA) {
        status = shire_call_identify(call, error);
    }
    bool refused = false;
    if (status == SHIRE_OK) {
        status = refuse_visitor(call, &refused, error);
    }
    if (status != SHIRE_OK || refused) {
        return status;
    }
    return call->route->handle(call, error);
}

void shire_web_handle(void *context, shire_http_request *request, shire_http_response *response) {
    shire_web *web = context;
    shire_call *call = shire_arena_alloc(request->arena, sizeof *call);
    if (call == NULL) {
        response->failed = true;
        return;
    }
    call->web = web;
    call->request = request;
    call->response = response;
    call->route_no = shire_route_count();
    request->user = call;
    uint8_t random[18];
    shire_random_bytes(random, sizeof random);
    shire_builder nonce = {0};
    shire_builder_append_base64(&nonce, random, sizeof random);
    snprintf(call->nonce, sizeof call->nonce, "%s", nonce.bytes == NULL ? "" : nonce.bytes);
    shire_builder_free(&nonce);
    shire_error error = {0};
    shire_web_settle(call, answer(call, &error), &error);
}

/* Programs get what they parse; a page is not made, because who has sent too much or come in a
 * crowd is to cost little. */
void shire_web_refuse(void *context, shire_http_request *request, shire_http_response *response,
                      const char *sentence) {
    shire_web *web = context;
    shire_call call = {
        .web = web, .request = request, .response = response, .route_no = shire_route_count()};
    shire_error error = {0};
    char text[SHIRE_ERROR_MESSAGE_BYTES];
    shire_span trimmed = shire_span_trim(shire_span_of(sentence));
    if (shire_call_answer_form(&call) == SHIRE_ROUTE_PAGE) {
        return;
    }
    snprintf(text, sizeof text, "%.*s", (int)trimmed.length, trimmed.bytes);
    if (shire_call_refuse(&call, response->status, text, &error) != SHIRE_OK) {
        response->failed = true;
    }
}

/* ---- after the answer ---- */

void shire_web_finish(void *context, const shire_http_request *request,
                      const shire_http_response *response) {
    shire_web *web = context;
    shire_call *call = request->user;
    if (call != NULL) {
        shire_call_forget(call);
    }
    int64_t microseconds = (shire_clock_nanoseconds() - request->started_nanoseconds) / 1000;
    shire_web_count *count = &web->counts[call == NULL ? shire_route_count() : call->route_no];
    int class = response->status / 100;
    int bucket = 0;
    while (bucket < SHIRE_WEB_TIME_BUCKETS &&
           microseconds > shire_web_bucket_microseconds[bucket]) {
        bucket++;
    }
    atomic_fetch_add(&count->answers[class < SHIRE_WEB_STATUS_CLASSES ? class : 0], 1);
    atomic_fetch_add(&count->times[bucket], 1);
    atomic_fetch_add(&count->microseconds, (uint64_t)microseconds);
    if (web->options.log_requests) {
        char now[32];
        fprintf(stderr, "%s %s %s %d %lld us\n", now_text(now), request->method_name,
                call == NULL || call->route == NULL ? "-" : call->route->pattern, response->status,
                (long long)microseconds);
    }
}
