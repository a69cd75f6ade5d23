/* Dates and times: the calendar against a day-by-day count, every accepted and refused spelling. */
#include "core/date.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define UNTOUCHED (-77)

/* "2024-04-01" as "01/04/2024". */
static void swap_to_british(const char iso[11], char british[11]) {
    memcpy(british, iso + 8, 2);
    british[2] = '/';
    memcpy(british + 3, iso + 5, 2);
    british[5] = '/';
    memcpy(british + 6, iso, 4);
    british[10] = '\0';
}

static void every_day_of_ten_thousand_years_counts_one_more(void **state) {
    (void)state;
    static const int month_days[13] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    shire_date expected = -719162; /* 0001-01-01 */
    for (int year = 1; year <= 9999; year++) {
        bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        for (int month = 1; month <= 12; month++) {
            int days = month_days[month] + (leap && month == 2);
            for (int day = 1; day <= days; day++, expected++) {
                int parts[3];
                char text[11];
                shire_date back = UNTOUCHED;
                shire_date date = shire_date_of(year, month, day);
                shire_date_parts(date, &parts[0], &parts[1], &parts[2]);
                shire_date_format(date, text);
                char british[11];
                shire_date british_back = UNTOUCHED;
                shire_status status = shire_date_parse((shire_span){text, 10}, &back);
                swap_to_british(text, british);
                if (status == SHIRE_OK) {
                    status = shire_date_parse((shire_span){british, 10}, &british_back);
                }
                if (date != expected || parts[0] != year || parts[1] != month || parts[2] != day ||
                    status != SHIRE_OK || back != date || british_back != date) {
                    fail_msg("%d-%d-%d is day %d, printed %s", year, month, day, date, text);
                }
            }
            if (shire_date_is_valid(year, month, 0) || shire_date_is_valid(year, month, days + 1)) {
                fail_msg("%d-%d has other days than 1 to %d", year, month, days);
            }
        }
    }
    assert_int_equal(expected, 2932897);
    assert_int_equal(shire_date_of(1970, 1, 1), 0);
    assert_int_equal(shire_date_of(2024, 4, 1), 19814);
}

static void impossible_parts_are_invalid(void **state) {
    (void)state;
    assert_false(shire_date_is_valid(0, 1, 1));
    assert_false(shire_date_is_valid(10000, 1, 1));
    assert_false(shire_date_is_valid(2024, 0, 1));
    assert_false(shire_date_is_valid(2024, 13, 1));
    assert_false(shire_date_is_valid(2024, -1, 1));
    assert_false(shire_date_is_valid(2024, 1, -1));
    assert_true(shire_date_is_valid(2000, 2, 29));
    assert_false(shire_date_is_valid(1900, 2, 29));
}

static void assert_date(const char *text, int year, int month, int day) {
    shire_date date = UNTOUCHED;
    shire_status status = shire_date_parse(shire_span_of(text), &date);
    if (status != SHIRE_OK || date != shire_date_of(year, month, day)) {
        fail_msg("\"%s\" gives %s, day %d", text, shire_status_name(status), date);
    }
    shire_timestamp timestamp = UNTOUCHED;
    status = shire_timestamp_parse(shire_span_of(text), &timestamp);
    assert_int_equal(status, SHIRE_OK);
    assert_int_equal(shire_timestamp_date(timestamp), date);
}

static void assert_refused(const char *text) {
    shire_date date = UNTOUCHED;
    shire_timestamp timestamp = UNTOUCHED;
    if (shire_date_parse(shire_span_of(text), &date) != SHIRE_INVALID || date != UNTOUCHED ||
        shire_timestamp_parse(shire_span_of(text), &timestamp) != SHIRE_INVALID ||
        timestamp != UNTOUCHED) {
        fail_msg("\"%s\" is not refused", text);
    }
}

static void every_accepted_spelling_of_a_date(void **state) {
    (void)state;
    static const char *const april_first[] = {
        "2024-04-01",   "2024/04/01",   "20240401",    "01/04/2024",       "1/4/2024",
        "1/04/2024",    "01-04-2024",   "01.04.2024",  "1.4.2024",         "1 Apr 2024",
        "01 apr 2024",  "1 April 2024", "01-APR-2024", "01-APR-24",        "1-apr-24",
        "01/Apr/2024",  "01.Apr.2024",  "01APR2024",   "1apr24",           "  2024-04-01 ",
        "\t1/4/2024\n", "1 aPRIL 24",   "1-April-24",  "\302\24020240401",
    };
    for (size_t i = 0; i < sizeof april_first / sizeof april_first[0]; i++) {
        assert_date(april_first[i], 2024, 4, 1);
    }
}

static void every_month_is_known_by_both_names(void **state) {
    (void)state;
    static const char *const names[12] = {"January",   "February", "March",    "April",
                                          "May",       "June",     "July",     "August",
                                          "September", "October",  "November", "December"};
    for (int month = 1; month <= 12; month++) {
        char text[40];
        snprintf(text, sizeof text, "9 %s 1997", names[month - 1]);
        assert_date(text, 1997, month, 9);
        snprintf(text, sizeof text, "09-%.3s-1997", names[month - 1]);
        assert_date(text, 1997, month, 9);
    }
    assert_date("9 Sept 1997", 1997, 9, 9);
    assert_refused("9 Augu 1997");
    assert_refused("9 Mayo 1997");
    assert_refused("9 Septembers 1997");
    assert_refused("9 Ja 1997");
}

