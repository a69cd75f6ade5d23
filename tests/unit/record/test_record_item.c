/* Plans, alerts and documents: kept in every version, edited by several bodies, refused to those
 * who may not, never lost to somebody who was faster. */
#include "record_scene.h"

#include "io/store_queue.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOMEBODY "P-70039"
#define PLAN(title) "{\"title\":\"" title "\"}"

static record_scene scene;
static shire_arena *arena;

static shire_status change(int account, shire_record_item_kind kind, const char *item_id,
                           int64_t version, const char *body, shire_record_change *made) {
    scene_asker asker;
    record_scene_ask_as(&scene, account, arena, &asker);
    const shire_record_edit edit = {.person_id = shire_span_of(SOMEBODY),
                                    .kind = kind,
                                    .item_id = shire_span_of(item_id),
                                    .version = version,
                                    .body = shire_span_of(body),
                                    .why = shire_span_of(" because ")};
    scene.error = (shire_error){0};
    shire_status status =
        shire_record_change_prepare(scene.record, &asker.asker, &edit, arena, made, &scene.error);
    if (status == SHIRE_OK) {
        status = shire_store_begin(scene.store, &scene.error);
    }
    if (status == SHIRE_OK) {
        status = shire_record_change_job(scene.store, made, &scene.error);
        if (status == SHIRE_OK) {
            status = shire_store_commit(scene.store, &scene.error);
        } else {
            shire_store_rollback(scene.store);
        }
    }
    return status;
}

static shire_status look(int account, const char *item_id, int64_t version, shire_record_item *item,
                         shire_record_item **versions, size_t *count) {
    scene_asker asker;
    shire_audit_entry entry;
    record_scene_ask_as(&scene, account, arena, &asker);
    scene.error = (shire_error){0};
    return shire_record_item_read(scene.record, &asker.asker, shire_span_of(SOMEBODY),
                                  shire_span_of(item_id), version, arena, item, versions, count,
                                  &entry, &scene.error);
}

static const char *title_of(const shire_record_item *item) {
    return json_string_value(json_object_get(item->body_json, "title"));
}

static void a_plan_is_edited_by_two_bodies_and_keeps_its_versions(void **state) {
    (void)state;
    shire_record_change made;
    shire_record_item item;
    shire_record_item *versions = NULL;
    size_t count = 0;
    SCENE_OK(&scene, change(CLINICIAN, SHIRE_RECORD_PLAN, "", 0, PLAN("Home"), &made));
    char id[SHIRE_RECORD_ITEM_ID_BYTES];
    snprintf(id, sizeof id, "%s", made.item_id);
    assert_int_equal(made.version_out, 1);
    SCENE_OK(&scene, change(SOCIAL_WORKER, SHIRE_RECORD_PLAN, id, 1, PLAN("Home soon"), &made));
    assert_int_equal(made.version_out, 2);
    SCENE_OK(&scene, look(CLINICIAN, id, 0, &item, &versions, &count));
    assert_string_equal(title_of(&item), "Home soon");
    assert_true(item.may_edit);
    assert_int_equal(item.version, 2);
    assert_int_equal(count, 2);
    assert_true(shire_span_equal(item.body.name, shire_span_of("The Trust")));
    assert_true(shire_span_equal(versions[0].actor, shire_span_of("worker")));
    assert_true(shire_span_equal(versions[0].actor_body.name, shire_span_of("The Council")));
    assert_true(shire_span_equal(versions[1].actor, shire_span_of("nurse")));
    assert_true(shire_span_equal(versions[1].why, shire_span_of("because")));
    assert_true(shire_span_equal(versions[1].made, shire_span_of("2025-11-24T16:00:00Z")));
    json_decref(item.body_json);
    SCENE_OK(&scene, look(CLINICIAN, id, 1, &item, NULL, NULL));
    assert_string_equal(title_of(&item), "Home");
    json_decref(item.body_json);
    assert_int_equal(look(CLINICIAN, id, 3, &item, NULL, NULL), SHIRE_NOT_FOUND);
    assert_int_equal(look(STRANGER_CLINICIAN, id, 1, &item, NULL, NULL), SHIRE_NOT_FOUND);
    assert_int_equal(look(CLINICIAN, "no such", 0, &item, NULL, NULL), SHIRE_NOT_FOUND);
}

