/*
 * Greedy assignment over the sorted votes. A vote is heavier than every later one, so nobody would
 * rather change: the assignment is the stable one.
 */
#include "link/link_index_kernel.h"

#include <stdlib.h>

static int compare_votes(const void *x, const void *y, void *context) {
    const shire_link_vote *a = x;
    const shire_link_vote *b = y;
    const uint64_t *group_keys = context;
    if (a->count != b->count) {
        return a->count > b->count ? -1 : 1;
    }
    if (a->person != b->person) {
        return a->person < b->person ? -1 : 1;
    }
    if (group_keys[a->group] != group_keys[b->group]) {
        return group_keys[a->group] < group_keys[b->group] ? -1 : 1;
    }
    return (a->group > b->group) - (a->group < b->group);
}

void shire_link_index_assign_kernel(shire_link_vote *votes, size_t vote_count,
                                    const uint64_t *group_keys, size_t group_count,
                                    size_t person_count, uint32_t *persons_out,
                                    uint32_t *groups_out) {
    for (size_t group = 0; group < group_count; group++) {
        persons_out[group] = SHIRE_LINK_NOBODY;
    }
    for (size_t person = 0; person < person_count; person++) {
        groups_out[person] = SHIRE_LINK_NOBODY;
    }
    if (vote_count > 1) {
        qsort_r(votes, vote_count, sizeof *votes, compare_votes, (void *)group_keys);
    }
    for (size_t i = 0; i < vote_count; i++) {
        const shire_link_vote *vote = &votes[i];
        if (persons_out[vote->group] == SHIRE_LINK_NOBODY &&
            groups_out[vote->person] == SHIRE_LINK_NOBODY) {
            persons_out[vote->group] = vote->person;
            groups_out[vote->person] = vote->group;
        }
    }
}
