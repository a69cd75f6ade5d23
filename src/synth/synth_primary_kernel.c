/*
 * Primary and community care: practice appointments, the blood tests and prescriptions that follow
 * from them (feeds that know the patient and the day, not the appointment), community contacts,
 * beds in community hospitals and equipment on loan.
 */
#include "synth/synth_parameters.h"
#include "synth/synth_primary.h"

#include <string.h>

/* Appointments a year in thousandths by age band: England has about six a person. */
static const uint16_t appointment_rate[SYNTH_BANDS] = {3600, 4850, 6400, 8800, 11200, 12800};
static const uint16_t appointment_factor[5] = {80, 130, 175, 220, 250};
/* Share of people with repeat medicines, per mille by band; nearly all of the frail have them. */
static const uint16_t repeat_share[SYNTH_BANDS] = {40, 110, 330, 600, 780, 850};
/* Community contacts a year in thousandths by frailty, of adults known to the service. */
static const uint16_t contact_rate[5] = {500, 3000, 8500, 18000, 26000};
/* Community hospital stays per ten thousand known people of 65 and over, by frailty. */
static const uint16_t stay_rate[5] = {0, 120, 620, 1050, 1200};

void synth_primary_appointment(synth_care *care, shire_timestamp start, int minutes, int clinician,
                               const char *mode) {
    static const char *const clinicians[] = {"GP", "Practice nurse", "Other practice staff"};
    int64_t local = synth_care_local(care);
    int64_t cells[] = {synth_care_number(care, local),
                       local,
                       start,
                       minutes,
                       synth_cell_text(clinicians[clinician]),
                       synth_cell_text(mode)};
    synth_chunk_add(care->chunk, SYNTH_SHEET_GP_APPOINTMENT, cells);
    synth_chunk_tally(care->chunk, SYNTH_SHEET_GP_APPOINTMENT, clinician,
                      (synth_tally){.count = 1, .minutes = minutes});
}

void synth_primary_prescription(synth_care *care, shire_date day, int mean_pence) {
    static const char *const chapters[] = {"Cardiovascular", "Central nervous system",
                                           "Endocrine",      "Respiratory",
                                           "Gastro",         "Infections",
                                           "Nutrition",      "Musculoskeletal"};
    int64_t local = synth_care_local(care);
    int64_t cost = 10 + synth_draw_spread(&care->random, mean_pence);
    int64_t cells[] = {synth_care_number(care, local),
                       local,
                       synth_cell_text(chapters[shire_random_below(&care->random, 8)]),
                       day,
                       1 + (int64_t)shire_random_below(&care->random, 5),
                       cost};
    synth_chunk_add(care->chunk, SYNTH_SHEET_PRESCRIBING, cells);
    synth_chunk_tally(care->chunk, SYNTH_SHEET_PRESCRIBING, 0,
                      (synth_tally){.count = 1, .amount_pence = cost});
}

static void add_tests(synth_care *care, shire_timestamp start) {
    shire_random *random = &care->random;
    int requests = 1 + synth_draw_count(random, 900);
    shire_date day = shire_timestamp_date(start) + (shire_date)shire_random_below(random, 6);
    if (shire_random_chance(random, SYNTH_UNMATCHED_PER_MILLE, 1000)) {
        day += day - 120 > care->people->first ? -110 : 110;
    }
    day = day > care->last ? care->last : day;
    int64_t local = synth_care_local(care);
    for (int i = 0; i < requests; i++) {
        const synth_currency *row =
            synth_currency_draw(random, SYNTH_PATHOLOGY, care->person->age, care->person->sex);
        int64_t tests = 1 + (int64_t)shire_random_below(random, 3);
        int64_t cells[] = {synth_care_number(care, local), local, synth_cell_text(row->code),
                           synth_draw_office_time(random, day), tests};
        synth_chunk_add(care->chunk, SYNTH_SHEET_GP_PATHOLOGY, cells);
        synth_chunk_tally(care->chunk, SYNTH_SHEET_GP_PATHOLOGY, 0,
                          (synth_tally){.count = 1, .weight_pence = tests * row->price_pence});
    }
}

