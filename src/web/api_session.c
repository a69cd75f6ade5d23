/*
 * Sessions of people who use /api/v1 without a browser, and the tokens of service accounts. A
 * session's token is sent as a bearer token; it ends as a browser's session does.
 */
#include "gate/gate_account.h"
#include "web/api_call.h"
#include "web/page_person.h"
#include "web/sign_in_attempt.h"
#include "web/web_internal.h"
#include "web/web_routes.h"
#include "web/web_user.h"
#include "web/web_world.h"

#include <string.h>

typedef struct session_call {
    shire_sign_in sign_in;
    shire_span code;
    const char *code_key_path;
    bool has_purpose;
    shire_gate_purpose purpose;
    shire_gate_outcome outcome;
    shire_gate_token token;
    bool is_purpose_refused;
    const char *account; /* whose token is made */
    shire_gate_actor actor;
} session_call;

static session_call *new_session(shire_call *call) {
    session_call *state = shire_arena_alloc(call->request->arena, sizeof *state);
    if (state == NULL) {
        call->response->failed = true;
    } else {
        *state = (session_call){.code_key_path = call->web->code_key_path};
    }
    return state;
}

/* ---- signing in ---- */

/* In a transaction: the code, where one is owed and was sent, then the purpose. It begins with what
 * the attempt gave, for a job may run anew. */
static shire_status settle_session(shire_store *store, void *context, shire_error *error) {
    session_call *state = context;
    int64_t now = shire_call_now();
    shire_gate_token token;
    shire_status status = SHIRE_OK;
    state->outcome = state->sign_in.outcome;
    state->token = state->sign_in.token;
    if (state->outcome == SHIRE_GATE_OWES_CODE) {
        status = shire_gate_session_give_code(store, state->code_key_path,
                                              shire_span_of(state->token.text), state->code, now,
                                              &state->outcome, &token, error);
        if (status == SHIRE_OK && state->outcome == SHIRE_GATE_SIGNED_IN) {
            state->token = token;
        }
    }
    if (status == SHIRE_OK && state->outcome == SHIRE_GATE_SIGNED_IN && state->has_purpose) {
        shire_error inner = {0};
        shire_gate_token old = state->token;
        status = shire_gate_session_choose(store, shire_span_of(old.text), state->purpose, now,
                                           &state->token, &inner);
        state->is_purpose_refused = status == SHIRE_INVALID;
        if (state->is_purpose_refused) {
            status = shire_gate_session_end(store, shire_span_of(old.text), error);
        } else if (status != SHIRE_OK && error != NULL) {
            *error = inner;
        }
    }
    return status;
}

static shire_status show_session(shire_call *call, void *context, shire_error *error) {
    const session_call *state = context;
    if (state->is_purpose_refused) {
        return shire_call_refuse(call, 422, "The account's role does not work for this purpose.",
                                 error);
    }
    switch (state->outcome) {
    case SHIRE_GATE_SIGNED_IN:
        call->response->status = 201;
        return shire_call_json(call,
                               json_pack("{s:s, s:s, s:i, s:i}", "token", state->token.text,
                                         "token_type", "Bearer", "idle_seconds",
                                         SHIRE_GATE_IDLE_SECONDS, "seconds",
                                         SHIRE_GATE_SESSION_SECONDS),
                               error);
    case SHIRE_GATE_WAIT:
        return shire_call_refuse(call, 429,
                                 "There were too many attempts. Wait a quarter of an hour.", error);
    case SHIRE_GATE_OWES_CODE:
        return shire_call_refuse(
            call, 401, "This account signs in with a code besides; send it as code.", error);
    default:
        return shire_call_refuse(call, 401, "The name, password or code is not right.", error);
    }
}

static shire_status attempt_made(shire_call *call, void *context, shire_error *error) {
    const shire_sign_in *sign_in = context;
    session_call *state = sign_in->context;
    state->outcome = sign_in->outcome;
    state->token = sign_in->token;
    bool gives_code = state->outcome == SHIRE_GATE_OWES_CODE && state->code.length > 0;
    bool chooses = state->outcome == SHIRE_GATE_SIGNED_IN && state->has_purpose;
    if (gives_code || chooses) {
        shire_call_write(call, settle_session, show_session, state);
        return SHIRE_OK;
    }
    return show_session(call, state, error);
}

