/*
 * Names by number and by frequency. Each table of synth_names.inc is a range of numbers; a draw
 * picks a rank r with probability proportional to 1 / (r + offset), by cumulative weights that are
 * worked out once. Rare surnames are put together of two parts (Ash + ford), so that the tail is as
 * long as that of real surnames.
 */
#include "synth/synth_name.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "synth/synth_names.inc"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define TAIL_FIRST_COUNT COUNT_OF(names_tail_first)
#define TAIL_SECOND_COUNT COUNT_OF(names_tail_second)

/* Zipf offsets: with 13 the commonest of 100 given names has about 3 %, with 15 the commonest of
 * 750 surnames about 1.6 % of its group, as Smith and Jones have in the Marches. */
#define GIVEN_OFFSET 13
#define FAMILY_OFFSET 15
/* Share of British surnames that come from the tail of rare ones. */
#define TAIL_PERCENT 18

typedef struct name_table {
    const char *const *names;
    size_t count;
    uint32_t first; /* number of names[0] */
    uint32_t cumulative[800];
} name_table;

enum { ERA_EARLY, ERA_MIDDLE, ERA_LATE, ERA_COUNT };

/* Given-name tables: British by era and sex, then the other cultures by sex. */
static name_table given_tables[2 * ERA_COUNT + 2 * (SYNTH_CULTURE_COUNT - 1)] = {
    {.names = names_given_male_early, .count = COUNT_OF(names_given_male_early)},
    {.names = names_given_female_early, .count = COUNT_OF(names_given_female_early)},
    {.names = names_given_male_middle, .count = COUNT_OF(names_given_male_middle)},
    {.names = names_given_female_middle, .count = COUNT_OF(names_given_female_middle)},
    {.names = names_given_male_late, .count = COUNT_OF(names_given_male_late)},
    {.names = names_given_female_late, .count = COUNT_OF(names_given_female_late)},
    {.names = names_given_male_polish, .count = COUNT_OF(names_given_male_polish)},
    {.names = names_given_female_polish, .count = COUNT_OF(names_given_female_polish)},
    {.names = names_given_male_romanian, .count = COUNT_OF(names_given_male_romanian)},
    {.names = names_given_female_romanian, .count = COUNT_OF(names_given_female_romanian)},
    {.names = names_given_male_asian, .count = COUNT_OF(names_given_male_asian)},
    {.names = names_given_female_asian, .count = COUNT_OF(names_given_female_asian)},
};
static name_table family_tables[SYNTH_CULTURE_COUNT] = {
    {.names = names_family_british, .count = COUNT_OF(names_family_british)},
    {.names = names_family_polish, .count = COUNT_OF(names_family_polish)},
    {.names = names_family_romanian, .count = COUNT_OF(names_family_romanian)},
    {.names = names_family_asian, .count = COUNT_OF(names_family_asian)},
};
static uint32_t tail_first_number; /* surnames from here on are of two parts */
static pthread_once_t tables_ready = PTHREAD_ONCE_INIT;

static uint32_t number_table(name_table *table, uint32_t first, uint32_t offset) {
    assert(table->count <= COUNT_OF(table->cumulative));
    uint32_t sum = 0;
    table->first = first;
    for (size_t rank = 0; rank < table->count; rank++) {
        sum += 1000000u / ((uint32_t)rank + offset);
        table->cumulative[rank] = sum;
    }
    return first + (uint32_t)table->count;
}

static void number_tables(void) {
    uint32_t next = 0;
    for (size_t i = 0; i < COUNT_OF(given_tables); i++) {
        next = number_table(&given_tables[i], next, GIVEN_OFFSET);
    }
    next = 0;
    for (size_t i = 0; i < COUNT_OF(family_tables); i++) {
        next = number_table(&family_tables[i], next, FAMILY_OFFSET);
    }
    tail_first_number = next;
    assert(next + TAIL_FIRST_COUNT * TAIL_SECOND_COUNT < SYNTH_NAME_NONE);
}

static const name_table *table_of(const name_table *tables, size_t count, uint16_t number) {
    pthread_once(&tables_ready, number_tables);
    for (size_t i = 0; i < count; i++) {
        if (number < tables[i].first + tables[i].count) {
            return &tables[i];
        }
    }
    assert(!"a name number outside every table");
    return NULL;
}

