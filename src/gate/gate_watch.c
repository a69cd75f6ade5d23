/*
 * Answers from a policy, and the watch that holds the current one. A subject's rows are copied into
 * the caller's arena beside the derived relationships: a handful for a person.
 */
#include "gate/gate_internal.h"
#include "gate/gate_policy.h"
#include "gate/gate_policy_internal.h"

#include <pthread.h>
#include <string.h>

/* ---- organisations ---- */

int64_t shire_gate_policy_version(const shire_gate_policy *policy) {
    return policy->state.version;
}

size_t shire_gate_policy_organisation_count(const shire_gate_policy *policy) {
    return policy->organisations.count;
}

const char *shire_gate_policy_organisation(const shire_gate_policy *policy, int32_t number) {
    const char *const *codes = policy->organisations.items;
    return number >= 0 && (size_t)number < policy->organisations.count ? codes[number] : "";
}

const char *shire_gate_policy_team(const shire_gate_policy *policy, int32_t team_no) {
    const policy_team *teams = policy->teams.items;
    for (size_t i = 0; i < policy->teams.count; i++) {
        if (teams[i].team_no == team_no) {
            return teams[i].name;
        }
    }
    return "";
}

int32_t shire_gate_policy_find_organisation(const shire_gate_policy *policy, shire_span code) {
    const char *const *codes = policy->organisations.items;
    for (size_t i = 0; i < policy->organisations.count; i++) {
        if (strlen(codes[i]) == code.length && memcmp(codes[i], code.bytes, code.length) == 0) {
            return (int32_t)i;
        }
    }
    return SHIRE_GATE_NOBODY;
}

/* ---- a viewer ---- */

static int compare_account(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int compare_person(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int compare_item(const void *a, const void *b) {
    const shire_span *key = b;
    const char *item = ((const policy_seal_item *)a)->item;
    return shire_span_compare(shire_span_of(item), *key);
}

static bool add_teams(const shire_gate_policy *policy, shire_gate_viewer *viewer,
                      shire_arena *arena) {
    size_t count = 0;
    shire_date today = shire_gate_day(viewer->now);
    size_t first = shire_gate_rows_find(&policy->members, sizeof(policy_member),
                                        &viewer->account_no, compare_account, &count);
    int32_t *teams = shire_arena_alloc_array(arena, count, sizeof *teams);
    if (teams == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const policy_member *member = (const policy_member *)policy->members.items + first + i;
        if (member->from <= today && today <= member->until) {
            teams[viewer->team_count++] = member->team;
        }
    }
    viewer->teams = teams;
    return true;
}

shire_status shire_gate_policy_viewer(const shire_gate_policy *policy, int64_t account_no,
                                      shire_gate_purpose purpose, int64_t now, shire_arena *arena,
                                      shire_gate_viewer *viewer_out, const char **account_name_out,
                                      const char **organisation_out, shire_error *error) {
    size_t count = 0;
    size_t at = shire_gate_rows_find(&policy->accounts, sizeof(policy_account), &account_no,
                                     compare_account, &count);
    if (count == 0) {
        return SHIRE_FAIL(error, SHIRE_NOT_FOUND, "there is no such account; sign in again");
    }
    const policy_account *account = (const policy_account *)policy->accounts.items + at;
    size_t organisation_count = policy->organisations.count;
    uint32_t *agreed = shire_arena_alloc_array(arena, organisation_count, sizeof *agreed);
    shire_gate_viewer viewer = {.account_no = account_no,
                                .organisation = account->organisation,
                                .role = account->role,
                                .purpose = purpose,
                                .now = now,
                                .person_id = account->person_id,
                                .agreed = agreed,
                                .organisation_count = organisation_count};
    if (agreed == NULL || !add_teams(policy, &viewer, arena)) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for a viewer");
    }
    shire_gate_agree(policy->agreements.items, policy->agreements.count, account->organisation,
                     purpose, shire_gate_day(now), agreed, organisation_count);
    *viewer_out = viewer;
    if (account_name_out != NULL) {
        *account_name_out = account->name;
    }
    if (organisation_out != NULL) {
        *organisation_out = shire_gate_policy_organisation(policy, account->organisation);
    }
    return SHIRE_OK;
}

/* ---- a subject ---- */

static bool add_relationships(const shire_gate_policy *policy, const char *person_id,
                              const shire_gate_relationship *derived, size_t derived_count,
                              shire_arena *arena, shire_gate_subject *subject) {
    size_t count = 0;
    size_t first = shire_gate_rows_find(&policy->relationships, sizeof(policy_relationship),
                                        &person_id, compare_person, &count);
    shire_gate_relationship *all =
        shire_arena_alloc_array(arena, derived_count + count, sizeof *all);
    if (all == NULL) {
        return false;
    }
    if (derived_count > 0) {
        memcpy(all, derived, derived_count * sizeof *all);
    }
    for (size_t i = 0; i < count; i++) {
        all[derived_count + i] =
            ((const policy_relationship *)policy->relationships.items)[first + i].relationship;
    }
    subject->relationships = all;
    subject->relationship_count = derived_count + count;
    return true;
}

static bool add_consents(const shire_gate_policy *policy, const char *person_id, shire_arena *arena,
                         shire_gate_subject *subject) {
    size_t first = shire_gate_rows_find(&policy->consents, sizeof(policy_consent), &person_id,
                                        compare_person, &subject->consent_count);
    shire_gate_consent *all = shire_arena_alloc_array(arena, subject->consent_count, sizeof *all);
    for (size_t i = 0; i < subject->consent_count && all != NULL; i++) {
        all[i] = ((const policy_consent *)policy->consents.items)[first + i].consent;
    }
    subject->consents = all;
    return all != NULL;
}

static bool add_grants(const shire_gate_policy *policy, const char *person_id, shire_arena *arena,
                       shire_gate_subject *subject) {
    size_t first = shire_gate_rows_find(&policy->grants, sizeof(policy_grant), &person_id,
                                        compare_person, &subject->grant_count);
    shire_gate_grant *all = shire_arena_alloc_array(arena, subject->grant_count, sizeof *all);
    for (size_t i = 0; i < subject->grant_count && all != NULL; i++) {
        all[i] = ((const policy_grant *)policy->grants.items)[first + i].grant;
    }
    subject->grants = all;
    return all != NULL;
}

/* Where ids were joined there may be several periods. */
static bool add_opt_outs(const shire_gate_policy *policy, const char *person_id, shire_arena *arena,
                         shire_gate_subject *subject) {
    size_t first = shire_gate_rows_find(&policy->opt_outs, sizeof(policy_opt_out), &person_id,
                                        compare_person, &subject->opt_out_count);
    shire_gate_opt_out *all = shire_arena_alloc_array(arena, subject->opt_out_count, sizeof *all);
    for (size_t i = 0; i < subject->opt_out_count && all != NULL; i++) {
        const policy_opt_out *row = (const policy_opt_out *)policy->opt_outs.items + first + i;
        all[i] = (shire_gate_opt_out){row->from, row->until};
    }
    subject->opt_outs = all;
    return all != NULL;
}

shire_status shire_gate_policy_subject(const shire_gate_policy *policy, const char *person_id,
                                       const shire_gate_relationship *derived, size_t derived_count,
                                       shire_arena *arena, shire_gate_subject *subject_out,
                                       shire_error *error) {
    shire_gate_subject subject = {
        .person_id = person_id, .seals = policy->seals.items, .seal_count = policy->seals.count};
    if (!add_relationships(policy, person_id, derived, derived_count, arena, &subject) ||
        !add_consents(policy, person_id, arena, &subject) ||
        !add_grants(policy, person_id, arena, &subject) ||
        !add_opt_outs(policy, person_id, arena, &subject)) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for a subject");
    }
    *subject_out = subject;
    return SHIRE_OK;
}

