/*
 * Teams, for administrators: who works together, and so for whom a team's caseload opens. Each
 * change is written with its entry in the audit log in one transaction (gate_change.h), and holds
 * within a second.
 */
#include "gate/gate_account.h"
#include "gate/gate_sharing.h"
#include "web/page_form.h"
#include "web/page_words.h"
#include "web/web_internal.h"
#include "web/web_routes.h"
#include "web/web_user.h"
#include "web/web_world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEAMS "/admin/teams"

typedef enum team_action { TEAM_ADD, TEAM_RENAME, TEAM_END, MEMBER_ADD, MEMBER_END } team_action;

typedef struct team_change {
    team_action action;
    shire_gate_actor actor;
    int64_t team_no;
    const char *organisation;
    const char *name; /* of a team, or of an account */
    shire_date from;
    shire_date today;
    char sentence[SHIRE_ERROR_MESSAGE_BYTES]; /* why it may not be; nothing was written then */
} team_change;

/* The field that the sentence about an action stands beside. */
static const char *const fields[] = {[TEAM_ADD] = "name",
                                     [TEAM_RENAME] = "name",
                                     [TEAM_END] = "end",
                                     [MEMBER_ADD] = "account",
                                     [MEMBER_END] = "account"};

static shire_status append(json_t *list, json_t *item, shire_error *error) {
    return json_array_append_new(list, item) == 0
               ? SHIRE_OK
               : SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a page");
}

/* ---- all teams ---- */

typedef struct teams {
    const shire_call *call;
    json_t *list;
    int64_t team_no; /* the one that is looked for, or 0 */
    json_t *found;
    const char *organisation; /* of it, in the request's arena */
} teams;

static shire_status add_team(const shire_gate_team *team, void *context, shire_error *error) {
    teams *state = context;
    json_t *item = json_pack("{s:I, s:o, s:s, s:o}", "number", (json_int_t)team->team_no, "body",
                             shire_words_body(state->call, team->organisation), "name", team->name,
                             "members", shire_words_count(team->member_count));
    if (team->team_no == state->team_no) {
        state->found = json_incref(item);
        state->organisation = shire_arena_copy_text(state->call->request->arena, team->organisation,
                                                    strlen(team->organisation));
    }
    return append(state->list, item, error);
}

static shire_status show_teams(shire_call *call, const char *field, const char *sentence,
                               shire_error *error) {
    teams state = {.call = call, .list = json_array()};
    shire_store *store = NULL;
    shire_status status = shire_web_store_borrow(call->web, &store, error);
    if (status == SHIRE_OK) {
        status =
            shire_gate_team_scan(store, shire_gate_day(shire_call_now()), add_team, &state, error);
    }
    shire_web_store_return(call->web, store);
    if (status != SHIRE_OK) {
        json_decref(state.list);
        return status;
    }
    json_t *values = json_pack("{s:o, s:o, s:{s:o}}", "teams", state.list, "bodies",
                               shire_words_bodies(call, shire_call_form(call, "organisation")),
                               "form", "name", shire_words_text(shire_call_form(call, "name")));
    return shire_form_show(call, "teams", "Teams", values, field, sentence, error);
}

static shire_status list_teams(shire_call *call, shire_error *error) {
    return show_teams(call, NULL, NULL, error);
}

/* ---- one team ---- */

typedef struct people {
    const char *organisation;
    json_t *members;
    json_t *accounts; /* of the body, that may join */
    shire_span chosen;
} people;

static shire_status add_member(const shire_gate_member *member, void *context, shire_error *error) {
    return append(((people *)context)->members,
                  json_pack("{s:s, s:s, s:o, s:o}", "account", member->account, "full_name",
                            member->full_name, "from", shire_words_day(member->from), "until",
                            shire_words_day(member->until)),
                  error);
}

static shire_status add_account(const shire_gate_account *account, void *context,
                                shire_error *error) {
    people *state = context;
    if (account->is_disabled || account->role == SHIRE_GATE_SERVICE ||
        strcmp(account->organisation, state->organisation) != 0) {
        return SHIRE_OK;
    }
    return append(state->accounts,
                  json_pack("{s:s, s:s, s:s, s:b}", "name", account->name, "full_name",
                            account->full_name, "role",
                            shire_gate_label(SHIRE_GATE_ROLES, account->role), "chosen",
                            shire_span_equal(shire_span_of(account->name), state->chosen)),
                  error);
}

