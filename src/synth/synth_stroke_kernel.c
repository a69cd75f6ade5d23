/*
 * The stroke patient of the design, the same in every synthetic county: emergency department and
 * stroke unit on 9 September 2024, rehabilitation in a community hospital, two weeks of waiting for
 * a care package and for adaptations to her home, then home care, therapy at home, visits by her
 * doctor, a level-access shower and a stairlift.
 */
#include "synth/synth_council.h"
#include "synth/synth_hospital.h"
#include "synth/synth_primary.h"

#include <assert.h>

static shire_timestamp at(int year, int month, int day, int hour, int minute) {
    return shire_date_of(year, month, day) * SHIRE_MICROSECONDS_PER_DAY +
           (hour * 60 + minute) * SYNTH_MINUTE;
}

static synth_care begin(synth_chunk *chunk, synth_system system, uint64_t stream) {
    synth_care care = {
        .chunk = chunk,
        .people = chunk->people,
        .person = &chunk->people->persons[SYNTH_STROKE_PERSON],
        .number = SYNTH_STROKE_PERSON,
        .system = system,
        .random = shire_random_seed(chunk->people->seed, stream + 8 * ((uint64_t)system << 40)),
        .first = chunk->people->first,
        .last = chunk->people->last,
    };
    return care;
}

static void make_hospital(synth_chunk *chunk) {
    synth_care care = begin(chunk, SYNTH_HOSPITAL, SYNTH_STREAM_HOSPITAL);
    int64_t local = synth_local_number(SYNTH_HOSPITAL, SYNTH_STROKE_PERSON, 0);
    int64_t spell_no = synth_care_number(&care, local);
    assert(spell_no == SYNTH_STROKE_SPELL); /* the folder's README names it */
    int64_t attendance =
        synth_hospital_emergency(&care, local, at(2024, 9, 9, 7, 40),
                                 synth_currency_find(SYNTH_EMERGENCY, "VB03Z"), "Admitted");
    synth_hospital_imaging(&care, local, attendance, at(2024, 9, 9, 8, 5),
                           synth_currency_find(SYNTH_IMAGING, "RD20A"));
    synth_spell spell = {
        .local = local,
        .spell_no = spell_no,
        .start = at(2024, 9, 9, 10, 30),
        .end = at(2024, 9, 27, 14, 0),
        .currency = synth_currency_find(SYNTH_EMERGENCY_LONG, "AA35A"),
        .patient_class = "Emergency inpatient",
    };
    synth_delay delay = {.days = 3, .reason = "C", .responsible = "NHS"};
    synth_hospital_spell(&care, &spell, at(2024, 9, 24, 9, 0), &delay);
    synth_hospital_ward_stay(&care, &spell, SYNTH_WARD_STROKE, spell.start, spell.end);
    synth_hospital_imaging(&care, local, spell.spell_no, at(2024, 9, 10, 11, 0),
                           synth_currency_find(SYNTH_IMAGING, "RD04Z"));
    synth_hospital_imaging(&care, local, spell.spell_no, at(2024, 9, 11, 15, 0),
                           synth_currency_find(SYNTH_IMAGING, "RD47Z"));
    static const char *const professions[] = {"Physiotherapy", "Occupational therapy",
                                              "Speech and language therapy"};
    for (int day = 10; day <= 26; day++) {
        synth_hospital_therapy(&care, &spell, professions[day % 3], at(2024, 9, day, 10, 0), 45);
    }
    synth_hospital_pathology(&care, local, spell.start, spell.end, 14);
    synth_hospital_pharmacy(&care, local, spell.start, spell.end, 12, 2400);
    synth_hospital_outpatient(&care, local, at(2025, 1, 16, 10, 0), "WF01A", "328", 15800, 0);
}

