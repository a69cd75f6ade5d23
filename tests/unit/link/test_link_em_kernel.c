/* The model of a pair: EM against a naive reference, recovery of a known model, kinds of pairs. */
#include "link/link_em_kernel.h"

#include "core/random.h"
#include "link/link_compare_kernel.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define FIELDS 4
#define KINDS SHIRE_LINK_PAIR_KINDS

static const shire_link_scope scopes[FIELDS] = {SHIRE_LINK_SCOPE_PERSON, SHIRE_LINK_SCOPE_FAMILY,
                                                SHIRE_LINK_SCOPE_HOME, SHIRE_LINK_SCOPE_HOME};

static shire_link_model start_model(size_t field_count) {
    shire_link_model model = {.field_count = field_count};
    double random_counts[SHIRE_LINK_FIELDS_MAX][SHIRE_LINK_LEVELS_MAX] = {{0}};
    for (size_t field = 0; field < field_count; field++) {
        model.scopes[field] = scopes[field];
        model.level_counts[field] = 4;
        random_counts[field][1] = 100;
        random_counts[field][2] = 300;
        random_counts[field][3] = 9600;
    }
    shire_link_model_start(&model, (const double(*)[SHIRE_LINK_LEVELS_MAX])random_counts, 1000);
    return model;
}

static void make_patterns(shire_link_pattern_count *patterns, size_t count) {
    shire_random random = shire_random_seed(11, 1);
    for (size_t i = 0; i < count; i++) {
        patterns[i].pattern = 0;
        for (size_t field = 0; field < FIELDS; field++) {
            patterns[i].pattern |= (shire_link_pattern)shire_random_below(&random, 4)
                                   << (4 * field);
        }
        patterns[i].count = (double)(1 + shire_random_below(&random, 50));
    }
}

/* Probability of a pattern and a kind, straight from the definition. */
static double joint(const shire_link_model *model, int kind, shire_link_pattern pattern) {
    double product = model->priors[kind];
    for (size_t field = 0; field < model->field_count; field++) {
        int level = shire_link_pattern_level(pattern, field);
        shire_link_pair_kind source =
            shire_link_model_source(model->scopes[field], (shire_link_pair_kind)kind);
        product *= level == 0 ? 1.0 : model->levels[source][field][level];
    }
    return product;
}

/* One iteration of EM for the levels of SAME, written as the textbook has it. */
static void reference_same_levels(const shire_link_model *model,
                                  const shire_link_pattern_count *patterns, size_t count,
                                  double levels[FIELDS][4], double *same_sum) {
    double counts[FIELDS][4] = {{0}};
    *same_sum = 0;
    for (size_t i = 0; i < count; i++) {
        double total = 0;
        for (int kind = 0; kind < KINDS; kind++) {
            total += joint(model, kind, patterns[i].pattern);
        }
        double same =
            patterns[i].count * joint(model, SHIRE_LINK_PAIR_SAME, patterns[i].pattern) / total;
        double moved =
            patterns[i].count * joint(model, SHIRE_LINK_PAIR_MOVED, patterns[i].pattern) / total;
        *same_sum += same;
        for (size_t field = 0; field < FIELDS; field++) {
            int level = shire_link_pattern_level(patterns[i].pattern, field);
            bool is_home = scopes[field] == SHIRE_LINK_SCOPE_HOME;
            counts[field][level] += same + (is_home ? 0 : moved);
        }
    }
    for (size_t field = 0; field < FIELDS; field++) {
        double sum = counts[field][1] + counts[field][2] + counts[field][3] + 1.5;
        for (int level = 1; level < 4; level++) {
            levels[field][level] = (counts[field][level] + 0.5) / sum;
        }
    }
}

static void each_iteration_agrees_with_the_naive_reference(void **state) {
    (void)state;
    shire_link_pattern_count patterns[500];
    make_patterns(patterns, 500);
    shire_link_model model = start_model(FIELDS);
    for (int round = 0; round < 20; round++) {
        double levels[FIELDS][4];
        double same_sum = 0;
        reference_same_levels(&model, patterns, 500, levels, &same_sum);
        shire_link_model_run_em(&model, patterns, 500, 1e6, 1);
        for (size_t field = 0; field < FIELDS; field++) {
            for (int level = 1; level < 4; level++) {
                double learnt = model.levels[SHIRE_LINK_PAIR_SAME][field][level];
                assert_true(fabs(learnt - levels[field][level]) < 1e-9);
            }
        }
        double prior = (same_sum + 0.5) / (1e6 + 4.0);
        assert_true(fabs(model.priors[SHIRE_LINK_PAIR_SAME] - prior) < 1e-9);
    }
}

/* One iteration for every kind, field and prior, pair by pair: each pattern's pairs one after the
 * other, as the textbook has it. */
