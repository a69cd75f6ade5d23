/*
 * Dwellings, postcodes and UPRNs. Houses of a street are numbered in the order in which they are
 * made, so that no two dwellings share a number; a postcode unit is a run of fifteen houses of one
 * street, its letters taken from a hash of place, street and run.
 */
#include "synth/synth_place.h"

#include <stdio.h>
#include <string.h>

typedef struct place_row {
    const char *name;
    const char *district;
    uint32_t weight;
    uint16_t street_count;
} place_row;

#include "synth/synth_places.inc"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define POSTCODE_RUN 15
/* One house in a village of so many has a name and no number. */
#define NAMED_PERCENT 30
_Static_assert(COUNT_OF(place_rows) <= SYNTH_PLACES_MAX, "too many places");
_Static_assert(COUNT_OF(place_streets) <= SYNTH_STREETS_MAX, "too many streets");

void synth_place_fill(uint64_t seed, synth_address *addresses, size_t count,
                      size_t care_home_count) {
    shire_random random = shire_random_seed(seed, SYNTH_STREAM_PLACE);
    uint32_t cumulative[COUNT_OF(place_rows)];
    uint32_t weight = 0;
    for (size_t i = 0; i < COUNT_OF(place_rows); i++) {
        weight += place_rows[i].weight;
        cumulative[i] = weight;
    }
    uint16_t numbers[COUNT_OF(place_rows)][COUNT_OF(place_streets)];
    memset(numbers, 0, sizeof numbers);
    for (size_t i = 0; i < count; i++) {
        size_t place = shire_random_pick(&random, cumulative, COUNT_OF(place_rows));
        /* Each place starts elsewhere in the list, so that villages differ. */
        size_t street = (place * 17 + shire_random_below(&random, place_rows[place].street_count)) %
                        COUNT_OF(place_streets);
        uint16_t number = ++numbers[place][street];
        bool village = place_rows[place].street_count <= 14;
        bool named = i >= care_home_count && village && number <= COUNT_OF(place_house_names) &&
                     shire_random_chance(&random, NAMED_PERCENT, 100);
        bool home = i < care_home_count;
        addresses[i] = (synth_address){
            .place = (uint16_t)place,
            .street = (uint16_t)street,
            .number = named || home ? 0 : number,
            .name = home ? (uint16_t)(COUNT_OF(place_house_names) + i % COUNT_OF(place_care_homes))
                         : (uint16_t)(number % COUNT_OF(place_house_names)),
            .dwelling = (uint32_t)i,
        };
    }
}

void synth_place_first_line(const synth_address *address, char buffer[96]) {
    const char *street = place_streets[address->street];
    if (address->number > 0) {
        snprintf(buffer, 96, "%d %s", address->number, street);
    } else if (address->name < COUNT_OF(place_house_names)) {
        snprintf(buffer, 96, "%s, %s", place_house_names[address->name], street);
    } else {
        snprintf(buffer, 96, "%s Care Home, %s",
                 place_care_homes[address->name - COUNT_OF(place_house_names)], street);
    }
}

const char *synth_place_town(const synth_address *address) {
    return place_rows[address->place].name;
}

void synth_place_postcode(const synth_address *address, char buffer[10]) {
    /* The letters that inward codes use: not C, I, K, M, O, V. */
    static const char letters[] = "ABDEFGHJLNPQRSTUWXYZ";
    uint32_t run = address->number == 0 ? 1000u + address->name : address->number / POSTCODE_RUN;
    uint32_t hash = (address->place * 1021u + address->street) * 2053u + run;
    hash = (hash ^ (hash >> 13)) * 0x5bd1e995u;
    hash ^= hash >> 15;
    /* The sector is the place's: two of ten digits. */
    uint32_t sector = (address->place * 3u + (hash & 1u)) % 10u;
    snprintf(buffer, 10, "%s %u%c%c", place_rows[address->place].district, sector,
             letters[(hash >> 1) % 20u], letters[(hash >> 8) % 20u]);
}

void synth_place_uprn(const synth_address *address, char buffer[16]) {
    snprintf(buffer, 16, "999%09u", 100000u + address->dwelling * 3u);
}

int synth_place_practice(shire_random *random, const synth_address *address) {
    /* Nine in ten go to the practice of their place, the others to one next to it. */
    int practice = address->place % SYNTH_PRACTICE_COUNT;
    if (shire_random_chance(random, 1, 10)) {
        practice = (practice + 1 + (int)shire_random_below(random, 3)) % SYNTH_PRACTICE_COUNT;
    }
    return practice;
}

void synth_place_practice_code(int practice, char buffer[8]) {
    snprintf(buffer, 8, "M819%02u", (unsigned)(practice + 1) % 100u);
}
