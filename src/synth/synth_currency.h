/*
 * Currencies: what one kind of care is called in the National Cost Collection, how usual it is and
 * what it costs. See synth_currencies.inc for the source.
 */
#ifndef SHIRE_SYNTH_SYNTH_CURRENCY_H
#define SHIRE_SYNTH_SYNTH_CURRENCY_H

#include "core/random.h"

#include <stddef.h>
#include <stdint.h>

/* Who has it. */
typedef enum synth_who {
    SYNTH_ANYBODY,
    SYNTH_ADULTS,
    SYNTH_OLDER,   /* 60 and over */
    SYNTH_MEN,     /* men of 50 and over */
    SYNTH_WOMEN,   /* women of 16 and over */
    SYNTH_MOTHERS, /* women who give birth in the year */
    SYNTH_CHILDREN
} synth_who;

typedef struct synth_currency {
    const char *code;
    const char *description;
    uint32_t share;           /* relative, within the table */
    uint32_t price_pence;     /* unit cost in pence */
    const char *specialty;    /* treatment function code; NULL outside hospital */
    uint16_t theatre_minutes; /* 0: no operation */
    uint16_t device_pounds;   /* implant */
    synth_who who;
} synth_currency;

typedef enum synth_currency_table {
    SYNTH_DAY_CASE,
    SYNTH_ELECTIVE,
    SYNTH_EMERGENCY_LONG,
    SYNTH_EMERGENCY_SHORT,
    SYNTH_MATERNITY,
    SYNTH_OUTPATIENT,
    SYNTH_IMAGING,
    SYNTH_PATHOLOGY,
    SYNTH_CRITICAL,
    SYNTH_EMERGENCY,
    SYNTH_COMMUNITY_TEAM,
    SYNTH_COMMUNITY_BED,
    SYNTH_MENTAL_TEAM,
    SYNTH_MENTAL_BED,
    SYNTH_TALKING,
    SYNTH_CURRENCY_TABLE_COUNT
} synth_currency_table;

/* The rows of a table, in a fixed order. */
const synth_currency *synth_currency_rows(synth_currency_table table, size_t *count_out);

/* A row by share, of those that fit a person of that age and sex; never one that does not fit. */
const synth_currency *synth_currency_draw(shire_random *random, synth_currency_table table, int age,
                                          int sex);
/* The row with that code; it must be there. */
const synth_currency *synth_currency_find(synth_currency_table table, const char *code);

#endif
