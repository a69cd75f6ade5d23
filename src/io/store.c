/*
 * What stores of all kinds share. Opening applies, for writers, the migrations that the store has
 * not seen, all of them in one transaction. A statement that is finalized is kept to be used again
 * by the next caller with the same SQL, so that nobody has to hold on to one.
 */
#include "io/store.h"

#include "core/arena.h"
#include "io/file.h"
#include "io/store_internal.h"
#include "io/store_migrations.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *sql;
} migrations[] = {{shire_migration_0001}, {shire_migration_0002}, {shire_migration_0003},
                  {shire_migration_0004}, {shire_migration_0005}, {shire_migration_0006},
                  {shire_migration_0007}, {shire_migration_0008}};
#define MIGRATION_COUNT ((int64_t)(sizeof migrations / sizeof migrations[0]))

/* ---- opening ---- */

bool shire_store_is_url(const char *where) {
    return strncmp(where, "postgres://", 11) == 0 || strncmp(where, "postgresql://", 13) == 0;
}

static shire_status read_version(shire_store *store, int64_t *version_out, shire_error *error) {
    int64_t has_table = 0;
    shire_status status =
        shire_store_query_int64(store, store->driver->count_schema_sql, &has_table, error);
    *version_out = 0;
    return status == SHIRE_OK && has_table > 0
               ? shire_store_query_int64(store, "SELECT max(number) FROM schema_migration",
                                         version_out, error)
               : status;
}

static shire_status refuse_newer(const shire_store *store, int64_t version, shire_error *error) {
    return version <= MIGRATION_COUNT
               ? SHIRE_OK
               : SHIRE_FAIL(error, SHIRE_INVALID,
                            "%s: the store is of a newer program (schema %lld, this one knows "
                            "%lld); use that program",
                            store->name, (long long)version, (long long)MIGRATION_COUNT);
}

