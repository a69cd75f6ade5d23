/* A locked model: what breaks the lock, and what no cost depends on. */
#include "io/file.h"
#include "org/model_lock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LOCKED "name: A\nfinancial_year: 2024\nstop_on: [duplicate_key]\n"

static char dir[] = "/tmp/shire-model-lock-XXXXXX";
static shire_arena *arena;
static shire_error error;

static int set_up(void **state) {
    (void)state;
    assert_non_null(mkdtemp(dir));
    return shire_arena_new("test_arena", 0, &arena, NULL) != SHIRE_OK;
}

static int tear_down(void **state) {
    (void)state;
    shire_arena_free(arena);
    return shire_dir_remove(dir, &error) != SHIRE_OK;
}

static void put(const char *name, const char *text) {
    const char *path = shire_arena_format(arena, "%s/%s", dir, name);
    assert_int_equal(shire_file_replace(path, shire_span_of(text), &error), SHIRE_OK);
}

static void assert_lock(const char *settings, bool holds) {
    put("partnership.yaml", settings);
    shire_status status = shire_model_lock_check(dir, arena, &error);
    assert_int_equal(status, holds ? SHIRE_OK : SHIRE_INVALID);
    assert_true(holds || strstr(error.message, "partnership.yaml was changed") != NULL);
}

static void settings_that_no_cost_depends_on_stay_open(void **state) {
    (void)state;
    put("partnership.yaml", LOCKED);
    assert_int_equal(shire_model_lock(dir, "A", "year end", arena, &error), SHIRE_OK);
    assert_lock(LOCKED, true);
    assert_lock("# a comment\n" LOCKED "public_url: https://a.example\nmemory_limit_mb: 400\n"
                "sign_in_provider: {issuer: https://b.example, client: c}\n",
                true);
    assert_lock("name: A\nfinancial_year: 2025\nstop_on: [duplicate_key]\n", false);
    assert_lock("name: A\nfinancial_year: 2024\nstop_on: duplicate_key\n", false);
    assert_lock("name: A\nfinancial_year: 2024\n", false);
    assert_lock(LOCKED "data: [d]\n", false);
    assert_lock(LOCKED, true);
    assert_int_equal(shire_model_unlock(dir, "A", "done", arena, &error), SHIRE_OK);
}

/* Older versions hashed the file itself. */
static void an_older_lock_holds_the_whole_file(void **state) {
    (void)state;
    char hash[65];
    put("partnership.yaml", LOCKED);
    const char *path = shire_arena_format(arena, "%s/partnership.yaml", dir);
    assert_int_equal(shire_file_hash(path, hash, &error), SHIRE_OK);
    put(SHIRE_MODEL_LOCK_FILE,
        shire_arena_format(arena, "file,hash\n\"partnership.yaml\",%s\n", hash));
    assert_lock(LOCKED, true);
    assert_lock(LOCKED "public_url: https://a.example\n", false);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_that_no_cost_depends_on_stay_open),
        cmocka_unit_test(an_older_lock_holds_the_whole_file),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
