/*
 * The store on SQLite. Opening sets the connection up and, for writers, applies the migrations that
 * the store has not seen, all of them in one transaction. A statement keeps which of the library's
 * parameters is $1, $2, ..., for the library numbers them as they come.
 */
#include "io/store.h"

#include "core/arena.h"
#include "io/file.h"
#include "io/store_migrations.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BUSY_MILLISECONDS 10000

struct shire_store {
    sqlite3 *database;
    char *path;
    bool in_transaction;
};

struct shire_store_statement {
    shire_store *store;
    sqlite3_stmt *prepared;
    int places[SHIRE_STORE_PARAMETERS_MAX + 1]; /* of $N; 0 where the SQL has no $N */
    bool failed;                                /* a bind ran out of memory */
};

static const struct {
    const char *sql;
} migrations[] = {{shire_migration_0001}, {shire_migration_0002}};
#define MIGRATION_COUNT ((int64_t)(sizeof migrations / sizeof migrations[0]))

/* The library's message quotes SQL of ours, never data; for those that users meet there is a
 * sentence that says what to do. */
static shire_status fail(const shire_store *store, shire_error *error) {
    int code = sqlite3_extended_errcode(store->database);
    switch (code & 0xFF) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "%s: the store is damaged; put a backup of it in its place, or move it "
                          "away to begin with an empty one",
                          store->path);
    case SQLITE_FULL:
        return SHIRE_FAIL(error, SHIRE_IO_FAILED, "%s: the disk is full; make room and try again",
                          store->path);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return SHIRE_FAIL(error, SHIRE_BUSY,
                          "%s: another program is writing to the store; try again when it is done",
                          store->path);
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
        return SHIRE_FAIL(error, SHIRE_IO_FAILED,
                          "%s: the store cannot be opened or written; make it and its folder "
                          "writable",
                          store->path);
    case SQLITE_NOMEM:
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the store");
    case SQLITE_IOERR:
        return SHIRE_FAIL(error, SHIRE_IO_FAILED, "%s: the store cannot be read or written: %s",
                          store->path,
                          sqlite3_system_errno(store->database) != 0
                              ? strerror(sqlite3_system_errno(store->database))
                              : sqlite3_errstr(code));
    default:
        return SHIRE_FAIL(error, SHIRE_INTERNAL, "%s: %s", store->path,
                          sqlite3_errmsg(store->database));
    }
}

shire_status shire_store_execute(shire_store *store, const char *sql, shire_error *error) {
    return sqlite3_exec(store->database, sql, NULL, NULL, NULL) == SQLITE_OK ? SHIRE_OK
                                                                             : fail(store, error);
}

/* ---- opening ---- */

/* The library would make the file readable to all. */
static shire_status make_file(const char *path, shire_error *error) {
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) {
        return SHIRE_FAIL(error, SHIRE_IO_FAILED,
                          "%s: cannot be made: %s; make its folder writable", path,
                          strerror(errno));
    }
    close(file);
    return SHIRE_OK;
}

static shire_status read_version(shire_store *store, int64_t *version_out, shire_error *error) {
    int64_t has_table = 0;
    shire_status status = shire_store_query_int64(
        store, "SELECT count(*) FROM sqlite_master WHERE name = 'schema_migration'", &has_table,
        error);
    *version_out = 0;
    return status == SHIRE_OK && has_table > 0
               ? shire_store_query_int64(store, "SELECT max(number) FROM schema_migration",
                                         version_out, error)
               : status;
}

