/*
 * Group commit: one thread that writes to the store for all others. Jobs that wait are taken
 * together into one transaction, so that many small writes cost one sync of the disk; at low load a
 * job begins at once, for nothing is delayed to gather more.
 *
 * A job is undone alone when it fails; the others of its batch stay. When the transaction cannot be
 * committed (the disk is full, the connection is lost) every job of the batch is told so, and the
 * next batch is tried anew, so that writing resumes by itself.
 *
 * The queue has its own connection to the store; readers have theirs and never wait for it. The
 * log of a store in a file (store.h) is moved to its places by a second thread, so that no batch
 * waits for that.
 */
#ifndef SHIRE_IO_STORE_QUEUE_H
#define SHIRE_IO_STORE_QUEUE_H

#include "io/store.h"

typedef struct shire_store_queue shire_store_queue;

/* Runs on the writer's thread, in the batch's transaction; it must not begin or end one. Where
 * another of its batch fails it may run anew, once the first time was undone, so it takes nothing
 * from what it left in `context`; that counts only once `done` was told SHIRE_OK. */
typedef shire_status (*shire_store_job)(shire_store *store, void *context, shire_error *error);

/*
 * Called once for each job that was taken, on the writer's thread: SHIRE_OK when what it wrote is
 * durable; else it is undone, or, when the connection was lost at the very commit, perhaps not.
 * `error` is filled in unless SHIRE_OK, and valid during the call, which must be short: nobody
 * writes meanwhile. It may submit, but not close.
 */
typedef void (*shire_store_done)(void *context, shire_status status, const shire_error *error);

/*
 * What closes a batch, in its transaction: it sees all that was written. `is_quiet` is true when
 * the queue is closing or had nothing to do for quiet_seconds after a batch; then it has a
 * transaction of its own. A batch whose seal fails is undone.
 */
typedef shire_status (*shire_store_seal)(shire_store *store, bool is_quiet, void *context,
                                         shire_error *error);

/* Called on the writer's thread when a batch could not be written (SHIRE_IO_FAILED) by `store`,
 * whose transaction may not be undone yet: whether room was made on the disk, so that the batch is
 * worth another attempt. Its jobs then run again. */
typedef bool (*shire_store_make_room)(const shire_store *store, void *context);

typedef struct shire_store_queue_options {
    const char *where;     /* as for shire_store_open, which makes the store if need be */
    size_t job_count_max;  /* that may wait; 0: 4096 */
    shire_store_seal seal; /* NULL: none */
    void *seal_context;
    int quiet_seconds;               /* 0: 10 */
    int64_t log_pages_max;           /* that the log may hold before it begins anew; 0: 4096 */
    shire_store_make_room make_room; /* NULL: none */
    void *room_context;
} shire_store_queue_options;

/* Opens the store and starts the writer. */
shire_status shire_store_queue_open(const shire_store_queue_options *options,
                                    shire_store_queue **queue_out,
                                    shire_error *error) SHIRE_MUST_CHECK;

/* Hand over a job; from any thread, without waiting and without allocating. SHIRE_BUSY when as many
 * as may wait already do: the job was not taken, and `done` is not called. `done` may be NULL. */
shire_status shire_store_queue_submit(shire_store_queue *queue, shire_store_job job,
                                      shire_store_done done, void *context) SHIRE_MUST_CHECK;

/* Submit, and wait until it is durable or failed. Never from the writer's thread. */
shire_status shire_store_queue_run(shire_store_queue *queue, shire_store_job job, void *context,
                                   shire_error *error) SHIRE_MUST_CHECK;

/* Counts since the queue was opened; from any thread. */
typedef struct shire_store_queue_counts {
    uint64_t done;    /* jobs that are durable */
    uint64_t failed;  /* jobs that were undone */
    uint64_t refused; /* jobs that found no place */
    uint64_t batches; /* transactions that were committed */
    size_t waiting;   /* jobs now */
} shire_store_queue_counts;

shire_store_queue_counts shire_store_queue_count(shire_store_queue *queue);

/* Finishes what was submitted, seals, and closes the store. Nobody submits any more. NULL is
 * allowed. */
void shire_store_queue_close(shire_store_queue *queue);

#endif
