/*
 * Support costs: every giving pool's own cost, split once and exactly over the pools that keep
 * cost.
 *
 * The three methods differ only in who may receive from whom:
 *   direct      only pools that give nothing themselves;
 *   step-down   all but givers of the same or an earlier step;
 *   reciprocal  all but the giver itself: x = d + A'x, solved exactly as (I - A')x = d.
 * What is left is a graph whose givers pass everything on. Eliminating the givers one by one
 * (Gauss-Jordan in the form of Grassmann, Taksar and Heyman, which never subtracts where all
 * quantities are positive) gives each giver's reach: how much of a pound ends up in each keeping
 * pool, however many pools it passes through. The own cost is then split by largest remainder in
 * proportion to the reach, so nothing is lost or made, and a reversed cost gives negated parts.
 *
 * Exactness. Reaches are kept as integers up to a common factor for each giver, so they are exact
 * fractions while they fit in about 120 bits. Where they do not, a row is rounded to that width:
 * each rounding changes a reach by less than 2^-118 of the row's largest entry. With non-negative
 * quantities the error of a part is therefore below |cost| * givers^2 * 2^-117, which is less than
 * a ten-thousandth of a micropound for a billion pounds and a thousand pools.
 *
 * Pure: no allocation, safe from any thread.
 */
#ifndef SHIRE_COST_SUPPORT_KERNEL_H
#define SHIRE_COST_SUPPORT_KERNEL_H

#include "core/error.h"
#include "core/money.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum shire_support_method {
    SHIRE_SUPPORT_DIRECT,
    SHIRE_SUPPORT_STEP_DOWN,
    SHIRE_SUPPORT_RECIPROCAL
} shire_support_method;

typedef struct shire_support_giver {
    int32_t pool;       /* in [0, pool_count); no pool gives twice */
    int32_t step;       /* for step-down */
    int32_t fallback;   /* the pool that receives all where the driver fails; -1: none */
    size_t first_share; /* shares [first_share, first_share + share_count) of the input */
    size_t share_count;
} shire_support_giver;

typedef struct shire_support_input {
    shire_support_method method;
    const shire_money *own_costs; /* pool -> micropounds, any sign */
    size_t pool_count;
    const shire_support_giver *givers;
    size_t giver_count;
    const int32_t *share_pools;      /* receiving pool; a pool may come twice, its shares add up */
    const int64_t *share_quantities; /* driver quantity, any sign */
} shire_support_input;

/* Why a giver cannot pass its cost on. */
typedef enum shire_support_problem {
    SHIRE_SUPPORT_FINE,
    SHIRE_SUPPORT_NO_QUANTITY, /* the quantities that are left sum to zero, and there is no fallback
                                */
    SHIRE_SUPPORT_LOOP,        /* a member of a loop that reaches no keeping pool */
    SHIRE_SUPPORT_CANCELS      /* quantities of both signs cancel along the way */
} shire_support_problem;

/* Bytes of scratch memory, aligned to 64 bytes. */
size_t shire_support_scratch_bytes(size_t pool_count, size_t giver_count);

/*
 * flows_out     giver_count rows of pool_count: micropounds of the giver's own cost that end up in
 *               the pool; 0 for pools that give. A row sums to the giver's own cost.
 * problems_out  giver -> why it cannot pass cost on. A giver that never holds cost has no problem.
 *
 * SHIRE_INVALID when there is a problem (flows_out is then undefined); SHIRE_OVERFLOW when a flow
 * leaves the range, which only quantities of both signs can bring about.
 */
shire_status shire_support_spread(const shire_support_input *input, void *scratch,
                                  shire_money *flows_out, shire_support_problem *problems_out,
                                  shire_error *error) SHIRE_MUST_CHECK;

/* True where the method lets giver `giver` give to `pool` (which may be a giver too). */
bool shire_support_may_give(const shire_support_input *input, const int32_t *giver_of_pool,
                            size_t giver, int32_t pool);

#endif
