/*
 * Files and folders through POSIX calls: bounded reads, replacement by rename, sorted listings,
 * hashes. Every failure names the path and says what the system said.
 */
#include "io/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define HASH_BYTES 32
#define HASH_BUFFER_BYTES (256 * 1024)

static shire_status fail(shire_error *error, const char *path, const char *what) {
    int code = errno;
    shire_status status = code == ENOENT || code == ENOTDIR ? SHIRE_NOT_FOUND : SHIRE_IO_FAILED;
    return SHIRE_FAIL(error, status, "%s: %s: %s", path, what, strerror(code));
}

/* Opens a regular file for reading; a folder or a pipe in its place is a mistake of the user's. */
static shire_status open_regular(const char *path, int *descriptor_out, size_t *size_out,
                                 shire_error *error) {
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) {
        return fail(error, path, "cannot be read");
    }
    struct stat about;
    if (fstat(descriptor, &about) != 0) {
        shire_status status = fail(error, path, "cannot be read");
        close(descriptor);
        return status;
    }
    if (!S_ISREG(about.st_mode)) {
        close(descriptor);
        return SHIRE_FAIL(error, SHIRE_INVALID, "%s: this is %s where a file is due", path,
                          S_ISDIR(about.st_mode) ? "a folder" : "no regular file");
    }
    *descriptor_out = descriptor;
    *size_out = (size_t)about.st_size;
    return SHIRE_OK;
}

/* Up to `capacity` bytes, fewer only at the end of the file; negative on failure. */
static ssize_t read_full(int descriptor, char *buffer, size_t capacity) {
    size_t used = 0;
    while (used < capacity) {
        ssize_t count = read(descriptor, buffer + used, capacity - used);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return -1;
        }
        if (count == 0) {
            break;
        }
        used += (size_t)count;
    }
    return (ssize_t)used;
}

shire_status shire_file_read(const char *path, size_t limit_bytes, shire_arena *arena,
                             shire_span *contents_out, shire_error *error) {
    int descriptor = -1;
    size_t size = 0;
    shire_status status = open_regular(path, &descriptor, &size, error);
    if (status != SHIRE_OK) {
        return status;
    }
    if (size > limit_bytes) {
        status = SHIRE_FAIL(error, SHIRE_INVALID, "%s: %zu bytes, over the limit of %zu", path,
                            size, limit_bytes);
        goto done;
    }
    char *bytes = shire_arena_alloc(arena, size + 1);
    if (bytes == NULL) {
        status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "%s: out of memory while reading it", path);
        goto done;
    }
    ssize_t length = read_full(descriptor, bytes, size);
    if (length < 0) {
        status = fail(error, path, "cannot be read");
        goto done;
    }
    bytes[length] = '\0';
    *contents_out = (shire_span){bytes, (size_t)length};
done:
    close(descriptor);
    return status;
}

static bool write_full(int descriptor, shire_span contents) {
    while (contents.length > 0) {
        ssize_t count = write(descriptor, contents.bytes, contents.length);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return false;
        }
        contents.bytes += count;
        contents.length -= (size_t)count;
    }
    return true;
}

/* A rename lasts only when the folder's own entry is on disk too. Some file systems cannot flush
 * a folder; the rename is then as lasting as they make it. */
