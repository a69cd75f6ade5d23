/*
 * The world of a run: made by one thread, swapped under a lock, counted by its users. A house
 * keeper thread looks every second whether the store's rules are newer, so that what an
 * administrator changes, here or by the command line, holds a moment later.
 */
#include "web/web_world.h"

#include "io/file.h"
#include "io/table_identity.h"
#include "org/organisation.h"
#include "org/run_place.h"
#include "web/web_internal.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

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

static shire_status name_run(const shire_web *web, shire_world *world, shire_error *error) {
    char identity[65];
    char *path = shire_partnership_state_path(&web->partnership, world->arena, "warehouse.duckdb");
    if (world->record == NULL) {
        return SHIRE_OK;
    }
    if (path == NULL) {
        return no_memory(error);
    }
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
    shire_error missing = {0};
    status = shire_record_open(&(shire_record_options){.dir = web->partnership.dir,
                                                       .store = web->store_where,
                                                       .thread_count = web->options.thread_count},
                               &world->record, &missing);
    if (status ==
        SHIRE_NOT_FOUND) { /* no run yet, or one that is not understood: the pages say so */
        char *path = shire_partnership_state_path(&web->partnership, arena, "warehouse.duckdb");
        world->has_other_run = path != NULL && shire_file_exists(path);
        status = path == NULL ? no_memory(error) : SHIRE_OK;
    } else if (status != SHIRE_OK && error != NULL) {
        *error = missing;
    }
    if (status == SHIRE_OK) {
        status = name_run(web, world, error);
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

shire_status shire_world_reload(shire_web *web, shire_error *error) {
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

/* ---- the house keeper ---- */

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

static void *keep_house(void *context) {
    pthread_setname_np(pthread_self(), "house-keeper");
    shire_web *web = context;
    pthread_mutex_lock(&web->keeper_lock);
    while (!web->keeper_ends) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec++;
        pthread_cond_timedwait(&web->keeper_wake, &web->keeper_lock, &until);
        if (!web->keeper_ends) {
            pthread_mutex_unlock(&web->keeper_lock);
            refresh(web);
            shire_web_reserve_keep(web);
            pthread_mutex_lock(&web->keeper_lock);
        }
    }
    pthread_mutex_unlock(&web->keeper_lock);
    return NULL;
}

void shire_world_wake_keeper(shire_web *web) {
    pthread_mutex_lock(&web->keeper_lock);
    pthread_cond_signal(&web->keeper_wake);
    pthread_mutex_unlock(&web->keeper_lock);
}

shire_status shire_world_start_keeper(shire_web *web, shire_error *error) {
    web->has_keeper = pthread_create(&web->keeper, NULL, keep_house, web) == 0;
    return web->has_keeper
               ? SHIRE_OK
               : SHIRE_FAIL(error, SHIRE_IO_FAILED, "the server's threads could not be started");
}

void shire_world_stop_keeper(shire_web *web) {
    if (web->has_keeper) {
        pthread_mutex_lock(&web->keeper_lock);
        web->keeper_ends = true;
        pthread_cond_signal(&web->keeper_wake);
        pthread_mutex_unlock(&web->keeper_lock);
        pthread_join(web->keeper, NULL);
        web->has_keeper = false;
    }
}
