/*
 * The spread of support costs against a naive exact reference: x = d + A'x solved by Gaussian
 * elimination over fractions, each part the largest-remainder split of the exact quotients.
 */
#include "core/random.h"
#include "cost/support_kernel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define POOLS_MAX 8
#define SHARES_MAX (POOLS_MAX * POOLS_MAX)

__extension__ typedef __int128 wide;

/* ---- fractions ---- */

typedef struct fraction {
    wide top;
    wide bottom; /* positive */
} fraction;

static bool fraction_overflowed;

static fraction fraction_of(wide top, wide bottom) {
    wide a = top < 0 ? -top : top;
    wide b = bottom < 0 ? -bottom : bottom;
    while (b != 0) {
        wide rest = a % b;
        a = b;
        b = rest;
    }
    wide sign = bottom < 0 ? -1 : 1;
    fraction made = {.top = sign * top / a, .bottom = sign * bottom / a};
    wide limit = (wide)1 << 60;
    fraction_overflowed |= made.top > limit || made.top < -limit || made.bottom > limit;
    return made;
}

static fraction fraction_multiply(fraction a, fraction b) {
    return fraction_of(a.top * b.top, a.bottom * b.bottom);
}

static fraction fraction_divide(fraction a, fraction b) {
    return fraction_of(a.top * b.bottom, a.bottom * b.top);
}

static fraction fraction_subtract(fraction a, fraction b) {
    return fraction_of(a.top * b.bottom - b.top * a.bottom, a.bottom * b.bottom);
}

/* ---- a model and its naive solution ---- */

typedef struct support_model {
    shire_support_input input;
    shire_money own_costs[POOLS_MAX];
    shire_support_giver givers[POOLS_MAX];
    int32_t share_pools[SHARES_MAX];
    int64_t share_quantities[SHARES_MAX];
    size_t share_count;
    shire_money flows[POOLS_MAX * POOLS_MAX];
    shire_support_problem problems[POOLS_MAX];
} support_model;

static void model_begin(support_model *model, shire_support_method method, size_t pool_count) {
    memset(model, 0, sizeof(*model));
    model->input = (shire_support_input){.method = method,
                                         .own_costs = model->own_costs,
                                         .pool_count = pool_count,
                                         .givers = model->givers,
                                         .share_pools = model->share_pools,
                                         .share_quantities = model->share_quantities};
}

static void model_add_giver(support_model *model, int32_t pool, int32_t step, int32_t fallback) {
    model->givers[model->input.giver_count++] = (shire_support_giver){
        .pool = pool, .step = step, .fallback = fallback, .first_share = model->share_count};
}

static void model_add_share(support_model *model, int32_t pool, int64_t quantity) {
    model->share_pools[model->share_count] = pool;
    model->share_quantities[model->share_count++] = quantity;
    model->givers[model->input.giver_count - 1].share_count++;
}

static shire_status model_spread(support_model *model) {
    void *scratch = aligned_alloc(
        64, shire_support_scratch_bytes(model->input.pool_count, model->input.giver_count) + 64);
    assert_non_null(scratch);
    shire_status status =
        shire_support_spread(&model->input, scratch, model->flows, model->problems, NULL);
    free(scratch);
    return status;
}

/* fractions[g][pool]: what giver g passes on directly, by the method's rule; false: sums to 0. */
static bool share_naively(const support_model *model, fraction shares[POOLS_MAX][POOLS_MAX]) {
    int32_t giver_of_pool[POOLS_MAX];
    memset(giver_of_pool, 0xff, sizeof(giver_of_pool));
    for (size_t g = 0; g < model->input.giver_count; g++) {
        giver_of_pool[model->givers[g].pool] = (int32_t)g;
    }
    for (size_t g = 0; g < model->input.giver_count; g++) {
        wide quantities[POOLS_MAX] = {0};
        wide sum = 0;
        const shire_support_giver *giver = &model->givers[g];
        for (size_t i = 0; i < giver->share_count; i++) {
            int32_t pool = model->share_pools[giver->first_share + i];
            if (shire_support_may_give(&model->input, giver_of_pool, g, pool)) {
                quantities[pool] += model->share_quantities[giver->first_share + i];
                sum += model->share_quantities[giver->first_share + i];
            }
        }
        if (sum == 0) {
            return false;
        }
        for (size_t pool = 0; pool < model->input.pool_count; pool++) {
            shares[g][pool] = fraction_of(quantities[pool], sum);
        }
    }
    return true;
}

