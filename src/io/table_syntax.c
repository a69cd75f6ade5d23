/*
 * SELECT text to the engine's syntax tree as JSON, and back. The engine's own parser does both, so
 * what is rewritten through here means what the author wrote.
 */
#include "io/table_internal.h"

#include <jansson.h>
#include <string.h>

/* Runs a one-row, one-column SELECT with the one parameter `argument`. */
static shire_status call_with_text(shire_table *table, const char *sql, const char *argument,
                                   shire_arena *arena, char **text_out, shire_error *error) {
    duckdb_prepared_statement statement = NULL;
    duckdb_data_chunk chunk = NULL;
    duckdb_result result;
    memset(&result, 0, sizeof result);
    shire_status status = SHIRE_OK;
    if (duckdb_prepare(table->connection, sql, &statement) != DuckDBSuccess) {
        status = table_fail(error, duckdb_prepare_error(statement));
        goto done;
    }
    if (duckdb_bind_varchar(statement, 1, argument) != DuckDBSuccess ||
        duckdb_execute_prepared(statement, &result) != DuckDBSuccess) {
        status = table_fail(error, duckdb_result_error(&result));
        goto done;
    }
    chunk = duckdb_fetch_chunk(result);
    if (chunk == NULL || duckdb_data_chunk_get_size(chunk) != 1) {
        status = SHIRE_FAIL(error, SHIRE_INTERNAL, "the warehouse engine gave no syntax tree");
        goto done;
    }
    duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, 0);
    if (!table_row_is_valid(duckdb_vector_get_validity(vector), 0)) {
        status = SHIRE_FAIL(error, SHIRE_INTERNAL, "the warehouse engine gave no syntax tree");
        goto done;
    }
    duckdb_string_t *string = duckdb_vector_get_data(vector);
    char *copy =
        shire_arena_copy_text(arena, duckdb_string_t_data(string), duckdb_string_t_length(*string));
    if (copy == NULL) {
        status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory while reading a SELECT");
        goto done;
    }
    *text_out = copy;
done:
    duckdb_destroy_data_chunk(&chunk);
    duckdb_destroy_result(&result);
    duckdb_destroy_prepare(&statement);
    return status;
}

static int line_of(const char *sql, const char *position_text) {
    size_t position = position_text == NULL ? 0 : strtoul(position_text, NULL, 10);
    int line = 1;
    for (size_t i = 0; i < position && sql[i] != '\0'; i++) {
        line += sql[i] == '\n';
    }
    return line;
}

static shire_status check_tree(const char *sql, const char *json, shire_error *error) {
    json_t *tree = json_loads(json, JSON_DECODE_INT_AS_REAL, NULL);
    shire_status status = SHIRE_OK;
    const char *message = json_string_value(json_object_get(tree, "error_message"));
    const char *kind = json_string_value(json_object_get(tree, "error_type"));
    size_t count = json_array_size(json_object_get(tree, "statements"));
    if (tree == NULL) {
        status = SHIRE_FAIL(error, SHIRE_INTERNAL,
                            "the warehouse engine gave a syntax tree that cannot be read");
    } else if (kind != NULL && strcmp(kind, "not implemented") == 0) {
        status = SHIRE_FAIL(error, SHIRE_INVALID,
                            "this is no SELECT; write one SELECT statement and nothing else");
    } else if (json_is_true(json_object_get(tree, "error"))) {
        const char *position = json_string_value(json_object_get(tree, "position"));
        status = SHIRE_FAIL(error, SHIRE_INVALID, "line %d: %s", line_of(sql, position),
                            message == NULL ? "the SQL cannot be parsed" : message);
    } else if (count != 1) {
        status = SHIRE_FAIL(error, SHIRE_INVALID, "%zu statements where one SELECT is due; %s",
                            count, count == 0 ? "write it" : "keep one");
    }
    json_decref(tree);
    return status;
}

shire_status shire_table_parse_select(shire_table *table, const char *sql, shire_arena *arena,
                                      char **json_out, shire_error *error) {
    char *json = NULL;
    shire_status status = call_with_text(
        table,
        "SELECT CAST(json_serialize_sql(CAST($1 AS VARCHAR), skip_default := true) AS VARCHAR)",
        sql, arena, &json, error);
    if (status == SHIRE_OK) {
        status = check_tree(sql, json, error);
    }
    if (status == SHIRE_OK) {
        *json_out = json;
    }
    return status;
}

shire_status shire_table_print_select(shire_table *table, const char *json, shire_arena *arena,
                                      char **sql_out, shire_error *error) {
    return call_with_text(table, "SELECT json_deserialize_sql(CAST($1 AS JSON))", json, arena,
                          sql_out, error);
}
