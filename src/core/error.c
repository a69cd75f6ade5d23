/* Status codes and the caller-owned error: the first failure wins. */
#include "core/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

shire_status shire_error_set(shire_error *error, shire_status status, const char *source_file,
                             int source_line, const char *format, ...) {
    if (error == NULL) {
        return status;
    }
    error->status = status;
    error->source_file = source_file;
    error->source_line = source_line;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    return status;
}

void shire_error_prefix(shire_error *error, const char *format, ...) {
    if (error == NULL) {
        return;
    }
    char below[SHIRE_ERROR_MESSAGE_BYTES];
    memcpy(below, error->message, sizeof below);
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    if (length >= 0 && (size_t)length < sizeof error->message) {
        snprintf(error->message + length, sizeof error->message - (size_t)length, ": %s", below);
    }
}

int shire_status_exit_code(shire_status status) {
    switch (status) {
    case SHIRE_OK:
        return 0;
    case SHIRE_INVALID:
    case SHIRE_NOT_FOUND:
    case SHIRE_OVERFLOW:
        return 2;
    case SHIRE_UNRECONCILED:
        return 3;
    case SHIRE_NO_MEMORY:
    case SHIRE_IO_FAILED:
    case SHIRE_BUSY:
    case SHIRE_CONFLICT:
    case SHIRE_INTERNAL:
        break;
    }
    return 1;
}

const char *shire_status_name(shire_status status) {
    static const char *const names[] = {"ok",           "invalid",   "not found",  "overflow",
                                        "unreconciled", "no memory", "i/o failed", "busy",
                                        "conflict",     "internal"};
    return (unsigned)status < sizeof names / sizeof names[0] ? names[status] : "unknown";
}
