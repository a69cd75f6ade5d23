/* Days and moments as pages say them. */
#include "web/page_words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void assert_says(json_t *words, const char *expected) {
    assert_string_equal(json_string_value(words), expected);
    json_decref(words);
}

static void moments_are_as_clocks_of_the_united_kingdom_show_them(void **state) {
    (void)state;
    assert_says(shire_words_moment(1767225540), "31 December 2025, 23:59");
    /* Clocks go on at 01:00 UTC on 29 March 2026, and back on 25 October. */
    assert_says(shire_words_moment(1774745940), "29 March 2026, 00:59");
    assert_says(shire_words_moment(1774746000), "29 March 2026, 02:00");
    assert_says(shire_words_moment(1792888200), "25 October 2026, 01:30");
    assert_says(shire_words_moment(0), "");
    assert_says(shire_words_iso(shire_span_of("2026-06-30T23:30:00Z")), "1 July 2026, 00:30");
}

static void what_extracts_say_is_local_time_already(void **state) {
    (void)state;
    assert_says(shire_words_iso(shire_span_of("2026-06-30T23:30:00")), "30 June 2026, 23:30");
    assert_says(shire_words_iso(shire_span_of("2026-06-30")), "30 June 2026");
    assert_says(shire_words_iso(shire_span_of("some day")), "some day");
    assert_says(shire_words_iso(shire_span_of("")), "");
}

static void names_become_words(void **state) {
    (void)state;
    assert_says(shire_words_of("home_care"), "Home care");
    assert_says(shire_words_of("nhs_number"), "NHS number");
    assert_says(shire_words_of("bad_nhs_number"), "Bad NHS number");
    assert_says(shire_words_of("gpx"), "Gpx");
    assert_says(shire_words_of(""), "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_are_as_clocks_of_the_united_kingdom_show_them),
        cmocka_unit_test(names_become_words),
        cmocka_unit_test(what_extracts_say_is_local_time_already),
    };
    return cmocka_run_group_tests_name("page_words", tests, NULL, NULL);
}
