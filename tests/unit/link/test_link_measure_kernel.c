/* Precision, recall and B-cubed: small cases by hand, and all pairs counted one by one. */
#include "link/link_measure_kernel.h"

#include "core/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void assert_near(double value, double expected) {
    assert_true(fabs(value - expected) < 1e-12);
}

static void a_perfect_grouping_is_one_everywhere(void **state) {
    (void)state;
    shire_link_placement placements[] = {{0, 7}, {0, 7}, {1, 8}, {2, 9}, {2, 9}, {2, 9}};
    shire_link_quality quality = {0};
    shire_link_measure(placements, 6, &quality);
    assert_near(quality.f1, 1);
    assert_near(quality.b3_f1, 1);
}

static void two_of_three_found_and_one_stranger(void **state) {
    (void)state;
    /* person 0: a a b; person 1: a. True pairs 3 (a), made pairs 3, correct 1. */
    shire_link_placement placements[] = {{0, 1}, {0, 1}, {0, 2}, {1, 1}};
    shire_link_quality quality = {0};
    shire_link_measure(placements, 4, &quality);
    assert_near(quality.precision, 1.0 / 3);
    assert_near(quality.recall, 1.0 / 3);
    assert_near(quality.b3_precision, (2.0 / 3 + 2.0 / 3 + 1.0 / 3 + 1.0) / 4);
    assert_near(quality.b3_recall, (2.0 / 3 + 2.0 / 3 + 1.0 + 1.0 / 3) / 4);
}

static void no_records_and_no_pairs_are_no_mistakes(void **state) {
    (void)state;
    shire_link_quality quality = {0};
    shire_link_measure(NULL, 0, &quality);
    assert_near(quality.precision, 1);
    assert_near(quality.recall, 1);
    shire_link_placement alone[] = {{0, 1}, {1, 2}};
    shire_link_measure(alone, 2, &quality);
    assert_near(quality.f1, 1);
}

static void random_groupings_agree_with_counting_every_pair(void **state) {
    (void)state;
    shire_random random = shire_random_seed(2, 1);
    for (int round = 0; round < 300; round++) {
        shire_link_placement placements[60];
        size_t count = shire_random_below(&random, 60);
        for (size_t i = 0; i < count; i++) {
            placements[i].person = (uint32_t)shire_random_below(&random, 12);
            placements[i].truth = (uint32_t)shire_random_below(&random, 12);
        }
        double made = 0;
        double real = 0;
        double both = 0;
        double b3_precision = 0;
        for (size_t i = 0; i < count; i++) {
            double in_group = 0;
            double in_cell = 0;
            for (size_t j = 0; j < count; j++) {
                int same_person = placements[i].person == placements[j].person;
                int same_truth = placements[i].truth == placements[j].truth;
                in_group += same_person;
                in_cell += same_person && same_truth;
                made += j < i && same_person;
                real += j < i && same_truth;
                both += j < i && same_person && same_truth;
            }
            b3_precision += in_cell / in_group;
        }
        shire_link_quality quality = {0};
        shire_link_measure(placements, count, &quality);
        assert_near(quality.precision, made > 0 ? both / made : 1);
        assert_near(quality.recall, real > 0 ? both / real : 1);
        assert_true(fabs(quality.b3_precision - (count > 0 ? b3_precision / (double)count : 1)) <
                    1e-9);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_perfect_grouping_is_one_everywhere),
        cmocka_unit_test(two_of_three_found_and_one_stranger),
        cmocka_unit_test(no_records_and_no_pairs_are_no_mistakes),
        cmocka_unit_test(random_groupings_agree_with_counting_every_pair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
