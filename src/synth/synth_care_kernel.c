/* What the makers of care share: rates by age and frailty, numbers of events, delays of discharge.
 */
#include "synth/synth_care.h"

#include "core/calendar.h"

bool synth_care_begin(synth_chunk *chunk, size_t number, synth_system system, uint64_t stream,
                      synth_care *care_out) {
    const synth_person *person = &chunk->people->persons[number];
    synth_care care = {.chunk = chunk,
                       .people = chunk->people,
                       .person = person,
                       .number = number,
                       .system = system};
    if (number == SYNTH_STROKE_PERSON || (person->systems >> system & 1u) == 0 ||
        !synth_person_days(chunk->people, person, &care.first, &care.last)) {
        return false;
    }
    /* Streams of a person's systems lie apart by a number that no other stream reaches. */
    care.random = shire_random_seed(chunk->people->seed,
                                    stream + 8 * ((uint64_t)number + ((uint64_t)system << 40)));
    *care_out = care;
    return true;
}

int synth_care_band(const synth_person *person) {
    return person->age < 18   ? 0
           : person->age < 45 ? 1
           : person->age < 65 ? 2
           : person->age < 75 ? 3
           : person->age < 85 ? 4
                              : 5;
}

int synth_care_count(synth_care *care, const uint16_t rates[SYNTH_BANDS],
                     const uint16_t factors[5]) {
    uint64_t days = (uint64_t)care->last - (uint64_t)care->first + 1;
    uint64_t mean = (uint64_t)rates[synth_care_band(care->person)] *
                    factors[care->person->frailty] * days / (100 * 365);
    return synth_draw_count(&care->random, (uint32_t)mean);
}

int64_t synth_care_local(synth_care *care) {
    return synth_local_any(care->people, care->system, care->number, &care->random);
}

int64_t synth_care_number(synth_care *care, int64_t local) {
    return local * 10000 + ++care->sequence;
}

shire_date synth_care_day(synth_care *care) {
    return (shire_date)shire_random_between(&care->random, care->first, care->last);
}

shire_date synth_care_working_day(synth_care *care) {
    shire_date day = synth_care_day(care);
    for (int tries = 0; tries < 12 && !shire_is_working_day(day); tries++) {
        day = synth_care_day(care);
    }
    return day;
}

synth_delay synth_care_delay(synth_care *care, uint32_t per_mille, int days_max) {
    /* Reasons by the letters of the national discharge return, and to whom they are put down;
     * costing/delay_responsible.csv says which bodies bear them. */
    static const struct {
        uint32_t cumulative;
        const char *reason;
        const char *responsible;
    } reasons[] = {
        {300, "E", "Social care"}, {480, "D1", "Social care"}, {610, "D2", "Both"},
        {700, "F", "Both"},        {830, "C", "NHS"},          {900, "A", "NHS"},
        {970, "G", "NHS"},         {1000, "I", "Housing"},
    };
    synth_delay delay = {0};
    if (care->person->age < 65 || care->person->frailty < 2 ||
        !shire_random_chance(&care->random, per_mille, 1000)) {
        return delay;
    }
    delay.days = 1 + (int)shire_random_below(&care->random, (uint64_t)days_max);
    uint64_t drawn = shire_random_below(&care->random, 1000);
    size_t i = 0;
    while (drawn >= reasons[i].cumulative) {
        i++;
    }
    delay.reason = reasons[i].reason;
    delay.responsible = reasons[i].responsible;
    return delay;
}