static void who_was_slower_is_told_and_nothing_is_lost(void **state) {
    (void)state;
    shire_record_change first;
    shire_record_change slow;
    SCENE_OK(&scene, change(CLINICIAN, SHIRE_RECORD_PLAN, "", 0, PLAN("One"), &first));
    char id[SHIRE_RECORD_ITEM_ID_BYTES];
    snprintf(id, sizeof id, "%s", first.item_id);
    /* Prepared before the other's change, written after it. */
    scene_asker asker;
    record_scene_ask_as(&scene, SOCIAL_WORKER, arena, &asker);
    const shire_record_edit edit = {.person_id = shire_span_of(SOMEBODY),
                                    .kind = SHIRE_RECORD_PLAN,
                                    .item_id = shire_span_of(id),
                                    .version = 1,
                                    .body = shire_span_of(PLAN("Slow")),
                                    .why = shire_span_of("because")};
    SCENE_OK(&scene, shire_record_change_prepare(scene.record, &asker.asker, &edit, arena, &slow,
                                                 &scene.error));
    SCENE_OK(&scene, change(CLINICIAN, SHIRE_RECORD_PLAN, id, 1, PLAN("Fast"), &first));
    SCENE_OK(&scene, shire_store_begin(scene.store, &scene.error));
    assert_int_equal(shire_record_change_job(scene.store, &slow, &scene.error), SHIRE_CONFLICT);
    shire_store_rollback(scene.store);
    assert_int_equal(change(SOCIAL_WORKER, SHIRE_RECORD_PLAN, id, 1, PLAN("Slow"), &slow),
                     SHIRE_CONFLICT);
    assert_string_equal(scene.error.message,
                        "somebody else changed it since you opened it; look at the new version "
                        "and make your change again");
    shire_record_item item;
    SCENE_OK(&scene, look(CLINICIAN, id, 0, &item, NULL, NULL));
    assert_string_equal(title_of(&item), "Fast");
    json_decref(item.body_json);
}

static void what_may_not_be_done_is_refused_with_a_sentence(void **state) {
    (void)state;
    shire_record_change made;
    assert_int_equal(change(STRANGER_CLINICIAN, SHIRE_RECORD_PLAN, "", 0, PLAN("T"), &made),
                     SHIRE_NOT_FOUND);
    assert_int_equal(change(CITIZEN, SHIRE_RECORD_PLAN, "", 0, PLAN("T"), &made), SHIRE_INVALID);
    assert_string_equal(scene.error.message, "your role may not put down a plan for this person");
    assert_int_equal(change(CLINICIAN, SHIRE_RECORD_ALERT, "", 0, PLAN("T"), &made), SHIRE_INVALID);
    assert_int_equal(change(CLINICIAN, SHIRE_RECORD_PLAN, "", 0,
                            "{\"title\":\"T\",\"actions\":[{\"text\":\"a\",\"owner\":{"
                            "\"organisation\":\"NOBODY\"}}]}",
                            &made),
                     SHIRE_INVALID);
    assert_string_equal(scene.error.message,
                        "plan: owner: organisation: this is no code of a body of the partnership; "
                        "choose one from the list");
    SCENE_OK(&scene, change(SOCIAL_WORKER, SHIRE_RECORD_DOCUMENT, "", 0,
                            "{\"title\":\"Letter\",\"hash\":\"0123456789abcdef0123456789abcdef"
                            "0123456789abcdef0123456789abcdef\"}",
                            &made));
    /* The council shares plans with the trust, and no documents. */
    shire_record_item item;
    char id[SHIRE_RECORD_ITEM_ID_BYTES];
    snprintf(id, sizeof id, "%s", made.item_id);
    assert_int_equal(look(CLINICIAN, id, 0, &item, NULL, NULL), SHIRE_NOT_FOUND);
    assert_int_equal(change(CLINICIAN, SHIRE_RECORD_DOCUMENT, id, 1, "{\"title\":\"T\"}", &made),
                     SHIRE_NOT_FOUND);
    /* What can be no id does not reach the store. */
    scene_asker asker;
    shire_audit_entry entry;
    record_scene_ask_as(&scene, CLINICIAN, arena, &asker);
    assert_int_equal(shire_record_item_read(scene.record, &asker.asker, shire_span_of(SOMEBODY),
                                            (shire_span){"a\0b", 3}, 0, arena, &item, NULL, NULL,
                                            &entry, &scene.error),
                     SHIRE_NOT_FOUND);
}

