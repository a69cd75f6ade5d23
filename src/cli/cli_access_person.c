/*
 * shire access consent, opt-out, seal: what a person has asked for about their own record. Listing
 * it is reading about a person, so that is entered in the log too.
 */
#include "audit/audit_log.h"
#include "cli/cli_access.h"
#include "gate/gate_person.h"
#include "gate/gate_sharing.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ITEMS_MAX 256

static const char *person_of(const shire_cli_access *call) {
    return call->words[2];
}

static shire_status check_person(shire_cli_access *call, shire_error *error) {
    bool is_known = false;
    shire_status status = shire_gate_person_exists(call->store, person_of(call), &is_known, error);
    return status == SHIRE_OK && !is_known
               ? SHIRE_FAIL(error, SHIRE_NOT_FOUND,
                            "'%s' is the id of nobody; take it from the person's page or `shire "
                            "link history`",
                            person_of(call))
               : status;
}

static shire_status read_days(shire_cli_access *call, shire_date *from, shire_date *until,
                              shire_error *error) {
    shire_status status =
        shire_cli_access_parse_day("--from", call->from, shire_gate_day(call->now), from, error);
    return status == SHIRE_OK
               ? shire_cli_access_parse_day("--until", call->until, SHIRE_GATE_NO_END, until, error)
               : status;
}

static shire_status read_number(const shire_cli_access *call, int64_t *number_out,
                                shire_error *error) {
    char *end = NULL;
    *number_out = strtoll(call->words[2], &end, 10);
    return end == call->words[2] || *end != '\0'
               ? SHIRE_FAIL(error, SHIRE_INVALID, "the number of a %s is a whole number",
                            call->words[0])
               : SHIRE_OK;
}

static shire_status read_last(shire_cli_access *call, shire_date *last, shire_error *error) {
    return shire_cli_access_parse_day("--until", call->until, shire_gate_day(call->now), last,
                                      error);
}

/* ---- consents ---- */

static shire_status add_consent(shire_cli_access *call, shire_error *error) {
    uint32_t kinds = 0;
    shire_date from = 0;
    shire_date until = 0;
    const char *organisation = call->organisation == NULL ? "*" : call->organisation;
    shire_status status = check_person(call, error);
    if (status == SHIRE_OK && call->organisation != NULL) {
        status = shire_cli_access_check_organisation(call, call->organisation, error);
    }
    if (status == SHIRE_OK) {
        status = shire_gate_sensitivities_parse(
            shire_span_of(call->kinds == NULL ? "" : call->kinds), &kinds, error);
    }
    if (status == SHIRE_OK) {
        status = read_days(call, &from, &until, error);
    }
    return status == SHIRE_OK
               ? shire_gate_consent_add(call->store, &call->actor, person_of(call), kinds,
                                        organisation, from, until, NULL, error)
               : status;
}

static shire_status end_consent(shire_cli_access *call, shire_error *error) {
    int64_t number = 0;
    shire_date last = 0;
    shire_status status = read_number(call, &number, error);
    if (status == SHIRE_OK) {
        status = read_last(call, &last, error);
    }
    return status == SHIRE_OK
               ? shire_gate_consent_end(call->store, &call->actor, number, last, error)
               : status;
}

/* ---- the opt-out ---- */

static shire_status add_opt_out(shire_cli_access *call, shire_error *error) {
    shire_date from = 0;
    shire_date until = 0;
    shire_status status = check_person(call, error);
    if (status == SHIRE_OK) {
        status = read_days(call, &from, &until, error);
    }
    return status == SHIRE_OK ? shire_gate_opt_out_set(call->store, &call->actor, person_of(call),
                                                       from, until, error)
                              : status;
}

static shire_status end_opt_out(shire_cli_access *call, shire_error *error) {
    shire_date last = 0;
    shire_status status = read_last(call, &last, error);
    return status == SHIRE_OK
               ? shire_gate_opt_out_end(call->store, &call->actor, person_of(call), last, error)
               : status;
}

/* ---- seals ---- */

