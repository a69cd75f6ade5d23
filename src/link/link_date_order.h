/*
 * Which way round dates with the year last are read, source by source: 3/4/1980 is a day in April
 * for one body and in March for another. A source is read as those of its dates say that can only
 * be read one way, each of them in its own; one of which none says it is read as most of the
 * others are, and where nothing says it, day first.
 */
#ifndef SHIRE_LINK_DATE_ORDER_H
#define SHIRE_LINK_DATE_ORDER_H

#include "io/table.h"

/* The dates of one source with the year last, as far as their order matters. */
typedef struct shire_link_date_order {
    uint64_t day_first;   /* dates that can only be read so: 31/12/1999 */
    uint64_t month_first; /* 12/31/1999 */
    uint64_t either;      /* 3/4/1980, but not 4/4/1980 */
    bool is_month_first;  /* how the last are read: filled in by decide */
} shire_link_date_order;

/* Count one date. Pure. */
void shire_link_date_order_add(shire_link_date_order *order, shire_span text);

/* Decide for all sources; a tie is day first. Pure. */
void shire_link_date_orders_decide(shire_link_date_order *orders, size_t count);

/* Dates were read one way that may be meant the other: nothing in the source says which, or it says
 * both. Pure. */
bool shire_link_date_order_is_doubtful(const shire_link_date_order *order);

/*
 * Rewrite the column so that shire_link_normalise_date reads each date in the order of its source:
 * where a source is read month first, its dates become eight digits. Untouched where none is.
 *
 * sources     a text column of as many records, or NULL: all are of one source
 * tell        NULL, or called once for each doubtful source, in the order in which they come, with
 *             the first record of it and its counts
 * arena       for the new texts
 *
 * SHIRE_NO_MEMORY. Reads and writes nothing else: safe from any thread.
 */
shire_status shire_link_dates_settle(shire_column *dates, const shire_column *sources,
                                     size_t record_count, shire_arena *arena,
                                     void (*tell)(size_t record, const shire_link_date_order *order,
                                                  void *context),
                                     void *context, shire_error *error) SHIRE_MUST_CHECK;

#endif
