/*
 * The hospital of June 1997 as its own engine costs it: that engine's cascade, step by step, in
 * fractions of any size and over the hospital's sheets as they are. Nothing of Shire's costing and
 * nothing of examples/hospital-1997 is used, so that both can be held against it.
 *
 * Sheets hold binary floating point in 17 digits ("41999.165999999997"): every number is read as
 * the nearest multiple of 1e-9, which takes that noise off and leaves all that people wrote.
 * What the engine does with amounts afterwards is exact here, where it has doubles.
 */
#ifndef SHIRE_TESTS_PROPERTY_HOSPITAL_H
#define SHIRE_TESTS_PROPERTY_HOSPITAL_H

#include "core/arena.h"
#include "core/text.h"
#include "io/csv.h"

#include <gmp.h>
#include <stdbool.h>
#include <stddef.h>

enum { HOSPITAL_ACCOUNTS = 2048, HOSPITAL_CODES = 512, HOSPITAL_KINDS = 128 };

/* One balance of the ledger; department and cost type are its name. */
typedef struct hospital_account {
    const char *department;
    const char *kind;
    bool there; /* false: dropped */
    mpq_t cost;
} hospital_account;

typedef struct hospital_ledger {
    hospital_account accounts[HOSPITAL_ACCOUNTS];
    size_t count;
    const char *preserved[HOSPITAL_KINDS]; /* cost types that do not become 'other' */
    size_t preserved_count;
} hospital_ledger;

/* One event of the engine: so much of a distribution code in an episode. */
typedef struct hospital_event {
    size_t code;
    size_t episode;
    mpq_t weight;
} hospital_event;

typedef struct hospital_episode {
    char key[32]; /* "Inpat 79716" */
    mpq_t cost;
} hospital_episode;

typedef struct hospital {
    shire_arena *arena;
    const char *dir; /* of the sheets */
    hospital_ledger ledger;
    hospital_episode *episodes; /* by key */
    size_t episode_count;
    const char *codes[HOSPITAL_CODES];
    mpq_t code_weights[HOSPITAL_CODES];
    size_t code_count;
    hospital_event *events;
    size_t event_count;
    size_t event_capacity;
    mpq_t undistributed;
    mpq_t dropped; /* balances of 0.1 and less after disbursement */
} hospital;

/* A sheet, as its file is named without .csv; fails the test when it cannot be read. */
shire_csv hospital_sheet(hospital *of, const char *name);
const char *hospital_cell(const shire_csv *sheet, size_t row, const char *column);
/* The number of a cell, to the nearest 1e-9; `number` is initialised by the caller. */
void hospital_number(const shire_csv *sheet, size_t row, const char *column, mpq_t number);
size_t hospital_episode_of(const hospital *of, const char *service, const char *number);
bool hospital_has_prefix(const char *text, const char *prefix);

/* The steps, in their order; the ledger after each is what the next begins with. */
void hospital_begin(hospital *of, const char *dir);
void hospital_build_costs(hospital *of);
void hospital_disburse(hospital *of);
void hospital_build_events(hospital *of);
void hospital_distribute(hospital *of);
void hospital_end(hospital *of);

void hospital_ledger_total(const hospital_ledger *ledger, mpq_t total);
size_t hospital_ledger_rows(const hospital_ledger *ledger);
/* The balance, or NULL. */
hospital_account *hospital_account_of(hospital_ledger *ledger, const char *department,
                                      const char *kind);

#endif
