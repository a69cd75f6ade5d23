/*
 * What the parts of bench-link share: made-up person records, how a failure ends, and the parts.
 */
#ifndef SHIRE_BENCH_LINKAGE_H
#define SHIRE_BENCH_LINKAGE_H

#include "core/meter.h"
#include "io/table.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct linkage_bench {
    int64_t scored_records; /* of which the pairs are that are scored both ways */
    int64_t records;        /* linked end to end by the program */
    bool with_splink;
    int thread_count;
    char dir[256]; /* scratch, removed at the end */
    shire_error error;
} linkage_bench;

/* Ends the process with the error's sentence, the scratch folder removed, unless all is well. */
void linkage_check(linkage_bench *bench, shire_status status);
void *linkage_checked(linkage_bench *bench, void *memory);

static inline double linkage_seconds_since(int64_t start) {
    return (double)(shire_clock_nanoseconds() - start) * 1e-9;
}

/*
 * The table people(id, given, family, dob, sex, postcode, address, phone, nhs_number, truth): about
 * 1.7 records a person, in random order, with typing errors, initials, moves, gaps; names as
 * unevenly spread as real ones. The same records on every machine.
 */
void linkage_make_people(linkage_bench *bench, shire_table *table, int64_t record_count);

/* Pairs scored by the engine and by SQL with the same model; results compared pair by pair. */
void linkage_bench_scoring(linkage_bench *bench);

/* `shire link` as a process of its own over a file of `records` records. */
void linkage_bench_whole(linkage_bench *bench);

/* Splink, from PyPI, and `shire link` on the same files. */
void linkage_bench_splink(linkage_bench *bench);

/* What `shire link --json` printed, and what the process took. */
typedef struct linkage_run {
    double seconds;
    double peak_mb; /* largest resident set, of the kernel */
    double people;
    double candidate_pairs;
    double precision;
    double recall;
    double f1;
    double b3_f1;
} linkage_run;

/* Runs a program (arguments end with NULL; the first is its path) that prints one JSON object. */
linkage_run linkage_run_program(linkage_bench *bench, const char *const *arguments);

/* Runs a program that must succeed; what it prints goes to standard error. */
void linkage_run_quietly(linkage_bench *bench, const char *const *arguments);

/* The path of the program build/shire, beside this one. */
const char *linkage_program(linkage_bench *bench);

#endif
