/*
 * Two arrays of jobs change places: submit fills one while the writer works through the other. They
 * all run in one go, because a savepoint for each costs as much as what most write. Where one
 * fails, its batch begins anew with savepoints: now a job that fails is told at once, since it is
 * undone whatever becomes of the others; these are told when the transaction is committed, or with
 * the reason why it was not.
 *
 * The log's clerk moves what was committed to its places while more is written. So it never has all
 * of it; when the log is long, the writer moves the little that the clerk left, between two
 * batches, and the next one begins the log anew.
 */
#include "io/store_queue.h"

#include "core/arena.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#define JOBS_DEFAULT 4096
#define QUIET_SECONDS_DEFAULT 10
#define LOG_PAGES_DEFAULT 4096
#define LOG_PAGES_LEFT_MAX 64 /* which the writer moves at no great cost */
#define CLERK_ROUNDS 4        /* to come down to them */

typedef struct queued_job {
    shire_store_job job;
    shire_store_done done;
    void *context;
    bool is_told; /* it failed, and was told so */
} queued_job;

struct shire_store_queue {
    shire_store *store; /* the writer's alone */
    shire_store_seal seal;
    void *seal_context;
    int quiet_seconds;
    shire_store_make_room make_room;
    void *room_context;
    bool has_made_room;    /* for this batch; the writer's alone */
    bool is_short_of_room; /* since room was made; the writer's alone */
    int64_t log_pages_max;
    bool has_log;
    bool has_clerk;
    shire_store *clerk_store; /* the clerk's alone */
    pthread_t clerk;
    size_t job_count_max;
    queued_job *taken; /* the writer's alone */
    pthread_t writer;
    pthread_mutex_t mutex; /* of all below */
    pthread_cond_t submitted;
    pthread_cond_t clerk_wake;
    bool clerk_has_work;
    bool log_is_ready; /* to begin anew: the clerk has left little of it */
    queued_job *waiting;
    size_t waiting_count;
    shire_store_queue_counts counts;
    bool is_closing;
};

static void tell(const queued_job *item, shire_status status, const shire_error *error) {
    if (item->done != NULL) {
        item->done(item->context, status, error);
    }
}

/* ---- the writer ---- */

/* Once a batch. */
static bool makes_room(shire_store_queue *queue, shire_status status) {
    if (status != SHIRE_IO_FAILED || queue->make_room == NULL || queue->has_made_room) {
        return false;
    }
    queue->has_made_room = queue->make_room(queue->store, queue->room_context);
    queue->is_short_of_room |= queue->has_made_room;
    return queue->has_made_room;
}

/* A job in a part of its own. SHIRE_OK also when it failed and was undone: then it was told. */
static shire_status run_part(shire_store_queue *queue, queued_job *item, shire_error *error) {
    shire_store *store = queue->store;
    shire_error ignored;
    shire_status status = shire_store_savepoint(store, error);
    if (status != SHIRE_OK) {
        return status;
    }
    status = item->job(store, item->context, error);
    if (status == SHIRE_OK) { /* what failed late is this job's too */
        status = shire_store_settle(store, error);
    }
    if (status == SHIRE_OK) {
        shire_store_keep(store);
        return SHIRE_OK;
    }
    if (makes_room(queue, status) || shire_store_undo(store, &ignored) != SHIRE_OK) {
        return status; /* the transaction is gone, and this job's failure is why */
    }
    tell(item, status, error);
    item->is_told = true;
    return SHIRE_OK;
}

/* Begin a transaction and run the jobs in it that were not told yet. */
static shire_status begin_batch(shire_store_queue *queue, size_t count, bool is_by_parts,
                                shire_error *error) {
    shire_status status = shire_store_begin(queue->store, error);
    for (size_t i = 0; status == SHIRE_OK && i < count; i++) {
        queued_job *item = &queue->taken[i];
        if (!item->is_told) {
            status = is_by_parts ? run_part(queue, item, error)
                                 : item->job(queue->store, item->context, error);
        }
    }
    return status == SHIRE_OK ? shire_store_settle(queue->store, error) : status;
}

static shire_status try_batch(shire_store_queue *queue, size_t count, bool is_quiet,
                              shire_error *error) {
    shire_status status = begin_batch(queue, count, false, error);
    if (status != SHIRE_OK && count > 1) {
        shire_store_rollback(queue->store);
        *error = (shire_error){0};
        status = begin_batch(queue, count, true, error);
    }
    if (status == SHIRE_OK && queue->seal != NULL) {
        status = queue->seal(queue->store, is_quiet, queue->seal_context, error);
    }
    if (status == SHIRE_OK) {
        status = shire_store_commit(queue->store, error);
    }
    shire_store_rollback(queue->store);
    return status;
}

