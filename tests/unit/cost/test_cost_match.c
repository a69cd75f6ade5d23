/* Matching: rules in their order, windows, automatic keys, items that name their event, and the
 * account that is given of all of them. */
#include "cost_fixture.h"

static const char results[] =
    "SELECT feed, match_rule_no, reason, items FROM match_result ORDER BY feed, match_rule_no, "
    "reason";

/* Items of a feed without event_id: a day before, within, and long after p1's stay. */
static void fill_with_tests(cost_fixture *fixture) {
    fixture_begin(fixture);
    fixture_fill(fixture);
    fixture_sql(fixture,
                "INSERT INTO activity_item VALUES "
                "(4, 0, 'path', 't1', NULL, 'p1', 'K', '2024-04-01 10:00', 1, 5, NULL, NULL),"
                "(5, 0, 'path', 't2', NULL, 'p1', 'K', '2024-04-05 10:00', 1, 5, NULL, NULL),"
                "(6, 0, 'path', 't3', NULL, 'p1', 'K', '2024-04-12 10:00', 1, 5, NULL, NULL),"
                "(7, 0, 'path', 't4', NULL, 'px', 'K', '2024-04-05 10:00', 1, 5, NULL, NULL)");
}

static void feeds_without_events_get_an_automatic_key(void **state) {
    (void)state;
    cost_fixture fixture;
    fill_with_tests(&fixture);
    fixture_run_well(&fixture);
    assert_rows(&fixture,
                "SELECT item_no, event_no, match_rule_no FROM item_event WHERE item_no > 3",
                "4|0|1;5|0|1");
    assert_rows(&fixture,
                "SELECT match_rule_no, kind, feed, columns, window_before_days, window_after_days "
                "FROM match_rule",
                "0|event_id|*|event_id;1|automatic|path|local_id|1|1");
    assert_rows(&fixture, "SELECT feed, items, with_key, matched, unmatched, tied FROM match_feed",
                "path|4|0|2|2|0;stay|2|2|2|0|0;theatre|2|2|2|0|0");
    assert_rows(&fixture, results,
                "path|1|2;path|no event has its key|1;path|no event in the window|1;"
                "stay|0|2;theatre|0|2");
    assert_string_equal(fixture_findings(&fixture, "automatic_key"), ":");
    fixture_end(&fixture);
}

static void a_rule_of_no_columns_keeps_the_automatic_key_away(void **state) {
    (void)state;
    cost_fixture fixture;
    fill_with_tests(&fixture);
    fixture_model(&fixture, "match_rule.csv", "feed,columns\npath,none\n");
    fixture_run_well(&fixture);
    assert_rows(&fixture, "SELECT matched, unmatched FROM match_feed WHERE feed = 'path'", "0|4");
    fixture_model(&fixture, "match_rule.csv",
                  "feed,columns,window_before_days,window_after_days\npath,auto,3,9\n");
    fixture_run_well(&fixture);
    assert_rows(&fixture, "SELECT matched, unmatched FROM match_feed WHERE feed = 'path'", "3|1");
    fixture_end(&fixture);
}

