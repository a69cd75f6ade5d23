/*
 * Why an account may or may not do something: the gate's own decision, asked for every owner and
 * category as a page would ask it, and the table of roles as it stands in the program.
 */
#include "cli/cli_access.h"

#include "audit/audit_log.h"
#include "gate/gate_account.h"
#include "gate/gate_policy.h"
#include "gate/gate_sharing.h"
#include "record/record_book.h"
#include "record/record_relate.h"

#include <stdio.h>
#include <string.h>

typedef struct explain_call {
    shire_cli_access *call;
    const shire_gate_policy *policy;
    shire_gate_viewer viewer;
    shire_gate_action action;
} explain_call;

static shire_status print_decision(const explain_call *explain, const shire_gate_opening *opening,
                                   int32_t owner, shire_gate_category category,
                                   shire_error *error) {
    const shire_gate_item item = {.owner = owner, .category = category};
    shire_gate_rule rule = shire_gate_judge(opening, &item);
    const char *remedy = shire_gate_rule_remedy(rule);
    const char *sentence = remedy[0] == '\0'
                               ? shire_gate_rule_sentence(rule)
                               : shire_arena_format(explain->call->arena, "%s %s",
                                                    shire_gate_rule_sentence(rule), remedy);
    const shire_cli_access_cell cells[] = {
        {"owner", shire_gate_policy_organisation(explain->policy, owner), 10},
        {"category", shire_gate_name(SHIRE_GATE_CATEGORIES, category), 13},
        {"decision", shire_gate_is_allowed(rule) ? "open" : "closed", 6},
        {"rule", shire_gate_rule_name(rule), 15},
        {"because", sentence == NULL ? "" : sentence, 0}};
    return shire_cli_access_print(explain->call, cells, sizeof cells / sizeof cells[0], error);
}

/* Every owner and category; or one category, of a person whom the account's organisation looks
 * after: what role and agreements alone decide. */
static shire_status explain_all(const explain_call *explain, const shire_gate_subject *subject,
                                size_t first, size_t last, shire_error *error) {
    shire_status status = SHIRE_OK;
    shire_gate_opening opening = shire_gate_open(&explain->viewer, subject, explain->action);
    for (int32_t owner = 0; owner < (int32_t)explain->call->organisation_count; owner++) {
        for (size_t category = first; category <= last && status == SHIRE_OK; category++) {
            status = print_decision(explain, &opening, owner, (shire_gate_category)category, error);
        }
    }
    return status;
}

static shire_status explain_category(const explain_call *explain, size_t category,
                                     shire_error *error) {
    shire_gate_relationship all[SHIRE_GATE_RELATIONSHIP_KIND_COUNT];
    for (int kind = 0; kind < SHIRE_GATE_RELATIONSHIP_KIND_COUNT; kind++) {
        all[kind] = (shire_gate_relationship){.kind = (shire_gate_relationship_kind)kind,
                                              .organisation = explain->viewer.organisation,
                                              .team = SHIRE_GATE_NOBODY,
                                              .from = INT32_MIN,
                                              .until = SHIRE_GATE_NO_END};
    }
    shire_gate_subject subject = {
        .person_id = explain->viewer.person_id == NULL ? "" : explain->viewer.person_id,
        .relationships = all,
        .relationship_count = SHIRE_GATE_RELATIONSHIP_KIND_COUNT};
    return explain_all(explain, &subject, category, category, error);
}

/* The relationships that the extracts tell of, as a page derives them. */
static shire_status derive(const explain_call *explain, const shire_record_book *book,
                           uint32_t person, shire_gate_relationship **derived_out,
                           size_t *count_out, shire_error *error) {
    shire_arena *arena = explain->call->arena;
    size_t count = 0;
    shire_record_relation *relations = shire_record_relate(book, person, NULL, NULL, arena, &count);
    shire_gate_relationship *derived = shire_arena_alloc_array(arena, count, sizeof *derived);
    if (relations == NULL || derived == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
    }
    for (size_t i = 0; i < count; i++) {
        shire_span code =
            shire_record_book_text(book, book->organisations[relations[i].organisation].code);
        derived[i] = (shire_gate_relationship){
            .kind = relations[i].kind,
            .organisation = shire_gate_policy_find_organisation(explain->policy, code),
            .team = SHIRE_GATE_NOBODY,
            .from = relations[i].from,
            .until = relations[i].until};
    }
    *derived_out = derived;
    *count_out = count;
    return SHIRE_OK;
}

