/*
 * Clerical review: one doubtful pair of records at a time, side by side, the most valuable first
 * (web_review.h).
 */
#include "record/record_view.h"
#include "web/page_form.h"
#include "web/page_person.h"
#include "web/page_words.h"
#include "web/web_internal.h"
#include "web/web_review.h"
#include "web/web_routes.h"
#include "web/web_user.h"
#include "web/web_world.h"

#include <stdio.h>
#include <string.h>

/* ---- the page ---- */

/* Fields that neither record holds are left out. */
static json_t *fields_json(const shire_link_review_pair *pair) {
    json_t *fields = json_array();
    for (size_t i = 0; i < SHIRE_LINK_REVIEW_FIELDS; i++) {
        const char *name = shire_link_review_fields[i];
        const char *a = pair->values[0][i] == NULL ? "" : pair->values[0][i];
        const char *b = pair->values[1][i] == NULL ? "" : pair->values[1][i];
        if (a[0] == '\0' && b[0] == '\0') {
            continue;
        }
        bool differs = a[0] != '\0' && b[0] != '\0' && strcasecmp(a, b) != 0;
        (void)json_array_append_new(
            fields, json_pack("{s:s, s:o, s:o, s:b}", "label", shire_record_field_label(name), "a",
                              shire_record_words_json(name, shire_span_of(a)), "b",
                              shire_record_words_json(name, shire_span_of(b)), "differs", differs));
    }
    return fields;
}

/* "Wye and Lugg Housing Association, housing 21663385" of "WLHA/housing/21663385". */
static json_t *name_json(const shire_call *call, const char *record) {
    shire_link_name parts;
    char code[64];
    if (!shire_link_name_parse(shire_span_of(record), &parts) ||
        parts.organisation.length >= sizeof code) {
        return json_string(record);
    }
    snprintf(code, sizeof code, "%.*s", (int)parts.organisation.length, parts.organisation.bytes);
    json_t *body = shire_words_body(call, code);
    json_t *name =
        json_sprintf("%s, %.*s %.*s", json_string_value(body), (int)parts.source.length,
                     parts.source.bytes, (int)parts.local_id.length, parts.local_id.bytes);
    json_decref(body);
    return name;
}

/* "given equal, dob one digit" as a list of {label, level}: what the model compared, in words. */
static json_t *evidence_json(const char *evidence) {
    static const char *const labels[][2] = {{"given", "Given name"},
                                            {"middle", "Middle names"},
                                            {"family", "Family name"},
                                            {"dob", "Date of birth"},
                                            {"uprn", "Property number (UPRN)"}};
    json_t *list = json_array();
    for (const char *at = evidence; *at != '\0';) {
        size_t length = strcspn(at, ",");
        size_t word = strcspn(at, " ,");
        const char *level = at + word + (word < length);
        shire_span role = {at, word};
        json_t *label = NULL;
        for (size_t i = 0; i < sizeof labels / sizeof labels[0] && label == NULL; i++) {
            label = shire_span_equal(role, shire_span_of(labels[i][0])) ? json_string(labels[i][1])
                                                                        : NULL;
        }
        if (label == NULL) {
            char name[32];
            snprintf(name, sizeof name, "%.*s", (int)word, at);
            label = shire_words_of(name);
        }
        (void)json_array_append_new(list, json_pack("{s:o, s:s%}", "label", label, "level", level,
                                                    (size_t)(at + length - level)));
        at += length;
        at += strspn(at, ", ");
    }
    return list;
}

static shire_status log_entries(shire_store *store, void *context, shire_error *error) {
    const shire_audit_entry *entries = context;
    shire_status status = shire_audit_append(store, &entries[0], error);
    return status == SHIRE_OK ? shire_audit_append(store, &entries[1], error) : status;
}

