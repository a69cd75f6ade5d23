/*
 * Who an account is at a provider of OpenID Connect. Functions take an open store and, where they
 * write, the caller's open transaction; each change is an entry of the audit log.
 */
#ifndef SHIRE_GATE_GATE_IDENTITY_H
#define SHIRE_GATE_GATE_IDENTITY_H

#include "core/text.h"
#include "gate/gate_change.h"

/* Who an account is at a provider of OpenID Connect; another account that was the same there is not
 * any more. */
shire_status shire_gate_identity_set(shire_store *store, const shire_gate_actor *actor,
                                     const char *name, const char *issuer, const char *subject,
                                     shire_error *error) SHIRE_MUST_CHECK;
/* The same, by an e-mail address (capitals do not count): whoever signs in there first with it,
 * verified by the provider, is this account from then on, and the address opens nothing more. */
shire_status shire_gate_identity_expect(shire_store *store, const shire_gate_actor *actor,
                                        const char *name, const char *issuer, const char *email,
                                        shire_error *error) SHIRE_MUST_CHECK;
/* SHIRE_NOT_FOUND where no account, or a disabled one, is that subject. */
shire_status shire_gate_identity_find(shire_store *store, shire_span issuer, shire_span subject,
                                      int64_t *account_no_out, shire_error *error) SHIRE_MUST_CHECK;
/* The account that is expected by `email`, which the caller knows to be verified, and that is the
 * subject from now on. SHIRE_NOT_FOUND where none is, or a disabled one. */
shire_status shire_gate_identity_take(shire_store *store, shire_span issuer, shire_span subject,
                                      shire_span email, int64_t *account_no_out,
                                      shire_error *error) SHIRE_MUST_CHECK;

#endif
