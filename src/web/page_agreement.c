/*
 * Information-sharing agreements, for privacy officers: who shares what with whom, new ones,
 * changes and ends. Nothing is deleted: a changed agreement is a new one in the place of the old
 * (gate_sharing.h), and each change is written with its entry in the audit log in one transaction.
 *
 * Everybody who keeps watch sees all of them; an officer makes and changes those by which their own
 * body shares, and ends those that their own body is part of. So nobody opens another body's
 * records to their own.
 */
#include "gate/gate_policy.h"
#include "gate/gate_sharing.h"
#include "web/page_form.h"
#include "web/page_words.h"
#include "web/web_internal.h"
#include "web/web_routes.h"
#include "web/web_user.h"
#include "web/web_world.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define AGREEMENTS "/admin/agreements"
#define DAY_EXAMPLE "Enter a day, for example 1/4/2026, or leave it empty"

typedef enum agreement_action { AGREEMENT_ADD, AGREEMENT_CHANGE, AGREEMENT_END } agreement_action;

typedef struct agreement_change {
    agreement_action action;
    shire_gate_actor actor;
    int64_t agreement_no; /* that is changed */
    int64_t made_no;      /* that stands after it */
    shire_gate_sharing wish;
    shire_date today;
    char sentence[SHIRE_ERROR_MESSAGE_BYTES]; /* why it may not be; nothing was written then */
} agreement_change;

/* The field that the sentence about an action stands beside. */
static const char *const fields[] = {
    [AGREEMENT_ADD] = "recipient", [AGREEMENT_CHANGE] = "reference", [AGREEMENT_END] = "last"};

/* ---- what pages say of agreements ---- */

static const char *state_of(const shire_gate_sharing *sharing, shire_date today) {
    bool has_end = sharing->until != SHIRE_GATE_NO_END;
    return has_end && sharing->until < sharing->from ? "Never held"
           : has_end && sharing->until < today       ? "Ended"
           : sharing->from > today                   ? "To come"
                                                     : "Holds";
}

static bool is_over(const shire_gate_sharing *sharing, shire_date today) {
    return sharing->until != SHIRE_GATE_NO_END &&
           (sharing->until < today || sharing->until < sharing->from);
}

static json_t *sharing_json(const shire_call *call, const shire_gate_sharing *sharing) {
    return json_pack(
        "{s:I, s:o, s:o, s:s, s:o, s:o, s:o, s:s, s:s}", "number",
        (json_int_t)sharing->agreement_no, "owner", shire_words_body(call, sharing->owner),
        "recipient", shire_words_body(call, sharing->recipient), "purpose",
        shire_gate_label(SHIRE_GATE_PURPOSES, sharing->purpose), "categories",
        shire_words_categories(sharing->categories), "from", shire_words_day(sharing->from),
        "until", shire_words_day(sharing->until), "reference", sharing->reference, "state",
        state_of(sharing, shire_gate_day(shire_call_now())));
}

/* [{value, label, chosen}] of a vocabulary, but for what comes after `count`. */
static json_t *words_json(shire_gate_vocabulary vocabulary, size_t count, uint32_t chosen) {
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        (void)json_array_append_new(list, json_pack("{s:s, s:s, s:b}", "value",
                                                    shire_gate_name(vocabulary, i), "label",
                                                    shire_gate_label(vocabulary, i), "chosen",
                                                    (chosen & SHIRE_GATE_BIT(i)) != 0));
    }
    return list;
}

/* The boxes of a form that were ticked. */
static uint32_t ticked(const shire_call *call) {
    uint32_t categories = 0;
    for (size_t i = 0; i < call->request->form.count; i++) {
        const shire_http_field *field = &call->request->form.items[i];
        size_t number = 0;
        if (shire_span_equal(field->name, shire_span_of("categories")) &&
            shire_gate_parse(SHIRE_GATE_CATEGORIES, field->value, &number)) {
            categories |= SHIRE_GATE_BIT(number);
        }
    }
    return categories;
}

static uint32_t chosen_purpose(const shire_call *call) {
    size_t purpose = 0;
    return shire_gate_parse(SHIRE_GATE_PURPOSES, shire_call_form(call, "purpose"), &purpose)
               ? SHIRE_GATE_BIT(purpose)
               : 0;
}

