/*
 * jansson's memory for a process that makes and drops thousands of small values for each answer:
 * each thread keeps what it freed, sorted by size, and takes from there first. The C library keeps
 * but seven pieces of a size that way, and merging and splitting the rest took a quarter of the
 * time of a page. Pieces are the C library's own, so that whoever was given one may free() it, on
 * any thread.
 */
#include "core/arena.h"
#include "io/json.h"

#include <malloc.h>
#include <pthread.h>
#include <string.h>

#ifdef SHIRE_DEBUG

/* The address sanitizer has to see each piece come and go. */
void shire_json_keep_memory(void) {
}

#else

enum {
    SIZES = 64,              /* by 16 bytes: 24, 40, ..., 1032 */
    KEPT_BYTES_MAX = 1 << 20 /* a thread; beyond it pieces go back */
};

typedef struct kept_piece {
    struct kept_piece *next;
} kept_piece;

typedef struct kept_pieces {
    kept_piece *first[SIZES];
    size_t byte_count;
} kept_pieces;

static pthread_once_t made = PTHREAD_ONCE_INIT;
static pthread_key_t key; /* frees what a thread kept when it ends */
static _Thread_local kept_pieces *mine;

static void free_kept(void *context) {
    kept_pieces *pieces = context;
    mine = NULL;
    for (size_t size = 0; size < SIZES; size++) {
        while (pieces->first[size] != NULL) {
            kept_piece *piece = pieces->first[size];
            pieces->first[size] = piece->next;
            shire_memory_free(piece);
        }
    }
    shire_memory_free(pieces);
}

static kept_pieces *keep(void) {
    kept_pieces *pieces = shire_memory_resize(NULL, sizeof *pieces);
    if (pieces != NULL) {
        *pieces = (kept_pieces){.byte_count = 0};
        if (pthread_setspecific(key, pieces) != 0) {
            shire_memory_free(pieces);
            pieces = NULL;
        }
    }
    return pieces;
}

/* The C library's pieces have room for 24, 40, 56 bytes and so on. */
static size_t size_of(size_t byte_count) {
    return byte_count <= 24 ? 0 : (byte_count - 24 + 15) / 16;
}

static void *take(size_t byte_count) {
    size_t size = size_of(byte_count);
    kept_piece *piece = mine != NULL && size < SIZES ? mine->first[size] : NULL;
    if (piece == NULL) {
        return shire_memory_resize(NULL, byte_count);
    }
    mine->first[size] = piece->next;
    mine->byte_count -= 24 + 16 * size;
    return piece;
}

/* What stood in it is personal data as often as not. Most pieces are a few words long, so this is
 * done here; the compiler must not see that nobody reads them any more. */
static void wipe(void *memory, size_t room) {
    uint64_t *words = memory;
    for (size_t i = 0; i < room / sizeof *words; i++) {
        words[i] = 0;
    }
    __asm__ volatile("" : : "r"(memory) : "memory");
}

static void give(void *memory) {
    if (memory == NULL) {
        return;
    }
    size_t room = malloc_usable_size(memory);
    size_t size = size_of(room);
    wipe(memory, room);
    if (mine == NULL) {
        mine = keep();
    }
    if (mine == NULL || size >= SIZES || room != 24 + 16 * size ||
        mine->byte_count + room > KEPT_BYTES_MAX) {
        shire_memory_free(memory);
        return;
    }
    kept_piece *piece = memory;
    piece->next = mine->first[size];
    mine->first[size] = piece;
    mine->byte_count += room;
}

static void make_key(void) {
    if (pthread_key_create(&key, free_kept) == 0) {
        json_set_alloc_funcs(take, give);
    }
}

void shire_json_keep_memory(void) {
    (void)pthread_once(&made, make_key);
}

#endif
