/* Sums, products and splits: known answers and the edges. Random cases: tests/property. */
#include "core/arena.h"
#include "core/money.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define UNTOUCHED INT64_C(-77)

static void sums_stay_in_range(void **state) {
    (void)state;
    shire_money sum = UNTOUCHED;
    assert_int_equal(shire_money_add(2, -5, &sum), SHIRE_OK);
    assert_int_equal(sum, -3);
    assert_int_equal(shire_money_add(INT64_MAX, 1, &sum), SHIRE_OVERFLOW);
    assert_int_equal(shire_money_add(INT64_MIN, -1, &sum), SHIRE_OVERFLOW);
    assert_int_equal(sum, -3);
    assert_int_equal(shire_money_add(INT64_MAX, INT64_MIN, &sum), SHIRE_OK);
    assert_int_equal(sum, -1);
}

static void assert_product(int64_t a, int64_t b, int64_t wanted) {
    int64_t product = UNTOUCHED;
    assert_int_equal(shire_money_multiply(a, b, &product), SHIRE_OK);
    assert_int_equal(product, wanted);
}

static void products_are_rounded_half_to_even(void **state) {
    (void)state;
    assert_product(12500000, 3000000, 37500000); /* 12.50 times 3 */
    assert_product(1, 500000, 0);
    assert_product(3, 500000, 2);
    assert_product(5, 500000, 2);
    assert_product(-1, 500000, 0);
    assert_product(-3, 500000, -2);
    assert_product(3, -500000, -2);
    assert_product(1, 500001, 1);
    assert_product(-1, 500001, -1);
    assert_product(INT64_MAX, 1000000, INT64_MAX);
    assert_product(INT64_MIN, 1000000, INT64_MIN);
    assert_product(INT64_MIN, 0, 0);
    assert_product(INT64_C(4000000000000000000), 2000000, INT64_C(8000000000000000000));
    int64_t product = UNTOUCHED;
    assert_int_equal(shire_money_multiply(INT64_MAX, 1000001, &product), SHIRE_OVERFLOW);
    assert_int_equal(shire_money_multiply(INT64_MIN, -1000000, &product), SHIRE_OVERFLOW);
    assert_int_equal(shire_money_multiply(INT64_MIN, INT64_MIN, &product), SHIRE_OVERFLOW);
    assert_int_equal(product, UNTOUCHED);
}

enum { SHARES_MAX = 8 };

typedef struct split_case {
    int64_t total;
    size_t count;
    int64_t weights[SHARES_MAX];
    int64_t parts[SHARES_MAX];
} split_case;

typedef shire_status (*split_function)(shire_money total, const int64_t *weights,
                                       size_t share_count, shire_money *parts_out,
                                       shire_error *error);

static void assert_splits(split_function split, const split_case *cases, size_t case_count) {
    for (size_t i = 0; i < case_count; i++) {
        int64_t parts[SHARES_MAX];
        shire_status status = split(cases[i].total, cases[i].weights, cases[i].count, parts, NULL);
        assert_int_equal(status, SHIRE_OK);
        for (size_t j = 0; j < cases[i].count; j++) {
            if (parts[j] != cases[i].parts[j]) {
                fail_msg("case %zu, part %zu is %lld", i, j, (long long)parts[j]);
            }
        }
    }
}

