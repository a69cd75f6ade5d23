/* Loading: what is in the tables afterwards, on one thread and on two. Golden tests say the same of
 * the findings. */
#include "core/random.h"
#include "io/file.h"
#include "load/load.h"
#include "load/load_schema.h"
#include "unit/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[] = "/tmp/shire-load-XXXXXX";
static shire_arena *arena;
static shire_table *table;
static shire_error error;
static shire_load_summary summary;

/* An empty partnership folder for each test. */
static int set_up(void **state) {
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/shire-load-XXXXXX");
    assert_non_null(mkdtemp(dir));
    scratch_make_folder(dir, "extracts");
    scratch_make_folder(dir, "data");
    scratch_write(dir, "partnership.yaml", "name: Test\nfinancial_year: 2024\n");
    scratch_write(dir, "organisations.csv",
                  "code,name,kind,opened,closed\nRLY,Trust,trust,,\nHCC,Council,council,,\n");
    return shire_arena_new("test_arena", 0, &arena, &error) != SHIRE_OK;
}

static int tear_down(void **state) {
    (void)state;
    shire_table_close(table);
    table = NULL;
    shire_arena_free(arena);
    return shire_dir_remove(dir, &error) != SHIRE_OK;
}

static shire_status load(int thread_count) {
    shire_partnership partnership;
    const shire_table_options options = {.thread_count = thread_count};
    shire_table_close(table);
    table = NULL;
    assert_int_equal(shire_partnership_open(dir, arena, &partnership, &error), SHIRE_OK);
    assert_int_equal(shire_table_open(&options, &table, &error), SHIRE_OK);
    return shire_load_partnership(table, &partnership,
                                  &(shire_load_options){.thread_count = thread_count}, arena,
                                  &summary, &error);
}

static void assert_loads(int thread_count) {
    if (load(thread_count) != SHIRE_OK) {
        fail_msg("%s", error.message);
    }
}

/* The rows of a SELECT of one text column, each ended by ';'. */
static const char *rows(const char *sql) {
    shire_frame frame;
    shire_builder text = {0};
    if (shire_table_query(table, sql, arena, &frame, &error) != SHIRE_OK) {
        fail_msg("%s", error.message);
    }
    shire_builder_append_text(&text, "");
    for (size_t i = 0; i < frame.row_count; i++) {
        shire_builder_append(&text, shire_column_text(&frame.columns[0], i));
        shire_builder_append_text(&text, ";");
    }
    const char *copy = shire_arena_copy_text(arena, text.bytes, text.length);
    shire_builder_free(&text);
    return copy;
}

static void values_are_typed_and_traced(void **state) {
    (void)state;
    scratch_write(dir, "data/ledger.csv",
                  "cc,acc,amt,text\n\nA,1,\"1,234.56\",\"two\nlines\"\nB,2,(12.00),\n");
    scratch_write(
        dir, "extracts/ledger_line.sql",
        "SELECT ' HCC ' AS organisation, cc AS cost_centre, acc AS account, amt AS amount, "
        "text AS description, 7 AS weight FROM read_csv('data/ledger.csv');");
    assert_loads(1);
    assert_string_equal(
        rows("SELECT concat_ws('|', line_no, organisation_no, cost_centre, account, "
             "amount, description, weight, extract_no, source_file, source_line) "
             "FROM ledger_line ORDER BY line_no"),
        "0|1|A|1|1234.560000|two\nlines|7|0|data/ledger.csv|3;"
        "1|1|B|2|-12.000000|7|0|data/ledger.csv|5;");
    assert_string_equal(rows("SELECT data_type FROM information_schema.columns WHERE table_name = "
                             "'ledger_line' ORDER BY ordinal_position"),
                        "BIGINT;INTEGER;VARCHAR;VARCHAR;VARCHAR;DECIMAL(18,6);VARCHAR;INTEGER;"
                        "ENUM('', 'extracts/ledger_line.sql', 'data/ledger.csv');BIGINT;INTEGER;");
    assert_string_equal(rows("SELECT concat_ws('|', extract_no, file, target, row_count, "
                             "length(hash)) FROM extract"),
                        "0|extracts/ledger_line.sql|ledger_line|2|64;");
    assert_string_equal(rows("SELECT concat_ws('|', extract_no, file, byte_count, length(hash)) "
                             "FROM extract_file"),
                        "0|data/ledger.csv|57|64;");
    assert_int_equal(summary.ledger_line_count, 2);
    assert_int_equal(summary.finding_count, 0);
}