static shire_status explain_person(const explain_call *explain, const char *person_id,
                                   shire_error *error) {
    shire_record_book *book = NULL;
    shire_gate_relationship *derived = NULL;
    size_t derived_count = 0;
    shire_gate_subject subject;
    shire_status status = shire_record_book_open(explain->call->partnership.dir, 0, &book, error);
    if (status == SHIRE_OK) {
        uint32_t person = shire_record_book_find_person(book, shire_span_of(person_id));
        status = person == SHIRE_RECORD_NOBODY
                     ? SHIRE_FAIL(error, SHIRE_NOT_FOUND,
                                  "'%s' is neither a category nor the id of a person of the last "
                                  "run",
                                  person_id)
                     : derive(explain, book, person, &derived, &derived_count, error);
    }
    if (status == SHIRE_OK) {
        status = shire_gate_policy_subject(explain->policy, person_id, derived, derived_count,
                                           explain->call->arena, &subject, error);
    }
    if (status == SHIRE_OK) {
        status = explain_all(explain, &subject, 0, SHIRE_GATE_CATEGORY_COUNT - 1, error);
    }
    /* Who looks after somebody shows in the decision, so this is a read too. */
    if (status == SHIRE_OK) {
        shire_audit_entry entry = {.kind = "read",
                                   .actor = explain->call->actor.account,
                                   .purpose = explain->call->actor.purpose,
                                   .subject = person_id,
                                   .detail = "access explained"};
        status = shire_audit_append(explain->call->store, &entry, error);
    }
    shire_record_book_close(book);
    return status;
}

static shire_status find_viewer(explain_call *explain, shire_error *error) {
    shire_cli_access *call = explain->call;
    shire_gate_account account;
    size_t purpose = 0;
    shire_status status =
        shire_gate_account_find(call->store, call->words[1], call->arena, &account, error);
    if (status == SHIRE_OK && call->purpose != NULL &&
        !shire_gate_parse(SHIRE_GATE_PURPOSES, shire_span_of(call->purpose), &purpose)) {
        status = SHIRE_FAIL(error, SHIRE_INVALID, "--purpose: '%s' is not known", call->purpose);
    }
    if (status == SHIRE_OK && call->purpose == NULL) {
        purpose = shire_gate_first_purpose(account.role);
    }
    return status == SHIRE_OK
               ? shire_gate_policy_viewer(explain->policy, account.account_no,
                                          (shire_gate_purpose)purpose, call->now, call->arena,
                                          &explain->viewer, NULL, NULL, error)
               : status;
}

shire_status shire_cli_access_explain(shire_cli_access *call, shire_error *error) {
    explain_call explain = {.call = call, .action = SHIRE_GATE_READ};
    size_t number = 0;
    shire_status status = SHIRE_OK;
    if (call->action != NULL) {
        if (!shire_gate_parse(SHIRE_GATE_ACTIONS, shire_span_of(call->action), &number)) {
            return SHIRE_FAIL(error, SHIRE_INVALID, "--action: '%s' is not known", call->action);
        }
        explain.action = (shire_gate_action)number;
    }
    status = shire_gate_policy_read(call->store, call->organisations, call->organisation_count,
                                    &explain.policy, error);
    if (status == SHIRE_OK) {
        status = find_viewer(&explain, error);
    }
    if (status == SHIRE_OK) {
        status = shire_gate_parse(SHIRE_GATE_CATEGORIES, shire_span_of(call->words[2]), &number)
                     ? explain_category(&explain, number, error)
                     : explain_person(&explain, call->words[2], error);
    }
    shire_gate_policy_release(explain.policy);
    return status;
}

shire_status shire_cli_access_roles(shire_cli_access *call, shire_error *error) {
    size_t count = 0;
    shire_status status = SHIRE_OK;
    const shire_gate_role_rule *rows = shire_gate_role_rules(&count);
    for (size_t i = 0; i < count && status == SHIRE_OK; i++) {
        for (int action = 0; action < SHIRE_GATE_ACTION_COUNT && status == SHIRE_OK; action++) {
            uint32_t bits = rows[i].categories[action];
            const char *names = bits == 0 ? "" : shire_gate_categories_format(bits, call->arena);
            const shire_cli_access_cell cells[] = {
                {"role", shire_gate_name(SHIRE_GATE_ROLES, rows[i].role), 16},
                {"purpose", shire_gate_name(SHIRE_GATE_PURPOSES, rows[i].purpose), 14},
                {"action", shire_gate_name(SHIRE_GATE_ACTIONS, (size_t)action), 6},
                {"relationship",
                 rows[i].purpose == SHIRE_GATE_OWN                      ? "own"
                 : rows[i].relationships == 0                           ? "none"
                 : rows[i].may_break_glass && action == SHIRE_GATE_READ ? "or reason"
                                                                        : "needed",
                 9},
                {"categories", names == NULL ? "" : names, 0}};
            if (bits != 0) {
                status = shire_cli_access_print(call, cells, sizeof cells / sizeof cells[0], error);
            }
        }
    }
    return status;
}
