/*
 * Loading, from the folder to the tables: every extract is planned and bound first, so that the
 * tables can be made with all attributes; then each is run into its table, keys and numbers follow
 * (all in load_rows.c); then references; at last the findings are sorted, counted and written.
 */
#include "load/load_internal.h"

#include "core/parallel.h"
#include "core/progress.h"
#include "io/file.h"
#include "org/directory.h"
#include "org/organisation.h"

#include <stdio.h>
#include <string.h>

/* The slow, thorough ways to pack text cost more time at each run than they save disk. Nothing is
 * packed twice: what is not packed yet when the database is closed is packed then. Both settings
 * hold as long as it is open. */
static const char *const settings_sql[] = {
    "SET disabled_compression_methods = 'fsst,dict_fsst,zstd,dictionary'",
    "SET checkpoint_threshold = '1TB'",
};

/* Of each connection, as the search path is. */
#define TIME_ZONE_SQL "SET TimeZone = 'Europe/London'"

static const char *const reset_sql[] = {
    "DROP TYPE shire_organisation_code",
    "RESET file_search_path",
};

static shire_status run_all(load_run *run, const char *const *statements, size_t count,
                            shire_error *error) {
    shire_status status = SHIRE_OK;
    for (size_t i = 0; status == SHIRE_OK && i < count; i++) {
        status = shire_table_execute(run->table, statements[i], error);
    }
    return status;
}

/* Relative names in SQL that runs as it stands are looked up where ours are. */
static shire_status set_search_path(load_run *run, shire_error *error) {
    shire_builder sql = {0}, path = {0};
    for (size_t i = 0; i < run->partnership->data_dir_count; i++) {
        shire_builder_append_format(&path, "%s%s", i == 0 ? "" : ",",
                                    run->partnership->data_dirs[i]);
    }
    shire_builder_append_text(&sql, "SET file_search_path = ");
    load_append_literal(&sql, path.failed || path.bytes == NULL ? "" : path.bytes);
    sql.failed |= path.failed;
    shire_builder_free(&path);
    return load_execute(run, &sql, error);
}

shire_status load_connection_open(const load_run *run, shire_table **table_out,
                                  shire_error *error) {
    load_run other = *run;
    shire_status status = shire_table_clone(run->table, &other.table, error);
    if (status != SHIRE_OK) {
        return status;
    }
    *table_out = other.table;
    status = shire_table_execute(other.table, TIME_ZONE_SQL, error);
    return status == SHIRE_OK ? set_search_path(&other, error) : status;
}

/* Codes become numbers by a cast to an enumeration: a hash look-up without a join. */
static shire_status make_codes(load_run *run, shire_error *error) {
    shire_status status =
        shire_table_execute(run->table, "DROP TYPE IF EXISTS shire_organisation_code", error);
    if (status == SHIRE_OK) {
        status = shire_table_execute(run->table,
                                     "CREATE TYPE shire_organisation_code AS ENUM (SELECT code "
                                     "FROM organisation ORDER BY organisation_no)",
                                     error);
    }
    return status;
}

static shire_status set_up(load_run *run, shire_error *error) {
    shire_status status =
        run_all(run, settings_sql, sizeof settings_sql / sizeof settings_sql[0], error);
    return status == SHIRE_OK ? shire_table_execute(run->table, TIME_ZONE_SQL, error) : status;
}

static shire_status prepare(load_run *run, shire_error *error) {
    shire_status status = shire_organisation_load(run->table, run->partnership, error);
    if (status == SHIRE_OK) {
        status = set_up(run, error);
    }
    if (status == SHIRE_OK) {
        status = set_search_path(run, error);
    }
    if (status == SHIRE_OK) {
        status = make_codes(run, error);
    }
    if (status == SHIRE_OK) {
        status = load_finding_create(run, error);
    }
    if (status == SHIRE_OK) {
        status = load_superseded(run, error);
    }
    if (status == SHIRE_OK) {
        status = shire_table_execute(run->table,
                                     "CREATE OR REPLACE TABLE event_also (organisation_no INTEGER, "
                                     "source VARCHAR, event_id VARCHAR, local_id VARCHAR)",
                                     error);
    }
    return status;
}

/* What is wrong with the directory of services is told with everything else. */
static shire_status tell_directory(const shire_directory_problem *problem, void *context,
                                   shire_error *error) {
    return load_finding_add(context,
                            &(load_finding){"warning", problem->kind, problem->file, problem->line,
                                            problem->column, problem->problem, problem->remedy},
                            error);
}

static shire_status check_directory(load_run *run, shire_error *error) {
    shire_arena *arena = NULL;
    shire_directory directory;
    shire_status status = shire_arena_new("directory", 0, &arena, error);
    if (status == SHIRE_OK) {
        status = shire_directory_read(run->partnership->dir, arena, tell_directory, run, &directory,
                                      error);
    }
    shire_arena_free(arena);
    return status;
}

/* --- the summary --- */

static shire_status summarise(load_run *run, const load_extract *extracts, size_t count,
                              shire_load_summary *summary, shire_error *error) {
    int64_t *totals[LOAD_TARGET_COUNT] = {&summary->person_record_count, &summary->event_count,
                                          &summary->activity_item_count,
                                          &summary->ledger_line_count};
    shire_load_extract *rows = shire_arena_alloc_array(run->arena, count, sizeof *rows);
    if (rows == NULL) {
        return load_out_of_memory(error);
    }
    for (size_t i = 0; i < count; i++) {
        const load_extract *extract = &extracts[i];
        rows[i] =
            (shire_load_extract){.file = extract->file,
                                 .target = extract->target == NULL ? NULL : extract->target->name,
                                 .rows_loaded = extract->failed ? 0 : extract->rows_loaded,
                                 .rows_rejected = extract->failed ? 0 : extract->rows_rejected,
                                 .failed = extract->failed};
        rows[i].rows_read = rows[i].rows_loaded + rows[i].rows_rejected;
        summary->failed_extract_count += extract->failed;
        if (extract->target != NULL) {
            *totals[extract->target - load_targets] += rows[i].rows_loaded;
        }
    }
    summary->extracts = rows;
    summary->extract_count = count;
    return SHIRE_OK;
}

