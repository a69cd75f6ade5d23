/*
 * A SELECT as the engine's syntax tree in JSON. One walk collects the scans of files and every
 * name that an expression computes with; a second one follows the leftmost source of each FROM
 * down to its scan, which is the base: filters, LEFT and INNER joins, sub-selects, common table
 * expressions and UNION ALL keep one row of it behind each row of the result.
 */
#include "io/select.h"

#include "io/dsv.h"

#include <jansson.h>
#include <stdint.h>
#include <string.h>

#define SCANS_MAX 64
#define BASES_MAX 64
#define DEPTH_MAX 200

typedef struct base_source {
    json_t *select_list; /* gets the two columns */
    json_t *from;        /* the leftmost source, whose alias qualifies them */
    bool is_scan;        /* else an inner select, which has got them under the same names */
} base_source;

struct shire_select {
    json_t *tree;
    shire_arena *arena;
    json_t *scan_nodes[SCANS_MAX];
    shire_scan scans[SCANS_MAX];
    size_t scan_count;
    base_source bases[BASES_MAX]; /* inner ones before outer ones */
    size_t base_count;
    json_t *computed; /* object: lower-case names as keys */
    bool traceable;
    bool keeps_order;
};

static shire_status out_of_memory(shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for reading a SELECT");
}

static const char *text_of(const json_t *node, const char *key) {
    const char *text = json_string_value(json_object_get(node, key));
    return text == NULL ? "" : text;
}

static bool is_type(const json_t *node, const char *type) {
    return strcmp(text_of(node, "type"), type) == 0;
}

/* --- constants --- */

/* The text of a constant: a string, a number, or a cast of one (true is CAST('t' AS BOOLEAN)). */
static const char *constant_text(const json_t *node, shire_arena *arena) {
    if (is_type(node, "OPERATOR_CAST")) {
        return constant_text(json_object_get(node, "child"), arena);
    }
    const json_t *value = json_object_get(json_object_get(node, "value"), "value");
    if (!is_type(node, "VALUE_CONSTANT") || value == NULL) {
        return NULL;
    }
    if (json_is_string(value)) {
        return shire_arena_copy_text(arena, json_string_value(value), json_string_length(value));
    }
    if (json_is_boolean(value)) {
        return json_is_true(value) ? "true" : "false";
    }
    return json_is_integer(value)
               ? shire_arena_format(arena, "%" JSON_INTEGER_FORMAT, json_integer_value(value))
               : NULL;
}

static bool is_call(const json_t *node, const char *name) {
    return is_type(node, "FUNCTION") && strcmp(text_of(node, "function_name"), name) == 0;
}

/* Paths of the first argument; 0 when they are not all constants. */
static size_t read_paths(const json_t *argument, shire_arena *arena,
                         const char *const **paths_out) {
    size_t count = is_call(argument, "list_value")
                       ? json_array_size(json_object_get(argument, "children"))
                       : 1;
    const char **paths = shire_arena_alloc_array(arena, count, sizeof *paths);
    for (size_t i = 0; paths != NULL && i < count; i++) {
        const json_t *item = is_call(argument, "list_value")
                                 ? json_array_get(json_object_get(argument, "children"), i)
                                 : argument;
        paths[i] = constant_text(item, arena);
        if (paths[i] == NULL) {
            return 0;
        }
    }
    *paths_out = paths;
    return paths == NULL ? 0 : count;
}

/* {'a': 'VARCHAR', 'b': 'DATE'} as options; the count, 0 when it is something else. */
static size_t read_struct(const json_t *value, shire_arena *arena,
                          const shire_scan_option **items_out) {
    const json_t *children = json_object_get(value, "children");
    size_t count = is_call(value, "struct_pack") ? json_array_size(children) : 0;
    shire_scan_option *items = shire_arena_alloc_array(arena, count + 1, sizeof *items);
    for (size_t i = 0; items != NULL && i < count; i++) {
        const json_t *child = json_array_get(children, i);
        const char *name = text_of(child, "alias");
        items[i].name = shire_arena_copy_text(arena, name, strlen(name));
        items[i].text = constant_text(child, arena);
    }
    *items_out = items;
    return items == NULL ? 0 : count;
}

