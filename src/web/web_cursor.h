/*
 * Cursors: what the link to the next page of an answer carries, sealed with a key of this process
 * (libsodium's secretbox), so that no name and no number stands in an address. A cursor is bound to
 * the account, its purpose and the run that the page was made of: anybody else's, one of an older
 * run and one of before the last start opens nothing, and the client asks again from the beginning
 * instead of missing what moved.
 */
#ifndef SHIRE_WEB_CURSOR_H
#define SHIRE_WEB_CURSOR_H

#include "web/web_call.h"

#define SHIRE_CURSOR_BYTES_MAX 8000 /* of a place */

/* `place` as a JSON string fit for a link; NULL when out of memory. */
json_t *shire_cursor_seal(const shire_call *call, shire_span place);
/* The place, terminated, in the request's arena. False for a cursor that is none of this call's. */
bool shire_cursor_open(const shire_call *call, shire_span cursor, shire_span *place_out);

#endif
