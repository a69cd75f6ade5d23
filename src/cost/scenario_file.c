/* Saved scenarios as text files: read line by line, written whole, listed by the names of files. */
#include "cost/scenario_file.h"

#include "io/file.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#define FILE_BYTES_MAX ((size_t)1 << 20)
#define NAME_BYTES_MAX 64

bool shire_scenario_name_is_good(const char *name) {
    size_t length = strlen(name);
    for (size_t i = 0; i < length; i++) {
        if (!isalnum((unsigned char)name[i]) && strchr("-_.", name[i]) == NULL) {
            return false;
        }
    }
    return length > 0 && length <= NAME_BYTES_MAX && name[0] != '.';
}

static shire_status no_memory(shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
}

static char *path_of(const char *dir, const char *name, shire_arena *arena) {
    return shire_arena_format(arena, "%s/scenarios/%s.txt", dir, name);
}

/* What to say when there is no such scenario. */
static shire_status not_found(const char *dir, const char *name, shire_arena *arena,
                              shire_error *error) {
    const char *const *names = NULL;
    size_t count = 0;
    shire_builder list = {0};
    shire_status status = shire_scenario_list(dir, arena, &names, &count, error);
    if (status != SHIRE_OK) {
        return status;
    }
    for (size_t i = 0; i < count; i++) {
        shire_builder_append_format(&list, "%s%s", i > 0 ? ", " : "", names[i]);
    }
    status = SHIRE_FAIL(error, SHIRE_NOT_FOUND, "no scenario is saved as '%s'; %s%s", name,
                        count == 0 ? "give its changes with --set" : "there are ",
                        count == 0 || list.failed ? "" : list.bytes);
    shire_builder_free(&list);
    return status;
}

shire_status shire_scenario_load(const char *dir, const char *name, shire_arena *arena,
                                 const char *const **changes_out, size_t *count_out,
                                 shire_error *error) {
    shire_span text;
    char *path = path_of(dir, name, arena);
    if (path == NULL) {
        return no_memory(error);
    }
    if (!shire_file_exists(path)) {
        return not_found(dir, name, arena, error);
    }
    shire_status status = shire_file_read(path, FILE_BYTES_MAX, arena, &text, error);
    if (status != SHIRE_OK) {
        return status;
    }
    size_t line_count = 1;
    for (size_t i = 0; i < text.length; i++) {
        line_count += text.bytes[i] == '\n';
    }
    const char **changes = shire_arena_alloc_array(arena, line_count, sizeof(*changes));
    size_t count = 0;
    for (size_t first = 0, next; changes != NULL && first < text.length; first = next) {
        const char *end = memchr(text.bytes + first, '\n', text.length - first);
        size_t length = end == NULL ? text.length - first : (size_t)(end - text.bytes) - first;
        shire_span line = shire_span_trim((shire_span){text.bytes + first, length});
        next = first + length + 1;
        if (line.length > 0 && line.bytes[0] != '#') {
            changes[count] = shire_arena_copy_text(arena, line.bytes, line.length);
            if (changes[count++] == NULL) {
                return no_memory(error);
            }
        }
    }
    *changes_out = changes;
    *count_out = count;
    return changes == NULL ? no_memory(error) : SHIRE_OK;
}

shire_status shire_scenario_save(const char *dir, const char *name, const char *const *changes,
                                 size_t count, shire_arena *arena, shire_error *error) {
    char *folder = shire_arena_format(arena, "%s/scenarios", dir);
    char *path = path_of(dir, name, arena);
    shire_builder text = {0};
    if (folder == NULL || path == NULL) {
        return no_memory(error);
    }
    shire_status status = shire_dir_make(folder, error);
    for (size_t i = 0; i < count; i++) {
        shire_builder_append_format(&text, "%s\n", changes[i]);
    }
    if (status == SHIRE_OK) {
        status =
            text.failed
                ? no_memory(error)
                : shire_file_replace(
                      path, (shire_span){text.bytes == NULL ? "" : text.bytes, text.length}, error);
    }
    shire_builder_free(&text);
    return status;
}

shire_status shire_scenario_list(const char *dir, shire_arena *arena, const char *const **names_out,
                                 size_t *count_out, shire_error *error) {
    char *folder = shire_arena_format(arena, "%s/scenarios", dir);
    const char *const *files = NULL;
    if (folder == NULL) {
        return no_memory(error);
    }
    *count_out = 0;
    *names_out = NULL;
    if (!shire_dir_exists(folder)) {
        return SHIRE_OK;
    }
    shire_status status = shire_dir_list(folder, ".txt", arena, &files, count_out, error);
    if (status != SHIRE_OK) {
        return status;
    }
    const char **names = shire_arena_alloc_array(arena, *count_out, sizeof(*names));
    for (size_t i = 0; names != NULL && i < *count_out; i++) {
        names[i] = shire_arena_copy_text(arena, files[i], strlen(files[i]) - strlen(".txt"));
        if (names[i] == NULL) {
            return no_memory(error);
        }
    }
    *names_out = names;
    return names == NULL ? no_memory(error) : SHIRE_OK;
}

shire_status shire_scenario_delete(const char *dir, const char *name, shire_arena *arena,
                                   shire_error *error) {
    char *path = path_of(dir, name, arena);
    if (path == NULL) {
        return no_memory(error);
    }
    if (!shire_file_exists(path)) {
        return not_found(dir, name, arena, error);
    }
    return unlink(path) == 0 ? SHIRE_OK
                             : SHIRE_FAIL(error, SHIRE_IO_FAILED, "%s: cannot be removed: %s", path,
                                          strerror(errno));
}
