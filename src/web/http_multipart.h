/*
 * Forms that carry files, as HTTP carries them (multipart/form-data, RFC 7578). Pure, over an
 * arena.
 */
#ifndef SHIRE_WEB_HTTP_MULTIPART_H
#define SHIRE_WEB_HTTP_MULTIPART_H

#include "web/http_form.h"

typedef struct shire_http_file {
    shire_span name;    /* of the field, terminated */
    shire_span type;    /* as the sender says, terminated; what it is is not looked at */
    shire_span content; /* within the body */
} shire_http_file;

typedef struct shire_http_files {
    const shire_http_file *items; /* in the order of the body; names may repeat */
    size_t count;
} shire_http_files;

/* Fields and files of one form at most. */
#define SHIRE_HTTP_PARTS_MAX 64
#define SHIRE_HTTP_PART_HEADER_BYTES_MAX 2048 /* of a part, all lines together */

/* Whether a Content-Type, which may be NULL, is that of such a form. */
bool shire_http_is_multipart(const char *content_type);

/*
 * fields_out  parts that are no files, as shire_http_fields_parse gives them.
 * files_out   parts with a file name, which itself is not kept; also empty ones, for which nothing
 *             was chosen. They last as long as `body`.
 *
 * SHIRE_INVALID where the type names no boundary, for a body that does not begin with it or has no
 * end, a part without a name or with longer headers, a field that is no UTF-8 or holds a NUL byte,
 * and more parts than the most; SHIRE_NO_MEMORY. Errors hold nothing of the body.
 */
shire_status shire_http_multipart_parse(const char *content_type, shire_span body,
                                        shire_arena *arena, shire_http_fields *fields_out,
                                        shire_http_files *files_out,
                                        shire_error *error) SHIRE_MUST_CHECK;

/* The first file of a field; NULL when there is none or nothing was chosen. */
const shire_http_file *shire_http_file_find(const shire_http_files *files, const char *name);

#endif