static shire_status verdict(load_run *run, shire_load_summary *summary, shire_error *error) {
    for (size_t i = 0; i < run->partnership->stop_on_count && summary->stopped_on == NULL; i++) {
        for (size_t j = 0; j < summary->count_count; j++) {
            if (strcmp(run->partnership->stop_on[i], summary->counts[j].kind) == 0) {
                summary->stopped_on = run->partnership->stop_on[i];
            }
        }
    }
    if (summary->failed_extract_count > 0) {
        const char *first = NULL;
        for (size_t i = 0; i < summary->extract_count && first == NULL; i++) {
            first = summary->extracts[i].failed ? summary->extracts[i].file : NULL;
        }
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "%zu of %zu extracts could not be loaded, the first is %s; see %s",
                          summary->failed_extract_count, summary->extract_count, first,
                          summary->findings_path);
    }
    if (summary->stopped_on != NULL) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "there are findings of kind %s, on which partnership.yaml says to stop; "
                          "see %s",
                          summary->stopped_on, summary->findings_path);
    }
    return SHIRE_OK;
}

/* --- taken over from the last run --- */

static shire_status count_recalled(load_run *run, shire_load_summary *summary, shire_error *error) {
    int64_t *totals[LOAD_TARGET_COUNT] = {&summary->person_record_count, &summary->event_count,
                                          &summary->activity_item_count,
                                          &summary->ledger_line_count};
    shire_status status = SHIRE_OK;
    for (size_t i = 0; i < LOAD_TARGET_COUNT && status == SHIRE_OK; i++) {
        shire_builder sql = {0};
        shire_builder_append_format(&sql, "SELECT count(*) FROM %s", load_targets[i].name);
        status = load_query_int64(run, &sql, totals[i], error);
    }
    return status;
}

static shire_status load_recalled(load_run *run, shire_load_summary *summary_out,
                                  shire_error *error) {
    shire_load_summary summary = {0};
    shire_status status = set_up(run, error);
    if (status == SHIRE_OK) {
        status = load_recall_clear(run, error);
    }
    if (status == SHIRE_OK) {
        status = count_recalled(run, &summary, error);
    }
    if (status == SHIRE_OK) {
        status = load_finding_finish(run, &summary, error);
    }
    if (status == SHIRE_OK) {
        *summary_out = summary;
    }
    return status;
}

/* --- all of it --- */

shire_status shire_load_partnership(shire_table *warehouse, const shire_partnership *partnership,
                                    const shire_load_options *options, shire_arena *arena,
                                    shire_load_summary *summary_out, shire_error *error) {
    load_run run = {.table = warehouse, .partnership = partnership, .arena = arena};
    shire_load_summary summary = {0};
    const char *const *names = NULL;
    size_t count = 0;
    *summary_out = summary;
    if (options != NULL && options->recalled) {
        return load_recalled(&run, summary_out, error);
    }
    const char *dir = shire_arena_format(arena, "%s/extracts", partnership->dir);
    const char *state_dir = shire_arena_format(arena, "%s/.shire", partnership->dir);
    if (dir == NULL || state_dir == NULL) {
        return load_out_of_memory(error);
    }
    shire_status status = prepare(&run, error);
    if (status == SHIRE_OK) {
        status = shire_dir_make(state_dir, error);
    }
    if (status == SHIRE_OK) {
        status = shire_dir_list(dir, ".sql", arena, &names, &count, error);
    }
    if (status == SHIRE_OK && count == 0) {
        status = SHIRE_FAIL(error, SHIRE_INVALID, "%s holds no .sql file; write one extract a file",
                            dir);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    load_extract *extracts = shire_arena_alloc_array(arena, count, sizeof *extracts);
    if (extracts == NULL) {
        return load_out_of_memory(error);
    }
    for (size_t i = 0; status == SHIRE_OK && i < count; i++) {
        status = load_extract_read(&run, names[i], (int)i, &extracts[i], error);
    }
    bool show = options != NULL && options->show_progress;
    shire_progress progress = {0};
    if (show) {
        progress = shire_progress_begin("loading", (int64_t)count);
    }
    int thread_count = options == NULL || options->thread_count == 0
                           ? shire_parallel_processor_count()
                           : options->thread_count;
    if (status == SHIRE_OK) {
        status = load_rows(&run, extracts, count, thread_count, &progress, error);
    }
    if (status == SHIRE_OK) {
        status = load_reference_resolve(&run, error);
    }
    if (status == SHIRE_OK) {
        status = check_directory(&run, error);
    }
    if (show) {
        shire_progress_end(&progress);
    }
    if (status == SHIRE_OK) {
        status = summarise(&run, extracts, count, &summary, error);
    }
    if (status == SHIRE_OK) {
        status = load_finding_finish(&run, &summary, error);
    }
    if (status == SHIRE_OK) {
        status = run_all(&run, reset_sql, sizeof reset_sql / sizeof reset_sql[0], error);
    }
    if (status == SHIRE_OK) {
        status = load_recall_note(&run, error);
    }
    if (status == SHIRE_OK) {
        *summary_out = summary;
        status = verdict(&run, summary_out, error);
    }
    return status;
}
