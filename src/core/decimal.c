/*
 * Decimals as text: parsing what finance systems write, and printing.
 *
 * Nearly every value of an extract is plain ("-1234.56"), and those are read in one short loop. All
 * other spellings are first taken apart (sign, digits, place of the point, exponent) and only then
 * weighed, so that grouping, brackets and exponents share one rounding.
 */
#include "core/money.h"

#include <string.h>

enum {
    DECIMALS = 6,
    EXPONENT_MAX = 100000, /* beyond it only the direction matters */
    PLAIN_WHOLE_MAX = 12   /* whole digits that fit in int64 together with six decimals */
};

static const int64_t powers_of_ten[DECIMALS + 1] = {1, 10, 100, 1000, 10000, 100000, 1000000};

/* What is left of the text being parsed. */
typedef struct cursor {
    const char *at;
    const char *end;
} cursor;

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool take(cursor *text, char wanted) {
    if (text->at < text->end && *text->at == wanted) {
        text->at++;
        return true;
    }
    return false;
}

static void skip_blanks(cursor *text) {
    shire_span rest = shire_span_trim((shire_span){text->at, (size_t)(text->end - text->at)});
    text->at = rest.bytes;
    text->end = rest.bytes + rest.length;
}

/* A number taken apart: the digits from first to last, blind to commas and the point. */
typedef struct decimal_parts {
    const char *first;
    const char *last; /* one past */
    bool negative;
    int64_t point; /* how many of the digits stand before the point, after the exponent */
} decimal_parts;

/* "£" in UTF-8. */
static bool take_pound(cursor *text) {
    if (text->end - text->at >= 2 && memcmp(text->at, "\xc2\xa3", 2) == 0) {
        text->at += 2;
        return true;
    }
    return false;
}

static bool take_sign(cursor *text, bool *negative_out) {
    *negative_out = take(text, '-');
    return *negative_out || take(text, '+');
}

/* "-", "CR" or "DR" after the digits, the letters after blanks or not. */
static bool take_trailing_sign(cursor *text, bool *negative_out) {
    if (take(text, '-')) {
        *negative_out = true;
        return true;
    }
    cursor ahead = *text;
    skip_blanks(&ahead);
    if (ahead.end - ahead.at < 2) {
        return false;
    }
    shire_span letters = {ahead.at, 2};
    *negative_out = shire_span_equal_ignoring_case(letters, shire_span_of("CR"));
    if (!*negative_out && !shire_span_equal_ignoring_case(letters, shire_span_of("DR"))) {
        return false;
    }
    text->at = ahead.at + 2;
    return true;
}

/* Digits with grouping commas every three, from the right; returns the count, or -1 when a comma
 * stands elsewhere. */
static int64_t take_whole_digits(cursor *text, bool *grouped_out) {
    int64_t count = 0;
    int64_t since_comma = 0;
    *grouped_out = false;
    for (; text->at < text->end; text->at++) {
        if (is_digit(*text->at)) {
            count++;
            since_comma++;
        } else if (*text->at == ',') {
            bool right_place = *grouped_out ? since_comma == 3 : count >= 1 && count <= 3;
            if (!right_place) {
                return -1;
            }
            *grouped_out = true;
            since_comma = 0;
        } else {
            break;
        }
    }
    return *grouped_out && since_comma != 3 ? -1 : count;
}

static bool take_exponent(cursor *text, int64_t *exponent_out) {
    bool negative;
    int64_t exponent = 0;
    take_sign(text, &negative);
    const char *before = text->at;
    for (; text->at < text->end && is_digit(*text->at); text->at++) {
        if (exponent < EXPONENT_MAX) {
            exponent = exponent * 10 + (*text->at - '0');
        }
    }
    *exponent_out = negative ? -exponent : exponent;
    return text->at > before;
}

/* Digits, point and exponent. */
static bool take_number(cursor *text, decimal_parts *parts_out) {
    bool grouped;
    int64_t decimals = 0;
    int64_t exponent = 0;
    parts_out->first = text->at;
    int64_t whole = take_whole_digits(text, &grouped);
    if (whole < 0) {
        return false;
    }
    if (take(text, '.')) {
        for (; text->at < text->end && is_digit(*text->at); text->at++) {
            decimals++;
        }
    }
    parts_out->last = text->at;
    if (whole + decimals == 0) {
        return false;
    }
    if (!grouped && (take(text, 'e') || take(text, 'E')) && !take_exponent(text, &exponent)) {
        return false;
    }
    parts_out->point = whole + exponent;
    return true;
}

/* The whole text; at most one of sign, trailing sign and brackets may stand. */
static bool take_apart(shire_span text, decimal_parts *parts_out) {
    cursor rest = {text.bytes, text.bytes + text.length};
    skip_blanks(&rest);
    bool signed_first = take_sign(&rest, &parts_out->negative);
    bool pound = take_pound(&rest);
    bool bracketed = !signed_first && take(&rest, '(');
    if (bracketed) {
        parts_out->negative = true;
        skip_blanks(&rest);
        if (!pound) {
            take_pound(&rest);
        }
    } else if (pound && !signed_first) {
        signed_first = take_sign(&rest, &parts_out->negative);
    }
    if (!take_number(&rest, parts_out)) {
        return false;
    }
    if (bracketed) {
        skip_blanks(&rest);
        if (!take(&rest, ')')) {
            return false;
        }
    } else if (!signed_first) {
        take_trailing_sign(&rest, &parts_out->negative);
    }
    return rest.at == rest.end;
}

