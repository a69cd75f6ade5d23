/*
 * All rows of one store into another, table by table, with a hash of each: how a backup is made and
 * restored, whatever kinds of store the two are.
 */
#ifndef SHIRE_IO_STORE_COPY_H
#define SHIRE_IO_STORE_COPY_H

#include "core/arena.h"
#include "io/store.h"

#define SHIRE_STORE_TABLES_MAX 200
#define SHIRE_STORE_COLUMNS_MAX SHIRE_STORE_PARAMETERS_MAX

typedef struct shire_store_table {
    const char *name;
    const char *column_names[SHIRE_STORE_COLUMNS_MAX];
    size_t column_count;
    const char *order; /* the columns of its primary key, for ORDER BY */
} shire_store_table;

typedef struct shire_store_tables {
    size_t count;
    shire_store_table items[SHIRE_STORE_TABLES_MAX];
} shire_store_tables;

/* What a table holds: two stores with the same digests hold the same. */
typedef struct shire_store_digest {
    int64_t row_count;
    char hash[65]; /* SHA-256 over the rows in the order of their keys, as hex digits */
} shire_store_digest;

/* The tables that the migrations of this program make, in the order of their names; in `arena`. */
shire_status shire_store_tables_list(shire_arena *arena, shire_store_tables *tables_out,
                                     shire_error *error) SHIRE_MUST_CHECK;

/* Delete the rows of all tables, in the caller's transaction, begun by
 * shire_store_begin_filling. */
shire_status shire_store_clear(shire_store *store, const shire_store_tables *tables,
                               shire_error *error) SHIRE_MUST_CHECK;

/* Read each table of `from`, and insert its rows into `to` where that is not NULL, both in the
 * callers' transactions. digests_out has a place for each table. */
shire_status shire_store_copy(shire_store *from, shire_store *to, const shire_store_tables *tables,
                              shire_store_digest *digests_out, shire_error *error) SHIRE_MUST_CHECK;

#endif
