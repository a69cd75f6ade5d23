/* Mental health care: contacts with community teams, talking therapies, and stays on wards, a few
 * of them secure and as long as the year. */
#include "synth/synth_care.h"

#include <string.h>

/* Contacts a year in thousandths by age band, of people known to the trust. */
static const uint16_t contact_rate[SYNTH_BANDS] = {7200, 7600, 7200, 6200, 6600, 6200};
static const uint16_t contact_factor[5] = {90, 120, 130, 120, 110};

static const char *const secure_codes[2] = {"206MHPS", "207MHPS"};

static bool is_secure(const synth_currency *row) {
    return strcmp(row->code, secure_codes[0]) == 0 || strcmp(row->code, secure_codes[1]) == 0;
}

static void make_stay(synth_care *care) {
    shire_random *random = &care->random;
    /* Per ten thousand known people: acute and older people's wards, and long secure care. */
    bool adult = care->person->age >= 18;
    bool secure = adult && care->person->age < 65 && shire_random_chance(random, 20, 10000);
    if (!secure && !shire_random_chance(random, adult ? 560 : 90, 10000)) {
        return;
    }
    /* The table's shares are of bed days; stays of a year are drawn above. */
    const synth_currency *row = NULL;
    do {
        row = secure ? synth_currency_find(SYNTH_MENTAL_BED, secure_codes[care->number % 2])
                     : synth_currency_draw(random, SYNTH_MENTAL_BED, care->person->age,
                                           care->person->sex);
    } while (!secure && is_secure(row));
    shire_date from =
        secure ? care->first - (shire_date)shire_random_below(random, 700) : synth_care_day(care);
    if (from < care->person->birth) {
        from = care->person->birth;
    }
    int nights = secure ? 900 : 5 + (int)synth_draw_spread(random, 34);
    synth_delay delay = synth_care_delay(care, 200, 28);
    shire_timestamp start = synth_draw_any_time(random, from);
    shire_timestamp ready = start + nights * SHIRE_MICROSECONDS_PER_DAY;
    shire_timestamp end = ready + delay.days * SHIRE_MICROSECONDS_PER_DAY;
    shire_timestamp limit = ((int64_t)care->last + 1) * SHIRE_MICROSECONDS_PER_DAY;
    bool cut = end >= limit;
    if (cut) {
        end = limit - SYNTH_MINUTE;
    }
    bool open = cut && care->person->death == 0;
    bool delayed = delay.days > 0 && ready < end;
    int64_t local = synth_care_local(care);
    int64_t cells[] = {synth_care_number(care, local),
                       local,
                       start,
                       open ? SYNTH_NULL : end,
                       synth_cell_text(row->code),
                       delayed ? ready : SYNTH_NULL,
                       delayed ? synth_cell_text(delay.reason) : SYNTH_NULL,
                       delayed ? synth_cell_text(delay.responsible) : SYNTH_NULL};
    synth_chunk_add(care->chunk, SYNTH_SHEET_MH_STAY, cells);
    shire_date first = from < care->people->first ? care->people->first : from;
    synth_chunk_tally(care->chunk, SYNTH_SHEET_MH_STAY, secure ? 1 : 0,
                      (synth_tally){.count = 1, .days = shire_timestamp_date(end) - first + 1});
}

static void add_session(synth_care *care, synth_sheet sheet, const synth_currency *row,
                        int minutes) {
    int64_t local = synth_care_local(care);
    shire_timestamp start = synth_draw_office_time(&care->random, synth_care_working_day(care));
    int64_t cells[] = {synth_care_number(care, local), local, start, minutes,
                       synth_cell_text(row->code)};
    synth_chunk_add(care->chunk, sheet, cells);
    synth_chunk_tally(
        care->chunk, sheet, 0,
        (synth_tally){.count = 1, .minutes = minutes, .weight_pence = row->price_pence});
}

void synth_mental_make(synth_chunk *chunk) {
    for (size_t number = chunk->first; number < chunk->last; number++) {
        synth_care care;
        if (!synth_care_begin(chunk, number, SYNTH_MENTAL, SYNTH_STREAM_PRIMARY, &care)) {
            continue;
        }
        int count = synth_care_count(&care, contact_rate, contact_factor);
        for (int i = 0; i < count; i++) {
            add_session(&care, SYNTH_SHEET_MH_CONTACT,
                        synth_currency_draw(&care.random, SYNTH_MENTAL_TEAM, care.person->age,
                                            care.person->sex),
                        20 + 5 * (int)shire_random_below(&care.random, 9));
        }
        if (care.person->age >= 18 && care.person->age < 80 &&
            shire_random_chance(&care.random, 26, 100)) {
            int sessions = 2 + synth_draw_count(&care.random, 5000);
            for (int i = 0; i < sessions; i++) {
                add_session(&care, SYNTH_SHEET_TALKING_THERAPY,
                            synth_currency_draw(&care.random, SYNTH_TALKING, care.person->age,
                                                care.person->sex),
                            30 + 10 * (int)shire_random_below(&care.random, 4));
            }
        }
        make_stay(&care);
    }
}