/* The digits as millionths, rounded half to even. */
static shire_status weigh(const decimal_parts *parts, uint64_t *magnitude_out, bool *rounded_out) {
    uint64_t magnitude = 0;
    int64_t place = parts->point + DECIMALS; /* digits still to be taken */
    int first_dropped = -1;
    bool more_dropped = false;
    for (const char *at = parts->first; at < parts->last; at++) {
        if (!is_digit(*at)) {
            continue;
        }
        int digit = *at - '0';
        if (place > 0) {
            if (__builtin_mul_overflow(magnitude, (uint64_t)10, &magnitude) ||
                __builtin_add_overflow(magnitude, (uint64_t)digit, &magnitude)) {
                return SHIRE_OVERFLOW;
            }
        } else if (place == 0) {
            first_dropped = digit;
        } else {
            more_dropped = more_dropped || digit != 0;
        }
        place--;
    }
    for (; place > 0 && magnitude > 0; place--) {
        if (__builtin_mul_overflow(magnitude, (uint64_t)10, &magnitude)) {
            return SHIRE_OVERFLOW;
        }
    }
    *rounded_out = first_dropped > 0 || more_dropped;
    if (first_dropped > 5 || (first_dropped == 5 && (more_dropped || magnitude % 2 == 1))) {
        if (__builtin_add_overflow(magnitude, (uint64_t)1, &magnitude)) {
            return SHIRE_OVERFLOW;
        }
    }
    *magnitude_out = magnitude;
    return SHIRE_OK;
}

/* "-1234.56": sign, digits, at most six decimals, few enough digits that nothing overflows. */
static bool parse_plain(shire_span text, shire_decimal6 *value_out) {
    const char *at = text.bytes;
    const char *end = at + text.length;
    bool negative = at < end && *at == '-';
    at += negative;
    const char *first = at;
    uint64_t value = 0;
    if (end - at > PLAIN_WHOLE_MAX + 1 + DECIMALS) {
        return false; /* 19 digits still fit in uint64, so that `value` below cannot overflow */
    }
    for (; at < end && is_digit(*at); at++) {
        value = value * 10 + (uint64_t)(*at - '0');
    }
    int64_t whole = at - first;
    int64_t decimals = 0;
    if (at < end && *at == '.') {
        first = ++at;
        for (; at < end && is_digit(*at); at++) {
            value = value * 10 + (uint64_t)(*at - '0');
        }
        decimals = at - first;
    }
    if (at < end || whole + decimals == 0 || whole > PLAIN_WHOLE_MAX || decimals > DECIMALS) {
        return false;
    }
    int64_t scaled = (int64_t)value * powers_of_ten[DECIMALS - decimals];
    *value_out = negative ? -scaled : scaled;
    return true;
}

shire_status shire_decimal_parse(shire_span text, shire_decimal6 *value_out, bool *rounded_out) {
    bool rounded = false;
    if (text.length == 0) {
        return SHIRE_INVALID;
    }
    if (!parse_plain(text, value_out)) {
        decimal_parts parts;
        uint64_t magnitude;
        if (!take_apart(text, &parts)) {
            return SHIRE_INVALID;
        }
        shire_status status = weigh(&parts, &magnitude, &rounded);
        if (status != SHIRE_OK) {
            return status;
        }
        if (magnitude > (uint64_t)INT64_MAX + parts.negative) {
            return SHIRE_OVERFLOW;
        }
        *value_out = (int64_t)(parts.negative ? -magnitude : magnitude);
    }
    if (rounded_out != NULL) {
        *rounded_out = rounded;
    }
    return SHIRE_OK;
}

static uint64_t magnitude_of(int64_t value) {
    return value < 0 ? -(uint64_t)value : (uint64_t)value;
}

/* The digits of `value` at the end of `buffer`, at least `least` of them; returns their count. */
static size_t put_digits(uint64_t value, size_t least, char buffer[20]) {
    size_t count = 0;
    while (value > 0 || count < least) {
        buffer[20 - ++count] = (char)('0' + value % 10);
        value /= 10;
    }
    return count;
}

size_t shire_decimal_format(shire_decimal6 value, int minimum_decimals, char buffer[24]) {
    char digits[20];
    size_t count = put_digits(magnitude_of(value), DECIMALS + 1, digits);
    size_t whole = count - DECIMALS;
    const char *from = digits + sizeof digits - count;
    size_t decimals = DECIMALS;
    while (decimals > 0 && (int)decimals > minimum_decimals && from[whole + decimals - 1] == '0') {
        decimals--;
    }
    size_t length = 0;
    if (value < 0) {
        buffer[length++] = '-';
    }
    memcpy(buffer + length, from, whole);
    length += whole;
    if (decimals > 0) {
        buffer[length++] = '.';
        memcpy(buffer + length, from + whole, decimals);
        length += decimals;
    }
    buffer[length] = '\0';
    return length;
}

size_t shire_money_format_pounds(shire_money money, char buffer[32]) {
    const uint64_t micropounds_per_penny = 10000;
    uint64_t magnitude = magnitude_of(money);
    uint64_t pence = magnitude / micropounds_per_penny;
    uint64_t rest = magnitude % micropounds_per_penny;
    pence +=
        rest > micropounds_per_penny / 2 || (rest == micropounds_per_penny / 2 && pence % 2 == 1);
    char digits[20];
    size_t count = put_digits(pence, 3, digits);
    size_t whole = count - 2;
    const char *from = digits + sizeof digits - count;
    size_t length = 0;
    if (money < 0 && pence > 0) {
        buffer[length++] = '-';
    }
    for (size_t i = 0; i < whole; i++) {
        if (i > 0 && (whole - i) % 3 == 0) {
            buffer[length++] = ',';
        }
        buffer[length++] = from[i];
    }
    buffer[length++] = '.';
    memcpy(buffer + length, from + whole, 2);
    length += 2;
    buffer[length] = '\0';
    return length;
}
