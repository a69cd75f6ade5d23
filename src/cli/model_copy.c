/* Copies of partnership folders: a walk over the folder, file by file, then the settings' lines of
 * the period written anew. */
#include "cli/model_copy.h"

#include "cli/model_log.h"
#include "core/calendar.h"
#include "io/file.h"
#include "org/model_lock.h"
#include "org/partnership.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SETTINGS_BYTES_MAX ((size_t)1 << 20)
#define BROUGHT_FILE "brought_forward.csv"

static shire_status no_memory(shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
}

static shire_status io_failed(const char *path, const char *what, shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_IO_FAILED, "%s: %s: %s", path, what, strerror(errno));
}

/* ---- the period ---- */

shire_status shire_model_period_parse(const char *text, shire_model_period *period_out,
                                      shire_error *error) {
    const char *dots = strstr(text, "..");
    shire_model_period period = {.given = true};
    if (dots == NULL) {
        char *end = NULL;
        long year = strtol(text, &end, 10);
        if (strlen(text) == 4 && *end == '\0' && year >= 1900 && year <= 2200) {
            period.financial_year = (int)year;
            period.first = shire_financial_year_first((int)year);
            period.last = shire_financial_year_last((int)year);
            *period_out = period;
            return SHIRE_OK;
        }
    } else if (shire_date_parse((shire_span){text, (size_t)(dots - text)}, &period.first) ==
                   SHIRE_OK &&
               shire_date_parse(shire_span_of(dots + 2), &period.last) == SHIRE_OK &&
               period.first <= period.last) {
        *period_out = period;
        return SHIRE_OK;
    }
    return SHIRE_FAIL(error, SHIRE_INVALID,
                      "'%s' is no period; write a financial year such as 2025, or "
                      "2025-04-01..2026-03-31",
                      text);
}

static bool is_setting(shire_span line, const char *name) {
    size_t length = strlen(name);
    return line.length > length && strncmp(line.bytes, name, length) == 0 &&
           line.bytes[length] == ':';
}

static void append_period(shire_builder *text, const shire_model_period *period,
                          const char *brought_forward) {
    char first[11];
    char last[11];
    shire_date_format(period->first, first);
    shire_date_format(period->last, last);
    if (period->financial_year > 0) {
        shire_builder_append_format(text, "financial_year: %d\n", period->financial_year);
    } else {
        shire_builder_append_format(text, "period_first: %s\nperiod_last: %s\n", first, last);
    }
    if (brought_forward != NULL) {
        shire_builder_append_format(text, "brought_forward: %s\n", brought_forward);
    }
}

shire_status shire_model_period_set(const char *dir, const shire_model_period *period,
                                    const char *brought_forward, shire_arena *arena,
                                    shire_error *error) {
    char *path = shire_arena_format(arena, "%s/partnership.yaml", dir);
    shire_span before;
    shire_builder text = {0};
    bool written = false;
    if (path == NULL) {
        return no_memory(error);
    }
    shire_status status = shire_file_read(path, SETTINGS_BYTES_MAX, arena, &before, error);
    if (status != SHIRE_OK) {
        return status;
    }
    for (const char *at = before.bytes, *end = at + before.length; at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        shire_span line = {at, (size_t)((stop == NULL ? end : stop + 1) - at)};
        bool replaced = is_setting(line, "financial_year") || is_setting(line, "period_first") ||
                        is_setting(line, "period_last");
        bool dropped = is_setting(line, "brought_forward");
        if (replaced && !written) {
            append_period(&text, period, brought_forward);
            written = true;
        }
        if (!replaced && !dropped) {
            shire_builder_append(&text, line);
        }
        at += line.length;
    }
    if (!written) {
        shire_builder_append_text(&text, "\n");
        append_period(&text, period, brought_forward);
    }
    status = text.failed ? no_memory(error)
                         : shire_file_replace(path, (shire_span){text.bytes, text.length}, error);
    shire_builder_free(&text);
    return status;
}

/* ---- the copy ---- */

