/* partnership.yaml: what is read, and each mistake named by file, line and key. */
#include "io/file.h"
#include "org/partnership.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char dir[] = "/tmp/shire-partnership-XXXXXX";
static char path[64];
static shire_arena *arena;
static shire_error error;

static int set_up(void **state) {
    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/partnership.yaml", dir);
    return shire_arena_new("test_arena", 0, &arena, NULL) != SHIRE_OK;
}

static int tear_down(void **state) {
    (void)state;
    shire_arena_free(arena);
    return shire_dir_remove(dir, &error) != SHIRE_OK;
}

static shire_status open_settings(const char *settings, shire_partnership *partnership) {
    assert_int_equal(shire_file_replace(path, shire_span_of(settings), &error), SHIRE_OK);
    return shire_partnership_open(dir, arena, partnership, &error);
}

static shire_partnership read_settings(const char *settings) {
    shire_partnership partnership = {0};
    if (open_settings(settings, &partnership) != SHIRE_OK) {
        fail_msg("%s", error.message);
    }
    return partnership;
}

static void every_setting_is_read(void **state) {
    (void)state;
    setenv("SHIRE_TEST_DIR", "/elsewhere", 1);
    unsetenv("SHIRE_TEST_NONE");
    shire_partnership partnership =
        read_settings("name: Herefordshire\nperiod_first: 1997-06-01\nperiod_last: 1997-06-30\n"
                      "population: 180000\ndata:\n  - data\n  - ${SHIRE_TEST_DIR}/a\n"
                      "  - ${SHIRE_TEST_NONE:-../b}/${SHIRE_TEST_NONE:-}c\nstop_on: "
                      "[duplicate_key, impossible_date]\n"
                      "memory_limit_mb: 4000\ntruth: truth/person.csv\n"
                      "public_url: https://record.example\nsign_in_provider:\n"
                      "  issuer: https://login.example\n  client: shire\n"
                      "  secret_file: ${SHIRE_TEST_DIR}/client.secret\n");
    char expected[128];
    assert_string_equal(partnership.name, "Herefordshire");
    assert_int_equal(partnership.period_first, shire_date_of(1997, 6, 1));
    assert_int_equal(partnership.period_last, shire_date_of(1997, 6, 30));
    assert_int_equal(partnership.population, 180000);
    assert_int_equal(partnership.data_dir_count, 4);
    assert_string_equal(partnership.data_dirs[0], dir);
    snprintf(expected, sizeof expected, "%s/data", dir);
    assert_string_equal(partnership.data_dirs[1], expected);
    assert_string_equal(partnership.data_dirs[2], "/elsewhere/a");
    snprintf(expected, sizeof expected, "%s/../b/c", dir);
    assert_string_equal(partnership.data_dirs[3], expected);
    assert_int_equal(partnership.stop_on_count, 2);
    assert_string_equal(partnership.stop_on[1], "impossible_date");
    assert_int_equal(partnership.memory_limit_mb, 4000);
    snprintf(expected, sizeof expected, "%s/truth/person.csv", dir);
    assert_string_equal(partnership.truth_path, expected);
    assert_string_equal(partnership.public_url, "https://record.example");
    assert_string_equal(partnership.provider_issuer, "https://login.example");
    assert_string_equal(partnership.provider_client, "shire");
    assert_string_equal(partnership.provider_secret_path, "/elsewhere/client.secret");
}

static void little_is_needed(void **state) {
    (void)state;
    shire_partnership partnership = read_settings("financial_year: 2024\nname: A\n");
    assert_int_equal(partnership.period_first, shire_date_of(2024, 4, 1));
    assert_int_equal(partnership.period_last, shire_date_of(2025, 3, 31));
    assert_int_equal(partnership.population, 0);
    assert_int_equal(partnership.data_dir_count, 1);
    assert_int_equal(partnership.stop_on_count, 0);
    assert_int_equal(partnership.memory_limit_mb, 0);
    assert_null(partnership.truth_path);
    assert_null(partnership.public_url);
    assert_null(partnership.provider_issuer);
    assert_null(partnership.provider_secret_path);
    partnership = read_settings("name: A\nfinancial_year: 2024\nstop_on: []\ndata: only\n");
    assert_int_equal(partnership.stop_on_count, 0);
    assert_int_equal(partnership.data_dir_count, 2);
}

static void a_trailing_slash_is_dropped(void **state) {
    (void)state;
    char slashed[80];
    char expected[80];
    shire_partnership partnership = read_settings("name: A\nfinancial_year: 2024\n");
    snprintf(slashed, sizeof slashed, "%s//", dir);
    assert_int_equal(shire_partnership_open(slashed, arena, &partnership, &error), SHIRE_OK);
    assert_string_equal(partnership.dir, dir);
    snprintf(expected, sizeof expected, "%s/.shire/runs", dir);
    assert_string_equal(shire_partnership_state_path(&partnership, arena, "runs"), expected);
}

