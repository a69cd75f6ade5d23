/*
 * The model of a pair, learnt without examples: Fellegi and Sunter's, with five kinds of pairs in
 * place of two. Within a kind the fields are independent; what joins fields in the real world (a
 * household, a move) is a kind of its own, so that a wrong postcode and a wrong address are one
 * move and not two disagreements, and a wife is not her husband for sharing all but two fields.
 *
 *   SAME        one person, same home
 *   MOVED       one person, another home: as SAME but for the fields of the home
 *   STRANGER    two people with nothing in common: u, known from random pairs
 *   NEIGHBOUR   two people whose home fields agree more than chance
 *   RELATIVE    two people of one family: home, family name and (twins) birth date agree too
 *
 * A pair is a match when it is SAME or MOVED. Priors are shares of all pairs, not of candidates, so
 * u needs no correction for what blocking chose. Level 0 (not known) says nothing: it takes no part
 * and counts for nothing.
 * Pure functions; sums run in the order of the patterns, so equal input gives equal bytes.
 */
#ifndef SHIRE_LINK_EM_KERNEL_H
#define SHIRE_LINK_EM_KERNEL_H

#include "link/link_dataset.h"

typedef enum shire_link_pair_kind {
    SHIRE_LINK_PAIR_SAME,
    SHIRE_LINK_PAIR_MOVED,
    SHIRE_LINK_PAIR_STRANGER,
    SHIRE_LINK_PAIR_NEIGHBOUR,
    SHIRE_LINK_PAIR_RELATIVE,
    SHIRE_LINK_PAIR_KINDS
} shire_link_pair_kind;

/* What a field belongs to decides in which kinds of pairs it goes its own way. */
typedef enum shire_link_scope {
    SHIRE_LINK_SCOPE_PERSON, /* given name, NHS number: strangers' levels in all kinds of non-match
                              */
    SHIRE_LINK_SCOPE_BIRTH,  /* birth date: shared by twins */
    SHIRE_LINK_SCOPE_FAMILY, /* family name, e-mail: shared by relatives */
    SHIRE_LINK_SCOPE_HOME    /* address, postcode, telephone, town */
} shire_link_scope;

typedef struct shire_link_model {
    size_t field_count;
    shire_link_scope scopes[SHIRE_LINK_FIELDS_MAX];
    int level_counts[SHIRE_LINK_FIELDS_MAX]; /* level 0 included */
    /* probability of a level given the kind of pair, both known */
    double levels[SHIRE_LINK_PAIR_KINDS][SHIRE_LINK_FIELDS_MAX][SHIRE_LINK_LEVELS_MAX];
    /* the start's levels count as so many pairs of each kind in every iteration: where the data are
     * too few to learn from, what agreement usually is stands. 0: only the data speak */
    double usual_pairs;
    double usual[SHIRE_LINK_PAIR_KINDS][SHIRE_LINK_FIELDS_MAX][SHIRE_LINK_LEVELS_MAX];
    double usual_priors[SHIRE_LINK_PAIR_KINDS];
    double priors[SHIRE_LINK_PAIR_KINDS]; /* sum 1; 0 for a kind that the fields cannot tell */
    int iterations;                       /* of the last run of EM */
} shire_link_model;

typedef struct shire_link_pattern_count {
    shire_link_pattern pattern;
    double count; /* pairs, whole or expected */
} shire_link_pattern_count;

/* The kind whose levels a field takes in a kind of pair: the kind itself when the field goes its
 * own way in it; SAME or STRANGER otherwise. */
shire_link_pair_kind shire_link_model_source(shire_link_scope scope, shire_link_pair_kind kind);

/*
 * Start a model: strangers' levels from the level counts of random pairs (`random_counts[field]
 * [level]`; a level never seen gets half a pair), all else from what agreement usually is.
 * `scopes`, `level_counts` and `usual_pairs` are set by the caller.
 */
void shire_link_model_start(shire_link_model *model,
                            const double random_counts[][SHIRE_LINK_LEVELS_MAX],
                            double record_count);

/*
 * Expectation maximisation from the present model. pair_total is the number of all pairs that the
 * candidates were chosen from (the patterns' counts sum to less). Ends when no probability moves
 * by more than 1e-4, or after `iterations_max`.
 */
void shire_link_model_run_em(shire_link_model *model, const shire_link_pattern_count *patterns,
                             size_t pattern_count, double pair_total, int iterations_max);

#endif
