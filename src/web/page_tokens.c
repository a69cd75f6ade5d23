/*
 * Tokens of service accounts, for administrators: by which programs of partners call the API and
 * FHIR. A token is shown in the answer that made it and never again, because the store keeps a
 * hash.
 */
#include "gate/gate_account.h"
#include "io/crypto.h"
#include "web/page_words.h"
#include "web/web_internal.h"
#include "web/web_routes.h"
#include "web/web_user.h"
#include "web/web_world.h"

typedef struct token_change {
    shire_gate_actor actor;
    const char *name;
    shire_gate_token token;
} token_change;

typedef struct holders {
    shire_call *call;
    json_t *list;
} holders;

static shire_status add_holder(const shire_gate_token_holder *holder, void *context,
                               shire_error *error) {
    const holders *state = context;
    const char *body = shire_arena_copy_text(
        state->call->request->arena, holder->organisation.bytes, holder->organisation.length);
    json_t *item =
        json_pack("{s:o, s:o, s:o, s:o, s:b, s:b}", "name", shire_words_text(holder->name),
                  "full_name", shire_words_text(holder->full_name), "body",
                  shire_words_body(state->call, body == NULL ? "" : body), "made",
                  shire_words_moment(holder->made), "has_token", holder->made != 0, "is_disabled",
                  holder->is_disabled);
    return json_array_append_new(state->list, item) == 0
               ? SHIRE_OK
               : SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a page");
}

/* `made`: what was made just now, or NULL. */
static shire_status show_list(shire_call *call, const token_change *made, shire_error *error) {
    holders state = {.call = call, .list = json_array()};
    shire_store *store = NULL;
    shire_status status = shire_web_store_borrow(call->web, &store, error);
    if (status == SHIRE_OK) {
        status = shire_gate_token_scan(store, add_holder, &state, error);
        shire_web_store_return(call->web, store);
    }
    if (status != SHIRE_OK) {
        json_decref(state.list);
        return status;
    }
    json_t *values = json_pack("{s:o, s:{s:s, s:s}}", "holders", state.list, "back", "text",
                               "Accounts", "href", "/admin/accounts");
    if (values != NULL && made != NULL) {
        (void)json_object_set_new(
            values, "made", json_pack("{s:s, s:s}", "name", made->name, "token", made->token.text));
    }
    return shire_call_page(call, "tokens", "Tokens of programs", values, error);
}

static shire_status show_tokens(shire_call *call, shire_error *error) {
    return show_list(call, NULL, error);
}

static shire_status make_token(shire_store *store, void *context, shire_error *error) {
    token_change *change = context;
    return shire_gate_token_make(store, &change->actor, change->name, shire_call_now(),
                                 &change->token, error);
}

static shire_status show_made(shire_call *call, void *context, shire_error *error) {
    token_change *change = context;
    shire_status status = show_list(call, change, error);
    shire_crypto_wipe(&change->token, sizeof change->token);
    return status;
}

static shire_status end_token(shire_store *store, void *context, shire_error *error) {
    token_change *change = context;
    return shire_gate_token_end(store, &change->actor, change->name, error);
}

static shire_status go_to_tokens(shire_call *call, void *context, shire_error *error) {
    (void)context;
    (void)error;
    shire_http_redirect(call->response, "/admin/tokens");
    return SHIRE_OK;
}

static shire_status change_token(shire_call *call, shire_call_job job, shire_call_then then,
                                 shire_error *error) {
    token_change *change = shire_arena_alloc(call->request->arena, sizeof *change);
    shire_span name = shire_call_form(call, "name");
    char *kept = shire_arena_copy_text(call->request->arena, name.bytes == NULL ? "" : name.bytes,
                                       name.length);
    if (change == NULL || kept == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a token");
    }
    *change = (token_change){.actor = {.account = call->user->account,
                                       .organisation = call->user->organisation,
                                       .purpose = "administration"},
                             .name = kept};
    shire_call_change(call, job, then, change);
    return SHIRE_OK;
}

static shire_status take_making(shire_call *call, shire_error *error) {
    return change_token(call, make_token, show_made, error);
}

static shire_status take_end(shire_call *call, shire_error *error) {
    return change_token(call, end_token, go_to_tokens, error);
}

const shire_route shire_page_tokens_routes[] = {
    {.pattern = "/admin/tokens", .handle = show_tokens, .abilities = SHIRE_GATE_MANAGE_ACCOUNTS},
    {.method = SHIRE_HTTP_POST,
     .pattern = "/admin/tokens",
     .handle = take_making,
     .abilities = SHIRE_GATE_MANAGE_ACCOUNTS},
    {.method = SHIRE_HTTP_POST,
     .pattern = "/admin/tokens/end",
     .handle = take_end,
     .abilities = SHIRE_GATE_MANAGE_ACCOUNTS},
    {.pattern = NULL},
};
