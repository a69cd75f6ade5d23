/*
 * Cookies: `shire` holds the session's token, `shire-form` a random number that forms of who is not
 * signed in repeat, so that no other site can send them. Over https both have the prefix __Host-,
 * which browsers accept from this very host and by https alone.
 */
#include "web/web_user.h"

#include "web/web_internal.h"
#include "web/web_world.h"

#include <string.h>
#include <time.h>

#define FORM_TOKEN_BYTES 16

int64_t shire_call_now(void) {
    return time(NULL);
}

static const char *cookie_name(const shire_call *call, const char *plain, const char *secure) {
    return call->web->is_secure ? secure : plain;
}

static const char *session_cookie(const shire_call *call) {
    return cookie_name(call, "shire", "__Host-shire");
}

static const char *form_cookie(const shire_call *call) {
    return cookie_name(call, "shire-form", "__Host-shire-form");
}

static void set_cookie(shire_call *call, const char *name, const char *value, bool ends) {
    char *line = shire_arena_format(
        call->request->arena, "%s=%s; Path=/; HttpOnly; SameSite=Lax%s%s", name, value,
        call->web->is_secure ? "; Secure" : "", ends ? "; Max-Age=0" : "");
    if (line == NULL) {
        call->response->failed = true;
        return;
    }
    shire_http_add_header(call->response, "Set-Cookie", line);
}

void shire_call_set_session(shire_call *call, const shire_gate_token *token) {
    set_cookie(call, session_cookie(call), token->text, false);
}

void shire_call_clear_session(shire_call *call) {
    set_cookie(call, session_cookie(call), "", true);
}

/* ---- who asks ---- */

static void drop_touch(void *context, shire_status status, const shire_error *error) {
    (void)status;
    (void)error;
    shire_memory_free(context);
}

typedef struct touch {
    int64_t now;
    size_t length;
    char token[SHIRE_GATE_TOKEN_LETTERS + 1];
} touch;

static shire_status touch_session(shire_store *store, void *context, shire_error *error) {
    const touch *state = context;
    return shire_gate_session_touch(store, (shire_span){state->token, state->length}, state->now,
                                    error);
}

/* Says that the session was used; nobody waits for it, and a busy queue may drop it. */
static void submit_touch(shire_call *call, shire_span token, int64_t now) {
    touch *state =
        token.length <= SHIRE_GATE_TOKEN_LETTERS ? shire_memory_resize(NULL, sizeof *state) : NULL;
    if (state == NULL) {
        return;
    }
    state->now = now;
    state->length = token.length;
    memcpy(state->token, token.bytes, token.length);
    if (shire_store_queue_submit(call->web->queue, touch_session, drop_touch, state) != SHIRE_OK) {
        shire_memory_free(state);
    }
}

/* The purpose that a program names; its account's first one without a word. */
static shire_gate_purpose program_purpose(const shire_call *call) {
    const char *name = shire_http_header(call->request, "X-Shire-Purpose");
    size_t purpose = SHIRE_GATE_CARE;
    return name != NULL && !shire_gate_parse(SHIRE_GATE_PURPOSES, shire_span_of(name), &purpose)
               ? SHIRE_GATE_PURPOSE_COUNT
               : (shire_gate_purpose)purpose;
}

static shire_status find_session(shire_call *call, shire_store *store, shire_call_user *user,
                                 int64_t now, shire_error *error) {
    const char *authorization = shire_http_header(call->request, "Authorization");
    static const char bearer[] = "Bearer ";
    if (authorization != NULL && strncasecmp(authorization, bearer, sizeof bearer - 1) == 0) {
        user->is_program = true;
        user->token = shire_span_trim(shire_span_of(authorization + sizeof bearer - 1));
        user->session.purpose = program_purpose(call);
        shire_status status =
            shire_gate_token_find(store, user->token, &user->session.account_no, error);
        return status == SHIRE_NOT_FOUND
                   ? shire_gate_session_find(store, user->token, now, &user->session, error)
                   : status;
    }
    user->token = shire_http_field_find(&call->request->cookies, session_cookie(call));
    return user->token.length == 0
               ? SHIRE_NOT_FOUND
               : shire_gate_session_find(store, user->token, now, &user->session, error);
}

