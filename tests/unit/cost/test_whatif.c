/* What-if over a kept run: what a scenario says of items that had no weight, and of shorter
 * delays. That it agrees with a run, tests/property/property_whatif.c shows. */
#include "cost_fixture.h"

#include "cost/whatif.h"
#include "io/columns.h"
#include "io/table_identity.h"

/* The fixture's run in a file, with the columns that it kept. */
static shire_whatif *open_run(cost_fixture *fixture) {
    char identity[SHIRE_COLUMNS_IDENTITY_BYTES];
    shire_whatif *whatif = NULL;
    char *state = shire_arena_format(fixture->arena, "%s/.shire", fixture->dir);
    char *warehouse = shire_arena_format(fixture->arena, "%s/warehouse.duckdb", state);
    char *columns = shire_arena_format(fixture->arena, "%s/columns.bin", state);
    shire_cost_options options = {.thread_count = 2, .columns_path = columns};
    assert_int_equal(shire_dir_make(state, NULL), SHIRE_OK);
    fixture_sql(fixture, fixture_further_columns);
    if (shire_cost_run(fixture->table, &fixture->partnership, &options, fixture->arena,
                       &fixture->summary, &fixture->error) != SHIRE_OK) {
        fail_msg("%s", fixture->error.message);
    }
    fixture_sql(fixture, shire_arena_format(fixture->arena,
                                            "ATTACH '%s' AS kept; COPY FROM DATABASE memory TO "
                                            "kept; DETACH kept",
                                            warehouse));
    assert_int_equal(shire_table_identity(warehouse, identity, NULL), SHIRE_OK);
    assert_int_equal(shire_columns_seal(columns, identity, NULL), SHIRE_OK);
    assert_int_equal(
        shire_whatif_open(&fixture->partnership, 2, fixture->arena, &whatif, &fixture->error),
        SHIRE_OK);
    return whatif;
}

static shire_whatif_result ask(cost_fixture *fixture, shire_whatif *whatif, const char *change) {
    const shire_whatif_scenario scenario = {.name = "q", .changes = &change, .change_count = 1};
    shire_whatif_result result = {0};
    if (shire_whatif_run(whatif, &scenario, &result, &fixture->error) != SHIRE_OK) {
        fail_msg("%s: %s", change, fixture->error.message);
    }
    return result;
}

static void an_item_without_event_that_gets_weight_is_unallocated(void **state) {
    (void)state;
    cost_fixture fixture;
    fixture_begin(&fixture);
    fixture_fill(&fixture);
    fixture_sql(&fixture, "INSERT INTO activity_item VALUES (4, 0, 'theatre', 'i4', 'Z', NULL, "
                          "'K', '2024-04-20', 1, 0, 0, NULL)");
    shire_whatif *whatif = open_run(&fixture);
    shire_whatif_result result =
        ask(&fixture, whatif, "activity.minutes[feed=theatre, item_id=i4] = 120");
    const shire_whatif_organisation *hospital = &result.organisations[0];
    assert_string_equal(hospital->code, "HOSP");
    /* Theatre and its part of support, 65 = 60 + 5, over 240 minutes of which 120 have no event. */
    assert_int_equal(hospital->unallocated.before, 1500000);
    assert_int_equal(hospital->unallocated.after, 1500000 + 32500000);
    assert_int_equal(hospital->allocated.after, hospital->allocated.before - 32500000);
    shire_whatif_close(whatif);
    fixture_end(&fixture);
}

static void free_nights_are_valued_at_what_they_cost_in_the_run(void **state) {
    (void)state;
    cost_fixture fixture;
    fixture_begin(&fixture);
    fixture_fill(&fixture);
    fixture_sql(&fixture, fixture_further_columns);
    /* A came on the 2nd, was ready on the 3rd and left on the 5th: four days and three nights. */
    fixture_sql(&fixture, "UPDATE event SET discharge_ready = TIMESTAMP '2024-04-03', "
                          "delay_responsible = 'both' WHERE event_id = 'A'");
    shire_whatif *whatif = open_run(&fixture);
    shire_whatif_result result = ask(
        &fixture, whatif, "activity[activity=Ward care, reason='Not stated'] discharge_delay = 0");
    assert_int_equal(result.changes[0].row_count, 1);
    assert_true(result.changes[0].is_delay);
    assert_int_equal(result.changes[0].before, 2 * SHIRE_MILLION);
    assert_int_equal(result.changes[0].after, 0);
    assert_int_equal(result.released_nights, 2 * SHIRE_MILLION);
    assert_int_equal(result.release_count, 1);
    assert_string_equal(result.releases[0].basis, "days");
    assert_int_equal(result.releases[0].weight, 2 * SHIRE_MILLION);
    /* The ward's 125 are of five days: four of A, and one of B. */
    assert_int_equal(result.releases[0].value, 50000000);
    assert_int_equal(result.released_value, 50000000);
    assert_int_equal(result.organisations[0].allocated.before,
                     result.organisations[0].allocated.after);
    assert_int_equal(result.delay_count, 2);
    assert_string_equal(result.delays[0].partner, "NHS");
    assert_int_equal(result.delays[0].nights.before, SHIRE_MILLION);
    assert_int_equal(result.delays[0].nights.after, 0);
    assert_true(result.delays[0].cost.before > 0);
    assert_int_equal(result.delays[0].cost.after, 0);
    /* Theatre minutes are not bed time unless their activity is named. */
    result = ask(&fixture, whatif, "activity[feed=theatre] discharge_delay = 0");
    assert_int_equal(result.changes[0].row_count, 0);
    assert_int_equal(result.release_count, 0);
    /* Half of two nights, twice: the second finds what the first left. */
    const char *changes[] = {"activity discharge_delay *= 0.5", "activity discharge_delay *= 0.5"};
    const shire_whatif_scenario twice = {.name = "q", .changes = changes, .change_count = 2};
    assert_int_equal(shire_whatif_run(whatif, &twice, &result, &fixture.error), SHIRE_OK);
    assert_int_equal(result.changes[1].before, SHIRE_MILLION);
    assert_int_equal(result.changes[1].after, SHIRE_MILLION / 2);
    assert_int_equal(result.released_nights, 3 * SHIRE_MILLION / 2);
    shire_whatif_close(whatif);
    fixture_end(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_item_without_event_that_gets_weight_is_unallocated),
        cmocka_unit_test(free_nights_are_valued_at_what_they_cost_in_the_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