static uint16_t draw(shire_random *random, const name_table *table) {
    size_t rank = shire_random_pick(random, table->cumulative, table->count);
    return (uint16_t)(table->first + rank);
}

uint16_t synth_name_draw_given(shire_random *random, synth_culture culture, int sex,
                               int birth_year) {
    pthread_once(&tables_ready, number_tables);
    size_t woman = sex == SYNTH_FEMALE ? 1 : 0;
    if (culture != SYNTH_BRITISH) {
        return draw(random, &given_tables[2 * ERA_COUNT + 2 * ((size_t)culture - 1) + woman]);
    }
    /* Eras overlap: one name in eight is of the fashion before. */
    size_t era = birth_year < 1950 ? ERA_EARLY : birth_year < 1985 ? ERA_MIDDLE : ERA_LATE;
    if (era > ERA_EARLY && shire_random_chance(random, 1, 8)) {
        era--;
    }
    return draw(random, &given_tables[2 * era + woman]);
}

uint16_t synth_name_draw_family(shire_random *random, synth_culture culture) {
    pthread_once(&tables_ready, number_tables);
    if (culture == SYNTH_BRITISH && shire_random_chance(random, TAIL_PERCENT, 100)) {
        return (uint16_t)(tail_first_number +
                          shire_random_below(random, TAIL_FIRST_COUNT * TAIL_SECOND_COUNT));
    }
    return draw(random, &family_tables[culture]);
}

uint16_t synth_name_similar_given(shire_random *random, uint16_t given) {
    const name_table *table = table_of(given_tables, COUNT_OF(given_tables), given);
    const char *name = table->names[given - table->first];
    size_t start = shire_random_below(random, table->count);
    for (size_t step = 0; step < table->count; step++) {
        size_t i = (start + step) % table->count;
        if (table->names[i][0] == name[0] && table->first + i != given) {
            return (uint16_t)(table->first + i);
        }
    }
    return given;
}

const char *synth_name_given(uint16_t given) {
    const name_table *table = table_of(given_tables, COUNT_OF(given_tables), given);
    return table->names[given - table->first];
}

const char *synth_name_family(uint16_t family, char buffer[32]) {
    pthread_once(&tables_ready, number_tables);
    if (family >= tail_first_number) {
        size_t part = family - tail_first_number;
        assert(part < TAIL_FIRST_COUNT * TAIL_SECOND_COUNT);
        snprintf(buffer, 32, "%s%s", names_tail_first[part / TAIL_SECOND_COUNT],
                 names_tail_second[part % TAIL_SECOND_COUNT]);
        return buffer;
    }
    const name_table *table = table_of(family_tables, COUNT_OF(family_tables), family);
    return table->names[family - table->first];
}

const char *synth_name_family_of(uint16_t family, int sex, synth_culture culture, char buffer[32]) {
    const char *name = synth_name_family(family, buffer);
    size_t length = strlen(name);
    if (sex == SYNTH_FEMALE && culture == SYNTH_POLISH && length > 3 && length < 31 &&
        strcmp(name + length - 2, "ki") == 0) {
        memmove(buffer, name, length + 1);
        buffer[length - 1] = 'a';
        return buffer;
    }
    return name;
}

const char *synth_name_familiar(shire_random *random, const char *given) {
    const char *found[4];
    size_t found_count = 0;
    for (size_t i = 0; i < COUNT_OF(names_familiar) && found_count < COUNT_OF(found); i++) {
        if (strcmp(names_familiar[i][0], given) == 0) {
            found[found_count++] = names_familiar[i][1];
        }
    }
    return found_count == 0 ? NULL : found[shire_random_below(random, found_count)];
}

static uint16_t find(const name_table *tables, size_t count, const char *text) {
    pthread_once(&tables_ready, number_tables);
    for (size_t t = 0; t < count; t++) {
        for (size_t i = 0; i < tables[t].count; i++) {
            if (strcmp(tables[t].names[i], text) == 0) {
                return (uint16_t)(tables[t].first + i);
            }
        }
    }
    assert(!"a name that is in no table");
    return SYNTH_NAME_NONE;
}

uint16_t synth_name_find_given(const char *text) {
    return find(given_tables, COUNT_OF(given_tables), text);
}

uint16_t synth_name_find_family(const char *text) {
    return find(family_tables, COUNT_OF(family_tables), text);
}
