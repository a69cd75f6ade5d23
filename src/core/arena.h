/*
 * Arenas: memory freed all at once, named by lifetime (run_arena, request_arena), with a byte
 * limit.
 *
 * Not safe to share between threads; give each thread its own. In debug builds (SHIRE_DEBUG) every
 * allocation is its own malloc, so that the address sanitizer sees overruns.
 */
#ifndef SHIRE_CORE_ARENA_H
#define SHIRE_CORE_ARENA_H

#include "core/error.h"

#include <stddef.h>

typedef struct shire_arena shire_arena;

/* limit_bytes: allocations beyond it fail; 0 means no limit. `name` has static storage. */
shire_status shire_arena_new(const char *name, size_t limit_bytes, shire_arena **arena_out,
                             shire_error *error) SHIRE_MUST_CHECK;

/* Also safe for NULL. */
void shire_arena_free(shire_arena *arena);

/* As free, after overwriting the contents: for arenas that held personal data. NULL is allowed. */
void shire_arena_wipe_free(shire_arena *arena);

/* Overwrite the contents and begin anew with the first piece of memory, the rest being freed: for
 * arenas of a kind that come one after the other. */
void shire_arena_wipe_reset(shire_arena *arena);

/* Zeroed memory aligned to 64 bytes when byte_count >= 64, else to 16. Zero bytes give a unique
 * non-NULL pointer. NULL when the limit or the machine's memory is exhausted, and for more than
 * 512 GB at once. */
void *shire_arena_alloc(shire_arena *arena, size_t byte_count);

/* As above for `count` objects of `size` bytes; NULL also when the product overflows. */
void *shire_arena_alloc_array(shire_arena *arena, size_t count, size_t size);

/* A terminated copy of `length` bytes. */
char *shire_arena_copy_text(shire_arena *arena, const char *text, size_t length);

/* printf into the arena; NULL when out of memory. */
char *shire_arena_format(shire_arena *arena, const char *format, ...) SHIRE_PRINTF(2, 3);

size_t shire_arena_used_bytes(const shire_arena *arena);

/*
 * Fault injection for tests: the next `successes` allocations (of all arenas and of
 * shire_memory_* below) succeed, the one after fails, and so do all that follow.
 * A negative number switches it off.
 */
void shire_memory_fail_after(int64_t successes);

/* malloc family through the fault injector, for the few growable buffers outside arenas. */
void *shire_memory_resize(void *old, size_t byte_count);
void shire_memory_free(void *memory);

#endif
