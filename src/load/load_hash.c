/*
 * The hash of every file that was read, so that a run can be told from another by its inputs:
 * extracts in `extract`, their files in `extract_file`. Files are hashed side by side. One hash
 * over all of these, the folder's own files and the program says whether loading would give the
 * same.
 */
#include "load/load_internal.h"

#include "core/parallel.h"
#include "io/crypto.h"
#include "io/file.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

typedef struct hash_job {
    int extract_no;
    const load_file *file;
    const char *path;
    load_stamp before;
    size_t same_as; /* an earlier job with the same path, else this one */
    char hash[65];  /* empty when the file cannot be read any more */
} hash_job;

static void hash_range(size_t first, size_t last, size_t chunk, int thread, void *context) {
    hash_job *jobs = context;
    (void)chunk;
    (void)thread;
    for (size_t i = first; i < last; i++) {
        if (jobs[i].same_as == i && shire_file_hash(jobs[i].path, jobs[i].hash, NULL) != SHIRE_OK) {
            jobs[i].hash[0] = '\0';
        }
    }
}

/* One job for each extract's SQL file, then one for each file of its scans. */
static size_t make_jobs(const load_run *run, const load_extract *extracts, size_t count,
                        hash_job *jobs) {
    size_t job_count = 0;
    for (size_t i = 0; i < count; i++) {
        const char *path =
            shire_arena_format(run->arena, "%s/%s", run->partnership->dir, extracts[i].file);
        jobs[job_count++] = (hash_job){
            .extract_no = (int)i, .path = path == NULL ? "" : path, .before = extracts[i].before};
        for (size_t j = 0; j < extracts[i].scan_count; j++) {
            for (size_t k = 0; k < extracts[i].scans[j].count; k++) {
                const load_file *file = &extracts[i].scans[j].files[k];
                jobs[job_count++] = (hash_job){
                    .extract_no = (int)i, .file = file, .path = file->path, .before = file->before};
            }
        }
    }
    for (size_t i = 0; i < job_count; i++) {
        jobs[i].same_as = i;
        for (size_t j = 0; j < i && jobs[i].same_as == i; j++) {
            jobs[i].same_as = strcmp(jobs[j].path, jobs[i].path) == 0 ? j : i;
        }
    }
    return job_count;
}

static size_t count_jobs(const load_extract *extracts, size_t count) {
    size_t job_count = count;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < extracts[i].scan_count; j++) {
            job_count += extracts[i].scans[j].count;
        }
    }
    return job_count;
}

static void append_extract(shire_builder *sql, const load_extract *extract, const char *hash) {
    shire_builder_append_format(sql, "(%d, ", extract->extract_no);
    load_append_literal(sql, extract->file);
    shire_builder_append_text(sql, ", ");
    load_append_literal(sql, extract->target == NULL ? NULL : extract->target->name);
    shire_builder_append_format(sql, ", %lld, ", (long long)extract->rows_loaded);
    load_append_literal(sql, hash);
    shire_builder_append_text(sql, ")");
}

static void append_file(shire_builder *sql, const hash_job *job, const char *hash) {
    struct stat facts;
    long long byte_count = stat(job->path, &facts) == 0 ? (long long)facts.st_size : 0;
    shire_builder_append_format(sql, "(%d, ", job->extract_no);
    load_append_literal(sql, job->file->name);
    shire_builder_append_format(sql, ", %lld, ", byte_count);
    load_append_literal(sql, hash);
    shire_builder_append_text(sql, ")");
}

/* --- one hash over everything --- */

static void append_line(shire_builder *lines, const char *name, const char *text) {
    shire_builder_append_text(lines, name);
    shire_builder_append(lines, (shire_span){"\0", 1});
    shire_builder_append_text(lines, text);
    shire_builder_append(lines, (shire_span){"\n", 1});
}

/* False when the file is there but cannot be read. */
static bool append_folder_file(shire_builder *lines, const load_run *run, const char *name) {
    char hash[65] = "none";
    const char *path = shire_arena_format(run->arena, "%s/%s", run->partnership->dir, name);
    bool good =
        path != NULL && (!shire_file_exists(path) || shire_file_hash(path, hash, NULL) == SHIRE_OK);
    append_line(lines, name, hash);
    return good;
}

