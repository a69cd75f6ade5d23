/*
 * Council services: visits of home care (the largest feed), reablement, placements and direct
 * payments by price and frequency, day care, social work, adaptations; and the housing
 * association's tenancies and repairs.
 */
#include "synth/synth_council.h"

/* What a week costs, about the level of PSSRU's Unit Costs of Health and Social Care. */
const synth_placement_type synth_placement_types[SYNTH_PLACED_COUNT] = {
    [SYNTH_PLACED_RESIDENTIAL] = {"Residential", 84000},
    [SYNTH_PLACED_DEMENTIA] = {"Residential dementia", 93000},
    [SYNTH_PLACED_NURSING] = {"Nursing", 104000},
    [SYNTH_PLACED_DISABILITY] = {"Learning disability", 162000},
    [SYNTH_PLACED_FOSTERING] = {"Fostering", 87000},
    [SYNTH_PLACED_CHILDRENS_HOME] = {"Children's home", 545000},
};

void synth_council_visit(synth_care *care, synth_sheet sheet, shire_timestamp start, int minutes,
                         int carers) {
    int64_t local = synth_care_local(care);
    int64_t cells[] = {synth_care_number(care, local), local, start, minutes, carers};
    synth_chunk_add(care->chunk, sheet, cells);
    synth_chunk_tally(care->chunk, sheet, 0,
                      (synth_tally){.count = 1, .minutes = minutes * carers});
}

void synth_council_social_work(synth_care *care, shire_timestamp start, int minutes,
                               const char *type) {
    int64_t local = synth_care_local(care);
    int64_t cells[] = {synth_care_number(care, local), local, start, minutes, synth_cell_text(type),
                       synth_cell_text("E06000019")};
    synth_chunk_add(care->chunk, SYNTH_SHEET_SOCIAL_WORK, cells);
    synth_chunk_tally(care->chunk, SYNTH_SHEET_SOCIAL_WORK, 0,
                      (synth_tally){.count = 1, .minutes = minutes});
}

void synth_council_adaptation(synth_care *care, shire_date approved, shire_date completed,
                              const char *adaptation, int64_t price_pence) {
    int64_t local = synth_care_local(care);
    int64_t cells[] = {synth_care_number(care, local),
                       local,
                       approved,
                       completed > care->people->last ? SYNTH_NULL : completed,
                       synth_cell_text(adaptation),
                       price_pence};
    synth_chunk_add(care->chunk, SYNTH_SHEET_ADAPTATION, cells);
    synth_chunk_tally(care->chunk, SYNTH_SHEET_ADAPTATION, 0,
                      (synth_tally){.count = 1, .amount_pence = price_pence});
}

static void make_home_care(synth_care *care) {
    /* Hours at which carers call, for one to four calls a day. */
    static const int hours[4][4] = {{8}, {8, 18}, {8, 13, 18}, {7, 12, 17, 21}};
    shire_random *random = &care->random;
    int calls = 1 + (int)shire_random_below(random, care->person->frailty > 2 ? 4 : 3);
    int carers = care->person->frailty > 3 && shire_random_chance(random, 1, 3) ? 2 : 1;
    /* Two packages in five begin in the year. */
    shire_date day = shire_random_chance(random, 2, 5) ? synth_care_day(care) : care->first;
    for (; day <= care->last; day++) {
        for (int call = 0; call < calls; call++) {
            if (shire_random_chance(random, 30, 1000)) {
                continue; /* in hospital, away, or cancelled */
            }
            shire_timestamp start =
                day * SHIRE_MICROSECONDS_PER_DAY +
                (hours[calls - 1][call] * 60 + (int64_t)shire_random_below(random, 50)) *
                    SYNTH_MINUTE;
            synth_council_visit(care, SYNTH_SHEET_HOME_CARE_VISIT, start,
                                18 + (int)shire_random_below(random, 30), carers);
        }
    }
}

static void make_reablement(synth_care *care) {
    shire_random *random = &care->random;
    if (care->person->age < 65 || care->person->frailty < 1 || care->person->care_home ||
        !shire_random_chance(random, 160, 1000)) {
        return;
    }
    shire_date day = synth_care_day(care);
    shire_date end = day + 21 + (shire_date)shire_random_below(random, 21);
    for (; day <= care->last && day < end; day++) {
        synth_council_visit(care, SYNTH_SHEET_REABLEMENT_VISIT, synth_draw_office_time(random, day),
                            25 + (int)shire_random_below(random, 30), 1);
    }
}

static int draw_placement(synth_care *care) {
    shire_random *random = &care->random;
    if (care->person->age < 18) {
        if (!shire_random_chance(random, 45, 100)) {
            return -1;
        }
        return shire_random_chance(random, 7, 100) ? SYNTH_PLACED_CHILDRENS_HOME
                                                   : SYNTH_PLACED_FOSTERING;
    }
    /* Four in ten residents pay for themselves and are nobody's placement. */
    if (!care->person->care_home || !shire_random_chance(random, 60, 100)) {
        return -1;
    }
    if (care->person->age < 65) {
        return SYNTH_PLACED_DISABILITY;
    }
    return SYNTH_PLACED_RESIDENTIAL + (int)shire_random_below(random, 3);
}

