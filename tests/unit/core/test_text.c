/* Spans, globs, UTF-8, the nearest name, the hash. */
#include "core/text.h"

#include "core/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define SPAN(literal) ((shire_span){literal, sizeof literal - 1})

static void spans_compare_bytewise_and_shorter_first(void **state) {
    (void)state;
    assert_int_equal(shire_span_of(NULL).length, 0);
    assert_int_equal(shire_span_of("abc").length, 3);
    assert_true(shire_span_equal(SPAN("abc"), shire_span_of("abc")));
    assert_false(shire_span_equal(SPAN("abc"), SPAN("abd")));
    assert_false(shire_span_equal(SPAN("abc"), SPAN("ab")));
    assert_true(shire_span_equal(SPAN(""), shire_span_of(NULL)));
    assert_true(shire_span_compare(SPAN("ab"), SPAN("abc")) < 0);
    assert_true(shire_span_compare(SPAN("b"), SPAN("abc")) > 0);
    assert_true(shire_span_compare(SPAN("\xc3\xa9"), SPAN("z")) > 0);
    assert_int_equal(shire_span_compare(SPAN("abc"), SPAN("abc")), 0);
    assert_int_equal(shire_span_compare(shire_span_of(NULL), SPAN("")), 0);
}

static void case_is_ignored_in_ascii_letters_only(void **state) {
    (void)state;
    assert_true(shire_span_equal_ignoring_case(SPAN("NHS_Number"), SPAN("nhs_nUMBER")));
    assert_false(shire_span_equal_ignoring_case(SPAN("a@"), SPAN("a`")));
    assert_false(shire_span_equal_ignoring_case(SPAN("a["), SPAN("a{")));
    assert_false(shire_span_equal_ignoring_case(SPAN("\xc3\x89"), SPAN("\xc3\xa9")));
    assert_false(shire_span_equal_ignoring_case(SPAN("ab"), SPAN("abc")));
}

static void assert_trims_to(shire_span text, shire_span wanted) {
    assert_true(shire_span_equal(shire_span_trim(text), wanted));
}

static void trim_takes_ascii_blanks_and_no_break_spaces(void **state) {
    (void)state;
    assert_trims_to(SPAN(" \t\r\n\v\f a b \n"), SPAN("a b"));
    assert_trims_to(SPAN("\xc2\xa0 \xc2\xa0x\xc2\xa0"), SPAN("x"));
    assert_trims_to(SPAN("\xc2\xa0"), SPAN(""));
    assert_trims_to(SPAN("   "), SPAN(""));
    assert_trims_to(SPAN(""), SPAN(""));
    assert_trims_to(shire_span_of(NULL), SPAN(""));
    /* The second byte of another character, or a lone one, is no space. */
    assert_trims_to(SPAN("\xc3\xa0"), SPAN("\xc3\xa0"));
    assert_trims_to(SPAN("\xa0"), SPAN("\xa0"));
}

static void globs_match_runs_and_single_characters(void **state) {
    (void)state;
    assert_true(shire_text_glob(SPAN(""), SPAN("")));
    assert_false(shire_text_glob(SPAN(""), SPAN("a")));
    assert_true(shire_text_glob(SPAN("*"), SPAN("")));
    assert_true(shire_text_glob(SPAN("*"), SPAN("anything")));
    assert_true(shire_text_glob(SPAN("CC1*"), SPAN("CC1")));
    assert_true(shire_text_glob(SPAN("CC1*"), SPAN("CC1234")));
    assert_false(shire_text_glob(SPAN("CC1*"), SPAN("CC2234")));
    assert_true(shire_text_glob(SPAN("*34"), SPAN("CC3434")));
    assert_false(shire_text_glob(SPAN("*34"), SPAN("CC343")));
    assert_true(shire_text_glob(SPAN("a*b*c"), SPAN("a-b-b-c")));
    assert_false(shire_text_glob(SPAN("a*b*c"), SPAN("a-c-b")));
    assert_true(shire_text_glob(SPAN("a**c"), SPAN("ac")));
    assert_true(shire_text_glob(SPAN("4?00"), SPAN("4100")));
    assert_false(shire_text_glob(SPAN("4?00"), SPAN("400")));
    assert_false(shire_text_glob(SPAN("4?00"), SPAN("41200")));
    assert_false(shire_text_glob(SPAN("?"), SPAN("")));
    assert_false(shire_text_glob(SPAN("abc"), SPAN("ABC")));
    assert_true(shire_text_glob(SPAN("*?"), SPAN("a")));
    assert_false(shire_text_glob(SPAN("*?"), SPAN("")));
    assert_true(shire_text_glob(SPAN("[a]"), SPAN("[a]")));
    assert_false(shire_text_glob(SPAN("[a]"), SPAN("a")));
}

