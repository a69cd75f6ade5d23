/* The table of fields against the NHS Data Dictionary, and the checks of single values. */
#include "core/arena.h"
#include "io/csv.h"
#include "io/file.h"
#include "plics/plics_field.h"
#include "plics/plics_value_kernel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A file of the shared data; skips the test without it, fails under CI=true. */
static shire_csv read_shared(shire_arena *arena, const char *name) {
    const char *shared = getenv("SHIRE_SHARED");
    const char *path = shire_arena_format(arena, "%s/costing/%s",
                                          shared != NULL ? shared : "../../shared/data", name);
    shire_csv csv;
    shire_error error = {0};
    if (!shire_file_exists(path)) {
        const char *ci = getenv("CI");
        shire_arena_free(arena);
        if (ci != NULL && strcmp(ci, "true") == 0) {
            fail_msg("%s is not there", name);
        }
        skip();
    }
    assert_int_equal(shire_csv_read(path, 1 << 22, arena, &csv, &error), SHIRE_OK);
    return csv;
}

static const plics_feed *feed_of(shire_span data_set) {
    static const char *const ends[PLICS_FEED_COUNT] = {
        "admitted_patient_care", "out-patient_care",          "emergency_care",
        "specialist_ward_care",  "supplementary_information", "reconciliation"};
    for (int i = 0; i < PLICS_FEED_COUNT; i++) {
        size_t length = strlen(ends[i]);
        if (data_set.length > length &&
            memcmp(data_set.bytes + data_set.length - length, ends[i], length) == 0) {
            return &plics_feeds[i];
        }
    }
    fail_msg("a data set that is no feed");
    return NULL;
}

/* Every field of the dictionary, in its order, and no other. */
static void fields_are_those_of_the_data_dictionary(void **state) {
    (void)state;
    shire_arena *arena = NULL;
    assert_int_equal(shire_arena_new("test", 0, &arena, NULL), SHIRE_OK);
    shire_csv csv = read_shared(arena, "nhs_dd_plics_fields.csv");
    size_t set = shire_csv_column(&csv, "data_set");
    size_t group = shire_csv_column(&csv, "group");
    size_t mandation = shire_csv_column(&csv, "mandation");
    size_t name = shire_csv_column(&csv, "data_element");
    size_t key = shire_csv_column(&csv, "element_key");
    size_t format = shire_csv_column(&csv, "format_length");
    size_t header_seen[PLICS_FEED_COUNT] = {0};
    size_t columns_seen[PLICS_FEED_COUNT] = {0};
    for (size_t row = 0; row < csv.row_count; row++) {
        const plics_feed *feed = feed_of(shire_csv_cell(&csv, row, set));
        size_t number = (size_t)(feed - plics_feeds);
        const char *in_group = shire_csv_cell(&csv, row, group).bytes;
        bool header = strcmp(in_group, "MESSAGE HEADER") == 0;
        const plics_column *column =
            header ? &plics_header[header_seen[number]++] : &feed->columns[columns_seen[number]++];
        char buffer[128];
        assert_string_equal(column->group, in_group);
        assert_string_equal(column->field->key, shire_csv_cell(&csv, row, key).bytes);
        assert_string_equal(plics_field_name(column->field, buffer),
                            shire_csv_cell(&csv, row, name).bytes);
        assert_string_equal(column->mandatory ? "M" : "R",
                            shire_csv_cell(&csv, row, mandation).bytes);
        assert_string_equal(column->field->format, shire_csv_cell(&csv, row, format).bytes);
        assert_true(plics_field_is_named(column->field, shire_csv_cell(&csv, row, name)));
        assert_true(plics_field_is_named(column->field, shire_csv_cell(&csv, row, key)));
    }
    for (int i = 0; i < PLICS_FEED_COUNT; i++) {
        assert_int_equal(header_seen[i], plics_feeds[i].header_count);
        assert_int_equal(columns_seen[i], plics_feeds[i].column_count);
    }
    shire_arena_free(arena);
}

/* Lengths follow from the dictionary's words. */
static void lengths_follow_the_format(void **state) {
    (void)state;
    for (int feed = 0; feed < PLICS_FEED_COUNT; feed++) {
        for (size_t i = 0; i < plics_feeds[feed].column_count; i++) {
            const plics_field *field = plics_feeds[feed].columns[i].field;
            int least = 1;
            int most = 0;
            if (sscanf(field->format, "min an%d max an%d", &least, &most) == 2 ||
                sscanf(field->format, "min n%d max n%d", &least, &most) == 2 ||
                sscanf(field->format, "max an%d", &most) == 1 ||
                sscanf(field->format, "an%d", &most) == 1) {
                bool fixed = strncmp(field->format, "an", 2) == 0;
                assert_int_equal(field->length_max, most);
                assert_int_equal(field->length_min, fixed ? most : least);
            }
        }
    }
}

/* The codes of the shared extract of the dictionary, where it has the field. */
static void codes_are_those_of_the_data_dictionary(void **state) {
    (void)state;
    shire_arena *arena = NULL;
    assert_int_equal(shire_arena_new("test", 0, &arena, NULL), SHIRE_OK);
    shire_csv csv = read_shared(arena, "nhs_dd_codes.csv");
    size_t key = shire_csv_column(&csv, "element_key");
    size_t code = shire_csv_column(&csv, "code");
    int compared = 0;
    for (size_t row = 0; row < csv.row_count; row++) {
        for (int feed = 0; feed < PLICS_FEED_COUNT; feed++) {
            int column =
                plics_column_find(&plics_feeds[feed], shire_csv_cell(&csv, row, key).bytes);
            if (column < 0) {
                continue;
            }
            const plics_field *field = plics_feeds[feed].columns[column].field;
            shire_span value = shire_csv_cell(&csv, row, code);
            /* "Not known: a validation error" is what the dictionary says of episode 99. */
            bool refused = field->form == PLICS_EPISODE && strcmp(value.bytes, "99") == 0;
            assert_int_equal(plics_value_check(field, value),
                             refused ? PLICS_UNKNOWN_CODE : PLICS_GOOD);
            compared++;
        }
    }
    assert_true(compared >= 8);
    shire_arena_free(arena);
}

