/*
 * Disclosure control for tables that count people: which cells to withhold, how counts are rounded,
 * and how small categories are put together. Pure functions over arrays: no heap, no I/O.
 *
 * Primary rule (OpenSAFELY's default; NHS Hospital Episode Statistics does the same): a count of 1
 * to SHIRE_REPORT_PEOPLE_WITHHELD_MAX is withheld, every other count is rounded to the nearest
 * SHIRE_REPORT_PEOPLE_ROUNDING. A cell with nobody in it has nothing to tell of anybody and is
 * shown as empty. A cost that belongs to a withheld count is withheld too.
 *
 * Secondary rule: a table is published with exact totals (they are finance totals), so a withheld
 * cell must not follow from them. Take the rows and columns as the vertices of a bipartite graph
 * and the withheld cells as its edges: by linear algebra a cell follows from the totals exactly
 * when its edge lies on no cycle (the null space of the totals is the cycle space). Each sensitive
 * cell is therefore put on a cycle of withheld cells, the one that hides the fewest further people
 * (Dijkstra). The attacker also knows that nothing is below zero, so the cycle is chosen such that
 * value can be moved round it from the sensitive cell without taking any cell below zero.
 */
#ifndef SHIRE_REPORT_REPORT_SUPPRESS_KERNEL_H
#define SHIRE_REPORT_REPORT_SUPPRESS_KERNEL_H

#include "core/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHIRE_REPORT_PEOPLE_WITHHELD_MAX 7
#define SHIRE_REPORT_PEOPLE_ROUNDING 5
/* The most rows, and the most columns, that one table may have. */
#define SHIRE_REPORT_SUPPRESS_LINES_MAX 512

typedef struct shire_report_suppress_table {
    size_t row_count;
    size_t column_count;
    const int64_t *people; /* row by row; none below zero */
    bool row_totals_shown; /* the reader sees, or can work out, the exact total of each row */
    bool column_totals_shown;
} shire_report_suppress_table;

/*
 * Choose the cells to withhold.
 *
 * withheld_out  caller's array of row_count * column_count, 1 where the cell (its count and all
 * that belongs to it) must not be shown; written only on SHIRE_OK. exposed_out   the number of
 * small cells that no choice of cells can hide, because they are alone in a row or column whose
 * total is shown: their count is withheld all the same, but what belongs to them equals that total.
 *
 * In each row or column whose total is shown, the withheld cells hold more than
 * SHIRE_REPORT_PEOPLE_WITHHELD_MAX people together wherever the row or column does, so that
 * the total less the shown cells describes no small group either. Ties go to the lower index.
 * Returns SHIRE_OK, or SHIRE_INVALID for a negative count or more than
 * SHIRE_REPORT_SUPPRESS_LINES_MAX rows or columns. Thread-safe.
 */
shire_status shire_report_suppress(const shire_report_suppress_table *table, uint8_t *withheld_out,
                                   size_t *exposed_out, shire_error *error) SHIRE_MUST_CHECK;

/* True for 1 to SHIRE_REPORT_PEOPLE_WITHHELD_MAX. */
bool shire_report_people_small(int64_t people);

/* The nearest multiple of SHIRE_REPORT_PEOPLE_ROUNDING; people >= 0. */
int64_t shire_report_people_round(int64_t people);

/*
 * Put neighbouring categories of an ordered scale (age bands, number of records) together, from the
 * last towards the first, until each group has more than SHIRE_REPORT_PEOPLE_WITHHELD_MAX people;
 * what is left over at the start joins the first group. group_out[i] is the group of category i,
 * dense from 0 in category order. Gives the number of groups: 1 when all categories together are
 * too few, 0 for no categories.
 */
size_t shire_report_group_ordered(const int64_t *people, size_t category_count, size_t *group_out);

/*
 * Put small categories of an unordered scale (kinds of care) together with one of the others, so
 * that the group is large even when its members overlap: the one of the least `loss` (its cost or
 * its people; the lower index among equals). The others keep their order; the joined group, where
 * there is one, is the last. A category without people counts as small only
 * when there are small ones to join. Gives the number of groups; joined_out (may be NULL) says
 * whether the last one is a joined one.
 */
size_t shire_report_group_small(const int64_t *people, const int64_t *loss, size_t category_count,
                                size_t *group_out, bool *joined_out);

#endif
