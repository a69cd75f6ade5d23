/*
 * The people: households one after the other, each from a random stream of its own, until there are
 * enough people. A household's kind decides the ages; ages, sexes and the culture decide names;
 * then come what makes linkage hard (moves, marriages, twins, namesakes), frailty by age, deaths,
 * and who is known to which system. Pure but for the caller's arrays.
 */
#include "synth/synth_name.h"
#include "synth/synth_parameters.h"
#include "synth/synth_place.h"

#include "core/nhs_number.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define HOUSEHOLD_MAX 8
#define AGE_BANDS 6

/* Kinds of household and their share; sizes and ages come out at the age structure of rural
 * Herefordshire: a quarter of people 65 or older, against less than a fifth in England. */
enum { OLD_SINGLE, OLD_COUPLE, ADULT_SINGLE, COUPLE, FAMILY, LONE_PARENT, GROWN_UP, SHARERS };
static const uint32_t kind_cumulative[] = {175, 375, 520, 668, 858, 917, 980, 1000};

/* Frailty classes by age band (under 18, to 44, to 64, to 74, to 84, over), cumulative per mille.
 */
static const uint32_t frailty_cumulative[AGE_BANDS][5] = {
    {930, 980, 995, 999, 1000}, {880, 970, 992, 998, 1000}, {760, 930, 980, 996, 1000},
    {600, 860, 960, 992, 1000}, {390, 720, 900, 980, 1000}, {190, 510, 780, 940, 1000},
};

/* Deaths in the year per ten thousand, by the same bands and by frailty. */
static const uint16_t death_rate[AGE_BANDS][5] = {
    {2, 5, 20, 60, 200},       {3, 10, 40, 120, 300},      {12, 50, 160, 400, 800},
    {40, 110, 300, 700, 1200}, {90, 230, 560, 1100, 1900}, {320, 620, 1300, 2200, 3200},
};

static size_t band_of(int age) {
    static const int tops[AGE_BANDS - 1] = {18, 45, 65, 75, 85};
    size_t band = 0;
    while (band < AGE_BANDS - 1 && age >= tops[band]) {
        band++;
    }
    return band;
}

typedef struct household {
    synth_people *people;
    shire_random *random;
    synth_person *members;
    size_t count;
    synth_culture culture;
    uint16_t family;
} household;

static synth_person *add_member(household *home, int age, int sex) {
    assert(home->count < HOUSEHOLD_MAX);
    int year = 0, month = 0, day = 0;
    shire_date_parts(home->people->last, &year, &month, &day);
    synth_person *person = &home->members[home->count++];
    memset(person, 0, sizeof *person);
    /* Born so that the age is reached at the end of the period. */
    person->birth = home->people->last - (shire_date)(age * 36525 / 100) -
                    (shire_date)shire_random_below(home->random, 365);
    person->age = (uint8_t)age;
    person->sex = (uint8_t)sex;
    person->culture = (uint8_t)home->culture;
    person->given = synth_name_draw_given(home->random, home->culture, sex, year - age);
    person->middle = SYNTH_NAME_NONE;
    if (home->culture == SYNTH_BRITISH &&
        shire_random_chance(home->random, SYNTH_MIDDLE_PER_MILLE, 1000)) {
        person->middle = synth_name_draw_given(home->random, home->culture, sex, year - age);
    }
    person->family = home->family;
    person->old_family = home->family;
    return person;
}

static int draw_sex(shire_random *random) {
    return shire_random_chance(random, 1, 2) ? SYNTH_MALE : SYNTH_FEMALE;
}

/* 65 to 100, fewer the older. */
static int draw_old_age(shire_random *random) {
    int a = (int)shire_random_below(random, 33), b = (int)shire_random_below(random, 33);
    return 65 + (a < b ? a : b) + (shire_random_chance(random, 1, 12) ? 3 : 0);
}

static int clamp_age(int age, int low, int high) {
    return age < low ? low : age > high ? high : age;
}

static void add_couple(household *home, int age) {
    shire_random *random = home->random;
    add_member(home, age, SYNTH_MALE);
    int low = age >= 65 ? 60 : 18;
    synth_person *woman =
        add_member(home, clamp_age(age - 6 + (int)shire_random_below(random, 10), low, 99),
                   shire_random_chance(random, 1, 60) ? SYNTH_MALE : SYNTH_FEMALE);
    if (!shire_random_chance(random, SYNTH_MARRIED_PER_MILLE, 1000)) {
        woman->family = woman->old_family = synth_name_draw_family(random, home->culture);
    } else if (woman->sex == SYNTH_FEMALE &&
               shire_random_chance(random, SYNTH_RENAMED_PER_MILLE, 1000)) {
        woman->old_family = synth_name_draw_family(random, home->culture);
        woman->renamed_lately = true;
    }
}