static void make_appointments(synth_care *care) {
    static const uint32_t clinician_cumulative[] = {48, 72, 100};
    static const uint32_t mode_cumulative[] = {64, 90, 97, 100};
    static const char *const modes[] = {"Face to face", "Telephone", "Online", "Home visit"};
    shire_random *random = &care->random;
    uint32_t repeat_chance = repeat_share[synth_care_band(care->person)];
    repeat_chance += care->person->frailty > 1 ? (1000 - repeat_chance) * 9 / 10 : 0;
    bool repeat = shire_random_chance(random, repeat_chance, 1000);
    int count = synth_care_count(care, appointment_rate, appointment_factor);
    if (repeat && count == 0) {
        count = 1; /* the yearly review that a repeat prescription needs */
    }
    for (int i = 0; i < count; i++) {
        int clinician = (int)shire_random_pick(random, clinician_cumulative, 3);
        size_t mode = shire_random_pick(random, mode_cumulative, 4);
        int minutes = clinician == SYNTH_CLINICIAN_GP ? 5 + (int)shire_random_below(random, 12)
                                                      : 10 + (int)shire_random_below(random, 18);
        shire_timestamp start = synth_draw_office_time(random, synth_care_working_day(care));
        synth_primary_appointment(care, start, minutes, clinician, modes[mode]);
        if (shire_random_chance(random, 44, 100)) {
            add_tests(care, start);
        }
        if (shire_random_chance(random, 22, 100)) {
            synth_primary_prescription(care, shire_timestamp_date(start), 900);
        }
    }
    if (repeat) {
        int mean = 2800 + 1300 * care->person->frailty;
        shire_date day = care->first + (shire_date)shire_random_below(random, 28);
        for (; day <= care->last; day += 28) {
            synth_primary_prescription(care, day, mean);
        }
    }
}

/* ---- community ---- */

static int team_group(const synth_currency *team) {
    return team->code[0] == 'A'                ? SYNTH_TEAM_THERAPY
           : strncmp(team->code, "IC", 2) == 0 ? SYNTH_TEAM_INTERMEDIATE
                                               : SYNTH_TEAM_NURSING;
}

int64_t synth_community_contact(synth_care *care, shire_timestamp start, int minutes,
                                const synth_currency *team) {
    int64_t local = synth_care_local(care);
    int64_t number = synth_care_number(care, local);
    int64_t cells[] = {number, local, start, minutes, synth_cell_text(team->code)};
    synth_chunk_add(care->chunk, SYNTH_SHEET_COMMUNITY_CONTACT, cells);
    synth_chunk_tally(
        care->chunk, SYNTH_SHEET_COMMUNITY_CONTACT, team_group(team),
        (synth_tally){.count = 1, .minutes = minutes, .weight_pence = team->price_pence});
    return number;
}

void synth_community_equipment(synth_care *care, int64_t contact, const char *equipment,
                               shire_date day, int64_t price_pence) {
    int64_t cells[] = {synth_care_number(care, contact / 10000), contact,
                       synth_cell_text(equipment), day, price_pence};
    synth_chunk_add(care->chunk, SYNTH_SHEET_EQUIPMENT, cells);
    synth_chunk_tally(care->chunk, SYNTH_SHEET_EQUIPMENT, 0,
                      (synth_tally){.count = 1, .amount_pence = price_pence});
}

