/* Income as a ledger of its own, and what is kept apart from the cost of patient care. */
#include "cost_fixture.h"

static const char statement[] =
    "SELECT ledger, segment, amount FROM ledger_segment WHERE organisation_no = 0";

/* The fixture with income in a pool of its own, spread by the items' tariff, and some car parks. */
static void fill_with_income(cost_fixture *fixture) {
    fixture_begin(fixture);
    fixture_fill(fixture);
    fixture_sql(fixture, "INSERT INTO ledger_line VALUES "
                         "(6, 0, '1', 'TAR', '9100', -300, 'Tariff', 'gl.csv', 8),"
                         "(7, 0, '1', 'R', '4000', 50, 'Trials', 'gl.csv', 9),"
                         "(8, 0, '1', 'R', '4100', 2, 'Trial drugs', 'gl.csv', 10)");
    fixture_model(fixture, "ledger_map.csv",
                  "organisation,cost_centre,account,pool,share,treatment,reason\n"
                  "HOSP,TAR,*,Tariff,,income,\n"
                  "HOSP,*,9???,,,income,\n"
                  "HOSP,CAP,*,,,excluded,capital\n"
                  "HOSP,W1,*,Ward,,patient,\n"
                  "HOSP,T1,*,Theatre,,patient,\n"
                  "HOSP,R,4000,Trials,,research,\n"
                  "HOSP,R,*,,,research,\n"
                  "HOSP,FIN,*,Finance,,support,\n");
    fixture_model(fixture, "driver.csv",
                  "organisation,driver,pool,quantity,cost_of\n"
                  "HOSP,spend,Ward,,Ward\n"
                  "HOSP,spend,Theatre,20,\n"
                  "HOSP,spend,Trials,30,\n");
    fixture_model(fixture, "activity_rule.csv",
                  "organisation,resource,activity,share,feed,condition,basis\n"
                  "HOSP,Ward,Ward care,,stay,,days\n"
                  "HOSP,Theatre,Theatre care,,theatre,,minutes\n"
                  "HOSP,Tariff,Tariff,,theatre,,amount\n");
}

static void income_is_matched_and_reconciles_on_its_own(void **state) {
    (void)state;
    cost_fixture fixture;
    fill_with_income(&fixture);
    fixture_run_well(&fixture);
    /* Finance 30 goes 100 : 20 : 30; 300 of income over 10 + 20 pounds of tariff. */
    assert_rows(&fixture, "SELECT pool, treatment, segment, total_cost FROM cost_pool",
                "Ward|patient|patient|120.000000;Theatre|patient|patient|64.000000;"
                "Finance|support|patient|0.000000;Tariff|income|income|-300.000000;"
                "Trials|apart|research|56.000000");
    assert_rows(&fixture, "SELECT event_no, amount FROM event_cost",
                "0|144.000000;1|24.000000;2|16.000000");
    assert_rows(&fixture, "SELECT event_no, amount FROM event_income",
                "0|-100.000000;2|-200.000000");
    assert_rows(&fixture, "SELECT person_no, setting, amount FROM person_income",
                "0|Day case|-200.000000;0|Inpatient|-100.000000");
    assert_rows(&fixture, "SELECT stage, name, amount FROM unallocated_income",
                "ledger|FIN / 9000|-20.000000");
    assert_rows(&fixture, "SELECT segment, stage, name, amount FROM kept_apart",
                "research|resource|Trials|56.000000;research|ledger|R / 4100|2.000000");
    assert_rows(&fixture, statement,
                "cost|excluded|7.000000;cost|patient|184.000000;cost|research|58.000000;"
                "cost|unallocated|1.500000;income|patient|-300.000000;"
                "income|unallocated|-20.000000");
    assert_rows(&fixture,
                "SELECT ledger, allocated, excluded, unallocated, difference FROM reconciliation "
                "WHERE organisation_no = 0",
                "-69.500000|184.000000|-255.000000|1.500000|0.000000");
    assert_string_equal(fixture_findings(&fixture, "resource_without_rule"), "");
    fixture_end(&fixture);
}

static void income_stays_unallocated_as_far_as_rules_do_not_reach(void **state) {
    (void)state;
    cost_fixture fixture;
    fill_with_income(&fixture);
    fixture_sql(&fixture, "UPDATE activity_item SET event_id = 'none' WHERE item_no = 3");
    fixture_run_well(&fixture);
    assert_rows(&fixture, "SELECT stage, name, reason, amount FROM unallocated_income ORDER BY ALL",
                "item|Tariff|unmatched items|-200.000000;ledger|FIN / 9000|income|-20.000000");
    assert_rows(&fixture, "SELECT stage, name, amount FROM unallocated ORDER BY ALL",
                "item|Theatre care|16.000000;ledger|X / 1|1.500000");
    fixture_end(&fixture);
}

