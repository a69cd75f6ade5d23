/* Constraints: lists of partners against a naive reference, and what the engine makes of them. */
#include "link/link_constraint.h"

#include "core/arena.h"
#include "core/random.h"
#include "link/link_engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void partners_are_those_of_the_pairs(void **state) {
    (void)state;
    shire_random random = shire_random_seed(5, 1);
    for (size_t round = 0; round < 200; round++) {
        enum { RECORDS = 12 };
        bool is_pair[RECORDS][RECORDS] = {{false}};
        shire_link_pair pairs[40];
        size_t count = shire_random_below(&random, 40);
        for (size_t i = 0; i < count; i++) {
            pairs[i] = (shire_link_pair){(uint32_t)shire_random_below(&random, RECORDS),
                                         (uint32_t)shire_random_below(&random, RECORDS)};
            is_pair[pairs[i].a][pairs[i].b] = is_pair[pairs[i].b][pairs[i].a] =
                pairs[i].a != pairs[i].b;
        }
        shire_link_constraints built = {0};
        assert_int_equal(shire_link_constraints_build(pairs, count, NULL, 0, RECORDS, &built, NULL),
                         SHIRE_OK);
        uint32_t total = 0;
        for (size_t a = 0; a < RECORDS; a++) {
            for (size_t b = 0; b < RECORDS; b++) {
                total += is_pair[a][b];
                assert_int_equal(shire_link_is_same(&built, a, b), is_pair[a][b]);
                assert_false(shire_link_is_different(&built, a, b));
            }
        }
        assert_int_equal(count == 0 ? 0 : built.same.offsets[RECORDS], total);
        shire_link_constraints_done(&built);
    }
}

/* Records 0 to 2 and 3 to 4 are alike; 5 is alone. */
static const char *const values[][6] = {
    {"ann", "ann", "ann", "boris", "boris", "zed"},
    {"smith", "smith", "smith", "jones", "jones", "black"},
    {"1950-02-01", "1950-02-01", "1950-02-01", "1993-06-05", "1993-06-05", "1961-11-20"}};
static const shire_link_role roles[] = {SHIRE_LINK_ROLE_GIVEN, SHIRE_LINK_ROLE_FAMILY,
                                        SHIRE_LINK_ROLE_DOB};

static void link_with(const shire_link_constraints *constraints, uint32_t people[6]) {
    shire_column columns[3];
    shire_link_input inputs[3];
    uint32_t offsets[3][7] = {{0}};
    char bytes[3][100] = {{0}};
    for (size_t i = 0; i < 3; i++) {
        for (size_t record = 0; record < 6; record++) {
            memcpy(bytes[i] + offsets[i][record], values[i][record], strlen(values[i][record]));
            offsets[i][record + 1] = offsets[i][record] + (uint32_t)strlen(values[i][record]);
        }
        columns[i] = (shire_column){.name = "c",
                                    .type = SHIRE_TYPE_TEXT,
                                    .text_offsets = offsets[i],
                                    .text_bytes = bytes[i]};
        inputs[i] = (shire_link_input){.role = roles[i], .column = &columns[i]};
    }
    shire_link_dataset dataset = {0};
    shire_link_engine_result result = {0};
    const shire_link_engine_options options = {.thread_count = 2, .constraints = constraints};
    assert_int_equal(shire_link_dataset_build(inputs, 3, 6, 2, &dataset, NULL), SHIRE_OK);
    assert_int_equal(shire_link_engine_run(&dataset, &options, &result, NULL), SHIRE_OK);
    memcpy(people, result.people, 6 * sizeof *people);
    shire_link_engine_result_done(&result);
    shire_link_dataset_done(&dataset);
}

static void assert_people(const shire_link_pair *same, size_t same_count,
                          const shire_link_pair *different, size_t different_count,
                          const uint32_t expected[6]) {
    shire_link_constraints built = {0};
    uint32_t people[6];
    assert_int_equal(
        shire_link_constraints_build(same, same_count, different, different_count, 6, &built, NULL),
        SHIRE_OK);
    link_with(&built, people);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(people[i], expected[i]);
    }
    shire_link_constraints_done(&built);
}

static void without_constraints_only_evidence_speaks(void **state) {
    (void)state;
    assert_people(NULL, 0, NULL, 0, (uint32_t[]){0, 0, 0, 1, 1, 2});
}

static void what_is_the_same_is_together_against_all_evidence(void **state) {
    (void)state;
    const shire_link_pair same[] = {{5, 3}};
    uint32_t people[6];
    shire_link_constraints built = {0};
    assert_int_equal(shire_link_constraints_build(same, 1, NULL, 0, 6, &built, NULL), SHIRE_OK);
    link_with(&built, people);
    assert_int_equal(people[5], people[3]);
    assert_int_not_equal(people[0], people[3]);
    shire_link_constraints_done(&built);
}

static void what_is_different_is_apart_also_by_way_of_others(void **state) {
    (void)state;
    const shire_link_pair different[] = {{0, 1}};
    assert_people(NULL, 0, different, 1, (uint32_t[]){0, 1, 0, 2, 2, 3});
    /* 0 and 1 are each the same as 2, but not one person: only one of the two can be kept. */
    const shire_link_pair same[] = {{0, 2}, {2, 1}};
    assert_people(same, 2, different, 1, (uint32_t[]){0, 1, 0, 2, 2, 3});
}

static void apart_wins_over_together(void **state) {
    (void)state;
    const shire_link_pair pair[] = {{3, 4}};
    assert_people(pair, 1, pair, 1, (uint32_t[]){0, 0, 0, 1, 2, 3});
}

static void nobody_is_with_one_who_ended_before_being_seen(void **state) {
    (void)state;
    int32_t ends[6] = {INT32_MAX, 100, INT32_MAX, 50, INT32_MAX, INT32_MAX};
    int32_t seen[6] = {101, INT32_MIN, INT32_MIN, INT32_MIN, 50, INT32_MIN};
    const shire_link_constraints facts = {.ends = ends, .seen = seen};
    uint32_t people[6];
    link_with(&facts, people);
    assert_int_not_equal(people[0], people[1]);
    assert_int_equal(people[3], people[4]);
    assert_true(shire_link_is_different(&facts, 1, 0));
    assert_false(shire_link_is_different(&facts, 0, 4));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(partners_are_those_of_the_pairs),
        cmocka_unit_test(without_constraints_only_evidence_speaks),
        cmocka_unit_test(what_is_the_same_is_together_against_all_evidence),
        cmocka_unit_test(what_is_different_is_apart_also_by_way_of_others),
        cmocka_unit_test(apart_wins_over_together),
        cmocka_unit_test(nobody_is_with_one_who_ended_before_being_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
