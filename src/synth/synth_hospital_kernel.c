/*
 * Hospital care of the persons of a chunk: emergency attendances, spells (day case, elective,
 * emergency, maternity) with ward stays, operations, critical care, therapy, imaging, pathology and
 * pharmacy, outpatient attendances and dialysis. The length of a stay follows from the currency's
 * unit cost: what is left after operation and implant, divided by the cost of a day.
 */
#include "synth/synth_hospital.h"
#include "synth/synth_parameters.h"

#include <string.h>

/* Fully absorbed cost of a ward day and of a theatre minute, for lengths of stay. */
#define DAY_PENCE 42000
#define THEATRE_MINUTE_PENCE 1900

const synth_ward synth_wards[SYNTH_WARD_COUNT] = {
    [SYNTH_WARD_ADMISSIONS] = {"Acute Admissions Unit", 28500},
    [SYNTH_WARD_MEDICINE] = {"Lugg Ward", 22500},
    [SYNTH_WARD_MEDICINE_2] = {"Leadon Ward", 22500},
    [SYNTH_WARD_OLDER] = {"Frome Ward", 23500},
    [SYNTH_WARD_STROKE] = {"Arrow Stroke Unit", 29500},
    [SYNTH_WARD_SURGERY] = {"Wye Ward", 24000},
    [SYNTH_WARD_ORTHOPAEDIC] = {"Teme Ward", 24500},
    [SYNTH_WARD_MATERNITY] = {"Maternity Unit", 62000},
    [SYNTH_WARD_CHILDREN] = {"Children's Ward", 34000},
    [SYNTH_WARD_DAY] = {"Day Case Unit", 9000},
};

/* Yearly rates in thousandths by age band, of people known to the hospital; about six tenths of
 * national rates, as the rest goes to hospitals elsewhere. */
static const uint16_t emergency_rate[SYNTH_BANDS] = {560, 450, 400, 430, 590, 780};
static const uint16_t short_rate[SYNTH_BANDS] = {60, 54, 54, 74, 105, 155};
static const uint16_t long_rate[SYNTH_BANDS] = {8, 15, 35, 67, 118, 195};
static const uint16_t elective_rate[SYNTH_BANDS] = {0, 8, 20, 37, 37, 16};
static const uint16_t day_case_rate[SYNTH_BANDS] = {0, 60, 138, 210, 196, 98};
static const uint16_t outpatient_rate[SYNTH_BANDS] = {460, 670, 1090, 1600, 1880, 1600};
/* Planned care rises less with frailty than emergencies do. */
static const uint16_t urgent_factor[5] = {70, 140, 220, 310, 380};
static const uint16_t planned_factor[5] = {82, 130, 155, 140, 110};

static int ward_of(const synth_care *care, const synth_currency *currency) {
    if (care->person->age < 16) {
        return SYNTH_WARD_CHILDREN;
    }
    const char *code = currency->specialty;
    if (strcmp(code, "501") == 0) {
        return SYNTH_WARD_MATERNITY;
    }
    if (strcmp(code, "328") == 0) {
        return SYNTH_WARD_STROKE;
    }
    if (strcmp(code, "110") == 0) {
        return SYNTH_WARD_ORTHOPAEDIC;
    }
    if (strcmp(code, "430") == 0) {
        return SYNTH_WARD_OLDER;
    }
    if (code[0] == '1' || strcmp(code, "502") == 0) {
        return SYNTH_WARD_SURGERY;
    }
    return care->number % 2 == 0 ? SYNTH_WARD_MEDICINE : SYNTH_WARD_MEDICINE_2;
}

