/* The engine on made-up records: same people on any number of threads, and hostile input that must
 * end in bounded time and memory. */
#include "link/link_engine.h"

#include "core/arena.h"
#include "core/meter.h"
#include "core/random.h"
#include "link/link_compare_kernel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COLUMNS 5

/* Records under construction, row by row, and as columns. */
typedef struct records {
    size_t count;
    uint32_t *offsets[COLUMNS];
    shire_builder bytes[COLUMNS];
    shire_column columns[COLUMNS];
    shire_link_input inputs[COLUMNS];
} records;

static const shire_link_role record_roles[COLUMNS] = {SHIRE_LINK_ROLE_GIVEN, SHIRE_LINK_ROLE_FAMILY,
                                                      SHIRE_LINK_ROLE_DOB, SHIRE_LINK_ROLE_POSTCODE,
                                                      SHIRE_LINK_ROLE_ADDRESS};

static void records_init(records *made, size_t capacity) {
    *made = (records){0};
    for (size_t i = 0; i < COLUMNS; i++) {
        made->offsets[i] = calloc(capacity + 1, sizeof(uint32_t));
        assert_non_null(made->offsets[i]);
    }
}

static void records_add(records *made, const shire_span *values) {
    made->count++;
    for (size_t i = 0; i < COLUMNS; i++) {
        shire_builder_append(&made->bytes[i], values[i]);
        made->offsets[i][made->count] = (uint32_t)made->bytes[i].length;
    }
}

static void records_add_texts(records *made, const char *given, const char *family, const char *dob,
                              const char *postcode, const char *address) {
    shire_span values[COLUMNS] = {shire_span_of(given), shire_span_of(family), shire_span_of(dob),
                                  shire_span_of(postcode), shire_span_of(address)};
    records_add(made, values);
}

static void records_done(records *made) {
    for (size_t i = 0; i < COLUMNS; i++) {
        free(made->offsets[i]);
        shire_builder_free(&made->bytes[i]);
    }
}

static void build_dataset(records *made, int thread_count, shire_link_dataset *dataset_out) {
    shire_error error = {0};
    for (size_t i = 0; i < COLUMNS; i++) {
        made->columns[i] = (shire_column){.name = shire_link_role_name(record_roles[i]),
                                          .type = SHIRE_TYPE_TEXT,
                                          .text_offsets = made->offsets[i],
                                          .text_bytes = made->bytes[i].bytes};
        made->inputs[i] = (shire_link_input){.role = record_roles[i], .column = &made->columns[i]};
    }
    assert_int_equal(shire_link_dataset_build(made->inputs, COLUMNS, made->count, thread_count,
                                              dataset_out, &error),
                     SHIRE_OK);
}

/* Link, leaving the people to the caller. */
static shire_link_engine_result link_records(records *made, int thread_count) {
    shire_link_dataset dataset = {0};
    shire_link_engine_result result = {0};
    shire_error error = {0};
    shire_link_engine_options options = {.thread_count = thread_count};
    build_dataset(made, thread_count, &dataset);
    assert_int_equal(shire_link_engine_run(&dataset, &options, &result, &error), SHIRE_OK);
    assert_non_null(result.people);
    shire_link_dataset_done(&dataset);
    return result;
}

static void make_word(shire_random *random, uint64_t word, char *out, size_t length) {
    shire_random letters = shire_random_seed(word, 99);
    (void)random;
    for (size_t i = 0; i < length; i++) {
        out[i] = (char)('a' + shire_random_below(&letters, 26));
    }
    out[length] = '\0';
}

/* `people` persons with 1 to 4 records each, one typing error in three. */
static void add_people(records *made, size_t people, uint32_t *truth) {
    shire_random random = shire_random_seed(42, 1);
    for (size_t person = 0; person < people; person++) {
        char given[16];
        char family[16];
        char dob[40];
        char postcode[16];
        char address[40];
        make_word(&random, shire_random_below(&random, 200), given, 6);
        make_word(&random, 1000 + shire_random_below(&random, 800), family, 7);
        snprintf(dob, sizeof dob, "%d-%02d-%02d", (int)(1930 + shire_random_below(&random, 90)),
                 (int)(1 + shire_random_below(&random, 12)),
                 (int)(1 + shire_random_below(&random, 28)));
        snprintf(postcode, sizeof postcode, "hr%d %d%c%c",
                 (int)(1 + shire_random_below(&random, 9)), (int)shire_random_below(&random, 9),
                 'a' + (int)shire_random_below(&random, 20),
                 'a' + (int)shire_random_below(&random, 20));
        snprintf(address, sizeof address, "%d %s road", (int)(1 + shire_random_below(&random, 90)),
                 family);
        size_t count = 1 + shire_random_below(&random, 4);
        for (size_t i = 0; i < count; i++) {
            char typed[16];
            memcpy(typed, family, sizeof typed);
            if (shire_random_chance(&random, 1, 3)) {
                typed[shire_random_below(&random, 7)] = 'x';
            }
            truth[made->count] = (uint32_t)person;
            records_add_texts(made, given, typed, shire_random_chance(&random, 1, 10) ? "" : dob,
                              postcode, address);
        }
    }
}

