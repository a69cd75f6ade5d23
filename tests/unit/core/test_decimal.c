/* Decimals: every accepted spelling, every refused one, rounding, range, printing. */
#include "core/money.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define POUND "\xc2\xa3"
#define UNTOUCHED INT64_C(-77)

static void assert_parses(const char *text, int64_t wanted, bool wanted_rounded) {
    int64_t value = UNTOUCHED;
    bool rounded = !wanted_rounded;
    shire_status status = shire_decimal_parse(shire_span_of(text), &value, &rounded);
    if (status != SHIRE_OK || value != wanted || rounded != wanted_rounded) {
        fail_msg("\"%s\" gives %s, %lld, %s", text, shire_status_name(status), (long long)value,
                 rounded ? "rounded" : "exact");
    }
}

static void assert_refused(const char *text, shire_status wanted) {
    int64_t value = UNTOUCHED;
    bool rounded = true;
    shire_status status = shire_decimal_parse(shire_span_of(text), &value, &rounded);
    if (status != wanted || value != UNTOUCHED || !rounded) {
        fail_msg("\"%s\" gives %s, %lld", text, shire_status_name(status), (long long)value);
    }
}

static void plain_numbers(void **state) {
    (void)state;
    assert_parses("0", 0, false);
    assert_parses("-0", 0, false);
    assert_parses("1", 1000000, false);
    assert_parses("1234.56", 1234560000, false);
    assert_parses("-12", -12000000, false);
    assert_parses("+5", 5000000, false);
    assert_parses(".5", 500000, false);
    assert_parses("-.5", -500000, false);
    assert_parses("5.", 5000000, false);
    assert_parses("0.000001", 1, false);
    assert_parses("-0.000001", -1, false);
    assert_parses("000000000000000000000000000007.50", 7500000, false);
    assert_parses("123456789012.123456", INT64_C(123456789012123456), false);
    assert_parses("1234567890123", INT64_C(1234567890123000000), false);
    assert_parses("1234567890123.5", INT64_C(1234567890123500000), false);
}

static void signs_behind_and_brackets(void **state) {
    (void)state;
    assert_parses("12-", -12000000, false);
    assert_parses("12.50-", -12500000, false);
    assert_parses("(12.00)", -12000000, false);
    assert_parses("( 12.00 )", -12000000, false);
    assert_parses("12.00CR", -12000000, false);
    assert_parses("12.00 cr", -12000000, false);
    assert_parses("12.00DR", 12000000, false);
    assert_parses("12.00 Dr ", 12000000, false);
}

static void pounds_and_grouping(void **state) {
    (void)state;
    assert_parses("1,234.56", 1234560000, false);
    assert_parses("12,345,678", INT64_C(12345678000000), false);
    assert_parses(POUND "1,234.56", 1234560000, false);
    assert_parses("-" POUND "1,234.56", -1234560000, false);
    assert_parses(POUND "-1,234.56", -1234560000, false);
    assert_parses("(" POUND "1,234.56)", -1234560000, false);
    assert_parses(POUND "(1,234.56)", -1234560000, false);
    assert_parses(POUND "12.00CR", -12000000, false);
    assert_parses("+" POUND "3", 3000000, false);
}

static void exponents(void **state) {
    (void)state;
    assert_parses("1e-05", 10, false);
    assert_parses("1E+06", INT64_C(1000000000000), false);
    assert_parses("1.5e3", 1500000000, false);
    assert_parses("-2.5E-1", -250000, false);
    assert_parses("123456e-6", 123456, false);
    assert_parses("0e999999999999999999999", 0, false);
    assert_parses("0.0000000000000000000000001e25", 1000000, false);
    assert_parses("1e-999999999999999999999", 0, true);
}

static void white_space_around(void **state) {
    (void)state;
    assert_parses("  12.5\t\r\n", 12500000, false);
    assert_parses("\xc2\xa0"
                  "12.5"
                  "\xc2\xa0",
                  12500000, false);
}

static void seventh_decimal_rounds_half_to_even(void **state) {
    (void)state;
    assert_parses("1.0000000", 1000000, false); /* nothing is lost */
    assert_parses("0.0000005", 0, true);
    assert_parses("0.0000015", 2, true);
    assert_parses("0.0000025", 2, true);
    assert_parses("0.00000250000001", 3, true);
    assert_parses("0.0000004999", 0, true);
    assert_parses("-0.0000015", -2, true);
    assert_parses("-0.0000005", 0, true);
    assert_parses("0.9999995", 1000000, true);
    assert_parses("0.00000005", 0, true);
    assert_parses("5e-7", 0, true);
    assert_parses("5e-8", 0, true);
    assert_parses("15e-7", 2, true);
}

