/* Spreadsheets: the same bytes for the same frames, what a sheet cannot hold is refused. */
#include "io/file.h"
#include "io/xlsx.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[] = "/tmp/shire-xlsx-XXXXXX";
static char path[64];
static shire_arena *arena;
static shire_table *table;
static shire_error error;

static int set_up(void **state) {
    (void)state;
    const shire_table_options options = {.thread_count = 1};
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/book.xlsx", dir);
    assert_int_equal(shire_table_open(&options, &table, &error), SHIRE_OK);
    return shire_arena_new("test_arena", 0, &arena, NULL) != SHIRE_OK;
}

static int tear_down(void **state) {
    (void)state;
    shire_table_close(table);
    shire_arena_free(arena);
    return shire_dir_remove(dir, &error) != SHIRE_OK;
}

static shire_frame query(const char *sql) {
    shire_frame frame = {0};
    if (shire_table_query(table, sql, arena, &frame, &error) != SHIRE_OK) {
        fail_msg("%s", error.message);
    }
    return frame;
}

static void write_book(const shire_frame *frame, char hash[65]) {
    shire_xlsx *xlsx = NULL;
    assert_int_equal(shire_xlsx_open(path, &xlsx, &error), SHIRE_OK);
    assert_int_equal(shire_xlsx_add_sheet(xlsx, "Cost by organisation / of all the kinds there are",
                                          frame, &error),
                     SHIRE_OK);
    assert_int_equal(shire_xlsx_add_sheet(xlsx, "Second", frame, &error), SHIRE_OK);
    assert_int_equal(shire_xlsx_close(xlsx, &error), SHIRE_OK);
    assert_int_equal(shire_file_hash(path, hash, &error), SHIRE_OK);
}

static void same_frames_give_the_same_bytes_at_another_time(void **state) {
    (void)state;
    shire_frame frame = query(
        "SELECT i AS person_no, i::INTEGER AS n, (i * 1.25)::DECIMAL(18,6) AS total_cost, "
        "DATE '1890-01-01' + (i * 100)::INTEGER AS born, TIMESTAMP '1899-01-01 10:00:00' + "
        "to_days((i * 30)::INTEGER) AS seen, i / 3.0 AS ratio, CASE WHEN i % 2 = 0 THEN 'a & <b> é "
        "' || i END AS name FROM range(500) AS r(i)");
    char first[65];
    char second[65];
    write_book(&frame, first);
    sleep(3); /* a zip's time has a grain of two seconds */
    write_book(&frame, second);
    assert_string_equal(first, second);
}

static void a_sheet_is_read_back_by_another_program(void **state) {
    (void)state;
    if (access("/usr/bin/unzip", X_OK) != 0) {
        skip();
    }
    shire_frame frame =
        query("SELECT 1234567.891::DECIMAL(18,6) AS total_cost, DATE '2024-04-01' AS day, "
              "9007199254740993 AS id, '=1+1' AS formula, NULL::INTEGER AS nothing");
    char hash[65];
    write_book(&frame, hash);
    char command[160];
    char sheet[16384];
    snprintf(command, sizeof command, "/usr/bin/unzip -p %s xl/worksheets/sheet1.xml", path);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t length = fread(sheet, 1, sizeof sheet - 1, pipe);
    sheet[length] = '\0';
    assert_int_equal(pclose(pipe), 0);
    static const char *const parts[] = {
        "total cost", ">1234567.891<", ">45383<", ">9007199254740993<",
        ">=1+1<",     "<autoFilter ",  "<pane ",
    };
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (strstr(sheet, parts[i]) == NULL) {
            fail_msg("no %s in %s", parts[i], sheet);
        }
    }
    assert_null(strstr(sheet, "<f>"));
    assert_null(strstr(sheet, "r=\"E2\""));
}

static void what_a_sheet_cannot_hold_is_refused_and_the_old_book_stays(void **state) {
    (void)state;
    char before[65];
    char after[65];
    shire_frame small = query("SELECT 1 AS a");
    shire_frame long_text = query("SELECT 'x' AS ok, repeat('x', 32768) AS remark");
    shire_frame many_rows = query("SELECT i FROM range(1048576) AS r(i)");
    write_book(&small, before);
    const shire_frame *const refused[] = {&long_text, &many_rows};
    for (size_t i = 0; i < 2; i++) {
        shire_xlsx *xlsx = NULL;
        assert_int_equal(shire_xlsx_open(path, &xlsx, &error), SHIRE_OK);
        assert_int_equal(shire_xlsx_add_sheet(xlsx, "Good", &small, &error), SHIRE_OK);
        assert_int_equal(shire_xlsx_add_sheet(xlsx, "Bad", refused[i], &error), SHIRE_INVALID);
        assert_non_null(strstr(error.message, "Bad"));
        assert_int_equal(shire_xlsx_add_sheet(xlsx, "Good too", &small, &error), SHIRE_OK);
        assert_int_equal(shire_xlsx_close(xlsx, &error), SHIRE_OK);
    }
    shire_xlsx *xlsx = NULL;
    assert_int_equal(shire_xlsx_open(path, &xlsx, &error), SHIRE_OK);
    assert_int_equal(shire_xlsx_add_sheet(xlsx, "Same", &small, &error), SHIRE_OK);
    assert_int_equal(shire_xlsx_add_sheet(xlsx, "same", &small, &error), SHIRE_INVALID);
    assert_int_equal(shire_xlsx_close(xlsx, &error), SHIRE_OK);
    assert_int_equal(shire_file_hash(path, after, &error), SHIRE_OK);
    assert_string_equal(before, after);
    char new_path[80];
    snprintf(new_path, sizeof new_path, "%s.new", path);
    assert_false(shire_file_exists(new_path));
}

static void a_book_that_cannot_be_written_says_so(void **state) {
    (void)state;
    shire_xlsx *xlsx = NULL;
    assert_int_equal(shire_xlsx_open("/nonexistent/book.xlsx", &xlsx, &error), SHIRE_IO_FAILED);
    assert_null(xlsx);
    assert_non_null(strstr(error.message, "/nonexistent/book.xlsx"));
    assert_int_equal(shire_xlsx_close(NULL, &error), SHIRE_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_frames_give_the_same_bytes_at_another_time),
        cmocka_unit_test(a_sheet_is_read_back_by_another_program),
        cmocka_unit_test(what_a_sheet_cannot_hold_is_refused_and_the_old_book_stays),
        cmocka_unit_test(a_book_that_cannot_be_written_says_so),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
