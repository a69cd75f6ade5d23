/*
 * What a browser, a program or a sign-in provider may send as proof of who it is: signed tokens,
 * their claims, cookies sealed by us, and tokens of sessions. Nothing that was not signed or sealed
 * with our key is ever taken.
 */
#include "fuzz_target.h"
#include "gate/gate_session.h"
#include "io/jose.h"
#include "web/openid_claims.h"

#include <string.h>

/* A public key whose private half is nowhere: the generator's point of P-256, and a modulus that
 * nobody chose. */
static const char keys_text[] =
    "{\"keys\":[{\"kty\":\"EC\",\"kid\":\"a\",\"crv\":\"P-256\","
    "\"x\":\"axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY\","
    "\"y\":\"T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU\"},{\"kty\":\"oct\",\"kid\":\"b\","
    "\"k\":\"AAAA\"}]}";

static void check_token(shire_span text, const json_t *keys, shire_arena *arena) {
    json_t *claims = NULL;
    char *token = shire_arena_copy_text(arena, text.bytes, text.length);
    if (token != NULL) {
        FUZZ_CHECK(shire_token_read(token, keys, &claims, NULL) != SHIRE_OK);
        FUZZ_CHECK(claims == NULL);
    }
}

/* Keys as a provider publishes them, for a token that names none. */
static void check_keys(shire_span text) {
    static const char token[] =
        "eyJhbGciOiJFUzI1NiJ9.e30."
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    json_t *claims = NULL;
    json_t *keys = json_loadb(text.bytes, text.length, 0, NULL);
    FUZZ_CHECK(shire_token_read(token, keys, &claims, NULL) != SHIRE_OK);
    json_decref(keys);
}

static void check_claims(shire_span text) {
    const shire_openid_asked asked = {
        .issuer = "https://a", .client = "c", .nonce = "n", .now = 1000000000};
    const char *subject = NULL;
    json_t *claims = json_loadb(text.bytes, text.length, JSON_REJECT_DUPLICATES, NULL);
    if (shire_openid_check(claims, &asked, &subject, NULL) == SHIRE_OK) {
        FUZZ_CHECK(strcmp(json_string_value(json_object_get(claims, "nonce")), "n") == 0);
        FUZZ_CHECK(json_number_value(json_object_get(claims, "exp")) > 1000000000.0 - 61);
        FUZZ_CHECK(subject[0] != '\0');
    }
    json_decref(claims);
}

static void check_sealed(shire_span text) {
    static const uint8_t key[SHIRE_SEAL_KEY_BYTES] = {1, 2, 3};
    char message[512];
    size_t length = 0;
    FUZZ_CHECK(!shire_sealed_open(text, key, message, sizeof message, &length));
    shire_builder sealed = {0};
    shire_span start = {text.bytes, text.length < sizeof message ? text.length : sizeof message};
    shire_builder_append_sealed(&sealed, key, start);
    FUZZ_CHECK(shire_sealed_open((shire_span){sealed.bytes, sealed.length}, key, message,
                                 sizeof message, &length));
    FUZZ_CHECK(length == start.length && memcmp(message, start.bytes, length) == 0);
    shire_builder_free(&sealed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    shire_span text = {(const char *)data, size};
    shire_arena *arena = NULL;
    json_t *keys = json_loads(keys_text, 0, NULL);
    if (keys != NULL && shire_arena_new("fuzz", 16 << 20, &arena, NULL) == SHIRE_OK) {
        check_token(text, keys, arena);
        check_keys(text);
        check_claims(text);
        check_sealed(text);
        int64_t account = 0;
        shire_gate_session session;
        if (size != SHIRE_GATE_TOKEN_LETTERS) {
            /* A text of another form is refused before a store is asked. */
            FUZZ_CHECK(shire_gate_token_find(NULL, text, &account, NULL) == SHIRE_NOT_FOUND);
            FUZZ_CHECK(shire_gate_session_find(NULL, text, 0, &session, NULL) == SHIRE_NOT_FOUND);
        }
    }
    json_decref(keys);
    shire_arena_free(arena);
    return 0;
}