static void a_document_comes_back_byte_by_byte(void **state) {
    (void)state;
    static const char bytes[] = "%PDF-1.7\0\1\2\3\xff, and so on";
    scene_asker asker;
    shire_record_change made;
    shire_record_item item;
    shire_audit_entry entry;
    shire_span content;
    record_scene_ask_as(&scene, CLINICIAN, arena, &asker);
    const shire_record_edit edit = {.person_id = shire_span_of(SOMEBODY),
                                    .kind = SHIRE_RECORD_DOCUMENT,
                                    .body = shire_span_of("{\"title\":\"Letter\"}"),
                                    .why = shire_span_of("sent by the ward"),
                                    .content = {bytes, sizeof bytes}};
    SCENE_OK(&scene, shire_record_change_prepare(scene.record, &asker.asker, &edit, arena, &made,
                                                 &scene.error));
    SCENE_OK(&scene, shire_store_begin(scene.store, &scene.error));
    SCENE_OK(&scene, shire_record_change_job(scene.store, &made, &scene.error));
    SCENE_OK(&scene, shire_store_commit(scene.store, &scene.error));
    SCENE_OK(&scene, shire_record_content_read(scene.record, &asker.asker, shire_span_of(SOMEBODY),
                                               shire_span_of(made.item_id), 0, arena, &item,
                                               &content, &entry, &scene.error));
    assert_int_equal(content.length, sizeof bytes);
    assert_memory_equal(content.bytes, bytes, sizeof bytes);
    assert_int_equal(json_integer_value(json_object_get(item.body_json, "byte_count")),
                     sizeof bytes);
    json_decref(item.body_json);
    record_scene_ask_as(&scene, HOUSING_OFFICER, arena, &asker);
    assert_int_equal(shire_record_content_read(scene.record, &asker.asker, shire_span_of(SOMEBODY),
                                               shire_span_of(made.item_id), 0, arena, &item,
                                               &content, &entry, &scene.error),
                     SHIRE_NOT_FOUND);
}

static size_t count_items(int account, const char *person_id) {
    scene_asker asker;
    shire_record_view view;
    shire_audit_entry entry;
    record_scene_ask_as(&scene, account, arena, &asker);
    const shire_record_request request = {.person_id = shire_span_of(person_id)};
    shire_status status =
        shire_record_read(scene.record, &asker.asker, &request, arena, &view, &entry, &scene.error);
    size_t count = view.item_count;
    shire_record_view_done(&view);
    return status == SHIRE_OK ? count : 0;
}

static void items_show_on_the_record_but_for_sealed_and_sensitive_ones(void **state) {
    (void)state;
    scene_asker asker;
    shire_record_change made;
    size_t before = count_items(CLINICIAN, SOMEBODY);
    record_scene_ask_as(&scene, SOCIAL_WORKER, arena, &asker);
    SCENE_OK(&scene,
             change(SOCIAL_WORKER, SHIRE_RECORD_ALERT, "", 0, "{\"text\":\"Key safe\"}", &made));
    assert_int_equal(count_items(CLINICIAN, SOMEBODY), before + 1);
    size_t councils = count_items(SOCIAL_WORKER, SOMEBODY);
    char sql[256];
    snprintf(sql, sizeof sql, "INSERT INTO seal_item VALUES (1, 'item/%s')", made.item_id);
    record_scene_execute(&scene, "UPDATE gate_version SET version = version + 1");
    record_scene_execute(&scene, sql);
    assert_int_equal(count_items(CLINICIAN, SOMEBODY), before);
    assert_int_equal(count_items(SOCIAL_WORKER, SOMEBODY), councils);
    const shire_record_edit edit = {.person_id = shire_span_of(SOMEBODY),
                                    .kind = SHIRE_RECORD_ALERT,
                                    .body = shire_span_of("{\"text\":\"Abuse\"}"),
                                    .why = shire_span_of("told at the door"),
                                    .sensitivity = SHIRE_GATE_DOMESTIC_ABUSE};
    record_scene_ask_as(&scene, SOCIAL_WORKER, arena, &asker);
    /* The person did not include it, and no team of the worker's looks after them. */
    assert_int_equal(
        shire_record_change_prepare(scene.record, &asker.asker, &edit, arena, &made, &scene.error),
        SHIRE_INVALID);
}

static void items_of_a_person_who_was_joined_are_the_persons(void **state) {
    (void)state;
    size_t before = count_items(CITIZEN, SOMEBODY);
    record_scene_execute(&scene,
                         "INSERT INTO record_item VALUES ('old', 'P-OLDER', 'plan', 'TR', 1)");
    record_scene_execute(&scene, "INSERT INTO record_version VALUES ('old', 1, "
                                 "'2024-01-01T00:00:00Z', 'nurse', 'TR', 'w', 'open', 0, "
                                 "'{\"title\":\"Old\"}')");
    assert_int_equal(count_items(CITIZEN, SOMEBODY), before + 1);
    shire_record_change made;
    SCENE_OK(&scene, change(CLINICIAN, SHIRE_RECORD_PLAN, "old", 1, PLAN("New"), &made));
}

