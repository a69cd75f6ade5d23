/*
 * Errors that people make when they write down names, numbers and dates. Each works on terminated
 * text in place; `capacity` is the size of the buffer. Pure but for the random stream.
 */
#ifndef SHIRE_SYNTH_SYNTH_ERROR_H
#define SHIRE_SYNTH_SYNTH_ERROR_H

#include "core/date.h"
#include "core/random.h"

#include <stddef.h>

/* One keyboard error: a letter inserted, left out, replaced by a neighbour, or two swapped. */
void synth_error_type(shire_random *random, char *text, size_t capacity);
/* Written by ear: ph for f, one l for two, Clark for Clarke. The text stays where nothing fits. */
void synth_error_sound(shire_random *random, char *text, size_t capacity);
/* One digit replaced by another. */
void synth_error_digit(shire_random *random, char *text);
/* A blank before or behind, or one inside doubled. */
void synth_error_pad(shire_random *random, char *text, size_t capacity);
/* The date with day and month swapped; the date itself where that is no date. */
shire_date synth_error_swap_day(shire_date date);
/* One digit wrong: a day, a month, a year or ten years off, and still a date. */
shire_date synth_error_shift_date(shire_random *random, shire_date date);

#endif
