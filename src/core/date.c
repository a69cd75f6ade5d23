/*
 * Dates and times: the Gregorian calendar as arithmetic, printing, and a hand-written parser.
 *
 * Years are counted from March, so that the leap day is the last of its year, and in eras of 400
 * years (146,097 days), whose arithmetic needs no tables. A parser of millions of rows meets
 * 2024-04-01 and 01/04/2024 nearly always: those are read eight digits at once; every other
 * spelling goes through a cursor over the text.
 */
#include "core/date.h"

#include <assert.h>
#include <string.h>

enum {
    DAYS_PER_ERA = 146097,      /* 400 years */
    DAYS_BEFORE_EPOCH = 719468, /* 0000-03-01 to 1970-01-01 */
    TWO_DIGIT_YEAR_PIVOT = 30,
    FIRST_DAY = -719162, /* 0001-01-01 */
    LAST_DAY = 2932896   /* 9999-12-31 */
};

#define MICROSECONDS_PER_SECOND INT64_C(1000000)

static int days_in_month(int year, int month) {
    static const int8_t days[13] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month] + (month == 2 && leap);
}

bool shire_date_is_valid(int year, int month, int day) {
    return year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 &&
           (day <= 28 || day <= days_in_month(year, month));
}

/* Years from 0 on, months and days in their ranges. */
static shire_date day_number(int year, int month, int day) {
    uint32_t march_year = (uint32_t)year - (month <= 2);
    uint32_t march_month = (uint32_t)month + (month <= 2 ? 9 : (uint32_t)-3); /* 0 for March */
    uint32_t century = march_year / 100;
    uint32_t days = march_year * 1461 / 4 - century + century / 4 + (153 * march_month + 2) / 5 +
                    (uint32_t)day - 1;
    return (shire_date)days - DAYS_BEFORE_EPOCH;
}

shire_date shire_date_of(int year, int month, int day) {
    assert(shire_date_is_valid(year, month, day));
    return day_number(year, month, day);
}

