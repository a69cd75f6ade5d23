/* Mistakes in a costing model: each is named by file, line and remedy, all of them in one run. */
#include "cost_fixture.h"

static const char findings_in_order[] = "SELECT kind, file, line, column_name FROM finding WHERE "
                                        "severity = 'error' ORDER BY file, line, "
                                        "kind";

static void assert_refused(cost_fixture *fixture, const char *errors) {
    assert_int_equal(fixture_run(fixture, 1), SHIRE_INVALID);
    assert_rows(fixture, findings_in_order, errors);
    assert_true(strlen(fixture->error.message) > 20);
}

static void all_mistakes_are_shown_in_one_go(void **state) {
    (void)state;
    cost_fixture fixture;
    fixture_begin(&fixture);
    fixture_fill(&fixture);
    fixture_model(&fixture, "ledger_map.csv",
                  "organisation,cost_centre,account,pool,share,treatment,reason\n"
                  "HOPS,*,*,Ward,,patient,\n"
                  "HOSP,*,*,Ward,,pateint,\n"
                  "HOSP,*,*,,,patient,\n"
                  "HOSP,*,*,Ward,x,patient,\n"
                  "HOSP,*,*,Ward,0.1234567,patient,\n"
                  "HOSP,*,*,Ward,1.5,patient,\n"
                  "HOSP,*,*,,,excluded,\n"
                  "HOSP,A,*,Ward,0.5,patient,\n"
                  "HOSP,A,*,Theatre,0.4,patient,\n"
                  "HOSP,B,*,Ward,0.5,patient,\n"
                  "HOSP,B,*,Theatre,,patient,\n");
    fixture_model(&fixture, "pool_transfer.csv",
                  "step,from_pool,to_pool,amount,share\n"
                  "1,Ward,Theatre,1,1\n"
                  "1.5,Ward,Theatre,1,\n");
    fixture_model(&fixture, "support_rule.csv",
                  "pool,method,step,driver\n"
                  "Finance,step_down,,spend\n"
                  "Finance,stepdown,1,spend\n"
                  "Finance,direct,1,spent\n");
    fixture_model(&fixture, "resource.csv",
                  "pool,resource,share\nWard,Nurses,0.5\n"
                  "Ward,Doctors,0.6\n");
    fixture_model(&fixture, "activity_rule.csv",
                  "resource,activity,share,feed\n"
                  "Nurses,Care,0.7,stay\n"
                  "Nurses,Tea,0.7,stay\n"
                  "Doctors,Care,0.7,stay\n"
                  "Doctors,Tea,,stay\n");
    assert_refused(&fixture, "shares_over_1|costing/activity_rule.csv|2|share;"
                             "share_differs|costing/activity_rule.csv|5|share;"
                             "unknown_organisation|costing/ledger_map.csv|2|organisation;"
                             "unknown_choice|costing/ledger_map.csv|3|treatment;"
                             "empty_cell|costing/ledger_map.csv|4|pool;"
                             "not_a_number|costing/ledger_map.csv|5|share;"
                             "too_many_decimals|costing/ledger_map.csv|6|share;"
                             "share_out_of_range|costing/ledger_map.csv|7|share;"
                             "empty_cell|costing/ledger_map.csv|8|reason;"
                             "shares_not_1|costing/ledger_map.csv|9|share;"
                             "share_empty|costing/ledger_map.csv|11|share;"
                             "amount_or_share|costing/pool_transfer.csv|2|amount;"
                             "not_a_whole_number|costing/pool_transfer.csv|3|step;"
                             "shares_not_1|costing/resource.csv|2|share;"
                             "empty_cell|costing/support_rule.csv|2|step;"
                             "unknown_choice|costing/support_rule.csv|3|method;"
                             "driver_without_rows|costing/support_rule.csv|4|driver");
    assert_string_equal(
        fixture.error.message,
        "costing/ledger_map.csv line 2: there is no organisation HOPS; did you mean "
        "HOSP?; and 16 more, see the findings");
    assert_rows(&fixture, "SELECT remedy FROM finding WHERE kind = 'unknown_choice' ORDER BY file",
                "did you mean patient?;did you mean step_down?");
    fixture_end(&fixture);
}

static void misspelt_columns_and_tables_are_named(void **state) {
    (void)state;
    cost_fixture fixture;
    fixture_begin(&fixture);
    fixture_fill(&fixture);
    fixture_model(&fixture, "resource.csv", "pool,resourse,share,note\nWard,Nurses,1,x\n");
    fixture_model(&fixture, "drivers.csv", "driver\n");
    assert_refused(&fixture, "missing_column|costing/resource.csv|1|resource;"
                             "unknown_column|costing/resource.csv|1|resourse");
    assert_rows(&fixture,
                "SELECT kind, remedy FROM finding WHERE severity = 'warning' ORDER BY kind",
                "unknown_column|remove it, if it is no note;unknown_table|did you mean driver?");
    fixture_end(&fixture);
}

