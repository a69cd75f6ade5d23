/*
 * Status codes and the caller-owned error.
 *
 * Every function that can fail returns a shire_status and takes an optional shire_error as its last
 * argument. The error is written on failure only, and the first failure wins: an upper layer adds
 * what it alone knows with shire_error_prefix. Messages are one English sentence that says what,
 * where and what to do; they never carry personal data.
 */
#ifndef SHIRE_CORE_ERROR_H
#define SHIRE_CORE_ERROR_H

#include <stdint.h>

#define SHIRE_MUST_CHECK __attribute__((warn_unused_result))
#define SHIRE_PRINTF(format_index, first_index)                                                    \
    __attribute__((format(printf, format_index, first_index)))

typedef enum shire_status {
    SHIRE_OK = 0,
    SHIRE_INVALID,      /* the input is wrong: exit status 2 */
    SHIRE_NOT_FOUND,    /* a named thing does not exist: exit status 2 */
    SHIRE_OVERFLOW,     /* a number leaves its range: exit status 2 */
    SHIRE_UNRECONCILED, /* money does not add up: exit status 3 */
    SHIRE_NO_MEMORY,    /* exit status 1 */
    SHIRE_IO_FAILED,    /* a file or a library call failed: exit status 1 */
    SHIRE_BUSY,         /* others have the place; the same may succeed later: exit status 1 */
    SHIRE_CONFLICT,     /* somebody else changed it meanwhile; look again: exit status 1 */
    SHIRE_INTERNAL      /* a mistake of ours: exit status 1 */
} shire_status;

#define SHIRE_ERROR_MESSAGE_BYTES 1024

typedef struct shire_error {
    shire_status status;
    const char *source_file; /* of the first failure, static storage */
    int source_line;
    char message[SHIRE_ERROR_MESSAGE_BYTES]; /* always terminated; cut, never overrun */
} shire_error;

/* Fill in `error` (which may be NULL) and return `status`, so that a caller can write
 * `return SHIRE_FAIL(error, SHIRE_INVALID, "%s: no such table; add it", name);`. */
#ifdef __clang_analyzer__
/* The analyser sees here that the status comes back, and follows no failure as a success. */
#define SHIRE_FAIL(error, status, ...)                                                             \
    (shire_error_set((error), (status), __FILE__, __LINE__, __VA_ARGS__), (status))
#else
#define SHIRE_FAIL(error, status, ...)                                                             \
    shire_error_set((error), (status), __FILE__, __LINE__, __VA_ARGS__)
#endif

shire_status shire_error_set(shire_error *error, shire_status status, const char *source_file,
                             int source_line, const char *format, ...) SHIRE_PRINTF(5, 6);

/* Put "prefix: " before the message of a failure that came from below. */
void shire_error_prefix(shire_error *error, const char *format, ...) SHIRE_PRINTF(2, 3);

/* The process exit status of design: 0 done, 1 failed, 2 bad input, 3 does not reconcile. */
int shire_status_exit_code(shire_status status);

const char *shire_status_name(shire_status status);

#endif
