/* The meter: stages in order, time that passes, memory that was touched. */
#include "core/meter.h"

#include "core/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static void clock_never_runs_backwards(void **state) {
    (void)state;
    int64_t before = shire_clock_nanoseconds();
    for (int i = 0; i < 1000; i++) {
        int64_t now = shire_clock_nanoseconds();
        assert_true(now >= before);
        before = now;
    }
}

static void stages_carry_their_time_and_peak(void **state) {
    (void)state;
    enum { BYTES = 100 * 1000 * 1000 };
    shire_meter meter = {0};
    shire_meter_begin(&meter, "fill");
    shire_arena *arena = NULL;
    assert_int_equal(shire_arena_new("test_arena", 0, &arena, NULL), SHIRE_OK);
    char *memory = shire_arena_alloc(arena, BYTES);
    assert_non_null(memory);
    memset(memory, 1, BYTES);
    shire_meter_end(&meter);
    shire_arena_free(arena);
    shire_meter_begin(&meter, "wait");
    nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    shire_meter_end(&meter);

    assert_int_equal(meter.stage_count, 2);
    assert_string_equal(meter.stages[0].name, "fill");
    assert_string_equal(meter.stages[1].name, "wait");
    assert_true(meter.stages[0].seconds > 0);
    assert_true(meter.stages[0].peak_mb >= 100);
    assert_true(meter.stages[1].seconds >= 0.02);
    assert_true(meter.stages[1].peak_mb > 0);
    assert_true(meter.stages[1].peak_mb <= meter.stages[0].peak_mb);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clock_never_runs_backwards),
        cmocka_unit_test(stages_carry_their_time_and_peak),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