static json_t *form_json(const shire_call *call) {
    return json_pack("{s:o, s:o, s:o, s:o}", "from",
                     shire_words_text(shire_call_form(call, "from")), "until",
                     shire_words_text(shire_call_form(call, "until")), "reference",
                     shire_words_text(shire_call_form(call, "reference")), "last",
                     shire_words_text(shire_call_form(call, "last")));
}

/* ---- all of them ---- */

typedef struct listing {
    const shire_call *call;
    shire_date today;
    json_t *open;  /* that hold, or are to come */
    json_t *ended; /* the others */
    const shire_gate_sharing
        *of; /* NULL, or: only those of its bodies and purpose, all in `open` */
} listing;

static shire_status add_sharing(const shire_gate_sharing *sharing, void *context,
                                shire_error *error) {
    const listing *lists = context;
    const shire_gate_sharing *of = lists->of;
    if (of != NULL &&
        (strcmp(sharing->owner, of->owner) != 0 || strcmp(sharing->recipient, of->recipient) != 0 ||
         sharing->purpose != of->purpose || sharing->agreement_no == of->agreement_no)) {
        return SHIRE_OK;
    }
    json_t *list = of == NULL && is_over(sharing, lists->today) ? lists->ended : lists->open;
    return json_array_append_new(list, sharing_json(lists->call, sharing)) == 0
               ? SHIRE_OK
               : SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a page");
}

static shire_status show_all(shire_call *call, const char *field, const char *sentence,
                             shire_error *error) {
    listing lists = {.call = call,
                     .today = shire_gate_day(shire_call_now()),
                     .open = json_array(),
                     .ended = json_array()};
    shire_store *store = NULL;
    shire_status status = shire_web_store_borrow(call->web, &store, error);
    if (status == SHIRE_OK) {
        status = shire_gate_sharing_scan(store, add_sharing, &lists, error);
    }
    shire_web_store_return(call->web, store);
    if (status != SHIRE_OK) {
        json_decref(lists.open);
        json_decref(lists.ended);
        return status;
    }
    shire_span recipient = shire_call_form(call, "recipient");
    json_t *values = json_pack(
        "{s:o, s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o}", "agreements", lists.open, "ended",
        lists.ended, "has_ended", json_array_size(lists.ended) > 0, "own",
        shire_words_body(call, call->user->organisation), "bodies",
        shire_words_bodies(call, recipient), "purposes",
        words_json(SHIRE_GATE_PURPOSES, SHIRE_GATE_OWN, chosen_purpose(call)), "shared",
        words_json(SHIRE_GATE_CATEGORIES, SHIRE_GATE_CATEGORY_COUNT, ticked(call)), "form",
        form_json(call), "ended_count", shire_words_count((int64_t)json_array_size(lists.ended)));
    return shire_form_show(call, "agreements", "Agreements", values, field, sentence, error);
}

static shire_status list_agreements(shire_call *call, shire_error *error) {
    return show_all(call, NULL, NULL, error);
}

/* ---- one of them ---- */

static bool is_own(const shire_call *call, const char *organisation) {
    return strcmp(organisation, call->user->organisation) == 0;
}

static json_t *one_json(shire_call *call, const shire_gate_sharing *sharing, json_t *others) {
    bool is_open = !is_over(sharing, shire_gate_day(shire_call_now()));
    bool is_sent = call->request->method == SHIRE_HTTP_POST;
    char path[64];
    snprintf(path, sizeof path, AGREEMENTS "/%" PRId64, sharing->agreement_no);
    json_t *form = form_json(call);
    if (!is_sent) {
        (void)json_object_set_new(form, "reference", json_string(sharing->reference));
        (void)json_object_set_new(form, "until", shire_words_day(sharing->until));
    }
    return json_pack(
        "{s:o, s:o, s:b, s:s, s:b, s:b, s:o, s:o, s:{s:s, s:s}}", "agreement",
        sharing_json(call, sharing), "others", others, "has_others", json_array_size(others) > 0,
        "path", path, "may_change", is_open && is_own(call, sharing->owner), "may_end",
        is_open && (is_own(call, sharing->owner) || is_own(call, sharing->recipient)), "shared",
        words_json(SHIRE_GATE_CATEGORIES, SHIRE_GATE_CATEGORY_COUNT,
                   is_sent ? ticked(call) : sharing->categories),
        "form", form, "back", "text", "Agreements", "href", AGREEMENTS);
}

