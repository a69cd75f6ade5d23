/*
 * The meter: a monotonic clock, and the kernel's high-water mark of resident memory (VmHWM).
 * Writing "5" to clear_refs brings the mark down to the present size; where the kernel forbids it,
 * the peak of a stage is that of the process so far.
 */
#include "core/meter.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

int64_t shire_clock_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

double shire_peak_memory_mb(void) {
    FILE *status = fopen("/proc/self/status", "re");
    if (status == NULL) { /* no /proc, as in a bare root */
        struct rusage usage;
        return getrusage(RUSAGE_SELF, &usage) == 0 ? (double)usage.ru_maxrss * 1024 / 1e6 : 0;
    }
    char line[256];
    unsigned long kilobytes = 0;
    while (kilobytes == 0 && fgets(line, sizeof line, status) != NULL) {
        if (strncmp(line, "VmHWM:", 6) == 0) {
            kilobytes = strtoul(line + 6, NULL, 10);
        }
    }
    fclose(status);
    return (double)kilobytes * 1024 / 1e6;
}

static void reset_peak_memory(void) {
    int file = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
    if (file < 0) {
        return;
    }
    ssize_t written = write(file, "5", 1);
    (void)written; /* refused in some containers: the peak is then that of the process so far */
    close(file);
}

void shire_meter_begin(shire_meter *meter, const char *name) {
    assert(meter->stage_count < SHIRE_METER_STAGES_MAX);
    meter->stages[meter->stage_count] = (shire_meter_stage){.name = name};
    reset_peak_memory();
    meter->started_nanoseconds = shire_clock_nanoseconds();
}

void shire_meter_end(shire_meter *meter) {
    shire_meter_stage *stage = &meter->stages[meter->stage_count];
    assert(stage->name != NULL);
    stage->seconds = (double)(shire_clock_nanoseconds() - meter->started_nanoseconds) / 1e9;
    stage->peak_mb = shire_peak_memory_mb();
    meter->stage_count++;
}
