/*
 * The store on SQLite: one file. A statement keeps which of the library's parameters is $1, $2,
 * ..., for the library numbers them as they come.
 */
#include "io/store_internal.h"

#include "core/arena.h"
#include "io/file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUSY_MILLISECONDS 10000

typedef struct sqlite_store {
    shire_store base;
    sqlite3 *database;
    bool is_filling;
} sqlite_store;

/* What a reader keeps is thrown away whenever somebody writes, so it keeps little. It does not map
 * the file either: who reads all of it, as a check of the log does, would hold as much as the store
 * is long, and each connection of a server its own. */
#define READER_SETTINGS "PRAGMA foreign_keys = ON; PRAGMA cache_size = -2048"

typedef struct sqlite_statement {
    shire_store_statement base;
    sqlite3_stmt *prepared;
    int places[SHIRE_STORE_PARAMETERS_MAX + 1]; /* of $N; 0 where the SQL has no $N */
} sqlite_statement;

static sqlite3 *database_of(const shire_store *store) {
    return ((const sqlite_store *)store)->database;
}

static sqlite3_stmt *prepared_of(const shire_store_statement *statement) {
    return ((const sqlite_statement *)statement)->prepared;
}

/* The library's message quotes SQL of ours, never data; for those that users meet there is a
 * sentence that says what to do. */
static shire_status fail(const shire_store *store, shire_error *error) {
    sqlite3 *database = database_of(store);
    int code = sqlite3_extended_errcode(database);
    switch (code & 0xFF) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "%s: the store is damaged; put a backup of it in its place, or move it "
                          "away to begin with an empty one",
                          store->name);
    case SQLITE_FULL:
        return SHIRE_FAIL(error, SHIRE_IO_FAILED, "%s: the disk is full; make room and try again",
                          store->name);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return SHIRE_FAIL(error, SHIRE_BUSY,
                          "%s: another program is writing to the store; try again when it is done",
                          store->name);
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
        return SHIRE_FAIL(error, SHIRE_IO_FAILED,
                          "%s: the store cannot be opened or written; make it and its folder "
                          "writable",
                          store->name);
    case SQLITE_NOMEM:
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the store");
    case SQLITE_IOERR:
        return SHIRE_FAIL(
            error, SHIRE_IO_FAILED, "%s: the store cannot be read or written: %s", store->name,
            sqlite3_system_errno(database) != 0 ? strerror(sqlite3_system_errno(database))
                                                : sqlite3_errstr(code));
    default:
        return SHIRE_FAIL(error, SHIRE_INTERNAL, "%s: %s", store->name, sqlite3_errmsg(database));
    }
}

static shire_status execute(shire_store *store, const char *sql, shire_error *error) {
    return sqlite3_exec(database_of(store), sql, NULL, NULL, NULL) == SQLITE_OK
               ? SHIRE_OK
               : fail(store, error);
}

/* As execute, for one statement that is run again and again: it is parsed but once. */
static shire_status repeat(shire_store *store, const char *sql, shire_error *error) {
    shire_store_statement *statement = NULL;
    shire_status status = shire_store_prepare(store, sql, &statement, error);
    if (status == SHIRE_OK) {
        status = shire_store_run(statement, error);
    }
    shire_store_finalize(statement);
    return status;
}

/* ---- opening ---- */

/* The library would make the file readable to all. One that is there is never opened here: closing
 * it again would end the locks of every other connection of this process (that is how locks of
 * files are in POSIX), and another process could then take its log away. */
static shire_status make_file(const char *path, shire_error *error) {
    struct stat facts;
    if (stat(path, &facts) != 0) {
        int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (file >= 0) {
            close(file);
        } else if (errno != EEXIST) {
            return SHIRE_FAIL(error, SHIRE_IO_FAILED,
                              "%s: cannot be made: %s; make its folder writable", path,
                              strerror(errno));
        }
        return SHIRE_OK;
    }
    /* One that was copied here by hand may be readable to others. */
    bool is_open_to_others = (facts.st_mode & 0077) != 0;
    return !is_open_to_others || chmod(path, 0600) == 0
               ? SHIRE_OK
               : SHIRE_FAIL(error, SHIRE_IO_FAILED,
                            "%s: others may read the store, and that cannot be changed: %s; "
                            "run chmod 600 on it",
                            path, strerror(errno));
}

