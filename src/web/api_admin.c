/* What administrators and privacy officers read by /api/v1: accounts, agreements, teams, runs, the
 * audit log and its checkpoint; and the description of the interface, which anybody may read. */
#include "audit/audit_log.h"
#include "gate/gate_account.h"
#include "gate/gate_sharing.h"
#include "web/api_call.h"
#include "web/page_audit.h"
#include "web/page_person.h"
#include "web/web_assets.h"
#include "web/web_internal.h"
#include "web/web_routes.h"
#include "web/web_user.h"
#include "web/web_world.h"

#include <string.h>

#define PROOF_BYTES_MAX ((size_t)1 << 30)

static const char *const no_parameters[] = {NULL};

static shire_status append(json_t *list, json_t *item, shire_error *error) {
    return json_array_append_new(list, item) == 0
               ? SHIRE_OK
               : SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for an answer");
}

static json_t *day_json(shire_date day) {
    char text[11];
    if (day == SHIRE_GATE_NO_END) {
        return json_null();
    }
    shire_date_format(day, text);
    return json_string(text);
}

/* A whole list of the store as NAME of the answer; `scan` appends to it. */
static shire_status answer_list(shire_call *call, const char *name, const char *detail,
                                shire_status (*scan)(shire_store *store, json_t *list,
                                                     shire_error *error),
                                shire_error *error) {
    shire_store *store = NULL;
    shire_status status = SHIRE_OK;
    if (!api_takes(call, no_parameters, &status, error)) {
        return status;
    }
    json_t *list = json_array();
    status = shire_web_store_borrow(call->web, &store, error);
    if (status == SHIRE_OK) {
        status = scan(store, list, error);
        shire_web_store_return(call->web, store);
    }
    if (status != SHIRE_OK) {
        json_decref(list);
        return status;
    }
    status = api_answer(call, json_pack("{s:o}", name, list), 0, error);
    if (status == SHIRE_OK) {
        api_log_read(call, detail);
    }
    return status;
}

/* ---- accounts, agreements, teams ---- */

static shire_status add_account(const shire_gate_account *account, void *list, shire_error *error) {
    return append(list,
                  json_pack("{s:s, s:s, s:s, s:s, s:b, s:b, s:b}", "name", account->name,
                            "full_name", account->full_name, "organisation", account->organisation,
                            "role", shire_gate_name(SHIRE_GATE_ROLES, account->role), "is_disabled",
                            account->is_disabled, "has_password", account->has_password, "has_code",
                            account->has_code),
                  error);
}

static shire_status scan_accounts(shire_store *store, json_t *list, shire_error *error) {
    return shire_gate_account_scan(store, add_account, list, error);
}

static shire_status list_accounts(shire_call *call, shire_error *error) {
    return answer_list(call, "accounts", "accounts", scan_accounts, error);
}

static json_t *categories_json(uint32_t categories) {
    json_t *names = json_array();
    for (size_t i = 0; i < SHIRE_GATE_CATEGORY_COUNT; i++) {
        if ((categories & SHIRE_GATE_BIT(i)) != 0) {
            (void)json_array_append_new(names,
                                        json_string(shire_gate_name(SHIRE_GATE_CATEGORIES, i)));
        }
    }
    return names;
}

static shire_status add_sharing(const shire_gate_sharing *sharing, void *list, shire_error *error) {
    return append(list,
                  json_pack("{s:I, s:s, s:s, s:s, s:o, s:o, s:o, s:s}", "agreement",
                            (json_int_t)sharing->agreement_no, "owner", sharing->owner, "recipient",
                            sharing->recipient, "purpose",
                            shire_gate_name(SHIRE_GATE_PURPOSES, sharing->purpose), "categories",
                            categories_json(sharing->categories), "from", day_json(sharing->from),
                            "until", day_json(sharing->until), "reference", sharing->reference),
                  error);
}

static shire_status scan_sharings(shire_store *store, json_t *list, shire_error *error) {
    return shire_gate_sharing_scan(store, add_sharing, list, error);
}

static shire_status list_agreements(shire_call *call, shire_error *error) {
    return answer_list(call, "agreements", "agreements", scan_sharings, error);
}

static shire_status add_team(const shire_gate_team *team, void *list, shire_error *error) {
    return append(list,
                  json_pack("{s:s, s:s, s:I}", "organisation", team->organisation, "name",
                            team->name, "members", (json_int_t)team->member_count),
                  error);
}

static shire_status scan_teams(shire_store *store, json_t *list, shire_error *error) {
    return shire_gate_team_scan(store, shire_gate_day(shire_call_now()), add_team, list, error);
}

static shire_status list_teams(shire_call *call, shire_error *error) {
    return answer_list(call, "teams", "teams", scan_teams, error);
}

/* ---- runs and the audit log ---- */

typedef struct entry_reading {
    json_t *list;
    size_t count_max; /* one more than that is seen and not shown */
    bool has_more;
} entry_reading;