/* ['a', 'b'] as shire_dsv_options has names; NULL when it is something else. */
static const char *names_text(const json_t *value, shire_arena *arena) {
    const char *const *names = NULL;
    size_t count = is_call(value, "list_value") ? read_paths(value, arena, &names) : 0;
    const char *text = count == 0 ? NULL : names[0];
    for (size_t i = 1; text != NULL && i < count; i++) {
        text = shire_arena_format(arena, "%s%c%s", text, SHIRE_DSV_NAME_END, names[i]);
    }
    return text;
}

/* name = value, or name := value. */
static void read_option(const json_t *argument, shire_scan *scan, shire_scan_option *option_out,
                        shire_arena *arena) {
    const json_t *value = argument;
    const char *name = text_of(argument, "alias");
    if (is_type(argument, "COMPARE_EQUAL")) {
        const json_t *names = json_object_get(json_object_get(argument, "left"), "column_names");
        const char *left = json_string_value(json_array_get(names, 0));
        name = left == NULL ? "" : left;
        value = json_object_get(argument, "right");
    }
    option_out->name = shire_arena_copy_text(arena, name, strlen(name));
    option_out->text =
        strcmp(name, "names") == 0 ? names_text(value, arena) : constant_text(value, arena);
    if (strcmp(name, "types") == 0 || strcmp(name, "dtypes") == 0 ||
        strcmp(name, "column_types") == 0 || strcmp(name, "columns") == 0) {
        scan->type_count = read_struct(value, arena, &scan->types);
        option_out->text = scan->type_count > 0 ? "" : NULL;
    }
}

/* --- scans --- */

static bool ends_in(const char *name, const char *ending) {
    size_t length = strlen(name), ending_length = strlen(ending);
    return length > ending_length && strcasecmp(name + length - ending_length, ending) == 0;
}

static bool kind_of_file(const char *name, shire_scan_kind *kind_out) {
    static const struct {
        const char *ending;
        shire_scan_kind kind;
    } endings[] = {{".csv", SHIRE_SCAN_CSV},         {".tsv", SHIRE_SCAN_CSV},
                   {".csv.gz", SHIRE_SCAN_CSV},      {".txt", SHIRE_SCAN_CSV},
                   {".parquet", SHIRE_SCAN_PARQUET}, {".json", SHIRE_SCAN_JSON},
                   {".ndjson", SHIRE_SCAN_JSON},     {".jsonl", SHIRE_SCAN_JSON}};
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        if (ends_in(name, endings[i].ending)) {
            *kind_out = endings[i].kind;
            return true;
        }
    }
    return false;
}

static bool kind_of_function(const char *name, shire_scan_kind *kind_out) {
    static const struct {
        const char *name;
        shire_scan_kind kind;
    } functions[] = {{"read_csv", SHIRE_SCAN_CSV},         {"read_csv_auto", SHIRE_SCAN_CSV},
                     {"read_parquet", SHIRE_SCAN_PARQUET}, {"parquet_scan", SHIRE_SCAN_PARQUET},
                     {"read_json", SHIRE_SCAN_JSON},       {"read_json_auto", SHIRE_SCAN_JSON},
                     {"read_ndjson", SHIRE_SCAN_JSON},     {"read_ndjson_auto", SHIRE_SCAN_JSON}};
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        if (strcmp(name, functions[i].name) == 0) {
            *kind_out = functions[i].kind;
            return true;
        }
    }
    return false;
}

