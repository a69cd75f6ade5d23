/*
 * What tables there are is asked of an empty store in memory that this program's migrations have
 * made, never of the stores that are copied: a backup may have been made by anybody.
 */
#include "io/store_copy.h"

#include "io/crypto.h"

#include <stdio.h>
#include <string.h>

static char *copy_column(const shire_store_statement *statement, int column, shire_arena *arena) {
    shire_span text = shire_store_column_text(statement, column);
    return shire_arena_copy_text(arena, text.bytes, text.length);
}

static shire_status list_columns(shire_store *model, shire_store_table *table, shire_arena *arena,
                                 shire_error *error) {
    shire_store_statement *select = NULL;
    shire_builder order = {0};
    bool has_row = true;
    shire_status status = shire_store_prepare(
        model, "SELECT name, pk FROM pragma_table_info($1) ORDER BY cid", &select, error);
    if (status == SHIRE_OK) {
        shire_store_bind_text(select, 1, shire_span_of(table->name));
    }
    while (status == SHIRE_OK && has_row) {
        status = shire_store_step(select, &has_row, error);
        if (status != SHIRE_OK || !has_row) {
            break;
        }
        const char *name = copy_column(select, 0, arena);
        if (name == NULL || table->column_count == SHIRE_STORE_COLUMNS_MAX) {
            status =
                SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the columns of %s", table->name);
        } else {
            table->column_names[table->column_count++] = name;
        }
        if (status == SHIRE_OK && shire_store_column_int64(select, 1) > 0) {
            shire_builder_append_format(&order, "%s\"%s\"", order.length == 0 ? "" : ", ", name);
        }
    }
    shire_store_finalize(select);
    if (status == SHIRE_OK) {
        table->order = order.failed
                           ? NULL
                           : shire_arena_copy_text(arena, order.bytes == NULL ? "1" : order.bytes,
                                                   order.length == 0 ? 1 : order.length);
        status = table->order == NULL
                     ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the store")
                     : SHIRE_OK;
    }
    shire_builder_free(&order);
    return status;
}

shire_status shire_store_tables_list(shire_arena *arena, shire_store_tables *tables_out,
                                     shire_error *error) {
    shire_store *model = NULL;
    shire_store_statement *select = NULL;
    bool has_row = true;
    shire_store_tables *tables = tables_out;
    tables->count = 0;
    shire_status status = shire_store_open(":memory:", SHIRE_STORE_WRITE, &model, error);
    if (status == SHIRE_OK) {
        status = shire_store_prepare(model,
                                     "SELECT name FROM sqlite_master WHERE type = 'table' AND name "
                                     "<> 'schema_migration' ORDER BY name",
                                     &select, error);
    }
    while (status == SHIRE_OK && has_row) {
        status = shire_store_step(select, &has_row, error);
        if (status != SHIRE_OK || !has_row) {
            break;
        }
        const char *name = copy_column(select, 0, arena);
        if (name == NULL || tables->count == SHIRE_STORE_TABLES_MAX) {
            status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the store's tables");
            break;
        }
        tables->items[tables->count] = (shire_store_table){.name = name};
        status = list_columns(model, &tables->items[tables->count++], arena, error);
    }
    shire_store_finalize(select);
    shire_store_close(model);
    return status;
}

shire_status shire_store_clear(shire_store *store, const shire_store_tables *tables,
                               shire_error *error) {
    shire_status status = SHIRE_OK;
    for (size_t i = 0; i < tables->count && status == SHIRE_OK; i++) {
        shire_builder sql = {0};
        shire_builder_append_format(&sql, "DELETE FROM \"%s\"", tables->items[i].name);
        status = sql.failed ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the store")
                            : shire_store_execute(store, sql.bytes, error);
        shire_builder_free(&sql);
    }
    return status;
}

