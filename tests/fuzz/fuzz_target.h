/*
 * What every fuzz target includes: the entry point that libFuzzer and the replay program call, and
 * a check that stays on in every build and stops the process where it fails.
 */
#ifndef SHIRE_TESTS_FUZZ_TARGET_H
#define SHIRE_TESTS_FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_CHECK(condition)                                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition);          \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#endif