static bool read_function_scan(json_t *node, shire_scan *scan, shire_arena *arena) {
    const json_t *function = json_object_get(node, "function");
    const json_t *children = json_object_get(function, "children");
    size_t count = json_array_size(children);
    if (!kind_of_function(text_of(function, "function_name"), &scan->kind) || count == 0) {
        return false;
    }
    scan->path_count = read_paths(json_array_get(children, 0), arena, &scan->paths);
    shire_scan_option *options = shire_arena_alloc_array(arena, count, sizeof *options);
    if (scan->path_count == 0 || options == NULL) {
        return false;
    }
    for (size_t i = 1; i < count; i++) {
        read_option(json_array_get(children, i), scan, &options[i - 1], arena);
    }
    scan->options = options;
    scan->option_count = count - 1;
    return true;
}

/* FROM 'data/x.csv' */
static bool read_file_scan(json_t *node, shire_scan *scan, shire_arena *arena) {
    const char *name = text_of(node, "table_name");
    const char **path = shire_arena_alloc(arena, sizeof *path);
    if (path == NULL || !kind_of_file(name, &scan->kind)) {
        return false;
    }
    *path = shire_arena_copy_text(arena, name, strlen(name));
    scan->paths = path;
    scan->path_count = *path != NULL ? 1 : 0;
    return *path != NULL;
}

static void note_scan(shire_select *select, json_t *node) {
    shire_scan scan = {0};
    bool is_scan = is_type(node, "TABLE_FUNCTION") ? read_function_scan(node, &scan, select->arena)
                   : is_type(node, "BASE_TABLE")   ? read_file_scan(node, &scan, select->arena)
                                                   : false;
    if (is_scan && select->scan_count < SCANS_MAX) {
        select->scan_nodes[select->scan_count] = node;
        select->scans[select->scan_count++] = scan;
    }
}

/* --- names that are computed with --- */

static void lower_name(const char *name, char lowered[256]) {
    size_t i = 0;
    for (; name[i] != '\0' && i < 255; i++) {
        lowered[i] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] + 32) : name[i];
    }
    lowered[i] = '\0';
}

static void note_computed(shire_select *select, const char *name) {
    char lowered[256];
    lower_name(name, lowered);
    json_object_set_new(select->computed, lowered, json_true());
}

static const char *column_name(const json_t *reference) {
    const json_t *names = json_object_get(reference, "column_names");
    const char *name = json_string_value(json_array_get(names, json_array_size(names) - 1));
    return name == NULL ? "" : name;
}

/* Rows leave it in another order than they enter, or in one that changes with the threads. In the
 * tree each call of a function has an ORDER BY of its own, mostly an empty one. */
static bool reorders(const json_t *node) {
    bool sorts =
        is_type(node, "ORDER_MODIFIER") && json_array_size(json_object_get(node, "orders")) > 0;
    return sorts || is_type(node, "JOIN") || is_type(node, "SET_OPERATION_NODE") ||
           strcmp(text_of(node, "class"), "WINDOW") == 0;
}

/* Collect scans and computed names below `node`. `passed` holds columns that are handed on. */
static void walk(shire_select *select, json_t *node, json_t *passed, int depth) {
    size_t index;
    json_t *item;
    const char *key;
    if (depth > DEPTH_MAX) {
        select->traceable = false;
        return;
    }
    if (json_is_array(node)) {
        json_array_foreach(node, index, item) {
            walk(select, item, passed, depth + 1);
        }
        return;
    }
    if (!json_is_object(node)) {
        return;
    }
    note_scan(select, node);
    select->keeps_order = select->keeps_order && !reorders(node);
    if (is_type(node, "COLUMN_REF")) {
        note_computed(select, column_name(node));
        return;
    }
    json_object_foreach(node, key, item) {
        if (strcmp(key, "select_list") == 0) {
            size_t count = json_array_size(item);
            for (size_t i = 0; i < count; i++) {
                json_t *expression = json_array_get(item, i);
                if (is_type(expression, "COLUMN_REF")) {
                    json_array_append(passed, expression);
                } else {
                    walk(select, expression, passed, depth + 1);
                }
            }
        } else if (strcmp(key, "using_columns") == 0) {
            json_array_foreach(item, index, node) {
                note_computed(select,
                              json_string_value(node) == NULL ? "" : json_string_value(node));
            }
        } else if (strcmp(key, "function") == 0) { /* of a scan: its arguments are no columns */
            shire_scan_kind kind;
            if (!kind_of_function(text_of(item, "function_name"), &kind)) {
                walk(select, item, passed, depth + 1);
            }
        } else {
            walk(select, item, passed, depth + 1);
        }
    }
}

