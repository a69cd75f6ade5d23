/*
 * What needs more than one row of a table: keys that stand twice, and numbers. Keys are compared by
 * hash first, so that clean data costs one look-up a row; only rows of equal hashes are compared in
 * full.
 */
#include "load/load_internal.h"
#include "load/load_key_kernel.h"

#include <string.h>

/* Rows that have every part of the key and are not rejected already. */
static void append_keyed(shire_builder *sql, const load_target *target) {
    shire_builder_append_text(sql, "(" LOAD_PROBLEMS_COLUMN
                                   " IS NULL OR NOT contains(" LOAD_PROBLEMS_COLUMN ", '.!'))");
    for (size_t i = 0; i < target->key_count; i++) {
        shire_builder_append_format(sql, " AND %s IS NOT NULL", target->key[i]);
    }
}

static void append_key(shire_builder *sql, const load_target *target) {
    for (size_t i = 0; i < target->key_count; i++) {
        shire_builder_append_format(sql, "%s%s", i == 0 ? "" : ", ", target->key[i]);
    }
}

static void append_hash(shire_builder *sql, const load_target *target) {
    shire_builder_append_text(sql, "CAST(hash(");
    append_key(sql, target);
    shire_builder_append_text(sql, ") >> 1 AS BIGINT)");
}

shire_status load_key_table(load_run *run, const char *table, const char *column,
                            const int64_t *values, size_t count, shire_error *error) {
    shire_builder sql = {0};
    const shire_column columns[] = {{.name = column, .type = SHIRE_TYPE_INT64, .int64 = values}};
    const shire_frame frame = {
        .row_count = count, .column_count = 1, .columns = (shire_column *)columns};
    shire_builder_append_format(&sql, "CREATE OR REPLACE TEMP TABLE %s (%s BIGINT)", table, column);
    shire_status status = load_execute(run, &sql, error);
    return status == SHIRE_OK ? shire_table_append(run->table, table, &frame, error) : status;
}

/* Hashes as they are read: those in `repeated` were met before. */
typedef struct hash_scan {
    load_key_set set;
    int64_t *repeated;
    size_t repeated_count;
} hash_scan;

static shire_status take_hashes(const shire_frame *batch, void *context, shire_error *error) {
    hash_scan *scan = context;
    (void)error;
    scan->repeated_count += load_key_add(&scan->set, batch->columns[0].int64, batch->row_count,
                                         scan->repeated + scan->repeated_count);
    return SHIRE_OK;
}

/* The hashes that several rows have, in `arena`. */
static shire_status find_repeated_hashes(load_run *run, const load_target *target,
                                         shire_arena *arena, int64_t **hashes_out,
                                         size_t *count_out, shire_error *error) {
    shire_builder sql = {0};
    int64_t row_count = 0;
    shire_builder_append_format(&sql, "SELECT count(*) FROM %s", target->name);
    shire_status status = load_query_int64(run, &sql, &row_count, error);
    if (status != SHIRE_OK) {
        return status;
    }
    size_t slot_count = load_key_slot_count((size_t)row_count);
    hash_scan scan = {
        .set = {.slots = shire_arena_alloc_array(arena, slot_count, sizeof *scan.set.slots),
                .mask = slot_count - 1},
        .repeated = shire_arena_alloc_array(arena, (size_t)row_count, sizeof *scan.repeated)};
    if (scan.set.slots == NULL || scan.repeated == NULL) {
        return load_out_of_memory(error);
    }
    shire_builder_append_text(&sql, "SELECT ");
    append_hash(&sql, target);
    shire_builder_append_format(&sql, " AS h FROM %s WHERE ", target->name);
    append_keyed(&sql, target);
    status = sql.failed ? load_out_of_memory(error)
                        : shire_table_scan(run->table, sql.bytes, take_hashes, &scan, error);
    shire_builder_free(&sql);
    *hashes_out = scan.repeated;
    *count_out = scan.repeated_count;
    return status;
}

/* Rows of equal hashes, compared in full. */
static shire_status compare_repeats(load_run *run, const load_target *target, shire_error *error) {
    shire_builder sql = {0};
    shire_builder_append_text(
        &sql, "CREATE OR REPLACE TEMP TABLE shire_repeat AS SELECT * FROM (SELECT rowid AS id, "
              "extract_no, source_file, source_line, row_number() OVER w AS place, "
              "first_value(source_file) OVER w AS first_file, first_value(source_line) OVER w AS "
              "first_line FROM ");
    shire_builder_append_format(&sql, "%s WHERE ", target->name);
    append_keyed(&sql, target);
    shire_builder_append_text(&sql, " AND ");
    append_hash(&sql, target);
    shire_builder_append_text(&sql, " IN (SELECT h FROM shire_repeat_hash) WINDOW w AS (PARTITION "
                                    "BY ");
    append_key(&sql, target);
    shire_builder_append_text(&sql, " ORDER BY rowid)) WHERE place > 1");
    return load_execute(run, &sql, error);
}

