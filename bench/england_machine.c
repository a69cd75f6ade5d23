/* Copying memory on all threads; a file written and read in large blocks past the page cache. */
#include "england_machine.h"

#include "core/meter.h"
#include "core/parallel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COPY_BYTES ((size_t)512 << 20)
#define COPY_CHUNK ((size_t)16 << 20)
#define COPY_ROUNDS 4 /* the first touches the memory, the best of the others counts */
#define FILE_BLOCK ((size_t)4 << 20)
#define FILE_BLOCKS 256

typedef struct copy_context {
    char *from;
    char *to;
} copy_context;

static double seconds_since(int64_t start) {
    return (double)(shire_clock_nanoseconds() - start) * 1e-9;
}

static void copy_chunk(size_t first, size_t last, size_t chunk, int thread, void *context_pointer) {
    (void)chunk;
    (void)thread;
    copy_context *context = context_pointer;
    memcpy(context->to + first, context->from + first, last - first);
}

double england_memory_speed(int thread_count, shire_arena *arena) {
    copy_context context = {shire_arena_alloc(arena, COPY_BYTES),
                            shire_arena_alloc(arena, COPY_BYTES)};
    if (context.from == NULL || context.to == NULL) {
        return 0;
    }
    memset(context.from, 1, COPY_BYTES); /* else every page is the zero page */
    double best = 0;
    for (int round = 0; round < COPY_ROUNDS; round++) {
        int64_t start = shire_clock_nanoseconds();
        shire_parallel_for(thread_count, COPY_BYTES, COPY_CHUNK, copy_chunk, &context);
        double speed = 2.0 * (double)COPY_BYTES / seconds_since(start);
        best = round > 0 && speed > best ? speed : best;
    }
    return best;
}

static shire_status measure_file(int file, char *block, england_disk_speed *speed,
                                 shire_error *error) {
    int64_t start = shire_clock_nanoseconds();
    for (int i = 0; i < FILE_BLOCKS; i++) {
        if (write(file, block, FILE_BLOCK) != (ssize_t)FILE_BLOCK) {
            return SHIRE_FAIL(error, SHIRE_IO_FAILED, "writing a file: %s", strerror(errno));
        }
    }
    if (fsync(file) != 0 || lseek(file, 0, SEEK_SET) != 0) {
        return SHIRE_FAIL(error, SHIRE_IO_FAILED, "writing a file: %s", strerror(errno));
    }
    speed->write = (double)FILE_BLOCK * FILE_BLOCKS / seconds_since(start);
    start = shire_clock_nanoseconds();
    for (int i = 0; i < FILE_BLOCKS; i++) {
        if (read(file, block, FILE_BLOCK) != (ssize_t)FILE_BLOCK) {
            return SHIRE_FAIL(error, SHIRE_IO_FAILED, "reading a file: %s", strerror(errno));
        }
    }
    speed->read = (double)FILE_BLOCK * FILE_BLOCKS / seconds_since(start);
    return SHIRE_OK;
}

shire_status england_disk_measure(const char *dir, england_disk_speed *speed_out,
                                  shire_error *error) {
    char path[512];
    snprintf(path, sizeof path, "%s/shire-bench-disk-%d", dir, (int)getpid());
    char *block = aligned_alloc(4096, FILE_BLOCK);
    if (block == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
    }
    memset(block, 0x5a, FILE_BLOCK);
    int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_DIRECT | O_CLOEXEC, 0600);
    if (file < 0 && errno == EINVAL) { /* a file system without direct access */
        file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    }
    shire_status status = SHIRE_OK;
    if (file < 0) {
        status = SHIRE_FAIL(error, SHIRE_IO_FAILED, "%s: %s", path, strerror(errno));
    } else {
        status = measure_file(file, block, speed_out, error);
        close(file);
        unlink(path);
    }
    free(block);
    return status;
}
