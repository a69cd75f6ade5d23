/* Tables: every type there and back, nulls at the edges of validity words, order, refusals. */
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

typedef struct fixture {
    shire_table *table;
    shire_arena *arena;
    shire_error error;
} fixture;

static int set_up(void **state) {
    fixture *self = calloc(1, sizeof *self);
    const shire_table_options options = {.thread_count = 2};
    assert_int_equal(shire_arena_new("test_arena", 0, &self->arena, NULL), SHIRE_OK);
    assert_int_equal(shire_table_open(&options, &self->table, &self->error), SHIRE_OK);
    *state = self;
    return 0;
}

static int tear_down(void **state) {
    fixture *self = *state;
    shire_table_close(self->table);
    shire_arena_free(self->arena);
    free(self);
    return 0;
}

static void execute(fixture *self, const char *sql) {
    if (shire_table_execute(self->table, sql, &self->error) != SHIRE_OK) {
        fail_msg("%s", self->error.message);
    }
}

static shire_frame query(fixture *self, const char *sql) {
    shire_frame frame = {0};
    if (shire_table_query(self->table, sql, self->arena, &frame, &self->error) != SHIRE_OK) {
        fail_msg("%s", self->error.message);
    }
    return frame;
}

static void assert_text(const shire_column *column, size_t row, const char *expected) {
    shire_span text = shire_column_text(column, row);
    assert_int_equal(text.length, strlen(expected));
    assert_memory_equal(text.bytes, expected, text.length);
}

static void each_integer_type_keeps_its_extremes(void **state) {
    fixture *self = *state;
    shire_frame frame =
        query(self, "SELECT true AS b, (-128)::TINYINT AS i8, (-32768)::SMALLINT AS i16, "
                    "(-2147483648)::INTEGER AS i32, (-9223372036854775807 - 1)::BIGINT AS i64, "
                    "255::UTINYINT AS u8, 65535::USMALLINT AS u16, 4294967295::UINTEGER AS u32, "
                    "9223372036854775807::UBIGINT AS u64, (-9223372036854775808)::HUGEINT AS i128");
    assert_int_equal(frame.column_count, 10);
    const int64_t expected[] = {1,   -128,  -32768,     INT32_MIN, INT64_MIN,
                                255, 65535, 4294967295, INT64_MAX, INT64_MIN};
    const shire_type types[] = {
        SHIRE_TYPE_INT64, SHIRE_TYPE_INT32, SHIRE_TYPE_INT32, SHIRE_TYPE_INT32, SHIRE_TYPE_INT64,
        SHIRE_TYPE_INT32, SHIRE_TYPE_INT32, SHIRE_TYPE_INT64, SHIRE_TYPE_INT64, SHIRE_TYPE_INT64};
    for (size_t i = 0; i < 10; i++) {
        const shire_column *column = &frame.columns[i];
        assert_int_equal(column->type, types[i]);
        assert_null(column->valid);
        assert_true(expected[i] ==
                    (column->type == SHIRE_TYPE_INT32 ? column->int32[0] : column->int64[0]));
    }
}

static void a_decimal_of_any_width_is_widened_to_millionths(void **state) {
    fixture *self = *state;
    shire_frame frame =
        query(self, "SELECT (-999.123456)::DECIMAL(9,6) AS d32, "
                    "(-999999999999.999999)::DECIMAL(18,6) AS d64, "
                    "sum(x) AS d128 FROM (VALUES (1.5::DECIMAL(18,6)), (2.25)) AS t(x)");
    const int64_t expected[] = {-999123456, -999999999999999999, 3750000};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(frame.columns[i].type, SHIRE_TYPE_DECIMAL6);
        assert_true(frame.columns[i].decimal6[0] == expected[i]);
    }
}

static void a_sum_beyond_64_bits_is_an_overflow_that_names_its_column(void **state) {
    fixture *self = *state;
    shire_frame frame = {0};
    shire_status status = shire_table_query(
        self->table,
        "SELECT sum(x) AS total FROM (SELECT 999999999999.0::DECIMAL(18,6) AS x FROM range(10))",
        self->arena, &frame, &self->error);
    assert_int_equal(status, SHIRE_OVERFLOW);
    assert_non_null(strstr(self->error.message, "\"total\""));
    assert_null(frame.columns);
}

