/*
 * Locking a costing model: partnership.yaml but for settings of the server and the machine
 * (public_url, sign_in_provider, memory_limit_mb), organisations.csv, successions.csv and all of
 * costing/ as they are at that moment. A run of a locked model in which one of them was changed,
 * added or removed is refused.
 *
 * DIR/model.lock holds the hash of each file; DIR/model_history.csv gets a line for every lock and
 * unlock (when, who and why) and is never cut.
 */
#ifndef SHIRE_ORG_MODEL_LOCK_H
#define SHIRE_ORG_MODEL_LOCK_H

#include "core/arena.h"
#include "core/error.h"

#define SHIRE_MODEL_LOCK_FILE "model.lock"
#define SHIRE_MODEL_HISTORY_FILE "model_history.csv"

/* SHIRE_INVALID, naming the first file that is no longer as it was locked. A model without a lock
 * is fine. */
shire_status shire_model_lock_check(const char *dir, shire_arena *arena,
                                    shire_error *error) SHIRE_MUST_CHECK;

/* SHIRE_INVALID when it is locked already, or, of unlock, when it is not. */
shire_status shire_model_lock(const char *dir, const char *who, const char *why, shire_arena *arena,
                              shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_model_unlock(const char *dir, const char *who, const char *why,
                                shire_arena *arena, shire_error *error) SHIRE_MUST_CHECK;

#endif
