/*
 * The English public calendar: financial years (1 April to 31 March), months of a financial year,
 * bank holidays and summer time. Holidays are data (calendar_bank_holidays.inc), 1995 to 2030;
 * proclaimed extra days are in it. Source: Banking and Financial Dealings Act 1971 schedule 1 and
 * royal proclamations, as published by GOV.UK for England and Wales.
 */
#ifndef SHIRE_CORE_CALENDAR_H
#define SHIRE_CORE_CALENDAR_H

#include "core/date.h"

/* A financial year is named by its first calendar year: 2024 for 2024/25. */
shire_date shire_financial_year_first(int financial_year); /* 1 April */
shire_date shire_financial_year_last(int financial_year);  /* 31 March, inclusive */

bool shire_is_bank_holiday(shire_date date); /* false outside 1995..2030 */
bool shire_is_working_day(shire_date date);  /* Monday to Friday and no bank holiday */

/* Days of [from, to] (both inclusive) that fall in [first, last] (both inclusive); 0 when apart. */
int32_t shire_days_overlap(shire_date from, shire_date to, shire_date first, shire_date last);

/*
 * Minutes that clocks of the United Kingdom are ahead of UTC: 60 from the last Sunday of March to
 * that of October, both at 01:00 UTC (the rule since 1996; taken for all years), else 0. Both take
 * minutes since 1970-01-01T00:00. Of the hour that clocks show twice the first is meant; one that
 * they skip is taken as winter time.
 */
int shire_uk_offset_minutes(int64_t utc_minute);
int shire_uk_offset_of_local(int64_t local_minute);

#endif
