/*
 * A progress line on standard error for work over a second: only on a terminal, silent in a pipe,
 * redrawn at most ten times a second, wiped at the end. Never shows personal data.
 * One line at a time per process; the caller's thread alone updates it.
 */
#ifndef SHIRE_CORE_PROGRESS_H
#define SHIRE_CORE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct shire_progress {
    const char *label; /* static storage */
    int64_t total;     /* 0 when unknown */
    int64_t started_nanoseconds;
    int64_t drawn_nanoseconds;
    bool visible;
} shire_progress;

shire_progress shire_progress_begin(const char *label, int64_t total);
void shire_progress_update(shire_progress *progress, int64_t done);
void shire_progress_end(shire_progress *progress);

#endif
