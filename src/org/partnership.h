/*
 * The partnership folder: partnership.yaml read and checked, organisations and successions.
 * See docs/partnership-folder.md for the format. All text lives in the caller's arena.
 */
#ifndef SHIRE_ORG_PARTNERSHIP_H
#define SHIRE_ORG_PARTNERSHIP_H

#include "core/arena.h"
#include "core/date.h"
#include "core/error.h"
#include "io/table.h"

typedef struct shire_partnership {
    const char *dir; /* as given, without a trailing slash */
    const char *name;
    const char *store; /* as for shire_store_open: what SHIRE_STORE of the environment says, which
                          `--store` of the command line sets; NULL: DIR/.shire/store.db */
    shire_date period_first;      /* inclusive */
    shire_date period_last;       /* inclusive */
    int64_t population;           /* 0 when not said */
    const char *const *data_dirs; /* paths from the root, the partnership folder first */
    size_t data_dir_count;
    const char *const *stop_on; /* kinds of finding that stop a run */
    size_t stop_on_count;
    int64_t memory_limit_mb;          /* 0 when not said */
    const char *brought_forward_path; /* from the root: work in progress of the period before, or
                                         NULL */
    const char *truth_path;           /* from the root; NULL when no truth is known */
    const char *national_unit_costs_path; /* likewise; NULL when none is named */
    const char *public_url;               /* what browsers call the site; NULL: not said */
    const char *provider_issuer;          /* the sign-in provider (web/web.h); NULL: none */
    const char *provider_client;          /* what it knows the site as */
    const char *provider_secret_path;     /* from the root; NULL when no file is named */
} shire_partnership;

/* Reads and checks DIR/partnership.yaml. SHIRE_NOT_FOUND when there is no such folder or file,
 * SHIRE_INVALID with file, line and key for anything wrong in it (unknown keys too). */
shire_status shire_partnership_open(const char *dir, shire_arena *arena,
                                    shire_partnership *partnership_out,
                                    shire_error *error) SHIRE_MUST_CHECK;

/* DIR/.shire/NAME, made in the arena; NULL when out of memory. */
char *shire_partnership_state_path(const shire_partnership *partnership, shire_arena *arena,
                                   const char *name);

/* Where the store is: a path or a URL; NULL when out of memory. */
const char *shire_partnership_store(const shire_partnership *partnership, shire_arena *arena);

/* Make DIR/.shire, which its owner alone may enter, and keep every other run and restore out of it
 * until *lock_out is closed or the process ends, however it does. */
shire_status shire_partnership_lock(const shire_partnership *partnership, shire_arena *arena,
                                    int *lock_out, shire_error *error) SHIRE_MUST_CHECK;

#endif
