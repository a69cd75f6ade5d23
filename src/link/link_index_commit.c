/*
 * From the warehouse's tables index_* into the store. The same function ends a good run and mends
 * after a killed one, so that what it does is the same in both: if the store is in the state that
 * the warehouse began with, it is brought to the one that the warehouse ended with. The run's entry
 * in the audit log is written in the same transaction.
 */
#include "link/link_index.h"

#include "io/file.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* One INSERT a table of the warehouse: its columns by position, each text or int64, empty text of a
 * nullable one is null. */
typedef struct transfer {
    const char *query;
    const char *insert;
} transfer;

static const transfer transfers[] = {
    {"SELECT DISTINCT person_id FROM index_member ORDER BY person_id",
     "INSERT INTO index_person (person_id, made_run) VALUES ($2, $1) ON CONFLICT (person_id) DO "
     "UPDATE SET retired_run = NULL, retired_into = NULL"},
    {"SELECT organisation, source, local_id, person_id FROM index_member ORDER BY organisation, "
     "source, local_id",
     "INSERT INTO index_member (organisation, source, local_id, person_id) VALUES ($2, $3, $4, $5) "
     "ON CONFLICT (organisation, source, local_id) DO UPDATE SET person_id = excluded.person_id"},
    {"SELECT person_id, into_person FROM index_retired ORDER BY person_id",
     "UPDATE index_person SET retired_run = $1, retired_into = $3 WHERE person_id = $2"},
    {"SELECT change_no, kind, from_person, to_person, reason, fact, decision_no, weight, pair_a, "
     "pair_b FROM index_change ORDER BY change_no",
     "INSERT INTO index_change (run_no, change_no, kind, from_person, to_person, reason, fact, "
     "decision_no, weight, pair_a, pair_b) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"},
    {"SELECT change_no, place, side, organisation, source, local_id FROM index_change_record ORDER "
     "BY change_no, place",
     "INSERT INTO index_change_record (change_no, place, side, organisation, source, local_id) "
     "VALUES ($2, $3, $4, $5, $6, $7)"},
};

typedef struct transfer_run {
    shire_store_statement *statement;
    bool takes_run_no;
    int64_t run_no;
} transfer_run;

static shire_status insert_rows(const shire_frame *batch, void *context, shire_error *error) {
    transfer_run *work = context;
    shire_status status = SHIRE_OK;
    if (work->takes_run_no) {
        shire_store_bind_int64(work->statement, 1, work->run_no);
    }
    for (size_t row = 0; status == SHIRE_OK && row < batch->row_count; row++) {
        for (size_t i = 0; i < batch->column_count; i++) {
            const shire_column *column = &batch->columns[i];
            int parameter = (int)i + 2;
            if (shire_column_is_null(column, row)) {
                shire_store_bind_null(work->statement, parameter);
            } else if (column->type == SHIRE_TYPE_TEXT) {
                shire_store_bind_text(work->statement, parameter, shire_column_text(column, row));
            } else {
                shire_store_bind_int64(work->statement, parameter, column->int64[row]);
            }
        }
        status = shire_store_send(work->statement, error);
    }
    return status;
}

/* `is_first`: the index is empty, so that no row can be there already. */
static shire_status transfer_rows(const transfer *what, bool is_first, shire_table *warehouse,
                                  shire_store *store, int64_t run_no, shire_error *error) {
    const char *conflict = is_first ? strstr(what->insert, " ON CONFLICT") : NULL;
    char insert[512];
    snprintf(insert, sizeof insert, "%.*s",
             (int)(conflict == NULL ? strlen(what->insert) : (size_t)(conflict - what->insert)),
             what->insert);
    transfer_run work = {.takes_run_no = strstr(what->insert, "$1,") != NULL ||
                                         strstr(what->insert, "$1)") != NULL,
                         .run_no = run_no};
    shire_status status = shire_store_prepare(store, insert, &work.statement, error);
    if (status == SHIRE_OK) {
        status = shire_table_scan(warehouse, what->query, insert_rows, &work, error);
    }
    shire_store_finalize(work.statement);
    return status;
}