static void add_children(household *home, int parent_age, bool grown) {
    shire_random *random = home->random;
    const synth_person *father = home->members[0].sex == SYNTH_MALE ? &home->members[0] : NULL;
    int wanted = grown ? 1 + (int)shire_random_below(random, 2)
                       : 1 + (shire_random_chance(random, 600, 1000) ? 1 : 0) +
                             (shire_random_chance(random, 220, 1000) ? 1 : 0);
    int low = grown ? 18 : 0;
    int high = clamp_age(parent_age - 18, low, grown ? 38 : 17);
    bool namesake_taken = false;
    for (int i = 0; i < wanted && home->count < HOUSEHOLD_MAX; i++) {
        int age = low + (int)shire_random_below(random, (uint64_t)high - (uint64_t)low + 1);
        synth_person *child = add_member(home, age, draw_sex(random));
        if (father != NULL && child->sex == SYNTH_MALE && !namesake_taken &&
            shire_random_chance(random, SYNTH_NAMESAKE_PER_MILLE, 1000)) {
            child->given = father->given;
            namesake_taken = true;
        }
        if (home->count < HOUSEHOLD_MAX &&
            shire_random_chance(random, SYNTH_TWIN_PER_MILLE, 1000)) {
            synth_person *twin = add_member(home, age, draw_sex(random));
            twin->birth = child->birth;
            if (twin->sex == child->sex &&
                (twin->given == child->given ||
                 shire_random_chance(random, SYNTH_TWIN_ALIKE_PER_MILLE, 1000))) {
                twin->given = synth_name_similar_given(random, child->given);
            }
        }
    }
}

static void fill_household(household *home) {
    shire_random *random = home->random;
    size_t kind = shire_random_pick(random, kind_cumulative,
                                    sizeof kind_cumulative / sizeof kind_cumulative[0]);
    int adult = 22 + (int)shire_random_below(random, 43);
    if (kind >= COUPLE && kind <= LONE_PARENT) {
        adult = kind == COUPLE ? 24 + (int)shire_random_below(random, 41)
                               : 22 + (int)shire_random_below(random, 30);
    }
    switch (kind) {
    case OLD_SINGLE:
        add_member(home, draw_old_age(random) + 3,
                   shire_random_chance(random, 66, 100) ? SYNTH_FEMALE : SYNTH_MALE);
        break;
    case OLD_COUPLE:
        add_couple(home, draw_old_age(random));
        break;
    case ADULT_SINGLE:
        add_member(home, adult, shire_random_chance(random, 56, 100) ? SYNTH_MALE : SYNTH_FEMALE);
        break;
    case COUPLE:
        add_couple(home, adult);
        break;
    case FAMILY:
        add_couple(home, adult);
        add_children(home, adult - 4, false);
        break;
    case LONE_PARENT:
        add_member(home, adult, shire_random_chance(random, 88, 100) ? SYNTH_FEMALE : SYNTH_MALE);
        add_children(home, adult, false);
        break;
    case GROWN_UP:
        adult = 46 + (int)shire_random_below(random, 24);
        add_couple(home, adult);
        add_children(home, adult - 6, true);
        break;
    default: {
        size_t sharers = 2 + shire_random_below(random, 3);
        for (size_t i = 0; i < sharers; i++) {
            home->family = synth_name_draw_family(random, home->culture);
            add_member(home, 19 + (int)shire_random_below(random, 16), draw_sex(random));
        }
        break;
    }
    }
}

static synth_culture draw_culture(shire_random *random) {
    uint64_t draw = shire_random_below(random, 1000);
    if (draw < SYNTH_POLISH_PER_MILLE) {
        return SYNTH_POLISH;
    }
    if (draw < SYNTH_POLISH_PER_MILLE + SYNTH_ROMANIAN_PER_MILLE) {
        return SYNTH_ROMANIAN;
    }
    return draw < SYNTH_POLISH_PER_MILLE + SYNTH_ROMANIAN_PER_MILLE + SYNTH_ASIAN_PER_MILLE
               ? SYNTH_ASIAN
               : SYNTH_BRITISH;
}

