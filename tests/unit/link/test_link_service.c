/* The person index of a small warehouse: who is whom, what each person is called, the same tables
 * on any number of threads. */
#include "link/link.h"

#include "io/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char scratch_dir[] = "/tmp/shire-link-service-XXXXXX";

static const char schema[] =
    "CREATE TABLE nhs_number_superseded (superseded VARCHAR, \"current\" VARCHAR);"
    "CREATE TABLE event (event_no BIGINT, organisation_no INTEGER, source VARCHAR, event_id "
    "VARCHAR, "
    "local_id VARCHAR, record_no BIGINT, start TIMESTAMP, \"end\" TIMESTAMP);"
    "CREATE TABLE event_also (organisation_no INTEGER, source VARCHAR, event_id VARCHAR, local_id "
    "VARCHAR);"
    "CREATE TABLE organisation (organisation_no INTEGER, code VARCHAR);"
    "INSERT INTO organisation VALUES (0, 'CO'), (1, 'TR');"
    "CREATE TABLE person_record (record_no BIGINT, organisation_no INTEGER, source VARCHAR, "
    "local_id VARCHAR, nhs_number VARCHAR, given_name VARCHAR, middle_names VARCHAR, family_name "
    "VARCHAR, birth_date DATE, death_date DATE, sex VARCHAR, address VARCHAR, postcode VARCHAR, "
    "uprn VARCHAR, phone VARCHAR, email VARCHAR, gp_practice VARCHAR, extract_no INTEGER, "
    "source_file VARCHAR, source_line BIGINT)";

/* Two records of each of 200 people who differ in all they are, then the cases of the tests. */
static const char people[] =
    "INSERT INTO person_record SELECT i, i % 2, 'desk', 'r' || i, NULL, 'g' || "
    "chr((97 + hash(i // 2) % 26)::INTEGER) || chr((97 + hash(i // 2 + 500) % 26)::INTEGER) || "
    "'ne', NULL, 'f' || chr((97 + hash(i // 2 + 900) % 26)::INTEGER) || chr((97 + hash(i // 2 + "
    "1300) % 26)::INTEGER) || 'rton', DATE '1930-01-01' + (hash(i // 2 + 77) % 29000)::INTEGER, "
    "NULL, 'F', NULL, 'HR' || (1 + i // 2 % 9) || ' ' || (i // 18 % 10) || 'A' || chr((65 + hash(i "
    "// 2 + 5) % 20)::INTEGER), NULL, NULL, NULL, NULL, 0, 'f', i + 2 FROM range(400) AS r(i)";

static const char cases[] =
    "INSERT INTO person_record VALUES "
    "(400, 0, 'desk', 'a1', '9434765919', 'Rosalind', NULL, 'Quillfeather', DATE '1950-02-01', "
    "NULL, 'F', NULL, 'HR1 2AB', NULL, NULL, NULL, NULL, 0, 'f', 402), "
    "(401, 1, 'ward', 'a2', '9434765919', 'Rosalynd', NULL, 'Quillfeather', DATE '1950-02-01', "
    "NULL, 'F', NULL, 'WR9 9ZZ', NULL, NULL, NULL, NULL, 0, 'f', 403), "
    "(402, 1, 'ward', 'a3', NULL, 'Rosalind', NULL, 'Quillfeather', DATE '1950-02-01', DATE "
    "'2024-05-06', 'F', NULL, 'WR9 9ZZ', NULL, NULL, NULL, NULL, 0, 'f', 404), "
    "(403, 0, 'desk', 'b1', '4010232137', 'Zebedee', NULL, 'Oldcastle', DATE '1944-03-02', NULL, "
    "'M', NULL, 'HR9 1AB', NULL, NULL, NULL, NULL, 0, 'f', 405), "
    "(404, 1, 'desk', 'b2', '9434765919', 'Zebedee', NULL, 'Oldcastle', DATE '1944-03-02', NULL, "
    "'M', NULL, 'HR9 1AB', NULL, NULL, NULL, NULL, 0, 'f', 406)";

typedef struct fixture {
    shire_arena *arena;
    shire_table *table;
    shire_partnership partnership;
    shire_error error;
    shire_link_summary summary;
} fixture;

static void begin(fixture *made, bool with_people) {
    memset(made, 0, sizeof *made);
    const shire_table_options options = {.thread_count = 1};
    made->partnership = (shire_partnership){.dir = scratch_dir, .name = "Test"};
    assert_int_equal(shire_arena_new("test_arena", 0, &made->arena, NULL), SHIRE_OK);
    assert_int_equal(shire_table_open(&options, &made->table, &made->error), SHIRE_OK);
    const char *const sql[] = {schema, people, cases};
    for (int i = 0; i < (with_people ? 3 : 1); i++) {
        if (shire_table_execute(made->table, sql[i], &made->error) != SHIRE_OK) {
            fail_msg("%s", made->error.message);
        }
    }
}

static void run(fixture *made, int threads) {
    const shire_link_options options = {.thread_count = threads};
    if (shire_link_run(made->table, &made->partnership, &options, made->arena, &made->summary,
                       &made->error) != SHIRE_OK) {
        fail_msg("%s", made->error.message);
    }
}

static void end(fixture *made) {
    shire_table_close(made->table);
    shire_arena_free(made->arena);
}

static int64_t ask(fixture *made, const char *sql) {
    int64_t value = -1;
    if (shire_table_query_int64(made->table, sql, &value, &made->error) != SHIRE_OK) {
        fail_msg("%s: %s", sql, made->error.message);
    }
    return value;
}

