/*
 * A million random splits of each form against a naive exact reference (128-bit division, a rank by
 * counting), with totals and weights drawn from the awkward corners as well as the middle.
 * What must hold: statuses as the reference says, parts sum to the total, every part less than one
 * micropound from its exact quotient, a reversal cancels part by part, stretches join to the whole.
 */
#include "core/money.h"
#include "core/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

typedef __int128 int128;

enum { SPLITS = 1000000, SHARES_MAX = 24, UNTOUCHED = 77 };

static int64_t draw_total(shire_random *random) {
    switch (shire_random_below(random, 8)) {
    case 0:
        return 0;
    case 1:
        return shire_random_between(random, -10, 10);
    case 2:
        return INT64_MAX - (int64_t)shire_random_below(random, 3);
    case 3:
        return INT64_MIN + (int64_t)shire_random_below(random, 3);
    case 4:
        return (int64_t)shire_random_next(random);
    default:
        return shire_random_between(random, -INT64_C(1000000000000), INT64_C(1000000000000));
    }
}

static int64_t draw_weight(shire_random *random, uint64_t kind) {
    switch (kind) {
    case 0: /* minutes, bed days */
        return shire_random_between(random, 0, 10000);
    case 1: /* mostly nothing */
        return shire_random_chance(random, 3, 4) ? 0 : shire_random_between(random, 1, 5);
    case 2: /* ties everywhere */
        return shire_random_between(random, 1, 2);
    case 3: /* huge: some sums leave 64 bits */
        return (int64_t)(shire_random_next(random) >> shire_random_between(random, 1, 6));
    case 4: /* both signs */
        return shire_random_between(random, -1000, 1000);
    case 5: /* all credits */
        return -shire_random_between(random, 0, INT64_C(1000000000));
    case 6: /* huge, both signs */
        return (int64_t)shire_random_next(random) >> shire_random_between(random, 0, 6);
    default: /* mostly positive with a few credits */
        return shire_random_between(random, -50, INT64_C(1000000));
    }
}

static int128 floor_divide(int128 numerator, int128 divisor) {
    int128 quotient = numerator / divisor;
    return quotient - (numerator % divisor != 0 && (numerator < 0) != (divisor < 0));
}

static bool fits(int128 value) {
    return value >= INT64_MIN && value <= INT64_MAX;
}

static int128 magnitude(int128 value) {
    return value < 0 ? -value : value;
}

static int128 sum_of(const int64_t *values, size_t count) {
    int128 sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += values[i];
    }
    return sum;
}

/* What shire_money_split must answer. */
static shire_status reference_split(int64_t total, const int64_t *weights, size_t count,
                                    int64_t *parts_out) {
    const int128 divisor = sum_of(weights, count);
    if (divisor == 0 || !fits(divisor)) {
        return divisor == 0 ? SHIRE_INVALID : SHIRE_OVERFLOW;
    }
    int128 floors[SHARES_MAX];
    int128 above[SHARES_MAX]; /* what the exact share has above its floor, times |divisor| */
    int128 unplaced = magnitude(total);
    for (size_t i = 0; i < count; i++) {
        int128 product = magnitude(total) * weights[i];
        floors[i] = floor_divide(product, divisor);
        above[i] = magnitude(product - floors[i] * divisor);
        unplaced -= floors[i];
    }
    for (size_t i = 0; i < count; i++) {
        int128 rank = 0; /* how many are rounded up before this one */
        for (size_t j = 0; j < count; j++) {
            rank += above[j] > above[i] || (above[j] == above[i] && j < i);
        }
        int128 part = floors[i] + (rank < unplaced);
        part = total < 0 ? -part : part;
        if (!fits(part)) {
            return SHIRE_OVERFLOW;
        }
        parts_out[i] = (int64_t)part;
    }
    return SHIRE_OK;
}

/* What shire_money_split_running must answer. */
static shire_status reference_running(int64_t total, const int64_t *weights, size_t count,
                                      int64_t *parts_out) {
    const int128 divisor = sum_of(weights, count);
    if (divisor == 0 || !fits(divisor)) {
        return divisor == 0 ? SHIRE_INVALID : SHIRE_OVERFLOW;
    }
    int128 running = 0;
    int128 floor_before = 0;
    for (size_t i = 0; i < count; i++) {
        running += weights[i];
        if (!fits(running)) {
            return SHIRE_OVERFLOW;
        }
        int128 floor = floor_divide(magnitude(total) * running, divisor);
        int128 part = total < 0 ? floor_before - floor : floor - floor_before;
        if (!fits(part)) {
            return SHIRE_OVERFLOW;
        }
        parts_out[i] = (int64_t)part;
        floor_before = floor;
    }
    return SHIRE_OK;
}

/* A condition without cmocka's cost a call: this runs some fifty million times. */
#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fail_msg("split %zu: %s", split_no, #condition);                                       \
        }                                                                                          \
    } while (0)

typedef shire_status (*split_function)(shire_money total, const int64_t *weights,
                                       size_t share_count, shire_money *parts_out,
                                       shire_error *error);
typedef shire_status (*reference_function)(int64_t total, const int64_t *weights, size_t count,
                                           int64_t *parts_out);