static void format_now(char text_out[32]) {
    time_t now = time(NULL);
    struct tm parts;
    strftime(text_out, 32, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &parts));
}

static shire_status insert_run(const shire_frame *run, shire_store *store, shire_error *error) {
    shire_store_statement *statement = NULL;
    char now[32];
    format_now(now);
    shire_status status = shire_store_prepare(
        store,
        "INSERT INTO index_run (run_no, finished, state, record_count, person_count) VALUES ($1, "
        "$2, $3, $4, $5)",
        &statement, error);
    if (status == SHIRE_OK) {
        shire_store_bind_int64(statement, 1, run->columns[0].int64[0]);
        shire_store_bind_text(statement, 2, shire_span_of(now));
        shire_store_bind_text(statement, 3, shire_column_text(&run->columns[2], 0));
        shire_store_bind_int64(statement, 4, run->columns[3].int64[0]);
        shire_store_bind_int64(statement, 5, run->columns[4].int64[0]);
        status = shire_store_run(statement, error);
    }
    shire_store_finalize(statement);
    return status;
}

/* The store's state as text in `arena`. */
static shire_status read_store_state(shire_store *store, shire_arena *arena, char **state_out,
                                     shire_error *error) {
    shire_store_statement *statement = NULL;
    bool has_row = false;
    shire_status status = shire_store_prepare(
        store, "SELECT state FROM index_run ORDER BY run_no DESC LIMIT 1", &statement, error);
    if (status == SHIRE_OK) {
        status = shire_store_step(statement, &has_row, error);
    }
    if (status == SHIRE_OK) {
        *state_out = has_row ? shire_link_store_text(statement, 0, arena)
                             : shire_arena_copy_text(arena, "", 0);
        if (*state_out == NULL) {
            status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the store");
        }
    }
    shire_store_finalize(statement);
    return status;
}

/* Bring the index to the state that the warehouse ended with, in the caller's transaction; nothing
 * where that was done already, or the two are of different origin. */
static shire_status apply(shire_table *warehouse, const shire_frame *run, shire_store *store,
                          shire_arena *arena, bool *is_applied_out, shire_error *error) {
    char *state = NULL;
    shire_status status = read_store_state(store, arena, &state, error);
    *is_applied_out =
        status == SHIRE_OK &&
        shire_span_equal(shire_span_of(state), shire_column_text(&run->columns[1], 0));
    if (!*is_applied_out) {
        return status;
    }
    bool is_first = *state == '\0';
    status = insert_run(run, store, error);
    if (status == SHIRE_OK && is_first) {
        status = shire_store_execute(store, "DROP INDEX index_member_by_person", error);
    }
    for (size_t i = 0; i < sizeof transfers / sizeof transfers[0] && status == SHIRE_OK; i++) {
        status = transfer_rows(&transfers[i], is_first, warehouse, store, run->columns[0].int64[0],
                               error);
    }
    if (status == SHIRE_OK && is_first) { /* sorted at once instead of row by row; as in sql/0001 */
        status = shire_store_execute(
            store, "CREATE INDEX index_member_by_person ON index_member (person_id)", error);
    }
    return status;
}

/* The row of index_run, or no row where the warehouse has no such table. */
static shire_status read_run(shire_table *warehouse, shire_arena *arena, shire_frame *run_out,
                             shire_error *error) {
    int64_t count = 0;
    shire_status status = shire_table_query_int64(
        warehouse, "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'index_run'", &count,
        error);
    *run_out = (shire_frame){0};
    return status == SHIRE_OK && count > 0
               ? shire_table_query(warehouse,
                                   "SELECT run_no, state_before, state_after, record_count, "
                                   "person_count FROM index_run",
                                   arena, run_out, error)
               : status;
}

