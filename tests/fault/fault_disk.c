/*
 * The disk fills up: a limit on the size of files stands for it, set in a child process since it
 * lasts. What was there before must still be there, whole, and nothing else.
 */
#include "io/file.h"
#include "io/table.h"
#include "io/xlsx.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[] = "/tmp/shire-disk-XXXXXX";
static char path[64];
static shire_error error;

static int set_up(void **state) {
    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/file", dir);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    return shire_dir_remove(dir, &error) != SHIRE_OK;
}

typedef shire_status (*writer)(void);

static const char rows[] =
    "SELECT i, 'a text of some length ' || (i * 7919 % 100003) AS t FROM range(200000) AS r(i)";

static shire_status export_as(shire_file_format format) {
    const shire_table_options options = {.thread_count = 2};
    shire_table *table = NULL;
    shire_status status = shire_table_open(&options, &table, &error);
    if (status == SHIRE_OK) {
        status = shire_table_export(table, rows, path, format, &error);
    }
    shire_table_close(table);
    return status;
}

static shire_status write_csv(void) {
    return export_as(SHIRE_FILE_CSV);
}

static shire_status write_parquet(void) {
    return export_as(SHIRE_FILE_PARQUET);
}

static shire_status write_bytes(void) {
    static char large[1000000];
    return shire_file_replace(path, (shire_span){large, sizeof large}, &error);
}

static shire_status write_book(void) {
    const shire_table_options options = {.thread_count = 1};
    shire_arena *arena = NULL;
    shire_table *table = NULL;
    shire_xlsx *xlsx = NULL;
    shire_frame frame;
    shire_status status = shire_arena_new("test_arena", 0, &arena, &error);
    if (status == SHIRE_OK) {
        status = shire_table_open(&options, &table, &error);
    }
    if (status == SHIRE_OK) {
        status = shire_table_query(table, rows, arena, &frame, &error);
    }
    if (status == SHIRE_OK) {
        status = shire_xlsx_open(path, &xlsx, &error);
    }
    if (status == SHIRE_OK) {
        status = shire_xlsx_add_sheet(xlsx, "Rows", &frame, &error);
        shire_error *close_error = status == SHIRE_OK ? &error : NULL;
        shire_status closed = shire_xlsx_close(xlsx, close_error);
        status = status == SHIRE_OK ? closed : status;
    }
    shire_table_close(table);
    shire_arena_free(arena);
    return status;
}

/* The child's exit status: 0 when it failed as it must. */
static int fail_in_child(writer write) {
    const struct rlimit limit = {65536, 65536};
    signal(SIGXFSZ, SIG_IGN);
    if (freopen("/dev/null", "w", stderr) == NULL || setrlimit(RLIMIT_FSIZE, &limit) != 0) {
        return 2;
    }
    shire_status status = write();
    if (status != SHIRE_IO_FAILED) {
        return 3;
    }
    return strlen(error.message) > 10 ? 0 : 4;
}

static void assert_old_contents_survive(writer write) {
    assert_int_equal(shire_file_replace(path, shire_span_of("old"), &error), SHIRE_OK);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        _exit(fail_in_child(write));
    }
    int result = 0;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFEXITED(result));
    assert_int_equal(WEXITSTATUS(result), 0);
    shire_arena *arena = NULL;
    shire_span contents;
    const char *const *names = NULL;
    size_t name_count = 0;
    assert_int_equal(shire_arena_new("test_arena", 0, &arena, &error), SHIRE_OK);
    assert_int_equal(shire_file_read(path, 100, arena, &contents, &error), SHIRE_OK);
    assert_string_equal(contents.bytes, "old");
    assert_int_equal(shire_dir_list(dir, "", arena, &names, &name_count, &error), SHIRE_OK);
    assert_int_equal(name_count, 1);
    shire_arena_free(arena);
}

static void a_replaced_file_survives_a_full_disk(void **state) {
    (void)state;
    assert_old_contents_survive(write_bytes);
}

static void an_exported_csv_survives_a_full_disk(void **state) {
    (void)state;
    assert_old_contents_survive(write_csv);
}

static void an_exported_parquet_survives_a_full_disk(void **state) {
    (void)state;
    assert_old_contents_survive(write_parquet);
}

static void a_spreadsheet_survives_a_full_disk(void **state) {
    (void)state;
    assert_old_contents_survive(write_book);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_replaced_file_survives_a_full_disk),
        cmocka_unit_test(an_exported_csv_survives_a_full_disk),
        cmocka_unit_test(an_exported_parquet_survives_a_full_disk),
        cmocka_unit_test(a_spreadsheet_survives_a_full_disk),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
