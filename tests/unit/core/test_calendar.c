/* Financial years, and the holiday list against the Act's rules and the proclamations. */
#include "core/calendar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void financial_years_turn_on_the_first_of_april(void **state) {
    (void)state;
    assert_int_equal(shire_financial_year_first(2024), shire_date_of(2024, 4, 1));
    assert_int_equal(shire_financial_year_last(2024), shire_date_of(2025, 3, 31));
    assert_int_equal(shire_financial_year_last(2023) - shire_financial_year_first(2023) + 1, 366);
}

/* 0 for Monday; 2024-04-01 was one. */
static int weekday(shire_date date) {
    return ((date - shire_date_of(2024, 4, 1)) % 7 + 7) % 7;
}

/* Easter Sunday by the tables of the Book of Common Prayer, in Gauss's arithmetic. */
static shire_date easter_sunday(int year) {
    int century = year / 100;
    int m = (15 + century - century / 4 - (8 * century + 13) / 25) % 30;
    int n = (4 + century - century / 4) % 7;
    int d = (19 * (year % 19) + m) % 30;
    int e = (2 * (year % 4) + 4 * (year % 7) + 6 * d + n) % 7;
    int days = 22 + d + e;
    if (d == 29 && e == 6) {
        days -= 7;
    }
    if (d == 28 && e == 6 && (11 * m + 11) % 30 < 19) {
        days -= 7;
    }
    return shire_date_of(year, 3, 1) + days - 1;
}

static shire_date first_monday_from(shire_date date) {
    return date + (7 - weekday(date)) % 7;
}

/* The holidays of a year by the Act's schedule alone. */
static size_t statutory_holidays(int year, shire_date dates[8]) {
    shire_date christmas = shire_date_of(year, 12, 25);
    int christmas_weekday = weekday(christmas);
    shire_date new_year = shire_date_of(year, 1, 1);
    size_t count = 0;
    dates[count++] = weekday(new_year) >= 5 ? first_monday_from(new_year) : new_year;
    dates[count++] = easter_sunday(year) - 2;
    dates[count++] = easter_sunday(year) + 1;
    dates[count++] = first_monday_from(shire_date_of(year, 5, 1));
    dates[count++] = first_monday_from(shire_date_of(year, 5, 25));
    dates[count++] = first_monday_from(shire_date_of(year, 8, 25));
    /* Friday: Boxing Day moves to Monday. Saturday: both move. Sunday: Christmas moves behind. */
    dates[count++] = christmas_weekday >= 5 ? christmas + 2 : christmas;
    dates[count++] =
        christmas_weekday == 4 || christmas_weekday == 5 ? christmas + 3 : christmas + 1;
    return count;
}

/* What proclamations took away (negative) and gave. */
static const int proclaimed[] = {
    -19950501, 19950508,  19991231, -20020527, 20020603, 20020604, 20110429, -20120528, 20120604,
    20120605,  -20200504, 20200508, -20220530, 20220602, 20220603, 20220919, 20230508,
};

static bool expected_holiday(shire_date date) {
    int year;
    int month;
    int day;
    shire_date_parts(date, &year, &month, &day);
    int number = (year * 100 + month) * 100 + day;
    for (size_t i = 0; i < sizeof proclaimed / sizeof proclaimed[0]; i++) {
        if (proclaimed[i] == number || proclaimed[i] == -number) {
            return proclaimed[i] > 0;
        }
    }
    shire_date dates[8];
    size_t count = statutory_holidays(year, dates);
    for (size_t i = 0; i < count; i++) {
        if (dates[i] == date) {
            return true;
        }
    }
    return false;
}

static void every_day_from_1995_to_2030_is_as_the_act_and_the_proclamations_say(void **state) {
    (void)state;
    size_t holiday_count = 0;
    shire_date last = shire_date_of(2030, 12, 31);
    for (shire_date date = shire_date_of(1995, 1, 1); date <= last; date++) {
        char text[11];
        shire_date_format(date, text);
        bool holiday = shire_is_bank_holiday(date);
        if (holiday != expected_holiday(date)) {
            fail_msg("%s is %s holiday", text, holiday ? "a" : "no");
        }
        bool working = weekday(date) < 5 && !holiday;
        if (shire_is_working_day(date) != working) {
            fail_msg("%s is %s working day", text, working ? "no" : "a");
        }
        if (holiday && weekday(date) >= 5) {
            fail_msg("%s is a holiday on a weekend", text);
        }
        holiday_count += holiday;
    }
    assert_int_equal(holiday_count, 36 * 8 + 7);
}

