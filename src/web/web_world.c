/*
 * The world of a run: made by one thread, swapped under a lock, counted by its users. House keepers
 * look every second whether the store's rules are newer, so that what an administrator changes,
 * here or by the command line, holds a moment later, and whether another run has the place of the
 * last. Taking that up takes longer, so it has a thread of its own.
 */
#include "web/web_world.h"

#include "io/file.h"
#include "io/table_identity.h"
#include "org/organisation.h"
#include "org/run_place.h"
#include "web/web_answers.h"
#include "web/web_internal.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WAREHOUSE_MEMORY_MB 1024
#define WAREHOUSE_PATH_BYTES 32

static shire_status no_memory(shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for the server");
}

shire_status shire_web_store_borrow(shire_web *web, shire_store **store_out, shire_error *error) {
    pthread_mutex_lock(&web->lock);
    shire_store *store =
        web->idle_store_count > 0 ? web->idle_stores[--web->idle_store_count] : NULL;
    pthread_mutex_unlock(&web->lock);
    if (store != NULL) {
        *store_out = store;
        return SHIRE_OK;
    }
    return shire_store_open(web->store_where, SHIRE_STORE_READ, store_out, error);
}

void shire_web_store_return(shire_web *web, shire_store *store) {
    if (store == NULL) {
        return;
    }
    pthread_mutex_lock(&web->lock);
    bool has_place = web->idle_store_count < SHIRE_WEB_IDLE_STORES_MAX;
    if (has_place) {
        web->idle_stores[web->idle_store_count++] = store;
    }
    pthread_mutex_unlock(&web->lock);
    if (!has_place) {
        shire_store_close(store);
    }
}

static void close_world(shire_world *world) {
    if (world != NULL) {
        if (world->warehouse >= 0) {
            close(world->warehouse);
        }
        shire_answers_free(world->answers);
        shire_record_close(world->record);
        shire_gate_watch_free(world->watch);
        shire_arena_wipe_free(world->arena);
    }
}

/* The bodies by their number in the run; before the first run there are no persons either. */
static shire_status open_watch(shire_world *world, shire_store *store, shire_error *error) {
    const shire_record_book *book =
        world->record == NULL ? NULL : shire_record_get_book(world->record);
    size_t count = book == NULL ? 0 : book->organisation_count;
    const char **codes = shire_arena_alloc_array(world->arena, count, sizeof *codes);
    for (size_t i = 0; codes != NULL && i < count; i++) {
        shire_span code = shire_record_book_text(book, book->organisations[i].code);
        codes[i] = shire_arena_copy_text(world->arena, code.bytes, code.length);
        if (codes[i] == NULL) {
            return no_memory(error);
        }
    }
    if (codes == NULL) {
        return no_memory(error);
    }
    shire_status status = shire_gate_watch_new(codes, count, &world->watch, error);
    return status == SHIRE_OK ? shire_gate_watch_refresh(world->watch, store, error) : status;
}

/* The name of an open file stands for that file also when another took its name, or none. */
static void name_warehouse(const shire_world *world, char path_out[WAREHOUSE_PATH_BYTES]) {
    snprintf(path_out, WAREHOUSE_PATH_BYTES, "/proc/self/fd/%d", world->warehouse);
}

shire_status shire_world_open_warehouse(const shire_world *world, shire_table **warehouse_out,
                                        shire_error *error) {
    char path[WAREHOUSE_PATH_BYTES];
    if (world->record == NULL || world->warehouse < 0) {
        return SHIRE_FAIL(error, SHIRE_NOT_FOUND, "there is no run yet");
    }
    name_warehouse(world, path);
    return shire_table_open(&(shire_table_options){.path = path,
                                                   .read_only = true,
                                                   .thread_count = 1,
                                                   .memory_limit_mb = WAREHOUSE_MEMORY_MB},
                            warehouse_out, error);
}

shire_status shire_world_query(const shire_world *world, const char *sql, shire_arena *arena,
                               shire_frame *frame_out, shire_error *error) {
    shire_table *warehouse = NULL;
    if (shire_answers_recall(world->answers, sql, arena, frame_out)) {
        return SHIRE_OK;
    }
    shire_status status = shire_world_open_warehouse(world, &warehouse, error);
    if (status == SHIRE_OK) {
        status = shire_table_query(warehouse, sql, arena, frame_out, error);
    }
    shire_table_close(warehouse);
    if (status == SHIRE_OK) {
        shire_answers_keep(world->answers, sql, frame_out);
    }
    return status;
}

