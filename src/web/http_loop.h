/*
 * An event loop of the HTTP server: a daemon of libmicrohttpd and the thread of ours that drives
 * it. The library's own threads (0.9.75) take up to 128 events at a time, and when exactly as many
 * came they wait for another one before they look at any: after a burst its requests would stand
 * still until somebody else's came. Driven from outside it never waits; this thread does.
 */
#ifndef SHIRE_WEB_HTTP_LOOP_H
#define SHIRE_WEB_HTTP_LOOP_H

#include "core/error.h"

struct MHD_Daemon;
typedef struct shire_http_loop shire_http_loop;

shire_status shire_http_loop_new(shire_http_loop **loop_out, shire_error *error) SHIRE_MUST_CHECK;

/* Begins to drive the daemon, which was started with MHD_USE_EPOLL and without a thread. The loop
 * owns it from here on, also when this fails. */
shire_status shire_http_loop_start(shire_http_loop *loop, struct MHD_Daemon *daemon,
                                   shire_error *error) SHIRE_MUST_CHECK;

/* Looks at its connections: to be called after one of them was resumed, of which the library alone
 * would not always tell. From any thread. */
void shire_http_loop_wake(shire_http_loop *loop);

/* Takes no new connections from now on, and leaves the listening socket open; goes on with those
 * that there are. From any thread. */
void shire_http_loop_quiesce(shire_http_loop *loop);

/* Ends: all connections are closed, of which none may be set aside. NULL is allowed. */
void shire_http_loop_free(shire_http_loop *loop);

#endif
