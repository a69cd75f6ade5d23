/*
 * Each place holds an answer in an arena of its own, and the one that nobody asked for the longest
 * makes way. Who asks gets a copy, so that a place can be given away at any time.
 */
#include "web/web_answers.h"

#include <pthread.h>
#include <string.h>

#define PLACES 64
#define ANSWER_BYTES_MAX ((size_t)256 << 10)

typedef struct answer {
    shire_arena *arena; /* of all below; NULL: an empty place */
    const char *sql;
    shire_frame frame;
    uint64_t used; /* the turn in which it was last asked for */
} answer;

struct shire_answers {
    pthread_mutex_t mutex; /* of all below */
    answer places[PLACES];
    uint64_t turn;
};

shire_status shire_answers_new(shire_answers **answers_out, shire_error *error) {
    shire_answers *answers = shire_memory_resize(NULL, sizeof *answers);
    if (answers == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for figures");
    }
    *answers = (shire_answers){.turn = 0};
    pthread_mutex_init(&answers->mutex, NULL);
    *answers_out = answers;
    return SHIRE_OK;
}

void shire_answers_free(shire_answers *answers) {
    if (answers == NULL) {
        return;
    }
    for (size_t i = 0; i < PLACES; i++) {
        shire_arena_wipe_free(answers->places[i].arena);
    }
    pthread_mutex_destroy(&answers->mutex);
    shire_memory_free(answers);
}

/* With the mutex held: the answer's place; NULL: it is not kept. */
static answer *find(shire_answers *answers, const char *sql) {
    for (size_t i = 0; i < PLACES; i++) {
        answer *kept = &answers->places[i];
        if (kept->arena != NULL && strcmp(kept->sql, sql) == 0) {
            kept->used = ++answers->turn;
            return kept;
        }
    }
    return NULL;
}

bool shire_answers_recall(shire_answers *answers, const char *sql, shire_arena *arena,
                          shire_frame *frame_out) {
    pthread_mutex_lock(&answers->mutex);
    const answer *kept = find(answers, sql);
    bool is_copied =
        kept != NULL && shire_frame_copy(&kept->frame, arena, frame_out, NULL) == SHIRE_OK;
    pthread_mutex_unlock(&answers->mutex);
    return is_copied;
}

static answer *find_oldest(shire_answers *answers) {
    answer *oldest = &answers->places[0];
    for (size_t i = 1; i < PLACES; i++) {
        if (answers->places[i].used < oldest->used) {
            oldest = &answers->places[i];
        }
    }
    return oldest;
}

void shire_answers_keep(shire_answers *answers, const char *sql, const shire_frame *frame) {
    answer new = {.arena = NULL};
    if (shire_arena_new("answer", ANSWER_BYTES_MAX, &new.arena, NULL) != SHIRE_OK) {
        return;
    }
    new.sql = shire_arena_copy_text(new.arena, sql, strlen(sql));
    if (new.sql == NULL || shire_frame_copy(frame, new.arena, &new.frame, NULL) != SHIRE_OK) {
        shire_arena_wipe_free(new.arena);
        return;
    }
    pthread_mutex_lock(&answers->mutex);
    answer *place = find(answers, sql); /* another thread may have been first */
    place = place == NULL ? find_oldest(answers) : place;
    shire_arena *left = place->arena;
    new.used = ++answers->turn;
    *place = new;
    pthread_mutex_unlock(&answers->mutex);
    shire_arena_wipe_free(left);
}
