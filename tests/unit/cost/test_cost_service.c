/* The costing chain on small warehouses whose results are known by hand. */
#include "cost_fixture.h"

static void ledger_reaches_events_and_reconciles(void **state) {
    (void)state;
    cost_fixture fixture;
    fixture_begin(&fixture);
    fixture_fill(&fixture);
    fixture_run_well(&fixture);
    /* Finance 30 goes 100 : 20 to ward and theatre; 125 over 4 + 1 days, 65 over 90 + 30 minutes.
     */
    assert_rows(&fixture, "SELECT pool, own_cost, received_cost, total_cost FROM cost_pool",
                "Ward|100.000000|25.000000|125.000000;Theatre|60.000000|5.000000|65.000000;"
                "Finance|30.000000|-30.000000|0.000000");
    assert_rows(&fixture, "SELECT item_no, amount FROM item_cost ORDER BY item_no",
                "0|100.000000;1|25.000000;2|48.750000;3|16.250000");
    assert_rows(&fixture, "SELECT event_no, amount FROM event_cost",
                "0|148.750000;1|25.000000;2|16.250000");
    assert_rows(&fixture, "SELECT person_no, setting, amount FROM person_cost",
                "0|Day case|16.250000;0|Inpatient|148.750000;1|Inpatient|25.000000");
    assert_rows(&fixture, "SELECT stage, name, amount FROM unallocated", "ledger|X / 1|1.500000");
    assert_rows(&fixture,
                "SELECT ledger, allocated, excluded, unallocated, difference FROM reconciliation "
                "WHERE organisation_no = 0",
                "178.500000|190.000000|-13.000000|1.500000|0.000000");
    assert_int_equal(fixture.summary.organisation_count, 2);
    assert_int_equal(fixture.summary.organisations[0].allocated, 190000000);
    assert_int_equal(fixture.summary.item_cost_count, 4);
    fixture_end(&fixture);
}

static void a_second_run_replaces_the_first(void **state) {
    (void)state;
    cost_fixture fixture;
    fixture_begin(&fixture);
    fixture_fill(&fixture);
    fixture_run_well(&fixture);
    const char *first =
        fixture_rows(&fixture, "SELECT * FROM finding UNION ALL BY NAME "
                               "SELECT activity_no, item_no, amount FROM item_cost");
    fixture_run_well(&fixture);
    assert_rows(&fixture,
                "SELECT * FROM finding UNION ALL BY NAME "
                "SELECT activity_no, item_no, amount FROM item_cost",
                first);
    fixture_end(&fixture);
}

static void the_first_rule_that_fits_takes_a_line(void **state) {
    (void)state;
    cost_fixture fixture;
    fixture_begin(&fixture);
    fixture_fill(&fixture);
    fixture_model(&fixture, "ledger_map.csv",
                  "organisation,cost_centre,account,pool,share,treatment,reason\n"
                  "COUN,*,*,Council,,patient,\n"
                  ",W?,*,Wards,0.333333,patient,\n"
                  ",W?,*,Beds,0.333333,patient,\n"
                  ",W?,*,Linen,0.333334,patient,\n"
                  ",W1,4000,Never,,patient,\n"
                  "*,FIN,9000,,,income,\n"
                  "HOSP,*,*,Rest,,patient,\n");
    fixture_model(&fixture, "support_rule.csv", "pool,method,driver\n");
    fixture_run_well(&fixture);
    assert_rows(&fixture, "SELECT line_no, treatment, reason, pool_no, amount FROM cost_ledger",
                "0|patient|0|33.333300;0|patient|1|33.333300;0|patient|2|33.333400;"
                "1|patient|3|60.000000;2|patient|3|30.000000;3|income|income|-20.000000;"
                "4|patient|3|7.000000;5|patient|3|1.500000");
    assert_string_equal(fixture_findings(&fixture, "ledger_rule_unused"),
                        "costing/ledger_map.csv:2");
    assert_string_equal(
        fixture_findings(&fixture, "resource_without_rule"),
        "costing/ledger_map.csv:3;costing/ledger_map.csv:4;costing/ledger_map.csv:5;"
        "costing/ledger_map.csv:8");
    fixture_end(&fixture);
}

