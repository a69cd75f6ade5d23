/* Taking over what the last run loaded: over random edits of a folder, a run that may take over
 * ends with the tables of one that may not, and takes over exactly when nothing changed. */
#include "core/random.h"
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
#include <unistd.h>

#include <cmocka.h>

#define STEPS (24 / SHIRE_CASE_DIVISOR)

static char dir[64];
static shire_arena *arena;
static shire_error error;

static int set_up(void **state) {
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/shire-recall-XXXXXX");
    assert_non_null(mkdtemp(dir));
    scratch_make_folder(dir, "extracts");
    scratch_make_folder(dir, "data");
    scratch_make_folder(dir, "directory");
    scratch_write(dir, "partnership.yaml", "name: Test\nfinancial_year: 2024\n");
    scratch_write(dir, "organisations.csv",
                  "code,name,kind,opened,closed\nRLY,Trust,trust,,\nHCC,Council,council,,\n");
    scratch_write(
        dir, "extracts/person_record_all.sql",
        "SELECT 'RLY' AS organisation, 'pas' AS source, id AS local_id, born AS birth_date "
        "FROM read_csv('data/people.csv')");
    scratch_write(
        dir, "extracts/event_all.sql",
        "SELECT 'RLY' AS organisation, 'pas' AS source, id AS event_id, person AS local_id, "
        "'OP' AS dataset, started AS start FROM read_csv('data/event_*.csv')");
    scratch_write(dir, "extracts/ledger_line.sql",
                  "SELECT 'RLY' AS organisation, 'A' AS cost_centre, 'B' AS account, amount FROM "
                  "'data/ledger.csv'");
    scratch_write(dir, "data/people.csv", "id,born\n1,1990-01-01\n2,1991-02-30\n");
    scratch_write(dir, "data/event_1.csv", "id,person,started\n7,1,2024-05-01\n8,9,2024-05-02\n");
    scratch_write(dir, "data/ledger.csv", "amount\n12.50\n(3.00)\nmuch\n");
    return shire_arena_new("test_arena", 0, &arena, &error) != SHIRE_OK;
}

static int tear_down(void **state) {
    (void)state;
    shire_arena_free(arena);
    return shire_dir_remove(dir, &error) != SHIRE_OK;
}

static const char *path_of(const char *name) {
    return shire_arena_format(arena, "%s/%s", dir, name);
}

/* Loads into `name`, taking over from `last` where it may; what stands in the tables and in
 * findings.csv afterwards, as one text. */
static const char *load(const char *last, const char *name, bool *recalled_out) {
    static const char *const tables[] = {"organisation",  "extract",     "extract_file",
                                         "event",         "ledger_line", "person_record",
                                         "activity_item", "finding",     "event_also"};
    shire_partnership partnership;
    shire_table *table = NULL;
    shire_load_summary summary;
    shire_builder text = {0};
    shire_span findings;
    assert_int_equal(shire_partnership_open(dir, arena, &partnership, &error), SHIRE_OK);
    *recalled_out =
        last != NULL && shire_load_recall(&partnership, path_of(last), path_of(name), 2, arena);
    assert_int_equal(shire_file_exists(path_of(name)), *recalled_out);
    const shire_table_options options = {.path = path_of(name), .thread_count = 2};
    assert_int_equal(shire_table_open(&options, &table, &error), SHIRE_OK);
    if (shire_load_partnership(table, &partnership,
                               &(shire_load_options){.thread_count = 2, .recalled = *recalled_out},
                               arena, &summary, &error) != SHIRE_OK) {
        fail_msg("%s", error.message);
    }
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        shire_frame frame;
        assert_int_equal(shire_table_query(table,
                                           shire_arena_format(arena,
                                                              "SELECT CAST(t AS VARCHAR) FROM %s "
                                                              "AS t ORDER BY rowid",
                                                              tables[i]),
                                           arena, &frame, &error),
                         SHIRE_OK);
        shire_builder_append_format(&text, "%s\n", tables[i]);
        for (size_t row = 0; row < frame.row_count; row++) {
            shire_builder_append(&text, shire_column_text(&frame.columns[0], row));
            shire_builder_append_text(&text, "\n");
        }
    }
    shire_builder_append_format(
        &text, "%lld %lld %lld %lld %lld", (long long)summary.person_record_count,
        (long long)summary.event_count, (long long)summary.activity_item_count,
        (long long)summary.ledger_line_count, (long long)summary.finding_count);
    assert_int_equal(
        shire_file_read(path_of(".shire/findings.csv"), 1 << 20, arena, &findings, &error),
        SHIRE_OK);
    shire_builder_append(&text, findings);
    /* What later stages leave behind. */
    assert_int_equal(
        shire_table_execute(table,
                            "CREATE TABLE person AS SELECT 1 AS person_no; CREATE VIEW unmatched "
                            "AS SELECT * FROM activity_item; INSERT INTO finding BY NAME SELECT "
                            "'cost' AS stage, 'info' AS severity, 'later' AS kind",
                            &error),
        SHIRE_OK);
    shire_table_close(table);
    const char *copy = shire_arena_copy_text(arena, text.bytes, text.length);
    shire_builder_free(&text);
    assert_non_null(copy);
    return copy;
}

static void remove_file(const char *name) {
    assert_int_equal(unlink(path_of(name)), 0);
}

