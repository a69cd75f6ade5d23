/*
 * Room on the store's disk that is kept, to be given back when the disk is full: for a store in a
 * file a file beside it, on a server a table beside the others. It is no part of what the store
 * holds: backups and migrations know nothing of it.
 *
 * The store is a connection outside a transaction, and the caller's own during the call. Errors as
 * those of store.h.
 */
#ifndef SHIRE_IO_STORE_RESERVE_H
#define SHIRE_IO_STORE_RESERVE_H

#include "io/store.h"

/* The bytes that are kept; 0: none. */
shire_status shire_store_reserve_measure(shire_store *store, int64_t *byte_count_out,
                                         shire_error *error) SHIRE_MUST_CHECK;

/* Keep byte_count bytes, unless as many are kept already. Where the disk has not twice as much it
 * is SHIRE_OK and not taken, and nothing is kept. Nobody writes to the store meanwhile, which takes
 * a second at most. */
shire_status shire_store_reserve_take(shire_store *store, int64_t byte_count, bool *is_taken_out,
                                      shire_error *error) SHIRE_MUST_CHECK;

/* Give back what is kept. It needs no room itself on the disk of the tables. */
shire_status shire_store_reserve_release(shire_store *store, shire_error *error) SHIRE_MUST_CHECK;

/* Whether the last transaction of this connection, which failed, did so because the disk is full:
 * for a file, whether no more than byte_count is free. */
bool shire_store_lacks_room(const shire_store *store, int64_t byte_count);

#endif
