/* What stands out among costs, against the rules done naively over sorted amounts. */
#include "core/random.h"
#include "cost/kind_kernel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define POUND SHIRE_MILLION

static shire_kind_figures measure(const shire_money *amounts, size_t count, int64_t times) {
    shire_kind_figures figures;
    assert_int_equal(shire_kind_measure(amounts, count, times, &figures), SHIRE_OK);
    return figures;
}

static void the_median_is_of_what_costs_something(void **state) {
    (void)state;
    const shire_money odd[] = {0, 3 * POUND, -5 * POUND, 1, 2 * POUND, 0};
    shire_kind_figures figures = measure(odd, 6, 20);
    assert_int_equal(figures.count, 6);
    assert_int_equal(figures.amount, 1);
    assert_int_equal(figures.median, 2 * POUND);
    assert_int_equal(figures.zero_count, 2);
    assert_int_equal(figures.negative_count, 1);
    assert_int_equal(figures.negative_amount, -5 * POUND);
    const shire_money even[] = {4, 1, 3, 2};
    assert_int_equal(measure(even, 4, 20).median, 2);
}

static void nothing_above_zero_has_no_median_and_no_outlier(void **state) {
    (void)state;
    const shire_money amounts[] = {0, -POUND};
    shire_kind_figures figures = measure(amounts, 2, 20);
    assert_int_equal(figures.median, 0);
    assert_int_equal(figures.outlier_count, 0);
    assert_int_equal(measure(NULL, 0, 20).count, 0);
}

static void an_outlier_costs_more_than_so_many_medians(void **state) {
    (void)state;
    const shire_money amounts[] = {POUND, POUND, POUND, 20 * POUND, 20 * POUND + 1};
    shire_kind_figures figures = measure(amounts, 5, 20);
    assert_int_equal(figures.outlier_count, 1);
    assert_int_equal(figures.outlier_amount, 20 * POUND + 1);
    const shire_money large[] = {INT64_MAX, INT64_MIN}; /* the limit is beyond int64 */
    assert_int_equal(measure(large, 2, 20).outlier_count, 0);
    assert_int_equal(measure(large, 2, 20).median, INT64_MAX);
}

static void sums_beyond_the_range_are_refused(void **state) {
    (void)state;
    const shire_money amounts[] = {INT64_MAX, 1};
    shire_kind_figures figures = {.count = -1};
    assert_int_equal(shire_kind_measure(amounts, 2, 20, &figures), SHIRE_OVERFLOW);
    assert_int_equal(figures.count, -1);
}

static int compare_amounts(const void *a, const void *b) {
    shire_money x = *(const shire_money *)a;
    shire_money y = *(const shire_money *)b;
    return (x > y) - (x < y);
}

static void figures_are_those_of_the_sorted_amounts(void **state) {
    (void)state;
    shire_random random = shire_random_seed(20240401, 0);
    shire_money amounts[300];
    for (int round = 0; round < 400; round++) {
        size_t count = (size_t)shire_random_between(&random, 0, 300);
        int bits = (int)shire_random_between(&random, 2, 50);
        for (size_t i = 0; i < count; i++) {
            amounts[i] =
                shire_random_between(&random, -(INT64_C(1) << bits) / 4, INT64_C(1) << bits);
        }
        shire_kind_figures figures = measure(amounts, count, 3);
        shire_kind_figures naive = {0};
        qsort(amounts, count, sizeof(*amounts), compare_amounts);
        size_t first = 0;
        while (first < count && amounts[first] <= 0) {
            naive.zero_count += amounts[first] == 0;
            naive.negative_amount += amounts[first];
            naive.negative_count += amounts[first] < 0;
            first++;
        }
        naive.median = first < count ? amounts[first + (count - first - 1) / 2] : 0;
        for (size_t i = 0; i < count; i++) {
            bool is_outlier = naive.median > 0 && amounts[i] > 3 * naive.median;
            naive.amount += amounts[i];
            naive.outlier_count += is_outlier;
            naive.outlier_amount += is_outlier ? amounts[i] : 0;
        }
        assert_int_equal(figures.count, count);
        assert_int_equal(figures.amount, naive.amount);
        assert_int_equal(figures.median, naive.median);
        assert_int_equal(figures.outlier_count, naive.outlier_count);
        assert_int_equal(figures.outlier_amount, naive.outlier_amount);
        assert_int_equal(figures.zero_count, naive.zero_count);
        assert_int_equal(figures.negative_count, naive.negative_count);
        assert_int_equal(figures.negative_amount, naive.negative_amount);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_median_is_of_what_costs_something),
        cmocka_unit_test(nothing_above_zero_has_no_median_and_no_outlier),
        cmocka_unit_test(an_outlier_costs_more_than_so_many_medians),
        cmocka_unit_test(sums_beyond_the_range_are_refused),
        cmocka_unit_test(figures_are_those_of_the_sorted_amounts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