static shire_status migrate(shire_store *store, shire_store_mode mode, shire_error *error) {
    int64_t version = 0;
    shire_status status = read_version(store, &version, error);
    if (status == SHIRE_OK) {
        status = refuse_newer(store, version, error);
    }
    if (status != SHIRE_OK || version == MIGRATION_COUNT) {
        return status;
    }
    if (mode == SHIRE_STORE_READ) {
        return SHIRE_FAIL(error, SHIRE_NOT_FOUND,
                          "%s: the store is empty or of an older program; `shire run` brings it up "
                          "to date",
                          store->name);
    }
    status = shire_store_begin(store, error);
    if (status == SHIRE_OK) { /* another process may have been first */
        status = read_version(store, &version, error);
    }
    if (status == SHIRE_OK) {
        status = refuse_newer(store, version, error);
    }
    if (status == SHIRE_OK && version == 0) {
        status = shire_store_execute(
            store, "CREATE TABLE IF NOT EXISTS schema_migration (number BIGINT PRIMARY KEY)",
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

static shire_status connect_store(const char *where, shire_store_mode mode, shire_store **store_out,
                                  shire_error *error) {
    return shire_store_is_url(where) ? shire_store_open_postgres(where, mode, store_out, error)
                                     : shire_store_open_sqlite(where, mode, store_out, error);
}

shire_status shire_store_open(const char *where, shire_store_mode mode, shire_store **store_out,
                              shire_error *error) {
    shire_store *store = NULL;
    shire_status status = connect_store(where, mode, &store, error);
    if (status == SHIRE_OK) {
        status = migrate(store, mode, error);
    }
    if (status != SHIRE_OK) {
        shire_store_close(store);
        return status;
    }
    *store_out = store;
    return SHIRE_OK;
}

shire_status shire_store_exists(const char *where, bool *exists_out, shire_error *error) {
    if (!shire_store_is_url(where)) {
        *exists_out = shire_file_exists(where);
        return SHIRE_OK;
    }
    shire_store *store = NULL;
    int64_t version = 0;
    shire_status status = connect_store(where, SHIRE_STORE_READ, &store, error);
    if (status == SHIRE_OK) {
        status = read_version(store, &version, error);
    }
    shire_store_close(store);
    if (status == SHIRE_OK) {
        *exists_out = version > 0;
    }
    return status;
}

bool shire_store_has_password(const char *where) {
    return shire_store_is_url(where) && shire_store_url_has_password(where);
}

static void finalize_whole(shire_store_statement *statement) {
    char *sql = statement->sql;
    statement->store->driver->finalize(statement);
    shire_memory_free(sql);
}

void shire_store_close(shire_store *store) {
    if (store == NULL) {
        return;
    }
    shire_store_rollback(store);
    store->is_closing = true;
    for (size_t i = 0; i < store->kept_count; i++) {
        finalize_whole(store->kept[i]);
    }
    store->driver->close(store);
}

/* ---- transactions ---- */

static shire_status begin(shire_store *store, shire_store_transaction kind, shire_error *error) {
    assert(!store->in_transaction);
    store->found_no_room = false;
    shire_status status = store->driver->begin(store, kind, error);
    store->in_transaction = status == SHIRE_OK;
    store->is_kept = false;
    store->number_count = 0;
    return status;
}

shire_status shire_store_execute(shire_store *store, const char *sql, shire_error *error) {
    return store->driver->execute(store, sql, error);
}

shire_status shire_store_begin(shire_store *store, shire_error *error) {
    return begin(store, SHIRE_STORE_TRANSACTION_WRITE, error);
}

shire_status shire_store_begin_filling(shire_store *store, shire_error *error) {
    return begin(store, SHIRE_STORE_TRANSACTION_FILL, error);
}

shire_status shire_store_snapshot(shire_store *store, shire_error *error) {
    return begin(store, SHIRE_STORE_TRANSACTION_SNAPSHOT, error);
}

shire_status shire_store_commit(shire_store *store, shire_error *error) {
    assert(store->in_transaction);
    shire_status status = store->driver->commit(store, error);
    if (status != SHIRE_OK) {
        shire_store_rollback(store);
    }
    store->in_transaction = false;
    return status;
}

void shire_store_rollback(shire_store *store) {
    if (store->in_transaction) {
        store->driver->rollback(store);
        store->in_transaction = false;
    }
}

bool shire_store_leave_log(shire_store *store) {
    return store->driver->leave_log != NULL && store->driver->leave_log(store);
}

int64_t shire_store_log_pages(const shire_store *store) {
    return store->log_pages;
}

int64_t shire_store_move_log(shire_store *store) {
    assert(!store->in_transaction);
    return store->driver->move_log != NULL ? store->driver->move_log(store) : 0;
}

/* A part that was kept is released by the next savepoint, or by the end of the transaction: one
 * question less to a server for each of many parts. */
shire_status shire_store_savepoint(shire_store *store, shire_error *error) {
    assert(store->in_transaction);
    shire_status status = shire_store_execute(
        store, store->is_kept ? "RELEASE SAVEPOINT part; SAVEPOINT part" : "SAVEPOINT part", error);
    store->is_kept = false;
    return status;
}

void shire_store_keep(shire_store *store) {
    store->is_kept = true;
}

shire_status shire_store_undo(shire_store *store, shire_error *error) {
    store->number_count = 0;
    return shire_store_execute(store, "ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part", error);
}

/* ---- statements ---- */

static int count_parameters(const char *sql) {
    int most = 0;
    for (const char *at = strchr(sql, '$'); at != NULL; at = strchr(at + 1, '$')) {
        int number = 0;
        for (const char *digit = at + 1; *digit >= '0' && *digit <= '9' && number < 1000; digit++) {
            number = number * 10 + (*digit - '0');
        }
        most = number > most ? number : most;
    }
    return most;
}

static shire_store_statement *take_kept(shire_store *store, const char *sql, uint64_t hash) {
    for (size_t i = 0; i < store->kept_count; i++) {
        shire_store_statement *kept = store->kept[i];
        if (kept->sql_hash == hash && strcmp(kept->sql, sql) == 0) {
            store->kept[i] = store->kept[--store->kept_count];
            return kept;
        }
    }
    return NULL;
}

shire_status shire_store_prepare(shire_store *store, const char *sql,
                                 shire_store_statement **statement_out, shire_error *error) {
    size_t length = strlen(sql);
    uint64_t hash = shire_text_hash((shire_span){sql, length}, 0);
    shire_store_statement *statement = take_kept(store, sql, hash);
    if (statement != NULL) {
        *statement_out = statement;
        return SHIRE_OK;
    }
    int parameter_count = count_parameters(sql);
    assert(parameter_count <= SHIRE_STORE_PARAMETERS_MAX);
    char *copy = shire_memory_resize(NULL, length + 1);
    if (copy == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the store");
    }
    memcpy(copy, sql, length + 1);
    shire_status status = store->driver->prepare(store, copy, &statement, error);
    if (status != SHIRE_OK) {
        shire_memory_free(copy);
        return status;
    }
    statement->store = store;
    statement->sql = copy;
    statement->sql_hash = hash;
    statement->parameter_count = parameter_count;
    *statement_out = statement;
    return SHIRE_OK;
}

void shire_store_finalize(shire_store_statement *statement) {
    if (statement == NULL) {
        return;
    }
    shire_store *store = statement->store;
    if (statement->has_no_memory) {
        finalize_whole(statement);
        return;
    }
    shire_store_reset(statement);
    for (int parameter = 1; parameter <= statement->parameter_count; parameter++) {
        store->driver->bind_null(statement, parameter);
    }
    if (store->kept_count < SHIRE_STORE_KEPT_MAX) {
        store->kept[store->kept_count++] = statement;
    } else {
        size_t place = store->next_evicted++ % SHIRE_STORE_KEPT_MAX;
        finalize_whole(store->kept[place]);
        store->kept[place] = statement;
    }
}

static void check_parameter(const shire_store_statement *statement, int parameter) {
    assert(parameter >= 1 && parameter <= statement->parameter_count);
    (void)statement;
    (void)parameter;
}

void shire_store_bind_text(shire_store_statement *statement, int parameter, shire_span text) {
    check_parameter(statement, parameter);
    statement->store->driver->bind_text(statement, parameter, text);
}

void shire_store_bind_int64(shire_store_statement *statement, int parameter, int64_t value) {
    check_parameter(statement, parameter);
    statement->store->driver->bind_int64(statement, parameter, value);
}

void shire_store_bind_null(shire_store_statement *statement, int parameter) {
    check_parameter(statement, parameter);
    statement->store->driver->bind_null(statement, parameter);
}

static shire_status check_bound(const shire_store_statement *statement, shire_error *error) {
    if (statement->has_no_memory) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the store");
    }
    return statement->unfit != 0
               ? SHIRE_FAIL(error, SHIRE_INVALID,
                            "%s: a text holds a byte 0, which this kind of store does not take; "
                            "remove it at its source",
                            statement->store->name)
               : SHIRE_OK;
}

shire_status shire_store_step(shire_store_statement *statement, bool *has_row_out,
                              shire_error *error) {
    shire_status status = check_bound(statement, error);
    return status == SHIRE_OK ? statement->store->driver->step(statement, has_row_out, error)
                              : status;
}

shire_status shire_store_send(shire_store_statement *statement, shire_error *error) {
    assert(statement->store->in_transaction);
    shire_status status = check_bound(statement, error);
    return status == SHIRE_OK ? statement->store->driver->send(statement, error) : status;
}

shire_status shire_store_settle(shire_store *store, shire_error *error) {
    return store->driver->settle(store, error);
}

void shire_store_reset(shire_store_statement *statement) {
    statement->store->driver->reset(statement);
}

shire_status shire_store_run(shire_store_statement *statement, shire_error *error) {
    bool has_row = false;
    shire_status status = shire_store_step(statement, &has_row, error);
    shire_store_reset(statement);
    return status;
}

shire_span shire_store_column_text(const shire_store_statement *statement, int column) {
    return statement->store->driver->column_text(statement, column);
}

int64_t shire_store_column_int64(const shire_store_statement *statement, int column) {
    return statement->store->driver->column_int64(statement, column);
}

bool shire_store_column_is_null(const shire_store_statement *statement, int column) {
    return statement->store->driver->column_is_null(statement, column);
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

shire_status shire_store_next_number(shire_store *store, const char *query, int64_t *number_out,
                                     shire_error *error) {
    assert(store->in_transaction);
    for (size_t i = 0; i < store->number_count; i++) {
        if (store->numbers[i].query == query) {
            *number_out = ++store->numbers[i].last;
            return SHIRE_OK;
        }
    }
    int64_t last = 0;
    shire_status status = shire_store_query_int64(store, query, &last, error);
    if (status != SHIRE_OK) {
        return status;
    }
    if (store->number_count < SHIRE_STORE_NUMBERS_MAX) {
        store->numbers[store->number_count++] = (shire_store_number){query, last + 1};
    }
    *number_out = last + 1;
    return SHIRE_OK;
}
