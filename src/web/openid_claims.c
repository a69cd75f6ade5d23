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

/* A name of the provider's: some text, no NUL within, as long as the standard lets it be. */
static bool is_name(const json_t *value) {
    const char *text = json_string_value(value);
    return text != NULL && text[0] != '\0' && strlen(text) <= SUBJECT_BYTES_MAX &&
           strlen(text) == json_string_length(value);
}

static const char *find_party_problem(const json_t *claims, const shire_openid_asked *asked) {
    return strcmp(text_of(claims, "iss"), asked->issuer) != 0 ? "is of another issuer"
           : !is_for(claims, asked->client)                   ? "is for another audience"
                                                              : NULL;
}

static const char *find_time_problem(const json_t *claims, int64_t now, bool must_expire) {
    int64_t expires = 0;
    int64_t issued = 0;
    int64_t begins = 0;
    bool has_end = must_expire || json_object_get(claims, "exp") != NULL;
    if (has_end &&
        (!read_time(claims, "exp", &expires) || expires + SHIRE_OPENID_LEEWAY_SECONDS <= now)) {
        return "has expired";
    }
    if (!read_time(claims, "iat", &issued) || issued > now + SHIRE_OPENID_LEEWAY_SECONDS ||
        issued + SHIRE_OPENID_AGE_SECONDS < now) {
        return "was not made now";
    }
    return json_object_get(claims, "nbf") != NULL && (!read_time(claims, "nbf", &begins) ||
                                                      begins > now + SHIRE_OPENID_LEEWAY_SECONDS)
               ? "does not hold yet"
               : NULL;
}

static const char *find_problem(const json_t *claims, const shire_openid_asked *asked) {
    const char *problem = find_party_problem(claims, asked);
    if (problem == NULL &&
        (asked->nonce[0] == '\0' || strcmp(text_of(claims, "nonce"), asked->nonce) != 0)) {
        problem = "is not of this sign-in";
    }
    if (problem == NULL) {
        problem = find_time_problem(claims, asked->now, true);
    }
    return problem == NULL && !is_name(json_object_get(claims, "sub")) ? "names nobody" : problem;
}

/* Providers of before the standard's last words leave `exp` out; `iat` bounds the age all the same.
 */
static const char *find_ending_problem(const json_t *claims, const shire_openid_asked *asked) {
    const json_t *event = json_object_get(json_object_get(claims, "events"),
                                          "http://schemas.openid.net/event/backchannel-logout");
    const json_t *subject = json_object_get(claims, "sub");
    const json_t *session = json_object_get(claims, "sid");
    const char *problem = find_party_problem(claims, asked);
    if (problem == NULL) {
        problem = find_time_problem(claims, asked->now, false);
    }
    if (problem != NULL) {
        return problem;
    }
    return !json_is_object(event)                     ? "is no sign-out"
           : json_object_get(claims, "nonce") != NULL ? "has a nonce, which no sign-out has"
           : !is_name(json_object_get(claims, "jti")) ? "has no name of its own"
           : (subject == NULL && session == NULL) || (subject != NULL && !is_name(subject)) ||
                   (session != NULL && !is_name(session))
               ? "names neither a person nor a session"
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

shire_status shire_openid_check_ending(const json_t *claims, const shire_openid_asked *asked,
                                       shire_openid_ending *ending_out, shire_error *error) {
    const char *problem = find_ending_problem(claims, asked);
    if (problem != NULL) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "the sign-in provider's token %s", problem);
    }
    *ending_out =
        (shire_openid_ending){.issuer = text_of(claims, "iss"),
                              .subject = json_string_value(json_object_get(claims, "sub")),
                              .session = json_string_value(json_object_get(claims, "sid")),
                              .token = text_of(claims, "jti")};
    return SHIRE_OK;
}

/* Some providers write truth as a text. */
const char *shire_openid_email(const json_t *claims) {
    const json_t *verified = json_object_get(claims, "email_verified");
    const char *words = json_string_value(verified);
    bool is_verified = json_is_true(verified) || (words != NULL && strcmp(words, "true") == 0);
    return is_verified ? json_string_value(json_object_get(claims, "email")) : NULL;
}
