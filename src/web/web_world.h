/*
 * What the site reads from: the last run's book with its matcher, its warehouse, and the gate's
 * policy. A request keeps the world it began with, so that all of an answer is of one run; a new
 * run, or SIGHUP, puts a new one in its place, and the old one is closed by its last user.
 */
#ifndef SHIRE_WEB_WORLD_H
#define SHIRE_WEB_WORLD_H

#include "gate/gate_policy.h"
#include "io/table.h"
#include "org/directory.h"
#include "record/record_service.h"
#include "web/web_call.h"

#include <stdatomic.h>

#define SHIRE_WORLD_RUN_BYTES 17 /* 16 hex digits of the warehouse's identity, terminated */

typedef struct shire_world {
    _Atomic int64_t users;
    shire_arena *arena;
    shire_record *record; /* NULL before the first run */
    bool has_other_run;   /* there is none, but one of another version of the program */
    int warehouse;        /* its file, which stays when another run takes the place; -1: none */
    struct shire_answers *answers; /* of the warehouse */
    shire_gate_watch *watch;
    shire_directory directory;       /* of services, open to anybody */
    char run[SHIRE_WORLD_RUN_BYTES]; /* names the run: another one has another; empty before it */
} shire_world;

/* Opens a world; its one user is the caller. */
shire_status shire_world_open(const shire_web *web, shire_world **world_out,
                              shire_error *error) SHIRE_MUST_CHECK;
shire_world *shire_world_take(shire_web *web);
void shire_world_release(shire_world *world); /* NULL is allowed */
/* The warehouse of the world's run, for reading on a worker; whatever run has the place meanwhile.
 * SHIRE_NOT_FOUND before the first run. */
shire_status shire_world_open_warehouse(const shire_world *world, shire_table **warehouse_out,
                                        shire_error *error) SHIRE_MUST_CHECK;
/* The rows of a SELECT over it, in `arena`, kept for whoever asks next: no viewer has a part in the
 * question (web_answers.h). On a worker, for the first time may take a second. */
shire_status shire_world_query(const shire_world *world, const char *sql, shire_arena *arena,
                               shire_frame *frame_out, shire_error *error) SHIRE_MUST_CHECK;

/* Opens a new one in the place of the site's, and says so on standard error; on failure the old one
 * stays, and that is said. From any thread. */
void shire_world_take_up(shire_web *web);

/* Two threads: one reads the gate's rules again when they changed, and is woken to do so at once;
 * the other takes up a new run when there is one. */
shire_status shire_world_start_keepers(shire_web *web, shire_error *error) SHIRE_MUST_CHECK;
void shire_world_wake_keeper(shire_web *web);
void shire_world_stop_keepers(shire_web *web);

/* A connection to the store for reading, of a pool. Give it back, or close it after a failure. */
shire_status shire_web_store_borrow(shire_web *web, shire_store **store_out,
                                    shire_error *error) SHIRE_MUST_CHECK;
void shire_web_store_return(shire_web *web, shire_store *store);

#endif
