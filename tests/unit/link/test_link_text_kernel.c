/* Similarities of short texts: known answers, and plain textbook references on random texts. */
#include "link/link_short_kernel.h"
#include "link/link_text_kernel.h"

#include "core/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static shire_span span(const char *text) {
    return shire_span_of(text);
}

static int least(int a, int b) {
    return a < b ? a : b;
}

static double reference_jaro_winkler(const char *a, const char *b) {
    int a_length = (int)strlen(a);
    int b_length = (int)strlen(b);
    bool a_taken[80] = {false};
    bool b_taken[80] = {false};
    int longest = a_length > b_length ? a_length : b_length;
    int reach = longest / 2 - 1 > 0 ? longest / 2 - 1 : 0;
    int matches = 0;
    if (a_length == 0 && b_length == 0) {
        return 1;
    }
    for (int i = 0; i < a_length; i++) {
        for (int j = 0; j < b_length; j++) {
            if (!b_taken[j] && a[i] == b[j] && j >= i - reach && j <= i + reach) {
                a_taken[i] = b_taken[j] = true;
                matches++;
                break;
            }
        }
    }
    if (matches == 0) {
        return 0;
    }
    int out_of_order = 0;
    for (int i = 0, j = 0; i < a_length; i++) {
        if (a_taken[i]) {
            while (!b_taken[j]) {
                j++;
            }
            out_of_order += a[i] != b[j++];
        }
    }
    double m = matches;
    int transpositions = out_of_order / 2;
    double jaro = (m / a_length + m / b_length + (m - transpositions) / m) / 3;
    int prefix = 0;
    while (prefix < 4 && prefix < least(a_length, b_length) && a[prefix] == b[prefix]) {
        prefix++;
    }
    return jaro + prefix * 0.1 * (1 - jaro);
}

