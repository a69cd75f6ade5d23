/*
 * The store on PostgreSQL. Results come row by row, so that a big read needs no memory; when
 * another statement wants the connection meanwhile, the rest of the first is read into memory. A
 * connection that was lost is made anew where that cannot do anything twice: when a transaction
 * begins, and for a SELECT outside one. Everything else fails with a sentence and is the caller's
 * to try again.
 *
 * Writers take turns by an advisory lock of the schema, as a file has one writer.
 */
#include "io/store_internal.h"

#include "core/arena.h"
#include "io/store_postgres_internal.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INT64_TEXT_BYTES 24
#define TEXT_TYPE 25  /* the server's number of it */
#define SENT_MAX 1000 /* statements whose outcomes wait; they fit into the buffers on the way */

/* ---- requests outside prepared statements ---- */

static shire_status drain(postgres_store *store, shire_error *error);

static bool is_lost(const postgres_store *store) {
    return PQstatus(store->connection) != CONNECTION_OK;
}

static shire_status request(postgres_store *store, const char *sql, shire_error *error) {
    shire_status status = drain(store, error);
    if (status != SHIRE_OK && strncmp(sql, "ROLLBACK", 8) != 0) {
        return status;
    }
    PGresult *result = PQexec(store->connection, sql);
    ExecStatusType code = PQresultStatus(result);
    status = code == PGRES_COMMAND_OK || code == PGRES_TUPLES_OK
                 ? SHIRE_OK
                 : shire_postgres_fail(store, result, error);
    PQclear(result);
    return status;
}

static shire_status execute(shire_store *base, const char *sql, shire_error *error) {
    postgres_store *store = (postgres_store *)base;
    shire_status status =
        is_lost(store) && !base->in_transaction ? shire_postgres_reconnect(store, error) : SHIRE_OK;
    return status == SHIRE_OK ? request(store, sql, error) : status;
}

/* ---- transactions ---- */

#define TAKE_PLACE "BEGIN; SELECT pg_advisory_xact_lock(7368, hashtext(current_schema()))"
#define DEFER_REFERENCES                                                                           \
    "; DO $$ DECLARE r record; BEGIN FOR r IN SELECT conrelid::regclass AS t, conname FROM "       \
    "pg_constraint WHERE contype = 'f' AND NOT condeferrable AND connamespace = "                  \
    "current_schema()::regnamespace LOOP EXECUTE format('ALTER TABLE %s ALTER CONSTRAINT %I "      \
    "DEFERRABLE', r.t, r.conname); END LOOP; END $$; SET CONSTRAINTS ALL DEFERRED"

/* One that is locked out waits as long as lock_timeout says. */
static shire_status begin_once(postgres_store *store, shire_store_transaction kind,
                               shire_error *error) {
    static const char *const sql[] = {[SHIRE_STORE_TRANSACTION_WRITE] = TAKE_PLACE,
                                      [SHIRE_STORE_TRANSACTION_FILL] = TAKE_PLACE DEFER_REFERENCES,
                                      [SHIRE_STORE_TRANSACTION_SNAPSHOT] =
                                          "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"};
    shire_status status = request(store, sql[kind], error);
    if (status != SHIRE_OK && !is_lost(store)) {
        PQclear(PQexec(store->connection, "ROLLBACK"));
    }
    return status;
}

static shire_status begin(shire_store *base, shire_store_transaction kind, shire_error *error) {
    postgres_store *store = (postgres_store *)base;
    shire_status status = SHIRE_OK;
    if (!is_lost(store)) {
        status = begin_once(store, kind, error);
        if (status == SHIRE_OK || !is_lost(store)) {
            return status;
        }
    }
    status = shire_postgres_reconnect(store, error);
    return status == SHIRE_OK ? begin_once(store, kind, error) : status;
}

/*
 * Done is what the server calls COMMIT, without a warning: it answers ROLLBACK when the transaction
 * had failed, and warns when it gave up waiting for a synchronous standby. When the connection goes
 * meanwhile, nobody here knows what became of it.
 */
static shire_status commit(shire_store *base, shire_error *error) {
    postgres_store *store = (postgres_store *)base;
    shire_status status = drain(store, error);
    if (status != SHIRE_OK) {
        return status;
    }
    if (is_lost(store)) {
        return shire_postgres_fail(store, NULL, error);
    }
    store->has_warning = false;
    PGresult *result = PQexec(store->connection, "COMMIT");
    if (shire_postgres_is_gone(store, result)) {
        status = SHIRE_FAIL(error, SHIRE_IO_FAILED,
                            "%s: the connection was lost while the database server confirmed a "
                            "write; look whether it is there before trying again",
                            base->name);
    } else if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        status = shire_postgres_fail(store, result, error);
    } else if (strcmp(PQcmdStatus(result), "COMMIT") != 0) {
        status = SHIRE_FAIL(error, SHIRE_IO_FAILED,
                            "%s: the transaction had failed before, and was undone; try again",
                            base->name);
    } else if (store->has_warning) {
        status = SHIRE_FAIL(error, SHIRE_IO_FAILED,
                            "%s: a write is on the database server and perhaps not on its standby; "
                            "look whether it is there before trying again",
                            base->name);
    }
    PQclear(result);
    return status;
}

