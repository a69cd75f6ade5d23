/*
 * Results of scenarios for a terminal and for machines. On a terminal one scenario has before,
 * after, change and percent; several stand side by side, two to a table. Amounts in JSON are exact
 * decimals in pounds.
 */
#ifndef SHIRE_CLI_WHATIF_PRINT_H
#define SHIRE_CLI_WHATIF_PRINT_H

#include "cost/whatif.h"

#include <stdio.h>

void shire_whatif_print(const shire_partnership *partnership, const shire_whatif_result *results,
                        size_t result_count, FILE *file);

shire_status shire_whatif_print_json(const shire_partnership *partnership,
                                     const shire_whatif_result *results, size_t result_count,
                                     double seconds, FILE *file,
                                     shire_error *error) SHIRE_MUST_CHECK;

#endif