static shire_status add_entry(const shire_audit_row *row, void *context, shire_error *error) {
    entry_reading *state = context;
    if (json_array_size(state->list) == state->count_max) {
        state->has_more = true;
        return SHIRE_OK;
    }
    return append(state->list,
                  json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "number",
                            (json_int_t)row->entry_no, "at", api_text_json(row->at), "kind",
                            api_text_json(row->kind), "actor", api_text_json(row->actor),
                            "organisation", api_text_json(row->organisation), "purpose",
                            api_text_json(row->purpose), "subject", api_text_json(row->subject),
                            "detail", api_text_json(row->detail), "is_erased", row->is_erased),
                  error);
}

static shire_status list_runs(shire_call *call, shire_error *error) {
    static const char *const parameters[] = {"limit", "cursor", NULL};
    const shire_audit_filter runs_alone = {.kind = "run"};
    api_page page;
    json_t *runs = NULL;
    const char *after = NULL;
    shire_status status = SHIRE_OK;
    if (!api_takes(call, parameters, &status, error) ||
        !api_read_page(call, &page, &status, error)) {
        return status;
    }
    status = shire_audit_list(call, &runs_alone, page.choice, page.count, &runs, &after, error);
    if (status != SHIRE_OK) {
        return status;
    }
    const shire_record *record = call->world->record;
    const shire_record_book *book = record == NULL ? NULL : shire_record_get_book(record);
    json_t *served = book == NULL ? json_null()
                                  : json_pack("{s:s, s:I, s:I, s:I}", "run", call->world->run,
                                              "people", (json_int_t)book->person_count, "records",
                                              (json_int_t)book->entry_count, "events",
                                              (json_int_t)book->event_count);
    status = api_answer(call,
                        json_pack("{s:o?, s:o, s:o?}", "served", served, "runs", runs, "next",
                                  api_next(call, &page, after == NULL ? "" : after, after != NULL)),
                        0, error);
    if (status == SHIRE_OK) {
        api_log_read(call, "the list of runs");
    }
    return status;
}

/* As a transparency log is read: from a number on, oldest first. */
static shire_status list_entries(shire_call *call, shire_error *error) {
    static const char *const parameters[] = {"from", "limit", NULL};
    shire_span from = shire_call_query(call, "from");
    int64_t first = 0;
    int64_t size = 0;
    api_page page;
    shire_store *store = NULL;
    shire_status status = SHIRE_OK;
    if (!api_takes(call, parameters, &status, error) ||
        !api_read_page(call, &page, &status, error)) {
        return status;
    }
    if (from.bytes != NULL && !api_number(from, &first)) {
        return shire_call_refuse(call, 400, "from is the number of an entry, from 0.", error);
    }
    entry_reading state = {.list = json_array(), .count_max = page.count};
    status = shire_web_store_borrow(call->web, &store, error);
    if (status == SHIRE_OK) {
        status = shire_store_query_int64(store, "SELECT max(entry_no) + 1 FROM audit_entry", &size,
                                         error);
        if (status == SHIRE_OK) {
            status =
                shire_audit_scan_page(store, (uint64_t)first, page.count, add_entry, &state, error);
        }
        shire_web_store_return(call->web, store);
    }
    if (status != SHIRE_OK) {
        json_decref(state.list);
        return status;
    }
    status = api_answer(
        call, json_pack("{s:I, s:o}", "size", (json_int_t)size, "entries", state.list), 0, error);
    if (status == SHIRE_OK) {
        api_log_read(call, "the audit log");
    }
    return status;
}

static const api_member find_members[] = {
    {"actor", JSON_STRING, false, 0}, {"subject", JSON_STRING, false, 0},
    {"kind", JSON_STRING, false, 0},  {"from", JSON_STRING, false, 0},
    {"until", JSON_STRING, false, 0},
};

static const char *text_or_null(shire_call *call, const json_t *body, const char *name) {
    const char *text = api_text(call, body, name);
    return text == NULL || text[0] == '\0' ? NULL : text;
}

static shire_status answer_found(shire_call *call, const json_t *body, const api_page *page,
                                 shire_error *error) {
    json_t *entries = NULL;
    const char *after = NULL;
    shire_audit_filter filter = {.actor = text_or_null(call, body, "actor"),
                                 .subject = text_or_null(call, body, "subject"),
                                 .kind = text_or_null(call, body, "kind")};
    if (!shire_audit_set_days(call, api_span(call, body, "from"), api_span(call, body, "until"),
                              false, &filter)) {
        return shire_call_refuse(call, 422, "from and until are days such as 2024-04-01.", error);
    }
    shire_status status =
        shire_audit_list(call, &filter, page->choice, page->count, &entries, &after, error);
    if (status != SHIRE_OK) {
        return status;
    }
    bool has_found = json_array_size(entries) > 0;
    status = api_answer(call,
                        json_pack("{s:o, s:o?}", "entries", entries, "next",
                                  api_next(call, page, after == NULL ? "" : after, after != NULL)),
                        0, error);
    if (status == SHIRE_OK) {
        shire_audit_log_look(call, "the audit log",
                             has_found && filter.subject != NULL ? filter.subject : "");
    }
    return status;
}

