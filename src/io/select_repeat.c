/*
 * Would a SELECT give the same rows again from what it reads? One walk over its syntax tree looks
 * for what asks the clock, chance or the session, and counts the sources. Which functions those are
 * is what the engine's catalogue says (duckdb_functions().stability; of error() alone it says so
 * only that it is not called too early). Asking it takes longer than reading most extracts, so its
 * answer stands here, and a test compares the two.
 */
#include "io/select.h"

#include <jansson.h>
#include <string.h>
#include <strings.h>

/* Functions that are not consistent; macros that ask one or the session; functions that the engine
 * calls consistent though they follow what somebody set, or chance. */
static const char *const unsteady_functions[] = {
    // clang-format off
    "currval", "nextval", "random", "setseed", "gen_random_uuid", "uuid", "uuidv4", "uuidv7", "stats",
    "write_log", "current_connection_id", "current_query_id", "current_transaction_id", "current_query",
    "current_date", "get_current_time", "get_current_timestamp", "now", "today", "transaction_timestamp",
    "txid_current", "current_database", "current_schema", "current_schemas", "in_search_path",
    "current_catalog", "format_type", "get_block_size", "pg_conf_load_time", "pg_get_constraintdef",
    "pg_get_viewdef", "pg_postmaster_start_time", "user",
    "current_localtime", "current_localtimestamp", "current_setting", "getvariable", "reservoir_quantile", "version",
    NULL
    // clang-format on
};

typedef struct repeat_walk {
    const char *cause;    /* the first that was found; in the tree, or a constant */
    bool cause_is_called; /* by its name and () */
    json_t *ctes;         /* object: names of common table expressions, in lower case */
    json_t *tables;       /* array: names that FROM takes */
    size_t call_count;    /* of table functions that read something */
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

static void note_cause(repeat_walk *state, const char *cause, bool is_called) {
    if (state->cause == NULL) {
        state->cause = cause;
        state->cause_is_called = is_called;
    }
}

/* A column of that name, where no source has one, is a function of the clock or the session. */
static void walk_column(repeat_walk *state, const json_t *reference) {
    static const char *const values[] = {
        "current_date",   "current_time",    "current_timestamp", "localtime",
        "localtimestamp", "current_catalog", "current_schema",    NULL};
    const json_t *names = json_object_get(reference, "column_names");
    const char *name = json_string_value(json_array_get(names, 0));
    if (json_array_size(names) == 1 && name != NULL && is_one_of(name, values)) {
        note_cause(state, name, false);
    }
}

/* age() of one argument counts to today. */
static void walk_function(repeat_walk *state, const json_t *call) {
    const char *name = text_of(call, "function_name");
    bool is_age =
        strcasecmp(name, "age") == 0 && json_array_size(json_object_get(call, "children")) < 2;
    if (is_age || is_one_of(name, unsteady_functions)) {
        note_cause(state, name, true);
    }
}

static void lower(const char *name, char lowered[static 256]) {
    size_t i = 0;
    for (; name[i] != '\0' && i < 255; i++) {
        lowered[i] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] + 32) : name[i];
    }
    lowered[i] = '\0';
}

static void note_ctes(repeat_walk *state, const json_t *map) {
    size_t index;
    const json_t *entry;
    json_array_foreach(json_object_get(map, "map"), index, entry) {
        char lowered[256];
        lower(text_of(entry, "key"), lowered);
        json_object_set_new(state->ctes, lowered, json_true());
    }
}

static void walk(repeat_walk *state, const json_t *node, bool is_source);

static void walk_object(repeat_walk *state, const json_t *node, bool is_source) {
    static const char *const pure_sources[] = {"range", "generate_series", "unnest", NULL};
    const char *type = text_of(node, "type");
    const char *key;
    const json_t *item;
    if (json_is_object(json_object_get(node, "sample"))) {
        note_cause(state, "SAMPLE", false);
    }
    if (strcmp(type, "SHOW_REF") == 0) {
        note_cause(state, "SHOW", false);
    } else if (strcmp(type, "COLUMN_REF") == 0) {
        walk_column(state, node);
    } else if (strcmp(type, "BASE_TABLE") == 0) {
        json_array_append(state->tables, json_object_get(node, "table_name"));
    } else if (strcmp(text_of(node, "class"), "FUNCTION") == 0 && !is_source) {
        walk_function(state, node);
    } else if (is_source) {
        state->call_count += !is_one_of(text_of(node, "function_name"), pure_sources);
    }
    json_object_foreach((json_t *)node, key, item) {
        if (strcmp(key, "cte_map") == 0) {
            note_ctes(state, item);
        }
        walk(state, item, strcmp(type, "TABLE_FUNCTION") == 0 && strcmp(key, "function") == 0);
    }
}

/* As deep as the tree is, which the reader of JSON bounds. */
static void walk(repeat_walk *state, const json_t *node, bool is_source) {
    if (json_is_array(node)) {
        size_t index;
        const json_t *item;
        json_array_foreach(node, index, item) {
            walk(state, item, false);
        }
    } else if (json_is_object(node)) {
        walk_object(state, node, is_source);
    }
}

static size_t count_sources(const repeat_walk *state) {
    size_t count = state->call_count, index;
    const json_t *table;
    json_array_foreach(state->tables, index, table) {
        char lowered[256];
        lower(json_is_string(table) ? json_string_value(table) : "", lowered);
        count += json_object_get(state->ctes, lowered) == NULL;
    }
    return count;
}

shire_status shire_select_check_repeat(shire_table *table, const char *sql, shire_arena *arena,
                                       shire_select_repeat *repeat_out, shire_error *error) {
    char *json = NULL;
    shire_status status = shire_table_parse_select(table, sql, arena, &json, error);
    if (status != SHIRE_OK) {
        return status;
    }
    shire_select_repeat repeat = {0};
    repeat_walk state = {.ctes = json_object(), .tables = json_array()};
    /* Positions are written as 2^64 - 1 where there are none: no integer of the library's. */
    json_t *tree = json_loads(json, JSON_DECODE_INT_AS_REAL, NULL);
    bool good = tree != NULL && state.ctes != NULL && state.tables != NULL;
    if (good) {
        walk(&state, tree, false);
        repeat.source_count = count_sources(&state);
    }
    if (good && state.cause != NULL) {
        repeat.cause =
            shire_arena_format(arena, state.cause_is_called ? "%s()" : "%s", state.cause);
        good = repeat.cause != NULL;
    }
    if (good) {
        *repeat_out = repeat;
    } else {
        status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for reading a SELECT");
    }
    json_decref(tree);
    json_decref(state.ctes);
    json_decref(state.tables);
    return status;
}
