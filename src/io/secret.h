/*
 * Keys and keyed hashes (libsodium's BLAKE2b), for encodings that partners exchange in place of
 * names. A key never comes from the command line, where every process can read it: it comes from a
 * file that only its owner can read, or from the environment.
 */
#ifndef SHIRE_IO_SECRET_H
#define SHIRE_IO_SECRET_H

#include "core/error.h"
#include "core/text.h"

#include <stdint.h>

#define SHIRE_SECRET_KEY_BYTES 32
#define SHIRE_SECRET_HASH_BYTES 64

typedef struct shire_secret_key {
    uint8_t bytes[SHIRE_SECRET_KEY_BYTES];
} shire_secret_key;

/*
 * A key from a file, or from an environment variable: at least 32 bytes, or at least 64 hex digits
 * that stand for them (white space around is cut off). More than 32 bytes are hashed to 32.
 * SHIRE_INVALID for a shorter one, for a file over 4 KB, and for a file that its group or others
 * can read; SHIRE_NOT_FOUND where there is none. Messages name the file or the variable, never
 * what is in it.
 */
shire_status shire_secret_read_key(const char *path, shire_secret_key *key_out,
                                   shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_secret_key_from_environment(const char *name, shire_secret_key *key_out,
                                               shire_error *error) SHIRE_MUST_CHECK;

/* Makes a file with a new random key as 64 hex digits, which only its owner can read.
 * SHIRE_INVALID when there is such a file already: a key that is written over is lost. */
shire_status shire_secret_new_key(const char *path, shire_error *error) SHIRE_MUST_CHECK;

/*
 * A file of keys of ours, of which one takes the place of another: a line of 64 hex digits each,
 * the one that seals from now on first. A file of one key, of whatever form, is such a file too.
 * Written, it takes the place of the old file in one step.
 */
#define SHIRE_SECRET_RING_KEYS_MAX 2
typedef struct shire_secret_ring {
    shire_secret_key keys[SHIRE_SECRET_RING_KEYS_MAX];
    size_t count;
} shire_secret_ring;

shire_status shire_secret_read_ring(const char *path, shire_secret_ring *ring_out,
                                    shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_secret_write_ring(const char *path, const shire_secret_ring *ring,
                                     shire_error *error) SHIRE_MUST_CHECK;
/* A new random key. */
shire_status shire_secret_draw_key(shire_secret_key *key_out, shire_error *error) SHIRE_MUST_CHECK;

void shire_secret_wipe(void *memory, size_t byte_count);

/*
 * BLAKE2b of three texts under a key, each with its length before it, so that no two triples run
 * together. hash_bytes from 16 to SHIRE_SECRET_HASH_BYTES. Pure: safe from any thread.
 */
void shire_secret_hash(const shire_secret_key *key, shire_span first, shire_span second,
                       shire_span third, uint8_t *hash_out, size_t hash_bytes);

/* Base64 (RFC 4648, without padding). Encoding writes SHIRE_SECRET_BASE64_LENGTH(byte_count)
 * characters and a terminator; decoding gives false for any other alphabet or form, or when the
 * bytes do not fit. */
#define SHIRE_SECRET_BASE64_LENGTH(byte_count) (((byte_count)*4 + 2) / 3)
void shire_secret_base64_encode(const uint8_t *bytes, size_t byte_count, char *text_out);
bool shire_secret_base64_decode(shire_span text, uint8_t *bytes_out, size_t capacity,
                                size_t *byte_count_out);

#endif
