/*
 * shire model: copies a model, changes its period, locks and unlocks it, and says whether it is
 * locked. Only the files of the partnership folder are touched, not what a run derived; what was
 * done is in the audit log.
 */
#include "cli/cli_model.h"

#include "cli/cli.h"
#include "cli/model_copy.h"
#include "cli/model_log.h"
#include "io/file.h"
#include "io/json.h"
#include "org/model_lock.h"
#include "org/partnership.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct model_call {
    const char *action;
    const char *dir;
    const char *target; /* the new folder, or the period */
    const char *who;
    const char *why;
    bool without_data;
    bool json;
    shire_model_period period;
} model_call;

static void print_help(void) {
    puts("Usage: shire model copy DIR NEWDIR [--period PERIOD] [--without-data]\n"
         "       shire model period DIR PERIOD\n"
         "       shire model lock DIR --who NAME --why REASON\n"
         "       shire model unlock DIR --who NAME --why REASON\n"
         "       shire model status DIR [--json]\n"
         "\n"
         "copy makes another partnership folder of DIR: settings, extracts, costing model and "
         "data,\n"
         "without what runs derived. People keep their ids: the person index comes along with the\n"
         "data. When PERIOD follows the old one, so does the work in progress of the last run. "
         "period changes the period of DIR. PERIOD is a financial year, such\n"
         "as 2025, or 2025-04-01..2026-03-31.\n"
         "\n"
         "lock keeps settings and costing model as they are: a run after one of their files was\n"
         "changed, added or removed is refused. Every lock, unlock and change of the period\n"
         "is in the audit log, locks and unlocks in DIR/model_history.csv too.\n"
         "\n"
         "Exit status: 0 done, 1 failed, 2 bad input.");
}

static shire_status print_status(const model_call *call, shire_arena *arena, shire_error *error) {
    char *path = shire_arena_format(arena, "%s/%s", call->dir, SHIRE_MODEL_LOCK_FILE);
    shire_error broken = {0};
    if (path == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
    }
    bool locked = shire_file_exists(path);
    shire_status status = shire_model_lock_check(call->dir, arena, &broken);
    if (status != SHIRE_OK && status != SHIRE_INVALID) {
        *error = broken;
        return status;
    }
    if (call->json) {
        json_t *document = json_pack("{s:b, s:b, s:s?}", "locked", (int)locked, "unchanged",
                                     (int)(status == SHIRE_OK), "problem",
                                     status == SHIRE_OK ? NULL : broken.message);
        return document == NULL ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory")
                                : shire_json_print(document, stdout, error);
    }
    puts(!locked              ? "The model is open."
         : status == SHIRE_OK ? "The model is locked, and as it was locked."
                              : broken.message);
    return SHIRE_OK;
}

/* ---- acts, each with its entry in the audit log ---- */

#define KEPT_BYTES_MAX ((size_t)64 << 20)

/* A file as it was before an act; not there: `was_there` is false. */
typedef struct kept_file {
    const char *path;
    bool was_there;
    shire_span text;
} kept_file;

/* The act and the files that it may change. */
typedef struct acting {
    model_call *call;
    kept_file files[3];
    size_t file_count;
} acting;

static shire_status keep_files(acting *a, shire_arena *arena, shire_error *error) {
    static const char *const names[] = {"partnership.yaml", SHIRE_MODEL_LOCK_FILE,
                                        SHIRE_MODEL_HISTORY_FILE};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        kept_file *file = &a->files[a->file_count++];
        file->path = shire_arena_format(arena, "%s/%s", a->call->dir, names[i]);
        if (file->path == NULL) {
            return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
        }
        file->was_there = shire_file_exists(file->path);
        shire_status status =
            file->was_there ? shire_file_read(file->path, KEPT_BYTES_MAX, arena, &file->text, error)
                            : SHIRE_OK;
        if (status != SHIRE_OK) {
            return status;
        }
    }
    return SHIRE_OK;
}

static void put_back(void *context, shire_arena *arena) {
    acting *a = context;
    (void)arena;
    for (size_t i = 0; i < a->file_count; i++) {
        shire_error ignored; /* what failed first is what counts */
        if (a->files[i].was_there) {
            (void)!shire_file_replace(a->files[i].path, a->files[i].text, &ignored);
        } else {
            (void)unlink(a->files[i].path);
        }
    }
}

static shire_status change(void *context, shire_arena *arena, shire_error *error) {
    const model_call *call = ((acting *)context)->call;
    if (strcmp(call->action, "lock") == 0) {
        return shire_model_lock(call->dir, call->who, call->why, arena, error);
    }
    if (strcmp(call->action, "unlock") == 0) {
        return shire_model_unlock(call->dir, call->who, call->why, arena, error);
    }
    char *lock = shire_arena_format(arena, "%s/%s", call->dir, SHIRE_MODEL_LOCK_FILE);
    if (lock == NULL || shire_file_exists(lock)) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "%s: the model is locked; unlock it to change its period, or copy it",
                          call->dir);
    }
    return shire_model_period_set(call->dir, &call->period, NULL, arena, error);
}

