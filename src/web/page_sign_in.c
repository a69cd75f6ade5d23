/*
 * Signing in and out, the one-time code, and the purpose that somebody works for. What is wrong is
 * said in one sentence for all cases.
 */
#include "io/crypto.h"
#include "web/sign_in_attempt.h"
#include "web/web_internal.h"
#include "web/web_routes.h"
#include "web/web_user.h"

#include <string.h>

#define SIGN_IN_SENTENCE "The name or password is not right"
#define CODE_SENTENCE "The code is not right"

typedef struct signing {
    shire_call *call;
    shire_span token;
    shire_span code;
    int64_t now;
    shire_gate_purpose purpose;
    shire_gate_outcome outcome;
    shire_gate_token new_token;
} signing;

static signing *new_signing(shire_call *call) {
    signing *state = shire_arena_alloc(call->request->arena, sizeof *state);
    if (state == NULL) {
        call->response->failed = true;
        return NULL;
    }
    state->call = call;
    state->now = shire_call_now();
    return state;
}

/* ---- name and password ---- */

static shire_status show_form(shire_call *call, const char *field, const char *sentence,
                              shire_error *error) {
    /* What was entered stands there again; the password does not. */
    shire_span name = shire_span_trim(shire_call_form(call, "name"));
    json_t *values =
        json_pack("{s:{s:s%}, s:b}", "form", "name", name.bytes == NULL ? "" : name.bytes,
                  name.length, "has_provider", call->web->openid != NULL);
    if (values != NULL && sentence != NULL) {
        shire_call_add_error(values, field, sentence);
        call->response->status = 422;
    }
    return shire_call_page(call, "sign-in", "Sign in", values, error);
}

static shire_status show_sign_in(shire_call *call, shire_error *error) {
    if (call->user != NULL) {
        shire_http_redirect(call->response, "/");
        return SHIRE_OK;
    }
    return show_form(call, NULL, NULL, error);
}

static void go_in(shire_call *call) {
    shire_http_redirect(call->response, "/sign-in/purpose");
}

static shire_status finish_sign_in(shire_call *call, void *context, shire_error *error) {
    const shire_sign_in *attempt = context;
    switch (attempt->outcome) {
    case SHIRE_GATE_SIGNED_IN:
        shire_call_set_session(call, &attempt->token);
        go_in(call);
        return SHIRE_OK;
    case SHIRE_GATE_OWES_CODE:
        shire_call_set_session(call, &attempt->token);
        shire_http_redirect(call->response, "/sign-in/code");
        return SHIRE_OK;
    case SHIRE_GATE_WAIT:
        return show_form(call, "name",
                         "There were too many attempts. Wait a quarter of an hour, then try again",
                         error);
    default:
        return show_form(call, "name", SIGN_IN_SENTENCE, error);
    }
}

static shire_status take_sign_in(shire_call *call, shire_error *error) {
    shire_span name = shire_span_trim(shire_call_form(call, "name"));
    shire_span password = shire_call_form(call, "password");
    if (name.length == 0 || name.length > SHIRE_GATE_ACCOUNT_NAME_MAX) {
        return show_form(call, "name", "Enter the name you sign in with", error);
    }
    if (password.length == 0 || password.length > SHIRE_GATE_PASSWORD_BYTES_MAX) {
        return show_form(call, "password", "Enter your password", error);
    }
    shire_sign_in *attempt = shire_arena_alloc(call->request->arena, sizeof *attempt);
    if (attempt == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a sign-in");
    }
    *attempt = (shire_sign_in){.name = name, .password = password, .then = finish_sign_in};
    shire_sign_in_begin(call, attempt);
    return SHIRE_OK;
}

/* ---- the one-time code ---- */

static shire_status show_code_form(shire_call *call, const char *sentence, shire_error *error) {
    json_t *values = json_pack("{s:{s:s, s:s}}", "back", "text", "Sign in", "href", "/sign-in");
    if (values != NULL && sentence != NULL) {
        shire_call_add_error(values, "code", sentence);
        call->response->status = 422;
    }
    return shire_call_page(call, "sign-in-code", "Enter your code", values, error);
}

static shire_status show_code(shire_call *call, shire_error *error) {
    if (call->owes_code.length == 0) {
        shire_http_redirect(call->response, call->user != NULL ? "/" : "/sign-in");
        return SHIRE_OK;
    }
    return show_code_form(call, NULL, error);
}

static shire_status give_code(shire_store *store, void *context, shire_error *error) {
    signing *state = context;
    return shire_gate_session_give_code(store, state->call->web->code_key_path, state->token,
                                        state->code, state->now, &state->outcome, &state->new_token,
                                        error);
}

static shire_status code_given(shire_call *call, void *context, shire_error *error) {
    signing *state = context;
    if (state->outcome == SHIRE_GATE_SIGNED_IN) {
        shire_call_set_session(call, &state->new_token);
        go_in(call);
        return SHIRE_OK;
    }
    if (state->outcome == SHIRE_GATE_WAIT) {
        shire_call_clear_session(call);
        return show_form(call, "name", "There were too many wrong codes. Sign in again", error);
    }
    return show_code_form(call, CODE_SENTENCE, error);
}

