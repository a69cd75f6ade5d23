/*
 * Signing in through a partner's own provider. The browser carries what the sign-in is known by
 * (state, nonce, PKCE verifier) in a cookie that is sealed for this process and good for ten
 * minutes; each state is taken once. Who is not mapped to an account here (shire access DIR account
 * identity) does not come in.
 */
#include "io/crypto.h"
#include "web/openid_provider.h"
#include "web/web_internal.h"
#include "web/web_routes.h"
#include "web/web_user.h"

#include <stdlib.h>
#include <string.h>

#define FLOW_SECONDS 600
#define USED_MAX 8192 /* states that were taken; more than come in ten minutes */
#define COOKIE_BYTES_MAX 512
#define ANSWER_PATH "/sign-in/provider/answer"
#define AGAIN "That sign-in was not completed. Sign in again"
#define UNKNOWN                                                                                    \
    "You are signed in at your organisation, and no account here is yours. Ask an administrator "  \
    "to connect it"

typedef struct provider_call {
    shire_call *call;
    shire_openid_flow flow;
    const char *address; /* of the provider */
    const char *redirect;
    shire_span code;
    const char *issuer;
    const char *subject;
    bool is_refused;
    bool is_unknown;
    shire_gate_token token;
} provider_call;

static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static uint8_t cookie_key[SHIRE_SEAL_KEY_BYTES];
static pthread_mutex_t used_lock = PTHREAD_MUTEX_INITIALIZER;
static char used_states[USED_MAX][SHIRE_OPENID_SECRET_LETTERS + 1];
static size_t used_next;

static void make_key(void) {
    shire_random_bytes(cookie_key, sizeof cookie_key);
}

/* False when the state was taken before. */
static bool take_state(const char *state) {
    bool is_new = true;
    pthread_mutex_lock(&used_lock);
    for (size_t i = 0; i < USED_MAX && is_new; i++) {
        is_new = strcmp(used_states[i], state) != 0;
    }
    if (is_new) {
        memcpy(used_states[used_next], state, sizeof used_states[0]);
        used_next = (used_next + 1) % USED_MAX;
    }
    pthread_mutex_unlock(&used_lock);
    return is_new;
}

static const char *cookie_name(const shire_call *call) {
    return call->web->is_secure ? "__Host-shire-provider" : "shire-provider";
}

static void set_cookie(shire_call *call, const char *value, int seconds) {
    char *line = shire_arena_format(
        call->request->arena, "%s=%s; Path=/; HttpOnly; SameSite=Lax; Max-Age=%d%s",
        cookie_name(call), value, seconds, call->web->is_secure ? "; Secure" : "");
    if (line == NULL) {
        call->response->failed = true;
        return;
    }
    shire_http_add_header(call->response, "Set-Cookie", line);
}

static provider_call *new_provider_call(shire_call *call) {
    provider_call *state = shire_arena_alloc(call->request->arena, sizeof *state);
    const char *base = shire_call_base_url(call);
    char *redirect =
        base == NULL ? NULL : shire_arena_format(call->request->arena, "%s" ANSWER_PATH, base);
    if (state == NULL || redirect == NULL) {
        call->response->failed = true;
        return NULL;
    }
    *state = (provider_call){.call = call, .redirect = redirect};
    return state;
}

static shire_status show_refusal(shire_call *call, const char *sentence, shire_error *error) {
    json_t *values = json_pack("{s:b}", "has_provider", 1);
    if (values != NULL) {
        shire_call_add_error(values, "name", sentence);
    }
    call->response->status = 422;
    set_cookie(call, "", 0);
    return shire_call_page(call, "sign-in", "Sign in", values, error);
}

/* ---- going there ---- */

static shire_status begin(void *context, shire_error *error) {
    provider_call *state = context;
    return shire_openid_begin(state->call->web->openid, state->redirect,
                              state->call->request->arena, &state->flow, &state->address, error);
}

static shire_status go_there(shire_call *call, void *context, shire_error *error) {
    const provider_call *state = context;
    shire_builder text = {0};
    shire_builder sealed = {0};
    pthread_once(&key_once, make_key);
    shire_builder_append_format(&text, "%lld %s %s %s", (long long)shire_call_now(),
                                state->flow.state, state->flow.nonce, state->flow.verifier);
    shire_builder_append_sealed(&sealed, cookie_key, (shire_span){text.bytes, text.length});
    bool is_made = !text.failed && !sealed.failed;
    if (is_made) {
        set_cookie(call, sealed.bytes, FLOW_SECONDS);
        call->response->status = 303;
        shire_http_set_header(call->response, "Location", state->address);
    }
    shire_builder_free(&text);
    shire_builder_free(&sealed);
    return is_made ? SHIRE_OK : SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for signing in");
}

