/*
 * Financial years and bank holidays. The holidays are a sorted list of yyyymmdd numbers, searched
 * by halving; every date of it is literal, so that a proclamation is one changed line.
 */
#include "core/calendar.h"

enum { APRIL = 4, MARCH = 3, MONDAY_OFFSET = 3, WEEKDAYS = 5 };

static const int32_t bank_holidays[] = {
#include "core/calendar_bank_holidays.inc"
};

shire_date shire_financial_year_first(int financial_year) {
    return shire_date_of(financial_year, APRIL, 1);
}

shire_date shire_financial_year_last(int financial_year) {
    return shire_date_of(financial_year + 1, MARCH, 31);
}

bool shire_is_bank_holiday(shire_date date) {
    int year;
    int month;
    int day;
    shire_date_parts(date, &year, &month, &day);
    int64_t wanted = ((int64_t)year * 100 + month) * 100 + day;
    size_t first = 0;
    size_t last = sizeof bank_holidays / sizeof bank_holidays[0];
    while (first < last) {
        size_t middle = first + (last - first) / 2;
        if (bank_holidays[middle] == wanted) {
            return true;
        }
        if (bank_holidays[middle] < wanted) {
            first = middle + 1;
        } else {
            last = middle;
        }
    }
    return false;
}

bool shire_is_working_day(shire_date date) {
    /* 1970-01-01 was a Thursday. */
    int weekday = (int)(((int64_t)date % 7 + 7 + MONDAY_OFFSET) % 7); /* 0 for Monday */
    return weekday < WEEKDAYS && !shire_is_bank_holiday(date);
}

int32_t shire_days_overlap(shire_date from, shire_date to, shire_date first, shire_date last) {
    int64_t begin = from > first ? from : first;
    int64_t end = to < last ? to : last;
    return end >= begin ? (int32_t)(end - begin + 1) : 0;
}

#define MINUTES_PER_DAY 1440

/* The last Sunday of a month of 31 days; 1970-01-01 was a Thursday. */
static int64_t last_sunday(int year, int month) {
    shire_date last = shire_date_of(year, month, 31);
    return last - ((last + 4) % 7 + 7) % 7;
}

int shire_uk_offset_minutes(int64_t utc_minute) {
    int year = 0;
    int month = 0;
    int day = 0;
    shire_date date = shire_timestamp_date(utc_minute * 60 * 1000000);
    shire_date_parts(date, &year, &month, &day);
    int64_t first = last_sunday(year, 3) * MINUTES_PER_DAY + 60;
    int64_t end = last_sunday(year, 10) * MINUTES_PER_DAY + 60;
    return utc_minute >= first && utc_minute < end ? 60 : 0;
}

int shire_uk_offset_of_local(int64_t local_minute) {
    return shire_uk_offset_minutes(local_minute - 60);
}
