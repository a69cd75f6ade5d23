/*
 * What there is to tell about one file of delimited text, as findings: each record that could not
 * be used, and once a file its encoding, blank rows, columns without a name. Texts never hold a
 * value of the file.
 */
#ifndef SHIRE_IO_DSV_PROBLEM_H
#define SHIRE_IO_DSV_PROBLEM_H

#include "io/dsv.h"

typedef struct shire_dsv_problem {
    int64_t line; /* 0: the file as a whole */
    const char *column_name;
    const char *severity; /* error: a record was not used; warning; info */
    const char *kind;
    char problem[256];
    const char *remedy;
    int64_t row_count;
} shire_dsv_problem;

typedef struct shire_dsv_problems {
    shire_dsv_reader *reader;
    size_t next_column; /* of the header's notes */
    int next_fact;      /* once the records are through */
} shire_dsv_problems;

/* The next problem; *more_out is false when there are no more. Reads the reader to its end. */
shire_status shire_dsv_next_problem(shire_dsv_problems *problems, shire_dsv_problem *problem_out,
                                    bool *more_out, shire_error *error) SHIRE_MUST_CHECK;

#endif