bool shire_select_computes_with(const shire_select *select, const char *name) {
    char lowered[256];
    lower_name(name, lowered);
    return json_object_get(select->computed, lowered) != NULL;
}

/* `a AS x` hands a on; where x is computed with elsewhere, so is a. */
static void close_over_aliases(shire_select *select, const json_t *passed) {
    for (bool changed = true; changed;) {
        size_t index;
        json_t *reference;
        changed = false;
        json_array_foreach(passed, index, reference) {
            const char *alias = text_of(reference, "alias");
            if (*alias != '\0' && shire_select_computes_with(select, alias) &&
                !shire_select_computes_with(select, column_name(reference))) {
                note_computed(select, column_name(reference));
                changed = true;
            }
        }
    }
}

/* --- the base --- */

static bool trace_node(shire_select *select, json_t *node, json_t *outer_ctes, int depth);

static json_t *find_cte(json_t *ctes, const char *name) {
    size_t index;
    json_t *entry;
    json_array_foreach(ctes, index, entry) {
        if (strcasecmp(text_of(entry, "key"), name) == 0) {
            return json_object_get(json_object_get(json_object_get(entry, "value"), "query"),
                                   "node");
        }
    }
    return NULL;
}

static bool add_base(shire_select *select, json_t *select_list, json_t *from, bool is_scan) {
    if (select->base_count == BASES_MAX) {
        return false;
    }
    for (size_t i = 0; i < select->base_count; i++) {
        if (select->bases[i].select_list == select_list) {
            return true; /* a common table expression that is used twice */
        }
    }
    select->bases[select->base_count++] = (base_source){select_list, from, is_scan};
    return true;
}

static bool trace_from(shire_select *select, json_t *select_list, json_t *from, json_t *ctes,
                       int depth) {
    while (is_type(from, "JOIN")) {
        const char *join = text_of(from, "join_type");
        bool keeps_left = *join == '\0' || strcmp(join, "INNER") == 0 || strcmp(join, "LEFT") == 0;
        if (!keeps_left) {
            return false;
        }
        from = json_object_get(from, "left");
    }
    for (size_t i = 0; i < select->scan_count; i++) {
        if (select->scan_nodes[i] == from) {
            select->scans[i].is_base = true;
            return add_base(select, select_list, from, true);
        }
    }
    if (is_type(from, "SUBQUERY")) {
        json_t *inner = json_object_get(json_object_get(from, "subquery"), "node");
        return trace_node(select, inner, ctes, depth + 1) &&
               add_base(select, select_list, from, false);
    }
    if (is_type(from, "BASE_TABLE")) {
        json_t *inner = find_cte(ctes, text_of(from, "table_name"));
        return inner != NULL && trace_node(select, inner, ctes, depth + 1) &&
               add_base(select, select_list, from, false);
    }
    return false;
}

static bool has_distinct(const json_t *node) {
    size_t index;
    json_t *modifier;
    json_array_foreach(json_object_get(node, "modifiers"), index, modifier) {
        if (is_type(modifier, "DISTINCT_MODIFIER")) {
            return true;
        }
    }
    return false;
}

