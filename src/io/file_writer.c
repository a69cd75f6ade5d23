/* Buffered writing to PATH.new; the rename at the end makes it PATH. */
#include "io/file_writer.h"

#include "core/arena.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *join(const char *path, const char *suffix) {
    size_t length = strlen(path) + strlen(suffix) + 1;
    char *joined = shire_memory_resize(NULL, length);
    if (joined != NULL) {
        snprintf(joined, length, "%s%s", path, suffix);
    }
    return joined;
}

static void forget(shire_file_writer *writer) {
    shire_memory_free(writer->path);
    shire_memory_free(writer->new_path);
    *writer = (shire_file_writer){0};
}

shire_status shire_file_writer_open(shire_file_writer *writer, const char *path, bool is_private,
                                    shire_error *error) {
    writer->path = join(path, "");
    writer->new_path = join(path, ".new");
    if (writer->path == NULL || writer->new_path == NULL) {
        forget(writer);
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "%s: out of memory while writing it", path);
    }
    int descriptor =
        open(writer->new_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, is_private ? 0600 : 0666);
    if (descriptor >= 0 && (!is_private || fchmod(descriptor, 0600) == 0)) {
        writer->file = fdopen(descriptor, "w");
    }
    if (writer->file == NULL) {
        shire_status status =
            SHIRE_FAIL(error, SHIRE_IO_FAILED, "%s: cannot be written: %s", path, strerror(errno));
        if (descriptor >= 0) {
            close(descriptor);
            unlink(writer->new_path);
        }
        forget(writer);
        return status;
    }
    return SHIRE_OK;
}

void shire_file_writer_add(shire_file_writer *writer, shire_span text) {
    fwrite(text.bytes, 1, text.length, writer->file);
}

void shire_file_writer_add_cell(shire_file_writer *writer, shire_span text, char end) {
    bool is_quoted = false;
    for (size_t i = 0; i < text.length; i++) {
        is_quoted = is_quoted || strchr(",\"\r\n#", text.bytes[i]) != NULL;
    }
    if (!is_quoted) {
        shire_file_writer_add(writer, text);
    } else {
        fputc('"', writer->file);
        for (size_t i = 0; i < text.length; i++) {
            if (text.bytes[i] == '"') {
                fputc('"', writer->file);
            }
            fputc(text.bytes[i], writer->file);
        }
        fputc('"', writer->file);
    }
    fputc(end, writer->file);
}

shire_status shire_file_writer_close(shire_file_writer *writer, bool is_good, shire_error *error) {
    shire_status status = SHIRE_OK;
    if (writer->file == NULL) {
        return SHIRE_OK;
    }
    bool is_written =
        fflush(writer->file) == 0 && !ferror(writer->file) && fsync(fileno(writer->file)) == 0;
    is_written = fclose(writer->file) == 0 && is_written;
    if (is_good && (!is_written || rename(writer->new_path, writer->path) != 0)) {
        status = SHIRE_FAIL(error, SHIRE_IO_FAILED, "%s: cannot be written: %s", writer->path,
                            strerror(errno));
    }
    if (!is_good || status != SHIRE_OK) {
        unlink(writer->new_path);
    }
    forget(writer);
    return status;
}