static void glob_question_mark_takes_a_whole_character(void **state) {
    (void)state;
    assert_true(shire_text_glob(SPAN("caf?"), SPAN("caf\xc3\xa9")));
    assert_false(shire_text_glob(SPAN("caf??"), SPAN("caf\xc3\xa9")));
    assert_true(shire_text_glob(SPAN("?x"), SPAN("\xe2\x82\xacx")));
    assert_true(shire_text_glob(SPAN("??"), SPAN("\x80\x81")));
}

static void glob_with_many_stars_is_not_slow(void **state) {
    (void)state;
    static char text[20000];
    memset(text, 'a', sizeof text);
    shire_span pattern = SPAN("a*a*a*a*a*a*a*a*a*a*a*a*b");
    assert_false(shire_text_glob(pattern, (shire_span){text, sizeof text}));
}

static void utf8_takes_well_formed_sequences_only(void **state) {
    (void)state;
    assert_true(shire_text_is_utf8(SPAN("")));
    assert_true(shire_text_is_utf8(SPAN("plain ascii, more than eight bytes")));
    assert_true(shire_text_is_utf8(SPAN("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80")));
    assert_true(shire_text_is_utf8(SPAN("\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf")));
    assert_true(shire_text_is_utf8(SPAN("\xe0\xa0\x80\xf0\x90\x80\x80\xc2\x80")));
    assert_true(shire_text_is_utf8((shire_span){"\0", 1}));
    assert_false(shire_text_is_utf8(SPAN("caf\xe9 au lait"))); /* Windows-1252 */
    assert_false(shire_text_is_utf8(SPAN("12345678\x80")));
    assert_false(shire_text_is_utf8(SPAN("\xc0\xaf"))); /* overlong */
    assert_false(shire_text_is_utf8(SPAN("\xc1\xbf")));
    assert_false(shire_text_is_utf8(SPAN("\xe0\x9f\xbf")));     /* overlong */
    assert_false(shire_text_is_utf8(SPAN("\xf0\x8f\xbf\xbf"))); /* overlong */
    assert_false(shire_text_is_utf8(SPAN("\xed\xa0\x80")));     /* surrogate */
    assert_false(shire_text_is_utf8(SPAN("\xf4\x90\x80\x80"))); /* beyond U+10FFFF */
    assert_false(shire_text_is_utf8(SPAN("\xf5\x80\x80\x80")));
    assert_false(shire_text_is_utf8(SPAN("\xc3")));
    assert_false(shire_text_is_utf8(SPAN("\xe2\x82")));
    assert_false(shire_text_is_utf8(SPAN("\xf0\x9f\x98")));
    assert_false(shire_text_is_utf8(SPAN("\xe2\x82x")));
    assert_false(shire_text_is_utf8(SPAN("\xc3x")));
}

static void nearest_name_is_found_by_letters_that_differ(void **state) {
    (void)state;
    static const char *const names[] = {"nhs_number", "birth_date", "death_date", "postcode", ""};
    const size_t count = 5;
    assert_string_equal(shire_text_nearest("nhs_numbr", names, count), "nhs_number");
    assert_string_equal(shire_text_nearest("NHS_Number", names, count), "nhs_number");
    assert_string_equal(shire_text_nearest("brith_date", names, count), "birth_date");
    assert_string_equal(shire_text_nearest("post_code", names, count), "postcode");
    assert_string_equal(shire_text_nearest("postcode", names, count), "postcode");
    assert_null(shire_text_nearest("surname", names, count));
    assert_null(shire_text_nearest("", names, count));
    assert_null(shire_text_nearest("postcode", names, 0));
    assert_null(shire_text_nearest(
        "a_name_of_more_than_sixty_four_letters_is_not_compared_with_anything", names, count));
}

static void nearest_name_ties_go_to_the_earlier_and_a_third_may_differ(void **state) {
    (void)state;
    static const char *const names[] = {"cat", "car", "abcdef"};
    assert_string_equal(shire_text_nearest("caz", names, 3), "cat");
    assert_string_equal(shire_text_nearest("abcdxy", names, 3), "abcdef"); /* 2 of 6 */
    assert_null(shire_text_nearest("abcxyz", names, 3));                   /* 3 of 6 */
}

