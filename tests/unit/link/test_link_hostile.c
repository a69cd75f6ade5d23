/* Files as an adversary would write them: each ends with a bounded number of pairs and in bounded
 * memory, with people or with a sentence. */
#include "link/link_file.h"

#include "core/meter.h"
#include "core/random.h"
#include "io/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define PAIRS_MOST 30000000U /* twice the budget of small data, and windows */
#define PEAK_MB_MOST 3000    /* under the sanitizers too */

static char scratch_dir[] = "/tmp/shire-hostile-XXXXXX";
static char path[64];
static char out[64];
static FILE *file;

static const shire_link_column_choice usual[] = {{SHIRE_LINK_ROLE_ID, "id", NULL},
                                                 {SHIRE_LINK_ROLE_GIVEN, "given", NULL},
                                                 {SHIRE_LINK_ROLE_FAMILY, "family", NULL},
                                                 {SHIRE_LINK_ROLE_DOB, "dob", NULL},
                                                 {SHIRE_LINK_ROLE_ADDRESS, "address", NULL}};
#define USUAL_COUNT (sizeof usual / sizeof usual[0])

static int make_scratch(void **state) {
    (void)state;
    char *made = mkdtemp(scratch_dir);
    snprintf(path, sizeof path, "%s/hostile.csv", scratch_dir);
    snprintf(out, sizeof out, "%s/people.csv", scratch_dir);
    return made == NULL;
}

static int remove_scratch(void **state) {
    (void)state;
    shire_error error;
    return shire_dir_remove(scratch_dir, &error) != SHIRE_OK;
}

static void begin(void) {
    file = fopen(path, "w");
    assert_non_null(file);
    fputs("id,given,family,dob,address\n", file);
}

static shire_status link_with(const shire_link_column_choice *choices, size_t count,
                              shire_link_report *report, shire_error *error) {
    const char *paths[] = {path};
    shire_link_file_options options = {.paths = paths,
                                       .path_count = 1,
                                       .choices = choices,
                                       .choice_count = count,
                                       .out_path = out,
                                       .thread_count = 2};
    if (file != NULL) {
        assert_int_equal(fclose(file), 0);
        file = NULL;
    }
    memset(report, 0, sizeof *report);
    memset(error, 0, sizeof *error);
    shire_status status = shire_link_files(&options, report, error);
    assert_true(shire_peak_memory_mb() < PEAK_MB_MOST);
    assert_true(report->candidate_pairs < PAIRS_MOST);
    return status;
}

static shire_link_report link_usual(uint64_t records) {
    shire_link_report report;
    shire_error error;
    if (link_with(usual, USUAL_COUNT, &report, &error) != SHIRE_OK) {
        fail_msg("%s", error.message);
    }
    assert_int_equal(report.records, records);
    assert_true(report.people <= records && report.largest <= records);
    return report;
}

static void no_record_makes_nobody(void **state) {
    (void)state;
    begin();
    assert_int_equal(link_usual(0).people, 0);
}

static void one_record_is_one_person(void **state) {
    (void)state;
    begin();
    fputs("1,Ann,Smith,1950-02-01,1 High Street\n", file);
    assert_int_equal(link_usual(1).people, 1);
}

static void an_empty_file_is_refused(void **state) {
    (void)state;
    shire_link_report report;
    shire_error error;
    file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(link_with(usual, USUAL_COUNT, &report, &error), SHIRE_INVALID);
    assert_non_null(strstr(error.message, "hostile.csv"));
}

static void records_that_are_all_empty_join_nobody(void **state) {
    (void)state;
    begin();
    for (int i = 0; i < 5000; i++) {
        fprintf(file, "%d,,,,\n", i);
    }
    assert_int_equal(link_usual(5000).people, 5000);
}

static void records_that_are_all_equal_end(void **state) {
    (void)state;
    begin();
    for (int i = 0; i < 20000; i++) {
        fputs("1,Ann,Smith,1950-02-01,1 High Street\n", file);
    }
    assert_true(link_usual(20000).people >= 1);
}

static void one_huge_block_ends(void **state) {
    (void)state;
    shire_random random = shire_random_seed(1, 1);
    begin();
    for (int i = 0; i < 20000; i++) {
        fprintf(
            file, "%d,%c%c%c%c,Smith,1950-02-01,1 High Street\n", i,
            'a' + (int)shire_random_below(&random, 26), 'a' + (int)shire_random_below(&random, 26),
            'a' + (int)shire_random_below(&random, 26), 'a' + (int)shire_random_below(&random, 26));
    }
    assert_true(link_usual(20000).largest <= 1000);
}

/* Pairs of twins share everything but the given name; each child has `copies` records. */
static void write_twins(int pairs, int copies) {
    static const char *const given[] = {"Rosalind", "Bartholomew", "Gwen", "Thaddeus"};
    shire_random random = shire_random_seed(2, 1);
    begin();
    for (int i = 0; i < pairs; i++) {
        char family[16] = "";
        for (int at = 0; at < 7; at++) {
            family[at] = (char)('a' + shire_random_below(&random, 26));
        }
        int year = 1930 + (int)shire_random_below(&random, 80);
        int month = 1 + (int)shire_random_below(&random, 12);
        int day = 1 + (int)shire_random_below(&random, 28);
        int first = (int)shire_random_below(&random, 4);
        for (int record = 0; record < 2 * copies; record++) {
            fprintf(file, "%d,%s,%s,%d-%02d-%02d,%d Mill Lane\n", 2 * i + record % 2,
                    given[(first + record) % 2 + first / 2], family, year, month, day, i % 997);
        }
    }
}

