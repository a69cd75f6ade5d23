/*
 * The inside of a policy: what gate_policy.c reads and gate_watch.c answers from.
 */
#ifndef SHIRE_GATE_POLICY_INTERNAL_H
#define SHIRE_GATE_POLICY_INTERNAL_H

#include "gate/gate_policy.h"

#include <stdatomic.h>

/* A growing array. */
typedef struct shire_gate_rows {
    void *items;
    size_t count;
    size_t capacity;
} shire_gate_rows;

typedef struct policy_state {
    int64_t version;
    int64_t run_no;
} policy_state;

typedef struct policy_account {
    int64_t account_no; /* first: sorted by it */
    const char *name;
    const char *person_id;
    int32_t organisation;
    shire_gate_role role;
} policy_account;

typedef struct policy_member {
    int64_t account_no; /* first: sorted by it */
    int32_t team;
    shire_date from;
    shire_date until;
} policy_member;

typedef struct policy_relationship {
    const char *person_id; /* first, here and below: sorted by it */
    shire_gate_relationship relationship;
} policy_relationship;

typedef struct policy_consent {
    const char *person_id;
    shire_gate_consent consent;
} policy_consent;

typedef struct policy_grant {
    const char *person_id;
    shire_gate_grant grant;
} policy_grant;

typedef struct policy_opt_out {
    const char *person_id;
    shire_date from;
    shire_date until;
} policy_opt_out;

typedef struct policy_seal_item {
    const char *item;
    uint32_t seal;
} policy_seal_item;

typedef struct policy_team {
    int64_t team_no;
    const char *name;
} policy_team;

struct shire_gate_policy {
    atomic_size_t references;
    shire_arena *arena;
    policy_state state;
    shire_gate_rows organisations; /* const char *, by number */
    shire_gate_rows accounts;
    shire_gate_rows teams; /* policy_team, by number */
    shire_gate_rows members;
    shire_gate_rows agreements; /* shire_gate_agreement */
    shire_gate_rows relationships;
    shire_gate_rows consents;
    shire_gate_rows grants;
    shire_gate_rows opt_outs;
    shire_gate_rows seals; /* shire_gate_seal */
    shire_gate_rows seal_items;
    int64_t last_seal_no; /* while it is read */
};

/* A zeroed row at the end; NULL without memory. */
void *shire_gate_rows_add(shire_gate_rows *rows, size_t size);
/* The first of the sorted rows that equal `key`, and how many do. */
size_t shire_gate_rows_find(const shire_gate_rows *rows, size_t size, const void *key,
                            int (*compare)(const void *a, const void *b), size_t *count_out);
bool shire_gate_policy_is_current(const shire_gate_policy *policy, shire_store *store,
                                  shire_status *status_out, shire_error *error);

#endif