static void make_primary(synth_chunk *chunk) {
    static const struct {
        int year, month, day;
        const char *mode;
    } visits[] = {{2024, 5, 14, "Face to face"}, {2024, 7, 30, "Face to face"},
                  {2024, 11, 21, "Home visit"},  {2024, 12, 5, "Home visit"},
                  {2025, 1, 9, "Telephone"},     {2025, 2, 6, "Home visit"},
                  {2025, 3, 13, "Face to face"}};
    synth_care gp = begin(chunk, SYNTH_GP, SYNTH_STREAM_PRIMARY);
    for (size_t i = 0; i < sizeof visits / sizeof visits[0]; i++) {
        shire_timestamp start = at(visits[i].year, visits[i].month, visits[i].day, 11, 0);
        synth_primary_appointment(&gp, start, 15, SYNTH_CLINICIAN_GP, visits[i].mode);
        synth_primary_prescription(&gp, shire_timestamp_date(start), 4200);
    }

    synth_care community = begin(chunk, SYNTH_COMMUNITY, SYNTH_STREAM_PRIMARY);
    synth_delay delay = {.days = 14, .reason = "F", .responsible = "Both"};
    synth_community_stay(&community, at(2024, 9, 27, 15, 30), at(2024, 11, 18, 11, 0),
                         synth_currency_find(SYNTH_COMMUNITY_BED, "VC04Z"),
                         "Leominster Community Hospital", at(2024, 11, 4, 9, 0), &delay);
    static const char *const teams[] = {"A08A1", "A06A1", "A13A1", "N02AF"};
    int64_t contact = 0;
    for (int week = 0; week < 12; week++) {
        for (int session = 0; session < 3; session++) {
            shire_timestamp start =
                at(2024, 11, 19, 13, 30) + (7 * week + 2 * session) * SHIRE_MICROSECONDS_PER_DAY;
            contact = synth_community_contact(
                &community, start, 45,
                synth_currency_find(SYNTH_COMMUNITY_TEAM, teams[(week + session) % 4]));
        }
    }
    synth_community_equipment(&community, contact, "Hospital bed", shire_date_of(2024, 11, 15),
                              48500);
}

static void make_council(synth_chunk *chunk) {
    synth_care care = begin(chunk, SYNTH_SOCIAL, SYNTH_STREAM_COUNCIL);
    synth_council_social_work(&care, at(2024, 10, 28, 10, 0), 150, "Assessment");
    synth_council_social_work(&care, at(2024, 11, 14, 14, 0), 90, "Hospital discharge");
    synth_council_social_work(&care, at(2025, 1, 22, 10, 0), 60, "Review");
    synth_council_adaptation(&care, shire_date_of(2024, 10, 31), shire_date_of(2024, 11, 15),
                             "Level-access shower", 684000);
    synth_council_adaptation(&care, shire_date_of(2024, 10, 31), shire_date_of(2024, 11, 16),
                             "Stairlift", 298500);
    static const int hours[4] = {7, 12, 17, 21};
    shire_date home = shire_date_of(2024, 11, 18);
    for (shire_date day = home; day <= chunk->people->last; day++) {
        /* Four calls a day for two months, then two. */
        for (int call = 0; call < 4; call += day < home + 60 ? 1 : 2) {
            synth_council_visit(
                &care, SYNTH_SHEET_HOME_CARE_VISIT,
                day * SHIRE_MICROSECONDS_PER_DAY + (hours[call] * 60 + 10) * SYNTH_MINUTE, 30, 1);
        }
    }

    synth_care housing = begin(chunk, SYNTH_HOUSING, SYNTH_STREAM_COUNCIL);
    synth_housing_tenancy(&housing, shire_date_of(1987, 6, 1), 0, "2-bedroom house");
    synth_housing_repair(&housing, at(2024, 6, 3, 9, 20), 5, "Heating", 90, 8600);
    synth_housing_repair(&housing, at(2024, 11, 11, 9, 0), 2, "Carpentry", 180, 11200);
    synth_housing_repair(&housing, at(2024, 11, 13, 9, 0), 1, "Electrical", 120, 6400);
}

void synth_stroke_make(synth_chunk *chunk) {
    make_hospital(chunk);
    make_primary(chunk);
    make_council(chunk);
}
