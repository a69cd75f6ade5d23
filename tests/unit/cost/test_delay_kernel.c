/* Shorter delays: which nights an item lasts, and what is left of its weight. */
#include "cost/delay_kernel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define HALF (SHIRE_MILLION / 2)
#define NO_END SHIRE_DELAY_UNKNOWN

/* Ten nights, of which the last four are a delay. */
static const shire_delay_stay ten = {.nights = 10, .delayed = 4};

static void assert_span(const shire_delay_span *span, int32_t far, int32_t near) {
    assert_int_equal(span->far, far);
    assert_int_equal(span->near, near);
}

static shire_decimal6 left_of(const shire_delay_stay *stay, int32_t far, int32_t near,
                              shire_delay_measure measure, shire_decimal6 weight,
                              shire_decimal6 freed) {
    const shire_delay_span span = {far, near};
    shire_decimal6 left = -1;
    assert_int_equal(shire_delay_weight_left(stay, &span, measure, weight, freed, &left, NULL),
                     SHIRE_OK);
    return left;
}

static void an_item_lasts_until_the_next_of_its_feed(void **state) {
    (void)state;
    const shire_delay_item items[] = {
        {.stay = 0, .feed = 0, .start = SHIRE_DELAY_UNKNOWN, .end = NO_END}, /* the stay itself */
        {.stay = 0, .feed = 1, .start = 10, .end = NO_END},                  /* ward by ward */
        {.stay = 0, .feed = 1, .start = 3, .end = NO_END},
        {.stay = 0,
         .feed = 2,
         .start = 12,
         .end = NO_END}, /* two at once, from before the period */
        {.stay = 0, .feed = 2, .start = 11, .end = NO_END},
        {.stay = 0, .feed = 2, .start = 1, .end = NO_END}, /* the last day */
        {.stay = 0, .feed = 2, .start = 0, .end = NO_END}, /* the day of leaving */
        {.stay = 1, .feed = 2, .start = 5, .end = NO_END}, /* another stay */
    };
    shire_delay_span spans[8];
    const shire_delay_stay stays[] = {ten, ten};
    shire_delay_spans(stays, items, 8, spans);
    assert_span(&spans[0], 10, 0);
    assert_span(&spans[1], 10, 3);
    assert_span(&spans[2], 3, 0);
    assert_span(&spans[3], 10, 1);
    assert_span(&spans[4], 10, 1);
    assert_span(&spans[5], 1, 0);
    assert_span(&spans[6], 0, 0);
    assert_span(&spans[7], 5, 0);
}

static void an_end_of_its_own_goes_before_the_next_item(void **state) {
    (void)state;
    const shire_delay_item items[] = {
        {.stay = 0, .feed = 0, .start = 10, .end = 6},
        {.stay = 0, .feed = 0, .start = 5, .end = 5},   /* within a day: lasts that day */
        {.stay = 0, .feed = 0, .start = 4, .end = -3},  /* past the leaving */
        {.stay = 0, .feed = 0, .start = -2, .end = -3}, /* after it */
    };
    shire_delay_span spans[4];
    shire_delay_spans(&ten, items, 4, spans);
    assert_span(&spans[0], 10, 6);
    assert_span(&spans[1], 5, 4);
    assert_span(&spans[2], 4, 0);
    assert_span(&spans[3], 0, 0);
}

static void nights_and_days_fall_by_what_is_freed(void **state) {
    (void)state;
    const shire_delay_stay open = {.nights = 10, .delayed = 4, .goes_on = 1};
    assert_int_equal(
        left_of(&ten, 10, 0, SHIRE_DELAY_NIGHTS, 10 * SHIRE_MILLION, 4 * SHIRE_MILLION),
        6 * SHIRE_MILLION);
    assert_int_equal(left_of(&ten, 10, 0, SHIRE_DELAY_DAYS, 11 * SHIRE_MILLION, 3 * HALF),
                     11 * SHIRE_MILLION - 3 * HALF);
    /* 21 to 30 June and on: ten days and nights; ready on the 27th, seven days and six nights. */
    assert_int_equal(left_of(&open, 10, 0, SHIRE_DELAY_DAYS, 10 * SHIRE_MILLION, 4 * SHIRE_MILLION),
                     7 * SHIRE_MILLION);
    assert_int_equal(left_of(&open, 10, 0, SHIRE_DELAY_DAYS, 10 * SHIRE_MILLION, HALF),
                     10 * SHIRE_MILLION);
}