static void a_type_that_is_none_of_ours_tells_to_cast(void **state) {
    fixture *self = *state;
    static const char *const selects[] = {"SELECT 1.25 AS x", "SELECT TIME '10:00' AS x",
                                          "SELECT [1, 2] AS x", "SELECT INTERVAL 1 DAY AS x"};
    for (size_t i = 0; i < sizeof selects / sizeof selects[0]; i++) {
        shire_frame frame;
        assert_int_equal(
            shire_table_query(self->table, selects[i], self->arena, &frame, &self->error),
            SHIRE_INVALID);
        assert_non_null(strstr(self->error.message, "\"x\""));
        assert_non_null(strstr(self->error.message, "cast"));
    }
}

static void nulls_are_marked_and_zeroed_across_validity_words_and_chunks(void **state) {
    fixture *self = *state;
    shire_frame frame = query(
        self, "SELECT i, CASE WHEN i % 63 <> 0 THEN i END AS n, "
              "CASE WHEN i % 65 <> 0 THEN 'text number ' || i END AS t, "
              "CASE WHEN i <> 4999 THEN (i / 4)::DECIMAL(18,6) END AS d FROM range(5000) AS r(i)");
    assert_int_equal(frame.row_count, 5000);
    assert_null(frame.columns[0].valid);
    for (size_t row = 0; row < 5000; row++) {
        char text[32];
        snprintf(text, sizeof text, "text number %zu", row);
        bool null_number = row % 63 == 0;
        bool null_text = row % 65 == 0;
        assert_int_equal(frame.columns[0].int64[row], row);
        assert_int_equal(shire_column_is_null(&frame.columns[1], row), null_number);
        assert_int_equal(frame.columns[1].int64[row], null_number ? 0 : row);
        assert_int_equal(shire_column_is_null(&frame.columns[2], row), null_text);
        assert_text(&frame.columns[2], row, null_text ? "" : text);
        assert_int_equal(shire_column_is_null(&frame.columns[3], row), row == 4999);
        assert_int_equal(frame.columns[3].decimal6[row], row == 4999 ? 0 : row * 250000);
    }
}

static void an_empty_result_has_columns_and_no_rows(void **state) {
    fixture *self = *state;
    shire_frame frame = query(self, "SELECT 1 AS a, 'x' AS b WHERE false");
    assert_int_equal(frame.row_count, 0);
    assert_int_equal(frame.column_count, 2);
    assert_non_null(shire_frame_column(&frame, "b"));
    assert_null(shire_frame_column(&frame, "c"));
    assert_int_equal(frame.columns[1].text_offsets[0], 0);
}

static const char mixed_rows[] =
    "SELECT i, (i % 1000)::INTEGER AS n, (i * 0.5)::DECIMAL(18,6) AS d, "
    "CASE WHEN i % 3 <> 0 THEN repeat('ab', (i % 20)::INTEGER) END AS t, "
    "DATE '1969-12-30' + (i % 5)::INTEGER AS day, "
    "TIMESTAMP '1969-12-31 23:59:59.5' + to_seconds(i) AS moment, i / 8.0 AS x, i % 2 = 0 AS even "
    "FROM range(10000) AS r(i)";

static void what_is_appended_is_read_back_the_same(void **state) {
    fixture *self = *state;
    shire_frame frame = query(self, mixed_rows);
    execute(self, "CREATE TABLE t(i BIGINT, n INTEGER, d DECIMAL(18,6), t VARCHAR, day DATE, "
                  "moment TIMESTAMP, x DOUBLE, even BOOLEAN)");
    assert_int_equal(shire_table_append(self->table, "t", &frame, &self->error), SHIRE_OK);
    assert_int_equal(shire_table_append(self->table, "t", &frame, &self->error), SHIRE_OK);
    shire_frame back = query(self, "SELECT * FROM t");
    assert_int_equal(back.row_count, 20000);
    char sql[1024];
    int64_t differences = -1;
    snprintf(sql, sizeof sql,
             "SELECT (SELECT count(*) FROM (SELECT * FROM t EXCEPT ALL (%s UNION ALL %s)))",
             mixed_rows, mixed_rows);
    assert_int_equal(shire_table_query_int64(self->table, sql, &differences, &self->error),
                     SHIRE_OK);
    assert_int_equal(differences, 0);
    for (size_t row = 0; row < 20000; row++) {
        assert_int_equal(back.columns[0].int64[row], row % 10000);
    }
}