static void largest_remainders_are_rounded_up(void **state) {
    (void)state;
    static const split_case cases[] = {
        {100, 3, {1, 1, 1}, {34, 33, 33}}, /* ties go to the lower index */
        {-100, 3, {1, 1, 1}, {-34, -33, -33}},
        {101, 3, {1, 1, 1}, {34, 34, 33}},
        {10, 3, {1, 2, 4}, {1, 3, 6}}, /* 1.43 2.86 5.71: one over, to the .86, one to the .71 */
        {10, 4, {0, 3, 0, 4}, {0, 4, 0, 6}},
        {1, 4, {1, 1, 1, 1}, {1, 0, 0, 0}},
        {0, 2, {5, 7}, {0, 0}},
        {7, 1, {3}, {7}},
        {7, 1, {-3}, {7}},
        {100, 2, {-1, -3}, {25, 75}},
        {100, 2, {150, -50}, {150, -50}},
        {-100, 2, {150, -50}, {-150, 50}},
        {100, 2, {-150, 50}, {150, -50}},
        {10, 3, {5, 5, -3}, {7, 7, -4}}, /* 7.14 7.14 -4.29: floors 7 7 -5, one over, to .71 */
        {INT64_MAX, 2, {1, 1}, {INT64_C(4611686018427387904), INT64_C(4611686018427387903)}},
        {INT64_MIN, 2, {1, 1}, {INT64_C(-4611686018427387904), INT64_C(-4611686018427387904)}},
        {INT64_MIN, 2, {INT64_MAX, 0}, {INT64_MIN, 0}},
        {5, 2, {INT64_MIN, 0}, {5, 0}},
    };
    assert_splits(shire_money_split, cases, sizeof cases / sizeof cases[0]);
}

static void running_totals_decide_where_the_remainder_goes(void **state) {
    (void)state;
    static const split_case cases[] = {
        {100, 3, {1, 1, 1}, {33, 33, 34}},
        {-100, 3, {1, 1, 1}, {-33, -33, -34}},
        {10, 3, {1, 2, 4}, {1, 3, 6}},
        {10, 3, {4, 2, 1}, {5, 3, 2}},
        {10, 4, {0, 3, 0, 4}, {0, 4, 0, 6}},
        {0, 2, {5, 7}, {0, 0}},
        {100, 2, {-1, -3}, {25, 75}},
        {100, 2, {150, -50}, {150, -50}},
        {-100, 2, {150, -50}, {-150, 50}},
        {100, 2, {-50, 150}, {-50, 150}},
        {10, 3, {-3, 5, 5}, {-5, 7, 8}}, /* floors of -4.29, 2.86, 10 */
        {INT64_MAX, 2, {1, 1}, {INT64_C(4611686018427387903), INT64_C(4611686018427387904)}},
        {INT64_MIN, 2, {1, 1}, {INT64_C(-4611686018427387904), INT64_C(-4611686018427387904)}},
        {5, 2, {INT64_MIN, 0}, {5, 0}},
    };
    assert_splits(shire_money_split_running, cases, sizeof cases / sizeof cases[0]);
}

static void assert_both_refuse(int64_t total, const int64_t *weights, size_t count,
                               shire_status wanted, const char *reason) {
    static const split_function forms[] = {shire_money_split, shire_money_split_running};
    for (size_t i = 0; i < 2; i++) {
        int64_t parts[SHARES_MAX] = {UNTOUCHED, UNTOUCHED, UNTOUCHED};
        shire_error error = {0};
        assert_int_equal(forms[i](total, weights, count, parts, &error), wanted);
        assert_int_equal(error.status, wanted);
        assert_non_null(strstr(error.message, reason));
        for (size_t j = 0; j < count; j++) {
            assert_int_equal(parts[j], UNTOUCHED);
        }
    }
}

static void splits_over_nothing_are_refused(void **state) {
    (void)state;
    assert_both_refuse(100, NULL, 0, SHIRE_INVALID, "no weights");
    assert_both_refuse(100, (int64_t[]){0, 0}, 2, SHIRE_INVALID, "sum to zero");
    assert_both_refuse(0, (int64_t[]){0}, 1, SHIRE_INVALID, "sum to zero");
    assert_both_refuse(100, (int64_t[]){5, -5}, 2, SHIRE_INVALID, "sum to zero");
}