static const plics_field *field_named(const char *key) {
    for (int feed = 0; feed < PLICS_FEED_COUNT; feed++) {
        int column = plics_column_find(&plics_feeds[feed], key);
        if (column >= 0) {
            return plics_feeds[feed].columns[column].field;
        }
    }
    fail_msg("no field %s", key);
    return NULL;
}

static void assert_value(const char *key, const char *value, plics_fault wanted) {
    plics_fault fault = plics_value_check(field_named(key), shire_span_of(value));
    if (fault != wanted) {
        fail_msg("%s \"%s\" gives %d, not %d", key, value, fault, wanted);
    }
}

static void costs_have_eighteen_digits_and_eight_decimals(void **state) {
    (void)state;
    assert_value(PLICS_KEY_TOTAL_COST, "0", PLICS_GOOD);
    assert_value(PLICS_KEY_TOTAL_COST, "-12.5", PLICS_GOOD);
    assert_value(PLICS_KEY_TOTAL_COST, "123456789012345678.12345678", PLICS_GOOD);
    assert_value(PLICS_KEY_TOTAL_COST, "1234567890123456789.1", PLICS_WRONG_LENGTH);
    assert_value(PLICS_KEY_TOTAL_COST, "1.123456789", PLICS_WRONG_LENGTH);
    assert_value(PLICS_KEY_TOTAL_COST, "1,234.50", PLICS_WRONG_FORMAT);
    assert_value(PLICS_KEY_TOTAL_COST, "\302\2431.00", PLICS_WRONG_FORMAT);
    assert_value(PLICS_KEY_TOTAL_COST, "1.", PLICS_WRONG_FORMAT);
    assert_value(PLICS_KEY_TOTAL_COST, ".5", PLICS_WRONG_FORMAT);
    assert_value(PLICS_KEY_TOTAL_COST, "-", PLICS_WRONG_FORMAT);
    assert_value(PLICS_KEY_TOTAL_COST, "1e3", PLICS_WRONG_FORMAT);
}

static void amounts_sum_exactly(void **state) {
    (void)state;
    char text[48];
    plics_sum sum = plics_value_amount(shire_span_of("999999999999999999.99999999"));
    sum += plics_value_amount(shire_span_of("0.00000001"));
    plics_sum_format(sum, text);
    assert_string_equal(text, "1000000000000000000.00");
    plics_sum_format(plics_value_amount(shire_span_of("-0.5")), text);
    assert_string_equal(text, "-0.50");
    plics_sum_format(plics_value_amount(shire_span_of("-0.00000012")), text);
    assert_string_equal(text, "-0.00000012");
    plics_sum_format(0, text);
    assert_string_equal(text, "0.00");
}

static void dates_and_times_exist(void **state) {
    (void)state;
    assert_value("appointment_date", "2024-02-29", PLICS_GOOD);
    assert_value("appointment_date", "2023-02-29", PLICS_IMPOSSIBLE_DATE);
    assert_value("appointment_date", "01/04/2024", PLICS_WRONG_FORMAT);
    assert_value("appointment_date", "2024-4-1", PLICS_WRONG_LENGTH);
    assert_value("appointment_time", "24:00:00", PLICS_IMPOSSIBLE_DATE);
    assert_value("appointment_time", "09-30-00", PLICS_WRONG_FORMAT);
}

static void patients_fields_are_checked(void **state) {
    (void)state;
    assert_value("nhs_number", "9434765918", PLICS_BAD_CHECK_DIGIT);
    assert_value("nhs_number", "943476591X", PLICS_WRONG_FORMAT);
    assert_value("postcode_of_usual_address", "ZZ99 3VZ", PLICS_GOOD);
    assert_value("postcode_of_usual_address", "M1 1AE", PLICS_GOOD);
    assert_value("postcode_of_usual_address", "EC1A1BB", PLICS_GOOD);
    assert_value("postcode_of_usual_address", "HR 12AB", PLICS_WRONG_FORMAT);
    assert_value("postcode_of_usual_address", "1234567", PLICS_WRONG_FORMAT);
    assert_value("episode_number", "00", PLICS_UNKNOWN_CODE);
    assert_value("episode_number", "87", PLICS_GOOD);
    assert_value("episode_number", "88", PLICS_UNKNOWN_CODE);
    assert_value("activity_treatment_function_code", "112", PLICS_UNKNOWN_CODE);
    assert_value("hospital_provider_spell_number", "S1          ", PLICS_GOOD);
    assert_value("hospital_provider_spell_number", "            ", PLICS_WRONG_FORMAT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_those_of_the_data_dictionary),
        cmocka_unit_test(lengths_follow_the_format),
        cmocka_unit_test(codes_are_those_of_the_data_dictionary),
        cmocka_unit_test(costs_have_eighteen_digits_and_eight_decimals),
        cmocka_unit_test(amounts_sum_exactly),
        cmocka_unit_test(dates_and_times_exist),
        cmocka_unit_test(patients_fields_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