static bool trace_node(shire_select *select, json_t *node, json_t *outer_ctes, int depth) {
    if (depth > DEPTH_MAX || has_distinct(node)) {
        return false;
    }
    json_t *ctes = json_object_get(json_object_get(node, "cte_map"), "map");
    ctes = json_array_size(ctes) > 0 ? ctes : outer_ctes;
    if (is_type(node, "SET_OPERATION_NODE")) {
        bool union_all =
            strcmp(text_of(node, "setop_type"), "UNION") == 0 &&
            !json_is_false(json_object_get(node, "setop_all")); /* left out when true */
        return union_all && trace_node(select, json_object_get(node, "left"), ctes, depth + 1) &&
               trace_node(select, json_object_get(node, "right"), ctes, depth + 1);
    }
    bool grouped = json_array_size(json_object_get(node, "group_expressions")) > 0 ||
                   json_is_object(json_object_get(node, "having"));
    const char *handling = text_of(node, "aggregate_handling");
    bool plain = *handling == '\0' || strcmp(handling, "STANDARD_HANDLING") == 0;
    return is_type(node, "SELECT_NODE") && !grouped && plain &&
           trace_from(select, json_object_get(node, "select_list"),
                      json_object_get(node, "from_table"), ctes, depth);
}

/* --- the public side --- */

static json_t *top_node(const shire_select *select) {
    const json_t *statement = json_array_get(json_object_get(select->tree, "statements"), 0);
    return json_object_get(statement, "node");
}

/* Positions that are "nowhere" are written as 2^64 - 1, which no JSON integer of ours holds. */
static void clear_nowhere(char *json) {
    static const char nowhere[] = "18446744073709551615";
    for (char *at = strstr(json, nowhere); at != NULL; at = strstr(at, nowhere)) {
        memset(at, ' ', sizeof nowhere - 1);
        *at = '0';
    }
}

static shire_status load_tree(shire_table *table, const char *sql, shire_arena *arena,
                              json_t **tree_out, shire_error *error) {
    char *json = NULL;
    shire_status status = shire_table_parse_select(table, sql, arena, &json, error);
    if (status != SHIRE_OK) {
        return status;
    }
    clear_nowhere(json);
    *tree_out = json_loads(json, 0, NULL);
    if (*tree_out == NULL) {
        return SHIRE_FAIL(error, SHIRE_INTERNAL, "the SELECT's syntax tree cannot be read");
    }
    return SHIRE_OK;
}

shire_status shire_select_parse(shire_table *table, const char *sql, shire_arena *arena,
                                shire_select **select_out, shire_error *error) {
    json_t *passed = json_array();
    shire_select *select = shire_memory_resize(NULL, sizeof *select);
    shire_status status = SHIRE_OK;
    if (select == NULL || passed == NULL) {
        shire_memory_free(select);
        json_decref(passed);
        return out_of_memory(error);
    }
    *select = (shire_select){
        .arena = arena, .computed = json_object(), .traceable = true, .keeps_order = true};
    status = load_tree(table, sql, arena, &select->tree, error);
    if (status != SHIRE_OK) {
        goto done;
    }
    walk(select, top_node(select), passed, 0);
    close_over_aliases(select, passed);
    select->traceable = select->traceable && trace_node(select, top_node(select), NULL, 0);
    for (size_t i = 0; i < select->scan_count && !select->traceable; i++) {
        select->scans[i].is_base = false;
    }
    *select_out = select;
done:
    json_decref(passed);
    if (status != SHIRE_OK) {
        shire_select_free(select);
    }
    return status;
}

void shire_select_free(shire_select *select) {
    if (select == NULL) {
        return;
    }
    json_decref(select->tree);
    json_decref(select->computed);
    shire_memory_free(select);
}

size_t shire_select_scan_count(const shire_select *select) {
    return select->scan_count;
}

const shire_scan *shire_select_scan(const shire_select *select, size_t index) {
    return &select->scans[index];
}

