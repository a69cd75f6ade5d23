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

/* The e-mail address of whom the claims tell, within them; NULL where there is none or the provider
 * does not say that it is verified. */
const char *shire_openid_email(const json_t *claims);

#endif