static shire_status take_session(shire_call *call, shire_error *error) {
    static const api_member members[] = {
        {"name", JSON_STRING, true, SHIRE_GATE_ACCOUNT_NAME_MAX},
        {"password", JSON_STRING, true, SHIRE_GATE_PASSWORD_BYTES_MAX},
        {"code", JSON_STRING, false, 100},
        {"purpose", JSON_STRING, false, 100}};
    json_t *body = NULL;
    size_t purpose = 0;
    session_call *state = new_session(call);
    if (state == NULL) {
        return SHIRE_OK;
    }
    shire_status status =
        api_read_body(call, members, sizeof members / sizeof members[0], &body, error);
    if (body == NULL) {
        return status;
    }
    const json_t *password = json_object_get(body, "password");
    shire_span named = api_span(call, body, "purpose");
    state->code = api_span(call, body, "code");
    state->sign_in = (shire_sign_in){
        .name = api_span(call, body, "name"), .then = attempt_made, .context = state};
    /* As it stands: white space may be part of it. */
    char *copy = shire_arena_copy_text(call->request->arena, json_string_value(password),
                                       json_string_length(password));
    state->sign_in.password =
        copy == NULL ? (shire_span){NULL, 0} : (shire_span){copy, json_string_length(password)};
    memset((char *)json_string_value(password), 0, json_string_length(password));
    json_decref(body);
    if (copy == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a sign-in");
    }
    state->has_purpose = named.length > 0;
    if (state->has_purpose && !shire_gate_parse(SHIRE_GATE_PURPOSES, named, &purpose)) {
        return shire_call_refuse(call, 422, "purpose is none of the purposes there are.", error);
    }
    state->purpose = (shire_gate_purpose)purpose;
    shire_sign_in_begin(call, &state->sign_in);
    return SHIRE_OK;
}

static shire_status end_session(shire_store *store, void *context, shire_error *error) {
    return shire_gate_session_end(store, *(const shire_span *)context, error);
}

static shire_status session_ended(shire_call *call, void *context, shire_error *error) {
    (void)context;
    (void)error;
    call->response->status = 204;
    return SHIRE_OK;
}

static shire_status delete_session(shire_call *call, shire_error *error) {
    shire_span *token = shire_arena_alloc(call->request->arena, sizeof *token);
    if (token == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a sign-out");
    }
    if (call->user->session.ends == 0) {
        return shire_call_refuse(call, 403,
                                 "A service account has no session. Its token ends when an "
                                 "administrator makes another or disables the account.",
                                 error);
    }
    *token = call->user->token;
    shire_call_write(call, end_session, session_ended, token);
    return SHIRE_OK;
}

/* ---- tokens of service accounts ---- */

static shire_status make_token(shire_store *store, void *context, shire_error *error) {
    session_call *state = context;
    return shire_gate_token_make(store, &state->actor, state->account, shire_call_now(),
                                 &state->token, error);
}

static shire_status show_token(shire_call *call, void *context, shire_error *error) {
    const session_call *state = context;
    call->response->status = 201;
    return shire_call_json(call,
                           json_pack("{s:s, s:s, s:s}", "account", state->account, "token",
                                     state->token.text, "token_type", "Bearer"),
                           error);
}

static shire_status end_token(shire_store *store, void *context, shire_error *error) {
    session_call *state = context;
    return shire_gate_token_end(store, &state->actor, state->account, error);
}

static shire_status change_token(shire_call *call, shire_call_job job, shire_call_then then,
                                 shire_error *error) {
    session_call *state = new_session(call);
    if (state == NULL) {
        return SHIRE_OK;
    }
    state->account =
        shire_arena_copy_text(call->request->arena, call->ids[0].bytes, call->ids[0].length);
    if (state->account == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a token");
    }
    state->actor = (shire_gate_actor){.account = call->user->account,
                                      .organisation = call->user->organisation,
                                      .purpose = "administration"};
    shire_call_change(call, job, then, state);
    return SHIRE_OK;
}

static shire_status take_token(shire_call *call, shire_error *error) {
    return change_token(call, make_token, show_token, error);
}

static shire_status delete_token(shire_call *call, shire_error *error) {
    return change_token(call, end_token, session_ended, error);
}

const shire_route shire_api_session_routes[] = {
    {.method = SHIRE_HTTP_POST,
     .pattern = "/api/v1/sessions",
     .handle = take_session,
     .access = SHIRE_ROUTE_PUBLIC,
     .form = SHIRE_ROUTE_API},
    {.method = SHIRE_HTTP_DELETE,
     .pattern = "/api/v1/session",
     .handle = delete_session,
     .form = SHIRE_ROUTE_API},
    {.method = SHIRE_HTTP_POST,
     .pattern = "/api/v1/accounts/{name}/token",
     .handle = take_token,
     .form = SHIRE_ROUTE_API,
     .abilities = SHIRE_GATE_MANAGE_ACCOUNTS},
    {.method = SHIRE_HTTP_DELETE,
     .pattern = "/api/v1/accounts/{name}/token",
     .handle = delete_token,
     .form = SHIRE_ROUTE_API,
     .abilities = SHIRE_GATE_MANAGE_ACCOUNTS},
    {.pattern = NULL},
};
