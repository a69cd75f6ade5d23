/* Ids from votes: against a naive reference that looks for the best vote again and again. */
#include "link/link_index_kernel.h"

#include "core/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define GROUPS 7
#define PERSONS 6

static bool is_better(const shire_link_vote *a, const shire_link_vote *b, const uint64_t *keys) {
    if (a->count != b->count) {
        return a->count > b->count;
    }
    return a->person != b->person ? a->person < b->person : keys[a->group] < keys[b->group];
}

static void assign_naively(const uint32_t counts[GROUPS][PERSONS], const uint64_t *keys,
                           uint32_t *persons) {
    bool is_taken[PERSONS] = {false};
    memset(persons, 0xFF, GROUPS * sizeof *persons);
    for (;;) {
        shire_link_vote best = {0};
        for (uint32_t group = 0; group < GROUPS; group++) {
            for (uint32_t person = 0; person < PERSONS; person++) {
                shire_link_vote vote = {group, person, counts[group][person]};
                if (vote.count > 0 && persons[group] == SHIRE_LINK_NOBODY && !is_taken[person] &&
                    (best.count == 0 || is_better(&vote, &best, keys))) {
                    best = vote;
                }
            }
        }
        if (best.count == 0) {
            return;
        }
        persons[best.group] = best.person;
        is_taken[best.person] = true;
    }
}

static void the_most_votes_win_and_ties_do_not_depend_on_order(void **state) {
    (void)state;
    shire_random random = shire_random_seed(3, 1);
    for (size_t round = 0; round < 2000; round++) {
        uint32_t counts[GROUPS][PERSONS];
        uint64_t keys[GROUPS];
        shire_link_vote votes[GROUPS * PERSONS];
        size_t vote_count = 0;
        for (uint32_t group = 0; group < GROUPS; group++) {
            keys[group] = (group * 5 + round) % 11;
            for (uint32_t person = 0; person < PERSONS; person++) {
                uint32_t count = (uint32_t)shire_random_below(&random, 4);
                counts[group][person] = count > 1 ? count - 1 : 0;
                if (counts[group][person] > 0) {
                    votes[vote_count++] = (shire_link_vote){group, person, counts[group][person]};
                }
            }
        }
        for (size_t i = vote_count; i > 1; i--) {
            size_t j = shire_random_below(&random, i);
            shire_link_vote swapped = votes[i - 1];
            votes[i - 1] = votes[j];
            votes[j] = swapped;
        }
        uint32_t expected[GROUPS];
        uint32_t persons[GROUPS];
        uint32_t groups[PERSONS];
        assign_naively((const uint32_t(*)[PERSONS])counts, keys, expected);
        shire_link_index_assign_kernel(votes, vote_count, keys, GROUPS, PERSONS, persons, groups);
        for (uint32_t group = 0; group < GROUPS; group++) {
            assert_int_equal(persons[group], expected[group]);
            assert_true(persons[group] == SHIRE_LINK_NOBODY || groups[persons[group]] == group);
        }
    }
}

static void a_join_keeps_the_id_of_most_records_and_else_the_older(void **state) {
    (void)state;
    const uint64_t keys[1] = {9};
    uint32_t persons[1];
    uint32_t groups[2];
    shire_link_vote more[] = {{0, 0, 1}, {0, 1, 2}};
    shire_link_index_assign_kernel(more, 2, keys, 1, 2, persons, groups);
    assert_int_equal(persons[0], 1);
    assert_int_equal(groups[0], SHIRE_LINK_NOBODY);
    shire_link_vote equal[] = {{0, 1, 2}, {0, 0, 2}};
    shire_link_index_assign_kernel(equal, 2, keys, 1, 2, persons, groups);
    assert_int_equal(persons[0], 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_most_votes_win_and_ties_do_not_depend_on_order),
        cmocka_unit_test(a_join_keeps_the_id_of_most_records_and_else_the_older),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
