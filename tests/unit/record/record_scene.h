/* The fixture's people behind the gate: a store with accounts, agreements, a seal, consents and
 * retired ids, the policy read from it, and the joined record open on both. */
#ifndef SHIRE_TESTS_RECORD_SCENE_H
#define SHIRE_TESTS_RECORD_SCENE_H

#include "record/record_item.h"
#include "record_fixture.h"
#include "unit/store_place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define SCENE_NOW INT64_C(1764000000) /* 2025-11-24 */

enum { CO, TR, HA }; /* organisations of the fixture */

/* Accounts by number. */
enum {
    CLINICIAN = 1,      /* of the trust */
    SOCIAL_WORKER,      /* of the council */
    HOUSING_OFFICER,    /* of the landlord */
    COST_ANALYST,       /* of the council */
    COUNCIL_OFFICER,    /* of the council */
    PRIVACY_OFFICER,    /* of the trust */
    CITIZEN,            /* P-70039 */
    STRANGER_CLINICIAN, /* of a body that shares nothing */
    SCENE_ACCOUNTS
};

typedef struct record_scene {
    record_fixture fixture;
    store_place place; /* of the store, of either kind */
    shire_store *store;
    const shire_gate_policy *policy;
    shire_record *record;
    shire_error error;
} record_scene;

#define SCENE_OK(scene, status)                                                                    \
    do {                                                                                           \
        if ((status) != SHIRE_OK) {                                                                \
            fail_msg("%s", (scene)->error.message);                                                \
        }                                                                                          \
    } while (0)

void record_scene_make(record_scene *scene);
void record_scene_remove(record_scene *scene);
/* Run SQL on the store and read the policy again. */
void record_scene_execute(record_scene *scene, const char *sql);

typedef struct scene_asker {
    shire_gate_viewer viewer;
    shire_record_asker asker;
} scene_asker;

/* An account for the purpose that its role has. */
void record_scene_ask_as(record_scene *scene, int account, shire_arena *arena, scene_asker *out);

#endif