static void transfers_move_the_same_share_of_every_line(void **state) {
    (void)state;
    cost_fixture fixture;
    fixture_begin(&fixture);
    fixture_fill(&fixture);
    fixture_sql(&fixture, "INSERT INTO ledger_line VALUES (6, 0, '1', 'W1', '5000', 50, 'Drugs', "
                          "'gl.csv', 8)");
    fixture_model(&fixture, "pool_transfer.csv",
                  "step,from_pool,to_pool,amount,share,reason\n"
                  "3,T*,All/*,,1,renamed\n"
                  "1,Ward,Theatre,,0.2,moved\n"
                  "2,Nowhere,Theatre,,0.2,moved\n"
                  "2,Finance,Loan,40,,overdrawn\n");
    fixture_run_well(&fixture);
    assert_rows(&fixture,
                "SELECT pool, line_no, amount FROM pool_line JOIN cost_pool USING (pool_no) "
                "ORDER BY ALL",
                "All/heatre|0|20.000000;All/heatre|1|60.000000;All/heatre|6|10.000000;"
                "Finance|2|-10.000000;Loan|2|40.000000;Ward|0|80.000000;Ward|6|40.000000");
    assert_rows(
        &fixture,
        "SELECT count(*) FROM cost_pool WHERE own_cost <> coalesce((SELECT sum(amount) FROM "
        "pool_line WHERE pool_line.pool_no = cost_pool.pool_no), 0)",
        "0");
    assert_string_equal(fixture_findings(&fixture, "transfer_without_pool"),
                        "costing/pool_transfer.csv:4");
    fixture_end(&fixture);
}

static void an_empty_pool_can_give_without_a_ledger_line(void **state) {
    (void)state;
    cost_fixture fixture;
    fixture_begin(&fixture);
    fixture_fill(&fixture);
    fixture_model(&fixture, "pool_transfer.csv",
                  "step,from_pool,to_pool,amount,share,reason\n"
                  "1,Ward,Theatre,100,,all of it\n"
                  "2,Ward,Theatre,5,,and more\n");
    fixture_run_well(&fixture);
    assert_rows(&fixture,
                "SELECT pool, line_no, amount FROM pool_line JOIN cost_pool USING (pool_no) "
                "WHERE line_no IS NULL ORDER BY ALL",
                "Theatre|5.000000;Ward|-5.000000");
    fixture_end(&fixture);
}

static void closed_loops_are_refused_by_name(void **state) {
    (void)state;
    cost_fixture fixture;
    fixture_begin(&fixture);
    fixture_fill(&fixture);
    fixture_model(&fixture, "support_rule.csv",
                  "pool,method,driver,fallback\n"
                  "Finance,reciprocal,heads,\n"
                  "People,reciprocal,spend,\n");
    fixture_model(&fixture, "driver.csv",
                  "driver,pool,quantity\n"
                  "heads,People,1\n"
                  "spend,Finance,1\n");
    assert_int_equal(fixture_run(&fixture, 1), SHIRE_INVALID);
    assert_non_null(strstr(fixture.error.message,
                           "the support pools 'Finance', 'People' give only to each other"));
    assert_string_equal(fixture_findings(&fixture, "support_loop"), "costing/support_rule.csv:2");
    fixture_model(&fixture, "support_rule.csv",
                  "pool,method,driver,fallback\n"
                  "Finance,reciprocal,heads,\n"
                  "People,reciprocal,spend,Theatre\n");
    fixture_run_well(&fixture);
    assert_rows(&fixture, "SELECT total_cost FROM cost_pool WHERE pool = 'Theatre'", "90.000000");
    fixture_end(&fixture);
}

static void drivers_without_quantity_are_refused(void **state) {
    (void)state;
    cost_fixture fixture;
    fixture_begin(&fixture);
    fixture_fill(&fixture);
    fixture_model(&fixture, "driver.csv", "driver,pool,quantity\nspend,Ward,0\nspend,Theatre,\n");
    assert_int_equal(fixture_run(&fixture, 1), SHIRE_INVALID);
    assert_string_equal(fixture_findings(&fixture, "empty_cell"), "costing/driver.csv:3");
    fixture_model(&fixture, "driver.csv", "driver,pool,quantity\nspend,Ward,2\nspend,Theatre,-2\n");
    assert_int_equal(fixture_run(&fixture, 1), SHIRE_INVALID);
    assert_string_equal(fixture_findings(&fixture, "driver_without_quantity"),
                        "costing/support_rule.csv:2");
    fixture_end(&fixture);
}

