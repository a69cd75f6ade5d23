/* What all verbs share: printing failures, and parsing numbers in options. */
#include "cli/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int shire_cli_fail(const char *verb, const shire_error *error) {
    fprintf(stderr, "shire %s: %s\n", verb, error->message);
    return shire_status_exit_code(error->status);
}

int shire_cli_usage(const char *verb, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "shire %s: ", verb);
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "; see `shire %s --help`\n", verb);
    va_end(arguments);
    return shire_status_exit_code(SHIRE_INVALID);
}

bool shire_cli_parse_number(const char *verb, const char *option, const char *text, long long low,
                            long long high, long long *value_out) {
    char *end = NULL;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < low || value > high) {
        shire_cli_usage(verb, "%s takes a whole number from %lld to %lld", option, low, high);
        return false;
    }
    *value_out = value;
    return true;
}
