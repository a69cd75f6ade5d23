/*
 * One extract: read, planned and run. The ways to run it are tried in the order of load_way until
 * one binds and its data fit; what is wrong with the extract itself becomes findings.
 */
#include "load/load_internal.h"

#include "io/file.h"

#include <string.h>

#define SQL_BYTES_MAX ((size_t)16 << 20)

shire_status load_extract_read(load_run *run, const char *name, int extract_no,
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
    extract_out->before = load_file_stamp(path);
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
    if (!shire_text_is_utf8(sql) || memchr(sql.bytes, '\0', sql.length) != NULL) {
        extract_out->failed = true;
        return load_finding_add(run,
                                &(load_finding){.severity = "error",
                                                .kind = "sql_error",
                                                .file = file,
                                                .problem = "the file is not UTF-8 text",
                                                .remedy = "save it as UTF-8"},
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

shire_status load_extract_plan_further(load_run *run, load_extract *extract, shire_error *error) {
    for (; extract->way < LOAD_WAY_COUNT; extract->way++) {
        shire_error failure = {0};
        shire_status status = load_plan_make(run, extract, extract->way, &failure);
        if (status == SHIRE_OK) {
            return SHIRE_OK;
        }
        if (is_fatal(&failure)) {
            return SHIRE_FAIL(error, failure.status, "%s: %s", extract->file, failure.message);
        }
        if (status != SHIRE_NOT_FOUND) {
            keep_failure(&extract->failure, &failure);
        }
    }
    return add_sql_error(run, extract, extract->failure.message, error);
}

shire_status load_extract_plan(load_run *run, load_extract *extract, shire_error *error) {
    shire_status status = load_plan_find_files(run, extract, error);
    if (status == SHIRE_OK && !extract->failed) {
        extract->way = 0;
        status = load_extract_plan_further(run, extract, error);
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

/* Rows, and what their files have to tell. Nobody else's are seen in a transaction, so that
 * differences of counts are this extract's. */
static shire_status insert_rows(load_run *run, load_extract *extract, shire_error *failure,
                                shire_error *error) {
    int64_t before = 0, after = 0;
    shire_status status = row_count(run, extract->target, &before, error);
    if (status != SHIRE_OK || load_table_insert(run, extract, failure) != SHIRE_OK) {
        return status;
    }
    status = row_count(run, extract->target, &after, error);
    extract->rows_inserted = after - before;
    extract->rows_rejected = 0;
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

shire_status load_extract_run(load_run *run, load_extract *extract, bool *fits_out,
                              shire_error *error) {
    shire_error failure = {0};
    shire_status status = extract->failed ? SHIRE_OK : insert_rows(run, extract, &failure, error);
    if (status == SHIRE_OK && is_fatal(&failure)) {
        return SHIRE_FAIL(error, failure.status, "%s: %s", extract->file, failure.message);
    }
    *fits_out = failure.status == SHIRE_OK;
    if (!*fits_out) {
        keep_failure(&extract->failure, &failure);
        extract->way++;
    }
    return status;
}
