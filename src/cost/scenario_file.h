/*
 * Scenarios saved by name: DIR/scenarios/NAME.txt, one change a line, blank lines and lines that
 * begin with # for notes. They are the user's own files, kept through every run; scripts may write
 * them too.
 */
#ifndef SHIRE_COST_SCENARIO_FILE_H
#define SHIRE_COST_SCENARIO_FILE_H

#include "core/arena.h"
#include "core/error.h"

#include <stdbool.h>
#include <stddef.h>

/* Letters, digits, hyphens, underscores and points, no point first, at most 64. */
bool shire_scenario_name_is_good(const char *name);

/* The changes of a saved scenario. SHIRE_NOT_FOUND names those that there are. */
shire_status shire_scenario_load(const char *dir, const char *name, shire_arena *arena,
                                 const char *const **changes_out, size_t *count_out,
                                 shire_error *error) SHIRE_MUST_CHECK;

/* Write it, in place of an older one of that name. */
shire_status shire_scenario_save(const char *dir, const char *name, const char *const *changes,
                                 size_t count, shire_arena *arena,
                                 shire_error *error) SHIRE_MUST_CHECK;

/* Names, sorted; none where there is no folder. */
shire_status shire_scenario_list(const char *dir, shire_arena *arena, const char *const **names_out,
                                 size_t *count_out, shire_error *error) SHIRE_MUST_CHECK;

shire_status shire_scenario_delete(const char *dir, const char *name, shire_arena *arena,
                                   shire_error *error) SHIRE_MUST_CHECK;

#endif