static void rollback(shire_store *base) {
    shire_error ignored; /* what failed before is what counts */
    (void)!request((postgres_store *)base, "ROLLBACK", &ignored);
}

/* ---- statements ---- */

static postgres_store *store_of(const shire_store_statement *statement) {
    return (postgres_store *)statement->store;
}

static shire_status prepare(shire_store *base, const char *sql,
                            shire_store_statement **statement_out, shire_error *error) {
    postgres_statement *statement = shire_memory_resize(NULL, sizeof *statement);
    if (statement == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the store");
    }
    *statement = (postgres_statement){.number = ++((postgres_store *)base)->statement_count};
    for (int i = 0; i < SHIRE_STORE_PARAMETERS_MAX; i++) {
        char parameter[8];
        int length = snprintf(parameter, sizeof parameter, "$%d", i + 1);
        const char *at = strstr(sql, parameter);
        while (at != NULL && at[length] >= '0' && at[length] <= '9') {
            at = strstr(at + 1, parameter);
        }
        /* The server cannot tell the type of one that is not used. */
        statement->types[i] = at == NULL ? TEXT_TYPE : 0;
    }
    *statement_out = &statement->base;
    return SHIRE_OK;
}

static void clear_rows(postgres_statement *statement) {
    PQclear(statement->row);
    statement->row = NULL;
    while (statement->next_row < statement->row_count) {
        PQclear(statement->rows[statement->next_row++]);
    }
    statement->row_count = 0;
    statement->next_row = 0;
}

/* Read to the end what the server still sends, and forget it. */
static void discard(postgres_store *store) {
    PGresult *result = NULL;
    while ((result = PQgetResult(store->connection)) != NULL) {
        PQclear(result);
    }
    store->streaming = NULL;
}

static void reset(shire_store_statement *base) {
    postgres_statement *statement = (postgres_statement *)base;
    postgres_store *store = store_of(base);
    if (store->streaming == statement) {
        discard(store);
    }
    clear_rows(statement);
    statement->state = POSTGRES_IDLE;
}

static void finalize(shire_store_statement *base) {
    postgres_statement *statement = (postgres_statement *)base;
    postgres_store *store = store_of(base);
    char sql[40];
    reset(base);
    if (statement->session == store->session && !is_lost(store) && !store->base.is_closing) {
        snprintf(sql, sizeof sql, "DEALLOCATE s%" PRIu64, statement->number);
        if (store->streaming == NULL && store->sent_count == 0) { /* else it stays: it is small */
            PQclear(PQexec(store->connection, sql));
        }
    }
    for (int i = 0; i < SHIRE_STORE_PARAMETERS_MAX; i++) {
        shire_memory_free(statement->buffers[i]);
    }
    shire_memory_free(statement->rows);
    shire_memory_free(statement);
}

static bool keep_row(postgres_statement *statement, PGresult *row) {
    if (statement->row_count == statement->row_capacity) {
        size_t capacity = statement->row_capacity * 2 + 16;
        PGresult **rows = shire_memory_resize(statement->rows, capacity * sizeof *rows);
        if (rows == NULL) {
            return false;
        }
        statement->rows = rows;
        statement->row_capacity = capacity;
    }
    statement->rows[statement->row_count++] = row;
    return true;
}

/* Take the rest of the statement that streams into memory, so that the connection is free. */
static void take_rest(postgres_store *store) {
    postgres_statement *statement = store->streaming;
    PGresult *result = NULL;
    if (statement == NULL) {
        return;
    }
    statement->state = POSTGRES_DRAINED;
    while ((result = PQgetResult(store->connection)) != NULL) {
        ExecStatusType code = PQresultStatus(result);
        if (code == PGRES_SINGLE_TUPLE && statement->state == POSTGRES_DRAINED) {
            if (keep_row(statement, result)) {
                continue;
            }
            statement->state = POSTGRES_FAILED;
            statement->failure = SHIRE_FAIL(&statement->error, SHIRE_NO_MEMORY,
                                            "no memory for what the store holds");
        } else if (code != PGRES_SINGLE_TUPLE && code != PGRES_TUPLES_OK &&
                   code != PGRES_COMMAND_OK && statement->state == POSTGRES_DRAINED) {
            statement->state = POSTGRES_FAILED;
            statement->failure = shire_postgres_fail(store, result, &statement->error);
        }
        PQclear(result);
    }
    store->streaming = NULL;
}