/* One price of a placement: days of it in the period are what it adds to the tally. */
static void add_price(synth_care *care, int64_t placement, int type, shire_date from, shire_date to,
                      int64_t week_pence, int64_t client_pence) {
    const synth_placement_type *placed = &synth_placement_types[type];
    shire_date first = from < care->people->first ? care->people->first : from;
    shire_date last = to == 0 ? care->people->last : to;
    int64_t cells[] = {synth_care_number(care, synth_care_local(care)),
                       placement,
                       synth_cell_text(placed->name),
                       from,
                       to == 0 ? SYNTH_NULL : to,
                       week_pence,
                       client_pence == 0 ? SYNTH_NULL : client_pence};
    synth_chunk_add(care->chunk, SYNTH_SHEET_PLACEMENT_PRICE, cells);
    synth_chunk_tally(
        care->chunk, SYNTH_SHEET_PLACEMENT_PRICE, type >= SYNTH_PLACED_FOSTERING ? 1 : 0,
        (synth_tally){.count = 1, .weight_pence = week_pence * (last - first + 1) / 7});
}

/* Prices are by the week, agreed for each placement, and rise on 1 October; adults pay a part. */
static void make_placement(synth_care *care) {
    int type = draw_placement(care);
    if (type < 0) {
        return;
    }
    shire_random *random = &care->random;
    bool before = shire_random_chance(random, 72, 100);
    shire_date from =
        before ? care->first - (shire_date)shire_random_below(random, 1100) : synth_care_day(care);
    if (from < care->person->birth) {
        from = care->person->birth;
    }
    bool left = care->person->death == 0 && shire_random_chance(random, 8, 100);
    shire_date first = from < care->first ? care->first : from;
    shire_date to = left ? (shire_date)shire_random_between(random, first, care->last) : care->last;
    bool ended = left || care->person->death != 0;
    int64_t local = synth_care_local(care);
    int64_t number = synth_care_number(care, local);
    const synth_placement_type *placed = &synth_placement_types[type];
    int64_t cells[] = {number, local, from, ended ? to : SYNTH_NULL, synth_cell_text(placed->name)};
    synth_chunk_add(care->chunk, SYNTH_SHEET_PLACEMENT, cells);
    int64_t price = (int64_t)placed->week_pence * shire_random_between(random, 90, 108) / 100;
    int64_t client =
        type >= SYNTH_PLACED_FOSTERING ? 0 : price * shire_random_between(random, 20, 45) / 100;
    shire_date rise = shire_date_of(2024, 10, 1);
    if (from < rise && to >= rise) {
        add_price(care, number, type, from, rise - 1, price, client);
        add_price(care, number, type, rise, ended ? to : 0, price * 104 / 100, client);
    } else {
        add_price(care, number, type, from, ended ? to : 0, price, client);
    }
}

static void make_payments(synth_care *care) {
    shire_random *random = &care->random;
    if (care->person->age < 18 || care->person->care_home || care->person->frailty == 0) {
        return;
    }
    if (shire_random_chance(random, 85, 1000)) {
        int64_t amount = 20000 + synth_draw_spread(random, 95000);
        bool monthly = shire_random_chance(random, 1, 3);
        shire_date from = shire_random_chance(random, 3, 4)
                              ? care->first - (shire_date)shire_random_below(random, 700)
                              : synth_care_day(care);
        bool ended = care->person->death != 0;
        shire_date first = from < care->first ? care->first : from;
        int64_t local = synth_care_local(care);
        int64_t cells[] = {synth_care_number(care, local),
                           local,
                           from,
                           ended ? care->last : SYNTH_NULL,
                           synth_cell_text(monthly ? "monthly" : "four-weekly"),
                           amount};
        int64_t days = care->last - first + 1;
        synth_chunk_add(care->chunk, SYNTH_SHEET_DIRECT_PAYMENT, cells);
        synth_chunk_tally(
            care->chunk, SYNTH_SHEET_DIRECT_PAYMENT, 0,
            (synth_tally){.count = 1,
                          .amount_pence = monthly ? amount * days * 12 / 364 : amount * days / 28});
    }
    if (shire_random_chance(random, 60, 1000)) {
        static const char *const centres[] = {"Hereford day centre", "Leominster day centre",
                                              "Ross day centre"};
        const char *centre = centres[shire_random_below(random, 3)];
        for (shire_date day = care->first; day <= care->last; day++) {
            if ((day % 7 == 1 || day % 7 == 5) && shire_random_chance(random, 88, 100)) {
                int64_t local = synth_care_local(care);
                int64_t cells[] = {synth_care_number(care, local), local, day,
                                   synth_cell_text(centre)};
                synth_chunk_add(care->chunk, SYNTH_SHEET_DAY_CARE, cells);
                synth_chunk_tally(care->chunk, SYNTH_SHEET_DAY_CARE, 0, (synth_tally){.count = 1});
            }
        }
    }
}

