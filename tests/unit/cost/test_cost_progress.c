/* Work in progress: completion status, in-period days, and an episode's whole cost over two years.
 */
#include "cost_fixture.h"

/* Four stays of one ward at ten pounds a day: all but C within April to June, or beyond its ends.
 */
static void fill_with_stays(cost_fixture *fixture) {
    fixture_sql(fixture,
                "INSERT INTO event BY NAME SELECT * FROM (VALUES "
                "(0, 0, 'PAS', 'before', 'D', TIMESTAMP '2024-03-22', TIMESTAMP '2024-04-03'),"
                "(1, 0, 'PAS', 'open', 'D', TIMESTAMP '2024-06-24', NULL),"
                "(2, 0, 'PAS', 'within', 'D', TIMESTAMP '2024-05-01', TIMESTAMP '2024-05-05'),"
                "(3, 0, 'PAS', 'long', 'D', TIMESTAMP '2024-03-31', TIMESTAMP '2024-07-02'),"
                "(4, 0, 'PAS', 'gone', 'D', TIMESTAMP '2024-03-01', TIMESTAMP '2024-03-02')) AS "
                "t(event_no, organisation_no, source, event_id, dataset, start, \"end\");"
                "INSERT INTO activity_item BY NAME SELECT event_no AS item_no, 0 AS "
                "organisation_no, 'stay' AS feed, event_id AS item_id, event_id FROM event;"
                "INSERT INTO ledger_line BY NAME SELECT 0 AS line_no, 0 AS organisation_no, 'W1' "
                "AS cost_centre, 'A' AS account, 1060 AS amount");
    fixture_model(fixture, "ledger_map.csv",
                  "cost_centre,account,pool,treatment\nW1,*,Ward,patient\n");
    fixture_model(fixture, "activity_rule.csv",
                  "resource,activity,feed,basis\nWard,Ward care,stay,days\n");
}

static void write_brought(cost_fixture *fixture, const char *text) {
    char *path = shire_arena_format(fixture->arena, "%s/brought.csv", fixture->dir);
    assert_int_equal(shire_file_replace(path, shire_span_of(text), NULL), SHIRE_OK);
    fixture->partnership.brought_forward_path = path;
}

static void each_event_has_its_status_and_days(void **state) {
    (void)state;
    cost_fixture fixture;
    fixture_begin(&fixture);
    fill_with_stays(&fixture);
    fixture_run_well(&fixture);
    assert_rows(&fixture,
                "SELECT event_no, completion_status, days, days_to_date, cost FROM event_period",
                "0|1|3|3|30.000000;1|2|7|7|70.000000;2|3|5|5|50.000000;3|4|91|91|910.000000");
    fixture_end(&fixture);
}

/* What one run writes the next one reads, and the sum is the episode's cost. */
static void two_periods_give_the_whole_cost(void **state) {
    (void)state;
    cost_fixture fixture;
    fixture_begin(&fixture);
    fill_with_stays(&fixture);
    char *path = shire_arena_format(fixture.arena, "%s/work_in_progress.csv", fixture.dir);
    fixture_run_well(&fixture);
    assert_int_equal(
        shire_cost_write_progress(fixture.table, &fixture.partnership, path, &fixture.error),
        SHIRE_OK);
    fixture.partnership.brought_forward_path = path;
    fixture.partnership.period_first = shire_date_of(2024, 7, 1);
    fixture.partnership.period_last = shire_date_of(2024, 9, 30);
    fixture_sql(&fixture, "UPDATE event SET \"end\" = '2024-07-08' WHERE event_id = 'open';"
                          "UPDATE ledger_line SET amount = 50");
    fixture_run_well(&fixture);
    assert_rows(
        &fixture,
        "SELECT event_id, completion_status, days, days_to_date, cost_brought_forward, cost, "
        "cost_to_date FROM event_period JOIN event USING (event_no) ORDER BY event_no",
        "open|1|8|15|70.000000|40.000000|110.000000;"
        "long|1|2|93|910.000000|10.000000|920.000000");
    fixture_end(&fixture);
}

/* Placements that all go on, from before the period: no event of the dataset has an end, and yet
 * none is over. What is paid once makes no event last. */
static void open_placements_last_as_long_as_their_packages(void **state) {
    (void)state;
    cost_fixture fixture;
    fixture_begin(&fixture);
    fixture_sql(&fixture, fixture_further_columns);
    fixture_sql(&fixture,
                "INSERT INTO event BY NAME SELECT * FROM (VALUES "
                "(0, 1, 'ASC', 'open', 'A', TIMESTAMP '2023-05-01'),"
                "(1, 1, 'ASC', 'told', 'A', TIMESTAMP '2023-05-01'),"
                "(2, 1, 'ASC', 'once', 'A', TIMESTAMP '2023-05-01')) AS "
                "t(event_no, organisation_no, source, event_id, dataset, start);"
                "INSERT INTO activity_item BY NAME SELECT event_no AS item_no, 1 AS "
                "organisation_no, 'home' AS feed, event_id AS item_id, event_id, 70 AS unit_price, "
                "if(event_no = 2, 'one_off', 'weekly') AS frequency, CASE event_no WHEN 1 THEN "
                "TIMESTAMP '2024-04-10' END AS \"end\" FROM event;"
                "INSERT INTO ledger_line BY NAME SELECT 0 AS line_no, 1 AS organisation_no, 'H' "
                "AS cost_centre, 'A' AS account, 1010 AS amount");
    fixture_model(&fixture, "ledger_map.csv",
                  "cost_centre,account,pool,treatment\nH,*,Homes,patient\n");
    fixture_model(&fixture, "activity_rule.csv",
                  "resource,activity,feed,basis\nHomes,Places,home,package\n");
    fixture_run_well(&fixture);
    assert_rows(&fixture, "SELECT event_no, completion_status, days, cost FROM event_period",
                "0|4|91|910.000000;1|1|10|100.000000");
    assert_rows(&fixture, "SELECT item_no FROM item_outside", "2");
    fixture_end(&fixture);
}

static void what_is_brought_forward_must_fit(void **state) {
    (void)state;
    static const char header[] =
        "organisation,source,event_id,period_last,days_to_date,cost_to_date\n";
    static const struct {
        const char *rows, *message;
    } cases[] = {
        {"HOSP,PAS,open,2024-03-30,3,10\n",
         "brought.csv line 2: the period of the row does not end on 2024-03-31"},
        {"HOSP,PAS,open,2024-03-31,3,much\n", "brought.csv line 2: days_to_date or cost_to_date"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cost_fixture fixture;
        fixture_begin(&fixture);
        fill_with_stays(&fixture);
        write_brought(&fixture, shire_arena_format(fixture.arena, "%s%s", header, cases[i].rows));
        assert_int_equal(fixture_run(&fixture, 1), SHIRE_INVALID);
        assert_non_null(strstr(fixture.error.message, cases[i].message));
        fixture_end(&fixture);
    }
    cost_fixture fixture;
    fixture_begin(&fixture);
    fill_with_stays(&fixture);
    write_brought(&fixture,
                  shire_arena_format(fixture.arena, "%sHOSP,PAS,lost,2024-03-31,3,10\n", header));
    fixture_run_well(&fixture);
    assert_rows(&fixture, "SELECT count(*) FROM finding WHERE kind = 'brought_forward_unknown'",
                "1");
    fixture_end(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_event_has_its_status_and_days),
        cmocka_unit_test(two_periods_give_the_whole_cost),
        cmocka_unit_test(open_placements_last_as_long_as_their_packages),
        cmocka_unit_test(what_is_brought_forward_must_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
