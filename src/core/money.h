/*
 * Money: int64 micropounds (a millionth of a pound), never a float. The same fixed-point form
 * ("decimal6": int64 millionths) carries quantities, minutes and weights.
 *
 * Range: about +-9.2e12 pounds. Every operation that could leave it says SHIRE_OVERFLOW.
 */
#ifndef SHIRE_CORE_MONEY_H
#define SHIRE_CORE_MONEY_H

#include "core/error.h"
#include "core/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef int64_t shire_money;    /* micropounds */
typedef int64_t shire_decimal6; /* millionths of any unit */

#define SHIRE_MILLION INT64_C(1000000)

/*
 * Parse a decimal exactly. Accepts what finance systems write: 1234.56, 1,234.56, £1,234.56,
 * -12, 12-, (12.00), 12.00CR (negative), 12.00DR (positive), +5, .5, 5., 1e-05, white space
 * around. Grouping commas must stand every three digits; one sign at most ("-12CR" is refused).
 * More than six decimals: rounded half to even. *rounded_out (may be NULL) tells whether that
 * changed the value: false for 1.0000000.
 * SHIRE_INVALID for anything else (empty text too), SHIRE_OVERFLOW beyond the range.
 */
shire_status shire_decimal_parse(shire_span text, shire_decimal6 *value_out,
                                 bool *rounded_out) SHIRE_MUST_CHECK;

/* Shortest exact form with at least `minimum_decimals` (0..6): 1234.5 at 2 gives "1234.50".
 * Terminated; buffer of at least 24 bytes. Returns the length. */
size_t shire_decimal_format(shire_decimal6 value, int minimum_decimals, char buffer[24]);

/* Rounded half to even to pence, with grouping commas: "-1,234.57". For people, not for machines.
 * Buffer of at least 32 bytes. Returns the length. */
size_t shire_money_format_pounds(shire_money money, char buffer[32]);

shire_status shire_money_add(shire_money a, shire_money b, shire_money *sum_out) SHIRE_MUST_CHECK;

/* a * b where b is in millionths, rounded half to even: a price times a quantity. */
shire_status shire_money_multiply(shire_money a, shire_decimal6 b,
                                  shire_money *product_out) SHIRE_MUST_CHECK;

/*
 * Split `total` over `share_count` weights so that the parts sum to `total` exactly: largest
 * remainder.
 *
 * total        micropounds; negative is a credit. Splitting -x gives exactly the negated parts of
 *              x, so that a reversal cancels line by line.
 * weights      all in one unit; their sum must not be zero. Negative weights are allowed (a
 *              driver that is itself a credit) and give parts of the opposite sign.
 * parts_out    caller's array of share_count; written only on SHIRE_OK. May not alias weights.
 *
 * Each part differs from the exact quotient by less than one micropound. Ties go to the lower
 * index, so a split is repeatable on any number of threads.
 * Returns SHIRE_OK, SHIRE_INVALID (no weights, or they sum to zero), SHIRE_OVERFLOW or
 * SHIRE_NO_MEMORY. Pure: safe from any thread.
 */
shire_status shire_money_split(shire_money total, const int64_t *weights, size_t share_count,
                               shire_money *parts_out, shire_error *error) SHIRE_MUST_CHECK;

/*
 * The running-total split: part i = floor(P * C_i / W) - floor(P * C_(i-1) / W) with P = |total|
 * and C the running sum of the weights. Exact, no sort.
 * Same contract as shire_money_split; a part differs from the exact quotient by less than one
 * micropound, and the order of the weights decides which parts carry the remainder.
 */
shire_status shire_money_split_running(shire_money total, const int64_t *weights,
                                       size_t share_count, shire_money *parts_out,
                                       shire_error *error) SHIRE_MUST_CHECK;

#endif