/* Items with spaces between, as the record names them. */
static shire_status split_items(shire_cli_access *call, const char *items[ITEMS_MAX],
                                size_t *count_out, shire_error *error) {
    size_t count = 0;
    char *copy = call->items == NULL
                     ? NULL
                     : shire_arena_copy_text(call->arena, call->items, strlen(call->items));
    char *rest = NULL;
    for (char *item = copy == NULL ? NULL : strtok_r(copy, " ", &rest); item != NULL;
         item = strtok_r(NULL, " ", &rest)) {
        if (count == ITEMS_MAX) {
            return SHIRE_FAIL(error, SHIRE_INVALID, "--items: give at most %d at once", ITEMS_MAX);
        }
        items[count++] = item;
    }
    *count_out = count;
    return SHIRE_OK;
}

static shire_status add_seal(shire_cli_access *call, shire_error *error) {
    const char *items[ITEMS_MAX];
    size_t item_count = 0;
    int64_t team_no = 0;
    shire_date from = 0;
    shire_status status = check_person(call, error);
    if (status == SHIRE_OK) {
        status = shire_cli_access_check_organisation(call, call->organisation, error);
    }
    if (status == SHIRE_OK && call->team != NULL) {
        status = shire_gate_team_find(call->store, call->organisation, call->team, &team_no, error);
    }
    if (status == SHIRE_OK) {
        status = split_items(call, items, &item_count, error);
    }
    if (status == SHIRE_OK) {
        status = shire_cli_access_parse_day("--from", call->from, shire_gate_day(call->now), &from,
                                            error);
    }
    return status == SHIRE_OK
               ? shire_gate_seal_add(call->store, &call->actor, person_of(call), call->organisation,
                                     team_no, items, item_count, from, NULL, error)
               : status;
}

static shire_status end_seal(shire_cli_access *call, shire_error *error) {
    int64_t number = 0;
    shire_date last = 0;
    shire_status status = read_number(call, &number, error);
    if (status == SHIRE_OK) {
        status = read_last(call, &last, error);
    }
    return status == SHIRE_OK ? shire_gate_seal_lift(call->store, &call->actor, number, last, error)
                              : status;
}

/* ---- all three ---- */

static shire_status print_wish(const shire_gate_wish *wish, void *context, shire_error *error) {
    shire_cli_access *call = context;
    char number[24] = "";
    if (wish->number != 0) {
        snprintf(number, sizeof number, "%" PRId64, wish->number);
    }
    const shire_cli_access_cell cells[] = {
        {"number", number, 6},
        {"from", shire_cli_access_format_day(call, wish->from), 10},
        {"until", shire_cli_access_format_day(call, wish->until), 10},
        {"organisation", wish->organisation, 10},
        {"team", wish->team, 16},
        {"what", wish->what, 0}};
    return shire_cli_access_print(call, cells, sizeof cells / sizeof cells[0], error);
}

static shire_status list_wishes(shire_cli_access *call, shire_error *error) {
    shire_gate_wishes kind = strcmp(call->words[0], "consent") == 0   ? SHIRE_GATE_CONSENTS
                             : strcmp(call->words[0], "opt-out") == 0 ? SHIRE_GATE_OPT_OUTS
                                                                      : SHIRE_GATE_SEALS;
    const shire_audit_entry entry = {.kind = "read",
                                     .actor = call->actor.account,
                                     .purpose = call->actor.purpose,
                                     .subject = person_of(call),
                                     .detail = kind == SHIRE_GATE_CONSENTS   ? "consents"
                                               : kind == SHIRE_GATE_OPT_OUTS ? "opt-out"
                                                                             : "seals"};
    shire_status status = check_person(call, error);
    if (status == SHIRE_OK) {
        status = shire_audit_append(call->store, &entry, error);
    }
    return status == SHIRE_OK ? shire_gate_wish_scan(call->store, kind, person_of(call),
                                                     call->arena, print_wish, call, error)
                              : status;
}

shire_status shire_cli_access_wish(shire_cli_access *call, shire_error *error) {
    static const struct {
        const char *group;
        shire_status (*add)(shire_cli_access *call, shire_error *error);
        shire_status (*end)(shire_cli_access *call, shire_error *error);
    } groups[] = {{"consent", add_consent, end_consent},
                  {"opt-out", add_opt_out, end_opt_out},
                  {"seal", add_seal, end_seal}};
    size_t group = 0;
    while (strcmp(groups[group].group, call->words[0]) != 0) {
        group++;
    }
    return strcmp(call->words[1], "add") == 0   ? groups[group].add(call, error)
           : strcmp(call->words[1], "end") == 0 ? groups[group].end(call, error)
                                                : list_wishes(call, error);
}
