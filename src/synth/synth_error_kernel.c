/*
 * Errors in names, numbers and dates: keyboard slips by the neighbours of a QWERTY keyboard,
 * spelling by ear from a table of sounds, and the date mistakes that registration forms invite.
 */
#include "synth/synth_error.h"

#include <ctype.h>
#include <string.h>

/* Neighbours on the keyboard of a to z. */
static const char *const neighbours[26] = {
    "qwsz",   "vghn",  "xdfv", "serfcx", "wsdr", "drtgvc", "ftyhbv", "gyujnb", "ujko",
    "huikmn", "jiolm", "kop",  "njk",    "bhjm", "iklp",   "ol",     "wa",     "edft",
    "awedxz", "rfgy",  "yhji", "cfgb",   "qase", "zsdc",   "tghu",   "asx",
};

static char slip_of(shire_random *random, char letter) {
    int lower = tolower((unsigned char)letter);
    if (lower < 'a' || lower > 'z') {
        return letter;
    }
    const char *keys = neighbours[lower - 'a'];
    char slip = keys[shire_random_below(random, strlen(keys))];
    return isupper((unsigned char)letter) ? (char)toupper((unsigned char)slip) : slip;
}

static void insert_at(char *text, size_t length, size_t capacity, size_t at, char letter) {
    if (length + 2 <= capacity) {
        memmove(text + at + 1, text + at, length - at + 1);
        text[at] = letter;
    }
}

void synth_error_type(shire_random *random, char *text, size_t capacity) {
    size_t length = strlen(text);
    if (length < 2) {
        return;
    }
    /* The first letter is seldom wrong: people look at it. */
    size_t low = shire_random_chance(random, 1, 10) ? 0 : 1;
    size_t at = low + shire_random_below(random, length - low);
    switch (shire_random_below(random, 4)) {
    case 0:
        insert_at(text, length, capacity, at, (char)tolower(slip_of(random, text[at])));
        break;
    case 1:
        memmove(text + at, text + at + 1, length - at);
        break;
    case 2:
        text[at] = slip_of(random, text[at]);
        break;
    default:
        if (at + 1 < length && at > 0) {
            char letter = text[at];
            text[at] = text[at + 1];
            text[at + 1] = letter;
        } else {
            text[at] = slip_of(random, text[at]);
        }
        break;
    }
}

void synth_error_sound(shire_random *random, char *text, size_t capacity) {
    static const struct {
        const char *written;
        const char *heard;
    } sounds[] = {
        {"ph", "f"},     {"ll", "l"},   {"l", "ll"},    {"tt", "t"},   {"ck", "k"},    {"y", "i"},
        {"ie", "ei"},    {"ee", "ea"},  {"ea", "ee"},   {"ai", "ay"},  {"ey", "y"},    {"ss", "s"},
        {"nn", "n"},     {"mm", "m"},   {"pp", "p"},    {"rr", "r"},   {"th", "t"},    {"w", "wh"},
        {"son", "sen"},  {"ou", "ow"},  {"au", "or"},   {"ks", "x"},   {"kin", "kyn"}, {"c", "k"},
        {"vies", "vis"}, {"ohn", "on"}, {"eve", "eph"}, {"ham", "am"}, {"er", "ar"},   {"e", "a"},
    };
    size_t count = sizeof sounds / sizeof sounds[0];
    size_t start = shire_random_below(random, count);
    for (size_t step = 0; step < count; step++) {
        size_t i = (start + step) % count;
        char *found = strlen(text) > 1 ? strstr(text + 1, sounds[i].written) : NULL;
        size_t old_length = strlen(sounds[i].written), new_length = strlen(sounds[i].heard);
        if (found != NULL && strlen(text) + new_length - old_length + 1 <= capacity) {
            memmove(found + new_length, found + old_length, strlen(found + old_length) + 1);
            memcpy(found, sounds[i].heard, new_length);
            return;
        }
    }
}

void synth_error_digit(shire_random *random, char *text) {
    size_t digits = 0;
    for (const char *c = text; *c != '\0'; c++) {
        digits += isdigit((unsigned char)*c) ? 1 : 0;
    }
    if (digits == 0) {
        return;
    }
    size_t chosen = shire_random_below(random, digits);
    for (char *c = text; *c != '\0'; c++) {
        if (isdigit((unsigned char)*c) && chosen-- == 0) {
            *c = (char)('0' + (*c - '0' + 1 + (int)shire_random_below(random, 9)) % 10);
            return;
        }
    }
}

void synth_error_pad(shire_random *random, char *text, size_t capacity) {
    size_t length = strlen(text);
    const char *blank = strchr(text, ' ');
    size_t at = 0;
    switch (shire_random_below(random, 3)) {
    case 0:
        break;
    case 1:
        at = length;
        break;
    default:
        at = blank == NULL ? length : (size_t)(blank - text);
        break;
    }
    insert_at(text, length, capacity, at, ' ');
}

shire_date synth_error_swap_day(shire_date date) {
    int year = 0, month = 0, day = 0;
    shire_date_parts(date, &year, &month, &day);
    return shire_date_is_valid(year, day, month) ? shire_date_of(year, day, month) : date;
}

shire_date synth_error_shift_date(shire_random *random, shire_date date) {
    int year = 0, month = 0, day = 0;
    shire_date_parts(date, &year, &month, &day);
    int sign = shire_random_chance(random, 1, 2) ? 1 : -1;
    switch (shire_random_below(random, 5)) {
    case 0:
        day += sign;
        break;
    case 1:
        day += 10 * sign;
        break;
    case 2:
        month += sign;
        break;
    case 3:
        year += sign;
        break;
    default:
        year -= 10;
        break;
    }
    return shire_date_is_valid(year, month, day) ? shire_date_of(year, month, day) : date - 1;
}
