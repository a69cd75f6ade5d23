/*
 * The store: lasting facts that no run can derive again, behind one thin interface. Either SQLite
 * in one file (mode 0600, write-ahead log) or a PostgreSQL database by URL; which one, only
 * shire_store_open knows. Every commit is on disk before it is told (on PostgreSQL also on the
 * standby, where the server has a synchronous one), and references hold.
 *
 * Callers' SQL is what both understand: parameters are $1, $2, ...; types TEXT and BIGINT; ON
 * CONFLICT as in both. Texts compare by their bytes. After a statement failed inside a transaction,
 * only undo or rollback may follow. The schema grows by the numbered files of sql/, applied in
 * their order when a store is opened for writing.
 *
 * A store is one connection: one thread at a time uses it and its statements; threads open their
 * own. Several processes may use one store: readers see the last commit, a writer waits for
 * another up to ten seconds. A lost connection is made anew by the next transaction, and by a
 * SELECT outside one; whatever was under way fails, and nothing that was told as done is lost.
 *
 * Errors are one sentence with the store's place: SHIRE_NOT_FOUND (no store there, and it was only
 * to be read), SHIRE_INVALID (damaged, no store at all, or of a newer program), SHIRE_IO_FAILED
 * (disk full, not writable, connection lost), SHIRE_BUSY (another writes for long),
 * SHIRE_NO_MEMORY. They hold no value of the data and no password.
 */
#ifndef SHIRE_IO_STORE_H
#define SHIRE_IO_STORE_H

#include "core/error.h"
#include "core/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct shire_store shire_store;
typedef struct shire_store_statement shire_store_statement;

/* Parameters of a statement at most. */
#define SHIRE_STORE_PARAMETERS_MAX 32

typedef enum shire_store_mode {
    SHIRE_STORE_READ, /* must be there; nothing is made or brought up to date */
    SHIRE_STORE_WRITE /* made when it is not there, its schema brought up to date */
} shire_store_mode;

/* `where` is a path, a URL that begins with postgresql:// and says whatever libpq knows, or
 * ":memory:" for a store that nobody else sees and that goes with the connection. */
shire_status shire_store_open(const char *where, shire_store_mode mode, shire_store **store_out,
                              shire_error *error) SHIRE_MUST_CHECK;
/* Whether a store was made there; of a database that cannot be reached the error. */
shire_status shire_store_exists(const char *where, bool *exists_out,
                                shire_error *error) SHIRE_MUST_CHECK;
bool shire_store_is_url(const char *where);
/* Whether `where` holds a password: nothing for a command line, which everyone can see. */
bool shire_store_has_password(const char *where);
/* An open transaction is undone. NULL is allowed. */
void shire_store_close(shire_store *store);

/* Run statements and throw results away. */
shire_status shire_store_execute(shire_store *store, const char *sql,
                                 shire_error *error) SHIRE_MUST_CHECK;

/* Transactions do not nest. `begin` takes the writer's place at once; `commit` is on disk when it
 * returns SHIRE_OK, and undone when not. `rollback` without a transaction does nothing. */
shire_status shire_store_begin(shire_store *store, shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_store_commit(shire_store *store, shire_error *error) SHIRE_MUST_CHECK;
void shire_store_rollback(shire_store *store);
/* A transaction that reads one moment, and keeps nobody from writing; ended by rollback. */
shire_status shire_store_snapshot(shire_store *store, shire_error *error) SHIRE_MUST_CHECK;
/* As begin, to fill tables in any order: references need hold only at commit, which checks all. */
shire_status shire_store_begin_filling(shire_store *store, shire_error *error) SHIRE_MUST_CHECK;

/*
 * A store in a file writes what is committed to a log beside it first. When that is long, whoever
 * commits moves it to its places, which takes several times as long as a commit. A connection that
 * commits for many can leave that to another: `leave_log`, once; then `log_pages` is how long the
 * log was at its last commit. `move_log`, of any connection outside a transaction, moves what it
 * can beside readers and a writer, and gives the pages that are left of the log; once none is, the
 * next commit begins it anew. A server does all this by itself: there is no log.
 */
bool shire_store_leave_log(shire_store *store); /* false: there is no log */
int64_t shire_store_log_pages(const shire_store *store);
int64_t shire_store_move_log(shire_store *store);

/* A part of a transaction that can be undone alone; parts do not nest. `savepoint` begins it, and
 * `keep` or `undo` ends it. Where `undo` fails, so does the transaction. */
shire_status shire_store_savepoint(shire_store *store, shire_error *error) SHIRE_MUST_CHECK;
void shire_store_keep(shire_store *store);
shire_status shire_store_undo(shire_store *store, shire_error *error) SHIRE_MUST_CHECK;

/*
 * One statement, to be stepped any number of times: bind, step until there is no row, reset, bind
 * again. Parameters not bound are null; reset keeps what is bound. Text is copied by bind, and what
 * a column gives is valid until the next step, reset or finalize. finalize(NULL) does nothing.
 */
shire_status shire_store_prepare(shire_store *store, const char *sql,
                                 shire_store_statement **statement_out,
                                 shire_error *error) SHIRE_MUST_CHECK;
void shire_store_finalize(shire_store_statement *statement);

/* `parameter` is 1 for $1. Out of memory shows at the next step. */
void shire_store_bind_text(shire_store_statement *statement, int parameter, shire_span text);
void shire_store_bind_int64(shire_store_statement *statement, int parameter, int64_t value);
void shire_store_bind_null(shire_store_statement *statement, int parameter);

shire_status shire_store_step(shire_store_statement *statement, bool *has_row_out,
                              shire_error *error) SHIRE_MUST_CHECK;
void shire_store_reset(shire_store_statement *statement);
/* Step a statement that gives no rows, and reset it. */
shire_status shire_store_run(shire_store_statement *statement, shire_error *error) SHIRE_MUST_CHECK;

/*
 * As run, for many rows in a transaction: a server need not have answered when it returns, so that
 * a failure may show in any later call of the transaction, at the latest in settle or commit.
 */
shire_status shire_store_send(shire_store_statement *statement,
                              shire_error *error) SHIRE_MUST_CHECK;
/* Wait until all that was sent is done. */
shire_status shire_store_settle(shire_store *store, shire_error *error) SHIRE_MUST_CHECK;

/* `column` counts from 0. Null is the empty text, or 0. */
shire_span shire_store_column_text(const shire_store_statement *statement, int column);
int64_t shire_store_column_int64(const shire_store_statement *statement, int column);
bool shire_store_column_is_null(const shire_store_statement *statement, int column);

/*
 * The next of numbers that grow by one: what `query` gives (the largest so far; -1 where they begin
 * at 0 and there is none) and one. It is asked once in a transaction and counted from there, so the
 * transaction gives all further ones by this function. `query` is a string constant: its address
 * tells it from others.
 */
shire_status shire_store_next_number(shire_store *store, const char *query, int64_t *number_out,
                                     shire_error *error) SHIRE_MUST_CHECK;

/* The one number that a SELECT gives; 0 when it gives no row or null. */
shire_status shire_store_query_int64(shire_store *store, const char *sql, int64_t *value_out,
                                     shire_error *error) SHIRE_MUST_CHECK;

#endif
