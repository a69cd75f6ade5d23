/*
 * Accounts, for administrators: who may sign in and in which role. Each change is written with its
 * entry in the audit log in one transaction (gate_change.h), and holds at once.
 */
#include "gate/gate_account.h"
#include "io/crypto.h"
#include "web/page_form.h"
#include "web/page_words.h"
#include "web/web_internal.h"
#include "web/web_routes.h"
#include "web/web_user.h"
#include "web/web_world.h"

#include <stdio.h>
#include <string.h>

typedef struct account_change {
    shire_gate_actor actor;
    shire_gate_account account;
    const char *name;
    bool is_disabled;
    shire_span password;
    char sentence[SHIRE_ERROR_MESSAGE_BYTES]; /* why nothing was written */
    char hash[SHIRE_PASSWORD_HASH_BYTES];
} account_change;

static shire_gate_actor actor_of(const shire_call *call) {
    return (shire_gate_actor){.account = call->user->account,
                              .organisation = call->user->organisation,
                              .purpose = "administration"};
}

typedef struct account_list {
    const shire_call *call;
    json_t *items;
} account_list;

static shire_status add_account(const shire_gate_account *account, void *context,
                                shire_error *error) {
    account_list *list = context;
    json_t *item = json_pack(
        "{s:s, s:s, s:o, s:s, s:b, s:b, s:b}", "name", account->name, "full_name",
        account->full_name, "body", shire_words_body(list->call, account->organisation), "role",
        shire_gate_label(SHIRE_GATE_ROLES, account->role), "is_disabled", account->is_disabled,
        "has_password", account->has_password, "has_code", account->has_code);
    return json_array_append_new(list->items, item) == 0
               ? SHIRE_OK
               : SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a page");
}

static json_t *list_roles(shire_span chosen) {
    json_t *roles = json_array();
    for (size_t i = 0; i < SHIRE_GATE_ROLE_COUNT; i++) {
        const char *name = shire_gate_name(SHIRE_GATE_ROLES, i);
        (void)json_array_append_new(roles,
                                    json_pack("{s:s, s:s, s:b}", "value", name, "label",
                                              shire_gate_label(SHIRE_GATE_ROLES, i), "chosen",
                                              shire_span_equal(shire_span_of(name), chosen)));
    }
    return roles;
}

/* What a change that was made a moment ago leaves to do. The address holds no name. */
static json_t *what_was_done(const shire_call *call) {
    shire_span done = shire_call_query(call, "done");
    return shire_span_equal(done, shire_span_of("added"))
               ? json_string("The account was added. Hand its first password over by a way that "
                             "both of you trust.")
           : shire_span_equal(done, shire_span_of("disabled"))
               ? json_string("The account was disabled, and its sessions have ended.")
           : shire_span_equal(done, shire_span_of("enabled"))
               ? json_string("The account can sign in again.")
               : json_null();
}

static shire_status show_list(shire_call *call, const char *field, const char *sentence,
                              shire_error *error) {
    account_list list = {.call = call, .items = json_array()};
    shire_store *store = NULL;
    shire_status status = shire_web_store_borrow(call->web, &store, error);
    if (status == SHIRE_OK) {
        status = shire_gate_account_scan(store, add_account, &list, error);
        shire_web_store_return(call->web, store);
    }
    if (status != SHIRE_OK) {
        json_decref(list.items);
        return status;
    }
    json_t *values = json_pack("{s:o, s:o, s:o, s:{s:o, s:o, s:o}, s:o}", "accounts", list.items,
                               "roles", list_roles(shire_call_form(call, "role")), "bodies",
                               shire_words_bodies(call, shire_call_form(call, "organisation")),
                               "form", "name", shire_words_text(shire_call_form(call, "name")),
                               "full_name", shire_words_text(shire_call_form(call, "full_name")),
                               "person_id", shire_words_text(shire_call_form(call, "person_id")),
                               "message", what_was_done(call));
    return shire_form_show(call, "accounts", "Accounts", values, field, sentence, error);
}

static shire_status show_accounts(shire_call *call, shire_error *error) {
    return show_list(call, NULL, NULL, error);
}

static account_change *new_change(shire_call *call) {
    account_change *change = shire_arena_alloc(call->request->arena, sizeof *change);
    if (change == NULL) {
        call->response->failed = true;
    } else {
        change->actor = actor_of(call);
    }
    return change;
}

/* ---- a new account ---- */

