/*
 * The identity of a warehouse file: BLAKE2b-256 over its length, its headers and the checksums of
 * its blocks, one small read a block.
 */
#include "io/table_identity.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADER_BYTES ((off_t)3 * 4096)
#define BLOCK_BYTES ((off_t)256 * 1024)
#define CHECKSUM_BYTES 8
#define HASH_BYTES 32

static bool add_bytes(crypto_generichash_state *state, int descriptor, off_t offset, size_t count) {
    unsigned char buffer[HEADER_BYTES];
    ssize_t got = pread(descriptor, buffer, count, offset);
    return got >= 0 && crypto_generichash_update(state, buffer, (size_t)got) == 0;
}

static bool hash_file(int descriptor, char identity_out[65]) {
    struct stat about;
    crypto_generichash_state state;
    unsigned char hash[HASH_BYTES];
    if (fstat(descriptor, &about) != 0 || sodium_init() < 0 ||
        crypto_generichash_init(&state, NULL, 0, HASH_BYTES) != 0) {
        return false;
    }
    int64_t size = about.st_size;
    bool good = crypto_generichash_update(&state, (const void *)&size, sizeof(size)) == 0 &&
                add_bytes(&state, descriptor, 0, HEADER_BYTES);
    for (off_t offset = HEADER_BYTES; good && offset < about.st_size; offset += BLOCK_BYTES) {
        good = add_bytes(&state, descriptor, offset, CHECKSUM_BYTES);
    }
    good = good && crypto_generichash_final(&state, hash, HASH_BYTES) == 0;
    if (good) {
        sodium_bin2hex(identity_out, 2 * HASH_BYTES + 1, hash, HASH_BYTES);
    }
    return good;
}

shire_status shire_table_identity(const char *path, char identity_out[65], shire_error *error) {
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return SHIRE_FAIL(error, errno == ENOENT ? SHIRE_NOT_FOUND : SHIRE_IO_FAILED,
                          "%s: cannot be read: %s", path, strerror(errno));
    }
    bool good = hash_file(descriptor, identity_out);
    int code = errno;
    close(descriptor);
    return good
               ? SHIRE_OK
               : SHIRE_FAIL(error, SHIRE_IO_FAILED, "%s: cannot be read: %s", path, strerror(code));
}