void synth_community_stay(synth_care *care, shire_timestamp start, shire_timestamp end,
                          const synth_currency *currency, const char *hospital,
                          shire_timestamp ready, const synth_delay *delay) {
    shire_timestamp limit = ((int64_t)care->last + 1) * SHIRE_MICROSECONDS_PER_DAY;
    bool open = end >= limit && care->person->death == 0;
    if (end >= limit) {
        end = limit - SYNTH_MINUTE;
    }
    bool delayed = delay->days > 0 && ready < end;
    int64_t local = synth_care_local(care);
    int64_t cells[] = {synth_care_number(care, local),
                       local,
                       start,
                       open ? SYNTH_NULL : end,
                       synth_cell_text(currency->code),
                       synth_cell_text(hospital),
                       delayed ? ready : SYNTH_NULL,
                       delayed ? synth_cell_text(delay->reason) : SYNTH_NULL,
                       delayed ? synth_cell_text(delay->responsible) : SYNTH_NULL};
    synth_chunk_add(care->chunk, SYNTH_SHEET_COMMUNITY_STAY, cells);
    synth_chunk_tally(
        care->chunk, SYNTH_SHEET_COMMUNITY_STAY, 0,
        (synth_tally){.count = 1,
                      .days = shire_timestamp_date(end) - shire_timestamp_date(start) + 1});
}

static void make_stays(synth_care *care) {
    static const char *const hospitals[] = {
        "Ross Community Hospital", "Leominster Community Hospital", "Bromyard Community Hospital"};
    shire_random *random = &care->random;
    if (care->person->age < 65 ||
        !shire_random_chance(random, stay_rate[care->person->frailty], 10000)) {
        return;
    }
    const synth_currency *currency =
        synth_currency_draw(random, SYNTH_COMMUNITY_BED, care->person->age, care->person->sex);
    int nights = 4 + (int)synth_draw_spread(random, 15);
    synth_delay delay = synth_care_delay(care, 240, 21);
    shire_timestamp start = synth_draw_office_time(random, synth_care_day(care));
    shire_timestamp ready = start + nights * SHIRE_MICROSECONDS_PER_DAY;
    shire_timestamp end = ready + delay.days * SHIRE_MICROSECONDS_PER_DAY + 120 * SYNTH_MINUTE;
    synth_community_stay(care, start, end, currency, hospitals[shire_random_below(random, 3)],
                         ready, &delay);
}

static void make_contacts(synth_care *care) {
    static const char *const equipment[] = {"Walking frame",     "Commode",   "Hospital bed",
                                            "Pressure mattress", "Bath lift", "Hoist"};
    shire_random *random = &care->random;
    const synth_person *person = care->person;
    uint32_t rate = person->age >= 18 ? contact_rate[person->frailty]
                    : person->age < 2 ? 5500
                                      : 900 + 900u * person->frailty;
    if (person->gave_birth) {
        rate += 7000;
    }
    rate = rate * (uint32_t)(care->last - care->first + 1) / 365;
    int count = synth_draw_count(random, rate);
    for (int i = 0; i < count; i++) {
        const synth_currency *team =
            person->gave_birth && shire_random_chance(random, 85, 100)
                ? synth_currency_find(SYNTH_COMMUNITY_TEAM, "N01A")
                : synth_currency_draw(random, SYNTH_COMMUNITY_TEAM, person->age, person->sex);
        while (team->who == SYNTH_MOTHERS && !person->gave_birth) {
            team = synth_currency_draw(random, SYNTH_COMMUNITY_TEAM, person->age, person->sex);
        }
        shire_date day = synth_care_day(care);
        int64_t contact =
            synth_community_contact(care, synth_draw_office_time(random, day),
                                    15 + 5 * (int)shire_random_below(random, 8), team);
        if (person->frailty > 0 && person->age >= 50 && shire_random_chance(random, 4, 100)) {
            synth_community_equipment(care, contact, equipment[shire_random_below(random, 6)], day,
                                      synth_draw_spread(random, 13000));
        }
    }
}

void synth_primary_make(synth_chunk *chunk) {
    for (size_t number = chunk->first; number < chunk->last; number++) {
        synth_care care;
        if (synth_care_begin(chunk, number, SYNTH_GP, SYNTH_STREAM_PRIMARY, &care)) {
            make_appointments(&care);
        }
        if (synth_care_begin(chunk, number, SYNTH_COMMUNITY, SYNTH_STREAM_PRIMARY, &care)) {
            make_contacts(&care);
            make_stays(&care);
        }
    }
}
