/* The audit log, for who may see it: the latest entries, oldest of the page last. To look at the
 * log is an entry of it, too. */
#include "web/page_audit.h"

#include "web/page_person.h"
#include "web/web_internal.h"
#include "web/web_routes.h"
#include "web/web_user.h"
#include "web/web_world.h"

#include <string.h>

#define ENTRIES_SHOWN 100
#define ENTRIES_LOOKED_AT 20000 /* for runs, which are few among reads */

typedef struct entries {
    json_t *list;
    const char *kind; /* NULL: all */
} entries;

static json_t *text_json(shire_span text) {
    return json_stringn(text.bytes == NULL ? "" : text.bytes, text.length);
}

static shire_status add_entry(const shire_audit_row *row, void *context, shire_error *error) {
    entries *state = context;
    if (state->kind != NULL && !shire_span_equal(row->kind, shire_span_of(state->kind))) {
        return SHIRE_OK;
    }
    json_t *item = json_pack(
        "{s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "number", (json_int_t)row->entry_no, "at",
        text_json(row->at), "kind", text_json(row->kind), "actor", text_json(row->actor),
        "organisation", text_json(row->organisation), "purpose", text_json(row->purpose), "subject",
        text_json(row->subject), "detail", text_json(row->detail), "is_erased", row->is_erased);
    if (json_array_insert_new(state->list, 0, item) != 0) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a page");
    }
    if (json_array_size(state->list) > ENTRIES_SHOWN) {
        (void)json_array_remove(state->list, ENTRIES_SHOWN);
    }
    return SHIRE_OK;
}

static shire_status read_entries(shire_call *call, entries *state, int64_t looked_at,
                                 int64_t *total_out, shire_error *error) {
    shire_store *store = NULL;
    shire_status status = shire_web_store_borrow(call->web, &store, error);
    if (status != SHIRE_OK) {
        return status;
    }
    status = shire_store_query_int64(store, "SELECT count(*) FROM audit_entry", total_out, error);
    int64_t first = *total_out > looked_at ? *total_out - looked_at : 0;
    if (status == SHIRE_OK) {
        status = shire_audit_scan(store, (uint64_t)first, NULL, add_entry, state, error);
    }
    shire_web_store_return(call->web, store);
    return status;
}

shire_status shire_audit_list(shire_call *call, const char *kind, json_t **entries_out,
                              int64_t *total_out, shire_error *error) {
    entries state = {.list = json_array(), .kind = kind};
    shire_status status = read_entries(
        call, &state, kind == NULL ? ENTRIES_SHOWN : ENTRIES_LOOKED_AT, total_out, error);
    if (status != SHIRE_OK) {
        json_decref(state.list);
    } else {
        *entries_out = state.list;
    }
    return status;
}

void shire_audit_log_look(shire_call *call, const char *what) {
    shire_call_log(call, &(shire_audit_entry){.kind = "read",
                                              .actor = call->user->account,
                                              .organisation = call->user->organisation,
                                              .purpose = shire_gate_name(
                                                  SHIRE_GATE_PURPOSES, call->user->viewer.purpose),
                                              .subject = "",
                                              .detail = what});
}

static shire_status show_audit(shire_call *call, shire_error *error) {
    json_t *list = NULL;
    int64_t total = 0;
    shire_status status = shire_audit_list(call, NULL, &list, &total, error);
    if (status == SHIRE_OK) {
        json_t *values = json_pack("{s:o, s:I}", "entries", list, "total", (json_int_t)total);
        status = shire_call_page(call, "audit", "Audit log", values, error);
    }
    if (status == SHIRE_OK) {
        shire_audit_log_look(call, "the audit log");
    }
    return status;
}

const shire_route shire_page_audit_routes[] = {
    {.pattern = "/admin/audit", .handle = show_audit, .abilities = SHIRE_GATE_SEE_AUDIT},
    {.pattern = NULL},
};
