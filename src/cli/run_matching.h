/*
 * How the items of each feed found their events, from the warehouse of a run: with and without a
 * key, by each rule, what is left and why. Part of what `shire run --json` says, and what
 * `shire list DIR matching` prints.
 */
#ifndef SHIRE_CLI_RUN_MATCHING_H
#define SHIRE_CLI_RUN_MATCHING_H

#include "io/json.h"
#include "io/table.h"

#include <stdio.h>

typedef struct shire_run_matching {
    shire_frame feeds; /* code, feed, items, with_key, matched, unmatched, tied, unmatched_cost */
    shire_frame
        results; /* code, feed, match_rule_no (-1: unmatched), kind, columns, reason, items */
} shire_run_matching;

/* Reads the warehouse; frames live in `arena`. */
shire_status shire_run_matching_collect(shire_table *warehouse, shire_arena *arena,
                                        shire_run_matching *matching_out,
                                        shire_error *error) SHIRE_MUST_CHECK;

/* A list of one object a feed; NULL when out of memory. */
json_t *shire_run_matching_json(const shire_run_matching *matching);

/* As tables of at most 100 columns. `with_rules`: what each rule matched, too. */
void shire_run_matching_print(const shire_run_matching *matching, bool with_rules, FILE *file);

#endif