static void support_pools_without_a_rule_stay_unallocated(void **state) {
    (void)state;
    cost_fixture fixture;
    fixture_begin(&fixture);
    fixture_fill(&fixture);
    fixture_model(&fixture, "support_rule.csv", "pool,method,driver\n");
    fixture_run_well(&fixture);
    assert_rows(&fixture, "SELECT name, amount FROM unallocated WHERE stage = 'support'",
                "Finance|30.000000");
    fixture_end(&fixture);
}

static void resources_meet_in_an_activity_with_the_same_items(void **state) {
    (void)state;
    cost_fixture fixture;
    fixture_begin(&fixture);
    fixture_fill(&fixture);
    fixture_model(&fixture, "resource.csv",
                  "pool,resource,share\n"
                  "Ward,Nurses,0.6\n"
                  "*,Food,0.4\n"
                  "Ward,Food,0.4\n"
                  "*,Surgeons,0.6\n");
    fixture_model(&fixture, "activity_rule.csv",
                  "resource,activity,share,feed,condition,basis\n"
                  "Nurses,Care,,stay,,days\n"
                  "Food,Care,0.5,stay,,days\n"
                  "Food,Tea,0.3,theatre,minutes > 30,\n"
                  "Surgeons,Care,0.9,theatre,event.setting = 'Inpatient',minutes / 2\n");
    fixture_run_well(&fixture);
    /* Ward 125: nurses 75, food 50; theatre 65: food 26, surgeons 39. */
    assert_rows(&fixture, "SELECT resource, amount FROM resource_cost",
                "Nurses|75.000000;Food|76.000000;Surgeons|39.000000");
    assert_rows(&fixture,
                "SELECT activity, amount, weight_total, item_count, driver FROM activity_cost",
                "Care|113.000000|5.000000|2|stay by days;"
                "Tea|22.800000|1.000000|1|theatre by count where minutes > 30;"
                "Care|35.100000|45.000000|1|theatre by minutes / 2 where event.setting = "
                "'Inpatient'");
    assert_rows(&fixture, "SELECT name, reason, amount FROM unallocated WHERE stage = 'resource'",
                "Food|the activities' shares sum to less than 1|15.200000;"
                "Surgeons|the activities' shares sum to less than 1|3.900000");
    fixture_end(&fixture);
}

