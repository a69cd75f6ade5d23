/* Clerical review by /api/v1: the queue of doubtful pairs, deciding, and taking a decision back. A
 * pair that the viewer may not see has its number alone, so that the queue's count is true. */
#include "web/api_call.h"
#include "web/page_person.h"
#include "web/web_internal.h"
#include "web/web_review.h"
#include "web/web_routes.h"
#include "web/web_user.h"
#include "web/web_world.h"

#include <string.h>

static json_t *record_json(const shire_link_doubt *doubt, const shire_link_review_pair *pair,
                           int side) {
    json_t *values = json_object();
    for (size_t i = 0; i < SHIRE_LINK_REVIEW_FIELDS; i++) {
        const char *value = pair->values[side][i];
        (void)json_object_set_new(values, shire_link_review_fields[i],
                                  json_string(value == NULL ? "" : value));
    }
    return json_pack("{s:s, s:s, s:o}", "record", side == 0 ? doubt->a : doubt->b, "person_id",
                     side == 0 ? doubt->person_a : doubt->person_b, "values", values);
}

static json_t *pair_json(const shire_link_doubt *doubt, const shire_link_review_pair *pair) {
    return json_pack("{s:I, s:b, s:s, s:f, s:f, s:s, s:o, s:o}", "number",
                     (json_int_t)doubt->review_no, "may_see", 1, "kind",
                     doubt->is_join ? "join" : "part", "probability", doubt->probability, "weight",
                     doubt->weight, "evidence", doubt->evidence, "a", record_json(doubt, pair, 0),
                     "b", record_json(doubt, pair, 1));
}

static shire_status show_pairs(shire_call *call, void *context, shire_error *error) {
    const shire_review *review = context;
    shire_audit_entry entries[2 * SHIRE_REVIEW_PAIRS_MAX];
    size_t entry_count = 0;
    json_t *pairs = json_array();
    for (size_t i = 0; i < review->pair_count; i++) {
        const shire_link_doubt *doubt = &review->doubts[i];
        if (shire_review_may_see_pair(call, doubt)) {
            (void)json_array_append_new(pairs, pair_json(doubt, &review->pairs[i]));
            shire_review_entries(call, doubt, entries + entry_count);
            entry_count += 2;
        } else {
            (void)json_array_append_new(
                pairs,
                json_pack("{s:I, s:b}", "number", (json_int_t)doubt->review_no, "may_see", 0));
        }
    }
    json_t *answer = json_pack("{s:s, s:o, s:I}", "run", call->world->run, "pairs", pairs, "left",
                               (json_int_t)review->left);
    shire_status status = api_answer(call, answer, 0, error);
    if (status == SHIRE_OK) {
        api_log(call, entries, entry_count);
    }
    return status;
}

static shire_status list_pairs(shire_call *call, shire_error *error) {
    static const char *const parameters[] = {"after", "limit", NULL};
    shire_span limit = shire_call_query(call, "limit");
    shire_span after = shire_call_query(call, "after");
    shire_record *record = NULL;
    int64_t wanted = 10;
    shire_status status = shire_call_need_run(call, &record, error);
    if (status != SHIRE_OK || record == NULL || !api_takes(call, parameters, &status, error)) {
        return status;
    }
    shire_review *review = shire_review_new(call);
    if (review == NULL) {
        return SHIRE_OK;
    }
    if ((limit.bytes != NULL &&
         (!api_number(limit, &wanted) || wanted < 1 || wanted > SHIRE_REVIEW_PAIRS_MAX)) ||
        (after.bytes != NULL && !api_number(after, &review->after))) {
        return shire_call_refuse(
            call, 400, "limit is a number from 1 to 50, after the number of a pair.", error);
    }
    review->wanted = (size_t)wanted;
    shire_call_work(call, shire_review_find, show_pairs, review);
    return SHIRE_OK;
}

/* ---- deciding ---- */

static shire_status decided(shire_call *call, void *context, shire_error *error) {
    const shire_review *review = context;
    call->response->status = 201;
    return api_answer(call,
                      json_pack("{s:I, s:s?}", "decision", (json_int_t)review->decision_no,
                                "forbidden_by", review->forbidden),
                      0, error);
}