static shire_status copy_file(const char *from, const char *to, shire_error *error) {
    char buffer[1 << 16];
    int source = open(from, O_RDONLY | O_CLOEXEC);
    int target = source < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    ssize_t count = 0;
    bool good = target >= 0;
    while (good && (count = read(source, buffer, sizeof buffer)) > 0) {
        for (ssize_t at = 0; good && at < count;) {
            ssize_t written = write(target, buffer + at, (size_t)(count - at));
            good = written > 0;
            at += written;
        }
    }
    good = good && count == 0;
    shire_status status = good ? SHIRE_OK : io_failed(from, "cannot be copied", error);
    if (source >= 0) {
        close(source);
    }
    if (target >= 0 && close(target) != 0 && good) {
        status = io_failed(to, "cannot be written", error);
    }
    return status;
}

static bool stays_behind(const char *name, bool with_data) {
    return strcmp(name, ".shire") == 0 || strcmp(name, SHIRE_MODEL_LOCK_FILE) == 0 ||
           strcmp(name, SHIRE_MODEL_HISTORY_FILE) == 0 || strcmp(name, BROUGHT_FILE) == 0 ||
           (!with_data && strcmp(name, "data") == 0);
}

static shire_status copy_folder(const char *from, const char *to, bool is_top, bool with_data,
                                shire_arena *arena, shire_error *error) {
    shire_status status = shire_dir_make(to, error);
    DIR *folder = status == SHIRE_OK ? opendir(from) : NULL;
    if (status == SHIRE_OK && folder == NULL) {
        return io_failed(from, "cannot be read", error);
    }
    for (struct dirent *entry; status == SHIRE_OK && (entry = readdir(folder)) != NULL;) {
        struct stat about;
        char *source = shire_arena_format(arena, "%s/%s", from, entry->d_name);
        char *target = shire_arena_format(arena, "%s/%s", to, entry->d_name);
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            (is_top && stays_behind(entry->d_name, with_data))) {
            continue;
        }
        if (source == NULL || target == NULL) {
            status = no_memory(error);
        } else if (stat(source, &about) != 0) {
            status = io_failed(source, "cannot be read", error);
        } else if (S_ISDIR(about.st_mode)) {
            status = copy_folder(source, target, false, with_data, arena, error);
        } else if (S_ISREG(about.st_mode)) {
            status = copy_file(source, target, error);
        }
    }
    if (folder != NULL) {
        closedir(folder);
    }
    return status;
}

/* True for a folder in which there is nothing. */
static bool is_empty(const char *path) {
    DIR *folder = opendir(path);
    bool empty = folder != NULL;
    for (struct dirent *entry; empty && (entry = readdir(folder)) != NULL;) {
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    }
    if (folder != NULL) {
        closedir(folder);
    }
    return empty;
}

/* The new folder's path from the root starts with the old one's. */
static bool is_inside(const char *from, const char *to, shire_arena *arena) {
    char old_path[PATH_MAX];
    char new_path[PATH_MAX];
    char *parent = shire_arena_format(arena, "%s/..", to);
    size_t length = 0;
    if (parent == NULL || realpath(from, old_path) == NULL) {
        return false;
    }
    if (realpath(to, new_path) == NULL) {
        const char *slash = strrchr(to, '/');
        char *above = slash == NULL ? shire_arena_format(arena, ".")
                                    : shire_arena_format(arena, "%.*s/", (int)(slash - to), to);
        if (above == NULL || realpath(above, new_path) == NULL) {
            return false;
        }
    }
    length = strlen(old_path);
    return strncmp(old_path, new_path, length) == 0 &&
           (new_path[length] == '/' || new_path[length] == '\0');
}

static shire_status bring_forward(const shire_partnership *old, const char *to,
                                  const shire_model_period *period, const char **name_out,
                                  shire_arena *arena, shire_error *error) {
    char *work = shire_partnership_state_path(old, arena, "work_in_progress.csv");
    char *target = shire_arena_format(arena, "%s/%s", to, BROUGHT_FILE);
    *name_out = NULL;
    if (work == NULL || target == NULL) {
        return no_memory(error);
    }
    if (period->first != old->period_last + 1 || !shire_file_exists(work)) {
        return SHIRE_OK;
    }
    *name_out = BROUGHT_FILE;
    return copy_file(work, target, error);
}

