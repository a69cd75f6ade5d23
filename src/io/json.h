/*
 * JSON documents for --json output and the few JSON inputs: jansson behind names of ours is not
 * worth a layer, so this header only gives what jansson lacks.
 */
#ifndef SHIRE_IO_JSON_H
#define SHIRE_IO_JSON_H

#include "core/error.h"
#include "core/money.h"

#include <jansson.h>
#include <stdio.h>

/* Money and quantities as exact decimal strings in pounds: "1234.5600". NULL when out of memory. */
json_t *shire_json_decimal(shire_decimal6 value, int minimum_decimals);

/* Print with two-space indent, keys in insertion order, a final newline; takes the reference. */
shire_status shire_json_print(json_t *document, FILE *file, shire_error *error) SHIRE_MUST_CHECK;

/* From now on let each thread keep the memory of values that are gone, wiped, for its next ones:
 * for a server, before its threads begin. Once is enough. */
void shire_json_keep_memory(void);

#endif
