/*
 * Loading while memory runs out at each allocation in turn, and while the disk is full: it must end
 * with a status and a sentence each time, and load everything once it is let.
 */
#include "io/file.h"
#include "load/load.h"
#include "unit/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char dir[] = "/tmp/shire-fault-load-XXXXXX";

static int make_partnership(void **state) {
    (void)state;
    char path[256];
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/extracts", dir);
    assert_int_equal(shire_dir_make(path, NULL), SHIRE_OK);
    scratch_write(dir, "partnership.yaml", "name: Test\nfinancial_year: 2024\n");
    scratch_write(dir, "organisations.csv", "code,name,kind,opened,closed\nRLY,Trust,trust,,\n");
    scratch_write(dir, "people.csv",
                  "id,born,ward\n1,1950-01-01,5\n2,1950-02-31,6\n2,,7\n\xE9,,x\n");
    scratch_write(
        dir, "extracts/person_record.sql",
        "SELECT 'RLY' AS organisation, 'PAS' AS source, id AS local_id, born AS birth_date "
        "FROM 'people.csv' WHERE ward > 1");
    scratch_write(dir, "extracts/ledger_line.sql",
                  "SELECT 'RLY' AS organisation, 'A' AS cost_centre, '1' "
                  "AS account, 5 AS amount");
    return 0;
}

static int remove_partnership(void **state) {
    (void)state;
    return shire_dir_remove(dir, NULL) != SHIRE_OK;
}

static shire_status load(shire_error *error, shire_load_summary *summary) {
    shire_arena *arena = NULL;
    shire_table *table = NULL;
    shire_partnership partnership;
    shire_status status = shire_arena_new("test_arena", 0, &arena, error);
    if (status == SHIRE_OK) {
        status = shire_partnership_open(dir, arena, &partnership, error);
    }
    if (status == SHIRE_OK) {
        status = shire_table_open(&(shire_table_options){.thread_count = 1}, &table, error);
    }
    if (status == SHIRE_OK) {
        status = shire_load_partnership(table, &partnership, NULL, arena, summary, error);
    }
    shire_table_close(table);
    shire_arena_free(arena);
    return status;
}

static void loading_survives_each_failed_allocation(void **state) {
    (void)state;
    int64_t failures = 0;
    for (int64_t successes = 0;; successes += 1 + successes / 25) {
        shire_error error = {0};
        shire_load_summary summary = {0};
        shire_memory_fail_after(successes);
        shire_status status = load(&error, &summary);
        shire_memory_fail_after(-1);
        if (status == SHIRE_OK) {
            assert_int_equal(summary.person_record_count, 2);
            assert_int_equal(summary.ledger_line_count, 1);
            break;
        }
        assert_int_equal(status, SHIRE_NO_MEMORY);
        assert_int_equal(status, error.status);
        assert_true(strlen(error.message) > 10);
        failures++;
    }
    assert_true(failures > 50);
}

static void a_folder_that_cannot_be_written_is_a_sentence(void **state) {
    (void)state;
    shire_error error = {0};
    shire_load_summary summary = {0};
    char path[256];
    snprintf(path, sizeof path, "%s/.shire", dir);
    assert_int_equal(shire_dir_remove(path, &error), SHIRE_OK);
    scratch_write(dir, ".shire", "a file where the folder belongs");
    assert_int_equal(load(&error, &summary), SHIRE_IO_FAILED);
    assert_true(strlen(error.message) > 10);
    assert_null(summary.findings_path);
    assert_int_equal(remove(path), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loading_survives_each_failed_allocation),
        cmocka_unit_test(a_folder_that_cannot_be_written_is_a_sentence),
    };
    return cmocka_run_group_tests(tests, make_partnership, remove_partnership);
}
