/* The header's algorithm is compared with a list and with the key's kind before libcjose is asked,
 * so that no token chooses how it is checked. */
#include "io/jose.h"

#include "core/text.h"

#include <cjose/cjose.h>
#include <string.h>

#define RSA_BITS_MIN 2048

static const struct {
    const char *name;
    cjose_jwk_kty_t kind;
} algorithms[] = {
    {"RS256", CJOSE_JWK_KTY_RSA}, {"RS384", CJOSE_JWK_KTY_RSA}, {"RS512", CJOSE_JWK_KTY_RSA},
    {"PS256", CJOSE_JWK_KTY_RSA}, {"PS384", CJOSE_JWK_KTY_RSA}, {"PS512", CJOSE_JWK_KTY_RSA},
    {"ES256", CJOSE_JWK_KTY_EC},  {"ES384", CJOSE_JWK_KTY_EC},  {"ES512", CJOSE_JWK_KTY_EC}};

static bool find_kind(const char *algorithm, cjose_jwk_kty_t *kind_out) {
    for (size_t i = 0; algorithm != NULL && i < sizeof algorithms / sizeof algorithms[0]; i++) {
        if (strcmp(algorithm, algorithms[i].name) == 0) {
            *kind_out = algorithms[i].kind;
            return true;
        }
    }
    return false;
}

/* base64url without padding (RFC 7515): libcjose ends the process on a text that breaks off within
 * a byte, whatever stands behind it. */
static bool is_base64url(shire_span text) {
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    bool is_one = text.length % 4 != 1;
    for (size_t i = 0; is_one && i < text.length; i++) {
        is_one = text.bytes[i] != '\0' && strchr(alphabet, text.bytes[i]) != NULL;
    }
    return is_one;
}

static bool has_good_parts(const char *token) {
    bool is_good = true;
    size_t length = strcspn(token, ".");
    while (is_good && token[length] != '\0') {
        is_good = is_base64url((shire_span){token, length});
        token += length + 1;
        length = strcspn(token, ".");
    }
    return is_good && is_base64url((shire_span){token, length});
}

/* A key for signing of that name; the only one where the token names none. */
static const json_t *find_key(const json_t *keys, const char *name) {
    const json_t *list = json_object_get(keys, "keys");
    const json_t *found = NULL;
    size_t index;
    json_t *key;
    json_array_foreach(list, index, key) {
        const char *use = json_string_value(json_object_get(key, "use"));
        const char *id = json_string_value(json_object_get(key, "kid"));
        if (use != NULL && strcmp(use, "sig") != 0) {
            continue;
        }
        if (name == NULL ? json_array_size(list) == 1 : id != NULL && strcmp(id, name) == 0) {
            found = key;
        }
    }
    return found;
}

static cjose_jwk_t *import_key(const json_t *key) {
    static const char *const numbers[] = {"n", "e", "x", "y"};
    cjose_err problem = {0};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        const char *number = json_string_value(json_object_get(key, numbers[i]));
        if (number != NULL && !is_base64url(shire_span_of(number))) {
            return NULL;
        }
    }
    char *text = json_dumps(key, JSON_COMPACT);
    cjose_jwk_t *imported = text == NULL ? NULL : cjose_jwk_import(text, strlen(text), &problem);
    free(text);
    return imported;
}

static json_t *check_signature(cjose_jws_t *jws, const json_t *key, cjose_jwk_kty_t kind) {
    cjose_err problem = {0};
    uint8_t *text = NULL;
    size_t length = 0;
    json_t *claims = NULL;
    cjose_jwk_t *imported = import_key(key);
    bool fits =
        imported != NULL && cjose_jwk_get_kty(imported, &problem) == kind &&
        (kind != CJOSE_JWK_KTY_RSA || cjose_jwk_get_keysize(imported, &problem) >= RSA_BITS_MIN);
    if (fits && cjose_jws_verify(jws, imported, &problem) &&
        cjose_jws_get_plaintext(jws, &text, &length, &problem)) {
        claims = json_loadb((const char *)text, length, JSON_REJECT_DUPLICATES, NULL);
    }
    cjose_jwk_release(imported);
    return claims;
}

shire_status shire_token_read(const char *token, const json_t *keys, json_t **claims_out,
                              shire_error *error) {
    cjose_err problem = {0};
    cjose_jwk_kty_t kind = CJOSE_JWK_KTY_RSA;
    size_t length = strlen(token);
    cjose_jws_t *jws = length > SHIRE_TOKEN_BYTES_MAX || !has_good_parts(token)
                           ? NULL
                           : cjose_jws_import(token, length, &problem);
    if (jws == NULL) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "the sign-in provider's token is no signed token");
    }
    cjose_header_t *header = cjose_jws_get_protected(jws);
    const char *algorithm = cjose_header_get(header, CJOSE_HDR_ALG, &problem);
    const char *name = cjose_header_get(header, CJOSE_HDR_KID, &problem);
    if (!find_kind(algorithm, &kind)) {
        cjose_jws_release(jws);
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "the sign-in provider's token is signed in a way that is not taken");
    }
    const json_t *key = find_key(keys, name);
    if (key == NULL) {
        cjose_jws_release(jws);
        return SHIRE_FAIL(error, SHIRE_NOT_FOUND,
                          "the sign-in provider has no key of the token's name");
    }
    json_t *claims = check_signature(jws, key, kind);
    cjose_jws_release(jws);
    if (!json_is_object(claims)) {
        json_decref(claims);
        return SHIRE_FAIL(error, SHIRE_INVALID, "the sign-in provider's token is not signed by it");
    }
    *claims_out = claims;
    return SHIRE_OK;
}
