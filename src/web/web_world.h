/*
 * What the site reads from: the last run's book with its matcher, and the gate's policy. A request
 * keeps the world it began with; SIGHUP puts a new one in its place, and the old one is closed by
 * its last user.
 */
#ifndef SHIRE_WEB_WORLD_H
#define SHIRE_WEB_WORLD_H

#include "gate/gate_policy.h"
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
    shire_gate_watch *watch;
    shire_directory directory;       /* of services, open to anybody */
    char run[SHIRE_WORLD_RUN_BYTES]; /* names the run: another one has another; empty before it */
} shire_world;

/* Opens a world; its one user is the caller. */
shire_status shire_world_open(const shire_web *web, shire_world **world_out,
                              shire_error *error) SHIRE_MUST_CHECK;
shire_world *shire_world_take(shire_web *web);
void shire_world_release(shire_world *world); /* NULL is allowed */
/* Opens a new one in the place of the site's; on failure the old one stays. */
shire_status shire_world_reload(shire_web *web, shire_error *error) SHIRE_MUST_CHECK;

/* The thread that reads the gate's rules again when they changed; wake it to do so at once. */
shire_status shire_world_start_keeper(shire_web *web, shire_error *error) SHIRE_MUST_CHECK;
void shire_world_wake_keeper(shire_web *web);
void shire_world_stop_keeper(shire_web *web);

/* A connection to the store for reading, of a pool. Give it back, or close it after a failure. */
shire_status shire_web_store_borrow(shire_web *web, shire_store **store_out,
                                    shire_error *error) SHIRE_MUST_CHECK;
void shire_web_store_return(shire_web *web, shire_store *store);

#endif