static void every_basis_weighs_as_it_says(void **state) {
    (void)state;
    static const struct {
        const char *basis;
        const char *weights;
    } cases[] = {{"count", "4.000000"},
                 {"", "4.000000"},
                 {"quantity", "7.000000"},
                 {"minutes", "120.000000"},
                 {"amount", "30.000000"},
                 {"days", "10.000000"},
                 {"nights", "6.000000"},
                 {"weight", "18.000000"},
                 {"quantity * 2 + coalesce(minutes, 0)", "134.000000"},
                 {"date_diff('day', event.start, event.\"\"end\"\")", "8.000000"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        cost_fixture fixture;
        char rules[256];
        fixture_begin(&fixture);
        fixture_fill(&fixture);
        fixture_model(&fixture, "weight.csv",
                      "organisation,feed,code,weight\n"
                      ",*,*,9\n"
                      ",st*,C1,2\n"
                      ",stay,*,3\n"
                      "HOSP,theatre,K,1.5\n");
        snprintf(rules, sizeof(rules),
                 "resource,activity,share,feed,condition,basis\n*,All,,*,,\"%s\"\n",
                 cases[i].basis);
        fixture_model(&fixture, "activity_rule.csv", rules);
        fixture_run_well(&fixture);
        assert_rows(&fixture, "SELECT weight_total FROM activity_cost", cases[i].weights);
        fixture_end(&fixture);
    }
}

static void an_item_weighed_twice_in_one_activity_gets_the_sum(void **state) {
    (void)state;
    cost_fixture fixture;
    fixture_begin(&fixture);
    fixture_fill(&fixture);
    fixture_model(&fixture, "activity_rule.csv",
                  "resource,activity,share,feed,condition,basis\n"
                  "*,All,1,theatre,,amount\n"
                  "*,All,1,theatre,item_id = 'i3',minutes\n"
                  "*,All,1,theatre,item_id = 'i3',minutes\n"
                  "*,All,1,stay,,days\n");
    fixture_run_well(&fixture);
    /* 190 pounds over 10, 20 + 30, 4 and 1. */
    assert_rows(&fixture, "SELECT item_no, amount FROM item_cost",
                "0|11.692307;1|2.923077;2|29.230769;3|146.153847");
    fixture_end(&fixture);
}

static void unmatched_items_keep_a_visible_cost(void **state) {
    (void)state;
    cost_fixture fixture;
    fixture_begin(&fixture);
    fixture_fill(&fixture);
    fixture_sql(&fixture, "UPDATE activity_item SET event_id = 'no such' WHERE item_no = 3");
    fixture_run_well(&fixture);
    assert_rows(&fixture, "SELECT name, amount FROM unallocated WHERE stage = 'item'",
                "Theatre care|16.250000");
    assert_rows(&fixture, "SELECT item_id FROM unmatched_item", "i3");
    assert_rows(&fixture, "SELECT row_count FROM finding WHERE kind = 'item_unmatched'", "1");
    assert_int_equal(fixture.summary.unmatched_count, 1);
    fixture_end(&fixture);
}

static void match_rules_take_the_nearest_start_in_the_window(void **state) {
    (void)state;
    cost_fixture fixture;
    fixture_begin(&fixture);
    fixture_fill(&fixture);
    fixture_sql(&fixture,
                "UPDATE activity_item SET event_id = NULL, local_id = 'p1' WHERE item_no = 2;"
                "UPDATE activity_item SET event_id = NULL, local_id = 'p1', start = '2024-04-10' "
                "WHERE item_no = 3;"
                "INSERT INTO event VALUES (3, 0, 'ED', 'D', 'p1', 0, 'ECDS', '2024-04-02', NULL, "
                "'K', '180', 'ED')");
    fixture_model(&fixture, "match_rule.csv",
                  "step,feed,columns,window_before_days,window_after_days\n"
                  "2,the*,local_id,20,10\n"
                  "1,theatre,local_id;code=code,0,0\n"
                  "1,theatre,local_id,1,1\n");
    fixture_run_well(&fixture);
    /* i2 on 3 April lies in A, by the second rule (ED event D is a point on 2 April, so with code K
     * the first rule misses it by a day); i3 lies 10 days before C and 5 days after A: A and C both
     * fit the third rule, and A starts nearer. */
    assert_rows(&fixture, "SELECT * FROM item_event ORDER BY item_no", "0|0|0;1|1|0;2|0|2;3|0|3");
    fixture_end(&fixture);
}

static void match_rules_compare_several_columns_and_columns_of_any_type(void **state) {
    (void)state;
    cost_fixture fixture;
    fixture_begin(&fixture);
    fixture_fill(&fixture);
    /* Joined without lengths, ('p1', '1x') and ('p11', 'x') would be the same key. */
    fixture_sql(&fixture,
                "ALTER TABLE activity_item ADD COLUMN bay INTEGER;"
                "ALTER TABLE event ADD COLUMN bed INTEGER;"
                "UPDATE activity_item SET event_id = NULL, local_id = 'p1', code = '1x' WHERE "
                "item_no = 2;"
                "UPDATE activity_item SET event_id = NULL, local_id = NULL, bay = 7, start = NULL "
                "WHERE item_no = 3;"
                "UPDATE event SET bed = 7 WHERE event_no IN (1, 2);"
                "INSERT INTO event VALUES (3, 0, 'ED', 'D', 'p11', 0, 'ECDS', '2024-04-02', NULL, "
                "'K', 'x', 'ED', NULL), (4, 0, 'ED', 'E', 'p1', 0, 'ECDS', '2024-06-02', NULL, "
                "'K', '1x', 'ED', NULL)");
    fixture_model(&fixture, "match_rule.csv",
                  "step,feed,columns\n1,theatre,local_id;code=specialty\n2,the*,bay=bed\n");
    fixture_run_well(&fixture);
    assert_rows(&fixture, "SELECT * FROM item_event ORDER BY item_no", "0|0|0;1|1|0;2|4|1;3|1|2");
    fixture_end(&fixture);
}

static void items_with_a_source_find_the_event_of_that_source(void **state) {
    (void)state;
    cost_fixture fixture;
    fixture_begin(&fixture);
    fixture_fill(&fixture);
    fixture_sql(&fixture,
                "ALTER TABLE activity_item ADD COLUMN source VARCHAR;"
                "UPDATE activity_item SET event_id = 'A', source = 'ED' WHERE item_no = 2;"
                "UPDATE activity_item SET event_id = 'A', source = 'none' WHERE item_no = 3;"
                "INSERT INTO event VALUES (3, 0, 'ED', 'A', 'p1', 0, 'ECDS', '2024-04-02', NULL, "
                "'K', '180', 'ED')");
    fixture_run_well(&fixture);
    assert_rows(&fixture, "SELECT * FROM item_event ORDER BY item_no", "0|0|0;1|1|0;2|3|0");
    fixture_end(&fixture);
}

static void only_activity_in_the_period_is_costed(void **state) {
    (void)state;
    cost_fixture fixture;
    fixture_begin(&fixture);
    fixture_fill(&fixture);
    fixture_sql(&fixture, "UPDATE activity_item SET start = '2024-03-31' WHERE item_no = 3;"
                          "UPDATE event SET \"end\" = '2024-03-31' WHERE event_no = 1");
    fixture_run_well(&fixture);
    assert_rows(&fixture, "SELECT item_no FROM item_outside", "1;3");
    assert_rows(&fixture, "SELECT item_no, amount FROM item_cost", "0|125.000000;2|65.000000");
    assert_rows(&fixture,
                "SELECT problem FROM finding WHERE kind = 'item_outside_period' AND "
                "problem LIKE '%stay%'",
                "HOSP: 1 item of feed stay lies outside the period and is not costed");
    fixture_end(&fixture);
}

static void activities_without_items_are_listed(void **state) {
    (void)state;
    cost_fixture fixture;
    fixture_begin(&fixture);
    fixture_fill(&fixture);
    fixture_model(&fixture, "activity_rule.csv",
                  "resource,activity,share,feed,condition,basis\n"
                  "Ward,Dance,0.5,dance,,\n"
                  "Ward,Later,0.5,,,\n");
    fixture_run_well(&fixture);
    assert_rows(&fixture, "SELECT stage, name, reason, amount FROM unallocated ORDER BY ALL",
                "activity|Dance|no item has a weight|62.500000;"
                "activity|Later|no item has a weight|62.500000;"
                "ledger|X / 1|no rule of ledger_map fits|1.500000;"
                "resource|Theatre|no activity rule|65.000000");
    assert_string_equal(fixture_findings(&fixture, "rule_without_items"),
                        "costing/activity_rule.csv:2");
    fixture_end(&fixture);
}

static void a_table_may_be_a_select_over_files_and_the_warehouse(void **state) {
    (void)state;
    cost_fixture fixture;
    fixture_begin(&fixture);
    fixture_fill(&fixture);
    fixture_model(&fixture, "../shares.csv", "pool,part\nWards,0.25\nBeds,0.75\n");
    char path[128];
    snprintf(path, sizeof(path), "%s/costing/ledger_map.csv", fixture.dir);
    assert_int_equal(unlink(path), 0);
    fixture_model(&fixture, "ledger_map.sql",
                  "-- every line of the hospital, whatever it is\n"
                  "SELECT code AS organisation, cost_centre, account, pool, part AS share, "
                  "'patient' AS treatment FROM (SELECT DISTINCT organisation_no, cost_centre, "
                  "account FROM ledger_line) JOIN organisation USING (organisation_no), "
                  "read_csv('shares.csv') ORDER BY ALL -- end\n;\n");
    fixture_model(&fixture, "support_rule.csv", "pool,method,driver\n");
    fixture_run_well(&fixture);
    assert_rows(&fixture, "SELECT pool, own_cost FROM cost_pool ORDER BY ALL",
                "Beds|133.875000;Wards|44.625000");
    fixture_end(&fixture);
}

static void thread_counts_give_the_same_rows(void **state) {
    (void)state;
    cost_fixture fixture;
    fixture_begin(&fixture);
    fixture_fill(&fixture);
    fixture_sql(&fixture, "INSERT INTO activity_item SELECT 4 + i, 0, 'stay', 'x' || i, "
                          "chr(65 + (hash(i) % 3)::INTEGER), NULL, 'C1', NULL, 1 + hash(i) % 7, "
                          "NULL, NULL, 'W2' FROM range(150000) AS r(i)");
    fixture_model(&fixture, "activity_rule.csv",
                  "resource,activity,share,feed,condition,basis\n"
                  "Ward,Ward care,,stay,event.setting = 'Inpatient',quantity\n"
                  "Ward,Ward care,,stay,ward = 'W2',quantity / 3\n"
                  "Theatre,Theatre care,,theatre,,minutes\n");
    const char *rows = "SELECT count(*), md5(string_agg(concat_ws(',', activity_no, item_no, "
                       "amount), ';' ORDER BY "
                       "item_cost.rowid)) FROM item_cost UNION ALL SELECT 0, "
                       "md5(string_agg(concat_ws(',', event_no, amount), ';' "
                       "ORDER BY event_cost.rowid)) FROM event_cost";
    assert_int_equal(fixture_run(&fixture, 1), SHIRE_OK);
    const char *first = fixture_rows(&fixture, rows);
    for (int thread_count = 2; thread_count < 4; thread_count++) {
        assert_int_equal(fixture_run(&fixture, thread_count), SHIRE_OK);
        assert_rows(&fixture, rows, first);
    }
    fixture_end(&fixture);
}

static void a_ledger_that_does_not_add_up_fails(void **state) {
    (void)state;
    cost_fixture fixture;
    fixture_begin(&fixture);
    fixture_fill(&fixture);
    /* Two lines with one number: what is excluded is then counted twice. */
    fixture_sql(&fixture, "UPDATE ledger_line SET line_no = 3 WHERE line_no = 4");
    assert_int_equal(fixture_run(&fixture, 1), SHIRE_UNRECONCILED);
    assert_non_null(strstr(fixture.error.message, "HOSP"));
    assert_int_not_equal(fixture.summary.organisations[0].difference, 0);
    fixture_end(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ledger_reaches_events_and_reconciles),
        cmocka_unit_test(a_second_run_replaces_the_first),
        cmocka_unit_test(the_first_rule_that_fits_takes_a_line),
        cmocka_unit_test(transfers_move_the_same_share_of_every_line),
        cmocka_unit_test(an_empty_pool_can_give_without_a_ledger_line),
        cmocka_unit_test(closed_loops_are_refused_by_name),
        cmocka_unit_test(drivers_without_quantity_are_refused),
        cmocka_unit_test(support_pools_without_a_rule_stay_unallocated),
        cmocka_unit_test(resources_meet_in_an_activity_with_the_same_items),
        cmocka_unit_test(every_basis_weighs_as_it_says),
        cmocka_unit_test(an_item_weighed_twice_in_one_activity_gets_the_sum),
        cmocka_unit_test(unmatched_items_keep_a_visible_cost),
        cmocka_unit_test(match_rules_take_the_nearest_start_in_the_window),
        cmocka_unit_test(match_rules_compare_several_columns_and_columns_of_any_type),
        cmocka_unit_test(items_with_a_source_find_the_event_of_that_source),
        cmocka_unit_test(only_activity_in_the_period_is_costed),
        cmocka_unit_test(activities_without_items_are_listed),
        cmocka_unit_test(a_table_may_be_a_select_over_files_and_the_warehouse),
        cmocka_unit_test(thread_counts_give_the_same_rows),
        cmocka_unit_test(a_ledger_that_does_not_add_up_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
