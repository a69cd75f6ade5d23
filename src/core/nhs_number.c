/* NHS numbers: the modulus 11 check of the NHS Data Dictionary, and the spellings people type. */
#include "core/nhs_number.h"

#include <string.h>

enum { NHS_NUMBER_DIGITS = 10 };

int shire_nhs_number_check_digit(const char *nine_digits) {
    int sum = 0;
    for (int i = 0; i < NHS_NUMBER_DIGITS - 1; i++) {
        sum += (nine_digits[i] - '0') * (NHS_NUMBER_DIGITS - i);
    }
    int check = 11 - sum % 11;
    if (check == 11) {
        return 0;
    }
    return check == 10 ? -1 : check;
}

/* True when the text is ten digits with blanks or hyphens between them. */
static bool ten_digits(shire_span text, char digits[NHS_NUMBER_DIGITS + 1]) {
    size_t count = 0;
    bool last_is_digit = false;
    for (size_t i = 0; i < text.length; i++) {
        char c = text.bytes[i];
        last_is_digit = c >= '0' && c <= '9';
        if (last_is_digit) {
            if (count == NHS_NUMBER_DIGITS) {
                return false;
            }
            digits[count++] = c;
        } else if ((c != ' ' && c != '-') || count == 0) {
            return false;
        }
    }
    digits[count] = '\0';
    return count == NHS_NUMBER_DIGITS && last_is_digit;
}

shire_nhs_number_problem shire_nhs_number_check(shire_span text, char *digits_out) {
    char digits[NHS_NUMBER_DIGITS + 1];
    if (!ten_digits(shire_span_trim(text), digits)) {
        return SHIRE_NHS_NUMBER_NOT_TEN_DIGITS;
    }
    if (digits_out != NULL) {
        memcpy(digits_out, digits, sizeof digits);
    }
    if (strspn(digits, (char[2]){digits[0], '\0'}) == NHS_NUMBER_DIGITS) {
        return SHIRE_NHS_NUMBER_PLACEHOLDER;
    }
    if (shire_nhs_number_check_digit(digits) != digits[NHS_NUMBER_DIGITS - 1] - '0') {
        return SHIRE_NHS_NUMBER_CHECK_DIGIT_WRONG;
    }
    return SHIRE_NHS_NUMBER_VALID;
}
