/* Arenas: zeroed, aligned, apart from each other, within their limit. */
#include "core/arena.h"

#include "core/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static shire_arena *new_arena(size_t limit_bytes) {
    shire_arena *arena = NULL;
    assert_int_equal(shire_arena_new("test_arena", limit_bytes, &arena, NULL), SHIRE_OK);
    return arena;
}

static void allocations_of_every_size_are_zeroed_aligned_and_apart(void **state) {
    (void)state;
    enum { COUNT = 3000 };
    static unsigned char *pieces[COUNT];
    static size_t sizes[COUNT];
    shire_arena *arena = new_arena(0);
    shire_random random = shire_random_seed(1, 1);
    size_t total = 0;
    for (size_t i = 0; i < COUNT; i++) {
        /* Mostly small; some fill a chunk, a few are larger than any chunk. */
        uint64_t most = i % 500 == 499 ? 5000000 : i % 50 == 49 ? 100000 : 200;
        sizes[i] = shire_random_below(&random, most);
        pieces[i] = shire_arena_alloc(arena, sizes[i]);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % (sizes[i] >= 64 ? 64 : 16), 0);
        for (size_t at = 0; at < sizes[i]; at++) {
            if (pieces[i][at] != 0) {
                fail_msg("byte %zu of piece %zu is not zero", at, i);
            }
        }
        if (sizes[i] > 0) {
            memset(pieces[i], (int)(i % 255) + 1, sizes[i]);
        }
        total += sizes[i];
    }
    for (size_t i = 0; i < COUNT; i++) {
        if (sizes[i] > 0) {
            assert_int_equal(pieces[i][0], i % 255 + 1);
            assert_int_equal(pieces[i][sizes[i] - 1], i % 255 + 1);
        }
    }
    assert_int_equal(shire_arena_used_bytes(arena), total);
    shire_arena_free(arena);
}

static void an_arena_that_begins_anew_gives_zeroed_memory(void **state) {
    (void)state;
    static const size_t sizes[] = {10, 70000, 300, 20000, 16000, 5000000, 64 * 1024, 1};
    shire_arena *arena = new_arena(8000000);
    for (int round = 0; round < 20; round++) {
        size_t total = 0;
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            size_t size = sizes[(i + (size_t)round) % (sizeof sizes / sizeof sizes[0])];
            unsigned char *piece = shire_arena_alloc(arena, size);
            assert_non_null(piece);
            for (size_t at = 0; at < size; at++) {
                if (piece[at] != 0) {
                    fail_msg("round %d: byte %zu of %zu is not zero", round, at, size);
                }
            }
            memset(piece, 0xee, size);
            total += size;
        }
        assert_int_equal(shire_arena_used_bytes(arena), total);
        shire_arena_wipe_reset(arena);
        assert_int_equal(shire_arena_used_bytes(arena), 0);
    }
    shire_arena_wipe_free(arena);
}

static void nothing_still_gets_a_pointer_of_its_own(void **state) {
    (void)state;
    shire_arena *arena = new_arena(0);
    void *first = shire_arena_alloc(arena, 0);
    void *second = shire_arena_alloc(arena, 0);
    assert_non_null(first);
    assert_non_null(second);
    assert_ptr_not_equal(first, second);
    shire_arena_free(arena);
}

static void limit_is_the_last_byte_that_can_be_had(void **state) {
    (void)state;
    shire_arena *arena = new_arena(1000);
    assert_non_null(shire_arena_alloc(arena, 600));
    assert_null(shire_arena_alloc(arena, 401));
    assert_int_equal(shire_arena_used_bytes(arena), 600);
    assert_non_null(shire_arena_alloc(arena, 400));
    assert_null(shire_arena_alloc(arena, 1));
    assert_non_null(shire_arena_alloc(arena, 0));
    shire_arena_free(arena);
}