static shire_status read_team(shire_call *call, shire_store *store, teams *state, people *there,
                              shire_error *error) {
    shire_date today = shire_gate_day(shire_call_now());
    shire_status status = shire_gate_team_scan(store, today, add_team, state, error);
    if (status == SHIRE_OK && state->found == NULL) {
        status = SHIRE_FAIL(error, SHIRE_NOT_FOUND, "there is no such team");
    }
    if (status == SHIRE_OK && state->organisation == NULL) {
        status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a page");
    }
    if (status == SHIRE_OK) {
        there->organisation = state->organisation;
        there->chosen = shire_call_form(call, "account");
        status = shire_gate_member_scan(store, state->team_no, today, add_member, there, error);
    }
    return status == SHIRE_OK ? shire_gate_account_scan(store, add_account, there, error) : status;
}

static shire_status show_team(shire_call *call, const char *field, const char *sentence,
                              shire_error *error) {
    teams state = {.call = call, .list = json_array(), .team_no = shire_form_number(call->ids[0])};
    people there = {.members = json_array(), .accounts = json_array()};
    shire_store *store = NULL;
    shire_status status = shire_web_store_borrow(call->web, &store, error);
    if (status == SHIRE_OK) {
        status = read_team(call, store, &state, &there, error);
    }
    shire_web_store_return(call->web, store);
    json_decref(state.list);
    if (status != SHIRE_OK) {
        json_decref(state.found);
        json_decref(there.members);
        json_decref(there.accounts);
        return status;
    }
    shire_span name = shire_call_form(call, "name");
    json_t *values =
        json_pack("{s:o, s:o, s:o, s:s, s:{s:o, s:o}, s:{s:s, s:s}}", "team", state.found,
                  "members", there.members, "accounts", there.accounts, "path",
                  call->request->path.bytes, "form", "name",
                  name.bytes == NULL ? json_incref(json_object_get(state.found, "name"))
                                     : shire_words_text(name),
                  "from", shire_words_text(shire_call_form(call, "from")), "back", "text", "Teams",
                  "href", TEAMS);
    char path[64];
    snprintf(path, sizeof path, TEAMS "/%" PRId64, state.team_no);
    (void)json_object_set_new(values, "path", json_string(path));
    const char *title = json_string_value(json_object_get(state.found, "name"));
    return shire_form_show(call, "team", title == NULL ? "Team" : title, values, field, sentence,
                           error);
}

static shire_status one_team(shire_call *call, shire_error *error) {
    return show_team(call, NULL, NULL, error);
}

/* ---- changes ---- */

static shire_status make_change(shire_store *store, const team_change *change, shire_error *error) {
    switch (change->action) {
    case TEAM_ADD:
        return shire_gate_team_add(store, &change->actor, change->organisation, change->name, NULL,
                                   error);
    case TEAM_RENAME:
        return shire_gate_team_rename(store, &change->actor, change->team_no, change->name, error);
    case TEAM_END:
        return shire_gate_team_end(store, &change->actor, change->team_no, change->today - 1,
                                   error);
    case MEMBER_ADD:
        return shire_gate_member_add(store, &change->actor, change->team_no, change->name,
                                     change->from, SHIRE_GATE_NO_END, error);
    case MEMBER_END:
        return shire_gate_member_end(store, &change->actor, change->team_no, change->name,
                                     change->today, error);
    }
    return SHIRE_FAIL(error, SHIRE_INVALID, "this is no change of a team");
}

/* What may not be is no failure of the queue: nothing was written, and the form says so. */
static shire_status write_change(shire_store *store, void *context, shire_error *error) {
    team_change *change = context;
    shire_error inner = {0};
    change->sentence[0] = '\0';
    shire_status status = make_change(store, change, &inner);
    if (status == SHIRE_INVALID || status == SHIRE_NOT_FOUND) {
        snprintf(change->sentence, sizeof change->sentence, "%s", inner.message);
        return SHIRE_OK;
    }
    if (status != SHIRE_OK && error != NULL) {
        *error = inner;
    }
    return status;
}

