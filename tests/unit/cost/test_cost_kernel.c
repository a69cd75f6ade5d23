/* The split of activity lines over items, against the running total done naively in 128 bits. */
#include "core/arena.h"
#include "core/parallel.h"
#include "core/random.h"
#include "cost/cost_kernel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

__extension__ typedef __int128 wide;

typedef struct spread_case {
    size_t item_count;
    size_t line_count;
    int32_t *lines;
    int64_t *weights;
    shire_money *totals;
    shire_money *parts;
    shire_money *expected;
    int64_t *weight_totals;
} spread_case;

static void *array_of(size_t count, size_t size) {
    void *memory = calloc(count + 1, size);
    assert_non_null(memory);
    return memory;
}

static spread_case fixture_new(size_t item_count, size_t line_count) {
    return (spread_case){
        .item_count = item_count,
        .line_count = line_count,
        .lines = array_of(item_count, sizeof(int32_t)),
        .weights = array_of(item_count, sizeof(int64_t)),
        .totals = array_of(line_count, sizeof(shire_money)),
        .parts = array_of(item_count, sizeof(shire_money)),
        .expected = array_of(item_count, sizeof(shire_money)),
        .weight_totals = array_of(line_count, sizeof(int64_t)),
    };
}

static void fixture_free(spread_case *fixture) {
    free(fixture->lines);
    free(fixture->weights);
    free(fixture->totals);
    free(fixture->parts);
    free(fixture->expected);
    free(fixture->weight_totals);
}

static shire_status spread(spread_case *fixture, int thread_count, shire_money *parts_out) {
    shire_cost_spread_input input = {.lines = fixture->lines,
                                     .weights = fixture->weights,
                                     .item_count = fixture->item_count,
                                     .totals = fixture->totals,
                                     .line_count = fixture->line_count};
    void *scratch = aligned_alloc(64, shire_cost_spread_scratch_bytes(
                                          fixture->item_count, fixture->line_count, thread_count));
    assert_non_null(scratch);
    shire_status status =
        shire_cost_spread(&input, thread_count, scratch, fixture->weight_totals, parts_out, NULL);
    free(scratch);
    return status;
}

static wide floor_divide(wide numerator, wide denominator) {
    wide quotient = numerator / denominator;
    return quotient * denominator > numerator ? quotient - 1 : quotient;
}

/* The definition itself, line by line. */
static void spread_naively(const spread_case *fixture, shire_money *parts) {
    for (size_t line = 0; line < fixture->line_count; line++) {
        wide weight_total = 0;
        for (size_t i = 0; i < fixture->item_count; i++) {
            weight_total += fixture->lines[i] == (int32_t)line ? fixture->weights[i] : 0;
        }
        wide total = fixture->totals[line];
        wide sign = total < 0 ? -1 : 1;
        wide turn = weight_total < 0 ? -1 : 1;
        wide running = 0;
        wide before = 0;
        for (size_t i = 0; i < fixture->item_count; i++) {
            if (fixture->lines[i] != (int32_t)line) {
                continue;
            }
            parts[i] = 0;
            if (weight_total != 0) {
                running += turn * fixture->weights[i];
                wide reached = floor_divide(total * sign * running, weight_total * turn);
                parts[i] = (shire_money)(sign * (reached - before));
                before = reached;
            }
        }
    }
}

static void fill(spread_case *fixture, shire_random *random, int64_t weight_low,
                 int64_t weight_high, int64_t total_low, int64_t total_high) {
    for (size_t i = 0; i < fixture->item_count; i++) {
        fixture->lines[i] = (int32_t)shire_random_below(random, fixture->line_count);
        fixture->weights[i] = shire_random_between(random, weight_low, weight_high);
    }
    for (size_t line = 0; line < fixture->line_count; line++) {
        fixture->totals[line] = shire_random_between(random, total_low, total_high);
    }
}

static void assert_agrees(spread_case *fixture) {
    assert_int_equal(spread(fixture, 2, fixture->parts), SHIRE_OK);
    spread_naively(fixture, fixture->expected);
    assert_memory_equal(fixture->parts, fixture->expected,
                        fixture->item_count * sizeof(shire_money));
}

