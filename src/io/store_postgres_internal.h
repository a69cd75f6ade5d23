/*
 * A connection to PostgreSQL: what store_postgres.c (statements) and store_postgres_connect.c
 * (connecting, and sentences for what went wrong) share.
 */
#ifndef SHIRE_IO_STORE_POSTGRES_INTERNAL_H
#define SHIRE_IO_STORE_POSTGRES_INTERNAL_H

#include "io/store_internal.h"

#include <libpq-fe.h>

typedef enum postgres_state {
    POSTGRES_IDLE,
    POSTGRES_STREAMING, /* its rows come over the connection */
    POSTGRES_DRAINED,   /* its rows are in memory */
    POSTGRES_FAILED     /* the same, and after them an error */
} postgres_state;

typedef struct postgres_statement {
    shire_store_statement base;
    uint64_t number;
    uint64_t session; /* in which it is prepared; 0: none */
    postgres_state state;
    const char *values[SHIRE_STORE_PARAMETERS_MAX]; /* NULL is null */
    char *buffers[SHIRE_STORE_PARAMETERS_MAX];
    size_t capacities[SHIRE_STORE_PARAMETERS_MAX];
    int lengths[SHIRE_STORE_PARAMETERS_MAX]; /* not used for text, but the library wants them */
    Oid types[SHIRE_STORE_PARAMETERS_MAX];
    PGresult *row; /* where the statement stands */
    PGresult **rows;
    size_t row_count;
    size_t row_capacity;
    size_t next_row;
    shire_status failure;
    shire_error error;
} postgres_statement;

typedef struct postgres_store {
    shire_store base;
    PGconn *connection;
    bool has_warning; /* the server warned of something since this was set to false */
    postgres_statement *streaming;
    int sent_count;   /* statements whose outcome was not read yet */
    uint64_t session; /* grows with each connection */
    uint64_t statement_count;
} postgres_store;

extern const shire_store_driver shire_store_postgres_driver;

/* Fill in the error for a failed result, or for the connection where `result` is NULL or the
 * connection is lost, and note a full disk. Of the server's words only codes and names of ours are
 * told: its messages may quote values. */
shire_status shire_postgres_fail(postgres_store *store, const PGresult *result,
                                 shire_error *error) SHIRE_MUST_CHECK;

/* Whether the connection was lost, or the server is about to close it. */
bool shire_postgres_is_gone(const postgres_store *store, const PGresult *result);

/* A new session in the place of a lost one. */
shire_status shire_postgres_reconnect(postgres_store *store, shire_error *error) SHIRE_MUST_CHECK;

void shire_postgres_disconnect(postgres_store *store);

#endif
