/*
 * The place of a run. All files of the last good run lie in one folder, DIR/.shire/run.0 or run.1,
 * and DIR/.shire/run is a link to it; the run under way makes its own in the other one, and takes
 * the place by one rename of that link, so that what stands is of one run at any moment. The names
 * that people and scripts know (DIR/.shire/warehouse.duckdb, report, ...) are links through it.
 */
#ifndef SHIRE_ORG_RUN_PLACE_H
#define SHIRE_ORG_RUN_PLACE_H

#include "org/partnership.h"

typedef struct shire_run_place {
    const char *state_dir;
    const char *link; /* DIR/.shire/run */
    const char *last_dir;
    const char *next_dir;
} shire_run_place;

/* The folder of the last run; who opens several of its files asks once, so that all are of one run.
 * Before the first run there is nothing in it; NULL when out of memory. */
const char *shire_run_place_last(const shire_partnership *partnership, shire_arena *arena);

/* Under the lock of the partnership: both folders, the next one empty. What a run that was killed
 * left is removed, and a folder that an older program left is brought into this order. */
shire_status shire_run_place_open(const shire_partnership *partnership, shire_arena *arena,
                                  shire_run_place *place_out, shire_error *error) SHIRE_MUST_CHECK;

/* The next run takes the place of the last; given back, the last has it again. Each is one step,
 * and may be done again. */
shire_status shire_run_place_take(const shire_run_place *place, shire_arena *arena,
                                  shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_run_place_give_back(const shire_run_place *place, shire_arena *arena,
                                       shire_error *error) SHIRE_MUST_CHECK;

/* Removes the folder that does not have the place, and before the first good run both and the link.
 */
shire_status shire_run_place_close(const shire_run_place *place, shire_arena *arena,
                                   shire_error *error) SHIRE_MUST_CHECK;

#endif
