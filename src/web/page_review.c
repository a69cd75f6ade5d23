/*
 * Clerical review: one doubtful pair of records at a time, side by side, the most valuable first.
 * The warehouse is opened by a worker, because that takes longer than a page may hold up others.
 * The gate decides about each of the two records by the body that holds it: a pair of which one is
 * closed to the viewer shows nothing of either.
 */
#include "link/link_review.h"
#include "web/page_person.h"
#include "web/web_internal.h"
#include "web/web_routes.h"
#include "web/web_user.h"
#include "web/web_world.h"

#include <stdio.h>
#include <string.h>

#define PAIRS_LOOKED_AT 500
#define WAREHOUSE_MEMORY_MB 1024
#define REASON_BYTES_MAX 500

typedef struct review {
    shire_call *call;
    int64_t after; /* pairs up to this number were skipped */
    shire_link_queue queue;
    const shire_link_doubt *doubt; /* NULL: none is left */
    shire_link_review_pair *pair;
    size_t left;
    shire_link_ruling ruling;
    int64_t undone_no; /* decision to take back */
    int64_t decision_no;
    shire_audit_entry entries[2];
} review;

static shire_status open_warehouse(const review *state, shire_table **warehouse_out,
                                   shire_error *error) {
    char *path = shire_partnership_state_path(&state->call->web->partnership,
                                              state->call->request->arena, "warehouse.duckdb");
    return path == NULL
               ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a page")
               : shire_table_open(&(shire_table_options){.path = path,
                                                         .read_only = true,
                                                         .thread_count = 1,
                                                         .memory_limit_mb = WAREHOUSE_MEMORY_MB},
                                  warehouse_out, error);
}

static shire_status read_pair(review *state, shire_table *warehouse, shire_store *store,
                              shire_error *error) {
    shire_arena *arena = state->call->request->arena;
    shire_status status =
        shire_link_review_list(warehouse, store, PAIRS_LOOKED_AT, arena, &state->queue, error);
    for (size_t i = 0; status == SHIRE_OK && i < state->queue.count; i++) {
        if (state->queue.doubts[i].review_no > state->after) {
            state->doubt = &state->queue.doubts[i];
            state->left = state->queue.count - i + state->queue.left;
            break;
        }
    }
    if (status != SHIRE_OK || state->doubt == NULL) {
        return status;
    }
    shire_link_doubt one = *state->doubt;
    shire_link_queue chosen = {.doubts = &one, .count = 1};
    return shire_link_review_values(warehouse, &chosen, arena, &state->pair, error);
}

static shire_status find_pair(void *context, shire_error *error) {
    review *state = context;
    shire_table *warehouse = NULL;
    shire_store *store = NULL;
    shire_status status = open_warehouse(state, &warehouse, error);
    if (status == SHIRE_OK) {
        status = shire_web_store_borrow(state->call->web, &store, error);
    }
    if (status == SHIRE_OK) {
        status = read_pair(state, warehouse, store, error);
    }
    shire_web_store_return(state->call->web, store);
    shire_table_close(warehouse);
    return status;
}

/* ---- the gate ---- */

static bool may_see_record(const shire_call *call, const char *name, const char *person_id) {
    shire_link_name parts;
    shire_gate_subject subject;
    if (!shire_link_name_parse(shire_span_of(name), &parts) ||
        shire_gate_policy_subject(call->policy, person_id, NULL, 0, call->request->arena, &subject,
                                  NULL) != SHIRE_OK) {
        return false;
    }
    shire_gate_opening opening = shire_gate_open(&call->user->viewer, &subject, SHIRE_GATE_READ);
    shire_gate_item item = {
        .owner = shire_gate_policy_find_organisation(call->policy, parts.organisation),
        .category = SHIRE_GATE_DEMOGRAPHICS};
    return shire_gate_is_allowed(shire_gate_judge(&opening, &item));
}

/* ---- the page ---- */

static json_t *fields_json(const shire_link_review_pair *pair) {
    json_t *fields = json_array();
    for (size_t i = 0; i < SHIRE_LINK_REVIEW_FIELDS; i++) {
        const char *a = pair->values[0][i] == NULL ? "" : pair->values[0][i];
        const char *b = pair->values[1][i] == NULL ? "" : pair->values[1][i];
        bool differs = a[0] != '\0' && b[0] != '\0' && strcasecmp(a, b) != 0;
        (void)json_array_append_new(fields, json_pack("{s:o, s:s, s:s, s:b}", "label",
                                                      shire_words_of(shire_link_review_fields[i]),
                                                      "a", a, "b", b, "differs", differs));
    }
    return fields;
}

static shire_status log_entries(shire_store *store, void *context, shire_error *error) {
    review *state = context;
    shire_status status = shire_audit_append(store, &state->entries[0], error);
    return status == SHIRE_OK ? shire_audit_append(store, &state->entries[1], error) : status;
}

static void log_pair(shire_call *call, review *state) {
    for (int i = 0; i < 2; i++) {
        state->entries[i] = (shire_audit_entry){
            .kind = "read",
            .actor = call->user->account,
            .organisation = call->user->organisation,
            .purpose = shire_gate_name(SHIRE_GATE_PURPOSES, call->user->viewer.purpose),
            .subject = i == 0 ? state->doubt->person_a : state->doubt->person_b,
            .detail = "clerical review"};
    }
    shire_call_write(call, log_entries, NULL, state);
}

