/*
 * The connections that are open, each with the time by which it must have done what it is at. One
 * thread looks once a second whose time is up and shuts those sockets down, which their owners then
 * notice; an answer that was not taken is thrown away. When three quarters of the places are taken,
 * nobody has more than five seconds.
 */
#ifndef SHIRE_WEB_HTTP_PEERS_H
#define SHIRE_WEB_HTTP_PEERS_H

#include "core/error.h"

#include <stdint.h>

typedef struct shire_http_peers shire_http_peers;
typedef struct shire_http_peer shire_http_peer;

shire_status shire_http_peers_new(int count_max, shire_http_peers **peers_out,
                                  shire_error *error) SHIRE_MUST_CHECK;
/* When all have been removed. NULL is allowed. */
void shire_http_peers_free(shire_http_peers *peers);

/* From any thread. NULL when out of memory: then the connection is counted, and has all the time
 * that it wants. Remove it before its socket is closed. */
shire_http_peer *shire_http_peers_add(shire_http_peers *peers, int socket, int seconds);
void shire_http_peers_remove(shire_http_peers *peers, shire_http_peer *peer);

/* Seconds from now; 0: none, we are at it ourselves. NULL is allowed. */
void shire_http_peer_set_deadline(shire_http_peer *peer, int seconds);

int64_t shire_http_peers_count(const shire_http_peers *peers);     /* open now */
int64_t shire_http_peers_timed_out(const shire_http_peers *peers); /* shut down so far */

#endif
