/*
 * What a sign-in provider says of somebody (OpenID Connect Core 1.0, section 3.1.3.7), checked
 * against what was asked. Pure; the signature was checked before (io/jose.h).
 */
#ifndef SHIRE_WEB_OPENID_CLAIMS_H
#define SHIRE_WEB_OPENID_CLAIMS_H

#include "core/text.h"
#include "io/json.h"

#define SHIRE_OPENID_LEEWAY_SECONDS 60 /* that clocks may differ by */
#define SHIRE_OPENID_AGE_SECONDS 600   /* that a token may be old */

typedef struct shire_openid_asked {
    const char *issuer;
    const char *client;
    const char *nonce;
    int64_t now; /* seconds since 1970 */
} shire_openid_asked;

/*
 * The subject, within the claims: SHIRE_OK when the token is of this issuer, for this client alone
 * (or authorised for it by azp), of this sign-in by its nonce, neither expired nor of the future
 * nor older than SHIRE_OPENID_AGE_SECONDS. SHIRE_INVALID says which of these does not hold.
 */
shire_status shire_openid_check(const json_t *claims, const shire_openid_asked *asked,
                                const char **subject_out, shire_error *error) SHIRE_MUST_CHECK;

/* Who signed out at the provider (OpenID Connect Back-Channel Logout 1.0, section 2.4); texts
 * within the claims, NULL where not said. */
typedef struct shire_openid_ending {
    const char *issuer;
    const char *subject;
    const char *session; /* the provider's own (sid) */
    const char *token;   /* what this token is known by (jti), so that it is taken once */
} shire_openid_ending;

/*
 * SHIRE_OK when the token is of this issuer, for this client, made now and not expired, says by
 * `events` that it is a sign-out, names a subject or a session and itself, and has no nonce, which
 * would make it a sign-in's. SHIRE_INVALID says which of these does not hold. asked->nonce is not
 * looked at.
 */
shire_status shire_openid_check_ending(const json_t *claims, const shire_openid_asked *asked,
                                       shire_openid_ending *ending_out,
                                       shire_error *error) SHIRE_MUST_CHECK;

/* The e-mail address of whom the claims tell, within them; NULL where there is none or the provider
 * does not say that it is verified. */
const char *shire_openid_email(const json_t *claims);

#endif
