/*
 * The HTTP server: libmicrohttpd's event loops on a few threads. It reads a request whole, within
 * limits of bytes and time, hands it to one function, and sends the answer. TLS is the business of
 * the proxy in front (docs/serving.md).
 *
 * Under load it sheds early: with more than `in_flight_max` requests being answered, a new one gets
 * 503 with Retry-After before its body is read. Clients that send or read too slowly, and idle
 * connections, are closed when their time is up, so that holding connections open costs nothing
 * but their places; when three quarters of those are taken, after five seconds.
 */
#ifndef SHIRE_WEB_HTTP_SERVER_H
#define SHIRE_WEB_HTTP_SERVER_H

#include "web/http_request.h"

#include <stdint.h>

typedef struct shire_http_server shire_http_server;

/* Makes the answer, or says what it waits for (shire_http_wait). Called on the server's threads.
 * Must not fail: errors are answers. */
typedef void (*shire_http_handler)(void *context, shire_http_request *request,
                                   shire_http_response *response);
/* What the server refuses before the handler sees it, in the form of whoever asks: the answer has
 * its status, and `sentence` as plain text, in whose place another body may be put. Of the request
 * no more than the path is sure to be there, as it was sent. */
typedef void (*shire_http_refuser)(void *context, shire_http_request *request,
                                   shire_http_response *response, const char *sentence);
/* After the answer went to the connection, or with status 499 when the client had gone before there
 * was one: for the log and counts, and to let go of what the handler held. */
typedef void (*shire_http_finished)(void *context, const shire_http_request *request,
                                    const shire_http_response *response);

typedef struct shire_http_server_options {
    const char *address; /* "127.0.0.1", "::1", "0.0.0.0" */
    int port;            /* 0: any free one */
    int thread_count;    /* at least 1 */
    int connection_count_max;
    int in_flight_max;
    size_t header_bytes_max; /* of all headers of a request, and MHD's memory of a connection */
    size_t body_bytes_max;
    size_t upload_bytes_max; /* of a body that is a form with files */
    size_t request_arena_bytes_max;
    int header_seconds_max; /* from the connection, or the last answer, to the end of the headers */
    int body_seconds_max;   /* to the end of the body */
    int send_seconds_max;   /* to the end of the answer */
    shire_http_handler handle;
    shire_http_refuser refuse; /* NULL: plain text */
    shire_http_finished finished;
    void *context;
} shire_http_server_options;

/* SHIRE_INVALID for an address that is none; SHIRE_IO_FAILED when the port cannot be taken, with
 * what to do. Fields that are 0 get the defaults of http_server.c. `server_out` is set before the
 * first request is handled, on another thread; after a failure it is NULL. */
shire_status shire_http_server_start(const shire_http_server_options *options,
                                     shire_http_server **server_out,
                                     shire_error *error) SHIRE_MUST_CHECK;

int shire_http_server_port(const shire_http_server *server);

/* Take no new connections, let requests that were begun finish for up to `seconds`, then close the
 * rest. Answers of that time say Connection: close. NULL is allowed. */
void shire_http_server_stop(shire_http_server *server, int seconds);

/* Counts, from any thread. */
typedef struct shire_http_server_counts {
    int64_t connections; /* open now */
    int64_t in_flight;   /* requests being answered now */
    int64_t requests;
    int64_t shed;      /* answered 503 because of load */
    int64_t timed_out; /* connections closed because their time was up */
} shire_http_server_counts;

shire_http_server_counts shire_http_server_count(const shire_http_server *server);

#endif
