/*
 * The tables of currencies, and draws by share. A draw that does not fit the person is repeated;
 * each table has rows for everybody who is asked about, which the callers see to.
 */
#include "synth/synth_currency.h"

#include "synth/synth_internal.h"

#include <assert.h>
#include <string.h>

#include "synth/synth_currencies.inc"

#define TABLE(rows)                                                                                \
    { rows, sizeof(rows) / sizeof((rows)[0]) }
#define TRIES_MAX 64

static const struct {
    const synth_currency *rows;
    size_t count;
} tables[SYNTH_CURRENCY_TABLE_COUNT] = {
    [SYNTH_DAY_CASE] = TABLE(day_case_rows),
    [SYNTH_ELECTIVE] = TABLE(elective_rows),
    [SYNTH_EMERGENCY_LONG] = TABLE(emergency_long_rows),
    [SYNTH_EMERGENCY_SHORT] = TABLE(emergency_short_rows),
    [SYNTH_MATERNITY] = TABLE(maternity_rows),
    [SYNTH_OUTPATIENT] = TABLE(outpatient_rows),
    [SYNTH_IMAGING] = TABLE(imaging_rows),
    [SYNTH_PATHOLOGY] = TABLE(pathology_rows),
    [SYNTH_CRITICAL] = TABLE(critical_rows),
    [SYNTH_EMERGENCY] = TABLE(emergency_rows),
    [SYNTH_COMMUNITY_TEAM] = TABLE(community_team_rows),
    [SYNTH_COMMUNITY_BED] = TABLE(community_bed_rows),
    [SYNTH_MENTAL_TEAM] = TABLE(mental_team_rows),
    [SYNTH_MENTAL_BED] = TABLE(mental_bed_rows),
    [SYNTH_TALKING] = TABLE(talking_rows),
};

const synth_currency *synth_currency_rows(synth_currency_table table, size_t *count_out) {
    *count_out = tables[table].count;
    return tables[table].rows;
}

static bool fits(const synth_currency *row, int age, int sex) {
    switch (row->who) {
    case SYNTH_ADULTS:
        return age >= 18;
    case SYNTH_OLDER:
        return age >= 60;
    case SYNTH_MEN:
        return age >= 50 && sex == SYNTH_MALE;
    case SYNTH_WOMEN:
        return age >= 16 && sex == SYNTH_FEMALE;
    case SYNTH_MOTHERS:
        return age >= 16 && age < 56 && sex == SYNTH_FEMALE;
    case SYNTH_CHILDREN:
        return age < 18;
    default:
        return true;
    }
}

const synth_currency *synth_currency_draw(shire_random *random, synth_currency_table table, int age,
                                          int sex) {
    const synth_currency *rows = tables[table].rows;
    uint32_t total = 0;
    for (size_t i = 0; i < tables[table].count; i++) {
        total += rows[i].share;
    }
    for (int try = 0; try < TRIES_MAX; try++) {
        uint64_t drawn = shire_random_below(random, total);
        size_t i = 0;
        while (drawn >= rows[i].share) {
            drawn -= rows[i].share;
            i++;
        }
        if (fits(&rows[i], age, sex)) {
            return &rows[i];
        }
    }
    /* Rare rows only are left for this person: the first that fits. */
    for (size_t i = 0; i < tables[table].count; i++) {
        if (fits(&rows[i], age, sex)) {
            return &rows[i];
        }
    }
    assert(!"no currency of the table fits the person");
    return NULL;
}

const synth_currency *synth_currency_find(synth_currency_table table, const char *code) {
    for (size_t i = 0; i < tables[table].count; i++) {
        if (strcmp(tables[table].rows[i].code, code) == 0) {
            return &tables[table].rows[i];
        }
    }
    assert(!"no currency of that code");
    return NULL;
}
