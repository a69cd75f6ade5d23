/*
 * Secrets of one-time codes as the store keeps them: sealed with a key of the service
 * (libsodium's secretbox) that lies in a file of its own, so that neither the store nor a backup of
 * it gives codes. A sealed secret names its account and opens for no other.
 */
#ifndef SHIRE_GATE_CODE_H
#define SHIRE_GATE_CODE_H

#include "gate/gate_change.h"
#include "io/one_time_code.h"
#include "io/store.h"

/* In the partnership's state folder. */
#define SHIRE_GATE_CODE_KEY_FILE "codes.key"

/*
 * In the caller's transaction: the sealed form of a secret, appended to `sealed`. The key is made
 * when there is none and the store holds nothing that another one sealed; else SHIRE_NOT_FOUND.
 */
shire_status shire_gate_code_seal(shire_store *store, const char *key_path, int64_t account_no,
                                  const char *secret, shire_builder *sealed,
                                  shire_error *error) SHIRE_MUST_CHECK;

/* A secret out of what the store keeps, also of one that an earlier version kept unsealed.
 * SHIRE_IO_FAILED, with what to do, without the key that sealed it. */
shire_status shire_gate_code_open(const char *key_path, int64_t account_no, shire_span kept,
                                  char secret_out[SHIRE_CODE_SECRET_LETTERS + 1],
                                  shire_error *error) SHIRE_MUST_CHECK;

/*
 * A new key in the place of the old one. `rotate`, in the caller's transaction, seals all secrets
 * anew, with an entry in the audit log, and puts the new key before the old one into the file,
 * which opens all of them whether the transaction is committed or not; `drop_old_key`, after the
 * commit, takes the old one away. What a process that was killed between left is ended by the next
 * rotation, with the key that is new already. SHIRE_IO_FAILED, and nothing is changed, where a
 * secret is sealed with neither key of the file.
 */
shire_status shire_gate_code_rotate(shire_store *store, const shire_gate_actor *actor,
                                    const char *key_path, int64_t *count_out,
                                    shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_gate_code_drop_old_key(const char *key_path,
                                          shire_error *error) SHIRE_MUST_CHECK;

/* How many sealed secrets the store holds, and whether the key file opens all of them. */
shire_status shire_gate_code_find_key(shire_store *store, const char *key_path,
                                      int64_t *sealed_count_out, bool *has_key_out,
                                      shire_error *error) SHIRE_MUST_CHECK;

/* In the caller's transaction: seals what an earlier version kept unsealed. */
shire_status shire_gate_code_seal_all(shire_store *store, const char *key_path,
                                      shire_error *error) SHIRE_MUST_CHECK;

#endif
