/* The meter: stages in order, time that passes, memory that was touched. */
#include "core/meter.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

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

/* Whether this kernel lets a process bring its high-water mark down. */
static bool peak_can_be_reset(void) {
    int file = open("/proc/self/clear_refs", O_WRONLY);
    bool allowed = file >= 0 && write(file, "5", 1) == 1;
    if (file >= 0) {
        close(file);
    }
    return allowed;
}

static void stages_carry_their_time_and_their_own_peak(void **state) {
    (void)state;
    enum { BYTES = 100 * 1000 * 1000 };
    shire_meter meter = {0};
    shire_meter_begin(&meter, "fill");
    /* Mapped, not allocated: what is unmapped is gone at once, under every allocator. */
    void *memory = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(memory != MAP_FAILED);
    memset(memory, 1, BYTES);
    shire_meter_end(&meter);
    assert_int_equal(munmap(memory, BYTES), 0);
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
    if (peak_can_be_reset()) {
        assert_true(meter.stages[1].peak_mb < meter.stages[0].peak_mb - 90);
    } else {
        assert_true(meter.stages[1].peak_mb >= meter.stages[0].peak_mb);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clock_never_runs_backwards),
        cmocka_unit_test(stages_carry_their_time_and_their_own_peak),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