static shire_status find_repeats(load_run *run, const load_target *target, bool *found_out,
                                 shire_error *error) {
    shire_arena *arena = NULL;
    int64_t *hashes = NULL;
    size_t count = 0;
    *found_out = false;
    if (target->key_count == 0) {
        return SHIRE_OK;
    }
    shire_status status = shire_arena_new("load_keys", 0, &arena, error);
    if (status == SHIRE_OK) {
        status = find_repeated_hashes(run, target, arena, &hashes, &count, error);
    }
    if (status == SHIRE_OK && count > 0) {
        *found_out = true;
        status = load_key_table(run, "shire_repeat_hash", "h", hashes, count, error);
        if (status == SHIRE_OK) {
            status = compare_repeats(run, target, error);
        }
        if (status == SHIRE_OK) {
            status = shire_table_execute(run->table, "DROP TABLE shire_repeat_hash", error);
        }
    }
    shire_arena_free(arena);
    return status;
}

static shire_status list_repeats(load_run *run, const load_target *target, shire_error *error) {
    shire_builder sql = {0};
    shire_builder_append_format(
        &sql,
        "INSERT INTO finding SELECT 'load', 'error', 'duplicate_key', source_file, source_line, "
        "'%s', concat('a row with the same organisation, %s and %s was loaded before: ', "
        "first_file, ' line ', first_line), 'keep one of the rows, or give them keys of their "
        "own', 1 FROM shire_repeat",
        target->key[2], target->key[1], target->key[2]);
    return load_execute(run, &sql, error);
}

/* An event that is told again of another person record is not loaded again, but whom it names is
 * kept: one event of two records is a fact about them. */
static shire_status keep_also(load_run *run, const load_target *target, shire_error *error) {
    return strcmp(target->name, "event") != 0
               ? SHIRE_OK
               : shire_table_execute(run->table,
                                     "INSERT INTO event_also SELECT DISTINCT organisation_no, "
                                     "source, event_id, local_id FROM event WHERE rowid IN (SELECT "
                                     "id FROM shire_repeat) AND local_id IS NOT NULL ORDER BY ALL",
                                     error);
}

/* --- rejected rows --- */

/* The table shire_reject: row id and extract of every row that is not to stay. */
static shire_status collect_rejected(load_run *run, const load_target *target, bool repeats,
                                     shire_error *error) {
    shire_builder sql = {0};
    shire_builder_append_format(
        &sql,
        "CREATE OR REPLACE TEMP TABLE shire_reject AS SELECT rowid AS id, "
        "extract_no FROM %s WHERE contains(" LOAD_PROBLEMS_COLUMN ", '.!')%s",
        target->name, repeats ? " UNION ALL SELECT id, extract_no FROM shire_repeat" : "");
    return load_execute(run, &sql, error);
}

/* Rows by extract number, of `from`. counts_out[extract_no]. */
static shire_status count_by_extract(load_run *run, const char *from, int64_t *counts_out,
                                     shire_error *error) {
    shire_builder sql = {0};
    shire_frame frame;
    shire_builder_append_format(&sql, "SELECT extract_no, count(*) FROM %s GROUP BY extract_no",
                                from);
    shire_status status = sql.failed
                              ? load_out_of_memory(error)
                              : shire_table_query(run->table, sql.bytes, run->arena, &frame, error);
    shire_builder_free(&sql);
    for (size_t i = 0; status == SHIRE_OK && i < frame.row_count; i++) {
        counts_out[frame.columns[0].int32[i]] = frame.columns[1].int64[i];
    }
    return status;
}

/* --- numbers --- */

typedef struct row_marks {
    int64_t *marks; /* by row id: 1 where a row stands */
} row_marks;

static shire_status mark_rows(const shire_frame *batch, void *context, shire_error *error) {
    row_marks *rows = context;
    (void)error;
    for (size_t i = 0; i < batch->row_count; i++) {
        rows->marks[batch->columns[0].int64[i]] = 1;
    }
    return SHIRE_OK;
}

