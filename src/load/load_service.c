/*
 * Loading, from the folder to the tables: every extract is planned and bound first, so that the
 * tables can be made with all attributes; then each is run into its table, target by target; then
 * keys, numbers and references; at last the findings are sorted, counted and written.
 */
#include "load/load_internal.h"

#include "core/parallel.h"
#include "core/progress.h"
#include "io/file.h"
#include "org/organisation.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define SQL_BYTES_MAX ((size_t)16 << 20)

/* The slow, thorough ways to pack text cost more time at each run than they save disk. They stay
 * off as long as the database is open: what is not packed yet when it is closed is packed then. */
static const char *const settings_sql[] = {
    "SET disabled_compression_methods = 'fsst,dict_fsst,zstd,dictionary'",
    "SET checkpoint_threshold = '1TB'",
    "SET TimeZone = 'Europe/London'",
};

static const char *const reset_sql[] = {
    "DROP TYPE shire_organisation_code",
    "RESET checkpoint_threshold",
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

static shire_status prepare(load_run *run, shire_error *error) {
    shire_status status = shire_organisation_load(run->table, run->partnership, error);
    if (status == SHIRE_OK) {
        status = run_all(run, settings_sql, sizeof settings_sql / sizeof settings_sql[0], error);
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

/* --- extracts --- */

static shire_status read_extract(load_run *run, const char *name, int extract_no,
                                 load_extract *extract_out, shire_error *error) {
    const char *file = shire_arena_format(run->arena, "extracts/%s", name);
    const char *path =
        shire_arena_format(run->arena, "%s/extracts/%s", run->partnership->dir, name);
    shire_span sql;
    if (file == NULL || path == NULL) {
        return load_out_of_memory(error);
    }
    *extract_out =
        (load_extract){.file = file, .extract_no = extract_no, .target = load_target_of_file(name)};
    if (extract_out->target == NULL) {
        extract_out->failed = true;
        return load_finding_add(
            run,
            &(load_finding){.severity = "error",
                            .kind = "unknown_target",
                            .file = file,
                            .problem = "the file's name says no table",
                            .remedy = "name it person_record, event, activity_item or ledger_line, "
                                      "or one of these, an underscore and more"},
            error);
    }
    shire_error read_error = {0};
    if (shire_file_read(path, SQL_BYTES_MAX, run->arena, &sql, &read_error) != SHIRE_OK) {
        extract_out->failed = true;
        return load_finding_add(run,
                                &(load_finding){.severity = "error",
                                                .kind = "unreadable_file",
                                                .file = file,
                                                .problem = read_error.message,
                                                .remedy = "make the file readable"},
                                error);
    }
    bool marked = sql.length >= 3 && memcmp(sql.bytes, "\xEF\xBB\xBF", 3) == 0;
    extract_out->sql = sql.bytes + (marked ? 3 : 0);
    return SHIRE_OK;
}

/* The engine's words without the place of the data folders, so that the same folder elsewhere gives
 * the same findings. NULL: out of memory. */
static const char *without_folders(load_run *run, const char *message) {
    shire_builder text = {0};
    while (*message != '\0') {
        size_t length = 0;
        for (size_t i = 0; i < run->partnership->data_dir_count && length == 0; i++) {
            const char *dir = run->partnership->data_dirs[i];
            size_t dir_length = strlen(dir);
            length = strncmp(message, dir, dir_length) == 0 && message[dir_length] == '/'
                         ? dir_length + 1
                         : 0;
        }
        if (length == 0) {
            shire_builder_append_format(&text, "%c", *message);
            length = 1;
        }
        message += length;
    }
    char *copy = text.failed || text.bytes == NULL
                     ? NULL
                     : shire_arena_copy_text(run->arena, text.bytes, text.length);
    shire_builder_free(&text);
    return copy;
}

static shire_status add_sql_error(load_run *run, load_extract *extract, const char *message,
                                  shire_error *error) {
    const char *problem = without_folders(run, message);
    if (problem == NULL) {
        return load_out_of_memory(error);
    }
    extract->failed = true;
    return load_finding_add(run,
                            &(load_finding){.severity = "error",
                                            .kind = "sql_error",
                                            .file = extract->file,
                                            .problem = problem,
                                            .remedy = "correct the SQL of the extract, or the "
                                                      "files that it reads"},
                            error);
}

/* The failure to tell: the first that speaks of the author's own names and not of ours. */
static void keep_failure(shire_error *kept, const shire_error *failure) {
    if (kept->status == SHIRE_OK || strstr(kept->message, "shire_") != NULL) {
        *kept = *failure;
    }
}

/* A failure of the machine's and not of the extract's. */
static bool is_fatal(const shire_error *failure) {
    return failure->status == SHIRE_NO_MEMORY || failure->status == SHIRE_INTERNAL;
}

/* Try the ways from `way` on until one binds; when none does, that is a finding. */
static shire_status plan_extract(load_run *run, load_extract *extract, load_way *way,
                                 shire_error *kept_failure, shire_error *error) {
    for (; *way < LOAD_WAY_COUNT; (*way)++) {
        shire_error failure = {0};
        shire_status status = load_plan_make(run, extract, *way, &failure);
        if (status == SHIRE_OK) {
            return SHIRE_OK;
        }
        if (is_fatal(&failure)) {
            return SHIRE_FAIL(error, failure.status, "%s: %s", extract->file, failure.message);
        }
        if (status != SHIRE_NOT_FOUND) {
            keep_failure(kept_failure, &failure);
        }
    }
    return add_sql_error(run, extract, kept_failure->message, error);
}

static shire_status plan_first(load_run *run, load_extract *extract, load_way *way,
                               shire_error *kept_failure, shire_error *error) {
    shire_status status = load_plan_find_files(run, extract, error);
    if (status == SHIRE_OK && !extract->failed) {
        *way = 0;
        status = plan_extract(run, extract, way, kept_failure, error);
    }
    if (status == SHIRE_OK && !extract->failed) {
        status = load_check_columns(run, extract, error);
    }
    return status;
}

static shire_status row_count(load_run *run, const load_target *target, int64_t *count_out,
                              shire_error *error) {
    shire_builder sql = {0};
    shire_builder_append_format(&sql, "SELECT count(*) FROM %s", target->name);
    return load_query_int64(run, &sql, count_out, error);
}

/* Run the extract; where its data do not fit the plan, try the ways behind it. */
static shire_status run_extract(load_run *run, load_extract *extract, load_way way,
                                shire_error *kept_failure, shire_error *error) {
    int64_t before = 0, after = 0;
    shire_status status = row_count(run, extract->target, &before, error);
    while (status == SHIRE_OK) {
        shire_error failure = {0};
        shire_status ran = load_table_insert(run, extract, &failure);
        if (ran == SHIRE_OK) {
            break;
        }
        if (is_fatal(&failure)) {
            return SHIRE_FAIL(error, failure.status, "%s: %s", extract->file, failure.message);
        }
        keep_failure(kept_failure, &failure);
        way++;
        status = plan_extract(run, extract, &way, kept_failure, error);
        if (status == SHIRE_OK && extract->failed) {
            return SHIRE_OK;
        }
    }
    if (status == SHIRE_OK) {
        status = row_count(run, extract->target, &after, error);
        extract->rows_inserted = after - before;
    }
    if (status == SHIRE_OK) {
        status = load_plan_list_problems(run, extract, error);
    }
    if (status == SHIRE_OK && extract->rows_inserted == 0) {
        status = load_finding_add(run,
                                  &(load_finding){.severity = "warning",
                                                  .kind = "no_rows",
                                                  .file = extract->file,
                                                  .problem = "the extract yields no rows",
                                                  .remedy = "look at its files and conditions"},
                                  error);
    }
    return status;
}

/*
 * Tables that do not need each other are loaded side by side, for a file is read by one thread: the
 * items in one lane, all others in the other. Each lane has its own connection and its own memory;
 * rows of one table come in the same order as ever.
 */
#define LANE_COUNT 2

typedef struct load_lane {
    load_run run;
    load_extract *extracts;
    size_t extract_count;
    const load_way *ways;
    shire_error *failures;
    shire_progress *progress; /* NULL: not of this lane */
    atomic_int *done_count;   /* extracts, of both lanes */
    shire_status status;
    shire_error error;
} load_lane;

static size_t lane_of(const load_target *target) {
    return strcmp(target->name, "activity_item") == 0 ? 1 : 0;
}

static shire_status load_target_rows(load_lane *lane, const load_target *target,
                                     shire_error *error) {
    load_run *run = &lane->run;
    shire_status status =
        load_table_create(run, target, lane->extracts, lane->extract_count, error);
    for (size_t i = 0; status == SHIRE_OK && i < lane->extract_count; i++) {
        load_extract *extract = &lane->extracts[i];
        if (extract->target != target || extract->failed) {
            continue;
        }
        status = run_extract(run, extract, lane->ways[i], &lane->failures[i], error);
        int done = atomic_fetch_add(lane->done_count, 1) + 1;
        if (lane->progress != NULL) {
            shire_progress_update(lane->progress, done);
        }
    }
    return status == SHIRE_OK
               ? load_key_finish(run, target, lane->extracts, lane->extract_count, error)
               : status;
}

static void run_lane(size_t first, size_t last, size_t chunk, int thread, void *context) {
    (void)last;
    (void)chunk;
    (void)thread;
    load_lane *lane = &((load_lane *)context)[first];
    for (size_t t = 0; lane->status == SHIRE_OK && t < LOAD_TARGET_COUNT; t++) {
        if (lane_of(&load_targets[t]) == first) {
            lane->status = load_target_rows(lane, &load_targets[t], &lane->error);
        }
    }
}

/* The lane of the items: a connection of its own, set as the other one. `arena` is the lane's, and
 * holds what the summary still reads. */
static shire_status open_lane(load_lane *lane, load_run *run, shire_arena *arena,
                              shire_error *error) {
    shire_table *table = NULL;
    shire_status status = shire_table_clone(run->table, &table, error);
    lane->run = (load_run){.table = table, .partnership = run->partnership, .arena = arena};
    if (status == SHIRE_OK) {
        status =
            run_all(&lane->run, settings_sql, sizeof settings_sql / sizeof settings_sql[0], error);
    }
    return status == SHIRE_OK ? set_search_path(&lane->run, error) : status;
}

static shire_status load_targets_in_lanes(const load_lane *like, shire_arena *item_arena,
                                          int thread_count, shire_error *error) {
    load_lane lanes[LANE_COUNT] = {*like, *like};
    load_run run = like->run;
    lanes[1].progress = NULL;
    shire_status status = SHIRE_OK;
    if (thread_count > 1) {
        status = open_lane(&lanes[1], &run, item_arena, error);
    }
    if (status == SHIRE_OK) {
        shire_parallel_for(thread_count, LANE_COUNT, 1, run_lane, lanes);
    }
    for (size_t i = 0; i < LANE_COUNT && status == SHIRE_OK; i++) {
        status = lanes[i].status;
        if (status != SHIRE_OK && error != NULL) {
            *error = lanes[i].error;
        }
    }
    if (thread_count > 1) {
        shire_table_close(lanes[1].run.table);
    }
    return status == SHIRE_OK ? load_reference_resolve(&run, error) : status;
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

static shire_status load_partnership(shire_table *warehouse, const shire_partnership *partnership,
                                     const shire_load_options *options, shire_arena *arena,
                                     shire_arena *item_arena, shire_load_summary *summary_out,
                                     shire_error *error) {
    load_run run = {.table = warehouse, .partnership = partnership, .arena = arena};
    shire_load_summary summary = {0};
    const char *const *names = NULL;
    size_t count = 0;
    *summary_out = summary;
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
    load_way *ways = shire_arena_alloc_array(arena, count, sizeof *ways);
    shire_error *failures = shire_arena_alloc_array(arena, count, sizeof *failures);
    if (extracts == NULL || ways == NULL || failures == NULL) {
        return load_out_of_memory(error);
    }
    for (size_t i = 0; status == SHIRE_OK && i < count; i++) {
        status = read_extract(&run, names[i], (int)i, &extracts[i], error);
        if (status == SHIRE_OK && !extracts[i].failed) {
            status = plan_first(&run, &extracts[i], &ways[i], &failures[i], error);
        }
    }
    bool show = options != NULL && options->show_progress;
    shire_progress progress = {0};
    if (show) {
        progress = shire_progress_begin("loading", (int64_t)count);
    }
    int thread_count = options == NULL || options->thread_count == 0
                           ? shire_parallel_processor_count()
                           : options->thread_count;
    atomic_int done_count = 0;
    if (status == SHIRE_OK) {
        const load_lane lane = {.run = run,
                                .extracts = extracts,
                                .extract_count = count,
                                .ways = ways,
                                .failures = failures,
                                .progress = &progress,
                                .done_count = &done_count};
        status = load_targets_in_lanes(&lane, item_arena, thread_count, error);
    }
    if (show) {
        shire_progress_end(&progress);
    }
    if (status == SHIRE_OK) {
        status = load_hash_inputs(&run, extracts, count, thread_count, error);
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
        *summary_out = summary;
        status = verdict(&run, summary_out, error);
    }
    return status;
}

shire_status shire_load_partnership(shire_table *warehouse, const shire_partnership *partnership,
                                    const shire_load_options *options, shire_arena *arena,
                                    shire_load_summary *summary_out, shire_error *error) {
    shire_arena *item_arena = NULL;
    shire_status status = shire_arena_new("load_items", 0, &item_arena, error);
    if (status == SHIRE_OK) {
        status = load_partnership(warehouse, partnership, options, arena, item_arena, summary_out,
                                  error);
    }
    shire_arena_wipe_free(item_arena);
    return status;
}