static void records_of_one_person_have_one_number(void **state) {
    (void)state;
    fixture made;
    begin(&made, true);
    run(&made, 2);
    assert_int_equal(made.summary.records, 405);
    assert_int_equal(made.summary.people, ask(&made, "SELECT count(*) FROM person"));
    assert_int_equal(made.summary.largest, 3);
    assert_int_equal(made.summary.truth_known, false);
    /* The 200, but for what chance made alike. */
    assert_true(ask(&made, "SELECT count(*) FROM person_link a JOIN person_link b ON b.record_no = "
                           "a.record_no + 1 WHERE a.record_no < 400 AND a.record_no % 2 = 0 AND "
                           "a.person_no = b.person_no") >= 198);
    assert_int_equal(ask(&made, "SELECT count(DISTINCT person_no) FROM person_link WHERE record_no "
                                "BETWEEN 400 AND 402"),
                     1);
    end(&made);
}

static void two_valid_nhs_numbers_are_two_people_however_alike(void **state) {
    (void)state;
    fixture made;
    begin(&made, true);
    run(&made, 2);
    assert_int_equal(ask(&made, "SELECT count(DISTINCT person_no) FROM person_link WHERE record_no "
                                "IN (403, 404)"),
                     2);
    end(&made);
}

static void a_person_is_called_what_most_of_its_records_say(void **state) {
    (void)state;
    fixture made;
    begin(&made, true);
    run(&made, 2);
    assert_int_equal(
        ask(&made, "SELECT count(*) FROM person p JOIN person_link l USING (person_no) WHERE "
                   "l.record_no = 401 AND given_name = 'Rosalind' AND nhs_number = '9434765919' "
                   "AND postcode = 'WR9 9ZZ' AND death_date = DATE '2024-05-06' AND record_count = "
                   "3 AND birth_date = DATE '1950-02-01' AND sex = 'F'"),
        1);
    end(&made);
}

static void numbers_are_dense_in_order_of_the_first_record(void **state) {
    (void)state;
    fixture made;
    begin(&made, true);
    run(&made, 2);
    assert_int_equal(ask(&made, "SELECT count(*) FROM (SELECT person_no, row_number() OVER (ORDER "
                                "BY min(record_no)) - 1 AS place FROM person_link GROUP BY "
                                "person_no) WHERE person_no <> place"),
                     0);
    assert_int_equal(ask(&made, "SELECT sum(record_count)::BIGINT FROM person"), 405);
    assert_int_equal(ask(&made, "SELECT count(DISTINCT record_no) FROM person_link"), 405);
    assert_int_equal(ask(&made, "SELECT count(DISTINCT person_id) FROM person"),
                     (int64_t)made.summary.people);
    assert_int_equal(ask(&made, "SELECT count(*) FROM person WHERE NOT "
                                "regexp_full_match(person_id, 'P[0-9a-f]{16}')"),
                     0);
    end(&made);
}

static void the_same_tables_on_any_number_of_threads(void **state) {
    (void)state;
    static const char sum[] =
        "SELECT (hash(string_agg(person_id || ':' || coalesce(given_name, '') || ':' || "
        "l.record_no "
        "|| ':' || p.person_no, ';' ORDER BY l.record_no)) >> 2)::BIGINT FROM person p JOIN "
        "person_link l USING (person_no)";
    fixture one;
    fixture three;
    begin(&one, true);
    begin(&three, true);
    run(&one, 1);
    run(&three, 3);
    assert_int_equal(ask(&one, sum), ask(&three, sum));
    end(&one);
    end(&three);
}

static void a_truth_measures_and_is_not_used(void **state) {
    (void)state;
    fixture made;
    char path[96];
    begin(&made, true);
    run(&made, 2);
    int64_t without = ask(&made, "SELECT count(*) FROM person");
    snprintf(path, sizeof path, "%s/truth.csv", scratch_dir);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("organisation,source,local_id,person\n"
          "CO,desk,a1,x\nTR,ward,a2,x\nTR,ward,a3,y\n",
          file);
    assert_int_equal(fclose(file), 0);
    made.partnership.truth_path = path;
    run(&made, 2);
    assert_int_equal(ask(&made, "SELECT count(*) FROM person"), without);
    assert_true(made.summary.truth_known);
    assert_true(made.summary.recall == 1.0);
    assert_true(made.summary.precision > 0.333 && made.summary.precision < 0.334);
    end(&made);
}

static void a_partnership_that_knows_nobody_has_no_person(void **state) {
    (void)state;
    fixture made;
    begin(&made, false);
    run(&made, 2);
    assert_int_equal(made.summary.people, 0);
    assert_int_equal(ask(&made, "SELECT count(*) FROM person"), 0);
    assert_int_equal(ask(&made, "SELECT count(*) FROM person_link"), 0);
    end(&made);
}

static int make_scratch(void **state) {
    (void)state;
    return mkdtemp(scratch_dir) == NULL;
}

static int remove_scratch(void **state) {
    (void)state;
    shire_error error;
    return shire_dir_remove(scratch_dir, &error) != SHIRE_OK;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_of_one_person_have_one_number),
        cmocka_unit_test(two_valid_nhs_numbers_are_two_people_however_alike),
        cmocka_unit_test(a_person_is_called_what_most_of_its_records_say),
        cmocka_unit_test(numbers_are_dense_in_order_of_the_first_record),
        cmocka_unit_test(the_same_tables_on_any_number_of_threads),
        cmocka_unit_test(a_truth_measures_and_is_not_used),
        cmocka_unit_test(a_partnership_that_knows_nobody_has_no_person),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
