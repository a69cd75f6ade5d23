/* Parallel loops: fixed chunks handed out by OpenMP in index order to whichever thread is free. */
#include "core/parallel.h"

#include <assert.h>
#include <omp.h>

int shire_parallel_processor_count(void) {
    int count = omp_get_num_procs();
    return count > 0 ? count : 1;
}

size_t shire_parallel_chunk_count(size_t count, size_t chunk_size) {
    assert(chunk_size >= 1);
    return count / chunk_size + (count % chunk_size != 0);
}

void shire_parallel_for(int thread_count, size_t count, size_t chunk_size,
                        shire_range_function function, void *context) {
    size_t chunk_count = shire_parallel_chunk_count(count, chunk_size);
    if (chunk_count == 0) {
        return;
    }
    size_t useful = thread_count > 1 ? (size_t)thread_count : 1;
    if (useful > chunk_count) {
        useful = chunk_count;
    }
#pragma omp parallel for num_threads((int)useful) schedule(dynamic, 1) if (useful > 1)
    for (size_t chunk = 0; chunk < chunk_count; chunk++) {
        size_t first = chunk * chunk_size;
        size_t last = count - first > chunk_size ? first + chunk_size : count;
        function(first, last, chunk, omp_get_thread_num(), context);
    }
}