static void ends_of_the_range(void **state) {
    (void)state;
    assert_parses("9223372036854.775807", INT64_MAX, false);
    assert_parses("-9223372036854.775808", INT64_MIN, false);
    assert_parses("(9,223,372,036,854.775808)", INT64_MIN, false);
    assert_parses("9223372036854.7758074", INT64_MAX, true);
    assert_refused("9223372036854.775808", SHIRE_OVERFLOW);
    assert_refused("-9223372036854.775809", SHIRE_OVERFLOW);
    assert_refused("9223372036854.7758075", SHIRE_OVERFLOW);
    assert_refused("18446744073709.551615", SHIRE_OVERFLOW);
    assert_refused("18446744073709.5516155", SHIRE_OVERFLOW);
    assert_refused("99999999999999999999999999", SHIRE_OVERFLOW);
    assert_refused("1e13", SHIRE_OVERFLOW);
    assert_refused("1e999999999999999999999", SHIRE_OVERFLOW);
}

static void everything_else_is_refused(void **state) {
    (void)state;
    static const char *const texts[] = {
        "",         " ",         "-",       "+",      ".",          "-.",
        POUND,      "()",        "(",       "abc",    "12a",        "a12",
        "1 2",      "1.2.3",     "--1",     "+-1",    "-1-",        "-12CR",
        "(12",      "12)",       "(-12)",   "(12)-",  "-(12)",      "(12)CR",
        "(12CR)",   "12-CR",     "12C",     "12 C",   "12X",        "12CRX",
        "1,23",     "1,2345",    ",123",    "1,,234", "1,234,",     "1234,567",
        "1.234,56", "1,234.5,6", "1.1,234", "1e",     "1e+",        "e5",
        "1e5.5",    "1,234e1",   "1e5e5",   "0x10",   "NULL",       "N/A",
        "nan",      "inf",       "1_000",   "$5",     "5\302\243",  "- 5",
        "\2435",    "5%",        "12 -",    "--",     "1\302\2432", "\302\243\302\2431",
        "1e 5",     "\xc2",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_refused(texts[i], SHIRE_INVALID);
    }
    int64_t value = UNTOUCHED;
    assert_int_equal(shire_decimal_parse((shire_span){NULL, 0}, &value, NULL), SHIRE_INVALID);
}

static void embedded_terminators_are_refused(void **state) {
    (void)state;
    int64_t value = UNTOUCHED;
    assert_int_equal(shire_decimal_parse((shire_span){"12\0", 3}, &value, NULL), SHIRE_INVALID);
    assert_int_equal(shire_decimal_parse((shire_span){"1234", 2}, &value, NULL), SHIRE_OK);
    assert_int_equal(value, 12000000);
}

static void assert_prints(int64_t value, int decimals, const char *wanted) {
    char text[24];
    size_t length = shire_decimal_format(value, decimals, text);
    assert_string_equal(text, wanted);
    assert_int_equal(length, strlen(wanted));
}

static void printing_is_the_shortest_exact_form(void **state) {
    (void)state;
    assert_prints(0, 0, "0");
    assert_prints(0, 2, "0.00");
    assert_prints(1234500000, 2, "1234.50");
    assert_prints(1234500000, 0, "1234.5");
    assert_prints(1234567891, 2, "1234.567891");
    assert_prints(1, 0, "0.000001");
    assert_prints(-1, 2, "-0.000001");
    assert_prints(-1000000, 0, "-1");
    assert_prints(10000000, 6, "10.000000");
    assert_prints(INT64_MAX, 2, "9223372036854.775807");
    assert_prints(INT64_MIN, 6, "-9223372036854.775808");
}

static void assert_pounds(int64_t money, const char *wanted) {
    char text[32];
    size_t length = shire_money_format_pounds(money, text);
    assert_string_equal(text, wanted);
    assert_int_equal(length, strlen(wanted));
}

static void pounds_are_grouped_and_rounded_half_to_even(void **state) {
    (void)state;
    assert_pounds(0, "0.00");
    assert_pounds(-1234565000, "-1,234.56");
    assert_pounds(-1234575000, "-1,234.58");
    assert_pounds(-1234565001, "-1,234.57");
    assert_pounds(999995000, "1,000.00");
    assert_pounds(5000, "0.00");
    assert_pounds(-5000, "0.00"); /* never "-0.00" */
    assert_pounds(15000, "0.02");
    assert_pounds(-5001, "-0.01");
    assert_pounds(999990000, "999.99");
    assert_pounds(INT64_C(1000000000000), "1,000,000.00");
    assert_pounds(INT64_MAX, "9,223,372,036,854.78");
    assert_pounds(INT64_MIN, "-9,223,372,036,854.78");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_numbers),
        cmocka_unit_test(signs_behind_and_brackets),
        cmocka_unit_test(pounds_and_grouping),
        cmocka_unit_test(exponents),
        cmocka_unit_test(white_space_around),
        cmocka_unit_test(seventh_decimal_rounds_half_to_even),
        cmocka_unit_test(ends_of_the_range),
        cmocka_unit_test(everything_else_is_refused),
        cmocka_unit_test(embedded_terminators_are_refused),
        cmocka_unit_test(printing_is_the_shortest_exact_form),
        cmocka_unit_test(pounds_are_grouped_and_rounded_half_to_even),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
