/* Parallel loops: each index once, the same chunks on any number of threads. */
#include "core/parallel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { COUNT = 10007 };

typedef struct loop_record {
    _Atomic int visits[COUNT];
    size_t chunk_firsts[COUNT];
    size_t chunk_lasts[COUNT];
    _Atomic size_t chunk_count;
    _Atomic int thread_most;
} loop_record;

static void record_range(size_t first, size_t last, size_t chunk, int thread, void *context) {
    loop_record *record = context;
    for (size_t i = first; i < last; i++) {
        record->visits[i]++;
    }
    record->chunk_firsts[chunk] = first;
    record->chunk_lasts[chunk] = last;
    record->chunk_count++;
    int most = record->thread_most;
    while (thread > most && !atomic_compare_exchange_weak(&record->thread_most, &most, thread)) {
    }
}

static void every_index_is_visited_once_in_fixed_chunks(void **state) {
    (void)state;
    static loop_record record;
    static const int thread_counts[] = {0, 1, 2, 7};
    static const size_t chunk_sizes[] = {1, 64, 1000, COUNT, COUNT * 2};
    for (size_t t = 0; t < 4; t++) {
        for (size_t c = 0; c < 5; c++) {
            memset(&record, 0, sizeof record);
            size_t size = chunk_sizes[c];
            shire_parallel_for(thread_counts[t], COUNT, size, record_range, &record);
            assert_int_equal(record.chunk_count, shire_parallel_chunk_count(COUNT, size));
            for (size_t i = 0; i < COUNT; i++) {
                assert_int_equal(record.visits[i], 1);
            }
            for (size_t chunk = 0; chunk < record.chunk_count; chunk++) {
                size_t first = chunk * size;
                assert_int_equal(record.chunk_firsts[chunk], first);
                assert_int_equal(record.chunk_lasts[chunk],
                                 first + size < COUNT ? first + size : COUNT);
            }
            int allowed = thread_counts[t] > 1 ? thread_counts[t] : 1;
            assert_in_range(record.thread_most, 0, allowed - 1);
        }
    }
}

static void loop_over_nothing_calls_nothing(void **state) {
    (void)state;
    static loop_record record;
    memset(&record, 0, sizeof record);
    shire_parallel_for(4, 0, 10, record_range, &record);
    assert_int_equal(record.chunk_count, 0);
}

static void chunks_are_counted_without_overflow(void **state) {
    (void)state;
    assert_int_equal(shire_parallel_chunk_count(0, 10), 0);
    assert_int_equal(shire_parallel_chunk_count(10, 10), 1);
    assert_int_equal(shire_parallel_chunk_count(11, 10), 2);
    assert_true(shire_parallel_chunk_count(SIZE_MAX, 2) == SIZE_MAX / 2 + 1);
    assert_true(shire_parallel_chunk_count(SIZE_MAX, SIZE_MAX) == 1);
}

static void there_is_at_least_one_processor(void **state) {
    (void)state;
    assert_true(shire_parallel_processor_count() >= 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_index_is_visited_once_in_fixed_chunks),
        cmocka_unit_test(loop_over_nothing_calls_nothing),
        cmocka_unit_test(chunks_are_counted_without_overflow),
        cmocka_unit_test(there_is_at_least_one_processor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
