/*
 * Why two records are one person or are not, and what holds a person together: the weight of a pair
 * field by field, the keys that can have brought the pair up, the facts that forbid it; for a
 * person the strongest pairs that join its records, and the weakest point.
 *
 * What an explanation holds lives in the caller's arena. Values of records are in it only when
 * asked for. Pure but for the arena; the basis may be shared between threads.
 */
#ifndef SHIRE_LINK_LINK_EXPLAIN_H
#define SHIRE_LINK_LINK_EXPLAIN_H

#include "link/link_basis.h"
#include "link/link_waterfall_kernel.h"

#define SHIRE_LINK_EXPLAIN_KEYS_MAX 8

typedef enum shire_link_step_kind {
    SHIRE_LINK_STEP_PRIOR,
    SHIRE_LINK_STEP_FIELD,  /* log2(m / u) of a field's level */
    SHIRE_LINK_STEP_RARITY, /* term frequency of the value that both have */
    SHIRE_LINK_STEP_MOVE,
    SHIRE_LINK_STEP_OTHERS
} shire_link_step_kind;

/* Weights are in thousandths of a bit. A step's `weight` is the difference of two rounded running
 * totals, so the steps sum to the weight exactly as printed, each within a thousandth of its own.
 */
typedef struct shire_link_step {
    shire_link_step_kind kind;
    size_t field; /* of FIELD and RARITY */
    int64_t weight;
    int64_t running;
} shire_link_step;

/* A key is a part of one field, or two parts of two fields, that both records share. */
typedef struct shire_link_shared_key {
    const char *description; /* "postcode", "family (sound) and dob (year)" */
    uint64_t records;        /* all that share it: the block */
    bool is_small;           /* the run took blocks of this size whole */
} shire_link_shared_key;

typedef struct shire_link_pair_explanation {
    size_t records[2];
    const char *names[2]; /* ORGANISATION/SOURCE/local_id */
    const char *person_ids[2];
    bool is_one_person;
    shire_link_waterfall waterfall;
    shire_link_step steps[2 * SHIRE_LINK_FIELDS_MAX + 3];
    size_t step_count;
    int64_t weight; /* thousandths of a bit; the last running total */
    double probability;
    const char *values[SHIRE_LINK_FIELDS_MAX][2]; /* as compared; NULL when not asked for */
    shire_link_shared_key keys[SHIRE_LINK_EXPLAIN_KEYS_MAX]; /* smallest block first */
    size_t key_count;
    const char
        *forbidden[4]; /* facts and decisions that keep the two apart whatever the evidence */
    size_t forbidden_count;
    const char *forced; /* the decision that holds them together, or NULL */
} shire_link_pair_explanation;

/* SHIRE_INVALID for a pair of a record with itself, or when there is no model. */
shire_status shire_link_explain_pair(const shire_link_basis *basis, size_t a, size_t b,
                                     bool with_values, shire_arena *arena,
                                     shire_link_pair_explanation *explanation_out,
                                     shire_error *error) SHIRE_MUST_CHECK;

typedef struct shire_link_tie {
    const char *names[2];
    int64_t weight; /* thousandths of a bit */
    double probability;
} shire_link_tie;

typedef struct shire_link_person_explanation {
    const char *person_id;
    const char **records; /* names, by record_no */
    size_t record_count;
    const shire_link_tie
        *ties; /* record_count - 1, strongest first; the last is the weakest point */
    /* Without the weakest tie the person falls into two parts: the mean weight of all pairs between
     * them, each cut to +-10 bits as grouping does, and the parts' sizes. */
    int64_t between_weight;
    size_t part_counts[2];
    shire_link_pair_explanation weakest; /* of the last tie; only when record_count > 1 */
} shire_link_person_explanation;

shire_status shire_link_explain_person(const shire_link_basis *basis, size_t person,
                                       bool with_values, shire_arena *arena,
                                       shire_link_person_explanation *explanation_out,
                                       shire_error *error) SHIRE_MUST_CHECK;

#endif