void synth_hospital_spell(synth_care *care, const synth_spell *spell, shire_timestamp ready,
                          const synth_delay *delay) {
    shire_timestamp period_end = ((int64_t)care->people->last + 1) * SHIRE_MICROSECONDS_PER_DAY;
    bool open = spell->end >= period_end;
    int64_t cells[] = {
        spell->spell_no,
        spell->local,
        spell->start,
        open ? SYNTH_NULL : spell->end,
        synth_cell_text(spell->currency->code),
        synth_cell_text(spell->currency->specialty),
        synth_cell_text(spell->patient_class),
        delay->days == 0 ? SYNTH_NULL : ready,
        delay->days == 0 ? SYNTH_NULL : synth_cell_text(delay->reason),
        delay->days == 0 ? SYNTH_NULL : synth_cell_text(delay->responsible),
    };
    synth_chunk_add(care->chunk, SYNTH_SHEET_SPELL, cells);
    shire_date last = shire_timestamp_date(spell->end);
    last = last > care->people->last ? care->people->last : last;
    bool day_case = strcmp(spell->patient_class, "Day case") == 0;
    synth_chunk_tally(care->chunk, SYNTH_SHEET_SPELL, day_case ? 1 : 0,
                      (synth_tally){.count = 1,
                                    .days = last - shire_timestamp_date(spell->start) + 1,
                                    .weight_pence = spell->currency->price_pence});
}

void synth_hospital_ward_stay(synth_care *care, const synth_spell *spell, int ward,
                              shire_timestamp start, shire_timestamp end) {
    int64_t minutes = (end - start) / SYNTH_MINUTE;
    int64_t milli_days = minutes * 1000 / 1440;
    int64_t cells[] = {synth_care_number(care, spell->local),
                       spell->spell_no,
                       synth_cell_text(synth_wards[ward].name),
                       start,
                       minutes,
                       milli_days};
    synth_chunk_add(care->chunk, SYNTH_SHEET_WARD_STAY, cells);
    synth_chunk_tally(
        care->chunk, SYNTH_SHEET_WARD_STAY, 0,
        (synth_tally){.count = 1,
                      .minutes = minutes,
                      .weight_pence = milli_days * synth_wards[ward].price_pence / 1000});
}

void synth_hospital_therapy(synth_care *care, const synth_spell *spell, const char *profession,
                            shire_timestamp start, int minutes) {
    int64_t cells[] = {synth_care_number(care, spell->local), spell->spell_no,
                       synth_cell_text(profession), start, minutes};
    synth_chunk_add(care->chunk, SYNTH_SHEET_THERAPY, cells);
    synth_chunk_tally(care->chunk, SYNTH_SHEET_THERAPY, 0,
                      (synth_tally){.count = 1, .minutes = minutes});
}

void synth_hospital_imaging(synth_care *care, int64_t local, int64_t event_no,
                            shire_timestamp start, const synth_currency *exam) {
    int64_t cells[] = {synth_care_number(care, local), event_no, synth_cell_text(exam->code),
                       start};
    synth_chunk_add(care->chunk, SYNTH_SHEET_IMAGING, cells);
    synth_chunk_tally(care->chunk, SYNTH_SHEET_IMAGING, 0,
                      (synth_tally){.count = 1, .weight_pence = exam->price_pence});
}

/* A time within [from, to], or for the few unmatched items months away from it. */
static shire_timestamp feed_time(synth_care *care, shire_timestamp from, shire_timestamp to) {
    shire_timestamp time =
        shire_random_between(&care->random, from / SYNTH_MINUTE, to / SYNTH_MINUTE) * SYNTH_MINUTE;
    if (shire_random_chance(&care->random, SYNTH_UNMATCHED_PER_MILLE, 1000)) {
        int64_t days = 60 + (int64_t)shire_random_below(&care->random, 90);
        bool early = shire_timestamp_date(time) - days < care->people->first;
        time += (early ? days : -days) * SHIRE_MICROSECONDS_PER_DAY;
    }
    return time;
}

void synth_hospital_pathology(synth_care *care, int64_t local, shire_timestamp from,
                              shire_timestamp to, int requests) {
    for (int i = 0; i < requests; i++) {
        const synth_currency *row = synth_currency_draw(&care->random, SYNTH_PATHOLOGY,
                                                        care->person->age, care->person->sex);
        int64_t tests = 1 + (int64_t)shire_random_below(&care->random, 7);
        int64_t cells[] = {synth_care_number(care, local), local, synth_cell_text(row->code),
                           feed_time(care, from, to), tests};
        synth_chunk_add(care->chunk, SYNTH_SHEET_PATHOLOGY, cells);
        synth_chunk_tally(care->chunk, SYNTH_SHEET_PATHOLOGY, 0,
                          (synth_tally){.count = 1, .weight_pence = tests * row->price_pence});
    }
}

