/*
 * A file written piece by piece and put into its place at the end: until then the old one stands.
 */
#ifndef SHIRE_IO_FILE_WRITER_H
#define SHIRE_IO_FILE_WRITER_H

#include "core/error.h"
#include "core/text.h"

#include <stdbool.h>
#include <stdio.h>

/* Owned by the caller, zeroed before opening. */
typedef struct shire_file_writer {
    FILE *file;
    char *path;
    char *new_path; /* `path`.new, where the bytes go */
} shire_file_writer;

/* `is_private`: only the owner can read the file. */
shire_status shire_file_writer_open(shire_file_writer *writer, const char *path, bool is_private,
                                    shire_error *error) SHIRE_MUST_CHECK;

/* What fails here is told by close. */
void shire_file_writer_add(shire_file_writer *writer, shire_span text);

/* A cell of RFC 4180, quoted where it must be, and what follows it: ',' or '\n'. */
void shire_file_writer_add_cell(shire_file_writer *writer, shire_span text, char end);

/* With `is_good`: flush to disk and rename. Else, and on failure: remove what was written. Also
 * safe for a writer that is zeroed. */
shire_status shire_file_writer_close(shire_file_writer *writer, bool is_good,
                                     shire_error *error) SHIRE_MUST_CHECK;

#endif