static void private_patients_are_costed_and_shown_apart(void **state) {
    (void)state;
    cost_fixture fixture;
    fill_with_income(&fixture);
    fixture_model(&fixture, "segment_rule.csv",
                  "organisation,step,dataset,condition,segment\n"
                  ",1,A*,event_id = 'A',patient\n"
                  "HOSP,2,APC,code = 'C1',private\n");
    fixture_run_well(&fixture);
    assert_rows(&fixture, "SELECT event_no, segment FROM event_segment", "2|private");
    assert_rows(&fixture, "SELECT event_no, amount FROM event_cost", "0|144.000000;1|24.000000");
    assert_rows(&fixture, "SELECT event_no, amount, segment FROM event_apart",
                "2|16.000000|private");
    assert_rows(&fixture, "SELECT person_no, setting, amount FROM person_cost",
                "0|Inpatient|144.000000;1|Inpatient|24.000000");
    assert_rows(&fixture, statement,
                "cost|excluded|7.000000;cost|patient|168.000000;cost|private|16.000000;"
                "cost|research|58.000000;cost|unallocated|1.500000;income|patient|-100.000000;"
                "income|private|-200.000000;income|unallocated|-20.000000");
    fixture_end(&fixture);
}

static void names_of_treatments_are_data(void **state) {
    (void)state;
    cost_fixture fixture;
    fill_with_income(&fixture);
    fixture_model(&fixture, "treatment.csv",
                  "treatment,kind,segment\n"
                  "designated,support,\n"
                  "own patients,patient,\n"
                  "commercial trials,apart,research\n"
                  "overseas,apart,\n");
    fixture_model(&fixture, "ledger_map.csv",
                  "organisation,cost_centre,account,pool,share,treatment,reason\n"
                  "HOSP,W1,*,Ward,,own patients,\n"
                  "HOSP,T1,*,Theatre,,own patients,\n"
                  "HOSP,R,4000,Trials,,commercial trials,\n"
                  "HOSP,R,4100,Visitors,,overseas,\n"
                  "HOSP,FIN,4000,Finance,,designated,\n"
                  "*,*,*,,,excluded,not needed here\n");
    fixture_run_well(&fixture);
    assert_rows(&fixture, statement,
                "cost|excluded|-311.500000;cost|overseas|2.000000;cost|patient|184.000000;"
                "cost|research|56.000000");
    fixture_model(&fixture, "ledger_map.csv",
                  "cost_centre,account,pool,treatment\n*,*,Ward,own patient\n");
    assert_int_equal(fixture_run(&fixture, 1), SHIRE_INVALID);
    assert_string_equal(fixture.error.message,
                        "costing/ledger_map.csv line 2: there is no treatment 'own patient'; did "
                        "you mean own patients?");
    fixture_end(&fixture);
}

static void cost_and_income_do_not_mix(void **state) {
    (void)state;
    static const struct {
        const char *file, *text, *message;
    } cases[] = {
        {"pool_transfer.csv", "from_pool,to_pool,share\nTariff,Ward,1\n",
         "costing/pool_transfer.csv line 2: the transfer from 'Tariff' to 'Ward' would mix"},
        {"driver.csv", "driver,pool,quantity\nspend,Ward,1\nspend,Tariff,1\n",
         "costing/support_rule.csv line 2: HOSP: the pool 'Tariff' holds income"},
        {"resource.csv", "pool,resource\nTariff,R\nWard,R\n",
         "HOSP: the resource 'R' would be made of patient and of income (pool 'Tariff')"},
        {"ledger_map.csv",
         "cost_centre,account,pool,treatment\nW1,*,Ward,patient\nTAR,*,Ward,income\n",
         "costing/ledger_map.csv line 3: the pool 'Ward' is patient in line 2"},
        {"segment_rule.csv", "dataset,condition,segment\n*,nonsense = 1,private\n",
         "costing/segment_rule.csv line 2: the condition does not run"},
        {"segment_rule.csv", "dataset,condition,segment\n*,,privat\n",
         "costing/segment_rule.csv line 2: there is no segment 'privat'; did you mean private?"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cost_fixture fixture;
        fill_with_income(&fixture);
        fixture_model(&fixture, cases[i].file, cases[i].text);
        assert_int_equal(fixture_run(&fixture, 1), SHIRE_INVALID);
        if (strstr(fixture.error.message, cases[i].message) == NULL) {
            fail_msg("%s", fixture.error.message);
        }
        fixture_end(&fixture);
    }
}

static void research_may_have_rules_of_its_own(void **state) {
    (void)state;
    cost_fixture fixture;
    fill_with_income(&fixture);
    fixture_model(&fixture, "activity_rule.csv",
                  "organisation,resource,activity,share,feed,condition,basis\n"
                  "HOSP,Ward,Care,,stay,,count\n"
                  "HOSP,Theatre,Theatre care,,theatre,,minutes\n"
                  "HOSP,Trials,Care,,stay,,count\n");
    fixture_run_well(&fixture);
    assert_rows(&fixture, "SELECT activity, segment, amount FROM activity_cost",
                "Care|patient|120.000000;Theatre care|patient|64.000000;Care|research|56.000000");
    assert_rows(&fixture, "SELECT event_no, amount FROM event_cost",
                "0|108.000000;1|60.000000;2|16.000000");
    assert_rows(&fixture, "SELECT event_no, amount, segment FROM event_apart",
                "0|28.000000|research;1|28.000000|research");
    assert_rows(&fixture, "SELECT item_no, amount FROM item_apart", "0|28.000000;1|28.000000");
    fixture_end(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(income_is_matched_and_reconciles_on_its_own),
        cmocka_unit_test(income_stays_unallocated_as_far_as_rules_do_not_reach),
        cmocka_unit_test(private_patients_are_costed_and_shown_apart),
        cmocka_unit_test(names_of_treatments_are_data),
        cmocka_unit_test(cost_and_income_do_not_mix),
        cmocka_unit_test(research_may_have_rules_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
