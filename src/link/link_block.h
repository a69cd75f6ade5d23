/*
 * Blocking: which pairs of records are compared at all. Nobody writes rules; the keys come from
 * the fields and the data.
 *
 * Each field gives a few features of a value (itself, its sound, its start, its district, ...).
 * Records that share a feature form a block. Blocks of at most `block_max` records are taken
 * whole. The records of larger blocks are put together again by two features of different fields,
 * so that a frequent name still meets its like through the birth year or the district. The limits
 * follow from a budget of pairs, so memory and time are bounded whatever the data.
 */
#ifndef SHIRE_LINK_BLOCK_H
#define SHIRE_LINK_BLOCK_H

#include "link/link_dataset.h"

typedef struct shire_link_blocks {
    size_t block_count;
    uint64_t *member_offsets; /* block b: members[member_offsets[b] .. member_offsets[b + 1]) */
    uint32_t *members;        /* records, ascending in a block */
    uint64_t *hashes;         /* by block: of its members' identities in any order, or NULL */
    uint64_t *block_offsets;  /* record r: blocks[block_offsets[r] .. block_offsets[r + 1]) */
    uint32_t *blocks;         /* blocks of a record, ascending */
    size_t record_count;
    uint64_t visit_count; /* pairs of all blocks, repeats counted */
    uint32_t single_max;  /* records of a block by one feature, at most */
    uint32_t block_max;   /* the same by two features */
} shire_link_blocks;

/* identities: by record, what a block's hash is made of; NULL: hashes are not wanted.
 * pair_budget: pairs of all blocks together, roughly. Same blocks on any number of threads.
 * The caller zeroes blocks_out before and calls done after, also on failure. */
shire_status shire_link_blocks_build(const shire_link_dataset *dataset, const uint64_t *identities,
                                     uint64_t pair_budget, int thread_count,
                                     shire_link_blocks *blocks_out,
                                     shire_error *error) SHIRE_MUST_CHECK;
void shire_link_blocks_done(shire_link_blocks *blocks);

/*
 * The records before `record` that share a block with it, each once.
 *
 * chosen         by block, or NULL for all blocks: those with `wanted` are looked at.
 * stamps         one uint32 a record, zeroed before the first call; belongs to one thread.
 * candidates_out room for record_count ids.
 * Returns their number: those that no earlier call for the same record has given.
 */
size_t shire_link_blocks_candidates(const shire_link_blocks *blocks, size_t record,
                                    const uint8_t *chosen, uint8_t wanted, uint32_t *stamps,
                                    uint32_t *candidates_out);

/* The same for all other records that share a block with it, earlier and later; its stamps do not
 * mix with those of candidates. */
size_t shire_link_blocks_partners(const shire_link_blocks *blocks, size_t record, uint32_t *stamps,
                                  uint32_t *partners_out);

#endif
