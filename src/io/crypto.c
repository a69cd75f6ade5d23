/*
 * libsodium, wrapped. sodium_init may be called any number of times from any thread; each function
 * that needs it calls it, so that no caller has to remember.
 */
#include "io/crypto.h"

#include "core/arena.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

static_assert(crypto_hash_sha256_BYTES == SHIRE_HASH_BYTES, "a SHA-256 has 32 bytes");
static_assert(crypto_sign_BYTES == SHIRE_SIGNATURE_BYTES, "an Ed25519 signature has 64 bytes");
static_assert(crypto_sign_SECRETKEYBYTES == 64, "libsodium keeps the public key with the seed");

static void start(void) {
    /* It fails only where the system gives no random bytes; nothing of ours is safe there. */
    int outcome = sodium_init();
    assert(outcome >= 0);
    (void)outcome;
}

shire_hash shire_sha256(const shire_span *parts, size_t part_count) {
    crypto_hash_sha256_state state;
    shire_hash hash;
    crypto_hash_sha256_init(&state);
    for (size_t i = 0; i < part_count; i++) {
        crypto_hash_sha256_update(&state, (const unsigned char *)parts[i].bytes, parts[i].length);
    }
    crypto_hash_sha256_final(&state, hash.bytes);
    return hash;
}

bool shire_hash_equal(const shire_hash *a, const shire_hash *b) {
    return memcmp(a->bytes, b->bytes, SHIRE_HASH_BYTES) == 0;
}

void shire_signing_key_from_seed(const uint8_t seed[SHIRE_KEY_SEED_BYTES],
                                 shire_signing_key *key_out) {
    start();
    crypto_sign_seed_keypair(key_out->public_key, key_out->secret, seed);
}

void shire_sign(const shire_signing_key *key, shire_span message,
                uint8_t signature_out[SHIRE_SIGNATURE_BYTES]) {
    start();
    crypto_sign_detached(signature_out, NULL, (const unsigned char *)message.bytes, message.length,
                         key->secret);
}

bool shire_signature_is_valid(const uint8_t public_key[SHIRE_PUBLIC_KEY_BYTES], shire_span message,
                              const uint8_t signature[SHIRE_SIGNATURE_BYTES]) {
    start();
    return crypto_sign_verify_detached(signature, (const unsigned char *)message.bytes,
                                       message.length, public_key) == 0;
}

void shire_random_bytes(void *bytes_out, size_t length) {
    start();
    randombytes_buf(bytes_out, length);
}

void shire_crypto_wipe(void *bytes, size_t length) {
    sodium_memzero(bytes, length);
}

void shire_builder_append_base64(shire_builder *builder, const void *bytes, size_t length) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *from = bytes;
    for (size_t at = 0; at < length; at += 3) {
        size_t rest = length - at;
        uint32_t three = (uint32_t)from[at] << 16 | (rest > 1 ? (uint32_t)from[at + 1] << 8 : 0) |
                         (rest > 2 ? from[at + 2] : 0);
        char four[4] = {digits[three >> 18], digits[three >> 12 & 63],
                        rest > 1 ? digits[three >> 6 & 63] : '=',
                        rest > 2 ? digits[three & 63] : '='};
        shire_builder_append(builder, (shire_span){four, sizeof four});
    }
}

/* The library takes any byte beyond ASCII for the last letter of its alphabet. */
bool shire_base64_parse(shire_span text, void *bytes_out, size_t length) {
    size_t parsed = 0;
    const char *end = NULL;
    return text.length == (length + 2) / 3 * 4 && shire_text_is_ascii(text) &&
           sodium_base642bin(bytes_out, length, text.bytes, text.length, NULL, &parsed, &end,
                             sodium_base64_VARIANT_ORIGINAL) == 0 &&
           parsed == length && end == text.bytes + text.length;
}

/* OWASP's least for argon2id. */
#define PASSWORD_PASSES 2
#define PASSWORD_MEMORY_BYTES ((size_t)19 << 20)

static_assert(crypto_pwhash_STRBYTES == SHIRE_PASSWORD_HASH_BYTES, "libsodium's text of a hash");

bool shire_password_hash(shire_span password, char hash_out[SHIRE_PASSWORD_HASH_BYTES]) {
    start();
    return crypto_pwhash_str_alg(hash_out, password.bytes, password.length, PASSWORD_PASSES,
                                 PASSWORD_MEMORY_BYTES, crypto_pwhash_ALG_ARGON2ID13) == 0;
}

bool shire_password_matches(shire_span password, const char *hash) {
    start();
    return crypto_pwhash_str_verify(hash, password.bytes, password.length) == 0;
}

bool shire_password_hash_is_old(const char *hash) {
    return crypto_pwhash_str_needs_rehash(hash, PASSWORD_PASSES, PASSWORD_MEMORY_BYTES) != 0;
}

void shire_builder_append_sealed(shire_builder *builder, const uint8_t key[SHIRE_SEAL_KEY_BYTES],
                                 shire_span message) {
    size_t raw_length = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + message.length;
    size_t text_length =
        sodium_base64_encoded_len(raw_length, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    uint8_t *raw = shire_memory_resize(NULL, raw_length);
    char *text = shire_memory_resize(NULL, text_length);
    if (raw == NULL || text == NULL) {
        builder->failed = true;
    } else {
        randombytes_buf(raw, crypto_secretbox_NONCEBYTES);
        crypto_secretbox_easy(raw + crypto_secretbox_NONCEBYTES, (const uint8_t *)message.bytes,
                              message.length, raw, key);
        sodium_bin2base64(text, text_length, raw, raw_length,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING);
        shire_builder_append_text(builder, text);
    }
    shire_memory_free(raw);
    shire_memory_free(text);
}

bool shire_sealed_open(shire_span sealed, const uint8_t key[SHIRE_SEAL_KEY_BYTES],
                       void *message_out, size_t message_bytes_max, size_t *length_out) {
    const size_t overhead = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
    size_t raw_max = message_bytes_max + overhead;
    size_t raw_length = 0;
    const char *end = NULL;
    uint8_t *raw = shire_memory_resize(NULL, raw_max);
    bool opened =
        raw != NULL && shire_text_is_ascii(sealed) &&
        sodium_base642bin(raw, raw_max, sealed.bytes, sealed.length, NULL, &raw_length, &end,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
        end == sealed.bytes + sealed.length && raw_length >= overhead &&
        crypto_secretbox_open_easy(message_out, raw + crypto_secretbox_NONCEBYTES,
                                   raw_length - crypto_secretbox_NONCEBYTES, raw, key) == 0;
    if (opened) {
        *length_out = raw_length - overhead;
    }
    shire_memory_free(raw);
    return opened;
}
