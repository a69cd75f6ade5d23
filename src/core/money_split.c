/*
 * Exact splits: largest remainder, and the running total. The heart of costing.
 *
 * Both need floor(P * x / W) for one P and W and millions of x. With Q = P div W and R = P mod W,
 *     P * x / W = Q * x + R * x / W,
 * and with the reciprocal M = floor(R * 2^64 / W), M * x = h * 2^64 + l for 0 <= x < 2^64,
 *     R * x / W = h + (l + e * x) / 2^64 with 0 <= e < 1.
 * So floor(R * x / W) = h wherever l + x < 2^64, which one addition tells. In the rare other case
 * it is h or h + 1, and the remainder R * x - h * W, below 2 W <= 2^64, decides. No part costs a
 * division; the two for Q and M are made once.
 *
 * P is |total| and the sign is put on at the end, so that a reversal cancels part by part.
 */
#include "core/arena.h"
#include "core/money.h"

typedef unsigned __int128 uint128;
typedef __int128 int128;

enum { RADIX = 256, STACK_SHARES = 256 };

/* P / W made ready to be multiplied by many x. */
typedef struct ratio {
    uint64_t whole;      /* Q */
    uint64_t rest;       /* R */
    uint64_t reciprocal; /* M */
    uint64_t divisor;    /* W, at most 2^63 */
} ratio;

static uint64_t magnitude_of(int64_t value) {
    return value < 0 ? -(uint64_t)value : (uint64_t)value;
}

static ratio ratio_of(uint64_t numerator, uint64_t divisor) {
    uint64_t rest = numerator % divisor;
    return (ratio){
        .whole = numerator / divisor,
        .rest = rest,
        .reciprocal = (uint64_t)(((uint128)rest << 64) / divisor), /* rest < divisor: it fits */
        .divisor = divisor,
    };
}

/* floor(R * x / W). */
static inline uint64_t rest_floor(ratio by, uint64_t x) {
    uint128 product = (uint128)by.reciprocal * x;
    uint64_t floor = (uint64_t)(product >> 64);
    uint64_t low = (uint64_t)product;
    if (__builtin_expect(low + x < low, 0)) {
        floor += by.rest * x - floor * by.divisor >= by.divisor;
    }
    return floor;
}

/* floor(P * x / W) for x of either sign, at most 2^126 in magnitude, and what P * x is above that
 * floor's multiple of W. */
static int128 signed_floor(ratio by, uint64_t distance, bool negative, uint64_t *remainder_out) {
    uint64_t floor = rest_floor(by, distance);
    uint64_t remainder = by.rest * distance - floor * by.divisor;
    int128 quotient = (int128)((uint128)by.whole * distance + floor);
    if (negative) {
        quotient = remainder > 0 ? -quotient - 1 : -quotient;
        remainder = remainder > 0 ? by.divisor - remainder : 0;
    }
    *remainder_out = remainder;
    return quotient;
}

static bool fits(int128 value) {
    return value >= INT64_MIN && value <= INT64_MAX;
}

typedef struct weight_summary {
    int128 sum;
    bool any_negative;
    bool any_positive;
} weight_summary;

static weight_summary summarise(const int64_t *weights, size_t share_count) {
    weight_summary summary = {0};
    for (size_t i = 0; i < share_count; i++) {
        summary.sum += weights[i];
        summary.any_negative |= weights[i] < 0;
        summary.any_positive |= weights[i] > 0;
    }
    return summary;
}

static shire_status refuse_zero(shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_INVALID,
                      "the weights of a split sum to zero; give it weights with a total");
}

static shire_status refuse_weights(shire_error *error) {
    return SHIRE_FAIL(
        error, SHIRE_OVERFLOW,
        "the weights of a split sum to more than 64 bits; give them in a larger unit");
}

static shire_status refuse_part(shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_OVERFLOW,
                      "a part of a split leaves the range of money; look at the negative weights");
}

