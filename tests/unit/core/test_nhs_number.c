/* NHS numbers: the modulus 11 rule, the spellings, the placeholders. */
#include "core/nhs_number.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void assert_problem(const char *text, shire_nhs_number_problem wanted) {
    shire_nhs_number_problem problem = shire_nhs_number_check(shire_span_of(text), NULL);
    if (problem != wanted) {
        fail_msg("\"%s\" gives %d, not %d", text, problem, wanted);
    }
}

static void numbers_of_the_data_dictionary_are_valid(void **state) {
    (void)state;
    char digits[11] = "";
    assert_int_equal(shire_nhs_number_check(shire_span_of("943 476 5919"), digits),
                     SHIRE_NHS_NUMBER_VALID);
    assert_string_equal(digits, "9434765919");
    assert_problem("9434765919", SHIRE_NHS_NUMBER_VALID);
    assert_problem("943-476-5919", SHIRE_NHS_NUMBER_VALID);
    assert_problem("401 023 2137", SHIRE_NHS_NUMBER_VALID);
    assert_problem("  9434765919\t", SHIRE_NHS_NUMBER_VALID);
    assert_problem("9 4 3 4 7 6 5 9 1 9", SHIRE_NHS_NUMBER_VALID);
    assert_problem("943  476--5919", SHIRE_NHS_NUMBER_VALID);
}

static void check_digit_follows_modulus_eleven(void **state) {
    (void)state;
    assert_int_equal(shire_nhs_number_check_digit("943476591"), 9);
    assert_int_equal(shire_nhs_number_check_digit("401023213"), 7);
    assert_int_equal(shire_nhs_number_check_digit("000000000"), 0);
    assert_int_equal(shire_nhs_number_check_digit("000000001"), 9);
    assert_int_equal(shire_nhs_number_check_digit("000000010"), 8);
    assert_int_equal(shire_nhs_number_check_digit("000000006"), -1); /* 11 - 12 mod 11 is 10 */
}

static void wrong_check_digit_still_gives_the_digits(void **state) {
    (void)state;
    char digits[11] = "";
    assert_int_equal(shire_nhs_number_check(shire_span_of("943 476 5918"), digits),
                     SHIRE_NHS_NUMBER_CHECK_DIGIT_WRONG);
    assert_string_equal(digits, "9434765918");
}

static void numbers_whose_check_would_be_ten_are_never_valid(void **state) {
    (void)state;
    char text[] = "0000000060";
    for (char last = '0'; last <= '9'; last++) {
        text[9] = last;
        assert_problem(text, SHIRE_NHS_NUMBER_CHECK_DIGIT_WRONG);
    }
}

static void equal_digits_are_placeholders(void **state) {
    (void)state;
    char text[11] = "";
    for (char digit = '0'; digit <= '9'; digit++) {
        char digits[11] = "";
        memset(text, digit, 10);
        assert_int_equal(shire_nhs_number_check(shire_span_of(text), digits),
                         SHIRE_NHS_NUMBER_PLACEHOLDER);
        assert_string_equal(digits, text);
    }
    assert_problem("999 999 9999", SHIRE_NHS_NUMBER_PLACEHOLDER);
}

static void anything_but_ten_digits_is_refused(void **state) {
    (void)state;
    static const char *const texts[] = {
        "",
        "          ",
        "943476591",
        "94347659190",
        "943476591X",
        "-9434765919",
        "9434765919-",
        "943/476/5919",
        "943.476.5919",
        "943\t476 5919",
        "ABCDEFGHIJ",
        "+943476591",
        "9434765919 1",
        "------------",
        "943 476 591\xef\xbc\x99",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char digits[11] = "untouched";
        assert_int_equal(shire_nhs_number_check(shire_span_of(texts[i]), digits),
                         SHIRE_NHS_NUMBER_NOT_TEN_DIGITS);
        assert_string_equal(digits, "untouched");
    }
    assert_int_equal(shire_nhs_number_check((shire_span){NULL, 0}, NULL),
                     SHIRE_NHS_NUMBER_NOT_TEN_DIGITS);
    assert_int_equal(shire_nhs_number_check((shire_span){"9434\0"
                                                         "65919",
                                                         10},
                                            NULL),
                     SHIRE_NHS_NUMBER_NOT_TEN_DIGITS);
}

static void any_single_wrong_digit_is_noticed(void **state) {
    (void)state;
    for (size_t place = 0; place < 10; place++) {
        for (char digit = '0'; digit <= '9'; digit++) {
            char text[] = "9434765919";
            if (text[place] != digit) {
                text[place] = digit;
                assert_problem(text, SHIRE_NHS_NUMBER_CHECK_DIGIT_WRONG);
            }
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_of_the_data_dictionary_are_valid),
        cmocka_unit_test(check_digit_follows_modulus_eleven),
        cmocka_unit_test(wrong_check_digit_still_gives_the_digits),
        cmocka_unit_test(numbers_whose_check_would_be_ten_are_never_valid),
        cmocka_unit_test(equal_digits_are_placeholders),
        cmocka_unit_test(anything_but_ten_digits_is_refused),
        cmocka_unit_test(any_single_wrong_digit_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
