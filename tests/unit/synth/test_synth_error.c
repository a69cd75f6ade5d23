/* Errors in names, numbers and dates: each changes what it says it changes, and stays in its
 * buffer. */
#include "synth/synth_error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ROUNDS 20000

/* The Damerau-Levenshtein distance with adjacent swaps, by the plain recurrence. */
static int distance(const char *a, const char *b) {
    int table[64][64];
    int rows = (int)strlen(a), columns = (int)strlen(b);
    for (int i = 0; i <= rows; i++) {
        for (int j = 0; j <= columns; j++) {
            if (i == 0 || j == 0) {
                table[i][j] = i + j;
                continue;
            }
            int best = table[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            best = table[i - 1][j] + 1 < best ? table[i - 1][j] + 1 : best;
            best = table[i][j - 1] + 1 < best ? table[i][j - 1] + 1 : best;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                table[i - 2][j - 2] + 1 < best) {
                best = table[i - 2][j - 2] + 1;
            }
            table[i][j] = best;
        }
    }
    return table[rows][columns];
}

static void test_a_typing_error_is_at_most_one_edit(void **state) {
    (void)state;
    shire_random random = shire_random_seed(1, 1);
    int changed = 0;
    for (int i = 0; i < ROUNDS; i++) {
        char text[16] = "Gwendoline";
        synth_error_type(&random, text, sizeof text);
        int edits = distance("Gwendoline", text);
        assert_true(edits <= 1);
        changed += edits;
    }
    assert_true(changed > ROUNDS * 95 / 100);
}

static void test_errors_stay_within_a_full_buffer(void **state) {
    (void)state;
    shire_random random = shire_random_seed(2, 1);
    for (int i = 0; i < ROUNDS; i++) {
        struct {
            char text[7];
            char guard;
        } room = {"Philli", '#'};
        synth_error_type(&random, room.text, sizeof room.text);
        synth_error_sound(&random, room.text, sizeof room.text);
        synth_error_pad(&random, room.text, sizeof room.text);
        assert_true(strlen(room.text) < sizeof room.text);
        assert_int_equal(room.guard, '#');
    }
}

static void test_short_and_empty_texts_are_left_alone(void **state) {
    (void)state;
    shire_random random = shire_random_seed(3, 1);
    for (int i = 0; i < 100; i++) {
        char empty[8] = "", one[8] = "A";
        synth_error_type(&random, empty, sizeof empty);
        synth_error_sound(&random, empty, sizeof empty);
        synth_error_digit(&random, empty);
        assert_string_equal(empty, "");
        synth_error_type(&random, one, sizeof one);
        synth_error_sound(&random, one, sizeof one);
        assert_string_equal(one, "A");
    }
}

static void test_a_wrong_digit_is_exactly_one_digit(void **state) {
    (void)state;
    shire_random random = shire_random_seed(4, 1);
    for (int i = 0; i < ROUNDS; i++) {
        char text[16] = "9990000018";
        synth_error_digit(&random, text);
        int differences = 0;
        for (int at = 0; at < 10; at++) {
            assert_true(text[at] >= '0' && text[at] <= '9');
            differences += text[at] != "9990000018"[at] ? 1 : 0;
        }
        assert_int_equal(differences, 1);
    }
}

static void test_day_and_month_swap_only_where_that_is_a_date(void **state) {
    (void)state;
    assert_int_equal(synth_error_swap_day(shire_date_of(1944, 5, 7)), shire_date_of(1944, 7, 5));
    assert_int_equal(synth_error_swap_day(shire_date_of(1944, 5, 17)), shire_date_of(1944, 5, 17));
}

static void test_a_shifted_date_is_another_date(void **state) {
    (void)state;
    shire_random random = shire_random_seed(5, 1);
    for (int i = 0; i < ROUNDS; i++) {
        shire_date date =
            shire_date_of(1900, 1, 1) + (shire_date)shire_random_below(&random, 45000);
        assert_int_not_equal(synth_error_shift_date(&random, date), date);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_typing_error_is_at_most_one_edit),
        cmocka_unit_test(test_errors_stay_within_a_full_buffer),
        cmocka_unit_test(test_short_and_empty_texts_are_left_alone),
        cmocka_unit_test(test_a_wrong_digit_is_exactly_one_digit),
        cmocka_unit_test(test_day_and_month_swap_only_where_that_is_a_date),
        cmocka_unit_test(test_a_shifted_date_is_another_date),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
