/*
 * The notices of broken glass, for those who keep watch over them. Notices carry a reference and no
 * identity; what one stands for is looked up one by one, and each look is an entry in the audit
 * log.
 */
#include "gate/gate_person.h"
#include "web/page_person.h"
#include "web/page_words.h"
#include "web/web_internal.h"
#include "web/web_routes.h"
#include "web/web_user.h"
#include "web/web_world.h"

#include <string.h>

typedef struct listing {
    const shire_call *call;
    json_t *notices;
    size_t waiting; /* notices that nobody has checked */
} listing;

static shire_status append(json_t *list, json_t *item, shire_error *error) {
    return json_array_append_new(list, item) == 0
               ? SHIRE_OK
               : SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a page");
}

static shire_status add_notice(const shire_gate_notice *notice, void *context, shire_error *error) {
    listing *lists = context;
    lists->waiting += notice->seen == 0;
    return append(lists->notices,
                  json_pack("{s:s, s:o, s:o, s:b}", "reference", notice->reference, "made",
                            shire_words_moment(notice->made), "seen",
                            shire_words_moment(notice->seen), "is_seen", notice->seen != 0),
                  error);
}

/* ---- notices ---- */

static json_t *glass_json(const shire_gate_glass *glass) {
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "reference", glass->reference,
                     "account", glass->account, "organisation", glass->organisation, "person_id",
                     glass->person_id, "reason", glass->reason, "opened",
                     shire_words_moment(glass->opened), "ends", shire_words_moment(glass->ends));
}

static shire_status read_notices(shire_call *call, const char *reference, listing *lists,
                                 shire_gate_glass *glass, shire_error *error) {
    shire_store *store = NULL;
    /* A privacy officer watches over their own body. */
    shire_status status = shire_web_store_borrow(call->web, &store, error);
    if (status == SHIRE_OK) {
        status = shire_gate_notice_scan(store, call->user->organisation, add_notice, lists, error);
    }
    if (status == SHIRE_OK && reference[0] != '\0') {
        status = shire_gate_glass_find(store, reference, call->request->arena, glass, error);
        if (status == SHIRE_OK && strcmp(glass->organisation, call->user->organisation) != 0) {
            status = SHIRE_FAIL(error, SHIRE_NOT_FOUND, "there is no such notice");
        }
    }
    shire_web_store_return(call->web, store);
    return status;
}

static shire_status show_notices(shire_call *call, shire_error *error) {
    listing lists = {.call = call, .notices = json_array()};
    shire_gate_glass glass = {0};
    shire_span asked = shire_call_form(call, "reference");
    const char *reference =
        asked.length == 0 ? ""
                          : shire_arena_copy_text(call->request->arena, asked.bytes, asked.length);
    shire_status status = reference == NULL
                              ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a page")
                              : read_notices(call, reference, &lists, &glass, error);
    if (status != SHIRE_OK) {
        json_decref(lists.notices);
        return status;
    }
    bool is_open = glass.reference != NULL;
    json_t *values =
        json_pack("{s:o, s:o, s:o, s:b}", "notices", lists.notices, "waiting",
                  shire_words_count((int64_t)lists.waiting), "glass",
                  is_open ? glass_json(&glass) : json_null(), "is_waiting", lists.waiting > 0);
    status = shire_call_page(call, "notices", "Notices", values, error);
    if (status == SHIRE_OK && is_open) {
        shire_call_log(call, &(shire_audit_entry){.kind = "read",
                                                  .actor = call->user->account,
                                                  .organisation = call->user->organisation,
                                                  .purpose = "audit",
                                                  .subject = glass.person_id,
                                                  .detail = "a notice of broken glass"});
    }
    return status;
}

/* ---- a notice was checked ---- */

typedef struct checking {
    shire_gate_actor actor;
    shire_span reference;
    int64_t notice_no; /* 0: not found */
    int64_t now;
} checking;

static shire_status find_notice(const shire_gate_notice *notice, void *context,
                                shire_error *error) {
    (void)error;
    checking *state = context;
    if (shire_span_equal(shire_span_of(notice->reference), state->reference)) {
        state->notice_no = notice->notice_no;
    }
    return SHIRE_OK;
}

/* Of their own body alone, as they see them. */
static shire_status write_checked(shire_store *store, void *context, shire_error *error) {
    checking *state = context;
    state->notice_no = 0;
    shire_status status =
        shire_gate_notice_scan(store, state->actor.organisation, find_notice, state, error);
    if (status == SHIRE_OK && state->notice_no == 0) {
        status = SHIRE_FAIL(error, SHIRE_NOT_FOUND, "there is no such notice");
    }
    return status == SHIRE_OK
               ? shire_gate_notice_see(store, &state->actor, state->notice_no, state->now, error)
               : status;
}

static shire_status checked(shire_call *call, void *context, shire_error *error) {
    (void)context;
    (void)error;
    shire_http_redirect(call->response, "/admin/notices");
    return SHIRE_OK;
}

static shire_status take_checked(shire_call *call, shire_error *error) {
    checking *state = shire_arena_alloc(call->request->arena, sizeof *state);
    if (state == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a page");
    }
    *state = (checking){.actor = {.account = call->user->account,
                                  .organisation = call->user->organisation,
                                  .purpose = "audit"},
                        .reference = shire_call_form(call, "reference"),
                        .now = shire_call_now()};
    shire_call_change(call, write_checked, checked, state);
    return SHIRE_OK;
}

const shire_route shire_page_notice_routes[] = {
    {.pattern = "/admin/notices", .handle = show_notices, .abilities = SHIRE_GATE_SEE_NOTICES},
    {.method = SHIRE_HTTP_POST,
     .pattern = "/admin/notices",
     .handle = show_notices,
     .abilities = SHIRE_GATE_SEE_NOTICES},
    {.method = SHIRE_HTTP_POST,
     .pattern = "/admin/notices/checked",
     .handle = take_checked,
     .abilities = SHIRE_GATE_SEE_NOTICES},
    {.pattern = NULL},
};