/* What may not be is no failure of the queue: nothing was written, and the form says so. */
static shire_status write_account(shire_store *store, void *context, shire_error *error) {
    account_change *change = context;
    shire_error inner = {0};
    change->sentence[0] = '\0';
    shire_status status =
        shire_gate_account_add(store, &change->actor, &change->account, NULL, &inner);
    if (status == SHIRE_INVALID) {
        snprintf(change->sentence, sizeof change->sentence, "%s", inner.message);
        return SHIRE_OK;
    }
    if (status != SHIRE_OK && error != NULL) {
        *error = inner;
    }
    return status == SHIRE_OK ? shire_gate_password_set(store, &change->actor, change->account.name,
                                                        change->hash, error)
                              : status;
}

static shire_status account_written(shire_call *call, void *context, shire_error *error) {
    account_change *change = context;
    shire_crypto_wipe(change->hash, sizeof change->hash);
    if (change->sentence[0] != '\0') {
        return show_list(call, "name", change->sentence, error);
    }
    shire_world_wake_keeper(call->web);
    shire_http_redirect(call->response, "/admin/accounts?done=added");
    return SHIRE_OK;
}

static shire_status hash_password(void *context, shire_error *error) {
    account_change *change = context;
    return shire_gate_password_make(change->account.name, change->password, change->hash, error);
}

static shire_status password_hashed(shire_call *call, void *context, shire_error *error) {
    (void)error;
    shire_call_change(call, write_account, account_written, context);
    return SHIRE_OK;
}

static shire_status take_account(shire_call *call, shire_error *error) {
    size_t role = 0;
    account_change *change = new_change(call);
    if (change == NULL) {
        return SHIRE_OK;
    }
    shire_gate_account *account = &change->account;
    account->name = shire_form_text(call, "name");
    account->full_name = shire_form_text(call, "full_name");
    account->organisation = shire_form_text(call, "organisation");
    change->password = shire_call_form(call, "password");
    if (account->name == NULL || account->full_name == NULL || account->organisation == NULL) {
        call->response->failed = true;
        return SHIRE_OK;
    }
    if (account->name[0] == '\0') {
        return show_list(call, "name", "Enter the name that they will sign in with", error);
    }
    if (account->full_name[0] == '\0') {
        return show_list(call, "full_name", "Enter the full name, as others know them", error);
    }
    if (!shire_gate_parse(SHIRE_GATE_ROLES, shire_call_form(call, "role"), &role)) {
        return show_list(call, "role", "Choose a role", error);
    }
    if (role != SHIRE_GATE_CITIZEN &&
        !shire_words_is_body(call, shire_span_of(account->organisation))) {
        return show_list(call, "organisation", "Choose the body that they work for", error);
    }
    if (role == SHIRE_GATE_CITIZEN &&
        shire_span_trim(shire_call_form(call, "person_id")).length == 0) {
        return show_list(call, "person_id", "Enter the id of the person whose account it is",
                         error);
    }
    if (change->password.length < SHIRE_GATE_PASSWORD_LETTERS_MIN) {
        return show_list(call, "password", "Enter a first password of at least 12 characters",
                         error);
    }
    account->role = (shire_gate_role)role;
    if (role == SHIRE_GATE_CITIZEN) {
        account->person_id = shire_form_text(call, "person_id");
        account->organisation = "";
    }
    shire_call_work(call, hash_password, password_hashed, change);
    return SHIRE_OK;
}

/* ---- disabled and enabled again ---- */

static shire_status write_disabled(shire_store *store, void *context, shire_error *error) {
    account_change *change = context;
    return shire_gate_account_disable(store, &change->actor, change->name, change->is_disabled,
                                      error);
}

static shire_status disabled_written(shire_call *call, void *context, shire_error *error) {
    (void)error;
    const account_change *change = context;
    shire_world_wake_keeper(call->web);
    shire_http_redirect(call->response, change->is_disabled ? "/admin/accounts?done=disabled"
                                                            : "/admin/accounts?done=enabled");
    return SHIRE_OK;
}

static shire_status take_disabled(shire_call *call, shire_error *error) {
    (void)error;
    account_change *change = new_change(call);
    if (change != NULL) {
        change->name = shire_form_text(call, "name");
        change->is_disabled =
            shire_span_equal(shire_call_form(call, "disabled"), shire_span_of("yes"));
        shire_call_change(call, write_disabled, disabled_written, change);
    }
    return SHIRE_OK;
}

const shire_route shire_page_admin_routes[] = {
    {.pattern = "/admin/accounts",
     .handle = show_accounts,
     .abilities = SHIRE_GATE_MANAGE_ACCOUNTS},
    {.method = SHIRE_HTTP_POST,
     .pattern = "/admin/accounts",
     .handle = take_account,
     .abilities = SHIRE_GATE_MANAGE_ACCOUNTS},
    {.method = SHIRE_HTTP_POST,
     .pattern = "/admin/accounts/disabled",
     .handle = take_disabled,
     .abilities = SHIRE_GATE_MANAGE_ACCOUNTS},
    {.pattern = NULL},
};