static void day_comes_before_month_where_the_year_is_last(void **state) {
    (void)state;
    assert_date("03/12/2023", 2023, 12, 3);
    assert_date("12/03/2023", 2023, 3, 12);
    assert_refused("03/13/2023");
}

static void two_digit_years_turn_at_thirty(void **state) {
    (void)state;
    assert_date("01-APR-00", 2000, 4, 1);
    assert_date("01-APR-30", 2030, 4, 1);
    assert_date("01-APR-31", 1931, 4, 1);
    assert_date("01-APR-99", 1999, 4, 1);
    assert_date("01/04/24", 2024, 4, 1);
    assert_date("1.4.24", 2024, 4, 1);
    assert_date("31/12/99", 1999, 12, 31);
    assert_date("24/04/01", 2001, 4, 24);
    assert_refused("31/02/24");
    assert_refused("24-04-01"); /* with hyphens the year may well come first */
    assert_refused("01-04-24");
}

static void impossible_dates_are_refused(void **state) {
    (void)state;
    static const char *const texts[] = {
        "31/02/2024", "2024-02-30", "2023-02-29", "29/02/1900", "29-FEB-23", "31 Jun 2024",
        "2024-00-10", "2024-13-01", "2024-01-00", "2024-01-32", "00000000",  "20241301",
        "0000-01-01", "00/01/2024", "1/0/2024",   "1/13/2024",  "32/1/2024", "1 Jan 0000",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_refused(texts[i]);
    }
}

static void everything_else_is_refused(void **state) {
    (void)state;
    static const char *const texts[] = {
        "",
        " ",
        "2024",
        "2024-04",
        "2024-4-1",
        "202404",
        "2024040",
        "202404011",
        "01/04-2024",
        "2024-04/01",
        "2024.04.01",
        "2024 04 01",
        "01 04 2024",
        "01042024x",
        "1/4/20245",
        "1/4/202",
        "001/04/2024",
        "x2024-04-01",
        "tomorrow",
        "NULL",
        "0x7e80401",
        "2024-04-0l",
        "2024-O4-01",
        "1 Apr2024",
        "1Apr 2024",
        "1--Apr-2024",
        "1/Apr-2024",
        "1 Apr",
        "Apr 1 2024",
        "-2024-04-01",
        "2024-04-01T",
        "2024-04-01 x",
        "01/04/2024 9",
        "12345",
        "1,4,2024",
        "2024:04:01",
        "2024-04-01Z",
        "1  Apr 2024",
        "/04/2024",
        "2024-04-\2621",
        ":024-04-01",
        "0:/04/2024",
        "01/0/42024",
        "01/04/202/",
        "\26001/04/202",
        "2024-04-0:",
        "2024-0/-01",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_refused(texts[i]);
    }
    shire_date date = UNTOUCHED;
    assert_int_equal(shire_date_parse((shire_span){NULL, 0}, &date), SHIRE_INVALID);
    assert_int_equal(shire_date_parse((shire_span){"1\0"
                                                   "4\0"
                                                   "2024",
                                                   8},
                                      &date),
                     SHIRE_INVALID);
    assert_int_equal(shire_date_parse((shire_span){"20240401\0", 9}, &date), SHIRE_INVALID);
    assert_int_equal(shire_date_parse((shire_span){"20240401777", 8}, &date), SHIRE_OK);
    assert_int_equal(date, 19814);
}

static void assert_time(const char *text, int64_t wanted_microseconds) {
    shire_timestamp timestamp = UNTOUCHED;
    shire_status status = shire_timestamp_parse(shire_span_of(text), &timestamp);
    int64_t wanted = 19814 * SHIRE_MICROSECONDS_PER_DAY + wanted_microseconds;
    if (status != SHIRE_OK || timestamp != wanted) {
        fail_msg("\"%s\" gives %s, %lld", text, shire_status_name(status), (long long)timestamp);
    }
    shire_date date = UNTOUCHED;
    assert_int_equal(shire_date_parse(shire_span_of(text), &date), SHIRE_OK);
    assert_int_equal(date, 19814);
}

#define SECONDS(hours, minutes, seconds)                                                           \
    ((((hours)*INT64_C(60) + (minutes)) * 60 + (seconds)) * 1000000)

