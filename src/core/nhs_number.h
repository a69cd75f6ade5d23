/*
 * NHS numbers: ten digits, the last a check digit. Source: NHS Data Dictionary, NHS NUMBER:
 * weights 10 to 2, check = 11 - (sum mod 11), 11 counts as 0, 10 is invalid.
 */
#ifndef SHIRE_CORE_NHS_NUMBER_H
#define SHIRE_CORE_NHS_NUMBER_H

#include "core/text.h"

typedef enum shire_nhs_number_problem {
    SHIRE_NHS_NUMBER_VALID = 0,
    SHIRE_NHS_NUMBER_NOT_TEN_DIGITS,
    SHIRE_NHS_NUMBER_CHECK_DIGIT_WRONG,
    SHIRE_NHS_NUMBER_PLACEHOLDER /* all digits equal */
} shire_nhs_number_problem;

/* Blanks and hyphens between digits are allowed ("943 476 5919"). digits_out, of at least 11
 * bytes, gets the ten digits terminated whenever there are ten; it may be NULL. */
shire_nhs_number_problem shire_nhs_number_check(shire_span text, char *digits_out);

/* The check digit of nine digits, or -1 where the rule gives 10 (no such number is issued). */
int shire_nhs_number_check_digit(const char *nine_digits);

#endif
