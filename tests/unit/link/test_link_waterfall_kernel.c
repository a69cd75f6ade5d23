/* The parts of a weight against the odds worked out by hand and, over random models, from the
 * products of chances that the model stands for. */
#include "link/link_waterfall_kernel.h"

#include "core/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static void assert_near(double a, double b, double apart) {
    if (!(fabs(a - b) <= apart)) {
        fail_msg("%.12f is not %.12f", a, b);
    }
}

static double chance(shire_random *random) {
    return (double)(1 + shire_random_below(random, 9999)) / 10000;
}

static shire_link_model random_model(shire_random *random) {
    shire_link_model model = {.field_count = 1 + shire_random_below(random, 8)};
    double sum = 0;
    for (size_t field = 0; field < model.field_count; field++) {
        model.scopes[field] = (shire_link_scope)shire_random_below(random, 4);
        model.level_counts[field] = 3 + (int)shire_random_below(random, 6);
        for (int kind = 0; kind < SHIRE_LINK_PAIR_KINDS; kind++) {
            for (int level = 1; level < model.level_counts[field]; level++) {
                model.levels[kind][field][level] = chance(random);
            }
        }
    }
    for (int kind = 0; kind < SHIRE_LINK_PAIR_KINDS; kind++) {
        model.priors[kind] = kind == SHIRE_LINK_PAIR_STRANGER ? 1 : chance(random) / 10;
        sum += model.priors[kind];
    }
    for (int kind = 0; kind < SHIRE_LINK_PAIR_KINDS; kind++) {
        model.priors[kind] /= sum;
    }
    return model;
}

/* The odds of a match as the model defines them: products of chances, nothing taken apart. */
static double naive_weight(const shire_link_model *model, const int *levels,
                           const double *rarities) {
    long double products[SHIRE_LINK_PAIR_KINDS];
    for (int kind = 0; kind < SHIRE_LINK_PAIR_KINDS; kind++) {
        products[kind] = (long double)model->priors[kind];
        for (size_t field = 0; field < model->field_count; field++) {
            shire_link_pair_kind source =
                shire_link_model_source(model->scopes[field], (shire_link_pair_kind)kind);
            if (levels[field] != 0) {
                products[kind] *= (long double)model->levels[source][field][levels[field]];
            }
            if (levels[field] == 1 && source != SHIRE_LINK_PAIR_STRANGER) {
                products[kind] *= powl(2, (long double)rarities[field]);
            }
        }
    }
    return (double)log2l((products[SHIRE_LINK_PAIR_SAME] + products[SHIRE_LINK_PAIR_MOVED]) /
                         (products[SHIRE_LINK_PAIR_STRANGER] + products[SHIRE_LINK_PAIR_NEIGHBOUR] +
                          products[SHIRE_LINK_PAIR_RELATIVE]));
}

static void the_parts_sum_to_the_odds_of_the_products(void **state) {
    (void)state;
    shire_random random = shire_random_seed(7, 1);
    for (int round = 0; round < 2000; round++) {
        shire_link_model model = random_model(&random);
        int levels[SHIRE_LINK_FIELDS_MAX] = {0};
        double rarities[SHIRE_LINK_FIELDS_MAX] = {0};
        shire_link_pattern pattern = 0;
        for (size_t field = 0; field < model.field_count; field++) {
            levels[field] = (int)shire_random_below(&random, (uint64_t)model.level_counts[field]);
            rarities[field] = (double)shire_random_between(&random, -40, 80) / 10;
            pattern |= (shire_link_pattern)levels[field] << (4 * field);
        }
        shire_link_waterfall made;
        shire_link_waterfall_make(&model, pattern, rarities, -1, -1, &made);
        double sum = made.prior + made.move + made.others;
        for (size_t field = 0; field < model.field_count; field++) {
            sum += made.fields[field].weight + made.fields[field].rarity;
        }
        assert_near(sum, made.weight, 1e-9);
        assert_near(made.weight, naive_weight(&model, levels, rarities), 1e-9);
        assert_true(made.move >= 0 && made.others <= 0);
    }
}

/* One pair in 1,024 is of one person, and none moved: 2^-10. The name agrees in 1 of 2 against 1 of
 * 64 (5 bits), on a value twice as rare as the mean (1 bit); the date in 1 of 2 against 1 of 4,096
 * (11 bits). Neighbours are as many as strangers and agree as they do: 1 bit less. 6 bits remain.
 */
static void a_small_model_gives_the_weight_worked_out_by_hand(void **state) {
    (void)state;
    shire_link_model model = {.field_count = 2,
                              .scopes = {SHIRE_LINK_SCOPE_PERSON, SHIRE_LINK_SCOPE_BIRTH},
                              .level_counts = {3, 3}};
    model.levels[SHIRE_LINK_PAIR_SAME][0][1] = 0.5;
    model.levels[SHIRE_LINK_PAIR_STRANGER][0][1] = 1.0 / 64;
    model.levels[SHIRE_LINK_PAIR_SAME][1][1] = 0.5;
    model.levels[SHIRE_LINK_PAIR_STRANGER][1][1] = 1.0 / 4096;
    model.priors[SHIRE_LINK_PAIR_SAME] = 0.5 / 1024;
    model.priors[SHIRE_LINK_PAIR_STRANGER] = 0.5;
    model.priors[SHIRE_LINK_PAIR_NEIGHBOUR] = 0.5;
    const double rarities[SHIRE_LINK_FIELDS_MAX] = {1.0, 0.0};
    shire_link_waterfall made;
    shire_link_waterfall_make(&model, 0x11, rarities, -1, -1, &made);
    assert_near(made.prior, -10, 1e-12);
    assert_near(made.fields[0].weight, 5, 1e-12);
    assert_near(made.fields[0].rarity, 1, 1e-12);
    assert_near(made.fields[1].weight, 11, 1e-12);
    assert_near(made.move, 0, 1e-12);
    assert_near(made.others, -1, 1e-12);
    assert_near(made.weight, 6, 1e-12);
    assert_near(shire_link_probability(made.weight), 64.0 / 65, 1e-12);
}

static void names_that_changed_places_count_once(void **state) {
    (void)state;
    shire_random random = shire_random_seed(7, 2);
    shire_link_model model = random_model(&random);
    model.field_count = 2;
    model.level_counts[0] = model.level_counts[1] = SHIRE_LINK_NAME_LEVELS;
    for (int kind = 0; kind < SHIRE_LINK_PAIR_KINDS; kind++) {
        model.levels[kind][0][SHIRE_LINK_NAME_ELSEWHERE] = chance(&random);
        model.levels[kind][1][SHIRE_LINK_NAME_ELSEWHERE] = chance(&random);
    }
    const double rarities[SHIRE_LINK_FIELDS_MAX] = {0};
    const int once[2] = {SHIRE_LINK_NAME_ELSEWHERE, 0};
    shire_link_waterfall made;
    shire_link_waterfall_make(&model, SHIRE_LINK_NAME_ELSEWHERE | SHIRE_LINK_NAME_ELSEWHERE << 4,
                              rarities, 0, 1, &made);
    assert_true(made.fields[1].swapped);
    assert_near(made.weight, naive_weight(&model, once, rarities), 1e-9);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_parts_sum_to_the_odds_of_the_products),
        cmocka_unit_test(a_small_model_gives_the_weight_worked_out_by_hand),
        cmocka_unit_test(names_that_changed_places_count_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
