/* Random numbers: the published sequence, bounds, evenness, independence of streams. */
#include "core/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void sequence_is_the_published_one(void **state) {
    (void)state;
    /* The reference implementation from the state 1, 2, 3, 4. */
    static const uint64_t published[] = {
        UINT64_C(41943041),
        UINT64_C(58720359),
        UINT64_C(3588806011781223),
        UINT64_C(3591011842654386),
        UINT64_C(9228616714210784205),
        UINT64_C(9973669472204895162),
        UINT64_C(14011001112246962877),
        UINT64_C(12406186145184390807),
        UINT64_C(15849039046786891736),
        UINT64_C(10450023813501588000),
    };
    shire_random random = {{1, 2, 3, 4}};
    for (size_t i = 0; i < sizeof published / sizeof published[0]; i++) {
        assert_true(shire_random_next(&random) == published[i]);
    }
}

static void seeds_are_repeatable_and_streams_differ(void **state) {
    (void)state;
    shire_random first = shire_random_seed(7, 0);
    shire_random again = shire_random_seed(7, 0);
    shire_random stream = shire_random_seed(7, 1);
    shire_random seed = shire_random_seed(8, 0);
    shire_random swapped = shire_random_seed(0, 7);
    for (int i = 0; i < 100; i++) {
        uint64_t drawn = shire_random_next(&first);
        assert_true(drawn == shire_random_next(&again));
        assert_true(drawn != shire_random_next(&stream));
        assert_true(drawn != shire_random_next(&seed));
        assert_true(drawn != shire_random_next(&swapped));
    }
}

/* Synthetic data made once must come out the same for ever. */
static void seeded_sequence_is_fixed(void **state) {
    (void)state;
    shire_random random = shire_random_seed(42, 3);
    assert_true(shire_random_next(&random) == UINT64_C(0x061efdfc230634e4));
    assert_true(shire_random_next(&random) == UINT64_C(0xfdd24e6dda485d6a));
}

static void draws_below_a_bound_are_even(void **state) {
    (void)state;
    shire_random random = shire_random_seed(1, 0);
    size_t counts[7] = {0};
    for (int i = 0; i < 700000; i++) {
        uint64_t drawn = shire_random_below(&random, 7);
        assert_true(drawn < 7);
        counts[drawn]++;
    }
    for (int i = 0; i < 7; i++) {
        assert_in_range(counts[i], 98500, 101500); /* five standard deviations */
    }
    assert_true(shire_random_below(&random, 1) == 0);
    /* A bound just over half the range would show bias at once: a third more often below. */
    size_t low_count = 0;
    uint64_t bound = (UINT64_C(1) << 63) + (UINT64_C(1) << 62);
    for (int i = 0; i < 100000; i++) {
        low_count += shire_random_below(&random, bound) < bound / 2;
    }
    assert_in_range(low_count, 49000, 51000);
}

static void draws_between_include_both_ends(void **state) {
    (void)state;
    shire_random random = shire_random_seed(2, 0);
    bool seen[5] = {false};
    for (int i = 0; i < 1000; i++) {
        int64_t drawn = shire_random_between(&random, -2, 2);
        assert_true(drawn >= -2 && drawn <= 2);
        seen[drawn + 2] = true;
    }
    for (int i = 0; i < 5; i++) {
        assert_true(seen[i]);
    }
    assert_int_equal(shire_random_between(&random, INT64_MAX, INT64_MAX), INT64_MAX);
    bool negative = false;
    bool positive = false;
    for (int i = 0; i < 100; i++) {
        int64_t drawn = shire_random_between(&random, INT64_MIN, INT64_MAX);
        negative = negative || drawn < 0;
        positive = positive || drawn > 0;
    }
    assert_true(negative && positive);
}

static void chances_come_as_often_as_they_say(void **state) {
    (void)state;
    shire_random random = shire_random_seed(3, 0);
    size_t count = 0;
    for (int i = 0; i < 100000; i++) {
        count += shire_random_chance(&random, 3, 10);
        assert_false(shire_random_chance(&random, 0, 10));
        assert_true(shire_random_chance(&random, 10, 10));
    }
    assert_in_range(count, 29250, 30750);
}

static void picks_follow_the_weights(void **state) {
    (void)state;
    shire_random random = shire_random_seed(4, 0);
    static const uint32_t cumulative[] = {0, 10, 10, 30, 100, 100}; /* 0 10 0 20 70 0 */
    size_t counts[6] = {0};
    for (int i = 0; i < 100000; i++) {
        counts[shire_random_pick(&random, cumulative, 6)]++;
    }
    assert_int_equal(counts[0] + counts[2] + counts[5], 0);
    assert_in_range(counts[1], 9500, 10500);
    assert_in_range(counts[3], 19350, 20650);
    assert_in_range(counts[4], 69250, 70750);
    static const uint32_t single[] = {1};
    assert_int_equal(shire_random_pick(&random, single, 1), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sequence_is_the_published_one),
        cmocka_unit_test(seeds_are_repeatable_and_streams_differ),
        cmocka_unit_test(seeded_sequence_is_fixed),
        cmocka_unit_test(draws_below_a_bound_are_even),
        cmocka_unit_test(draws_between_include_both_ends),
        cmocka_unit_test(chances_come_as_often_as_they_say),
        cmocka_unit_test(picks_follow_the_weights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