static void run_batch(shire_store_queue *queue, size_t count, bool is_quiet) {
    shire_error error = {0};
    size_t failed_count = 0;
    queue->has_made_room = false;
    shire_status status = try_batch(queue, count, is_quiet, &error);
    if (status != SHIRE_OK && (queue->has_made_room || makes_room(queue, status))) {
        error = (shire_error){0};
        status = try_batch(queue, count, is_quiet, &error);
    }
    for (size_t i = 0; i < count; i++) {
        failed_count += status != SHIRE_OK || queue->taken[i].is_told;
    }
    pthread_mutex_lock(&queue->mutex);
    queue->counts.done += count - failed_count;
    queue->counts.failed += failed_count;
    queue->counts.batches += status == SHIRE_OK && count > 0;
    pthread_mutex_unlock(&queue->mutex);
    for (size_t i = 0; i < count; i++) {
        if (!queue->taken[i].is_told) {
            tell(&queue->taken[i], status, status == SHIRE_OK ? NULL : &error);
        }
    }
}

/* ---- the log ---- */

/* When room is short a short log leaves more of it to the entries. And whatever the clerk does, the
 * log does not grow for ever: then the writer waits for all of it. */
static void mind_log(shire_store_queue *queue) {
    int64_t pages = shire_store_log_pages(queue->store);
    int64_t most = queue->is_short_of_room ? queue->log_pages_max / 4 : queue->log_pages_max;
    pthread_mutex_lock(&queue->mutex);
    bool is_to_end = pages >= most && (queue->log_is_ready || queue->is_short_of_room ||
                                       pages >= 4 * queue->log_pages_max);
    queue->log_is_ready &= !is_to_end;
    queue->clerk_has_work = pages >= queue->log_pages_max / 4;
    if (queue->clerk_has_work) {
        pthread_cond_signal(&queue->clerk_wake);
    }
    pthread_mutex_unlock(&queue->mutex);
    if (is_to_end) {
        (void)shire_store_move_log(queue->store);
    }
}

static void *move_log(void *context) {
    pthread_setname_np(pthread_self(), "store-clerk");
    shire_store_queue *queue = context;
    pthread_mutex_lock(&queue->mutex);
    while (!queue->is_closing) {
        if (!queue->clerk_has_work) {
            pthread_cond_wait(&queue->clerk_wake, &queue->mutex);
            continue;
        }
        queue->clerk_has_work = false;
        pthread_mutex_unlock(&queue->mutex);
        int64_t left = INT64_MAX;
        for (int round = 0; round < CLERK_ROUNDS && left > LOG_PAGES_LEFT_MAX; round++) {
            left = shire_store_move_log(queue->clerk_store);
        }
        pthread_mutex_lock(&queue->mutex);
        queue->log_is_ready = left <= LOG_PAGES_LEFT_MAX;
    }
    pthread_mutex_unlock(&queue->mutex);
    return NULL;
}

/* With the mutex held: wait for a job, the end, or, after a batch, until it was quiet for long. */
static void wait_for_work(shire_store_queue *queue, bool is_sealed) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += queue->quiet_seconds;
    while (queue->waiting_count == 0 && !queue->is_closing) {
        if (is_sealed) {
            pthread_cond_wait(&queue->submitted, &queue->mutex);
        } else if (pthread_cond_timedwait(&queue->submitted, &queue->mutex, &until) != 0) {
            return;
        }
    }
}

static void *write_all(void *context) {
    pthread_setname_np(pthread_self(), "store-writer");
    shire_store_queue *queue = context;
    bool is_sealed = true;
    bool is_closing = false;
    while (!is_closing) {
        pthread_mutex_lock(&queue->mutex);
        wait_for_work(queue, is_sealed || queue->seal == NULL);
        size_t count = queue->waiting_count;
        queued_job *filled = queue->waiting;
        queue->waiting = queue->taken;
        queue->waiting_count = 0;
        queue->taken = filled;
        is_closing = queue->is_closing && count == 0;
        pthread_mutex_unlock(&queue->mutex);
        if (count > 0 || (!is_sealed && queue->seal != NULL)) {
            run_batch(queue, count, count == 0);
            mind_log(queue);
            is_sealed = count == 0;
        }
    }
    return NULL;
}

/* ---- everybody else ---- */

static void end_clerk(shire_store_queue *queue) {
    if (!queue->has_clerk) {
        return;
    }
    pthread_mutex_lock(&queue->mutex);
    queue->is_closing = true;
    pthread_cond_signal(&queue->clerk_wake);
    pthread_mutex_unlock(&queue->mutex);
    pthread_join(queue->clerk, NULL);
}

static void free_queue(shire_store_queue *queue) {
    shire_store_close(queue->clerk_store);
    shire_store_close(queue->store);
    shire_memory_free(queue->waiting);
    shire_memory_free(queue->taken);
    shire_memory_free(queue);
}

