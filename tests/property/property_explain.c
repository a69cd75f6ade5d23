/*
 * Explaining forward loses nothing: in random small partnerships every level of the way of some
 * ledger lines, and of every pool, sums exactly to what was asked about, with few rows shown and
 * with all.
 */
#include "../unit/cost/cost_random.h"

#include "cost/explain_forward.h"

#define MODELS 4

static void assert_levels_sum(const shire_explain_forward *forward, size_t level_count) {
    assert_int_equal(forward->level_count, level_count);
    for (size_t i = 0; i < forward->level_count; i++) {
        const shire_explain_level *level = &forward->levels[i];
        shire_money sum = level->folded_amount;
        for (size_t row = 0; row < level->row_count; row++) {
            sum += level->rows[row].amount;
        }
        assert_int_equal(sum, forward->amount);
    }
}

static int explain_all(cost_fixture *fixture) {
    static const char *const selectors[] = {"2", "gl.csv:7", "cost_centre=C1", "account>=30",
                                            "amount<0 and organisation=HOSP"};
    shire_explain_forward forward;
    shire_frame pools;
    int explained = 0;
    for (size_t i = 0; i < 5; i++) {
        for (size_t limit = 0; limit < 4; limit += 3) {
            shire_status status = shire_explain_ledger(fixture->table, selectors[i], limit,
                                                       fixture->arena, &forward, &fixture->error);
            if (status != SHIRE_NOT_FOUND) {
                assert_int_equal(status, SHIRE_OK);
                assert_levels_sum(&forward, 8);
                explained++;
            }
        }
    }
    assert_int_equal(
        shire_table_query(fixture->table,
                          "SELECT code || '/' || pool FROM cost_pool JOIN organisation "
                          "USING (organisation_no)",
                          fixture->arena, &pools, NULL),
        SHIRE_OK);
    for (size_t row = 0; row < pools.row_count; row += 3) {
        shire_span text = shire_column_text(&pools.columns[0], row);
        char *name = shire_arena_copy_text(fixture->arena, text.bytes, text.length);
        assert_int_equal(
            shire_explain_pool(fixture->table, name, 2, fixture->arena, &forward, &fixture->error),
            SHIRE_OK);
        assert_levels_sum(&forward, 7);
    }
    return explained;
}

static void every_level_sums_to_the_lines(void **state) {
    (void)state;
    int explained = 0;
    for (uint64_t seed = 0; seed < MODELS; seed++) {
        shire_random random = shire_random_seed(seed, 11);
        cost_fixture fixture;
        fixture_begin(&fixture);
        make_data(&fixture, &random);
        make_model(&fixture, &random, seed % 3 == 0);
        if (fixture_run(&fixture, 2) == SHIRE_OK) {
            explained += explain_all(&fixture);
        }
        fixture_end(&fixture);
    }
    assert_true(explained > MODELS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_level_sums_to_the_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
