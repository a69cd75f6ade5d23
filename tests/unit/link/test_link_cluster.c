/* Grouping: small known answers, and agreement with grouping done the slow way. */
#include "link/link_cluster.h"

#include "core/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define RECORDS 12

static const shire_link_cluster_options usual = {
    .join_min = 0, .weight_low = -10, .weight_high = 10, .people_max = 1000};

/* All weights of a few records; -5 where nothing else is said. */
typedef struct weights {
    float of[RECORDS][RECORDS];
    size_t asked;
} weights;

static void set_all(weights *all, float weight) {
    all->asked = 0;
    for (int i = 0; i < RECORDS; i++) {
        for (int j = 0; j < RECORDS; j++) {
            all->of[i][j] = weight;
        }
    }
}

static void set(weights *all, int a, int b, float weight) {
    all->of[a][b] = all->of[b][a] = weight;
}

static float weigh(size_t a, size_t b, void *context) {
    weights *all = context;
    all->asked++;
    return all->of[a][b];
}

/* The edges are the pairs from `least` up, as the engine keeps them. */
static void group(weights *all, const shire_link_cluster_options *options, float least,
                  uint32_t *people) {
    shire_link_edge edges[RECORDS * RECORDS];
    shire_error error = {0};
    size_t count = 0;
    for (uint32_t b = 1; b < RECORDS; b++) {
        for (uint32_t a = 0; a < b; a++) {
            if (all->of[a][b] >= least) {
                /* Either order of the two, as blocks may bring them. */
                edges[count++] = (a + b) % 2 == 0 ? (shire_link_edge){a, b, all->of[a][b]}
                                                  : (shire_link_edge){b, a, all->of[a][b]};
            }
        }
    }
    assert_int_equal(shire_link_cluster(edges, count, RECORDS, options, weigh, all, people, &error),
                     SHIRE_OK);
}

static void strangers_stay_alone(void **state) {
    (void)state;
    weights all;
    uint32_t people[RECORDS];
    set_all(&all, -5);
    group(&all, &usual, -3, people);
    for (uint32_t i = 0; i < RECORDS; i++) {
        assert_int_equal(people[i], i);
    }
}

static void a_chain_of_doubtful_pairs_makes_no_crowd(void **state) {
    (void)state;
    weights all;
    uint32_t people[RECORDS];
    set_all(&all, -10);
    for (int i = 0; i + 1 < RECORDS; i++) {
        set(&all, i, i + 1, 3);
    }
    group(&all, &usual, -3, people);
    for (int i = 0; i < RECORDS; i += 2) {
        assert_int_equal(people[i], i);
        assert_int_equal(people[i + 1], i);
    }
}

/* No block brought 0 and 2 up; the two agree all the same, and that is asked for. */
static void pairs_that_no_block_brought_up_count_too(void **state) {
    (void)state;
    weights all;
    uint32_t people[RECORDS];
    set_all(&all, -10);
    set(&all, 0, 1, 8);
    set(&all, 1, 2, 4);
    set(&all, 0, 2, -3.5F);
    group(&all, &usual, -3, people);
    assert_int_equal(people[2], 0);
    assert_true(all.asked > 0);
    set(&all, 0, 2, -4.5F);
    group(&all, &usual, -3, people);
    assert_int_equal(people[1], 0);
    assert_int_equal(people[2], 2);
}

static void what_must_never_be_one_person_is_not(void **state) {
    (void)state;
    weights all;
    uint32_t people[RECORDS];
    set_all(&all, 9);
    set(&all, 2, 7, -INFINITY);
    group(&all, &usual, -3, people);
    assert_int_not_equal(people[2], people[7]);
    for (int i = 0; i < RECORDS; i++) {
        assert_true(people[i] == people[2] || people[i] == people[7]);
    }
}

static void one_weight_alone_counts_no_more_than_the_limit(void **state) {
    (void)state;
    weights all;
    uint32_t people[RECORDS];
    set_all(&all, -10);
    set(&all, 0, 1, 500); /* cut to 10 */
    set(&all, 1, 2, 5);
    set(&all, 0, 2, -60); /* cut to -10 */
    group(&all, &usual, -3, people);
    assert_int_equal(people[1], 0);
    assert_int_equal(people[2], 2);
}