/* What a copy is made of, and how to unmake it. */
typedef struct copying {
    const shire_partnership *old;
    const char *to;
    bool was_there;
    bool with_data;
    const shire_model_period *period;
} copying;

static void remove_copy(void *context, shire_arena *arena) {
    const copying *c = context;
    shire_error ignored;
    (void)arena;
    (void)!shire_dir_remove(c->to, &ignored);
    if (c->was_there) {
        (void)!shire_dir_make(c->to, &ignored);
    }
}

/* The period, with the work in progress that goes with it. */
static shire_status copy_period(const copying *c, shire_arena *arena, shire_error *error) {
    const char *brought = NULL;
    if (c->period->given) {
        shire_status status = bring_forward(c->old, c->to, c->period, &brought, arena, error);
        return status == SHIRE_OK ? shire_model_period_set(c->to, c->period, brought, arena, error)
                                  : status;
    }
    if (c->old->brought_forward_path == NULL) {
        return SHIRE_OK;
    }
    char *source = shire_arena_format(arena, "%s/%s", c->old->dir, BROUGHT_FILE);
    char *target = shire_arena_format(arena, "%s/%s", c->to, BROUGHT_FILE);
    return source == NULL || target == NULL ? no_memory(error)
           : shire_file_exists(source)      ? copy_file(source, target, error)
                                            : SHIRE_OK;
}

static shire_status copy_all(void *context, shire_arena *arena, shire_error *error) {
    copying *c = context;
    shire_partnership made;
    shire_status status = copy_folder(c->old->dir, c->to, true, c->with_data, arena, error);
    if (status == SHIRE_OK) {
        status = copy_period(c, arena, error);
    }
    if (status == SHIRE_OK && c->with_data) {
        status = shire_partnership_open(c->to, arena, &made, error);
        if (status == SHIRE_OK) {
            status = shire_model_copy_index(c->old, &made, arena, error);
        }
    }
    if (status != SHIRE_OK) {
        remove_copy(c, arena);
    }
    return status;
}

/* The last name of the new folder: where it lies is nobody's business in years to come. */
static const char *describe(const copying *c, shire_arena *arena) {
    const char *slash = strrchr(c->to, '/');
    const char *name = slash == NULL || slash[1] == '\0' ? c->to : slash + 1;
    return shire_arena_format(arena, "copied as %s%s", name,
                              c->with_data ? ", with data and the person index" : "");
}

shire_status shire_model_copy(const char *from, const char *to, bool with_data,
                              const shire_model_period *period, shire_arena *arena,
                              shire_error *error) {
    shire_partnership old;
    bool has_store = false;
    copying c = {.old = &old,
                 .to = to,
                 .was_there = shire_dir_exists(to),
                 .with_data = with_data,
                 .period = period};
    const shire_model_act logged = {.act = copy_all, .undo = remove_copy, .context = &c};
    shire_status status = shire_partnership_open(from, arena, &old, error);
    if (status != SHIRE_OK) {
        return status;
    }
    if (shire_file_exists(to) || (c.was_there && !is_empty(to))) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "%s: something is there already; name a folder that does not exist", to);
    }
    if (is_inside(from, to, arena)) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "%s: lies inside the folder that is copied; name another place", to);
    }
    const char *place = shire_partnership_store(&old, arena);
    const char *detail = describe(&c, arena);
    if (place == NULL || detail == NULL) {
        return no_memory(error);
    }
    /* A folder that never ran has no log, and gets none by being copied. */
    status = shire_store_exists(place, &has_store, error);
    if (status == SHIRE_OK) {
        status = has_store
                     ? shire_model_act_logged(&old, "model copy", detail, &logged, arena, error)
                     : copy_all(&c, arena, error);
    }
    return status;
}