static void splits_beyond_the_range_are_refused(void **state) {
    (void)state;
    assert_both_refuse(1, (int64_t[]){INT64_MAX, 1}, 2, SHIRE_OVERFLOW, "64 bits");
    assert_both_refuse(1, (int64_t[]){INT64_MIN, -1}, 2, SHIRE_OVERFLOW, "64 bits");
    assert_both_refuse(INT64_MAX, (int64_t[]){3, -1, -1}, 3, SHIRE_OVERFLOW, "negative weights");
    assert_both_refuse(INT64_C(1) << 40, (int64_t[]){INT64_MAX, INT64_MIN + 2}, 2, SHIRE_OVERFLOW,
                       "negative weights");
    /* A later part is the first that does not fit: still nothing may be written. */
    assert_both_refuse(INT64_MAX, (int64_t[]){0, -1, 2}, 3, SHIRE_OVERFLOW, "negative weights");
}

static void running_sums_beyond_the_range_are_refused(void **state) {
    (void)state;
    int64_t weights[] = {INT64_MAX, 5, -10};
    int64_t parts[3] = {UNTOUCHED, UNTOUCHED, UNTOUCHED};
    shire_status status = shire_money_split_running(1000, weights, 3, parts, NULL);
    assert_int_equal(status, SHIRE_OVERFLOW);
    assert_int_equal(parts[0], UNTOUCHED);
    /* The largest remainder needs no running sum. */
    assert_int_equal(shire_money_split(1000, weights, 3, parts, NULL), SHIRE_OK);
    assert_int_equal(parts[0], 1000);
}

static void many_shares_sum_exactly(void **state) {
    (void)state;
    enum { COUNT = 100003 };
    static int64_t weights[COUNT];
    static int64_t parts[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        weights[i] = (int64_t)(i * 7919 % 1000);
    }
    static const split_function forms[] = {shire_money_split, shire_money_split_running};
    for (size_t form = 0; form < 2; form++) {
        int64_t total = INT64_C(99178955511630000);
        assert_int_equal(forms[form](total, weights, COUNT, parts, NULL), SHIRE_OK);
        for (size_t i = 0; i < COUNT; i++) {
            total -= parts[i];
            assert_true(parts[i] >= 0 && (weights[i] > 0 || parts[i] == 0));
        }
        assert_int_equal(total, 0);
    }
}

static void many_equal_shares_round_up_from_the_first(void **state) {
    (void)state;
    enum { COUNT = 1000 };
    static int64_t weights[COUNT];
    static int64_t parts[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        weights[i] = 3;
    }
    assert_int_equal(shire_money_split(5000 + 321, weights, COUNT, parts, NULL), SHIRE_OK);
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(parts[i], i < 321 ? 6 : 5);
    }
}

static void memory_runs_out_before_anything_is_written(void **state) {
    (void)state;
    enum { COUNT = 1000 };
    static int64_t weights[COUNT];
    static int64_t parts[COUNT];
    weights[0] = 1;
    parts[0] = UNTOUCHED;
    shire_error error = {0};
    shire_memory_fail_after(0);
    shire_status status = shire_money_split(5, weights, COUNT, parts, &error);
    shire_memory_fail_after(-1);
    assert_int_equal(status, SHIRE_NO_MEMORY);
    assert_int_equal(parts[0], UNTOUCHED);
    assert_non_null(strstr(error.message, "1000 shares"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_stay_in_range),
        cmocka_unit_test(products_are_rounded_half_to_even),
        cmocka_unit_test(largest_remainders_are_rounded_up),
        cmocka_unit_test(running_totals_decide_where_the_remainder_goes),
        cmocka_unit_test(splits_over_nothing_are_refused),
        cmocka_unit_test(splits_beyond_the_range_are_refused),
        cmocka_unit_test(running_sums_beyond_the_range_are_refused),
        cmocka_unit_test(many_shares_sum_exactly),
        cmocka_unit_test(many_equal_shares_round_up_from_the_first),
        cmocka_unit_test(memory_runs_out_before_anything_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
