/*
 * Synthetic partnerships with known truth: a whole partnership folder (docs/partnership-folder.md)
 * of made-up people, their records in the systems of five bodies, their care of one financial
 * year, the bodies' ledgers and a costing model that reconciles.
 *
 * Nobody in it is real: NHS numbers are of the range 999, which is reserved for tests, telephone
 * numbers of the ranges that Ofcom keeps for drama, e-mail addresses of example domains.
 */
#ifndef SHIRE_SYNTH_SYNTH_H
#define SHIRE_SYNTH_SYNTH_H

#include "core/error.h"

#include <stdint.h>

#define SHIRE_SYNTH_PEOPLE_DEFAULT 180000
#define SHIRE_SYNTH_PEOPLE_MIN 500
#define SHIRE_SYNTH_PEOPLE_MAX 900000

typedef struct shire_synth_options {
    const char *dir;      /* made where it does not exist; what synth wrote there is replaced */
    int64_t people_count; /* SHIRE_SYNTH_PEOPLE_MIN to _MAX; ledgers are in proportion to 180,000 */
    uint64_t seed;        /* same seed and people_count: same bytes of every file */
    int thread_count;     /* 0: all processors; makes no difference to what is written */
} shire_synth_options;

typedef struct shire_synth_summary {
    int64_t people;
    int64_t records;
    int64_t events;
    int64_t items;
    int64_t ledger_lines;
} shire_synth_summary;

/*
 * Make the folder.
 *
 * summary_out  what was written, bad rows that are there on purpose included; only on SHIRE_OK.
 *
 * Returns SHIRE_OK, SHIRE_INVALID (an option outside its range, or a folder that already holds
 * files but no partnership.yaml: synth never writes over what is not a partnership),
 * SHIRE_IO_FAILED or SHIRE_NO_MEMORY. Takes about 1.5 KB of memory a person. One at a time.
 */
shire_status shire_synth_write(const shire_synth_options *options, shire_synth_summary *summary_out,
                               shire_error *error) SHIRE_MUST_CHECK;

#endif