/* Of the file that has the place now; -1: none. */
static int open_last(const shire_web *web, shire_arena *arena) {
    char *path = shire_partnership_state_path(&web->partnership, arena, "warehouse.duckdb");
    return path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
}

static shire_status name_run(shire_world *world, shire_error *error) {
    char identity[65];
    char path[WAREHOUSE_PATH_BYTES];
    if (world->record == NULL) {
        return SHIRE_OK;
    }
    name_warehouse(world, path);
    shire_status status = shire_table_identity(path, identity, error);
    if (status == SHIRE_OK) {
        snprintf(world->run, sizeof world->run, "%.*s", (int)sizeof world->run - 1, identity);
    }
    return status;
}

static shire_status open_once(const shire_web *web, shire_world **world_out, shire_error *error) {
    shire_arena *arena = NULL;
    shire_store *store = NULL;
    shire_status status = shire_arena_new("world", 0, &arena, error);
    if (status != SHIRE_OK) {
        return status;
    }
    shire_world *world = shire_arena_alloc(arena, sizeof *world);
    if (world == NULL) {
        shire_arena_free(arena);
        return no_memory(error);
    }
    world->arena = arena;
    atomic_init(&world->users, 1);
    world->warehouse = open_last(web, arena);
    status = shire_answers_new(&world->answers, error);
    if (status != SHIRE_OK) {
        close_world(world);
        return status;
    }
    shire_error missing = {0};
    status = shire_record_open(&(shire_record_options){.dir = web->partnership.dir,
                                                       .store = web->store_where,
                                                       .thread_count = web->options.thread_count},
                               &world->record, &missing);
    if (status ==
        SHIRE_NOT_FOUND) { /* no run yet, or one that is not understood: the pages say so */
        world->has_other_run = world->warehouse >= 0;
        status = SHIRE_OK;
    } else if (status != SHIRE_OK && error != NULL) {
        *error = missing;
    }
    if (status == SHIRE_OK) {
        status = name_run(world, error);
    }
    if (status == SHIRE_OK) {
        status = shire_directory_read(web->partnership.dir, world->arena, NULL, NULL,
                                      &world->directory, error);
    }
    if (status == SHIRE_OK) {
        status = shire_store_open(web->store_where, SHIRE_STORE_READ, &store, error);
    }
    if (status == SHIRE_OK) {
        status = open_watch(world, store, error);
    }
    shire_store_close(store);
    if (status != SHIRE_OK) {
        close_world(world);
        return status;
    }
    *world_out = world;
    return SHIRE_OK;
}

/* Where a run took its place meanwhile, what was opened may be of two: once more. */
shire_status shire_world_open(const shire_web *web, shire_world **world_out, shire_error *error) {
    shire_arena *arena = NULL;
    shire_world *world = NULL;
    bool is_one = true;
    shire_status status = shire_arena_new("world_open", 0, &arena, error);
    if (status != SHIRE_OK) {
        return status;
    }
    do {
        shire_world_release(world);
        world = NULL;
        const char *before = shire_run_place_last(&web->partnership, arena);
        status = open_once(web, &world, error);
        const char *after = shire_run_place_last(&web->partnership, arena);
        is_one = before == NULL || after == NULL || strcmp(before, after) == 0;
    } while (!is_one);
    shire_arena_free(arena);
    if (status == SHIRE_OK) {
        *world_out = world;
    }
    return status;
}

shire_world *shire_world_take(shire_web *web) {
    pthread_mutex_lock(&web->lock);
    shire_world *world = web->world;
    atomic_fetch_add(&world->users, 1);
    pthread_mutex_unlock(&web->lock);
    return world;
}

void shire_world_release(shire_world *world) {
    if (world != NULL && atomic_fetch_sub(&world->users, 1) == 1) {
        close_world(world);
    }
}

static shire_status reload(shire_web *web, shire_error *error) {
    shire_world *world = NULL;
    shire_status status = shire_world_open(web, &world, error);
    if (status == SHIRE_OK && world->has_other_run) {
        shire_world_release(world);
        status = SHIRE_FAIL(error, SHIRE_INVALID,
                            "the last run was made by another version of this program; run `shire "
                            "run %s`",
                            web->partnership.dir);
    }
    if (status == SHIRE_OK) {
        pthread_mutex_lock(&web->lock);
        shire_world *old = web->world;
        web->world = world;
        pthread_mutex_unlock(&web->lock);
        shire_world_release(old);
    }
    return status;
}