static int reference_distance(const char *a, const char *b) {
    int table[80][80];
    int a_length = (int)strlen(a);
    int b_length = (int)strlen(b);
    for (int i = 0; i <= a_length; i++) {
        for (int j = 0; j <= b_length; j++) {
            if (i == 0 || j == 0) {
                table[i][j] = i + j;
                continue;
            }
            int best = least(table[i - 1][j], table[i][j - 1]) + 1;
            best = least(best, table[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                best = least(best, table[i - 2][j - 2] + 1);
            }
            table[i][j] = best;
        }
    }
    return table[a_length][b_length];
}

static void random_text(shire_random *random, char *out) {
    size_t length = shire_random_below(random, shire_random_chance(random, 1, 10) ? 65 : 10);
    for (size_t i = 0; i < length; i++) {
        out[i] = (char)('a' + shire_random_below(random, 4));
    }
    out[length] = '\0';
}

static void jaro_winkler_gives_the_published_answers(void **state) {
    (void)state;
    static const struct {
        const char *a;
        const char *b;
        double similarity;
    } cases[] = {{"martha", "marhta", 0.961111},
                 {"dixon", "dicksonx", 0.813333},
                 {"dwayne", "duane", 0.84},
                 {"jones", "johnson", 0.832381},
                 {"abroms", "abrams", 0.922222},
                 {"michelle", "michael", 0.921429},
                 {"same", "same", 1},
                 {"abc", "xyz", 0},
                 {"", "", 1},
                 {"", "a", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double forth = shire_link_jaro_winkler(span(cases[i].a), span(cases[i].b));
        double back = shire_link_jaro_winkler(span(cases[i].b), span(cases[i].a));
        assert_true(fabs(forth - cases[i].similarity) < 1e-6);
        assert_true(fabs(back - cases[i].similarity) < 1e-6);
    }
}

static void jaro_winkler_agrees_with_the_textbook_on_random_texts(void **state) {
    (void)state;
    shire_random random = shire_random_seed(7, 1);
    for (int round = 0; round < 200000; round++) {
        char a[80];
        char b[80];
        random_text(&random, a);
        random_text(&random, b);
        double expected = reference_jaro_winkler(a, b);
        assert_true(fabs(shire_link_jaro_winkler(span(a), span(b)) - expected) < 1e-12);
    }
}

static void edit_distance_gives_known_answers(void **state) {
    (void)state;
    assert_int_equal(shire_link_edit_distance(span("smith"), span("smith"), 2), 0);
    assert_int_equal(shire_link_edit_distance(span("smith"), span("smiht"), 2), 1);
    assert_int_equal(shire_link_edit_distance(span("smith"), span("smth"), 2), 1);
    assert_int_equal(shire_link_edit_distance(span("19560409"), span("19540609"), 2), 2);
    assert_int_equal(shire_link_edit_distance(span("kitten"), span("sitting"), 5), 3);
    assert_int_equal(shire_link_edit_distance(span("ca"), span("abc"), 5), 3);
    assert_int_equal(shire_link_edit_distance(span("kitten"), span("sitting"), 2), 3);
    assert_int_equal(shire_link_edit_distance(span(""), span(""), 0), 0);
    assert_int_equal(shire_link_edit_distance(span(""), span("ab"), 1), 2);
}

static void edit_distance_agrees_with_the_whole_table_under_every_limit(void **state) {
    (void)state;
    shire_random random = shire_random_seed(7, 2);
    for (int round = 0; round < 60000; round++) {
        char a[80];
        char b[80];
        random_text(&random, a);
        random_text(&random, b);
        int expected = reference_distance(a, b);
        for (int limit = 0; limit <= 4; limit++) {
            assert_int_equal(shire_link_edit_distance(span(a), span(b), limit),
                             least(expected, limit + 1));
        }
    }
}

/* What fits a register gets the very bits that the general functions give. */
static void short_texts_agree_with_long_ones(void **state) {
    (void)state;
    shire_random random = shire_random_seed(7, 3);
    int edit_count = 0;
    for (int round = 0; round < 200000; round++) {
        char a[80] = {0};
        char b[80] = {0};
        size_t length = 1 + shire_random_below(&random, 18);
        random_text(&random, b);
        for (size_t i = 0; i < length; i++) {
            a[i] = (char)('a' + shire_random_below(&random, 3));
        }
        if (shire_random_chance(&random, 1, 2)) { /* the same but for one or two places */
            memcpy(b, a, sizeof b);
            b[shire_random_below(&random, length)] = 'b';
            size_t lost = shire_random_below(&random, length);
            memmove(b + lost, b + lost + 1, sizeof b - lost - 1);
            b[strlen(b)] = shire_random_chance(&random, 1, 2) ? 'c' : '\0';
        }
        shire_link_short short_a = shire_link_short_of(span(a));
        shire_link_short short_b = shire_link_short_of(span(b));
        assert_int_equal(shire_link_short_fits(&short_a), strlen(a) >= 1 && strlen(a) <= 16);
        if (!shire_link_short_fits(&short_a) || !shire_link_short_fits(&short_b)) {
            continue;
        }
        bool is_edit = shire_link_edit_distance(span(a), span(b), 1) <= 1;
        double similarity = shire_link_jaro_winkler(span(a), span(b));
        assert_int_equal(shire_link_short_length(&short_a), strlen(a));
        assert_int_equal(shire_link_short_is_one_edit(&short_a, &short_b), is_edit);
        assert_true(shire_link_short_jaro_winkler(&short_a, &short_b) == similarity);
        /* Comparing names relies on it. */
        assert_true(!is_edit || strlen(a) < 3 || strlen(b) < 3 || similarity > 0.5);
        edit_count += is_edit;
    }
    assert_true(edit_count > 1000);
    shire_link_short with_zero = shire_link_short_of((shire_span){"a\0b", 3});
    assert_false(shire_link_short_fits(&with_zero));
}

/* Words of Latin, Greek, Chinese and emoji, whole and cut in the middle of a character, up to twice
 * the length that is looked at. */
static void texts_of_many_bytes_a_character_agree_with_the_textbook(void **state) {
    (void)state;
    static const char *const pieces[] = {
        "a", "\xc3\xa9", "\xce\xb1", "\xe6\x9d\x8e", "\xf0\x9f\x98\x80", "b", "\xc3", "\xff"};
    shire_random random = shire_random_seed(7, 3);
    for (int round = 0; round < 50000; round++) {
        char texts[2][160];
        char cut[2][80];
        for (int i = 0; i < 2; i++) {
            size_t length = 0;
            size_t most = shire_random_below(&random, round % 10 == 0 ? 130 : 16);
            while (length < most) {
                const char *piece = pieces[shire_random_below(&random, 8)];
                memcpy(texts[i] + length, piece, strlen(piece));
                length += strlen(piece);
            }
            texts[i][length] = '\0';
            size_t kept = length < SHIRE_LINK_TEXT_BYTES_MAX ? length : SHIRE_LINK_TEXT_BYTES_MAX;
            memcpy(cut[i], texts[i], kept);
            cut[i][kept] = '\0';
        }
        double expected = reference_jaro_winkler(cut[0], cut[1]);
        double similarity = shire_link_jaro_winkler(span(texts[0]), span(texts[1]));
        assert_true(fabs(similarity - expected) < 1e-12);
        assert_true(similarity == shire_link_jaro_winkler(span(texts[1]), span(texts[0])));
        int distance = reference_distance(cut[0], cut[1]);
        assert_int_equal(shire_link_edit_distance(span(texts[0]), span(texts[1]), 3),
                         least(distance, 4));
        shire_link_signature a = shire_link_signature_of(span(cut[0]));
        shire_link_signature b = shire_link_signature_of(span(cut[1]));
        int apart = shire_link_signature_apart(&a, &b);
        assert_true(apart <= 2 * distance);
        assert_true(expected <=
                    shire_link_jaro_winkler_most(strlen(cut[0]), strlen(cut[1]), apart) + 1e-12);
    }
}

static void long_texts_are_compared_by_their_beginning(void **state) {
    (void)state;
    char a[200];
    char b[200];
    memset(a, 'a', sizeof a);
    memset(b, 'a', sizeof b);
    memset(b + SHIRE_LINK_TEXT_BYTES_MAX, 'b', sizeof b - SHIRE_LINK_TEXT_BYTES_MAX);
    shire_span left = {a, sizeof a};
    shire_span right = {b, sizeof b};
    assert_int_equal(shire_link_edit_distance(left, right, 1), 0);
    assert_true(shire_link_jaro_winkler(left, right) == 1.0);
}

static uint32_t sound(const char *code) {
    return (uint32_t)code[0] << 24 | (uint32_t)code[1] << 16 | (uint32_t)code[2] << 8 |
           (uint32_t)code[3];
}

static void soundex_gives_the_archives_answers(void **state) {
    (void)state;
    assert_int_equal(shire_link_soundex(span("robert")), sound("r163"));
    assert_int_equal(shire_link_soundex(span("rupert")), sound("r163"));
    assert_int_equal(shire_link_soundex(span("ashcraft")), sound("a261"));
    assert_int_equal(shire_link_soundex(span("tymczak")), sound("t522"));
    assert_int_equal(shire_link_soundex(span("pfister")), sound("p236"));
    assert_int_equal(shire_link_soundex(span("honeyman")), sound("h555"));
    assert_int_equal(shire_link_soundex(span("lee")), sound("l000"));
    assert_int_equal(shire_link_soundex(span("")), 0);
    assert_int_equal(shire_link_soundex(span("3rd")), 0);
}

static void nicknames_are_forms_of_one_name(void **state) {
    (void)state;
    assert_true(shire_link_is_nickname(span("bill"), span("william")));
    assert_true(shire_link_is_nickname(span("peggy"), span("margaret")));
    assert_true(shire_link_is_nickname(span("zebedee"), span("zebedee")));
    assert_false(shire_link_is_nickname(span("bill"), span("robert")));
    assert_false(shire_link_is_nickname(span("wil"), span("william")));
    assert_false(shire_link_is_nickname(span(""), span("william")));
    assert_int_equal(shire_link_nickname_group(span("zebedee")), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jaro_winkler_gives_the_published_answers),
        cmocka_unit_test(jaro_winkler_agrees_with_the_textbook_on_random_texts),
        cmocka_unit_test(edit_distance_gives_known_answers),
        cmocka_unit_test(edit_distance_agrees_with_the_whole_table_under_every_limit),
        cmocka_unit_test(short_texts_agree_with_long_ones),
        cmocka_unit_test(texts_of_many_bytes_a_character_agree_with_the_textbook),
        cmocka_unit_test(long_texts_are_compared_by_their_beginning),
        cmocka_unit_test(soundex_gives_the_archives_answers),
        cmocka_unit_test(nicknames_are_forms_of_one_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