shire_status shire_store_queue_open(const shire_store_queue_options *options,
                                    shire_store_queue **queue_out, shire_error *error) {
    pthread_condattr_t attributes;
    shire_store_queue *queue = shire_memory_resize(NULL, sizeof *queue);
    if (queue == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the store");
    }
    size_t most = options->job_count_max == 0 ? JOBS_DEFAULT : options->job_count_max;
    *queue = (shire_store_queue){
        .seal = options->seal,
        .seal_context = options->seal_context,
        .quiet_seconds =
            options->quiet_seconds == 0 ? QUIET_SECONDS_DEFAULT : options->quiet_seconds,
        .make_room = options->make_room,
        .room_context = options->room_context,
        .job_count_max = most,
        .log_pages_max = options->log_pages_max == 0 ? LOG_PAGES_DEFAULT : options->log_pages_max,
        .taken = shire_memory_resize(NULL, most * sizeof(queued_job)),
        .waiting = shire_memory_resize(NULL, most * sizeof(queued_job))};
    shire_status status =
        queue->taken == NULL || queue->waiting == NULL
            ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the store")
            : shire_store_open(options->where, SHIRE_STORE_WRITE, &queue->store, error);
    queue->has_log = status == SHIRE_OK && shire_store_leave_log(queue->store);
    if (queue->has_log) {
        status = shire_store_open(options->where, SHIRE_STORE_READ, &queue->clerk_store, error);
    }
    if (status != SHIRE_OK) {
        free_queue(queue);
        return status;
    }
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&queue->submitted, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_cond_init(&queue->clerk_wake, NULL);
    pthread_mutex_init(&queue->mutex, NULL);
    int code = queue->has_log ? pthread_create(&queue->clerk, NULL, move_log, queue) : 0;
    queue->has_clerk = queue->has_log && code == 0;
    if (code == 0) {
        code = pthread_create(&queue->writer, NULL, write_all, queue);
    }
    if (code != 0) {
        end_clerk(queue);
        free_queue(queue);
        return SHIRE_FAIL(error, SHIRE_IO_FAILED, "the store's writer cannot be started: %s",
                          strerror(code));
    }
    *queue_out = queue;
    return SHIRE_OK;
}

shire_status shire_store_queue_submit(shire_store_queue *queue, shire_store_job job,
                                      shire_store_done done, void *context) {
    pthread_mutex_lock(&queue->mutex);
    bool has_place = queue->waiting_count < queue->job_count_max;
    if (has_place) {
        queue->waiting[queue->waiting_count++] = (queued_job){job, done, context, false};
        pthread_cond_signal(&queue->submitted);
    } else {
        queue->counts.refused++;
    }
    pthread_mutex_unlock(&queue->mutex);
    return has_place ? SHIRE_OK : SHIRE_BUSY;
}

typedef struct awaited_job {
    shire_store_job job;
    void *context;
    shire_error *error;
    shire_status status;
    bool is_done;
    pthread_mutex_t mutex;
    pthread_cond_t done;
} awaited_job;

static shire_status run_awaited(shire_store *store, void *context, shire_error *error) {
    awaited_job *awaited = context;
    return awaited->job(store, awaited->context, error);
}

static void end_wait(void *context, shire_status status, const shire_error *error) {
    awaited_job *awaited = context;
    pthread_mutex_lock(&awaited->mutex);
    awaited->status = status;
    if (status != SHIRE_OK && awaited->error != NULL) {
        *awaited->error = *error;
    }
    awaited->is_done = true;
    pthread_cond_signal(&awaited->done);
    pthread_mutex_unlock(&awaited->mutex);
}

shire_status shire_store_queue_run(shire_store_queue *queue, shire_store_job job, void *context,
                                   shire_error *error) {
    awaited_job awaited = {.job = job,
                           .context = context,
                           .error = error,
                           .mutex = PTHREAD_MUTEX_INITIALIZER,
                           .done = PTHREAD_COND_INITIALIZER};
    shire_status status = shire_store_queue_submit(queue, run_awaited, end_wait, &awaited);
    if (status != SHIRE_OK) {
        return SHIRE_FAIL(error, status,
                          "more is waiting to be written than can wait; try again in a moment");
    }
    pthread_mutex_lock(&awaited.mutex);
    while (!awaited.is_done) {
        pthread_cond_wait(&awaited.done, &awaited.mutex);
    }
    pthread_mutex_unlock(&awaited.mutex);
    pthread_mutex_destroy(&awaited.mutex);
    pthread_cond_destroy(&awaited.done);
    return awaited.status;
}

shire_store_queue_counts shire_store_queue_count(shire_store_queue *queue) {
    pthread_mutex_lock(&queue->mutex);
    shire_store_queue_counts counts = queue->counts;
    counts.waiting = queue->waiting_count;
    pthread_mutex_unlock(&queue->mutex);
    return counts;
}

void shire_store_queue_close(shire_store_queue *queue) {
    if (queue == NULL) {
        return;
    }
    pthread_mutex_lock(&queue->mutex);
    queue->is_closing = true;
    pthread_cond_signal(&queue->submitted);
    pthread_mutex_unlock(&queue->mutex);
    pthread_join(queue->writer, NULL);
    end_clerk(queue);
    pthread_mutex_destroy(&queue->mutex);
    pthread_cond_destroy(&queue->submitted);
    pthread_cond_destroy(&queue->clerk_wake);
    free_queue(queue);
}
