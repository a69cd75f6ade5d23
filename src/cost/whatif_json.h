/*
 * Results of scenarios as JSON: amounts are exact decimals in pounds, each with before, after,
 * change and percent. What `shire whatif --json` prints and the API answers.
 */
#ifndef SHIRE_COST_WHATIF_JSON_H
#define SHIRE_COST_WHATIF_JSON_H

#include "cost/whatif.h"
#include "io/json.h"

/* {"partnership", "period_first", "period_last", "scenarios"}; NULL when out of memory. */
json_t *shire_whatif_json(const shire_partnership *partnership, const shire_whatif_result *results,
                          size_t result_count);

/* The change in hundredths of a percent, to the nearest; false where there is nothing to compare
 * with. */
bool shire_whatif_percent(const shire_whatif_amounts *amounts, int64_t *hundredths_out);

/* The sentence that keeps anybody from taking free beds for money. */
void shire_whatif_describe_release(const shire_whatif_result *result, char text[512]);

#endif
