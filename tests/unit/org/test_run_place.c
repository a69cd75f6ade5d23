/* A run's files take the place of the last one's in one step, and older folders are brought along.
 */
#include "io/file.h"
#include "org/run_place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define DIR_PATTERN "/tmp/shire-run-place-XXXXXX"

static char dir[] = DIR_PATTERN;
static shire_arena *arena;
static shire_error error;
static shire_partnership partnership = {.dir = dir};
static shire_run_place place;

static void must(shire_status status) {
    if (status != SHIRE_OK) {
        fail_msg("%s", error.message);
    }
}

static const char *state_path(const char *name) {
    return shire_partnership_state_path(&partnership, arena, name);
}

static void put(const char *folder, const char *name, const char *text) {
    must(shire_dir_make(folder, &error));
    must(shire_file_replace(shire_arena_format(arena, "%s/%s", folder, name), shire_span_of(text),
                            &error));
}

/* What scripts read under the name that they know. */
static void assert_holds(const char *name, const char *text) {
    shire_span contents;
    must(shire_file_read(state_path(name), 100, arena, &contents, &error));
    assert_string_equal(contents.bytes, text);
}

static int set_up(void **state) {
    (void)state;
    snprintf(dir, sizeof dir, DIR_PATTERN);
    assert_non_null(mkdtemp(dir));
    must(shire_dir_make(state_path(""), &error));
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    return shire_dir_remove(dir, &error) != SHIRE_OK;
}

static void make_run(const char *text) {
    must(shire_run_place_open(&partnership, arena, &place, &error));
    put(place.next_dir, "warehouse.duckdb", text);
    put(shire_arena_format(arena, "%s/report", place.next_dir), "report.html", text);
}

static void place_run(const char *text) {
    make_run(text);
    must(shire_run_place_take(&place, arena, &error));
    must(shire_run_place_close(&place, arena, &error));
}

static void all_files_change_in_one_step(void **state) {
    (void)state;
    assert_false(shire_file_exists(state_path("warehouse.duckdb")));
    place_run("first");
    make_run("second");
    assert_holds("warehouse.duckdb", "first");
    assert_holds("report/report.html", "first");
    must(shire_run_place_take(&place, arena, &error));
    assert_holds("warehouse.duckdb", "second");
    assert_holds("report/report.html", "second");
    assert_string_equal(shire_run_place_last(&partnership, arena), place.next_dir);
    must(shire_run_place_give_back(&place, arena, &error));
    assert_holds("warehouse.duckdb", "first");
    assert_string_equal(shire_run_place_last(&partnership, arena), place.last_dir);
    must(shire_run_place_close(&place, arena, &error));
    assert_false(shire_dir_exists(place.next_dir));
    assert_holds("report/report.html", "first");
}

static void what_a_killed_run_left_is_removed(void **state) {
    (void)state;
    place_run("first");
    make_run("second");
    make_run("third");
    must(shire_run_place_take(&place, arena, &error));
    assert_true(shire_dir_exists(place.last_dir)); /* killed before the old one was removed */
    assert_holds("warehouse.duckdb", "third");
    make_run("fourth");
    assert_holds("warehouse.duckdb", "third");
    must(shire_run_place_take(&place, arena, &error));
    assert_holds("report/report.html", "fourth");
}

static void a_file_that_a_run_has_not_has_no_name(void **state) {
    (void)state;
    place_run("first");
    assert_false(shire_file_exists(state_path("link.memory")));
    make_run("second");
    put(place.next_dir, "link.memory", "memory");
    must(shire_run_place_take(&place, arena, &error));
    assert_holds("link.memory", "memory");
    must(shire_run_place_give_back(&place, arena, &error));
    assert_false(shire_file_exists(state_path("link.memory")));
}

/* Older programs kept the files themselves under their names; a part may have moved already. */
static void an_older_folder_is_brought_along(void **state) {
    (void)state;
    put(state_path(""), "warehouse.duckdb", "old");
    put(state_path("report"), "report.html", "old");
    put(state_path(""), "store.db", "store");
    must(shire_run_place_open(&partnership, arena, &place, &error));
    assert_holds("warehouse.duckdb", "old");
    assert_holds("../.shire/run/report/report.html", "old");
    put(state_path(""), "columns.bin", "old");
    make_run("new");
    assert_holds("run/columns.bin", "old");
    assert_holds("report/report.html", "old");
    must(shire_run_place_take(&place, arena, &error));
    must(shire_run_place_close(&place, arena, &error));
    assert_holds("report/report.html", "new");
    assert_false(shire_file_exists(state_path("columns.bin")));
    assert_holds("store.db", "store");
}

/* A copy that follows links has three of everything. */
static void a_copy_that_followed_links_is_taken_as_it_is(void **state) {
    (void)state;
    place_run("first");
    for (int i = 0; i < 3; i++) {
        static const char *const links[] = {"run", "warehouse.duckdb", "report"};
        assert_int_equal(unlink(state_path(links[i])), 0);
    }
    put(state_path("run"), "warehouse.duckdb", "first");
    put(state_path("run/report"), "report.html", "first");
    put(state_path(""), "warehouse.duckdb", "first");
    put(state_path("report"), "report.html", "first");
    make_run("second");
    assert_holds("warehouse.duckdb", "first");
    assert_holds("run/report/report.html", "first");
    must(shire_run_place_take(&place, arena, &error));
    assert_holds("warehouse.duckdb", "second");
    must(shire_run_place_close(&place, arena, &error));
    assert_holds("report/report.html", "second");
}

int main(void) {
    if (shire_arena_new("test_arena", 0, &arena, NULL) != SHIRE_OK) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_files_change_in_one_step, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_a_killed_run_left_is_removed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_a_run_has_not_has_no_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_older_folder_is_brought_along, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_copy_that_followed_links_is_taken_as_it_is, set_up,
                                        tear_down),
    };
    int failures = cmocka_run_group_tests(tests, NULL, NULL);
    shire_arena_free(arena);
    return failures;
}