static void arrays_whose_size_overflows_are_refused(void **state) {
    (void)state;
    shire_arena *arena = new_arena(0);
    assert_null(shire_arena_alloc_array(arena, SIZE_MAX / 4, 8));
    assert_null(shire_arena_alloc(arena, SIZE_MAX));
    assert_null(shire_arena_alloc(arena, SIZE_MAX - 100));
    int64_t *array = shire_arena_alloc_array(arena, 100, sizeof *array);
    assert_non_null(array);
    assert_int_equal(array[99], 0);
    assert_int_equal(shire_arena_used_bytes(arena), 800);
    shire_arena_free(arena);
}

static void text_is_copied_and_formatted(void **state) {
    (void)state;
    shire_arena *arena = new_arena(0);
    assert_string_equal(shire_arena_copy_text(arena, "Ledbury", 3), "Led");
    assert_string_equal(shire_arena_copy_text(arena, NULL, 0), "");
    assert_string_equal(shire_arena_format(arena, "%s-%03d", "HR", 8), "HR-008");
    assert_string_equal(shire_arena_format(arena, "%s", ""), "");
    assert_int_equal(strlen(shire_arena_format(arena, "%5000d", 1)), 5000);
    shire_arena_free(arena);
}

static void freeing_nothing_does_nothing(void **state) {
    (void)state;
    shire_arena_free(NULL);
    shire_arena_wipe_free(NULL);
    shire_arena *arena = new_arena(0);
    shire_arena_free(arena);
}

static void wiped_arena_frees_small_and_large_chunks(void **state) {
    (void)state;
    shire_arena *arena = new_arena(0);
    assert_non_null(shire_arena_copy_text(arena, "9434765919", 10));
    assert_non_null(shire_arena_alloc(arena, 3000000));
    shire_arena_wipe_free(arena);
}

static void injected_failure_comes_after_the_given_successes_and_stays(void **state) {
    (void)state;
    shire_arena *arena = new_arena(0);
    shire_memory_fail_after(2);
    void *first = shire_arena_alloc(arena, 10);
    void *second = shire_memory_resize(NULL, 10);
    void *third = shire_arena_alloc(arena, 10);
    void *fourth = shire_memory_resize(NULL, 10);
    shire_arena *refused = NULL;
    shire_error error = {0};
    shire_status status = shire_arena_new("second_arena", 0, &refused, &error);
    shire_memory_fail_after(-1);
    assert_non_null(first);
    assert_non_null(second);
    assert_null(third);
    assert_null(fourth);
    assert_int_equal(status, SHIRE_NO_MEMORY);
    assert_null(refused);
    assert_non_null(strstr(error.message, "second_arena"));
    void *fifth = shire_arena_alloc(arena, 10);
    assert_non_null(fifth);
    shire_memory_free(second);
    shire_arena_free(arena);
}

static void resizing_keeps_the_contents(void **state) {
    (void)state;
    char *text = shire_memory_resize(NULL, 4);
    assert_non_null(text);
    memcpy(text, "abc", 4);
    text = shire_memory_resize(text, 100000);
    assert_non_null(text);
    assert_string_equal(text, "abc");
    shire_memory_free(text);
    shire_memory_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allocations_of_every_size_are_zeroed_aligned_and_apart),
        cmocka_unit_test(an_arena_that_begins_anew_gives_zeroed_memory),
        cmocka_unit_test(nothing_still_gets_a_pointer_of_its_own),
        cmocka_unit_test(limit_is_the_last_byte_that_can_be_had),
        cmocka_unit_test(arrays_whose_size_overflows_are_refused),
        cmocka_unit_test(text_is_copied_and_formatted),
        cmocka_unit_test(freeing_nothing_does_nothing),
        cmocka_unit_test(wiped_arena_frees_small_and_large_chunks),
        cmocka_unit_test(injected_failure_comes_after_the_given_successes_and_stays),
        cmocka_unit_test(resizing_keeps_the_contents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