static void numbers_are_dense_after_rows_are_rejected(void **state) {
    (void)state;
    scratch_write(dir, "data/b.csv", "id\n1\n2\n\"\",\n3\n2\n");
    scratch_write(dir, "data/a.csv", "id\n9\n,\n8\n");
    scratch_write(dir, "extracts/person_record_b.sql",
                  "SELECT 'RLY' AS organisation, 'B' AS source, id AS local_id FROM 'data/b.csv'");
    scratch_write(dir, "extracts/person_record_a.sql",
                  "SELECT 'RLY' AS organisation, 'A' AS source, nullif(id, '8') AS local_id FROM "
                  "'data/a.csv'");
    assert_loads(2);
    assert_string_equal(rows("SELECT concat(record_no, source, local_id, '@', source_line) FROM "
                             "person_record ORDER BY record_no"),
                        "0A9@2;1B1@2;2B2@3;3B3@5;");
    assert_int_equal(summary.extracts[0].rows_read, 2);
    assert_int_equal(summary.extracts[0].rows_rejected, 1);
    assert_int_equal(summary.extracts[1].rows_read, 4);
    assert_int_equal(summary.extracts[1].rows_rejected, 1);
}

static void events_find_their_person_records(void **state) {
    (void)state;
    scratch_write(dir, "extracts/person_record.sql",
                  "SELECT 'RLY' AS organisation, 'PAS' AS source, 'P' || (9 - i) AS local_id FROM "
                  "range(10) AS t(i)");
    scratch_write(
        dir, "extracts/event.sql",
        "SELECT 'RLY' AS organisation, CASE WHEN i = 2 THEN 'X' ELSE 'PAS' END AS source, i "
        "AS event_id, 'P' || (i * 5) AS local_id, 'APC' AS dataset, DATE '2024-04-01' AS "
        "start FROM range(3) AS t(i)");
    assert_loads(1);
    assert_string_equal(rows("SELECT concat_ws('|', event_no, event_id, record_no) FROM event "
                             "ORDER BY event_no"),
                        "0|0|0;1|1|5;2|2;");
    assert_string_equal(rows("SELECT concat_ws('|', kind, file, line, row_count) FROM finding"),
                        "dangling_reference|extracts/event.sql|3|1;");
}

static void attributes_keep_a_common_type_or_become_text(void **state) {
    (void)state;
    scratch_write(
        dir, "extracts/activity_item_a.sql",
        "SELECT 'RLY' AS organisation, 'a' AS feed, 1::BIGINT AS band, DATE '2024-05-01' AS "
        "seen, [1, 2] AS parts, 5 AS item_no");
    scratch_write(
        dir, "extracts/activity_item_b.sql",
        "SELECT 'RLY' AS organisation, 'b' AS feed, 'x' AS Band, DATE '2024-05-02' AS seen");
    assert_loads(1);
    assert_string_equal(rows("SELECT concat_ws('|', item_no, feed, band, seen, parts) FROM "
                             "activity_item ORDER BY item_no"),
                        "0|a|1|2024-05-01|[1, 2];1|b|x|2024-05-02;");
    assert_string_equal(rows("SELECT column_name || ' ' || data_type FROM "
                             "information_schema.columns WHERE table_name = 'activity_item' AND "
                             "column_name IN ('band', 'seen', 'parts') ORDER BY 1"),
                        "band VARCHAR;parts VARCHAR;seen DATE;");
    assert_string_equal(rows("SELECT kind || ' ' || column_name FROM finding"),
                        "reserved_column item_no;");
}