static shire_status show_one(shire_call *call, const char *field, const char *sentence,
                             shire_error *error) {
    shire_gate_sharing sharing;
    listing lists = {.call = call, .open = json_array(), .of = &sharing};
    shire_store *store = NULL;
    shire_status status = shire_web_store_borrow(call->web, &store, error);
    if (status == SHIRE_OK) {
        status = shire_gate_sharing_find(store, shire_form_number(call->ids[0]),
                                         call->request->arena, &sharing, error);
    }
    if (status == SHIRE_OK) {
        status = shire_gate_sharing_scan(store, add_sharing, &lists, error);
    }
    shire_web_store_return(call->web, store);
    if (status != SHIRE_OK) {
        json_decref(lists.open);
        return status;
    }
    const char *title = shire_arena_format(call->request->arena, "Agreement %s", sharing.reference);
    return shire_form_show(call, "agreement", title == NULL ? "Agreement" : title,
                           one_json(call, &sharing, lists.open), field, sentence, error);
}

static shire_status one_agreement(shire_call *call, shire_error *error) {
    return show_one(call, NULL, NULL, error);
}

/* ---- changes ---- */

/* Whether the actor's body may do that to the agreement; SHIRE_INVALID where not. */
static shire_status check_body(shire_store *store, const agreement_change *change,
                               shire_error *error) {
    shire_arena *arena = NULL;
    shire_gate_sharing sharing;
    shire_status status = shire_arena_new("sharing_arena", 0, &arena, error);
    if (status == SHIRE_OK) {
        status = shire_gate_sharing_find(store, change->agreement_no, arena, &sharing, error);
    }
    if (status == SHIRE_OK && strcmp(sharing.owner, change->actor.organisation) != 0 &&
        (change->action == AGREEMENT_CHANGE ||
         strcmp(sharing.recipient, change->actor.organisation) != 0)) {
        status = SHIRE_FAIL(error, SHIRE_INVALID,
                            change->action == AGREEMENT_CHANGE
                                ? "Only the body that shares changes what it shares"
                                : "Only a body that is part of the agreement ends it");
    }
    shire_arena_free(arena);
    return status;
}

static shire_status make_change(shire_store *store, agreement_change *change, shire_error *error) {
    if (change->action == AGREEMENT_ADD) {
        return shire_gate_sharing_add(store, &change->actor, &change->wish, &change->made_no,
                                      error);
    }
    change->made_no = change->agreement_no;
    shire_status status = check_body(store, change, error);
    if (status != SHIRE_OK) {
        return status;
    }
    return change->action == AGREEMENT_CHANGE
               ? shire_gate_sharing_change(store, &change->actor, change->agreement_no,
                                           &change->wish, change->today, &change->made_no, error)
               : shire_gate_sharing_end(store, &change->actor, change->agreement_no,
                                        change->wish.until, error);
}

/* What may not be is no failure of the queue: nothing was written, and the form says so. */
static shire_status write_change(shire_store *store, void *context, shire_error *error) {
    agreement_change *change = context;
    shire_error inner = {0};
    change->sentence[0] = '\0';
    shire_status status = make_change(store, change, &inner);
    if (status == SHIRE_INVALID) {
        snprintf(change->sentence, sizeof change->sentence, "%s", inner.message);
        return SHIRE_OK;
    }
    if (status != SHIRE_OK && error != NULL) {
        *error = inner;
    }
    return status;
}

static shire_status show_form(shire_call *call, const agreement_change *change, const char *field,
                              const char *sentence, shire_error *error) {
    return change->action == AGREEMENT_ADD ? show_all(call, field, sentence, error)
                                           : show_one(call, field, sentence, error);
}

static shire_status change_written(shire_call *call, void *context, shire_error *error) {
    const agreement_change *change = context;
    char path[64];
    if (change->sentence[0] != '\0') {
        return show_form(call, change, fields[change->action], change->sentence, error);
    }
    shire_world_wake_keeper(call->web);
    snprintf(path, sizeof path, AGREEMENTS "/%" PRId64, change->made_no);
    shire_http_redirect(call->response, path);
    return SHIRE_OK;
}

