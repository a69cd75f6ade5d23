/*
 * Checks of PLICS values and records. A value is measured first, then looked at character by
 * character as its format says, then looked up in the list of codes.
 */
#include "plics/plics_value_kernel.h"

#include "core/nhs_number.h"

#include <string.h>

#define DECIMAL_DIGITS_MAX 18
#define DECIMAL_PLACES_MAX 8

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_letter(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool all_digits(const char *bytes, size_t length) {
    bool good = true;
    for (size_t i = 0; i < length; i++) {
        good &= is_digit(bytes[i]);
    }
    return good;
}

static int two_digits(const char *bytes) {
    return (bytes[0] - '0') * 10 + (bytes[1] - '0');
}

static int year_of(const char *bytes) {
    return two_digits(bytes) * 100 + two_digits(bytes + 2);
}

static plics_fault check_date(const char *bytes) {
    if (!all_digits(bytes, 4) || bytes[4] != '-' || !all_digits(bytes + 5, 2) || bytes[7] != '-' ||
        !all_digits(bytes + 8, 2)) {
        return PLICS_WRONG_FORMAT;
    }
    return shire_date_is_valid(year_of(bytes), two_digits(bytes + 5), two_digits(bytes + 8))
               ? PLICS_GOOD
               : PLICS_IMPOSSIBLE_DATE;
}

static plics_fault check_time(const char *bytes) {
    if (!all_digits(bytes, 2) || bytes[2] != ':' || !all_digits(bytes + 3, 2) || bytes[5] != ':' ||
        !all_digits(bytes + 6, 2)) {
        return PLICS_WRONG_FORMAT;
    }
    return two_digits(bytes) < 24 && two_digits(bytes + 3) < 60 && two_digits(bytes + 6) < 60
               ? PLICS_GOOD
               : PLICS_IMPOSSIBLE_DATE;
}

static plics_fault check_date_time(const char *bytes) {
    if (bytes[10] != 'T') {
        return PLICS_WRONG_FORMAT;
    }
    plics_fault fault = check_date(bytes);
    return fault == PLICS_GOOD ? check_time(bytes + 11) : fault;
}

/* FY2024-25: the second year follows the first. */
static plics_fault check_year(const char *bytes) {
    if (bytes[0] != 'F' || bytes[1] != 'Y' || !all_digits(bytes + 2, 4) || bytes[6] != '-' ||
        !all_digits(bytes + 7, 2)) {
        return PLICS_WRONG_FORMAT;
    }
    return (year_of(bytes + 2) + 1) % 100 == two_digits(bytes + 7) ? PLICS_GOOD
                                                                   : PLICS_IMPOSSIBLE_DATE;
}

static plics_fault check_decimal(const char *bytes, size_t length) {
    size_t i = bytes[0] == '-' ? 1 : 0;
    size_t whole = 0;
    size_t places = 0;
    while (i < length && is_digit(bytes[i])) {
        whole++;
        i++;
    }
    if (i < length && bytes[i] == '.') {
        i++;
        while (i < length && is_digit(bytes[i])) {
            places++;
            i++;
        }
        if (places == 0) {
            return PLICS_WRONG_FORMAT;
        }
    }
    if (i < length || whole == 0) {
        return PLICS_WRONG_FORMAT;
    }
    return whole > DECIMAL_DIGITS_MAX || places > DECIMAL_PLACES_MAX ? PLICS_WRONG_LENGTH
                                                                     : PLICS_GOOD;
}

/* One or two letters, a digit, a digit or letter or nothing; then digit, letter, letter. */
static plics_fault check_postcode(const char *bytes, size_t length) {
    size_t outward = length - 3;
    const char *inward = bytes + outward;
    if (outward > 0 && bytes[outward - 1] == ' ') {
        outward--;
    }
    size_t letters = 0;
    while (letters < outward && is_letter(bytes[letters])) {
        letters++;
    }
    bool good =
        letters >= 1 && letters <= 2 && outward > letters && outward <= letters + 2 &&
        is_digit(bytes[letters]) &&
        (outward == letters + 1 || is_digit(bytes[letters + 1]) || is_letter(bytes[letters + 1]));
    return good && is_digit(inward[0]) && is_letter(inward[1]) && is_letter(inward[2])
               ? PLICS_GOOD
               : PLICS_WRONG_FORMAT;
}

static plics_fault check_nhs_number(const char *bytes) {
    if (!all_digits(bytes, 10)) {
        return PLICS_WRONG_FORMAT;
    }
    return shire_nhs_number_check((shire_span){bytes, 10}, NULL) == SHIRE_NHS_NUMBER_VALID
               ? PLICS_GOOD
               : PLICS_BAD_CHECK_DIGIT;
}

static plics_fault check_episode(const char *bytes) {
    if (!all_digits(bytes, 2)) {
        return PLICS_WRONG_FORMAT;
    }
    int number = two_digits(bytes);
    return (number >= 1 && number <= 87) || number == 98 ? PLICS_GOOD : PLICS_UNKNOWN_CODE;
}

static plics_fault check_text(const char *bytes, size_t length, bool code) {
    bool good = true;
    for (size_t i = 0; i < length; i++) {
        good &=
            code ? is_letter(bytes[i]) || is_digit(bytes[i]) : bytes[i] >= ' ' && bytes[i] <= '~';
    }
    /* Padding stands at the right end; a field of nothing but blanks is none. */
    return good && bytes[0] != ' ' ? PLICS_GOOD : PLICS_WRONG_FORMAT;
}

static bool is_listed(const char *codes, shire_span value) {
    char wanted[16];
    if (value.length + 3 > sizeof(wanted)) {
        return false;
    }
    wanted[0] = ' ';
    memcpy(wanted + 1, value.bytes, value.length);
    wanted[value.length + 1] = ' ';
    wanted[value.length + 2] = '\0';
    return strstr(codes, wanted) != NULL;
}

/* The characters, once the length is right. */
static plics_fault check_characters(const plics_field *field, shire_span value) {
    switch (field->form) {
    case PLICS_TEXT:
    case PLICS_CODE:
        return check_text(value.bytes, value.length, field->form == PLICS_CODE);
    case PLICS_DIGITS:
        return all_digits(value.bytes, value.length) ? PLICS_GOOD : PLICS_WRONG_FORMAT;
    case PLICS_DECIMAL:
        return check_decimal(value.bytes, value.length);
    case PLICS_DATE:
        return check_date(value.bytes);
    case PLICS_TIME:
        return check_time(value.bytes);
    case PLICS_DATE_TIME:
        return check_date_time(value.bytes);
    case PLICS_YEAR:
        return check_year(value.bytes);
    case PLICS_POSTCODE:
        return check_postcode(value.bytes, value.length);
    case PLICS_NHS_NUMBER:
        return check_nhs_number(value.bytes);
    case PLICS_EPISODE:
        return check_episode(value.bytes);
    }
    return PLICS_WRONG_FORMAT;
}

plics_fault plics_value_check(const plics_field *field, shire_span value) {
    if (value.length < field->length_min || value.length > field->length_max) {
        return PLICS_WRONG_LENGTH;
    }
    plics_fault fault = check_characters(field, value);
    if (fault == PLICS_GOOD && field->codes != NULL && !is_listed(field->codes, value)) {
        fault = PLICS_UNKNOWN_CODE;
    }
    return fault;
}

plics_sum plics_value_amount(shire_span value) {
    bool negative = value.bytes[0] == '-';
    int places = -1;
    uint64_t whole = 0;
    uint64_t fraction = 0;
    for (size_t i = negative ? 1 : 0; i < value.length; i++) {
        if (value.bytes[i] == '.') {
            places = 0;
        } else if (places < 0) {
            whole = whole * 10 + (uint64_t)(value.bytes[i] - '0');
        } else {
            fraction = fraction * 10 + (uint64_t)(value.bytes[i] - '0');
            places++;
        }
    }
    for (places = places < 0 ? 0 : places; places < DECIMAL_PLACES_MAX; places++) {
        fraction *= 10;
    }
    plics_sum amount = (plics_sum)whole * 100000000 + fraction;
    return negative ? -amount : amount;
}

shire_date plics_value_date(shire_span value) {
    return shire_date_of(year_of(value.bytes), two_digits(value.bytes + 5),
                         two_digits(value.bytes + 8));
}

size_t plics_sum_format(plics_sum sum, char buffer[48]) {
    char digits[48];
    size_t count = 0;
    size_t length = 0;
    unsigned __int128 rest = sum < 0 ? -(unsigned __int128)sum : (unsigned __int128)sum;
    while (rest > 0 || count < DECIMAL_PLACES_MAX + 1) {
        digits[count++] = (char)('0' + (int)(rest % 10));
        rest /= 10;
    }
    size_t last = 0;
    while (last < DECIMAL_PLACES_MAX - 2 && digits[last] == '0') {
        last++;
    }
    if (sum < 0) {
        buffer[length++] = '-';
    }
    for (size_t i = count; i > last; i--) {
        if (i == DECIMAL_PLACES_MAX) {
            buffer[length++] = '.';
        }
        buffer[length++] = digits[i - 1];
    }
    buffer[length] = '\0';
    return length;
}

plics_period plics_period_of(shire_date first, shire_date last) {
    int year, month, day;
    shire_date_parts(first, &year, &month, &day);
    year -= month < 4 ? 1 : 0;
    return (plics_period){.first = first,
                          .last = last,
                          .year_first = shire_date_of(year, 4, 1),
                          .year_last = shire_date_of(year + 1, 3, 31)};
}

plics_places plics_places_of(const plics_feed *feed) {
    int start = plics_column_find(feed, PLICS_KEY_EPISODE_START);
    if (start < 0) {
        start = plics_column_find(feed, "appointment_date");
    }
    if (start < 0) {
        start = plics_column_find(feed, PLICS_KEY_ARRIVAL_DATE);
    }
    if (start < 0) {
        start = plics_column_find(feed, "unbundled_care_activity_date");
    }
    int end = plics_column_find(feed, PLICS_KEY_EPISODE_END);
    return (plics_places){
        .start_date = start,
        .start_time = plics_column_find(feed, PLICS_KEY_ARRIVAL_TIME),
        .end_date = end >= 0 ? end : plics_column_find(feed, PLICS_KEY_DEPARTURE_DATE),
        .end_time = plics_column_find(feed, PLICS_KEY_DEPARTURE_TIME),
        .status = end >= 0 ? plics_column_find(feed, PLICS_KEY_EPISODE_STATUS) : -1,
        .birth_date = plics_column_find(feed, "person_birth_date")};
}

/* 1 and 4 started before the year; 1 and 3 ended in it. An open episode has no end in the year, or
 * the last day of the period in its place. */
static bool status_fits(char status, shire_date start, shire_date end, const plics_period *period) {
    bool before = start < period->year_first;
    bool closed = status == '1' || status == '3';
    return before == (status == '1' || status == '4') &&
           (closed ? end <= period->year_last : end >= period->last);
}

static plics_fault check_span(const plics_places *places, const plics_period *period,
                              const shire_span *values, const uint8_t *good, int *column_out) {
    shire_date start = plics_value_date(values[places->start_date]);
    shire_date end = plics_value_date(values[places->end_date]);
    bool timed = places->start_time >= 0 && places->end_time >= 0 && good[places->start_time] &&
                 good[places->end_time];
    *column_out = places->end_date;
    if (end < start) {
        return PLICS_WRONG_ORDER;
    }
    if (timed && end == start &&
        memcmp(values[places->end_time].bytes, values[places->start_time].bytes, 8) < 0) {
        *column_out = places->end_time;
        return PLICS_WRONG_ORDER;
    }
    if (end < period->first) {
        return PLICS_OUTSIDE_PERIOD;
    }
    if (places->status >= 0 && good[places->status] &&
        !status_fits(values[places->status].bytes[0], start, end, period)) {
        *column_out = places->status;
        return PLICS_WRONG_STATUS;
    }
    return PLICS_GOOD;
}

plics_fault plics_record_check(const plics_places *places, const plics_period *period,
                               const shire_span *values, const uint8_t *good, int *column_out) {
    if (places->start_date < 0 || !good[places->start_date]) {
        return PLICS_GOOD;
    }
    shire_date start = plics_value_date(values[places->start_date]);
    *column_out = places->start_date;
    if (start > period->last || (places->end_date < 0 && start < period->first)) {
        return PLICS_OUTSIDE_PERIOD;
    }
    if (places->end_date >= 0 && good[places->end_date]) {
        plics_fault fault = check_span(places, period, values, good, column_out);
        if (fault != PLICS_GOOD) {
            return fault;
        }
    }
    if (places->birth_date >= 0 && good[places->birth_date] &&
        plics_value_date(values[places->birth_date]) > start) {
        *column_out = places->birth_date;
        return PLICS_WRONG_ORDER;
    }
    return PLICS_GOOD;
}
