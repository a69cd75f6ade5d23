/*
 * One answer. A handler appends to the body and sets headers; the server sends it and wipes it.
 * Running out of memory is remembered and told by shire_http_response_failed, so that a handler
 * need not look at each append.
 */
#ifndef SHIRE_WEB_HTTP_RESPONSE_H
#define SHIRE_WEB_HTTP_RESPONSE_H

#include "core/arena.h"
#include "core/text.h"

#define SHIRE_HTTP_RESPONSE_HEADERS_MAX 32

typedef struct shire_http_header_line {
    const char *name; /* static storage */
    const char *value;
} shire_http_header_line;

typedef struct shire_http_response {
    int status; /* 200 unless set */
    shire_builder body;
    shire_span lasting_body; /* in place of `body` where bytes is not NULL: outlives the server */
    shire_http_header_line headers[SHIRE_HTTP_RESPONSE_HEADERS_MAX];
    size_t header_count;
    shire_arena *arena; /* the request's */
    bool failed;
} shire_http_response;

/* Set a header, in the place of one of the same name. The value is copied. A value with a line end
 * or a control character is refused: `failed` is set. */
void shire_http_set_header(shire_http_response *response, const char *name, const char *value);
/* One more of a name: cookies. */
void shire_http_add_header(shire_http_response *response, const char *name, const char *value);
/* NULL when it is not set. */
const char *shire_http_response_header(const shire_http_response *response, const char *name);

/* 303 See Other: after a form was taken, and to sign in. `location` begins with one '/' and no
 * more, so that no answer leads away; anything else sets `failed`. */
void shire_http_redirect(shire_http_response *response, const char *location);

/* Throw away what was made so far, status and headers too: an error takes its place. */
void shire_http_response_clear(shire_http_response *response);
bool shire_http_response_failed(const shire_http_response *response);

#endif
