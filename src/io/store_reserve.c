/*
 * A server is not asked how much of its disk is free, so there room is taken to see whether it is
 * there: twice what is to be kept, in a transaction that is undone when it fails. The table is
 * UNLOGGED: what fills it goes neither to the log of the server, which may be short of room itself,
 * nor to a standby. So it is empty after the server died, and on a standby that took its place, and
 * whoever keeps it measures it from time to time. It is dropped as a whole, not emptied: a file can
 * be given back at once only as a whole, and the catalogue needs no new row for that.
 */
#include "io/store_reserve.h"

#include "core/arena.h"
#include "core/text.h"
#include "io/store_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define PAGE_BYTES 8192 /* of a table; a row of ROW_BYTES fills one */
#define ROW_BYTES "8000"

/* ---- a file ---- */

static int64_t free_bytes(const char *path) {
    struct statvfs facts;
    return statvfs(path, &facts) == 0 ? (int64_t)facts.f_bavail * (int64_t)facts.f_frsize
                                      : INT64_MAX;
}

/* NULL: out of memory. */
static char *path_of(const shire_store *store) {
    shire_builder path = {0};
    shire_builder_append_format(&path, "%s.reserve", store->name);
    if (path.failed) {
        shire_builder_free(&path);
        return NULL;
    }
    return path.bytes;
}

static int64_t measure_file(const char *path) {
    struct stat facts;
    return stat(path, &facts) == 0 ? facts.st_size : 0;
}

static bool take_file(const shire_store *store, const char *path, int64_t byte_count) {
    int file = free_bytes(store->name) >= 2 * byte_count
                   ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)
                   : -1;
    bool is_taken = file >= 0 && posix_fallocate(file, 0, byte_count) == 0 && fsync(file) == 0;
    if (file >= 0) {
        close(file);
    }
    if (!is_taken) {
        (void)unlink(path);
    }
    return is_taken;
}

static shire_status release_file(const shire_store *store, const char *path, shire_error *error) {
    return unlink(path) == 0 || errno == ENOENT
               ? SHIRE_OK
               : SHIRE_FAIL(error, SHIRE_IO_FAILED,
                            "%s: the room that was kept for the audit log cannot be given back; "
                            "remove %s.reserve",
                            store->name, store->name);
}

/* ---- a table ---- */

/* In the table space of the log, for whose entries the room is. */
static const char make_table[] =
    "DROP TABLE IF EXISTS disk_reserve; "
    "SELECT set_config('default_tablespace', coalesce((SELECT spcname FROM pg_tablespace, pg_class "
    "WHERE pg_tablespace.oid = reltablespace AND pg_class.oid = to_regclass('audit_entry')), ''), "
    "true); "
    "CREATE UNLOGGED TABLE disk_reserve (filler TEXT) WITH (autovacuum_enabled = false); "
    "ALTER TABLE disk_reserve ALTER filler SET STORAGE PLAIN";

static shire_status fill_table(shire_store *store, int64_t byte_count, shire_error *error) {
    char sql[160];
    snprintf(sql, sizeof sql,
             "TRUNCATE disk_reserve; INSERT INTO disk_reserve SELECT repeat('x', " ROW_BYTES
             ") FROM generate_series(1, %lld)",
             (long long)((byte_count + PAGE_BYTES - 1) / PAGE_BYTES));
    return shire_store_execute(store, sql, error);
}

static shire_status measure_table(shire_store *store, int64_t *byte_count_out, shire_error *error) {
    return shire_store_query_int64(store, "SELECT pg_relation_size(to_regclass('disk_reserve'))",
                                   byte_count_out, error);
}

/* Another server of the same store may have been first. */
static shire_status take_table(shire_store *store, int64_t byte_count, bool *is_taken_out,
                               shire_error *error) {
    int64_t kept = 0;
    shire_status status = shire_store_begin(store, error);
    if (status == SHIRE_OK) {
        status = measure_table(store, &kept, error);
    }
    if (status == SHIRE_OK && kept < byte_count) {
        status = shire_store_execute(store, make_table, error);
        if (status == SHIRE_OK) {
            status = fill_table(store, 2 * byte_count, error);
        }
        if (status == SHIRE_OK) {
            status = fill_table(store, byte_count, error);
        }
    }
    if (status == SHIRE_OK) {
        status = shire_store_commit(store, error);
    }
    shire_store_rollback(store);
    *is_taken_out = status == SHIRE_OK;
    return store->found_no_room ? SHIRE_OK : status;
}

/* ---- both ---- */

static shire_status no_memory(shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the store");
}

shire_status shire_store_reserve_measure(shire_store *store, int64_t *byte_count_out,
                                         shire_error *error) {
    if (store->driver->is_server) {
        return measure_table(store, byte_count_out, error);
    }
    char *path = path_of(store);
    *byte_count_out = path == NULL ? 0 : measure_file(path);
    shire_status status = path == NULL ? no_memory(error) : SHIRE_OK;
    shire_memory_free(path);
    return status;
}

shire_status shire_store_reserve_take(shire_store *store, int64_t byte_count, bool *is_taken_out,
                                      shire_error *error) {
    if (store->driver->is_server) {
        return take_table(store, byte_count, is_taken_out, error);
    }
    char *path = path_of(store);
    *is_taken_out =
        path != NULL && (measure_file(path) >= byte_count || take_file(store, path, byte_count));
    shire_status status = path == NULL ? no_memory(error) : SHIRE_OK;
    shire_memory_free(path);
    return status;
}

shire_status shire_store_reserve_release(shire_store *store, shire_error *error) {
    if (store->driver->is_server) {
        return shire_store_execute(store, "DROP TABLE IF EXISTS disk_reserve", error);
    }
    char *path = path_of(store);
    shire_status status = path == NULL ? no_memory(error) : release_file(store, path, error);
    shire_memory_free(path);
    return status;
}

bool shire_store_lacks_room(const shire_store *store, int64_t byte_count) {
    return store->driver->is_server ? store->found_no_room : free_bytes(store->name) <= byte_count;
}
