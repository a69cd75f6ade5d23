/* The set of hashed keys against a slow look through all of them. */
#include "core/random.h"
#include "load/load_key_kernel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { KEYS_MAX = 300 };

static int64_t keys[KEYS_MAX], others[KEYS_MAX], repeated[KEYS_MAX];
static size_t absent[KEYS_MAX];
static uint64_t slots[1024];

static size_t times_before(int64_t key, const int64_t *among, size_t count) {
    size_t times = 0;
    for (size_t i = 0; i < count; i++) {
        times += among[i] == key;
    }
    return times;
}

/* From crowded (many equal keys, one run of slots) to spread over all 63 bits. */
static int64_t random_key(shire_random *random, uint64_t seed) {
    if (seed % 3 == 0) {
        return (int64_t)shire_random_below(random, 40);
    }
    if (seed % 3 == 1) {
        return (int64_t)(shire_random_below(random, 60) << 40);
    }
    return shire_random_chance(random, 1, 50) ? INT64_MAX
                                              : (int64_t)(shire_random_next(random) >> 1);
}

static void the_set_agrees_with_a_slow_look(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 3000; seed++) {
        shire_random random = shire_random_seed(seed, 1);
        size_t count = shire_random_below(&random, KEYS_MAX);
        size_t other_count = shire_random_below(&random, KEYS_MAX);
        for (size_t i = 0; i < count; i++) {
            keys[i] = random_key(&random, seed);
        }
        for (size_t i = 0; i < other_count; i++) {
            others[i] = random_key(&random, seed);
        }
        size_t slot_count = load_key_slot_count(count);
        assert_true(slot_count <= sizeof slots / sizeof slots[0] &&
                    slot_count >= count + count / 2);
        memset(slots, 0, sizeof slots);
        load_key_set set = {slots, slot_count - 1};
        size_t repeated_count = load_key_add(&set, keys, count, repeated), expected = 0;
        for (size_t i = 0; i < count; i++) {
            if (times_before(keys[i], keys, i) > 0) {
                assert_int_equal(repeated[expected], keys[i]);
                expected++;
            }
        }
        assert_int_equal(repeated_count, expected);
        size_t absent_count = load_key_find_absent(&set, others, other_count, absent);
        expected = 0;
        for (size_t i = 0; i < other_count; i++) {
            if (times_before(others[i], keys, count) == 0) {
                assert_int_equal(absent[expected], i);
                expected++;
            }
        }
        assert_int_equal(absent_count, expected);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_set_agrees_with_a_slow_look)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