static void the_same_people_on_any_number_of_threads(void **state) {
    (void)state;
    records made;
    uint32_t *truth = calloc(20000, sizeof *truth);
    assert_non_null(truth);
    records_init(&made, 20000);
    add_people(&made, 4000 / SHIRE_CASE_DIVISOR, truth);
    shire_link_engine_result one = link_records(&made, 1);
    shire_link_engine_result two = link_records(&made, 2);
    shire_link_engine_result three = link_records(&made, 3);
    assert_memory_equal(one.people, two.people, made.count * sizeof *one.people);
    assert_memory_equal(one.people, three.people, made.count * sizeof *one.people);
    assert_int_equal(one.candidate_pairs, two.candidate_pairs);
    assert_memory_equal(&one.model.priors, &two.model.priors, sizeof one.model.priors);
    size_t wrong = 0;
    for (size_t i = 1; i < made.count; i++) {
        wrong += (truth[i] == truth[i - 1]) != (one.people[i] == one.people[i - 1]);
    }
    assert_true(wrong * 100 < made.count);
    shire_link_engine_result_done(&one);
    shire_link_engine_result_done(&two);
    shire_link_engine_result_done(&three);
    records_done(&made);
    free(truth);
}

static void nobody_and_one_record_are_fine(void **state) {
    (void)state;
    records made;
    records_init(&made, 2);
    shire_link_engine_result none = link_records(&made, 2);
    assert_int_equal(none.person_count, 0);
    records_add_texts(&made, "ann", "smith", "1950-01-02", "hr1 1aa", "");
    shire_link_engine_result one = link_records(&made, 2);
    assert_int_equal(one.person_count, 1);
    shire_link_engine_result_done(&none);
    shire_link_engine_result_done(&one);
    records_done(&made);
}

static void in_a_handful_of_records_equal_ones_are_one_person_and_unlike_ones_two(void **state) {
    (void)state;
    for (int further = 0; further <= 6; further += 3) {
        records made;
        records_init(&made, 16);
        records_add_texts(&made, "ann", "smith", "1950-02-01", "hr1 1aa", "");
        records_add_texts(&made, "ann", "smith", "1950-02-01", "hr1 1aa", "");
        records_add_texts(&made, "eve", "green", "1993-06-05", "hr4 1ab", "");
        records_add_texts(&made, "fay", "green", "1961-11-20", "hr4 1ab", "");
        const char *const others[][4] = {
            {"bob", "jones", "1960-03-02", "hr1 1ab"},  {"cyril", "brown", "1971-04-03", "hr2 1ab"},
            {"zed", "black", "1944-03-02", "hr9 1ab"},  {"dora", "white", "1982-05-04", "hr3 1ab"},
            {"dora", "whyte", "1982-05-04", "hr3 1zz"}, {"ida", "wood", "2001-11-30", "hr6 7gh"}};
        for (int i = 0; i < further; i++) {
            records_add_texts(&made, others[i][0], others[i][1], others[i][2], others[i][3], "");
        }
        shire_link_engine_result result = link_records(&made, 2);
        assert_int_equal(result.people[0], result.people[1]);
        assert_int_not_equal(result.people[2], result.people[3]);
        assert_int_equal(result.person_count, 3 + further - (further == 6 ? 1 : 0));
        shire_link_engine_result_done(&result);
        records_done(&made);
    }
}

