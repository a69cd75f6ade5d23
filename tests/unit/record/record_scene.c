#include "record_scene.h"

#include <stdio.h>
#include <string.h>

static const char *const store_sql[] = {
    "INSERT INTO index_run VALUES (1, '2025-04-01T00:00:00Z', 's', 900, 400)",
    "INSERT INTO index_person (person_id, made_run) WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL "
    "SELECT i + 1 FROM n WHERE i < 399) SELECT 'P-' || (70000 + i * 13), 1 FROM n",
    "INSERT INTO index_person VALUES ('P-OLD', 1, 1, 'P-70039'), ('P-OLDER', 1, 1, 'P-OLD')",
    "INSERT INTO account VALUES (1, 'nurse', 'N', 'TR', 'clinician', NULL, 0), (2, 'worker', 'W', "
    "'CO', 'social_worker', NULL, 0), (3, 'housing', 'H', 'HA', 'housing_officer', NULL, 0), (4, "
    "'analyst', 'A', 'CO', 'cost_analyst', NULL, 0), (5, 'officer', 'O', 'CO', 'council_officer', "
    "NULL, 0), (6, 'privacy', 'P', 'TR', 'privacy_officer', NULL, 0), (7, 'citizen', 'C', '', "
    "'citizen', 'P-70039', 0), (8, 'stranger', 'S', 'ZZ', 'clinician', NULL, 0)",
    "INSERT INTO agreement VALUES (1, 'CO', 'TR', 'care', 'demographics social_care plan', "
    "'2020-01-01', NULL, 'A1'), (2, 'TR', 'CO', 'care', 'acute plan document', '2020-01-01', NULL, "
    "'A2'), (3, 'TR', 'CO', 'finance', 'cost', '2020-01-01', NULL, 'A3'), (4, 'CO', 'HA', 'care', "
    "'demographics plan', '2020-01-01', '2021-01-01', 'A4'), (5, 'HA', 'CO', 'care', "
    "'demographics housing plan', '2020-01-01', NULL, 'A5')",
    "INSERT INTO consent VALUES (1, 'P-70039', 'sexual_health', '*', '2020-01-01', NULL), (2, "
    "'P-OLD', 'hiv', 'TR', '2020-01-01', NULL)",
    "INSERT INTO seal VALUES (1, 'P-70013', 'CO', NULL, '2020-01-01', NULL)",
    "INSERT INTO seal_item SELECT 1, 'event/CO/care/' || (123456789012 + i) FROM (WITH RECURSIVE n "
    "(i) AS (SELECT 0 UNION ALL SELECT i + 3 FROM n WHERE i < 6000) SELECT i FROM n) AS s WHERE i "
    "% 2 = "
    "0"};

static void read_policy(record_scene *scene) {
    static const char *const codes[] = {"CO", "TR", "HA"};
    shire_gate_policy_release(scene->policy);
    scene->policy = NULL;
    SCENE_OK(scene, shire_gate_policy_read(scene->store, codes, 3, &scene->policy, &scene->error));
}

void record_scene_execute(record_scene *scene, const char *sql) {
    SCENE_OK(scene, shire_store_execute(scene->store, sql, &scene->error));
    read_policy(scene);
}

void record_scene_make(record_scene *scene) {
    *scene = (record_scene){0};
    record_fixture_make(&scene->fixture);
    store_place_make(&scene->place);
    SCENE_OK(scene,
             shire_store_open(scene->place.where, SHIRE_STORE_WRITE, &scene->store, &scene->error));
    for (size_t i = 0; i < sizeof store_sql / sizeof store_sql[0]; i++) {
        SCENE_OK(scene, shire_store_execute(scene->store, store_sql[i], &scene->error));
    }
    read_policy(scene);
    const shire_record_options options = {.dir = scene->fixture.dir,
                                          .store = scene->place.where,
                                          .thread_count = 1,
                                          .no_search = true};
    SCENE_OK(scene, shire_record_open(&options, &scene->record, &scene->error));
}

void record_scene_remove(record_scene *scene) {
    shire_record_close(scene->record);
    shire_gate_policy_release(scene->policy);
    shire_store_close(scene->store);
    store_place_remove(&scene->place);
    record_fixture_remove(&scene->fixture);
}

void record_scene_ask_as(record_scene *scene, int account, shire_arena *arena, scene_asker *out) {
    static const shire_gate_purpose purposes[SCENE_ACCOUNTS] = {
        [COST_ANALYST] = SHIRE_GATE_FINANCE,
        [COUNCIL_OFFICER] = SHIRE_GATE_ADMINISTRATION,
        [PRIVACY_OFFICER] = SHIRE_GATE_AUDIT,
        [CITIZEN] = SHIRE_GATE_OWN};
    *out = (scene_asker){.asker = {.policy = scene->policy, .reason = ""}};
    SCENE_OK(scene, shire_gate_policy_viewer(scene->policy, account, purposes[account], SCENE_NOW,
                                             arena, &out->viewer, &out->asker.account,
                                             &out->asker.organisation, &scene->error));
    out->asker.viewer = &out->viewer;
}