/* All bits set to negate by (x ^ mask) - mask, none to leave x as it is. */
static uint64_t negation_mask(bool negate) {
    return negate ? UINT64_MAX : 0;
}

/* All weights on the side of W and running sums within 0..W: no step can leave 64 bits. */
static void split_one_sided(ratio by, shire_money total, bool weights_negative,
                            const int64_t *weights, size_t share_count, shire_money *parts_out) {
    const uint64_t weight_mask = negation_mask(weights_negative);
    const uint64_t part_mask = negation_mask(total < 0);
    uint64_t running = 0;
    uint64_t floor_before = 0;
    for (size_t i = 0; i < share_count; i++) {
        running += ((uint64_t)weights[i] ^ weight_mask) - weight_mask;
        uint64_t floor = by.whole * running + rest_floor(by, running);
        parts_out[i] = (int64_t)(((floor - floor_before) ^ part_mask) - part_mask);
        floor_before = floor;
    }
}

/* Weights of both signs: running sums stray outside 0..W and a part may leave int64. With parts_out
 * NULL it only checks, so that a second walk writes all or nothing. */
static shire_status split_mixed(ratio by, shire_money total, bool divisor_negative,
                                const int64_t *weights, size_t share_count, shire_money *parts_out,
                                shire_error *error) {
    uint64_t remainder;
    int64_t running = 0;
    int128 floor_before = 0;
    for (size_t i = 0; i < share_count; i++) {
        if (__builtin_add_overflow(running, weights[i], &running)) {
            return refuse_weights(error);
        }
        int128 floor =
            signed_floor(by, magnitude_of(running), (running < 0) != divisor_negative, &remainder);
        int128 part = total < 0 ? floor_before - floor : floor - floor_before;
        if (!fits(part)) {
            return refuse_part(error);
        }
        if (parts_out != NULL) {
            parts_out[i] = (int64_t)part;
        }
        floor_before = floor;
    }
    return SHIRE_OK;
}

/* The sum of the weights of a split, or why it cannot be split over. */
static shire_status check_weights(const int64_t *weights, size_t share_count,
                                  weight_summary *summary_out, shire_error *error) {
    if (share_count == 0) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "a split has no weights; give it at least one");
    }
    *summary_out = summarise(weights, share_count);
    if (summary_out->sum == 0) {
        return refuse_zero(error);
    }
    return fits(summary_out->sum) ? SHIRE_OK : refuse_weights(error);
}

shire_status shire_money_split_running(shire_money total, const int64_t *weights,
                                       size_t share_count, shire_money *parts_out,
                                       shire_error *error) {
    weight_summary summary;
    shire_status status = check_weights(weights, share_count, &summary, error);
    if (status != SHIRE_OK) {
        return status;
    }
    const bool negative = summary.sum < 0;
    const ratio by = ratio_of(magnitude_of(total), magnitude_of((int64_t)summary.sum));
    if (negative ? !summary.any_positive : !summary.any_negative) {
        split_one_sided(by, total, negative, weights, share_count, parts_out);
        return SHIRE_OK;
    }
    status = split_mixed(by, total, negative, weights, share_count, NULL, error);
    return status == SHIRE_OK
               ? split_mixed(by, total, negative, weights, share_count, parts_out, error)
               : status;
}

/* Which remainders are rounded up: all above the threshold and the first `ties` equal to it. */
typedef struct round_up_rule {
    uint64_t threshold;
    size_t ties;
} round_up_rule;

/*
 * The rule that rounds up exactly the `wanted` largest (0 < wanted <= count), by radix selection:
 * a byte at a time from the top byte of `bound`, keep to the bucket that holds the wanted-th
 * largest. All remainders are below `bound`.
 */
