/* The audit log, for who may see it: the latest entries, or those that fit, page by page. To look
 * at the log is an entry of it, too. */
#include "web/page_audit.h"

#include "core/calendar.h"
#include "web/page_entry.h"
#include "web/page_person.h"
#include "web/web_cursor.h"
#include "web/web_internal.h"
#include "web/web_routes.h"
#include "web/web_user.h"
#include "web/web_world.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ENTRIES_SHOWN 100
#define MINUTES_PER_DAY 1440
#define MICROSECONDS_PER_MINUTE INT64_C(60000000)

/* ---- entries ---- */

typedef struct entries {
    json_t *list;
    size_t count_max; /* one more than that is seen and not shown */
    bool has_more;
    uint64_t last_no;
    char last_at[32];
} entries;

static json_t *text_json(shire_span text) {
    return json_stringn(text.bytes == NULL ? "" : text.bytes, text.length);
}

static shire_status add_entry(const shire_audit_row *row, void *context, shire_error *error) {
    entries *state = context;
    if (json_array_size(state->list) == state->count_max) {
        state->has_more = true;
        return SHIRE_OK;
    }
    state->last_no = row->entry_no;
    snprintf(state->last_at, sizeof state->last_at, "%.*s", (int)row->at.length, row->at.bytes);
    json_t *item = json_pack(
        "{s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "number", (json_int_t)row->entry_no, "at",
        text_json(row->at), "kind", text_json(row->kind), "actor", text_json(row->actor),
        "organisation", text_json(row->organisation), "purpose", text_json(row->purpose), "subject",
        text_json(row->subject), "detail", text_json(row->detail), "is_erased", row->is_erased);
    return json_array_append_new(state->list, item) == 0
               ? SHIRE_OK
               : SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a page");
}

static bool read_place(shire_call *call, shire_span after, shire_audit_filter *filter) {
    char *text = shire_arena_copy_text(call->request->arena, after.bytes, after.length);
    char *rest = NULL;
    filter->before_no = text == NULL ? 0 : strtoull(text, &rest, 10);
    filter->before = text == NULL || rest == text || *rest != ' ' ? NULL : rest + 1;
    return filter->before != NULL;
}

shire_status shire_audit_list(shire_call *call, const shire_audit_filter *filter, shire_span after,
                              size_t count, json_t **entries_out, const char **after_out,
                              shire_error *error) {
    shire_store *store = NULL;
    shire_audit_filter placed = *filter;
    if (after.length > 0 && !read_place(call, after, &placed)) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "that page of the log has gone; begin again");
    }
    entries state = {.list = json_array(), .count_max = count};
    shire_status status = shire_web_store_borrow(call->web, &store, error);
    if (status == SHIRE_OK) {
        status = shire_audit_find(store, &placed, count + 1, add_entry, &state, error);
        shire_web_store_return(call->web, store);
    }
    const char *place = status == SHIRE_OK && state.has_more
                            ? shire_arena_format(call->request->arena, "%" PRIu64 " %s",
                                                 state.last_no, state.last_at)
                            : NULL;
    if (status == SHIRE_OK && state.has_more && place == NULL) {
        status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a page");
    }
    if (status != SHIRE_OK) {
        json_decref(state.list);
        return status;
    }
    *entries_out = state.list;
    *after_out = place;
    return SHIRE_OK;
}

static bool set_day(shire_call *call, shire_span text, bool is_local, int days,
                    const char **moment_out) {
    shire_date day;
    char written[24];
    text = shire_span_trim(text);
    if (text.length == 0) {
        return true;
    }
    if (shire_date_parse(text, &day) != SHIRE_OK) {
        return false;
    }
    int64_t minute = ((int64_t)day + days) * MINUTES_PER_DAY;
    minute -= is_local ? shire_uk_offset_of_local(minute) : 0;
    shire_timestamp_format(minute * MICROSECONDS_PER_MINUTE, written);
    *moment_out = shire_arena_format(call->request->arena, "%.19sZ", written);
    return *moment_out != NULL;
}

