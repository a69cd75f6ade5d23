/*
 * The extracts side by side: planned, run into their tables, the tables finished, the files hashed.
 * A file of text is read by one thread, so each job has a connection of its own. Transactions are
 * committed in the order of the extracts, so that the rows of a table stand as if one extract had
 * been run after the other. Small extracts that follow each other share a transaction, because rows
 * that do not fill a block of the table are copied once more when they are committed.
 */
#include "load/load_internal.h"

#include "core/parallel.h"

#include <pthread.h>
#include <string.h>
#include <sys/stat.h>

/* Bytes of text that fill a block of a table (122,880 rows), and what Parquet packs them to. */
#define JOB_BYTES_MIN (8 << 20)
#define PARQUET_RATIO 8

typedef struct row_job {
    size_t first; /* in row_jobs.order, or a table */
    size_t last;
    shire_table *table; /* where its rows wait to be committed */
    bool done;
    shire_status status;
    shire_error error;
} row_job;

typedef struct row_jobs {
    const load_run *run;
    shire_arena **arenas; /* one a thread */
    int thread_count;
    load_extract *extracts; /* all of them */
    size_t extract_count;
    load_extract **order; /* those to be run: by table, then as their files are named */
    size_t order_count;
    row_job *jobs;
    size_t job_count;
    shire_progress *progress;
    pthread_mutex_t lock;
    size_t committed; /* under the lock: jobs before this one are */
    bool committing;  /* under the lock: a thread is at it */
    bool failed;      /* under the lock: a job did */
} row_jobs;

/* Opens the job's connection; the run to use in it. */
static load_run begin_job(const row_jobs *all, row_job *job, int thread) {
    load_run run = *all->run;
    job->status = load_connection_open(all->run, &job->table, &job->error);
    run.table = job->table;
    run.arena = all->arenas[thread];
    return run;
}

static shire_status run_jobs(row_jobs *all, shire_range_function function, shire_error *error) {
    shire_status status = SHIRE_OK;
    shire_parallel_for(all->thread_count, all->job_count, 1, function, all);
    for (size_t i = 0; i < all->job_count; i++) {
        if (status == SHIRE_OK && all->jobs[i].status != SHIRE_OK) {
            status = all->jobs[i].status;
            if (error != NULL) {
                *error = all->jobs[i].error;
            }
        }
        shire_table_close(all->jobs[i].table);
    }
    return status;
}

/* --- planning --- */

static void plan_job(size_t first, size_t last, size_t chunk, int thread, void *context) {
    (void)last;
    (void)chunk;
    row_jobs *all = context;
    row_job *job = &all->jobs[first];
    load_run run = begin_job(all, job, thread);
    if (job->status == SHIRE_OK && !all->extracts[first].failed) {
        job->status = load_extract_plan(&run, &all->extracts[first], &job->error);
    }
}

static shire_status plan_extracts(row_jobs *all, shire_error *error) {
    all->job_count = all->extract_count;
    memset(all->jobs, 0, all->job_count * sizeof *all->jobs);
    return run_jobs(all, plan_job, error);
}

/* --- rows --- */

/* In one transaction, which is left open. Where the data of one do not fit its plan, all of them
 * are run again. */
static shire_status run_extracts(load_run *run, load_extract **extracts, size_t count,
                                 shire_error *error) {
    for (;;) {
        load_extract *misfit = NULL;
        shire_status status = shire_table_execute(run->table, "BEGIN TRANSACTION", error);
        for (size_t i = 0; i < count && status == SHIRE_OK && misfit == NULL; i++) {
            bool fits = true;
            status = load_extract_run(run, extracts[i], &fits, error);
            misfit = fits ? NULL : extracts[i];
        }
        if (status != SHIRE_OK || misfit == NULL) {
            return status;
        }
        status = shire_table_execute(run->table, "ROLLBACK", error);
        if (status == SHIRE_OK) {
            status = load_extract_plan_further(run, misfit, error);
        }
        if (status != SHIRE_OK) {
            return status;
        }
    }
}

/* Under the lock: commit what stands next in line, unless another thread is at it. */
static void commit_in_turn(row_jobs *all) {
    if (all->committing) {
        return;
    }
    all->committing = true;
    while (!all->failed && all->committed < all->job_count && all->jobs[all->committed].done) {
        row_job *job = &all->jobs[all->committed];
        pthread_mutex_unlock(&all->lock);
        job->status = shire_table_execute(job->table, "COMMIT", &job->error);
        pthread_mutex_lock(&all->lock);
        all->failed |= job->status != SHIRE_OK;
        all->committed++;
        shire_progress_update(all->progress, (int64_t)job->last);
    }
    all->committing = false;
}

static void row_job_run(size_t first, size_t last, size_t chunk, int thread, void *context) {
    (void)last;
    (void)chunk;
    row_jobs *all = context;
    row_job *job = &all->jobs[first];
    pthread_mutex_lock(&all->lock);
    bool failed = all->failed;
    pthread_mutex_unlock(&all->lock);
    if (failed) { /* jobs before the first that fails have all begun, so that it is the same one */
        return;
    }
    load_run run = begin_job(all, job, thread);
    if (job->status == SHIRE_OK) {
        job->status =
            run_extracts(&run, all->order + job->first, job->last - job->first, &job->error);
    }
    pthread_mutex_lock(&all->lock);
    job->done = job->status == SHIRE_OK;
    all->failed |= !job->done;
    commit_in_turn(all);
    pthread_mutex_unlock(&all->lock);
}

