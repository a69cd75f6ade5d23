/*
 * Memory runs out at each allocation in turn. A scenario runs with the first N allocations
 * succeeding and all later ones failing, for N = 0, 1, 2, ... until it succeeds: each time before,
 * it must say so with a status and a sentence, crash nowhere, and (under the leak sanitizer) keep
 * nothing. Beyond the first hundred N grows by a tenth, which keeps long scenarios short.
 */
#include "core/arena.h"
#include "io/file.h"
#include "io/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

typedef shire_status (*scenario)(shire_error *error);

static char scratch_dir[] = "/tmp/shire-fault-XXXXXX";

static void assert_fails_cleanly_until_it_succeeds(scenario run) {
    int64_t failures = 0;
    for (int64_t successes = 0;; successes += 1 + (successes > 100 ? successes / 10 : 0)) {
        shire_error error = {0};
        shire_memory_fail_after(successes);
        shire_status status = run(&error);
        shire_memory_fail_after(-1);
        if (status == SHIRE_OK) {
            break;
        }
        assert_int_equal(status, error.status);
        assert_true(strlen(error.message) > 10);
        failures++;
    }
    assert_true(failures > 0);
}

static shire_status query_and_append(shire_error *error) {
    shire_arena *arena = NULL;
    shire_table *table = NULL;
    shire_frame frame;
    int64_t row_count = 0;
    const shire_table_options options = {.thread_count = 1};
    shire_status status = shire_arena_new("test_arena", 0, &arena, error);
    if (status == SHIRE_OK) {
        status = shire_table_open(&options, &table, error);
    }
    if (status == SHIRE_OK) {
        status = shire_table_execute(
            table, "CREATE TABLE t(a BIGINT, b VARCHAR, c DECIMAL(18,6), d DATE)", error);
    }
    if (status == SHIRE_OK) {
        status = shire_table_query(table,
                                   "SELECT i AS a, CASE WHEN i % 7 > 0 THEN 'x' || i END AS b, "
                                   "(i / 8)::DECIMAL(18,6) AS c, DATE '2024-04-01' + i::INTEGER "
                                   "AS d FROM range(5000) AS r(i)",
                                   arena, &frame, error);
    }
    if (status == SHIRE_OK) {
        status = shire_table_append(table, "t", &frame, error);
    }
    if (status == SHIRE_OK) {
        status = shire_table_query_int64(table, "SELECT count(*) FROM t", &row_count, error);
    }
    if (status == SHIRE_OK) {
        assert_int_equal(row_count, 5000);
    }
    shire_table_close(table);
    shire_arena_free(arena);
    return status;
}

static void a_query_and_an_append_survive_each_failed_allocation(void **state) {
    (void)state;
    assert_fails_cleanly_until_it_succeeds(query_and_append);
}

static shire_status visit_nothing(const shire_frame *batch, void *context, shire_error *error) {
    (void)error;
    *(size_t *)context += batch->row_count;
    return SHIRE_OK;
}

static shire_status scan_and_syntax(shire_error *error) {
    shire_arena *arena = NULL;
    shire_table *table = NULL;
    char *json = NULL;
    char *sql = NULL;
    size_t row_count = 0;
    const shire_table_options options = {.thread_count = 1};
    shire_status status = shire_arena_new("test_arena", 0, &arena, error);
    if (status == SHIRE_OK) {
        status = shire_table_open(&options, &table, error);
    }
    if (status == SHIRE_OK) {
        status = shire_table_scan(table, "SELECT 'name ' || i AS n, i FROM range(5000) AS r(i)",
                                  visit_nothing, &row_count, error);
    }
    if (status == SHIRE_OK) {
        status = shire_table_parse_select(table, "SELECT a, b AS c FROM read_csv('x.csv')", arena,
                                          &json, error);
    }
    if (status == SHIRE_OK) {
        status = shire_table_print_select(table, json, arena, &sql, error);
    }
    shire_table_close(table);
    shire_arena_free(arena);
    return status;
}

static void a_scan_and_the_syntax_tree_survive_each_failed_allocation(void **state) {
    (void)state;
    assert_fails_cleanly_until_it_succeeds(scan_and_syntax);
}

/* The old contents must stand whenever the replacement failed. */
static shire_status replace_and_read_file(shire_error *error) {
    shire_arena *arena = NULL;
    shire_span contents = {0};
    char path[sizeof scratch_dir + 16];
    char hash[65];
    const char *const *names = NULL;
    size_t name_count = 0;
    snprintf(path, sizeof path, "%s/state", scratch_dir);
    shire_status status = shire_arena_new("test_arena", 0, &arena, error);
    if (status == SHIRE_OK) {
        status = shire_file_replace(path, (shire_span){.bytes = "whole", .length = 5}, error);
    }
    if (status == SHIRE_OK) {
        status = shire_file_hash(path, hash, error);
    }
    if (status == SHIRE_OK) {
        status = shire_dir_list(scratch_dir, "", arena, &names, &name_count, error);
    }
    if (status == SHIRE_OK) {
        status = shire_file_read(path, 100, arena, &contents, error);
    }
    if (status == SHIRE_OK) {
        assert_int_equal(name_count, 1);
        assert_int_equal(contents.length, 5);
        assert_memory_equal(contents.bytes, "whole", 5);
    }
    shire_arena_free(arena);
    return status;
}

static void files_survive_each_failed_allocation(void **state) {
    (void)state;
    assert_fails_cleanly_until_it_succeeds(replace_and_read_file);
}

static int make_scratch(void **state) {
    (void)state;
    return mkdtemp(scratch_dir) == NULL;
}

static int remove_scratch(void **state) {
    (void)state;
    shire_error error;
    return shire_dir_remove(scratch_dir, &error) != SHIRE_OK;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_query_and_an_append_survive_each_failed_allocation),
        cmocka_unit_test(a_scan_and_the_syntax_tree_survive_each_failed_allocation),
        cmocka_unit_test(files_survive_each_failed_allocation),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
