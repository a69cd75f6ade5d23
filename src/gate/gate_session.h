/*
 * Signing in and staying so.
 *
 * A sign-in has three steps, because hashing a password is slow and must not hold the store:
 *
 *     shire_gate_attempt_begin   in a transaction: counts the attempt before it is known to be
 * wrong shire_gate_attempt_check   anywhere: hashes (as long for an account that is none)
 *     shire_gate_attempt_finish  in a transaction: refuses, or opens a session
 *
 * Attempts are throttled by name and by address: after a few that failed the wait doubles with each
 * up to a quarter of an hour, also over restarts, and it is the same for names that are no
 * account's. A session is a random token of 256 bits, of which the store keeps a hash. It is bound
 * to the account and one purpose, and ends when idle for SHIRE_GATE_IDLE_SECONDS, at the latest
 * after SHIRE_GATE_SESSION_SECONDS. Each step up (a code given, another purpose) makes a new token.
 *
 * Times are seconds since 1970, UTC. Functions that write do it in the caller's open transaction.
 * They give SHIRE_OK with an outcome also where they refuse, so that the caller commits what was
 * counted.
 */
#ifndef SHIRE_GATE_GATE_SESSION_H
#define SHIRE_GATE_GATE_SESSION_H

#include "gate/gate_account.h"

#define SHIRE_GATE_IDLE_SECONDS 1800
#define SHIRE_GATE_SESSION_SECONDS 36000
#define SHIRE_GATE_CODE_SECONDS 300 /* to give the one-time code in */
#define SHIRE_GATE_TOUCH_SECONDS 60 /* a session's last use is kept to this */

typedef enum shire_gate_outcome {
    SHIRE_GATE_REFUSED,   /* name, password or code is not right; which one is not said */
    SHIRE_GATE_WAIT,      /* too many attempts */
    SHIRE_GATE_OWES_CODE, /* the token is good for giving a code alone */
    SHIRE_GATE_SIGNED_IN
} shire_gate_outcome;

/* One attempt, between the steps; wipe it with shire_gate_attempt_done. */
typedef struct shire_gate_attempt {
    int64_t account_no;   /* 0: no such account */
    int64_t wait_seconds; /* over 0: not to be checked; finish gives SHIRE_GATE_WAIT */
    bool is_right;
    char account_name[SHIRE_GATE_ACCOUNT_NAME_MAX + 1];
    char hash[SHIRE_PASSWORD_HASH_BYTES];
    char new_hash[SHIRE_PASSWORD_HASH_BYTES]; /* where the parameters changed, or empty */
    char name_key[SHIRE_GATE_TOKEN_LETTERS + 1];
    char address_key[SHIRE_GATE_TOKEN_LETTERS + 1];
} shire_gate_attempt;

typedef struct shire_gate_session {
    int64_t account_no;
    shire_gate_purpose purpose;
    bool owes_code;
    bool is_to_be_touched; /* shire_gate_session_touch is due */
    int64_t made;
    int64_t ends;                            /* at the latest */
    char csrf[SHIRE_GATE_TOKEN_LETTERS + 1]; /* to be in every form of this session */
} shire_gate_session;

/* `address` is the network address that asks, as text; only a hash of it is kept. */
shire_status shire_gate_attempt_begin(shire_store *store, shire_span name, shire_span address,
                                      int64_t now, shire_gate_attempt *attempt_out,
                                      shire_error *error) SHIRE_MUST_CHECK;
void shire_gate_attempt_check(shire_gate_attempt *attempt, shire_span password);
shire_status shire_gate_attempt_finish(shire_store *store, const shire_gate_attempt *attempt,
                                       int64_t now, shire_gate_outcome *outcome_out,
                                       shire_gate_token *token_out,
                                       shire_error *error) SHIRE_MUST_CHECK;
void shire_gate_attempt_done(shire_gate_attempt *attempt);

/* Give the code that a session owes: of the app, or a recovery code. Without the key at `key_path`
 * that sealed the app's secret (gate_code.h) recovery codes still open, and the rest is an error.
 * The session's token is replaced. After too many wrong ones the session ends and the outcome is
 * SHIRE_GATE_WAIT. */
shire_status shire_gate_session_give_code(shire_store *store, const char *key_path,
                                          shire_span token, shire_span code, int64_t now,
                                          shire_gate_outcome *outcome_out,
                                          shire_gate_token *token_out,
                                          shire_error *error) SHIRE_MUST_CHECK;

/* By which provider of OpenID Connect somebody came in. */
typedef struct shire_gate_voucher {
    shire_span issuer;
    shire_span subject;
    shire_span session; /* the provider's own (sid); without bytes where it told none */
} shire_gate_voucher;

/* Open a session for somebody who is known: by a provider that vouches for them, or NULL.
 * SHIRE_NOT_FOUND for no account, or a disabled one. */
shire_status shire_gate_session_open(shire_store *store, int64_t account_no,
                                     const shire_gate_voucher *voucher, int64_t now,
                                     shire_gate_token *token_out,
                                     shire_error *error) SHIRE_MUST_CHECK;

/*
 * The provider says that somebody signed out there: ends the sessions that it vouched for, those of
 * its own session where it names one, else all of the subject; of a session that it told no name
 * for, the subject counts. Each account's end is an entry of the audit log. None is no failure.
 */
shire_status shire_gate_session_revoke(shire_store *store, const shire_gate_voucher *voucher,
                                       shire_error *error) SHIRE_MUST_CHECK;

/* The session of a token, read only. SHIRE_NOT_FOUND for one that is none, that ended, or whose
 * account is disabled. */
shire_status shire_gate_session_find(shire_store *store, shire_span token, int64_t now,
                                     shire_gate_session *session_out,
                                     shire_error *error) SHIRE_MUST_CHECK;
/* Say that it was used now. */
shire_status shire_gate_session_touch(shire_store *store, shire_span token, int64_t now,
                                      shire_error *error) SHIRE_MUST_CHECK;
/* Work for another purpose of the account's role; the token is replaced. SHIRE_INVALID for a
 * purpose that the role has not. */
shire_status shire_gate_session_choose(shire_store *store, shire_span token,
                                       shire_gate_purpose purpose, int64_t now,
                                       shire_gate_token *token_out,
                                       shire_error *error) SHIRE_MUST_CHECK;
/* Sign out. A token that is none is no failure. */
shire_status shire_gate_session_end(shire_store *store, shire_span token,
                                    shire_error *error) SHIRE_MUST_CHECK;

/* In constant time. */
bool shire_gate_csrf_matches(const shire_gate_session *session, shire_span given);

#endif