static void parquet_rows_know_their_number(void **state) {
    (void)state;
    char sql[512];
    assert_int_equal(shire_table_open(&(shire_table_options){0}, &table, &error), SHIRE_OK);
    for (int part = 0; part < 2; part++) {
        snprintf(sql, sizeof sql,
                 "COPY (SELECT 'I' || (i + %d) AS item_id, (i + 0.5)::DOUBLE AS quantity, "
                 "TIMESTAMP '2024-04-01' AS start FROM range(3) AS t(i)) TO '%s/data/p%d.parquet'",
                 part * 3, dir, part);
        assert_int_equal(shire_table_execute(table, sql, &error), SHIRE_OK);
    }
    scratch_write(
        dir, "extracts/activity_item.sql",
        "SELECT 'RLY' AS organisation, 'p' AS feed, * FROM 'data/p*.parquet' WHERE item_id "
        "<> 'I1'");
    assert_loads(2);
    assert_string_equal(rows("SELECT concat_ws('|', item_no, item_id, quantity, source_file, "
                             "source_line) FROM activity_item ORDER BY item_no"),
                        "0|I0|0.500000|data/p0.parquet|1;1|I2|2.500000|data/p0.parquet|3;"
                        "2|I3|0.500000|data/p1.parquet|1;3|I4|1.500000|data/p1.parquet|2;"
                        "4|I5|2.500000|data/p1.parquet|3;");
}

static void json_rows_are_counted(void **state) {
    (void)state;
    scratch_write(dir, "data/items.json",
                  "{\"id\": \"a\", \"n\": 1}\n{\"id\": \"b\", \"n\": 2.5}\n");
    scratch_write(dir, "extracts/activity_item.sql",
                  "SELECT 'RLY' AS organisation, 'j' AS feed, id AS item_id, n AS quantity FROM "
                  "read_json('data/items.json') WHERE id = 'b'");
    assert_loads(1);
    assert_string_equal(rows("SELECT concat_ws('|', item_no, item_id, quantity, source_file, "
                             "source_line) FROM activity_item"),
                        "0|b|2.500000|data/items.json|2;");
}

static void leading_zeros_stay_where_text_is_only_handed_on(void **state) {
    (void)state;
    scratch_write(dir, "data/people.csv", "id,ward\n007,5\n008,6\n");
    scratch_write(dir, "extracts/person_record.sql",
                  "SELECT 'RLY' AS organisation, 'PAS' AS source, id AS local_id, ward + 1 AS next "
                  "FROM 'data/people.csv' AS p WHERE p.ward > 4");
    assert_loads(1);
    assert_string_equal(rows("SELECT concat_ws('|', local_id, next) FROM person_record ORDER BY 1"),
                        "007|6;008|7;");
}

static void a_second_load_replaces_the_first(void **state) {
    (void)state;
    shire_partnership partnership;
    scratch_write(dir, "extracts/ledger_line.sql",
                  "SELECT 'RLY' AS organisation, 'A' AS cost_centre, '1' AS "
                  "account, 5 AS amount");
    assert_loads(1);
    assert_int_equal(shire_partnership_open(dir, arena, &partnership, &error), SHIRE_OK);
    assert_int_equal(shire_load_partnership(table, &partnership, NULL, arena, &summary, &error),
                     SHIRE_OK);
    assert_string_equal(rows("SELECT concat_ws('|', line_no, amount) FROM ledger_line"),
                        "0|5.000000;");
}

/* Random rows, clean and not: everything that was read is loaded or rejected, and one thread gives
 * the tables and the findings that two give. */