void synth_hospital_pharmacy(synth_care *care, int64_t local, shire_timestamp from,
                             shire_timestamp to, int issues, int mean_pence) {
    static const char *const groups[] = {
        "Antibacterials", "Analgesics", "Cardiovascular", "Anticoagulants",
        "Respiratory",    "Fluids",     "Gastro",         "Central nervous system"};
    for (int i = 0; i < issues; i++) {
        int64_t cost = 1 + synth_draw_spread(&care->random, mean_pence);
        const char *group = groups[shire_random_below(&care->random, 8)];
        int64_t cells[] = {synth_care_number(care, local), local, synth_cell_text(group),
                           feed_time(care, from, to), cost};
        synth_chunk_add(care->chunk, SYNTH_SHEET_PHARMACY, cells);
        synth_chunk_tally(care->chunk, SYNTH_SHEET_PHARMACY, 0,
                          (synth_tally){.count = 1, .amount_pence = cost});
    }
}

int64_t synth_hospital_outpatient(synth_care *care, int64_t local, shire_timestamp start,
                                  const char *currency, const char *specialty, uint32_t price_pence,
                                  int group) {
    int64_t number = synth_care_number(care, local);
    int64_t minutes = group == 1 ? 240 : 10 + 5 * (int64_t)shire_random_below(&care->random, 7);
    int64_t cells[] = {
        number, local, start, minutes, synth_cell_text(currency), synth_cell_text(specialty)};
    synth_chunk_add(care->chunk, SYNTH_SHEET_OUTPATIENT, cells);
    synth_chunk_tally(care->chunk, SYNTH_SHEET_OUTPATIENT, group,
                      (synth_tally){.count = 1, .minutes = minutes, .weight_pence = price_pence});
    return number;
}

int64_t synth_hospital_emergency(synth_care *care, int64_t local, shire_timestamp start,
                                 const synth_currency *currency, const char *disposal) {
    int64_t number = synth_care_number(care, local);
    int64_t stay = 60 + (int64_t)shire_random_below(&care->random, 300);
    int64_t cells[] = {number,
                       local,
                       start,
                       start + stay * SYNTH_MINUTE,
                       synth_cell_text(currency->code),
                       synth_cell_text(disposal)};
    synth_chunk_add(care->chunk, SYNTH_SHEET_EMERGENCY, cells);
    synth_chunk_tally(
        care->chunk, SYNTH_SHEET_EMERGENCY, 0,
        (synth_tally){.count = 1, .minutes = stay, .weight_pence = currency->price_pence});
    return number;
}

/* ---- spells ---- */

static void add_operation(synth_care *care, const synth_spell *spell) {
    int64_t minutes = 10 + synth_draw_spread(&care->random, spell->currency->theatre_minutes - 8);
    bool urgent = strcmp(spell->patient_class, "Emergency inpatient") == 0;
    int64_t cells[] = {synth_care_number(care, spell->local), spell->spell_no,
                       synth_cell_text(urgent ? "Emergency theatre" : "Main theatre"),
                       spell->start + 150 * SYNTH_MINUTE, minutes};
    synth_chunk_add(care->chunk, SYNTH_SHEET_THEATRE, cells);
    synth_chunk_tally(care->chunk, SYNTH_SHEET_THEATRE, 0,
                      (synth_tally){.count = 1, .minutes = minutes});
    if (spell->currency->device_pounds > 0) {
        int64_t price = synth_draw_spread(&care->random, spell->currency->device_pounds * 100);
        int64_t device[] = {synth_care_number(care, spell->local), spell->spell_no,
                            synth_cell_text("Implant"), spell->start + 180 * SYNTH_MINUTE, price};
        synth_chunk_add(care->chunk, SYNTH_SHEET_DEVICE, device);
        synth_chunk_tally(care->chunk, SYNTH_SHEET_DEVICE, 0,
                          (synth_tally){.count = 1, .amount_pence = price});
    }
}

