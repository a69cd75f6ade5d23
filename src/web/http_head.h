/*
 * The head of a request, judged before it is taken: whether it could be read in two ways, here and
 * by a proxy in front, and whether the library's memory of the connection has room for an answer
 * beside it.
 */
#ifndef SHIRE_WEB_HTTP_HEAD_H
#define SHIRE_WEB_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>

struct MHD_Connection;

/* Why a head is not well formed (400), as a sentence in static storage; NULL: it is. `uri` is the
 * target as it was sent. */
const char *shire_http_head_problem(struct MHD_Connection *connection, const char *version,
                                    const char *uri);

/* Whether the names of a target's query leave room for an answer in memory of `bytes_max` bytes. To
 * be asked before the library has recorded them, for it closes the connection when it cannot. */
bool shire_http_head_has_few_names(const char *uri, size_t bytes_max);

/* Whether headers, cookies and names of the query leave room for an answer's headers in memory of
 * `bytes_max` bytes. */
bool shire_http_head_leaves_room(struct MHD_Connection *connection, const char *uri,
                                 size_t bytes_max);

/* Answers 431 past the library, which may have no memory left for an answer of its own, and lets it
 * send nothing more: what remains is to close the connection. `method` is NULL where it is not
 * known yet. */
void shire_http_head_turn_away(struct MHD_Connection *connection, const char *method);

#endif
