/*
 * A library for LD_PRELOAD that makes the file system fail. SHIRE_FAIL names the call (write, sync,
 * rename, link or truncate; renaming a link is both), SHIRE_FAIL_AFTER how many of them succeed
 * first; the next one and all that follow fail with "no space left on device", or, where
 * SHIRE_FAIL_KILLS is set, the process is killed at the next one. Only regular files count, so that
 * what a program prints to a pipe still comes through. SHIRE_STALL names a file: while it is there
 * every sync waits, as for a disk that stalls.
 */
#undef _FILE_OFFSET_BITS /* else pwrite would be another name for pwrite64, and both are needed */
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static atomic_long calls_so_far;

static bool must_fail(const char *call) {
    const char *wanted = getenv("SHIRE_FAIL");
    const char *after = getenv("SHIRE_FAIL_AFTER");
    if (wanted == NULL || after == NULL || strcmp(wanted, call) != 0 ||
        atomic_fetch_add(&calls_so_far, 1) < strtol(after, NULL, 10)) {
        return false;
    }
    if (getenv("SHIRE_FAIL_KILLS") != NULL) {
        raise(SIGKILL);
    }
    errno = ENOSPC;
    return true;
}

static void wait_for_disk(void) {
    const char *stall = getenv("SHIRE_STALL");
    while (stall != NULL && access(stall, F_OK) == 0) {
        usleep(1000);
    }
}

static bool is_regular(int file) {
    struct stat state;
    return fstat(file, &state) == 0 && S_ISREG(state.st_mode);
}

/* `real` is the C library's own function of that name. */
#define WITH_REAL(name)                                                                            \
    static _Atomic(void *) found;                                                                  \
    if (found == NULL) {                                                                           \
        found = dlsym(RTLD_NEXT, #name);                                                           \
    }                                                                                              \
    __typeof__(&name) real = (__typeof__(&name))found

ssize_t write(int file, const void *bytes, size_t byte_count) {
    WITH_REAL(write);
    return is_regular(file) && must_fail("write") ? -1 : real(file, bytes, byte_count);
}

ssize_t pwrite(int file, const void *bytes, size_t byte_count, off_t offset) {
    WITH_REAL(pwrite);
    return is_regular(file) && must_fail("write") ? -1 : real(file, bytes, byte_count, offset);
}

ssize_t pwrite64(int file, const void *bytes, size_t byte_count, off64_t offset) {
    WITH_REAL(pwrite64);
    return is_regular(file) && must_fail("write") ? -1 : real(file, bytes, byte_count, offset);
}

size_t fwrite(const void *bytes, size_t size, size_t count, FILE *file) {
    WITH_REAL(fwrite);
    return is_regular(fileno(file)) && must_fail("write") ? 0 : real(bytes, size, count, file);
}

int fsync(int file) {
    WITH_REAL(fsync);
    wait_for_disk();
    return is_regular(file) && must_fail("sync") ? -1 : real(file);
}

int fdatasync(int file) {
    WITH_REAL(fdatasync);
    wait_for_disk();
    return is_regular(file) && must_fail("sync") ? -1 : real(file);
}

static bool is_link(const char *path) {
    struct stat state;
    return lstat(path, &state) == 0 && S_ISLNK(state.st_mode);
}

int rename(const char *from, const char *to) {
    WITH_REAL(rename);
    bool fails = must_fail("rename") || (is_link(from) && must_fail("link"));
    return fails ? -1 : real(from, to);
}

int symlink(const char *target, const char *path) {
    WITH_REAL(symlink);
    return must_fail("rename") || must_fail("link") ? -1 : real(target, path);
}

int ftruncate64(int file, off64_t length) {
    WITH_REAL(ftruncate64);
    return is_regular(file) && must_fail("truncate") ? -1 : real(file, length);
}
