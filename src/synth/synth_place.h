/*
 * Where people live: dwellings of the places and streets of synth_places.inc, their postcodes and
 * their UPRNs. Pure functions: an address is a few numbers until it is written.
 */
#ifndef SHIRE_SYNTH_SYNTH_PLACE_H
#define SHIRE_SYNTH_SYNTH_PLACE_H

#include "synth/synth_internal.h"

#define SYNTH_PLACES_MAX 64
#define SYNTH_STREETS_MAX 160
#define SYNTH_PRACTICE_COUNT 20
#define SYNTH_LEOMINSTER 3         /* number of the place, */
#define SYNTH_LEOMINSTER_STREET 91 /* and of Ridgemoor Road in it */

/* Fill addresses[0..count): the first care_home_count are care homes, each other one a house that
 * no other dwelling has. */
void synth_place_fill(uint64_t seed, synth_address *addresses, size_t count,
                      size_t care_home_count);

/* "14 Mill Lane" or "Rose Cottage, Mill Lane"; buffer of 96 bytes. */
void synth_place_first_line(const synth_address *address, char buffer[96]);
const char *synth_place_town(const synth_address *address);
/* "HR1 2AB"; about fifteen neighbours share one. */
void synth_place_postcode(const synth_address *address, char buffer[10]);
/* 999 and nine digits: no real property has such a UPRN. */
void synth_place_uprn(const synth_address *address, char buffer[16]);

/* The practice near an address, and its code ("M81901"). */
int synth_place_practice(shire_random *random, const synth_address *address);
void synth_place_practice_code(int practice, char buffer[8]);

#endif