bool shire_select_is_traceable(const shire_select *select) {
    return select->traceable;
}

bool shire_select_keeps_order(const shire_select *select) {
    return select->traceable && select->keeps_order && select->scan_count == 1;
}

/* The name that a scan without an alias goes by: the function's, or the file's without ending. */
static const char *default_alias(const json_t *node, shire_arena *arena) {
    if (is_type(node, "TABLE_FUNCTION")) {
        return text_of(json_object_get(node, "function"), "function_name");
    }
    const char *name = text_of(node, "table_name");
    const char *slash = strrchr(name, '/');
    name = slash == NULL ? name : slash + 1;
    const char *dot = strchr(name, '.');
    return shire_arena_copy_text(arena, name, dot == NULL ? strlen(name) : (size_t)(dot - name));
}

shire_status shire_select_replace(shire_select *select, shire_table *table, size_t index,
                                  const char *from_sql, shire_arena *arena, shire_error *error) {
    json_t *node = select->scan_nodes[index];
    json_t *tree = NULL;
    const char *alias = text_of(node, "alias");
    alias = *alias == '\0' ? default_alias(node, arena) : alias;
    const char *sql = shire_arena_format(arena, "SELECT * FROM %s", from_sql);
    json_t *alias_json = alias == NULL ? NULL : json_string(alias);
    if (sql == NULL || alias_json == NULL) {
        json_decref(alias_json);
        return out_of_memory(error);
    }
    json_t *columns = json_incref(json_object_get(node, "column_name_alias"));
    shire_status status = load_tree(table, sql, arena, &tree, error);
    if (status == SHIRE_OK) {
        const json_t *statement = json_array_get(json_object_get(tree, "statements"), 0);
        json_t *from = json_object_get(json_object_get(statement, "node"), "from_table");
        json_object_clear(node);
        json_object_update(node, from);
        json_object_set(node, "alias", alias_json);
        if (columns != NULL) {
            json_object_set(node, "column_name_alias", columns);
        }
    }
    json_decref(columns);
    json_decref(alias_json);
    json_decref(tree);
    return status;
}

shire_status shire_select_print(shire_select *select, shire_table *table, shire_arena *arena,
                                char **sql_out, shire_error *error) {
    char *json = json_dumps(select->tree, JSON_COMPACT);
    if (json == NULL) {
        return out_of_memory(error);
    }
    shire_status status = shire_table_print_select(table, json, arena, sql_out, error);
    free(json);
    return status;
}

static const char file_alias[] = "shire_traced_file";
static const char line_alias[] = "shire_traced_line";

static bool append_column(json_t *select_list, const char *source, const char *name,
                          const char *alias) {
    json_t *reference = json_pack("{s:s, s:s, s:s, s:[s,s]}", "class", "COLUMN_REF", "type",
                                  "COLUMN_REF", "alias", alias, "column_names", source, name);
    return reference != NULL && json_array_append_new(select_list, reference) == 0;
}

shire_status shire_select_print_traced(shire_select *select, shire_table *table,
                                       const char *file_column, const char *line_column,
                                       shire_arena *arena, char **sql_out, shire_error *error) {
    for (size_t i = 0; i < select->base_count; i++) {
        const base_source *base = &select->bases[i];
        const char *alias = text_of(base->from, "alias");
        if (*alias == '\0' && is_type(base->from, "BASE_TABLE")) {
            alias = text_of(base->from, "table_name");
        } else if (*alias == '\0') {
            alias = "shire_base";
            json_object_set_new(base->from, "alias", json_string(alias));
        }
        if (!append_column(base->select_list, alias, base->is_scan ? file_column : file_alias,
                           file_alias) ||
            !append_column(base->select_list, alias, base->is_scan ? line_column : line_alias,
                           line_alias)) {
            return out_of_memory(error);
        }
    }
    return shire_select_print(select, table, arena, sql_out, error);
}
