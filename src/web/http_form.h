/*
 * Names and values as HTTP carries them: queries and form bodies
 * (application/x-www-form-urlencoded), cookies, and percent-encoded paths. Pure, over an arena.
 */
#ifndef SHIRE_WEB_HTTP_FORM_H
#define SHIRE_WEB_HTTP_FORM_H

#include "core/arena.h"
#include "core/text.h"

typedef struct shire_http_field {
    shire_span name;
    shire_span value;
} shire_http_field;

typedef struct shire_http_fields {
    const shire_http_field *items; /* in the order of the text; names may repeat */
    size_t count;
} shire_http_fields;

/* Names of one query or form at most; what a page or search needs is far below. */
#define SHIRE_HTTP_FIELDS_MAX 512

/*
 * "a=1&b=x+y%20z": '+' is a blank, %XX a byte. Values are terminated. SHIRE_INVALID for a broken
 * %XX, a NUL byte, text that is no UTF-8, or more names than the most; SHIRE_NO_MEMORY. Errors hold
 * nothing of the text.
 */
shire_status shire_http_fields_parse(shire_span text, shire_arena *arena,
                                     shire_http_fields *fields_out,
                                     shire_error *error) SHIRE_MUST_CHECK;

/* "a=1; b=2", values as they stand (RFC 6265); parts without a name are passed over. */
shire_status shire_http_cookies_parse(shire_span header, shire_arena *arena,
                                      shire_http_fields *cookies_out,
                                      shire_error *error) SHIRE_MUST_CHECK;

/* A percent-encoded path, where '+' is itself. As strict as above. */
shire_status shire_http_path_decode(shire_span path, shire_arena *arena, shire_span *path_out,
                                    shire_error *error) SHIRE_MUST_CHECK;

/* The first value of a name; the empty span, whose bytes are NULL, when there is none. */
shire_span shire_http_field_find(const shire_http_fields *fields, const char *name);

/* Append with everything but letters, digits and -._~ percent-encoded. */
void shire_builder_append_url(shire_builder *builder, shire_span text);

#endif