/* These values are kept in warehouses' orders: they may not change. */
static void hash_has_fixed_values(void **state) {
    (void)state;
    static const struct {
        const char *text;
        uint64_t seed;
        uint64_t hash;
    } vectors[] = {
        {"", UINT64_C(0), UINT64_C(0xdfc56e631d19feb0)},
        {"", UINT64_C(1), UINT64_C(0xded5cae41b5e9aa9)},
        {"a", UINT64_C(0), UINT64_C(0x10ba28d4938076f8)},
        {"ab", UINT64_C(0), UINT64_C(0x096efbf158656ae9)},
        {"abc", UINT64_C(0), UINT64_C(0x1505fb2d86a580f5)},
        {"HR1 2AB", UINT64_C(0), UINT64_C(0x72bb959e0efab10f)},
        {"9434765919", UINT64_C(0), UINT64_C(0x884f8af59e818d77)},
        {"9434765919", UINT64_C(42), UINT64_C(0x2c74061f2f763f9a)},
        {"sixteen letters!", UINT64_C(0), UINT64_C(0x9801d0469e7dd13c)},
        {"seventeen letters", UINT64_C(5), UINT64_C(0x18178299bde20a56)},
        {"The quick brown fox jumps over the lazy dog, twice over", UINT64_C(18446744073709551615),
         UINT64_C(0xf0a4bd2ea85a22c4)},

    };
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        uint64_t hash = shire_text_hash(shire_span_of(vectors[i].text), vectors[i].seed);
        if (hash != vectors[i].hash) {
            fail_msg("\"%s\" with seed %llu hashes to 0x%016llx", vectors[i].text,
                     (unsigned long long)vectors[i].seed, (unsigned long long)hash);
        }
    }
}

static void hash_spreads_one_changed_bit_over_half_of_its_own(void **state) {
    (void)state;
    shire_random random = shire_random_seed(3, 1);
    for (size_t length = 1; length <= 70; length++) {
        unsigned changed_bits = 0;
        enum { TRIALS = 200 };
        for (int trial = 0; trial < TRIALS; trial++) {
            char text[70];
            for (size_t i = 0; i < length; i++) {
                text[i] = (char)shire_random_below(&random, 256);
            }
            uint64_t before = shire_text_hash((shire_span){text, length}, 0);
            size_t bit = shire_random_below(&random, length * 8);
            text[bit / 8] = (char)(text[bit / 8] ^ 1 << bit % 8);
            uint64_t after = shire_text_hash((shire_span){text, length}, 0);
            assert_true(before != after);
            changed_bits += (unsigned)__builtin_popcountll(before ^ after);
        }
        assert_in_range(changed_bits / TRIALS, 30, 34);
    }
}

static void hash_of_a_span_reads_nothing_beyond_it(void **state) {
    (void)state;
    char text[] = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz";
    for (size_t length = 0; length < 40; length++) {
        uint64_t before = shire_text_hash((shire_span){text, length}, 7);
        text[length]++;
        assert_true(shire_text_hash((shire_span){text, length}, 7) == before);
        assert_true(shire_text_hash((shire_span){text, length}, 8) != before);
        assert_true(shire_text_hash((shire_span){text, length + 1}, 7) != before);
        text[length]--;
    }
    assert_true(shire_text_hash(shire_span_of(NULL), 1) == shire_text_hash(SPAN(""), 1));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_compare_bytewise_and_shorter_first),
        cmocka_unit_test(case_is_ignored_in_ascii_letters_only),
        cmocka_unit_test(trim_takes_ascii_blanks_and_no_break_spaces),
        cmocka_unit_test(globs_match_runs_and_single_characters),
        cmocka_unit_test(glob_question_mark_takes_a_whole_character),
        cmocka_unit_test(glob_with_many_stars_is_not_slow),
        cmocka_unit_test(utf8_takes_well_formed_sequences_only),
        cmocka_unit_test(nearest_name_is_found_by_letters_that_differ),
        cmocka_unit_test(nearest_name_ties_go_to_the_earlier_and_a_third_may_differ),
        cmocka_unit_test(hash_has_fixed_values),
        cmocka_unit_test(hash_spreads_one_changed_bit_over_half_of_its_own),
        cmocka_unit_test(hash_of_a_span_reads_nothing_beyond_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
