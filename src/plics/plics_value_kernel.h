/*
 * Checks of PLICS values and records: pure functions over text.
 */
#ifndef SHIRE_PLICS_PLICS_VALUE_KERNEL_H
#define SHIRE_PLICS_PLICS_VALUE_KERNEL_H

#include "core/date.h"
#include "plics/plics_field.h"

/* What may be wrong, in the order in which a report lists it. */
typedef enum plics_fault {
    PLICS_GOOD = 0,
    PLICS_MANDATORY_EMPTY,
    PLICS_WRONG_LENGTH,
    PLICS_WRONG_FORMAT,
    PLICS_IMPOSSIBLE_DATE, /* or time */
    PLICS_UNKNOWN_CODE,
    PLICS_BAD_CHECK_DIGIT,
    PLICS_WRONG_ORDER,    /* the end before the start */
    PLICS_OUTSIDE_PERIOD, /* of the reporting period or the financial year */
    PLICS_WRONG_STATUS,   /* a completion status that the dates gainsay */
    PLICS_FAULT_COUNT
} plics_fault;

/* Sums of costs, in hundred-millionths of a pound: 10 M records of 18 digits fit. */
typedef __int128 plics_sum;

/* One value that is not empty. */
plics_fault plics_value_check(const plics_field *field, shire_span value);

/* The amount of a text that plics_value_check finds good for PLICS_DECIMAL. */
plics_sum plics_value_amount(shire_span value);
/* The date of a text that is good for PLICS_DATE. */
shire_date plics_value_date(shire_span value);

/* "1234.5": shortest form with at least two decimals; buffer of at least 48 bytes. */
size_t plics_sum_format(plics_sum sum, char buffer[48]);

typedef struct plics_period {
    shire_date first; /* of the reporting period */
    shire_date last;
    shire_date year_first; /* of the financial year */
    shire_date year_last;
} plics_period;

/* The financial year, 1 April to 31 March, in which a day lies. */
plics_period plics_period_of(shire_date first, shire_date last);

/* Where the columns are that a record's check compares; -1: the feed has none. */
typedef struct plics_places {
    int start_date, start_time, end_date, end_time, status, birth_date;
} plics_places;

plics_places plics_places_of(const plics_feed *feed);

/*
 * How the values of one record stand to each other and to the period. `good` has one byte a column:
 * 1 when plics_value_check found nothing and the value is not empty. *column_out is the column at
 * fault.
 */
plics_fault plics_record_check(const plics_places *places, const plics_period *period,
                               const shire_span *values, const uint8_t *good, int *column_out);

#endif
