/*
 * Signing in through a partner's own provider. The browser carries what the sign-in is known by
 * (state, nonce, PKCE verifier) in a cookie that is sealed for this process and good for ten
 * minutes; each state is taken once. Who is not mapped to an account here (shire access DIR account
 * identity) does not come in.
 */
#include "gate/gate_identity.h"
#include "io/crypto.h"
#include "web/openid_provider.h"
#include "web/web_internal.h"
#include "web/web_routes.h"
#include "web/web_user.h"
#include "web/web_world.h"

#include <stdlib.h>
#include <string.h>

#define FLOW_SECONDS 600
#define USED_MAX 8192 /* more than come in ten minutes */
#define COOKIE_BYTES_MAX 512
#define ANSWER_PATH "/sign-in/provider/answer"
#define AGAIN "That sign-in was not completed. Sign in again"
#define AWAY                                                                                       \
    "The sign-in of your organisation does not answer. Try again in a minute, or sign in here if " \
    "you have a name and password"
#define UNKNOWN                                                                                    \
    "You are signed in at your organisation, and no account here is yours. Ask an administrator "  \
    "to connect it"

typedef struct provider_call {
    shire_call *call;
    shire_openid_flow flow;
    const char *address; /* of the provider */
    const char *redirect;
    shire_span code;
    shire_openid_person person;
    bool is_refused;
    bool is_away;
    bool is_unknown;
    shire_gate_token token;
} provider_call;

static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static uint8_t cookie_key[SHIRE_SEAL_KEY_BYTES];

/* What was taken and is not taken again: states of sign-ins, and tokens of sign-outs. */
typedef struct used_once {
    pthread_mutex_t lock;
    shire_hash hashes[USED_MAX];
    size_t next;
} used_once;

static used_once used_states = {.lock = PTHREAD_MUTEX_INITIALIZER};
static used_once used_endings = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void make_key(void) {
    shire_random_bytes(cookie_key, sizeof cookie_key);
}

