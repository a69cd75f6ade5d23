/* What the files of the reference share. */
#ifndef SHIRE_TESTS_PROPERTY_REFERENCE_INTERNAL_H
#define SHIRE_TESTS_PROPERTY_REFERENCE_INTERNAL_H

#include "reference.h"

void reference_amount_begin(reference_amount *one);
void reference_amount_end(reference_amount *one);

/* An amount of a trillion pounds or more was met, which the warehouse does not hold. Sums and
 * products of two amounts that it holds stay below 2^63, so that it is seen before one wraps. */
extern bool reference_is_too_large;
void reference_note_size(int64_t amount);
/* 0, and noted, where it is too large. */
int64_t reference_money_of(const mpz_t value);

void reference_add(reference_amount *sum, const reference_amount *one);
/* part += total * share: the fraction and its bound, a micropound more where it was rounded. */
void reference_add_share(reference_amount *part, const reference_amount *total, const mpq_t share,
                         bool rounded);
/* Largest remainder over fractions that sum to 1: floors of |total| * share, then one micropound
 * more for the largest remainders, the first among equals; negated for a credit. */
void reference_split(int64_t total, mpq_t *shares, int count, int64_t *parts);
/* The same over whole weights whose sum is not zero; shares_out are made here. */
void reference_split_by(int64_t total, const int64_t *weights, int count, int64_t *parts,
                        mpq_t *shares_out);
void reference_clear_shares(mpq_t *shares, int count);

/* A ledger line with a rule names the pool. */
bool reference_is_mapped(const reference_model *model, int pool);
/* A support pool that is there. */
bool reference_gives(const reference_model *model, int pool);
void reference_make_pool(reference_model *model, int pool);
void reference_count_unknown_fallbacks(reference_model *model);
void reference_spread_support(reference_model *model);

#endif
