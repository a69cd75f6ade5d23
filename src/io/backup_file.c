/* The file is read once, piece by piece: what is copied is what was hashed. */
#include "io/backup_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MARK "shire-backup-1 "
#define LINE_BYTES (sizeof MARK - 1 + 64 + 1)
#define PIECE_BYTES 65536
#define HASH_BYTES 32

static shire_status fail(const char *path, const char *what, shire_error *error) {
    return SHIRE_FAIL(error, errno == ENOENT ? SHIRE_NOT_FOUND : SHIRE_IO_FAILED,
                      "%s: the backup cannot be %s: %s", path, what, strerror(errno));
}

static bool write_all(int file, const unsigned char *bytes, size_t length) {
    while (length > 0) {
        ssize_t written = write(file, bytes, length);
        if (written < 0 && errno != EINTR) {
            return false;
        }
        bytes += written > 0 ? written : 0;
        length -= written > 0 ? (size_t)written : 0;
    }
    return true;
}

/* Hash `length` bytes from where `from` stands, and write them to `to` unless it is -1. */
static bool pass_on(int from, int to, off_t length, char hash_out[65]) {
    unsigned char piece[PIECE_BYTES];
    unsigned char hash[HASH_BYTES];
    crypto_generichash_state state;
    bool is_good = sodium_init() >= 0 && crypto_generichash_init(&state, NULL, 0, HASH_BYTES) == 0;
    while (is_good && length > 0) {
        size_t wanted = length < PIECE_BYTES ? (size_t)length : PIECE_BYTES;
        ssize_t got = read(from, piece, wanted);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        is_good = got > 0 && crypto_generichash_update(&state, piece, (size_t)got) == 0 &&
                  (to < 0 || write_all(to, piece, (size_t)got));
        length -= got;
    }
    if (is_good) {
        crypto_generichash_final(&state, hash, sizeof hash);
        sodium_bin2hex(hash_out, 65, hash, sizeof hash);
    }
    sodium_memzero(piece, sizeof piece);
    return is_good;
}

shire_status shire_backup_file_seal(const char *path, char hash_out[65], shire_error *error) {
    struct stat facts;
    char line[LINE_BYTES + 1];
    int file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0) {
        return fail(path, "opened", error);
    }
    bool is_good = fstat(file, &facts) == 0 && pass_on(file, -1, facts.st_size, hash_out);
    if (is_good) {
        snprintf(line, sizeof line, MARK "%s\n", hash_out);
        is_good = write_all(file, (const unsigned char *)line, LINE_BYTES) && fsync(file) == 0;
    }
    shire_status status = is_good ? SHIRE_OK : fail(path, "written", error);
    close(file);
    return status;
}

/* The hash that the last line says; false where there is no such line. */
static bool read_line(int file, off_t size, char hash_out[65]) {
    char line[LINE_BYTES + 1] = {0};
    if (size <= (off_t)LINE_BYTES ||
        pread(file, line, LINE_BYTES, size - (off_t)LINE_BYTES) != (ssize_t)LINE_BYTES ||
        memcmp(line, MARK, sizeof MARK - 1) != 0 || line[LINE_BYTES - 1] != '\n') {
        return false;
    }
    memcpy(hash_out, line + sizeof MARK - 1, 64);
    hash_out[64] = '\0';
    return strspn(hash_out, "0123456789abcdef") == 64;
}

shire_status shire_backup_file_open(const char *path, const char *path_out, char hash_out[65],
                                    shire_error *error) {
    struct stat facts;
    char said[65] = "";
    char found[65] = "";
    int from = open(path, O_RDONLY | O_CLOEXEC);
    if (from < 0 || fstat(from, &facts) != 0) {
        shire_status status = fail(path, "read", error);
        if (from >= 0) {
            close(from);
        }
        return status;
    }
    if (!S_ISREG(facts.st_mode) || !read_line(from, facts.st_size, said)) {
        close(from);
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "%s: this is no backup, or its end is cut off; take another copy of it",
                          path);
    }
    (void)unlink(path_out);
    int to = open(path_out, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    shire_status status = SHIRE_OK;
    if (to < 0 || !pass_on(from, to, facts.st_size - (off_t)LINE_BYTES, found)) {
        status = fail(to < 0 ? path_out : path, "copied", error);
    }
    close(from);
    if (to >= 0 && close(to) != 0 && status == SHIRE_OK) {
        status = fail(path_out, "copied", error);
    }
    if (status == SHIRE_OK && memcmp(said, found, sizeof said) != 0) {
        status = SHIRE_FAIL(error, SHIRE_INVALID,
                            "%s: the backup was changed or damaged since it was made; take another "
                            "copy of it",
                            path);
    }
    if (status != SHIRE_OK) {
        (void)unlink(path_out);
        return status;
    }
    memcpy(hash_out, found, sizeof found);
    return SHIRE_OK;
}
