/*
 * Room kept for the log. A record is shown only when its entry in the audit log is on disk, so a
 * full disk would stop reading too. A file beside the store holds room that is given back when a
 * batch finds the disk full: from then on nothing is changed any more, and entries of what is read
 * take that room, until somebody makes more and the file is there again. For a store in a file; the
 * disk of a database server is its own business.
 */
#include "web/web_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* 64 MB are some 100,000 entries. The store's own log takes 16 MB before it begins
 * anew, and 4 MB once room is short. */
#define RESERVE_BYTES_MAX (INT64_C(64) << 20)
#define RESERVE_BYTES_LEAST (INT64_C(16) << 20)
#define RESERVE_SHARE 16 /* of what is free, a sixteenth between the two */

static int64_t free_bytes(const char *path) {
    struct statvfs facts;
    return statvfs(path, &facts) == 0 ? (int64_t)facts.f_bavail * (int64_t)facts.f_frsize
                                      : INT64_MAX;
}

static bool take(const char *path, int64_t byte_count) {
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool is_taken = file >= 0 && posix_fallocate(file, 0, byte_count) == 0 && fsync(file) == 0;
    if (file >= 0) {
        close(file);
    }
    if (!is_taken) {
        (void)unlink(path);
    }
    return is_taken;
}

shire_status shire_web_reserve_open(shire_web *web, shire_error *error) {
    struct stat facts;
    if (shire_store_is_url(web->store_where)) {
        return SHIRE_OK;
    }
    web->reserve_path = shire_arena_format(web->arena, "%s.reserve", web->store_where);
    if (web->reserve_path == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for the server");
    }
    if (stat(web->reserve_path, &facts) == 0 && facts.st_size >= RESERVE_BYTES_LEAST) {
        web->reserve_bytes = facts.st_size; /* of the time before */
        atomic_store(&web->has_reserve, true);
        return SHIRE_OK;
    }
    int64_t room = free_bytes(web->store_where);
    int64_t share = room / RESERVE_SHARE;
    web->reserve_bytes = share < RESERVE_BYTES_LEAST ? RESERVE_BYTES_LEAST
                         : share < RESERVE_BYTES_MAX ? share
                                                     : RESERVE_BYTES_MAX;
    if (room < 2 * RESERVE_BYTES_LEAST || !take(web->reserve_path, web->reserve_bytes)) {
        fputs("shire serve: the disk has no room to keep for the audit log; when it is full, "
              "records cannot be read either\n",
              stderr);
        web->reserve_bytes = 0;
    }
    atomic_store(&web->has_reserve, web->reserve_bytes > 0);
    return SHIRE_OK;
}

bool shire_web_reserve_release(void *context) {
    shire_web *web = context;
    if (!atomic_load(&web->has_reserve) || free_bytes(web->store_where) > web->reserve_bytes / 2 ||
        unlink(web->reserve_path) != 0) {
        return false;
    }
    atomic_store(&web->has_reserve, false);
    fputs("shire serve: the disk is full: nothing is changed any more, and what is read is entered "
          "in the audit log as long as the room lasts that was kept for it; make room\n",
          stderr);
    return true;
}

void shire_web_reserve_keep(shire_web *web) {
    if (web->reserve_bytes > 0 && !atomic_load(&web->has_reserve) &&
        free_bytes(web->store_where) >= 2 * web->reserve_bytes &&
        take(web->reserve_path, web->reserve_bytes)) {
        atomic_store(&web->has_reserve, true);
        fputs("shire serve: the disk has room again\n", stderr);
    }
}

bool shire_web_may_change(const shire_web *web) {
    return web->reserve_bytes == 0 || atomic_load(&web->has_reserve);
}
