/*
 * The whole report from a warehouse: the same bytes on one and two threads and run after run,
 * nothing personal, nothing small, everything escaped, tables that agree with the page; small and
 * empty warehouses too.
 */
#include "io/file.h"
#include "report/report.h"
#include "report_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PEOPLE 6000

typedef struct report_test {
    shire_arena *arena;
    char dir[64];
} report_test;

static int set_up(void **state) {
    report_test *test = calloc(1, sizeof *test);
    if (test == NULL) {
        return 1;
    }
    snprintf(test->dir, sizeof test->dir, "/tmp/shire-report-XXXXXX");
    if (mkdtemp(test->dir) == NULL || shire_arena_new("test", 0, &test->arena, NULL) != SHIRE_OK) {
        free(test);
        return 1;
    }
    *state = test;
    return 0;
}

static int tear_down(void **state) {
    report_test *test = *state;
    shire_status removed = shire_dir_remove(test->dir, NULL);
    shire_arena_free(test->arena);
    free(test);
    return removed != SHIRE_OK;
}

static shire_table *make_warehouse(int64_t people_count, int thread_count) {
    shire_table *warehouse = NULL;
    shire_error error = {0};
    const shire_table_options options = {.thread_count = thread_count};
    if (shire_table_open(&options, &warehouse, &error) != SHIRE_OK ||
        report_fixture_make(warehouse, people_count, &error) != SHIRE_OK) {
        fail_msg("%s", error.message);
    }
    return warehouse;
}

/* Makes the report in test->dir/NAME and gives its page. */
static const char *make_report(report_test *test, shire_table *warehouse, const char *name) {
    const shire_partnership partnership = {.dir = "fixture",
                                           .name = "Marches <& Borders>",
                                           .period_first = shire_date_of(2024, 4, 1),
                                           .period_last = shire_date_of(2025, 3, 31)};
    const shire_report_options options = {true, 0.99954, 0.9951, 0.9973};
    shire_error error = {0};
    shire_span page = {0};
    const char *dir = shire_arena_format(test->arena, "%s/%s", test->dir, name);
    if (shire_report_run(warehouse, &partnership, dir, &options, test->arena, &error) != SHIRE_OK) {
        fail_msg("%s", error.message);
    }
    const char *path = shire_arena_format(test->arena, "%s/report.html", dir);
    assert_int_equal(shire_file_read(path, 1 << 24, test->arena, &page, &error), SHIRE_OK);
    return page.bytes;
}

static void assert_same_file(report_test *test, const char *a, const char *b, const char *name) {
    char hash_a[65], hash_b[65];
    assert_int_equal(
        shire_file_hash(shire_arena_format(test->arena, "%s/%s/%s", test->dir, a, name), hash_a,
                        NULL),
        SHIRE_OK);
    assert_int_equal(
        shire_file_hash(shire_arena_format(test->arena, "%s/%s/%s", test->dir, b, name), hash_b,
                        NULL),
        SHIRE_OK);
    if (strcmp(hash_a, hash_b) != 0) {
        fail_msg("%s differs between %s and %s", name, a, b);
    }
}

static void assert_same_report(report_test *test, const char *a, const char *b) {
    const char *const *names = NULL;
    size_t count = 0;
    const char *tables = shire_arena_format(test->arena, "%s/%s/tables", test->dir, a);
    assert_int_equal(shire_dir_list(tables, ".parquet", test->arena, &names, &count, NULL),
                     SHIRE_OK);
    assert_true(count >= 12);
    assert_same_file(test, a, b, "report.html");
    assert_same_file(test, a, b, "report.xlsx");
    for (size_t i = 0; i < count; i++) {
        assert_same_file(test, a, b, shire_arena_format(test->arena, "tables/%s", names[i]));
    }
}

static void same_bytes_run_after_run_and_on_any_number_of_threads(void **state) {
    report_test *test = *state;
    shire_table *two = make_warehouse(PEOPLE, 2);
    shire_table *one = make_warehouse(PEOPLE, 1);
    (void)make_report(test, two, "first");
    (void)make_report(test, two, "second");
    (void)make_report(test, one, "third");
    (void)make_report(test, one, "third"); /* over what stands there */
    assert_same_report(test, "first", "second");
    assert_same_report(test, "first", "third");
    shire_table_close(one);
    shire_table_close(two);
}

