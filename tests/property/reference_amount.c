/* Amounts beside their fractions, and how an amount is split: the roundings that are stated. */
#include "reference_internal.h"

#include <stdlib.h>

#define LIMIT UINT64_C(1000000000000000000)

void reference_amount_begin(reference_amount *one) {
    mpq_inits(one->exact, one->bound, NULL);
}

void reference_amount_end(reference_amount *one) {
    mpq_clears(one->exact, one->bound, NULL);
}

void reference_add(reference_amount *sum, const reference_amount *one) {
    sum->amount += one->amount;
    reference_note_size(sum->amount);
    mpq_add(sum->exact, sum->exact, one->exact);
    mpq_add(sum->bound, sum->bound, one->bound);
}

/* An amount that does not fit a DECIMAL(18,6) was met: sums and products of what fits are below
 * 2^63 here, so that they are seen before they wrap. */
bool reference_is_too_large;
void reference_note_size(int64_t amount) {
    reference_is_too_large |= llabs(amount) >= (int64_t)LIMIT;
}

int64_t reference_money_of(const mpz_t value) {
    if (mpz_cmpabs_ui(value, LIMIT) >= 0) {
        reference_is_too_large = true;
        return 0;
    }
    return mpz_get_si(value);
}

/* part += total * share: the fraction and its bound, a micropound more where it was rounded. */
void reference_add_share(reference_amount *part, const reference_amount *total, const mpq_t share,
                         bool rounded) {
    mpq_t product;
    mpq_init(product);
    mpq_mul(product, total->exact, share);
    mpq_add(part->exact, part->exact, product);
    mpq_abs(product, share);
    mpq_mul(product, product, total->bound);
    mpq_add(part->bound, part->bound, product);
    mpq_set_si(product, rounded ? 1 : 0, 1);
    mpq_add(part->bound, part->bound, product);
    mpq_clear(product);
}

/* Largest remainder over fractions that sum to 1: floors of |total| * share, then one micropound
 * more for the largest remainders, the first among equals; negated for a credit. */
void reference_split(int64_t total, mpq_t *shares, int count, int64_t *parts) {
    mpq_t value, rest;
    mpq_t *rests = malloc((size_t)count * sizeof(*rests));
    mpz_t floor;
    int64_t left = llabs(total);
    mpq_inits(value, rest, NULL);
    mpz_init(floor);
    for (int i = 0; i < count; i++) {
        mpq_init(rests[i]);
        mpq_set_si(value, llabs(total), 1);
        mpq_mul(value, value, shares[i]);
        mpz_fdiv_q(floor, mpq_numref(value), mpq_denref(value));
        mpq_set_z(rest, floor);
        mpq_sub(rests[i], value, rest);
        parts[i] = reference_money_of(floor);
        left -= parts[i];
    }
    for (; left > 0 && !reference_is_too_large; left--) {
        int largest = 0;
        for (int i = 1; i < count; i++) {
            largest = mpq_cmp(rests[i], rests[largest]) > 0 ? i : largest;
        }
        parts[largest]++;
        mpq_set_si(rests[largest], -1, 1);
    }
    for (int i = 0; i < count; i++) {
        parts[i] = total < 0 ? -parts[i] : parts[i];
        mpq_clear(rests[i]);
    }
    mpq_clears(value, rest, NULL);
    mpz_clear(floor);
    free(rests);
}

/* The same over whole weights whose sum is not zero; shares_out are made here. */
void reference_split_by(int64_t total, const int64_t *weights, int count, int64_t *parts,
                        mpq_t *shares_out) {
    mpq_t sum;
    mpq_init(sum);
    for (int i = 0; i < count; i++) {
        mpq_init(shares_out[i]);
        mpq_set_si(shares_out[i], weights[i], 1);
        mpq_add(sum, sum, shares_out[i]);
    }
    for (int i = 0; i < count; i++) {
        mpq_div(shares_out[i], shares_out[i], sum);
    }
    reference_split(total, shares_out, count, parts);
    mpq_clear(sum);
}

void reference_clear_shares(mpq_t *shares, int count) {
    for (int i = 0; i < count; i++) {
        mpq_clear(shares[i]);
    }
}