static void add_critical_care(synth_care *care, const synth_spell *spell, int days) {
    const synth_currency *row =
        synth_currency_draw(&care->random, SYNTH_CRITICAL, care->person->age, care->person->sex);
    int64_t cells[] = {synth_care_number(care, spell->local), spell->spell_no,
                       synth_cell_text(row->code), spell->start + 300 * SYNTH_MINUTE, days};
    synth_chunk_add(care->chunk, SYNTH_SHEET_CRITICAL_CARE, cells);
    synth_chunk_tally(
        care->chunk, SYNTH_SHEET_CRITICAL_CARE, 0,
        (synth_tally){.count = 1, .days = days, .weight_pence = days * row->price_pence});
}

static void add_stay_items(synth_care *care, const synth_spell *spell, int nights) {
    shire_random *random = &care->random;
    shire_timestamp limit = spell->end;
    bool urgent = strcmp(spell->patient_class, "Emergency inpatient") == 0;
    if (nights > 2 && care->person->age >= 50) {
        static const char *const professions[] = {"Physiotherapy", "Occupational therapy",
                                                  "Speech and language therapy", "Dietetics"};
        int sessions = synth_draw_count(random, (uint32_t)nights * 300);
        for (int i = 0; i < sessions && i < nights; i++) {
            shire_date day = shire_timestamp_date(spell->start) + 1 + i;
            synth_hospital_therapy(care, spell, professions[shire_random_below(random, 4)],
                                   synth_draw_office_time(random, day),
                                   20 + 5 * (int)shire_random_below(random, 6));
        }
    }
    if (shire_random_chance(random, urgent ? 78 : 15, 100)) {
        synth_hospital_imaging(
            care, spell->local, spell->spell_no, spell->start + 90 * SYNTH_MINUTE,
            synth_currency_draw(random, SYNTH_IMAGING, care->person->age, care->person->sex));
    }
    int requests = (urgent ? 2 : 1) + synth_draw_count(random, (uint32_t)nights * 900);
    synth_hospital_pathology(care, spell->local, spell->start, limit, requests);
    int issues = 1 + synth_draw_count(random, (uint32_t)nights * 450);
    synth_hospital_pharmacy(care, spell->local, spell->start, limit, issues, 1900);
}

/* Critical care: one emergency stay in thirty, one big operation in twelve. */
static int draw_critical_days(synth_care *care, const synth_currency *currency, int nights) {
    bool big = currency->theatre_minutes >= 150;
    if (nights < 3 || !shire_random_chance(&care->random, big ? 160 : 55, 1000)) {
        return 0;
    }
    int days = 1 + synth_draw_count(&care->random, 2800);
    return days < nights ? days : nights - 1;
}