static void nobody_has_more_records_than_allowed(void **state) {
    (void)state;
    weights all;
    uint32_t people[RECORDS];
    shire_link_cluster_options few = usual;
    few.people_max = 4;
    set_all(&all, 9);
    group(&all, &few, -3, people);
    for (uint32_t i = 0; i < RECORDS; i++) {
        int size = 0;
        for (int j = 0; j < RECORDS; j++) {
            size += people[j] == people[i];
        }
        assert_true(size >= 1 && size <= 4);
    }
}

/* Every step: of all pairs of groups the one with the largest mean weight above 0, ties to the
 * lower groups. Only groups that an edge joins, or joined before, are looked at. */
static void group_slowly(const weights *all, float least, uint32_t *people) {
    bool known[RECORDS][RECORDS] = {{false}};
    for (uint32_t i = 0; i < RECORDS; i++) {
        people[i] = i;
        for (uint32_t j = 0; j < RECORDS; j++) {
            known[i][j] = i != j && all->of[i][j] >= least;
        }
    }
    for (;;) {
        double best = 0;
        int best_a = -1;
        int best_b = -1;
        for (int a = 0; a < RECORDS; a++) {
            for (int b = a + 1; b < RECORDS; b++) {
                double sum = 0;
                int count = 0;
                bool is_known = false;
                for (int i = 0; i < RECORDS; i++) {
                    for (int j = 0; j < RECORDS; j++) {
                        if (people[i] == (uint32_t)a && people[j] == (uint32_t)b) {
                            sum += fmin(fmax((double)all->of[i][j], -10), 10);
                            count++;
                            is_known = is_known || known[i][j];
                        }
                    }
                }
                if (count > 0 && is_known && sum / count > best) {
                    best = sum / count;
                    best_a = a;
                    best_b = b;
                }
            }
        }
        if (best_a < 0) {
            return;
        }
        for (int i = 0; i < RECORDS; i++) {
            people[i] = people[i] == (uint32_t)best_b ? (uint32_t)best_a : people[i];
        }
    }
}

static void random_weights_group_as_they_do_the_slow_way(void **state) {
    (void)state;
    shire_random random = shire_random_seed(3, 1);
    for (int round = 0; round < 3000; round++) {
        weights all;
        uint32_t people[RECORDS];
        uint32_t expected[RECORDS];
        set_all(&all, -10);
        for (int a = 0; a < RECORDS; a++) {
            for (int b = a + 1; b < RECORDS; b++) {
                /* Quarters are exact, and their ties real. */
                set(&all, a, b, (float)shire_random_between(&random, -44, 24) / 4.0F);
            }
        }
        group(&all, &usual, -3, people);
        group_slowly(&all, -3, expected);
        assert_memory_equal(people, expected, sizeof people);
    }
}

static void no_record_and_no_edge_are_fine(void **state) {
    (void)state;
    shire_error error = {0};
    uint32_t people[2] = {7, 7};
    weights all;
    set_all(&all, -5);
    assert_int_equal(shire_link_cluster(NULL, 0, 0, &usual, weigh, &all, people, &error), SHIRE_OK);
    assert_int_equal(people[0], 7);
    assert_int_equal(shire_link_cluster(NULL, 0, 2, &usual, weigh, &all, people, &error), SHIRE_OK);
    assert_int_equal(people[0], 0);
    assert_int_equal(people[1], 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strangers_stay_alone),
        cmocka_unit_test(a_chain_of_doubtful_pairs_makes_no_crowd),
        cmocka_unit_test(pairs_that_no_block_brought_up_count_too),
        cmocka_unit_test(what_must_never_be_one_person_is_not),
        cmocka_unit_test(one_weight_alone_counts_no_more_than_the_limit),
        cmocka_unit_test(nobody_has_more_records_than_allowed),
        cmocka_unit_test(random_weights_group_as_they_do_the_slow_way),
        cmocka_unit_test(no_record_and_no_edge_are_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