static void the_page_stands_alone_and_escapes_what_users_wrote(void **state) {
    report_test *test = *state;
    shire_table *warehouse = make_warehouse(PEOPLE, 2);
    const char *page = make_report(test, warehouse, "page");
    assert_null(strstr(page, "http://"));
    assert_null(strstr(page, "https://"));
    assert_null(strstr(page, "{{"));
    assert_null(strstr(page, "<script>alert"));
    assert_null(strstr(page, "<b>Valley"));
    assert_null(strstr(page, "Resource <"));
    assert_non_null(strstr(page, "Marches &lt;&amp; Borders&gt;: the cost of care"));
    assert_non_null(strstr(page, "99.95%"));
    assert_non_null(strstr(page, "lang=\"en-GB\""));
    assert_null(strstr(page, "Does not reconcile"));
    shire_table_close(warehouse);
}

static void no_person_is_named_or_told_of_alone(void **state) {
    report_test *test = *state;
    shire_table *warehouse = make_warehouse(PEOPLE, 2);
    const char *page = make_report(test, warehouse, "private");
    assert_null(strstr(page, "Zebedee"));
    assert_null(strstr(page, "Quirke"));
    assert_null(strstr(page, "HR1 1AA"));
    /* Three people had care of this kind: it is shown together with another kind. */
    assert_null(strstr(page, ">Mortuary<"));
    assert_non_null(strstr(page, "or mortuary"));
    shire_frame frame;
    shire_error error = {0};
    const char *sql = shire_arena_format(
        test->arena,
        "SELECT count(*), count(*) FILTER (withheld = '[c]'),"
        " count(*) FILTER (withheld = '[c]' AND (people IS NOT NULL OR cost IS NOT NULL)),"
        " count(*) FILTER (people < 10 OR people %% 5 <> 0),"
        " count(*) FILTER (cost %% 1 <> 0) FROM '%s/private/tables/%s.parquet'",
        test->dir, "cost_by_kind_and_organisation");
    if (shire_table_query(warehouse, sql, test->arena, &frame, &error) != SHIRE_OK) {
        fail_msg("%s", error.message);
    }
    assert_true(frame.columns[0].int64[0] > 8);
    assert_true(frame.columns[1].int64[0] >= 4);
    for (size_t i = 2; i < 5; i++) {
        assert_int_equal(frame.columns[i].int64[0], 0);
    }
    shire_table_close(warehouse);
}

/* The sums that a reader can make from the published tables are those of the warehouse. */
static void tables_agree_with_the_warehouse(void **state) {
    report_test *test = *state;
    shire_table *warehouse = make_warehouse(PEOPLE, 2);
    (void)make_report(test, warehouse, "sums");
    static const char *const sql[] = {
        "SELECT (sum(difference) = 0 AND arg_max(ledger, ledger) = (SELECT sum(ledger) FROM"
        " reconciliation))::BIGINT FROM '%s/sums/tables/organisations.parquet'",
        "SELECT (abs(sum(cost) - (SELECT sum(amount) FROM person_cost)) <= count(*))::BIGINT"
        " FROM '%s/sums/tables/cost_by_kind.parquet'",
        "SELECT (max(all_cost) = (SELECT round(sum(amount)) FROM person_cost)"
        " AND max(all_people) = (SELECT count(*) FROM person))::BIGINT"
        " FROM '%s/sums/tables/cost_by_age_and_sex.parquet'",
        "SELECT (max(cost) = (SELECT round(sum(amount)) FROM person_cost)"
        " AND min(number_of_people) = (SELECT count(*) // 100 FROM person))::BIGINT"
        " FROM '%s/sums/tables/costliest_people.parquet'",
        "SELECT (sum(amount) = (SELECT sum(amount) FROM unallocated))::BIGINT"
        " FROM '%s/sums/tables/unallocated.parquet'",
        "SELECT (sum(amount) = (SELECT sum(amount) FROM cost_ledger WHERE treatment = 'excluded'))"
        "::BIGINT FROM '%s/sums/tables/excluded.parquet'",
        "SELECT (sum(rows) = (SELECT sum(row_count) FROM finding))::BIGINT"
        " FROM '%s/sums/tables/findings.parquet'",
        /* Six days of twelve of each stay that was delayed and lies within the period. */
        "SELECT (max(cost_of_delay) > 0 AND max(days_of_delay) <= 6 * (SELECT "
        "count(discharge_ready)"
        " FROM event))::BIGINT FROM '%s/sums/tables/delayed_discharges.parquet'",
    };
    for (size_t i = 0; i < sizeof sql / sizeof sql[0]; i++) {
        int64_t agrees = 0;
        shire_error error = {0};
        shire_builder query = {0};
        const char *mark = strstr(sql[i], "%s");
        shire_builder_append(&query, (shire_span){sql[i], (size_t)(mark - sql[i])});
        shire_builder_append_text(&query, test->dir);
        shire_builder_append_text(&query, mark + 2);
        if (shire_table_query_int64(warehouse, query.bytes, &agrees, &error) != SHIRE_OK) {
            fail_msg("%s: %s", sql[i], error.message);
        }
        if (agrees != 1) {
            fail_msg("does not agree: %s", query.bytes);
        }
        shire_builder_free(&query);
    }
    shire_table_close(warehouse);
}