/* Read the outcome of all that was sent; the first failure is told. */
static shire_status settle(shire_store *base, shire_error *error) {
    postgres_store *store = (postgres_store *)base;
    shire_status status = SHIRE_OK;
    if (store->sent_count == 0) {
        return SHIRE_OK;
    }
    bool is_over = PQpipelineSync(store->connection) != 1;
    if (is_over) {
        status = shire_postgres_fail(store, NULL, error);
    }
    while (!is_over) { /* an end between two statements is told by NULL */
        PGresult *result = PQgetResult(store->connection);
        ExecStatusType code = PQresultStatus(result);
        is_over = code == PGRES_PIPELINE_SYNC || is_lost(store);
        if (status == SHIRE_OK && result != NULL && code != PGRES_COMMAND_OK &&
            code != PGRES_TUPLES_OK && code != PGRES_PIPELINE_SYNC) {
            status = shire_postgres_fail(store, result, error);
        }
        PQclear(result);
    }
    if (status == SHIRE_OK && is_lost(store)) {
        status = shire_postgres_fail(store, NULL, error);
    }
    store->sent_count = 0;
    (void)PQexitPipelineMode(store->connection);
    return status;
}

/* Make the connection free for the next request. */
static shire_status drain(postgres_store *store, shire_error *error) {
    take_rest(store);
    return settle(&store->base, error);
}

static shire_status prepare_there(postgres_store *store, postgres_statement *statement,
                                  const char *name, shire_error *error) {
    if (statement->session == store->session) {
        return SHIRE_OK;
    }
    shire_status status = drain(store, error);
    if (status != SHIRE_OK) {
        return status;
    }
    PGresult *result = PQprepare(store->connection, name, statement->base.sql,
                                 statement->base.parameter_count, statement->types);
    status = PQresultStatus(result) == PGRES_COMMAND_OK ? SHIRE_OK
                                                        : shire_postgres_fail(store, result, error);
    PQclear(result);
    if (status == SHIRE_OK) {
        statement->session = store->session;
    }
    return status;
}

static shire_status send_once(postgres_store *store, postgres_statement *statement,
                              shire_error *error) {
    char name[32];
    snprintf(name, sizeof name, "s%" PRIu64, statement->number);
    shire_status status = prepare_there(store, statement, name, error);
    if (status == SHIRE_OK &&
        PQsendQueryPrepared(store->connection, name, statement->base.parameter_count,
                            statement->values, statement->lengths, NULL, 0) != 1) {
        status = shire_postgres_fail(store, NULL, error);
    }
    return status;
}

static shire_status ask(postgres_store *store, postgres_statement *statement, shire_error *error) {
    shire_status status = send_once(store, statement, error);
    if (status == SHIRE_OK) {
        (void)PQsetSingleRowMode(store->connection);
        store->streaming = statement;
        statement->state = POSTGRES_STREAMING;
    }
    return status;
}

/* The next row of the stream, or its end. */
static shire_status receive(postgres_store *store, postgres_statement *statement, bool *has_row_out,
                            shire_error *error) {
    PGresult *result = PQgetResult(store->connection);
    ExecStatusType code = PQresultStatus(result);
    if (code == PGRES_SINGLE_TUPLE) {
        statement->row = result;
        *has_row_out = true;
        return SHIRE_OK;
    }
    shire_status status = code == PGRES_TUPLES_OK || code == PGRES_COMMAND_OK
                              ? SHIRE_OK
                              : shire_postgres_fail(store, result, error);
    PQclear(result);
    discard(store);
    statement->state = POSTGRES_IDLE;
    if (status == SHIRE_OK) {
        *has_row_out = false;
    }
    return status;
}

static shire_status start(postgres_store *store, postgres_statement *statement, bool *has_row_out,
                          shire_error *error) {
    bool can_repeat =
        !store->base.in_transaction && strncmp(statement->base.sql, "SELECT ", 7) == 0;
    shire_status status = drain(store, error);
    if (status != SHIRE_OK) {
        return status;
    }
    if (!is_lost(store)) {
        status = ask(store, statement, error);
        if (status == SHIRE_OK) {
            status = receive(store, statement, has_row_out, error);
        }
        if (status == SHIRE_OK || !is_lost(store) || !can_repeat) {
            return status;
        }
    } else if (store->base.in_transaction) {
        return shire_postgres_fail(store, NULL, error);
    }
    status = shire_postgres_reconnect(store, error);
    if (status == SHIRE_OK) {
        status = ask(store, statement, error);
    }
    return status == SHIRE_OK ? receive(store, statement, has_row_out, error) : status;
}

