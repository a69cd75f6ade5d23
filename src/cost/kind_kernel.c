/*
 * The median is found by its digits, eleven bits at a time from the highest: each pass counts the
 * amounts whose higher digits are those found so far by their next digit. Six passes over the
 * amounts whatever they are, and nothing is moved.
 */
#include "cost/kind_kernel.h"

#include <string.h>

#define DIGIT_BITS 11
#define DIGIT_COUNT ((size_t)1 << DIGIT_BITS)

__extension__ typedef __int128 wide;

/* The amount above zero of that rank, from 0 up; there are more than `rank` of them. */
static shire_money select_positive(const shire_money *amounts, size_t count, size_t rank) {
    uint64_t found = 0; /* the higher digits */
    size_t counts[DIGIT_COUNT];
    for (int shift = 5 * DIGIT_BITS; shift >= 0; shift -= DIGIT_BITS) {
        memset(counts, 0, sizeof(counts));
        for (size_t i = 0; i < count; i++) {
            uint64_t digits = (uint64_t)amounts[i] >> shift;
            if (amounts[i] > 0 && digits >> DIGIT_BITS == found) {
                counts[digits & (DIGIT_COUNT - 1)]++;
            }
        }
        size_t digit = 0;
        while (rank >= counts[digit]) {
            rank -= counts[digit++];
        }
        found = found << DIGIT_BITS | digit;
    }
    return (shire_money)found;
}

shire_status shire_kind_measure(const shire_money *amounts, size_t count, int64_t outlier_times,
                                shire_kind_figures *figures_out) {
    shire_kind_figures figures = {.count = (int64_t)count};
    size_t positive_count = 0;
    bool overflows = false;
    for (size_t i = 0; i < count; i++) {
        shire_money amount = amounts[i];
        overflows |= __builtin_add_overflow(figures.amount, amount, &figures.amount);
        positive_count += amount > 0;
        figures.zero_count += amount == 0;
        if (amount < 0) {
            figures.negative_count++;
            overflows |=
                __builtin_add_overflow(figures.negative_amount, amount, &figures.negative_amount);
        }
    }
    if (positive_count > 0) {
        figures.median = select_positive(amounts, count, (positive_count - 1) / 2);
        wide limit = (wide)figures.median * outlier_times;
        for (size_t i = 0; i < count; i++) {
            if (amounts[i] > limit) {
                figures.outlier_count++;
                overflows |= __builtin_add_overflow(figures.outlier_amount, amounts[i],
                                                    &figures.outlier_amount);
            }
        }
    }
    if (overflows) {
        return SHIRE_OVERFLOW;
    }
    *figures_out = figures;
    return SHIRE_OK;
}
