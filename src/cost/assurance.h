/*
 * Assurance: what a reader of the costs should look at before trusting them, each with its
 * materiality in pounds. Written to the table `assurance` of the warehouse:
 *
 *   kind, organisation (code or null), name, before, after, row_count, materiality, note
 *
 * Kinds: changed_organisation, changed_pool, changed_activity, changed_kind_of_care, changed_count,
 * new_cost_centre, vanished_cost_centre (against the last run); national_unit_cost (against the
 * file that partnership.yaml names); outlier, zero_cost, negative_cost; minutes_over_a_day,
 * minutes_zero, minutes_negative; and last_run or national_unit_costs where there is nothing to
 * compare with or nothing to tell.
 *
 * The same inputs and the same last run give the same rows in the same order.
 */
#ifndef SHIRE_COST_ASSURANCE_H
#define SHIRE_COST_ASSURANCE_H

#include "core/arena.h"
#include "core/error.h"
#include "io/table.h"
#include "org/partnership.h"

/* Times its kind's median cost beyond which an event is an outlier. */
#define SHIRE_ASSURANCE_OUTLIER_TIMES 20

/*
 * Check a costed warehouse. last_path: the warehouse of the last good run, or NULL where there was
 * none; it is only read. SHIRE_INVALID when the file of national unit costs lacks a column.
 */
shire_status shire_assurance_run(shire_table *warehouse, const shire_partnership *partnership,
                                 const char *last_path, shire_arena *arena,
                                 shire_error *error) SHIRE_MUST_CHECK;

#endif