static void known_holidays_as_published(void **state) {
    (void)state;
    /* 2024 as GOV.UK prints it. */
    static const int published[8][2] = {{1, 1},  {3, 29}, {4, 1},   {5, 6},
                                        {5, 27}, {8, 26}, {12, 25}, {12, 26}};
    for (int i = 0; i < 8; i++) {
        assert_true(shire_is_bank_holiday(shire_date_of(2024, published[i][0], published[i][1])));
    }
    assert_true(shire_is_bank_holiday(shire_date_of(1995, 5, 8)));
    assert_false(shire_is_bank_holiday(shire_date_of(1995, 5, 1)));
    assert_true(shire_is_bank_holiday(shire_date_of(1999, 12, 31)));
    assert_true(shire_is_bank_holiday(shire_date_of(2022, 9, 19)));
    assert_false(shire_is_bank_holiday(shire_date_of(2021, 12, 25))); /* Saturday: 27 December */
    assert_true(shire_is_bank_holiday(shire_date_of(2021, 12, 27)));
}

static void outside_the_list_no_day_is_a_holiday(void **state) {
    (void)state;
    assert_false(shire_is_bank_holiday(shire_date_of(1994, 12, 26)));
    assert_false(shire_is_bank_holiday(shire_date_of(2031, 1, 1)));
    assert_false(shire_is_bank_holiday(INT32_MIN));
    assert_false(shire_is_bank_holiday(INT32_MAX));
    assert_true(shire_is_working_day(shire_date_of(2031, 1, 1)));
    assert_true(shire_is_working_day(shire_date_of(1948, 7, 5)));
    assert_false(shire_is_working_day(shire_date_of(1948, 7, 4)));
}

static void overlap_counts_both_ends(void **state) {
    (void)state;
    assert_int_equal(shire_days_overlap(10, 20, 15, 30), 6);
    assert_int_equal(shire_days_overlap(15, 30, 10, 20), 6);
    assert_int_equal(shire_days_overlap(10, 20, 20, 30), 1);
    assert_int_equal(shire_days_overlap(10, 20, 21, 30), 0);
    assert_int_equal(shire_days_overlap(10, 20, 0, 5), 0);
    assert_int_equal(shire_days_overlap(10, 20, 12, 14), 3);
    assert_int_equal(shire_days_overlap(-5, 5, -5, 5), 11);
    assert_int_equal(shire_days_overlap(20, 10, 0, 30), 0); /* ends before it begins */
}

static int64_t minute_of(int year, int month, int day, int hour, int minute) {
    return (int64_t)shire_date_of(year, month, day) * 1440 + hour * 60 + minute;
}

/* Days as published by GOV.UK. */
static void clocks_change_at_one_on_the_last_sundays_of_march_and_october(void **state) {
    (void)state;
    assert_int_equal(shire_uk_offset_minutes(minute_of(2024, 3, 31, 0, 59)), 0);
    assert_int_equal(shire_uk_offset_minutes(minute_of(2024, 3, 31, 1, 0)), 60);
    assert_int_equal(shire_uk_offset_minutes(minute_of(2024, 10, 27, 0, 59)), 60);
    assert_int_equal(shire_uk_offset_minutes(minute_of(2024, 10, 27, 1, 0)), 0);
    assert_int_equal(shire_uk_offset_minutes(minute_of(2025, 3, 30, 1, 0)), 60);
    assert_int_equal(shire_uk_offset_minutes(minute_of(2025, 10, 26, 1, 0)), 0);
    assert_int_equal(shire_uk_offset_minutes(minute_of(1969, 7, 1, 12, 0)), 60);
    /* The hour shown twice is the first; the hour skipped is winter time. */
    assert_int_equal(shire_uk_offset_of_local(minute_of(2024, 10, 27, 1, 30)), 60);
    assert_int_equal(shire_uk_offset_of_local(minute_of(2024, 10, 27, 2, 0)), 0);
    assert_int_equal(shire_uk_offset_of_local(minute_of(2024, 3, 31, 1, 30)), 0);
    assert_int_equal(shire_uk_offset_of_local(minute_of(2024, 3, 31, 2, 0)), 60);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(financial_years_turn_on_the_first_of_april),
        cmocka_unit_test(every_day_from_1995_to_2030_is_as_the_act_and_the_proclamations_say),
        cmocka_unit_test(known_holidays_as_published),
        cmocka_unit_test(outside_the_list_no_day_is_a_holiday),
        cmocka_unit_test(overlap_counts_both_ends),
        cmocka_unit_test(clocks_change_at_one_on_the_last_sundays_of_march_and_october),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