static void each_change_is_in_the_log_and_the_log_holds(void **state) {
    (void)state;
    int64_t entries = 0;
    int64_t versions = 0;
    SCENE_OK(&scene, shire_store_query_int64(
                         scene.store, "SELECT count(*) FROM audit_entry WHERE kind = 'change'",
                         &entries, &scene.error));
    SCENE_OK(&scene, shire_store_query_int64(scene.store, "SELECT count(*) - 1 FROM record_version",
                                             &versions, &scene.error));
    assert_true(versions > 5);
    assert_int_equal(entries, versions); /* but the one that a test put there by itself */
}

/* ---- many editors at once ---- */

#define EDITORS 4
#define EDITS 25

typedef struct editor {
    shire_store_queue *queue;
    const char *item_id;
    int account;
    int done;
    int conflicts;
} editor;

/* Looks, changes, and looks again when somebody was faster. */
static void *edit_often(void *context) {
    editor *me = context;
    while (me->done < EDITS) {
        shire_arena *mine = NULL;
        scene_asker asker;
        shire_record_item item;
        shire_audit_entry entry;
        shire_record_change made;
        shire_error error = {0};
        if (shire_arena_new("editor", 0, &mine, NULL) != SHIRE_OK) {
            return NULL;
        }
        record_scene_ask_as(&scene, me->account, mine, &asker);
        shire_status status = shire_record_item_read(
            scene.record, &asker.asker, shire_span_of(SOMEBODY), shire_span_of(me->item_id), 0,
            mine, &item, NULL, NULL, &entry, &error);
        if (status != SHIRE_OK) {
            shire_arena_free(mine);
            return NULL;
        }
        const shire_record_edit edit = {.person_id = shire_span_of(SOMEBODY),
                                        .kind = SHIRE_RECORD_PLAN,
                                        .item_id = item.item_id,
                                        .version = item.version,
                                        .body = shire_span_of(PLAN("T")),
                                        .why = shire_span_of("because")};
        json_decref(item.body_json);
        status =
            shire_record_change_prepare(scene.record, &asker.asker, &edit, mine, &made, &error);
        if (status == SHIRE_OK) {
            status = shire_store_queue_run(me->queue, shire_record_change_job, &made, &error);
        }
        me->done += status == SHIRE_OK;
        me->conflicts += status == SHIRE_CONFLICT;
        shire_arena_free(mine);
        if (status != SHIRE_OK && status != SHIRE_CONFLICT) {
            return NULL;
        }
    }
    return NULL;
}

static void editors_at_once_lose_nothing(void **state) {
    (void)state;
    pthread_t threads[EDITORS];
    editor editors[EDITORS];
    shire_record_change made;
    shire_record_item item;
    const shire_store_queue_options options = {.where = scene.place.where};
    shire_store_queue *queue = NULL;
    SCENE_OK(&scene, change(CLINICIAN, SHIRE_RECORD_PLAN, "", 0, PLAN("T"), &made));
    SCENE_OK(&scene, shire_store_queue_open(&options, &queue, &scene.error));
    for (int i = 0; i < EDITORS; i++) {
        editors[i] = (editor){.queue = queue,
                              .item_id = made.item_id,
                              .account = i % 2 == 0 ? CLINICIAN : SOCIAL_WORKER};
        assert_int_equal(pthread_create(&threads[i], NULL, edit_often, &editors[i]), 0);
    }
    for (int i = 0; i < EDITORS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(editors[i].done, EDITS);
    }
    shire_store_queue_close(queue);
    SCENE_OK(&scene, look(CLINICIAN, made.item_id, 0, &item, NULL, NULL));
    assert_int_equal(item.version, 1 + EDITORS * EDITS);
    json_decref(item.body_json);
}

static int set_up(void **state) {
    (void)state;
    record_scene_make(&scene);
    return shire_arena_new("test_arena", 0, &arena, NULL) == SHIRE_OK ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    shire_arena_free(arena);
    record_scene_remove(&scene);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plan_is_edited_by_two_bodies_and_keeps_its_versions),
        cmocka_unit_test(who_was_slower_is_told_and_nothing_is_lost),
        cmocka_unit_test(what_may_not_be_done_is_refused_with_a_sentence),
        cmocka_unit_test(a_document_comes_back_byte_by_byte),
        cmocka_unit_test(items_show_on_the_record_but_for_sealed_and_sensitive_ones),
        cmocka_unit_test(items_of_a_person_who_was_joined_are_the_persons),
        cmocka_unit_test(editors_at_once_lose_nothing),
        cmocka_unit_test(each_change_is_in_the_log_and_the_log_holds),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