/* Status 3 is of care that began and ended in the period. */
static void care_in_progress_is_shown_by_its_status(void **state) {
    report_test *test = *state;
    shire_table *warehouse = make_warehouse(PEOPLE, 2);
    const char *page = make_report(test, warehouse, "progress");
    assert_non_null(strstr(page, "1: began before the period, ended in it"));
    assert_non_null(strstr(page, "4: began before the period, goes on"));
    shire_frame frame;
    shire_error error = {0};
    const char *sql = shire_arena_format(
        test->arena,
        "SELECT events, brought_forward, in_the_period, carried_forward, (SELECT count(*) FROM "
        "event_period WHERE completion_status <> 3), (SELECT count(*) FROM event_period WHERE "
        "completion_status IN (2, 4)) FROM '%s/progress/tables/work_in_progress.parquet' WHERE "
        "organisation = 'All'",
        test->dir);
    if (shire_table_query(warehouse, sql, test->arena, &frame, &error) != SHIRE_OK) {
        fail_msg("%s", error.message);
    }
    assert_int_equal(frame.row_count, 1);
    int64_t count = frame.columns[4].int64[0];
    int64_t going_on = frame.columns[5].int64[0];
    assert_true(going_on > 0 && going_on < count);
    assert_int_equal(frame.columns[0].int64[0], count);
    assert_int_equal(frame.columns[1].decimal6[0],
                     (count * 4025 + 50) / 100 * SHIRE_MILLION); /* whole pounds */
    assert_int_equal(frame.columns[2].decimal6[0], count * 100 * SHIRE_MILLION);
    assert_int_equal(frame.columns[3].decimal6[0], (going_on * 14025 + 50) / 100 * SHIRE_MILLION);
    shire_table_close(warehouse);
}

static void few_people_or_none_make_a_report_that_says_so(void **state) {
    report_test *test = *state;
    const int64_t counts[] = {0, 1, 6, 100};
    for (size_t i = 0; i < 4; i++) {
        shire_table *warehouse = make_warehouse(counts[i], 1);
        const char *page = make_report(test, warehouse, "few");
        assert_non_null(strstr(page, "Not shown: this needs at least 800 people"));
        if (counts[i] == 0) {
            assert_non_null(strstr(page, "No people were loaded."));
        }
        if (counts[i] == 6) {
            assert_non_null(strstr(page, "<dt>People</dt><dd>[c]</dd>"));
        }
        shire_table_close(warehouse);
    }
}

static void a_ledger_that_does_not_reconcile_is_the_first_thing_said(void **state) {
    report_test *test = *state;
    shire_table *warehouse = make_warehouse(100, 1);
    assert_int_equal(shire_table_execute(warehouse,
                                         "UPDATE reconciliation SET difference = 0.000001"
                                         " WHERE organisation_no = 1",
                                         NULL),
                     SHIRE_OK);
    const char *page = make_report(test, warehouse, "broken");
    assert_non_null(strstr(page, "Does not reconcile"));
    assert_non_null(strstr(page, "£0.000001"));
    shire_table_close(warehouse);
}

static void a_missing_table_is_named_and_the_old_report_stays(void **state) {
    report_test *test = *state;
    shire_table *warehouse = make_warehouse(100, 1);
    (void)make_report(test, warehouse, "kept");
    assert_int_equal(shire_table_execute(warehouse, "DROP TABLE unallocated", NULL), SHIRE_OK);
    const shire_partnership partnership = {.dir = "fixture", .name = "x"};
    shire_error error = {0};
    const char *dir = shire_arena_format(test->arena, "%s/kept", test->dir);
    assert_int_equal(shire_report_run(warehouse, &partnership, dir, NULL, test->arena, &error),
                     SHIRE_NOT_FOUND);
    assert_non_null(strstr(error.message, "no table unallocated"));
    assert_true(shire_file_exists(shire_arena_format(test->arena, "%s/report.html", dir)));
    shire_table_close(warehouse);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(same_bytes_run_after_run_and_on_any_number_of_threads,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_page_stands_alone_and_escapes_what_users_wrote, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(no_person_is_named_or_told_of_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tables_agree_with_the_warehouse, set_up, tear_down),
        cmocka_unit_test_setup_teardown(care_in_progress_is_shown_by_its_status, set_up, tear_down),
        cmocka_unit_test_setup_teardown(few_people_or_none_make_a_report_that_says_so, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_ledger_that_does_not_reconcile_is_the_first_thing_said,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_missing_table_is_named_and_the_old_report_stays, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