/* Addresses, moves and tenancy of a household, the same for all its members. */
static void settle(household *home, size_t number) {
    synth_people *people = home->people;
    shire_random *random = home->random;
    size_t houses = people->address_count - people->care_home_count;
    uint32_t address = (uint32_t)(people->care_home_count + number);
    assert(address < people->address_count);
    uint32_t old = address;
    bool moved = shire_random_chance(random, SYNTH_MOVED_PER_MILLE, 1000);
    if (moved) {
        old = (uint32_t)(people->care_home_count + shire_random_below(random, houses));
    }
    bool lately =
        moved && shire_random_chance(random, SYNTH_MOVED_LATELY_PER_MILLE, SYNTH_MOVED_PER_MILLE);
    bool tenant = shire_random_chance(random, SYNTH_TENANT_PER_MILLE, 1000);
    int practice = synth_place_practice(random, &people->addresses[address]);
    for (size_t i = 0; i < home->count; i++) {
        synth_person *person = &home->members[i];
        person->household = (uint32_t)number;
        person->address = address;
        person->old_address = old;
        person->moved_lately = lately;
        person->tenant = tenant;
        person->practice = (uint16_t)practice;
    }
}

/* Births of the year: a woman of the household has given birth where a child of hers is that young.
 */
static void find_mother(household *home) {
    for (size_t i = 0; i < home->count; i++) {
        if (home->members[i].birth < home->people->first) {
            continue;
        }
        for (size_t j = 0; j < 2 && j < home->count; j++) {
            if (home->members[j].sex == SYNTH_FEMALE && home->members[j].age >= 18 &&
                home->members[j].age < 55) {
                home->members[j].gave_birth = true;
            }
        }
    }
}

static bool draw_known(shire_random *random, const synth_person *person, synth_system system) {
    uint32_t rate = synth_quirks_of[system].known[person->frailty];
    if (system == SYNTH_HOSPITAL && (person->gave_birth || person->age == 0)) {
        return true;
    }
    if (system == SYNTH_COMMUNITY && (person->gave_birth || person->age < 2)) {
        return true;
    }
    if (system == SYNTH_COMMUNITY && person->age >= 5 && person->age < 16) {
        rate += 1500; /* school nursing and immunisation */
    }
    if (system == SYNTH_HOUSING && person->tenant) {
        rate = person->age >= 18 ? 9500 : 6000; /* tenants and their children */
    }
    if (system == SYNTH_SOCIAL && (person->care_home || person->home_care)) {
        return true;
    }
    return shire_random_chance(random, rate, 10000);
}

/* Frailty, care, death and systems: what only the person's age decides. */
static void draw_life(synth_people *people, synth_person *person, shire_random *random) {
    size_t band = band_of(person->age);
    person->frailty = (uint8_t)shire_random_pick(random, frailty_cumulative[band], 5);
    /* Half of the very severely frail over 75 live in care homes; of those under 65 (learning
     * disability, brain injury) two in five. */
    static const uint16_t care_home_rate[AGE_BANDS][3] = {
        {0, 0, 0}, {0, 110, 450}, {0, 110, 380}, {10, 150, 400}, {30, 250, 560}, {70, 360, 640}};
    static const uint16_t home_care_rate[AGE_BANDS][3] = {
        {0, 0, 0}, {10, 80, 260}, {20, 140, 300}, {40, 190, 380}, {75, 300, 420}, {140, 400, 480}};
    if (person->frailty >= 2) {
        size_t severity = person->frailty - 2u;
        person->care_home = shire_random_chance(random, care_home_rate[band][severity], 1000);
        person->home_care =
            !person->care_home && shire_random_chance(random, home_care_rate[band][severity], 1000);
    }
    if (person->care_home && people->care_home_count > 0) {
        person->old_address = person->address;
        person->address = (uint32_t)shire_random_below(random, people->care_home_count);
        person->moved_lately = shire_random_chance(random, 350, 1000);
        person->tenant = false;
    }
    if (shire_random_chance(random, death_rate[band][person->frailty], 10000)) {
        shire_date from = person->birth > people->first ? person->birth : people->first;
        person->death = (shire_date)shire_random_between(random, from, people->last);
    }
    for (int system = 0; system < SYNTH_SYSTEM_COUNT; system++) {
        if (draw_known(random, person, (synth_system)system)) {
            person->systems |= (uint8_t)(1u << system);
            if (shire_random_chance(random, synth_quirks_of[system].twice, 10000)) {
                person->twice |= (uint8_t)(1u << system);
            }
        }
    }
}