static int64_t text_bytes(const load_extract *extract) {
    int64_t bytes = 0;
    for (size_t i = 0; i < extract->scan_count; i++) {
        for (size_t j = 0; j < extract->scans[i].count; j++) {
            const char *path = extract->scans[i].files[j].path;
            size_t length = strlen(path);
            bool packed = length > 8 && strcmp(path + length - 8, ".parquet") == 0;
            struct stat facts;
            bytes += stat(path, &facts) != 0 ? 0 : facts.st_size * (packed ? PARQUET_RATIO : 1);
        }
    }
    return bytes;
}

static shire_status insert_rows(row_jobs *all, shire_error *error) {
    all->job_count = 0;
    for (size_t t = 0; t < LOAD_TARGET_COUNT; t++) {
        int64_t bytes = JOB_BYTES_MIN; /* of the last job: one table's rows are no other's */
        for (size_t i = 0; i < all->extract_count; i++) {
            load_extract *extract = &all->extracts[i];
            if (extract->target != &load_targets[t] || extract->failed) {
                continue;
            }
            if (bytes >= JOB_BYTES_MIN) {
                all->jobs[all->job_count++] = (row_job){.first = all->order_count};
                bytes = 0;
            }
            bytes += text_bytes(extract);
            all->order[all->order_count++] = extract;
            all->jobs[all->job_count - 1].last = all->order_count;
        }
    }
    return run_jobs(all, row_job_run, error);
}

/* --- tables --- */

static void finish_job(size_t first, size_t last, size_t chunk, int thread, void *context) {
    (void)last;
    (void)chunk;
    row_jobs *all = context;
    row_job *job = &all->jobs[first];
    load_run run = begin_job(all, job, thread);
    if (job->status == SHIRE_OK) {
        job->status = load_key_finish(&run, &load_targets[first], all->extracts, all->extract_count,
                                      &job->error);
    }
}

static shire_status finish_tables(row_jobs *all, shire_error *error) {
    all->job_count = LOAD_TARGET_COUNT;
    memset(all->jobs, 0, all->job_count * sizeof *all->jobs);
    return run_jobs(all, finish_job, error);
}

/* --- all of it --- */

static shire_status load_all(row_jobs *all, load_run *run, shire_error *error) {
    shire_status status = plan_extracts(all, error);
    for (size_t t = 0; t < LOAD_TARGET_COUNT && status == SHIRE_OK; t++) {
        status = load_table_create(run, &load_targets[t], all->extracts, all->extract_count, error);
    }
    if (status == SHIRE_OK) {
        status = insert_rows(all, error);
    }
    if (status == SHIRE_OK) {
        status = finish_tables(all, error);
    }
    return status == SHIRE_OK
               ? load_hash_inputs(run, all->extracts, all->extract_count, all->thread_count, error)
               : status;
}

static shire_status set_engine_threads(load_run *run, int64_t count, shire_error *error) {
    shire_builder sql = {0};
    shire_builder_append_format(&sql, "SET threads = %lld", (long long)count);
    return load_execute(run, &sql, error);
}

/* Each of our threads runs its own statement; the engine's are for the processors left over. */
static shire_status share_threads(row_jobs *all, load_run *run, shire_error *error) {
    int64_t engine_threads = 1;
    int64_t ours = all->thread_count;
    shire_status status = shire_table_query_int64(
        run->table, "SELECT CAST(current_setting('threads') AS BIGINT)", &engine_threads, error);
    if (ours > (int64_t)all->extract_count) {
        ours = (int64_t)all->extract_count;
    }
    if (status == SHIRE_OK) {
        status =
            set_engine_threads(run, engine_threads > ours ? engine_threads - ours + 1 : 1, error);
    }
    if (status == SHIRE_OK) {
        status = load_all(all, run, error);
        shire_status set =
            set_engine_threads(run, engine_threads, status == SHIRE_OK ? error : NULL);
        status = status == SHIRE_OK ? set : status;
    }
    return status;
}

shire_status load_rows(load_run *run, load_extract *extracts, size_t extract_count,
                       int thread_count, shire_progress *progress, shire_error *error) {
    size_t job_limit = extract_count + LOAD_TARGET_COUNT;
    row_jobs all = {.run = run,
                    .thread_count = thread_count > 1 ? thread_count : 1,
                    .extracts = extracts,
                    .extract_count = extract_count,
                    .progress = progress};
    size_t arena_count = (size_t)all.thread_count;
    all.arenas = shire_arena_alloc_array(run->arena, arena_count, sizeof *all.arenas);
    all.order = shire_arena_alloc_array(run->arena, extract_count, sizeof *all.order);
    all.jobs = shire_arena_alloc_array(run->arena, job_limit, sizeof *all.jobs);
    if (all.arenas == NULL || all.order == NULL || all.jobs == NULL) {
        return load_out_of_memory(error);
    }
    shire_status status = SHIRE_OK;
    for (size_t i = 0; i < arena_count && status == SHIRE_OK; i++) {
        status = shire_arena_new("load_rows", 0, &all.arenas[i], error);
    }
    if (status == SHIRE_OK) {
        pthread_mutex_init(&all.lock, NULL);
        status = share_threads(&all, run, error);
        pthread_mutex_destroy(&all.lock);
    }
    for (size_t i = 0; i < arena_count; i++) {
        shire_arena_wipe_free(all.arenas[i]);
    }
    return status;
}
