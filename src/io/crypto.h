/*
 * Hashes, signatures, passwords and random bytes: libsodium behind a small interface. Functions are
 * safe from any thread; those without a status cannot fail.
 */
#ifndef SHIRE_IO_CRYPTO_H
#define SHIRE_IO_CRYPTO_H

#include "core/error.h"
#include "core/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHIRE_HASH_BYTES 32
#define SHIRE_SIGNATURE_BYTES 64
#define SHIRE_PUBLIC_KEY_BYTES 32
#define SHIRE_KEY_SEED_BYTES 32

/* A SHA-256. */
typedef struct shire_hash {
    uint8_t bytes[SHIRE_HASH_BYTES];
} shire_hash;

/* An Ed25519 key pair, made from its seed; wipe it with shire_crypto_wipe. */
typedef struct shire_signing_key {
    uint8_t public_key[SHIRE_PUBLIC_KEY_BYTES];
    uint8_t secret[64];
} shire_signing_key;

/* SHA-256 (FIPS 180-4) of the parts one after another. */
shire_hash shire_sha256(const shire_span *parts, size_t part_count);
bool shire_hash_equal(const shire_hash *a, const shire_hash *b);

/* Ed25519 (RFC 8032). */
void shire_signing_key_from_seed(const uint8_t seed[SHIRE_KEY_SEED_BYTES],
                                 shire_signing_key *key_out);
void shire_sign(const shire_signing_key *key, shire_span message,
                uint8_t signature_out[SHIRE_SIGNATURE_BYTES]);
bool shire_signature_is_valid(const uint8_t public_key[SHIRE_PUBLIC_KEY_BYTES], shire_span message,
                              const uint8_t signature[SHIRE_SIGNATURE_BYTES]);

/* Unpredictable bytes from the system's generator. */
void shire_random_bytes(void *bytes_out, size_t length);
/* Overwrites memory that held a secret, in a way that no compiler leaves out. */
void shire_crypto_wipe(void *bytes, size_t length);

/* A terminated text that names algorithm, parameters and salt of a hashed password. */
#define SHIRE_PASSWORD_HASH_BYTES 128

/* Argon2id with a random salt: 19 MB and two passes, the least that OWASP's password storage sheet
 * allows, because a server shares its memory between sign-ins. False without memory. */
bool shire_password_hash(shire_span password, char hash_out[SHIRE_PASSWORD_HASH_BYTES]);
/* Takes as long for a wrong password as for the right one. */
bool shire_password_matches(shire_span password, const char *hash);
/* True when the hash was made with other parameters than shire_password_hash takes now. */
bool shire_password_hash_is_old(const char *hash);

/* Standard base64 with padding (RFC 4648, section 4), appended to the builder. */
void shire_builder_append_base64(shire_builder *builder, const void *bytes, size_t length);
/* Strict: anything but the one canonical form of exactly `length` bytes gives false. */
bool shire_base64_parse(shire_span text, void *bytes_out, size_t length);

#define SHIRE_SEAL_KEY_BYTES 32

/* The message encrypted and authenticated (libsodium's secretbox, a nonce of its own) as base64url
 * without padding, appended to the builder: fit for a link. */
void shire_builder_append_sealed(shire_builder *builder, const uint8_t key[SHIRE_SEAL_KEY_BYTES],
                                 shire_span message);
/* False for what was not sealed with this key, was changed, or is longer than message_bytes_max. */
bool shire_sealed_open(shire_span sealed, const uint8_t key[SHIRE_SEAL_KEY_BYTES],
                       void *message_out, size_t message_bytes_max, size_t *length_out);

#endif