shire_status shire_call_identify(shire_call *call, shire_error *error) {
    int64_t now = shire_call_now();
    shire_store *store = NULL;
    shire_error inner = {0};
    call->world = shire_world_take(call->web);
    call->policy = shire_gate_watch_take(call->world->watch);
    if (shire_http_header(call->request, "Authorization") == NULL &&
        shire_http_field_find(&call->request->cookies, session_cookie(call)).length == 0) {
        return SHIRE_OK;
    }
    shire_call_user *user = shire_arena_alloc(call->request->arena, sizeof *user);
    if (user == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a request");
    }
    shire_status status = shire_web_store_borrow(call->web, &store, error);
    if (status != SHIRE_OK) {
        return status;
    }
    status = find_session(call, store, user, now, &inner);
    shire_web_store_return(call->web, store);
    if (status == SHIRE_OK && user->session.owes_code) {
        call->owes_code = user->token;
        return SHIRE_OK;
    }
    if (status == SHIRE_OK) {
        status = shire_gate_policy_viewer(
            call->policy, user->session.account_no, user->session.purpose, now,
            call->request->arena, &user->viewer, &user->account, &user->organisation, &inner);
    }
    if (status == SHIRE_OK) {
        call->user = user;
        if (user->session.is_to_be_touched) {
            submit_touch(call, user->token, now);
        }
        return SHIRE_OK;
    }
    if (status != SHIRE_NOT_FOUND && error != NULL) {
        *error = inner;
    }
    return status == SHIRE_NOT_FOUND ? SHIRE_OK : status;
}

void shire_call_forget(shire_call *call) {
    shire_gate_policy_release(call->policy);
    shire_world_release(call->world);
    call->policy = NULL;
    call->world = NULL;
}

shire_record_asker shire_call_asker(const shire_call *call, const char *reason) {
    return (shire_record_asker){.policy = call->policy,
                                .viewer = &call->user->viewer,
                                .account = call->user->account,
                                .organisation = call->user->organisation,
                                .reason = reason == NULL ? "" : reason};
}

bool shire_call_may(const shire_call *call, uint32_t abilities) {
    return call->user != NULL && (shire_gate_abilities(call->user->viewer.role) & abilities) != 0;
}

/* ---- forms ---- */

const char *shire_call_form_token(shire_call *call) {
    if (call->user != NULL) {
        return call->user->session.csrf;
    }
    if (call->form_token == NULL) {
        shire_span kept = shire_http_field_find(&call->request->cookies, form_cookie(call));
        if (kept.length == 2 * (size_t)FORM_TOKEN_BYTES) {
            call->form_token = shire_arena_copy_text(call->request->arena, kept.bytes, kept.length);
            return call->form_token;
        }
        uint8_t random[FORM_TOKEN_BYTES];
        char text[2 * FORM_TOKEN_BYTES + 1];
        shire_random_bytes(random, sizeof random);
        for (size_t i = 0; i < sizeof random; i++) {
            snprintf(text + 2 * i, 3, "%02x", random[i]);
        }
        call->form_token = shire_arena_copy_text(call->request->arena, text, sizeof text - 1);
        set_cookie(call, form_cookie(call), text, false);
    }
    return call->form_token;
}

bool shire_call_form_is_ours(const shire_call *call) {
    shire_span given = shire_call_form(call, "csrf");
    if (call->user != NULL) {
        return shire_gate_csrf_matches(&call->user->session, given);
    }
    shire_span kept = shire_http_field_find(&call->request->cookies, form_cookie(call));
    return kept.length == 2 * (size_t)FORM_TOKEN_BYTES && shire_span_equal(kept, given);
}