static shire_status migrate(shire_store *store, shire_store_mode mode, shire_error *error) {
    int64_t version = 0;
    shire_status status = read_version(store, &version, error);
    if (status != SHIRE_OK) {
        return status;
    }
    if (version > MIGRATION_COUNT) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "%s: the store is of a newer program (schema %lld, this one knows %lld); "
                          "use that program",
                          store->path, (long long)version, (long long)MIGRATION_COUNT);
    }
    if (version == MIGRATION_COUNT) {
        return SHIRE_OK;
    }
    if (mode == SHIRE_STORE_READ) {
        return SHIRE_FAIL(error, SHIRE_NOT_FOUND,
                          "%s: the store is empty or of an older program; `shire run` brings it up "
                          "to date",
                          store->path);
    }
    status = shire_store_begin(store, error);
    if (status == SHIRE_OK) { /* another process may have been first */
        status = read_version(store, &version, error);
    }
    if (status == SHIRE_OK) {
        status = shire_store_execute(store,
                                     "CREATE TABLE IF NOT EXISTS schema_migration (number BIGINT "
                                     "PRIMARY KEY)",
                                     error);
    }
    for (int64_t number = version; status == SHIRE_OK && number < MIGRATION_COUNT; number++) {
        char record[80];
        snprintf(record, sizeof record, "INSERT INTO schema_migration VALUES (%lld)",
                 (long long)number + 1);
        status = shire_store_execute(store, migrations[number].sql, error);
        if (status == SHIRE_OK) {
            status = shire_store_execute(store, record, error);
        }
    }
    if (status == SHIRE_OK) {
        return shire_store_commit(store, error);
    }
    shire_store_rollback(store);
    return status;
}

static shire_status set_up(shire_store *store, shire_store_mode mode, shire_error *error) {
    /* Also a reader opens for writing: only so does closing leave no log behind. */
    if (sqlite3_open_v2(store->path, &store->database, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) {
        return store->database == NULL
                   ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the store")
                   : fail(store, error);
    }
    sqlite3_extended_result_codes(store->database, 1);
    sqlite3_busy_timeout(store->database, BUSY_MILLISECONDS);
    shire_status status = shire_store_execute(
        store, "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536",
        error);
    if (status == SHIRE_OK && mode == SHIRE_STORE_WRITE) {
        status = shire_store_execute(store, "PRAGMA journal_mode = WAL", error);
    }
    return status == SHIRE_OK ? migrate(store, mode, error) : status;
}

shire_status shire_store_open(const char *where, shire_store_mode mode, shire_store **store_out,
                              shire_error *error) {
    if (strncmp(where, "postgres://", 11) == 0 || strncmp(where, "postgresql://", 13) == 0) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "this program keeps its store in a file; give a path, not a URL");
    }
    if (mode == SHIRE_STORE_READ && !shire_file_exists(where)) {
        return SHIRE_FAIL(error, SHIRE_NOT_FOUND, "%s: there is no store yet; run `shire run`",
                          where);
    }
    shire_status status = mode == SHIRE_STORE_WRITE ? make_file(where, error) : SHIRE_OK;
    if (status != SHIRE_OK) {
        return status;
    }
    size_t path_bytes = strlen(where) + 1;
    shire_store *store = shire_memory_resize(NULL, sizeof *store);
    char *path = shire_memory_resize(NULL, path_bytes);
    if (store == NULL || path == NULL) {
        shire_memory_free(store);
        shire_memory_free(path);
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the store");
    }
    memcpy(path, where, path_bytes);
    *store = (shire_store){.path = path};
    status = set_up(store, mode, error);
    if (status != SHIRE_OK) {
        shire_store_close(store);
        return status;
    }
    *store_out = store;
    return SHIRE_OK;
}

void shire_store_close(shire_store *store) {
    if (store == NULL) {
        return;
    }
    shire_store_rollback(store);
    sqlite3_close_v2(store->database);
    shire_memory_free(store->path);
    shire_memory_free(store);
}

/* ---- transactions ---- */

shire_status shire_store_begin(shire_store *store, shire_error *error) {
    assert(!store->in_transaction);
    shire_status status = shire_store_execute(store, "BEGIN IMMEDIATE", error);
    store->in_transaction = status == SHIRE_OK;
    return status;
}

shire_status shire_store_commit(shire_store *store, shire_error *error) {
    assert(store->in_transaction);
    shire_status status = shire_store_execute(store, "COMMIT", error);
    if (status != SHIRE_OK) {
        shire_store_rollback(store);
    }
    store->in_transaction = false;
    return status;
}

void shire_store_rollback(shire_store *store) {
    if (store->in_transaction) {
        shire_error ignored; /* what failed before is what counts; the library undoes it then too */
        (void)!shire_store_execute(store, "ROLLBACK", &ignored);
        store->in_transaction = false;
    }
}

shire_status shire_store_savepoint(shire_store *store, shire_error *error) {
    assert(store->in_transaction);
    return shire_store_execute(store, "SAVEPOINT part", error);
}