uint32_t shire_gate_policy_seal(const shire_gate_policy *policy, shire_span item) {
    size_t count = 0;
    size_t first = shire_gate_rows_find(&policy->seal_items, sizeof(policy_seal_item), &item,
                                        compare_item, &count);
    return count == 0
               ? 0
               : ((const policy_seal_item *)policy->seal_items.items)[first + count - 1].seal;
}

/* ---- the watch ---- */

struct shire_gate_watch {
    pthread_mutex_t refreshing; /* one reader of the store at a time */
    pthread_mutex_t guard;      /* of `current`, for the moment of taking it */
    const shire_gate_policy *current;
    shire_arena *arena;
    const char **organisations;
    size_t organisation_count;
};

shire_status shire_gate_watch_new(const char *const *organisations, size_t organisation_count,
                                  shire_gate_watch **watch_out, shire_error *error) {
    shire_arena *arena = NULL;
    shire_status status = shire_arena_new("watch_arena", 0, &arena, error);
    if (status != SHIRE_OK) {
        return status;
    }
    shire_gate_watch *watch = shire_arena_alloc(arena, sizeof *watch);
    const char **codes = shire_arena_alloc_array(arena, organisation_count, sizeof *codes);
    bool is_done = watch != NULL && codes != NULL;
    for (size_t i = 0; i < organisation_count && is_done; i++) {
        codes[i] = shire_arena_copy_text(arena, organisations[i], strlen(organisations[i]));
        is_done = codes[i] != NULL;
    }
    if (!is_done) {
        shire_arena_free(arena);
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the policy");
    }
    *watch = (shire_gate_watch){.refreshing = PTHREAD_MUTEX_INITIALIZER,
                                .guard = PTHREAD_MUTEX_INITIALIZER,
                                .arena = arena,
                                .organisations = codes,
                                .organisation_count = organisation_count};
    *watch_out = watch;
    return SHIRE_OK;
}

void shire_gate_watch_free(shire_gate_watch *watch) {
    if (watch != NULL) {
        shire_gate_policy_release(watch->current);
        pthread_mutex_destroy(&watch->guard);
        pthread_mutex_destroy(&watch->refreshing);
        shire_arena_free(watch->arena);
    }
}

shire_status shire_gate_watch_refresh(shire_gate_watch *watch, shire_store *store,
                                      shire_error *error) {
    const shire_gate_policy *next = NULL;
    shire_status status = SHIRE_OK;
    pthread_mutex_lock(&watch->refreshing);
    /* Only this function changes `current`, so that it can be read here without the guard. */
    bool is_current = watch->current != NULL &&
                      shire_gate_policy_is_current(watch->current, store, &status, error);
    if (status == SHIRE_OK && !is_current) {
        status = shire_gate_policy_read(store, watch->organisations, watch->organisation_count,
                                        &next, error);
    }
    if (next != NULL) {
        pthread_mutex_lock(&watch->guard);
        const shire_gate_policy *before = watch->current;
        watch->current = next;
        pthread_mutex_unlock(&watch->guard);
        shire_gate_policy_release(before);
    }
    pthread_mutex_unlock(&watch->refreshing);
    return status;
}

const shire_gate_policy *shire_gate_watch_take(shire_gate_watch *watch) {
    pthread_mutex_lock(&watch->guard);
    const shire_gate_policy *policy =
        watch->current == NULL ? NULL : shire_gate_policy_keep(watch->current);
    pthread_mutex_unlock(&watch->guard);
    return policy;
}