static void time_falls_by_the_freed_part_of_its_nights(void **state) {
    (void)state;
    assert_int_equal(left_of(&ten, 10, 0, SHIRE_DELAY_TIME, 1000, 4 * SHIRE_MILLION), 600);
    assert_int_equal(left_of(&ten, 10, 3, SHIRE_DELAY_TIME, 700, 4 * SHIRE_MILLION), 600);
    assert_int_equal(left_of(&ten, 10, 4, SHIRE_DELAY_TIME, 700, 4 * SHIRE_MILLION), 700);
    assert_int_equal(left_of(&ten, 3, 0, SHIRE_DELAY_TIME, 700, 4 * SHIRE_MILLION), 0);
    assert_int_equal(left_of(&ten, 3, 0, SHIRE_DELAY_TIME, 600, 3 * HALF), 300);
    /* What goes is cut off at the millionth, of credits as of costs. */
    assert_int_equal(left_of(&ten, 3, 0, SHIRE_DELAY_TIME, 100, SHIRE_MILLION), 67);
    assert_int_equal(left_of(&ten, 3, 0, SHIRE_DELAY_TIME, -100, SHIRE_MILLION), -67);
    /* On the day of leaving. */
    assert_int_equal(left_of(&ten, 0, 0, SHIRE_DELAY_TIME, 700, 4 * SHIRE_MILLION), 700);
}

static void a_number_stays_unless_it_began_in_freed_nights(void **state) {
    (void)state;
    const shire_delay_stay all = {.nights = 4, .delayed = 4};
    const shire_delay_stay before = {.nights = 4, .delayed = 4, .ready_before = 1};
    assert_int_equal(left_of(&ten, 10, 0, SHIRE_DELAY_NUMBER, 5, 4 * SHIRE_MILLION), 5);
    assert_int_equal(left_of(&ten, 4, 3, SHIRE_DELAY_NUMBER, 5, 4 * SHIRE_MILLION), 0);
    assert_int_equal(left_of(&ten, 4, 3, SHIRE_DELAY_NUMBER, 5, 4 * SHIRE_MILLION - 1), 5);
    assert_int_equal(left_of(&ten, 0, 0, SHIRE_DELAY_NUMBER, 5, 4 * SHIRE_MILLION), 5);
    /* Came and left on one day; but nobody was here who was ready before the period. */
    assert_int_equal(left_of(&all, 4, 0, SHIRE_DELAY_NUMBER, 5, 4 * SHIRE_MILLION), 5);
    assert_int_equal(left_of(&before, 4, 0, SHIRE_DELAY_NUMBER, 5, 4 * SHIRE_MILLION), 0);
    assert_int_equal(left_of(&before, 4, 0, SHIRE_DELAY_DAYS, 5, 4 * SHIRE_MILLION), 0);
    assert_int_equal(left_of(&before, 0, 0, SHIRE_DELAY_TIME, 5, 4 * SHIRE_MILLION), 0);
}

static void the_cost_of_a_delay_is_its_part_of_the_nights_that_are_left(void **state) {
    (void)state;
    shire_money cost = -1;
    assert_int_equal(shire_delay_cost(&ten, 1000, 4 * SHIRE_MILLION, &cost, NULL), SHIRE_OK);
    assert_int_equal(cost, 400);
    assert_int_equal(shire_delay_cost(&ten, 1000, 0, &cost, NULL), SHIRE_OK);
    assert_int_equal(cost, 0);
    assert_int_equal(shire_delay_cost(&ten, -1000, 3 * HALF, &cost, NULL), SHIRE_OK);
    assert_int_equal(cost, -200); /* 1.5 of 7.5 nights */
    const shire_delay_stay all = {.nights = 4, .delayed = 4};
    assert_int_equal(shire_delay_cost(&all, 1000, 0, &cost, NULL), SHIRE_OK);
    assert_int_equal(cost, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_item_lasts_until_the_next_of_its_feed),
        cmocka_unit_test(an_end_of_its_own_goes_before_the_next_item),
        cmocka_unit_test(nights_and_days_fall_by_what_is_freed),
        cmocka_unit_test(time_falls_by_the_freed_part_of_its_nights),
        cmocka_unit_test(a_number_stays_unless_it_began_in_freed_nights),
        cmocka_unit_test(the_cost_of_a_delay_is_its_part_of_the_nights_that_are_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