/* The level of the family names of two records, given names in place 0, family names in place 1. */
static int family_level(const char *a_given, const char *a_family, const char *b_given,
                        const char *b_family) {
    shire_link_dataset dataset = {0};
    records made;
    records_init(&made, 3);
    records_add_texts(&made, a_given, a_family, "", "", "");
    records_add_texts(&made, b_given, b_family, "", "", "");
    records_add_texts(&made, "Otto", "Krause", "", "", ""); /* or a column of one value is none */
    build_dataset(&made, 1, &dataset);
    shire_link_cache *cache = calloc(1, sizeof *cache);
    assert_non_null(cache);
    assert_true(dataset.family_field >= 0);
    int level = shire_link_compare_field(&dataset, (size_t)dataset.family_field, 0, 1, cache);
    free(cache);
    shire_link_dataset_done(&dataset);
    records_done(&made);
    return level;
}

/* Werner Werner's family name stands in the name of every Werner, and says nothing of them. */
static void a_name_in_which_two_agree_anyway_stands_nowhere_else(void **state) {
    (void)state;
    assert_int_equal(family_level("Werner", "Werner", "Werner", "Hoffmann"),
                     SHIRE_LINK_NAME_DIFFERENT);
    assert_int_equal(family_level("Werner", "Hoffmann", "Werner", "Werner"),
                     SHIRE_LINK_NAME_DIFFERENT);
    assert_int_equal(family_level("Werner", "Hoffmann", "Hoffmann", "Werner"),
                     SHIRE_LINK_NAME_ELSEWHERE);
    assert_int_equal(family_level("Anna", "Lang", "Anna", "Becker Lang"),
                     SHIRE_LINK_NAME_ELSEWHERE);
}

/* A brother whose names were exchanged carries the family name in the given name's place: that
 * makes him nobody's double but his own. */
static void names_changed_places_only_where_both_did(void **state) {
    (void)state;
    assert_int_equal(family_level("Lang", "Anna", "Peter", "Lang"), SHIRE_LINK_NAME_CROSSED);
    assert_int_equal(family_level("Peter", "Lang", "Lang", "Anna"), SHIRE_LINK_NAME_CROSSED);
    assert_int_equal(family_level("Lang", "Annna", "Anna", "Lang"), SHIRE_LINK_NAME_ELSEWHERE);
    assert_int_equal(family_level("Lang", "Anna", "A", "Lang"), SHIRE_LINK_NAME_ELSEWHERE);
}

/* Children of one home share all but the given name and one digit of the birth date: to join them
 * is to mix up two patients. */
static void brothers_and_sisters_in_a_small_file_stay_two_people(void **state) {
    (void)state;
    static const char *const others[][4] = {
        {"bob", "jones", "1960-03-02", "hr1 1ab"},   {"cyril", "brown", "1971-04-03", "hr2 1ab"},
        {"zed", "black", "1944-03-02", "hr9 1ab"},   {"dora", "white", "1982-05-04", "hr3 1ab"},
        {"cyril", "brown", "1971-04-03", "hr2 1ab"}, {"ida", "wood", "2001-11-30", "hr6 7gh"},
        {"may", "hill", "1993-02-17", "hr5 2cd"},    {"sam", "cook", "1950-08-21", "hr7 3ef"}};
    static const char *const dates[] = {"2012-05-15", "2014-05-14", "2012-06-14"};
    for (int date = 0; date < 3; date++) {
        for (int further = 0; further <= 8; further += 2) {
            records made;
            records_init(&made, 16);
            records_add_texts(&made, "oscar", "pike", "2012-05-14", "hr4 9xy", "3 orchard rise");
            records_add_texts(&made, "felix", "pike", dates[date], "hr4 9xy", "3 orchard rise");
            records_add_texts(&made, "ann", "smith", "1950-02-01", "hr1 1aa", "1 high street");
            records_add_texts(&made, "ann", "smith", "1950-02-01", "hr1 1aa", "1 high street");
            for (int i = 0; i < further; i++) {
                records_add_texts(&made, others[i][0], others[i][1], others[i][2], others[i][3],
                                  "");
            }
            shire_link_engine_result result = link_records(&made, 2);
            assert_int_not_equal(result.people[0], result.people[1]);
            assert_int_equal(result.people[2], result.people[3]);
            shire_link_engine_result_done(&result);
            records_done(&made);
        }
    }
}

