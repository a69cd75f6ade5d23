/* Values made comparable: each role's rules, and input of any bytes and length. */
#include "link/link_normalise_kernel.h"

#include "core/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef size_t (*normaliser)(shire_span text, char *value_out);

static void check(normaliser normalise, const char *text, const char *expected) {
    char value[SHIRE_LINK_VALUE_BYTES_MAX + 1];
    size_t length = normalise(shire_span_of(text), value);
    value[length] = '\0';
    assert_string_equal(value, expected);
}

static void text_loses_case_accents_and_punctuation(void **state) {
    (void)state;
    check(shire_link_normalise_text, "  O'Brien-SMITH ", "obrien smith");
    check(shire_link_normalise_text, "Zo\xc3\xab", "zoe");
    check(shire_link_normalise_text,
          "Stra\xc3\x9f"
          "e",
          "strasse");
    check(shire_link_normalise_text, "Zo\xeb", "zoe"); /* Windows-1252 */
    check(shire_link_normalise_text, "\xc5\x81ukasz", "lukasz");
    check(shire_link_normalise_text, "St. Mary's,  Ward", "st marys ward");
    check(shire_link_normalise_text, "", "");
    check(shire_link_normalise_text, " -- ", "");
}

static void placeholders_are_nothing(void **state) {
    (void)state;
    check(shire_link_normalise_text, "UNKNOWN", "");
    check(shire_link_normalise_text, "N/A", "");
    check(shire_link_normalise_text, "Not Known", "");
    check(shire_link_normalise_name, "Baby", "");
    check(shire_link_normalise_postcode, "ZZ99 3VZ", "");
    check(shire_link_normalise_identifier, "00000000", "");
    check(shire_link_normalise_nhs_number, "1111111111", "");
    check(shire_link_normalise_phone, "123", "");
}

static void names_lose_titles_but_not_names_that_look_like_them(void **state) {
    (void)state;
    check(shire_link_normalise_name, "Mrs Anne", "anne");
    check(shire_link_normalise_name, "Sir John Smith OBE", "john smith");
    check(shire_link_normalise_name, "sir", "");
    check(shire_link_normalise_name, "Earl", "earl");
    check(shire_link_normalise_name, "Mary Ann", "mary ann");
    check(shire_link_normalise_full_name, "Smith, John", "john smith");
    check(shire_link_normalise_full_name, "SMITH, Mr John Paul", "john paul smith");
    check(shire_link_normalise_full_name, "thomas clifford, 1st baron clifford",
          "thomas clifford clifford");
}

static void dates_become_eight_digits(void **state) {
    (void)state;
    check(shire_link_normalise_date, "1956-04-09", "19560409");
    check(shire_link_normalise_date, "19560409", "19560409");
    check(shire_link_normalise_date, "09/04/1956", "19560409");
    check(shire_link_normalise_date, "9 Apr 1956", "19560409");
    check(shire_link_normalise_date, "1956-04-09 00:00:00", "19560409");
    check(shire_link_normalise_date, "1858-85-18", "18588518");
    check(shire_link_normalise_date, "9999-12-31", "");
    check(shire_link_normalise_date, "31/02/2024", "20240231");
    check(shire_link_normalise_date, "4.9.56", "19560904");
    check(shire_link_normalise_date, "12/31/1999", "19991231");
    check(shire_link_normalise_date_month_first, "12/31/1999", "19991231");
    check(shire_link_normalise_date_month_first, "4/9/1956 00:00", "19560409");
    check(shire_link_normalise_date_month_first, "31/12/1999", "19991231");
    check(shire_link_normalise_date_month_first, "1956-04-09", "19560409");
    check(shire_link_normalise_date, "63/10/1959", "19591063");
    static const struct {
        const char *text;
        shire_link_date_order_kind order;
    } orders[] = {{"12/31/1999", SHIRE_LINK_DATE_ORDER_MONTH_FIRST},
                  {"31.12.99", SHIRE_LINK_DATE_ORDER_DAY_FIRST},
                  {" 13/1/1999 00:00", SHIRE_LINK_DATE_ORDER_DAY_FIRST},
                  {"1/2/1999", SHIRE_LINK_DATE_ORDER_EITHER},
                  {"2/2/1999", SHIRE_LINK_DATE_ORDER_NONE},
                  {"1999-12-31", SHIRE_LINK_DATE_ORDER_NONE},
                  {"31/13/1999", SHIRE_LINK_DATE_ORDER_NONE},
                  {"12/32/1999", SHIRE_LINK_DATE_ORDER_NONE},
                  {"0/12/1999", SHIRE_LINK_DATE_ORDER_NONE},
                  {"", SHIRE_LINK_DATE_ORDER_NONE}};
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        assert_int_equal(shire_link_date_order_of(shire_span_of(orders[i].text)), orders[i].order);
    }
    check(shire_link_normalise_date, "0001-01-01", "");
    check(shire_link_normalise_date, "", "");
}