static shire_status take_decision(shire_call *call, shire_error *error) {
    static const api_member members[] = {
        {"a", JSON_STRING, true, 0},
        {"b", JSON_STRING, true, 0},
        {"verdict", JSON_STRING, true, 0},
        {"why", JSON_STRING, false, SHIRE_REVIEW_REASON_BYTES_MAX}};
    json_t *body = NULL;
    shire_review *review = shire_review_new(call);
    shire_record *record = NULL;
    shire_status status = shire_call_need_run(call, &record, error);
    if (status == SHIRE_OK && record != NULL && review != NULL) {
        status = api_read_body(call, members, sizeof members / sizeof members[0], &body, error);
    }
    if (body == NULL) {
        return status;
    }
    const char *why = api_text(call, body, "why");
    review->ruling =
        (shire_link_ruling){.a = api_text(call, body, "a"),
                            .b = api_text(call, body, "b"),
                            .verdict = api_text(call, body, "verdict"),
                            .who = call->user->account,
                            .why = why == NULL || why[0] == '\0' ? "clerical review" : why};
    json_decref(body);
    if (review->ruling.a == NULL || review->ruling.b == NULL || review->ruling.verdict == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a decision");
    }
    if (!shire_review_may_see(call, review->ruling.a, "") ||
        !shire_review_may_see(call, review->ruling.b, "")) {
        return shire_call_hide(call, error);
    }
    shire_review_decide(review, decided);
    return SHIRE_OK;
}

static shire_status take_undo(shire_call *call, shire_error *error) {
    static const api_member members[] = {{"why", JSON_STRING, true, SHIRE_REVIEW_REASON_BYTES_MAX}};
    json_t *body = NULL;
    shire_review *review = shire_review_new(call);
    if (review == NULL || !api_number(call->ids[0], &review->undone_no) || review->undone_no == 0) {
        return shire_call_hide(call, error);
    }
    shire_status status = api_read_body(call, members, 1, &body, error);
    if (body == NULL) {
        return status;
    }
    review->ruling =
        (shire_link_ruling){.who = call->user->account, .why = api_text(call, body, "why")};
    json_decref(body);
    if (review->ruling.why == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a decision");
    }
    shire_review_decide(review, decided);
    return SHIRE_OK;
}

/* ---- what was decided ---- */

static const char *name_text(const shire_call *call, const shire_link_name *name) {
    return name->organisation.length == 0 ? "" : shire_link_name_format(name, call->request->arena);
}

static bool may_see_decision(const shire_call *call, const shire_link_decision *decision) {
    return decision->change_no != 0 ||
           (shire_review_may_see(call, name_text(call, &decision->a), "") &&
            shire_review_may_see(call, name_text(call, &decision->b), ""));
}

/* The latest first. */
static shire_status list_decisions(shire_call *call, shire_error *error) {
    static const char *const parameters[] = {"limit", "cursor", NULL};
    api_page page;
    shire_store *store = NULL;
    shire_link_decisions decisions = {0};
    shire_status status = SHIRE_OK;
    if (!api_takes(call, parameters, &status, error) ||
        !api_read_page(call, &page, &status, error)) {
        return status;
    }
    status = shire_web_store_borrow(call->web, &store, error);
    if (status == SHIRE_OK) {
        status = shire_link_decisions_read(store, call->request->arena, &decisions, error);
        shire_web_store_return(call->web, store);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    json_t *list = json_array();
    size_t seen = 0;
    for (size_t i = decisions.count; i-- > 0;) {
        const shire_link_decision *one = &decisions.items[i];
        if (!may_see_decision(call, one) || seen++ < page.first || seen > page.first + page.count) {
            continue;
        }
        const char *a = name_text(call, &one->a);
        const char *b = name_text(call, &one->b);
        (void)json_array_append_new(
            list, json_pack("{s:I, s:s, s:s, s:s, s:I, s:s, s:s, s:s, s:b}", "decision",
                            (json_int_t)one->decision_no, "verdict",
                            shire_link_verdict_names[one->verdict], "a", a == NULL ? "" : a, "b",
                            b == NULL ? "" : b, "change", (json_int_t)one->change_no, "made",
                            one->made, "who", one->who, "why", one->why, "holds", one->holds));
    }
    status = api_answer(call,
                        json_pack("{s:o, s:o?}", "decisions", list, "next",
                                  api_next(call, &page, "", seen > page.first + page.count)),
                        0, error);
    if (status == SHIRE_OK) {
        api_log_read(call, "decisions of clerical review");
    }
    return status;
}

#define REVIEW .form = SHIRE_ROUTE_API, .abilities = SHIRE_GATE_REVIEW_JOINS

const shire_route shire_api_review_routes[] = {
    {.pattern = "/api/v1/review/pairs", .handle = list_pairs, REVIEW},
    {.pattern = "/api/v1/review/decisions", .handle = list_decisions, REVIEW},
    {.method = SHIRE_HTTP_POST,
     .pattern = "/api/v1/review/decisions",
     .handle = take_decision,
     REVIEW},
    {.method = SHIRE_HTTP_POST,
     .pattern = "/api/v1/review/decisions/{number}/undo",
     .handle = take_undo,
     REVIEW},
    {.pattern = NULL},
};
