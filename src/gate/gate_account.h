/*
 * Accounts: one person (or one program of a partner body) in one role. How they sign in is
 * gate_session.h. Changes are made as gate_change.h says. No function tells a caller who is not
 * signed in whether an account exists; those that do are for administrators.
 */
#ifndef SHIRE_GATE_GATE_ACCOUNT_H
#define SHIRE_GATE_GATE_ACCOUNT_H

#include "core/arena.h"
#include "gate/gate_change.h"
#include "gate/gate_kernel.h"
#include "io/crypto.h"
#include "io/one_time_code.h"

#define SHIRE_GATE_ACCOUNT_NAME_MAX 100 /* bytes */
#define SHIRE_GATE_PASSWORD_LETTERS_MIN 12
#define SHIRE_GATE_PASSWORD_BYTES_MAX 1000
#define SHIRE_GATE_RECOVERY_CODES 8
#define SHIRE_GATE_RECOVERY_LETTERS 16
#define SHIRE_GATE_TOKEN_LETTERS 64 /* hexadecimal, 256 bits */

typedef struct shire_gate_account {
    int64_t account_no;
    const char *name; /* by which they sign in; lower case */
    const char *full_name;
    const char *organisation; /* by code; "" for citizens */
    shire_gate_role role;
    const char *person_id; /* of a citizen, or NULL */
    bool is_disabled;
    bool has_password;
    bool has_code; /* a one-time code is asked for */
} shire_gate_account;

typedef struct shire_gate_token {
    char text[SHIRE_GATE_TOKEN_LETTERS + 1];
} shire_gate_token;

typedef struct shire_gate_recovery {
    char codes[SHIRE_GATE_RECOVERY_CODES][SHIRE_GATE_RECOVERY_LETTERS + 1];
} shire_gate_recovery;

typedef shire_status (*shire_gate_account_visitor)(const shire_gate_account *account, void *context,
                                                   shire_error *error);

/*
 * Add an account: name, full_name, role, and organisation or (for a citizen) person_id. The name
 * has letters, digits and . - _ @ only and is kept in lower case. SHIRE_INVALID for anything else,
 * and for a name that is taken. account_no_out may be NULL.
 */
shire_status shire_gate_account_add(shire_store *store, const shire_gate_actor *actor,
                                    const shire_gate_account *account, int64_t *account_no_out,
                                    shire_error *error) SHIRE_MUST_CHECK;

/* By name, in any case; texts in `arena`. SHIRE_NOT_FOUND. */
shire_status shire_gate_account_find(shire_store *store, const char *name, shire_arena *arena,
                                     shire_gate_account *account_out,
                                     shire_error *error) SHIRE_MUST_CHECK;
/* All, by name; valid during the call. */
shire_status shire_gate_account_scan(shire_store *store, shire_gate_account_visitor visit,
                                     void *context, shire_error *error) SHIRE_MUST_CHECK;

/* A disabled account signs in no more and its sessions and tokens end at once. */
shire_status shire_gate_account_disable(shire_store *store, const shire_gate_actor *actor,
                                        const char *name, bool is_disabled,
                                        shire_error *error) SHIRE_MUST_CHECK;

/* Hash a password; slow, so outside of any transaction. SHIRE_INVALID for one that is too short,
 * too long, no UTF-8, one letter over and over, or that has the account's name in it. */
shire_status shire_gate_password_make(const char *account_name, shire_span password,
                                      char hash_out[SHIRE_PASSWORD_HASH_BYTES],
                                      shire_error *error) SHIRE_MUST_CHECK;
/* Set it; all sessions of the account end. */
shire_status shire_gate_password_set(shire_store *store, const shire_gate_actor *actor,
                                     const char *name, const char *hash,
                                     shire_error *error) SHIRE_MUST_CHECK;

/* One-time codes in two steps: a secret is offered (as base32), and asked for only once a code of
 * it was given. `confirm` makes recovery codes, each good for one sign-in; they are shown once.
 * `key_path` is where the key that seals secrets is (gate_code.h). */
shire_status shire_gate_code_offer(shire_store *store, const shire_gate_actor *actor,
                                   const char *key_path, const char *name, int64_t now,
                                   char secret_out[SHIRE_CODE_SECRET_LETTERS + 1],
                                   shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_gate_code_confirm(shire_store *store, const shire_gate_actor *actor,
                                     const char *key_path, const char *name, shire_span code,
                                     int64_t now, shire_gate_recovery *recovery_out,
                                     shire_error *error) SHIRE_MUST_CHECK;
/* Ask for no code any more, for example when the phone is lost. */
shire_status shire_gate_code_remove(shire_store *store, const shire_gate_actor *actor,
                                    const char *name, shire_error *error) SHIRE_MUST_CHECK;

/* A token by which a program of a partner body (role service) calls the API; shown once. The one
 * before ends. */
shire_status shire_gate_token_make(shire_store *store, const shire_gate_actor *actor,
                                   const char *name, int64_t now, shire_gate_token *token_out,
                                   shire_error *error) SHIRE_MUST_CHECK;
/* End it without another one in its place. SHIRE_NOT_FOUND where the account has none. */
shire_status shire_gate_token_end(shire_store *store, const shire_gate_actor *actor,
                                  const char *name, shire_error *error) SHIRE_MUST_CHECK;

/* An account of the role service; texts are valid during the call. */
typedef struct shire_gate_token_holder {
    shire_span name;
    shire_span full_name;
    shire_span organisation;
    int64_t made; /* seconds since 1970; 0: it has no token */
    bool is_disabled;
} shire_gate_token_holder;
typedef shire_status (*shire_gate_token_visitor)(const shire_gate_token_holder *holder,
                                                 void *context, shire_error *error);
/* All of them, by name. */
shire_status shire_gate_token_scan(shire_store *store, shire_gate_token_visitor visit,
                                   void *context, shire_error *error) SHIRE_MUST_CHECK;

/* SHIRE_NOT_FOUND, without saying why, for a token that opens nothing. */
shire_status shire_gate_token_find(shire_store *store, shire_span token, int64_t *account_no_out,
                                   shire_error *error) SHIRE_MUST_CHECK;

#endif
