/*
 * Taking over plans, alerts and documents that a partner kept elsewhere: one JSON file, loaded
 * once. The file is a list of items, each with its versions, the oldest first:
 *
 *     [{"name": "discharge-plan-17",
 *       "person": {"organisation": "RLQ", "source": "pas", "local_id": "1234"},
 *       "kind": "plan", "organisation": "RLQ",
 *       "versions": [{"made": "2024-09-30 15:00", "actor": "s.jones", "organisation": "RLQ",
 *                     "why": "ward round", "ended": false, "sensitivity": "", "body": {...}}]}]
 *
 * A version of a document may have "content", its bytes in base64; the body's hash and byte_count
 * then follow from them.
 *
 * A name is the item's own within the body that owns it; an item whose name was loaded before is
 * passed over, so that a file may be loaded again. Bodies are as in record_body.h.
 */
#ifndef SHIRE_RECORD_RECORD_IMPORT_H
#define SHIRE_RECORD_RECORD_IMPORT_H

#include "io/store.h"
#include "record/record_book.h"

#define SHIRE_RECORD_IMPORT_BYTES_MAX (256 * 1024 * 1024)

typedef struct shire_record_import_summary {
    size_t items; /* in the file */
    size_t added;
    size_t known; /* loaded before */
} shire_record_import_summary;

/*
 * In the caller's open transaction, with an audit entry for each item; the caller commits, and
 * signs the log.
 *
 * actor  the account that loads, for the log.
 * now    seconds since 1970, UTC.
 * SHIRE_INVALID with file and place of the first mistake: then nothing of the file is to be kept.
 */
shire_status shire_record_import(const shire_record_book *book, shire_store *store,
                                 const char *path, const char *actor, int64_t now,
                                 shire_record_import_summary *summary_out,
                                 shire_error *error) SHIRE_MUST_CHECK;

#endif