static void iterate_over_pairs(shire_link_model *model, const shire_link_pattern_count *patterns,
                               size_t count, double pair_total) {
    double counts[KINDS][FIELDS][4] = {{{0}}};
    double sums[KINDS] = {0};
    for (size_t i = 0; i < count; i++) {
        for (int pair = 0; pair < (int)patterns[i].count; pair++) {
            double products[KINDS];
            double total = 0;
            for (int kind = 0; kind < KINDS; kind++) {
                products[kind] = joint(model, kind, patterns[i].pattern);
                total += products[kind];
            }
            for (int kind = 0; kind < KINDS; kind++) {
                sums[kind] += products[kind] / total;
                for (size_t field = 0; field < FIELDS; field++) {
                    int source =
                        (int)shire_link_model_source(scopes[field], (shire_link_pair_kind)kind);
                    counts[source][field][shire_link_pattern_level(patterns[i].pattern, field)] +=
                        products[kind] / total;
                }
            }
        }
    }
    double others = 0;
    for (int kind = 0; kind < KINDS; kind++) {
        if (kind == SHIRE_LINK_PAIR_STRANGER) {
            continue;
        }
        for (size_t field = 0; field < FIELDS; field++) {
            double *learnt = counts[kind][field];
            double sum = learnt[1] + learnt[2] + learnt[3] + 1.5;
            bool is_own =
                (int)shire_link_model_source(scopes[field], (shire_link_pair_kind)kind) == kind;
            for (int level = 1; level < 4 && is_own; level++) {
                model->levels[kind][field][level] = (learnt[level] + 0.5) / sum;
            }
        }
        model->priors[kind] = (sums[kind] + 0.5) / (pair_total + 4.0);
        others += model->priors[kind];
    }
    model->priors[SHIRE_LINK_PAIR_STRANGER] = 1.0 - others;
}

static void em_on_patterns_agrees_with_em_over_the_pairs_one_by_one(void **state) {
    (void)state;
    shire_link_pattern_count patterns[200];
    make_patterns(patterns, 200);
    shire_link_model model = start_model(FIELDS);
    shire_link_model naive = model;
    shire_link_model_run_em(&model, patterns, 200, 1e6, 10);
    assert_true(model.iterations >= 1 && model.iterations <= 10);
    for (int round = 0; round < model.iterations; round++) {
        iterate_over_pairs(&naive, patterns, 200, 1e6);
    }
    for (int kind = 0; kind < KINDS; kind++) {
        assert_true(fabs(model.priors[kind] - naive.priors[kind]) < 1e-9);
        for (size_t field = 0; field < FIELDS; field++) {
            for (int level = 1; level < 4; level++) {
                double apart = model.levels[kind][field][level] - naive.levels[kind][field][level];
                assert_true(fabs(apart) < 1e-8);
            }
        }
    }
}

/* Pairs drawn from a known model of two kinds, one field each way. */
static void em_finds_the_model_that_made_the_pairs(void **state) {
    (void)state;
    shire_link_pattern_count patterns[64] = {{0}};
    shire_random random = shire_random_seed(5, 1);
    shire_link_model model = start_model(3);
    for (size_t field = 0; field < 3; field++) {
        model.scopes[field] = SHIRE_LINK_SCOPE_PERSON;
    }
    for (int kind = 0; kind < KINDS; kind++) {
        bool is_used = kind == SHIRE_LINK_PAIR_SAME || kind == SHIRE_LINK_PAIR_STRANGER;
        model.priors[kind] = is_used ? model.priors[kind] : 0;
    }
    for (int i = 0; i < 200000; i++) {
        bool is_match = shire_random_chance(&random, 1, 20);
        size_t place = 0;
        for (size_t field = 0; field < 3; field++) {
            uint64_t draw = shire_random_below(&random, 100);
            uint64_t level = is_match ? (draw < 85   ? 1
                                         : draw < 95 ? 2
                                                     : 3)
                                      : (draw < 1   ? 1
                                         : draw < 4 ? 2
                                                    : 3);
            place |= (size_t)level << (2 * field);
        }
        patterns[place].count += 1;
    }
    shire_link_pattern_count used[64];
    size_t count = 0;
    for (uint64_t place = 0; place < 64; place++) {
        if (patterns[place].count > 0) {
            uint64_t pattern = (place & 3) | (place >> 2 & 3) << 4 | (place >> 4 & 3) << 8;
            used[count++] = (shire_link_pattern_count){pattern, patterns[place].count};
        }
    }
    shire_link_model_run_em(&model, used, count, 200000, 200);
    assert_true(fabs(model.priors[SHIRE_LINK_PAIR_SAME] - 0.05) < 0.003);
    for (size_t field = 0; field < 3; field++) {
        assert_true(fabs(model.levels[SHIRE_LINK_PAIR_SAME][field][1] - 0.85) < 0.02);
        assert_true(fabs(model.levels[SHIRE_LINK_PAIR_SAME][field][2] - 0.10) < 0.02);
        assert_true(fabs(model.levels[SHIRE_LINK_PAIR_SAME][field][3] - 0.05) < 0.02);
    }
}

/* log2 of the odds of a match. */
static double odds_of(const shire_link_model *model, shire_link_pattern pattern) {
    return log2((joint(model, SHIRE_LINK_PAIR_SAME, pattern) +
                 joint(model, SHIRE_LINK_PAIR_MOVED, pattern)) /
                (joint(model, SHIRE_LINK_PAIR_STRANGER, pattern) +
                 joint(model, SHIRE_LINK_PAIR_NEIGHBOUR, pattern) +
                 joint(model, SHIRE_LINK_PAIR_RELATIVE, pattern)));
}

static void a_home_that_agrees_alone_is_a_neighbour(void **state) {
    (void)state;
    shire_link_model model = start_model(FIELDS);
    uint64_t all_agree = 0x1111;
    uint64_t home_agrees = 0x1133;
    shire_link_pattern_count patterns[] = {
        {0x1111, 500}, {0x1133, 5000}, {0x3311, 50}, {0x3333, 100000}};
    shire_link_model_run_em(&model, patterns, 4, 1e6, 50);
    assert_true(odds_of(&model, all_agree) > 3);
    assert_true(odds_of(&model, home_agrees) < -3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_iteration_agrees_with_the_naive_reference),
        cmocka_unit_test(em_on_patterns_agrees_with_em_over_the_pairs_one_by_one),
        cmocka_unit_test(em_finds_the_model_that_made_the_pairs),
        cmocka_unit_test(a_home_that_agrees_alone_is_a_neighbour),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