static void every_row_is_loaded_or_listed_on_any_number_of_threads(void **state) {
    (void)state;
    static const char *const tables[] = {"person_record", "event", "activity_item", "finding"};
    static const char *const values[] = {"",     "1",          "2024-04-01", "31/02/2024", "x y",
                                         "1,50", "\"q\"\"q\"", "9434765919", "-1.5",       "\xE9"};
    char path[64];
    snprintf(path, sizeof path, "%s/.shire/findings.csv", dir);
    shire_builder text = {0};
    for (uint64_t seed = 0; seed < 3; seed++) {
        shire_random random = shire_random_seed(seed, 1);
        shire_builder_clear(&text);
        shire_builder_append_text(&text, "a,b,c,d,e\n");
        for (int row = 0; row < 3000; row++) {
            int fields = shire_random_chance(&random, 1, 40) ? 4 : 5;
            shire_builder_append_format(&text, "K%d",
                                        (int)shire_random_below(&random, seed == 0 ? 90000 : 2000));
            for (int i = 1; i < fields; i++) {
                shire_builder_append_format(&text, ",%s", values[shire_random_below(&random, 10)]);
            }
            shire_builder_append_text(&text, "\n");
        }
        scratch_write(dir, "data/t.csv", text.bytes);
        scratch_write(
            dir, "extracts/person_record.sql",
            "SELECT 'RLY' AS organisation, 'S' AS source, a AS local_id, b AS birth_date, c "
            "AS nhs_number, d AS extra FROM 'data/t.csv'");
        scratch_write(
            dir, "extracts/event.sql",
            "SELECT 'RLY' AS organisation, 'S' AS source, a AS event_id, a AS local_id, e AS "
            "dataset, b AS start, c AS \"end\" FROM 'data/t.csv'");
        scratch_write(
            dir, "extracts/activity_item.sql",
            "SELECT 'RLY' AS organisation, 'f' AS feed, b AS item_id, a AS event_id, c AS "
            "quantity FROM 'data/t.csv' ORDER BY a");
        char *first[5] = {NULL};
        for (int threads = 1; threads <= 2; threads++) {
            assert_loads(threads);
            for (size_t i = 0; i < summary.extract_count; i++) {
                assert_int_equal(summary.extracts[i].rows_read, 3000);
                assert_true(summary.extracts[i].rows_rejected > 0);
            }
            for (size_t i = 0; i < 5; i++) {
                char sql[128];
                shire_span file = {0};
                snprintf(sql, sizeof sql, "SELECT CAST(t AS VARCHAR) FROM %s AS t",
                         tables[i < 4 ? i : 0]);
                if (i == 4) {
                    assert_int_equal(shire_file_read(path, 1 << 26, arena, &file, &error),
                                     SHIRE_OK);
                }
                const char *now = i < 4 ? rows(sql) : file.bytes;
                if (threads == 1) {
                    first[i] = strdup(now);
                } else {
                    assert_string_equal(now, first[i]);
                    free(first[i]);
                }
            }
        }
    }
    shire_builder_free(&text);
}

/* Small extracts share a transaction; where one of them fails, the others' rows are not lost, not
 * loaded twice and stand in the order of the file names. */
static void extracts_stand_in_the_order_of_their_names_though_one_fails(void **state) {
    (void)state;
    scratch_write(dir, "data/lines.csv", "cc,amt\nA,1\nB,2\nC,\n");
    for (int i = 0; i < 9; i++) {
        char name[64], sql[256];
        snprintf(name, sizeof name, "extracts/ledger_line_%d.sql", i);
        snprintf(sql, sizeof sql,
                 "SELECT 'HCC' AS organisation, cc || '%d' AS cost_centre, 'x' AS account, %s AS "
                 "amount FROM read_csv('data/lines.csv')",
                 i, i == 4 ? "CAST('no number' || cc AS INTEGER)" : "amt");
        scratch_write(dir, name, sql);
    }
    for (int threads = 1; threads <= 4; threads += 3) {
        assert_int_equal(load(threads), SHIRE_INVALID);
        assert_int_equal(summary.failed_extract_count, 1);
        assert_int_equal(summary.ledger_line_count, 16);
        for (size_t i = 0; i < summary.extract_count; i++) {
            assert_int_equal(summary.extracts[i].failed, i == 4);
            assert_int_equal(summary.extracts[i].rows_loaded, i == 4 ? 0 : 2);
            assert_int_equal(summary.extracts[i].rows_rejected, i == 4 ? 0 : 1);
        }
        assert_string_equal(rows("SELECT line_no || cost_centre FROM ledger_line ORDER BY line_no"),
                            "0A0;1B0;2A1;3B1;4A2;5B2;6A3;7B3;8A5;9B5;10A6;11B6;12A7;13B7;14A8;"
                            "15B8;");
        assert_string_equal(rows("SELECT DISTINCT kind || count(*) FROM finding GROUP BY kind "
                                 "ORDER BY 1"),
                            "required_empty8;sql_error1;");
    }
}

