/* Files of encodings on the way in: known by their first line, refused when they do not belong
 * together, their columns chosen by name. */
#include "link/link_encoded_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_MAX_BYTES 8192

static bool is_told(const shire_link_file_options *options, shire_link_role role) {
    for (size_t i = 0; i < options->choice_count; i++) {
        if (options->choices[i].role == role) {
            return true;
        }
    }
    return false;
}

/* The second line, terminated, in the arena. */
static shire_status read_names(const char *path, shire_arena *arena, char **names_out,
                               shire_error *error) {
    char line[NAMES_MAX_BYTES] = "";
    FILE *file = fopen(path, "rb");
    bool is_read = file != NULL && fgets(line, sizeof line, file) != NULL &&
                   fgets(line, sizeof line, file) != NULL;
    if (file != NULL) {
        fclose(file);
    }
    size_t length = strcspn(line, "\r\n");
    if (!is_read || length == 0) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "%s, line 2: there are no names of columns", path);
    }
    *names_out = shire_arena_copy_text(arena, line, length);
    return *names_out != NULL ? SHIRE_OK
                              : SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory to read %s", path);
}

/* Add the file's columns that are not chosen yet. Names that are none of ours may serve an
 * expression, and are passed over. */
static shire_status add_columns(const char *path, const shire_link_file_options *options,
                                shire_arena *arena, shire_link_encoded_choices *chosen,
                                shire_error *error) {
    char *names = NULL;
    shire_status status = read_names(path, arena, &names, error);
    if (status != SHIRE_OK) {
        return status;
    }
    for (char *save = NULL, *name = strtok_r(names, ",", &save); name != NULL;
         name = strtok_r(NULL, ",", &save)) {
        shire_link_role role = SHIRE_LINK_ROLE_ID;
        int other = -1;
        bool is_new = shire_link_encoded_role(shire_span_of(name), &role, &other) &&
                      (role == SHIRE_LINK_ROLE_OTHER || !is_told(options, role));
        for (size_t i = 0; i < chosen->count; i++) {
            is_new = is_new && (chosen->choices[i].column == NULL ||
                                strcmp(chosen->choices[i].column, name) != 0);
        }
        if (is_new && chosen->count < SHIRE_LINK_COLUMNS_MAX) {
            chosen->is_number[chosen->count] =
                other >= 0 && (chosen->header.numbers >> other & 1U) != 0;
            chosen->is_encoded[chosen->count] = role >= SHIRE_LINK_ROLE_GIVEN;
            chosen->choices[chosen->count++] = (shire_link_column_choice){role, name, NULL};
        }
    }
    return SHIRE_OK;
}

static shire_status join_headers(const shire_link_file_options *options,
                                 shire_link_encoded_choices *chosen, shire_error *error) {
    size_t encoded_count = 0;
    const char *plain = NULL;
    shire_status status = SHIRE_OK;
    for (size_t file = 0; file < options->path_count && status == SHIRE_OK; file++) {
        shire_link_encoded_header header = {0};
        bool is_encoded = false;
        status = shire_link_encoded_header_read(options->paths[file], &header, &is_encoded, error);
        if (status == SHIRE_OK && !is_encoded) {
            plain = options->paths[file];
        } else if (status == SHIRE_OK && encoded_count++ == 0) {
            chosen->header = header;
            chosen->first_path = options->paths[file];
        } else if (status == SHIRE_OK) {
            status = shire_link_encoded_header_join(&chosen->header, chosen->first_path, &header,
                                                    options->paths[file], error);
        }
    }
    if (status == SHIRE_OK && encoded_count > 0 && plain != NULL) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "%s is encoded and %s is not; encode both with one key",
                          chosen->first_path, plain);
    }
    return status;
}

shire_status shire_link_encoded_choose(const shire_link_file_options *options, shire_arena *arena,
                                       shire_link_encoded_choices *chosen, shire_error *error) {
    *chosen = (shire_link_encoded_choices){0};
    shire_status status = join_headers(options, chosen, error);
    if (status != SHIRE_OK || chosen->first_path == NULL) {
        return status;
    }
    for (size_t i = 0; i < options->choice_count; i++) {
        if (options->choices[i].role >= SHIRE_LINK_ROLE_GIVEN) {
            return SHIRE_FAIL(error, SHIRE_INVALID,
                              "%s is encoded: its columns are known by their names; leave "
                              "the role '%s' out",
                              chosen->first_path, shire_link_role_name(options->choices[i].role));
        }
        chosen->choices[chosen->count++] = options->choices[i];
    }
    for (size_t file = 0; file < options->path_count && status == SHIRE_OK; file++) {
        status = add_columns(options->paths[file], options, arena, chosen, error);
    }
    return status;
}

shire_status shire_link_encoded_check(const shire_link_encoded_choices *chosen,
                                      const char *const *paths, const shire_frame *frame,
                                      shire_error *error) {
    size_t expected = shire_link_encoding_bytes(chosen->header.encoding.bits);
    for (size_t i = 0; i < chosen->count; i++) {
        size_t first = 0; /* row of the file under way */
        for (size_t row = 0; row < frame->row_count && chosen->is_encoded[i]; row++) {
            const shire_column *file = &frame->columns[chosen->count];
            uint8_t bytes[SHIRE_LINK_ENCODING_BYTES_MAX];
            size_t length = 0;
            shire_span text = shire_column_text(&frame->columns[i], row);
            if (!shire_span_equal(shire_column_text(file, row), shire_column_text(file, first))) {
                first = row;
            }
            if (text.length > 0 &&
                (!shire_secret_base64_decode(text, bytes, sizeof bytes, &length) ||
                 length != expected)) {
                char number[16] = "";
                shire_span digits = shire_column_text(file, row);
                memcpy(number, digits.bytes, digits.length < 15 ? digits.length : 15);
                return SHIRE_FAIL(
                    error, SHIRE_INVALID,
                    "%s, record %zu, column '%s': is no encoding of %d bits; take the "
                    "file as `shire link encode` wrote it",
                    paths[strtoul(number, NULL, 10)], row - first + 1, chosen->choices[i].column,
                    chosen->header.encoding.bits);
            }
        }
    }
    return SHIRE_OK;
}