static shire_status show_provider(shire_call *call, shire_error *error) {
    if (call->web->openid == NULL) {
        return shire_call_refuse(call, 404,
                                 "There is nothing at this address, or you may not see it.", error);
    }
    provider_call *state = new_provider_call(call);
    if (state != NULL) {
        shire_call_work(call, begin, go_there, state);
    }
    return SHIRE_OK;
}

/* ---- coming back ---- */

/* The flow of the cookie, if it is this state's, not too old, and not taken yet. */
static bool read_flow(shire_call *call, shire_span state, shire_openid_flow *flow_out) {
    shire_span cookie = shire_http_field_find(&call->request->cookies, cookie_name(call));
    char text[COOKIE_BYTES_MAX + 1];
    size_t length = 0;
    char *rest = NULL;
    pthread_once(&key_once, make_key);
    if (cookie.length == 0 ||
        !shire_sealed_open(cookie, cookie_key, text, COOKIE_BYTES_MAX, &length)) {
        return false;
    }
    text[length] = '\0';
    int64_t age = shire_call_now() - strtoll(text, &rest, 10);
    bool is_read =
        sscanf(rest, " %43s %43s %43s", flow_out->state, flow_out->nonce, flow_out->verifier) == 3;
    shire_crypto_wipe(text, sizeof text);
    return is_read && age >= 0 && age < FLOW_SECONDS &&
           shire_span_equal(state, shire_span_of(flow_out->state)) && take_state(flow_out->state);
}

static shire_status finish(void *context, shire_error *error) {
    provider_call *state = context;
    shire_error inner = {0};
    shire_status status = shire_openid_finish(
        state->call->web->openid, state->redirect, &state->flow, state->code, shire_call_now(),
        state->call->request->arena, &state->issuer, &state->subject, &inner);
    state->is_refused = status == SHIRE_INVALID;
    if (state->is_refused) {
        fprintf(stderr, "sign-in refused: %s\n", inner.message);
        return SHIRE_OK;
    }
    if (status != SHIRE_OK && error != NULL) {
        *error = inner;
    }
    return status;
}

static shire_status open_session(shire_store *store, void *context, shire_error *error) {
    provider_call *state = context;
    shire_error inner = {0};
    int64_t account = 0;
    shire_status status = shire_gate_identity_find(store, shire_span_of(state->issuer),
                                                   shire_span_of(state->subject), &account, &inner);
    if (status == SHIRE_OK) {
        status = shire_gate_session_open(store, account, shire_call_now(), &state->token, &inner);
    }
    state->is_unknown = status == SHIRE_NOT_FOUND;
    if (status != SHIRE_OK && !state->is_unknown && error != NULL) {
        *error = inner;
    }
    return state->is_unknown ? SHIRE_OK : status;
}

static shire_status come_in(shire_call *call, void *context, shire_error *error) {
    const provider_call *state = context;
    if (state->is_unknown) {
        return show_refusal(call, UNKNOWN, error);
    }
    shire_http_redirect(call->response, "/sign-in/purpose");
    set_cookie(call, "", 0);
    shire_call_set_session(call, &state->token);
    return SHIRE_OK;
}

static shire_status finished(shire_call *call, void *context, shire_error *error) {
    provider_call *state = context;
    if (state->is_refused) {
        return show_refusal(call, AGAIN, error);
    }
    shire_call_write(call, open_session, come_in, state);
    return SHIRE_OK;
}

static shire_status show_answer(shire_call *call, shire_error *error) {
    if (call->web->openid == NULL) {
        return shire_call_refuse(call, 404,
                                 "There is nothing at this address, or you may not see it.", error);
    }
    provider_call *state = new_provider_call(call);
    if (state == NULL) {
        return SHIRE_OK;
    }
    state->code = shire_call_query(call, "code");
    if (!read_flow(call, shire_call_query(call, "state"), &state->flow) ||
        state->code.length == 0) {
        return show_refusal(call, AGAIN, error);
    }
    shire_call_work(call, finish, finished, state);
    return SHIRE_OK;
}

const shire_route shire_page_openid_routes[] = {
    {.pattern = "/sign-in/provider", .handle = show_provider, .access = SHIRE_ROUTE_PUBLIC},
    {.pattern = ANSWER_PATH, .handle = show_answer, .access = SHIRE_ROUTE_PUBLIC},
    {.pattern = NULL},
};