/* The order is the column step's, whatever the order of the rows; rules come and go by rows. */
static void rules_are_reordered_added_and_removed_by_rows(void **state) {
    (void)state;
    static const struct {
        const char *rules, *found;
    } cases[] = {
        {"1,path,local_id,0,0\n2,path,local_id,30,30\n", "4|2;5|1;6|2"},
        {"2,path,local_id,0,0\n1,path,local_id,30,30\n", "4|1;5|1;6|1"},
        {"1,path,local_id,0,0\n", "5|1"},
        {"1,path,local_id,0,10\n", "5|1;6|1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cost_fixture fixture;
        fill_with_tests(&fixture);
        fixture_model(&fixture, "match_rule.csv",
                      shire_arena_format(fixture.arena,
                                         "step,feed,columns,window_before_days,window_after_days\n"
                                         "%s",
                                         cases[i].rules));
        fixture_run_well(&fixture);
        assert_rows(&fixture,
                    "SELECT item_no, match_rule_no FROM item_event WHERE item_no > 3 ORDER BY ALL",
                    cases[i].found);
        fixture_end(&fixture);
    }
}

/* Ten columns, of which each one alone decides. */
static void a_rule_may_have_ten_columns(void **state) {
    (void)state;
    cost_fixture fixture;
    fixture_begin(&fixture);
    fixture_fill(&fixture);
    for (int i = 1; i <= 10; i++) {
        fixture_sql(&fixture,
                    shire_arena_format(fixture.arena,
                                       "ALTER TABLE event ADD COLUMN k%d VARCHAR DEFAULT 'v';"
                                       "ALTER TABLE activity_item ADD COLUMN k%d VARCHAR DEFAULT "
                                       "'v'",
                                       i, i));
        fixture_sql(&fixture,
                    shire_arena_format(fixture.arena,
                                       "INSERT INTO activity_item BY NAME SELECT %d AS item_no, 0 "
                                       "AS organisation_no, 'ten' AS feed, 'x' || %d AS item_id",
                                       3 + i, i));
    }
    fixture_sql(&fixture,
                "UPDATE activity_item SET k1='v', k2='v', k3='v', k4='v', k5='v', k6='v', "
                "k7='v', k8='v', k9='v', k10='v'");
    for (int i = 2; i <= 10; i++) {
        fixture_sql(&fixture, shire_arena_format(fixture.arena,
                                                 "UPDATE activity_item SET k%d = 'other' WHERE "
                                                 "item_id = 'x%d'",
                                                 i, i));
    }
    fixture_sql(&fixture, "UPDATE event SET k1 = 'other' WHERE event_no <> 1");
    fixture_model(&fixture, "match_rule.csv", "feed,columns\nten,k1;k2;k3;k4;k5;k6;k7;k8;k9;k10\n");
    fixture_run_well(&fixture);
    assert_rows(&fixture, "SELECT item_no, event_no FROM item_event WHERE item_no > 3", "4|1");
    fixture_end(&fixture);
}

static void items_that_name_their_event_are_counted_and_checked(void **state) {
    (void)state;
    cost_fixture fixture;
    fixture_begin(&fixture);
    fixture_fill(&fixture);
    fixture_sql(&fixture, "UPDATE activity_item SET local_id = 'p2' WHERE item_no = 2;"
                          "UPDATE activity_item SET start = '2024-04-09' WHERE item_no = 3;"
                          "UPDATE activity_item SET event_id = 'gone' WHERE item_no = 1");
    fixture_run_well(&fixture);
    assert_rows(&fixture, "SELECT feed, with_key, matched, unmatched FROM match_feed",
                "stay|2|1|1;theatre|2|2|0");
    assert_rows(&fixture, "SELECT item_id, unmatched_reason, unmatched_cost FROM unmatched_item",
                "i1|no event has its event_id|0.000000");
    assert_rows(&fixture,
                "SELECT kind, row_count FROM finding WHERE kind LIKE 'prematched%' ORDER BY ALL",
                "prematched_differs|1;prematched_outside|1");
    fixture_end(&fixture);
}

static void ties_go_to_the_first_event_and_are_said(void **state) {
    (void)state;
    cost_fixture fixture;
    fixture_begin(&fixture);
    fixture_fill(&fixture);
    fixture_sql(&fixture,
                "INSERT INTO event BY NAME SELECT * REPLACE (3 AS event_no, 'A2' AS event_id) FROM "
                "event WHERE event_no = 0;"
                "INSERT INTO activity_item VALUES (4, 0, 'path', 't1', NULL, 'p1', 'K', "
                "'2024-04-03', 1, 5, NULL, NULL)");
    for (int join = 0; join < 2; join++) {
        fixture_model(&fixture, "match_rule.csv",
                      join == 0 ? "feed,columns\npath,local_id\n"
                                : "feed,columns\npath,local_id;organisation_no\n");
        fixture_run_well(&fixture);
        assert_rows(&fixture, "SELECT event_no FROM item_event WHERE item_no = 4", "0");
        assert_rows(&fixture, "SELECT tied FROM match_feed WHERE feed = 'path'", "1");
        assert_string_equal(fixture_findings(&fixture, "match_tied"), ":");
    }
    fixture_end(&fixture);
}

static void unmatched_items_say_why_and_what_they_cost(void **state) {
    (void)state;
    cost_fixture fixture;
    fill_with_tests(&fixture);
    fixture_sql(&fixture, "CREATE TABLE person_record (organisation_no INTEGER, local_id VARCHAR);"
                          "INSERT INTO person_record VALUES (0, 'p1'), (0, 'p2')");
    fixture_sql(&fixture, "UPDATE activity_item SET local_id = NULL WHERE item_no = 5");
    fixture_model(&fixture, "match_rule.csv", "feed,columns,window_before_days\npath,local_id,0\n");
    fixture_model(&fixture, "activity_rule.csv",
                  "resource,activity,feed,basis\nWard,Tests,path,count\n"
                  "Theatre,Theatre care,theatre,minutes\n");
    fixture_run_well(&fixture);
    assert_rows(&fixture,
                "SELECT item_id, unmatched_reason, unmatched_cost FROM unmatched_item ORDER BY 1",
                "t1|no event in the window|31.250000;t2|no event has its key|31.250000;"
                "t3|no event in the window|31.250000;t4|no person has its local_id|31.250000");
    fixture_end(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(feeds_without_events_get_an_automatic_key),
        cmocka_unit_test(a_rule_of_no_columns_keeps_the_automatic_key_away),
        cmocka_unit_test(rules_are_reordered_added_and_removed_by_rows),
        cmocka_unit_test(a_rule_may_have_ten_columns),
        cmocka_unit_test(items_that_name_their_event_are_counted_and_checked),
        cmocka_unit_test(ties_go_to_the_first_event_and_are_said),
        cmocka_unit_test(unmatched_items_say_why_and_what_they_cost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
