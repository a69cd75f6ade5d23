/*
 * What if: the bodies' spending and the delays of discharges moved up or down, further changes in
 * the language of `shire whatif`, and saved scenarios side by side with them. The form is asked for
 * by its address, so that what somebody found can be shown to others; it holds nothing of a person.
 */
#include "cost/scenario_file.h"
#include "cost/whatif.h"
#include "web/page_person.h"
#include "web/page_words.h"
#include "web/web_figures.h"
#include "web/web_internal.h"
#include "web/web_routes.h"
#include "web/web_user.h"
#include "web/web_whatif.h"
#include "web/web_world.h"

#include <string.h>

#define SCENARIOS_MAX 4 /* saved ones beside the page's own */
#define CHANGES_MAX 64
#define CHANGE_BYTES_MAX 1000
#define PERCENT_MAX 50
#define OWN_NAME "With your changes"

typedef struct whatif_page {
    shire_call *call;
    const char *changes[CHANGES_MAX]; /* of the page's own scenario */
    size_t change_count;
    const char *saved[SCENARIOS_MAX];
    size_t saved_count;
    const char *name; /* to save them as; NULL where nothing is saved */
    const char *name_mistake;
    const char *mistake;
    const char *field; /* where it is */
    bool sees_care;    /* and so what delays cost; guessed from the purpose where nothing was run */
    shire_report_table *bodies;
    shire_report_table *kinds;
    shire_report_table *delays;
    json_t *notes; /* what each change touched */
    shire_audit_entry entry;
} whatif_page;

static shire_status no_memory(shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a page");
}

/* ---- from the form to changes ---- */

static void add_change(whatif_page *state, const char *change) {
    if (change == NULL || state->change_count == CHANGES_MAX) {
        state->mistake = "There are too many changes; save some of them as a scenario";
        state->field = "more";
        return;
    }
    state->changes[state->change_count++] = change;
}

/* A whole number of percent within its limits; false where it is none. */
static bool read_percent(shire_span text, int least, int most, int *percent_out) {
    int number = 0;
    bool is_negative = text.length > 0 && text.bytes[0] == '-';
    size_t first = is_negative || (text.length > 0 && text.bytes[0] == '+') ? 1 : 0;
    if (text.length == first || text.length > first + 3) {
        return false;
    }
    for (size_t i = first; i < text.length; i++) {
        if (text.bytes[i] < '0' || text.bytes[i] > '9') {
            return false;
        }
        number = number * 10 + (text.bytes[i] - '0');
    }
    *percent_out = is_negative ? -number : number;
    return *percent_out >= least && *percent_out <= most;
}

static const char *field_of(const whatif_page *state, const char *code) {
    return shire_arena_format(state->call->request->arena, "spend_%s", code);
}

static void read_levers(whatif_page *state) {
    shire_arena *arena = state->call->request->arena;
    const shire_record_book *book = shire_record_get_book(state->call->world->record);
    for (size_t i = 0; i < book->organisation_count; i++) {
        shire_span code = shire_record_book_text(book, book->organisations[i].code);
        const char *name = shire_arena_format(arena, "spend_%.*s", (int)code.length, code.bytes);
        shire_span given =
            name == NULL ? (shire_span){0} : shire_span_trim(shire_call_query(state->call, name));
        int percent = 0;
        if (given.length > 0 && !read_percent(given, -PERCENT_MAX, PERCENT_MAX, &percent)) {
            state->mistake = "Enter a whole number from -50 to 50";
            state->field = name;
        } else if (percent != 0) {
            add_change(state,
                       shire_arena_format(arena, "ledger.amount[organisation=%.*s] *= %d.%02d",
                                          (int)code.length, code.bytes, (100 + percent) / 100,
                                          (100 + percent) % 100));
        }
    }
    shire_span given = shire_span_trim(shire_call_query(state->call, "delay"));
    int percent = 100;
    if (given.length > 0 && !read_percent(given, 0, 100, &percent)) {
        state->mistake = "Enter a whole number from 0 to 100";
        state->field = "delay";
    } else if (percent != 100) {
        add_change(state, shire_arena_format(arena, "activity.discharge_delay *= %d.%02d",
                                             percent / 100, percent % 100));
    }
}