static shire_status set_up(shire_store *store, shire_store_mode mode, shire_error *error) {
    sqlite3 **database = &((sqlite_store *)store)->database;
    /* Also a reader opens for writing: only so does closing leave no log behind. */
    if (sqlite3_open_v2(store->name, database, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) {
        return *database == NULL ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the store")
                                 : fail(store, error);
    }
    sqlite3_extended_result_codes(*database, 1);
    sqlite3_busy_timeout(*database, BUSY_MILLISECONDS);
    shire_status status = execute(
        store,
        mode == SHIRE_STORE_WRITE
            ? "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA cache_size = -8192"
            : READER_SETTINGS,
        error);
    if (status == SHIRE_OK && mode == SHIRE_STORE_WRITE) {
        status = execute(store, "PRAGMA journal_mode = WAL", error);
    }
    return status;
}

static void close_store(shire_store *store) {
    sqlite3_close_v2(database_of(store));
    shire_memory_free(store->name);
    shire_memory_free(store);
}

/* ---- transactions ---- */

/* To be called when a transaction is over: within one the setting does nothing. */
static shire_status end_filling(shire_store *store, shire_error *error) {
    sqlite_store *mine = (sqlite_store *)store;
    bool was_filling = mine->is_filling;
    mine->is_filling = false;
    return was_filling ? execute(store, "PRAGMA foreign_keys = ON", error) : SHIRE_OK;
}

/* Deferred references would be looked for with each row, in tables without an index for it; so to
 * fill tables they are not checked at all, and at the end all at once. */
static shire_status begin(shire_store *store, shire_store_transaction kind, shire_error *error) {
    bool is_filling = kind == SHIRE_STORE_TRANSACTION_FILL;
    shire_status status =
        is_filling ? execute(store, "PRAGMA foreign_keys = OFF", error) : SHIRE_OK;
    if (status == SHIRE_OK) {
        status = repeat(
            store, kind == SHIRE_STORE_TRANSACTION_SNAPSHOT ? "BEGIN" : "BEGIN IMMEDIATE", error);
    }
    ((sqlite_store *)store)->is_filling = is_filling;
    if (status != SHIRE_OK) {
        shire_error ignored;
        (void)!end_filling(store, &ignored);
    }
    return status;
}

static shire_status commit(shire_store *store, shire_error *error) {
    int64_t broken = 0;
    if (((sqlite_store *)store)->is_filling) {
        shire_status status = shire_store_query_int64(
            store, "SELECT count(*) FROM pragma_foreign_key_check", &broken, error);
        if (status == SHIRE_OK && broken > 0) {
            status =
                SHIRE_FAIL(error, SHIRE_INTERNAL, "%s: %lld rows refer to rows that are not there",
                           store->name, (long long)broken);
        }
        if (status != SHIRE_OK) {
            return status;
        }
    }
    shire_status status = repeat(store, "COMMIT", error);
    return status == SHIRE_OK ? end_filling(store, error) : status;
}

static void rollback(shire_store *store) {
    shire_error ignored; /* what failed before is what counts; the library undoes it then too */
    (void)!execute(store, "ROLLBACK", &ignored);
    (void)!end_filling(store, &ignored);
}

/* ---- the log ---- */

static int note_log(void *context, sqlite3 *database, const char *name, int page_count) {
    (void)database;
    (void)name;
    ((shire_store *)context)->log_pages = page_count;
    return SQLITE_OK;
}

static bool leave_log(shire_store *store) {
    bool is_file = strcmp(store->name, ":memory:") != 0;
    if (is_file) {
        sqlite3_wal_hook(database_of(store), note_log, store);
    }
    return is_file;
}

/* What cannot be moved now, because somebody else is at it or the disk is full, is left. */
static int64_t move_log(shire_store *store) {
    int page_count = 0;
    int moved = 0;
    (void)sqlite3_wal_checkpoint_v2(database_of(store), NULL, SQLITE_CHECKPOINT_PASSIVE,
                                    &page_count, &moved);
    return page_count > moved && moved >= 0 ? page_count - moved : 0;
}

/* ---- statements ---- */

static shire_status prepare(shire_store *store, const char *sql,
                            shire_store_statement **statement_out, shire_error *error) {
    sqlite_statement *statement = shire_memory_resize(NULL, sizeof *statement);
    if (statement == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the store");
    }
    *statement = (sqlite_statement){0};
    if (sqlite3_prepare_v3(database_of(store), sql, -1, SQLITE_PREPARE_PERSISTENT,
                           &statement->prepared, NULL) != SQLITE_OK) {
        shire_memory_free(statement);
        return fail(store, error);
    }
    for (int parameter = 1; parameter <= SHIRE_STORE_PARAMETERS_MAX; parameter++) {
        char name[8];
        snprintf(name, sizeof name, "$%d", parameter);
        statement->places[parameter] = sqlite3_bind_parameter_index(statement->prepared, name);
    }
    *statement_out = &statement->base;
    return SHIRE_OK;
}

static void finalize(shire_store_statement *statement) {
    sqlite3_finalize(prepared_of(statement));
    shire_memory_free(statement);
}

static int place_of(const shire_store_statement *statement, int parameter) {
    int place = ((const sqlite_statement *)statement)->places[parameter];
    assert(place > 0);
    return place;
}

static void note_failure(shire_store_statement *statement, int code) {
    statement->has_no_memory |= code != SQLITE_OK;
}

static void bind_text(shire_store_statement *statement, int parameter, shire_span text) {
    note_failure(statement,
                 sqlite3_bind_text64(prepared_of(statement), place_of(statement, parameter),
                                     text.length == 0 ? "" : text.bytes, text.length,
                                     SQLITE_TRANSIENT, SQLITE_UTF8));
}

static void bind_int64(shire_store_statement *statement, int parameter, int64_t value) {
    note_failure(statement,
                 sqlite3_bind_int64(prepared_of(statement), place_of(statement, parameter), value));
}

static void bind_null(shire_store_statement *statement, int parameter) {
    int place = ((const sqlite_statement *)statement)->places[parameter];
    if (place > 0) {
        note_failure(statement, sqlite3_bind_null(prepared_of(statement), place));
    }
}

static shire_status step(shire_store_statement *statement, bool *has_row_out, shire_error *error) {
    int code = sqlite3_step(prepared_of(statement));
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        return fail(statement->store, error);
    }
    *has_row_out = code == SQLITE_ROW;
    return SHIRE_OK;
}

