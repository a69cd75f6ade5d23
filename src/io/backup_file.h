/*
 * The last line of a backup, after the database: the hash of every byte before it, so that a file
 * which was cut off or changed anywhere is seen before anything in it is read.
 */
#ifndef SHIRE_IO_BACKUP_FILE_H
#define SHIRE_IO_BACKUP_FILE_H

#include "core/error.h"

/* Append the line to the file and flush it to disk; hash_out gets the hash. */
shire_status shire_backup_file_seal(const char *path, char hash_out[65],
                                    shire_error *error) SHIRE_MUST_CHECK;

/* Copy what is before the line into the new file `path_out` (mode 0600). SHIRE_INVALID when the
 * line is missing or its hash is not that of the bytes; then there is no such file. */
shire_status shire_backup_file_open(const char *path, const char *path_out, char hash_out[65],
                                    shire_error *error) SHIRE_MUST_CHECK;

#endif