static void log_pair(shire_call *call, const shire_link_doubt *doubt) {
    shire_audit_entry *entries = shire_arena_alloc_array(call->request->arena, 2, sizeof *entries);
    if (entries == NULL) {
        call->response->failed = true;
        return;
    }
    shire_review_entries(call, doubt, entries);
    shire_call_write(call, log_entries, NULL, entries);
}

static shire_status show_pair(shire_call *call, void *context, shire_error *error) {
    const shire_review *state = context;
    const shire_link_doubt *doubt = state->pair_count == 0 ? NULL : &state->doubts[0];
    json_t *values = json_pack("{s:b, s:I, s:o}", "has_pair", doubt != NULL, "left",
                               (json_int_t)state->left, "last",
                               shire_http_field_find(&call->request->query, "decided").length == 0
                                   ? json_null()
                                   : json_stringn(shire_call_query(call, "decided").bytes,
                                                  shire_call_query(call, "decided").length));
    if (doubt == NULL) {
        return shire_call_page(call, "review", "Review joins", values, error);
    }
    bool may_see = shire_review_may_see_pair(call, doubt);
    (void)json_object_set_new(values, "number", json_integer(doubt->review_no));
    (void)json_object_set_new(values, "may_see", json_boolean(may_see));
    if (!may_see) {
        return shire_call_page(call, "review", "Review joins", values, error);
    }
    (void)json_object_set_new(values, "a", json_string(doubt->a));
    (void)json_object_set_new(values, "b", json_string(doubt->b));
    (void)json_object_set_new(values, "is_join", json_boolean(doubt->is_join));
    (void)json_object_set_new(values, "name_a", name_json(call, doubt->a));
    (void)json_object_set_new(values, "name_b", name_json(call, doubt->b));
    (void)json_object_set_new(values, "evidence", evidence_json(doubt->evidence));
    (void)json_object_set_new(values, "percent",
                              json_integer((json_int_t)(doubt->probability * 100 + 0.5)));
    (void)json_object_set_new(values, "fields", fields_json(&state->pairs[0]));
    shire_status status = shire_call_page(call, "review", "Review joins", values, error);
    if (status == SHIRE_OK) {
        log_pair(call, doubt);
    }
    return status;
}

static shire_status show_review(shire_call *call, shire_error *error) {
    shire_record *record = NULL;
    shire_status status = shire_call_need_run(call, &record, error);
    if (status != SHIRE_OK || record == NULL) {
        return status;
    }
    shire_review *state = shire_review_new(call);
    if (state != NULL) {
        state->after = shire_form_number(shire_call_query(call, "after"));
        shire_call_work(call, shire_review_find, show_pair, state);
    }
    return SHIRE_OK;
}

/* ---- deciding and taking back ---- */

static shire_status decided(shire_call *call, void *context, shire_error *error) {
    (void)error;
    const shire_review *state = context;
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

static shire_status take_decision(shire_call *call, shire_error *error) {
    shire_review *state = shire_review_new(call);
    if (state == NULL) {
        return SHIRE_OK;
    }
    const char *why = shire_form_text(call, "why");
    state->ruling =
        (shire_link_ruling){.a = shire_form_text(call, "a"),
                            .b = shire_form_text(call, "b"),
                            .verdict = shire_form_text(call, "verdict"),
                            .who = call->user->account,
                            .why = why != NULL && why[0] == '\0' ? "clerical review" : why};
    state->after = shire_form_number(shire_call_form(call, "after"));
    state->undone_no = shire_form_number(shire_call_form(call, "undo"));
    if (state->ruling.a == NULL || state->ruling.b == NULL || state->ruling.verdict == NULL ||
        why == NULL || strlen(state->ruling.why) > SHIRE_REVIEW_REASON_BYTES_MAX) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "the reason is too long; say it in fewer words");
    }
    bool is_closed = state->undone_no == 0 && (!shire_review_may_see(call, state->ruling.a, "") ||
                                               !shire_review_may_see(call, state->ruling.b, ""));
    if (is_closed) {
        return shire_call_hide(call, error);
    }
    shire_review_decide(state, decided);
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