/* The lines of a text, each a change; blank ones are none. */
static void read_lines(whatif_page *state, shire_span text) {
    while (text.length > 0) {
        const char *end = memchr(text.bytes, '\n', text.length);
        size_t length = end == NULL ? text.length : (size_t)(end - text.bytes);
        shire_span line = shire_span_trim((shire_span){text.bytes, length});
        text.bytes += length + (end != NULL);
        text.length -= length + (end != NULL);
        if (line.length > 0 && line.length <= CHANGE_BYTES_MAX) {
            shire_error inner = {0};
            const char *change =
                shire_arena_copy_text(state->call->request->arena, line.bytes, line.length);
            add_change(state, change);
            if (change != NULL && shire_whatif_check_impersonal(change, &inner) != SHIRE_OK) {
                state->mistake = shire_arena_copy_text(state->call->request->arena, inner.message,
                                                       strlen(inner.message));
                state->field = "more";
            }
        }
    }
}

/* ---- results ---- */

static shire_status new_table(const whatif_page *state, const char *name, const char *caption,
                              const char *first, size_t row_count,
                              const shire_whatif_scenario *scenarios, size_t count,
                              shire_report_table **table_out, shire_error *error) {
    shire_arena *arena = state->call->request->arena;
    shire_report_column *columns = shire_arena_alloc_array(arena, count + 3, sizeof *columns);
    if (columns == NULL) {
        return no_memory(error);
    }
    columns[0] = (shire_report_column){first, SHIRE_REPORT_TEXT};
    columns[1] = (shire_report_column){"As it was", SHIRE_REPORT_POUNDS};
    columns[2] = (shire_report_column){scenarios[0].name, SHIRE_REPORT_POUNDS};
    columns[3] = (shire_report_column){"Change", SHIRE_REPORT_POUNDS};
    for (size_t i = 1; i < count; i++) {
        columns[i + 3] = (shire_report_column){scenarios[i].name, SHIRE_REPORT_POUNDS};
    }
    const shire_report_table shape = {.name = name,
                                      .sheet = name,
                                      .caption = caption,
                                      .columns = columns,
                                      .column_count = count + 3,
                                      .heading_count = 1};
    return shire_report_table_new(&shape, row_count + 1, arena, table_out, error);
}

/* One row: an amount as it was, with the page's changes, by how much that is more, and in each
 * saved scenario. */
static void add_row(shire_report_table *table, const char *name,
                    const shire_whatif_amounts *const *amounts, size_t count) {
    shire_report_cell *cells = shire_report_table_add_row(table);
    cells[0] = shire_report_text(name);
    if (amounts[0] != NULL) {
        cells[1] = shire_report_pounds(amounts[0]->before, false);
        cells[3] = shire_report_pounds(amounts[0]->after - amounts[0]->before, false);
    }
    for (size_t i = 0; i < count && amounts[i] != NULL; i++) {
        cells[i == 0 ? 2 : i + 3] = shire_report_pounds(amounts[i]->after, false);
    }
}

static const char *kept(const whatif_page *state, const char *text) {
    const char *copy = shire_arena_copy_text(state->call->request->arena, text, strlen(text));
    return copy == NULL ? "" : copy;
}

/* The ledgers, then all of them together. */
static void fill_bodies(whatif_page *state, const shire_whatif_result *results, size_t count) {
    shire_whatif_amounts totals[SCENARIOS_MAX + 1] = {{0}};
    const shire_whatif_amounts *amounts[SCENARIOS_MAX + 1];
    for (size_t row = 0; row < results[0].organisation_count; row++) {
        bool has_any = false;
        for (size_t i = 0; i < count; i++) {
            amounts[i] = &results[i].organisations[row].ledger;
            totals[i].before += amounts[i]->before;
            totals[i].after += amounts[i]->after;
            has_any |= amounts[i]->before != 0 || amounts[i]->after != 0;
        }
        if (has_any) {
            add_row(state->bodies, kept(state, results[0].organisations[row].name), amounts, count);
        }
    }
    for (size_t i = 0; i < count; i++) {
        amounts[i] = &totals[i];
    }
    add_row(state->bodies, "All bodies", amounts, count);
    state->bodies->has_total_row = true;
}

/* Kinds of care and delays may differ from scenario to scenario: found by name. */
static void fill_kinds(whatif_page *state, const shire_whatif_result *results, size_t count) {
    const shire_whatif_amounts *amounts[SCENARIOS_MAX + 1];
    for (size_t row = 0; row < results[0].kind_count; row++) {
        const char *name = results[0].kinds[row].name;
        for (size_t i = 0; i < count; i++) {
            amounts[i] = row < results[i].kind_count ? &results[i].kinds[row].cost : NULL;
        }
        add_row(state->kinds,
                shire_figures_words(state->call, shire_span_of(name == NULL ? "not stated" : name)),
                amounts, count);
    }
}