void shire_world_take_up(shire_web *web) {
    shire_error error = {0};
    pthread_mutex_lock(&web->reload_lock);
    shire_status status = reload(web, &error);
    pthread_mutex_unlock(&web->reload_lock);
    if (status == SHIRE_OK) {
        fputs("shire serve: took up the last run\n", stderr);
    } else {
        fprintf(stderr, "shire serve: goes on with the run before: %s\n", error.message);
    }
}

/* ---- the house keepers ---- */

static void refresh(shire_web *web) {
    shire_store *store = NULL;
    shire_world *world = shire_world_take(web);
    shire_error error = {0};
    shire_status status = shire_web_store_borrow(web, &store, &error);
    if (status == SHIRE_OK) {
        status = shire_gate_watch_refresh(world->watch, store, &error);
    }
    if (status == SHIRE_OK) {
        shire_web_store_return(web, store);
    } else {
        shire_store_close(store);
        fprintf(stderr, "shire serve: the rules of access could not be read again: %s\n",
                error.message);
    }
    shire_world_release(world);
}

static void keep_rules(shire_web *web) {
    refresh(web);
    shire_web_reserve_keep(web);
}

/* One that could not be taken up is not tried again until it is another. */
static void keep_run(shire_web *web) {
    struct stat last;
    struct stat ours = {0};
    if (stat(web->warehouse_path, &last) != 0) {
        return;
    }
    shire_world *world = shire_world_take(web);
    bool is_ours = world->warehouse >= 0 && fstat(world->warehouse, &ours) == 0 &&
                   ours.st_dev == last.st_dev && ours.st_ino == last.st_ino;
    shire_world_release(world);
    bool was_tried = web->tried_run.st_dev == last.st_dev && web->tried_run.st_ino == last.st_ino &&
                     web->tried_run.st_mtim.tv_sec == last.st_mtim.tv_sec &&
                     web->tried_run.st_mtim.tv_nsec == last.st_mtim.tv_nsec;
    if (!is_ours && !was_tried) {
        web->tried_run = last;
        shire_world_take_up(web);
    }
}

static void *keep_house(void *context) {
    shire_web_keeper *keeper = context;
    shire_web *web = keeper->web;
    pthread_setname_np(pthread_self(), "house-keeper");
    pthread_mutex_lock(&web->keeper_lock);
    while (!web->keeper_ends) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec++;
        pthread_cond_timedwait(&web->keeper_wake, &web->keeper_lock, &until);
        if (!web->keeper_ends) {
            pthread_mutex_unlock(&web->keeper_lock);
            keeper->look(web);
            pthread_mutex_lock(&web->keeper_lock);
        }
    }
    pthread_mutex_unlock(&web->keeper_lock);
    return NULL;
}

void shire_world_wake_keeper(shire_web *web) {
    pthread_mutex_lock(&web->keeper_lock);
    pthread_cond_broadcast(&web->keeper_wake);
    pthread_mutex_unlock(&web->keeper_lock);
}

shire_status shire_world_start_keepers(shire_web *web, shire_error *error) {
    static void (*const looks[SHIRE_WEB_KEEPERS])(shire_web *) = {keep_rules, keep_run};
    web->warehouse_path =
        shire_partnership_state_path(&web->partnership, web->arena, "warehouse.duckdb");
    if (web->warehouse_path == NULL) {
        return no_memory(error);
    }
    while (web->keeper_count < SHIRE_WEB_KEEPERS) {
        shire_web_keeper *keeper = &web->keepers[web->keeper_count];
        *keeper = (shire_web_keeper){.web = web, .look = looks[web->keeper_count]};
        if (pthread_create(&keeper->thread, NULL, keep_house, keeper) != 0) {
            return SHIRE_FAIL(error, SHIRE_IO_FAILED, "the server's threads could not be started");
        }
        web->keeper_count++;
    }
    return SHIRE_OK;
}

void shire_world_stop_keepers(shire_web *web) {
    pthread_mutex_lock(&web->keeper_lock);
    web->keeper_ends = true;
    pthread_cond_broadcast(&web->keeper_wake);
    pthread_mutex_unlock(&web->keeper_lock);
    while (web->keeper_count > 0) {
        pthread_join(web->keepers[--web->keeper_count].thread, NULL);
    }
}
