/*
 * Parallel loops over index ranges, on OpenMP. Work is cut into fixed chunks that do not depend on
 * the number of threads, so that a caller who keeps per-chunk results gets the same bytes on any
 * number of threads.
 */
#ifndef SHIRE_CORE_PARALLEL_H
#define SHIRE_CORE_PARALLEL_H

#include <stddef.h>

/* Work on [first, last); `chunk` counts from 0 in index order; `thread` < thread count. */
typedef void (*shire_range_function)(size_t first, size_t last, size_t chunk, int thread,
                                     void *context);

/* The processors this process may use, at least 1. */
int shire_parallel_processor_count(void);

/* Number of chunks that a loop over `count` with `chunk_size` (>= 1) has. */
size_t shire_parallel_chunk_count(size_t count, size_t chunk_size);

/* Calls `function` once for each chunk, on up to thread_count threads; returns when all are done.
 * The function must not fail; it leaves statuses in its context. */
void shire_parallel_for(int thread_count, size_t count, size_t chunk_size,
                        shire_range_function function, void *context);

#endif
