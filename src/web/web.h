/*
 * The site: pages and API over one partnership's last run and its store. shire_web_serve runs until
 * it is told to stop: SIGTERM or SIGINT finishes what was begun, SIGHUP takes up a new run
 * before it is found by itself.
 */
#ifndef SHIRE_WEB_WEB_H
#define SHIRE_WEB_WEB_H

#include "core/error.h"

#include <stdbool.h>

typedef struct shire_web_options {
    const char *dir;           /* the partnership folder */
    const char *store;         /* as for shire_store_open; NULL: DIR/.shire/store.db */
    const char *address;       /* to listen on, numbers */
    int port;                  /* 0: any free one */
    int thread_count;          /* 0: all processors */
    const char *public_url;    /* what browsers call it, when a proxy stands in front: with https it
                                  makes cookies secure; NULL: plain HTTP on this machine */
    const char *openid_issuer; /* the sign-in provider of the partners; NULL, like the next two and
                                  public_url: what partnership.yaml says, if anything */
    const char *openid_client; /* what it knows this service as */
    const char *openid_secret; /* a file with the client's secret; NULL besides: what the
                                  environment's SHIRE_OPENID_SECRET says, or it has none */
    bool log_requests;         /* one line a request on standard error */
} shire_web_options;

/* Called once the server answers. `url` ends with a slash. */
typedef void (*shire_web_ready)(void *context, const char *url);

/* Opens everything, calls `ready`, serves until a signal, and closes everything. Blocks the signals
 * it waits for in the calling thread, so call it before other threads are started. */
shire_status shire_web_serve(const shire_web_options *options, shire_web_ready ready, void *context,
                             shire_error *error) SHIRE_MUST_CHECK;

#endif
