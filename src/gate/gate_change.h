/*
 * How everything of the gate is changed: in the caller's open transaction on the store, with an
 * entry in the audit log and a new version of the policy, so that none of the three is there
 * without the others. The caller commits, and signs the log (audit/audit_service.h).
 */
#ifndef SHIRE_GATE_GATE_CHANGE_H
#define SHIRE_GATE_GATE_CHANGE_H

#include "core/date.h"
#include "io/store.h"

/* Who makes a change: an account, or the system's user of a command. */
typedef struct shire_gate_actor {
    const char *account;
    const char *organisation; /* by code, or "" */
    const char *purpose;      /* why, in the actor's words, or "" */
} shire_gate_actor;

/* The version of what is in the store; it grows with every change. */
shire_status shire_gate_version(shire_store *store, int64_t *version_out,
                                shire_error *error) SHIRE_MUST_CHECK;

#endif