/* What passes through each giver when giver `origin` has one pound of its own; false: singular. */
static bool solve_naively(const support_model *model, fraction shares[POOLS_MAX][POOLS_MAX],
                          size_t origin, fraction through[POOLS_MAX]) {
    size_t n = model->input.giver_count;
    fraction matrix[POOLS_MAX][POOLS_MAX + 1];
    for (size_t row = 0; row < n; row++) {
        for (size_t column = 0; column < n; column++) {
            matrix[row][column] = fraction_subtract(fraction_of(row == column, 1),
                                                    shares[column][model->givers[row].pool]);
        }
        matrix[row][n] = fraction_of(row == origin, 1);
    }
    for (size_t column = 0; column < n; column++) {
        size_t pivot = column;
        while (pivot < n && matrix[pivot][column].top == 0) {
            pivot++;
        }
        if (pivot == n) {
            return false;
        }
        for (size_t k = 0; k <= n; k++) {
            fraction kept = matrix[pivot][k];
            matrix[pivot][k] = matrix[column][k];
            matrix[column][k] = kept;
        }
        for (size_t row = 0; row < n; row++) {
            fraction factor = fraction_divide(matrix[row][column], matrix[column][column]);
            for (size_t k = 0; k <= n && row != column; k++) {
                matrix[row][k] =
                    fraction_subtract(matrix[row][k], fraction_multiply(factor, matrix[column][k]));
            }
        }
    }
    for (size_t row = 0; row < n; row++) {
        through[row] = fraction_divide(matrix[row][n], matrix[row][row]);
    }
    return true;
}

/* The largest-remainder split of `own` over exact quotients own * reach, ties to the lower pool. */
static void split_naively(shire_money own, const fraction *reach, size_t pool_count,
                          shire_money *parts) {
    wide amount = own < 0 ? -(wide)own : own;
    fraction left[POOLS_MAX];
    wide placed = 0;
    for (size_t pool = 0; pool < pool_count; pool++) {
        wide product = amount * reach[pool].top;
        wide part = product / reach[pool].bottom;
        part -= part * reach[pool].bottom > product;
        left[pool] = fraction_of(product - part * reach[pool].bottom, reach[pool].bottom);
        parts[pool] = (shire_money)part;
        placed += part;
    }
    for (; placed < amount; placed++) {
        size_t best = 0;
        for (size_t pool = 1; pool < pool_count; pool++) {
            best = left[pool].top * left[best].bottom > left[best].top * left[pool].bottom ? pool
                                                                                           : best;
        }
        left[best] = fraction_of(-1, 1);
        parts[best]++;
    }
    for (size_t pool = 0; pool < pool_count && own < 0; pool++) {
        parts[pool] = -parts[pool];
    }
}

/* False where the reference cannot say: no driver, singular, or too large for its fractions. */
static bool spread_naively(const support_model *model, shire_money *flows) {
    fraction shares[POOLS_MAX][POOLS_MAX];
    size_t pool_count = model->input.pool_count;
    fraction_overflowed = false;
    memset(flows, 0, sizeof(model->flows));
    if (!share_naively(model, shares)) {
        return false;
    }
    for (size_t origin = 0; origin < model->input.giver_count; origin++) {
        fraction through[POOLS_MAX];
        fraction reach[POOLS_MAX];
        if (!solve_naively(model, shares, origin, through)) {
            return false;
        }
        for (size_t pool = 0; pool < pool_count; pool++) {
            reach[pool] = fraction_of(0, 1);
            for (size_t g = 0; g < model->input.giver_count; g++) {
                fraction less = fraction_multiply(through[g], shares[g][pool]);
                less.top = -less.top;
                reach[pool] = fraction_subtract(reach[pool], less);
            }
        }
        for (size_t g = 0; g < model->input.giver_count; g++) {
            reach[model->givers[g].pool] = fraction_of(0, 1);
        }
        if (fraction_overflowed) {
            return false;
        }
        split_naively(model->own_costs[model->givers[origin].pool], reach, pool_count,
                      flows + origin * pool_count);
    }
    return !fraction_overflowed;
}

static void make_random_model(support_model *model, shire_random *random, int64_t quantity_low,
                              int64_t quantity_high) {
    size_t pool_count = 2 + shire_random_below(random, POOLS_MAX - 1);
    size_t giver_count = 1 + shire_random_below(random, pool_count > 4 ? 4 : pool_count - 1);
    model_begin(model, (shire_support_method)shire_random_below(random, 3), pool_count);
    for (size_t pool = 0; pool < pool_count; pool++) {
        model->own_costs[pool] = shire_random_between(random, -100000000, 100000000);
        if (shire_random_chance(random, 1, 6)) {
            model->own_costs[pool] = 0;
        }
    }
    for (size_t g = 0; g < giver_count; g++) {
        model_add_giver(model, (int32_t)(pool_count - 1 - g),
                        (int32_t)shire_random_below(random, 3), -1);
        for (size_t pool = 0; pool < pool_count; pool++) {
            if (shire_random_chance(random, 2, 3)) {
                model_add_share(model, (int32_t)pool,
                                shire_random_between(random, quantity_low, quantity_high));
            }
        }
    }
}