uint32_t synth_people_nhs_nine(size_t index) {
    /* 999 and six digits, scattered by a step that has no factor in common with a million. */
    assert(index < 1000000);
    uint32_t six = (uint32_t)(((uint64_t)index * 387413u + 1u) % 1000000u);
    return 999000000u + six;
}

static bool nhs_has_check_digit(uint32_t nine) {
    char digits[16];
    snprintf(digits, sizeof digits, "%09u", nine);
    return shire_nhs_number_check_digit(digits) >= 0;
}

/* The stroke patient and her household, fixed whatever the seed. */
static void make_stroke_patient(household *home) {
    home->culture = SYNTH_BRITISH;
    home->family = synth_name_find_family("Preece");
    synth_person *person = add_member(home, 80, SYNTH_FEMALE);
    person->birth = shire_date_of(1944, 5, 17);
    person->given = synth_name_find_given("Gwendoline");
    person->middle = synth_name_find_given("Mary");
    settle(home, 0);
    /* A street of Leominster that is nowhere near that long, so that nobody shares her door. */
    home->people->addresses[person->address].place = SYNTH_LEOMINSTER;
    home->people->addresses[person->address].street = SYNTH_LEOMINSTER_STREET;
    home->people->addresses[person->address].number = 214;
    person->old_address = person->address;
    person->moved_lately = false;
    person->tenant = true;
    person->practice = 0;
    person->frailty = 2;
    person->systems = 1u << SYNTH_GP | 1u << SYNTH_HOSPITAL | 1u << SYNTH_COMMUNITY |
                      1u << SYNTH_SOCIAL | 1u << SYNTH_HOUSING;
}

static void make_households(synth_people *people) {
    size_t made = 0;
    synth_person members[HOUSEHOLD_MAX];
    uint32_t nhs_index = 0;
    for (size_t number = 0; made < people->person_count; number++) {
        shire_random random =
            shire_random_seed(people->seed, SYNTH_STREAM_HOUSEHOLD + 8 * (uint64_t)number);
        household home = {.people = people, .random = &random, .members = members};
        if (number == 0) {
            make_stroke_patient(&home);
        } else {
            home.culture = draw_culture(&random);
            home.family = synth_name_draw_family(&random, home.culture);
            fill_household(&home);
            settle(&home, number);
            find_mother(&home);
            for (size_t i = 0; i < home.count; i++) {
                draw_life(people, &members[i], &random);
            }
        }
        for (size_t i = 0; i < home.count && made < people->person_count; i++) {
            uint32_t nine = synth_people_nhs_nine(nhs_index++);
            while (!nhs_has_check_digit(nine)) {
                nine = synth_people_nhs_nine(nhs_index++);
            }
            members[i].nhs_nine = nine;
            people->persons[made++] = members[i];
        }
        people->household_count = number + 1;
    }
}

shire_status synth_people_make(uint64_t seed, size_t person_count, shire_arena *arena,
                               synth_people *people_out, shire_error *error) {
    /* One care home for 2,200 people, of about thirty residents each. */
    size_t care_home_count = person_count / 2200 + 1;
    synth_people people = {
        .person_count = person_count,
        .address_count = care_home_count + person_count,
        .care_home_count = care_home_count,
        .first = shire_date_of(2024, 4, 1),
        .last = shire_date_of(2025, 3, 31),
        .seed = seed,
    };
    people.persons = shire_arena_alloc_array(arena, person_count, sizeof *people.persons);
    people.addresses =
        shire_arena_alloc_array(arena, people.address_count, sizeof *people.addresses);
    if (people.persons == NULL || people.addresses == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY,
                          "no memory for %zu people; ask for fewer with --people", person_count);
    }
    synth_place_fill(seed, people.addresses, people.address_count, care_home_count);
    make_households(&people);
    *people_out = people;
    return SHIRE_OK;
}

bool synth_person_days(const synth_people *people, const synth_person *person,
                       shire_date *first_out, shire_date *last_out) {
    *first_out = person->birth > people->first ? person->birth : people->first;
    *last_out = person->death != 0 && person->death < people->last ? person->death : people->last;
    return *first_out <= *last_out;
}
