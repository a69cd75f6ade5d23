/*
 * Reading a text file of any size line by line in bounded memory, as fast as memory allows: for
 * files whose lines are checked one by one and not read as one table (io/dsv.h does that).
 */
#ifndef SHIRE_IO_LINE_H
#define SHIRE_IO_LINE_H

#include "core/error.h"
#include "core/text.h"

#include <stdbool.h>
#include <stdint.h>

/* A longer line is given back cut to this length, marked as cut. */
#define SHIRE_LINE_BYTES_MAX ((size_t)1 << 20)

typedef struct shire_line {
    int64_t number;  /* from 1 */
    shire_span text; /* without LF or CRLF; until the next call */
    bool cut;        /* longer than SHIRE_LINE_BYTES_MAX */
    bool unended;    /* the file's last line, without a line end */
} shire_line;

typedef struct shire_line_reader shire_line_reader;

/* SHIRE_NOT_FOUND for a missing file, SHIRE_INVALID for a folder. A UTF-8 byte-order mark is passed
 * over. A reader belongs to one thread. */
shire_status shire_line_open(const char *path, shire_line_reader **reader_out,
                             shire_error *error) SHIRE_MUST_CHECK;
void shire_line_close(shire_line_reader *reader); /* NULL is allowed */

/* The next line; *more_out is false at the end of the file, and the line then untouched. */
shire_status shire_line_next(shire_line_reader *reader, shire_line *line_out, bool *more_out,
                             shire_error *error) SHIRE_MUST_CHECK;

#endif