static agreement_change *new_change(shire_call *call, agreement_action action) {
    agreement_change *change = shire_arena_alloc(call->request->arena, sizeof *change);
    const char *recipient = shire_form_text(call, "recipient");
    const char *reference = shire_form_text(call, "reference");
    if (change == NULL || recipient == NULL || reference == NULL) {
        call->response->failed = true;
        return NULL;
    }
    shire_date today = shire_gate_day(shire_call_now());
    *change = (agreement_change){
        .action = action,
        .actor = {.account = call->user->account,
                  .organisation = call->user->organisation,
                  .purpose = shire_gate_name(SHIRE_GATE_PURPOSES, call->user->viewer.purpose)},
        .agreement_no = call->ids[0].bytes == NULL ? 0 : shire_form_number(call->ids[0]),
        .wish = {.owner = call->user->organisation,
                 .recipient = recipient,
                 .categories = ticked(call),
                 .from = today,
                 .until = SHIRE_GATE_NO_END,
                 .reference = reference},
        .today = today};
    return change;
}

/* A day of the form; what stands in *day_out stays where it is empty. */
static bool read_day(const shire_call *call, const char *name, shire_date *day_out) {
    shire_span text = shire_span_trim(shire_call_form(call, name));
    return text.length == 0 || shire_date_parse(text, day_out) == SHIRE_OK;
}

/* What the form lacks, with its field; NULL when all is there. */
static const char *find_mistake(const shire_call *call, agreement_change *change,
                                const char **field_out) {
    shire_gate_sharing *wish = &change->wish;
    bool is_new = change->action == AGREEMENT_ADD;
    size_t purpose = 0;
    bool has_purpose =
        shire_gate_parse(SHIRE_GATE_PURPOSES, shire_call_form(call, "purpose"), &purpose) &&
        purpose < SHIRE_GATE_OWN;
    if (is_new && !shire_words_is_body(call, shire_span_of(wish->recipient))) {
        *field_out = "recipient";
        return "Choose the body to share with";
    }
    if (is_new && !has_purpose) {
        *field_out = "purpose";
        return "Choose what for";
    }
    wish->purpose = (shire_gate_purpose)purpose;
    if (wish->categories == 0) {
        *field_out = "categories";
        return "Choose what is shared";
    }
    if (is_new && !read_day(call, "from", &wish->from)) {
        *field_out = "from";
        return DAY_EXAMPLE;
    }
    if (!read_day(call, "until", &wish->until)) {
        *field_out = "until";
        return DAY_EXAMPLE;
    }
    if (wish->until != SHIRE_GATE_NO_END && wish->until < wish->from) {
        *field_out = "until";
        return "The last day lies before the first";
    }
    if (wish->reference[0] == '\0') {
        *field_out = "reference";
        return "Enter the reference of the signed agreement";
    }
    return NULL;
}

static shire_status take(shire_call *call, agreement_action action, shire_error *error) {
    agreement_change *change = new_change(call, action);
    const char *field = NULL;
    const char *mistake = change == NULL ? NULL : find_mistake(call, change, &field);
    if (change == NULL) {
        return SHIRE_OK;
    }
    if (mistake != NULL) {
        return show_form(call, change, field, mistake, error);
    }
    shire_call_change(call, write_change, change_written, change);
    return SHIRE_OK;
}

static shire_status take_new(shire_call *call, shire_error *error) {
    return take(call, AGREEMENT_ADD, error);
}

static shire_status take_change(shire_call *call, shire_error *error) {
    return take(call, AGREEMENT_CHANGE, error);
}

/* Without a day it ends at once: yesterday was its last day. */
static shire_status take_end(shire_call *call, shire_error *error) {
    agreement_change *change = new_change(call, AGREEMENT_END);
    if (change == NULL) {
        return SHIRE_OK;
    }
    change->wish.until = change->today - 1;
    if (!read_day(call, "last", &change->wish.until)) {
        return show_one(call, "last", DAY_EXAMPLE, error);
    }
    shire_call_change(call, write_change, change_written, change);
    return SHIRE_OK;
}

#define AGREEMENT_ROUTE(verb, path, function)                                                      \
    {                                                                                              \
        .method = SHIRE_HTTP_##verb, .pattern = AGREEMENTS path, .handle = (function),             \
        .abilities = SHIRE_GATE_MANAGE_AGREEMENTS                                                  \
    }

const shire_route shire_page_agreement_routes[] = {
    AGREEMENT_ROUTE(GET, "", list_agreements),
    AGREEMENT_ROUTE(POST, "", take_new),
    AGREEMENT_ROUTE(GET, "/{agreement}", one_agreement),
    AGREEMENT_ROUTE(POST, "/{agreement}/change", take_change),
    AGREEMENT_ROUTE(POST, "/{agreement}/end", take_end),
    {.pattern = NULL},
};
