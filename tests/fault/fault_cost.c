/*
 * Memory runs out at each allocation of a costing run and of an explanation in turn: each must fail
 * with a status and a sentence, crash nowhere and keep nothing, until there is memory enough.
 */
#include "../unit/cost/cost_fixture.h"

#include "cost/explain.h"

typedef shire_status (*scenario)(cost_fixture *fixture);

static shire_status run_costing(cost_fixture *fixture) {
    return fixture_run(fixture, 1);
}

static shire_status run_explain(cost_fixture *fixture) {
    shire_explain_options options = {.all = true};
    shire_explain_node tree;
    memset(&fixture->error, 0, sizeof(fixture->error));
    return shire_explain_person(fixture->table, "P0", &options, fixture->arena, &tree,
                                &fixture->error);
}

static void assert_fails_cleanly_until_it_succeeds(cost_fixture *fixture, scenario run) {
    int failures = 0;
    for (int64_t successes = 0;; successes += 1 + (successes > 100 ? successes / 10 : 0)) {
        shire_memory_fail_after(successes);
        shire_status status = run(fixture);
        shire_memory_fail_after(-1);
        if (status == SHIRE_OK) {
            break;
        }
        assert_int_equal(status, fixture->error.status);
        assert_true(strlen(fixture->error.message) > 10);
        failures++;
    }
    assert_true(failures > 20);
}

static void costing_survives_any_failing_allocation(void **state) {
    (void)state;
    cost_fixture fixture;
    fixture_begin(&fixture);
    fixture_fill(&fixture);
    fixture_model(&fixture, "pool_transfer.csv",
                  "step,from_pool,to_pool,amount,share\n"
                  "1,T*,New t*,,0.5\n");
    fixture_model(&fixture, "resource.csv",
                  "pool,resource,share\nWard,Nurses,0.5\n"
                  "Ward,Doctors,0.5\n");
    fixture_model(&fixture, "activity_rule.csv",
                  "resource,activity,share,feed,condition,basis\n"
                  "Nurses,Care,,stay,event.code = 'C1',weight\n"
                  "Doctors,Care,0.5,stay,,quantity\n"
                  "*,Theatre care,,theatre,,minutes\n");
    fixture_model(&fixture, "weight.csv", "feed,code,weight\nst*,*,2\n");
    fixture_model(&fixture, "match_rule.csv",
                  "step,feed,columns\n1,theatre,local_id\n"
                  "2,theatre,code\n");
    assert_fails_cleanly_until_it_succeeds(&fixture, run_costing);
    assert_fails_cleanly_until_it_succeeds(&fixture, run_explain);
    fixture_end(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(costing_survives_any_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