static void every_accepted_spelling_of_a_time(void **state) {
    (void)state;
    assert_time("2024-04-01", 0);
    assert_time("2024-04-01T09:30:15", SECONDS(9, 30, 15));
    assert_time("2024-04-01 09:30:15", SECONDS(9, 30, 15));
    assert_time("2024-04-01T09:30", SECONDS(9, 30, 0));
    assert_time("2024-04-01T23:59:59", SECONDS(23, 59, 59));
    assert_time("2024-04-01T00:00:00", 0);
    assert_time("01/04/2024 9:30", SECONDS(9, 30, 0));
    assert_time("01/04/2024 09:30:15", SECONDS(9, 30, 15));
    assert_time("1 Apr 2024 09:30", SECONDS(9, 30, 0));
    assert_time("01-APR-24 09:30:15", SECONDS(9, 30, 15));
    assert_time("01-APR-24T09:30:15", SECONDS(9, 30, 15));
    assert_time("20240401T09:30", SECONDS(9, 30, 0));
    assert_time("2024-04-01T09:30:15.5", SECONDS(9, 30, 15) + 500000);
    assert_time("2024-04-01 09:30:15.123456", SECONDS(9, 30, 15) + 123456);
    assert_time("2024-04-01 09:30:15.1234569999", SECONDS(9, 30, 15) + 123456);
    assert_time("2024-04-01T09:30:15Z", SECONDS(9, 30, 15));
    assert_time("2024-04-01T09:30Z", SECONDS(9, 30, 0));
    assert_time("2024-04-01T09:30:15.25z", SECONDS(9, 30, 15) + 250000);
    assert_time("2024-04-01T09:30:15+01:00", SECONDS(9, 30, 15));
    assert_time("2024-04-01T09:30:15-0530", SECONDS(9, 30, 15));
    assert_time("2024-04-01 09:30:15+00", SECONDS(9, 30, 15));
    assert_time(" 2024-04-01 09:30:15 ", SECONDS(9, 30, 15));
}

static void every_other_time_is_refused(void **state) {
    (void)state;
    static const char *const times[] = {
        "T",
        " 9",
        "T24:00",
        "T24:00:00",
        "T23:60",
        "T23:59:60",
        "T9",
        "T09:3",
        "T09:30:",
        "T09:30:1",
        "T09:30:15.",
        "T09.30",
        "T093015",
        "T009:30",
        "T-9:30",
        "  09:30",
        "T 09:30",
        "T09:30:15 Z",
        "T09:30:15+",
        "T09:30:15+1",
        "T09:30:15+1:0",
        "T09:30+24:00",
        "T09:30+01:60",
        "T09:30ZZ",
        "T09:30 PM",
        "t09:30",
        "_09:30:15",
        "T09:30:15+01:0",
        "T0a:30:15",
        "T09;30:15",
        "T09:30:15,5",
        "T09:30:15+01:",
    };
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        char text[64];
        snprintf(text, sizeof text, "2024-04-01%s", times[i]);
        assert_refused(text);
    }
}

static void times_before_1970_have_their_own_date(void **state) {
    (void)state;
    char text[20];
    assert_int_equal(shire_timestamp_date(-1), -1);
    assert_int_equal(shire_timestamp_date(0), 0);
    assert_int_equal(shire_timestamp_date(-SHIRE_MICROSECONDS_PER_DAY), -1);
    assert_int_equal(shire_timestamp_date(-SHIRE_MICROSECONDS_PER_DAY - 1), -2);
    shire_timestamp_format(-1, text);
    assert_string_equal(text, "1969-12-31T23:59:59");
    shire_timestamp timestamp = UNTOUCHED;
    assert_int_equal(shire_timestamp_parse(shire_span_of("1948-07-05T08:00"), &timestamp),
                     SHIRE_OK);
    shire_timestamp_format(timestamp, text);
    assert_string_equal(text, "1948-07-05T08:00:00");
}

static void dates_without_a_year_of_four_digits_print_as_none(void **state) {
    (void)state;
    char text[20];
    shire_date_format(INT32_MAX, text);
    assert_string_equal(text, "0000-00-00");
    shire_date_format(INT32_MIN, text);
    assert_string_equal(text, "0000-00-00");
    shire_timestamp_format(INT64_MIN, text);
    assert_string_equal(text, "0000-00-00T19:59:05");
    shire_timestamp_format(INT64_MAX, text);
    assert_string_equal(text, "0000-00-00T04:00:54");
    int parts[3];
    shire_date_parts(INT32_MAX, &parts[0], &parts[1], &parts[2]);
    assert_int_equal(parts[0], 5881580);
    shire_date_parts(INT32_MIN, &parts[0], &parts[1], &parts[2]);
    assert_int_equal(parts[0], -5877641);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_of_ten_thousand_years_counts_one_more),
        cmocka_unit_test(impossible_parts_are_invalid),
        cmocka_unit_test(every_accepted_spelling_of_a_date),
        cmocka_unit_test(every_month_is_known_by_both_names),
        cmocka_unit_test(day_comes_before_month_where_the_year_is_last),
        cmocka_unit_test(two_digit_years_turn_at_thirty),
        cmocka_unit_test(impossible_dates_are_refused),
        cmocka_unit_test(everything_else_is_refused),
        cmocka_unit_test(every_accepted_spelling_of_a_time),
        cmocka_unit_test(every_other_time_is_refused),
        cmocka_unit_test(times_before_1970_have_their_own_date),
        cmocka_unit_test(dates_without_a_year_of_four_digits_print_as_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
