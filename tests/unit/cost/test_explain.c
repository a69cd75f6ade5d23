/* Explaining: the parts of every node sum to it, down to ledger lines with file and line. */
#include "cost/explain.h"
#include "cost/explain_forward.h"
#include "cost_fixture.h"

static shire_money sum_of_lines(const shire_explain_node *node, size_t *line_count) {
    if (node->kind == SHIRE_EXPLAIN_LEDGER_LINE) {
        assert_non_null(node->name);
        assert_non_null(node->file);
        (*line_count)++;
        return node->amount;
    }
    shire_money parts = node->folded_amount;
    shire_money lines = node->folded_amount;
    for (size_t i = 0; i < node->part_count; i++) {
        parts += node->parts[i].amount;
        lines += sum_of_lines(&node->parts[i], line_count);
    }
    assert_int_equal(parts, node->amount);
    return lines;
}

static void explain_fixture(cost_fixture *fixture) {
    fixture_begin(fixture);
    fixture_fill(fixture);
    fixture_model(fixture, "pool_transfer.csv",
                  "step,from_pool,to_pool,amount,share\n"
                  "1,Theatre,Ward,,0.333333\n");
    fixture_run_well(fixture);
}

static void every_level_sums_to_the_one_above(void **state) {
    (void)state;
    cost_fixture fixture;
    explain_fixture(&fixture);
    for (int all = 0; all < 2; all++) {
        shire_explain_options options = {.all = all};
        shire_explain_node tree;
        size_t line_count = 0;
        assert_int_equal(shire_explain_person(fixture.table, "P0", &options, fixture.arena, &tree,
                                              &fixture.error),
                         SHIRE_OK);
        assert_int_equal(tree.part_count, 2);
        assert_string_equal(tree.parts[0].name, "A");
        assert_string_equal(tree.parts[0].detail, "APC, 2024-04-02");
        assert_int_equal(sum_of_lines(&tree, &line_count), tree.amount);
        assert_true(line_count >= 4);
        assert_rows(&fixture,
                    shire_arena_format(fixture.arena,
                                       "SELECT (sum(amount) * 1000000)::BIGINT = %lld FROM "
                                       "person_cost WHERE person_no = 0",
                                       (long long)tree.amount),
                    "true");
    }
    fixture_end(&fixture);
}

static void an_event_shows_support_pools_and_transferred_lines(void **state) {
    (void)state;
    cost_fixture fixture;
    shire_explain_options options = {.all = true};
    shire_explain_node tree;
    explain_fixture(&fixture);
    assert_int_equal(shire_explain_event(fixture.table, "HOSP/PAS/B", &options, fixture.arena,
                                         &tree, &fixture.error),
                     SHIRE_OK);
    /* B is one of five days on the ward: Ward's own 119.99998 and finance's share of 30. */
    const shire_explain_node *pool = &tree.parts[0].parts[0].parts[0];
    assert_string_equal(pool->name, "Ward");
    assert_int_equal(pool->part_count, 2);
    assert_int_equal(pool->parts[0].kind, SHIRE_EXPLAIN_POOL);
    assert_int_equal(pool->parts[0].part_count, 2);
    assert_string_equal(pool->parts[0].parts[0].name, "W1 / 4000");
    assert_string_equal(pool->parts[0].parts[1].name, "T1 / 4000");
    assert_string_equal(pool->parts[0].parts[1].file, "gl.csv");
    assert_int_equal(pool->parts[0].parts[1].line, 3);
    assert_int_equal(pool->parts[1].kind, SHIRE_EXPLAIN_SUPPORT_POOL);
    assert_string_equal(pool->parts[1].name, "Finance");
    fixture_end(&fixture);
}

static void small_parts_are_folded_but_counted(void **state) {
    (void)state;
    cost_fixture fixture;
    shire_explain_options options = {.all = false};
    shire_explain_node tree;
    fixture_begin(&fixture);
    fixture_fill(&fixture);
    fixture_sql(&fixture,
                "INSERT INTO ledger_line SELECT 6 + i, 0, '1', 'W1', '5' || i, 0.01, NULL, "
                "'gl.csv', 8 + i FROM range(300) AS r(i)");
    fixture_run_well(&fixture);
    assert_int_equal(
        shire_explain_event(fixture.table, "B", &options, fixture.arena, &tree, &fixture.error),
        SHIRE_OK);
    const shire_explain_node *own = &tree.parts[0].parts[0].parts[0].parts[0];
    assert_int_equal(own->part_count, 1);
    assert_int_equal(own->folded_count, 300);
    assert_int_equal(own->folded_amount, 300 * 2000);
    fixture_end(&fixture);
}

static void unknown_and_ambiguous_ids_are_said(void **state) {
    (void)state;
    cost_fixture fixture;
    shire_explain_options options = {.all = false};
    shire_explain_node tree;
    explain_fixture(&fixture);
    fixture_sql(&fixture, "INSERT INTO event SELECT * REPLACE (3 AS event_no, 'ED' AS source) FROM "
                          "event WHERE event_no = 0");
    assert_int_equal(
        shire_explain_person(fixture.table, "P'9", &options, fixture.arena, &tree, &fixture.error),
        SHIRE_NOT_FOUND);
    memset(&fixture.error, 0, sizeof(fixture.error));
    assert_int_equal(
        shire_explain_event(fixture.table, "Z", &options, fixture.arena, &tree, &fixture.error),
        SHIRE_NOT_FOUND);
    memset(&fixture.error, 0, sizeof(fixture.error));
    assert_int_equal(
        shire_explain_event(fixture.table, "A", &options, fixture.arena, &tree, &fixture.error),
        SHIRE_INVALID);
    assert_non_null(strstr(fixture.error.message, "HOSP/PAS and HOSP/ED"));
    assert_int_equal(shire_explain_event(fixture.table, "HOSP/ED/A", &options, fixture.arena, &tree,
                                         &fixture.error),
                     SHIRE_OK);
    assert_int_equal(tree.amount, 0);
    assert_int_equal(tree.part_count, 0);
    fixture_end(&fixture);
}

static void an_older_warehouse_is_said_to_be_one(void **state) {
    (void)state;
    cost_fixture fixture;
    fixture_begin(&fixture);
    fixture_fill(&fixture);
    fixture_run_well(&fixture);
    fixture_sql(&fixture, "DROP TABLE item_apart");
    const shire_explain_options options = {.all = true};
    shire_explain_node tree;
    shire_explain_forward forward;
    assert_int_equal(
        shire_explain_event(fixture.table, "A", &options, fixture.arena, &tree, &fixture.error),
        SHIRE_INVALID);
    assert_non_null(strstr(fixture.error.message, "older version"));
    fixture.error = (shire_error){0};
    assert_int_equal(
        shire_explain_ledger(fixture.table, "2", 10, fixture.arena, &forward, &fixture.error),
        SHIRE_INVALID);
    assert_non_null(strstr(fixture.error.message, "older version"));
    fixture_end(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_older_warehouse_is_said_to_be_one),
        cmocka_unit_test(every_level_sums_to_the_one_above),
        cmocka_unit_test(an_event_shows_support_pools_and_transferred_lines),
        cmocka_unit_test(small_parts_are_folded_but_counted),
        cmocka_unit_test(unknown_and_ambiguous_ids_are_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
