/*
 * Files of encodings (link_encode.h) as input of `shire link`: nothing to choose, for the columns
 * carry the names of their roles.
 */
#ifndef SHIRE_LINK_ENCODED_FILE_H
#define SHIRE_LINK_ENCODED_FILE_H

#include "link/link_encode.h"

typedef struct shire_link_encoded_choices {
    const char *first_path; /* the first file of encodings; NULL: there is none */
    shire_link_encoded_header header;
    shire_link_column_choice choices[SHIRE_LINK_COLUMNS_MAX]; /* the caller's, then the columns */
    bool is_encoded[SHIRE_LINK_COLUMNS_MAX];                  /* by choice */
    bool is_number[SHIRE_LINK_COLUMNS_MAX];
    size_t count;
} shire_link_encoded_choices;

/*
 * Look at the first lines of all files. Where none is encoded, first_path is NULL and that is all.
 * Else the choices are those of the caller (a truth, a source) and every column that any file has.
 * SHIRE_INVALID when only some are encoded, with different keys or parameters, and when the caller
 * chooses a column to compare. Names live in `arena` and in the caller's choices.
 */
shire_status shire_link_encoded_choose(const shire_link_file_options *options, shire_arena *arena,
                                       shire_link_encoded_choices *chosen,
                                       shire_error *error) SHIRE_MUST_CHECK;

/* SHIRE_INVALID, with file, record and column, when a cell is no encoding. The frame has a column
 * for each choice and then the number of the file. */
shire_status shire_link_encoded_check(const shire_link_encoded_choices *chosen,
                                      const char *const *paths, const shire_frame *frame,
                                      shire_error *error) SHIRE_MUST_CHECK;

#endif
