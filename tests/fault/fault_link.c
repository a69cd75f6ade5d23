/*
 * Memory runs out at each allocation of linking files, of encoding them and of linking what was
 * encoded, in turn: each must fail with a status and a sentence, crash nowhere, keep nothing and
 * leave no file, until there is memory enough.
 */
#include "link/link_encode.h"

#include "core/arena.h"
#include "io/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

typedef shire_status (*scenario)(shire_error *error);

static char scratch_dir[] = "/tmp/shire-fault-link-XXXXXX";
static char plain[64];
static char encoded[64];
static char out[64];

static const shire_link_column_choice choices[] = {
    {SHIRE_LINK_ROLE_ID, "nr", NULL},          {SHIRE_LINK_ROLE_GIVEN, "given", NULL},
    {SHIRE_LINK_ROLE_FULL_NAME, "name", NULL}, {SHIRE_LINK_ROLE_DOB, NULL, "born"},
    {SHIRE_LINK_ROLE_SEX, "sex", NULL},        {SHIRE_LINK_ROLE_POSTCODE, "postcode", NULL},
    {SHIRE_LINK_ROLE_OTHER, "other", NULL},    {SHIRE_LINK_ROLE_TRUTH, "truth", NULL}};

static int make_scratch(void **state) {
    (void)state;
    char *made = mkdtemp(scratch_dir);
    snprintf(plain, sizeof plain, "%s/plain.csv", scratch_dir);
    snprintf(encoded, sizeof encoded, "%s/encoded.csv", scratch_dir);
    snprintf(out, sizeof out, "%s/people.csv", scratch_dir);
    FILE *file = fopen(plain, "w");
    if (made == NULL || file == NULL) {
        return 1;
    }
    fputs("nr,given,name,born,sex,postcode,other,truth\n", file);
    for (int i = 0; i < 60; i++) {
        fprintf(file, "%d,%s,%s %c%cith,19%02d-0%d-1%d,%s,HR%d %dAB,%d,%d\n", i,
                i % 3 == 0 ? "ann" : "bob", i % 3 == 0 ? "Ann" : "Bob", 'a' + i / 2 % 20,
                'a' + i % 20, 10 + i / 2, 1 + i / 2 % 9, i / 2 % 10, i % 4 == 0 ? "F" : "M",
                1 + i / 2 % 9, i / 2 % 10, 700 + i / 2, i / 2);
    }
    return fclose(file);
}

static int remove_scratch(void **state) {
    (void)state;
    shire_error error;
    return shire_dir_remove(scratch_dir, &error) != SHIRE_OK;
}

static void assert_fails_cleanly_until_it_succeeds(scenario run, const char *made) {
    int64_t failures = 0;
    for (int64_t successes = 0;; successes += 1 + (successes > 40 ? successes / 6 : 0)) {
        shire_error error = {0};
        unlink(made);
        shire_memory_fail_after(successes);
        shire_status status = run(&error);
        shire_memory_fail_after(-1);
        if (status == SHIRE_OK) {
            break;
        }
        assert_int_equal(status, error.status);
        assert_true(strlen(error.message) > 10);
        assert_false(shire_file_exists(made));
        failures++;
    }
    assert_true(failures > 30);
}

static shire_status link_files(const char *path, const shire_link_column_choice *with, size_t count,
                               shire_error *error) {
    shire_link_report report;
    const shire_link_file_options options = {.paths = &path,
                                             .path_count = 1,
                                             .choices = with,
                                             .choice_count = count,
                                             .out_path = out,
                                             .thread_count = 1};
    return shire_link_files(&options, &report, error);
}

static shire_status link_plain(shire_error *error) {
    return link_files(plain, choices, sizeof choices / sizeof choices[0], error);
}

static shire_status link_encoded(shire_error *error) {
    return link_files(encoded, NULL, 0, error);
}

static shire_status encode(shire_error *error) {
    shire_secret_key key = {{3}};
    shire_link_encode_report report;
    const char *paths[] = {plain};
    const shire_link_file_options files = {.paths = paths,
                                           .path_count = 1,
                                           .choices = choices,
                                           .choice_count = sizeof choices / sizeof choices[0] - 1,
                                           .thread_count = 1};
    const shire_link_encode_options options = {.files = &files,
                                               .encoding = shire_link_encoding_defaults(),
                                               .key = &key,
                                               .out_path = encoded};
    return shire_link_encode(&options, &report, error);
}

static void linking_files_survives_each_failed_allocation(void **state) {
    (void)state;
    assert_fails_cleanly_until_it_succeeds(link_plain, out);
}

static void encoding_survives_each_failed_allocation(void **state) {
    (void)state;
    assert_fails_cleanly_until_it_succeeds(encode, encoded);
}

static void linking_encodings_survives_each_failed_allocation(void **state) {
    (void)state;
    shire_error error = {0};
    assert_int_equal(encode(&error), SHIRE_OK);
    assert_fails_cleanly_until_it_succeeds(link_encoded, out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linking_files_survives_each_failed_allocation),
        cmocka_unit_test(encoding_survives_each_failed_allocation),
        cmocka_unit_test(linking_encodings_survives_each_failed_allocation),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
