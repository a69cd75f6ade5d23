/*
 * Records that stand in a file more than once, every value alike: 16 bytes a record are kept, of no
 * more records than a file may have.
 */
#ifndef SHIRE_PLICS_PLICS_REPEAT_H
#define SHIRE_PLICS_PLICS_REPEAT_H

#include "core/error.h"
#include "core/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 96 bits of hash: that two records of ten million are taken for one by chance is as likely as 1
 * to 10^15. */
typedef struct plics_record_mark {
    uint64_t hash;
    uint32_t further_hash;
    uint32_t line;
} plics_record_mark;

typedef struct plics_repeat {
    plics_record_mark *marks;
    size_t count;
    size_t capacity;
} plics_repeat;

/* Notes the record of `line`. Beyond SHIRE_PLICS_RECORDS_MAX records and four thousand million
 * lines nothing is noted. False when out of memory. */
bool plics_repeat_note(plics_repeat *repeat, const shire_span *values, size_t value_count,
                       int64_t line) SHIRE_MUST_CHECK;

/* Calls for each record that stands there already, with its line and that of the first one alike:
 * by hash, then line. */
typedef void (*plics_repeat_visitor)(void *context, int64_t line, int64_t first_line);
void plics_repeat_find(plics_repeat *repeat, plics_repeat_visitor visit, void *context);

void plics_repeat_free(plics_repeat *repeat);

#endif
