/* Whole folders: same seed, same bytes on any number of threads; ledgers to the penny; the truth
 * covers every record; synth never writes over what is no partnership. */
#include "io/file.h"
#include "io/table.h"
#include "synth/synth.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define PEOPLE 6000

static char root[64];
static shire_arena *arena;
static shire_synth_summary summary;

static const char *path_of(const char *name) {
    char *path = shire_arena_format(arena, "%s/%s", root, name);
    assert_non_null(path);
    return path;
}

static int64_t query(const char *sql) {
    shire_error error = {0};
    shire_table_options options = {.thread_count = 1};
    shire_table *table = NULL;
    int64_t value = -1;
    assert_int_equal(shire_table_open(&options, &table, &error), SHIRE_OK);
    if (shire_table_query_int64(table, sql, &value, &error) != SHIRE_OK) {
        fail_msg("%s", error.message);
    }
    shire_table_close(table);
    return value;
}

static int make_folders(void **state) {
    (void)state;
    snprintf(root, sizeof root, "/tmp/shire-synth-XXXXXX");
    shire_error error = {0};
    if (mkdtemp(root) == NULL || shire_arena_new("test_arena", 0, &arena, &error) != SHIRE_OK) {
        return -1;
    }
    static const struct {
        const char *name;
        uint64_t seed;
        int threads;
    } folders[] = {{"one", 3, 1}, {"three", 3, 3}, {"other", 4, 2}};
    for (size_t i = 0; i < 3; i++) {
        shire_synth_options options = {.dir = path_of(folders[i].name),
                                       .people_count = PEOPLE,
                                       .seed = folders[i].seed,
                                       .thread_count = folders[i].threads};
        if (shire_synth_write(&options, &summary, &error) != SHIRE_OK) {
            print_error("%s\n", error.message);
            return -1;
        }
    }
    return 0;
}

static int remove_folders(void **state) {
    (void)state;
    shire_error error = {0};
    int status = shire_dir_remove(root, &error) == SHIRE_OK ? 0 : -1;
    shire_arena_free(arena);
    return status;
}

/* How many files of a part of two folders differ; the part has at least `least`. */
static int count_different(const char *a, const char *b, const char *part, size_t least) {
    shire_error error = {0};
    const char *const *names = NULL;
    size_t count = 0;
    const char *dir = path_of(shire_arena_format(arena, "%s/%s", a, part));
    assert_int_equal(shire_dir_list(dir, "", arena, &names, &count, &error), SHIRE_OK);
    assert_true(count >= least);
    int different = 0;
    for (size_t i = 0; i < count; i++) {
        char first[65], second[65];
        const char *left = path_of(shire_arena_format(arena, "%s/%s/%s", a, part, names[i]));
        const char *right = path_of(shire_arena_format(arena, "%s/%s/%s", b, part, names[i]));
        assert_int_equal(shire_file_hash(left, first, &error), SHIRE_OK);
        assert_int_equal(shire_file_hash(right, second, &error), SHIRE_OK);
        different += strcmp(first, second) != 0 ? 1 : 0;
    }
    return different;
}

static void test_same_seed_gives_same_bytes_on_any_number_of_threads(void **state) {
    (void)state;
    assert_int_equal(count_different("one", "three", "data", 40), 0);
    assert_int_equal(count_different("one", "three", "costing", 8), 0);
    assert_int_equal(count_different("one", "three", "truth", 2), 0);
}

static void test_another_seed_gives_other_people(void **state) {
    (void)state;
    assert_true(count_different("one", "other", "data", 40) >= 40);
}

static void test_each_ledger_is_its_published_total_in_proportion(void **state) {
    (void)state;
    static const struct {
        const char *file;
        int64_t pence;
    } ledgers[] = {{"ledger_council", 36600000000},
                   {"ledger_pct", 25500000000},
                   {"ledger_hospital", 13500000000},
                   {"ledger_mental_health", 4250000000},
                   {"ledger_housing", 3000000000}};
    for (size_t i = 0; i < sizeof ledgers / sizeof ledgers[0]; i++) {
        const char *sql =
            shire_arena_format(arena,
                               "SELECT CAST(sum(shire_decimal(amount)) * 100 AS BIGINT) FROM "
                               "read_csv('%s/one/data/%s.csv', all_varchar = true)",
                               root, ledgers[i].file);
        assert_int_equal(query(sql), ledgers[i].pence * PEOPLE / 180000);
    }
}

