/*
 * Which group of this run is which person of the last one. Pure; no limit but memory's.
 */
#ifndef SHIRE_LINK_LINK_INDEX_KERNEL_H
#define SHIRE_LINK_LINK_INDEX_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#define SHIRE_LINK_NOBODY UINT32_MAX

/* So many records of a group were last with a person. */
typedef struct shire_link_vote {
    uint32_t group;
    uint32_t person;
    uint32_t count;
} shire_link_vote;

/*
 * Each group gets at most one person and each person at most one group, the most votes first.
 *
 * votes        each pair of group and person once; sorted in place. Persons are numbered by age: of
 *              equal votes the older person's count first, so that a join keeps the older id.
 * group_keys   by group: a value of the group's own that does not depend on the order of the input;
 *              of equal votes for one person the smallest gets it.
 * persons_out  by group: its person, or SHIRE_LINK_NOBODY.
 * groups_out   by person: its group, or SHIRE_LINK_NOBODY.
 */
void shire_link_index_assign_kernel(shire_link_vote *votes, size_t vote_count,
                                    const uint64_t *group_keys, size_t group_count,
                                    size_t person_count, uint32_t *persons_out,
                                    uint32_t *groups_out);

#endif