shire_status shire_link_index_prepare(const shire_partnership *partnership, shire_arena *arena,
                                      shire_error *error) {
    shire_store *store = NULL;
    const char *path = shire_partnership_store(partnership, arena);
    if (path == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the store");
    }
    bool exists = false;
    shire_status status = shire_store_exists(path, &exists, error);
    if (status == SHIRE_OK && !exists) {
        status = shire_store_open(path, SHIRE_STORE_WRITE, &store, error);
    }
    shire_store_close(store);
    return status;
}

/* Commit. A database that is lost at that very moment may have done it or not: then the state of
 * the index tells, where `run` changed it. */
static shire_status end(shire_store *store, const shire_frame *run, shire_arena *arena,
                        shire_error *error) {
    char *state = NULL;
    shire_error ignored;
    shire_status status = shire_store_commit(store, error);
    if (status == SHIRE_IO_FAILED && run != NULL &&
        read_store_state(store, arena, &state, &ignored) == SHIRE_OK &&
        shire_span_equal(shire_span_of(state), shire_column_text(&run->columns[2], 0))) {
        return SHIRE_OK;
    }
    return status;
}

/* `entry` is written whether or not the index changed; without one, as in mending, one is made up
 * when it did. */
static shire_status commit(const shire_partnership *partnership, const shire_audit_entry *entry,
                           shire_arena *arena, shire_error *error) {
    static const shire_audit_entry mended = {.kind = "run",
                                             .actor = "shire",
                                             .detail =
                                                 "the end of a run that was cut off, made up for"};
    shire_table *warehouse = NULL;
    shire_store *store = NULL;
    shire_frame run = {0};
    bool is_applied = false;
    const shire_table_options options = {
        .path = shire_partnership_state_path(partnership, arena, "warehouse.duckdb"),
        .read_only = true,
        .thread_count = 1};
    const char *path = shire_partnership_store(partnership, arena);
    if (options.path == NULL || path == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the store");
    }
    shire_status status = shire_table_open(&options, &warehouse, error);
    if (status == SHIRE_OK) {
        status = read_run(warehouse, arena, &run, error);
    }
    bool is_changed = status == SHIRE_OK && run.row_count == 1 &&
                      !shire_span_equal(shire_column_text(&run.columns[1], 0),
                                        shire_column_text(&run.columns[2], 0));
    if (status == SHIRE_OK && (is_changed || entry != NULL)) {
        status = shire_store_open(path, SHIRE_STORE_WRITE, &store, error);
        if (status == SHIRE_OK) {
            status = shire_store_begin(store, error);
        }
        if (status == SHIRE_OK && is_changed) {
            status = apply(warehouse, &run, store, arena, &is_applied, error);
        }
        if (status == SHIRE_OK && (is_applied || entry != NULL)) {
            status = shire_audit_write(partnership, store, entry != NULL ? entry : &mended, error);
        }
        if (status == SHIRE_OK) {
            status = end(store, is_applied ? &run : NULL, arena, error);
        }
    }
    shire_store_close(store);
    shire_table_close(warehouse);
    return status;
}

shire_status shire_link_index_commit(const shire_partnership *partnership,
                                     const shire_audit_entry *entry, shire_arena *arena,
                                     shire_error *error) {
    return commit(partnership, entry, arena, error);
}

shire_status shire_link_index_mend(const shire_partnership *partnership, shire_arena *arena,
                                   shire_error *error) {
    char *warehouse = shire_partnership_state_path(partnership, arena, "warehouse.duckdb");
    const char *place = shire_partnership_store(partnership, arena);
    if (warehouse == NULL || place == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the store");
    }
    bool exists = false;
    shire_status status = shire_store_exists(place, &exists, error);
    if (status != SHIRE_OK || !exists || !shire_file_exists(warehouse)) {
        return status;
    }
    shire_error ignored;
    shire_table *table = NULL;
    const shire_table_options options = {.path = warehouse, .read_only = true, .thread_count = 1};
    if (shire_table_open(&options, &table, &ignored) != SHIRE_OK) {
        return SHIRE_OK; /* a warehouse that cannot be read is made anew by this run */
    }
    shire_table_close(table);
    return commit(partnership, NULL, arena, error);
}
