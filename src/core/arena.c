/*
 * Arenas: a list of chunks, each handed out from its start upwards; everything goes at once.
 *
 * Chunks double from 64 KB to 4 MB, so that a small arena stays small and a big one makes few
 * system calls; an allocation too large for the next chunk gets one of its own. Chunks of 2 MB and
 * more come straight from the kernel and ask for huge pages: columns of millions of rows are
 * written once, and page faults would otherwise cost as much as the writing.
 * With SHIRE_DEBUG every allocation is a malloc of its own size, for the address sanitizer.
 */
#include "core/arena.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
    SMALL_ALIGNMENT = 16,
    LARGE_ALIGNMENT = 64, /* a cache line, and enough for every vector register */
    FIRST_CHUNK_BYTES = 64 * 1024,
    LAST_CHUNK_BYTES = 4 * 1024 * 1024,
    MAPPED_CHUNK_BYTES = 2 * 1024 * 1024,
};

#ifdef SHIRE_DEBUG
#define SEPARATE_ALLOCATIONS true
#else
#define SEPARATE_ALLOCATIONS false
#endif

/* Refused without asking: no machine of ours has it, and sums of sizes below cannot overflow. */
#define ALLOCATION_BYTES_MAX (SIZE_MAX >> 25) /* 512 GB */

typedef struct arena_chunk {
    struct arena_chunk *next;
    char *base; /* as obtained from malloc or mmap */
    size_t base_bytes;
    bool mapped;
    size_t used; /* from base */
} arena_chunk;

struct shire_arena {
    const char *name;
    size_t limit_bytes;
    size_t used_bytes;
    size_t next_chunk_bytes;
    arena_chunk *chunks; /* the first one is the one being filled */
};

/* Successes left before every allocation fails; negative: the injector is off. */
static _Atomic int64_t successes_left = -1;

void shire_memory_fail_after(int64_t successes) {
    atomic_store(&successes_left, successes);
}

static bool injected_failure(void) {
    int64_t left = atomic_load_explicit(&successes_left, memory_order_relaxed);
    while (left > 0) {
        if (atomic_compare_exchange_weak(&successes_left, &left, left - 1)) {
            return false;
        }
    }
    return left == 0;
}

void *shire_memory_resize(void *old, size_t byte_count) {
    if (injected_failure()) {
        return NULL;
    }
    return realloc(old, byte_count > 0 ? byte_count : 1);
}

void shire_memory_free(void *memory) {
    free(memory);
}

shire_status shire_arena_new(const char *name, size_t limit_bytes, shire_arena **arena_out,
                             shire_error *error) {
    shire_arena *arena = injected_failure() ? NULL : calloc(1, sizeof *arena);
    if (arena == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY,
                          "the machine has no memory left for %s; close other programs", name);
    }
    arena->name = name;
    arena->limit_bytes = limit_bytes;
    arena->next_chunk_bytes = FIRST_CHUNK_BYTES;
    *arena_out = arena;
    return SHIRE_OK;
}

static void chunk_free(arena_chunk *chunk, bool wipe) {
    if (wipe) {
        explicit_bzero(chunk->base, chunk->used);
    }
    if (chunk->mapped) {
        munmap(chunk->base, chunk->base_bytes);
    } else {
        free(chunk->base);
    }
    free(chunk);
}

static void arena_release(shire_arena *arena, bool wipe) {
    if (arena == NULL) {
        return;
    }
    for (arena_chunk *chunk = arena->chunks; chunk != NULL;) {
        arena_chunk *next = chunk->next;
        chunk_free(chunk, wipe);
        chunk = next;
    }
    free(arena);
}

void shire_arena_free(shire_arena *arena) {
    arena_release(arena, false);
}

void shire_arena_wipe_free(shire_arena *arena) {
    arena_release(arena, true);
}

static size_t alignment_of(size_t byte_count) {
    return byte_count >= LARGE_ALIGNMENT ? LARGE_ALIGNMENT : SMALL_ALIGNMENT;
}

/* What was wiped is zero, as a new chunk is. */
void shire_arena_wipe_reset(shire_arena *arena) {
    arena_chunk *kept = NULL;
    for (arena_chunk *chunk = arena->chunks; chunk != NULL;) {
        arena_chunk *next = chunk->next;
        if (kept == NULL && chunk->base_bytes == FIRST_CHUNK_BYTES && !SEPARATE_ALLOCATIONS) {
            explicit_bzero(chunk->base, chunk->used);
            chunk->used = 0;
            chunk->next = NULL;
            kept = chunk;
        } else {
            chunk_free(chunk, true);
        }
        chunk = next;
    }
    arena->chunks = kept;
    arena->used_bytes = 0;
    arena->next_chunk_bytes = kept == NULL ? FIRST_CHUNK_BYTES : 2 * FIRST_CHUNK_BYTES;
}

