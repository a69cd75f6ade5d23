/*
 * Results of scenarios for a terminal (cost/whatif_json.h has them for machines): one scenario has
 * before, after, change and percent; several stand side by side, two to a table.
 */
#ifndef SHIRE_CLI_WHATIF_PRINT_H
#define SHIRE_CLI_WHATIF_PRINT_H

#include "cost/whatif.h"

#include <stdio.h>

void shire_whatif_print(const shire_partnership *partnership, const shire_whatif_result *results,
                        size_t result_count, FILE *file);

#endif
