/*
 * Money by /api/v1: what the last run reconciled and found, costs by body and kind of care, and
 * what if. Costs by kind of care show the bodies that share their costs with the viewer's
 * organisation for its purpose; for planning, small numbers are withheld.
 */
#include "cost/scenario_file.h"
#include "cost/whatif_json.h"
#include "web/api_call.h"
#include "web/page_person.h"
#include "web/web_figures.h"
#include "web/web_internal.h"
#include "web/web_routes.h"
#include "web/web_user.h"
#include "web/web_whatif.h"
#include "web/web_world.h"

#include <string.h>

#define CHANGES_MAX 256
#define CHANGE_BYTES_MAX 1000

static const char *const no_parameters[] = {NULL};

/* ---- the last run ---- */

static shire_status show_reconciliation(shire_call *call, shire_error *error) {
    static const api_rows rows = {
        .name = "reconciliation",
        .sql = "SELECT o.code AS organisation, o.name, r.ledger, r.allocated, r.excluded, "
               "r.unallocated, r.difference FROM reconciliation AS r JOIN organisation AS o "
               "USING (organisation_no) ORDER BY r.organisation_no"};
    return api_answer_rows(call, &rows, error);
}

static shire_status show_findings(shire_call *call, shire_error *error) {
    static const api_rows rows = {
        .name = "findings",
        .sql = "SELECT stage, severity, kind, file, line, column_name AS \"column\", problem, "
               "remedy, row_count AS rows FROM finding ORDER BY ALL"};
    return api_answer_rows(call, &rows, error);
}

/* What is published has its counts of events in fives. */
#define ROUNDED(events) "(" events " + 2) // 5 * 5"

#define BODIES(events)                                                                             \
    "SELECT o.code AS organisation, o.name, o.kind, (" events ")::BIGINT AS events, "              \
    "coalesce(k.amount, 0)::DECIMAL(18,6) AS amount, r.ledger FROM organisation AS o "             \
    "LEFT JOIN (SELECT organisation_no, sum(events) AS events, sum(amount) AS amount "             \
    "FROM kind_cost GROUP BY organisation_no) AS k USING (organisation_no) "                       \
    "LEFT JOIN reconciliation AS r USING (organisation_no) ORDER BY o.organisation_no"

static shire_status show_bodies(shire_call *call, shire_error *error) {
    static const api_rows all = {.name = "costs", .sql = BODIES("coalesce(k.events, 0)")};
    static const api_rows published = {.name = "costs",
                                       .sql = BODIES(ROUNDED("coalesce(k.events, 0)"))};
    return api_answer_rows(call, shire_figures_are_published(call) ? &published : &all, error);
}

/* A body's kinds of care are withheld as on the page of its costs: together, so that none follows
 * from the body's total. */
static shire_status withhold_kinds(const shire_call *call, const shire_frame *rows,
                                   uint8_t *withheld, shire_error *error) {
    const shire_column *bodies = shire_frame_column(rows, "organisation_no");
    const shire_column *settings = shire_frame_column(rows, "kind_of_care");
    shire_figures_tallies tallies;
    int64_t *people =
        shire_arena_alloc_array(call->request->arena, rows->row_count, sizeof *people);
    shire_status status = people == NULL
                              ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for an answer")
                              : shire_figures_count_people(call, &tallies, error);
    for (size_t first = 0, row = 0; status == SHIRE_OK && first < rows->row_count; first = row) {
        int64_t body = shire_figures_number(bodies, first);
        for (; row < rows->row_count && shire_figures_number(bodies, row) == body; row++) {
            shire_span setting = shire_column_text(settings, row);
            people[row] = shire_figures_people(&tallies, (uint32_t)body, &setting);
        }
        status = shire_figures_withhold(call, settings, people + first, first, row - first,
                                        withheld + first, error);
    }
    return status;
}