void shire_date_parts(shire_date date, int *year_out, int *month_out, int *day_out) {
    int64_t days = (int64_t)date + DAYS_BEFORE_EPOCH;
    int64_t era = (days >= 0 ? days : days - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
    uint32_t day_of_era = (uint32_t)(days - era * DAYS_PER_ERA);
    uint32_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    uint32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    uint32_t march_month = (5 * day_of_year + 2) / 153;
    *day_out = (int)(day_of_year - (153 * march_month + 2) / 5 + 1);
    *month_out = (int)(march_month < 10 ? march_month + 3 : march_month - 9);
    *year_out = (int)(era * 400 + year_of_era) + (*month_out <= 2);
}

shire_date shire_timestamp_date(shire_timestamp timestamp) {
    int64_t days = timestamp / SHIRE_MICROSECONDS_PER_DAY;
    return (shire_date)(days - (timestamp % SHIRE_MICROSECONDS_PER_DAY < 0));
}

static void put_two_digits(char *at, int value) {
    at[0] = (char)('0' + value / 10);
    at[1] = (char)('0' + value % 10);
}

void shire_date_format(shire_date date, char buffer[11]) {
    if (date < FIRST_DAY || date > LAST_DAY) {
        memcpy(buffer, "0000-00-00", 11);
        return;
    }
    int year;
    int month;
    int day;
    shire_date_parts(date, &year, &month, &day);
    put_two_digits(buffer, year / 100);
    put_two_digits(buffer + 2, year % 100);
    buffer[4] = '-';
    put_two_digits(buffer + 5, month);
    buffer[7] = '-';
    put_two_digits(buffer + 8, day);
    buffer[10] = '\0';
}

void shire_timestamp_format(shire_timestamp timestamp, char buffer[20]) {
    shire_date date = shire_timestamp_date(timestamp);
    /* A remainder, not a difference: it cannot overflow at the ends of the range. */
    int64_t microseconds = timestamp % SHIRE_MICROSECONDS_PER_DAY;
    if (microseconds < 0) {
        microseconds += SHIRE_MICROSECONDS_PER_DAY;
    }
    int seconds = (int)(microseconds / MICROSECONDS_PER_SECOND);
    shire_date_format(date, buffer);
    buffer[10] = 'T';
    put_two_digits(buffer + 11, seconds / 3600);
    buffer[13] = ':';
    put_two_digits(buffer + 14, seconds / 60 % 60);
    buffer[16] = ':';
    put_two_digits(buffer + 17, seconds % 60);
    buffer[19] = '\0';
}

/* What is left of the text being parsed. */
typedef struct cursor {
    const char *at;
    const char *end;
} cursor;

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool take(cursor *text, char wanted) {
    if (text->at < text->end && *text->at == wanted) {
        text->at++;
        return true;
    }
    return false;
}

/* The digits at the cursor, at most `most` of them; returns how many there were. */
static int take_digits(cursor *text, int most, int *value_out) {
    int count = 0;
    int value = 0;
    while (count < most && text->at < text->end && is_digit(*text->at)) {
        value = value * 10 + (*text->at - '0');
        text->at++;
        count++;
    }
    *value_out = value;
    return count;
}

/* An English month: three letters or the whole name, in any case, "Sept" too; 0 when none. */
static int take_month_name(cursor *text) {
    static const char *const names[12] = {"january",   "february", "march",    "april",
                                          "may",       "june",     "july",     "august",
                                          "september", "october",  "november", "december"};
    char letters[10];
    size_t length = 0;
    while (length < sizeof letters && text->at + length < text->end) {
        char c = (char)(text->at[length] | 0x20);
        if (c < 'a' || c > 'z') {
            break;
        }
        letters[length++] = c;
    }
    if (length < 3) {
        return 0;
    }
    for (int month = 0; month < 12; month++) {
        size_t whole = strlen(names[month]);
        bool long_enough = length == 3 || length == whole || (month == 8 && length == 4);
        if (long_enough && memcmp(letters, names[month], length) == 0) {
            text->at += length;
            return month + 1;
        }
    }
    return 0;
}

/* What follows a day that came first: "/04/2024", "-APR-24", " April 2024", "APR2024". */
static bool take_month_and_year(cursor *text, int *year_out, int *month_out) {
    char separator = '\0';
    if (text->at < text->end && memchr("/-. ", *text->at, 4) != NULL) {
        separator = *text->at++;
    }
    int year_digits_least = separator == '/' || separator == '.' ? 2 : 4;
    *month_out = take_month_name(text);
    if (*month_out > 0) {
        year_digits_least = 2;
    } else if (separator == '\0' || separator == ' ' || take_digits(text, 2, month_out) == 0) {
        return false;
    }
    if (separator != '\0' && !take(text, separator)) {
        return false;
    }
    int digits = take_digits(text, 4, year_out);
    if (digits == 2 && year_digits_least == 2) {
        *year_out += *year_out <= TWO_DIGIT_YEAR_PIVOT ? 2000 : 1900;
        return true;
    }
    return digits == 4;
}

static bool take_date(cursor *text, shire_date *date_out) {
    int first;
    int year;
    int month;
    int day;
    int digits = take_digits(text, 8, &first);
    if (digits == 8) {
        year = first / 10000;
        month = first / 100 % 100;
        day = first % 100;
    } else if (digits == 4) {
        year = first;
        char separator = text->at < text->end ? *text->at : '\0';
        if ((separator != '-' && separator != '/') || !take(text, separator) ||
            take_digits(text, 2, &month) != 2 || !take(text, separator) ||
            take_digits(text, 2, &day) != 2) {
            return false;
        }
    } else if (digits == 1 || digits == 2) {
        day = first;
        if (!take_month_and_year(text, &year, &month)) {
            return false;
        }
    } else {
        return false;
    }
    if (!shire_date_is_valid(year, month, day)) {
        return false;
    }
    *date_out = day_number(year, month, day);
    return true;
}

/* "Z", "+hh", "+hhmm" or "+hh:mm"; nothing is right too. */
static bool take_zone(cursor *text) {
    if (take(text, 'Z') || take(text, 'z')) {
        return true;
    }
    if (!take(text, '+') && !take(text, '-')) {
        return true;
    }
    int hours;
    int minutes = 0;
    if (take_digits(text, 2, &hours) != 2 || hours > 23) {
        return false;
    }
    if (text->at < text->end) {
        take(text, ':');
        return take_digits(text, 2, &minutes) == 2 && minutes <= 59;
    }
    return true;
}

/* "9:30", "09:30:00", "09:30:00.123456789": digits beyond microseconds are cut. */
static bool take_time(cursor *text, int64_t *microseconds_out) {
    int hours;
    int minutes;
    int seconds = 0;
    int64_t fraction = 0;
    if (take_digits(text, 2, &hours) == 0 || !take(text, ':') ||
        take_digits(text, 2, &minutes) != 2) {
        return false;
    }
    if (take(text, ':')) {
        if (take_digits(text, 2, &seconds) != 2) {
            return false;
        }
        if (take(text, '.')) {
            int64_t place = 100000;
            const char *before = text->at;
            for (; text->at < text->end && is_digit(*text->at); text->at++) {
                fraction += (*text->at - '0') * place;
                place /= 10;
            }
            if (text->at == before) {
                return false;
            }
        }
    }
    if (hours > 23 || minutes > 59 || seconds > 59 || !take_zone(text)) {
        return false;
    }
    *microseconds_out =
        ((hours * 60 + minutes) * 60 + seconds) * MICROSECONDS_PER_SECOND + fraction;
    return true;
}

/* The date of eight digits "20240401", the first in the lowest byte. They are checked and weighed
 * together: a byte is a digit when neither it nor it plus 6 leaves the 0x30s. */
static bool read_eight_digits(uint64_t digits, shire_date *date_out) {
    const uint64_t high = UINT64_C(0xf0f0f0f0f0f0f0f0);
    const uint64_t threes = UINT64_C(0x3030303030303030);
    if ((digits & high) != threes || ((digits + UINT64_C(0x0606060606060606)) & high) != threes) {
        return false;
    }
    digits -= threes;
    uint64_t pairs = digits * 10 + (digits >> 8); /* every even byte is a two-digit number */
    int year = (int)(pairs & 0xff) * 100 + (int)(pairs >> 16 & 0xff);
    int month = (int)(pairs >> 32 & 0xff);
    int day = (int)(pairs >> 48 & 0xff);
    if (!shire_date_is_valid(year, month, day)) {
        return false;
    }
    *date_out = day_number(year, month, day);
    return true;
}

/* "2024-04-01" or "01/04/2024" at `bytes`, ten of them. */
static bool read_ten_byte_date(const char *bytes, shire_date *date_out) {
    uint64_t first; /* eight of the ten */
    uint64_t last;  /* the other two */
    uint16_t two;
    memcpy(&first, bytes, 8);
    memcpy(&two, bytes + 8, 2);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    first = __builtin_bswap64(first);
    two = __builtin_bswap16(two);
#endif
    last = two;
    if ((first & UINT64_C(0xff0000ff00000000)) == UINT64_C(0x2d00002d00000000)) {
        return read_eight_digits((first & UINT64_C(0xffffffff)) |
                                     (first >> 8 & UINT64_C(0xffff00000000)) | last << 48,
                                 date_out);
    }
    if ((first & UINT64_C(0x0000ff0000ff0000)) == UINT64_C(0x00002f00002f0000)) {
        return read_eight_digits(first >> 48 | last << 16 |
                                     (first << 8 & UINT64_C(0xffff00000000)) | first << 48,
                                 date_out);
    }
    return false;
}

static bool two_digits(const char *bytes, int *value_out) {
    *value_out = (bytes[0] - '0') * 10 + (bytes[1] - '0');
    return is_digit(bytes[0]) && is_digit(bytes[1]);
}

/* "09:30:00" at `bytes`, eight of them. */
static bool read_iso_time(const char *bytes, int *seconds_out) {
    int hours;
    int minutes;
    int seconds;
    if (bytes[2] != ':' || bytes[5] != ':' || !two_digits(bytes, &hours) ||
        !two_digits(bytes + 3, &minutes) || !two_digits(bytes + 6, &seconds) || hours > 23 ||
        minutes > 59 || seconds > 59) {
        return false;
    }
    *seconds_out = (hours * 60 + minutes) * 60 + seconds;
    return true;
}

static shire_status parse_any(shire_span text, shire_timestamp *timestamp_out) {
    shire_span trimmed = shire_span_trim(text);
    cursor rest = {trimmed.bytes, trimmed.bytes + trimmed.length};
    shire_date date;
    int64_t microseconds = 0;
    if (!take_date(&rest, &date)) {
        return SHIRE_INVALID;
    }
    if (rest.at < rest.end) {
        if (!take(&rest, 'T') && !take(&rest, ' ')) {
            return SHIRE_INVALID;
        }
        if (!take_time(&rest, &microseconds) || rest.at < rest.end) {
            return SHIRE_INVALID;
        }
    }
    *timestamp_out = date * SHIRE_MICROSECONDS_PER_DAY + microseconds;
    return SHIRE_OK;
}

shire_status shire_timestamp_parse(shire_span text, shire_timestamp *timestamp_out) {
    shire_date date;
    int seconds = 0;
    if (text.length == 19 && (text.bytes[10] == 'T' || text.bytes[10] == ' ') &&
        read_iso_time(text.bytes + 11, &seconds) && read_ten_byte_date(text.bytes, &date)) {
        *timestamp_out = date * SHIRE_MICROSECONDS_PER_DAY + seconds * MICROSECONDS_PER_SECOND;
        return SHIRE_OK;
    }
    if (text.length == 10 && read_ten_byte_date(text.bytes, &date)) {
        *timestamp_out = date * SHIRE_MICROSECONDS_PER_DAY;
        return SHIRE_OK;
    }
    return parse_any(text, timestamp_out);
}

shire_status shire_date_parse(shire_span text, shire_date *date_out) {
    shire_timestamp timestamp;
    if (text.length == 10 && read_ten_byte_date(text.bytes, date_out)) {
        return SHIRE_OK;
    }
    shire_status status = shire_timestamp_parse(text, &timestamp);
    if (status == SHIRE_OK) {
        *date_out = shire_timestamp_date(timestamp);
    }
    return status;
}