/* Something that loading reads is another afterwards. */
static void edit(uint64_t choice, int step) {
    char text[256];
    switch (choice) {
    case 0:
        snprintf(text, sizeof text, "id,born\n1,1990-01-01\n%d,1991-03-01\n", step + 10);
        scratch_write(dir, "data/people.csv", text);
        return;
    case 1: /* another file of the pattern */
        snprintf(text, sizeof text, "data/event_s%d.csv", step);
        scratch_write(dir, text, "id,person,started\n9,2,2024-06-01\n7,1,2024-05-01\n");
        return;
    case 2:
        snprintf(text, sizeof text, "amount\n%d\nx\n", step);
        scratch_write(dir, "data/ledger.csv", text);
        return;
    case 3:
        snprintf(text, sizeof text,
                 "SELECT 'HCC' AS organisation, 'F%d' AS feed, id AS item_id FROM "
                 "read_csv('data/event_1.csv')",
                 step);
        scratch_write(dir, "extracts/activity_item.sql", text);
        return;
    case 4:
        snprintf(text, sizeof text,
                 "code,name,kind,opened,closed\nRLY,Trust %d,trust,,\nHCC,Council,council,,\n",
                 step);
        scratch_write(dir, "organisations.csv", text);
        return;
    default:
        snprintf(text, sizeof text, "name: Test %d\nfinancial_year: 2024\n", step);
        scratch_write(dir, "partnership.yaml", text);
        return;
    }
}

static void a_run_that_takes_over_ends_as_one_that_does_not(void **state) {
    (void)state;
    bool recalled = false, never = false;
    shire_random random = shire_random_seed(11, 0);
    load(NULL, "warehouse_0", &recalled);
    for (int step = 1; step <= STEPS; step++) {
        uint64_t choice = shire_random_below(&random, 12);
        if (choice < 6) {
            edit(choice, step);
        } else if (choice == 6) { /* the same bytes again are no change */
            scratch_write(dir, "data/event_1.csv",
                          "id,person,started\n7,1,2024-05-01\n8,9,2024-05-02\n");
        }
        char last[32], name[32], full[32];
        snprintf(last, sizeof last, "warehouse_%d", step - 1);
        snprintf(name, sizeof name, "warehouse_%d", step);
        snprintf(full, sizeof full, "full_%d", step);
        const char *taken = load(last, name, &recalled);
        const char *loaded = load(NULL, full, &never);
        assert_string_equal(taken, loaded);
        assert_int_equal(recalled, choice >= 6);
        remove_file(full);
        remove_file(last);
    }
}

static void is_recalled_with(const char *sql, bool expected) {
    bool recalled = false;
    scratch_write(dir, "extracts/ledger_line.sql", sql);
    load(NULL, "first", &recalled);
    load("first", "second", &recalled);
    if (recalled != expected) {
        fail_msg("%s", sql);
    }
    remove_file("first");
    remove_file("second");
}

static void what_may_change_by_itself_is_loaded_again(void **state) {
    (void)state;
#define LEDGER "SELECT 'RLY' AS organisation, 'A' AS cost_centre, 'B' AS account, "
    is_recalled_with(LEDGER "nullif(amount, 'x') AS amount, upper('a') AS note FROM "
                            "read_csv('data/ledger.csv')",
                     true);
    is_recalled_with("WITH Lines AS (SELECT * FROM 'data/ledger.csv') " LEDGER
                     "amount FROM lines, range(2)",
                     true);
    is_recalled_with(LEDGER "1 AS amount, random() AS note FROM 'data/ledger.csv'", false);
    is_recalled_with(LEDGER "1 AS amount, today() AS note FROM 'data/ledger.csv'", false);
    is_recalled_with(LEDGER "1 AS amount, CURRENT_DATE AS note FROM 'data/ledger.csv'", false);
    is_recalled_with(LEDGER "1 AS amount, age(DATE '2024-01-01') AS note FROM 'data/ledger.csv'",
                     false);
    is_recalled_with(LEDGER "size AS amount FROM read_text('data/ledger.csv')", false);
    is_recalled_with(LEDGER "organisation_no AS amount FROM organisation", false);
    is_recalled_with(LEDGER "1 AS amount FROM 'data/ledger.csv' USING SAMPLE 50%", false);
}

static void a_folder_with_a_file_that_is_missing_is_loaded_again(void **state) {
    (void)state;
    bool recalled = false;
    scratch_write(dir, "data/event_2.csv", "");
    load(NULL, "first", &recalled);
    load("first", "second", &recalled);
    assert_false(recalled);
    scratch_write(dir, "data/event_2.csv", "id,person,started\n");
    load("second", "third", &recalled);
    assert_false(recalled);
    load("third", "fourth", &recalled);
    assert_true(recalled);
}

static void a_warehouse_that_is_none_is_not_taken_over(void **state) {
    (void)state;
    bool recalled = false;
    scratch_write(dir, "broken", "not a warehouse");
    load("absent", "first", &recalled);
    assert_false(recalled);
    load("broken", "second", &recalled);
    assert_false(recalled);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_run_that_takes_over_ends_as_one_that_does_not, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_may_change_by_itself_is_loaded_again, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_folder_with_a_file_that_is_missing_is_loaded_again,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_warehouse_that_is_none_is_not_taken_over, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
