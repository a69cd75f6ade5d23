/* Each claim that has to be there is asked for by its type: one that is absent never fits. */
#include "web/openid_claims.h"

#include <string.h>

#define SUBJECT_BYTES_MAX 255 /* of the standard */

static const char *text_of(const json_t *claims, const char *name) {
    const char *text = json_string_value(json_object_get(claims, name));
    return text == NULL ? "" : text;
}

static bool is_for(const json_t *claims, const char *client) {
    const json_t *audience = json_object_get(claims, "aud");
    if (json_is_string(audience)) {
        return strcmp(json_string_value(audience), client) == 0;
    }
    bool is_named = false;
    size_t index;
    json_t *one;
    json_array_foreach(audience, index, one) {
        is_named = is_named || (json_is_string(one) && strcmp(json_string_value(one), client) == 0);
    }
    const json_t *party = json_object_get(claims, "azp");
    bool is_party = json_is_string(party) && strcmp(json_string_value(party), client) == 0;
    return is_named && (party == NULL ? json_array_size(audience) == 1 : is_party);
}

static bool read_time(const json_t *claims, const char *name, int64_t *time_out) {
    const json_t *value = json_object_get(claims, name);
    if (!json_is_number(value)) {
        return false;
    }
    double seconds = json_number_value(value);
    bool fits = seconds >= 0 && seconds < 1e12;
    *time_out = fits ? (int64_t)seconds : 0;
    return fits;
}

static const char *find_problem(const json_t *claims, const shire_openid_asked *asked) {
    int64_t expires = 0;
    int64_t issued = 0;
    int64_t begins = 0;
    const char *subject = text_of(claims, "sub");
    if (strcmp(text_of(claims, "iss"), asked->issuer) != 0) {
        return "is of another issuer";
    }
    if (!is_for(claims, asked->client)) {
        return "is for another audience";
    }
    if (asked->nonce[0] == '\0' || strcmp(text_of(claims, "nonce"), asked->nonce) != 0) {
        return "is not of this sign-in";
    }
    if (!read_time(claims, "exp", &expires) ||
        expires + SHIRE_OPENID_LEEWAY_SECONDS <= asked->now) {
        return "has expired";
    }
    if (!read_time(claims, "iat", &issued) || issued > asked->now + SHIRE_OPENID_LEEWAY_SECONDS ||
        issued + SHIRE_OPENID_AGE_SECONDS < asked->now) {
        return "was not made now";
    }
    if (json_object_get(claims, "nbf") != NULL &&
        (!read_time(claims, "nbf", &begins) || begins > asked->now + SHIRE_OPENID_LEEWAY_SECONDS)) {
        return "does not hold yet";
    }
    return subject[0] == '\0' || strlen(subject) > SUBJECT_BYTES_MAX ||
                   strlen(subject) != json_string_length(json_object_get(claims, "sub"))
               ? "names nobody"
               : NULL;
}

shire_status shire_openid_check(const json_t *claims, const shire_openid_asked *asked,
                                const char **subject_out, shire_error *error) {
    const char *problem = find_problem(claims, asked);
    if (problem != NULL) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "the sign-in provider's token %s", problem);
    }
    *subject_out = text_of(claims, "sub");
    return SHIRE_OK;
}

/* Some providers write truth as a text. */
const char *shire_openid_email(const json_t *claims) {
    const json_t *verified = json_object_get(claims, "email_verified");
    const char *words = json_string_value(verified);
    bool is_verified = json_is_true(verified) || (words != NULL && strcmp(words, "true") == 0);
    return is_verified ? json_string_value(json_object_get(claims, "email")) : NULL;
}
