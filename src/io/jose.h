/*
 * Signed tokens (RFC 7515, compact form) against a provider's keys (RFC 7517): libcjose behind one
 * function. Safe from any thread.
 */
#ifndef SHIRE_IO_JOSE_H
#define SHIRE_IO_JOSE_H

#include "core/error.h"
#include "io/json.h"

#define SHIRE_TOKEN_BYTES_MAX 32768

/*
 * What a token says, once its signature is checked by the key that it names.
 *
 * keys        {"keys": [...]} as the provider publishes them.
 * claims_out  an object, the caller's reference; only on SHIRE_OK.
 *
 * Taken are RS256, RS384, RS512, PS256, PS384, PS512 with RSA keys of at least 2048 bits and ES256,
 * ES384, ES512 with keys of curves: never `none`, and nothing that is signed by a shared secret.
 * SHIRE_NOT_FOUND where no key has the token's name (the keys may be old); SHIRE_INVALID for
 * everything else that is wrong, with a sentence that holds nothing of the token.
 */
shire_status shire_token_read(const char *token, const json_t *keys, json_t **claims_out,
                              shire_error *error) SHIRE_MUST_CHECK;

#endif