bool shire_audit_set_days(shire_call *call, shire_span from, shire_span until, bool is_local,
                          shire_audit_filter *filter) {
    return set_day(call, from, is_local, 0, &filter->from) &&
           set_day(call, until, is_local, 1, &filter->until);
}

void shire_audit_log_look(shire_call *call, const char *what, const char *subject) {
    shire_call_log(call, &(shire_audit_entry){.kind = "read",
                                              .actor = call->user->account,
                                              .organisation = call->user->organisation,
                                              .purpose = shire_gate_name(
                                                  SHIRE_GATE_PURPOSES, call->user->viewer.purpose),
                                              .subject = subject,
                                              .detail = what});
}

/* ---- the page ---- */

/* A field of the form, terminated; NULL where nothing was entered. */
static const char *entered(shire_call *call, const char *name) {
    shire_span text = shire_span_trim(shire_call_form(call, name));
    return text.length == 0 ? NULL
                            : shire_arena_copy_text(call->request->arena, text.bytes, text.length);
}

static json_t *repeat_form(const shire_call *call) {
    static const char *const names[] = {"actor", "subject", "from", "until"};
    json_t *form = json_object();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)json_object_set_new(form, names[i],
                                  text_json(shire_span_trim(shire_call_form(call, names[i]))));
    }
    return form;
}

static bool is_searching(const shire_audit_filter *filter) {
    return filter->actor != NULL || filter->subject != NULL || filter->kind != NULL ||
           filter->from != NULL || filter->until != NULL;
}

static shire_status show_entries(shire_call *call, shire_error *error) {
    json_t *list = NULL;
    const char *after = NULL;
    shire_span page = shire_call_form(call, "after");
    shire_span place = {0};
    shire_audit_filter filter = {.actor = entered(call, "actor"),
                                 .subject = entered(call, "subject"),
                                 .kind = entered(call, "kind")};
    bool are_days = shire_audit_set_days(call, shire_call_form(call, "from"),
                                         shire_call_form(call, "until"), true, &filter);
    bool is_ours = page.length == 0 || shire_cursor_open(call, page, &place);
    shire_status status =
        are_days && is_ours
            ? shire_audit_list(call, &filter, place, ENTRIES_SHOWN, &list, &after, error)
            : SHIRE_OK;
    if (status != SHIRE_OK) {
        return status;
    }
    json_t *cursor = after == NULL ? json_null() : shire_cursor_seal(call, shire_span_of(after));
    size_t count = json_array_size(list);
    for (size_t i = 0; i < count; i++) {
        shire_entry_say(call, json_array_get(list, i));
    }
    json_t *values = json_pack("{s:o?, s:o, s:o, s:o?, s:b}", "entries",
                               list == NULL ? json_array() : list, "form", repeat_form(call),
                               "kinds", shire_entry_kinds(shire_call_form(call, "kind")), "after",
                               cursor, "is_searching", is_searching(&filter));
    if (!are_days && values != NULL) {
        shire_call_add_error(values, "from", "Enter days such as 1/4/2026, or none");
        call->response->status = 422;
    } else if (!is_ours && values != NULL) {
        shire_call_add_error(values, "actor", "That page of the log has gone. Search again");
        call->response->status = 422;
    }
    status = shire_call_page(call, "audit", "Audit log", values, error);
    if (status == SHIRE_OK) {
        shire_audit_log_look(call, "the audit log",
                             count > 0 && filter.subject != NULL ? filter.subject : "");
    }
    return status;
}

const shire_route shire_page_audit_routes[] = {
    {.pattern = "/admin/audit", .handle = show_entries, .abilities = SHIRE_GATE_SEE_AUDIT},
    {.method = SHIRE_HTTP_POST,
     .pattern = "/admin/audit",
     .handle = show_entries,
     .abilities = SHIRE_GATE_SEE_AUDIT},
    {.pattern = NULL},
};