#define KINDS(events)                                                                              \
    "SELECT o.organisation_no, o.code AS organisation, o.name, k.setting AS kind_of_care, "        \
    "(" events                                                                                     \
    ")::BIGINT AS events, k.amount, k.median FROM kind_cost AS k JOIN organisation AS o USING "    \
    "(organisation_no) ORDER BY o.organisation_no, k.setting"

static shire_status show_kinds(shire_call *call, shire_error *error) {
    static const api_rows all = {
        .name = "costs", .sql = KINDS("k.events"), .may_show = shire_figures_shares_costs};
    static const api_rows published = {.name = "costs",
                                       .sql = KINDS(ROUNDED("k.events")),
                                       .may_show = shire_figures_shares_costs,
                                       .withhold = withhold_kinds,
                                       .withheld_from = 4};
    return api_answer_rows(call, shire_figures_are_published(call) ? &published : &all, error);
}

/* ---- what if ---- */

typedef struct whatif_call {
    shire_call *call;
    const char *name;
    const char **changes;
    size_t change_count;
    bool is_saved; /* the changes are those of the saved scenario of that name */
    bool is_to_be_deleted;
    shire_audit_entry entry;
    json_t *answer;
    const char *problem; /* why there is none, as a sentence */
} whatif_call;

static whatif_call *new_whatif(shire_call *call) {
    whatif_call *state = shire_arena_alloc(call->request->arena, sizeof *state);
    if (state == NULL) {
        call->response->failed = true;
    } else {
        *state = (whatif_call){.call = call};
    }
    return state;
}

/* The columns and the result have an arena of their own: a request's is small. */
static shire_status run_scenario(void *context, shire_error *error) {
    whatif_call *state = context;
    const shire_partnership *partnership = &state->call->web->partnership;
    shire_arena *arena = NULL;
    shire_whatif *whatif = NULL;
    const char *const *changes = state->changes;
    size_t count = state->change_count;
    shire_whatif_result result;
    shire_error inner = {0};
    shire_status status = shire_arena_new("what if", 0, &arena, error);
    if (status == SHIRE_OK && state->is_saved) {
        status = shire_scenario_load(partnership->dir, state->name, arena, &changes, &count, error);
    }
    if (status == SHIRE_OK) {
        status = shire_whatif_open(partnership, 1, arena, &whatif, error);
    }
    if (status == SHIRE_OK) {
        status = shire_web_whatif_run(state->call, whatif,
                                      &(shire_whatif_scenario){.name = state->name,
                                                               .changes = changes,
                                                               .change_count = count},
                                      &result, &inner);
        if (status == SHIRE_INVALID) {
            state->problem = shire_arena_copy_text(state->call->request->arena, inner.message,
                                                   strlen(inner.message));
        } else if (status != SHIRE_OK && error != NULL) {
            *error = inner;
        }
    }
    if (status == SHIRE_OK) {
        state->answer = shire_whatif_json(partnership, &result, 1);
    }
    shire_whatif_close(whatif);
    shire_arena_free(arena);
    return state->problem == NULL ? status : SHIRE_OK;
}

static shire_status show_scenario(shire_call *call, void *context, shire_error *error) {
    const whatif_call *state = context;
    if (state->problem != NULL) {
        return shire_call_refuse(call, 422, state->problem, error);
    }
    shire_status status = api_answer(call, state->answer, 0, error);
    if (status == SHIRE_OK) {
        api_log_read(call, "what if");
    }
    return status;
}

