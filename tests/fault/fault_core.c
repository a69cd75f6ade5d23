/*
 * The Nth allocation fails, for every N until none does: each user of memory in core says so,
 * leaves its outputs alone, and gives back what it had taken (the address sanitizer's build sees
 * leaks).
 */
#include "core/arena.h"
#include "core/money.h"
#include "core/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { ATTEMPTS_MAX = 1000 };

/* Runs `work` with ever later failures until it succeeds; it must fail at least `failures_min`
 * times before, always as out of memory. */
static void fail_each_allocation(shire_status (*work)(void), int failures_min) {
    for (int successes = 0; successes < ATTEMPTS_MAX; successes++) {
        shire_memory_fail_after(successes);
        shire_status status = work();
        shire_memory_fail_after(-1);
        if (status == SHIRE_OK) {
            assert_true(successes >= failures_min);
            return;
        }
        assert_int_equal(status, SHIRE_NO_MEMORY);
    }
    fail_msg("still failing after %d allocations", ATTEMPTS_MAX);
}

static shire_status fill_an_arena(void) {
    shire_arena *arena = NULL;
    shire_error error = {0};
    shire_status status = shire_arena_new("fault_arena", 0, &arena, &error);
    if (status != SHIRE_OK) {
        assert_null(arena);
        assert_int_equal(error.status, SHIRE_NO_MEMORY);
        return status;
    }
    /* Small, of a chunk's size, beyond any chunk's size, and the forms for text. */
    static const size_t sizes[] = {1, 63, 64, 0, 65536, 100000, 3000000, 5000000, 8};
    status = SHIRE_NO_MEMORY;
    size_t used = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        char *memory = shire_arena_alloc(arena, sizes[i]);
        if (memory == NULL) {
            assert_int_equal(shire_arena_used_bytes(arena), used);
            goto done;
        }
        memset(memory, 1, sizes[i]);
        used += sizes[i];
    }
    if (shire_arena_copy_text(arena, "text", 4) == NULL ||
        shire_arena_format(arena, "%d", 12) == NULL ||
        shire_arena_alloc_array(arena, 1000, 8) == NULL) {
        goto done;
    }
    status = SHIRE_OK;

done:
    shire_arena_wipe_free(arena);
    return status;
}

static void arenas_survive_each_failure(void **state) {
    (void)state;
    fail_each_allocation(fill_an_arena, 13);
}

static shire_status build_a_text(void) {
    shire_builder builder = {0};
    size_t length = 0;
    for (int i = 0; i < 500 && !builder.failed; i++) {
        length = builder.length;
        shire_builder_append_format(&builder, "%d ", i);
        shire_builder_append_sql_name(&builder, shire_span_of("name"));
        shire_builder_append_sql_literal(&builder, shire_span_of("it's"));
        shire_builder_append_html(&builder, shire_span_of("a < b"));
    }
    if (builder.failed) {
        assert_true(builder.length >= length);
        assert_true(builder.bytes == NULL || strlen(builder.bytes) == builder.length);
    }
    shire_status status = builder.failed ? SHIRE_NO_MEMORY : SHIRE_OK;
    shire_builder_free(&builder);
    return status;
}

static void builders_survive_each_failure(void **state) {
    (void)state;
    fail_each_allocation(build_a_text, 5);
}

static shire_status split_over_many(void) {
    enum { COUNT = 5000 };
    static int64_t weights[COUNT];
    static int64_t parts[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        weights[i] = (int64_t)i;
        parts[i] = -77;
    }
    shire_error error = {0};
    shire_status status = shire_money_split(1000003, weights, COUNT, parts, &error);
    int64_t sum = 0;
    for (size_t i = 0; i < COUNT; i++) {
        sum += parts[i];
    }
    assert_int_equal(sum, status == SHIRE_OK ? 1000003 : -77 * COUNT);
    assert_int_equal(error.status, status);
    return status;
}

static void splits_survive_each_failure(void **state) {
    (void)state;
    fail_each_allocation(split_over_many, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arenas_survive_each_failure),
        cmocka_unit_test(builders_survive_each_failure),
        cmocka_unit_test(splits_survive_each_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