#ifdef SHIRE_DEBUG

static void *arena_take(shire_arena *arena, size_t byte_count) {
    arena_chunk *chunk = calloc(1, sizeof *chunk);
    void *memory = NULL;
    size_t bytes = byte_count > 0 ? byte_count : 1;
    if (chunk == NULL || posix_memalign(&memory, alignment_of(byte_count), bytes) != 0) {
        free(chunk);
        return NULL;
    }
    memset(memory, 0, bytes);
    *chunk = (arena_chunk){
        .next = arena->chunks, .base = memory, .base_bytes = bytes, .used = byte_count};
    arena->chunks = chunk;
    return memory;
}

#else

/* A zeroed chunk, linked into no list. */
static arena_chunk *chunk_new(size_t byte_count) {
    arena_chunk *chunk = calloc(1, sizeof *chunk);
    if (chunk == NULL) {
        return NULL;
    }
    chunk->base_bytes = byte_count;
    chunk->mapped = byte_count >= MAPPED_CHUNK_BYTES;
    if (chunk->mapped) {
        void *memory =
            mmap(NULL, byte_count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        chunk->base = memory == MAP_FAILED ? NULL : memory;
        if (chunk->base != NULL) {
            madvise(memory, byte_count, MADV_HUGEPAGE); /* a wish; refusal does not matter */
        }
    } else {
        chunk->base = calloc(1, byte_count);
    }
    if (chunk->base == NULL) {
        free(chunk);
        return NULL;
    }
    return chunk;
}

/* The next aligned piece of `chunk`, or NULL when it is too full. */
static void *chunk_take(arena_chunk *chunk, size_t byte_count) {
    size_t alignment = alignment_of(byte_count);
    size_t address = (size_t)chunk->base + chunk->used;
    size_t padding = (alignment - address % alignment) % alignment;
    size_t left = chunk->base_bytes - chunk->used;
    if (padding > left || byte_count > left - padding) {
        return NULL;
    }
    char *memory = chunk->base + chunk->used + padding;
    chunk->used += padding + byte_count;
    return memory;
}

static void *arena_take(shire_arena *arena, size_t byte_count) {
    if (byte_count == 0) {
        byte_count = 1; /* so that the pointer is unique */
    }
    void *memory = arena->chunks != NULL ? chunk_take(arena->chunks, byte_count) : NULL;
    if (memory != NULL) {
        return memory;
    }
    bool own_chunk = byte_count > arena->next_chunk_bytes / 4;
    size_t bytes = own_chunk ? byte_count + LARGE_ALIGNMENT : arena->next_chunk_bytes;
    arena_chunk *chunk = chunk_new(bytes);
    if (chunk == NULL) {
        return NULL;
    }
    if (own_chunk && arena->chunks != NULL) {
        /* Behind the one being filled, whose room is still good for small allocations. */
        chunk->next = arena->chunks->next;
        arena->chunks->next = chunk;
    } else {
        chunk->next = arena->chunks;
        arena->chunks = chunk;
    }
    if (!own_chunk && arena->next_chunk_bytes < LAST_CHUNK_BYTES) {
        arena->next_chunk_bytes *= 2;
    }
    return chunk_take(chunk, byte_count);
}

#endif

void *shire_arena_alloc(shire_arena *arena, size_t byte_count) {
    if (injected_failure() || byte_count > ALLOCATION_BYTES_MAX) {
        return NULL;
    }
    size_t used = arena->used_bytes + byte_count;
    if (arena->limit_bytes > 0 && used > arena->limit_bytes) {
        return NULL;
    }
    void *memory = arena_take(arena, byte_count);
    if (memory != NULL) {
        arena->used_bytes = used;
    }
    return memory;
}

void *shire_arena_alloc_array(shire_arena *arena, size_t count, size_t size) {
    size_t byte_count;
    if (__builtin_mul_overflow(count, size, &byte_count)) {
        return NULL;
    }
    return shire_arena_alloc(arena, byte_count);
}

char *shire_arena_copy_text(shire_arena *arena, const char *text, size_t length) {
    char *copy = length < SIZE_MAX ? shire_arena_alloc(arena, length + 1) : NULL;
    if (copy != NULL && length > 0) {
        memcpy(copy, text, length);
    }
    return copy;
}

char *shire_arena_format(shire_arena *arena, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = length >= 0 ? shire_arena_alloc(arena, (size_t)length + 1) : NULL;
    if (text != NULL) {
        va_start(arguments, format);
        vsnprintf(text, (size_t)length + 1, format, arguments);
        va_end(arguments);
    }
    return text;
}

size_t shire_arena_used_bytes(const shire_arena *arena) {
    return arena->used_bytes;
}
