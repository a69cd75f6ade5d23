/*
 * Keys out of files and the environment, and what is made with them. The only other file that
 * knows libsodium is file.c, for hashes of contents.
 */
#include "io/secret.h"

#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_FILE_BYTES_MAX 4096
#define KEY_LETTERS (2 * SHIRE_SECRET_KEY_BYTES)

static shire_status start_library(shire_error *error) {
    return sodium_init() < 0
               ? SHIRE_FAIL(error, SHIRE_INTERNAL, "libsodium could not be started on this machine")
               : SHIRE_OK;
}

static bool is_hex(shire_span text) {
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.bytes[i];
        if (!((byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f') ||
              (byte >= 'A' && byte <= 'F'))) {
            return false;
        }
    }
    return text.length > 0;
}

/* `where` names the file or the variable. */
static shire_status take_key(shire_span contents, const char *where, shire_secret_key *key_out,
                             shire_error *error) {
    uint8_t bytes[KEY_FILE_BYTES_MAX / 2];
    shire_span text = shire_span_trim(contents);
    shire_span raw = contents;
    if (is_hex(text)) {
        size_t length = 0;
        if (sodium_hex2bin(bytes, sizeof bytes, text.bytes, text.length, NULL, &length, NULL) !=
            0) {
            length = 0;
        }
        raw = (shire_span){(const char *)bytes, length};
    }
    shire_status status = SHIRE_OK;
    if (raw.length < SHIRE_SECRET_KEY_BYTES) {
        status = SHIRE_FAIL(error, SHIRE_INVALID,
                            "%s: a key has at least %d bytes or %d hex digits, and this is shorter;"
                            " make one with `shire link encode --new-key FILE`",
                            where, SHIRE_SECRET_KEY_BYTES, 2 * SHIRE_SECRET_KEY_BYTES);
    } else if (raw.length == SHIRE_SECRET_KEY_BYTES) {
        memcpy(key_out->bytes, raw.bytes, SHIRE_SECRET_KEY_BYTES);
    } else {
        crypto_generichash(key_out->bytes, SHIRE_SECRET_KEY_BYTES, (const uint8_t *)raw.bytes,
                           raw.length, NULL, 0);
    }
    sodium_memzero(bytes, sizeof bytes);
    return status;
}

/* The file's bytes, to be wiped. */
static shire_status read_key_file(const char *path, char contents[KEY_FILE_BYTES_MAX + 1],
                                  shire_span *text_out, shire_error *error) {
    struct stat facts;
    shire_status status = start_library(error);
    if (status != SHIRE_OK) {
        return status;
    }
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) {
        return errno == ENOENT ? SHIRE_FAIL(error, SHIRE_NOT_FOUND,
                                            "%s: no such key file; make one with "
                                            "`shire link encode --new-key FILE`",
                                            path)
                               : SHIRE_FAIL(error, SHIRE_IO_FAILED, "%s: cannot be opened: %s",
                                            path, strerror(errno));
    }
    ssize_t length = 0;
    if (fstat(descriptor, &facts) != 0 || !S_ISREG(facts.st_mode)) {
        status = SHIRE_FAIL(error, SHIRE_INVALID, "%s: is no file; a key is read from one", path);
    } else if ((facts.st_mode & 077) != 0) {
        status = SHIRE_FAIL(error, SHIRE_INVALID,
                            "%s: this key can be read by others than its owner; run `chmod 600` "
                            "on it, and make a new key if others may have seen it",
                            path);
    } else if ((length = read(descriptor, contents, KEY_FILE_BYTES_MAX + 1)) < 0) {
        status =
            SHIRE_FAIL(error, SHIRE_IO_FAILED, "%s: cannot be read: %s", path, strerror(errno));
    } else if (length > KEY_FILE_BYTES_MAX) {
        status = SHIRE_FAIL(error, SHIRE_INVALID, "%s: is over %d bytes and so no key file", path,
                            KEY_FILE_BYTES_MAX);
    } else {
        *text_out = (shire_span){contents, (size_t)length};
    }
    close(descriptor);
    return status;
}

shire_status shire_secret_read_key(const char *path, shire_secret_key *key_out,
                                   shire_error *error) {
    char contents[KEY_FILE_BYTES_MAX + 1];
    shire_span text;
    shire_status status = read_key_file(path, contents, &text, error);
    if (status == SHIRE_OK) {
        status = take_key(text, path, key_out, error);
    }
    sodium_memzero(contents, sizeof contents);
    return status;
}

/* Two lines of hex digits, or else one key. */
shire_status shire_secret_read_ring(const char *path, shire_secret_ring *ring_out,
                                    shire_error *error) {
    char contents[KEY_FILE_BYTES_MAX + 1];
    shire_span text = {0};
    shire_secret_ring ring = {.count = 1};
    shire_status status = read_key_file(path, contents, &text, error);
    shire_span first = shire_span_trim(text);
    shire_span second = {0};
    if (status == SHIRE_OK && first.length == 2 * KEY_LETTERS + 1 &&
        first.bytes[KEY_LETTERS] == '\n') {
        second = (shire_span){first.bytes + KEY_LETTERS + 1, KEY_LETTERS};
        first.length = KEY_LETTERS;
    }
    if (status == SHIRE_OK && is_hex(first) && is_hex(second)) {
        ring.count = 2;
        status = take_key(second, path, &ring.keys[1], error);
    } else {
        first = text;
    }
    if (status == SHIRE_OK) {
        status = take_key(first, path, &ring.keys[0], error);
    }
    if (status == SHIRE_OK) {
        *ring_out = ring;
    }
    sodium_memzero(contents, sizeof contents);
    sodium_memzero(&ring, sizeof ring);
    return status;
}

