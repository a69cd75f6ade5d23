/*
 * What the makers of care share: the person under way, event numbers, delays of discharge.
 */
#ifndef SHIRE_SYNTH_SYNTH_CARE_H
#define SHIRE_SYNTH_SYNTH_CARE_H

#include "synth/synth_currency.h"
#include "synth/synth_internal.h"

#define SYNTH_MINUTE INT64_C(60000000)
#define SYNTH_BANDS 6

/* One person, as one system's care of them is made. */
typedef struct synth_care {
    synth_chunk *chunk;
    const synth_people *people;
    const synth_person *person;
    size_t number;
    synth_system system;
    shire_random random;
    shire_date first; /* the days of the period in which the person lives, both inclusive */
    shire_date last;
    int sequence; /* of the numbers given out for this person in this system */
} synth_care;

/* False where the system does not know the person or the person does not live in the period. The
 * stroke patient is left to synth_stroke_make. */
bool synth_care_begin(synth_chunk *chunk, size_t number, synth_system system, uint64_t stream,
                      synth_care *care_out);

/* under 18, to 44, to 64, to 74, to 84, over */
int synth_care_band(const synth_person *person);

/* A count: the yearly rate of the age band in thousandths times the factor of the frailty in
 * hundredths, in proportion to the days lived. */
int synth_care_count(synth_care *care, const uint16_t rates[SYNTH_BANDS],
                     const uint16_t factors[5]);

/* The local number to write, and a number for an event or item under it (unique in its system). */
int64_t synth_care_local(synth_care *care);
int64_t synth_care_number(synth_care *care, int64_t local);
shire_date synth_care_day(synth_care *care); /* any day lived */
shire_date synth_care_working_day(synth_care *care);

/* True with the given chance. Days of delay, and why and who has to act. */
typedef struct synth_delay {
    int days; /* 0: no delay */
    const char *reason;
    const char *responsible;
} synth_delay;
synth_delay synth_care_delay(synth_care *care, uint32_t per_mille, int days_max);

#endif