static round_up_rule select_largest(const uint64_t *remainders, size_t count, size_t wanted,
                                    uint64_t bound) {
    uint64_t prefix = 0;
    uint64_t prefix_mask = 0;
    for (int shift = (63 - __builtin_clzll(bound)) / 8 * 8; shift >= 0; shift -= 8) {
        size_t bucket_counts[RADIX] = {0};
        for (size_t i = 0; i < count; i++) {
            if ((remainders[i] & prefix_mask) == prefix) {
                bucket_counts[remainders[i] >> shift & (RADIX - 1)]++;
            }
        }
        uint64_t bucket = RADIX - 1;
        while (bucket_counts[bucket] < wanted) {
            wanted -= bucket_counts[bucket];
            bucket--;
        }
        prefix |= bucket << shift;
        prefix_mask |= (uint64_t)(RADIX - 1) << shift;
    }
    return (round_up_rule){.threshold = prefix, .ties = wanted};
}

typedef struct remainder_split {
    ratio by;
    shire_money total;
    bool divisor_negative;
    const int64_t *weights;
    size_t share_count;
} remainder_split;

static int128 share_floor(const remainder_split *split, size_t i, uint64_t *remainder_out) {
    int64_t weight = split->weights[i];
    return signed_floor(split->by, magnitude_of(weight), (weight < 0) != split->divisor_negative,
                        remainder_out);
}

/* With parts_out NULL it only checks that every part fits. */
static bool place_parts(const remainder_split *split, round_up_rule rule, shire_money *parts_out) {
    for (size_t i = 0; i < split->share_count; i++) {
        uint64_t remainder;
        int128 part = share_floor(split, i, &remainder);
        if (remainder > rule.threshold) {
            part++;
        } else if (remainder == rule.threshold && rule.ties > 0) {
            part++;
            rule.ties--;
        }
        part = split->total < 0 ? -part : part;
        if (!fits(part)) {
            return false;
        }
        if (parts_out != NULL) {
            parts_out[i] = (int64_t)part;
        }
    }
    return true;
}

shire_status shire_money_split(shire_money total, const int64_t *weights, size_t share_count,
                               shire_money *parts_out, shire_error *error) {
    weight_summary summary;
    shire_status status = check_weights(weights, share_count, &summary, error);
    if (status != SHIRE_OK) {
        return status;
    }
    uint64_t few_remainders[STACK_SHARES];
    uint64_t *remainders = few_remainders;
    if (share_count > STACK_SHARES) {
        remainders = share_count <= SIZE_MAX / sizeof *remainders
                         ? shire_memory_resize(NULL, share_count * sizeof *remainders)
                         : NULL;
        if (remainders == NULL) {
            return SHIRE_FAIL(error, SHIRE_NO_MEMORY,
                              "the machine has no memory left to split over %zu shares; close "
                              "other programs",
                              share_count);
        }
    }
    const int64_t weight_total = (int64_t)summary.sum;
    const remainder_split split = {
        .by = ratio_of(magnitude_of(total), magnitude_of(weight_total)),
        .total = total,
        .divisor_negative = weight_total < 0,
        .weights = weights,
        .share_count = share_count,
    };
    int128 unplaced = magnitude_of(total);
    for (size_t i = 0; i < share_count; i++) {
        unplaced -= share_floor(&split, i, &remainders[i]);
    }
    /* Every remainder is below W and they sum to `unplaced` times W, so that more than `unplaced`
     * of them are positive: no part that is exact gets rounded. */
    round_up_rule rule = {.threshold = UINT64_MAX};
    if (unplaced > 0) {
        rule = select_largest(remainders, share_count, (size_t)unplaced, split.by.divisor);
    }
    /* Only weights of both signs can give a part that is larger than the total. */
    if (summary.any_negative && summary.any_positive && !place_parts(&split, rule, NULL)) {
        status = refuse_part(error);
        goto done;
    }
    if (!place_parts(&split, rule, parts_out)) {
        status = SHIRE_FAIL(error, SHIRE_INTERNAL, "a part of a split exceeds its total");
    }

done:
    if (remainders != few_remainders) {
        shire_memory_free(remainders);
    }
    return status;
}
