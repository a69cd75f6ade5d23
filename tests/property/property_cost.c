/*
 * Random small partnerships through the whole costing chain. What must hold whenever a model is not
 * refused: each organisation's ledger is the sum of its parts, and so is every link of the chain
 * (pools of ledger lines, support flows of own costs, resources of pools, activities of resources,
 * items of activities, events of items, persons of events); the same run gives the same rows; a
 * reversed ledger gives every cost with the other sign.
 */
#include "../unit/cost/cost_fixture.h"

#include "core/random.h"

#define MODELS 36

static const char *const pool_names[] = {"Ward", "Theatre", "Finance", "Estates", "People", "IT"};
#define POOLS (sizeof(pool_names) / sizeof(*pool_names))

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

static void add_line(shire_builder *text, const char *format, ...) SHIRE_PRINTF(2, 3);
static void add_line(shire_builder *text, const char *format, ...) {
    char line[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    shire_builder_append_format(text, "%s\n", line);
}

static void keep(cost_fixture *fixture, const char *name, shire_builder *text) {
    fixture_model(fixture, name, text->bytes);
    shire_builder_clear(text);
}

static const char *any_pool(shire_random *random) {
    return pool_names[shire_random_below(random, POOLS)];
}

/* with_costs: some driver quantities are costs, which change sign with the ledger. */
static void make_model(cost_fixture *fixture, shire_random *random, bool with_costs) {
    static const char *const methods[] = {"direct", "step_down", "reciprocal"};
    static const char *const bases[] = {"count", "quantity", "minutes", "amount", "days"};
    shire_builder text = {0};
    const char *method = methods[shire_random_below(random, 3)];
    size_t giver_count = shire_random_below(random, 4);
    add_line(&text, "cost_centre,account,pool,share,treatment,reason");
    add_line(&text, "*,9*,,,income,");
    for (size_t i = 0; i < POOLS; i++) {
        const char *treatment = i >= POOLS - giver_count ? "support" : "patient";
        int part = (int)shire_random_between(random, 1, 999999);
        add_line(&text, "C%zu,*,%s,0.%06d,%s,", i, pool_names[i], part, treatment);
        add_line(&text, "C%zu,*,Other,0.%06d,patient,", i, 1000000 - part);
    }
    keep(fixture, "ledger_map.csv", &text);
    add_line(&text, "step,from_pool,to_pool,amount,share");
    add_line(&text, "1,%s,%s,,0.%06d", any_pool(random), any_pool(random),
             (int)shire_random_below(random, 1000000));
    add_line(&text, "2,T*,%s*,,1", shire_random_chance(random, 1, 2) ? "T" : "New t");
    keep(fixture, "pool_transfer.csv", &text);
    add_line(&text, "pool,method,step,driver,fallback");
    for (size_t i = POOLS - giver_count; i < POOLS; i++) {
        add_line(&text, "%s,%s,%d,d%zu,%s", pool_names[i], method,
                 (int)shire_random_below(random, 3), i,
                 shire_random_chance(random, 1, 2) ? "Ward" : "");
    }
    keep(fixture, "support_rule.csv", &text);
    add_line(&text, "driver,pool,quantity,cost_of");
    for (size_t i = POOLS - giver_count; i < POOLS; i++) {
        for (size_t k = 0; k < 4; k++) {
            add_line(&text, "d%zu,%s,%d,%s", i, any_pool(random),
                     (int)shire_random_between(random, -2, 9),
                     with_costs && shire_random_chance(random, 1, 3) ? "W*" : "");
        }
    }
    keep(fixture, "driver.csv", &text);
    add_line(&text, "resource,activity,share,feed,condition,basis");
    for (size_t i = 0; i < POOLS; i++) {
        bool shared = shire_random_chance(random, 1, 2);
        for (size_t k = 0; k < 1 + i % 3; k++) {
            add_line(&text, "%s,A%zu,%s,%s,%s,%s", i == 0 ? "*" : pool_names[i], k,
                     shared ? "0.3" : "", shire_random_chance(random, 1, 2) ? "stay" : "t*",
                     shire_random_chance(random, 1, 3) ? "event.code = 'C1'" : "",
                     bases[shire_random_below(random, 5)]);
        }
    }
    keep(fixture, "activity_rule.csv", &text);
    shire_builder_free(&text);
}

static void make_data(cost_fixture *fixture, shire_random *random) {
    char sql[1600];
    uint64_t salt = shire_random_below(random, 1000000);
    snprintf(
        sql, sizeof(sql),
        "INSERT INTO ledger_line SELECT i, hash(i + %llu) %% 2, '1', 'C' || (hash(i, %llu) %% 7), "
        "(hash(i + 7 * %llu) %% 10) || '0', ((hash(i * 31 + %llu) %% 2000000000)::BIGINT - "
        "500000000) / 1000, NULL, 'gl.csv', i + 2 FROM range(40) AS r(i);"
        "INSERT INTO event SELECT i, hash(i + %llu) %% 2, 'S', 'E' || i, NULL, nullif(i %% 9, 0), "
        "'D', TIMESTAMP '2024-03-20' + to_days((hash(i, %llu) %% 110)::INTEGER), CASE WHEN i %% "
        "3 > 0 THEN TIMESTAMP '2024-07-15' END, 'C' || i %% 3, '1', 'K' || i %% 2 FROM range(30) "
        "AS r(i);"
        "INSERT INTO activity_item SELECT i, hash(i + %llu) %% 2, CASE WHEN i %% 2 = 0 THEN "
        "'stay' ELSE 'theatre' END, i, 'E' || hash(i, %llu) %% 40, NULL, 'K', CASE WHEN i %% 5 > "
        "0 THEN TIMESTAMP '2024-04-01' + to_days((i %% 90)::INTEGER) END, (hash(i) %% 9)::INTEGER "
        "- 1, "
        "(hash(i) %% 1000) / 7, ((hash(i) %% 100000)::INTEGER - 20000) / 100, NULL FROM range(150) "
        "AS r(i);"
        "INSERT INTO person_link SELECT i, i // 2 FROM range(9) AS r(i)",
        (unsigned long long)salt, (unsigned long long)salt, (unsigned long long)salt,
        (unsigned long long)salt, (unsigned long long)salt, (unsigned long long)salt,
        (unsigned long long)salt, (unsigned long long)salt);
    fixture_sql(fixture, sql);
}

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
