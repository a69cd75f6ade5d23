/* Keys are read into memory that is wiped; the seed is all that the file holds besides the name. */
#include "audit/audit_key.h"

#include "core/arena.h"
#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX "PRIVATE+KEY+"
#define FILE_BYTES_MAX 1024

static shire_status write_key(const char *path, const shire_audit_signer *signer,
                              const uint8_t *seed, shire_error *error) {
    uint8_t key[1 + SHIRE_KEY_SEED_BYTES] = {(uint8_t)signer->verifier.kind};
    shire_builder text = {0};
    memcpy(key + 1, seed, SHIRE_KEY_SEED_BYTES);
    shire_builder_append_format(&text, PREFIX "%s+%08" PRIx32 "+", signer->verifier.name,
                                shire_audit_key_id(&signer->verifier));
    shire_builder_append_base64(&text, key, sizeof key);
    shire_builder_append_text(&text, "\n");
    if (text.failed) {
        shire_crypto_wipe(key, sizeof key);
        if (text.bytes != NULL) {
            shire_crypto_wipe(text.bytes, text.length);
        }
        shire_builder_free(&text);
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for a signing key");
    }
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool is_done = file >= 0 && write(file, text.bytes, text.length) == (ssize_t)text.length &&
                   fsync(file) == 0;
    int cause = errno;
    is_done = (file < 0 || close(file) == 0) && is_done;
    if (file >= 0 && !is_done) {
        (void)unlink(path);
    }
    shire_crypto_wipe(key, sizeof key);
    if (text.bytes != NULL) {
        shire_crypto_wipe(text.bytes, text.length);
    }
    shire_builder_free(&text);
    return is_done ? SHIRE_OK
                   : SHIRE_FAIL(error, SHIRE_IO_FAILED, "%s: the signing key cannot be written: %s",
                                path, strerror(cause));
}

static shire_status make_key(const char *path, const char *name, shire_audit_key_kind kind,
                             shire_audit_signer *signer, shire_error *error) {
    uint8_t seed[SHIRE_KEY_SEED_BYTES];
    shire_random_bytes(seed, sizeof seed);
    shire_status status = shire_audit_signer_set(signer, shire_span_of(name), kind, seed, error);
    if (status == SHIRE_OK) {
        status = write_key(path, signer, seed, error);
    }
    shire_crypto_wipe(seed, sizeof seed);
    return status;
}

static bool parse_key(shire_span text, shire_audit_key_kind kind, shire_audit_signer *signer) {
    size_t prefix = sizeof PREFIX - 1;
    uint8_t key[1 + SHIRE_KEY_SEED_BYTES];
    char id[10];
    shire_span line = shire_span_trim(text);
    if (line.length < prefix || memcmp(line.bytes, PREFIX, prefix) != 0) {
        return false;
    }
    shire_span rest = {line.bytes + prefix, line.length - prefix};
    const char *plus = memchr(rest.bytes, '+', rest.length);
    size_t name_length = plus == NULL ? 0 : (size_t)(plus - rest.bytes);
    bool is_key = rest.length > name_length + 10 &&
                  shire_base64_parse(
                      (shire_span){rest.bytes + name_length + 10, rest.length - name_length - 10},
                      key, sizeof key) &&
                  key[0] == (uint8_t)kind &&
                  shire_audit_signer_set(signer, (shire_span){rest.bytes, name_length}, kind,
                                         key + 1, NULL) == SHIRE_OK;
    if (is_key) {
        snprintf(id, sizeof id, "%08" PRIx32 "+", shire_audit_key_id(&signer->verifier));
        is_key = memcmp(id, rest.bytes + name_length + 1, 9) == 0;
    }
    shire_crypto_wipe(key, sizeof key);
    return is_key;
}

shire_status shire_audit_key_open(const char *path, const char *name, shire_audit_key_kind kind,
                                  shire_audit_signer *signer_out, shire_error *error) {
    struct stat facts;
    char text[FILE_BYTES_MAX];
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 && errno == ENOENT && name != NULL) {
        return make_key(path, name, kind, signer_out, error);
    }
    if (file < 0 || fstat(file, &facts) != 0) {
        return SHIRE_FAIL(error, errno == ENOENT ? SHIRE_NOT_FOUND : SHIRE_IO_FAILED,
                          "%s: the signing key cannot be read: %s", path, strerror(errno));
    }
    ssize_t length = read(file, text, sizeof text);
    close(file);
    shire_status status = SHIRE_OK;
    if ((facts.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        status = SHIRE_FAIL(error, SHIRE_INVALID,
                            "%s: others than the owner may read or write the signing key; run "
                            "chmod 600 on it, and think of a new key",
                            path);
    } else if (length < 0 || !parse_key((shire_span){text, (size_t)length}, kind, signer_out)) {
        status = SHIRE_FAIL(error, SHIRE_INVALID,
                            "%s: this is no signing key of the right kind; put the backup of the "
                            "key in its place",
                            path);
    }
    shire_crypto_wipe(text, sizeof text);
    return status;
}