static shire_status change_written(shire_call *call, void *context, shire_error *error) {
    const team_change *change = context;
    char path[64];
    if (change->sentence[0] != '\0') {
        return change->action == TEAM_ADD
                   ? show_teams(call, fields[change->action], change->sentence, error)
                   : show_team(call, fields[change->action], change->sentence, error);
    }
    shire_world_wake_keeper(call->web);
    snprintf(path, sizeof path, TEAMS "/%" PRId64, change->team_no);
    bool is_of_all = change->action == TEAM_ADD || change->action == TEAM_END;
    shire_http_redirect(call->response, is_of_all ? TEAMS : path);
    return SHIRE_OK;
}

static team_change *new_change(shire_call *call, team_action action, const char *name) {
    team_change *change = shire_arena_alloc(call->request->arena, sizeof *change);
    if (change == NULL) {
        call->response->failed = true;
        return NULL;
    }
    change->action = action;
    change->actor = (shire_gate_actor){.account = call->user->account,
                                       .organisation = call->user->organisation,
                                       .purpose = "administration"};
    change->team_no = call->ids[0].bytes == NULL ? 0 : shire_form_number(call->ids[0]);
    change->today = shire_gate_day(shire_call_now());
    change->from = change->today;
    change->name = shire_form_text(call, name);
    change->organisation = shire_form_text(call, "organisation");
    return change->name == NULL || change->organisation == NULL ? NULL : change;
}

static shire_status take_new(shire_call *call, shire_error *error) {
    team_change *change = new_change(call, TEAM_ADD, "name");
    if (change == NULL) {
        return SHIRE_OK;
    }
    if (change->organisation[0] == '\0') {
        return show_teams(call, "organisation", "Choose the body that the team is of", error);
    }
    if (change->name[0] == '\0') {
        return show_teams(call, "name", "Enter the team's name", error);
    }
    shire_call_change(call, write_change, change_written, change);
    return SHIRE_OK;
}

static shire_status take_name(shire_call *call, shire_error *error) {
    team_change *change = new_change(call, TEAM_RENAME, "name");
    if (change != NULL && change->name[0] == '\0') {
        return show_team(call, "name", "Enter the team's name", error);
    }
    if (change != NULL) {
        shire_call_change(call, write_change, change_written, change);
    }
    return SHIRE_OK;
}

static shire_status take_end(shire_call *call, shire_error *error) {
    (void)error;
    team_change *change = new_change(call, TEAM_END, "name");
    if (change != NULL) {
        shire_call_change(call, write_change, change_written, change);
    }
    return SHIRE_OK;
}

static shire_status take_member(shire_call *call, shire_error *error) {
    team_change *change = new_change(call, MEMBER_ADD, "account");
    shire_span from = shire_span_trim(shire_call_form(call, "from"));
    if (change == NULL) {
        return SHIRE_OK;
    }
    if (change->name[0] == '\0') {
        return show_team(call, "account", "Choose who joins the team", error);
    }
    if (from.length > 0 && shire_date_parse(from, &change->from) != SHIRE_OK) {
        return show_team(call, "from", "Enter a day, for example 1/4/2026, or leave it empty",
                         error);
    }
    shire_call_change(call, write_change, change_written, change);
    return SHIRE_OK;
}

static shire_status take_member_end(shire_call *call, shire_error *error) {
    (void)error;
    team_change *change = new_change(call, MEMBER_END, "account");
    if (change != NULL) {
        shire_call_change(call, write_change, change_written, change);
    }
    return SHIRE_OK;
}

#define TEAM_ROUTE(verb, path, function)                                                           \
    {                                                                                              \
        .method = SHIRE_HTTP_##verb, .pattern = TEAMS path, .handle = (function),                  \
        .abilities = SHIRE_GATE_MANAGE_ACCOUNTS                                                    \
    }

const shire_route shire_page_team_routes[] = {
    TEAM_ROUTE(GET, "", list_teams),
    TEAM_ROUTE(POST, "", take_new),
    TEAM_ROUTE(GET, "/{team}", one_team),
    TEAM_ROUTE(POST, "/{team}/name", take_name),
    TEAM_ROUTE(POST, "/{team}/end", take_end),
    TEAM_ROUTE(POST, "/{team}/members", take_member),
    TEAM_ROUTE(POST, "/{team}/members/end", take_member_end),
    {.pattern = NULL},
};
