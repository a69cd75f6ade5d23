/*
 * What is kept of a run so that it can be explained, reported on, and so that one record can be
 * matched later: the model, and what its weights came to. ARCHITECTURE.md lists the tables, all
 * named link_*. Same rows on any number of threads.
 *
 * A keeper looks on while the engine works (shire_link_keeper.observer), then writes.
 */
#ifndef SHIRE_LINK_LINK_KEEP_H
#define SHIRE_LINK_LINK_KEEP_H

#include "link/link_engine.h"
#include "link/link_facts.h"
#include "link/link_score_kernel.h"

#define SHIRE_LINK_WEIGHT_LEAST (-60) /* weights are counted in bands of half a bit from here */
#define SHIRE_LINK_WEIGHT_BANDS 240   /*   up to 60; what lies outside is in the outermost */

typedef struct shire_link_keeper {
    shire_link_observer observer; /* for the engine's options; points back here */
    const shire_link_dataset *dataset;
    const uint32_t *truths; /* by record: the true person, 0 not known; or NULL */
    shire_link_pattern_count *patterns;
    size_t pattern_count;
    size_t pattern_stride;
    uint64_t weights[SHIRE_LINK_WEIGHT_BANDS];      /* candidate pairs by band */
    uint64_t true_weights[SHIRE_LINK_WEIGHT_BANDS]; /* those of one true person */
    uint64_t *sampled; /* lower record << 32 | higher: kept pairs of the sample, ascending */
    size_t sampled_count;
    size_t sampled_capacity;
    bool failed; /* out of memory while looking on */
} shire_link_keeper;

/* `truths` may be NULL; it and the dataset must outlive the keeper. */
void shire_link_keeper_init(const shire_link_dataset *dataset, const uint32_t *truths,
                            shire_link_keeper *keeper_out);
void shire_link_keeper_done(shire_link_keeper *keeper);

/*
 * Replace the tables link_* of `table`. `sources` is the column that the dataset's sources came
 * from, or NULL when there was none. Call after the engine has run under this keeper.
 */
shire_status shire_link_keeper_write(shire_link_keeper *keeper,
                                     const shire_link_engine_result *result,
                                     const shire_column *sources, int thread_count,
                                     shire_table *table, shire_error *error) SHIRE_MUST_CHECK;

/* Replace the table link_fact: what events and decisions say of pairs of records. */
shire_status shire_link_keep_facts(const shire_link_facts *facts, shire_table *table,
                                   shire_arena *arena, shire_error *error) SHIRE_MUST_CHECK;

/*
 * What holds the records of one person together: the strongest pairs that join all of them, one
 * fewer than records (a spanning tree of the largest sum), from the strongest down; ties go to the
 * lower records. Its last pair is the person's weakest point.
 *
 * members     ascending; count at least 2.
 * ties_out    count - 1 pairs, a < b.
 * scratch     3 * count floats' worth of bytes.
 */
void shire_link_ties_find(const shire_link_scorer *scorer, const uint32_t *members, size_t count,
                          shire_link_cache *cache, shire_link_edge *ties_out, uint32_t *scratch);

/* Families of fields whose agreement brings pairs up on its own: a bit each. */
enum {
    SHIRE_LINK_FAMILY_NAME = 1,
    SHIRE_LINK_FAMILY_BIRTH = 2,
    SHIRE_LINK_FAMILY_HOME = 4,
    SHIRE_LINK_FAMILY_NUMBER = 8,
    SHIRE_LINK_FAMILIES = 16
};
/* The family of a field, 0 for one that tells too little on its own (sex). */
unsigned shire_link_family_of(const shire_link_field *field, shire_link_scope scope);

#endif
