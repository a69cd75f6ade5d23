/*
 * A sign-in provider of OpenID Connect: its addresses and keys, asked for once and kept, and the
 * exchange of a code for who signed in (authorization code with PKCE, S256). Asking blocks: all but
 * the first two functions are for a worker's thread; any number at once.
 */
#ifndef SHIRE_WEB_OPENID_PROVIDER_H
#define SHIRE_WEB_OPENID_PROVIDER_H

#include "core/arena.h"
#include "core/error.h"
#include "core/text.h"
#include "web/openid_claims.h"

typedef struct shire_openid shire_openid;

#define SHIRE_OPENID_SECRET_LETTERS 43 /* 256 bits as base64url */

/* What one sign-in is known by; each a random text, terminated. */
typedef struct shire_openid_flow {
    char state[SHIRE_OPENID_SECRET_LETTERS + 1];
    char nonce[SHIRE_OPENID_SECRET_LETTERS + 1];
    char verifier[SHIRE_OPENID_SECRET_LETTERS + 1];
} shire_openid_flow;

/*
 * issuer       https, or http on this machine; without a slash at the end unless the provider says
 *              its name with one.
 * secret_path  a file with the client's secret, which its owner alone can read; NULL: none.
 * secret       the client's secret where there is no such file; NULL or "": a public client.
 * SHIRE_INVALID for an address that may not be asked, or a secret that others can read.
 */
shire_status shire_openid_open(const char *issuer, const char *client, const char *secret_path,
                               const char *secret, shire_openid **openid_out,
                               shire_error *error) SHIRE_MUST_CHECK;
void shire_openid_close(shire_openid *openid); /* NULL is allowed */

/* A new flow, and where to send the browser; in `arena`. */
shire_status shire_openid_begin(shire_openid *openid, const char *redirect, shire_arena *arena,
                                shire_openid_flow *flow_out, const char **address_out,
                                shire_error *error) SHIRE_MUST_CHECK;

/* Who signed in; texts in the arena that was given. */
typedef struct shire_openid_person {
    const char *issuer;
    const char *subject;
    const char *session; /* the provider's own (sid); NULL: it tells none */
    const char *email;   /* that the provider says is verified; NULL: not known yet, or none */
    const char *access;  /* the token by which more is asked about this person; NULL: none */
} shire_openid_person;

/*
 * Who signed in: exchanges the code, checks the token's signature and claims. SHIRE_INVALID for a
 * code or token that is not taken, SHIRE_IO_FAILED without an answer.
 */
shire_status shire_openid_finish(shire_openid *openid, const char *redirect,
                                 const shire_openid_flow *flow, shire_span code, int64_t now,
                                 shire_arena *arena, shire_openid_person *person_out,
                                 shire_error *error) SHIRE_MUST_CHECK;

/* Ask the provider for the person's e-mail address, where the token did not say it: most tell at
 * their userinfo endpoint alone. SHIRE_IO_FAILED without an answer. */
shire_status shire_openid_ask_email(shire_openid *openid, shire_arena *arena,
                                    shire_openid_person *person,
                                    shire_error *error) SHIRE_MUST_CHECK;

/*
 * Who signed out at the provider, as a token says that it sent us by itself; texts in `arena`.
 * SHIRE_INVALID for a token that is not taken, SHIRE_IO_FAILED when its keys are not to be had.
 * Anybody may send one, so the provider is asked for new keys every few seconds at most.
 */
shire_status shire_openid_read_ending(shire_openid *openid, shire_span token, int64_t now,
                                      shire_arena *arena, shire_openid_ending *ending_out,
                                      shire_error *error) SHIRE_MUST_CHECK;

/* Where to send a browser so that the provider's own session ends and it comes back to `home`; in
 * `arena`, NULL where the provider says no such address or does not answer. */
const char *shire_openid_end_address(shire_openid *openid, const char *home, shire_arena *arena);

#endif
