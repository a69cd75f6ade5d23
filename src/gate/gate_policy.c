/*
 * Reads the snapshot. Rows about persons are sorted by the person's id and found by halving; ids
 * that have retired since are read as the ones that they went into. A version that is the same
 * before and after says that the tables were read as one.
 */
#include "gate/gate_policy.h"

#include "gate/gate_internal.h"
#include "gate/gate_policy_internal.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define READS_MAX 5

/* ---- growing arrays ---- */

void *shire_gate_rows_add(shire_gate_rows *rows, size_t size) {
    if (rows->count == rows->capacity) {
        size_t capacity = rows->capacity == 0 ? 64 : rows->capacity * 2;
        void *items = shire_memory_resize(rows->items, capacity * size);
        if (items == NULL) {
            return NULL;
        }
        rows->items = items;
        rows->capacity = capacity;
    }
    char *row = (char *)rows->items + rows->count++ * size;
    memset(row, 0, size);
    return row;
}

/* Each row about a person begins with the person's id. */
static int compare_person(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int compare_account(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void sort_rows(shire_gate_rows *rows, size_t size,
                      int (*compare)(const void *a, const void *b)) {
    if (rows->count > 1) {
        qsort(rows->items, rows->count, size, compare);
    }
}

size_t shire_gate_rows_find(const shire_gate_rows *rows, size_t size, const void *key,
                            int (*compare)(const void *a, const void *b), size_t *count_out) {
    size_t low = 0;
    size_t high = rows->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare((const char *)rows->items + middle * size, key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    high = low;
    while (high < rows->count && compare((const char *)rows->items + high * size, key) == 0) {
        high++;
    }
    *count_out = high - low;
    return low;
}

/* ---- reading tables ---- */

typedef struct policy_reader {
    shire_store *store;
    shire_gate_policy *policy;
    shire_gate_rows retired; /* retired_row, sorted */
    shire_error *error;
} policy_reader;

typedef struct retired_row {
    const char *person_id;
    const char *into;
} retired_row;

static shire_status no_memory(const policy_reader *reader) {
    return SHIRE_FAIL(reader->error, SHIRE_NO_MEMORY, "no memory for the policy");
}

static const char *keep(const policy_reader *reader, const shire_store_statement *row, int column) {
    return shire_gate_keep(row, column, reader->policy->arena);
}

/* The id that a person has now. */
static const char *resolve(const policy_reader *reader, const char *person_id) {
    for (size_t steps = 0; steps <= reader->retired.count; steps++) {
        size_t count = 0;
        size_t at = shire_gate_rows_find(&reader->retired, sizeof(retired_row), &person_id,
                                         compare_person, &count);
        if (count == 0) {
            return person_id;
        }
        person_id = ((const retired_row *)reader->retired.items)[at].into;
    }
    return person_id;
}

/* The number of a code; codes that are new get one. */
static bool number_organisation(shire_gate_policy *policy, shire_span code, int32_t *number_out) {
    int32_t number = shire_gate_policy_find_organisation(policy, code);
    if (number == SHIRE_GATE_NOBODY && code.length > 0) {
        const char **row = shire_gate_rows_add(&policy->organisations, sizeof *row);
        const char *copy = shire_arena_copy_text(policy->arena, code.bytes, code.length);
        if (row == NULL || copy == NULL) {
            return false;
        }
        *row = copy;
        number = (int32_t)policy->organisations.count - 1;
    }
    *number_out = number;
    return true;
}

typedef shire_status (*row_taker)(policy_reader *reader, const shire_store_statement *row);

static shire_status read_table(policy_reader *reader, const char *sql, row_taker take) {
    shire_store_statement *select = NULL;
    bool has_row = true;
    shire_status status = shire_store_prepare(reader->store, sql, &select, reader->error);
    while (status == SHIRE_OK && has_row) {
        status = shire_store_step(select, &has_row, reader->error);
        if (status == SHIRE_OK && has_row) {
            status = take(reader, select);
        }
    }
    shire_store_finalize(select);
    return status;
}

static shire_status take_days(const policy_reader *reader, const shire_store_statement *row,
                              int column, shire_date *from_out, shire_date *until_out) {
    shire_status status = shire_gate_take_day(row, column, INT32_MIN, from_out, reader->error);
    return status == SHIRE_OK
               ? shire_gate_take_day(row, column + 1, SHIRE_GATE_NO_END, until_out, reader->error)
               : status;
}

static shire_status take_retired(policy_reader *reader, const shire_store_statement *row) {
    retired_row *retired = shire_gate_rows_add(&reader->retired, sizeof *retired);
    if (retired == NULL || (retired->person_id = keep(reader, row, 0)) == NULL ||
        (retired->into = keep(reader, row, 1)) == NULL) {
        return no_memory(reader);
    }
    return SHIRE_OK;
}

/* Only gives the code a number, in the order of codes. */
static shire_status take_organisation(policy_reader *reader, const shire_store_statement *row) {
    int32_t number = 0;
    return number_organisation(reader->policy, shire_store_column_text(row, 0), &number)
               ? SHIRE_OK
               : no_memory(reader);
}

static shire_status take_account(policy_reader *reader, const shire_store_statement *row) {
    size_t role = 0;
    policy_account *account = shire_gate_rows_add(&reader->policy->accounts, sizeof *account);
    if (account == NULL ||
        !number_organisation(reader->policy, shire_store_column_text(row, 2),
                             &account->organisation) ||
        (account->name = keep(reader, row, 1)) == NULL) {
        return no_memory(reader);
    }
    account->account_no = shire_store_column_int64(row, 0);
    /* A role that this program does not know opens nothing. */
    account->role = shire_gate_parse(SHIRE_GATE_ROLES, shire_store_column_text(row, 3), &role)
                        ? (shire_gate_role)role
                        : SHIRE_GATE_ROLE_COUNT;
    if (!shire_store_column_is_null(row, 4)) {
        const char *person_id = keep(reader, row, 4);
        account->person_id = person_id == NULL ? NULL : resolve(reader, person_id);
        return person_id == NULL ? no_memory(reader) : SHIRE_OK;
    }
    return SHIRE_OK;
}

static shire_status take_team(policy_reader *reader, const shire_store_statement *row) {
    policy_team *team = shire_gate_rows_add(&reader->policy->teams, sizeof *team);
    if (team == NULL || (team->name = keep(reader, row, 1)) == NULL) {
        return no_memory(reader);
    }
    team->team_no = shire_store_column_int64(row, 0);
    return SHIRE_OK;
}

static shire_status take_member(policy_reader *reader, const shire_store_statement *row) {
    policy_member *member = shire_gate_rows_add(&reader->policy->members, sizeof *member);
    if (member == NULL) {
        return no_memory(reader);
    }
    member->account_no = shire_store_column_int64(row, 0);
    member->team = (int32_t)shire_store_column_int64(row, 1);
    return take_days(reader, row, 2, &member->from, &member->until);
}

static shire_status take_agreement(policy_reader *reader, const shire_store_statement *row) {
    size_t purpose = 0;
    shire_gate_agreement agreement = {0};
    if (!number_organisation(reader->policy, shire_store_column_text(row, 0), &agreement.owner) ||
        !number_organisation(reader->policy, shire_store_column_text(row, 1),
                             &agreement.recipient)) {
        return no_memory(reader);
    }
    shire_status status =
        shire_gate_parse_bits(SHIRE_GATE_CATEGORIES, shire_store_column_text(row, 3),
                              &agreement.categories, reader->error);
    if (status == SHIRE_OK &&
        !shire_gate_parse(SHIRE_GATE_PURPOSES, shire_store_column_text(row, 2), &purpose)) {
        status = SHIRE_FAIL(reader->error, SHIRE_INVALID,
                            "the store has an agreement for a purpose that this program does not "
                            "know; use the program that wrote it");
    }
    if (status == SHIRE_OK) {
        agreement.purpose = (shire_gate_purpose)purpose;
        status = take_days(reader, row, 4, &agreement.from, &agreement.until);
    }
    if (status == SHIRE_OK) {
        shire_gate_agreement *added =
            shire_gate_rows_add(&reader->policy->agreements, sizeof *added);
        if (added == NULL) {
            return no_memory(reader);
        }
        *added = agreement;
    }
    return status;
}

/* The id of a row's person as it is now; NULL without memory. */
static const char *take_person(policy_reader *reader, const shire_store_statement *row) {
    const char *person_id = keep(reader, row, 0);
    return person_id == NULL ? NULL : resolve(reader, person_id);
}

static shire_status take_relationship(policy_reader *reader, const shire_store_statement *row) {
    size_t kind = 0;
    policy_relationship *added = shire_gate_rows_add(&reader->policy->relationships, sizeof *added);
    if (added == NULL || (added->person_id = take_person(reader, row)) == NULL ||
        !number_organisation(reader->policy, shire_store_column_text(row, 2),
                             &added->relationship.organisation)) {
        return no_memory(reader);
    }
    if (!shire_gate_parse(SHIRE_GATE_RELATIONSHIPS, shire_store_column_text(row, 1), &kind)) {
        return SHIRE_FAIL(reader->error, SHIRE_INVALID,
                          "the store has a relationship of a kind that this program does not know; "
                          "use the program that wrote it");
    }
    added->relationship.kind = (shire_gate_relationship_kind)kind;
    added->relationship.team = shire_store_column_is_null(row, 3)
                                   ? SHIRE_GATE_NOBODY
                                   : (int32_t)shire_store_column_int64(row, 3);
    return take_days(reader, row, 4, &added->relationship.from, &added->relationship.until);
}

static shire_status take_consent(policy_reader *reader, const shire_store_statement *row) {
    shire_span code = shire_store_column_text(row, 2);
    policy_consent *added = shire_gate_rows_add(&reader->policy->consents, sizeof *added);
    if (added == NULL || (added->person_id = take_person(reader, row)) == NULL ||
        !number_organisation(reader->policy,
                             shire_span_equal(code, shire_span_of("*")) ? (shire_span){0} : code,
                             &added->consent.organisation)) {
        return no_memory(reader);
    }
    if (shire_span_equal(code, shire_span_of("*"))) {
        added->consent.organisation = SHIRE_GATE_EVERY;
    }
    shire_status status =
        shire_gate_parse_bits(SHIRE_GATE_SENSITIVITIES, shire_store_column_text(row, 1),
                              &added->consent.sensitivity, reader->error);
    return status == SHIRE_OK
               ? take_days(reader, row, 3, &added->consent.from, &added->consent.until)
               : status;
}

static shire_status take_grant(policy_reader *reader, const shire_store_statement *row) {
    policy_grant *added = shire_gate_rows_add(&reader->policy->grants, sizeof *added);
    if (added == NULL || (added->person_id = take_person(reader, row)) == NULL) {
        return no_memory(reader);
    }
    added->grant =
        (shire_gate_grant){shire_store_column_int64(row, 1), shire_store_column_int64(row, 2),
                           shire_store_column_int64(row, 3)};
    return SHIRE_OK;
}

static shire_status take_opt_out(policy_reader *reader, const shire_store_statement *row) {
    policy_opt_out *added = shire_gate_rows_add(&reader->policy->opt_outs, sizeof *added);
    if (added == NULL || (added->person_id = keep(reader, row, 0)) == NULL) {
        return no_memory(reader);
    }
    return take_days(reader, row, 1, &added->from, &added->until);
}

/* Whom a split made new is opted out as the one that they were thought to be: they said nothing
 * else yet. The rows of split changes come in their order, so that splits of splits follow too. */
static shire_status take_split(policy_reader *reader, const shire_store_statement *row) {
    shire_gate_rows *rows = &reader->policy->opt_outs;
    const char *from = keep(reader, row, 0);
    const char *to = keep(reader, row, 1);
    if (from == NULL || to == NULL) {
        return no_memory(reader);
    }
    for (size_t i = 0; i < rows->count; i++) {
        policy_opt_out found = ((const policy_opt_out *)rows->items)[i];
        if (strcmp(found.person_id, from) == 0) {
            policy_opt_out *added = shire_gate_rows_add(rows, sizeof *added);
            if (added == NULL) {
                return no_memory(reader);
            }
            *added = found;
            added->person_id = to;
            break;
        }
    }
    return SHIRE_OK;
}

/* Seals come with their items, by seal: the later of two seals on an item is the one that holds. */
static shire_status take_seal(policy_reader *reader, const shire_store_statement *row) {
    shire_gate_policy *policy = reader->policy;
    int64_t seal_no = shire_store_column_int64(row, 0);
    policy_seal_item *item = shire_gate_rows_add(&policy->seal_items, sizeof *item);
    if (item == NULL || (item->item = keep(reader, row, 3)) == NULL) {
        return no_memory(reader);
    }
    if (policy->seals.count == 0 || policy->last_seal_no != seal_no) {
        shire_gate_seal *seal = shire_gate_rows_add(&policy->seals, sizeof *seal);
        if (seal == NULL ||
            !number_organisation(policy, shire_store_column_text(row, 1), &seal->organisation)) {
            return no_memory(reader);
        }
        seal->team = shire_store_column_is_null(row, 2) ? SHIRE_GATE_NOBODY
                                                        : (int32_t)shire_store_column_int64(row, 2);
        policy->last_seal_no = seal_no;
        shire_status status = take_days(reader, row, 4, &seal->from, &seal->until);
        if (status != SHIRE_OK) {
            return status;
        }
    }
    item->seal = (uint32_t)policy->seals.count;
    return SHIRE_OK;
}

static const struct {
    const char *sql;
    row_taker take;
} tables[] = {
    {"SELECT person_id, retired_into FROM index_person WHERE retired_into IS NOT NULL",
     take_retired},
    {"SELECT organisation FROM account UNION SELECT organisation FROM team UNION SELECT owner FROM "
     "agreement UNION SELECT recipient FROM agreement UNION SELECT organisation FROM relationship "
     "UNION SELECT organisation FROM seal ORDER BY 1",
     take_organisation},
    {"SELECT account_no, name, organisation, role, person_id FROM account WHERE is_disabled = 0",
     take_account},
    {"SELECT team_no, name FROM team ORDER BY team_no", take_team},
    {"SELECT account_no, team_no, from_day, until_day FROM team_member ORDER BY member_no",
     take_member},
    {"SELECT owner, recipient, purpose, categories, from_day, until_day FROM agreement ORDER BY "
     "agreement_no",
     take_agreement},
    {"SELECT person_id, kind, organisation, team_no, from_day, until_day FROM relationship",
     take_relationship},
    {"SELECT person_id, kinds, organisation, from_day, until_day FROM consent", take_consent},
    {"SELECT person_id, account_no, opened, ends FROM break_glass", take_grant},
    {"SELECT person_id, from_day, until_day FROM opt_out", take_opt_out},
    {"SELECT from_person, to_person FROM index_change WHERE kind = 'split' ORDER BY change_no",
     take_split},
    {"SELECT s.seal_no, s.organisation, s.team_no, i.item, s.from_day, s.until_day FROM seal s "
     "JOIN seal_item i ON i.seal_no = s.seal_no ORDER BY s.seal_no, i.item",
     take_seal},
};

static int compare_seal_item(const void *a, const void *b) {
    const policy_seal_item *x = a;
    const policy_seal_item *y = b;
    int order = strcmp(x->item, y->item);
    return order != 0 ? order : (x->seal > y->seal) - (x->seal < y->seal);
}

static shire_status read_tables(policy_reader *reader) {
    shire_gate_policy *policy = reader->policy;
    shire_status status = SHIRE_OK;
    for (size_t i = 0; i < sizeof tables / sizeof tables[0] && status == SHIRE_OK; i++) {
        status = read_table(reader, tables[i].sql, tables[i].take);
        sort_rows(&reader->retired, sizeof(retired_row), compare_person);
    }
    for (size_t i = 0; i < policy->opt_outs.count; i++) {
        policy_opt_out *row = (policy_opt_out *)policy->opt_outs.items + i;
        row->person_id = resolve(reader, row->person_id);
    }
    sort_rows(&policy->accounts, sizeof(policy_account), compare_account);
    sort_rows(&policy->members, sizeof(policy_member), compare_account);
    sort_rows(&policy->relationships, sizeof(policy_relationship), compare_person);
    sort_rows(&policy->consents, sizeof(policy_consent), compare_person);
    sort_rows(&policy->grants, sizeof(policy_grant), compare_person);
    sort_rows(&policy->opt_outs, sizeof(policy_opt_out), compare_person);
    sort_rows(&policy->seal_items, sizeof(policy_seal_item), compare_seal_item);
    return status;
}

static void free_policy(shire_gate_policy *policy) {
    shire_gate_rows *const all[] = {
        &policy->teams,      &policy->organisations, &policy->accounts,  &policy->members,
        &policy->agreements, &policy->relationships, &policy->consents,  &policy->grants,
        &policy->opt_outs,   &policy->seals,         &policy->seal_items};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        shire_memory_free(all[i]->items);
    }
    shire_arena_wipe_free(policy->arena);
    shire_memory_free(policy);
}

/* What the policy depends on: the gate's own version, and the index's, whose ids retire. */
static shire_status read_state(shire_store *store, policy_state *state_out, shire_error *error) {
    shire_status status = shire_gate_version(store, &state_out->version, error);
    return status == SHIRE_OK
               ? shire_store_query_int64(store, "SELECT coalesce(max(run_no), 0) FROM index_run",
                                         &state_out->run_no, error)
               : status;
}

static shire_status read_once(shire_store *store, const char *const *organisations,
                              size_t organisation_count, shire_gate_policy **policy_out,
                              bool *is_whole_out, shire_error *error) {
    policy_state after = {0};
    shire_gate_policy *policy = shire_memory_resize(NULL, sizeof *policy);
    if (policy == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the policy");
    }
    memset(policy, 0, sizeof *policy);
    atomic_init(&policy->references, 1);
    policy_reader reader = {.store = store, .policy = policy, .error = error};
    shire_status status = shire_arena_new("policy_arena", 0, &policy->arena, error);
    for (size_t i = 0; i < organisation_count && status == SHIRE_OK; i++) {
        const char **row = shire_gate_rows_add(&policy->organisations, sizeof *row);
        const char *copy =
            shire_arena_copy_text(policy->arena, organisations[i], strlen(organisations[i]));
        if (row == NULL || copy == NULL) {
            status = no_memory(&reader);
        } else {
            *row = copy;
        }
    }
    if (status == SHIRE_OK) {
        status = read_state(store, &policy->state, error);
    }
    if (status == SHIRE_OK) {
        status = read_tables(&reader);
    }
    if (status == SHIRE_OK) {
        status = read_state(store, &after, error);
    }
    shire_memory_free(reader.retired.items);
    *is_whole_out = status == SHIRE_OK && memcmp(&after, &policy->state, sizeof after) == 0;
    if (!*is_whole_out) {
        free_policy(policy);
        return status;
    }
    *policy_out = policy;
    return SHIRE_OK;
}

shire_status shire_gate_policy_read(shire_store *store, const char *const *organisations,
                                    size_t organisation_count, const shire_gate_policy **policy_out,
                                    shire_error *error) {
    for (int i = 0; i < READS_MAX; i++) {
        shire_gate_policy *policy = NULL;
        bool is_whole = false;
        shire_status status =
            read_once(store, organisations, organisation_count, &policy, &is_whole, error);
        if (status != SHIRE_OK || is_whole) {
            *policy_out = policy;
            return status;
        }
    }
    return SHIRE_FAIL(error, SHIRE_IO_FAILED,
                      "the policy changed while it was read, %d times; try again", READS_MAX);
}

bool shire_gate_policy_is_current(const shire_gate_policy *policy, shire_store *store,
                                  shire_status *status_out, shire_error *error) {
    policy_state now = {0};
    *status_out = read_state(store, &now, error);
    return *status_out == SHIRE_OK && memcmp(&now, &policy->state, sizeof now) == 0;
}

const shire_gate_policy *shire_gate_policy_keep(const shire_gate_policy *policy) {
    atomic_fetch_add_explicit(&((shire_gate_policy *)policy)->references, 1, memory_order_relaxed);
    return policy;
}

void shire_gate_policy_release(const shire_gate_policy *policy) {
    shire_gate_policy *counted = (shire_gate_policy *)policy;
    if (counted != NULL &&
        atomic_fetch_sub_explicit(&counted->references, 1, memory_order_acq_rel) == 1) {
        free_policy(counted);
    }
}