static void assert_rows_sum_to_own_costs(const support_model *model) {
    for (size_t g = 0; g < model->input.giver_count; g++) {
        shire_money sum = 0;
        for (size_t pool = 0; pool < model->input.pool_count; pool++) {
            sum += model->flows[g * model->input.pool_count + pool];
        }
        assert_int_equal(sum, model->own_costs[model->givers[g].pool]);
    }
}

static void compare_random_models(uint64_t seed, int64_t quantity_low, int64_t quantity_high,
                                  int least_compared) {
    shire_random random = shire_random_seed(seed, 0);
    int compared = 0;
    for (int round = 0; round < 4000; round++) {
        support_model model;
        shire_money expected[POOLS_MAX * POOLS_MAX];
        make_random_model(&model, &random, quantity_low, quantity_high);
        shire_status status = model_spread(&model);
        if (status == SHIRE_OK) {
            assert_rows_sum_to_own_costs(&model);
        }
        if (spread_naively(&model, expected)) {
            assert_int_equal(status, SHIRE_OK);
            assert_memory_equal(model.flows, expected,
                                model.input.giver_count * model.input.pool_count *
                                    sizeof(shire_money));
            compared++;
        }
    }
    assert_in_range(compared, least_compared, 4000);
}

static void random_models_agree_with_the_reference(void **state) {
    (void)state;
    compare_random_models(1, 0, 9, 2000);
}

static void models_with_negative_quantities_agree_with_the_reference(void **state) {
    (void)state;
    compare_random_models(2, -3, 9, 2000);
}

static void models_with_large_quantities_keep_every_micropound(void **state) {
    (void)state;
    shire_random random = shire_random_seed(3, 0);
    int solved = 0;
    for (int round = 0; round < 2000; round++) {
        support_model model;
        make_random_model(&model, &random, 1, INT64_C(900000000000000));
        if (model_spread(&model) == SHIRE_OK) {
            assert_rows_sum_to_own_costs(&model);
            solved++;
        }
        for (size_t g = 0; g < model.input.giver_count; g++) {
            assert_int_not_equal(model.problems[g], SHIRE_SUPPORT_CANCELS);
        }
    }
    assert_in_range(solved, 1000, 2000);
}

/* A ring of three that passes almost everything on: eight digits of quantity, 1 in 10^8 leaves. */
static void nearly_closed_rings_are_solved(void **state) {
    (void)state;
    support_model model;
    model_begin(&model, SHIRE_SUPPORT_RECIPROCAL, 5);
    for (int32_t pool = 0; pool < 3; pool++) {
        model.own_costs[pool] = 1000000;
        model_add_giver(&model, pool, 0, -1);
        model_add_share(&model, (pool + 1) % 3, 99999999);
        model_add_share(&model, 3 + pool % 2, 1);
    }
    assert_int_equal(model_spread(&model), SHIRE_OK);
    assert_rows_sum_to_own_costs(&model);
    for (size_t g = 0; g < 3; g++) {
        assert_in_range(model.flows[g * 5 + 3], 666666, 666667);
        assert_in_range(model.flows[g * 5 + 4], 333333, 333334);
    }
}

static void step_down_gives_nothing_back(void **state) {
    (void)state;
    support_model model;
    model_begin(&model, SHIRE_SUPPORT_STEP_DOWN, 4);
    model.own_costs[0] = 100;
    model.own_costs[1] = 50;
    model_add_giver(&model, 0, 1, -1);
    model_add_share(&model, 1, 1);
    model_add_share(&model, 2, 1);
    model_add_giver(&model, 1, 2, -1);
    model_add_share(&model, 0, 90);
    model_add_share(&model, 2, 1);
    model_add_share(&model, 3, 3);
    assert_int_equal(model_spread(&model), SHIRE_OK);
    const shire_money expected[] = {0, 0, 63, 37, 0, 0, 13, 37};
    assert_memory_equal(model.flows, expected, sizeof(expected));
}