static void random_lines_agree_with_the_definition(void **state) {
    (void)state;
    shire_random random = shire_random_seed(1, 0);
    for (int round = 0; round < 2000; round++) {
        spread_case fixture =
            fixture_new(1 + shire_random_below(&random, 60), 1 + shire_random_below(&random, 5));
        int64_t weight_high = (int64_t)(shire_random_next(&random) >> (8 + round % 50));
        int64_t total_high = (int64_t)(shire_random_next(&random) >> (1 + round % 60));
        fill(&fixture, &random, 0, weight_high, round % 2 == 0 ? 0 : -total_high, total_high);
        assert_agrees(&fixture);
        fixture_free(&fixture);
    }
}

static void negative_weights_agree_with_the_definition(void **state) {
    (void)state;
    shire_random random = shire_random_seed(2, 0);
    int agreed = 0;
    for (int round = 0; round < 2000; round++) {
        spread_case fixture =
            fixture_new(1 + shire_random_below(&random, 30), 1 + shire_random_below(&random, 3));
        int64_t weight_high = (int64_t)(shire_random_next(&random) >> (40 + round % 20));
        fill(&fixture, &random, -weight_high, weight_high, -1000000000, 1000000000);
        if (spread(&fixture, 1, fixture.parts) == SHIRE_OK) {
            assert_agrees(&fixture);
            agreed++;
        }
        fixture_free(&fixture);
    }
    assert_in_range(agreed, 1500, 2000);
}

static void largest_numbers_agree_with_the_definition(void **state) {
    (void)state;
    spread_case fixture = fixture_new(4, 1);
    int64_t weights[] = {SHIRE_COST_WEIGHT_LIMIT - 4, 1, 0, 2};
    memcpy(fixture.weights, weights, sizeof(weights));
    shire_money totals[] = {INT64_MAX, INT64_MAX - 1, -INT64_MAX, 1, -1, 0};
    for (size_t i = 0; i < sizeof(totals) / sizeof(*totals); i++) {
        fixture.totals[0] = totals[i];
        assert_agrees(&fixture);
    }
    fixture_free(&fixture);
}

static void parts_sum_to_the_total_of_each_line(void **state) {
    (void)state;
    shire_random random = shire_random_seed(3, 0);
    spread_case fixture = fixture_new(400000, 1000);
    fill(&fixture, &random, 0, 5000000, -9000000000000, 9000000000000);
    assert_int_equal(spread(&fixture, 2, fixture.parts), SHIRE_OK);
    int64_t *sums = array_of(fixture.line_count, sizeof(int64_t));
    for (size_t i = 0; i < fixture.item_count; i++) {
        sums[fixture.lines[i]] += fixture.parts[i];
    }
    assert_memory_equal(sums, fixture.totals, fixture.line_count * sizeof(int64_t));
    free(sums);
    fixture_free(&fixture);
}

static void thread_counts_give_the_same_parts(void **state) {
    (void)state;
    shire_random random = shire_random_seed(4, 0);
    spread_case fixture = fixture_new(300000, 77);
    fill(&fixture, &random, 0, 50000000, 0, 9000000000000);
    assert_int_equal(spread(&fixture, 1, fixture.parts), SHIRE_OK);
    for (int thread_count = 2; thread_count <= 5; thread_count++) {
        assert_int_equal(spread(&fixture, thread_count, fixture.expected), SHIRE_OK);
        assert_memory_equal(fixture.parts, fixture.expected,
                            fixture.item_count * sizeof(shire_money));
    }
    fixture_free(&fixture);
}

static void partitions_of_any_size_give_the_same_parts(void **state) {
    (void)state;
    shire_random random = shire_random_seed(5, 0);
    for (int round = 0; round < 200; round++) {
        spread_case fixture = fixture_new(500, 7);
        fill(&fixture, &random, round % 3 == 0 ? -20 : 0, 1000, -1000000, 1000000000);
        assert_int_equal(spread(&fixture, 1, fixture.expected), SHIRE_OK);
        shire_cost_line lines[7];
        for (size_t line = 0; line < 7; line++) {
            lines[line] =
                shire_cost_line_prepare(fixture.totals[line], fixture.weight_totals[line]);
        }
        for (size_t first = 0; first < fixture.item_count;) {
            size_t count = 1 + shire_random_below(&random, fixture.item_count - first);
            assert_true(shire_cost_spread_stretch(lines, fixture.lines + first,
                                                  fixture.weights + first, count, true,
                                                  fixture.parts + first));
            first += count;
        }
        assert_memory_equal(fixture.parts, fixture.expected,
                            fixture.item_count * sizeof(shire_money));
        fixture_free(&fixture);
    }
}

