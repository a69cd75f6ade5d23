/*
 * The bench's own test, at a small scale: costs against their definition, and the same results on
 * any number of threads and partitions. Prints TAP.
 */
#ifndef SHIRE_BENCH_ENGLAND_CHECK_H
#define SHIRE_BENCH_ENGLAND_CHECK_H

#include "england_feed.h"

/* Returns the exit status: 0 when every case holds. */
int england_check(const england_feed *feed);

#endif