static void direct_gives_to_keeping_pools_only(void **state) {
    (void)state;
    support_model model;
    model_begin(&model, SHIRE_SUPPORT_DIRECT, 4);
    model.own_costs[0] = 100;
    model_add_giver(&model, 0, 0, -1);
    model_add_share(&model, 1, 97);
    model_add_share(&model, 2, 2);
    model_add_share(&model, 3, 3);
    model_add_giver(&model, 1, 0, -1);
    model_add_share(&model, 3, 1);
    assert_int_equal(model_spread(&model), SHIRE_OK);
    const shire_money expected[] = {0, 0, 40, 60, 0, 0, 0, 0};
    assert_memory_equal(model.flows, expected, sizeof(expected));
}

static void closed_loops_are_named_and_fallbacks_open_them(void **state) {
    (void)state;
    for (int with_fallback = 0; with_fallback < 2; with_fallback++) {
        support_model model;
        model_begin(&model, SHIRE_SUPPORT_RECIPROCAL, 4);
        model.own_costs[0] = 100;
        model_add_giver(&model, 0, 0, -1);
        model_add_share(&model, 1, 1);
        model_add_giver(&model, 1, 0, with_fallback ? 3 : -1);
        model_add_share(&model, 0, 1);
        model_add_giver(&model, 2, 0, -1);
        model_add_share(&model, 3, 1);
        if (with_fallback) {
            assert_int_equal(model_spread(&model), SHIRE_OK);
            assert_int_equal(model.flows[3], 100);
        } else {
            assert_int_equal(model_spread(&model), SHIRE_INVALID);
            assert_int_equal(model.problems[0], SHIRE_SUPPORT_LOOP);
            assert_int_equal(model.problems[1], SHIRE_SUPPORT_LOOP);
            assert_int_equal(model.problems[2], SHIRE_SUPPORT_FINE);
        }
    }
}

static void drivers_without_quantity_are_named_only_where_there_is_cost(void **state) {
    (void)state;
    for (shire_money cost = 0; cost < 2; cost++) {
        support_model model;
        model_begin(&model, SHIRE_SUPPORT_DIRECT, 2);
        model.own_costs[0] = cost;
        model_add_giver(&model, 0, 0, -1);
        model_add_share(&model, 1, 0);
        assert_int_equal(model_spread(&model), cost == 0 ? SHIRE_OK : SHIRE_INVALID);
        assert_int_equal(model.problems[0],
                         cost == 0 ? SHIRE_SUPPORT_FINE : SHIRE_SUPPORT_NO_QUANTITY);
    }
}

static void drivers_that_cancel_go_to_the_fallback(void **state) {
    (void)state;
    support_model model;
    model_begin(&model, SHIRE_SUPPORT_DIRECT, 3);
    model.own_costs[0] = -77;
    model_add_giver(&model, 0, 0, 2);
    model_add_share(&model, 1, 5);
    model_add_share(&model, 2, -5);
    assert_int_equal(model_spread(&model), SHIRE_OK);
    assert_int_equal(model.flows[1], 0);
    assert_int_equal(model.flows[2], -77);
}

static void reversed_costs_give_negated_flows(void **state) {
    (void)state;
    shire_random random = shire_random_seed(4, 0);
    for (int round = 0; round < 500; round++) {
        support_model model;
        shire_money flows[POOLS_MAX * POOLS_MAX];
        make_random_model(&model, &random, -2, 1000);
        if (model_spread(&model) != SHIRE_OK) {
            continue;
        }
        memcpy(flows, model.flows, sizeof(flows));
        for (size_t pool = 0; pool < POOLS_MAX; pool++) {
            model.own_costs[pool] = -model.own_costs[pool];
        }
        assert_int_equal(model_spread(&model), SHIRE_OK);
        for (size_t i = 0; i < model.input.giver_count * model.input.pool_count; i++) {
            assert_int_equal(model.flows[i], -flows[i]);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_models_agree_with_the_reference),
        cmocka_unit_test(models_with_negative_quantities_agree_with_the_reference),
        cmocka_unit_test(models_with_large_quantities_keep_every_micropound),
        cmocka_unit_test(nearly_closed_rings_are_solved),
        cmocka_unit_test(step_down_gives_nothing_back),
        cmocka_unit_test(direct_gives_to_keeping_pools_only),
        cmocka_unit_test(closed_loops_are_named_and_fallbacks_open_them),
        cmocka_unit_test(drivers_without_quantity_are_named_only_where_there_is_cost),
        cmocka_unit_test(drivers_that_cancel_go_to_the_fallback),
        cmocka_unit_test(reversed_costs_give_negated_flows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
