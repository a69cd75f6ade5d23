/*
 * Names by number: every given name and surname of synth_names.inc has one number, so that a person
 * holds two bytes and not a pointer. Drawing follows the rank (Zipf).
 */
#ifndef SHIRE_SYNTH_SYNTH_NAME_H
#define SHIRE_SYNTH_SYNTH_NAME_H

#include "core/random.h"
#include "synth/synth_internal.h"

/* A given name usual for somebody of that culture and sex born in that year. */
uint16_t synth_name_draw_given(shire_random *random, synth_culture culture, int sex,
                               int birth_year);
uint16_t synth_name_draw_family(shire_random *random, synth_culture culture);

/* A given name of the same table that begins with the same letter; the name itself where none. */
uint16_t synth_name_similar_given(shire_random *random, uint16_t given);

/* The text of a name; a surname put together of two parts is made in `buffer` (32 bytes). */
const char *synth_name_given(uint16_t given);
const char *synth_name_family(uint16_t family, char buffer[32]);
/* Polish surnames in -ski and -cki end in -ska and -cka for women who keep that form. */
const char *synth_name_family_of(uint16_t family, int sex, synth_culture culture, char buffer[32]);

/* A familiar form ("Bill" of "William"), or NULL where the name has none. */
const char *synth_name_familiar(shire_random *random, const char *given);

/* The number of the given name `text`; it must be there. */
uint16_t synth_name_find_given(const char *text);
uint16_t synth_name_find_family(const char *text);

#endif