static void conditions_that_do_not_bind_are_all_named(void **state) {
    (void)state;
    cost_fixture fixture;
    fixture_begin(&fixture);
    fixture_fill(&fixture);
    fixture_model(&fixture, "activity_rule.csv",
                  "resource,activity,share,feed,condition,basis\n"
                  "Ward,Care,,stay,wrad = 'W1',days\n"
                  "Ward,Tea,,stay,event.sitting = 'x',days\n"
                  "Theatre,Care,,theatre,,minutes +\n"
                  "Theatre,Tea,,theatre,ward = 'it''s event.x' OR true,minutes\n");
    assert_refused(&fixture, "rule_fails|costing/activity_rule.csv|2|condition;"
                             "rule_fails|costing/activity_rule.csv|3|condition;"
                             "rule_fails|costing/activity_rule.csv|4|basis");
    fixture_end(&fixture);
}

static void match_rules_with_unknown_columns_are_named(void **state) {
    (void)state;
    cost_fixture fixture;
    fixture_begin(&fixture);
    fixture_fill(&fixture);
    fixture_model(&fixture, "match_rule.csv",
                  "step,feed,columns\n"
                  "1,stay,locel_id\n"
                  "2,stay,;\n");
    assert_refused(&fixture, "match_rule_fails|costing/match_rule.csv|2|columns;"
                             "match_rule_empty|costing/match_rule.csv|3|columns");
    fixture_end(&fixture);
}

static void pools_of_two_treatments_and_methods_are_refused(void **state) {
    (void)state;
    cost_fixture fixture;
    fixture_begin(&fixture);
    fixture_fill(&fixture);
    fixture_model(&fixture, "ledger_map.csv",
                  "cost_centre,account,pool,treatment\n"
                  "W1,*,Ward,patient\n"
                  "T1,*,Ward,support\n"
                  "*,*,Finance,support\n");
    fixture_model(&fixture, "driver.csv", "driver,pool,quantity\nspend,Ward,1\n");
    assert_refused(&fixture, "treatment_differs|costing/ledger_map.csv|3|treatment");
    fixture_model(&fixture, "ledger_map.csv",
                  "cost_centre,account,pool,treatment\n"
                  "W1,*,Ward,patient\n"
                  "T1,*,People,support\n"
                  "*,*,Finance,support\n");
    fixture_model(&fixture, "support_rule.csv",
                  "pool,method,driver\n"
                  "Finance,direct,spend\n"
                  "People,reciprocal,spend\n"
                  "People,reciprocal,spend\n");
    assert_refused(&fixture, "methods_differ|costing/support_rule.csv|2|method;"
                             "rule_twice|costing/support_rule.csv|3|pool");
    fixture_end(&fixture);
}

static void broken_selects_are_refused_and_no_model_at_all_is_said(void **state) {
    (void)state;
    cost_fixture fixture;
    char path[128];
    fixture_begin(&fixture);
    fixture_fill(&fixture);
    fixture_model(&fixture, "weight.sql", "SELECT feed, code, weight FROM read_csv('no.csv')");
    fixture_model(&fixture, "resource.sql", "SELECT 1 AS pool");
    fixture_model(&fixture, "resource.csv", "pool,resource\n");
    assert_int_equal(fixture_run(&fixture, 1), SHIRE_INVALID);
    assert_rows(&fixture, "SELECT kind, file FROM finding WHERE severity = 'error' ORDER BY file",
                "table_twice|costing/resource.sql;select_failed|costing/weight.sql");
    snprintf(path, sizeof(path), "%s/costing", fixture.dir);
    assert_int_equal(shire_dir_remove(path, NULL), SHIRE_OK);
    fixture_run_well(&fixture);
    assert_string_equal(fixture_findings(&fixture, "no_ledger_map"), "costing:");
    assert_rows(&fixture,
                "SELECT ledger, unallocated FROM reconciliation WHERE organisation_no = 0",
                "178.500000|178.500000");
    fixture_end(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_mistakes_are_shown_in_one_go),
        cmocka_unit_test(misspelt_columns_and_tables_are_named),
        cmocka_unit_test(conditions_that_do_not_bind_are_all_named),
        cmocka_unit_test(match_rules_with_unknown_columns_are_named),
        cmocka_unit_test(pools_of_two_treatments_and_methods_are_refused),
        cmocka_unit_test(broken_selects_are_refused_and_no_model_at_all_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
