/* Planned costs of care packages. See package_kernel.h for the rule; 128 bits hold a product, and
 * where they would not the price or the quantity is beyond all reason. */
#include "cost/package_kernel.h"

#include <assert.h>

__extension__ typedef unsigned __int128 unsigned_wide;

#define PLANNED_MOST UINT64_C(999999999999999999)

static uint64_t magnitude(int64_t value) {
    return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

static uint64_t greatest_common_divisor(uint64_t a, uint64_t b) {
    while (b != 0) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* floor(amount * times / (divisor * 10^6)), or false. */
static bool reach(unsigned_wide amount, uint64_t times, unsigned_wide divisor, uint64_t *out) {
    unsigned_wide product;
    if (__builtin_mul_overflow(amount, (unsigned_wide)times, &product)) {
        return false;
    }
    product /= divisor * SHIRE_MILLION;
    *out = (uint64_t)product;
    return product <= PLANNED_MOST;
}

shire_status shire_package_planned(shire_money price, shire_decimal6 quantity,
                                   shire_package_frequency frequency, int64_t days_before,
                                   int64_t days_through, shire_money *planned_out) {
    assert(days_before >= 0 && days_before <= days_through);
    uint64_t payments = 1;
    unsigned_wide divisor = 1;
    if (frequency.weeks == 0) {
        days_before = days_before > 0;
        days_through = days_through > 0;
    } else {
        uint64_t common =
            greatest_common_divisor((uint64_t)frequency.payments, (uint64_t)frequency.weeks);
        payments = (uint64_t)frequency.payments / common;
        divisor = (unsigned_wide)((uint64_t)frequency.weeks / common) * 7;
    }
    unsigned_wide amount = (unsigned_wide)magnitude(price) * magnitude(quantity);
    uint64_t before = 0;
    uint64_t through = 0;
    if (__builtin_mul_overflow(amount, (unsigned_wide)payments, &amount) ||
        !reach(amount, (uint64_t)days_before, divisor, &before) ||
        !reach(amount, (uint64_t)days_through, divisor, &through)) {
        return SHIRE_OVERFLOW;
    }
    int64_t planned = (int64_t)(through - before);
    *planned_out = (price < 0) != (quantity < 0) ? -planned : planned;
    return SHIRE_OK;
}