static void a_file_in_a_folder_that_may_not_be_entered_is_not_called_missing(void **state) {
    (void)state;
    if (geteuid() == 0) {
        skip(); /* every folder is open to root */
    }
    char path[64];
    scratch_write(dir, "data/ledger.csv", "cc,amt\nA,1\n");
    scratch_write(dir, "extracts/ledger_line.sql",
                  "SELECT 'HCC' AS organisation, cc AS cost_centre, 'X' "
                  "AS account, amt AS amount FROM 'data/ledger.csv'");
    snprintf(path, sizeof path, "%s/data", dir);
    assert_int_equal(chmod(path, 0), 0);
    assert_int_equal(load(1), SHIRE_INVALID);
    assert_int_equal(chmod(path, 0700), 0);
    assert_string_equal(rows("SELECT kind FROM finding"), "unreadable_file;");
}

/* The engine gives such rows in an order that changes with the number of threads. */
static void rows_of_groups_joins_and_windows_are_numbered_in_an_order_of_their_own(void **state) {
    (void)state;
    scratch_write(dir, "data/visits.csv",
                  "client,day\n03,2024-05-02\n01,2024-05-01\n03,2024-05-01\n"
                  "02,2024-05-07\n");
    scratch_write(dir, "data/teams.csv", "client,team\n03,z\n03,b\n02,c\n01,a\n");
    scratch_write(dir, "extracts/event.sql",
                  "SELECT 'HCC' AS organisation, 'care' AS source, client AS event_id, 'HC' AS "
                  "dataset, min(day) AS start FROM read_csv('data/visits.csv') GROUP BY client");
    scratch_write(
        dir, "extracts/activity_item.sql",
        "SELECT 'HCC' AS organisation, team AS feed, v.client || v.day || team AS item_id "
        "FROM read_csv('data/visits.csv') v JOIN read_csv('data/teams.csv') t USING "
        "(client)");
    scratch_write(
        dir, "extracts/person_record.sql",
        "SELECT 'HCC' AS organisation, 'care' AS source, concat(client, '-', row_number() "
        "OVER (PARTITION BY client ORDER BY day)) AS local_id FROM "
        "read_csv('data/visits.csv') ORDER BY day DESC");
    for (int thread_count = 1; thread_count <= 2; thread_count++) {
        assert_loads(thread_count);
        assert_string_equal(rows("SELECT event_id FROM event ORDER BY event_no"), "01;02;03;");
        assert_string_equal(rows("SELECT item_id FROM activity_item ORDER BY item_no"),
                            "032024-05-02b;032024-05-02z;012024-05-01a;032024-05-01b;"
                            "032024-05-01z;022024-05-07c;");
        assert_string_equal(rows("SELECT local_id FROM person_record ORDER BY record_no"),
                            "03-2;01-1;03-1;02-1;");
    }
}

