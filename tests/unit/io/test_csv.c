/* Small CSV files: as spreadsheets write them, lines told right, mistakes named. */
#include "io/csv.h"
#include "io/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char dir[] = "/tmp/shire-csv-XXXXXX";
static char path[64];
static shire_arena *arena;
static shire_error error;

static int set_up(void **state) {
    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/file.csv", dir);
    return shire_arena_new("test_arena", 0, &arena, NULL) != SHIRE_OK;
}

static int tear_down(void **state) {
    (void)state;
    shire_arena_free(arena);
    return shire_dir_remove(dir, &error) != SHIRE_OK;
}

static shire_status read_bytes(const char *bytes, size_t length, shire_csv *csv) {
    assert_int_equal(shire_file_replace(path, (shire_span){bytes, length}, &error), SHIRE_OK);
    return shire_csv_read(path, 1 << 20, arena, csv, &error);
}

static shire_csv read_text(const char *text) {
    shire_csv csv = {0};
    if (read_bytes(text, strlen(text), &csv) != SHIRE_OK) {
        fail_msg("%s", error.message);
    }
    return csv;
}

static void assert_cell(const shire_csv *csv, size_t row, const char *name, const char *expected) {
    shire_span cell = shire_csv_cell(csv, row, shire_csv_column(csv, name));
    assert_int_equal(cell.length, strlen(expected));
    assert_string_equal(cell.bytes, expected);
}

static void a_plain_file_is_read(void **state) {
    (void)state;
    shire_csv csv = read_text("code,name\nA,Alpha\nB,Beta\n");
    assert_int_equal(csv.column_count, 2);
    assert_int_equal(csv.row_count, 2);
    assert_cell(&csv, 0, "code", "A");
    assert_cell(&csv, 1, "name", "Beta");
    assert_cell(&csv, 1, "absent", "");
    assert_int_equal(csv.lines[1], 3);
}

static void what_spreadsheets_add_is_taken_away(void **state) {
    (void)state;
    shire_csv csv = read_text("\xEF\xBB\xBF code , \"the name\" ,,\r\n"
                              "\r\n"
                              " A , \"Alpha, \"\"the\"\" first\" ,,\r\n"
                              ",,,\r\n"
                              "B\r\n"
                              "\"two\r\nlines\",x\r\n"
                              "last,one");
    assert_int_equal(csv.column_count, 2);
    assert_int_equal(csv.row_count, 4);
    assert_cell(&csv, 0, "code", "A");
    assert_cell(&csv, 0, "the name", "Alpha, \"the\" first");
    assert_cell(&csv, 1, "the name", "");
    assert_cell(&csv, 2, "code", "two\r\nlines");
    assert_cell(&csv, 3, "the name", "one");
    const int32_t lines[] = {3, 5, 6, 8};
    assert_memory_equal(csv.lines, lines, sizeof lines);
}

static void a_header_alone_has_no_rows(void **state) {
    (void)state;
    shire_csv csv = read_text("code,name");
    assert_int_equal(csv.row_count, 0);
    assert_int_equal(csv.column_count, 2);
}

static void mistakes_are_named_by_line(void **state) {
    (void)state;
    static const struct {
        const char *text;
        const char *words;
    } cases[] = {
        {"", "empty"},
        {"\n\n", "empty"},
        {"a,b\n1,2,3\n", "line 2: more cells than the header's 2"},
        {"a,b\n1,\"2\n3\n", "line 2: the quote that opens here does not end"},
        {"a,b\n1,\"2\"3\n", "line 2: text follows a closing quote"},
        {"a,,b\n", "line 1: column 2 has no name"},
        {"a,b,a\n", "two columns are named \"a\""},
        {"a,b\n1,2\n3,\xE9\n", "line 3: the text is not UTF-8"},
        {"a\rb\n", "line 1: a line break that is neither"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        shire_csv csv = {0};
        assert_int_equal(read_bytes(cases[i].text, strlen(cases[i].text), &csv), SHIRE_INVALID);
        assert_null(csv.names);
        if (strstr(error.message, cases[i].words) == NULL) {
            fail_msg("case %zu: %s", i, error.message);
        }
    }
    shire_csv csv;
    assert_int_equal(read_bytes("a\n1\0\n", 5, &csv), SHIRE_INVALID);
    assert_int_equal(shire_csv_read(dir, 100, arena, &csv, &error), SHIRE_INVALID);
    assert_int_equal(shire_csv_read("/nonexistent/x.csv", 100, arena, &csv, &error),
                     SHIRE_NOT_FOUND);
    assert_int_equal(read_bytes("a\n", 2, &csv), SHIRE_OK);
    assert_int_equal(shire_csv_read(path, 1, arena, &csv, &error), SHIRE_INVALID);
}

static void unknown_and_missing_columns_are_told(void **state) {
    (void)state;
    static const char *const names[] = {"organisation", "pool", "share"};
    shire_csv csv = read_text("organisation,pool\n");
    assert_int_equal(shire_csv_check_columns(&csv, names, 3, 2, &error), SHIRE_OK);
    assert_int_equal(shire_csv_check_columns(&csv, names, 3, 3, &error), SHIRE_INVALID);
    assert_non_null(strstr(error.message, "\"share\" is missing"));
    csv = read_text("organization,pool\n");
    assert_int_equal(shire_csv_check_columns(&csv, names, 3, 2, &error), SHIRE_INVALID);
    assert_non_null(strstr(error.message, "did you mean \"organisation\""));
}

/* Every prefix of a file with all its features ends in rows or in a sentence, never in a crash. */
static void every_cut_of_a_file_is_read_or_refused(void **state) {
    (void)state;
    static const char text[] = "\xEF\xBB\xBF"
                               "a,\"b \"\"c\"\"\",d\r\n\"1\n2\",,\"\"\r\n ,x , y\n";
    for (size_t length = 0; length < sizeof text; length++) {
        shire_csv csv = {0};
        shire_status status = read_bytes(text, length, &csv);
        assert_true(status == SHIRE_OK || status == SHIRE_INVALID);
        assert_true((status == SHIRE_OK) == (csv.column_count > 0));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_file_is_read),
        cmocka_unit_test(what_spreadsheets_add_is_taken_away),
        cmocka_unit_test(a_header_alone_has_no_rows),
        cmocka_unit_test(mistakes_are_named_by_line),
        cmocka_unit_test(unknown_and_missing_columns_are_told),
        cmocka_unit_test(every_cut_of_a_file_is_read_or_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
