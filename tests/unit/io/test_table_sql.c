/* What stands around the rows: our SQL functions, syntax trees, words of errors, exports. */
#include "io/file.h"
#include "io/select.h"
#include "io/table_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static shire_table *table;
static shire_arena *arena;
static shire_error error;
static char dir[] = "/tmp/shire-sql-XXXXXX";

static int set_up(void **state) {
    (void)state;
    const shire_table_options options = {.thread_count = 2};
    assert_non_null(mkdtemp(dir));
    assert_int_equal(shire_arena_new("test_arena", 0, &arena, NULL), SHIRE_OK);
    assert_int_equal(shire_table_open(&options, &table, &error), SHIRE_OK);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    shire_table_close(table);
    shire_arena_free(arena);
    return shire_dir_remove(dir, &error) != SHIRE_OK;
}

static void assert_sql_true(const char *condition) {
    char sql[2048];
    int64_t value = 0;
    snprintf(sql, sizeof sql, "SELECT (%s)::INTEGER", condition);
    if (shire_table_query_int64(table, sql, &value, &error) != SHIRE_OK) {
        fail_msg("%s: %s", condition, error.message);
    }
    if (value != 1) {
        fail_msg("not true: %s", condition);
    }
}

static void functions_parse_what_core_parses(void **state) {
    (void)state;
    assert_sql_true("shire_decimal('(1,234.50)') = -1234.5::DECIMAL(18,6)");
    assert_sql_true("typeof(shire_decimal('1')) = 'DECIMAL(18,6)'");
    assert_sql_true("shire_decimal_rounds('1.1234567') AND NOT shire_decimal_rounds('1.5')");
    assert_sql_true("shire_date('01-APR-24') = DATE '2024-04-01'");
    assert_sql_true("shire_timestamp('01/04/2024 09:30') = TIMESTAMP '2024-04-01 09:30:00'");
    assert_sql_true("shire_nhs_number('943 476 5919') = '9434765919'");
    assert_sql_true("shire_nhs_number_problem('943 476 5919') = 0");
    assert_sql_true("shire_nhs_number_problem('9434765918') = 2");
    assert_sql_true("shire_text('  a b ') = 'a b'");
    assert_sql_true("shire_text('a text that is longer than twelve bytes ') = "
                    "'a text that is longer than twelve bytes'");
}

static void functions_give_null_for_null_and_for_what_does_not_parse(void **state) {
    (void)state;
    assert_sql_true("shire_decimal('x') IS NULL AND shire_decimal(NULL) IS NULL");
    assert_sql_true("shire_decimal_rounds('x') IS NULL AND shire_date('31/02/2024') IS NULL");
    assert_sql_true("shire_timestamp('') IS NULL AND shire_nhs_number('9434765918') IS NULL");
    assert_sql_true("shire_text('   ') IS NULL AND shire_text(NULL) IS NULL");
    assert_sql_true("(SELECT count(*) FROM (SELECT CASE WHEN i % 3 = 0 THEN NULL WHEN i % 3 = 1 "
                    "THEN 'bad' ELSE i::VARCHAR END AS v, i FROM range(10000) AS r(i)) "
                    "WHERE shire_decimal(v) IS NOT DISTINCT FROM "
                    "CASE WHEN i % 3 = 2 THEN i::DECIMAL(18,6) END) = 10000");
}

static void a_select_survives_the_way_to_json_and_back(void **state) {
    (void)state;
    static const char *const selects[] = {
        "SELECT a AS \"End\", 'it''s', NULL, 1.50 FROM t WHERE x IN (1, 2) ORDER BY 1",
        "WITH c AS (SELECT 1 AS x) SELECT x FROM c UNION ALL SELECT 2 -- a comment",
        "FROM read_csv('x.csv', header = true);",
    };
    for (size_t i = 0; i < sizeof selects / sizeof selects[0]; i++) {
        char *json = NULL;
        char *sql = NULL;
        char *again = NULL;
        assert_int_equal(shire_table_parse_select(table, selects[i], arena, &json, &error),
                         SHIRE_OK);
        assert_int_equal(shire_table_print_select(table, json, arena, &sql, &error), SHIRE_OK);
        assert_int_equal(shire_table_parse_select(table, sql, arena, &json, &error), SHIRE_OK);
        assert_int_equal(shire_table_print_select(table, json, arena, &again, &error), SHIRE_OK);
        assert_string_equal(sql, again);
    }
}

