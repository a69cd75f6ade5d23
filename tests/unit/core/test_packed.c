/* Numbers in few bits: what was packed is read again, whatever it is, and takes what it says. */
#include "core/packed.h"

#include "core/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static int64_t number_at(const void *numbers, size_t i) {
    return ((const int64_t *)numbers)[i];
}

/* Packs, reads all again, and gives the number of words. */
static size_t pack_and_read(const int64_t *numbers, size_t count) {
    size_t block_count = shire_packed_block_count(count);
    shire_packed_block *blocks = calloc(block_count + 1, sizeof *blocks);
    assert_non_null(blocks);
    size_t word_count = shire_packed_write(number_at, numbers, count, blocks, NULL, 0);
    uint64_t *words = calloc(word_count + 1, sizeof *words);
    assert_non_null(words);
    words[word_count] = UINT64_C(0x5555); /* beyond the end: neither read nor written */
    assert_int_equal(shire_packed_write(number_at, numbers, count, blocks, words, word_count),
                     word_count);
    assert_true(words[word_count] == UINT64_C(0x5555));
    const shire_packed packed = {blocks, words};
    for (size_t i = 0; i < count; i++) {
        if (shire_packed_read(&packed, i) != numbers[i]) {
            fail_msg("number %zu of %zu is read as another", i, count);
        }
    }
    free(words);
    free(blocks);
    return word_count;
}

static void numbers_of_any_size_are_read_again(void **state) {
    (void)state;
    shire_random random = shire_random_seed(3, 1);
    int64_t numbers[SHIRE_PACKED_BLOCK * 3 + 7];
    enum { COUNT = sizeof numbers / sizeof numbers[0] };
    for (unsigned bits = 0; bits <= 63; bits++) {
        for (size_t count = 0; count <= COUNT; count = count < 3 ? count + 1 : count * 2 + 1) {
            for (size_t i = 0; i < count; i++) {
                uint64_t below = UINT64_C(1) << bits;
                numbers[i] = (int64_t)shire_random_below(&random, below) - (int64_t)(below / 2);
            }
            pack_and_read(numbers, count);
        }
    }
}

static void the_least_and_the_greatest_stand_side_by_side(void **state) {
    (void)state;
    int64_t numbers[SHIRE_PACKED_BLOCK + 1];
    for (size_t i = 0; i <= SHIRE_PACKED_BLOCK; i++) {
        numbers[i] = i % 3 == 0 ? INT64_MIN : i % 3 == 1 ? INT64_MAX : -1;
    }
    assert_int_equal(pack_and_read(numbers, SHIRE_PACKED_BLOCK + 1), 64);
}

static void equal_numbers_take_no_words(void **state) {
    (void)state;
    int64_t numbers[1000];
    for (size_t i = 0; i < 1000; i++) {
        numbers[i] = INT64_C(-7000000000);
    }
    assert_int_equal(pack_and_read(numbers, 1000), 0);
    numbers[999]++; /* the last block's differences now take a bit each */
    assert_int_equal(pack_and_read(numbers, 1000), 1);
    assert_int_equal(pack_and_read(numbers, 0), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_of_any_size_are_read_again),
        cmocka_unit_test(the_least_and_the_greatest_stand_side_by_side),
        cmocka_unit_test(equal_numbers_take_no_words)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
