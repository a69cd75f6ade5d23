/*
 * Finding the files that an extract reads: each path as written is looked up in the partnership's
 * data folders, patterns through the engine's own glob. A file that is missing, empty, a folder or
 * unreadable is a finding, so that the other files and extracts go on.
 */
#include "load/load_internal.h"

#include "io/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

load_stamp load_file_stamp(const char *path) {
    struct stat facts;
    return stat(path, &facts) != 0 ? (load_stamp){0}
                                   : (load_stamp){.byte_count = (int64_t)facts.st_size,
                                                  .changed_seconds = (int64_t)facts.st_ctim.tv_sec,
                                                  .changed_ns = (int64_t)facts.st_ctim.tv_nsec};
}

static bool is_pattern(const char *path) {
    return strpbrk(path, "*?[") != NULL;
}

/* Files that are no text however they are named, by how they begin. */
static const struct {
    const char *bytes;
    const char *fault;
} no_texts[] = {
    {"PK\x03\x04", "is an Excel workbook or a zip archive, not text; save its sheet as CSV"},
    {"\xD0\xCF\x11\xE0", "is an old Excel workbook, not text; save its sheet as CSV"},
    {"\x1F\x8B", "is a gzip file; let its name end in .gz, here and in the extract"},
    {"PAR1\x15", "is a Parquet file, not text; read it by read_parquet"},
    {"SQLite format 3", "is a SQLite database, not text; export its table as CSV"},
    {"%PDF-", "is a PDF document, not text; ask for the table that it shows as CSV"},
};

static const char *find_no_text(const char *path) {
    char start[16] = "";
    FILE *file = fopen(path, "rb");
    size_t length = file == NULL ? 0 : fread(start, 1, sizeof start, file);
    if (file != NULL) {
        fclose(file);
    }
    for (size_t i = 0; i < sizeof no_texts / sizeof no_texts[0]; i++) {
        size_t needed = strlen(no_texts[i].bytes);
        if (length >= needed && memcmp(start, no_texts[i].bytes, needed) == 0) {
            return no_texts[i].fault;
        }
    }
    return NULL;
}

/* What stops the file from being read; NULL when nothing does, or when *kind_out is NULL: out of
 * memory. */
static const char *find_fault(const char *path, const shire_dsv_options *dsv_options,
                              const char **kind_out, shire_arena *arena) {
    struct stat facts;
    *kind_out = "unreadable_file";
    if (stat(path, &facts) != 0) {
        return shire_arena_format(arena, "cannot be read: %s", strerror(errno));
    }
    if (S_ISDIR(facts.st_mode)) {
        return "is a folder, not a file";
    }
    if (access(path, R_OK) != 0) {
        return shire_arena_format(arena, "cannot be read: %s", strerror(errno));
    }
    if (facts.st_size == 0) {
        *kind_out = "empty_file";
        return "is empty: 0 bytes";
    }
    size_t length = strlen(path);
    if (length > 3 && strcmp(path + length - 3, ".gz") == 0 &&
        shire_file_check_gzip(path, NULL) != SHIRE_OK) {
        return "is cut off or damaged, or no gzip file";
    }
    if (dsv_options == NULL) {
        return NULL;
    }
    shire_dsv_reader *reader = NULL;
    shire_error error = {0};
    const char *fault = find_no_text(path);
    if (fault != NULL) {
        return fault;
    }
    if (shire_dsv_open(path, dsv_options, &reader, &error) != SHIRE_OK) {
        *kind_out = error.status == SHIRE_NO_MEMORY ? NULL : *kind_out;
        fault = shire_arena_copy_text(arena, error.message, strlen(error.message));
    } else if (shire_dsv_reader_facts(reader)->empty) {
        *kind_out = "empty_file";
        fault = "is empty: there is nothing but blank lines in it";
    }
    shire_dsv_close(reader);
    return fault;
}

static shire_status add_fault(load_run *run, const char *sql_file, const char *name,
                              const char *kind, const char *fault, shire_error *error) {
    const char *problem = shire_arena_format(run->arena, "%s %s", name, fault);
    const char *remedy = strcmp(kind, "missing_file") == 0
                             ? "put the file there, or correct the path in the extract"
                             : "get the file again, or take it out of the extract";
    if (problem == NULL) {
        return load_out_of_memory(error);
    }
    return load_finding_add(run,
                            &(load_finding){.severity = "error",
                                            .kind = kind,
                                            .file = sql_file,
                                            .problem = problem,
                                            .remedy = remedy},
                            error);
}