/* Copies the changes, each checked; *answered_out: the request was refused. */
static shire_status read_changes(whatif_call *state, const json_t *list, bool *answered_out,
                                 shire_error *error) {
    shire_call *call = state->call;
    size_t count = json_array_size(list);
    *answered_out = true;
    if (count == 0 || count > CHANGES_MAX) {
        return shire_call_refuse(call, 422, "changes is a list of 1 to 256 texts.", error);
    }
    state->changes = shire_arena_alloc_array(call->request->arena, count, sizeof *state->changes);
    if (state->changes == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a scenario");
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *text = json_array_get(list, i);
        shire_error inner = {0};
        if (!json_is_string(text) || json_string_length(text) > CHANGE_BYTES_MAX ||
            memchr(json_string_value(text), '\0', json_string_length(text)) != NULL) {
            return shire_call_refuse(call, 422,
                                     "Each change is a text of at most 1,000 bytes, such as "
                                     "ledger.amount[cost_centre=1020*] *= 1.03",
                                     error);
        }
        state->changes[i] = shire_arena_copy_text(call->request->arena, json_string_value(text),
                                                  json_string_length(text));
        if (state->changes[i] == NULL) {
            return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a scenario");
        }
        if (shire_whatif_check_impersonal(state->changes[i], &inner) != SHIRE_OK) {
            return shire_call_refuse(call, 422, inner.message, error);
        }
    }
    state->change_count = count;
    *answered_out = false;
    return SHIRE_OK;
}

static shire_status refuse_name(shire_call *call, shire_error *error) {
    return shire_call_refuse(
        call, 422, "A scenario's name has letters, digits, - _ and . only, at most 64.", error);
}

/* POST /what-if: changes, or the name of a saved scenario. */
static shire_status take_whatif(shire_call *call, shire_error *error) {
    static const api_member members[] = {{"scenario", JSON_STRING, false, 64},
                                         {"changes", JSON_ARRAY, false, 0}};
    json_t *body = NULL;
    bool answered = false;
    shire_record *record = NULL;
    whatif_call *state = new_whatif(call);
    shire_status status = shire_call_need_run(call, &record, error);
    if (status == SHIRE_OK && record != NULL && state != NULL) {
        status = api_read_body(call, members, sizeof members / sizeof members[0], &body, error);
    }
    if (body == NULL) {
        return status;
    }
    state->name = api_text(call, body, "scenario");
    const json_t *changes = json_object_get(body, "changes");
    state->is_saved = changes == NULL;
    if (state->name == NULL) {
        status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a scenario");
    } else if (state->name[0] != '\0' ? !shire_scenario_name_is_good(state->name)
                                      : state->is_saved) {
        answered = true;
        status = refuse_name(call, error);
    } else if (!state->is_saved) {
        status = read_changes(state, changes, &answered, error);
        state->name = state->name[0] == '\0' ? "what if" : state->name;
    }
    json_decref(body);
    if (status == SHIRE_OK && !answered) {
        shire_call_work(call, run_scenario, show_scenario, state);
    }
    return status;
}

/* ---- saved scenarios ---- */

static json_t *changes_json(const char *const *changes, size_t count) {
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        (void)json_array_append_new(list, json_string(changes[i]));
    }
    return list;
}

/* Who has the folder may have saved changes that name somebody: those are not told here. */
static bool are_impersonal(const char *const *changes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        shire_error error = {0};
        if (shire_whatif_check_impersonal(changes[i], &error) != SHIRE_OK) {
            return false;
        }
    }
    return true;
}

static shire_status list_scenarios(shire_call *call, shire_error *error) {
    const char *dir = call->web->partnership.dir;
    shire_arena *arena = call->request->arena;
    const char *const *names = NULL;
    size_t count = 0;
    shire_status status = SHIRE_OK;
    if (!api_takes(call, no_parameters, &status, error)) {
        return status;
    }
    status = shire_scenario_list(dir, arena, &names, &count, error);
    json_t *list = json_array();
    for (size_t i = 0; i < count && status == SHIRE_OK; i++) {
        const char *const *changes = NULL;
        size_t change_count = 0;
        status = shire_scenario_load(dir, names[i], arena, &changes, &change_count, error);
        if (status == SHIRE_OK && are_impersonal(changes, change_count)) {
            (void)json_array_append_new(list, json_pack("{s:s, s:o}", "name", names[i], "changes",
                                                        changes_json(changes, change_count)));
        }
    }
    if (status != SHIRE_OK) {
        json_decref(list);
        return status;
    }
    return api_answer(call, json_pack("{s:o}", "scenarios", list), 0, error);
}

