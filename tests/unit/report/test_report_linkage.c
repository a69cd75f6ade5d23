/* The linkage report: the estimate of what blocking missed against pairs whose misses are known,
 * and a page that withholds small groups. */
#include "report/report_linkage_internal.h"

#include "core/random.h"
#include "io/file.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define PAIRS 200000

/* Pairs caught by each of four families with the given chance in 1,000, the worse ones (one in
 * ten) with half of it; gives how many none catches. */
static double draw(uint32_t chance, bool are_some_worse, double *pairs_of) {
    shire_random random = shire_random_seed(chance, 4);
    memset(pairs_of, 0, 5 * sizeof *pairs_of);
    for (int i = 0; i < PAIRS; i++) {
        bool is_worse = are_some_worse && i % 10 == 0;
        int caught = 0;
        for (int family = 0; family < 4; family++) {
            caught += shire_random_chance(&random, is_worse ? chance / 2 : chance, 1000);
        }
        pairs_of[caught]++;
    }
    return pairs_of[0];
}

static void independent_families_give_the_number_missed(void **state) {
    (void)state;
    for (uint32_t chance = 300; chance <= 700; chance += 100) {
        double pairs_of[5];
        double missed = draw(chance, false, pairs_of);
        pairs_of[0] = 0; /* nobody sees these */
        double estimate = shire_linkage_unseen(pairs_of, 4);
        assert_true(fabs(estimate - missed) < 0.05 * missed);
    }
}

static void worse_records_make_it_a_lower_bound(void **state) {
    (void)state;
    for (uint32_t chance = 400; chance <= 800; chance += 100) {
        double pairs_of[5];
        double missed = draw(chance, true, pairs_of);
        pairs_of[0] = 0;
        double estimate = shire_linkage_unseen(pairs_of, 4);
        assert_true(estimate > 0 && estimate < 1.05 * missed);
    }
}

static const char tables_sql[] =
    "CREATE TABLE link_summary AS SELECT 1000 AS records, 500 AS people, 7000 AS candidate_pairs, "
    "8000 AS pairs_scored;"
    "CREATE TABLE link_field (field_no INTEGER);"
    "CREATE TABLE link_level AS SELECT 0 AS field_no, 'given' AS field, 1 AS level, '<equal>' AS "
    "description, 0.9 AS m, 0.01 AS u, 6.5 AS weight, 400::BIGINT AS pairs;"
    "CREATE TABLE link_prior AS SELECT 'same' AS kind, 0.001::DOUBLE AS share;"
    "CREATE TABLE link_source AS SELECT 1 AS source_no, 'gp' AS source;"
    "CREATE TABLE link_weight AS SELECT 12.5::DOUBLE AS weight, 400::BIGINT AS pairs, 398::BIGINT "
    "AS true_pairs, false AS is_estimated;"
    "CREATE TABLE link_capture AS SELECT * FROM (VALUES (15, true, 300::BIGINT), (3, true, 40), "
    "(1, true, 20)) AS t(families, is_brought_up, pairs);"
    /* 500 people of two records each; five records are of sex o, all of people of their own */
    "CREATE TABLE link_record AS SELECT i::BIGINT AS record_no, (CASE WHEN i < 990 THEN i // 2 "
    "ELSE i END)::BIGINT AS person_no, 1 AS source_no, 20.0::DOUBLE AS reach, (1950 + i % "
    "60)::INTEGER AS birth_year, CASE WHEN i >= 995 THEN 'other' WHEN i % 2 = 0 THEN 'm' ELSE 'f' "
    "END AS sex, CASE WHEN i % 3 = 0 THEN 'hr1' ELSE 'hr2' END AS area, (i // 2)::BIGINT AS truth "
    "FROM range(1000) AS t(i)";

static void the_page_has_every_section_and_withholds_small_groups(void **state) {
    (void)state;
    char path[] = "/tmp/shire-linkage-XXXXXX";
    shire_error error = {0};
    shire_arena *arena = NULL;
    shire_table *table = NULL;
    shire_span contents = {0};
    const shire_linkage_report_options options = {.title = "Test & trial"};
    int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    assert_int_equal(shire_arena_new("test", 0, &arena, &error), SHIRE_OK);
    assert_int_equal(shire_table_open(&(shire_table_options){.thread_count = 1}, &table, &error),
                     SHIRE_OK);
    assert_int_equal(shire_linkage_report_write(table, &options, path, arena, &error),
                     SHIRE_NOT_FOUND);
    error = (shire_error){0};
    if (shire_table_execute(table, tables_sql, &error) != SHIRE_OK ||
        shire_linkage_report_write(table, &options, path, arena, &error) != SHIRE_OK ||
        shire_file_read(path, 1 << 20, arena, &contents, &error) != SHIRE_OK) {
        fail_msg("%s", error.message);
    }
    const char *page = shire_arena_copy_text(arena, contents.bytes, contents.length);
    assert_non_null(page);
    static const char *const wanted[] = {
        "Test &amp; trial", "&lt;equal&gt;", "id=\"weights\"",    "id=\"curve\"",
        "id=\"fairness\"",  "id=\"missed\"", "Born 1950 to 1959", "HR1",
        "One person, same"};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        if (strstr(page, wanted[i]) == NULL) {
            fail_msg("no %s", wanted[i]);
        }
    }
    assert_null(strstr(page, "<script"));
    const char *other = strstr(page, "<th scope=\"row\">Other</th>");
    assert_non_null(other);
    const char *end = strstr(other, "</tr>");
    const char *withheld = strstr(other, "[c]");
    assert_true(withheld != NULL && withheld < end);
    unlink(path);
    shire_table_close(table);
    shire_arena_free(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(independent_families_give_the_number_missed),
        cmocka_unit_test(worse_records_make_it_a_lower_bound),
        cmocka_unit_test(the_page_has_every_section_and_withholds_small_groups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
