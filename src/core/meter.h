/*
 * What a stage took: wall-clock seconds and the process's peak memory while it ran (Linux
 * VmHWM, reset at the start of the stage where the kernel allows it).
 */
#ifndef SHIRE_CORE_METER_H
#define SHIRE_CORE_METER_H

#include <stdint.h>

#define SHIRE_METER_STAGES_MAX 16

typedef struct shire_meter_stage {
    const char *name; /* static storage */
    double seconds;
    double peak_mb; /* 1 MB = 1,000,000 bytes */
} shire_meter_stage;

typedef struct shire_meter {
    shire_meter_stage stages[SHIRE_METER_STAGES_MAX];
    int stage_count;
    int64_t started_nanoseconds; /* of the stage under way */
} shire_meter;

void shire_meter_begin(shire_meter *meter, const char *name);
void shire_meter_end(shire_meter *meter);

int64_t shire_clock_nanoseconds(void); /* monotonic */
double shire_peak_memory_mb(void);

#endif
