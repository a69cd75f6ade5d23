/*
 * `shire link encode`: records of files, or of a partnership, into a file of encodings that a
 * partner may have (link_encode_kernel.h); and what such a file says of itself, by which
 * `shire link` knows it again and refuses files that do not belong together.
 *
 * The file is CSV. Its first line, "# shire encoding 1 bits=512 hashes=8 q=2 diffusion=3 salt=none
 * key=... numbers=...", names the parameters and a check value of the key; then comes a header of
 * roles, then the records: encodings in base64, empty where nothing is known.
 */
#ifndef SHIRE_LINK_ENCODE_H
#define SHIRE_LINK_ENCODE_H

#include "link/link_encode_kernel.h"
#include "link/link_file.h"

#define SHIRE_LINK_ENCODING_VERSION 1
#define SHIRE_LINK_ENCODING_Q 2 /* characters of a token of a name */

typedef struct shire_link_encode_options {
    const shire_link_file_options *files; /* paths and choices; paths NULL for a partnership */
    const char *warehouse_path;           /* of a partnership's last run, or NULL */
    shire_link_encoding_options encoding;
    const shire_secret_key *key;
    bool keeps_ids;          /* ids as they are; else as pseudonyms under the key */
    const char *out_path;    /* CSV */
    const char *id_map_path; /* CSV of pseudonym, source, id, for its maker's eyes only; or NULL */
} shire_link_encode_options;

typedef struct shire_link_encode_report {
    uint64_t records;
    size_t column_count;    /* of encodings */
    uint64_t failed_values; /* of expressions that could not be computed; left empty */
    char key_check[SHIRE_LINK_ENCODING_CHECK_HEX + 1];
} shire_link_encode_report;

/*
 * Same bytes for the same records, key and options on any number of threads. With pseudonyms the
 * records stand in their order, which tells nothing of how the input was sorted. On failure what
 * stood at out_path stays.
 */
shire_status shire_link_encode(const shire_link_encode_options *options,
                               shire_link_encode_report *report_out,
                               shire_error *error) SHIRE_MUST_CHECK;

/* The first line of a file of encodings. */
typedef struct shire_link_encoded_header {
    shire_link_encoding_options encoding;
    int q;
    char check[SHIRE_LINK_ENCODING_CHECK_HEX + 1];
    uint64_t numbers; /* bit i: the column other_(i + 1) holds identifiers */
} shire_link_encoded_header;

/* Length of what is written, at most `capacity` with the terminator. */
size_t shire_link_encoded_header_write(const shire_link_encoded_header *header, char *text_out,
                                       size_t capacity);

/* *is_encoded_out is false for any other file. SHIRE_INVALID for a line that begins as ours and is
 * not, or of a later version. */
shire_status shire_link_encoded_header_read(const char *path, shire_link_encoded_header *header_out,
                                            bool *is_encoded_out,
                                            shire_error *error) SHIRE_MUST_CHECK;

/* SHIRE_INVALID, with what differs, unless both files were made with one key and one set of
 * parameters. A column of identifiers in either is one in `into`. */
shire_status shire_link_encoded_header_join(shire_link_encoded_header *into, const char *into_path,
                                            const shire_link_encoded_header *other,
                                            const char *other_path,
                                            shire_error *error) SHIRE_MUST_CHECK;

/* The role that a column of a file of encodings has by its name; false for none. *other_out is the
 * place of an OTHER, from 0. */
bool shire_link_encoded_role(shire_span name, shire_link_role *role_out, int *other_out);

#endif
