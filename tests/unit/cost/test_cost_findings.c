/* Findings of the costing chain: each says what, where and what to do. */
#include "cost_fixture.h"

static void weights_that_cancel_are_found(void **state) {
    (void)state;
    cost_fixture fixture;
    fixture_begin(&fixture);
    fixture_fill(&fixture);
    fixture_sql(&fixture, "UPDATE activity_item SET quantity = -3 WHERE item_no = 1");
    fixture_model(&fixture, "activity_rule.csv",
                  "organisation,resource,activity,share,feed,condition,basis\n"
                  "HOSP,Ward,Ward care,,stay,,quantity\n"
                  "HOSP,Theatre,Theatre care,1,theatre,,quantity * (CASE item_id WHEN 'i2' THEN 1 "
                  "ELSE -1 END)\n");
    fixture_run_well(&fixture);
    assert_string_equal(fixture_findings(&fixture, "weights_cancel"),
                        "costing/activity_rule.csv:2;costing/activity_rule.csv:3");
    assert_rows(&fixture, "SELECT stage, name, reason, amount FROM unallocated ORDER BY ALL",
                "activity|Theatre care|the items' weights sum to zero|65.000000;"
                "ledger|X / 1|no rule of ledger_map fits|1.500000;"
                "resource|Ward|the weights of its activities' items sum to zero|125.000000");
    fixture_end(&fixture);
}

static void a_basis_that_is_no_number_is_refused_without_its_value(void **state) {
    (void)state;
    static const char *const bases[] = {"item_id", "'NaN'::DOUBLE", "quantity * 1e18::DOUBLE"};
    for (size_t i = 0; i < sizeof bases / sizeof *bases; i++) {
        cost_fixture fixture;
        fixture_begin(&fixture);
        fixture_fill(&fixture);
        fixture_model(&fixture, "activity_rule.csv",
                      shire_arena_format(fixture.arena,
                                         "resource,activity,feed,basis\nWard,Ward care,stay,%s\n",
                                         bases[i]));
        assert_int_equal(fixture_run(&fixture, 1), SHIRE_INVALID);
        assert_non_null(strstr(fixture.error.message, "costing/activity_rule.csv line 2: "));
        assert_non_null(strstr(fixture.error.message, "make it a number"));
        assert_null(strstr(fixture.error.message, "i0"));
        assert_string_equal(fixture_findings(&fixture, "basis_no_number"),
                            "costing/activity_rule.csv:2");
        fixture_end(&fixture);
    }
}

static void an_unmapped_line_is_named_by_its_file_and_line(void **state) {
    (void)state;
    cost_fixture fixture;
    fixture_begin(&fixture);
    fixture_fill(&fixture);
    fixture_run_well(&fixture);
    assert_string_equal(fixture_findings(&fixture, "ledger_line_unmapped"), "gl.csv:7");
    fixture_end(&fixture);
}

static void an_empty_table_of_the_model_is_named_once(void **state) {
    (void)state;
    cost_fixture fixture;
    fixture_begin(&fixture);
    fixture_fill(&fixture);
    fixture_model(&fixture, "driver.csv", "");
    assert_int_equal(fixture_run(&fixture, 1), SHIRE_INVALID);
    assert_non_null(strstr(fixture.error.message,
                           "costing/driver.csv: the file is empty; write a header line"));
    assert_null(strstr(fixture.error.message, fixture.dir));
    fixture_model(&fixture, "driver.csv", "driver,pool,quantity\nspend,\"Ward,1\n");
    assert_int_equal(fixture_run(&fixture, 1), SHIRE_INVALID);
    assert_non_null(
        strstr(fixture.error.message,
               "costing/driver.csv line 2: the quote that opens here does not end; close "
               "it, or double a quote that belongs to the text"));
    fixture_end(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_that_cancel_are_found),
        cmocka_unit_test(a_basis_that_is_no_number_is_refused_without_its_value),
        cmocka_unit_test(an_unmapped_line_is_named_by_its_file_and_line),
        cmocka_unit_test(an_empty_table_of_the_model_is_named_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
