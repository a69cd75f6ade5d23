/*
 * What a care package should cost in a period: a price by frequency over its days, exactly.
 *
 * A week is seven days; a price of `payments` in `weeks` is price * payments / weeks a week, so
 * that a monthly price (12 in 52) of 520.00 is 120.00 a week and 17.142857 a day. Of x days, the
 * first and the last included, R(x) = floor(|price| * quantity * payments * x / (7 * weeks)) in
 * micropounds, negated for a credit, and the days from a + 1 to b of a package cost R(b) - R(a):
 * the years of a package that crosses them sum to the whole package, to the micropound.
 *
 * Source of the rule: NHS and local authority practice of weekly unit costs, weeks = days / 7 with
 * both ends counted, a month 12/52 of a year of weeks. Pure: safe from any thread.
 */
#ifndef SHIRE_COST_PACKAGE_KERNEL_H
#define SHIRE_COST_PACKAGE_KERNEL_H

#include "core/date.h"
#include "core/money.h"

#include <stdbool.h>

/* payments and weeks in millionths, positive; weeks 0: paid once, however long it lasts. */
typedef struct shire_package_frequency {
    shire_decimal6 payments;
    shire_decimal6 weeks;
} shire_package_frequency;

/*
 * The planned cost of `days_through` days less that of the first `days_before` of them
 * (0 <= days_before <= days_through). Where the price is paid once, it counts from the first day.
 *
 * price      micropounds, of any sign; quantity: units, in millionths, of any sign.
 * SHIRE_OVERFLOW where it leaves the range of DECIMAL(18,6); planned_out is then not written.
 */
shire_status shire_package_planned(shire_money price, shire_decimal6 quantity,
                                   shire_package_frequency frequency, int64_t days_before,
                                   int64_t days_through, shire_money *planned_out) SHIRE_MUST_CHECK;

#endif