/* As a pattern that fits this very path and no other. */
void load_file_append_pattern(shire_builder *pattern, const char *path) {
    for (; *path != '\0'; path++) {
        shire_builder_append_format(pattern, strchr("*?[", *path) == NULL ? "%c" : "[%c]", *path);
    }
}

/* The paths that `written` stands for in one folder. A file of that very name goes before what a
 * pattern may mean: "list [final].csv". */
static shire_status look_in(load_run *run, const char *dir, const char *written,
                            const char ***paths_out, size_t *count_out, shire_error *error) {
    const char *path =
        written[0] == '/' ? written : shire_arena_format(run->arena, "%s/%s", dir, written);
    const char **paths = shire_arena_alloc(run->arena, sizeof *paths);
    if (path == NULL || paths == NULL) {
        return load_out_of_memory(error);
    }
    paths[0] = path;
    *paths_out = paths;
    *count_out = access(path, F_OK) == 0 ? 1 : 0;
    if (*count_out == 0 && is_pattern(written)) {
        shire_builder sql = {0}, pattern = {0};
        if (written[0] != '/') {
            load_file_append_pattern(&pattern, dir);
            shire_builder_append_text(&pattern, "/");
        }
        shire_builder_append_text(&pattern, written);
        shire_builder_append_text(&sql, "SELECT file FROM glob(");
        load_append_literal(&sql, pattern.failed ? "" : pattern.bytes);
        shire_builder_append_text(&sql, ") ORDER BY file");
        sql.failed |= pattern.failed;
        shire_builder_free(&pattern);
        return load_query_texts(run, &sql, paths_out, count_out, error);
    }
    return SHIRE_OK;
}

/* A file that fits a pattern, without the folder that it was looked up in. */
static const char *short_name(const char *path, const char *dir) {
    size_t length = strlen(dir);
    for (bool cut = true; cut;) {
        cut = false;
        if (length > 0 && strncmp(path, dir, length) == 0 && path[length] == '/') {
            path += length + 1;
            cut = true;
        } else if (strncmp(path, "./", 2) == 0) {
            path += 2;
            cut = true;
        }
    }
    return path;
}

shire_status load_file_find(load_run *run, const char *sql_file, const char *written,
                            const shire_dsv_options *dsv_options, load_file_list *list_out,
                            shire_error *error) {
    const shire_partnership *partnership = run->partnership;
    const char **paths = NULL;
    size_t count = 0;
    const char *dir = "";
    bool denied = false;
    for (size_t i = 0; i < partnership->data_dir_count && count == 0; i++) {
        dir = partnership->data_dirs[i];
        errno = 0;
        shire_status status = look_in(run, dir, written, &paths, &count, error);
        denied = denied || (count == 0 && !is_pattern(written) && errno == EACCES);
        if (status != SHIRE_OK) {
            return status;
        }
    }
    *list_out = (load_file_list){0};
    if (count == 0 && denied) {
        return add_fault(run, sql_file, written, "unreadable_file",
                         "cannot be reached: its folder may not be entered", error);
    }
    if (count == 0) {
        const char *packed = shire_arena_format(run->arena, "%s.gz", written);
        if (packed == NULL) {
            return load_out_of_memory(error);
        }
        for (size_t i = 0; i < partnership->data_dir_count && count == 0; i++) {
            shire_status status =
                look_in(run, partnership->data_dirs[i], packed, &paths, &count, error);
            if (status != SHIRE_OK) {
                return status;
            }
        }
        const char *fault = count > 0
                                ? shire_arena_format(run->arena, "is not there, but %s is", packed)
                            : is_pattern(written) ? "fits no file"
                                                  : "is not there";
        return fault == NULL ? load_out_of_memory(error)
                             : add_fault(run, sql_file, written, "missing_file", fault, error);
    }
    load_file *files = shire_arena_alloc_array(run->arena, count, sizeof *files);
    if (files == NULL) {
        return load_out_of_memory(error);
    }
    for (size_t i = 0; i < count; i++) {
        const char *kind = NULL;
        bool shorten = is_pattern(written) && written[0] != '/';
        const char *name = shorten ? short_name(paths[i], dir) : written;
        load_stamp before = load_file_stamp(paths[i]);
        const char *fault = find_fault(paths[i], dsv_options, &kind, run->arena);
        if (kind == NULL) {
            return load_out_of_memory(error);
        }
        if (fault != NULL) {
            shire_status status = add_fault(run, sql_file, name, kind, fault, error);
            if (status != SHIRE_OK) {
                return status;
            }
            continue;
        }
        files[list_out->count++] = (load_file){.name = name, .path = paths[i], .before = before};
    }
    list_out->files = files;
    return SHIRE_OK;
}