static void test_the_truth_holds_every_record_that_is_somebodys(void **state) {
    (void)state;
    const char *sql = shire_arena_format(
        arena, "SELECT count(*) FROM read_csv('%s/one/truth/person_truth.csv')", root);
    /* Twelve rows are bad on purpose and nobody's. */
    assert_true(query(sql) + 12 > PEOPLE * 2);
    sql = shire_arena_format(
        arena, "SELECT count(DISTINCT person) FROM read_csv('%s/one/truth/person_truth.csv')",
        root);
    assert_in_range(query(sql), PEOPLE * 97 / 100, PEOPLE);
    sql = shire_arena_format(arena,
                             "SELECT count(DISTINCT organisation || source) FROM "
                             "read_csv('%s/one/truth/person_truth.csv') WHERE person = "
                             "'stroke-patient'",
                             root);
    assert_int_equal(query(sql), 5);
}

static void test_the_stroke_patient_waits_a_fortnight_for_her_shower(void **state) {
    (void)state;
    const char *sql = shire_arena_format(
        arena,
        "SELECT count(*) FROM read_csv('%s/one/data/community_hospital_stays.csv', "
        "all_varchar = true) AS stay JOIN read_csv('%s/one/truth/person_truth.csv', all_varchar = "
        "true) AS truth ON stay.client_id = truth.local_id WHERE person = 'stroke-patient' AND "
        "date_diff('day', CAST(ready_for_discharge AS TIMESTAMP), CAST(discharged AS TIMESTAMP)) "
        "= 14 AND delay_attributed_to = 'Both'",
        root, root);
    assert_int_equal(query(sql), 1);
}

static void test_volumes_are_those_of_a_county(void **state) {
    (void)state;
    /* 180,000 people: about 410,000 records, 2.5 to 3 million events, 5 million items. */
    assert_in_range(summary.records, PEOPLE * 21 / 10, PEOPLE * 25 / 10);
    assert_in_range(summary.events, PEOPLE * 13, PEOPLE * 18);
    assert_in_range(summary.items, PEOPLE * 25, PEOPLE * 34);
}

static void test_a_folder_of_somebody_elses_files_is_left_alone(void **state) {
    (void)state;
    shire_error error = {0};
    shire_synth_summary unused;
    assert_int_equal(shire_dir_make(path_of("letters"), &error), SHIRE_OK);
    assert_int_equal(
        shire_file_replace(path_of("letters/dear.txt"), shire_span_of("Dear all"), &error),
        SHIRE_OK);
    shire_synth_options options = {.dir = path_of("letters"), .people_count = PEOPLE, .seed = 1};
    assert_int_equal(shire_synth_write(&options, &unused, &error), SHIRE_INVALID);
    assert_false(shire_file_exists(path_of("letters/partnership.yaml")));
}

static void test_too_few_people_are_refused(void **state) {
    (void)state;
    shire_error error = {0};
    shire_synth_summary unused;
    shire_synth_options options = {.dir = path_of("few"), .people_count = 499, .seed = 1};
    assert_int_equal(shire_synth_write(&options, &unused, &error), SHIRE_INVALID);
    assert_false(shire_dir_exists(path_of("few")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_seed_gives_same_bytes_on_any_number_of_threads),
        cmocka_unit_test(test_another_seed_gives_other_people),
        cmocka_unit_test(test_each_ledger_is_its_published_total_in_proportion),
        cmocka_unit_test(test_the_truth_holds_every_record_that_is_somebodys),
        cmocka_unit_test(test_the_stroke_patient_waits_a_fortnight_for_her_shower),
        cmocka_unit_test(test_volumes_are_those_of_a_county),
        cmocka_unit_test(test_a_folder_of_somebody_elses_files_is_left_alone),
        cmocka_unit_test(test_too_few_people_are_refused),
    };
    return cmocka_run_group_tests(tests, make_folders, remove_folders);
}