/* Two people may well have one name, also where there are eight people in all. */
static void namesakes_of_a_small_file_are_two_people(void **state) {
    (void)state;
    records made;
    records_init(&made, 8);
    records_add_texts(&made, "Boris", "Jones", "1993-06-05", "HR4 1AB", "");
    records_add_texts(&made, "Boris", "Jones", "1985-02-11", "HR7 7AA", "");
    records_add_texts(&made, "Mary", "Price", "1950-02-01", "HR1 1AA", "");
    records_add_texts(&made, "Ann", "Smith", "1950-02-01", "HR1 1AA", "");
    records_add_texts(&made, "Annabel", "Smythe", "1950-02-11", "HR9 7ZZ", "");
    records_add_texts(&made, "Carol", "Davies", "1971-07-07", "HR2 2BB", "");
    records_add_texts(&made, "David", "Evans", "1940-12-30", "HR5 3CC", "");
    records_add_texts(&made, "Elsie", "Morgan", "2001-03-03", "HR6 4DD", "");
    shire_link_engine_result result = link_records(&made, 1);
    assert_int_equal(result.person_count, 8);
    shire_link_engine_result_done(&result);
    records_done(&made);
}

static void records_that_say_nothing_join_nobody(void **state) {
    (void)state;
    records made;
    records_init(&made, 20000);
    for (int i = 0; i < 20000; i++) {
        records_add_texts(&made, "", "", "", "", "");
    }
    shire_link_engine_result result = link_records(&made, 2);
    assert_int_equal(result.person_count, 20000);
    shire_link_engine_result_done(&result);
    records_done(&made);
}

static void records_that_are_all_equal_end_soon(void **state) {
    (void)state;
    records made;
    records_init(&made, 50000);
    for (int i = 0; i < 50000; i++) {
        records_add_texts(&made, "ann", "smith", "1950-01-02", "hr1 1aa", "1 high street");
    }
    int64_t started = shire_clock_nanoseconds();
    shire_link_engine_result result = link_records(&made, 2);
    assert_true(shire_clock_nanoseconds() - started < INT64_C(60000000000));
    assert_true(result.person_count >= 1);
    shire_link_engine_result_done(&result);
    records_done(&made);
}

static void one_huge_block_and_ten_thousand_twins_end_soon(void **state) {
    (void)state;
    records made;
    records_init(&made, 20000);
    for (int i = 0; i < 10000; i++) {
        char given[16];
        snprintf(given, sizeof given, "a%c%c%c", 'a' + i % 26, 'a' + i / 26 % 26,
                 'a' + i / 676 % 26);
        records_add_texts(&made, given, "smith", "1950-01-02", "hr1 1aa", "1 high street");
        records_add_texts(&made, "zoe", "smith", i % 2 == 0 ? "1950-01-02" : "1951-11-12",
                          "hr1 1aa", "1 high street");
    }
    int64_t started = shire_clock_nanoseconds();
    shire_link_engine_result result = link_records(&made, 2);
    assert_true(shire_clock_nanoseconds() - started < INT64_C(60000000000));
    assert_true(result.largest <= 1000);
    shire_link_engine_result_done(&result);
    records_done(&made);
}

static void a_person_of_many_equal_records_is_one_person(void **state) {
    (void)state;
    records made;
    uint32_t *truth = calloc(30000, sizeof *truth);
    assert_non_null(truth);
    records_init(&made, 30000);
    add_people(&made, 6000 / SHIRE_CASE_DIVISOR, truth);
    size_t first = made.count;
    for (int i = 0; i < 300; i++) {
        records_add_texts(&made, "zebedee", "quillfeather", "1950-01-02", "hr1 1aa", "1 mill lane");
    }
    shire_link_engine_result result = link_records(&made, 2);
    for (size_t i = first; i < made.count; i++) {
        assert_int_equal(result.people[i], result.people[first]);
    }
    shire_link_engine_result_done(&result);
    records_done(&made);
    free(truth);
}

static void huge_fields_and_broken_bytes_end_soon(void **state) {
    (void)state;
    records made;
    size_t huge = 1 << 20;
    char *text = malloc(huge);
    assert_non_null(text);
    shire_random random = shire_random_seed(6, 1);
    records_init(&made, 400);
    for (int i = 0; i < 400; i++) {
        size_t length = i < 20 ? huge : shire_random_below(&random, 40);
        for (size_t at = 0; at < length; at++) {
            text[at] = (char)shire_random_below(&random, 256);
        }
        shire_span value = {text, length};
        shire_span values[COLUMNS] = {value, value, value, value, value};
        records_add(&made, values);
    }
    shire_link_engine_result result = link_records(&made, 2);
    assert_true(result.person_count >= 1 && result.person_count <= 400);
    shire_link_engine_result_done(&result);
    records_done(&made);
    free(text);
}

