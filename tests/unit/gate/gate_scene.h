/* A store of its own, of either kind, for the tests of the gate. */
#ifndef SHIRE_GATE_SCENE_H
#define SHIRE_GATE_SCENE_H

#include "gate/gate_account.h"
#include "io/store.h"
#include "unit/store_place.h"

#define NOW INT64_C(1790000000) /* 2026-09-21 */

typedef struct gate_scene {
    store_place place;
    shire_store *store;
    shire_arena *arena;
} gate_scene;

static const shire_gate_actor admin = {"admin", "COUNCIL", "set up"};

#define OK(call)                                                                                   \
    do {                                                                                           \
        shire_error call_error = {0};                                                              \
        shire_error *error = &call_error;                                                          \
        if ((call) != SHIRE_OK) {                                                                  \
            fail_msg("%s: %s", #call, call_error.message);                                         \
        }                                                                                          \
    } while (0)

static int open_scene(void **state) {
    gate_scene *scene = calloc(1, sizeof *scene);
    assert_non_null(scene);
    store_place_make(&scene->place);
    OK(shire_store_open(scene->place.where, SHIRE_STORE_WRITE, &scene->store, error));
    OK(shire_arena_new("test", 0, &scene->arena, error));
    /* One transaction a test: a commit waits for the disk. */
    OK(shire_store_begin(scene->store, error));
    *state = scene;
    return 0;
}

static int close_scene(void **state) {
    gate_scene *scene = *state;
    shire_store_close(scene->store);
    store_place_remove(&scene->place);
    shire_arena_free(scene->arena);
    free(scene);
    return 0;
}

static inline int64_t number_of(const gate_scene *scene, const char *sql) {
    int64_t number = -1;
    OK(shire_store_query_int64(scene->store, sql, &number, error));
    return number;
}

static inline int64_t add_account(gate_scene *scene, const char *name, shire_gate_role role,
                                  const char *organisation) {
    int64_t number = 0;
    shire_gate_account account = {.name = name,
                                  .full_name = "Somebody",
                                  .role = role,
                                  .organisation = role == SHIRE_GATE_CITIZEN ? "" : organisation,
                                  .person_id = role == SHIRE_GATE_CITIZEN ? organisation : NULL};
    OK(shire_gate_account_add(scene->store, &admin, &account, &number, error));
    return number;
}

#endif
