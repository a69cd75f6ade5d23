/*
 * Breaking the glass: a clinician who has no relationship with a person states a reason, and the
 * record opens for an hour. Grant, notice to the privacy officer and audit entry are one
 * transaction. The form is the same whoever is asked for, and so is the refusal, so that neither
 * tells whether there is such a person.
 */
#include "gate/gate_person.h"
#include "web/page_person.h"
#include "web/web_internal.h"
#include "web/web_routes.h"
#include "web/web_user.h"
#include "web/web_world.h"

#include <string.h>

#define REFUSAL                                                                                    \
    "This record cannot be opened by stating a reason. Ask for a referral, or ask whoever looks "  \
    "after the person"

typedef struct breaking {
    shire_gate_actor actor;
    const char *reason;
    shire_record_closed closed;
    bool is_refused;
    char reference[SHIRE_GATE_REFERENCE_LETTERS + 1];
} breaking;

static shire_status show_form(shire_call *call, const char *sentence, shire_error *error) {
    shire_span reason = shire_call_form(call, "reason");
    json_t *values = json_pack("{s:s, s:{s:s%}, s:{s:s, s:s}}", "action", call->request->path.bytes,
                               "form", "reason", reason.bytes == NULL ? "" : reason.bytes,
                               reason.length, "back", "text", "Find a person", "href", "/people");
    if (values != NULL && sentence != NULL) {
        shire_call_add_error(values, "reason", sentence);
        call->response->status = 422;
    }
    return shire_call_page(call, "break-glass", "Open a record by stating a reason", values, error);
}

static shire_status go_to_person(shire_call *call, shire_error *error) {
    const char *path = shire_person_path(call, call->ids[0], "");
    if (path == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a page");
    }
    shire_http_redirect(call->response, path);
    return SHIRE_OK;
}

/* Whoever may see the record already is led to it: no reason is asked for, and nobody told. */
static shire_status read_closed(shire_call *call, shire_record_closed *closed_out, bool *is_done,
                                shire_error *error) {
    shire_record *record = NULL;
    shire_status status = shire_call_need_run(call, &record, error);
    *is_done = true;
    if (status != SHIRE_OK || record == NULL) {
        return status;
    }
    shire_record_asker asker = shire_call_asker(call, NULL);
    status = shire_record_closed_read(record, &asker, call->ids[0], call->request->arena,
                                      closed_out, error);
    if (status == SHIRE_OK && closed_out->is_open) {
        return go_to_person(call, error);
    }
    *is_done = status != SHIRE_OK;
    return status;
}

static shire_status show_glass(shire_call *call, shire_error *error) {
    shire_record_closed closed = {0};
    bool is_done = false;
    shire_status status = read_closed(call, &closed, &is_done, error);
    return is_done ? status : show_form(call, NULL, error);
}

static shire_status break_glass(shire_store *store, void *context, shire_error *error) {
    breaking *state = context;
    shire_error inner = {0};
    shire_status status =
        shire_gate_glass_break(store, &state->actor, state->closed.opening, state->closed.owners,
                               state->closed.owner_count, state->reason, state->reference, &inner);
    state->is_refused = status == SHIRE_INVALID;
    if (status != SHIRE_OK && !state->is_refused && error != NULL) {
        *error = inner;
    }
    return state->is_refused ? SHIRE_OK : status;
}

/* The rules are read again before the person is opened, so that the grant is among them. */
static shire_status glass_broken(shire_call *call, void *context, shire_error *error) {
    const breaking *state = context;
    if (state->is_refused) {
        return show_form(call, REFUSAL, error);
    }
    shire_store *store = NULL;
    shire_status status = shire_web_store_borrow(call->web, &store, error);
    if (status == SHIRE_OK) {
        status = shire_gate_watch_refresh(call->world->watch, store, error);
        shire_web_store_return(call->web, store);
    }
    return status == SHIRE_OK ? go_to_person(call, error) : status;
}

static shire_status take_glass(shire_call *call, shire_error *error) {
    shire_arena *arena = call->request->arena;
    shire_span reason = shire_span_trim(shire_call_form(call, "reason"));
    breaking *state = shire_arena_alloc(arena, sizeof *state);
    bool is_done = false;
    if (state == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a page");
    }
    shire_status status = read_closed(call, &state->closed, &is_done, error);
    if (is_done) {
        return status;
    }
    if (reason.length < SHIRE_GATE_REASON_LETTERS_MIN ||
        reason.length > SHIRE_GATE_REASON_BYTES_MAX) {
        return show_form(call, "Say in a sentence why you need to open this record now", error);
    }
    state->actor = (shire_gate_actor){.account = call->user->account,
                                      .organisation = call->user->organisation,
                                      .purpose = "care"};
    state->reason = shire_arena_copy_text(arena, reason.bytes, reason.length);
    if (state->reason == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a page");
    }
    shire_call_write(call, break_glass, glass_broken, state);
    return SHIRE_OK;
}

const shire_route shire_page_glass_routes[] = {
    {.pattern = "/people/{id}/break-glass",
     .handle = show_glass,
     .abilities = SHIRE_GATE_FIND_PEOPLE},
    {.method = SHIRE_HTTP_POST,
     .pattern = "/people/{id}/break-glass",
     .handle = take_glass,
     .abilities = SHIRE_GATE_FIND_PEOPLE},
    {.pattern = NULL},
};
