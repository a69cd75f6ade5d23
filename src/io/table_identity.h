/*
 * What tells one warehouse file from another, without reading it whole: the hash of the file's
 * headers and of the checksum that each of its blocks begins with (DuckDB's storage: three headers
 * of 4 KiB, then blocks of 256 KiB whose first eight bytes are their checksum). A copy has the same
 * identity; any change of the contents gives another.
 */
#ifndef SHIRE_IO_TABLE_IDENTITY_H
#define SHIRE_IO_TABLE_IDENTITY_H

#include "core/error.h"

/* 64 hex digits, terminated. The file must be closed, or open for reading only. */
shire_status shire_table_identity(const char *path, char identity_out[65],
                                  shire_error *error) SHIRE_MUST_CHECK;

#endif
