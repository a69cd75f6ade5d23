/*
 * Lines of a file: blocks of a megabyte, each line found with memchr and handed out in place. What
 * is left of a block when its last line end is passed moves to the front before the next one.
 */
#include "io/line.h"

#include "core/arena.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK_BYTES ((size_t)1 << 20)
#define BUFFER_BYTES (BLOCK_BYTES + SHIRE_LINE_BYTES_MAX)

struct shire_line_reader {
    int descriptor;
    const char *path;
    int64_t number; /* of the last line given */
    size_t start;   /* of what is not given yet */
    size_t end;
    bool at_end;   /* no more to read */
    bool skipping; /* inside the rest of a line that was cut */
    char *bytes;   /* BUFFER_BYTES */
};

static shire_status fail(shire_error *error, const char *path) {
    int code = errno;
    return SHIRE_FAIL(error, code == ENOENT || code == ENOTDIR ? SHIRE_NOT_FOUND : SHIRE_IO_FAILED,
                      "%s: cannot be read: %s", path, strerror(code));
}

static shire_status read_block(shire_line_reader *reader, shire_error *error) {
    memmove(reader->bytes, reader->bytes + reader->start, reader->end - reader->start);
    reader->end -= reader->start;
    reader->start = 0;
    size_t wanted = BUFFER_BYTES - reader->end;
    wanted = wanted < BLOCK_BYTES ? wanted : BLOCK_BYTES;
    ssize_t count;
    do {
        count = read(reader->descriptor, reader->bytes + reader->end, wanted);
    } while (count < 0 && errno == EINTR);
    if (count < 0) {
        return fail(error, reader->path);
    }
    reader->at_end = count == 0;
    reader->end += (size_t)count;
    return SHIRE_OK;
}

shire_status shire_line_open(const char *path, shire_line_reader **reader_out, shire_error *error) {
    struct stat about;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) {
        return fail(error, path);
    }
    shire_status status = SHIRE_OK;
    shire_line_reader *reader = NULL;
    if (fstat(descriptor, &about) != 0) {
        status = fail(error, path);
    } else if (S_ISDIR(about.st_mode)) {
        status = SHIRE_FAIL(error, SHIRE_INVALID,
                            "%s: this is a folder where a file is due; name the file", path);
    }
    if (status == SHIRE_OK) {
        reader = shire_memory_resize(NULL, sizeof(*reader) + BUFFER_BYTES);
        if (reader == NULL) {
            status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "%s: out of memory", path);
        }
    }
    if (status != SHIRE_OK) {
        close(descriptor);
        return status;
    }
    *reader = (shire_line_reader){
        .descriptor = descriptor, .path = path, .bytes = (char *)reader + sizeof(*reader)};
    status = read_block(reader, error);
    if (status != SHIRE_OK) {
        shire_line_close(reader);
        return status;
    }
    if (reader->end >= 3 && memcmp(reader->bytes, "\xEF\xBB\xBF", 3) == 0) {
        reader->start = 3;
    }
    *reader_out = reader;
    return SHIRE_OK;
}

void shire_line_close(shire_line_reader *reader) {
    if (reader != NULL) {
        close(reader->descriptor);
        shire_memory_free(reader);
    }
}

/* Hands out [start, start + length), which `taken` bytes are to be given up for. */
static void give(shire_line_reader *reader, size_t length, size_t taken, shire_line *line_out) {
    const char *bytes = reader->bytes + reader->start;
    bool ended = taken > length;
    bool cut = length > SHIRE_LINE_BYTES_MAX - 1;
    *line_out = (shire_line){
        .number = ++reader->number, .text = {bytes, length}, .cut = cut, .unended = !ended && !cut};
    if (ended && length > 0 && bytes[length - 1] == '\r') {
        line_out->text.length--;
    }
    reader->skipping = cut && !ended;
    reader->start += taken;
}

shire_status shire_line_next(shire_line_reader *reader, shire_line *line_out, bool *more_out,
                             shire_error *error) {
    size_t seen = 0; /* bytes after start that hold no line end */
    for (;;) {
        size_t left = reader->end - reader->start;
        const char *bytes = reader->bytes + reader->start;
        const char *end = left > seen ? memchr(bytes + seen, '\n', left - seen) : NULL;
        size_t length = end == NULL ? left : (size_t)(end - bytes);
        if (reader->skipping && (end != NULL || left > 0)) {
            reader->start += end == NULL ? left : length + 1;
            reader->skipping = end == NULL;
            seen = 0;
            continue;
        }
        if (end != NULL || length >= SHIRE_LINE_BYTES_MAX) {
            give(reader, length, end == NULL ? length : length + 1, line_out);
            *more_out = true;
            return SHIRE_OK;
        }
        if (reader->at_end) {
            *more_out = left > 0;
            if (left > 0) {
                give(reader, left, left, line_out);
            }
            return SHIRE_OK;
        }
        seen = left;
        shire_status status = read_block(reader, error);
        if (status != SHIRE_OK) {
            return status;
        }
    }
}