static void reset(shire_store_statement *statement) {
    sqlite3_reset(prepared_of(statement));
}

/* Nothing is gained by waiting here: a statement is done when it returns. */
static shire_status send(shire_store_statement *statement, shire_error *error) {
    bool has_row = false;
    shire_status status = step(statement, &has_row, error);
    reset(statement);
    return status;
}

static shire_status settle(shire_store *store, shire_error *error) {
    (void)store;
    (void)error;
    return SHIRE_OK;
}

static shire_span column_text(const shire_store_statement *statement, int column) {
    sqlite3_stmt *prepared = prepared_of(statement);
    const char *bytes = (const char *)sqlite3_column_text(prepared, column);
    return (shire_span){bytes == NULL ? "" : bytes, (size_t)sqlite3_column_bytes(prepared, column)};
}

static int64_t column_int64(const shire_store_statement *statement, int column) {
    return sqlite3_column_int64(prepared_of(statement), column);
}

static bool column_is_null(const shire_store_statement *statement, int column) {
    return sqlite3_column_type(prepared_of(statement), column) == SQLITE_NULL;
}

shire_status shire_store_open_sqlite(const char *path, shire_store_mode mode,
                                     shire_store **store_out, shire_error *error) {
    static const shire_store_driver driver = {
        .count_schema_sql = "SELECT count(*) FROM sqlite_master WHERE name = 'schema_migration'",
        .execute = execute,
        .begin = begin,
        .commit = commit,
        .rollback = rollback,
        .close = close_store,
        .finalize = finalize,
        .prepare = prepare,
        .bind_text = bind_text,
        .bind_int64 = bind_int64,
        .bind_null = bind_null,
        .step = step,
        .reset = reset,
        .send = send,
        .settle = settle,
        .column_text = column_text,
        .column_int64 = column_int64,
        .column_is_null = column_is_null,
        .leave_log = leave_log,
        .move_log = move_log};
    bool is_file = strcmp(path, ":memory:") != 0;
    if (mode == SHIRE_STORE_READ && !shire_file_exists(path)) {
        return SHIRE_FAIL(error, SHIRE_NOT_FOUND, "%s: there is no store yet; run `shire run`",
                          path);
    }
    shire_status status = is_file && mode == SHIRE_STORE_WRITE ? make_file(path, error) : SHIRE_OK;
    if (status != SHIRE_OK) {
        return status;
    }
    size_t path_bytes = strlen(path) + 1;
    sqlite_store *store = shire_memory_resize(NULL, sizeof *store);
    char *name = shire_memory_resize(NULL, path_bytes);
    if (store == NULL || name == NULL) {
        shire_memory_free(store);
        shire_memory_free(name);
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the store");
    }
    memcpy(name, path, path_bytes);
    *store = (sqlite_store){.base = {.driver = &driver, .name = name}};
    status = set_up(&store->base, mode, error);
    if (status != SHIRE_OK) {
        close_store(&store->base);
        return status;
    }
    *store_out = &store->base;
    return SHIRE_OK;
}
