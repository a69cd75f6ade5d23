/* Reading and deciding about doubtful pairs, for page_review.c and api_review.c. */
#include "web/web_review.h"

#include "web/web_internal.h"
#include "web/web_user.h"
#include "web/web_world.h"

#define PAIRS_LOOKED_AT 500

shire_review *shire_review_new(shire_call *call) {
    shire_review *review = shire_arena_alloc(call->request->arena, sizeof *review);
    if (review == NULL) {
        call->response->failed = true;
    } else {
        *review = (shire_review){.call = call, .wanted = 1};
    }
    return review;
}

static shire_status read_pairs(shire_review *review, shire_table *warehouse, shire_store *store,
                               shire_error *error) {
    shire_arena *arena = review->call->request->arena;
    shire_link_queue queue = {0};
    shire_status status =
        shire_link_review_list(warehouse, store, PAIRS_LOOKED_AT, arena, &queue, error);
    size_t first = 0;
    while (status == SHIRE_OK && first < queue.count &&
           queue.doubts[first].review_no <= review->after) {
        first++;
    }
    if (status != SHIRE_OK || first == queue.count) {
        return status;
    }
    size_t waiting = queue.count - first;
    review->left = waiting + queue.left;
    review->pair_count = waiting < review->wanted ? waiting : review->wanted;
    review->doubts = queue.doubts + first;
    shire_link_queue chosen = {.doubts = queue.doubts + first, .count = review->pair_count};
    return shire_link_review_values(warehouse, &chosen, arena, &review->pairs, error);
}

shire_status shire_review_find(void *context, shire_error *error) {
    shire_review *review = context;
    shire_table *warehouse = NULL;
    shire_store *store = NULL;
    shire_status status = shire_world_open_warehouse(review->call->world, &warehouse, error);
    if (status == SHIRE_OK) {
        status = shire_web_store_borrow(review->call->web, &store, error);
    }
    if (status == SHIRE_OK) {
        status = read_pairs(review, warehouse, store, error);
    }
    shire_web_store_return(review->call->web, store);
    shire_table_close(warehouse);
    return status;
}

/* What the last run says to the ruling. */
static shire_status check_ruling(void *context, shire_error *error) {
    shire_review *review = context;
    shire_table *warehouse = NULL;
    shire_status status = shire_world_open_warehouse(review->call->world, &warehouse, error);
    if (status == SHIRE_OK) {
        status =
            shire_link_review_check(warehouse, &review->ruling, 1, review->call->request->arena,
                                    &review->forbidden, NULL, error);
    }
    shire_table_close(warehouse);
    return status;
}

static shire_status write_decision(shire_store *store, void *context, shire_error *error) {
    shire_review *review = context;
    const shire_link_ruling *ruling = &review->ruling;
    shire_arena *arena = review->call->request->arena;
    return review->undone_no == 0
               ? shire_link_review_decide(store, ruling, 1, arena, &review->decision_no, NULL,
                                          error)
               : shire_link_review_undo(store, review->undone_no, ruling->who, ruling->why, arena,
                                        &review->decision_no, error);
}

static shire_status write_checked(shire_call *call, void *context, shire_error *error) {
    shire_review *review = context;
    (void)error;
    shire_call_change(call, write_decision, review->then, review);
    return SHIRE_OK;
}

void shire_review_decide(shire_review *review, shire_call_then then) {
    review->then = then;
    if (review->undone_no == 0) {
        shire_call_work(review->call, check_ruling, write_checked, review);
    } else {
        shire_call_change(review->call, write_decision, then, review);
    }
}

/* ---- the gate ---- */

bool shire_review_may_see(const shire_call *call, const char *record, const char *person_id) {
    shire_link_name parts;
    shire_gate_subject subject;
    if (!shire_link_name_parse(shire_span_of(record), &parts) ||
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

bool shire_review_may_see_pair(const shire_call *call, const shire_link_doubt *doubt) {
    return shire_review_may_see(call, doubt->a, doubt->person_a) &&
           shire_review_may_see(call, doubt->b, doubt->person_b);
}

void shire_review_entries(const shire_call *call, const shire_link_doubt *doubt,
                          shire_audit_entry entries_out[2]) {
    for (int i = 0; i < 2; i++) {
        entries_out[i] = (shire_audit_entry){
            .kind = "read",
            .actor = call->user->account,
            .organisation = call->user->organisation,
            .purpose = shire_gate_name(SHIRE_GATE_PURPOSES, call->user->viewer.purpose),
            .subject = i == 0 ? doubt->person_a : doubt->person_b,
            .detail = "clerical review"};
    }
}
