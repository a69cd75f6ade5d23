/*
 * What all verbs of the command line share: the table of verbs, common options, how errors are
 * printed. Each verb is one file, cli_VERB.c, with one function.
 */
#ifndef SHIRE_CLI_CLI_H
#define SHIRE_CLI_CLI_H

#include "core/error.h"

#include <stdbool.h>

typedef struct shire_cli_verb {
    const char *name;
    const char *summary;               /* one line for `shire --help` */
    int (*run)(int argc, char **argv); /* argv[0] is the verb; gives the exit status */
} shire_cli_verb;

/* Ends with an entry whose name is NULL. */
extern const shire_cli_verb shire_cli_verbs[];

/* Print "shire VERB: message" on standard error; gives the exit status for the error. */
int shire_cli_fail(const char *verb, const shire_error *error);

/* Print a usage mistake and where help is; gives exit status 2. */
int shire_cli_usage(const char *verb, const char *format, ...) SHIRE_PRINTF(2, 3);

/* A whole number option; false and a printed sentence when it is no number in [low, high]. */
bool shire_cli_parse_number(const char *verb, const char *option, const char *text, long long low,
                            long long high, long long *value_out);

#endif
