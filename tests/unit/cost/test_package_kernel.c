/* What care packages should cost, against the rule done naively day by day in fractions. */
#include "core/random.h"
#include "cost/package_kernel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define POUND SHIRE_MILLION

__extension__ typedef __int128 wide;

static const shire_package_frequency weekly = {SHIRE_MILLION, SHIRE_MILLION};
static const shire_package_frequency monthly = {12 * SHIRE_MILLION, 52 * SHIRE_MILLION};
static const shire_package_frequency once = {0, 0};

static shire_money planned(shire_money price, shire_decimal6 quantity,
                           shire_package_frequency frequency, int64_t before, int64_t through) {
    shire_money amount = -1;
    assert_int_equal(shire_package_planned(price, quantity, frequency, before, through, &amount),
                     SHIRE_OK);
    return amount;
}

static void weeks_are_days_over_seven_with_both_ends_counted(void **state) {
    (void)state;
    assert_int_equal(planned(700 * POUND, POUND, weekly, 0, 10), 1000 * POUND);
    assert_int_equal(planned(1000 * POUND, POUND, weekly, 0, 10), 1428571428);
    assert_int_equal(planned(21 * POUND, 10 * POUND, weekly, 0, 7), 210 * POUND);
    assert_int_equal(planned(700 * POUND, POUND, weekly, 5, 5), 0);
}

static void a_month_is_twelve_fifty_seconds_of_a_week(void **state) {
    (void)state;
    assert_int_equal(planned(520 * POUND, POUND, monthly, 0, 7), 120 * POUND);
    assert_int_equal(planned(520 * POUND, POUND, monthly, 0, 364), 12 * 520 * POUND);
    assert_int_equal(planned(520 * POUND, POUND, monthly, 0, 366), 6274285714);
}

static void what_is_paid_once_counts_from_its_first_day(void **state) {
    (void)state;
    assert_int_equal(planned(4250 * POUND, POUND, once, 0, 1), 4250 * POUND);
    assert_int_equal(planned(4250 * POUND, 2 * POUND, once, 0, 40), 8500 * POUND);
    assert_int_equal(planned(4250 * POUND, POUND, once, 3, 40), 0);
}

static void credits_stay_credits(void **state) {
    (void)state;
    assert_int_equal(planned(-250 * POUND, POUND, once, 0, 1), -250 * POUND);
    assert_int_equal(planned(1000 * POUND, -POUND, weekly, 0, 10), -1428571428);
    assert_int_equal(planned(-1000 * POUND, -POUND, weekly, 0, 10), 1428571428);
}

/* Years of 365 and 366 days, cut anywhere: the parts sum to the whole, each within a micropound of
 * the fraction. */
static void parts_of_a_package_sum_to_the_whole(void **state) {
    (void)state;
    shire_random random = shire_random_seed(11, 0);
    for (int round = 0; round < 5000; round++) {
        shire_money price = shire_random_between(&random, -3000000000, 3000000000);
        shire_decimal6 quantity = shire_random_between(&random, 1, 60000000);
        shire_package_frequency frequency = {shire_random_between(&random, 1, 52) * SHIRE_MILLION,
                                             shire_random_between(&random, 1, 52) * SHIRE_MILLION};
        int64_t whole_days = shire_random_between(&random, 1, 1500);
        shire_money sum = 0;
        for (int64_t before = 0; before < whole_days;) {
            int64_t through = before + shire_random_between(&random, 1, 366);
            through = through < whole_days ? through : whole_days;
            shire_money part = planned(price, quantity, frequency, before, through);
            wide numerator = (wide)price * quantity * frequency.payments * (through - before);
            wide denominator = (wide)frequency.weeks * 7 * SHIRE_MILLION;
            wide gap = numerator - (wide)part * denominator;
            assert_true(gap < denominator && gap > -denominator);
            sum += part;
            before = through;
        }
        assert_int_equal(sum, planned(price, quantity, frequency, 0, whole_days));
    }
}

static void prices_beyond_all_reason_are_refused(void **state) {
    (void)state;
    shire_money amount;
    assert_int_equal(shire_package_planned(INT64_MAX, INT64_MAX, monthly, 0, 366, &amount),
                     SHIRE_OVERFLOW);
    assert_int_equal(
        shire_package_planned(INT64_C(999999999999999999), 2 * POUND, once, 0, 1, &amount),
        SHIRE_OVERFLOW);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weeks_are_days_over_seven_with_both_ends_counted),
        cmocka_unit_test(a_month_is_twelve_fifty_seconds_of_a_week),
        cmocka_unit_test(what_is_paid_once_counts_from_its_first_day),
        cmocka_unit_test(credits_stay_credits),
        cmocka_unit_test(parts_of_a_package_sum_to_the_whole),
        cmocka_unit_test(prices_beyond_all_reason_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