static shire_status take_code(shire_call *call, shire_error *error) {
    signing *state = new_signing(call);
    if (call->owes_code.length == 0) {
        shire_http_redirect(call->response, "/sign-in");
        return SHIRE_OK;
    }
    shire_span code = shire_span_trim(shire_call_form(call, "code"));
    if (code.length == 0) {
        return show_code_form(call, "Enter the six digits of your code generator", error);
    }
    if (state != NULL) {
        state->token = call->owes_code;
        state->code = code;
        shire_call_write(call, give_code, code_given, state);
    }
    return SHIRE_OK;
}

/* ---- the purpose ---- */

static json_t *list_purposes(shire_gate_role role, shire_gate_purpose now) {
    uint32_t purposes = shire_gate_purposes(role);
    json_t *list = json_array();
    for (size_t i = 0; i < SHIRE_GATE_PURPOSE_COUNT; i++) {
        if ((purposes & SHIRE_GATE_BIT(i)) != 0) {
            (void)json_array_append_new(
                list, json_pack("{s:s, s:s, s:b}", "value", shire_gate_name(SHIRE_GATE_PURPOSES, i),
                                "text", shire_gate_label(SHIRE_GATE_PURPOSES, i), "checked",
                                i == (size_t)now));
        }
    }
    return list;
}

static shire_status show_purposes(shire_call *call, const char *sentence, shire_error *error) {
    const shire_gate_viewer *viewer = &call->user->viewer;
    json_t *list = list_purposes(viewer->role, viewer->purpose);
    if (json_array_size(list) < 2) {
        json_decref(list);
        shire_http_redirect(call->response, "/");
        return SHIRE_OK;
    }
    json_t *values = json_pack("{s:o}", "purposes", list);
    if (values != NULL && sentence != NULL) {
        shire_call_add_error(values, "purpose", sentence);
        call->response->status = 422;
    }
    return shire_call_page(call, "sign-in-purpose", "What are you working on?", values, error);
}

static shire_status show_purpose(shire_call *call, shire_error *error) {
    return show_purposes(call, NULL, error);
}

static shire_status choose_purpose(shire_store *store, void *context, shire_error *error) {
    signing *state = context;
    return shire_gate_session_choose(store, state->token, state->purpose, state->now,
                                     &state->new_token, error);
}

static shire_status purpose_chosen(shire_call *call, void *context, shire_error *error) {
    (void)error;
    signing *state = context;
    shire_call_set_session(call, &state->new_token);
    shire_http_redirect(call->response, "/");
    return SHIRE_OK;
}

static shire_status take_purpose(shire_call *call, shire_error *error) {
    size_t purpose = 0;
    if (!shire_gate_parse(SHIRE_GATE_PURPOSES, shire_call_form(call, "purpose"), &purpose)) {
        return show_purposes(call, "Choose what you are working on", error);
    }
    signing *state = new_signing(call);
    if (state != NULL) {
        state->token = call->user->token;
        state->purpose = (shire_gate_purpose)purpose;
        shire_call_write(call, choose_purpose, purpose_chosen, state);
    }
    return SHIRE_OK;
}

/* ---- out ---- */

static shire_status end_session(shire_store *store, void *context, shire_error *error) {
    signing *state = context;
    return shire_gate_session_end(store, state->token, error);
}

static shire_status session_ended(shire_call *call, void *context, shire_error *error) {
    (void)context;
    (void)error;
    shire_call_clear_session(call);
    /* Who came through a provider may still be signed in there, and is told. */
    shire_http_redirect(call->response, call->web->openid == NULL ? "/" : "/signed-out");
    return SHIRE_OK;
}

static shire_status take_sign_out(shire_call *call, shire_error *error) {
    (void)error;
    signing *state = new_signing(call);
    if (state != NULL) {
        state->token = call->user->token;
        shire_call_write(call, end_session, session_ended, state);
    }
    return SHIRE_OK;
}

const shire_route shire_page_sign_in_routes[] = {
    {.pattern = "/sign-in", .handle = show_sign_in, .access = SHIRE_ROUTE_PUBLIC},
    {.method = SHIRE_HTTP_POST,
     .pattern = "/sign-in",
     .handle = take_sign_in,
     .access = SHIRE_ROUTE_PUBLIC},
    {.pattern = "/sign-in/code", .handle = show_code, .access = SHIRE_ROUTE_PUBLIC},
    {.method = SHIRE_HTTP_POST,
     .pattern = "/sign-in/code",
     .handle = take_code,
     .access = SHIRE_ROUTE_PUBLIC},
    {.pattern = "/sign-in/purpose", .handle = show_purpose},
    {.method = SHIRE_HTTP_POST, .pattern = "/sign-in/purpose", .handle = take_purpose},
    {.method = SHIRE_HTTP_POST, .pattern = "/sign-out", .handle = take_sign_out},
    {.pattern = NULL},
};
