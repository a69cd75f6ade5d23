/*
 * Sums and products of money. Intermediate results have 128 bits, so that only a result can leave
 * the range, never a step on the way to it.
 */
#include "core/money.h"

shire_status shire_money_add(shire_money a, shire_money b, shire_money *sum_out) {
    shire_money sum;
    if (__builtin_add_overflow(a, b, &sum)) {
        return SHIRE_OVERFLOW;
    }
    *sum_out = sum;
    return SHIRE_OK;
}

shire_status shire_money_multiply(shire_money a, shire_decimal6 b, shire_money *product_out) {
    int64_t quotient;
    int64_t remainder;
    int64_t product;
    if (!__builtin_mul_overflow(a, b, &product)) {
        quotient = product / SHIRE_MILLION;
        remainder = product % SHIRE_MILLION;
    } else {
        __int128 wide = (__int128)a * b;
        __int128 wide_quotient = wide / SHIRE_MILLION;
        if (wide_quotient > INT64_MAX || wide_quotient < INT64_MIN) {
            return SHIRE_OVERFLOW;
        }
        quotient = (int64_t)wide_quotient;
        remainder = (int64_t)(wide % SHIRE_MILLION);
    }
    int64_t direction = remainder < 0 ? -1 : 1;
    int64_t distance = remainder * direction;
    if (distance > SHIRE_MILLION / 2 || (distance == SHIRE_MILLION / 2 && quotient % 2 != 0)) {
        if (__builtin_add_overflow(quotient, direction, &quotient)) {
            return SHIRE_OVERFLOW;
        }
    }
    *product_out = quotient;
    return SHIRE_OK;
}
