/*
 * Columns kept ready: named arrays in one file that a later process maps into memory and uses as
 * they are. For what a run derives and a command wants again within milliseconds.
 *
 * The file belongs to one warehouse: it carries the warehouse's identity, which is written last, so
 * that a file that was left half done belongs to none. It is written by and for machines of one
 * byte order; arrays start at multiples of 64 bytes.
 */
#ifndef SHIRE_IO_COLUMNS_H
#define SHIRE_IO_COLUMNS_H

#include "core/error.h"

#include <stdbool.h>
#include <stddef.h>

#define SHIRE_COLUMNS_NAME_BYTES 48
#define SHIRE_COLUMNS_IDENTITY_BYTES 65 /* 64 hex digits, terminated */

typedef struct shire_columns shire_columns;

typedef struct shire_columns_part {
    char name[SHIRE_COLUMNS_NAME_BYTES]; /* terminated */
    const void *bytes;
    size_t byte_count;
} shire_columns_part;

/* Write the parts to a new file, or over an old one, without an identity. */
shire_status shire_columns_write(const char *path, const shire_columns_part *parts,
                                 size_t part_count, shire_error *error) SHIRE_MUST_CHECK;

/* Give the file its identity (io/table_identity.h), once its contents are on disk. */
shire_status shire_columns_seal(const char *path, const char identity[SHIRE_COLUMNS_IDENTITY_BYTES],
                                shire_error *error) SHIRE_MUST_CHECK;

/* Map the file. SHIRE_NOT_FOUND when there is none; SHIRE_INVALID when it is no such file, is cut
 * off, or has another identity. */
shire_status shire_columns_open(const char *path, const char identity[SHIRE_COLUMNS_IDENTITY_BYTES],
                                shire_columns **columns_out, shire_error *error) SHIRE_MUST_CHECK;

/* The array of that name and how many elements of `element_bytes` it has; NULL when there is none
 * or it is no whole number of them. An empty array gives a pointer too. Valid until closed. */
const void *shire_columns_find(const shire_columns *columns, const char *name, size_t element_bytes,
                               size_t *count_out);

void shire_columns_close(shire_columns *columns); /* NULL is allowed */

#endif