static void check_parts(size_t split_no, int64_t total, const int64_t *weights, size_t count,
                        const int64_t *parts) {
    const int128 divisor = sum_of(weights, count);
    MUST(sum_of(parts, count) == total);
    for (size_t i = 0; i < count; i++) {
        int128 distance = parts[i] * divisor - (int128)total * weights[i];
        MUST(magnitude(distance) < magnitude(divisor));
    }
}

static void check_reversal(size_t split_no, split_function split, int64_t total,
                           const int64_t *weights, size_t count, const int64_t *parts) {
    int64_t reversed[SHARES_MAX];
    if (total == INT64_MIN) {
        return; /* has no negative */
    }
    shire_status status = split(-total, weights, count, reversed, NULL);
    if (status == SHIRE_OVERFLOW) {
        /* Only where a part itself has no negative. */
        bool any_minimum = false;
        for (size_t i = 0; i < count; i++) {
            any_minimum = any_minimum || parts[i] == INT64_MIN;
        }
        MUST(any_minimum);
        return;
    }
    MUST(status == SHIRE_OK);
    for (size_t i = 0; i < count; i++) {
        MUST((int128)parts[i] + reversed[i] == 0);
    }
}

/* Splits in every drawn case; returns how many were SHIRE_OK, overflowing and summing to zero. */
static void check_form(uint64_t stream, split_function split, reference_function reference,
                       size_t counts_out[3]) {
    shire_random random = shire_random_seed(20240401, stream);
    for (size_t split_no = 0; split_no < SPLITS; split_no++) {
        int64_t weights[SHARES_MAX];
        int64_t parts[SHARES_MAX];
        int64_t expected[SHARES_MAX];
        size_t count = 1 + shire_random_below(&random, shire_random_chance(&random, 1, 8) ? 24 : 8);
        int64_t total = draw_total(&random);
        uint64_t kind = shire_random_below(&random, 8);
        for (size_t i = 0; i < count; i++) {
            weights[i] = draw_weight(&random, kind);
            parts[i] = UNTOUCHED;
        }
        shire_status wanted = reference(total, weights, count, expected);
        shire_status status = split(total, weights, count, parts, NULL);
        MUST(status == wanted);
        if (status != SHIRE_OK) {
            counts_out[status == SHIRE_OVERFLOW ? 1 : 2]++;
            for (size_t i = 0; i < count; i++) {
                MUST(parts[i] == UNTOUCHED);
            }
            continue;
        }
        counts_out[0]++;
        MUST(memcmp(parts, expected, count * sizeof parts[0]) == 0);
        check_parts(split_no, total, weights, count, parts);
        check_reversal(split_no, split, total, weights, count, parts);
    }
}

static void largest_remainder_split_is_exact(void **state) {
    (void)state;
    size_t counts[3] = {0};
    check_form(1, shire_money_split, reference_split, counts);
    /* Every answer was met often enough to mean something. */
    assert_true(counts[0] > SPLITS / 2 && counts[1] > SPLITS / 100 && counts[2] > SPLITS / 100);
}

static void running_split_is_exact(void **state) {
    (void)state;
    size_t counts[3] = {0};
    check_form(2, shire_money_split_running, reference_running, counts);
    assert_true(counts[0] > SPLITS / 2 && counts[1] > SPLITS / 100 && counts[2] > SPLITS / 100);
}

static void printed_decimals_read_back(void **state) {
    (void)state;
    shire_random random = shire_random_seed(20240401, 4);
    for (size_t split_no = 0; split_no < SPLITS; split_no++) {
        char text[24];
        int64_t back;
        bool rounded = true;
        int64_t value = draw_total(&random);
        int decimals = (int)shire_random_below(&random, 7);
        size_t length = shire_decimal_format(value, decimals, text);
        MUST(length < sizeof text && text[length] == '\0');
        MUST(shire_decimal_parse((shire_span){text, length}, &back, &rounded) == SHIRE_OK);
        MUST(back == value && !rounded);
    }
}

static void products_are_rounded_half_to_even(void **state) {
    (void)state;
    shire_random random = shire_random_seed(20240401, 5);
    for (size_t split_no = 0; split_no < SPLITS; split_no++) {
        int64_t a = draw_total(&random);
        int64_t b = draw_total(&random) >> shire_random_below(&random, 63);
        int64_t product = UNTOUCHED;
        int128 exact = (int128)a * b;
        int128 twice_above = 2 * (exact - floor_divide(exact, SHIRE_MILLION) * SHIRE_MILLION);
        int128 rounded = floor_divide(exact, SHIRE_MILLION);
        if (twice_above > SHIRE_MILLION || (twice_above == SHIRE_MILLION && rounded % 2 != 0)) {
            rounded++;
        }
        shire_status status = shire_money_multiply(a, b, &product);
        MUST(status == (fits(rounded) ? SHIRE_OK : SHIRE_OVERFLOW));
        MUST(product == (fits(rounded) ? rounded : UNTOUCHED));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(largest_remainder_split_is_exact),
        cmocka_unit_test(running_split_is_exact),
        cmocka_unit_test(printed_decimals_read_back),
        cmocka_unit_test(products_are_rounded_half_to_even),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
