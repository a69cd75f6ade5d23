/*
 * Reading delimited text as it really comes: one record after another, in bounded memory, with the
 * physical line of each, in whatever encoding the file is.
 *
 * What it takes: UTF-8 with or without a byte-order mark, UTF-16 of either order, and single bytes
 * that are not UTF-8, which are read as Windows-1252; LF, CRLF or (where a file has no LF) CR line
 * ends; quoted fields with doubled quotes and line ends in them. NUL bytes are left out.
 * What it refuses is one record, never the file: a record that has too few or too many fields or a
 * quote that does not end is given back as a fault, and reading goes on with the next line.
 *
 * A reader belongs to one thread. Files are read once, forward.
 */
#ifndef SHIRE_IO_DSV_H
#define SHIRE_IO_DSV_H

#include "core/error.h"
#include "core/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A record longer than this is a fault. */
#define SHIRE_DSV_RECORD_BYTES_MAX (8u << 20)
#define SHIRE_DSV_COLUMNS_MAX 16384
#define SHIRE_DSV_NAME_END '\x1F'

typedef struct shire_dsv_options {
    char delimiter;        /* 0: the most frequent of , ; tab | in the header line */
    char quote;            /* 0: '"' */
    char comment;          /* lines that start with it are left out; 0: none */
    bool without_header;   /* columns are then named column0, column1, ... */
    bool skip_given;       /* take skip_lines as it is and look for no title lines */
    int64_t skip_lines;    /* physical lines before the header */
    const char *null_text; /* a field of exactly this text is null, beside the empty field */
    const char *names;     /* of the columns, instead of the header's, each but the last followed by
                              SHIRE_DSV_NAME_END; NULL or too few: the header's or column0, ... */
} shire_dsv_options;

typedef enum shire_dsv_fault {
    SHIRE_DSV_GOOD = 0,
    SHIRE_DSV_TOO_FEW,    /* fewer fields than columns */
    SHIRE_DSV_TOO_MANY,   /* more, and not only blank ones */
    SHIRE_DSV_QUOTE_OPEN, /* a quoted field does not end */
    SHIRE_DSV_QUOTE_TEXT, /* text between a closing quote and the delimiter */
    SHIRE_DSV_TOO_LONG,   /* more than SHIRE_DSV_RECORD_BYTES_MAX, or too many fields */
    SHIRE_DSV_CUT_OFF     /* the file ends inside this record */
} shire_dsv_fault;

typedef struct shire_dsv_record {
    int64_t line;             /* physical line on which it starts, from 1 */
    shire_dsv_fault fault;    /* the fields of a faulty record are not to be used */
    size_t field_count;       /* as found; of a good record: the columns of the file */
    const shire_span *fields; /* valid UTF-8 without NULs, until the next call; null is empty */
} shire_dsv_record;

typedef enum shire_dsv_encoding {
    SHIRE_DSV_UTF8 = 0,
    SHIRE_DSV_UTF8_MARKED, /* with a byte-order mark */
    SHIRE_DSV_UTF16_LITTLE,
    SHIRE_DSV_UTF16_BIG
} shire_dsv_encoding;

/* What was met on the way; complete once shire_dsv_next has said that there is no more. */
typedef struct shire_dsv_facts {
    shire_dsv_encoding encoding;
    bool empty;             /* no bytes at all, or nothing but blank lines */
    bool finished;          /* read to the end */
    int64_t record_count;   /* good records given */
    int64_t rejected_count; /* faulty records given */
    int64_t blank_count;    /* records of nothing but delimiters, left out */
    int64_t blank_line;     /* the first of them */
    int64_t nul_count;      /* records with NUL bytes */
    int64_t nul_line;
    int64_t recoded_count; /* records with bytes read as Windows-1252 */
    int64_t recoded_line;
    int64_t unnamed_count; /* records with text in a column that has no name */
    int64_t unnamed_line;
    int64_t title_count; /* lines before the header that were passed over */
} shire_dsv_facts;

typedef struct shire_dsv_column {
    const char *name; /* trimmed; made unique by _1, _2, ...; NULL: the header has no name here */
    bool renamed;     /* the header names it twice */
} shire_dsv_column;

typedef struct shire_dsv_reader shire_dsv_reader;

/* SHIRE_NOT_FOUND for a missing file, SHIRE_INVALID for a folder, SHIRE_IO_FAILED when it cannot
 * be read. An empty file opens with no columns. */
shire_status shire_dsv_open(const char *path, const shire_dsv_options *options,
                            shire_dsv_reader **reader_out, shire_error *error) SHIRE_MUST_CHECK;
void shire_dsv_close(shire_dsv_reader *reader); /* NULL is allowed */

size_t shire_dsv_column_count(const shire_dsv_reader *reader);
const shire_dsv_column *shire_dsv_columns(const shire_dsv_reader *reader);
const shire_dsv_facts *shire_dsv_reader_facts(const shire_dsv_reader *reader);

/* The next record; *more_out is false at the end of the file, and the record then untouched. */
shire_status shire_dsv_next(shire_dsv_reader *reader, shire_dsv_record *record_out, bool *more_out,
                            shire_error *error) SHIRE_MUST_CHECK;

/* True when the whole file was read and there is nothing to tell about it. */
bool shire_dsv_is_clean(const shire_dsv_reader *reader);

#endif
