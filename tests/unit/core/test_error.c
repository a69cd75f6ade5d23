/* The caller-owned error: what is kept, what is cut, and the exit statuses. */
#include "core/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void failure_fills_in_the_error_and_returns_its_status(void **state) {
    (void)state;
    shire_error error = {0};
    shire_status status = SHIRE_FAIL(&error, SHIRE_INVALID, "%s: line %d", "a.csv", 7);
    int line = __LINE__ - 1;
    assert_int_equal(status, SHIRE_INVALID);
    assert_int_equal(error.status, SHIRE_INVALID);
    assert_string_equal(error.message, "a.csv: line 7");
    assert_string_equal(error.source_file, __FILE__);
    assert_int_equal(error.source_line, line);
}

static void failure_without_an_error_still_returns_its_status(void **state) {
    (void)state;
    assert_int_equal(SHIRE_FAIL(NULL, SHIRE_OVERFLOW, "nobody reads this"), SHIRE_OVERFLOW);
    shire_error_prefix(NULL, "nor this");
}

static void prefix_keeps_status_and_place_of_the_first_failure(void **state) {
    (void)state;
    shire_error error = {0};
    shire_status status = SHIRE_FAIL(&error, SHIRE_NOT_FOUND, "no such table");
    int line = __LINE__ - 1;
    shire_error_prefix(&error, "costing/%s", "driver.csv");
    assert_int_equal(status, SHIRE_NOT_FOUND);
    assert_int_equal(error.status, SHIRE_NOT_FOUND);
    assert_int_equal(error.source_line, line);
    assert_string_equal(error.message, "costing/driver.csv: no such table");
}

static void long_messages_are_cut_and_terminated(void **state) {
    (void)state;
    char text[2 * SHIRE_ERROR_MESSAGE_BYTES];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    shire_error error = {0};
    assert_int_equal(SHIRE_FAIL(&error, SHIRE_INVALID, "%s", text), SHIRE_INVALID);
    assert_int_equal(strlen(error.message), SHIRE_ERROR_MESSAGE_BYTES - 1);
    shire_error_prefix(&error, "where");
    assert_int_equal(strlen(error.message), SHIRE_ERROR_MESSAGE_BYTES - 1);
    assert_memory_equal(error.message, "where: xxx", 10);
    shire_error_prefix(&error, "%s", text);
    assert_int_equal(strlen(error.message), SHIRE_ERROR_MESSAGE_BYTES - 1);
}

static void exit_statuses_are_those_of_the_command_line(void **state) {
    (void)state;
    assert_int_equal(shire_status_exit_code(SHIRE_OK), 0);
    assert_int_equal(shire_status_exit_code(SHIRE_INVALID), 2);
    assert_int_equal(shire_status_exit_code(SHIRE_NOT_FOUND), 2);
    assert_int_equal(shire_status_exit_code(SHIRE_OVERFLOW), 2);
    assert_int_equal(shire_status_exit_code(SHIRE_UNRECONCILED), 3);
    assert_int_equal(shire_status_exit_code(SHIRE_NO_MEMORY), 1);
    assert_int_equal(shire_status_exit_code(SHIRE_IO_FAILED), 1);
    assert_int_equal(shire_status_exit_code(SHIRE_INTERNAL), 1);
}

static void every_status_has_a_name(void **state) {
    (void)state;
    assert_string_equal(shire_status_name(SHIRE_OK), "ok");
    assert_string_equal(shire_status_name(SHIRE_UNRECONCILED), "unreconciled");
    assert_string_equal(shire_status_name(SHIRE_INTERNAL), "internal");
    assert_string_equal(shire_status_name((shire_status)(SHIRE_INTERNAL + 1)), "unknown");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failure_fills_in_the_error_and_returns_its_status),
        cmocka_unit_test(failure_without_an_error_still_returns_its_status),
        cmocka_unit_test(prefix_keeps_status_and_place_of_the_first_failure),
        cmocka_unit_test(long_messages_are_cut_and_terminated),
        cmocka_unit_test(exit_statuses_are_those_of_the_command_line),
        cmocka_unit_test(every_status_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