static void flush_parent(const char *path) {
    const char *slash = strrchr(path, '/');
    shire_builder parent = {0};
    if (slash == NULL) {
        shire_builder_append_text(&parent, ".");
    } else {
        shire_builder_append(&parent, (shire_span){path, (size_t)(slash - path) + 1});
    }
    int descriptor = parent.failed ? -1 : open(parent.bytes, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
    if (descriptor >= 0) {
        fsync(descriptor);
        close(descriptor);
    }
    shire_builder_free(&parent);
}

static shire_status replace(const char *path, shire_span contents, mode_t mode,
                            shire_error *error) {
    shire_builder new_path = {0};
    shire_builder_append_format(&new_path, "%s.new", path);
    if (new_path.failed) {
        shire_builder_free(&new_path);
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "%s: out of memory while writing it", path);
    }
    shire_status status = SHIRE_OK;
    unlink(new_path.bytes); /* one that was left would keep its own mode */
    int descriptor = open(new_path.bytes, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (descriptor < 0) {
        status = fail(error, path, "cannot be written");
        goto done;
    }
    bool written = write_full(descriptor, contents) && fsync(descriptor) == 0;
    if (!written) {
        status = fail(error, path, "cannot be written");
    }
    if (close(descriptor) != 0 && status == SHIRE_OK) {
        status = fail(error, path, "cannot be written");
    }
    if (status == SHIRE_OK && rename(new_path.bytes, path) != 0) {
        status = fail(error, path, "cannot be written");
    }
    if (status == SHIRE_OK) {
        flush_parent(path);
    } else {
        unlink(new_path.bytes);
    }
done:
    shire_builder_free(&new_path);
    return status;
}

shire_status shire_file_replace(const char *path, shire_span contents, shire_error *error) {
    return replace(path, contents, 0666, error);
}

shire_status shire_file_replace_private(const char *path, shire_span contents, shire_error *error) {
    return replace(path, contents, 0600, error);
}

shire_status shire_file_copy(const char *from, const char *to, shire_error *error) {
    int source = -1;
    size_t size = 0;
    shire_status status = open_regular(from, &source, &size, error);
    if (status != SHIRE_OK) {
        return status;
    }
    int target = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    char *buffer = shire_memory_resize(NULL, HASH_BUFFER_BYTES);
    if (target < 0) {
        status = fail(error, to, "cannot be written");
    } else if (buffer == NULL) {
        status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "%s: out of memory while copying it", from);
    }
    /* The system copies by itself where it can, and shares the blocks where the disk can. */
    ssize_t length = 1;
    while (status == SHIRE_OK && length > 0) {
        length = copy_file_range(source, NULL, target, NULL, (size_t)1 << 30, 0);
    }
    length = length < 0 ? 1 : 0; /* where it cannot, the rest goes through the buffer */
    while (status == SHIRE_OK && length > 0) {
        length = read_full(source, buffer, HASH_BUFFER_BYTES);
        if (length < 0) {
            status = fail(error, from, "cannot be read");
        } else if (!write_full(target, (shire_span){buffer, (size_t)length})) {
            status = fail(error, to, "cannot be written");
        }
    }
    shire_memory_free(buffer);
    close(source);
    if (target >= 0 && close(target) != 0 && status == SHIRE_OK) {
        status = fail(error, to, "cannot be written");
    }
    if (target >= 0 && status != SHIRE_OK) {
        unlink(to);
    }
    return status;
}

shire_status shire_file_rename(const char *from, const char *to, shire_error *error) {
    if (rename(from, to) != 0) {
        return fail(error, to, "cannot be written");
    }
    flush_parent(to);
    return SHIRE_OK;
}

bool shire_file_exists(const char *path) {
    struct stat about;
    return stat(path, &about) == 0 && S_ISREG(about.st_mode);
}

bool shire_dir_exists(const char *path) {
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

shire_status shire_dir_make(const char *path, shire_error *error) {
    shire_builder prefix = {0};
    shire_builder_append_text(&prefix, path);
    if (prefix.failed || prefix.length == 0) {
        bool has_failed = prefix.failed;
        shire_builder_free(&prefix); /* which forgets that it failed */
        return has_failed
                   ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "%s: out of memory", path)
                   : SHIRE_FAIL(error, SHIRE_INVALID, "a folder needs a name; this one is empty");
    }
    shire_status status = SHIRE_OK;
    for (size_t i = 1; i <= prefix.length && status == SHIRE_OK; i++) {
        if (prefix.bytes[i] != '/' && prefix.bytes[i] != '\0') {
            continue;
        }
        char kept = prefix.bytes[i];
        prefix.bytes[i] = '\0';
        if (mkdir(prefix.bytes, 0777) != 0) {
            int code = errno;
            if (!shire_dir_exists(prefix.bytes)) {
                errno = code;
                status = fail(error, prefix.bytes, "this folder cannot be made");
            }
        }
        prefix.bytes[i] = kept;
    }
    shire_builder_free(&prefix);
    return status;
}

static int remove_entry(const char *path, const struct stat *about, int type, struct FTW *walk) {
    (void)about;
    (void)type;
    (void)walk;
    return remove(path);
}

shire_status shire_dir_make_private(const char *path, shire_error *error) {
    struct stat about;
    shire_status status = shire_dir_make(path, error);
    if (status == SHIRE_OK &&
        (stat(path, &about) != 0 ||
         ((about.st_mode & 0077) != 0 && chmod(path, about.st_mode & 0700) != 0))) {
        status = fail(error, path, "others may enter it, and that cannot be changed");
    }
    return status;
}