/* What loading reads beside extracts: settings, bodies, directory; and the program itself. */
static bool append_folder(shire_builder *lines, const load_run *run) {
    static const char *const names[] = {"partnership.yaml", "organisations.csv", "successions.csv",
                                        "nhs_number_superseded.csv"};
    char program[65] = "";
    const char *dir = shire_arena_format(run->arena, "%s/directory", run->partnership->dir);
    const char *const *files = NULL;
    size_t count = 0;
    bool good = dir != NULL && shire_file_hash("/proc/self/exe", program, NULL) == SHIRE_OK;
    append_line(lines, "program", program);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        good = append_folder_file(lines, run, names[i]) && good;
    }
    if (good && shire_dir_exists(dir)) {
        good = shire_dir_list(dir, "", run->arena, &files, &count, NULL) == SHIRE_OK;
    }
    for (size_t i = 0; i < count && good; i++) {
        const char *name = shire_arena_format(run->arena, "directory/%s", files[i]);
        good = name != NULL && append_folder_file(lines, run, name);
    }
    return good;
}

static bool is_as_before(const hash_job *job) {
    load_stamp now = load_file_stamp(job->path);
    return now.byte_count == job->before.byte_count &&
           now.changed_seconds == job->before.changed_seconds &&
           now.changed_ns == job->before.changed_ns;
}

/* Empty when a file changed since it was found, or rows may come out otherwise the next time. */
static void hash_everything(load_run *run, const load_extract *extracts, const hash_job *jobs,
                            size_t job_count) {
    shire_builder lines = {0};
    bool good = append_folder(&lines, run);
    for (size_t i = 0; i < job_count && good; i++) {
        const load_extract *extract = &extracts[jobs[i].extract_no];
        const char *hash = jobs[jobs[i].same_as].hash;
        good = extract->repeatable && !extract->failed && *hash != '\0' && is_as_before(&jobs[i]);
        append_line(&lines, jobs[i].file == NULL ? extract->file : jobs[i].file->name, hash);
    }
    run->inputs[0] = '\0';
    if (good && !lines.failed) {
        shire_hash hash = shire_sha256(&(shire_span){lines.bytes, lines.length}, 1);
        for (size_t i = 0; i < SHIRE_HASH_BYTES; i++) {
            snprintf(run->inputs + 2 * i, 3, "%02x", hash.bytes[i]);
        }
    }
    shire_builder_free(&lines);
}

static shire_status hash_all(load_run *run, const load_extract *extracts, size_t count,
                             int thread_count, hash_job **jobs_out, size_t *count_out,
                             shire_error *error) {
    hash_job *jobs = shire_arena_alloc_array(run->arena, count_jobs(extracts, count), sizeof *jobs);
    if (jobs == NULL) {
        return load_out_of_memory(error);
    }
    int threads = thread_count > 0 ? thread_count : shire_parallel_processor_count();
    *jobs_out = jobs;
    *count_out = make_jobs(run, extracts, count, jobs);
    shire_parallel_for(threads, *count_out, 1, hash_range, jobs);
    hash_everything(run, extracts, jobs, *count_out);
    return SHIRE_OK;
}

shire_status load_hash_present(load_run *run, const load_extract *extracts, size_t count,
                               int thread_count, shire_error *error) {
    hash_job *jobs = NULL;
    size_t job_count = 0;
    return hash_all(run, extracts, count, thread_count, &jobs, &job_count, error);
}

shire_status load_hash_inputs(load_run *run, const load_extract *extracts, size_t count,
                              int thread_count, shire_error *error) {
    shire_builder rows = {0}, files = {0};
    hash_job *jobs = NULL;
    size_t job_count = 0;
    shire_status status = hash_all(run, extracts, count, thread_count, &jobs, &job_count, error);
    if (status != SHIRE_OK) {
        return status;
    }
    shire_builder_append_text(
        &rows, "CREATE OR REPLACE TABLE extract (extract_no INTEGER, file VARCHAR, target VARCHAR, "
               "row_count BIGINT, hash VARCHAR); INSERT INTO extract VALUES ");
    shire_builder_append_text(
        &files, "CREATE OR REPLACE TABLE extract_file (extract_no INTEGER, file VARCHAR, "
                "byte_count BIGINT, hash VARCHAR)");
    bool any_file = false;
    for (size_t i = 0; i < job_count; i++) {
        const char *hash = jobs[jobs[i].same_as].hash;
        if (jobs[i].file == NULL) {
            shire_builder_append_text(&rows, i == 0 ? "" : ", ");
            append_extract(&rows, &extracts[jobs[i].extract_no], hash);
        } else {
            shire_builder_append_text(&files,
                                      any_file ? ", " : "; INSERT INTO extract_file VALUES ");
            append_file(&files, &jobs[i], hash);
            any_file = true;
        }
    }
    status = load_execute(run, &rows, error);
    if (status != SHIRE_OK) {
        shire_builder_free(&files);
        return status;
    }
    return load_execute(run, &files, error);
}