/* Large enough for several threads to share the append. */
static void a_large_frame_keeps_its_order_nulls_and_types(void **state) {
    fixture *self = *state;
    shire_frame frame =
        query(self, "SELECT i, (i % 2 = 0)::BIGINT AS even, (i % 1000)::INTEGER AS n, "
                    "CASE WHEN i % 11 <> 0 THEN (i * 0.5)::DECIMAL(18,6) END AS d, "
                    "CASE WHEN i % 3 <> 0 THEN repeat('ab', (i % 20)::INTEGER) END AS t, "
                    "DATE '1969-12-30' + (i % 5)::INTEGER AS day, "
                    "TIMESTAMP '1969-12-31 23:59:59.5' + to_seconds(i) AS moment, i / 8.0 AS x "
                    "FROM range(400001) AS r(i)");
    execute(self,
            "CREATE TABLE \"odd \"\"name\"(i BIGINT, even BOOLEAN, n BIGINT, d DECIMAL(18,6), "
            "t VARCHAR, day DATE, moment TIMESTAMP, x DOUBLE)");
    assert_int_equal(shire_table_append(self->table, "odd \"name", &frame, &self->error), SHIRE_OK);
    shire_frame back = query(self, "SELECT * REPLACE (even::BIGINT AS even, n::INTEGER AS n) "
                                   "FROM \"odd \"\"name\"");
    assert_int_equal(back.row_count, frame.row_count);
    for (size_t i = 0; i < frame.column_count; i++) {
        const shire_column *given = &frame.columns[i];
        const shire_column *got = &back.columns[i];
        assert_int_equal(got->type, given->type);
        bool narrow = given->type == SHIRE_TYPE_INT32 || given->type == SHIRE_TYPE_DATE;
        if (given->type == SHIRE_TYPE_TEXT) {
            assert_memory_equal(got->text_offsets, given->text_offsets,
                                (frame.row_count + 1) * sizeof(uint32_t));
            assert_memory_equal(got->text_bytes, given->text_bytes,
                                given->text_offsets[frame.row_count]);
        } else {
            assert_memory_equal(got->int64, given->int64, frame.row_count * (narrow ? 4 : 8));
        }
        assert_int_equal(got->valid == NULL, given->valid == NULL);
        if (given->valid != NULL) {
            assert_memory_equal(got->valid, given->valid, frame.row_count);
        }
    }
}

/* Both ways of appending: a few rows, and more than the appender holds at once. */
static void an_append_is_part_of_its_transaction_and_all_or_nothing(void **state) {
    fixture *self = *state;
    execute(self, "CREATE TABLE t(i BIGINT NOT NULL)");
    static const int row_counts[] = {5000, 300000};
    for (size_t i = 0; i < sizeof row_counts / sizeof row_counts[0]; i++) {
        char sql[128];
        int64_t count = -1;
        snprintf(sql, sizeof sql, "SELECT i FROM range(%d) AS r(i)", row_counts[i]);
        shire_frame frame = query(self, sql);
        snprintf(sql, sizeof sql, "SELECT CASE WHEN i < %d THEN i END AS i FROM range(%d) AS r(i)",
                 row_counts[i] - 1, row_counts[i]);
        shire_frame last_is_null = query(self, sql);
        execute(self, "BEGIN TRANSACTION");
        assert_int_equal(shire_table_append(self->table, "t", &frame, &self->error), SHIRE_OK);
        execute(self, "ROLLBACK");
        assert_int_equal(shire_table_append(self->table, "t", &last_is_null, &self->error),
                         SHIRE_INVALID);
        assert_non_null(strstr(self->error.message, "t.i"));
        assert_int_equal(
            shire_table_query_int64(self->table,
                                    "SELECT (SELECT count(*) FROM t) + (SELECT count(*) FROM "
                                    "duckdb_views() WHERE NOT internal)",
                                    &count, &self->error),
            SHIRE_OK);
        assert_int_equal(count, 0);
    }
}

static void text_at_the_inline_boundary_is_appended_whole(void **state) {
    fixture *self = *state;
    static const char bytes[] = "123456789012"
                                "1234567890123"
                                "\xC3\xA9";
    const uint32_t offsets[] = {0, 12, 12, 25, 27};
    const uint8_t valid[] = {1, 0, 1, 1};
    shire_column column = {.name = "t",
                           .type = SHIRE_TYPE_TEXT,
                           .valid = valid,
                           .text_offsets = offsets,
                           .text_bytes = bytes};
    const shire_frame frame = {4, 1, &column};
    execute(self, "CREATE TABLE t(t VARCHAR)");
    assert_int_equal(shire_table_append(self->table, "t", &frame, &self->error), SHIRE_OK);
    shire_frame back = query(self, "SELECT t, length(t) AS n FROM t");
    assert_text(&back.columns[0], 0, "123456789012");
    assert_true(shire_column_is_null(&back.columns[0], 1));
    assert_text(&back.columns[0], 2, "1234567890123");
    assert_text(&back.columns[0], 3, "\xC3\xA9");
    assert_int_equal(back.columns[1].int64[3], 1);
}

