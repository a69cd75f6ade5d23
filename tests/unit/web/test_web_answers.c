/* Answers that are kept: of every type as they were, apart from what they were made of, none that
 * is large, and of many those that were asked for last. */
#include "web/web_answers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

typedef struct scene {
    shire_arena *arena;
    shire_table *table;
    shire_answers *answers;
} scene;

static int open_scene(void **state) {
    scene *of = calloc(1, sizeof *of);
    assert_non_null(of);
    assert_int_equal(shire_arena_new("test", 0, &of->arena, NULL), SHIRE_OK);
    assert_int_equal(shire_table_open(&(shire_table_options){.thread_count = 1}, &of->table, NULL),
                     SHIRE_OK);
    assert_int_equal(shire_answers_new(&of->answers, NULL), SHIRE_OK);
    *state = of;
    return 0;
}

static int close_scene(void **state) {
    scene *of = *state;
    shire_answers_free(of->answers);
    shire_table_close(of->table);
    shire_arena_free(of->arena);
    free(of);
    return 0;
}

/* Asks the engine, and keeps what it says. */
static shire_frame ask(const scene *of, const char *sql) {
    shire_frame frame;
    assert_int_equal(shire_table_query(of->table, sql, of->arena, &frame, NULL), SHIRE_OK);
    shire_answers_keep(of->answers, sql, &frame);
    return frame;
}

static bool is_kept(const scene *of, const char *sql) {
    shire_frame frame;
    return shire_answers_recall(of->answers, sql, of->arena, &frame);
}

static void what_is_given_again_is_as_it_was(void **state) {
    const scene *of = *state;
    static const char sql[] =
        "SELECT i::BIGINT AS a, i::INTEGER AS b, (i / 3)::DECIMAL(18,6) AS c, (DATE '2024-02-28' + "
        "i::INTEGER)::DATE AS d, CASE WHEN i % 2 = 0 THEN repeat('x', i::INTEGER) END AS e, i / 7 "
        "AS f FROM range(40) r(i) ORDER BY i";
    shire_frame again;
    assert_false(is_kept(of, sql));
    const shire_frame first = ask(of, sql);
    assert_true(shire_answers_recall(of->answers, sql, of->arena, &again));
    assert_int_equal(again.row_count, 40);
    assert_int_equal(again.column_count, 6);
    for (size_t row = 0; row < 40; row++) {
        assert_int_equal(again.columns[0].int64[row], row);
        assert_int_equal(again.columns[1].int32[row], row);
        assert_int_equal(again.columns[2].decimal6[row], first.columns[2].decimal6[row]);
        assert_int_equal(again.columns[3].date[row], first.columns[3].date[0] + (int)row);
        assert_int_equal(shire_column_is_null(&again.columns[4], row), row % 2 == 1);
        assert_int_equal(shire_column_text(&again.columns[4], row).length, row % 2 == 1 ? 0 : row);
        assert_true(again.columns[5].number[row] == first.columns[5].number[row]);
    }
    assert_non_null(shire_frame_column(&again, "e"));
    assert_true(again.columns[0].int64 != first.columns[0].int64);
}

static void an_answer_without_rows_is_one(void **state) {
    const scene *of = *state;
    static const char sql[] = "SELECT 'x' AS e WHERE false";
    shire_frame again;
    (void)ask(of, sql);
    assert_true(shire_answers_recall(of->answers, sql, of->arena, &again));
    assert_int_equal(again.row_count, 0);
    assert_non_null(shire_frame_column(&again, "e"));
}

static void a_large_one_is_not_kept(void **state) {
    const scene *of = *state;
    static const char large[] = "SELECT i FROM range(100000) r(i)";
    (void)ask(of, large);
    assert_false(is_kept(of, large));
}

static void the_one_that_nobody_asked_for_makes_way(void **state) {
    const scene *of = *state;
    static const char wanted[] = "SELECT 'wanted'";
    static const char forgotten[] = "SELECT 'forgotten'";
    (void)ask(of, wanted);
    (void)ask(of, forgotten);
    (void)ask(of, forgotten); /* the same one twice takes one place */
    for (int i = 0; i < 63; i++) {
        char sql[32];
        assert_true(is_kept(of, wanted));
        snprintf(sql, sizeof sql, "SELECT %d", i);
        (void)ask(of, sql);
    }
    assert_true(is_kept(of, wanted));
    assert_false(is_kept(of, forgotten));
    assert_true(is_kept(of, "SELECT 0"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_given_again_is_as_it_was, open_scene, close_scene),
        cmocka_unit_test_setup_teardown(an_answer_without_rows_is_one, open_scene, close_scene),
        cmocka_unit_test_setup_teardown(a_large_one_is_not_kept, open_scene, close_scene),
        cmocka_unit_test_setup_teardown(the_one_that_nobody_asked_for_makes_way, open_scene,
                                        close_scene),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
