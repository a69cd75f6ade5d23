/*
 * Numbers as British readers of official statistics expect them: thousands with commas, a pound
 * sign, a true minus sign for people (U+2212). Every buffer has
 * SHIRE_REPORT_NUMBER_BYTES; results are terminated.
 */
#ifndef SHIRE_REPORT_REPORT_FORMAT_H
#define SHIRE_REPORT_REPORT_FORMAT_H

#include "core/money.h"

#include <stdint.h>

#define SHIRE_REPORT_NUMBER_BYTES 64

/* "12,345". */
void shire_report_format_count(int64_t count, char buffer[SHIRE_REPORT_NUMBER_BYTES]);

/* To the nearest penny, halves away from zero: "£1,234.50"; what is under half a penny, but not
 * nothing, in full: "£0.000001". */
void shire_report_format_money(shire_money money, char buffer[SHIRE_REPORT_NUMBER_BYTES]);

/* To the nearest pound, halves away from zero: "£1,235". */
void shire_report_format_pounds(shire_money money, char buffer[SHIRE_REPORT_NUMBER_BYTES]);

/* For charts and headlines, three significant figures: "£1.23bn", "£45.6m", "£789k", "£12". */
void shire_report_format_short(shire_money money, char buffer[SHIRE_REPORT_NUMBER_BYTES]);

/* part / whole as a percentage in tenths, halves away from zero: 273 for 27.3%. 0 when whole is 0.
 */
int64_t shire_report_percent_tenths(int64_t part, int64_t whole);
/* "27.3%" */
void shire_report_format_percent(int64_t tenths, char buffer[SHIRE_REPORT_NUMBER_BYTES]);

/* Quotient rounded half away from zero; divisor > 0. */
int64_t shire_report_divide(int64_t dividend, int64_t divisor);

#endif
