/*
 * What needs more than one row: keys that stand twice, numbers, references. Keys are compared by
 * hash first, so that clean data costs one grouping of integers; only groups of equal hashes are
 * looked at in full.
 */
#include "load/load_internal.h"

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

/* SELECT h of the hashes that several rows have. */
static void append_repeated_hashes(shire_builder *sql, const load_target *target) {
    shire_builder_append_text(sql, "SELECT h FROM (SELECT hash(");
    append_key(sql, target);
    shire_builder_append_format(sql, ") AS h FROM %s WHERE ", target->name);
    append_keyed(sql, target);
    shire_builder_append_text(sql, ") GROUP BY h HAVING count(*) > 1");
}

static shire_status find_repeats(load_run *run, const load_target *target, bool *found_out,
                                 shire_error *error) {
    shire_builder sql = {0};
    int64_t count = 0;
    *found_out = false;
    if (target->key_count == 0) {
        return SHIRE_OK;
    }
    shire_builder_append_text(&sql, "SELECT count(*) FROM (");
    append_repeated_hashes(&sql, target);
    shire_builder_append_text(&sql, ")");
    shire_status status = load_query_int64(run, &sql, &count, error);
    if (status != SHIRE_OK || count == 0) {
        return status;
    }
    *found_out = true;
    sql = (shire_builder){0};
    shire_builder_append_text(
        &sql, "CREATE OR REPLACE TEMP TABLE shire_repeat AS SELECT * FROM (SELECT rowid AS id, "
              "extract_no, source_file, source_line, row_number() OVER w AS place, "
              "first_value(source_file) OVER w AS first_file, first_value(source_line) OVER w AS "
              "first_line FROM ");
    shire_builder_append_format(&sql, "%s WHERE ", target->name);
    append_keyed(&sql, target);
    shire_builder_append_text(&sql, " AND hash(");
    append_key(&sql, target);
    shire_builder_append_text(&sql, ") IN (");
    append_repeated_hashes(&sql, target);
    shire_builder_append_text(&sql, ") WINDOW w AS (PARTITION BY ");
    append_key(&sql, target);
    shire_builder_append_text(&sql, " ORDER BY rowid)) WHERE place > 1");
    return load_execute(run, &sql, error);
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

/* Rows of an extract that match `condition` in `from`. */
static shire_status count_rows(load_run *run, const char *from, int extract_no,
                               const char *condition, int64_t *count_out, shire_error *error) {
    shire_builder sql = {0};
    shire_builder_append_format(&sql, "SELECT count(*) FROM %s WHERE extract_no = %d%s", from,
                                extract_no, condition);
    return load_query_int64(run, &sql, count_out, error);
}

#define REJECTED_CONDITION " AND contains(" LOAD_PROBLEMS_COLUMN ", '.!')"

static shire_status delete_rejected(load_run *run, const load_target *target, bool repeats,
                                    shire_error *error) {
    shire_builder sql = {0};
    shire_builder_append_format(
        &sql, "DELETE FROM %s WHERE contains(" LOAD_PROBLEMS_COLUMN ", '.!')", target->name);
    shire_status status = load_execute(run, &sql, error);
    if (status == SHIRE_OK && repeats) {
        sql = (shire_builder){0};
        shire_builder_append_format(
            &sql, "DELETE FROM %s WHERE rowid IN (SELECT id FROM shire_repeat)", target->name);
        status = load_execute(run, &sql, error);
    }
    return status;
}

/* Dense numbers in the rows' order. Row ids are just that until a row is deleted. */
static shire_status give_numbers(load_run *run, const load_target *target, shire_error *error) {
    shire_builder sql = {0};
    int64_t gaps = 0;
    shire_builder_append_format(&sql, "SELECT coalesce(max(rowid) + 1, 0) - count(*) FROM %s",
                                target->name);
    shire_status status = load_query_int64(run, &sql, &gaps, error);
    if (status != SHIRE_OK) {
        return status;
    }
    sql = (shire_builder){0};
    if (gaps == 0) {
        shire_builder_append_format(&sql, "UPDATE %s SET %s = rowid", target->name,
                                    target->number_name);
    } else {
        shire_builder_append_format(
            &sql,
            "UPDATE %s SET %s = n.number FROM (SELECT rowid AS id, row_number() OVER (ORDER BY "
            "rowid) - 1 AS number FROM %s) AS n WHERE n.id = %s.rowid",
            target->name, target->number_name, target->name, target->name);
    }
    return load_execute(run, &sql, error);
}

/* rows_inserted = rows loaded + rows rejected, each counted by itself. */
static shire_status settle_count(load_run *run, const load_target *target, load_extract *extract,
                                 int64_t rejected, shire_error *error) {
    shire_status status =
        count_rows(run, target->name, extract->extract_no, "", &extract->rows_loaded, error);
    if (status == SHIRE_OK && extract->rows_loaded + rejected != extract->rows_inserted) {
        return SHIRE_FAIL(error, SHIRE_INTERNAL,
                          "%s: %lld rows were read, but %lld are loaded and %lld rejected; please "
                          "report this",
                          extract->file, (long long)extract->rows_inserted,
                          (long long)extract->rows_loaded, (long long)rejected);
    }
    extract->rows_rejected += rejected;
    return status;
}

shire_status load_key_finish(load_run *run, const load_target *target, load_extract *extracts,
                             size_t extract_count, shire_error *error) {
    bool repeats = false;
    int64_t *rejected = shire_arena_alloc_array(run->arena, extract_count + 1, sizeof *rejected);
    if (rejected == NULL) {
        return load_out_of_memory(error);
    }
    shire_status status = find_repeats(run, target, &repeats, error);
    if (status == SHIRE_OK && repeats) {
        status = list_repeats(run, target, error);
    }
    for (size_t i = 0; status == SHIRE_OK && i < extract_count; i++) {
        int64_t count = 0;
        if (extracts[i].target != target || extracts[i].failed) {
            continue;
        }
        status = count_rows(run, target->name, extracts[i].extract_no, REJECTED_CONDITION,
                            &rejected[i], error);
        if (status == SHIRE_OK && repeats) {
            status = count_rows(run, "shire_repeat", extracts[i].extract_no, "", &count, error);
        }
        rejected[i] += count;
        rejected[extract_count] += rejected[i];
    }
    if (status == SHIRE_OK && rejected[extract_count] > 0) {
        status = delete_rejected(run, target, repeats, error);
    }
    if (status == SHIRE_OK && repeats) {
        status = shire_table_execute(run->table, "DROP TABLE shire_repeat", error);
    }
    if (status == SHIRE_OK) {
        status = give_numbers(run, target, error);
    }
    for (size_t i = 0; status == SHIRE_OK && i < extract_count; i++) {
        if (extracts[i].target == target && !extracts[i].failed) {
            status = settle_count(run, target, &extracts[i], rejected[i], error);
        }
    }
    if (status == SHIRE_OK) {
        shire_builder sql = {0};
        shire_builder_append_format(&sql, "ALTER TABLE %s DROP COLUMN " LOAD_PROBLEMS_COLUMN,
                                    target->name);
        status = load_execute(run, &sql, error);
    }
    return status;
}

/* --- references --- */

/* Where a body's source has not one person record, one finding speaks for all of its events. */
static const char *const reference_sql[] = {
    "UPDATE event SET record_no = p.record_no FROM person_record AS p WHERE p.organisation_no = "
    "event.organisation_no AND p.source = event.source AND p.local_id = event.local_id",

    "INSERT INTO finding SELECT 'load', 'warning', 'dangling_reference', source_file, source_line, "
    "'local_id', 'no person record has this organisation, source and local_id; the event is loaded "
    "without a person', 'add the person record, or correct local_id', 1 FROM event WHERE local_id "
    "IS NOT NULL AND record_no IS NULL AND (organisation_no, source) IN (SELECT (organisation_no, "
    "source) FROM person_record)",

    "INSERT INTO finding SELECT 'load', 'warning', 'dangling_reference', source_file, "
    "min(source_line), 'local_id', concat('the source ', source, ' has no person records at all; "
    "its events are loaded without persons'), 'add an extract of person records of this source', "
    "count(*) FROM event WHERE local_id IS NOT NULL AND record_no IS NULL AND (organisation_no, "
    "source) NOT IN (SELECT (organisation_no, source) FROM person_record) GROUP BY "
    "organisation_no, source, source_file",

    "INSERT INTO finding SELECT 'load', 'warning', 'dangling_reference', source_file, source_line, "
    "'event_id', 'no event of this organisation has this event_id; the item is loaded', 'add the "
    "event, or correct event_id', 1 FROM activity_item AS i WHERE event_id IS NOT NULL AND "
    "organisation_no IN (SELECT organisation_no FROM event) AND NOT EXISTS (SELECT 1 FROM event AS "
    "e WHERE e.organisation_no = i.organisation_no AND e.event_id = i.event_id)",

    "INSERT INTO finding SELECT 'load', 'warning', 'dangling_reference', source_file, "
    "min(source_line), 'event_id', 'the organisation has no events at all; its items are loaded', "
    "'add an extract of events of this organisation', count(*) FROM activity_item WHERE event_id "
    "IS NOT NULL AND organisation_no NOT IN (SELECT organisation_no FROM event) GROUP BY "
    "organisation_no, source_file",
};

shire_status load_key_resolve(load_run *run, shire_error *error) {
    shire_status status = SHIRE_OK;
    for (size_t i = 0; status == SHIRE_OK && i < sizeof reference_sql / sizeof reference_sql[0];
         i++) {
        status = shire_table_execute(run->table, reference_sql[i], error);
    }
    return status;
}