static shire_status show_pair(shire_call *call, void *context, shire_error *error) {
    review *state = context;
    const shire_link_doubt *doubt = state->doubt;
    json_t *values = json_pack("{s:b, s:I, s:o}", "has_pair", doubt != NULL, "left",
                               (json_int_t)state->left, "last",
                               shire_http_field_find(&call->request->query, "decided").length == 0
                                   ? json_null()
                                   : json_stringn(shire_call_query(call, "decided").bytes,
                                                  shire_call_query(call, "decided").length));
    if (doubt == NULL) {
        return shire_call_page(call, "review", "Review joins", values, error);
    }
    bool may_see = may_see_record(call, doubt->a, doubt->person_a) &&
                   may_see_record(call, doubt->b, doubt->person_b);
    (void)json_object_set_new(values, "number", json_integer(doubt->review_no));
    (void)json_object_set_new(values, "may_see", json_boolean(may_see));
    if (!may_see) {
        return shire_call_page(call, "review", "Review joins", values, error);
    }
    (void)json_object_set_new(values, "a", json_string(doubt->a));
    (void)json_object_set_new(values, "b", json_string(doubt->b));
    (void)json_object_set_new(values, "is_join", json_boolean(doubt->is_join));
    (void)json_object_set_new(values, "evidence", json_string(doubt->evidence));
    (void)json_object_set_new(values, "percent",
                              json_integer((json_int_t)(doubt->probability * 100 + 0.5)));
    (void)json_object_set_new(values, "fields", fields_json(state->pair));
    shire_status status = shire_call_page(call, "review", "Review joins", values, error);
    if (status == SHIRE_OK) {
        log_pair(call, state);
    }
    return status;
}

static review *new_review(shire_call *call) {
    review *state = shire_arena_alloc(call->request->arena, sizeof *state);
    if (state == NULL) {
        call->response->failed = true;
    } else {
        state->call = call;
    }
    return state;
}

static int64_t number_of(shire_span text) {
    int64_t number = 0;
    for (size_t i = 0; i < text.length; i++) {
        if (text.bytes[i] < '0' || text.bytes[i] > '9' || i == 15) {
            return 0;
        }
        number = number * 10 + (text.bytes[i] - '0');
    }
    return number;
}

static shire_status show_review(shire_call *call, shire_error *error) {
    shire_record *record = NULL;
    shire_status status = shire_call_need_run(call, &record, error);
    if (status != SHIRE_OK || record == NULL) {
        return status;
    }
    review *state = new_review(call);
    if (state != NULL) {
        state->after = number_of(shire_call_query(call, "after"));
        shire_call_work(call, find_pair, show_pair, state);
    }
    return SHIRE_OK;
}

/* ---- deciding and taking back; each is a transaction of its own, with its entry ---- */

static shire_status decide(void *context, shire_error *error) {
    review *state = context;
    shire_table *warehouse = NULL;
    shire_store *store = NULL;
    shire_status status =
        shire_store_open(state->call->web->store_where, SHIRE_STORE_WRITE, &store, error);
    if (status == SHIRE_OK && state->undone_no != 0) {
        status =
            shire_link_review_undo(store, state->undone_no, state->ruling.who, state->ruling.why,
                                   state->call->request->arena, &state->decision_no, error);
    } else if (status == SHIRE_OK) {
        status = open_warehouse(state, &warehouse, error);
        if (status == SHIRE_OK) {
            status = shire_link_review_decide(warehouse, store, &state->ruling, 1,
                                              state->call->request->arena, &state->decision_no,
                                              NULL, NULL, error);
        }
    }
    shire_table_close(warehouse);
    shire_store_close(store);
    return status;
}

static shire_status decided(shire_call *call, void *context, shire_error *error) {
    (void)error;
    const review *state = context;
    char path[96];
    if (state->undone_no != 0) {
        snprintf(path, sizeof path, "/review");
    } else {
        snprintf(path, sizeof path, "/review?after=%lld&decided=%lld", (long long)state->after,
                 (long long)state->decision_no);
    }
    shire_http_redirect(call->response, path);
    return SHIRE_OK;
}

static const char *kept(shire_call *call, const char *name) {
    shire_span text = shire_span_trim(shire_call_form(call, name));
    return text.length == 0 ? ""
                            : shire_arena_copy_text(call->request->arena, text.bytes, text.length);
}

static shire_status take_decision(shire_call *call, shire_error *error) {
    review *state = new_review(call);
    if (state == NULL) {
        return SHIRE_OK;
    }
    const char *why = kept(call, "why");
    state->ruling =
        (shire_link_ruling){.a = kept(call, "a"),
                            .b = kept(call, "b"),
                            .verdict = kept(call, "verdict"),
                            .who = call->user->account,
                            .why = why != NULL && why[0] == '\0' ? "clerical review" : why};
    state->after = number_of(shire_call_form(call, "after"));
    state->undone_no = number_of(shire_call_form(call, "undo"));
    if (state->ruling.a == NULL || state->ruling.b == NULL || state->ruling.verdict == NULL ||
        why == NULL || strlen(state->ruling.why) > REASON_BYTES_MAX) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "the reason is too long; say it in fewer words");
    }
    bool is_closed = state->undone_no == 0 && (!may_see_record(call, state->ruling.a, "") ||
                                               !may_see_record(call, state->ruling.b, ""));
    if (is_closed) {
        return shire_call_hide(call, error);
    }
    shire_call_work(call, decide, decided, state);
    return SHIRE_OK;
}

const shire_route shire_page_review_routes[] = {
    {.pattern = "/review", .handle = show_review, .abilities = SHIRE_GATE_REVIEW_JOINS},
    {.method = SHIRE_HTTP_POST,
     .pattern = "/review",
     .handle = take_decision,
     .abilities = SHIRE_GATE_REVIEW_JOINS},
    {.pattern = NULL},
};