shire_status shire_store_keep(shire_store *store, shire_error *error) {
    return shire_store_execute(store, "RELEASE SAVEPOINT part", error);
}

shire_status shire_store_undo(shire_store *store, shire_error *error) {
    shire_status status = shire_store_execute(store, "ROLLBACK TO SAVEPOINT part", error);
    return status == SHIRE_OK ? shire_store_keep(store, error) : status;
}

/* ---- statements ---- */

shire_status shire_store_prepare(shire_store *store, const char *sql,
                                 shire_store_statement **statement_out, shire_error *error) {
    shire_store_statement *statement = shire_memory_resize(NULL, sizeof *statement);
    if (statement == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the store");
    }
    *statement = (shire_store_statement){.store = store};
    if (sqlite3_prepare_v3(store->database, sql, -1, SQLITE_PREPARE_PERSISTENT,
                           &statement->prepared, NULL) != SQLITE_OK) {
        shire_memory_free(statement);
        return fail(store, error);
    }
    for (int parameter = 1; parameter <= SHIRE_STORE_PARAMETERS_MAX; parameter++) {
        char name[8];
        snprintf(name, sizeof name, "$%d", parameter);
        statement->places[parameter] = sqlite3_bind_parameter_index(statement->prepared, name);
    }
    *statement_out = statement;
    return SHIRE_OK;
}

void shire_store_finalize(shire_store_statement *statement) {
    if (statement != NULL) {
        sqlite3_finalize(statement->prepared);
        shire_memory_free(statement);
    }
}

static int place_of(const shire_store_statement *statement, int parameter) {
    assert(parameter >= 1 && parameter <= SHIRE_STORE_PARAMETERS_MAX);
    assert(statement->places[parameter] > 0);
    return statement->places[parameter];
}

void shire_store_bind_text(shire_store_statement *statement, int parameter, shire_span text) {
    statement->failed |= sqlite3_bind_text64(statement->prepared, place_of(statement, parameter),
                                             text.length == 0 ? "" : text.bytes, text.length,
                                             SQLITE_TRANSIENT, SQLITE_UTF8) != SQLITE_OK;
}

void shire_store_bind_int64(shire_store_statement *statement, int parameter, int64_t value) {
    statement->failed |=
        sqlite3_bind_int64(statement->prepared, place_of(statement, parameter), value) != SQLITE_OK;
}

void shire_store_bind_null(shire_store_statement *statement, int parameter) {
    statement->failed |=
        sqlite3_bind_null(statement->prepared, place_of(statement, parameter)) != SQLITE_OK;
}

shire_status shire_store_step(shire_store_statement *statement, bool *has_row_out,
                              shire_error *error) {
    if (statement->failed) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the store");
    }
    int code = sqlite3_step(statement->prepared);
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        return fail(statement->store, error);
    }
    *has_row_out = code == SQLITE_ROW;
    return SHIRE_OK;
}

void shire_store_reset(shire_store_statement *statement) {
    sqlite3_reset(statement->prepared);
}

shire_status shire_store_run(shire_store_statement *statement, shire_error *error) {
    bool has_row = false;
    shire_status status = shire_store_step(statement, &has_row, error);
    shire_store_reset(statement);
    return status;
}

shire_span shire_store_column_text(const shire_store_statement *statement, int column) {
    const char *bytes = (const char *)sqlite3_column_text(statement->prepared, column);
    return (shire_span){bytes == NULL ? "" : bytes,
                        (size_t)sqlite3_column_bytes(statement->prepared, column)};
}

int64_t shire_store_column_int64(const shire_store_statement *statement, int column) {
    return sqlite3_column_int64(statement->prepared, column);
}

bool shire_store_column_is_null(const shire_store_statement *statement, int column) {
    return sqlite3_column_type(statement->prepared, column) == SQLITE_NULL;
}

shire_status shire_store_query_int64(shire_store *store, const char *sql, int64_t *value_out,
                                     shire_error *error) {
    shire_store_statement *statement = NULL;
    bool has_row = false;
    shire_status status = shire_store_prepare(store, sql, &statement, error);
    if (status == SHIRE_OK) {
        status = shire_store_step(statement, &has_row, error);
    }
    if (status == SHIRE_OK) {
        *value_out = has_row ? shire_store_column_int64(statement, 0) : 0;
    }
    shire_store_finalize(statement);
    return status;
}