/* "lock by A Costing", "period 2025". */
static const char *describe(const model_call *call, shire_arena *arena) {
    return call->who == NULL ? shire_arena_format(arena, "%s %s", call->action, call->target)
                             : shire_arena_format(arena, "%s by %s", call->action, call->who);
}

static shire_status act(model_call *call, shire_arena *arena, shire_error *error) {
    shire_partnership partnership;
    acting kept = {.call = call};
    const shire_model_act logged = {.act = change, .undo = put_back, .context = &kept};
    if (strcmp(call->action, "copy") == 0) {
        return shire_model_copy(call->dir, call->target, !call->without_data, &call->period, arena,
                                error);
    }
    /* A wrong setting must not keep anybody from unlocking or mending. */
    bool opens = strcmp(call->action, "lock") == 0 || strcmp(call->action, "period") == 0;
    if (!opens && !shire_dir_exists(call->dir)) {
        return SHIRE_FAIL(error, SHIRE_NOT_FOUND, "%s: there is no such folder", call->dir);
    }
    if (strcmp(call->action, "status") == 0) {
        return print_status(call, arena, error);
    }
    shire_status status = shire_partnership_open(call->dir, arena, &partnership, error);
    if (status == SHIRE_INVALID && !opens) {
        *error = (shire_error){0};
        partnership = (shire_partnership){
            .dir = call->dir, .name = "costing model", .store = getenv("SHIRE_STORE")};
        status = SHIRE_OK;
    }
    const char *detail = describe(call, arena);
    if (status == SHIRE_OK) {
        status = detail == NULL ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory")
                                : keep_files(&kept, arena, error);
    }
    return status == SHIRE_OK
               ? shire_model_act_logged(&partnership, call->why, detail, &logged, arena, error)
               : status;
}

/* -1: go on; else the exit status. */
static int check_arguments(model_call *call, int argc, char **argv) {
    static const char *const actions[] = {"copy", "period", "lock", "unlock", "status"};
    size_t action = 0;
    call->action = argc > 0 ? argv[0] : "";
    while (action < 5 && strcmp(call->action, actions[action]) != 0) {
        action++;
    }
    if (action == 5) {
        return shire_cli_usage("model", "say copy, period, lock, unlock or status");
    }
    if (argc != (action < 2 ? 3 : 2)) {
        return shire_cli_usage("model", action == 0   ? "copy takes a folder and a new one"
                                        : action == 1 ? "period takes a folder and a period"
                                                      : "give one partnership folder");
    }
    call->dir = argv[1];
    call->target = argc > 2 ? argv[2] : NULL;
    bool needs_reason = action == 2 || action == 3;
    if (needs_reason &&
        (call->who == NULL || call->why == NULL || call->who[0] == '\0' || call->why[0] == '\0')) {
        return shire_cli_usage("model", "%s needs --who NAME and --why REASON", call->action);
    }
    shire_error error = {0};
    if (action == 1 && shire_model_period_parse(call->target, &call->period, &error) != SHIRE_OK) {
        return shire_cli_fail("model", &error);
    }
    return -1;
}

int shire_cli_model(int argc, char **argv) {
    static const struct option options[] = {{"period", required_argument, NULL, 'p'},
                                            {"without-data", no_argument, NULL, 'd'},
                                            {"who", required_argument, NULL, 'w'},
                                            {"why", required_argument, NULL, 'y'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    model_call call = {0};
    shire_error error = {0};
    int option;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (option) {
        case 'p':
            if (shire_model_period_parse(optarg, &call.period, &error) != SHIRE_OK) {
                return shire_cli_fail("model", &error);
            }
            break;
        case 'd':
            call.without_data = true;
            break;
        case 'w':
            call.who = optarg;
            break;
        case 'y':
            call.why = optarg;
            break;
        case 'j':
            call.json = true;
            break;
        case 'h':
            print_help();
            return 0;
        default:
            return shire_cli_usage("model", "that option is not known");
        }
    }
    int finished = check_arguments(&call, argc - optind, argv + optind);
    if (finished >= 0) {
        return finished;
    }
    shire_arena *arena = NULL;
    shire_status status = shire_arena_new("model", 0, &arena, &error);
    if (status == SHIRE_OK) {
        status = act(&call, arena, &error);
    }
    shire_arena_free(arena);
    return status == SHIRE_OK ? 0 : shire_cli_fail("model", &error);
}