/* False when it was taken before. */
static bool take_once(used_once *used, const char *text) {
    shire_span span = shire_span_of(text);
    shire_hash hash = shire_sha256(&span, 1);
    bool is_new = true;
    pthread_mutex_lock(&used->lock);
    for (size_t i = 0; i < USED_MAX && is_new; i++) {
        is_new = !shire_hash_equal(&used->hashes[i], &hash);
    }
    if (is_new) {
        used->hashes[used->next] = hash;
        used->next = (used->next + 1) % USED_MAX;
    }
    pthread_mutex_unlock(&used->lock);
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

static shire_status refuse_none(shire_call *call, shire_error *error) {
    return shire_call_refuse(call, 404, "There is nothing at this address, or you may not see it.",
                             error);
}

/* `path` is where the provider sends the browser back to. */
static provider_call *new_provider_call(shire_call *call, const char *path) {
    provider_call *state = shire_arena_alloc(call->request->arena, sizeof *state);
    const char *base = shire_call_base_url(call);
    char *redirect =
        base == NULL ? NULL : shire_arena_format(call->request->arena, "%s%s", base, path);
    if (state == NULL || redirect == NULL) {
        call->response->failed = true;
        return NULL;
    }
    *state = (provider_call){.call = call, .redirect = redirect};
    return state;
}

static shire_status show_refusal(shire_call *call, int http_status, const char *sentence,
                                 shire_error *error) {
    json_t *values = json_pack("{s:b}", "has_provider", 1);
    if (values != NULL) {
        shire_call_add_error(values, "provider", sentence);
    }
    call->response->status = http_status;
    if (http_status == 503) {
        shire_http_set_header(call->response, "Retry-After", "5");
    }
    set_cookie(call, "", 0);
    return shire_call_page(call, "sign-in", "Sign in", values, error);
}

/* A provider that does not answer is told to whoever runs this service, and no failure of it. */
static shire_status settle(provider_call *state, shire_status status, const shire_error *inner,
                           shire_error *error) {
    state->is_refused = status == SHIRE_INVALID;
    state->is_away = status == SHIRE_IO_FAILED;
    if (state->is_refused || state->is_away) {
        fprintf(stderr, "sign-in %s: %s\n", state->is_away ? "not possible" : "refused",
                inner->message);
        return SHIRE_OK;
    }
    if (status != SHIRE_OK && error != NULL) {
        *error = *inner;
    }
    return status;
}

/* ---- going there ---- */

static shire_status begin(void *context, shire_error *error) {
    provider_call *state = context;
    shire_error inner = {0};
    shire_status status =
        shire_openid_begin(state->call->web->openid, state->redirect, state->call->request->arena,
                           &state->flow, &state->address, &inner);
    return settle(state, status, &inner, error);
}

static shire_status go_there(shire_call *call, void *context, shire_error *error) {
    const provider_call *state = context;
    shire_builder text = {0};
    shire_builder sealed = {0};
    if (state->is_away) {
        return show_refusal(call, 503, AWAY, error);
    }
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
        return refuse_none(call, error);
    }
    provider_call *state = new_provider_call(call, ANSWER_PATH);
    if (state != NULL) {
        shire_call_ask(call, begin, go_there, state);
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
           shire_span_equal(state, shire_span_of(flow_out->state)) &&
           take_once(&used_states, flow_out->state);
}

/* Whether the subject is some account's already; then nothing more is asked about the person. */
static shire_status is_known(const provider_call *state, bool *is_known_out, shire_error *error) {
    shire_store *store = NULL;
    int64_t account = 0;
    shire_status status = shire_web_store_borrow(state->call->web, &store, error);
    if (status != SHIRE_OK) {
        return status;
    }
    status = shire_gate_identity_find(store, shire_span_of(state->person.issuer),
                                      shire_span_of(state->person.subject), &account, error);
    shire_web_store_return(state->call->web, store);
    *is_known_out = status == SHIRE_OK;
    return status == SHIRE_NOT_FOUND ? SHIRE_OK : status;
}

static shire_status finish(void *context, shire_error *error) {
    provider_call *state = context;
    shire_openid *openid = state->call->web->openid;
    shire_arena *arena = state->call->request->arena;
    shire_error inner = {0};
    bool needs_no_email = false;
    shire_status status = shire_openid_finish(openid, state->redirect, &state->flow, state->code,
                                              shire_call_now(), arena, &state->person, &inner);
    if (status == SHIRE_OK) {
        status = is_known(state, &needs_no_email, error);
        if (status != SHIRE_OK) {
            return status;
        }
    }
    if (status == SHIRE_OK && !needs_no_email) {
        status = shire_openid_ask_email(openid, arena, &state->person, &inner);
    }
    return settle(state, status, &inner, error);
}

static shire_status open_session(shire_store *store, void *context, shire_error *error) {
    provider_call *state = context;
    shire_error inner = {0};
    int64_t account = 0;
    shire_span issuer = shire_span_of(state->person.issuer);
    shire_span subject = shire_span_of(state->person.subject);
    shire_status status = shire_gate_identity_find(store, issuer, subject, &account, &inner);
    if (status == SHIRE_NOT_FOUND && state->person.email != NULL) {
        status = shire_gate_identity_take(store, issuer, subject,
                                          shire_span_of(state->person.email), &account, &inner);
    }
    if (status == SHIRE_OK) {
        const shire_gate_voucher voucher = {
            .issuer = issuer,
            .subject = subject,
            .session = shire_span_of(state->person.session == NULL ? "" : state->person.session)};
        status = shire_gate_session_open(store, account, &voucher, shire_call_now(), &state->token,
                                         &inner);
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
        return show_refusal(call, 422, UNKNOWN, error);
    }
    shire_http_redirect(call->response, "/sign-in/purpose");
    set_cookie(call, "", 0);
    shire_call_set_session(call, &state->token);
    return SHIRE_OK;
}

static shire_status finished(shire_call *call, void *context, shire_error *error) {
    provider_call *state = context;
    if (state->is_refused || state->is_away) {
        return show_refusal(call, state->is_away ? 503 : 422, state->is_away ? AWAY : AGAIN, error);
    }
    shire_call_write(call, open_session, come_in, state);
    return SHIRE_OK;
}

static shire_status show_answer(shire_call *call, shire_error *error) {
    if (call->web->openid == NULL) {
        return refuse_none(call, error);
    }
    provider_call *state = new_provider_call(call, ANSWER_PATH);
    if (state == NULL) {
        return SHIRE_OK;
    }
    state->code = shire_call_query(call, "code");
    if (!read_flow(call, shire_call_query(call, "state"), &state->flow) ||
        state->code.length == 0) {
        return show_refusal(call, 422, AGAIN, error);
    }
    shire_call_ask(call, finish, finished, state);
    return SHIRE_OK;
}

/* ---- and out ---- */

/* The way to the provider is a link: browsers do not let a form lead to another site (form-action
 * of the content security policy). */
static shire_status show_signed_out(shire_call *call, shire_error *error) {
    return shire_call_page(call, "signed-out", "You are signed out",
                           json_pack("{s:b}", "has_provider", call->web->openid != NULL), error);
}

static shire_status find_end(void *context, shire_error *error) {
    (void)error;
    provider_call *state = context;
    state->address = shire_openid_end_address(state->call->web->openid, state->redirect,
                                              state->call->request->arena);
    return SHIRE_OK;
}

static shire_status end_there(shire_call *call, void *context, shire_error *error) {
    const provider_call *state = context;
    if (state->address == NULL) {
        return shire_call_refuse(call, 503,
                                 "The sign-in of your organisation cannot be reached from here. "
                                 "Sign out at it, or close your browser.",
                                 error);
    }
    call->response->status = 303;
    shire_http_set_header(call->response, "Location", state->address);
    return SHIRE_OK;
}

static shire_status show_end(shire_call *call, shire_error *error) {
    if (call->web->openid == NULL) {
        return refuse_none(call, error);
    }
    provider_call *state = new_provider_call(call, "/");
    if (state != NULL) {
        shire_call_ask(call, find_end, end_there, state);
    }
    return SHIRE_OK;
}

/* ---- out, as the provider tells us ---- */

typedef struct ending_call {
    shire_call *call;
    shire_span token;
    shire_openid_ending ending;
} ending_call;

static shire_status read_ending(void *context, shire_error *error) {
    ending_call *state = context;
    shire_status status =
        shire_openid_read_ending(state->call->web->openid, state->token, shire_call_now(),
                                 state->call->request->arena, &state->ending, error);
    return status == SHIRE_OK && !take_once(&used_endings, state->ending.token)
               ? SHIRE_FAIL(error, SHIRE_INVALID, "the sign-in provider's token was taken before")
               : status;
}

static shire_span said(const char *text) {
    return shire_span_of(text == NULL ? "" : text);
}

static shire_status end_sessions(shire_store *store, void *context, shire_error *error) {
    const ending_call *state = context;
    return shire_gate_session_revoke(store,
                                     &(shire_gate_voucher){.issuer = said(state->ending.issuer),
                                                           .subject = said(state->ending.subject),
                                                           .session = said(state->ending.session)},
                                     error);
}

static shire_status ending_read(shire_call *call, void *context, shire_error *error) {
    (void)error;
    shire_call_write(call, end_sessions, NULL, context);
    return SHIRE_OK;
}

/* OpenID Connect Back-Channel Logout 1.0: the provider itself sends this, so it has no form's
 * token; its own signed token says who it is from. */
static shire_status take_ending(shire_call *call, shire_error *error) {
    ending_call *state = shire_arena_alloc(call->request->arena, sizeof *state);
    if (call->web->openid == NULL) {
        return refuse_none(call, error);
    }
    if (state == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for signing out");
    }
    *state = (ending_call){.call = call, .token = shire_call_form(call, "logout_token")};
    if (state->token.length == 0) {
        return shire_call_refuse(call, 400, "A sign-out is a form with a logout_token.", error);
    }
    shire_call_ask(call, read_ending, ending_read, state);
    return SHIRE_OK;
}

const shire_route shire_page_openid_routes[] = {
    {.pattern = "/signed-out", .handle = show_signed_out, .access = SHIRE_ROUTE_PUBLIC},
    {.pattern = "/sign-out/provider", .handle = show_end, .access = SHIRE_ROUTE_PUBLIC},
    {.pattern = "/sign-in/provider", .handle = show_provider, .access = SHIRE_ROUTE_PUBLIC},
    {.method = SHIRE_HTTP_POST,
     .pattern = "/sign-in/provider/logout",
     .handle = take_ending,
     .access = SHIRE_ROUTE_PUBLIC,
     .form = SHIRE_ROUTE_API},
    {.pattern = ANSWER_PATH, .handle = show_answer, .access = SHIRE_ROUTE_PUBLIC},
    {.pattern = NULL},
};
