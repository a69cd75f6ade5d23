/*
 * What a run says of itself: collected from the warehouse's tables after the last stage, printed as
 * one JSON object (an interface: others script against its keys) or as tables for a terminal.
 */
#ifndef SHIRE_CLI_RUN_SUMMARY_H
#define SHIRE_CLI_RUN_SUMMARY_H

#include "cli/run_matching.h"
#include "core/meter.h"
#include "io/table.h"
#include "org/partnership.h"

#include <stdio.h>

/* How well the joins agree with a known truth; pairs of records, 0 to 1. */
typedef struct shire_link_quality {
    bool known;
    double precision;
    double recall;
    double f1;
} shire_link_quality;

typedef struct shire_run_summary {
    int64_t people;
    int64_t records;
    int64_t records_compared; /* with others anew; the rest as the last run left them */
    int64_t records_joined;   /* records that share their person with another record */
    int64_t events;
    int64_t items;
    int64_t findings;
    bool reconciled;
    shire_frame
        organisations; /* code, name, ledger, allocated, excluded, unallocated, difference */
    shire_frame kinds_of_care;  /* setting, events, amount: dearest first */
    shire_frame delay_reasons;  /* organisation, reason, responsible, events, days, amount */
    shire_frame delay_partners; /* partner, days, amount */
    shire_frame ledgers;   /* code, ledger (cost or income), segment, amount: by organisation */
    shire_frame packages;  /* organisation, kind of care, packages, days, six amounts */
    shire_frame assurance; /* the table assurance */
    shire_frame progress;  /* status, events, days, cost_brought_forward, cost, cost_to_date */
    shire_run_matching matching;
    shire_link_quality link;
} shire_run_summary;

/* Reads the warehouse. Frames live in `arena`. `link` and records_compared are left for the caller.
 */
shire_status shire_run_summary_collect(shire_table *warehouse, shire_arena *arena,
                                       shire_run_summary *summary_out,
                                       shire_error *error) SHIRE_MUST_CHECK;

shire_status shire_run_summary_print_json(const shire_run_summary *summary,
                                          const shire_meter *meter, const char *report_path,
                                          FILE *file, shire_error *error) SHIRE_MUST_CHECK;

void shire_run_summary_print(const shire_run_summary *summary, const shire_meter *meter,
                             const shire_partnership *partnership, const char *report_path,
                             FILE *file);

#endif
