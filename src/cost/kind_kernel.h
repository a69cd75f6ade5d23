/*
 * What stands out among the costs of one kind of care: the median of those above zero, the costs
 * many times as high, those of nothing and those below it. Pure: safe from any thread.
 */
#ifndef SHIRE_COST_KIND_KERNEL_H
#define SHIRE_COST_KIND_KERNEL_H

#include "core/money.h"

typedef struct shire_kind_figures {
    int64_t count;
    shire_money amount;
    shire_money median;    /* of the costs above zero the middle one, of two the lower; 0: none */
    int64_t outlier_count; /* costs of more than `outlier_times` medians */
    shire_money outlier_amount;
    int64_t zero_count;
    int64_t negative_count;
    shire_money negative_amount;
} shire_kind_figures;

/*
 * amounts        of `count` events, micropounds, in any order; the figures do not depend on it.
 * outlier_times  at least 1.
 *
 * SHIRE_OVERFLOW where a sum leaves the range; figures_out is then not written.
 */
shire_status shire_kind_measure(const shire_money *amounts, size_t count, int64_t outlier_times,
                                shire_kind_figures *figures_out) SHIRE_MUST_CHECK;

#endif