static void what_is_not_one_select_is_refused_with_a_sentence(void **state) {
    (void)state;
    static const struct {
        const char *sql;
        const char *words;
    } refused[] = {{"SELECT 1; SELECT 2", "2 statements"},
                   {"", "0 statements"},
                   {"DROP TABLE t", "no SELECT"},
                   {"COPY t TO 'x.csv'", "no SELECT"},
                   {"SELECT a\nFROM t\nWHERE WHERE", "line 3"}};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        char *json = NULL;
        assert_int_equal(shire_table_parse_select(table, refused[i].sql, arena, &json, &error),
                         SHIRE_INVALID);
        assert_null(json);
        assert_non_null(strstr(error.message, refused[i].words));
    }
}

static const char *cause_of(const char *sql) {
    shire_select_repeat repeat;
    if (shire_select_check_repeat(table, sql, arena, &repeat, &error) != SHIRE_OK) {
        fail_msg("%s: %s", sql, error.message);
    }
    return repeat.cause == NULL ? "" : repeat.cause;
}

static void what_asks_the_clock_or_chance_is_found_wherever_it_stands(void **state) {
    (void)state;
    assert_string_equal(cause_of("SELECT a + b, coalesce(a, 1), age(a, b), nullif(a, 'now()'), "
                                 "item.current_date, error('x') FROM 'x.csv' AS item"),
                        "");
    assert_string_equal(cause_of("SELECT CASE WHEN Random() > 0.5 THEN a END FROM t"), "random()");
    assert_string_equal(cause_of("SELECT main.now()"), "now()");
    assert_string_equal(cause_of("SELECT age(a) FROM t"), "age()");
    assert_string_equal(cause_of("SELECT a < CURRENT_DATE FROM t"), "CURRENT_DATE");
    assert_string_equal(cause_of("SELECT [x FOR x IN y IF uuid() > x] FROM t"), "uuid()");
    assert_string_equal(cause_of("SELECT (SELECT max(a) FROM t USING SAMPLE 9 ROWS)"), "SAMPLE");
    assert_string_equal(cause_of("WITH a AS (SELECT today() AS b) SELECT * FROM a"), "today()");
}

/* Functions that the engine does not call consistent, and macros that ask one of them or what the
 * engine holds: none of them may pass. */
static void what_the_engine_calls_inconsistent_is_found(void **state) {
    (void)state;
    shire_frame frame;
    assert_int_equal(
        shire_table_query(
            table,
            "SELECT DISTINCT function_name FROM duckdb_functions() WHERE (stability <> "
            "'CONSISTENT' OR (function_type = 'macro' AND (contains(macro_definition, 'current_') "
            "OR contains(macro_definition, '(SELECT')))) AND NOT starts_with(function_name, "
            "'shire_') AND function_name <> 'error' ORDER BY 1", // ours serve nobody else, which
                                                                 // other tests show
            arena, &frame, NULL),
        SHIRE_OK);
    assert_true(frame.row_count > 30);
    for (size_t row = 0; row < frame.row_count; row++) {
        shire_span name = shire_column_text(&frame.columns[0], row);
        char sql[128];
        snprintf(sql, sizeof sql, "SELECT \"%.*s\"()", (int)name.length, name.bytes);
        if (*cause_of(sql) == '\0') {
            fail_msg("%s is taken for repeatable", sql);
        }
    }
}

