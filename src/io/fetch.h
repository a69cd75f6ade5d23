/*
 * One request to another server over HTTP: libcurl behind a small interface. Certificates are
 * checked against the system's, redirects are not followed, and what comes is limited in bytes and
 * time. Blocks: call it on a worker's thread. Safe from any thread.
 */
#ifndef SHIRE_IO_FETCH_H
#define SHIRE_IO_FETCH_H

#include "core/arena.h"
#include "core/error.h"
#include "core/text.h"

#include <stdbool.h>

#define SHIRE_FETCH_BYTES_MAX ((size_t)1 << 20)
#define SHIRE_FETCH_SECONDS_MAX 10
#define SHIRE_FETCH_CONNECT_SECONDS_MAX 4

typedef struct shire_fetch {
    const char *url;  /* https; http to this machine alone (127.0.0.1, [::1], localhost) */
    const char *form; /* sent by POST as a form; NULL: GET */
    const char *user; /* basic authentication, percent-encoded already; NULL: none */
    const char *password;
    const char *bearer; /* token of RFC 6750; NULL: none */
} shire_fetch;

/* Whether an address may be asked: https, or http to this machine. */
bool shire_fetch_may(const char *url);

/*
 * body_out    in `arena`, terminated.
 * status_out  of the answer, any.
 *
 * SHIRE_INVALID for an address that may not be asked, SHIRE_IO_FAILED when there was no answer,
 * with libcurl's words; no message holds what was sent.
 */
shire_status shire_fetch_get(const shire_fetch *request, shire_arena *arena, shire_span *body_out,
                             int *status_out, shire_error *error) SHIRE_MUST_CHECK;

#endif
