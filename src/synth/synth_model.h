/*
 * The costing model of the synthetic county as tables: bodies, pools with the rates that size them,
 * support departments, what is excluded. Both the ledger and the costing tables are made of them.
 */
#ifndef SHIRE_SYNTH_SYNTH_MODEL_H
#define SHIRE_SYNTH_SYNTH_MODEL_H

#include "synth/synth_internal.h"

typedef enum synth_body_no {
    SYNTH_BODY_COUNCIL,
    SYNTH_BODY_PCT,
    SYNTH_BODY_HOSPITAL,
    SYNTH_BODY_MENTAL,
    SYNTH_BODY_HOUSING,
    SYNTH_BODY_COUNT
} synth_body_no;

typedef struct synth_body {
    const char *code;
    const char *name;
    const char *kind;
    const char *opened;
    int64_t total_pence;         /* of the ledger, for 180,000 people */
    const char *method;          /* of its support costs */
    const char *ledger_file;     /* data/NAME.csv */
    uint32_t overhead_per_mille; /* of the full cost of care that is support */
    uint32_t person_per_mille;   /* of support departments' cost that serves care at all */
} synth_body;
extern const synth_body synth_bodies[SYNTH_BODY_COUNT];

/* Kinds of spending: which accounts a cost centre has, and their weights. */
typedef struct synth_account {
    const char *code;
    const char *name;
    uint32_t weight;
} synth_account;
typedef enum synth_profile {
    SYNTH_PROFILE_CLINICAL,
    SYNTH_PROFILE_MEDICAL,
    SYNTH_PROFILE_TECHNICAL,
    SYNTH_PROFILE_DRUGS,
    SYNTH_PROFILE_PURCHASE,
    SYNTH_PROFILE_OFFICE,
    SYNTH_PROFILE_PREMISES,
    SYNTH_PROFILE_CAPITAL,
    SYNTH_PROFILE_COUNT
} synth_profile;
const synth_account *synth_profile_accounts(synth_profile profile, size_t *count_out);

typedef enum synth_measure {
    SYNTH_BY_COUNT,
    SYNTH_BY_DAYS,
    SYNTH_BY_MINUTES,
    SYNTH_BY_AMOUNT,
    SYNTH_BY_WEIGHT
} synth_measure;

/* One activity rule, and what it should cost: the measure's total times rate, full cost. */
/* Fields stand in the order in which a row of the table is read, not by size. */
// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding)
typedef struct synth_rule {
    synth_body_no body;
    const char *pool;
    synth_profile profile;
    const char *resource;
    const char *activity;
    const char *feed;
    const char *condition;
    const char *basis;
    synth_sheet sheet;
    int group; /* -1: all groups */
    synth_measure measure;
    int64_t rate_millipence; /* a unit; for amounts and weights thousandths */
    bool common;             /* no fixed shares: all items of the resource together */
} synth_rule;
extern const synth_rule synth_rules[];
extern const size_t synth_rule_count;

// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding)
typedef struct synth_support {
    synth_body_no body;
    const char *pool;
    uint32_t weight; /* of the body's support cost */
    const char *driver;
    int step;
    bool cost_driver; /* the driver is the receiving pools' cost */
    synth_profile profile;
} synth_support;
extern const synth_support synth_supports[];
extern const size_t synth_support_count;

// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding)
typedef struct synth_excluded {
    synth_body_no body;
    const char *name;
    uint32_t weight; /* of what the body spends on none of the above */
    const char *reason;
    synth_profile profile;
} synth_excluded;
extern const synth_excluded synth_excludeds[];
extern const size_t synth_excluded_count;

typedef struct synth_income {
    synth_body_no body;
    const char *account;
    const char *name;
    int64_t pence; /* a year, for 180,000 people; credited */
} synth_income;
extern const synth_income synth_incomes[];
extern const size_t synth_income_count;

/* ---- sized ---- */

#define SYNTH_POOLS_MAX 64

/* A pool of one body: patient pools first, then support pools, in table order. */
typedef struct synth_pool {
    synth_body_no body;
    const char *name;
    synth_profile profile;
    bool support;
    int number;         /* within the body, from 1: cost centres P01xx or S01xx */
    int64_t full_pence; /* of patient pools: with their share of support */
    int64_t own_pence;  /* what the ledger holds for it */
} synth_pool;

typedef struct synth_sizes {
    synth_pool pools[SYNTH_POOLS_MAX];
    size_t pool_count;
    int64_t rule_pence[96]; /* full cost of each rule */
    int64_t total_pence[SYNTH_BODY_COUNT];
    int64_t excluded_pence[SYNTH_BODY_COUNT]; /* left for synth_excludeds */
} synth_sizes;

/* Work out every pool from the tallies. Pools are cut in proportion where a body's total is too
 * small for them, so that something is left to exclude. */
void synth_model_size(const synth_tally tallies[SYNTH_SHEET_COUNT][SYNTH_GROUPS_MAX],
                      int64_t person_count, synth_sizes *sizes_out);

/* costing/NAME.csv. */
shire_status synth_model_write(const synth_files *files, const synth_sizes *sizes,
                               const synth_people *people, shire_error *error) SHIRE_MUST_CHECK;

#endif
