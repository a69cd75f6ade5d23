/*
 * What a kind of store has to offer, and what all kinds share: store.c knows transactions, the
 * schema and the reuse of statements, store_sqlite.c and store_postgres.c each a library.
 */
#ifndef SHIRE_IO_STORE_INTERNAL_H
#define SHIRE_IO_STORE_INTERNAL_H

#include "io/store.h"

#define SHIRE_STORE_KEPT_MAX 32
#define SHIRE_STORE_NUMBERS_MAX 8

typedef enum shire_store_transaction {
    SHIRE_STORE_TRANSACTION_WRITE,   /* takes the writer's place at once */
    SHIRE_STORE_TRANSACTION_FILL,    /* the same, and references are checked by commit alone */
    SHIRE_STORE_TRANSACTION_SNAPSHOT /* reads one moment */
} shire_store_transaction;

typedef struct shire_store_driver {
    bool is_server;               /* not a file */
    const char *count_schema_sql; /* 1 where the table schema_migration is there */
    shire_status (*execute)(shire_store *store, const char *sql, shire_error *error);
    shire_status (*begin)(shire_store *store, shire_store_transaction kind, shire_error *error);
    shire_status (*commit)(shire_store *store, shire_error *error);
    void (*rollback)(shire_store *store);
    /* Both free what they are given. */
    void (*close)(shire_store *store);
    void (*finalize)(shire_store_statement *statement);
    shire_status (*prepare)(shire_store *store, const char *sql,
                            shire_store_statement **statement_out, shire_error *error);
    void (*bind_text)(shire_store_statement *statement, int parameter, shire_span text);
    void (*bind_int64)(shire_store_statement *statement, int parameter, int64_t value);
    void (*bind_null)(shire_store_statement *statement, int parameter);
    shire_status (*step)(shire_store_statement *statement, bool *has_row_out, shire_error *error);
    void (*reset)(shire_store_statement *statement);
    shire_status (*send)(shire_store_statement *statement, shire_error *error);
    shire_status (*settle)(shire_store *store, shire_error *error);
    shire_span (*column_text)(const shire_store_statement *statement, int column);
    int64_t (*column_int64)(const shire_store_statement *statement, int column);
    bool (*column_is_null)(const shire_store_statement *statement, int column);
    /* Both NULL where there is no log. */
    bool (*leave_log)(shire_store *store);
    int64_t (*move_log)(shire_store *store);
} shire_store_driver;

/* The last number that this transaction gave out for a query. */
typedef struct shire_store_number {
    const char *query;
    int64_t last;
} shire_store_number;

/* Each kind's own struct begins with one of these. */
struct shire_store {
    const shire_store_driver *driver;
    char *name; /* where it is, for sentences: no password in it; the driver's to free */
    bool in_transaction;
    bool is_closing;
    bool found_no_room; /* on a server's disk, since the last transaction began */
    int64_t log_pages;  /* at the last commit, where the log was left to others */
    bool is_kept;       /* a savepoint whose part was kept stands still */
    shire_store_number numbers[SHIRE_STORE_NUMBERS_MAX];
    size_t number_count;
    shire_store_statement *kept[SHIRE_STORE_KEPT_MAX]; /* finalized ones, to be used again */
    size_t kept_count;
    size_t next_evicted;
};

struct shire_store_statement {
    shire_store *store;
    char *sql; /* store.c's to free */
    uint64_t sql_hash;
    int parameter_count; /* the highest N of $N in the SQL */
    bool has_no_memory;  /* for what was bound */
    uint32_t unfit;      /* parameters, bit N - 1 for $N, that cannot be sent: a byte 0 in a text */
};

/* Open a connection; nothing is migrated yet. */
shire_status shire_store_open_sqlite(const char *path, shire_store_mode mode,
                                     shire_store **store_out, shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_store_open_postgres(const char *url, shire_store_mode mode,
                                       shire_store **store_out,
                                       shire_error *error) SHIRE_MUST_CHECK;
/* Whether a URL holds a password. */
bool shire_store_url_has_password(const char *url);

#endif
