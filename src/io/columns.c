/*
 * The file: a header (magic, identity, number of parts), the directory (name, offset, bytes of
 * each part), then the arrays, each at a multiple of 64 bytes. Reading maps the whole file and
 * checks that the directory lies inside it.
 */
#include "io/columns.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define ALIGNMENT 64

static const char magic[16] = "shire columns 1";

typedef struct file_header {
    char magic[16];
    char identity[SHIRE_COLUMNS_IDENTITY_BYTES];
    char unused[7];
    uint64_t part_count;
} file_header;

typedef struct file_part {
    char name[SHIRE_COLUMNS_NAME_BYTES];
    uint64_t offset;
    uint64_t byte_count;
} file_part;

struct shire_columns {
    const char *bytes;
    size_t byte_count;
    const file_part *parts;
    size_t part_count;
};

static shire_status fail(shire_error *error, const char *path, const char *what) {
    int code = errno;
    return SHIRE_FAIL(error, code == ENOENT ? SHIRE_NOT_FOUND : SHIRE_IO_FAILED, "%s: %s: %s", path,
                      what, strerror(code));
}

static uint64_t aligned(uint64_t offset) {
    return (offset + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* The directory, each part behind the one before it. NULL when out of memory. */
static file_part *plan_parts(const shire_columns_part *parts, size_t part_count) {
    file_part *plan = calloc(part_count + 1, sizeof(*plan));
    uint64_t offset = aligned(sizeof(file_header) + part_count * sizeof(*plan));
    for (size_t i = 0; plan != NULL && i < part_count; i++) {
        memcpy(plan[i].name, parts[i].name, sizeof(plan[i].name));
        plan[i].offset = offset;
        plan[i].byte_count = parts[i].byte_count;
        offset = aligned(offset + parts[i].byte_count);
    }
    return plan;
}

static bool write_at(FILE *file, uint64_t *position, uint64_t offset, const void *bytes,
                     size_t byte_count) {
    static const char zeros[ALIGNMENT];
    bool good = true;
    if (offset > *position) {
        good = fwrite(zeros, 1, offset - *position, file) == offset - *position;
    }
    *position = offset + byte_count;
    return good && (byte_count == 0 || fwrite(bytes, 1, byte_count, file) == byte_count);
}

shire_status shire_columns_write(const char *path, const shire_columns_part *parts,
                                 size_t part_count, shire_error *error) {
    file_header header = {.part_count = part_count};
    shire_status status = SHIRE_OK;
    uint64_t position = 0;
    memcpy(header.magic, magic, sizeof(magic));
    file_part *plan = plan_parts(parts, part_count);
    if (plan == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "%s: out of memory while writing it", path);
    }
    FILE *file = fopen(path, "we");
    if (file == NULL) {
        status = fail(error, path, "cannot be written");
        goto done;
    }
    bool good = write_at(file, &position, 0, &header, sizeof(header)) &&
                write_at(file, &position, position, plan, part_count * sizeof(*plan));
    for (size_t i = 0; good && i < part_count; i++) {
        good = write_at(file, &position, plan[i].offset, parts[i].bytes, parts[i].byte_count);
    }
    if (!good) {
        status = fail(error, path, "cannot be written");
    }
    if (fclose(file) != 0 && status == SHIRE_OK) {
        status = fail(error, path, "cannot be written");
    }
done:
    free(plan);
    return status;
}

shire_status shire_columns_seal(const char *path, const char identity[SHIRE_COLUMNS_IDENTITY_BYTES],
                                shire_error *error) {
    shire_status status = SHIRE_OK;
    int descriptor = open(path, O_WRONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return fail(error, path, "cannot be written");
    }
    if (fdatasync(descriptor) != 0 ||
        pwrite(descriptor, identity, SHIRE_COLUMNS_IDENTITY_BYTES,
               offsetof(file_header, identity)) != SHIRE_COLUMNS_IDENTITY_BYTES) {
        status = fail(error, path, "cannot be written");
    }
    if (close(descriptor) != 0 && status == SHIRE_OK) {
        status = fail(error, path, "cannot be written");
    }
    return status;
}

/* The directory must lie in the file, and each part too. */
static bool check_directory(shire_columns *columns) {
    const file_header *header = (const void *)columns->bytes;
    size_t room = columns->byte_count - sizeof(*header);
    if (header->part_count > room / sizeof(file_part)) {
        return false;
    }
    columns->parts = (const void *)(columns->bytes + sizeof(*header));
    columns->part_count = header->part_count;
    for (size_t i = 0; i < columns->part_count; i++) {
        const file_part *part = &columns->parts[i];
        if (part->offset > columns->byte_count || part->offset % ALIGNMENT != 0 ||
            part->byte_count > columns->byte_count - part->offset ||
            memchr(part->name, '\0', sizeof(part->name)) == NULL) {
            return false;
        }
    }
    return true;
}

static shire_status map_file(int descriptor, const char *path, shire_columns *columns,
                             shire_error *error) {
    struct stat about;
    if (fstat(descriptor, &about) != 0) {
        return fail(error, path, "cannot be read");
    }
    columns->byte_count = (size_t)about.st_size;
    if (columns->byte_count < sizeof(file_header)) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "%s: this is no file of columns", path);
    }
    void *bytes = mmap(NULL, columns->byte_count, PROT_READ, MAP_SHARED, descriptor, 0);
    if (bytes == MAP_FAILED) {
        return fail(error, path, "cannot be mapped");
    }
    columns->bytes = bytes;
    return SHIRE_OK;
}

shire_status shire_columns_open(const char *path, const char identity[SHIRE_COLUMNS_IDENTITY_BYTES],
                                shire_columns **columns_out, shire_error *error) {
    shire_columns *columns = calloc(1, sizeof(*columns));
    if (columns == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "%s: out of memory", path);
    }
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    shire_status status = descriptor < 0 ? fail(error, path, "cannot be read")
                                         : map_file(descriptor, path, columns, error);
    if (descriptor >= 0) {
        close(descriptor);
    }
    if (status == SHIRE_OK) {
        const file_header *header = (const void *)columns->bytes;
        if (memcmp(header->magic, magic, sizeof(magic)) != 0 || !check_directory(columns)) {
            status = SHIRE_FAIL(error, SHIRE_INVALID,
                                "%s: this is no whole file of columns; make it again", path);
        } else if (memcmp(header->identity, identity, SHIRE_COLUMNS_IDENTITY_BYTES) != 0) {
            status =
                SHIRE_FAIL(error, SHIRE_INVALID,
                           "%s: these columns belong to another warehouse; make them again", path);
        }
    }
    if (status != SHIRE_OK) {
        shire_columns_close(columns);
        return status;
    }
    *columns_out = columns;
    return SHIRE_OK;
}

const void *shire_columns_find(const shire_columns *columns, const char *name, size_t element_bytes,
                               size_t *count_out) {
    for (size_t i = 0; i < columns->part_count; i++) {
        const file_part *part = &columns->parts[i];
        if (strcmp(part->name, name) == 0 && part->byte_count % element_bytes == 0) {
            *count_out = part->byte_count / element_bytes;
            return columns->bytes + part->offset;
        }
    }
    return NULL;
}

void shire_columns_close(shire_columns *columns) {
    if (columns == NULL) {
        return;
    }
    if (columns->bytes != NULL) {
        munmap((void *)(uintptr_t)columns->bytes, columns->byte_count);
    }
    free(columns);
}
