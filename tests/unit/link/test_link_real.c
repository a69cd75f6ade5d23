/* Real files with known truth: the figures that the defaults reach may not fall. The truth only
 * measures; it is never used to link. */
#include "link/link_file.h"

#include "io/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CHOICES_MAX 16

static shire_link_column_choice column(shire_link_role role, const char *name) {
    return (shire_link_column_choice){role, name, NULL};
}

static shire_link_report link_file(const char *const *names, size_t name_count,
                                   const shire_link_column_choice *choices) {
    char paths[2][1024];
    const char *path_list[2];
    const char *shared = getenv("SHIRE_SHARED");
    shire_link_report report = {0};
    shire_error error = {0};
    size_t choice_count = 0;
    for (size_t i = 0; i < name_count; i++) {
        snprintf(paths[i], sizeof paths[i], "%s/linkage/%s",
                 shared != NULL ? shared : "../../shared/data", names[i]);
        path_list[i] = paths[i];
        if (!shire_file_exists(paths[i])) {
            const char *ci = getenv("CI");
            assert_false(ci != NULL && strcmp(ci, "true") == 0);
            skip();
        }
    }
    while (choices[choice_count].column != NULL || choices[choice_count].expression != NULL) {
        choice_count++;
    }
    shire_link_file_options options = {.paths = path_list,
                                       .path_count = name_count,
                                       .choices = choices,
                                       .choice_count = choice_count,
                                       .thread_count = 2};
    shire_status status = shire_link_files(&options, &report, &error);
    if (status != SHIRE_OK) {
        fail_msg("%s", error.message);
    }
    assert_true(report.has_truth);
    return report;
}

static void historical_people_stay_apart_and_together(void **state) {
    (void)state;
    static const char *const names[] = {"historical_50k.csv"};
    const shire_link_column_choice choices[CHOICES_MAX] = {
        column(SHIRE_LINK_ROLE_GIVEN, "first_name"),
        column(SHIRE_LINK_ROLE_FAMILY, "surname"),
        column(SHIRE_LINK_ROLE_FULL_NAME, "full_name"),
        column(SHIRE_LINK_ROLE_DOB, "dob"),
        column(SHIRE_LINK_ROLE_PLACE, "birth_place"),
        column(SHIRE_LINK_ROLE_POSTCODE, "postcode_fake"),
        column(SHIRE_LINK_ROLE_SEX, "gender"),
        column(SHIRE_LINK_ROLE_OCCUPATION, "occupation"),
        column(SHIRE_LINK_ROLE_TRUTH, "cluster")};
    shire_link_report report = link_file(names, 1, choices);
    assert_int_equal(report.records, 50578);
    assert_true(report.quality.f1 >= 0.925);
    assert_true(report.quality.precision >= 0.99);
    assert_true(report.quality.b3_f1 >= 0.935);
    assert_true(report.largest < 60);
}

static void fake_people_are_found(void **state) {
    (void)state;
    static const char *const names[] = {"fake_1000.csv"};
    const shire_link_column_choice choices[CHOICES_MAX] = {
        column(SHIRE_LINK_ROLE_GIVEN, "first_name"), column(SHIRE_LINK_ROLE_FAMILY, "surname"),
        column(SHIRE_LINK_ROLE_DOB, "dob"),          column(SHIRE_LINK_ROLE_CITY, "city"),
        column(SHIRE_LINK_ROLE_EMAIL, "email"),      column(SHIRE_LINK_ROLE_TRUTH, "cluster")};
    shire_link_report report = link_file(names, 1, choices);
    assert_true(report.quality.f1 >= 0.96);
    assert_true(report.quality.precision >= 0.999);
}

static const shire_link_column_choice febrl_choices[CHOICES_MAX] = {
    {SHIRE_LINK_ROLE_GIVEN, "given_name", NULL},
    {SHIRE_LINK_ROLE_FAMILY, "surname", NULL},
    {SHIRE_LINK_ROLE_DOB, "date_of_birth", NULL},
    {SHIRE_LINK_ROLE_STREET_NUMBER, "street_number", NULL},
    {SHIRE_LINK_ROLE_ADDRESS, "address_1", NULL},
    {SHIRE_LINK_ROLE_SUBURB, "suburb", NULL},
    {SHIRE_LINK_ROLE_POSTCODE, "postcode", NULL},
    {SHIRE_LINK_ROLE_OTHER, "state", NULL},
    {SHIRE_LINK_ROLE_TRUTH, NULL, "regexp_extract(rec_id, '[0-9]+')"}};

static void febrl_duplicates_are_found_without_their_number(void **state) {
    (void)state;
    static const char *const names[] = {"febrl_dataset3.csv"};
    shire_link_report report = link_file(names, 1, febrl_choices);
    assert_int_equal(report.records, 5000);
    assert_true(report.quality.f1 >= 0.998);
}

static void febrl_sources_are_matched_one_to_one(void **state) {
    (void)state;
    static const char *const names[] = {"febrl_dataset4a.csv", "febrl_dataset4b.csv"};
    shire_link_report report = link_file(names, 2, febrl_choices);
    assert_int_equal(report.records, 10000);
    assert_int_equal(report.largest, 2);
    assert_true(report.quality.f1 >= 0.9995);
}

/* Seven digits, which no NHS number has: it is compared all the same. */
static void a_number_of_another_register_is_compared_too(void **state) {
    (void)state;
    static const char *const names[] = {"febrl_dataset3.csv"};
    const shire_link_column_choice choices[CHOICES_MAX] = {
        column(SHIRE_LINK_ROLE_GIVEN, "given_name"),
        column(SHIRE_LINK_ROLE_FAMILY, "surname"),
        column(SHIRE_LINK_ROLE_DOB, "date_of_birth"),
        column(SHIRE_LINK_ROLE_POSTCODE, "postcode"),
        column(SHIRE_LINK_ROLE_NHS_NUMBER, "soc_sec_id"),
        {SHIRE_LINK_ROLE_TRUTH, NULL, "regexp_extract(rec_id, '[0-9]+')"}};
    shire_link_report report = link_file(names, 1, choices);
    assert_true(report.quality.f1 >= 0.998);
}

/* Of one pair nothing but suburb, postcode and the two lines of the address, exchanged, agree. */
static void febrl_sources_are_matched_without_fault_by_whole_addresses(void **state) {
    (void)state;
    static const char *const names[] = {"febrl_dataset4a.csv", "febrl_dataset4b.csv"};
    shire_link_column_choice choices[CHOICES_MAX];
    size_t count = 0;
    memcpy(choices, febrl_choices, sizeof choices);
    while (choices[count].column != NULL || choices[count].expression != NULL) {
        count++;
    }
    choices[count] = column(SHIRE_LINK_ROLE_OTHER, "address_2");
    shire_link_report report = link_file(names, 2, choices);
    assert_true(report.quality.f1 >= 0.9999);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(historical_people_stay_apart_and_together),
        cmocka_unit_test(fake_people_are_found),
        cmocka_unit_test(febrl_duplicates_are_found_without_their_number),
        cmocka_unit_test(febrl_sources_are_matched_one_to_one),
        cmocka_unit_test(a_number_of_another_register_is_compared_too),
        cmocka_unit_test(febrl_sources_are_matched_without_fault_by_whole_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