static void text_that_is_not_utf8_is_refused_by_row(void **state) {
    fixture *self = *state;
    static const char bytes[] = "good\xC3\xA9\xFF";
    const uint32_t bad_byte[] = {0, 4, 7};
    const uint32_t split_character[] = {0, 5, 6};
    execute(self, "CREATE TABLE t(t VARCHAR)");
    shire_column column = {
        .name = "t", .type = SHIRE_TYPE_TEXT, .text_offsets = bad_byte, .text_bytes = bytes};
    const shire_frame frame = {2, 1, &column};
    assert_int_equal(shire_table_append(self->table, "t", &frame, &self->error), SHIRE_INVALID);
    assert_non_null(strstr(self->error.message, "row 2"));
    column.text_offsets = split_character;
    assert_int_equal(shire_table_append(self->table, "t", &frame, &self->error), SHIRE_INVALID);
    assert_non_null(strstr(self->error.message, "row 1"));
    int64_t count = -1;
    assert_int_equal(
        shire_table_query_int64(self->table, "SELECT count(*) FROM t", &count, &self->error),
        SHIRE_OK);
    assert_int_equal(count, 0);
}

static void a_frame_that_does_not_fit_its_table_is_refused(void **state) {
    fixture *self = *state;
    execute(self, "CREATE TABLE t(a DECIMAL(18,2)); CREATE TABLE u(a BIGINT, b BIGINT); "
                  "CREATE TABLE v(a BIGINT NOT NULL)");
    shire_frame decimals = query(self, "SELECT 1::DECIMAL(18,6) AS a");
    shire_frame nulls = query(self, "SELECT NULL::BIGINT AS a");
    assert_int_not_equal(shire_table_append(self->table, "t", &decimals, &self->error), SHIRE_OK);
    assert_int_not_equal(shire_table_append(self->table, "u", &decimals, &self->error), SHIRE_OK);
    assert_int_not_equal(shire_table_append(self->table, "w", &decimals, &self->error), SHIRE_OK);
    assert_int_not_equal(shire_table_append(self->table, "v", &nulls, &self->error), SHIRE_OK);
    execute(self, "SELECT 1"); /* the connection lives on */
}

typedef struct seen_rows {
    int64_t next;
    int64_t stop_at;
    bool text_agrees;
} seen_rows;

static shire_status see(const shire_frame *batch, void *context, shire_error *error) {
    seen_rows *seen = context;
    for (size_t row = 0; row < batch->row_count; row++, seen->next++) {
        char text[32];
        snprintf(text, sizeof text, "row %lld", (long long)seen->next);
        shire_span got = shire_column_text(&batch->columns[1], row);
        bool null = seen->next % 7 == 0;
        seen->text_agrees = seen->text_agrees && batch->columns[0].int64[row] == seen->next &&
                            shire_column_is_null(&batch->columns[1], row) == null &&
                            shire_span_equal(got, shire_span_of(null ? "" : text));
        if (seen->next == seen->stop_at) {
            return SHIRE_FAIL(error, SHIRE_UNRECONCILED, "stopped here");
        }
    }
    return SHIRE_OK;
}

static void a_scan_yields_every_row_in_order(void **state) {
    fixture *self = *state;
    static const char sql[] = "SELECT i, CASE WHEN i % 7 <> 0 THEN 'row ' || i END AS t "
                              "FROM range(300000) AS r(i)";
    seen_rows seen = {.stop_at = -1, .text_agrees = true};
    assert_int_equal(shire_table_scan(self->table, sql, see, &seen, &self->error), SHIRE_OK);
    assert_int_equal(seen.next, 300000);
    assert_true(seen.text_agrees);
}

static void a_visitor_ends_the_scan_with_its_own_status(void **state) {
    fixture *self = *state;
    seen_rows seen = {.stop_at = 5000, .text_agrees = true};
    assert_int_equal(shire_table_scan(self->table,
                                      "SELECT i, 'row ' || i FROM range(300000) AS r(i)", see,
                                      &seen, &self->error),
                     SHIRE_UNRECONCILED);
    assert_int_equal(seen.next, 5000);
    assert_string_equal(self->error.message, "stopped here");
    execute(self, "SELECT 1");
}

