/* The progress line, watched from the other end of a pseudo-terminal and of a pipe. */
#include "core/progress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <pty.h>
#include <stdio.h>
#include <unistd.h>

/* Standard error while a test watches it. */
typedef struct watched_stderr {
    int saved;
    int read_end;
    int write_end;
} watched_stderr;

static watched_stderr watch(bool terminal) {
    watched_stderr watched;
    int ends[2];
    if (terminal) {
        if (openpty(&ends[0], &ends[1], NULL, NULL, NULL) != 0) {
            skip(); /* a bare root has no terminals to give */
        }
    } else {
        assert_int_equal(pipe(ends), 0);
    }
    watched.read_end = ends[0];
    watched.write_end = ends[1];
    fflush(stderr);
    watched.saved = dup(STDERR_FILENO);
    assert_true(dup2(watched.write_end, STDERR_FILENO) >= 0);
    return watched;
}

static void unwatch(watched_stderr *watched, char *text, size_t size) {
    fflush(stderr);
    assert_true(dup2(watched->saved, STDERR_FILENO) >= 0);
    close(watched->write_end);
    /* To the end, which is an error on a terminal: it hands its bytes over in its own time. */
    size_t length = 0;
    ssize_t got;
    while ((got = read(watched->read_end, text + length, size - 1 - length)) > 0) {
        length += (size_t)got;
    }
    text[length] = '\0';
    close(watched->saved);
    close(watched->read_end);
}

/* Work that has been going on for two seconds; returns what was shown. */
static void run_long_work(bool terminal, int64_t total, char *text, size_t size) {
    watched_stderr watched = watch(terminal);
    shire_progress progress = shire_progress_begin("linking", total);
    progress.started_nanoseconds -= INT64_C(2000000000);
    shire_progress_update(&progress, 21);
    shire_progress_update(&progress, 30); /* too soon after the first to be drawn */
    shire_progress_end(&progress);
    unwatch(&watched, text, size);
}

static void terminal_shows_one_line_and_wipes_it(void **state) {
    (void)state;
    char text[200];
    run_long_work(true, 50, text, sizeof text);
    assert_string_equal(text, "\rlinking 42 %\x1b[K\r\x1b[K");
}

static void unknown_total_shows_the_count(void **state) {
    (void)state;
    char text[200];
    run_long_work(true, 0, text, sizeof text);
    assert_string_equal(text, "\rlinking 21\x1b[K\r\x1b[K");
}

static void pipe_sees_nothing(void **state) {
    (void)state;
    char text[200];
    run_long_work(false, 50, text, sizeof text);
    assert_string_equal(text, "");
}

static void short_work_shows_nothing(void **state) {
    (void)state;
    char text[200];
    watched_stderr watched = watch(true);
    shire_progress progress = shire_progress_begin("linking", 50);
    shire_progress_update(&progress, 21);
    shire_progress_end(&progress);
    unwatch(&watched, text, sizeof text);
    assert_string_equal(text, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(terminal_shows_one_line_and_wipes_it),
        cmocka_unit_test(unknown_total_shows_the_count),
        cmocka_unit_test(pipe_sees_nothing),
        cmocka_unit_test(short_work_shows_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
