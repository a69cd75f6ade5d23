/*
 * The bodies of a partnership and what became of them: organisations.csv and successions.csv,
 * checked and loaded into the warehouse.
 */
#ifndef SHIRE_ORG_ORGANISATION_H
#define SHIRE_ORG_ORGANISATION_H

#include "org/partnership.h"

/*
 * Creates (or replaces) the tables
 *   organisation(organisation_no INTEGER, code, name, kind, opened DATE, closed DATE)
 *   succession(predecessor_no INTEGER, successor_no INTEGER, "on" DATE, share DECIMAL(18,6))
 * from DIR/organisations.csv and, where there is one, DIR/successions.csv. organisation_no is
 * dense from 0 in file order; successions keep the file's order.
 *
 * SHIRE_NOT_FOUND without organisations.csv. SHIRE_INVALID, naming file and line of the first
 * mistake and how many more there are, for: columns missing or unknown, no organisation at all, an
 * empty code, name or kind, a repeated code, a date that is none, closed before opened; a
 * successor or predecessor that is no organisation or is itself, a share that is no number in
 * (0, 1], shares of one predecessor on one day that do not sum to exactly 1 (an empty share is 1),
 * a repeated row. On failure the tables are as they were.
 */
shire_status shire_organisation_load(shire_table *table, const shire_partnership *partnership,
                                     shire_error *error) SHIRE_MUST_CHECK;

#endif
