/*
 * What a run remembers of its pairs for the next one, so that only records that changed, and what
 * they change, are compared again; the outcome is exactly that of a run that remembers nothing.
 *
 * Why it is exact. A block that has the same members, with the same values, as one of the last run
 * holds no pair that was not a candidate then. Of those pairs the memory names all whose weight
 * came within SHIRE_LINK_MEMORY_MARGIN of being kept; these are weighed again under the new model.
 * The others cannot have come to be worth keeping: how far a weight can have grown is bounded by
 * how far the model's weights moved (`drift`, summed over the runs since) and by how much rarer the
 * values of a record became. Where the first bound is exceeded nothing is recalled, where the
 * second is, the record counts as changed. Everything else of a run (blocks, model, groups) is made
 * anew. So a memory may come from any run over any records: it only ever saves work.
 *
 * Where all records are those of the memory, in its order, even blocks and model need not be made
 * anew: they follow from the records alone, so what came of them is recalled as it was
 * (shire_link_memory_is_of). Groups, which decisions and facts bear on, are always made anew.
 */
#ifndef SHIRE_LINK_LINK_MEMORY_H
#define SHIRE_LINK_LINK_MEMORY_H

#include "link/link_block.h"
#include "link/link_cluster.h"
#include "link/link_constraint.h"
#include "link/link_score_kernel.h"

/* log2 odds below the least weight kept for grouping, down to which pairs are remembered. One half
 * is for the drift of the model, one for values that became rarer. */
#define SHIRE_LINK_MEMORY_MARGIN 10.0F

typedef struct shire_link_memory {
    uint64_t settings; /* what else comparing depends on: fields, kinds, this program's rules */
    size_t record_count;
    size_t field_count;
    size_t block_count;
    size_t pair_count;
    double drift; /* log2 odds that any weight may have moved since the oldest pair was dropped */
    /* Weights of levels and priors by kind of pair, rarity apart (link_score_kernel.h). */
    float gains[SHIRE_LINK_FIELDS_MAX][SHIRE_LINK_LEVELS_MAX][SHIRE_LINK_KIND_LANES];
    float prior_logs[SHIRE_LINK_KIND_LANES];
    uint64_t *identities;   /* by record (link_identity.h) */
    uint16_t *commonnesses; /* by record and field: how common its value was at most; 0 unknown */
    uint64_t *blocks;       /* by block: the hash of its members */
    shire_link_edge *pairs; /* by the later record, then by the earlier one */
    /* What came of blocks and learning. */
    shire_link_model model;
    uint64_t candidate_pairs;
    uint64_t single_max;
    uint64_t pair_max;
    uint64_t pattern_stride;
    size_t pattern_count;
    shire_link_pattern_count *patterns; /* that the model was learnt from */
} shire_link_memory;

void shire_link_memory_done(shire_link_memory *memory); /* also for a zeroed one */

/* True when the memory is of these very records in this order, under these settings. */
bool shire_link_memory_is_of(const shire_link_memory *memory, const shire_link_dataset *dataset,
                             const uint64_t *identities);

/* *copy_out: zeroed before; call done after, also on failure. */
shire_status shire_link_memory_copy(const shire_link_memory *memory, shire_link_memory *copy_out,
                                    shire_error *error) SHIRE_MUST_CHECK;

/* What a memory says of the records and blocks of this run. */
typedef struct shire_link_recall {
    uint8_t *is_known;         /* by block: brings up no pair that needs to be compared */
    uint64_t *partner_offsets; /* record r: partners[partner_offsets[r] .. [r + 1]), all before r */
    uint32_t *partners;        /*   records whose pair with r is to be weighed if it is known */
    uint32_t *old_records;     /* by record: its number in the memory, or UINT32_MAX */
    size_t fresh_count;        /* records that are compared anew */
    double drift;
} shire_link_recall;

/* *is_useful_out: false when the memory is of other settings or the model has moved too far; then
 * *recall_out stays zero. Same recall on any number of threads. Call done after, also on failure.
 */
shire_status shire_link_memory_recall(
    const shire_link_memory *memory, const shire_link_dataset *dataset, const uint64_t *identities,
    const shire_link_blocks *blocks, const shire_link_scorer *scorer, const shire_link_model *model,
    bool *is_useful_out, shire_link_recall *recall_out, shire_error *error) SHIRE_MUST_CHECK;
void shire_link_recall_done(shire_link_recall *recall);

/*
 * Remember this run. `edges` are all candidate pairs whose weight is at least the least kept less
 * SHIRE_LINK_MEMORY_MARGIN. memory and recall are those of the last run, or NULL where nothing was
 * recalled. The hashes of `blocks` move into memory_out, which is zeroed before; call done after.
 * The caller adds the patterns and the number of candidate pairs.
 */
shire_status shire_link_memory_make(const shire_link_dataset *dataset, const uint64_t *identities,
                                    shire_link_blocks *blocks, const shire_link_scorer *scorer,
                                    const shire_link_model *model, const shire_link_edge *edges,
                                    size_t edge_count, const shire_link_memory *memory,
                                    const shire_link_recall *recall, shire_link_memory *memory_out,
                                    shire_error *error) SHIRE_MUST_CHECK;

/* A file of it, replaced as a whole. Reading gives SHIRE_NOT_FOUND when there is none, and
 * SHIRE_INVALID when it is damaged, cut off, or of another version or kind of machine. */
shire_status shire_link_memory_write(const shire_link_memory *memory, const char *path,
                                     shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_link_memory_read(const char *path, shire_link_memory *memory_out,
                                    shire_error *error) SHIRE_MUST_CHECK;

#endif
