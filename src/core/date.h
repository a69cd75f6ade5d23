/*
 * Dates and times: days since 1970-01-01 (int32) and microseconds since 1970-01-01T00:00 (int64),
 * proleptic Gregorian, no time zone (extracts carry local wall-clock time).
 */
#ifndef SHIRE_CORE_DATE_H
#define SHIRE_CORE_DATE_H

#include "core/error.h"
#include "core/text.h"

#include <stdbool.h>
#include <stdint.h>

typedef int32_t shire_date;      /* days since 1970-01-01 */
typedef int64_t shire_timestamp; /* microseconds since 1970-01-01T00:00:00 */

#define SHIRE_MICROSECONDS_PER_DAY INT64_C(86400000000)

bool shire_date_is_valid(int year, int month, int day); /* years 1..9999 */
shire_date shire_date_of(int year, int month, int day); /* asserts validity */
void shire_date_parts(shire_date date, int *year_out, int *month_out, int *day_out);

/*
 * Accepts 2024-04-01, 2024/04/01, 20240401, 01/04/2024, 1/4/2024, 01-04-2024, 01.04.2024,
 * 1 Apr 2024, 1 April 2024, 01-APR-2024, 01APR2024, and with two-digit years 01-APR-24, 01/04/24,
 * 01.04.24 (00..pivot -> 20xx, else 19xx, pivot = 30; not 01-04-24, where the year may be first),
 * each of them followed by a time or not,
 * with white space around. Day comes before month wherever the year is last (British order).
 * SHIRE_INVALID for anything else, also for impossible dates such as 31/02/2024.
 */
shire_status shire_date_parse(shire_span text, shire_date *date_out) SHIRE_MUST_CHECK;

/* As above with optional time: "T" or space, H:MM or HH:MM, [:SS[.fraction]] (cut after
 * microseconds), optional Z, +hh:mm, +hhmm or +hh (which is parsed and dropped: wall-clock time is
 * what extracts mean). A bare date is midnight; 24:00 and leap seconds are refused. */
shire_status shire_timestamp_parse(shire_span text,
                                   shire_timestamp *timestamp_out) SHIRE_MUST_CHECK;

/* "2024-04-01", terminated; buffer of at least 11 bytes. Outside the years 1..9999: "0000-00-00",
 * which no parser takes for a date. */
void shire_date_format(shire_date date, char buffer[11]);
/* "2024-04-01T09:30:00", terminated; buffer of at least 20 bytes. */
void shire_timestamp_format(shire_timestamp timestamp, char buffer[20]);

/* Floor division: the date of a timestamp, right for times before 1970 too. */
shire_date shire_timestamp_date(shire_timestamp timestamp);

#endif
