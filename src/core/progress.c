/* The progress line: "label 42 %" redrawn in place on a terminal, nothing anywhere else. */
#include "core/progress.h"

#include "core/meter.h"

#include <stdio.h>
#include <unistd.h>

#define WAIT_NANOSECONDS INT64_C(1000000000)  /* work that is done sooner shows no line */
#define REDRAW_NANOSECONDS INT64_C(100000000) /* ten times a second */

shire_progress shire_progress_begin(const char *label, int64_t total) {
    return (shire_progress){
        .label = label,
        .total = total,
        .started_nanoseconds = shire_clock_nanoseconds(),
        .visible = isatty(STDERR_FILENO) == 1,
    };
}

void shire_progress_update(shire_progress *progress, int64_t done) {
    if (!progress->visible) {
        return;
    }
    int64_t now = shire_clock_nanoseconds();
    if (now - progress->started_nanoseconds < WAIT_NANOSECONDS ||
        now - progress->drawn_nanoseconds < REDRAW_NANOSECONDS) {
        return;
    }
    progress->drawn_nanoseconds = now;
    if (progress->total > 0) {
        int percent = (int)((double)done * 100 / (double)progress->total);
        fprintf(stderr, "\r%s %d %%\x1b[K", progress->label, percent);
    } else {
        fprintf(stderr, "\r%s %lld\x1b[K", progress->label, (long long)done);
    }
    fflush(stderr);
}

void shire_progress_end(shire_progress *progress) {
    if (progress->visible && progress->drawn_nanoseconds > 0) {
        fputs("\r\x1b[K", stderr);
        fflush(stderr);
    }
    progress->visible = false;
}
