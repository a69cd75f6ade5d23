/*
 * Taking over what the last run loaded. Loading leaves the table load_input: a hash over everything
 * that it read and over the program, and the names of the tables that there were then. A run that
 * finds the same hash begins with a copy of the last warehouse and drops what later stages had
 * made; copying blocks costs a tenth of reading, checking and packing the same rows. Whatever is in
 * doubt (an extract that asks the clock, a file that changed while it was read, another build of
 * the program) leaves no hash or another one, and everything is loaded.
 */
#include "load/load_internal.h"

#include "io/file.h"

#include <string.h>

/* Findings about files that were not there or not readable stay only as long as that stays so,
 * which no hash of contents tells. */
#define UNHASHED_SQL                                                                               \
    "SELECT count(*) FROM finding WHERE kind IN ('missing_file', 'unreadable_file', 'empty_file')"

shire_status load_recall_note(load_run *run, shire_error *error) {
    int64_t unhashed = 0;
    shire_status status = shire_table_execute(run->table, "DROP TABLE IF EXISTS load_input", error);
    if (status == SHIRE_OK) {
        status = shire_table_query_int64(run->table, UNHASHED_SQL, &unhashed, error);
    }
    if (status != SHIRE_OK || unhashed > 0 || run->inputs[0] == '\0') {
        return status;
    }
    shire_builder sql = {0};
    shire_builder_append_format(
        &sql,
        "CREATE TABLE load_input AS SELECT '%s' AS hash, table_name FROM duckdb_tables() WHERE NOT "
        "internal AND NOT temporary ORDER BY table_name",
        run->inputs);
    return load_execute(run, &sql, error);
}

static shire_status drop_each(load_run *run, const char *kind, const char *names_sql,
                              shire_error *error) {
    shire_builder query = {0};
    const char **names = NULL;
    size_t count = 0;
    shire_builder_append_text(&query, names_sql);
    shire_status status = load_query_texts(run, &query, &names, &count, error);
    for (size_t i = 0; i < count && status == SHIRE_OK; i++) {
        shire_builder sql = {0};
        shire_builder_append_format(&sql, "DROP %s ", kind);
        load_append_name(&sql, names[i]);
        status = load_execute(run, &sql, error);
    }
    return status;
}

shire_status load_recall_clear(load_run *run, shire_error *error) {
    shire_status status = drop_each(
        run, "VIEW", "SELECT view_name FROM duckdb_views() WHERE NOT internal ORDER BY 1", error);
    if (status == SHIRE_OK) {
        status = drop_each(run, "TABLE",
                           "SELECT table_name FROM duckdb_tables() WHERE NOT internal AND NOT "
                           "temporary AND table_name <> 'load_input' AND table_name NOT IN (SELECT "
                           "table_name FROM load_input) ORDER BY 1",
                           error);
    }
    return status == SHIRE_OK
               ? shire_table_execute(run->table, "DELETE FROM finding WHERE stage <> 'load'", error)
               : status;
}

/* The hash that the last run left; false when there is none, or more in doubt. */
static bool read_last(const char *path, const shire_partnership *partnership, shire_arena *arena,
                      char hash_out[65]) {
    const shire_table_options options = {.path = path,
                                         .read_only = true,
                                         .thread_count = 1,
                                         .memory_limit_mb = partnership->memory_limit_mb};
    shire_table *table = NULL;
    shire_frame frame;
    const char *log = shire_arena_format(arena, "%s.wal", path);
    bool found = log != NULL && shire_file_exists(path) && !shire_file_exists(log) &&
                 shire_table_open(&options, &table, NULL) == SHIRE_OK &&
                 shire_table_query(table, "SELECT hash FROM load_input LIMIT 1", arena, &frame,
                                   NULL) == SHIRE_OK &&
                 frame.row_count == 1;
    if (found) {
        shire_span hash = shire_column_text(&frame.columns[0], 0);
        found = hash.length == 64;
        memcpy(hash_out, hash.bytes, found ? 64 : 0);
        hash_out[found ? 64 : 0] = '\0';
    }
    shire_table_close(table);
    return found;
}

/* The hash of what is there now, in run->inputs: empty in doubt. */
static shire_status hash_now(load_run *run, int thread_count, shire_error *error) {
    const char *const *names = NULL;
    size_t count = 0;
    const char *dir = shire_arena_format(run->arena, "%s/extracts", run->partnership->dir);
    shire_status status = dir == NULL
                              ? load_out_of_memory(error)
                              : shire_dir_list(dir, ".sql", run->arena, &names, &count, error);
    if (status == SHIRE_OK) {
        status = load_finding_create(run, error);
    }
    load_extract *extracts = shire_arena_alloc_array(run->arena, count + 1, sizeof *extracts);
    for (size_t i = 0; status == SHIRE_OK && extracts != NULL && i < count; i++) {
        status = load_extract_read(run, names[i], (int)i, &extracts[i], error);
        if (status == SHIRE_OK && !extracts[i].failed) {
            status = load_plan_find_files(run, &extracts[i], error);
        }
    }
    if (status != SHIRE_OK || extracts == NULL) {
        return status == SHIRE_OK ? load_out_of_memory(error) : status;
    }
    return load_hash_present(run, extracts, count, thread_count, error);
}

bool shire_load_recall(const shire_partnership *partnership, const char *last_path,
                       const char *next_path, int thread_count, shire_arena *arena) {
    load_run run = {.partnership = partnership, .arena = arena};
    const shire_table_options scratch = {.thread_count = 1};
    char last[65];
    if (!read_last(last_path, partnership, arena, last) ||
        shire_table_open(&scratch, &run.table, NULL) != SHIRE_OK) {
        return false;
    }
    bool same = hash_now(&run, thread_count, NULL) == SHIRE_OK && strcmp(run.inputs, last) == 0;
    shire_table_close(run.table);
    return same && shire_file_copy(last_path, next_path, NULL) == SHIRE_OK;
}
