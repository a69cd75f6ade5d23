/* Sums by group and parts of marked items, against the running total done naively in 128 bits. */
#include "core/random.h"
#include "cost/whatif_kernel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

__extension__ typedef __int128 wide;

#define LINES 5
#define GROUPS 7
#define ITEMS 150000 /* more than two chunks of rows */
#define MARKS 40

typedef struct spread_case {
    shire_whatif_line lines[LINES];
    int32_t *items[LINES];
    int64_t *weights[LINES];
    uint32_t *groups; /* item -> group */
    int32_t marks[MARKS];
    shire_money sums[GROUPS];
    shire_money parts[MARKS];
} spread_case;

static void *array_of(size_t count, size_t size) {
    void *memory = calloc(count + 1, size);
    assert_non_null(memory);
    return memory;
}

/* A line of each form: consecutive items or not, one weight or many; one of them is a credit, and
 * one has negative weights. */
static void draw(spread_case *one, shire_random *random) {
    memset(one, 0, sizeof *one);
    one->groups = array_of(ITEMS, sizeof *one->groups);
    for (size_t i = 0; i < ITEMS; i++) {
        one->groups[i] = (uint32_t)shire_random_below(random, GROUPS);
    }
    for (size_t i = 0; i < MARKS; i++) {
        one->marks[i] = (int32_t)(i * (ITEMS / MARKS) + shire_random_below(random, 1000));
    }
    for (size_t l = 0; l < LINES; l++) {
        shire_whatif_rows *rows = &one->lines[l].rows;
        one->lines[l].total = shire_random_between(random, 1, INT64_C(90000000000000));
        rows->count = l == 4 ? 1 + shire_random_below(random, 9) : ITEMS / 2;
        rows->first_item = (int32_t)shire_random_below(random, ITEMS / 4);
        rows->weight = shire_random_between(random, 1, 5000000);
        one->items[l] = array_of(rows->count, sizeof(int32_t));
        one->weights[l] = array_of(rows->count, sizeof(int64_t));
        for (size_t i = 0; i < rows->count; i++) {
            one->items[l][i] = (int32_t)(2 * i);
            one->weights[l][i] = shire_random_between(random, l == 3 ? -1000 : 0, 9000000);
        }
        rows->items = l % 2 == 0 ? NULL : one->items[l];
        rows->weights = l == 0 || l == 1 ? NULL : one->weights[l];
    }
    one->lines[1].total = -one->lines[1].total;
    one->lines[4].rows.weights = NULL;
}

static void let_go(spread_case *one) {
    free(one->groups);
    for (size_t l = 0; l < LINES; l++) {
        free(one->items[l]);
        free(one->weights[l]);
    }
}

static wide weight_of(const shire_whatif_rows *rows, size_t row) {
    return rows->weights == NULL ? rows->weight : rows->weights[row];
}

/* floor for a positive divisor */
static wide floor_of(wide a, wide b) {
    wide quotient = a / b;
    return quotient - (a % b < 0);
}

static void spread_naively(spread_case *one) {
    for (size_t l = 0; l < LINES; l++) {
        const shire_whatif_line *line = &one->lines[l];
        wide whole = 0;
        wide before = 0;
        for (size_t i = 0; i < line->rows.count; i++) {
            whole += weight_of(&line->rows, i);
        }
        for (size_t i = 0; i < line->rows.count; i++) {
            wide size = line->total < 0 ? -(wide)line->total : line->total;
            wide after = before + weight_of(&line->rows, i);
            wide part = floor_of(size * after, whole) - floor_of(size * before, whole);
            int32_t item = shire_whatif_item(&line->rows, i);
            part = line->total < 0 ? -part : part;
            one->sums[one->groups[item]] += (shire_money)part;
            for (size_t m = 0; m < MARKS; m++) {
                one->parts[m] += one->marks[m] == item ? (shire_money)part : 0;
            }
            before = after;
        }
    }
}

static void assert_spread(const spread_case *one, int thread_count) {
    shire_money sums[GROUPS] = {0};
    shire_money parts[MARKS] = {0};
    const shire_whatif_marks marks = {.items = one->marks, .count = MARKS, .parts = parts};
    size_t bytes = shire_whatif_scratch_bytes(one->lines, LINES, GROUPS, thread_count);
    void *scratch = aligned_alloc(64, (bytes + 63) / 64 * 64);
    assert_non_null(scratch);
    assert_int_equal(shire_whatif_spread(one->lines, LINES, one->groups, GROUPS, &marks,
                                         thread_count, scratch, sums, NULL),
                     SHIRE_OK);
    assert_memory_equal(sums, one->sums, sizeof sums);
    assert_memory_equal(parts, one->parts, sizeof parts);
    free(scratch);
}

static void sums_and_marks_agree_with_the_running_total(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 2; seed++) {
        shire_random random = shire_random_seed(seed, 11);
        spread_case one;
        draw(&one, &random);
        spread_naively(&one);
        for (int threads = 1; threads <= 3; threads++) {
            assert_spread(&one, threads);
        }
        let_go(&one);
    }
}

static void a_line_without_weight_gives_nothing(void **state) {
    (void)state;
    const int64_t weights[] = {5, -5};
    const uint32_t groups[] = {0, 0};
    const shire_whatif_line line = {.total = 100, .rows = {.count = 2, .weights = weights}};
    shire_money sum = 7;
    void *scratch = aligned_alloc(64, 4096);
    assert_non_null(scratch);
    assert_true(shire_whatif_scratch_bytes(&line, 1, 1, 1) <= 4096);
    assert_int_equal(shire_whatif_spread(&line, 1, groups, 1, NULL, 1, scratch, &sum, NULL),
                     SHIRE_OK);
    assert_int_equal(sum, 7); /* added to, never set */
    free(scratch);
}

static void weights_beyond_the_limit_are_refused(void **state) {
    (void)state;
    const int64_t weights[] = {INT64_MAX / 2, INT64_MAX / 2};
    const uint32_t groups[] = {0, 0};
    const shire_whatif_line line = {.total = 100, .rows = {.count = 2, .weights = weights}};
    shire_money sum = 0;
    shire_error error = {0};
    void *scratch = aligned_alloc(64, 4096);
    assert_non_null(scratch);
    assert_int_equal(shire_whatif_spread(&line, 1, groups, 1, NULL, 1, scratch, &sum, &error),
                     SHIRE_OVERFLOW);
    assert_non_null(strstr(error.message, "larger unit"));
    free(scratch);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_and_marks_agree_with_the_running_total),
        cmocka_unit_test(a_line_without_weight_gives_nothing),
        cmocka_unit_test(weights_beyond_the_limit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
