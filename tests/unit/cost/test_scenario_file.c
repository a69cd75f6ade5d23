/* Saved scenarios: what is saved is loaded again, notes are skipped, and names stay in the folder.
 */
#include "cost/scenario_file.h"

#include "io/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char dir[64];
static shire_arena *arena;

static int begin(void **state) {
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/shire-scenario-XXXXXX");
    return mkdtemp(dir) != NULL && shire_arena_new("test", 0, &arena, NULL) == SHIRE_OK ? 0 : -1;
}

static int end(void **state) {
    (void)state;
    shire_arena_free(arena);
    return shire_dir_remove(dir, NULL) == SHIRE_OK ? 0 : -1;
}

static void names_cannot_leave_the_folder(void **state) {
    static const char *const bad[] = {"",     ".",   "..",  ".hidden", "a/b",
                                      "../a", "a b", "a\n", "\xC3\xA4"};
    char longest[66];
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(shire_scenario_name_is_good(bad[i]));
    }
    memset(longest, 'a', sizeof longest);
    longest[65] = '\0';
    assert_false(shire_scenario_name_is_good(longest));
    longest[64] = '\0';
    assert_true(shire_scenario_name_is_good(longest));
    assert_true(shire_scenario_name_is_good("pay-2025_v1.2"));
}

static void what_is_saved_is_loaded_listed_and_deleted(void **state) {
    const char *const changes[] = {"ledger *= 1.03", "driver.quantity[pool=#1] = 2"};
    const char *const *loaded = NULL;
    const char *const *names = NULL;
    size_t count = 9;
    shire_error error = {0};
    (void)state;
    assert_int_equal(shire_scenario_list(dir, arena, &names, &count, NULL), SHIRE_OK);
    assert_int_equal(count, 0);
    assert_int_equal(shire_scenario_load(dir, "pay", arena, &loaded, &count, &error),
                     SHIRE_NOT_FOUND);
    assert_non_null(strstr(error.message, "give its changes with --set"));
    assert_int_equal(shire_scenario_save(dir, "rent", changes, 1, arena, NULL), SHIRE_OK);
    assert_int_equal(shire_scenario_save(dir, "pay", changes, 2, arena, NULL), SHIRE_OK);
    assert_int_equal(shire_scenario_list(dir, arena, &names, &count, NULL), SHIRE_OK);
    assert_int_equal(count, 2);
    assert_string_equal(names[0], "pay");
    assert_string_equal(names[1], "rent");
    assert_int_equal(shire_scenario_load(dir, "pay", arena, &loaded, &count, NULL), SHIRE_OK);
    assert_int_equal(count, 2);
    assert_string_equal(loaded[0], changes[0]);
    assert_string_equal(loaded[1], changes[1]);
    assert_int_equal(shire_scenario_delete(dir, "pay", arena, NULL), SHIRE_OK);
    error = (shire_error){0};
    assert_int_equal(shire_scenario_delete(dir, "pay", arena, &error), SHIRE_NOT_FOUND);
    assert_non_null(strstr(error.message, "there are rent"));
}

static void notes_blank_lines_and_line_ends_are_no_changes(void **state) {
    static const char text[] = "# a note\r\n\n  ledger *= 2  \r\n\t# another\nweight = 1";
    const char *const *loaded = NULL;
    size_t count = 0;
    char path[128];
    (void)state;
    assert_int_equal(shire_scenario_save(dir, "made", NULL, 0, arena, NULL), SHIRE_OK);
    assert_int_equal(shire_scenario_load(dir, "made", arena, &loaded, &count, NULL), SHIRE_OK);
    assert_int_equal(count, 0);
    snprintf(path, sizeof path, "%s/scenarios/made.txt", dir);
    assert_int_equal(shire_file_replace(path, shire_span_of(text), NULL), SHIRE_OK);
    assert_int_equal(shire_scenario_load(dir, "made", arena, &loaded, &count, NULL), SHIRE_OK);
    assert_int_equal(count, 2);
    assert_string_equal(loaded[0], "ledger *= 2");
    assert_string_equal(loaded[1], "weight = 1");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_cannot_leave_the_folder),
        cmocka_unit_test_setup_teardown(what_is_saved_is_loaded_listed_and_deleted, begin, end),
        cmocka_unit_test_setup_teardown(notes_blank_lines_and_line_ends_are_no_changes, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