/* SELECT and INSERT of a table. */
static shire_status write_sql(const shire_store_table *table, shire_builder *select,
                              shire_builder *insert, shire_error *error) {
    shire_builder_append_text(select, "SELECT ");
    shire_builder_append_format(insert, "INSERT INTO \"%s\" (", table->name);
    for (size_t i = 0; i < table->column_count; i++) {
        const char *comma = i == 0 ? "" : ", ";
        shire_builder_append_format(select, "%s\"%s\"", comma, table->column_names[i]);
        shire_builder_append_format(insert, "%s\"%s\"", comma, table->column_names[i]);
    }
    shire_builder_append_format(select, " FROM \"%s\" ORDER BY %s", table->name, table->order);
    shire_builder_append_text(insert, ") VALUES (");
    for (size_t i = 0; i < table->column_count; i++) {
        shire_builder_append_format(insert, "%s$%zu", i == 0 ? "" : ", ", i + 1);
    }
    shire_builder_append_text(insert, ")");
    return select->failed || insert->failed
               ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the store")
               : SHIRE_OK;
}

/* The hash so far, then each value with its length, so that no two rows have the same bytes. */
static void hash_row(const shire_store_statement *row, size_t column_count, shire_hash *hash) {
    char lengths[SHIRE_STORE_COLUMNS_MAX][24];
    shire_span parts[1 + 2 * SHIRE_STORE_COLUMNS_MAX];
    size_t count = 0;
    shire_hash before = *hash;
    parts[count++] = (shire_span){(const char *)before.bytes, sizeof before.bytes};
    for (size_t i = 0; i < column_count; i++) {
        shire_span text = shire_store_column_text(row, (int)i);
        int length = shire_store_column_is_null(row, (int)i)
                         ? snprintf(lengths[i], sizeof lengths[i], "-")
                         : snprintf(lengths[i], sizeof lengths[i], "%zu:", text.length);
        parts[count++] = (shire_span){lengths[i], (size_t)length};
        parts[count++] = text;
    }
    *hash = shire_sha256(parts, count);
}

static shire_status insert_row(shire_store_statement *insert, const shire_store_statement *row,
                               size_t column_count, shire_error *error) {
    for (size_t i = 0; i < column_count; i++) {
        if (shire_store_column_is_null(row, (int)i)) {
            shire_store_bind_null(insert, (int)i + 1);
        } else {
            shire_store_bind_text(insert, (int)i + 1, shire_store_column_text(row, (int)i));
        }
    }
    return shire_store_send(insert, error);
}

static shire_status copy_table(shire_store *from, shire_store *to, const shire_store_table *table,
                               shire_store_digest *digest_out, shire_error *error) {
    shire_builder sql[2] = {{0}, {0}};
    shire_store_statement *select = NULL;
    shire_store_statement *insert = NULL;
    shire_hash hash = {{0}};
    bool has_row = true;
    shire_status status = write_sql(table, &sql[0], &sql[1], error);
    if (status == SHIRE_OK) {
        status = shire_store_prepare(from, sql[0].bytes, &select, error);
    }
    if (status == SHIRE_OK && to != NULL) {
        status = shire_store_prepare(to, sql[1].bytes, &insert, error);
    }
    digest_out->row_count = 0;
    while (status == SHIRE_OK && has_row) {
        status = shire_store_step(select, &has_row, error);
        if (status == SHIRE_OK && has_row) {
            hash_row(select, table->column_count, &hash);
            digest_out->row_count++;
            status = to == NULL ? SHIRE_OK : insert_row(insert, select, table->column_count, error);
        }
    }
    for (size_t i = 0; i < sizeof hash.bytes; i++) {
        snprintf(digest_out->hash + 2 * i, 3, "%02x", hash.bytes[i]);
    }
    shire_store_finalize(select);
    shire_store_finalize(insert);
    shire_builder_free(&sql[0]);
    shire_builder_free(&sql[1]);
    return status;
}

shire_status shire_store_copy(shire_store *from, shire_store *to, const shire_store_tables *tables,
                              shire_store_digest *digests_out, shire_error *error) {
    shire_status status = SHIRE_OK;
    for (size_t i = 0; i < tables->count && status == SHIRE_OK; i++) {
        status = copy_table(from, to, &tables->items[i], &digests_out[i], error);
    }
    return status;
}
