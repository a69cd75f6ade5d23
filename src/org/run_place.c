/*
 * Two folders and a link that leads to one of them. A link is changed by making another beside it
 * and renaming that over it, which every file system of a Unix does in one step; exchanging folders
 * would need a call that some lack, and a second way for those.
 */
#include "org/run_place.h"

#include "io/file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINK_NAME "run"

static const char *const folders[] = {"run.0", "run.1"};

/* What a run leaves; only these have a name of their own in .shire. */
static const char *const names[] = {"warehouse.duckdb", "columns.bin", "link.memory", "report",
                                    "work_in_progress.csv"};

static shire_status no_memory(shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
}

/* The number of the folder that the link leads to; -1 when there is no such link. */
static int read_link(const char *link) {
    char target[16] = "";
    ssize_t length = readlink(link, target, sizeof target - 1);
    for (int i = 0; i < 2 && length > 0; i++) {
        if (strcmp(target, folders[i]) == 0) {
            return i;
        }
    }
    return -1;
}

const char *shire_run_place_last(const shire_partnership *partnership, shire_arena *arena) {
    const char *link = shire_partnership_state_path(partnership, arena, LINK_NAME);
    int last = link == NULL ? -1 : read_link(link);
    if (link == NULL || last >= 0) {
        return link == NULL ? NULL
                            : shire_partnership_state_path(partnership, arena, folders[last]);
    }
    return shire_partnership_state_path(partnership, arena, "."); /* as older programs left it */
}

/* A link at `path`, in one step, whatever link or file was there. */
static shire_status set_link(const char *path, const char *target, shire_arena *arena,
                             shire_error *error) {
    const char *beside = shire_arena_format(arena, "%s.new", path);
    if (beside == NULL) {
        return no_memory(error);
    }
    unlink(beside); /* of a run that was killed */
    if (symlink(target, beside) != 0) {
        return SHIRE_FAIL(error, SHIRE_IO_FAILED, "%s: this link cannot be made: %s", beside,
                          strerror(errno));
    }
    shire_status status = shire_file_rename(beside, path, error);
    if (status != SHIRE_OK) {
        unlink(beside);
    }
    return status;
}

static bool is_there(const char *path) {
    return shire_file_exists(path) || shire_dir_exists(path);
}

static bool is_link(const char *path) {
    struct stat about;
    return lstat(path, &about) == 0 && S_ISLNK(about.st_mode);
}

/* Every file in `dir` gets its name in .shire. One that stands there itself, as older programs and
 * copies that follow links leave it, moves into `dir` first. */
static shire_status name_files(const shire_run_place *place, const char *dir, shire_arena *arena,
                               shire_error *error) {
    shire_status status = SHIRE_OK;
    for (size_t i = 0; i < sizeof names / sizeof names[0] && status == SHIRE_OK; i++) {
        const char *path = shire_arena_format(arena, "%s%s", place->state_dir, names[i]);
        const char *inside = shire_arena_format(arena, "%s/%s", dir, names[i]);
        const char *target = shire_arena_format(arena, LINK_NAME "/%s", names[i]);
        if (path == NULL || inside == NULL || target == NULL) {
            return no_memory(error);
        }
        if (is_link(path)) {
            continue;
        }
        if (is_there(path)) {
            status = shire_dir_remove(inside, error);
            if (status == SHIRE_OK) {
                status = shire_file_rename(path, inside, error);
            }
        }
        if (status == SHIRE_OK && is_there(inside)) {
            status = set_link(path, target, arena, error);
        }
    }
    return status;
}

/* The first folder and the link to it. A copy that followed the link has a folder in its stead. */
static shire_status make_first(const shire_run_place *place, shire_arena *arena,
                               shire_error *error) {
    bool is_copy = shire_dir_exists(place->link) && !is_link(place->link);
    shire_status status = is_copy ? shire_dir_remove(place->last_dir, error) : SHIRE_OK;
    if (status == SHIRE_OK) {
        status = is_copy ? shire_file_rename(place->link, place->last_dir, error)
                         : shire_dir_make(place->last_dir, error);
    }
    return status == SHIRE_OK ? set_link(place->link, folders[0], arena, error) : status;
}

shire_status shire_run_place_open(const shire_partnership *partnership, shire_arena *arena,
                                  shire_run_place *place_out, shire_error *error) {
    shire_run_place place = {.state_dir = shire_partnership_state_path(partnership, arena, ""),
                             .link = shire_partnership_state_path(partnership, arena, LINK_NAME)};
    int last = place.link == NULL ? -1 : read_link(place.link);
    place.last_dir = shire_partnership_state_path(partnership, arena, folders[last == 1]);
    place.next_dir = shire_partnership_state_path(partnership, arena, folders[last != 1]);
    if (place.state_dir == NULL || place.link == NULL || place.last_dir == NULL ||
        place.next_dir == NULL) {
        return no_memory(error);
    }
    shire_status status = last >= 0 ? SHIRE_OK : make_first(&place, arena, error);
    if (status == SHIRE_OK) {
        status = name_files(&place, place.last_dir, arena, error);
    }
    if (status == SHIRE_OK) {
        status = shire_dir_remove(place.next_dir, error);
    }
    if (status == SHIRE_OK) {
        status = shire_dir_make(place.next_dir, error);
    }
    if (status == SHIRE_OK) {
        *place_out = place;
    }
    return status;
}

shire_status shire_run_place_take(const shire_run_place *place, shire_arena *arena,
                                  shire_error *error) {
    shire_status status = name_files(place, place->next_dir, arena, error);
    return status == SHIRE_OK
               ? set_link(place->link, strrchr(place->next_dir, '/') + 1, arena, error)
               : status;
}

shire_status shire_run_place_give_back(const shire_run_place *place, shire_arena *arena,
                                       shire_error *error) {
    return set_link(place->link, strrchr(place->last_dir, '/') + 1, arena, error);
}

shire_status shire_run_place_close(const shire_run_place *place, shire_arena *arena,
                                   shire_error *error) {
    int standing = read_link(place->link);
    if (standing == -1) {
        return SHIRE_OK;
    }
    const char *last = shire_arena_format(arena, "%s%s", place->state_dir, folders[standing]);
    const char *other = shire_arena_format(arena, "%s%s", place->state_dir, folders[1 - standing]);
    if (last == NULL || other == NULL) {
        return no_memory(error);
    }
    /* Where no run has come to its end yet there is nothing for the link to lead to. */
    if (rmdir(last) == 0) {
        unlink(place->link);
    }
    return shire_dir_remove(other, error);
}
