/*
 * Would a SELECT give the same rows from the same files again? One walk over its syntax tree: every
 * source must be a scan of files that are known, and every function one that the engine calls
 * consistent. In doubt the answer is no, which costs only time.
 */
#include "io/select.h"

#include <jansson.h>
#include <string.h>
#include <strings.h>

#define DEPTH_MAX 200

typedef struct repeat_walk {
    json_t *functions; /* object: names that are called, as keys */
    json_t *ctes;      /* object: names of common table expressions, in lower case */
    json_t *tables;    /* array: names that FROM takes */
    size_t call_count; /* of table functions that read something */
    bool doubtful;
} repeat_walk;

static const char *text_of(const json_t *node, const char *key) {
    const char *text = json_string_value(json_object_get(node, key));
    return text == NULL ? "" : text;
}

static bool is_one_of(const char *name, const char *const *names) {
    while (*names != NULL && strcasecmp(*names, name) != 0) {
        names++;
    }
    return *names != NULL;
}

/* A column of that name, where no source has one, is a function of the session or the clock. */
static bool may_be_session_value(const json_t *reference) {
    static const char *const values[] = {"current_date", "current_time",   "current_timestamp",
                                         "localtime",    "localtimestamp", "current_catalog",
                                         "current_role", "current_schema", "current_user",
                                         "session_user", "user",           NULL};
    const json_t *names = json_object_get(reference, "column_names");
    const char *name = json_string_value(json_array_get(names, 0));
    return json_array_size(names) == 1 && name != NULL && is_one_of(name, values);
}

static void note_name(json_t *object, const char *name) {
    char lowered[256];
    size_t i = 0;
    for (; name[i] != '\0' && i < sizeof lowered - 1; i++) {
        lowered[i] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] + 32) : name[i];
    }
    lowered[i] = '\0';
    json_object_set_new(object, lowered, json_true());
}

static void walk(repeat_walk *state, const json_t *node, bool is_source, int depth);

static void walk_object(repeat_walk *state, const json_t *node, bool is_source, int depth) {
    static const char *const pure_sources[] = {"range", "generate_series", "unnest", NULL};
    const char *type = text_of(node, "type");
    const char *class = text_of(node, "class");
    const char *key;
    json_t *item;
    state->doubtful = state->doubtful || strcmp(type, "SHOW_REF") == 0 ||
                      json_is_object(json_object_get(node, "sample"));
    if (strcmp(type, "COLUMN_REF") == 0) {
        state->doubtful = state->doubtful || may_be_session_value(node);
    } else if (strcmp(type, "BASE_TABLE") == 0) {
        json_array_append(state->tables, json_object_get(node, "table_name"));
    } else if (strcmp(class, "FUNCTION") == 0) {
        const char *name = text_of(node, "function_name");
        if (!is_source) {
            note_name(state->functions, name);
        } else if (!is_one_of(name, pure_sources)) {
            state->call_count++;
        }
    }
    json_object_foreach((json_t *)node, key, item) {
        if (strcmp(key, "cte_map") == 0) {
            size_t index;
            const json_t *entry;
            json_array_foreach(json_object_get(item, "map"), index, entry) {
                note_name(state->ctes, text_of(entry, "key"));
            }
        }
        walk(state, item, strcmp(type, "TABLE_FUNCTION") == 0 && strcmp(key, "function") == 0,
             depth + 1);
    }
}

static void walk(repeat_walk *state, const json_t *node, bool is_source, int depth) {
    if (depth > DEPTH_MAX) {
        state->doubtful = true;
    } else if (json_is_array(node)) {
        size_t index;
        const json_t *item;
        json_array_foreach(node, index, item) {
            walk(state, item, false, depth + 1);
        }
    } else if (json_is_object(node)) {
        walk_object(state, node, is_source, depth);
    }
}

/* Scans of FROM and by function; what is neither a scan nor a common table expression makes the sum
 * differ from the number of scans. */
static size_t count_sources(const repeat_walk *state) {
    size_t count = state->call_count, index;
    const json_t *table;
    json_array_foreach(state->tables, index, table) {
        char lowered[256] = "";
        const char *name = json_string_value(table);
        for (size_t i = 0; name != NULL && name[i] != '\0' && i < sizeof lowered - 1; i++) {
            lowered[i] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] + 32) : name[i];
        }
        count += json_object_get(state->ctes, lowered) == NULL;
    }
    return count;
}

/* The engine says which functions are consistent; of its macros these two are. age() of one
 * argument asks the clock, and the others what somebody set. */
static shire_status count_doubtful(shire_table *table, const repeat_walk *state, int64_t *count_out,
                                   shire_error *error) {
    shire_builder sql = {0};
    const char *name;
    const json_t *value;
    *count_out = 0;
    if (json_object_size(state->functions) == 0) {
        return SHIRE_OK;
    }
    shire_builder_append_text(&sql, "SELECT count(*) FROM (SELECT unnest([");
    bool first = true;
    json_object_foreach(state->functions, name, value) {
        shire_builder_append_text(&sql, first ? "" : ", ");
        shire_builder_append_sql_literal(&sql, shire_span_of(name));
        first = false;
    }
    shire_builder_append_text(
        &sql,
        "]) AS name) WHERE name NOT IN ('nullif', 'split_part') AND (name IN ('age', "
        "'getvariable', 'current_setting', 'version') OR name NOT IN (SELECT function_name "
        "FROM duckdb_functions() WHERE function_type IN ('scalar', 'aggregate') AND stability "
        "= 'CONSISTENT') OR name IN (SELECT function_name FROM duckdb_functions() WHERE "
        "stability <> 'CONSISTENT'))");
    shire_status status =
        sql.failed ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for reading a SELECT")
                   : shire_table_query_int64(table, sql.bytes, count_out, error);
    shire_builder_free(&sql);
    return status;
}

shire_status shire_select_is_repeatable(shire_table *table, const char *sql, size_t scan_count,
                                        shire_arena *arena, bool *repeatable_out,
                                        shire_error *error) {
    char *json = NULL;
    int64_t doubtful = 0;
    shire_status status = shire_table_parse_select(table, sql, arena, &json, error);
    if (status != SHIRE_OK) {
        return status;
    }
    repeat_walk state = {.functions = json_object(), .ctes = json_object(), .tables = json_array()};
    /* Positions are written as 2^64 - 1 where there are none: no integer of the library's. */
    json_t *tree = json_loads(json, JSON_DECODE_INT_AS_REAL, NULL);
    if (tree == NULL || state.functions == NULL || state.ctes == NULL || state.tables == NULL) {
        status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for reading a SELECT");
        goto done;
    }
    walk(&state, tree, false, 0);
    status = count_doubtful(table, &state, &doubtful, error);
    if (status == SHIRE_OK) {
        *repeatable_out = !state.doubtful && doubtful == 0 && count_sources(&state) == scan_count;
    }
done:
    json_decref(tree);
    json_decref(state.functions);
    json_decref(state.ctes);
    json_decref(state.tables);
    return status;
}