static void a_failure_halfway_through_a_scan_is_reported(void **state) {
    fixture *self = *state;
    seen_rows seen = {.stop_at = -1};
    shire_status status =
        shire_table_scan(self->table,
                         "SELECT i, CASE WHEN i = 250000 THEN CAST('Ann Smith ' || i AS INTEGER) "
                         "ELSE 0 END::VARCHAR FROM range(300000) AS r(i)",
                         see, &seen, &self->error);
    assert_int_equal(status, SHIRE_INVALID);
    assert_null(strstr(self->error.message, "Ann"));
    execute(self, "SELECT 1");
}

static void a_single_number_is_read_and_anything_else_refused(void **state) {
    fixture *self = *state;
    int64_t value = 0;
    assert_int_equal(shire_table_query_int64(self->table, "SELECT -3::TINYINT", &value, NULL),
                     SHIRE_OK);
    assert_int_equal(value, -3);
    assert_int_equal(
        shire_table_query_int64(self->table, "SELECT NULL::BIGINT", &value, &self->error),
        SHIRE_NOT_FOUND);
    static const char *const refused[] = {"SELECT 1, 2", "SELECT 1 WHERE false", "SELECT 'x'",
                                          "FROM range(2)", "CREATE TABLE q(a INTEGER)"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        assert_int_equal(shire_table_query_int64(self->table, refused[i], &value, &self->error),
                         SHIRE_INVALID);
    }
    assert_int_equal(value, -3);
}

static void a_clone_sees_the_same_database_and_outlives_the_first(void **state) {
    (void)state;
    const shire_table_options options = {.thread_count = 1};
    shire_table *first = NULL;
    shire_table *second = NULL;
    int64_t value = 0;
    assert_int_equal(shire_table_open(&options, &first, NULL), SHIRE_OK);
    assert_int_equal(shire_table_execute(first, "CREATE TABLE t AS SELECT 7 AS a", NULL), SHIRE_OK);
    assert_int_equal(shire_table_clone(first, &second, NULL), SHIRE_OK);
    shire_table_close(first);
    assert_int_equal(shire_table_query_int64(second, "SELECT a FROM t", &value, NULL), SHIRE_OK);
    assert_int_equal(value, 7);
    assert_int_equal(shire_table_query_int64(second,
                                             "SELECT shire_date('01/04/2024') - DATE '2024-03-31'",
                                             &value, NULL),
                     SHIRE_OK);
    assert_int_equal(value, 1);
    shire_table_close(second);
}

static void a_missing_or_foreign_file_is_refused(void **state) {
    fixture *self = *state;
    char path[] = "/tmp/shire-table-XXXXXX";
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, "this is no database, and long enough to be read", 47), 47);
    close(descriptor);
    shire_table *table = NULL;
    shire_table_options options = {.path = path};
    assert_int_not_equal(shire_table_open(&options, &table, &self->error), SHIRE_OK);
    assert_null(table);
    unlink(path);
    options.read_only = true;
    assert_int_equal(shire_table_open(&options, &table, &self->error), SHIRE_NOT_FOUND);
    assert_null(table);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_integer_type_keeps_its_extremes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_decimal_of_any_width_is_widened_to_millionths, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_sum_beyond_64_bits_is_an_overflow_that_names_its_column,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_type_that_is_none_of_ours_tells_to_cast, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            nulls_are_marked_and_zeroed_across_validity_words_and_chunks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_empty_result_has_columns_and_no_rows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_appended_is_read_back_the_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_large_frame_keeps_its_order_nulls_and_types, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_append_is_part_of_its_transaction_and_all_or_nothing,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(text_at_the_inline_boundary_is_appended_whole, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(text_that_is_not_utf8_is_refused_by_row, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_frame_that_does_not_fit_its_table_is_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_scan_yields_every_row_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_visitor_ends_the_scan_with_its_own_status, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_failure_halfway_through_a_scan_is_reported, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_single_number_is_read_and_anything_else_refused, set_up,
                                        tear_down),
        cmocka_unit_test(a_clone_sees_the_same_database_and_outlives_the_first),
        cmocka_unit_test_setup_teardown(a_missing_or_foreign_file_is_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
