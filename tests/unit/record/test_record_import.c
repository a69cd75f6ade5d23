/* Plans that partners kept elsewhere, loaded from a file: all of it or nothing, and once. */
#include "record/record_import.h"

#include "io/file.h"
#include "record_scene.h"

#include <stdio.h>
#include <string.h>

#define PERSON                                                                                     \
    "\"person\": {\"organisation\": \"CO\", \"source\": \"care\", \"local_id\": \"4000000003\"}"
#define VERSION(body)                                                                              \
    "{\"made\": \"2024-09-30 15:00\", \"actor\": \"s.jones\", \"organisation\": \"CO\", \"why\": " \
    "\"moved over\", \"body\": " body "}"
#define ITEM(name, body)                                                                           \
    "{\"name\": \"" name "\", " PERSON                                                             \
    ", \"kind\": \"plan\", \"organisation\": \"CO\", \"versions\": [" VERSION(body) "]}"

static record_scene scene;

static shire_status load(const char *text, shire_record_import_summary *summary) {
    char path[96];
    snprintf(path, sizeof path, "%s/items.json", scene.fixture.dir);
    assert_int_equal(shire_file_replace(path, shire_span_of(text), NULL), SHIRE_OK);
    scene.error = (shire_error){0};
    SCENE_OK(&scene, shire_store_begin(scene.store, &scene.error));
    shire_status status = shire_record_import(shire_record_get_book(scene.record), scene.store,
                                              path, "clerk", SCENE_NOW, summary, &scene.error);
    if (status == SHIRE_OK) {
        SCENE_OK(&scene, shire_store_commit(scene.store, &scene.error));
    } else {
        shire_store_rollback(scene.store);
    }
    return status;
}

static void a_file_is_loaded_once(void **state) {
    (void)state;
    static const char text[] = "[" ITEM(
        "a", "{\"title\": \"A\"}") ", {\"name\": \"b\", " PERSON
                                   ", \"kind\": \"plan\", \"organisation\": \"TR\", \"versions\": "
                                   "[" VERSION("{\"title\": \"B\"}") ", " VERSION(
                                       "{\"title\": \"C\"}") "]}]";
    shire_record_import_summary summary;
    int64_t count = 0;
    SCENE_OK(&scene, load(text, &summary));
    assert_int_equal(summary.items, 2);
    assert_int_equal(summary.added, 2);
    SCENE_OK(&scene, load(text, &summary));
    assert_int_equal(summary.added, 0);
    assert_int_equal(summary.known, 2);
    SCENE_OK(&scene, shire_store_query_int64(scene.store,
                                             "SELECT count(*) FROM record_version WHERE made = "
                                             "'2024-09-30T15:00:00Z' AND actor = 's.jones'",
                                             &count, &scene.error));
    assert_int_equal(count, 3);
    SCENE_OK(&scene, shire_store_query_int64(scene.store,
                                             "SELECT count(*) FROM audit_entry WHERE kind = "
                                             "'change' AND actor = 'clerk' AND subject = 'P-70039'",
                                             &count, &scene.error));
    assert_int_equal(count, 3);
}

static void one_mistake_leaves_all_of_it(void **state) {
    (void)state;
    static const struct {
        const char *text;
        const char *problem;
    } cases[] = {
        {"{}", "line 1: this is no JSON list of items"},
        {"[" ITEM("x", "{\"title\": \"A\"}") ", {\"name\": \"y\"}]",
         "item 2: give name, person, kind, organisation and versions, and nothing else"},
        {"[" ITEM("x", "{\"title\": 7}") "]",
         "item 1: plan: title: this is no text; give one in quotes"},
        {"[{\"name\": \"z\", \"person\": {\"organisation\": \"CO\", \"source\": \"care\", "
         "\"local_id\": \"none\"}, \"kind\": \"plan\", \"organisation\": \"CO\", \"versions\": "
         "[" VERSION("{\"title\": \"A\"}") "]}]",
         "item 1: person: the last run knows no record of this organisation, source and local_id"},
        {"[{\"name\": \"z\", " PERSON ", \"kind\": \"poem\", \"organisation\": \"CO\", "
         "\"versions\": [" VERSION("{\"title\": \"A\"}") "]}]",
         "item 1: kind is plan, alert or document, and organisation the code of a body"},
    };
    int64_t before = 0;
    int64_t after = 0;
    SCENE_OK(&scene, shire_store_query_int64(scene.store, "SELECT count(*) FROM record_item",
                                             &before, &scene.error));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        shire_record_import_summary summary;
        assert_int_equal(load(cases[i].text, &summary), SHIRE_INVALID);
        assert_non_null(strstr(scene.error.message, cases[i].problem));
    }
    SCENE_OK(&scene, shire_store_query_int64(scene.store, "SELECT count(*) FROM record_item",
                                             &after, &scene.error));
    assert_int_equal(before, after);
}

static int set_up(void **state) {
    (void)state;
    record_scene_make(&scene);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    record_scene_remove(&scene);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_loaded_once),
        cmocka_unit_test(one_mistake_leaves_all_of_it),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