/* A dataset of `column_count` further columns, each a word of the person, a few mistyped. */
static shire_status build_wide(size_t column_count, shire_link_dataset *dataset,
                               shire_error *error) {
    enum { WIDE_MAX = 40, WIDE_RECORDS = 400 };
    static uint32_t offsets[WIDE_MAX][WIDE_RECORDS + 1];
    static shire_builder bytes[WIDE_MAX];
    static shire_column columns[WIDE_MAX];
    static shire_link_input inputs[WIDE_MAX];
    shire_random random = shire_random_seed(8, column_count);
    for (size_t i = 0; i < column_count; i++) {
        shire_builder_clear(&bytes[i]);
        for (size_t record = 0; record < WIDE_RECORDS; record++) {
            char word[16];
            make_word(&random, record / 2 * WIDE_MAX + i, word, 8);
            word[0] = shire_random_chance(&random, 1, 20) ? 'x' : word[0];
            shire_builder_append_text(&bytes[i], word);
            offsets[i][record + 1] = (uint32_t)bytes[i].length;
        }
        columns[i] = (shire_column){.name = "further",
                                    .type = SHIRE_TYPE_TEXT,
                                    .text_offsets = offsets[i],
                                    .text_bytes = bytes[i].bytes};
        inputs[i] = (shire_link_input){.role = SHIRE_LINK_ROLE_OTHER, .column = &columns[i]};
    }
    shire_status status =
        shire_link_dataset_build(inputs, column_count, WIDE_RECORDS, 2, dataset, error);
    for (size_t i = 0; i < column_count; i++) {
        shire_builder_free(&bytes[i]);
        bytes[i] = (shire_builder){0};
    }
    return status;
}

static void as_many_columns_as_a_mask_has_bits_are_compared(void **state) {
    (void)state;
    shire_link_dataset dataset = {0};
    shire_link_engine_result result = {0};
    const shire_link_engine_options options = {.thread_count = 2};
    shire_error error = {0};
    assert_int_equal(build_wide(SHIRE_LINK_FIELDS_MAX, &dataset, &error), SHIRE_OK);
    assert_int_equal(dataset.field_count, SHIRE_LINK_FIELDS_MAX);
    assert_int_equal(shire_link_engine_run(&dataset, &options, &result, &error), SHIRE_OK);
    assert_int_equal(result.person_count, dataset.record_count / 2);
    for (size_t record = 0; record < dataset.record_count; record++) {
        assert_int_equal(result.people[record], record / 2);
    }
    shire_link_engine_result_done(&result);
    shire_link_dataset_done(&dataset);
}

static void more_columns_are_refused_with_a_sentence_that_says_how_many(void **state) {
    (void)state;
    shire_link_dataset dataset = {0};
    shire_error error = {0};
    assert_int_equal(build_wide(SHIRE_LINK_FIELDS_MAX + 1, &dataset, &error), SHIRE_INVALID);
    assert_non_null(strstr(error.message, "more than 32 columns to compare"));
    shire_link_dataset_done(&dataset);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_people_on_any_number_of_threads),
        cmocka_unit_test(nobody_and_one_record_are_fine),
        cmocka_unit_test(in_a_handful_of_records_equal_ones_are_one_person_and_unlike_ones_two),
        cmocka_unit_test(a_name_in_which_two_agree_anyway_stands_nowhere_else),
        cmocka_unit_test(names_changed_places_only_where_both_did),
        cmocka_unit_test(brothers_and_sisters_in_a_small_file_stay_two_people),
        cmocka_unit_test(namesakes_of_a_small_file_are_two_people),
        cmocka_unit_test(records_that_say_nothing_join_nobody),
        cmocka_unit_test(records_that_are_all_equal_end_soon),
        cmocka_unit_test(one_huge_block_and_ten_thousand_twins_end_soon),
        cmocka_unit_test(a_person_of_many_equal_records_is_one_person),
        cmocka_unit_test(huge_fields_and_broken_bytes_end_soon),
        cmocka_unit_test(as_many_columns_as_a_mask_has_bits_are_compared),
        cmocka_unit_test(more_columns_are_refused_with_a_sentence_that_says_how_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