static void add_spell(synth_care *care, const synth_currency *currency, const char *patient_class,
                      shire_timestamp start, int nights, synth_delay delay) {
    shire_random *random = &care->random;
    shire_timestamp ready = start + nights * SHIRE_MICROSECONDS_PER_DAY;
    shire_timestamp end = ready + delay.days * SHIRE_MICROSECONDS_PER_DAY +
                          (int64_t)shire_random_between(random, 60, 420) * SYNTH_MINUTE;
    /* What lies behind the period or the person's death is not there. */
    shire_timestamp limit = ((int64_t)care->last + 1) * SHIRE_MICROSECONDS_PER_DAY;
    if (end > limit) {
        end = limit;
        if (ready >= limit) {
            delay = (synth_delay){0};
        }
    }
    if (end <= start) {
        return;
    }
    if (care->person->death != 0 && end == limit) {
        end -= SYNTH_MINUTE; /* discharged by death, within the day */
    }
    synth_spell spell = {.local = synth_care_local(care),
                         .start = start,
                         .end = end,
                         .currency = currency,
                         .patient_class = patient_class};
    spell.spell_no = synth_care_number(care, spell.local);
    synth_hospital_spell(care, &spell, ready, &delay);
    if (currency->theatre_minutes > 0) {
        add_operation(care, &spell);
    }
    if (strcmp(patient_class, "Day case") == 0) {
        if (shire_random_chance(random, 30, 100)) {
            synth_hospital_pharmacy(care, spell.local, start, end, 1, 1100);
        }
        return;
    }
    int critical_days = draw_critical_days(care, currency, nights);
    shire_timestamp ward_start = start + critical_days * SHIRE_MICROSECONDS_PER_DAY;
    if (critical_days > 0) {
        add_critical_care(care, &spell, critical_days);
    }
    int ward = ward_of(care, currency);
    bool urgent = strcmp(patient_class, "Emergency inpatient") == 0;
    shire_timestamp moved = ward_start + SHIRE_MICROSECONDS_PER_DAY * 3 / 4;
    if (urgent && critical_days == 0 && ward != SYNTH_WARD_CHILDREN && moved < end) {
        synth_hospital_ward_stay(care, &spell, SYNTH_WARD_ADMISSIONS, ward_start, moved);
        ward_start = moved;
    }
    if (ward_start < end) {
        synth_hospital_ward_stay(care, &spell, ward, ward_start, end);
    }
    add_stay_items(care, &spell, (int)((end - start) / SHIRE_MICROSECONDS_PER_DAY));
}

static int draw_nights(synth_care *care, const synth_currency *currency) {
    int64_t left = (int64_t)currency->price_pence -
                   (int64_t)currency->theatre_minutes * THEATRE_MINUTE_PENCE -
                   (int64_t)currency->device_pounds * 100;
    left = left < DAY_PENCE ? DAY_PENCE : left;
    int64_t nights = (synth_draw_spread(&care->random, left) + DAY_PENCE / 2) / DAY_PENCE;
    return nights < 1 ? 1 : (int)nights;
}

static void make_spells(synth_care *care) {
    static const struct {
        synth_currency_table table;
        const char *patient_class;
        const uint16_t *rates;
        const uint16_t *factors;
    } kinds[] = {
        {SYNTH_DAY_CASE, "Day case", day_case_rate, planned_factor},
        {SYNTH_ELECTIVE, "Elective inpatient", elective_rate, planned_factor},
        {SYNTH_EMERGENCY_LONG, "Emergency inpatient", long_rate, urgent_factor},
        {SYNTH_EMERGENCY_SHORT, "Emergency inpatient", short_rate, urgent_factor},
    };
    shire_random *random = &care->random;
    for (size_t kind = 0; kind < sizeof kinds / sizeof kinds[0]; kind++) {
        int count = synth_care_count(care, kinds[kind].rates, kinds[kind].factors);
        for (int i = 0; i < count; i++) {
            const synth_currency *currency = synth_currency_draw(
                random, kinds[kind].table, care->person->age, care->person->sex);
            bool urgent = kinds[kind].table >= SYNTH_EMERGENCY_LONG;
            shire_timestamp start =
                urgent ? synth_draw_any_time(random, synth_care_day(care))
                       : synth_draw_office_time(random, synth_care_working_day(care));
            synth_delay delay = {0};
            int nights = 0;
            if (kinds[kind].table == SYNTH_EMERGENCY_SHORT) {
                nights = shire_random_chance(random, 45, 100) ? 1 : 0;
            } else if (kinds[kind].table != SYNTH_DAY_CASE) {
                nights = draw_nights(care, currency);
                delay = synth_care_delay(care, nights > 4 ? 190 : 0, 16);
            }
            add_spell(care, currency, kinds[kind].patient_class, start, nights, delay);
        }
    }
}

static void make_maternity(synth_care *care) {
    /* The child follows in the same household. */
    for (size_t i = care->number + 1; i < care->people->person_count; i++) {
        const synth_person *child = &care->people->persons[i];
        if (child->household != care->person->household) {
            return;
        }
        if (child->birth >= care->people->first) {
            const synth_currency *currency = synth_currency_draw(
                &care->random, SYNTH_MATERNITY, care->person->age, care->person->sex);
            int nights = 1 + (int)shire_random_below(&care->random, 4);
            add_spell(care, currency, "Maternity", synth_draw_any_time(&care->random, child->birth),
                      nights, (synth_delay){0});
            return;
        }
    }
}