shire_status shire_secret_write_ring(const char *path, const shire_secret_ring *ring,
                                     shire_error *error) {
    char text[SHIRE_SECRET_RING_KEYS_MAX * (KEY_LETTERS + 1) + 1];
    for (size_t i = 0; i < ring->count; i++) {
        char *line = text + i * (KEY_LETTERS + 1);
        sodium_bin2hex(line, KEY_LETTERS + 1, ring->keys[i].bytes, SHIRE_SECRET_KEY_BYTES);
        line[KEY_LETTERS] = '\n';
    }
    shire_status status = shire_file_replace_private(
        path, (shire_span){text, ring->count * (KEY_LETTERS + 1)}, error);
    sodium_memzero(text, sizeof text);
    return status;
}

shire_status shire_secret_draw_key(shire_secret_key *key_out, shire_error *error) {
    shire_status status = start_library(error);
    if (status == SHIRE_OK) {
        randombytes_buf(key_out->bytes, sizeof key_out->bytes);
    }
    return status;
}

shire_status shire_secret_key_from_environment(const char *name, shire_secret_key *key_out,
                                               shire_error *error) {
    shire_status status = start_library(error);
    const char *value = getenv(name);
    if (status == SHIRE_OK && value == NULL) {
        return SHIRE_FAIL(error, SHIRE_NOT_FOUND, "no variable %s in the environment", name);
    }
    if (status == SHIRE_OK && strlen(value) > KEY_FILE_BYTES_MAX) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "%s: is over %d bytes and so no key", name,
                          KEY_FILE_BYTES_MAX);
    }
    return status == SHIRE_OK ? take_key(shire_span_of(value), name, key_out, error) : status;
}

shire_status shire_secret_new_key(const char *path, shire_error *error) {
    uint8_t bytes[SHIRE_SECRET_KEY_BYTES];
    char hex[2 * SHIRE_SECRET_KEY_BYTES + 2];
    shire_status status = start_library(error);
    if (status != SHIRE_OK) {
        return status;
    }
    int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        return errno == EEXIST
                   ? SHIRE_FAIL(error, SHIRE_INVALID,
                                "%s: is there already and was left as it is; choose another name",
                                path)
                   : SHIRE_FAIL(error, SHIRE_IO_FAILED, "%s: cannot be made: %s", path,
                                strerror(errno));
    }
    randombytes_buf(bytes, sizeof bytes);
    sodium_bin2hex(hex, sizeof hex, bytes, sizeof bytes);
    hex[sizeof hex - 2] = '\n';
    ssize_t written = write(descriptor, hex, sizeof hex - 1);
    if (written != (ssize_t)sizeof hex - 1 || fsync(descriptor) != 0) {
        status =
            SHIRE_FAIL(error, SHIRE_IO_FAILED, "%s: cannot be written: %s", path, strerror(errno));
        unlink(path);
    }
    close(descriptor);
    sodium_memzero(bytes, sizeof bytes);
    sodium_memzero(hex, sizeof hex);
    return status;
}

void shire_secret_wipe(void *memory, size_t byte_count) {
    sodium_memzero(memory, byte_count);
}

void shire_secret_hash(const shire_secret_key *key, shire_span first, shire_span second,
                       shire_span third, uint8_t *hash_out, size_t hash_bytes) {
    crypto_generichash_state state;
    const shire_span texts[3] = {first, second, third};
    crypto_generichash_init(&state, key->bytes, sizeof key->bytes, hash_bytes);
    for (int i = 0; i < 3; i++) {
        uint8_t length[4] = {(uint8_t)texts[i].length, (uint8_t)(texts[i].length >> 8),
                             (uint8_t)(texts[i].length >> 16), (uint8_t)(texts[i].length >> 24)};
        crypto_generichash_update(&state, length, sizeof length);
        crypto_generichash_update(&state, (const uint8_t *)texts[i].bytes, texts[i].length);
    }
    crypto_generichash_final(&state, hash_out, hash_bytes);
}

void shire_secret_base64_encode(const uint8_t *bytes, size_t byte_count, char *text_out) {
    sodium_bin2base64(text_out, SHIRE_SECRET_BASE64_LENGTH(byte_count) + 1, bytes, byte_count,
                      sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
}

bool shire_secret_base64_decode(shire_span text, uint8_t *bytes_out, size_t capacity,
                                size_t *byte_count_out) {
    /* The library takes any byte beyond ASCII for the last letter of its alphabet. */
    return shire_text_is_ascii(text) &&
           sodium_base642bin(bytes_out, capacity, text.bytes, text.length, NULL, byte_count_out,
                             NULL, sodium_base64_VARIANT_ORIGINAL_NO_PADDING) == 0;
}
