/*
 * Files in a test's own folder, which the test makes and removes. They are not synced: nothing here
 * outlives the process.
 */
#ifndef SHIRE_TESTS_SCRATCH_H
#define SHIRE_TESTS_SCRATCH_H

#include "io/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static inline void scratch_write(const char *dir, const char *name, const char *text) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static inline void scratch_make_folder(const char *dir, const char *name) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    assert_int_equal(shire_dir_make(path, NULL), SHIRE_OK);
}

#endif
