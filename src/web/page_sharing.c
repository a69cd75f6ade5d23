/*
 * Information-sharing agreements, the teams, and the notices of broken glass, for those who keep
 * watch over them. Notices carry a reference and no identity; what one stands for is looked up one
 * by one, and each look is an entry in the audit log.
 */
#include "gate/gate_person.h"
#include "gate/gate_sharing.h"
#include "web/page_person.h"
#include "web/web_internal.h"
#include "web/web_routes.h"
#include "web/web_user.h"
#include "web/web_world.h"

#include <string.h>
#include <time.h>

typedef struct listing {
    json_t *sharings;
    json_t *teams;
    json_t *notices;
} listing;

static json_t *day_json(shire_date day) {
    char text[11];
    if (day == SHIRE_GATE_NO_END) {
        return json_string("");
    }
    shire_date_format(day, text);
    return json_string(text);
}

static json_t *moment_json(int64_t seconds) {
    char text[20];
    if (seconds == 0) {
        return json_string("");
    }
    shire_timestamp_format(seconds * 1000000, text);
    return json_string(text);
}

static json_t *categories_json(uint32_t categories) {
    json_t *list = json_array();
    for (size_t i = 0; i < SHIRE_GATE_CATEGORY_COUNT; i++) {
        if ((categories & SHIRE_GATE_BIT(i)) != 0) {
            (void)json_array_append_new(list,
                                        json_string(shire_gate_label(SHIRE_GATE_CATEGORIES, i)));
        }
    }
    return list;
}

static shire_status append(json_t *list, json_t *item, shire_error *error) {
    return json_array_append_new(list, item) == 0
               ? SHIRE_OK
               : SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a page");
}

static shire_status add_sharing(const shire_gate_sharing *sharing, void *context,
                                shire_error *error) {
    return append(((listing *)context)->sharings,
                  json_pack("{s:I, s:s, s:s, s:s, s:o, s:o, s:o, s:s}", "number",
                            (json_int_t)sharing->agreement_no, "owner", sharing->owner, "recipient",
                            sharing->recipient, "purpose",
                            shire_gate_label(SHIRE_GATE_PURPOSES, sharing->purpose), "categories",
                            categories_json(sharing->categories), "from", day_json(sharing->from),
                            "until", day_json(sharing->until), "reference", sharing->reference),
                  error);
}

static shire_status add_team(const shire_gate_team *team, void *context, shire_error *error) {
    return append(((listing *)context)->teams,
                  json_pack("{s:s, s:s, s:I}", "organisation", team->organisation, "name",
                            team->name, "members", (json_int_t)team->member_count),
                  error);
}

static shire_status add_notice(const shire_gate_notice *notice, void *context, shire_error *error) {
    return append(((listing *)context)->notices,
                  json_pack("{s:I, s:s, s:s, s:o, s:b}", "number", (json_int_t)notice->notice_no,
                            "reference", notice->reference, "organisation", notice->organisation,
                            "made", moment_json(notice->made), "is_seen", notice->seen != 0),
                  error);
}

static shire_status show_agreements(shire_call *call, shire_error *error) {
    listing lists = {.sharings = json_array(), .teams = json_array()};
    shire_store *store = NULL;
    shire_status status = shire_web_store_borrow(call->web, &store, error);
    if (status == SHIRE_OK) {
        status = shire_gate_sharing_scan(store, add_sharing, &lists, error);
    }
    if (status == SHIRE_OK) {
        status =
            shire_gate_team_scan(store, shire_gate_day(shire_call_now()), add_team, &lists, error);
    }
    shire_web_store_return(call->web, store);
    json_t *values = json_pack("{s:o, s:o}", "agreements", lists.sharings, "teams", lists.teams);
    if (status != SHIRE_OK) {
        json_decref(values);
        return status;
    }
    return shire_call_page(call, "agreements", "Agreements and teams", values, error);
}

/* ---- notices ---- */

static json_t *glass_json(const shire_gate_glass *glass) {
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "reference", glass->reference,
                     "account", glass->account, "organisation", glass->organisation, "person_id",
                     glass->person_id, "reason", glass->reason, "opened",
                     moment_json(glass->opened), "ends", moment_json(glass->ends));
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
    listing lists = {.notices = json_array()};
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
    json_t *values = json_pack("{s:o, s:o}", "notices", lists.notices, "glass",
                               is_open ? glass_json(&glass) : json_null());
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

const shire_route shire_page_sharing_routes[] = {
    {.pattern = "/admin/agreements",
     .handle = show_agreements,
     .abilities = SHIRE_GATE_MANAGE_AGREEMENTS},
    {.pattern = "/admin/notices", .handle = show_notices, .abilities = SHIRE_GATE_SEE_NOTICES},
    {.method = SHIRE_HTTP_POST,
     .pattern = "/admin/notices",
     .handle = show_notices,
     .abilities = SHIRE_GATE_SEE_NOTICES},
    {.pattern = NULL},
};
