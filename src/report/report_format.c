/* Numbers for readers: integer arithmetic throughout, so that every machine prints the same. */
#include "report/report_format.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define MICROPOUNDS_A_PENNY 10000
#define MINUS "\xe2\x88\x92"

static uint64_t magnitude(int64_t value) {
    return value < 0 ? UINT64_C(0) - (uint64_t)value : (uint64_t)value;
}

/* Digits of `value` with commas; returns the length. */
static size_t group_digits(uint64_t value, char *out) {
    char digits[24];
    int count = snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
    size_t length = 0;
    for (int i = 0; i < count; i++) {
        if (i > 0 && (count - i) % 3 == 0) {
            out[length++] = ',';
        }
        out[length++] = digits[i];
    }
    out[length] = '\0';
    return length;
}

int64_t shire_report_divide(int64_t dividend, int64_t divisor) {
    uint64_t quotient = magnitude(dividend) / (uint64_t)divisor;
    uint64_t remainder = magnitude(dividend) % (uint64_t)divisor;
    quotient += remainder >= (uint64_t)divisor - remainder;
    return dividend < 0 ? -(int64_t)quotient : (int64_t)quotient;
}

void shire_report_format_count(int64_t count, char buffer[SHIRE_REPORT_NUMBER_BYTES]) {
    char digits[32];
    group_digits(magnitude(count), digits);
    snprintf(buffer, SHIRE_REPORT_NUMBER_BYTES, "%s%s", count < 0 ? MINUS : "", digits);
}

void shire_report_format_money(shire_money money, char buffer[SHIRE_REPORT_NUMBER_BYTES]) {
    uint64_t micropounds = magnitude(money);
    uint64_t pence = magnitude(shire_report_divide(money, MICROPOUNDS_A_PENNY));
    char digits[32];
    char decimals[16];
    /* What would come out as nothing at all is shown in full. */
    if (pence == 0 && micropounds > 0) {
        int length = snprintf(decimals, sizeof decimals, "%06u", (unsigned)micropounds);
        while (decimals[length - 1] == '0') {
            decimals[--length] = '\0';
        }
    } else {
        snprintf(decimals, sizeof decimals, "%02u", (unsigned)(pence % 100));
    }
    group_digits(pence / 100, digits);
    snprintf(buffer, SHIRE_REPORT_NUMBER_BYTES, "%s£%s.%s", money < 0 ? MINUS : "", digits,
             decimals);
}

void shire_report_format_pounds(shire_money money, char buffer[SHIRE_REPORT_NUMBER_BYTES]) {
    int64_t pounds = shire_report_divide(money, SHIRE_MILLION);
    char digits[32];
    group_digits(magnitude(pounds), digits);
    snprintf(buffer, SHIRE_REPORT_NUMBER_BYTES, "%s£%s", pounds < 0 ? MINUS : "", digits);
}

void shire_report_format_short(shire_money money, char buffer[SHIRE_REPORT_NUMBER_BYTES]) {
    static const struct {
        int64_t unit_pounds;
        const char *suffix;
    } units[] = {{1000000000, "bn"}, {1000000, "m"}, {1000, "k"}};
    const char *sign = money < 0 ? MINUS : "";
    uint64_t micropounds = magnitude(money);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        int64_t unit = units[i].unit_pounds * SHIRE_MILLION;
        /* 999,500 is already 1.00m to three figures: compare after rounding to the unit below. */
        if (micropounds < (uint64_t)unit - (uint64_t)unit / 2000) {
            continue;
        }
        int64_t hundredths = shire_report_divide((int64_t)micropounds, unit / 100);
        if (hundredths < 1000) {
            snprintf(buffer, SHIRE_REPORT_NUMBER_BYTES, "%s£%lld.%02lld%s", sign,
                     (long long)(hundredths / 100), (long long)(hundredths % 100), units[i].suffix);
        } else if (hundredths < 9995) {
            int64_t tenths = (hundredths + 5) / 10;
            snprintf(buffer, SHIRE_REPORT_NUMBER_BYTES, "%s£%lld.%lld%s", sign,
                     (long long)(tenths / 10), (long long)(tenths % 10), units[i].suffix);
        } else {
            char digits[32];
            group_digits((uint64_t)(hundredths + 50) / 100, digits);
            snprintf(buffer, SHIRE_REPORT_NUMBER_BYTES, "%s£%s%s", sign, digits, units[i].suffix);
        }
        return;
    }
    shire_report_format_pounds(money, buffer);
}

int64_t shire_report_percent_tenths(int64_t part, int64_t whole) {
    if (whole == 0) {
        return 0;
    }
    __int128 doubled = (__int128)part * 2000 + ((part < 0) == (whole < 0) ? whole : -whole);
    return (int64_t)(doubled / ((__int128)whole * 2));
}

void shire_report_format_percent(int64_t tenths, char buffer[SHIRE_REPORT_NUMBER_BYTES]) {
    uint64_t size = magnitude(tenths);
    snprintf(buffer, SHIRE_REPORT_NUMBER_BYTES, "%s%llu.%llu%%", tenths < 0 ? MINUS : "",
             (unsigned long long)(size / 10), (unsigned long long)(size % 10));
}
