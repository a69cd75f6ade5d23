/*
 * The audit log of a partnership: its store and its signing key, opened together, and the one call
 * by which everything else writes to it.
 */
#ifndef SHIRE_AUDIT_SERVICE_H
#define SHIRE_AUDIT_SERVICE_H

#include "audit/audit_log.h"
#include "org/partnership.h"

/*
 * The signing key of the partnership, DIR/.shire/audit.key, made when the store has no checkpoint
 * yet. SHIRE_NOT_FOUND when the log was signed before and the key is gone: a new one would hide who
 * signed what. The key's name, and so the log's, comes from the partnership's name.
 */
shire_status shire_audit_open_key(const shire_partnership *partnership, shire_store *store,
                                  shire_arena *arena, shire_audit_signer *signer_out,
                                  shire_error *error) SHIRE_MUST_CHECK;

/* The same for who will sign. SHIRE_INVALID when the last checkpoint is another key's: the store is
 * another folder's, and a log that two keys sign proves nothing. */
shire_status shire_audit_open_signer(const shire_partnership *partnership, shire_store *store,
                                     shire_arena *arena, shire_audit_signer *signer_out,
                                     shire_error *error) SHIRE_MUST_CHECK;

/* Append an entry and sign the log, in the caller's transaction on the partnership's store: the
 * entry is there if and only if what it tells of is. */
shire_status shire_audit_write(const shire_partnership *partnership, shire_store *store,
                               const shire_audit_entry *entry, shire_error *error) SHIRE_MUST_CHECK;

/* Signing for a writer that never ends (io/store_queue.h): `signer` from shire_audit_open_signer,
 * the rest zeroed. */
typedef struct shire_audit_sealer {
    shire_audit_signer signer;
    int64_t signed_at; /* seconds of the monotonic clock */
} shire_audit_sealer;

#define SHIRE_AUDIT_SEAL_ENTRIES 1024
#define SHIRE_AUDIT_SEAL_SECONDS 10

/* A shire_store_seal whose context is a shire_audit_sealer: signs when SHIRE_AUDIT_SEAL_ENTRIES
 * entries are not signed yet, when the last signature is SHIRE_AUDIT_SEAL_SECONDS old, and when all
 * is quiet; so what a checkpoint costs is shared by many entries, and none waits long for one. */
shire_status shire_audit_seal(shire_store *store, bool is_quiet, void *sealer,
                              shire_error *error) SHIRE_MUST_CHECK;

/* Sign all entries that are not signed yet, in the caller's transaction. */
shire_status shire_audit_sign_all(const shire_partnership *partnership, shire_store *store,
                                  shire_error *error) SHIRE_MUST_CHECK;

/* The account that runs this process, for entries of the command line; in `arena`, or "". */
const char *shire_audit_account(shire_arena *arena);

/* ---- a witness: on a partner's machine, with a folder of its own ---- */

/*
 * Look at what a log says now, and sign it when it only grew since the last time.
 *
 * dir       the witness's folder: its key (made by the first call) and the last checkpoint of each
 *           log that it watches.
 * name      of the witness's key, when it has to be made.
 * submission  "old N", the lines of a consistency proof, an empty line, the checkpoint: what
 *           `shire audit checkpoint DIR --since N` prints (the request of C2SP tlog-witness).
 * log_key   the log's verifier key; needed when this log is seen for the first time.
 * note_out  gets the checkpoint with the witness's signature.
 *
 * SHIRE_UNRECONCILED when the log does not contain what it said before, SHIRE_INVALID for anything
 * that is no checkpoint of this log, SHIRE_NOT_FOUND when the proof starts at another size than
 * the last checkpoint seen (the message says at which it has to).
 */
shire_status shire_audit_witness(const char *dir, const char *name, shire_span submission,
                                 const shire_audit_verifier *log_key, shire_arena *arena,
                                 shire_builder *note_out, shire_error *error) SHIRE_MUST_CHECK;

#endif