/* Each message as the engine words it, with what may never and what must come through. */
static void values_are_masked_and_names_are_kept(void **state) {
    (void)state;
    static const struct {
        const char *engine;
        const char *secret; /* NULL: none */
        const char *kept;
        shire_status status;
    } cases[] = {
        {"Conversion Error: Could not convert string 'O'Brien' to INT32 when casting from source "
         "column surname",
         "Brien", "source column surname", SHIRE_INVALID},
        {"Conversion Error: Could not convert string 'a\nSmith' to INT32", "Smith", "convert",
         SHIRE_INVALID},
        {"Conversion Error: Type INT64 with value 9434765919 can't be cast because the value is "
         "out of range for the destination type INT16",
         "9434765919", "INT16", SHIRE_INVALID},
        {"Conversion Error: Type VARCHAR with value Ann Smith can't be cast to the destination "
         "type INT32",
         "Smith", "INT32", SHIRE_INVALID},
        {"Conversion Error: Casting value \"12.5\" to type DECIMAL(18,6) failed", "12.5",
         "DECIMAL(18,6)", SHIRE_INVALID},
        {"Constraint Error: Duplicate key \"id: 9434765919\" violates primary key constraint",
         "9434765919", "primary key", SHIRE_INVALID},
        {"Constraint Error: NOT NULL constraint failed: person.name", NULL, "person.name",
         SHIRE_INVALID},
        {"Out of Range Error: Overflow in multiplication of INT32 (4444 * 5555)!", "4444", "INT32",
         SHIRE_OVERFLOW},
        {"Invalid Input Error: CSV Error on Line: 3\nOriginal Line: 2,Ann Smith\nError when "
         "converting column \"born\". Could not convert string \"Ann Smith\" to 'DATE'\n",
         "Smith", "column \"born\"", SHIRE_INVALID},
        {"Invalid Input Error: No magic bytes found at end of file '/data/x.parquet'", NULL,
         "'/data/x.parquet'", SHIRE_INVALID},
        {"Binder Error: Referenced column \"nmae\" not found in FROM clause!\nCandidate bindings: "
         "\"name\"\n\nLINE 1: SELECT nmae FROM t WHERE nhs = '9434765919'\n",
         "9434765919", "Candidate bindings: \"name\"", SHIRE_INVALID},
        {"IO Error: No files found that match the pattern \"data/x.csv\"", NULL, "\"data/x.csv\"",
         SHIRE_NOT_FOUND},
        {"IO Error: Could not write file \"w.duckdb\": No space left on device", NULL, "w.duckdb",
         SHIRE_IO_FAILED},
        {"Some New Error: the value 'Ann'", "Ann", "Some New Error", SHIRE_INVALID},
        {NULL, NULL, "engine", SHIRE_INTERNAL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char words[SHIRE_ERROR_MESSAGE_BYTES];
        shire_status status = table_error_word(cases[i].engine, words, sizeof words);
        assert_int_equal(status, cases[i].status);
        if (strstr(words, cases[i].kept) == NULL ||
            (cases[i].secret != NULL && strstr(words, cases[i].secret) != NULL)) {
            fail_msg("case %zu: %s", i, words);
        }
    }
}

static void a_long_message_is_cut_not_overrun(void **state) {
    (void)state;
    char words[16];
    assert_int_equal(table_error_word("Binder Error: a very long one", words, sizeof words),
                     SHIRE_INVALID);
    assert_string_equal(words, "Binder Error: a");
}

static void export_hash(int thread_count, const char *sql, shire_file_format format,
                        char hash[65]) {
    const shire_table_options options = {.thread_count = thread_count};
    shire_table *own = NULL;
    char path[64];
    snprintf(path, sizeof path, "%s/export", dir);
    assert_int_equal(shire_table_open(&options, &own, &error), SHIRE_OK);
    assert_int_equal(
        shire_table_execute(own,
                            "CREATE TABLE big AS SELECT i, i * 7919 % 1000 AS g, "
                            "'name ' || (i % 5000) AS t, (i * 1.25)::DECIMAL(18,6) AS m "
                            "FROM range(600000) AS r(i)",
                            &error),
        SHIRE_OK);
    if (shire_table_export(own, sql, path, format, &error) != SHIRE_OK) {
        fail_msg("%s", error.message);
    }
    assert_int_equal(shire_file_hash(path, hash, &error), SHIRE_OK);
    shire_table_close(own);
}

static void an_export_has_the_same_bytes_on_any_number_of_threads(void **state) {
    (void)state;
    static const char *const selects[] = {"FROM big", "FROM big WHERE g % 3 = 0",
                                          "FROM big ORDER BY t, i -- comment"};
    for (size_t i = 0; i < sizeof selects / sizeof selects[0]; i++) {
        for (int format = SHIRE_FILE_CSV; format <= SHIRE_FILE_PARQUET; format++) {
            char one[65];
            char two[65];
            export_hash(1, selects[i], (shire_file_format)format, one);
            export_hash(2, selects[i], (shire_file_format)format, two);
            assert_string_equal(one, two);
        }
    }
}

static void exported_parquet_holds_the_rows_in_order(void **state) {
    (void)state;
    char path[64];
    char condition[512];
    snprintf(path, sizeof path, "%s/rows.parquet", dir);
    assert_int_equal(shire_table_export(table,
                                        "SELECT i, CASE WHEN i % 5 <> 0 THEN 'a longer text ' || i "
                                        "END AS t, [i] AS l FROM range(300000) AS r(i) "
                                        "WHERE i % 3 = 0",
                                        path, SHIRE_FILE_PARQUET, &error),
                     SHIRE_OK);
    snprintf(condition, sizeof condition,
             "SELECT count(*) = 100000 AND bool_and(i = 3 * n AND l[1] = i AND t IS NOT DISTINCT "
             "FROM CASE WHEN i %% 5 <> 0 THEN 'a longer text ' || i END) FROM (SELECT *, "
             "file_row_number AS n FROM read_parquet('%s', file_row_number = true))",
             path);
    assert_sql_true(condition);
}

static void exported_csv_has_a_header_and_line_feeds(void **state) {
    (void)state;
    char path[64];
    shire_span contents;
    snprintf(path, sizeof path, "%s/rows.csv", dir);
    assert_int_equal(shire_table_export(table,
                                        "SELECT 1 AS a, 'x,y' AS b UNION ALL SELECT NULL, 'é\"'",
                                        path, SHIRE_FILE_CSV, &error),
                     SHIRE_OK);
    assert_int_equal(shire_file_read(path, 1000, arena, &contents, &error), SHIRE_OK);
    assert_string_equal(contents.bytes, "a,b\n1,\"x,y\"\n,\"é\"\"\"\n");
}

static void a_failed_export_leaves_the_old_file(void **state) {
    (void)state;
    char path[64];
    char new_path[80];
    shire_span contents;
    snprintf(path, sizeof path, "%s/kept", dir);
    snprintf(new_path, sizeof new_path, "%s.new", path);
    assert_int_equal(shire_file_replace(path, shire_span_of("old"), &error), SHIRE_OK);
    for (int format = SHIRE_FILE_CSV; format <= SHIRE_FILE_PARQUET; format++) {
        assert_int_equal(
            shire_table_export(table,
                               "SELECT CAST(CASE WHEN i = 290000 THEN 'Ann Smith' ELSE '1' END AS "
                               "INTEGER) FROM range(300000) AS r(i)",
                               path, (shire_file_format)format, &error),
            SHIRE_INVALID);
        assert_null(strstr(error.message, "Ann"));
        assert_int_equal(
            shire_table_export(table, "SELECT nothing", path, (shire_file_format)format, &error),
            SHIRE_INVALID);
        assert_int_equal(shire_file_read(path, 100, arena, &contents, &error), SHIRE_OK);
        assert_string_equal(contents.bytes, "old");
        assert_false(shire_file_exists(new_path));
    }
}

static void the_export_function_serves_nobody_else(void **state) {
    (void)state;
    assert_int_equal(shire_table_execute(table, "FROM shire_export_rows()", &error), SHIRE_INVALID);
}

/* More rows than one row group and one vector; deleted rows keep their row ids. */
static void a_column_is_filled_in_the_order_of_row_ids(void **state) {
    (void)state;
    enum { ROWS = 400000, GIVEN = ROWS - 3 };
    int64_t wrong = -1;
    int64_t *values = shire_arena_alloc_array(arena, GIVEN, sizeof *values);
    uint8_t *valid = shire_arena_alloc_array(arena, GIVEN, sizeof *valid);
    for (size_t i = 0; i < GIVEN; i++) {
        values[i] = (int64_t)(3 * i);
        valid[i] = i % 5 != 0;
    }
    assert_int_equal(
        shire_table_execute(table,
                            "CREATE TABLE filled AS SELECT 0::BIGINT AS \"n o\", i FROM "
                            "range(400000) AS r(i); DELETE FROM filled WHERE i % 70000 = 1 OR i < "
                            "3000",
                            &error),
        SHIRE_OK);
    assert_int_equal(shire_table_fill(table, "filled", "n o", values, valid, GIVEN, &error),
                     SHIRE_OK);
    assert_int_equal(
        shire_table_query_int64(table,
                                "SELECT count(*) FROM filled WHERE \"n o\" IS DISTINCT FROM CASE "
                                "WHEN i % 5 <> 0 AND i < 399997 THEN 3 * i END",
                                &wrong, &error),
        SHIRE_OK);
    assert_int_equal(wrong, 0);
    assert_int_equal(shire_table_execute(table, "DROP TABLE filled", &error), SHIRE_OK);
}

static void a_table_with_fewer_rows_than_values_is_told(void **state) {
    (void)state;
    const int64_t values[] = {1, 2, 3};
    assert_int_equal(
        shire_table_execute(table, "CREATE TABLE few AS SELECT 0::BIGINT AS n", &error), SHIRE_OK);
    assert_int_equal(shire_table_fill(table, "few", "n", values, NULL, 3, &error), SHIRE_INTERNAL);
    assert_int_equal(shire_table_execute(table, "DROP TABLE few", &error), SHIRE_OK);
    error = (shire_error){0};
}

static void the_filling_function_serves_nobody_else(void **state) {
    (void)state;
    assert_int_equal(shire_table_execute(table, "SELECT shire_given(1, 2)", &error), SHIRE_INVALID);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_parse_what_core_parses),
        cmocka_unit_test(functions_give_null_for_null_and_for_what_does_not_parse),
        cmocka_unit_test(a_select_survives_the_way_to_json_and_back),
        cmocka_unit_test(what_is_not_one_select_is_refused_with_a_sentence),
        cmocka_unit_test(what_asks_the_clock_or_chance_is_found_wherever_it_stands),
        cmocka_unit_test(what_the_engine_calls_inconsistent_is_found),
        cmocka_unit_test(values_are_masked_and_names_are_kept),
        cmocka_unit_test(a_long_message_is_cut_not_overrun),
        cmocka_unit_test(an_export_has_the_same_bytes_on_any_number_of_threads),
        cmocka_unit_test(exported_parquet_holds_the_rows_in_order),
        cmocka_unit_test(exported_csv_has_a_header_and_line_feeds),
        cmocka_unit_test(a_failed_export_leaves_the_old_file),
        cmocka_unit_test(the_export_function_serves_nobody_else),
        cmocka_unit_test(a_column_is_filled_in_the_order_of_row_ids),
        cmocka_unit_test(a_table_with_fewer_rows_than_values_is_told),
        cmocka_unit_test(the_filling_function_serves_nobody_else),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
