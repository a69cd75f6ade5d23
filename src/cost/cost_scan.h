/*
 * Large tables read in parts, one a thread: rows are cut into consecutive ranges of a dense number
 * (item_no, event_no), and each range is streamed on a connection of its own. One stream alone
 * hands over rows on one thread, which is where the time of reading goes.
 */
#ifndef SHIRE_COST_COST_SCAN_H
#define SHIRE_COST_COST_SCAN_H

#include "io/table.h"

typedef struct cost_scan {
    const char *select; /* ends in a WHERE that takes one more condition */
    const char *key;    /* the number, as the condition may name it: 0 to key_count - 1 */
    size_t key_count;
    shire_table_visitor visit; /* safe from several threads at once, on different contexts */
    void *contexts;            /* one of context_bytes for each part, in the order of the ranges */
    size_t context_bytes;
    size_t part_count; /* as cost_scan_part_count says; or 1 */
    int thread_count;
} cost_scan;

/* 1 where the table is small; never more than thread_count. */
size_t cost_scan_part_count(size_t key_count, int thread_count);

/* The first number of part `part`; of part part_count it is key_count. */
size_t cost_scan_part_first(size_t key_count, size_t part_count, size_t part);

/* Rows of one part come in the order of the SELECT. The error is that of the lowest part that
 * failed. */
shire_status cost_scan_run(shire_table *table, const cost_scan *scan,
                           shire_error *error) SHIRE_MUST_CHECK;

#endif