/* Dense numbers in the order of the row ids, which have gaps where rows were deleted. */
static shire_status number_rows(load_run *run, const load_target *target, shire_arena *arena,
                                shire_error *error) {
    shire_builder sql = {0};
    int64_t limit = 0, next = 0;
    shire_builder_append_format(&sql, "SELECT coalesce(max(rowid) + 1, 0) FROM %s", target->name);
    shire_status status = load_query_int64(run, &sql, &limit, error);
    if (status != SHIRE_OK) {
        return status;
    }
    row_marks rows = {shire_arena_alloc_array(arena, (size_t)limit, sizeof *rows.marks)};
    shire_builder_append_format(&sql, "SELECT rowid FROM %s", target->name);
    status = sql.failed || rows.marks == NULL
                 ? load_out_of_memory(error)
                 : shire_table_scan(run->table, sql.bytes, mark_rows, &rows, error);
    shire_builder_free(&sql);
    for (int64_t id = 0; status == SHIRE_OK && id < limit; id++) {
        int64_t stands = rows.marks[id];
        rows.marks[id] = next;
        next += stands;
    }
    return status == SHIRE_OK ? shire_table_fill(run->table, target->name, target->number_name,
                                                 rows.marks, NULL, (size_t)limit, error)
                              : status;
}

static shire_status give_numbers(load_run *run, const load_target *target, shire_error *error) {
    shire_arena *arena = NULL;
    shire_status status = shire_arena_new("load_numbers", 0, &arena, error);
    if (status == SHIRE_OK) {
        status = number_rows(run, target, arena, error);
    }
    shire_arena_free(arena);
    return status;
}

/* rows_inserted = rows loaded + rows rejected, each counted by itself. */
static shire_status settle_counts(load_run *run, const load_target *target, load_extract *extracts,
                                  size_t extract_count, const int64_t *rejected,
                                  shire_error *error) {
    int64_t *loaded = shire_arena_alloc_array(run->arena, extract_count, sizeof *loaded);
    if (loaded == NULL) {
        return load_out_of_memory(error);
    }
    shire_status status = count_by_extract(run, target->name, loaded, error);
    for (size_t i = 0; status == SHIRE_OK && i < extract_count; i++) {
        load_extract *extract = &extracts[i];
        if (extract->target != target || extract->failed) {
            continue;
        }
        if (loaded[i] + rejected[i] != extract->rows_inserted) {
            return SHIRE_FAIL(error, SHIRE_INTERNAL,
                              "%s: %lld rows were read, but %lld are loaded and %lld rejected; "
                              "please report this",
                              extract->file, (long long)extract->rows_inserted,
                              (long long)loaded[i], (long long)rejected[i]);
        }
        extract->rows_loaded = loaded[i];
        extract->rows_rejected += rejected[i];
    }
    return status;
}

static shire_status delete_rejected(load_run *run, const load_target *target, size_t extract_count,
                                    int64_t *rejected_out, shire_error *error) {
    shire_builder sql = {0};
    int64_t total = 0;
    shire_status status = count_by_extract(run, "shire_reject", rejected_out, error);
    for (size_t i = 0; i < extract_count; i++) {
        total += rejected_out[i];
    }
    if (status == SHIRE_OK && total > 0) {
        shire_builder_append_format(
            &sql, "DELETE FROM %s WHERE rowid IN (SELECT id FROM shire_reject)", target->name);
        status = load_execute(run, &sql, error);
    }
    return status;
}

shire_status load_key_finish(load_run *run, const load_target *target, load_extract *extracts,
                             size_t extract_count, shire_error *error) {
    bool repeats = false;
    int64_t *rejected = shire_arena_alloc_array(run->arena, extract_count, sizeof *rejected);
    if (rejected == NULL) {
        return load_out_of_memory(error);
    }
    shire_status status = load_table_list_problems(run, target, error);
    if (status == SHIRE_OK) {
        status = find_repeats(run, target, &repeats, error);
    }
    if (status == SHIRE_OK && repeats) {
        status = list_repeats(run, target, error);
        if (status == SHIRE_OK) {
            status = keep_also(run, target, error);
        }
    }
    if (status == SHIRE_OK) {
        status = collect_rejected(run, target, repeats, error);
    }
    if (status == SHIRE_OK) {
        status = delete_rejected(run, target, extract_count, rejected, error);
    }
    if (status == SHIRE_OK) {
        status = give_numbers(run, target, error);
    }
    if (status == SHIRE_OK) {
        status = settle_counts(run, target, extracts, extract_count, rejected, error);
    }
    if (status == SHIRE_OK) {
        status = shire_table_execute(run->table, "DROP TABLE IF EXISTS shire_repeat", error);
    }
    if (status == SHIRE_OK) {
        status = shire_table_execute(run->table, "DROP TABLE IF EXISTS shire_reject", error);
    }
    if (status == SHIRE_OK) {
        shire_builder sql = {0};
        shire_builder_append_format(&sql, "ALTER TABLE %s DROP COLUMN " LOAD_PROBLEMS_COLUMN,
                                    target->name);
        status = load_execute(run, &sql, error);
    }
    return status;
}
