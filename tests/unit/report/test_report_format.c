/* Numbers for readers: exactness, grouping, rounding at the edges of units, signs. */
#include "report/report_format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

typedef void (*formatter)(int64_t value, char buffer[SHIRE_REPORT_NUMBER_BYTES]);

typedef struct format_case {
    int64_t value;
    const char *text;
} format_case;

static void check(formatter format, const format_case *cases, size_t case_count) {
    for (size_t i = 0; i < case_count; i++) {
        char buffer[SHIRE_REPORT_NUMBER_BYTES];
        format(cases[i].value, buffer);
        assert_string_equal(buffer, cases[i].text);
    }
}

#define CHECK(format, cases) check((format), (cases), sizeof(cases) / sizeof((cases)[0]))

static void counts_are_grouped_by_thousands(void **state) {
    (void)state;
    const format_case cases[] = {
        {0, "0"},
        {999, "999"},
        {1000, "1,000"},
        {-12345678, "\xe2\x88\x92"
                    "12,345,678"},
        {INT64_MIN, "\xe2\x88\x92"
                    "9,223,372,036,854,775,808"},
    };
    CHECK(shire_report_format_count, cases);
}

static void money_is_shown_to_the_penny_and_never_as_nothing(void **state) {
    (void)state;
    const format_case cases[] = {
        {0, "£0.00"},
        {1, "£0.000001"},
        {1234500000, "£1,234.50"},
        {-500000, "\xe2\x88\x92£0.50"},
        {4999, "£0.004999"},
        {5000, "£0.01"},
        {-4900, "\xe2\x88\x92£0.0049"},
        {1204567, "£1.20"},
        {1234567890, "£1,234.57"},
        {-1995000, "\xe2\x88\x92£2.00"},
        {999995000, "£1,000.00"},
        {INT64_MAX, "£9,223,372,036,854.78"},
        {INT64_MIN, "\xe2\x88\x92£9,223,372,036,854.78"},
    };
    CHECK(shire_report_format_money, cases);
}

static void pounds_round_halves_away_from_zero(void **state) {
    (void)state;
    const format_case cases[] = {
        {499999, "£0"},
        {500000, "£1"},
        {-500000, "\xe2\x88\x92£1"},
        {-499999, "£0"},
        {1234567890123, "£1,234,568"},
    };
    CHECK(shire_report_format_pounds, cases);
}

static void short_money_keeps_three_figures_across_units(void **state) {
    (void)state;
    const format_case cases[] = {
        {12 * SHIRE_MILLION, "£12"},
        {999 * SHIRE_MILLION, "£999"},
        {INT64_C(999600000), "£1.00k"},
        {INT64_C(1234) * SHIRE_MILLION, "£1.23k"},
        {INT64_C(99940) * SHIRE_MILLION, "£99.9k"},
        {INT64_C(99960) * SHIRE_MILLION, "£100k"},
        {INT64_C(999600) * SHIRE_MILLION, "£1.00m"},
        {INT64_C(366400000) * SHIRE_MILLION, "£366m"},
        {-INT64_C(4560000) * SHIRE_MILLION, "\xe2\x88\x92£4.56m"},
        {INT64_C(9223372036854) * SHIRE_MILLION, "£9,223bn"},
    };
    CHECK(shire_report_format_short, cases);
}

static void percentages_round_and_survive_large_money(void **state) {
    (void)state;
    assert_int_equal(shire_report_percent_tenths(1, 3), 333);
    assert_int_equal(shire_report_percent_tenths(2, 3), 667);
    assert_int_equal(shire_report_percent_tenths(-2, 3), -667);
    assert_int_equal(shire_report_percent_tenths(1, 2000), 1);
    assert_int_equal(shire_report_percent_tenths(5, 0), 0);
    assert_int_equal(shire_report_percent_tenths(INT64_MAX, INT64_MAX), 1000);
    const format_case cases[] = {{0, "0.0%"},
                                 {273, "27.3%"},
                                 {-5, "\xe2\x88\x92"
                                      "0.5%"}};
    CHECK(shire_report_format_percent, cases);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_grouped_by_thousands),
        cmocka_unit_test(money_is_shown_to_the_penny_and_never_as_nothing),
        cmocka_unit_test(pounds_round_halves_away_from_zero),
        cmocka_unit_test(short_money_keeps_three_figures_across_units),
        cmocka_unit_test(percentages_round_and_survive_large_money),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