static void reversed_totals_give_negated_parts(void **state) {
    (void)state;
    shire_random random = shire_random_seed(6, 0);
    spread_case fixture = fixture_new(100000, 50);
    fill(&fixture, &random, 0, 1000, 0, 9000000000);
    assert_int_equal(spread(&fixture, 2, fixture.parts), SHIRE_OK);
    for (size_t line = 0; line < fixture.line_count; line++) {
        fixture.totals[line] = -fixture.totals[line];
    }
    assert_int_equal(spread(&fixture, 2, fixture.expected), SHIRE_OK);
    for (size_t i = 0; i < fixture.item_count; i++) {
        assert_int_equal(fixture.parts[i], -fixture.expected[i]);
    }
    fixture_free(&fixture);
}

static void amounts_as_weights_of_their_own_sum_come_back(void **state) {
    (void)state;
    spread_case fixture = fixture_new(5, 1);
    int64_t weights[] = {3680000, -19650000, 560000000, 1, 0};
    memcpy(fixture.weights, weights, sizeof(weights));
    fixture.totals[0] = 3680000 - 19650000 + 560000000 + 1;
    assert_int_equal(spread(&fixture, 1, fixture.parts), SHIRE_OK);
    assert_memory_equal(fixture.parts, weights, sizeof(weights));
    fixture_free(&fixture);
}

static void weights_that_sum_to_zero_give_nothing(void **state) {
    (void)state;
    spread_case fixture = fixture_new(3, 1);
    int64_t weights[] = {5, -8, 3};
    memcpy(fixture.weights, weights, sizeof(weights));
    fixture.totals[0] = 1000;
    assert_int_equal(spread(&fixture, 1, fixture.parts), SHIRE_OK);
    assert_int_equal(fixture.weight_totals[0], 0);
    assert_int_equal(fixture.parts[0] | fixture.parts[1] | fixture.parts[2], 0);
    fixture_free(&fixture);
}

static void weights_beyond_the_limit_are_refused(void **state) {
    (void)state;
    spread_case fixture = fixture_new(2, 1);
    fixture.weights[0] = fixture.weights[1] = SHIRE_COST_WEIGHT_LIMIT / 2;
    assert_int_equal(spread(&fixture, 1, fixture.parts), SHIRE_OVERFLOW);
    fixture.weights[0] = fixture.weights[1] = INT64_MAX - 1;
    assert_int_equal(spread(&fixture, 1, fixture.parts), SHIRE_OVERFLOW);
    fixture_free(&fixture);
}

static void parts_beyond_the_range_are_refused(void **state) {
    (void)state;
    spread_case fixture = fixture_new(2, 1);
    fixture.weights[0] = 1000000000000;
    fixture.weights[1] = -999999999999;
    fixture.totals[0] = 1000000000000;
    assert_int_equal(spread(&fixture, 1, fixture.parts), SHIRE_OVERFLOW);
    fixture_free(&fixture);
}

static void no_items_and_no_lines_are_no_work(void **state) {
    (void)state;
    spread_case fixture = fixture_new(0, 0);
    assert_int_equal(spread(&fixture, 2, fixture.parts), SHIRE_OK);
    fixture_free(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_lines_agree_with_the_definition),
        cmocka_unit_test(negative_weights_agree_with_the_definition),
        cmocka_unit_test(largest_numbers_agree_with_the_definition),
        cmocka_unit_test(parts_sum_to_the_total_of_each_line),
        cmocka_unit_test(thread_counts_give_the_same_parts),
        cmocka_unit_test(partitions_of_any_size_give_the_same_parts),
        cmocka_unit_test(reversed_totals_give_negated_parts),
        cmocka_unit_test(amounts_as_weights_of_their_own_sum_come_back),
        cmocka_unit_test(weights_that_sum_to_zero_give_nothing),
        cmocka_unit_test(weights_beyond_the_limit_are_refused),
        cmocka_unit_test(parts_beyond_the_range_are_refused),
        cmocka_unit_test(no_items_and_no_lines_are_no_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