/* By who, about whom, of what kind and when, the latest first; names stand in no address. */
static shire_status find_entries(shire_call *call, shire_error *error) {
    static const char *const parameters[] = {"limit", "cursor", NULL};
    api_page page;
    json_t *body = NULL;
    shire_status status = SHIRE_OK;
    if (!api_takes(call, parameters, &status, error) ||
        !api_read_page(call, &page, &status, error)) {
        return status;
    }
    status = api_read_body(call, find_members, sizeof find_members / sizeof find_members[0], &body,
                           error);
    if (status == SHIRE_OK && body != NULL) {
        status = answer_found(call, body, &page, error);
    }
    json_decref(body);
    return status;
}

typedef struct submission {
    shire_call *call;
    int64_t since;
    bool is_missing;
} submission;

/* The proof is made of every leaf, in an arena of its own. */
static shire_status make_submission(void *context, shire_error *error) {
    submission *state = context;
    shire_arena *arena = NULL;
    shire_store *store = NULL;
    shire_error inner = {0};
    shire_status status = shire_arena_new("proof", PROOF_BYTES_MAX, &arena, error);
    if (status == SHIRE_OK) {
        status = shire_web_store_borrow(state->call->web, &store, error);
    }
    if (status == SHIRE_OK) {
        status =
            shire_audit_submit(store, state->since, arena, &state->call->response->body, &inner);
        state->is_missing = status == SHIRE_NOT_FOUND;
        if (status != SHIRE_OK && !state->is_missing && error != NULL) {
            *error = inner;
        }
    }
    shire_web_store_return(state->call->web, store);
    shire_arena_free(arena);
    return state->is_missing ? SHIRE_OK : status;
}

static shire_status show_submission(shire_call *call, void *context, shire_error *error) {
    const submission *state = context;
    if (state->is_missing) {
        return shire_call_refuse(call, 404,
                                 "There is no checkpoint yet, or none of so many entries.", error);
    }
    shire_http_set_header(call->response, "Content-Type", "text/plain; charset=utf-8");
    return SHIRE_OK;
}

static shire_status show_checkpoint(shire_call *call, shire_error *error) {
    static const char *const parameters[] = {"since", NULL};
    shire_span since = shire_call_query(call, "since");
    shire_status status = SHIRE_OK;
    if (!api_takes(call, parameters, &status, error)) {
        return status;
    }
    submission *state = shire_arena_alloc(call->request->arena, sizeof *state);
    if (state == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for an answer");
    }
    *state = (submission){.call = call, .since = -1};
    if (since.bytes != NULL && !api_number(since, &state->since)) {
        return shire_call_refuse(call, 400, "since is how many entries a checkpoint covers.",
                                 error);
    }
    shire_call_work(call, make_submission, show_submission, state);
    return SHIRE_OK;
}

/* ---- the description ---- */

static shire_status show_description(shire_call *call, shire_error *error) {
    (void)error;
    call->response->lasting_body = shire_web_openapi;
    shire_http_set_header(call->response, "Content-Type", "application/json; charset=utf-8");
    return SHIRE_OK;
}

#define API .form = SHIRE_ROUTE_API

const shire_route shire_api_admin_routes[] = {
    {.pattern = "/api/v1/openapi.json",
     .handle = show_description,
     .access = SHIRE_ROUTE_OPEN_DATA,
     API},
    {.pattern = "/api/v1/accounts",
     .handle = list_accounts,
     .abilities = SHIRE_GATE_MANAGE_ACCOUNTS,
     API},
    {.pattern = "/api/v1/agreements",
     .handle = list_agreements,
     .abilities = SHIRE_GATE_MANAGE_AGREEMENTS | SHIRE_GATE_MANAGE_ACCOUNTS,
     API},
    {.pattern = "/api/v1/teams",
     .handle = list_teams,
     .abilities = SHIRE_GATE_MANAGE_AGREEMENTS | SHIRE_GATE_MANAGE_ACCOUNTS,
     API},
    {.pattern = "/api/v1/runs", .handle = list_runs, .abilities = SHIRE_GATE_SEE_RUNS, API},
    {.pattern = "/api/v1/audit/entries",
     .handle = list_entries,
     .abilities = SHIRE_GATE_SEE_AUDIT,
     API},
    {.method = SHIRE_HTTP_POST,
     .pattern = "/api/v1/audit/entries/search",
     .handle = find_entries,
     .abilities = SHIRE_GATE_SEE_AUDIT,
     API},
    {.pattern = "/api/v1/audit/checkpoint", .handle = show_checkpoint, API},
    {.pattern = NULL},
};