shire_status shire_dir_remove(const char *path, shire_error *error) {
    if (nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS) != 0 && errno != ENOENT) {
        return fail(error, path, "this folder cannot be removed");
    }
    return SHIRE_OK;
}

static int compare_names(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool name_ends_in(const char *name, const char *suffix) {
    size_t name_length = strlen(name);
    size_t suffix_length = strlen(suffix);
    return name_length >= suffix_length && strcmp(name + name_length - suffix_length, suffix) == 0;
}

/* Grows by doubling in the arena: what is left behind is less than the list itself. */
static bool push_name(shire_arena *arena, const char ***names, size_t *count, size_t *capacity,
                      const char *name) {
    if (*count == *capacity) {
        size_t wider = *capacity == 0 ? 64 : *capacity * 2;
        const char **grown = shire_arena_alloc_array(arena, wider, sizeof *grown);
        if (grown == NULL) {
            return false;
        }
        if (*count > 0) {
            memcpy(grown, *names, *count * sizeof *grown);
        }
        *names = grown;
        *capacity = wider;
    }
    (*names)[*count] = shire_arena_copy_text(arena, name, strlen(name));
    return (*names)[(*count)++] != NULL;
}

shire_status shire_dir_list(const char *path, const char *suffix, shire_arena *arena,
                            const char *const **names_out, size_t *count_out, shire_error *error) {
    DIR *dir = opendir(path);
    if (dir == NULL) {
        return fail(error, path, "this folder cannot be read");
    }
    const char **names = NULL;
    size_t count = 0;
    size_t capacity = 0;
    shire_status status = SHIRE_OK;
    struct dirent *entry;
    while (status == SHIRE_OK && (errno = 0, entry = readdir(dir)) != NULL) {
        const char *name = entry->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || !name_ends_in(name, suffix)) {
            continue;
        }
        if (!push_name(arena, &names, &count, &capacity, name)) {
            status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "%s: out of memory while listing it", path);
        }
    }
    if (status == SHIRE_OK && errno != 0) {
        status = fail(error, path, "this folder cannot be read");
    }
    closedir(dir);
    if (status == SHIRE_OK) {
        if (count > 0) {
            qsort(names, count, sizeof *names, compare_names);
        }
        *names_out = names;
        *count_out = count;
    }
    return status;
}

shire_status shire_file_hash(const char *path, char hex_out[65], shire_error *error) {
    int descriptor = -1;
    size_t size = 0;
    shire_status status = open_regular(path, &descriptor, &size, error);
    if (status != SHIRE_OK) {
        return status;
    }
    char *buffer = shire_memory_resize(NULL, HASH_BUFFER_BYTES);
    if (buffer == NULL || sodium_init() < 0) {
        status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "%s: out of memory while hashing it", path);
        goto done;
    }
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, HASH_BYTES);
    ssize_t length;
    while ((length = read_full(descriptor, buffer, HASH_BUFFER_BYTES)) > 0) {
        crypto_generichash_update(&state, (const unsigned char *)buffer,
                                  (unsigned long long)length);
    }
    if (length < 0) {
        status = fail(error, path, "cannot be read");
        goto done;
    }
    unsigned char hash[HASH_BYTES];
    crypto_generichash_final(&state, hash, sizeof hash);
    sodium_bin2hex(hex_out, 2 * HASH_BYTES + 1, hash, sizeof hash);
done:
    shire_memory_free(buffer);
    close(descriptor);
    return status;
}

shire_status shire_file_check_gzip(const char *path, shire_error *error) {
    char *buffer = shire_memory_resize(NULL, HASH_BUFFER_BYTES);
    gzFile file = buffer == NULL ? NULL : gzopen(path, "rb");
    if (file == NULL) {
        shire_memory_free(buffer);
        return buffer == NULL
                   ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "%s: out of memory while reading it", path)
                   : fail(error, path, "cannot be read");
    }
    while (gzread(file, buffer, HASH_BUFFER_BYTES) > 0) {
    }
    bool compressed = gzdirect(file) == 0;
    int code = Z_OK;
    gzerror(file, &code);
    int closed = gzclose(file); /* of a file that was cut off only this tells */
    shire_memory_free(buffer);
    if (!compressed || code != Z_OK || closed != Z_OK) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "%s: is cut off or damaged, or no gzip file", path);
    }
    return SHIRE_OK;
}
