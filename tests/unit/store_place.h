/*
 * A place for a store of a test's own: a file in a folder of its own or, where SHIRE_TEST_STORE is
 * "postgres", a schema of its own in the database that SHIRE_TEST_POSTGRES names
 * (tests/postgres/cluster.sh runs a program that way).
 */
#ifndef SHIRE_TESTS_STORE_PLACE_H
#define SHIRE_TESTS_STORE_PLACE_H

#include "io/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <libpq-fe.h>

typedef struct store_place {
    char dir[64];
    char where[512]; /* for shire_store_open */
    char schema[48];
    bool is_postgres;
} store_place;

static inline bool store_is_postgres(void) {
    const char *kind = getenv("SHIRE_TEST_STORE");
    return kind != NULL && strcmp(kind, "postgres") == 0;
}

static inline void change_schema(const char *verb, const char *name, const char *rest) {
    char sql[256];
    const char *url = getenv("SHIRE_TEST_POSTGRES");
    assert_non_null(url);
    PGconn *connection = PQconnectdb(url);
    snprintf(sql, sizeof sql, "SET client_min_messages = warning");
    PQclear(PQexec(connection, sql));
    snprintf(sql, sizeof sql, "%s SCHEMA %s%s", verb, name, rest);
    PGresult *result = PQexec(connection, sql);
    if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK) {
        fail_msg("%s: %s", sql, PQerrorMessage(connection));
    }
    PQclear(result);
    PQfinish(connection);
}

static inline void store_place_make(store_place *place) {
    static int count;
    memset(place, 0, sizeof *place);
    place->is_postgres = store_is_postgres();
    snprintf(place->dir, sizeof place->dir, "/tmp/shire-place-XXXXXX");
    assert_non_null(mkdtemp(place->dir));
    if (place->is_postgres) {
        snprintf(place->schema, sizeof place->schema, "place_%d_%d", (int)getpid(), count++);
        change_schema("CREATE", place->schema, "");
        snprintf(place->where, sizeof place->where, "%s&options=-csearch_path%%3D%s",
                 getenv("SHIRE_TEST_POSTGRES"), place->schema);
    } else {
        snprintf(place->where, sizeof place->where, "%s/store.db", place->dir);
    }
}

/* As it was before anything was stored. */
static inline void store_place_empty(const store_place *place) {
    if (place->is_postgres) {
        change_schema("DROP", place->schema, " CASCADE");
        change_schema("CREATE", place->schema, "");
    } else {
        char log[80];
        snprintf(log, sizeof log, "%s/store.db-wal", place->dir);
        (void)unlink(log);
        (void)unlink(place->where);
    }
}

static inline void store_place_remove(const store_place *place) {
    if (place->is_postgres) {
        change_schema("DROP", place->schema, " CASCADE");
    }
    assert_int_equal(shire_dir_remove(place->dir, NULL), SHIRE_OK);
}

#endif