/* Where every single person is a twin, nothing says whether a given name that differs is another
 * child or a mistake: either answer will do, but no pair of twins may draw in another. */
static void ten_thousand_twins_end(void **state) {
    (void)state;
    write_twins(5000, 1);
    assert_true(link_usual(10000).largest <= 2);
    write_twins(5000, 2);
    assert_true(link_usual(20000).largest <= 4);
}

static void fields_of_a_megabyte_end(void **state) {
    (void)state;
    shire_random random = shire_random_seed(3, 1);
    begin();
    for (int i = 0; i < 12; i++) {
        fprintf(file, "%d,", i);
        for (int at = 0; at < 1 << 20; at++) {
            fputc('a' + (int)shire_random_below(&random, 26), file);
        }
        fputs(",Smith,1950-02-01,1 High Street\n", file);
    }
    link_usual(12);
}

static void bytes_that_are_no_utf_8_are_read(void **state) {
    (void)state;
    shire_random random = shire_random_seed(4, 1);
    begin();
    for (int i = 0; i < 2000; i++) {
        fprintf(file, "%d,", i);
        for (int cell = 0; cell < 4; cell++) {
            for (int at = 0; at < 8; at++) {
                fputc(0x80 + (int)shire_random_below(&random, 0x80), file);
            }
            fputc(cell < 3 ? ',' : '\n', file);
        }
    }
    link_usual(2000);
}

static void ids_that_repeat_are_kept_as_they_are(void **state) {
    (void)state;
    shire_arena *arena = NULL;
    shire_span people;
    begin();
    for (int i = 0; i < 300; i++) {
        fprintf(file, "7,Name%d,Family%d,19%02d-01-1%d,%d High Street\n", i % 150, i % 150 * 7,
                i % 90, i % 10, i);
    }
    link_usual(300);
    assert_int_equal(shire_arena_new("test_arena", 0, &arena, NULL), SHIRE_OK);
    assert_int_equal(shire_file_read(out, 1 << 20, arena, &people, NULL), SHIRE_OK);
    size_t lines = 0;
    for (size_t at = 0; at < people.length; at++) {
        lines += people.bytes[at] == '\n';
    }
    assert_int_equal(lines, 301);
    shire_arena_free(arena);
}

static void one_column_is_enough_to_compare(void **state) {
    (void)state;
    shire_link_report report;
    shire_error error;
    const shire_link_column_choice one = {SHIRE_LINK_ROLE_GIVEN, "given", NULL};
    begin();
    for (int i = 0; i < 3000; i++) {
        fprintf(file, "%d,%c%c%c,,,\n", i, 'a' + i % 26, 'a' + i / 26 % 26, 'a' + i / 676 % 26);
    }
    assert_int_equal(link_with(&one, 1, &report, &error), SHIRE_OK);
    assert_int_equal(report.records, 3000);
}

/* A wide file, of which as many columns are compared as can be, and then more than can be. */
static void two_hundred_columns_link_or_are_refused(void **state) {
    (void)state;
    static char names[200][8];
    shire_link_column_choice choices[200];
    shire_link_report report;
    shire_error error;
    shire_random random = shire_random_seed(5, 1);
    for (int column = 0; column < 200; column++) {
        snprintf(names[column], sizeof names[column], "c%d", column);
        choices[column] = (shire_link_column_choice){SHIRE_LINK_ROLE_OTHER, names[column], NULL};
    }
    file = fopen(path, "w");
    assert_non_null(file);
    for (int row = -1; row < 400; row++) {
        for (int column = 0; column < 200; column++) {
            if (row < 0) {
                fputs(names[column], file);
            } else {
                fprintf(file, "%c%c%d", 'a' + (int)shire_random_below(&random, 26),
                        'a' + (int)shire_random_below(&random, 26), row / 2 * 31 % 97);
            }
            fputc(column < 199 ? ',' : '\n', file);
        }
    }
    assert_int_equal(link_with(choices, 12, &report, &error), SHIRE_OK);
    assert_int_equal(report.records, 400);
    assert_int_equal(link_with(choices, SHIRE_LINK_COLUMNS_MAX, &report, &error), SHIRE_INVALID);
    assert_non_null(strstr(error.message, "more than"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_record_makes_nobody),
        cmocka_unit_test(one_record_is_one_person),
        cmocka_unit_test(an_empty_file_is_refused),
        cmocka_unit_test(records_that_are_all_empty_join_nobody),
        cmocka_unit_test(records_that_are_all_equal_end),
        cmocka_unit_test(one_huge_block_ends),
        cmocka_unit_test(ten_thousand_twins_end),
        cmocka_unit_test(fields_of_a_megabyte_end),
        cmocka_unit_test(bytes_that_are_no_utf_8_are_read),
        cmocka_unit_test(ids_that_repeat_are_kept_as_they_are),
        cmocka_unit_test(one_column_is_enough_to_compare),
        cmocka_unit_test(two_hundred_columns_link_or_are_refused),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