static void make_attendances(synth_care *care) {
    static const char *const disposals[] = {"Discharged home", "Referred to GP",
                                            "Referred to clinic", "Admitted", "Left before seen"};
    shire_random *random = &care->random;
    int count = synth_care_count(care, emergency_rate, urgent_factor);
    for (int i = 0; i < count; i++) {
        const synth_currency *row =
            synth_currency_draw(random, SYNTH_EMERGENCY, care->person->age, care->person->sex);
        int64_t local = synth_care_local(care);
        shire_timestamp start = synth_draw_any_time(random, synth_care_day(care));
        int64_t number = synth_hospital_emergency(care, local, start, row,
                                                  disposals[shire_random_below(random, 5)]);
        if (shire_random_chance(random, 22, 100)) {
            synth_hospital_imaging(care, local, number, start + 60 * SYNTH_MINUTE,
                                   synth_currency_find(SYNTH_IMAGING, "PF"));
        }
        if (shire_random_chance(random, 45, 100)) {
            synth_hospital_pathology(care, local, start, start + 60 * SYNTH_MINUTE,
                                     1 + (int)shire_random_below(random, 3));
        }
    }
    count = synth_care_count(care, outpatient_rate, planned_factor);
    for (int i = 0; i < count; i++) {
        const synth_currency *row =
            synth_currency_draw(random, SYNTH_OUTPATIENT, care->person->age, care->person->sex);
        int64_t local = synth_care_local(care);
        shire_timestamp start = synth_draw_office_time(random, synth_care_working_day(care));
        int64_t number = synth_hospital_outpatient(care, local, start, row->code, row->specialty,
                                                   row->price_pence, 0);
        if (shire_random_chance(random, 14, 100)) {
            synth_hospital_imaging(
                care, local, number, start,
                synth_currency_draw(random, SYNTH_IMAGING, care->person->age, care->person->sex));
        }
        if (shire_random_chance(random, 40, 100)) {
            synth_hospital_pathology(care, local, start, start + 90 * SYNTH_MINUTE,
                                     1 + (int)shire_random_below(random, 3));
        }
        if (care->person->age >= 18 && shire_random_chance(random, 6, 100)) {
            int64_t price = synth_draw_spread(random, 59300);
            int64_t cells[] = {synth_care_number(care, local), number,
                               synth_cell_text("High cost drug"), start, price};
            synth_chunk_add(care->chunk, SYNTH_SHEET_HIGH_COST_DRUG, cells);
            synth_chunk_tally(care->chunk, SYNTH_SHEET_HIGH_COST_DRUG, 0,
                              (synth_tally){.count = 1, .amount_pence = price});
        }
    }
}

/* Three times a week: one adult in 3,000 of those known to the hospital. */
static void make_dialysis(synth_care *care) {
    if (care->person->age < 30 || care->person->frailty == 0 ||
        !shire_random_chance(&care->random, 2, 1000)) {
        return;
    }
    int64_t local = synth_local_number(SYNTH_HOSPITAL, care->number, 0);
    for (shire_date day = care->first; day <= care->last; day++) {
        if (day % 7 == 0 || day % 7 == 2 || day % 7 == 4) {
            synth_hospital_outpatient(care, local, synth_draw_office_time(&care->random, day),
                                      SYNTH_DIALYSIS_CODE, "361", SYNTH_DIALYSIS_PENCE, 1);
        }
    }
}

void synth_hospital_make(synth_chunk *chunk) {
    for (size_t number = chunk->first; number < chunk->last; number++) {
        synth_care care;
        if (!synth_care_begin(chunk, number, SYNTH_HOSPITAL, SYNTH_STREAM_HOSPITAL, &care)) {
            continue;
        }
        make_attendances(&care);
        make_spells(&care);
        make_dialysis(&care);
        if (care.person->gave_birth) {
            make_maternity(&care);
        }
    }
}