static void codes_come_in_one_form(void **state) {
    (void)state;
    check(shire_link_normalise_sex, "Male", "m");
    check(shire_link_normalise_sex, "2", "f");
    check(shire_link_normalise_sex, "9", "");
    check(shire_link_normalise_sex, "0", "");
    check(shire_link_normalise_postcode, "hr1  2ab", "hr12ab");
    check(shire_link_normalise_nhs_number, "943 476 5919", "9434765919");
    check(shire_link_normalise_nhs_number, "943 476 5918", "");
    check(shire_link_normalise_phone, "+44 (0)1432 123456", "01432123456");
    check(shire_link_normalise_phone, "01432 123456", "01432123456");
    check(shire_link_normalise_phone, "0044 1432 123456", "01432123456");
    check(shire_link_normalise_email, " A.Smith@Example.org", "a.smith@example.org");
    check(shire_link_normalise_address, "Flat 2, 14 High Street", "apt 2 14 high st");
}

static void any_bytes_end_within_the_limit(void **state) {
    (void)state;
    static const normaliser all[] = {
        shire_link_normalise_text,       shire_link_normalise_name,
        shire_link_normalise_full_name,  shire_link_normalise_date,
        shire_link_normalise_sex,        shire_link_normalise_postcode,
        shire_link_normalise_identifier, shire_link_normalise_nhs_number,
        shire_link_normalise_phone,      shire_link_normalise_email,
        shire_link_normalise_address};
    shire_random random = shire_random_seed(3, 1);
    size_t huge = 1 << 20;
    char *text = malloc(huge);
    assert_non_null(text);
    for (int round = 0; round < 20000; round++) {
        size_t length = round < 20 ? huge : shire_random_below(&random, 300);
        size_t kinds = 1 + shire_random_below(&random, 255);
        for (size_t i = 0; i < (length < 1000 ? length : 1000); i++) {
            text[i] = (char)(shire_random_below(&random, kinds) + 32);
        }
        if (length == huge) {
            memset(text + 1000, 'x', huge - 1000);
        }
        for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
            char value[SHIRE_LINK_VALUE_BYTES_MAX + 8];
            memset(value, '~', sizeof value);
            size_t written = all[i]((shire_span){text, length}, value);
            assert_true(written <= SHIRE_LINK_VALUE_BYTES_MAX);
            for (size_t at = SHIRE_LINK_VALUE_BYTES_MAX; at < sizeof value; at++) {
                assert_int_equal(value[at], '~');
            }
        }
    }
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_loses_case_accents_and_punctuation),
        cmocka_unit_test(placeholders_are_nothing),
        cmocka_unit_test(names_lose_titles_but_not_names_that_look_like_them),
        cmocka_unit_test(dates_become_eight_digits),
        cmocka_unit_test(codes_come_in_one_form),
        cmocka_unit_test(any_bytes_end_within_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