/* The rows do not fit into the memory that the settings allow. */
static void a_file_beyond_the_memory_limit_is_loaded(void **state) {
    (void)state;
    char path[64];
    shire_partnership partnership;
    scratch_write(dir, "partnership.yaml",
                  "name: Test\nfinancial_year: 2024\nmemory_limit_mb: 100\n");
    snprintf(path, sizeof path, "%s/data/items.csv", dir);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs("item_id,event_id,code,start,quantity,note\n", file);
    const int row_count = 500000;
    for (int i = 0; i < row_count; i++) {
        fprintf(file,
                "ITEM-NUMBER-%09d,EVENT-NUMBER-%09d,CODE-%05d-%05d,2024-05-%02d 10:%02d,%d,"
                "a note that is long enough to take some room %d\n",
                i, i / 5, i % 1000, i % 77, 1 + i % 28, i % 60, i % 9, i);
    }
    assert_int_equal(fclose(file), 0);
    scratch_write(dir, "extracts/activity_item.sql",
                  "SELECT 'RLY' AS organisation, 'f' AS feed, * FROM 'data/items.csv'");
    assert_int_equal(shire_partnership_open(dir, arena, &partnership, &error), SHIRE_OK);
    const shire_table_options options = {
        .thread_count = 2, .memory_limit_mb = partnership.memory_limit_mb, .temporary_dir = dir};
    assert_int_equal(shire_table_open(&options, &table, &error), SHIRE_OK);
    if (shire_load_partnership(table, &partnership, NULL, arena, &summary, &error) != SHIRE_OK) {
        fail_msg("%s", error.message);
    }
    assert_int_equal(summary.activity_item_count, row_count);
}

static void a_birth_of_two_digits_lies_in_the_past(void **state) {
    (void)state;
    scratch_write(dir, "data/people.csv",
                  "id,born\n1,01/04/24\n2,01/04/29\n3,31.12.31\n4,1-FEB-26\n"
                  "5,01/04/2025\n");
    scratch_write(dir, "extracts/person_record.sql",
                  "SELECT 'RLY' AS organisation, 'S' AS source, id AS local_id, born AS birth_date "
                  "FROM read_csv('data/people.csv')");
    scratch_write(dir, "data/ledger.csv", "cc,amount\n");
    scratch_write(dir, "extracts/ledger_line.sql",
                  "SELECT 'RLY' AS organisation, cc AS cost_centre, cc AS account, sum(amount) AS "
                  "amount FROM read_csv('data/ledger.csv') GROUP BY cc");
    assert_loads(1);
    assert_string_equal(rows("SELECT birth_date::VARCHAR FROM person_record ORDER BY record_no"),
                        "2024-04-01;1929-04-01;1931-12-31;1926-02-01;2025-04-01;");
    assert_string_equal(rows("SELECT kind FROM finding"), "no_rows;");
}

static void the_schema_knows_files_and_columns(void **state) {
    (void)state;
    assert_string_equal(load_target_of_file("event.sql")->name, "event");
    assert_string_equal(load_target_of_file("ledger_line-council.sql")->name, "ledger_line");
    assert_string_equal(load_target_of_file("person_record_gp.sql")->name, "person_record");
    assert_null(load_target_of_file("events.sql"));
    assert_null(load_target_of_file("my_event.sql"));
    const load_target *event = load_target_of_file("event.sql");
    assert_string_equal(event->columns[load_target_column(event, "START")].name, "start");
    assert_int_equal(load_target_column(event, "begin"), event->column_count);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(values_are_typed_and_traced, set_up, tear_down),
        cmocka_unit_test_setup_teardown(numbers_are_dense_after_rows_are_rejected, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(events_find_their_person_records, set_up, tear_down),
        cmocka_unit_test_setup_teardown(attributes_keep_a_common_type_or_become_text, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(parquet_rows_know_their_number, set_up, tear_down),
        cmocka_unit_test_setup_teardown(json_rows_are_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(leading_zeros_stay_where_text_is_only_handed_on, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_second_load_replaces_the_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(extracts_stand_in_the_order_of_their_names_though_one_fails,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_row_is_loaded_or_listed_on_any_number_of_threads,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_file_in_a_folder_that_may_not_be_entered_is_not_called_missing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            rows_of_groups_joins_and_windows_are_numbered_in_an_order_of_their_own, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(a_file_beyond_the_memory_limit_is_loaded, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_birth_of_two_digits_lies_in_the_past, set_up, tear_down),
        cmocka_unit_test(the_schema_knows_files_and_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