static void make_social_work(synth_care *care) {
    static const char *const types[] = {"Assessment", "Review", "Safeguarding enquiry",
                                        "Carer's assessment", "Hospital discharge"};
    static const struct {
        const char *name;
        int64_t mean_pence;
    } adaptations[] = {
        {"Level-access shower", 720000}, {"Stairlift", 310000},           {"Ramp", 240000},
        {"Grab rails", 18000},           {"Through-floor lift", 1650000}, {"Extension", 2900000}};
    shire_random *random = &care->random;
    int count = synth_draw_count(random, 1200 + 500u * care->person->frailty);
    for (int i = 0; i < count; i++) {
        synth_council_social_work(
            care, synth_draw_office_time(random, synth_care_working_day(care)),
            45 + 15 * (int)shire_random_below(random, 12), types[shire_random_below(random, 5)]);
    }
    if (care->person->age >= 40 && !care->person->care_home && care->person->frailty > 0 &&
        shire_random_chance(random, 70, 1000)) {
        size_t i = shire_random_below(random, shire_random_chance(random, 9, 10) ? 4 : 6);
        shire_date approved = synth_care_working_day(care);
        synth_council_adaptation(
            care, approved, approved + 20 + (shire_date)shire_random_below(random, 90),
            adaptations[i].name, synth_draw_spread(random, adaptations[i].mean_pence));
    }
}

void synth_council_make(synth_chunk *chunk) {
    for (size_t number = chunk->first; number < chunk->last; number++) {
        synth_care care;
        if (!synth_care_begin(chunk, number, SYNTH_SOCIAL, SYNTH_STREAM_COUNCIL, &care)) {
            continue;
        }
        if (care.person->home_care) {
            make_home_care(&care);
        }
        make_reablement(&care);
        make_placement(&care);
        make_payments(&care);
        make_social_work(&care);
    }
}

/* ---- housing ---- */

void synth_housing_tenancy(synth_care *care, shire_date started, shire_date ended,
                           const char *property) {
    int64_t local = synth_care_local(care);
    int64_t cells[] = {synth_care_number(care, local), local, started,
                       ended == 0 ? SYNTH_NULL : ended, synth_cell_text(property)};
    synth_chunk_add(care->chunk, SYNTH_SHEET_TENANCY, cells);
    shire_date first = started > care->people->first ? started : care->people->first;
    shire_date last = ended == 0 ? care->people->last : ended;
    synth_chunk_tally(care->chunk, SYNTH_SHEET_TENANCY, 0,
                      (synth_tally){.count = 1, .days = last - first + 1});
}

void synth_housing_repair(synth_care *care, shire_timestamp reported, int days, const char *trade,
                          int minutes, int64_t materials_pence) {
    int64_t local = synth_care_local(care);
    int64_t cells[] = {synth_care_number(care, local),
                       local,
                       reported,
                       reported + days * SHIRE_MICROSECONDS_PER_DAY + minutes * SYNTH_MINUTE,
                       synth_cell_text(trade),
                       minutes,
                       materials_pence};
    synth_chunk_add(care->chunk, SYNTH_SHEET_REPAIR, cells);
    synth_chunk_tally(
        care->chunk, SYNTH_SHEET_REPAIR, 0,
        (synth_tally){.count = 1, .minutes = minutes, .amount_pence = materials_pence});
}

void synth_housing_make(synth_chunk *chunk) {
    static const char *const properties[] = {"1-bedroom flat", "2-bedroom flat", "2-bedroom house",
                                             "3-bedroom house", "Bungalow"};
    static const char *const trades[] = {"Plumbing",   "Electrical", "Heating", "Carpentry",
                                         "Plastering", "Roofing",    "Damp",    "Glazing"};
    const synth_people *people = chunk->people;
    for (size_t number = chunk->first; number < chunk->last; number++) {
        synth_care care;
        bool head = number == 0 ||
                    people->persons[number - 1].household != people->persons[number].household;
        if (!head || !people->persons[number].tenant ||
            !synth_care_begin(chunk, number, SYNTH_HOUSING, SYNTH_STREAM_COUNCIL, &care)) {
            continue;
        }
        shire_random *random = &care.random;
        shire_date started = care.person->moved_lately
                                 ? synth_care_day(&care)
                                 : care.first - (shire_date)shire_random_below(random, 7000);
        if (started < care.person->birth + 18 * 365) {
            started = care.first;
        }
        synth_housing_tenancy(&care, started, care.person->death,
                              properties[shire_random_below(random, 5)]);
        int repairs = synth_draw_count(random, 3500);
        for (int i = 0; i < repairs; i++) {
            synth_housing_repair(
                &care, synth_draw_office_time(random, synth_care_day(&care)),
                (int)shire_random_below(random, 20), trades[shire_random_below(random, 8)],
                30 + 15 * (int)shire_random_below(random, 14), synth_draw_spread(random, 9500));
        }
    }
}