static void fill_delays(whatif_page *state, const shire_whatif_result *results, size_t count) {
    const shire_whatif_amounts *amounts[SCENARIOS_MAX + 1];
    for (size_t row = 0; row < results[0].delay_count; row++) {
        const shire_whatif_delay *delay = &results[0].delays[row];
        for (size_t i = 0; i < count; i++) {
            amounts[i] = row < results[i].delay_count ? &results[i].delays[row].cost : NULL;
        }
        add_row(state->delays, kept(state, delay->name == NULL ? delay->partner : delay->name),
                amounts, count);
    }
}

static shire_status make_tables(whatif_page *state, const shire_whatif_scenario *scenarios,
                                const shire_whatif_result *results, size_t count,
                                shire_error *error) {
    shire_status status =
        new_table(state, "ledgers", "What each body spends", "Body", results[0].organisation_count,
                  scenarios, count, &state->bodies, error);
    if (status == SHIRE_OK) {
        status = new_table(state, "kinds", "What care costs", "Kind of care", results[0].kind_count,
                           scenarios, count, &state->kinds, error);
    }
    if (status == SHIRE_OK) {
        status = new_table(state, "delays", "What waiting to leave hospital costs", "Because of",
                           results[0].delay_count, scenarios, count, &state->delays, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    fill_bodies(state, results, count);
    state->sees_care = shire_web_whatif_sees_care(state->call, &results[0]);
    fill_kinds(state, results, count);
    fill_delays(state, results, count);
    for (size_t i = 0; i < results[0].change_count; i++) {
        const shire_whatif_change *change = &results[0].changes[i];
        (void)json_array_append_new(state->notes,
                                    json_pack("{s:s, s:o, s:b}", "change", change->text, "rows",
                                              shire_words_count(change->row_count), "is_nothing",
                                              change->row_count == 0));
    }
    return SHIRE_OK;
}

static shire_status run_scenarios(whatif_page *state, shire_arena *arena, shire_whatif *whatif,
                                  shire_error *error) {
    shire_whatif_scenario scenarios[SCENARIOS_MAX + 1] = {
        {.name = OWN_NAME, .changes = state->changes, .change_count = state->change_count}};
    shire_whatif_result results[SCENARIOS_MAX + 1];
    size_t count = state->saved_count + 1;
    shire_status status =
        shire_web_whatif_run(state->call, whatif, &scenarios[0], &results[0], error);
    for (size_t i = 1; i < count && status == SHIRE_OK; i++) {
        scenarios[i].name = state->saved[i - 1];
        status = shire_scenario_load(state->call->web->partnership.dir, scenarios[i].name, arena,
                                     &scenarios[i].changes, &scenarios[i].change_count, error);
        if (status == SHIRE_OK) {
            status = shire_web_whatif_run(state->call, whatif, &scenarios[i], &results[i], error);
        }
    }
    return status == SHIRE_OK ? make_tables(state, scenarios, results, count, error) : status;
}

static void forget_changes(whatif_page *state) {
    state->change_count = 0;
    state->saved_count = 0;
}

/* A mistake of the changes is told on the page. */
static shire_status work_out(void *context, shire_error *error) {
    whatif_page *state = context;
    shire_arena *arena = NULL;
    shire_whatif *whatif = NULL;
    shire_error inner = {0};
    /* A mistake leaves the form with its levers, which are those of the ledgers as they are. */
    if (state->mistake != NULL) {
        forget_changes(state);
    }
    shire_status status = shire_arena_new("what if", 0, &arena, error);
    if (status == SHIRE_OK) {
        status = shire_whatif_open(&state->call->web->partnership, 1, arena, &whatif, error);
    }
    if (status == SHIRE_OK) {
        status = run_scenarios(state, arena, whatif, &inner);
        if (status == SHIRE_INVALID || status == SHIRE_NOT_FOUND) {
            state->mistake = kept(state, inner.message);
            state->field = "more";
            forget_changes(state);
            status = run_scenarios(state, arena, whatif, error);
        } else if (status != SHIRE_OK && error != NULL) {
            *error = inner;
        }
    }
    shire_whatif_close(whatif);
    shire_arena_free(arena);
    return status;
}

/* ---- the page ---- */

static json_t *levers_json(const whatif_page *state) {
    json_t *levers = json_array();
    const shire_record_book *book = shire_record_get_book(state->call->world->record);
    for (size_t i = 0; i < book->organisation_count; i++) {
        shire_span code = shire_record_book_text(book, book->organisations[i].code);
        shire_span name = shire_record_book_text(book, book->organisations[i].name);
        const char *label =
            shire_arena_copy_text(state->call->request->arena, name.bytes, name.length);
        const char *kept_code =
            shire_arena_copy_text(state->call->request->arena, code.bytes, code.length);
        const char *field = kept_code == NULL ? NULL : field_of(state, kept_code);
        bool has_ledger = false;
        for (size_t row = 0; label != NULL && row < state->bodies->row_count; row++) {
            has_ledger |=
                strcmp(state->bodies->cells[row * state->bodies->column_count].text, label) == 0;
        }
        shire_span value = field == NULL ? (shire_span){0} : shire_call_query(state->call, field);
        bool is_wrong = state->field != NULL && field != NULL && strcmp(state->field, field) == 0;
        if (has_ledger) {
            (void)json_array_append_new(
                levers, json_pack("{s:s, s:s, s:s%, s:s?}", "field", field, "label", label, "value",
                                  value.length == 0 ? "0" : value.bytes,
                                  value.length == 0 ? (size_t)1 : value.length, "mistake",
                                  is_wrong ? state->mistake : NULL));
        }
    }
    return levers;
}

static json_t *saved_json(const whatif_page *state, shire_error *error) {
    const char *const *names = NULL;
    size_t count = 0;
    json_t *list = json_array();
    if (shire_scenario_list(state->call->web->partnership.dir, state->call->request->arena, &names,
                            &count, error) != SHIRE_OK) {
        return list;
    }
    for (size_t i = 0; i < count; i++) {
        bool is_chosen = false;
        for (size_t k = 0; k < state->saved_count; k++) {
            is_chosen |= strcmp(state->saved[k], names[i]) == 0;
        }
        (void)json_array_append_new(list,
                                    json_pack("{s:s, s:b}", "name", names[i], "chosen", is_chosen));
    }
    return list;
}

static json_t *table_json(const whatif_page *state, shire_report_table *table) {
    return state->mistake != NULL || table == NULL || table->row_count == 0
               ? json_null()
               : shire_figures_json(&(shire_figures){.table = table});
}

static const char *joined_changes(const whatif_page *state) {
    shire_builder text = {0};
    for (size_t i = 0; i < state->change_count; i++) {
        shire_builder_append_text(&text, state->changes[i]);
        shire_builder_append_text(&text, "\n");
    }
    const char *copy = text.failed || text.length == 0 ? "" : kept(state, text.bytes);
    shire_builder_free(&text);
    return copy;
}

static shire_status show_page(shire_call *call, void *context, shire_error *error) {
    whatif_page *state = context;
    const char *changes = joined_changes(state);
    /* Who gave a name that cannot be keeps their changes, as lines. */
    shire_span more = state->name == NULL ? shire_call_query(call, "more") : shire_span_of(changes);
    shire_span delay = shire_call_query(call, "delay");
    json_t *saved = saved_json(state, error);
    json_t *values = json_pack(
        "{s:o, s:b, s:o, s:b, s:{s:s%, s:s%, s:s}, s:s, s:b, s:o, s:o, s:o, s:o, s:{s:s, s:s}}",
        "levers", levers_json(state), "sees_care", state->sees_care, "saved", saved, "has_saved",
        json_array_size(saved) > 0, "form", "more", more.bytes == NULL ? "" : more.bytes,
        more.length, "delay", delay.length == 0 ? "100" : delay.bytes,
        delay.length == 0 ? (size_t)3 : delay.length, "name",
        state->name == NULL ? "" : state->name, "changes", changes, "has_changes",
        state->change_count > 0 && state->mistake == NULL, "notes", state->notes, "bodies",
        table_json(state, state->bodies), "kinds", table_json(state, state->kinds), "delays",
        table_json(state, state->delays), "back", "text", "Money", "href", "/costs");
    state->notes = NULL;
    if (values != NULL && (state->mistake != NULL || state->name_mistake != NULL)) {
        bool is_name = state->mistake == NULL;
        shire_call_add_error(values, is_name ? "name" : state->field,
                             is_name ? state->name_mistake : state->mistake);
        call->response->status = 422;
    }
    shire_status status = shire_call_page(call, "what-if", "What if", values, error);
    if (status == SHIRE_OK) {
        shire_call_log(call,
                       &(shire_audit_entry){.kind = "read",
                                            .actor = call->user->account,
                                            .organisation = call->user->organisation,
                                            .purpose = shire_gate_name(SHIRE_GATE_PURPOSES,
                                                                       call->user->viewer.purpose),
                                            .subject = "",
                                            .detail = "what if"});
    }
    return status;
}

static whatif_page *new_page(shire_call *call) {
    whatif_page *state = shire_arena_alloc(call->request->arena, sizeof *state);
    if (state == NULL) {
        call->response->failed = true;
        return NULL;
    }
    *state = (whatif_page){.call = call,
                           .sees_care = call->user->viewer.purpose == SHIRE_GATE_FINANCE,
                           .notes = json_array()};
    return state;
}

/* The saved scenarios that were ticked. */
static shire_status read_saved(whatif_page *state, shire_error *error) {
    const char *const *names = NULL;
    size_t count = 0;
    shire_status status = shire_scenario_list(state->call->web->partnership.dir,
                                              state->call->request->arena, &names, &count, error);
    for (size_t i = 0; status == SHIRE_OK && i < count; i++) {
        const char *field = shire_arena_format(state->call->request->arena, "with_%s", names[i]);
        if (field != NULL && shire_call_query(state->call, field).length > 0 &&
            state->saved_count < SCENARIOS_MAX) {
            state->saved[state->saved_count++] = names[i];
        }
    }
    return status;
}

static shire_status show_whatif(shire_call *call, shire_error *error) {
    shire_record *record = NULL;
    shire_status status = shire_call_need_run(call, &record, error);
    whatif_page *state = status == SHIRE_OK && record != NULL ? new_page(call) : NULL;
    if (state == NULL) {
        return status;
    }
    status = read_saved(state, error);
    if (status == SHIRE_OK) {
        read_levers(state);
        read_lines(state, shire_call_query(call, "more"));
        shire_call_work(call, work_out, show_page, state);
    }
    return status;
}

/* ---- saving ---- */

static shire_status save(void *context, shire_error *error) {
    const whatif_page *state = context;
    return shire_scenario_save(state->call->web->partnership.dir, state->name, state->changes,
                               state->change_count, state->call->request->arena, error);
}

static shire_status saved(shire_call *call, void *context, shire_error *error) {
    (void)error;
    whatif_page *state = context;
    const char *path =
        shire_arena_format(call->request->arena, "/costs/what-if?with_%s=yes", state->name);
    const char *detail = shire_arena_format(call->request->arena, "scenario %s saved", state->name);
    if (path == NULL || detail == NULL) {
        call->response->failed = true;
        return SHIRE_OK;
    }
    shire_http_redirect(call->response, path);
    shire_call_log(call, &(shire_audit_entry){.kind = "configuration",
                                              .actor = call->user->account,
                                              .organisation = call->user->organisation,
                                              .purpose = shire_gate_name(
                                                  SHIRE_GATE_PURPOSES, call->user->viewer.purpose),
                                              .subject = "",
                                              .detail = detail});
    return SHIRE_OK;
}

static shire_status take_scenario(shire_call *call, shire_error *error) {
    shire_record *record = NULL;
    shire_status status = shire_call_need_run(call, &record, error);
    whatif_page *state = status == SHIRE_OK && record != NULL ? new_page(call) : NULL;
    if (state == NULL) {
        return status;
    }
    shire_span name = shire_span_trim(shire_call_form(call, "name"));
    state->name = name.length == 0
                      ? ""
                      : shire_arena_copy_text(call->request->arena, name.bytes, name.length);
    read_lines(state, shire_call_form(call, "changes"));
    if (state->name == NULL) {
        json_decref(state->notes);
        return no_memory(error);
    }
    if (!shire_scenario_name_is_good(state->name)) {
        state->name_mistake = "Enter a name of letters, digits, - _ and . only, at most 64";
    } else if (state->change_count == 0) {
        state->mistake = "Change something first; there is nothing to save yet";
        state->field = "more";
    }
    if (state->mistake != NULL || state->name_mistake != NULL) {
        shire_call_work(call, work_out, show_page, state);
        return SHIRE_OK;
    }
    json_decref(state->notes);
    state->notes = NULL;
    shire_call_work(call, save, saved, state);
    return SHIRE_OK;
}

const shire_route shire_page_whatif_routes[] = {
    {.pattern = "/costs/what-if", .handle = show_whatif, .abilities = SHIRE_GATE_SEE_COSTS},
    {.method = SHIRE_HTTP_POST,
     .pattern = "/costs/what-if",
     .handle = take_scenario,
     .abilities = SHIRE_GATE_SEE_COSTS},
    {.pattern = NULL},
};