static void a_missing_folder_or_file_is_not_found(void **state) {
    (void)state;
    shire_partnership partnership;
    assert_int_equal(shire_partnership_open("/nonexistent", arena, &partnership, &error),
                     SHIRE_NOT_FOUND);
    assert_int_equal(shire_partnership_open("/", arena, &partnership, &error), SHIRE_NOT_FOUND);
    assert_non_null(strstr(error.message, "partnership.yaml"));
}

static void each_mistake_is_named_by_file_line_and_key(void **state) {
    (void)state;
    unsetenv("SHIRE_TEST_NONE");
    static const struct {
        const char *settings;
        const char *words;
    } cases[] = {
        {"financial_year: 2024\n", "\"name\" is missing"},
        {"name: A\n", "the period is missing"},
        {"name: A\nfinancial_yaer: 2024\n",
         "line 2: unknown key \"financial_yaer\"; did you mean \"financial_year\"?"},
        {"name: A\nfinancial_year: 2024\ncolour: red\n", "line 3: unknown key \"colour\""},
        {"name: A\nfinancial_year: twenty\n", "line 2, financial_year: a whole number"},
        {"name: A\nfinancial_year: 2024/25\n", "line 2, financial_year"},
        {"name: A\nfinancial_year: 1066\n", "from 1900 to 2200"},
        {"name: [A]\nfinancial_year: 2024\n", "line 1, name: a text is due"},
        {"name:\nfinancial_year: 2024\n", "line 1, name: a text is due"},
        {"name: A\nperiod_first: 2024-04-01\n", "line 2, period_first: period_first and"},
        {"name: A\nperiod_first: 2024-13-01\n", "line 2, period_first: a date such as"},
        {"name: A\nperiod_first: 2024-04-02\nperiod_last: 2024-04-01\n", "ends before it begins"},
        {"name: A\nfinancial_year: 2024\nperiod_last: 2024-04-01\n", "line 3, period_last"},
        {"name: A\nfinancial_year: 2024\npopulation: -1\n", "line 3, population"},
        {"name: A\nfinancial_year: 2024\npopulation: 99999999999999999999\n", "line 3, population"},
        {"name: A\nfinancial_year: 2024\nmemory_limit_mb: 1\n", "line 3, memory_limit_mb"},
        {"name: A\nfinancial_year: 2024\ndata: {a: b}\n", "line 3, data: a list"},
        {"name: A\nfinancial_year: 2024\ndata:\n  - a\n  - ${SHIRE_TEST_NONE}/x\n",
         "line 5, entry: the environment variable SHIRE_TEST_NONE is not set"},
        {"name: A\nfinancial_year: 2024\ndata: [\"${SHIRE_TEST_NONE\"]\n", "closing brace"},
        {"name: A\nfinancial_year: 2024\ndata: [\"${}\"]\n", "closing brace"},
        {"name: A\nfinancial_year: 2024\ndata: [\"${SHIRE_TEST_NONE:-}\"]\n", "this one is empty"},
        {"name: A\nfinancial_year: 2024\ntruth: [a]\n", "line 3, truth"},
        {"name: A\nfinancial_year: 2024\nsign_in_provider: https://a.example\n",
         "line 3, sign_in_provider: lines of"},
        {"name: A\nfinancial_year: 2024\nsign_in_provider:\n  issuer: https://a.example\n",
         "line 3, sign_in_provider: issuer and client"},
        {"name: A\nfinancial_year: 2024\nsign_in_provider:\n  isuer: https://a.example\n",
         "line 4: unknown key \"isuer\"; did you mean \"issuer\"?"},
        {"name: A\nfinancial_year: 2024\nsign_in_provider:\n  issuer: https://a.example\n"
         "  client: shire\n  secret: abc\n",
         "line 6: unknown key \"secret\""},
        {"- name\n", "line 1: settings are lines of"},
        {"just text\n", "line 1: settings are lines of"},
        {"name: A\nname: B\n", "line 2: the key \"name\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        shire_partnership partnership = {0};
        assert_int_equal(open_settings(cases[i].settings, &partnership), SHIRE_INVALID);
        assert_null(partnership.dir);
        if (strstr(error.message, cases[i].words) == NULL || strstr(error.message, path) == NULL) {
            fail_msg("case %zu: %s", i, error.message);
        }
    }
}

static void a_full_memory_is_told(void **state) {
    (void)state;
    shire_partnership partnership =
        read_settings("name: A\nfinancial_year: 2024\ndata: [a, b]\ntruth: c\n");
    shire_status status = SHIRE_NO_MEMORY;
    for (int64_t successes = 0; status != SHIRE_OK; successes++) {
        shire_memory_fail_after(successes);
        status = shire_partnership_open(dir, arena, &partnership, &error);
        shire_memory_fail_after(-1);
        assert_true(status == SHIRE_OK || status == SHIRE_NO_MEMORY);
        assert_true(successes < 1000);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_setting_is_read),
        cmocka_unit_test(little_is_needed),
        cmocka_unit_test(a_trailing_slash_is_dropped),
        cmocka_unit_test(a_missing_folder_or_file_is_not_found),
        cmocka_unit_test(each_mistake_is_named_by_file_line_and_key),
        cmocka_unit_test(a_full_memory_is_told),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
