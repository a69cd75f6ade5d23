/*
 * Room kept for the log. A record is shown only when its entry in the audit log is on disk, so a
 * full disk would stop reading too. Beside the store room is kept that is given back when a batch
 * finds the disk full: from then on nothing is changed any more, and entries of what is read take
 * that room, until somebody makes more and it can be kept again.
 */
#include "web/web_internal.h"

#include "io/store_reserve.h"
#include "web/web_world.h"

#include <stdio.h>

/* 64 MB are some 100,000 entries; where half of what is free is less, a half or a quarter of it.
 * The log of a store in a file takes 16 MB before it begins anew, and 4 MB once room is short. */
#define RESERVE_BYTES_MAX (INT64_C(64) << 20)
#define RESERVE_BYTES_LEAST (INT64_C(16) << 20)

/* A look at a file costs nothing. On a server a look for room takes all there is for a moment. */
#define SECONDS_BETWEEN_LOOKS 30

shire_status shire_web_reserve_open(shire_web *web, shire_store *store, shire_error *error) {
    int64_t kept = 0; /* of the time before */
    shire_status status = shire_store_reserve_measure(store, &kept, error);
    bool is_taken = kept >= RESERVE_BYTES_LEAST;
    web->reserve_bytes = is_taken ? kept : 2 * RESERVE_BYTES_MAX;
    while (status == SHIRE_OK && !is_taken && web->reserve_bytes > RESERVE_BYTES_LEAST) {
        web->reserve_bytes /= 2;
        status = shire_store_reserve_take(store, web->reserve_bytes, &is_taken, error);
    }
    if (status == SHIRE_OK && !is_taken) {
        fputs("shire serve: the disk has no room to keep for the audit log; when it is full, "
              "records cannot be read either\n",
              stderr);
        web->reserve_bytes = 0;
    }
    atomic_store(&web->has_reserve, is_taken);
    return status;
}

/* The writer's own connection may stand in a transaction that has failed. */
bool shire_web_reserve_release(const shire_store *writer, void *context) {
    shire_web *web = context;
    shire_store *store = NULL;
    shire_error error = {0};
    if (!atomic_load(&web->has_reserve) ||
        !shire_store_lacks_room(writer, web->reserve_bytes / 2)) {
        return false;
    }
    shire_status status = shire_web_store_borrow(web, &store, &error);
    if (status == SHIRE_OK) {
        status = shire_store_reserve_release(store, &error);
    }
    if (status != SHIRE_OK) {
        shire_store_close(store);
        fprintf(stderr, "shire serve: %s\n", error.message);
        return false;
    }
    shire_web_store_return(web, store);
    atomic_store(&web->has_reserve, false);
    fputs("shire serve: the disk is full: nothing is changed any more, and what is read is entered "
          "in the audit log as long as the room lasts that was kept for it; make room\n",
          stderr);
    return true;
}

/* What is kept can go by itself: a table of a server that died. */
static shire_status take_again(shire_web *web, shire_store *store, shire_error *error) {
    bool had_reserve = atomic_load(&web->has_reserve);
    bool has_reserve = false;
    int64_t kept = 0;
    shire_status status = shire_store_reserve_measure(store, &kept, error);
    if (status != SHIRE_OK || (had_reserve && kept >= web->reserve_bytes)) {
        return status;
    }
    status = shire_store_reserve_take(store, web->reserve_bytes, &has_reserve, error);
    if (status == SHIRE_OK && has_reserve != had_reserve) {
        atomic_store(&web->has_reserve, has_reserve);
        fputs(has_reserve ? "shire serve: the disk has room again\n"
                          : "shire serve: the disk has no room left to keep for the audit log: "
                            "nothing is changed any more; make room\n",
              stderr);
    }
    return status;
}

void shire_web_reserve_keep(shire_web *web) {
    shire_store *store = NULL;
    shire_error error = {0};
    bool is_time =
        !shire_store_is_url(web->store_where) || ++web->reserve_looks % SECONDS_BETWEEN_LOOKS == 0;
    if (web->reserve_bytes == 0 || !is_time) {
        return;
    }
    shire_status status = shire_web_store_borrow(web, &store, &error);
    if (status == SHIRE_OK) {
        status = take_again(web, store, &error);
    }
    if (status == SHIRE_OK) {
        shire_web_store_return(web, store);
    } else {
        shire_store_close(store);
        fprintf(stderr, "shire serve: the room for the audit log cannot be looked at: %s\n",
                error.message);
    }
}

bool shire_web_may_change(const shire_web *web) {
    return web->reserve_bytes == 0 || atomic_load(&web->has_reserve);
}