static shire_status change_scenario(void *context, shire_error *error) {
    const whatif_call *state = context;
    const char *dir = state->call->web->partnership.dir;
    shire_arena *arena = state->call->request->arena;
    return state->is_to_be_deleted ? shire_scenario_delete(dir, state->name, arena, error)
                                   : shire_scenario_save(dir, state->name, state->changes,
                                                         state->change_count, arena, error);
}

static shire_status scenario_changed(shire_call *call, void *context, shire_error *error) {
    whatif_call *state = context;
    shire_status status = SHIRE_OK;
    if (state->is_to_be_deleted) {
        call->response->status = 204;
    } else {
        status = api_answer(call,
                            json_pack("{s:s, s:o}", "name", state->name, "changes",
                                      changes_json(state->changes, state->change_count)),
                            0, error);
    }
    if (status == SHIRE_OK) {
        char *detail = shire_arena_format(call->request->arena, "scenario %s %s", state->name,
                                          state->is_to_be_deleted ? "deleted" : "saved");
        state->entry = api_entry(call, "configuration", "", detail == NULL ? "" : detail);
        api_log(call, &state->entry, 1);
    }
    return status;
}

static bool read_name(whatif_call *state) {
    const shire_call *call = state->call;
    state->name =
        shire_arena_copy_text(call->request->arena, call->ids[0].bytes, call->ids[0].length);
    return state->name != NULL && shire_scenario_name_is_good(state->name);
}

static shire_status put_scenario(shire_call *call, shire_error *error) {
    static const api_member members[] = {{"changes", JSON_ARRAY, true, 0}};
    json_t *body = NULL;
    bool answered = false;
    whatif_call *state = new_whatif(call);
    if (state == NULL) {
        return SHIRE_OK;
    }
    if (!read_name(state)) {
        return refuse_name(call, error);
    }
    shire_status status = api_read_body(call, members, 1, &body, error);
    if (body == NULL) {
        return status;
    }
    status = read_changes(state, json_object_get(body, "changes"), &answered, error);
    json_decref(body);
    if (status == SHIRE_OK && !answered) {
        shire_call_work(call, change_scenario, scenario_changed, state);
    }
    return status;
}

static shire_status delete_scenario(shire_call *call, shire_error *error) {
    whatif_call *state = new_whatif(call);
    if (state == NULL) {
        return SHIRE_OK;
    }
    if (!read_name(state)) {
        return shire_call_hide(call, error);
    }
    state->is_to_be_deleted = true;
    shire_call_work(call, change_scenario, scenario_changed, state);
    return SHIRE_OK;
}

#define RUNS .form = SHIRE_ROUTE_API, .abilities = SHIRE_GATE_SEE_RUNS
#define COSTS .form = SHIRE_ROUTE_API, .abilities = SHIRE_GATE_SEE_COSTS

const shire_route shire_api_money_routes[] = {
    {.pattern = "/api/v1/reconciliation", .handle = show_reconciliation, RUNS},
    {.pattern = "/api/v1/findings", .handle = show_findings, RUNS},
    {.pattern = "/api/v1/costs/bodies", .handle = show_bodies, COSTS},
    {.pattern = "/api/v1/costs/kinds", .handle = show_kinds, COSTS},
    {.method = SHIRE_HTTP_POST, .pattern = "/api/v1/what-if", .handle = take_whatif, COSTS},
    {.pattern = "/api/v1/what-if/scenarios", .handle = list_scenarios, COSTS},
    {.method = SHIRE_HTTP_PUT,
     .pattern = "/api/v1/what-if/scenarios/{name}",
     .handle = put_scenario,
     COSTS},
    {.method = SHIRE_HTTP_DELETE,
     .pattern = "/api/v1/what-if/scenarios/{name}",
     .handle = delete_scenario,
     COSTS},
    {.pattern = NULL},
};
