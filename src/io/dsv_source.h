/*
 * A file as a stream of UTF-8: byte-order marks taken off, UTF-16 turned into UTF-8, everything
 * else handed on as it is. Internal to the reader of delimited text.
 */
#ifndef SHIRE_IO_DSV_SOURCE_H
#define SHIRE_IO_DSV_SOURCE_H

#include "io/dsv.h"

#define SHIRE_DSV_SOURCE_BYTES 65536

typedef struct shire_dsv_source {
    int file; /* descriptor; -1: closed */
    shire_dsv_encoding encoding;
    bool ended;
    unsigned char *raw; /* bytes read ahead: the sniffed start, and of UTF-16 all of them */
    size_t raw_first, raw_end;
    uint32_t high_surrogate; /* waiting for its other half; 0: none */
} shire_dsv_source;

/* Statuses as shire_dsv_open. */
shire_status shire_dsv_source_open(const char *path, shire_dsv_source *source_out,
                                   shire_error *error) SHIRE_MUST_CHECK;
void shire_dsv_source_close(shire_dsv_source *source);

/* Up to `capacity` bytes (at least 16); 0 at the end only. */
shire_status shire_dsv_source_read(shire_dsv_source *source, char *bytes_out, size_t capacity,
                                   size_t *length_out, shire_error *error) SHIRE_MUST_CHECK;

/* Turn text that is not UTF-8 into it: bytes that start no valid sequence are read as
 * Windows-1252, NULs are left out. `out` has room for 3 * text.length bytes. Returns the length.
 * *recoded_out is set true when a byte was read as Windows-1252. */
size_t shire_dsv_recode(shire_span text, char *out, bool *recoded_out);

#endif
