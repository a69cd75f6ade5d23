/*
 * Files: whole-file reads with a limit, atomic replacement, folder listing, hashes of contents.
 */
#ifndef SHIRE_IO_FILE_H
#define SHIRE_IO_FILE_H

#include "core/arena.h"
#include "core/error.h"
#include "core/text.h"

#include <stdbool.h>

/* Reads a regular file of at most limit_bytes, terminated, into `arena`. */
shire_status shire_file_read(const char *path, size_t limit_bytes, shire_arena *arena,
                             shire_span *contents_out, shire_error *error) SHIRE_MUST_CHECK;
/* Writes to `path`.new, flushes to disk, renames: the old file or the new one, never half. */
shire_status shire_file_replace(const char *path, shire_span contents,
                                shire_error *error) SHIRE_MUST_CHECK;
/* The same for personal data: the new file can be read by its owner only. */
shire_status shire_file_replace_private(const char *path, shire_span contents,
                                        shire_error *error) SHIRE_MUST_CHECK;
/* A copy, which its owner alone can read and which is not flushed to disk; a file at `to` is
 * replaced. Where it fails no copy is left. */
shire_status shire_file_copy(const char *from, const char *to, shire_error *error) SHIRE_MUST_CHECK;
/* `from` takes the place of `to`, and that is flushed to disk. */
shire_status shire_file_rename(const char *from, const char *to,
                               shire_error *error) SHIRE_MUST_CHECK;
bool shire_file_exists(const char *path);
bool shire_dir_exists(const char *path);
shire_status shire_dir_make(const char *path,
                            shire_error *error) SHIRE_MUST_CHECK; /* and parents */
/* The same for personal data: only its owner may enter the folder, also where it was there. */
shire_status shire_dir_make_private(const char *path, shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_dir_remove(const char *path, shire_error *error) SHIRE_MUST_CHECK; /* tree */

/* Names (no folder) of the entries that end in `suffix`, sorted bytewise, in `arena`. */
shire_status shire_dir_list(const char *path, const char *suffix, shire_arena *arena,
                            const char *const **names_out, size_t *count_out,
                            shire_error *error) SHIRE_MUST_CHECK;

/* BLAKE2b-256 of a file's bytes as 64 hex digits, terminated; buffer of at least 65 bytes. */
shire_status shire_file_hash(const char *path, char hex_out[65],
                             shire_error *error) SHIRE_MUST_CHECK;

/* Reads a gzip file through to see that it is whole: SHIRE_INVALID when it is cut off or damaged,
 * or no gzip file. */
shire_status shire_file_check_gzip(const char *path, shire_error *error) SHIRE_MUST_CHECK;

#endif
