/*
 * Random small partnerships through the whole costing chain. What must hold whenever a model is not
 * refused: each organisation's ledger is the sum of its parts, and so is every link of the chain
 * (pools of ledger lines, support flows of own costs, resources of pools, activities of resources,
 * items of activities, events of items, persons of events); the same run gives the same rows; a
 * reversed ledger gives every cost with the other sign.
 */
#include "../unit/cost/cost_random.h"

#define MODELS (36 / SHIRE_CASE_DIVISOR)

/* Each row is a mistake: a link of the chain that does not add up. */
static const char broken_links[] =
    "SELECT 'pool', pool_no FROM cost_pool WHERE own_cost <> coalesce((SELECT sum(amount) FROM "
    "pool_line WHERE pool_line.pool_no = cost_pool.pool_no), 0) "
    "UNION ALL SELECT 'support', from_pool_no FROM support_flow JOIN cost_pool ON pool_no = "
    "from_pool_no GROUP BY from_pool_no, own_cost HAVING sum(amount) <> own_cost "
    "UNION ALL SELECT 'received', pool_no FROM cost_pool JOIN support_flow ON pool_no = to_pool_no "
    "GROUP BY pool_no, received_cost HAVING sum(amount) <> received_cost "
    "UNION ALL SELECT 'resource', resource_no FROM resource_cost WHERE amount <> coalesce((SELECT "
    "sum(amount) FROM pool_resource WHERE pool_resource.resource_no = resource_cost.resource_no), "
    "0) "
    "UNION ALL SELECT 'activity', activity_no FROM activity_cost WHERE amount <> coalesce((SELECT "
    "sum(amount) FROM resource_activity WHERE resource_activity.activity_no = "
    "activity_cost.activity_no), 0) "
    "UNION ALL SELECT 'item', activity_no FROM activity_cost JOIN item_cost USING (activity_no) "
    "GROUP BY activity_no, activity_cost.amount HAVING sum(item_cost.amount) <> "
    "activity_cost.amount "
    "UNION ALL SELECT 'event', event_no FROM event_cost WHERE amount <> (SELECT sum(amount) FROM "
    "item_cost JOIN item_event USING (item_no) WHERE item_event.event_no = event_cost.event_no) "
    "UNION ALL SELECT 'person', 0 WHERE (SELECT sum(amount) FROM person_cost) <> (SELECT "
    "sum(amount) FROM event_cost) "
    "UNION ALL SELECT 'ledger', organisation_no FROM reconciliation WHERE difference <> 0";

static void models_keep_every_micropound(void **state) {
    (void)state;
    int costed = 0;
    for (uint64_t seed = 0; seed < MODELS; seed++) {
        shire_random random = shire_random_seed(seed, 0);
        cost_fixture fixture;
        fixture_begin(&fixture);
        make_data(&fixture, &random);
        bool with_costs = seed % 3 == 0;
        make_model(&fixture, &random, with_costs);
        shire_status status = fixture_run(&fixture, 2);
        if (status == SHIRE_OK) {
            const char *items = "SELECT activity_no, item_no, amount FROM item_cost";
            const char *first = fixture_rows(&fixture, items);
            const char *negated = fixture_rows(
                &fixture, "SELECT activity_no, item_no, -amount AS amount FROM item_cost");
            assert_rows(&fixture, broken_links, "");
            assert_int_equal(fixture_run(&fixture, 1), SHIRE_OK);
            assert_rows(&fixture, items, first);
            fixture_sql(&fixture, "UPDATE ledger_line SET amount = -amount");
            if (fixture_run(&fixture, 2) != SHIRE_OK) {
                assert_true(with_costs);
                fixture_end(&fixture);
                continue;
            }
            assert_rows(&fixture, broken_links, "");
            if (!with_costs) {
                assert_rows(&fixture, items, negated);
            }
            costed++;
        } else if (status != SHIRE_OVERFLOW) {
            assert_int_equal(status, SHIRE_INVALID);
            assert_rows(&fixture,
                        "SELECT count(*) FROM finding WHERE severity = 'error' AND kind NOT IN "
                        "('driver_without_quantity', 'driver_cancels', 'support_loop', "
                        "'share_differs', 'rule_twice')",
                        "0");
        }
        fixture_end(&fixture);
    }
    assert_in_range(costed, MODELS / 3, MODELS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(models_keep_every_micropound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