static shire_status step(shire_store_statement *base, bool *has_row_out, shire_error *error) {
    postgres_statement *statement = (postgres_statement *)base;
    PQclear(statement->row);
    statement->row = NULL;
    switch (statement->state) {
    case POSTGRES_IDLE:
        return start(store_of(base), statement, has_row_out, error);
    case POSTGRES_STREAMING:
        return receive(store_of(base), statement, has_row_out, error);
    case POSTGRES_DRAINED:
    case POSTGRES_FAILED:
        break;
    }
    *has_row_out = statement->next_row < statement->row_count;
    if (*has_row_out) {
        statement->row = statement->rows[statement->next_row++];
        return SHIRE_OK;
    }
    bool has_failed = statement->state == POSTGRES_FAILED;
    clear_rows(statement);
    statement->state = POSTGRES_IDLE;
    return has_failed ? SHIRE_FAIL(error, statement->failure, "%s", statement->error.message)
                      : SHIRE_OK;
}

/* Statements go out one after another, and their outcomes are read together. */
static shire_status send_many(shire_store_statement *base, shire_error *error) {
    postgres_statement *statement = (postgres_statement *)base;
    postgres_store *store = store_of(base);
    char name[32];
    reset(base);
    take_rest(store);
    if (is_lost(store)) {
        return shire_postgres_fail(store, NULL, error);
    }
    snprintf(name, sizeof name, "s%" PRIu64, statement->number);
    shire_status status = prepare_there(store, statement, name, error);
    if (status == SHIRE_OK && store->sent_count == 0 &&
        PQenterPipelineMode(store->connection) != 1) {
        status = shire_postgres_fail(store, NULL, error);
    }
    if (status == SHIRE_OK) {
        store->sent_count++;
        status = send_once(store, statement, error);
    }
    return status == SHIRE_OK && store->sent_count == SENT_MAX ? settle(base->store, error)
                                                               : status;
}

/* ---- parameters and columns: all as text ---- */

static char *buffer_of(postgres_statement *statement, int parameter, size_t byte_count) {
    int place = parameter - 1;
    if (statement->capacities[place] < byte_count) {
        char *grown = shire_memory_resize(statement->buffers[place], byte_count + byte_count / 2);
        if (grown == NULL) {
            statement->base.has_no_memory = true;
            return NULL;
        }
        statement->buffers[place] = grown;
        statement->capacities[place] = byte_count + byte_count / 2;
    }
    statement->values[place] = statement->buffers[place];
    return statement->buffers[place];
}

/* A statement is bound again and again, so one unfit text must not outlast its call. */
static void note_fitness(shire_store_statement *base, int parameter, bool is_fit) {
    uint32_t bit = UINT32_C(1) << (parameter - 1);
    base->unfit = is_fit ? base->unfit & ~bit : base->unfit | bit;
}

static void bind_text(shire_store_statement *base, int parameter, shire_span text) {
    postgres_statement *statement = (postgres_statement *)base;
    char *buffer = buffer_of(statement, parameter, text.length + 1);
    note_fitness(base, parameter,
                 text.length == 0 || memchr(text.bytes, '\0', text.length) == NULL);
    if (buffer != NULL) {
        memcpy(buffer, text.length == 0 ? "" : text.bytes, text.length);
        buffer[text.length] = '\0';
    }
}

static void bind_int64(shire_store_statement *base, int parameter, int64_t value) {
    char *buffer = buffer_of((postgres_statement *)base, parameter, INT64_TEXT_BYTES);
    note_fitness(base, parameter, true);
    if (buffer != NULL) {
        snprintf(buffer, INT64_TEXT_BYTES, "%" PRId64, value);
    }
}

static void bind_null(shire_store_statement *base, int parameter) {
    note_fitness(base, parameter, true);
    ((postgres_statement *)base)->values[parameter - 1] = NULL;
}

static shire_span column_text(const shire_store_statement *base, int column) {
    const PGresult *row = ((const postgres_statement *)base)->row;
    return (shire_span){PQgetvalue(row, 0, column), (size_t)PQgetlength(row, 0, column)};
}

static int64_t column_int64(const shire_store_statement *base, int column) {
    const char *text = PQgetvalue(((const postgres_statement *)base)->row, 0, column);
    return *text == 't' ? 1 : strtoll(text, NULL, 10); /* true is 1, as in SQLite */
}

static bool column_is_null(const shire_store_statement *base, int column) {
    return PQgetisnull(((const postgres_statement *)base)->row, 0, column) == 1;
}

static void close_store(shire_store *base) {
    shire_postgres_disconnect((postgres_store *)base);
}

const shire_store_driver shire_store_postgres_driver = {
    .is_server = true,
    .count_schema_sql = "SELECT count(*) FROM pg_class WHERE oid = to_regclass('schema_migration')",
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
    .send = send_many,
    .settle = settle,
    .column_text = column_text,
    .column_int64 = column_int64,
    .column_is_null = column_is_null};
